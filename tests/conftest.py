"""What tests share: a migrated database copied for each test, people with names, a clock that stands still.

`PORTFOLIO_TEST_DATABASE` (a PostgreSQL URL) runs everything on PostgreSQL instead of SQLite.
"""

import datetime as dt
import os
import pathlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import argon2
import hypothesis
import pytest

from portfolio.domain import accounts, programme
from portfolio.domain.programme import StageDraft
from portfolio.domain.records import Viewer
from portfolio.store import backup, database, files


def _database_of(worker: str) -> str:
    """A database of its own for each process that tests run in."""
    import psycopg

    with psycopg.connect(DATABASE_URL, autocommit=True) as connection:
        name = f"{connection.info.dbname}_{worker}"
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(f'CREATE DATABASE "{name}"')
    return urlunsplit(urlsplit(DATABASE_URL)._replace(path=f"/{name}"))


NOW = dt.datetime(2022, 9, 14, 12, 0, tzinfo=dt.UTC)  # a Wednesday, 20:00 in Shanghai
PASSWORD = "a lamp in the corridor"
DATABASE_URL = os.environ.get("PORTFOLIO_TEST_DATABASE", "")
if DATABASE_URL and (worker := os.environ.get("PYTEST_XDIST_WORKER")):
    DATABASE_URL = _database_of(worker)
if DATABASE_URL and "?" not in DATABASE_URL:
    DATABASE_URL += "?options=-c%20synchronous_commit%3Doff"  # nobody misses a test's rows after a power cut

# The same examples on every run: a test that fails now and then helps nobody.
hypothesis.settings.register_profile("same", derandomize=True, deadline=None)
hypothesis.settings.load_profile("same")

accounts.hasher = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # cheap, for tests alone


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that use the database are marked, so that they can be run again on another one."""
    for item in items:
        if {"database_url", "migrated"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.database)


@pytest.fixture(scope="session")
def data_folder() -> pathlib.Path:
    """Real diaries to test with, where they are there."""
    folder = pathlib.Path(os.environ.get("PORTFOLIO_TEST_DATA", "../shared"))
    if not folder.is_absolute():
        folder = pathlib.Path(__file__).parent.parent / folder
    if not (folder / "diaries").is_dir():
        pytest.skip("no folder with real diaries (PORTFOLIO_TEST_DATA)")
    return folder / "diaries"


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path | None:
    """A database at the present schema: a file to copy, or a PostgreSQL schema to empty."""
    if DATABASE_URL:
        opened = database.open_database(DATABASE_URL)
        with database.connection():
            database.execute("DROP SCHEMA public CASCADE")
            database.execute("CREATE SCHEMA public")
            database.migrate()
        opened.close()
        return None
    path = tmp_path_factory.mktemp("schema") / "portfolio.db"
    opened = database.open_database(f"sqlite:///{path}")
    with database.connection():
        database.migrate()
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    opened.close()
    return path


@pytest.fixture
def database_url(migrated: pathlib.Path | None, tmp_path: pathlib.Path) -> str:
    """The URL of an empty database at the present schema."""
    files.use_folder(tmp_path / "files")
    if migrated is None:
        opened = database.open_database(DATABASE_URL)
        with database.connection():
            empty_database()
        opened.close()
        return DATABASE_URL
    copy = tmp_path / "portfolio.db"
    shutil.copy(migrated, copy)
    return f"sqlite:///{copy}"


def empty_database() -> None:
    """Take all rows out of PostgreSQL. Its TRUNCATE makes new files, which takes a hundred times as long."""
    names = [table._meta.table_name for table in reversed(database.tables())]
    database.execute("; ".join(f'DELETE FROM "{name}"' for name in [*names, "entry_index"]))  # noqa: S608


@pytest.fixture
def db(database_url: str) -> Iterator[None]:
    """The database, open for this test."""
    opened = database.open_database(database_url)
    with database.connection():
        yield
    opened.close()


@dataclass(frozen=True)
class People:
    """A cohort: Mei and Jun study, Dr Lin and Dr Osei mentor, Tan is a peer mentor, Zhou leads."""

    mei: Viewer
    jun: Viewer
    lin: Viewer
    osei: Viewer
    tan: Viewer
    zhou: Viewer
    root: Viewer  # the administrator
    stranger: Viewer  # has an account, belongs to nothing
    programme_id: str
    cohort_id: str
    code: str
    stages: dict[str, str]  # public ids by name


STAGES = [
    StageDraft("Medical student", starts_on=dt.date(2020, 9, 1), ends_on=dt.date(2021, 6, 30)),
    StageDraft("Intern", starts_on=dt.date(2021, 7, 1), ends_on=dt.date(2022, 6, 30)),
    StageDraft(
        "Newly qualified doctor",
        starts_on=dt.date(2022, 7, 1),
        ends_on=dt.date(2022, 10, 31),
        objectives=("To sign with one's own name",),
        competencies=("Hands over doubts as well as values",),
    ),
]


@pytest.fixture
def people(db: None, peopled: tuple[pathlib.Path, People], tmp_path: pathlib.Path) -> People:
    """Mei is matched with Dr Lin (mentor) and Tan (peer mentor); Jun with Dr Osei."""
    path, people = peopled
    if DATABASE_URL:
        backup.read(path)
    else:
        database.current().close()
        shutil.copy(path, tmp_path / "portfolio.db")
        database.current().connect()
    return people


@pytest.fixture(scope="session")
def peopled(
    migrated: pathlib.Path | None, tmp_path_factory: pytest.TempPathFactory
) -> tuple[pathlib.Path, People]:
    """The people, made once, and where they lie: a database file to copy, or a backup for PostgreSQL."""
    folder = tmp_path_factory.mktemp("people")
    if migrated is None:
        files.use_folder(folder / "files")
        opened = database.open_database(DATABASE_URL)
        path = folder / "people.zip"
        with database.connection():
            empty_database()
            people = _make_people()
            backup.write(path, now=NOW)
    else:
        path = folder / "portfolio.db"
        shutil.copy(migrated, path)
        opened = database.open_database(f"sqlite:///{path}")
        with database.connection():
            people = _make_people()
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    opened.close()
    return path, people


def _make_people() -> People:
    def add(login: str, name: str, account: str = "student", language: str = "en") -> Viewer:
        return accounts.add_user(login, name, PASSWORD, account=account, language=language, now=NOW)

    zhou = add("prof-zhou", "Professor Zhou", "lead")
    mei, jun = add("mei", "Wang Mei"), add("jun", "Li Jun", language="zh")
    lin, osei = add("dr-lin", "Dr Lin", "mentor"), add("dr-osei", "Dr Osei", "mentor")
    tan = add("tan", "Tan Yu")
    root, stranger = add("root", "Site Keeper", "admin"), add("noor", "Noor Stranger")
    start = dt.datetime(2020, 9, 1, tzinfo=dt.UTC)
    made = programme.make_programme(
        zhou, "Reflective Practice", timezone="Asia/Shanghai", stages=STAGES, now=start
    )
    cohort = programme.make_cohort(zhou, made.public_id, "Class of 2020", starts_on=start.date(), now=start)
    roles = ((mei, "mentee"), (jun, "mentee"), (lin, "mentor"), (osei, "mentor"), (tan, "peer_mentor"))
    for viewer, role in roles:
        programme.add_member(zhou, cohort.public_id, viewer.login, role, starts_on=start.date(), now=start)
    view = programme.cohort_led(zhou, cohort.public_id, now=NOW)
    member = {m.login: m.public_id for m in view.members}
    for mentee, mentor in ((mei, lin), (mei, tan), (jun, osei)):
        match = programme.propose_match(mentee, cohort.public_id, member[mentor.login], now=start)
        programme.accept_match(mentor, match.public_id, now=start)
    return People(
        mei, jun, lin, osei, tan, zhou, root, stranger,
        made.public_id, cohort.public_id, view.join_code or "", {s.name: s.public_id for s in made.stages},
    )  # fmt: skip

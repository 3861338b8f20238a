"""The database itself: its schema, its numbers, and many who write at once."""

import datetime as dt
import hashlib
import os
import pathlib
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from peewee import IntegrityError
from playhouse.schema_diff import diff_models

from portfolio.domain import accounts, diary, feedback
from portfolio.store import database, fields
from portfolio.store.accounts import User
from portfolio.store.diary import Entry, EntryTag, Grant, Revision
from portfolio.store.feedback import CommentReading
from portfolio.store.programme import Member, Stage, StagePeriod
from tests.conftest import NOW, PASSWORD, People

WRITERS = 8
SAVES = 50
ROUNDS_OF_KILLING = 25  # of eight writers each: two hundred


def test_migrating_twice_does_nothing_the_second_time(db: None) -> None:
    assert database.pending_migrations() == []
    assert database.migrate() == []


def test_the_migrated_tables_are_those_of_the_models(db: None) -> None:
    assert str(diff_models(database.current(), database.tables())) == ""
    assert set(database.current().get_tables()) >= {t._meta.table_name for t in database.tables()}


def test_every_column_and_rule_is_migrated_as_the_models_say(db: None) -> None:
    if not database.is_sqlite():
        pytest.skip("compares what SQLite keeps of the statements that made its tables")
    migrated = _statements()
    database.current().close()
    database.open_database("sqlite:///:memory:")
    with database.connection():
        database.current().create_tables(database.tables())
        assert _statements() == migrated


def test_comments_from_before_they_could_be_new_count_as_seen(people: People) -> None:
    entry = diary.keep_entry(
        people.mei, diary.Draft(body="Said."), creation_key="k", audiences=["mentor"], now=NOW
    ).entry_id
    asked = feedback.comment_on(people.lin, entry, "And then?", revision_number=1, now=NOW)
    database.current().drop_tables([CommentReading])
    database.execute("DELETE FROM schema_migration WHERE name = '0002_comment_readings'")
    assert database.migrate() == ["0002_comment_readings"]
    assert feedback.new_answers(people.mei) == []
    (seen,) = CommentReading.select()
    assert (seen.comment.public_id, seen.reader_id, seen.read_at) == (asked, people.mei.user_id, NOW)
    feedback.comment_on(people.mei, entry, "Nothing.", revision_number=1, answers=asked, now=NOW)
    feedback.comment_on(people.lin, entry, "Still?", revision_number=1, now=NOW)
    assert [answered.count for answered in feedback.new_answers(people.mei)] == [1]


def test_ends_from_before_they_were_told_apart_stay_where_nothing_followed_them(people: People) -> None:
    member = Member.get()
    days = [dt.date(2022, 9, day) for day in (1, 10, 11, 20)]
    for number, (begins, ends) in enumerate((days[:2], days[2:]), 1):
        StagePeriod.create(
            member=member, stage=Stage.get(), pass_number=number, starts_on=begins, ends_on=ends
        )
    database.execute("ALTER TABLE stage_period DROP COLUMN said_until")
    database.execute("DELETE FROM schema_migration WHERE name = '0005_typed_ends'")
    assert database.migrate() == ["0005_typed_ends"]
    periods = StagePeriod.select().order_by(StagePeriod.starts_on)
    assert [period.said_until for period in periods] == [None, days[3]]


def _statements() -> dict[str, str]:
    names = {table._meta.table_name for table in database.tables()}
    rows = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
    return {name: sql for name, sql in rows if name in names}


def test_a_number_is_never_given_twice(db: None) -> None:
    """An old reference would otherwise open a new entry."""
    ada = _user("ada")
    first = _entry(ada, "1")
    last = _entry(ada, "2")
    Entry.delete().where(Entry.id.in_([first.id, last.id])).execute()
    assert _entry(ada, "3").id > last.id


def test_what_belongs_to_an_entry_goes_with_it_and_nothing_refers_to_nothing(db: None) -> None:
    entry = _entry(_user("ada"), "1")
    EntryTag.create(entry=entry.id, tag="night")
    Grant.create(entry=entry.id, audience="mentor", granted_at=NOW)
    with pytest.raises(IntegrityError), database.transaction():
        EntryTag.create(entry=entry.id + 1, tag="night")
    Entry.delete().where(Entry.id == entry.id).execute()
    assert (EntryTag.select().count(), Grant.select().count()) == (0, 0)


def test_moments_are_kept_in_utc_and_need_a_time_zone(db: None) -> None:
    assert User.get_by_id(_user("ada").id).created_at == NOW
    with pytest.raises(ValueError, match="time zone"):
        _user("bo", created_at=NOW.replace(tzinfo=None))


def test_public_ids_can_be_read_aloud_and_do_not_repeat() -> None:
    ids = {fields.new_public_id() for _ in range(2000)}
    assert len(ids) == 2000
    assert not set("".join(ids)) & set("il10oIO")
    assert {len(i) for i in ids} == {16}


def test_a_transaction_is_whole_or_not_at_all(db: None) -> None:
    with pytest.raises(RuntimeError), database.transaction():
        _user("ada")
        raise RuntimeError
    assert User.select().count() == 0
    with database.transaction():
        _user("ada")
        with pytest.raises(IntegrityError), database.transaction():
            _user("ada")
        _user("bo")
    assert [u.login for u in User.select().order_by(User.id)] == ["ada", "bo"]


def test_no_question_is_too_odd_to_be_answered(db: None) -> None:
    _user("ada")
    for odd in ("ada\x00", "\x00", "%", "' OR 1=1 --", "ada%", "\ud7ff🙂"):
        assert User.get_or_none(User.login == odd) is None
        assert User.get_or_none(User.public_id == odd) is None


def test_what_waits_for_the_commit_happens_only_then(db: None) -> None:
    done: list[str] = []
    with database.transaction():
        with database.transaction():
            database.after_commit(lambda: done.append("woken"))
        assert done == []
    assert done == ["woken"]
    with pytest.raises(RuntimeError), database.transaction():
        database.after_commit(lambda: done.append("never"))
        raise RuntimeError
    assert done == ["woken"]


def test_only_known_databases_are_opened() -> None:
    with pytest.raises(ValueError, match="not mysql"):
        database.open_database("mysql://localhost/diary")


def test_sqlite_survives_a_power_cut_by_its_settings(db: None) -> None:
    if not database.is_sqlite():
        pytest.skip("SQLite's settings")
    settings = {
        name: database.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys", "trusted_schema")
    }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "trusted_schema": 0}


# ---------------------------------------------------------------- many at once, and killed


@pytest.fixture
def diary_of_eight(people: People, database_url: str, tmp_path: pathlib.Path) -> Iterator[list[str]]:
    """The command line of eight writers, whose students are there."""
    for number in range(WRITERS):
        accounts.add_user(f"writer-{number}", f"Writer {number}", PASSWORD, now=NOW)
    yield [sys.executable, "-m", "tests.store.writers", database_url, str(tmp_path), str(WRITERS)]


@pytest.mark.heavy
def test_eight_write_at_once_and_none_is_turned_away(
    diary_of_eight: list[str], tmp_path: pathlib.Path
) -> None:
    done = subprocess.run([*diary_of_eight, str(SAVES), "1"], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    acknowledged = _acknowledged(tmp_path)
    assert len(acknowledged) == WRITERS * SAVES
    assert _missing(acknowledged) == []


@pytest.mark.heavy
def test_no_acknowledged_save_is_lost_when_the_writers_are_killed(
    diary_of_eight: list[str], tmp_path: pathlib.Path
) -> None:
    chance = random.Random(2023)  # noqa: S311
    killed = 0
    writers = subprocess.Popen(
        [*diary_of_eight, "100000", str(ROUNDS_OF_KILLING)], stdout=subprocess.PIPE, text=True
    )
    assert writers.stdout is not None
    for _ in range(ROUNDS_OF_KILLING):
        before = len(_acknowledged(tmp_path))
        pids = [int(pid) for pid in writers.stdout.readline().split()]
        deadline = time.monotonic() + 60
        while len(_acknowledged(tmp_path)) < before + WRITERS and time.monotonic() < deadline:
            time.sleep(0.02)
        for pid in pids:
            time.sleep(chance.random() / 20)
            os.kill(pid, signal.SIGKILL)
            killed += 1
        assert len(_acknowledged(tmp_path)) > before
    writers.wait(timeout=30)
    writers.stdout.close()
    assert killed == ROUNDS_OF_KILLING * WRITERS
    assert _missing(_acknowledged(tmp_path)) == []
    if database.is_sqlite():
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def _acknowledged(folder: pathlib.Path) -> list[tuple[str, str]]:
    """What the writers were told is saved: an entry and the hash of its text."""
    lines = [line for path in folder.glob("*.saved") for line in path.read_text().split("\n")[:-1]]
    return [(line.split()[0], line.split()[1]) for line in lines]


def _missing(acknowledged: list[tuple[str, str]]) -> list[tuple[str, str]]:
    rows = Revision.select(Entry.public_id, Revision.sha256, Revision.body).join(Entry).tuples()
    kept = {(entry, sha256) for entry, sha256, body in rows if _hash(body) == sha256}
    return [saved for saved in acknowledged if saved not in kept]


def _hash(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def _user(login: str, **values: object) -> User:
    return User.create(**{"login": login, "name": login, "password_hash": "", "created_at": NOW} | values)


def _entry(owner: User, key: str) -> Entry:
    return Entry.create(owner=owner.id, creation_key=key, entry_date=NOW.date(), created_at=NOW)

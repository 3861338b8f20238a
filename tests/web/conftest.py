"""The site in a test: an app on an empty database, browsers to sign in with, a clock that can be moved."""

import datetime as dt
import itertools
import pathlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from peewee import OperationalError
from werkzeug.test import TestResponse

from portfolio import create_app
from portfolio.config import Settings
from portfolio.domain import diary, errors, programme
from portfolio.domain.records import Audience, Viewer
from portfolio.store import database
from portfolio.web.security import limiter, public
from tests.conftest import NOW, PASSWORD, People

JSON = {"Accept": "application/json"}


@dataclass
class Clock:
    now: dt.datetime = NOW

    def __call__(self) -> dt.datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += dt.timedelta(**by)


class Browser(FlaskClient):
    """A client that fills in the form token, as a browser would by loading the page with the form first."""

    def token(self) -> str:
        page = self.get("/join").get_data(as_text=True)
        found = re.search(r'name="csrf-token" content="([^"]+)"', page)
        assert found
        return found[1]

    def send(self, path: str, data: dict[str, object] | None = None, **options: object) -> TestResponse:
        """POST a form with its token."""
        return self.post(path, data={"csrf_token": self.token(), **(data or {})}, **options)  # type: ignore[arg-type]

    def sign_in(self, login: str, password: str = PASSWORD, **options: object) -> TestResponse:
        return self.send("/sign-in", {"login": login, "password": password}, **options)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates compiled once for all tests: compiling takes ten times as long as the rest of a page."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def make_app(
    request: pytest.FixtureRequest,
    db: None,
    database_url: str,
    tmp_path: pathlib.Path,
    clock: Clock,
    compiled: FileSystemBytecodeCache,
) -> Iterator[Callable[..., Flask]]:
    """Make an app with some settings of its own."""
    if "people" in request.fixturenames:  # they bring a database with them, which the app then opens
        request.getfixturevalue("people")

    def make(**settings: object) -> Flask:
        own = Settings(instance=tmp_path / "instance", database=database_url, **settings)  # type: ignore[arg-type]
        app = create_app(own, TESTING=True, PROPAGATE_EXCEPTIONS=False, CLOCK=clock)
        app.test_client_class = Browser
        app.jinja_env.bytecode_cache = compiled
        if not own.redis_url:
            limiter.reset()
        return app

    yield make
    database.current().close()


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """The browser of somebody who is signed out."""
    return app.test_client()


@pytest.fixture
def browser_of(app: Flask) -> Callable[[Viewer], FlaskClient]:
    """The browser of somebody who has signed in: `browser_of(people.mei).get("/diary")`."""

    def of(person: Viewer) -> FlaskClient:
        browser = app.test_client()
        assert browser.sign_in(person.login).status_code == 302  # type: ignore[attr-defined]
        return browser

    return of


@pytest.fixture
def mei(browser_of: Callable[[Viewer], FlaskClient], people: People) -> FlaskClient:
    """The browser of Wang Mei, who keeps a diary."""
    return browser_of(people.mei)


@pytest.fixture
def lin(browser_of: Callable[[Viewer], FlaskClient], people: People) -> FlaskClient:
    """The browser of Dr Lin, her mentor."""
    return browser_of(people.lin)


@pytest.fixture
def kept(people: People) -> Callable[..., str]:
    """Keep an entry of Mei's: `kept("The lift stood still.", audiences=("mentor",))` is its id."""
    keys = itertools.count()

    def keep(
        body: str = "The ward was quiet.",
        *,
        by: Viewer = people.mei,
        audiences: Iterable[Audience] = (),
        as_draft: bool = False,
        now: dt.datetime = NOW,
        **draft: object,
    ) -> str:
        return diary.keep_entry(
            by,
            diary.Draft(body=body, **draft),  # type: ignore[arg-type]
            creation_key=f"k{next(keys)}",
            audiences=audiences,
            as_draft=as_draft,
            now=now,
        ).entry_id

    return keep


@pytest.fixture
def zhou(browser_of: Callable[[Viewer], FlaskClient], people: People) -> FlaskClient:
    """The browser of Professor Zhou, who leads the programme."""
    return browser_of(people.zhou)


@dataclass(frozen=True)
class CohortPages:
    """Addresses of the cohort's page and of its members' by sign-in name, its code, its members' ids."""

    here: str
    code: str
    ids: dict[str, str]
    of: dict[str, str]


@pytest.fixture
def cohort(people: People) -> CohortPages:
    view = programme.cohort_led(people.zhou, people.cohort_id, now=NOW)
    here = f"/programme/cohorts/{people.cohort_id}"
    ids = {m.login: m.public_id for m in view.members}
    return CohortPages(here, people.code, ids, {name: f"{here}/members/{i}" for name, i in ids.items()})


@pytest.fixture
def refusing(app, people):
    """The app with a page for each thing that can go wrong."""
    found = {
        "missing": errors.NotFound(),
        "foreign": errors.NotYours(),
        "wrong": errors.Invalid("A name has at most 120 characters.", field="name"),
        "stale": errors.StaleRevision(current_title="Cold tea", current_body="As it stands.", version=3),
        "closed": errors.PeriodClosed(),
        "double": errors.Conflict(),
        "down": errors.Unavailable(),
        "full": OperationalError("database or disk is full"),
        "import": errors.ImportRefused(["a.md: no date", "b.md: no title"]),
        "broken": RuntimeError("My patient said something"),
    }

    @public
    def fail(name):
        raise found[name]

    @public
    def teapot():
        abort(418)

    app._got_first_request = False
    app.add_url_rule("/fail/<name>", "fail", fail, methods=["GET", "POST"])
    app.add_url_rule("/teapot", "teapot", teapot)
    return app.test_client()


def text(response: TestResponse) -> str:
    """What a page says: its HTML without tags, spaces closed up."""
    html = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", response.get_data(as_text=True), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.fixture(scope="module")
def world(peopled, tmp_path_factory, compiled):  # type: ignore[no-untyped-def]
    """Mei's world, made once for a module whose tests take back what they change."""
    from tests.web.asking import open_world  # it uses the browsers from here

    with open_world(peopled, tmp_path_factory.mktemp("world"), compiled) as opened:
        yield opened

"""A real server on loopback, with the worker that makes documents, and Debian's Chromium before it."""

import contextlib
import datetime as dt
import os
import pathlib
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from playwright._impl._api_structures import SetCookieParam
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request
from waitress.server import create_server

from portfolio import create_app
from portfolio.config import Settings
from portfolio.domain.records import Viewer
from portfolio.jobs import Worker
from portfolio.store import database
from portfolio.web.security import limiter
from tests.conftest import NOW, PASSWORD, People

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE_MS = 30_000  # of a browser on a busy machine
WINDOW = {"width": 1280, "height": 900}
LOCALES = {"en": "en-GB", "zh": "zh-CN"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == pathlib.Path(__file__).parent:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    executable = shutil.which("chromium")
    if executable is None:
        missing = pytest.fail if os.environ.get("REQUIRE_ALL") else pytest.skip
        missing("Chromium is not installed (apt-get install chromium)")
    browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
    yield browser
    browser.close()


@dataclass
class Clock:
    now: dt.datetime = NOW

    def __call__(self) -> dt.datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += dt.timedelta(**by)


@dataclass
class Window:
    """A browser of somebody's own: its cookies, its storage, and what went wrong in it."""

    context: BrowserContext
    page: Page
    address: str
    problems: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.problems.append(f"{page.url}: {error}"))
        page.on("console", self._heard)
        page.on("dialog", lambda dialog: (self.problems.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("request", self._requested)

    def _heard(self, line: ConsoleMessage) -> None:
        # Chromium says of each answer from 400 on that it failed to load; tests look at those themselves
        if line.type in ("error", "warning") and not line.text.startswith("Failed to load resource"):
            self.problems.append(f"{line.location.get('url', '')}: {line.text}")

    def _requested(self, request: Request) -> None:
        web = urlsplit(request.url).scheme in ("http", "https", "ws", "wss")
        if web and not request.url.startswith(f"{self.address}/"):
            self.problems.append(f"asked elsewhere: {request.url}")

    def another(self) -> Page:
        """One more tab."""
        page = self.context.new_page()
        self.watch(page)
        return page

    def sign_in(self, login: str, password: str = PASSWORD) -> Page:
        """Sign in by the form; returns the page that this leads to."""
        self.page.goto("/sign-in")
        self.page.locator("[name=login]").fill(login)
        self.page.locator("[name=password]").fill(password)
        self.page.locator("main form button.primary").click()
        self.page.wait_for_url(lambda url: "/sign-in" not in url)
        return self.page


@dataclass
class Site:
    """The site as it is served."""

    address: str
    app: Flask
    clock: Clock
    open: Callable[..., Window]

    def window(self, person: Viewer | None = None, path: str = "/", **options: object) -> Window:
        """A browser of its own at `path`, in which `person` has signed in a while ago."""
        window = self.open(**{"language": person.language if person else "en", **options})
        if person:
            window.context.add_cookies([self._session_of(person)])
        window.page.goto(path)
        return window

    def _session_of(self, person: Viewer) -> SetCookieParam:
        client = self.app.test_client()
        page = client.get("/sign-in", base_url=self.address).get_data(as_text=True)
        token = page.partition('name="csrf-token" content="')[2].partition('"')[0]
        form = {"csrf_token": token, "login": person.login, "password": PASSWORD}
        assert client.post("/sign-in", base_url=self.address, data=form).status_code == 302
        name = self.app.config["SESSION_COOKIE_NAME"]
        cookie = client.get_cookie(name, domain="127.0.0.1")
        assert cookie
        return {"name": name, "value": cookie.value, "url": self.address, "httpOnly": True, "sameSite": "Lax"}


@contextlib.contextmanager
def windows(chromium: Browser, address: str) -> Iterator[Callable[..., Window]]:
    """Open browsers, each with cookies of its own; what goes wrong in one of them fails the test."""
    opened: list[Window] = []

    def open_one(*, language: str = "en", scripts: bool = True, **options: object) -> Window:
        context = chromium.new_context(
            base_url=address,
            locale=LOCALES[language],
            java_script_enabled=scripts,
            **{"viewport": WINDOW, **options},  # type: ignore[arg-type]
        )
        context.set_default_timeout(PATIENCE_MS)
        window = Window(context, context.new_page(), address)
        window.watch(window.page)
        opened.append(window)
        return window

    try:
        yield open_one
    finally:
        for window in opened:
            window.context.close()
    assert [problem for window in opened for problem in window.problems] == []


@dataclass
class Server:
    """One server for all tests, which answers with the app of the test at hand."""

    address: str = ""
    app: Callable[..., Iterable[bytes]] | None = None

    def __call__(self, environ: dict[str, object], start_response: object) -> Iterable[bytes]:
        assert self.app
        return self.app(environ, start_response)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    answering = Server()
    waitress = create_server(
        answering, host="127.0.0.1", port=0, threads=8, clear_untrusted_proxy_headers=True
    )
    threading.Thread(target=waitress.run, daemon=True).start()
    answering.address = f"http://127.0.0.1:{waitress.effective_port}"
    yield answering
    waitress.close()


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def site(
    people: People,
    database_url: str,
    tmp_path: pathlib.Path,
    compiled: FileSystemBytecodeCache,
    chromium: Browser,
    server: Server,
) -> Iterator[Site]:
    """The site of the people, with its worker."""
    clock = Clock()
    settings = Settings(instance=tmp_path / "instance", database=database_url)
    app = create_app(settings, CLOCK=clock)
    app.jinja_env.bytecode_cache = compiled
    limiter.reset()
    server.app = app
    worker = Worker(settings, clock)
    worker.start()
    with database.connection(), windows(chromium, server.address) as open_window:
        yield Site(server.address, app, clock, open_window)
    worker.stop()
    worker.join(timeout=10)

"""Every page of the demonstration, reached by its links: for each eye, hand and screen, within its budget."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from playwright.sync_api import Browser, Page
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from portfolio import create_app, demo
from portfolio.config import Settings
from portfolio.domain import accounts, portfolios
from portfolio.domain.records import Choices
from portfolio.store import database, files
from portfolio.store.accounts import User
from portfolio.store.diary import Entry
from portfolio.store.programme import Cohort
from portfolio.web.security import limiter
from tests.browser.conftest import Server, Window, windows

REQUESTS_MOST = 8
BYTES_MOST = 60_000  # of bodies, as they travel
BYTES_MOST_WRITING = 35_000
LANGUAGES = {"en": "en", "zh": "zh-CN"}
# Each language in another light and on another screen, so that each is tried once
EYES = {"en": ("light", 1440, (320, 820)), "zh": ("dark", 360, (320, 1440))}
# Reached by GET, but no pages: files, data, redirections; and what the demonstration has no way to
NO_PAGES = {
    "static", "favicon", "diary.photograph", "portfolios.progress", "portfolios.download_result",
    "portfolios.download_edition", "portfolios.download_submitted", "shell.home", "accounts.first_run",
    "shared.read", "shared.download", "shared.open_site", "shared.site",
    "programme.period",  # of programmes that go by person; it and the first run: test_pages_apart.py
}  # fmt: skip
AXE = {"rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]}
# How wide the page is, once it has come to rest after a change of the window
WIDTH = """async window => {
    const page = document.documentElement;
    for (let n = 0; n < 30 && page.scrollWidth > window; n++) await new Promise(requestAnimationFrame);
    return page.scrollWidth;
}"""
OPEN_ALL = "for (const closed of document.querySelectorAll('details')) closed.open = true"


@dataclass
class Demonstration:
    app: Flask
    address: str
    password: str
    code: str
    entry: str  # address of one of Sun Yi's with comments, versions and a threshold
    edition: str  # address of one of Sun Yi's
    shared: str  # address of a link to it, with a passphrase
    open: Callable[..., Window]

    def endpoint(self, path: str) -> str:
        """Which view answers at a path; "" where none does by GET."""
        try:
            return str(self.app.url_map.bind("127.0.0.1").match(urlsplit(path).path, method="GET")[0])
        except (HTTPException, RequestRedirect):
            return ""


@pytest.fixture(scope="module")
def demonstration(
    tmp_path_factory: pytest.TempPathFactory,
    chromium: Browser,
    server: Server,
    compiled: FileSystemBytecodeCache,
) -> Iterator[Demonstration]:
    """The demonstration, loaded once and served."""
    folder = tmp_path_factory.mktemp("demonstration")
    app = create_app(Settings(instance=folder))
    app.jinja_env.bytecode_cache = compiled
    limiter.reset()
    server.app = app
    with database.connection():
        database.migrate()
        assert demo.load(folder, now=dt.datetime.now(dt.UTC))
        password = demo.sign_ins(folder).split("password: ")[1].split()[0]
        owned = Entry.select().join(User).where(User.login == "sun-yi")
        rich = max(owned, key=lambda e: (e.thresholds.count() > 0, e.comments.count() > 0, e.revision_number))
        code = Cohort.select().first().join_code
        edition, shared = shared_edition()
        with windows(chromium, server.address) as open_window:
            address = f"/entries/{rich.public_id}"
            yield Demonstration(app, server.address, password, code, address, edition, shared, open_window)
    database.current().close()


def shared_edition() -> tuple[str, str]:
    """The addresses of an edition of Sun Yi's and of a link to it."""
    now = dt.datetime.now(dt.UTC)
    writer = accounts.viewer_by_login("sun-yi")
    edition, _ = portfolios.freeze_edition(writer, Choices(variant="review"), now=now)
    portfolios.finish_edition(edition, stored_name=files.write(b"%PDF", ".pdf"), pages=3, size=4)
    _, token = portfolios.make_link(writer, edition, days=7, passphrase="a lamp in the corridor", now=now)
    return f"/keep/editions/{edition}", f"/s/{token}"


class Walk:
    """Walks of several people through the pages in one language, and what was wrong on these."""

    def __init__(self, demonstration: Demonstration, language: str) -> None:
        self.demonstration = demonstration
        self.language = language
        self.scheme, self.width, self.other_widths = EYES[language]
        self.seen: set[str] = set()
        self.wrong: list[str] = []

    def walk(self, login: str, *starts: str, again: frozenset[str] = frozenset()) -> None:
        """Visit one page of each kind that can be reached from `starts`, and those of `again` once more."""
        window = self.window(login)
        self.seen -= again
        waiting = list(starts)
        while waiting:
            path = waiting.pop(0)
            endpoint = self.demonstration.endpoint(path)
            if not endpoint or endpoint in self.seen | NO_PAGES:
                continue
            self.seen.add(endpoint)
            most = BYTES_MOST_WRITING if endpoint in ("diary.write", "diary.edit") else BYTES_MOST
            self.visit(window, path, most=most)
            links = window.page.eval_on_selector_all("a[href]", "links => links.map((link) => link.href)")
            own = f"{self.demonstration.address}/"
            waiting += [
                "/" + link.removeprefix(own).partition("#")[0] for link in links if link.startswith(own)
            ]

    def window(self, login: str) -> Window:
        """A browser as this language's people have it; somebody has signed in, where `login` is not empty."""
        window = self.demonstration.open(
            language=self.language, reduced_motion="reduce", color_scheme=self.scheme,
            viewport={"width": self.width, "height": 900},
        )  # fmt: skip
        if login:
            window.sign_in(login, self.demonstration.password)
        window.page.goto("about:blank")
        self.travelled = Travelled(window)
        return window

    def visit(self, window: Window, path: str, status: int = 200, most: int = BYTES_MOST) -> None:
        """One page, whose answer has this status; `most`: bytes of bodies."""
        self.travelled.sizes.clear()
        answer = window.page.goto(path)
        assert answer
        self.expect(answer.status == status, path, f"status {answer.status}")
        sizes = self.travelled.sizes
        self.expect(len(sizes) <= REQUESTS_MOST, path, f"{len(sizes)} requests")
        self.expect(sum(sizes.values()) <= most, path, f"{sum(sizes.values()):,.0f} bytes")
        self.look(window.page, path)

    def look(self, page: Page, path: str) -> None:
        headings = page.locator("h1").count()
        self.expect(headings == 1, path, f"{headings} h1")
        self.expect(page.locator("main").count() == 1, path, "no main")
        lang = page.locator("html").get_attribute("lang")
        self.expect(lang == LANGUAGES[self.language], path, f"lang {lang}")
        page.evaluate(OPEN_ALL)
        for width in (*self.other_widths, self.width):
            page.set_viewport_size({"width": width, "height": 900})
            wide = page.evaluate(WIDTH, width)
            self.expect(wide <= width, path, f"{wide} wide on a screen of {width}")
        page.evaluate(AXE_SCRIPT)
        for violation in page.evaluate("rules => axe.run(rules)", AXE)["violations"]:
            nodes = "; ".join(node["html"][:200] for node in violation["nodes"][:3])
            self.expect(False, path, f"{violation['id']}, {violation['help']}: {nodes}")

    def expect(self, right: bool, path: str, what: str) -> None:
        if not right:
            self.wrong.append(f"{path}: {what}")


class Travelled:
    """The bytes of each body that came over the network, with nothing kept from before."""

    def __init__(self, window: Window) -> None:
        self.sizes: dict[str, float] = {}
        self.heads: dict[str, float] = {}
        devtools = window.context.new_cdp_session(window.page)
        devtools.on("Network.responseReceived", self._begun)
        devtools.on("Network.loadingFinished", self._ended)
        devtools.send("Network.enable")
        devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})

    def _begun(self, event: dict) -> None:
        if event["response"]["url"].startswith("data:"):  # pictures of Chromium's own controls
            return
        self.heads[event["requestId"]] = event["response"]["encodedDataLength"]

    def _ended(self, event: dict) -> None:
        if event["requestId"] in self.heads:
            self.sizes[event["requestId"]] = event["encodedDataLength"] - self.heads[event["requestId"]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_fit_for_everybody(demonstration: Demonstration, language: str):
    User.update(language=language).execute()
    walk = Walk(demonstration, language)
    walk.walk("", "/sign-in", "/join", f"/join/{demonstration.code}")
    walk.walk("", demonstration.shared)
    walk.walk("sun-yi", "/write", demonstration.entry, "/diary", demonstration.edition, "/keep/choices")
    walk.walk("dr-lin", "/mentoring", demonstration.entry, again=frozenset({"diary.entry"}))
    walk.walk("prof-zhou", "/programme", "/programme/new?preset=mentoring")
    walk.walk("admin", "/accounts")
    assert "\n".join(walk.wrong) == ""
    pages = {r.endpoint for r in demonstration.app.url_map.iter_rules() if "GET" in (r.methods or ())}
    assert walk.seen == pages - NO_PAGES


# What has the focus, whether that shows (a day, month and year show it themselves), and whether it can be
# seen: in the window and under no bar, once the page has come to rest
FOCUSED = """async () => {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    const shown = element.closest("label") ?? element;
    const outer = [element, shown, element.closest("li") ?? element];
    let shows, seen;
    for (let n = 0; n < 30 && !(shows && seen); n++) {
        await new Promise(requestAnimationFrame);
        shows = element.type === "date" || outer.some((one) => getComputedStyle(one).outlineStyle !== "none");
        const { x, y, width, height } = shown.getClientRects()[0];
        const there = document.elementFromPoint(x + Math.min(width / 2, 40), y + Math.min(height / 2, 20));
        seen = !!there && shown.contains(there);
    }
    return { what: element.outerHTML.slice(0, 140), shows, seen };
}"""


@pytest.mark.parametrize("width", [360, 1440])
def test_a_keyboard_is_enough(demonstration: Demonstration, width: int):
    User.update(language="en").execute()
    window = demonstration.open(viewport={"width": width, "height": 900}, reduced_motion="reduce")
    page = window.sign_in("sun-yi", demonstration.password)
    wrong = []
    for path in ("/diary", demonstration.entry, "/keep", "/account"):
        page.goto(path)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        assert page.evaluate(FOCUSED)["seen"]
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        for _ in range(25):
            page.keyboard.press("Tab")
            focused = page.evaluate(FOCUSED)
            if focused and not (focused["shows"] and focused["seen"]):
                wrong.append(f"{path}: {focused}")
    assert "\n".join(wrong) == ""

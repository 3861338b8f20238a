"""Nothing that anybody writes runs, loads or leads elsewhere: on the site, in the static site, in the book."""

import http.server
import pathlib
import threading
import zipfile
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import pikepdf
import pytest
from playwright._impl._api_structures import FilePayload
from playwright.sync_api import Page

from portfolio.domain import portfolios, programme
from portfolio.domain.records import Choices, Viewer
from portfolio.export.book import write_book
from portfolio.export.site import write_site
from portfolio.store import files
from portfolio.store.programme import Meeting, Prompt
from tests.browser.conftest import Site
from tests.browser.poisoned import Poison
from tests.conftest import NOW, People

# Set before any script of a page: what its policy had to stop is written down
LISTENER = """
window.__stopped = [];
addEventListener("securitypolicyviolation", (event) => {
    __stopped.push(`stopped: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});
"""
# What must not stand in a page, whatever its policy would make of it
LOOK = """own => {
    const found = window.__xss ? ["it ran"] : [];
    const say = (what, element) => found.push(`${what}: ${element.outerHTML.slice(0, 120)}`);
    const foreign = "iframe frame frameset object embed applet portal base math foreignObject animate set use "
        + "audio video source track style marquee xmp noembed";
    for (const element of document.querySelectorAll(foreign.split(" "))) say("element", element);
    for (const meta of document.querySelectorAll("meta[http-equiv]"))
        if (meta.httpEquiv !== "Content-Security-Policy") say("meta", meta);
    for (const script of document.scripts) if (!script.src.startsWith(own) || script.text) say("script", script);
    for (const element of document.querySelectorAll("*")) {
        for (const { name, value } of element.attributes) {
            if (/^on|^srcdoc$|^ping$|^background$/i.test(name)) say(name, element);
            if (!/^(xlink:)?href$|^src$|^srcset$|^action$|^formaction$|^data$|^poster$/i.test(name)) continue;
            const { protocol, href } = new URL(value, document.baseURI);
            if (!["http:", "https:", "mailto:", "file:"].includes(protocol)) say("scheme", element);
            if (element.localName !== "a" && !href.startsWith(own)) say("elsewhere", element);
        }
    }
    return [...found, ...window.__stopped];
}"""


class Canary(http.server.ThreadingHTTPServer):
    """A server that nobody should call."""

    daemon_threads = True

    def __init__(self) -> None:
        self.calls: list[str] = []
        super().__init__(("127.0.0.1", 0), _Listening)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Listening(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Canary)
        self.server.calls.append(self.path)
        self.send_error(404)

    do_POST = do_HEAD = do_OPTIONS = do_GET

    def log_message(self, *_: object) -> None:
        """Silence."""


@pytest.fixture
def canary() -> Iterator[Canary]:
    server = Canary()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    assert server.calls == []


@pytest.fixture
def poison(site: Site, people: People, canary: Canary) -> Poison:
    poison = Poison(people, canary.address)
    poison.write()
    return poison


def look(page: Page, own: str) -> list[str]:
    return [f"{page.url} {found}" for found in page.evaluate(LOOK, own)]


# Reached by GET, but no pages of the product: files, data, redirections; and what has a test of its own below
NO_PAGES = {
    "static", "favicon", "diary.photograph", "portfolios.progress", "portfolios.download_result",
    "portfolios.download_edition", "portfolios.download_submitted", "shell.home", "shared.read",
    "shared.download", "shared.open_site", "shared.site",
    "accounts.first_run",  # there only while nobody has written anything
}  # fmt: skip


def pages_of(people: People, poison: Poison) -> dict[Viewer | None, list[str]]:
    """Every page on which something stands that somebody wrote, by who looks at it; None: whoever comes by."""
    first, second = poison.entries[:2]
    attainment = portfolios.attainments(people.mei, now=NOW)[0].public_id
    cohort, mei = f"/programme/cohorts/{people.cohort_id}", people.mei
    there = programme.cohort_led(people.zhou, people.cohort_id, now=NOW)
    member = f"{cohort}/members/" + next(m.public_id for m in there.members if m.login == mei.login)
    stage = next(iter(people.stages.values()))
    prompt = Prompt.select().first().public_id
    meeting = Meeting.select().first().public_id
    programme.set_stage_period(
        people.zhou, people.cohort_id, member.rpartition("/")[2], stage, starts_on=NOW.date(), now=NOW
    )
    return {
        mei: [
            "/write", f"/write?retells={second}", *(f"/entries/{entry}" for entry in poison.entries),
            f"/entries/{first}/edit", f"/entries/{first}/history", f"/entries/{first}/changes/1",
            f"/entries/{first}/versions/1",
            "/diary", "/diary?page=2", "/diary?page=3", "/diary?tag=<svg onload=alert(1)>", "/diary?q=onerror",
            "/diary?q=\"><script>alert(1)</script>", "/diary/deleted", "/mentors", "/community", "/keep",
            *(f"/keep?as={preset}" for preset in poison.presets[:2]), "/keep/choices", "/keep/documents",
            "/keep/import", f"/keep/editions/{poison.edition}",
            "/keep/narrative", "/keep/attainments", f"/keep/attainments/new?stage={stage}&competency=<svg onload=alert(1)>", f"/keep/attainments/{attainment}",
            "/account", "/sign-in/%3Cscript%3Ealert(1)%3C/script%3E",
        ],
        people.lin: [
            "/mentoring", f"/mentoring?entry={second}", f"/mentoring/{mei.public_id}", f"/entries/{first}",
            "/prompts", f"/prompts/{prompt}",
        ],
        people.zhou: [
            "/programme", "/programme/new", f"/programme/{people.programme_id}",
            f"/programme/{people.programme_id}/cohorts/new", cohort, f"{cohort}/editions", member,
            f"{member}/periods/{stage}/1", f"/meetings/{meeting}",
        ],
        people.root: [
            "/accounts", "/accounts?q=<img src=x onerror=alert(1)>", f"/accounts/{mei.public_id}/password",
        ],
        None: [
            "/join", f"/join/{people.code}", "/sign-in?next=javascript:alert(1)",
            "/join/<script>alert(1)</script>", f"/s/{poison.book}", f"/s/{poison.site}",
        ],
    }  # fmt: skip


def test_nothing_runs_on_any_page(site: Site, people: People, poison: Poison):
    found: list[str] = []
    seen: set[str] = set()
    urls = site.app.url_map.bind("127.0.0.1")
    for person, paths in pages_of(people, poison).items():
        window = site.window(person, "/account" if person else "/sign-in")
        window.context.add_init_script(LISTENER)
        for path in paths:
            answer = window.page.goto(path)
            assert answer
            if answer.ok:
                seen.add(str(urls.match(urlsplit(path).path, method="GET")[0]))
            found += look(window.page, site.address)
        if person is people.mei:
            found += refused_forms(window.page, poison, site.address)
            found += refused_files(window.page, poison, site.address)
    assert found == []
    there = {rule.endpoint for rule in site.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert seen == there - NO_PAGES


def refused_files(page: Page, poison: Poison, own: str) -> list[str]:
    """What the page for imports says of files: of what it refuses, and of what it would take in."""
    found = []
    names = [name for text in poison.texts if "/" not in (name := " ".join(text.split())) and len(name) < 80]
    for matter in ("", 'date: 2022-07-02\nstage: "<img src=x onerror=alert(1)>"\nmood: "<b>"\n'):
        files = [
            FilePayload(
                name=f"{number} {name}.md",
                mimeType="text/markdown",
                buffer=f"---\n{matter}---\n{name}".encode(),
            )
            for number, name in enumerate(names[:20])
        ]
        page.goto("/keep/import")
        page.locator("#f-files").set_input_files(files)
        with page.expect_navigation():
            page.locator("form[enctype] button.primary").click()
        assert "onerror" in page.locator("main").inner_text()
        found += look(page, own)
    return found


def test_nothing_runs_behind_a_share_link(site: Site, people: People, poison: Poison, tmp_path: pathlib.Path):
    """The site of an edition has the product's own origin there, with the owner signed in."""
    packed = write_site(poison.portfolio, tmp_path / "site.zip").path
    portfolios.finish_site(poison.edition, stored_name=files.write(packed.read_bytes(), ".zip"), size=9)
    window = site.window(people.mei, "/account")
    window.context.add_init_script(LISTENER)
    page, base = window.page, f"/s/{poison.site}/site/"
    with zipfile.ZipFile(packed) as bundle:
        names = [name.partition("/")[2] for name in bundle.namelist() if name.endswith(".html")]
    shown = [
        name for name in names
        if not name.startswith("entries/") or any(entry in name for entry in poison.entries)
    ]  # fmt: skip
    assert len(shown) > len(poison.entries) + 10
    found: list[str] = []
    for name in ["", *shown]:
        answer = page.goto(base + quote(name) if name else f"/s/{poison.site}/site")
        assert answer and answer.ok, name
        found += look(page, site.address)
    page.goto(f"{base}search.html")
    for words in ("onerror", "svg onload", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>"):
        page.locator("#q").fill(words)
        page.locator("#results li").first.wait_for()
        found += look(page, site.address)
    assert found == []


def refused_forms(page: Page, poison: Poison, own: str) -> list[str]:
    """Pages that show again what was typed: a refused entry, its preview, a refused comment, a foreign form."""
    found = []
    everything = "\n\n".join(poison.texts)
    for fields in ({"entry_date": "2031-01-01", "do": "keep"}, {"do": "preview"}):
        page.goto("/write")
        with page.expect_navigation():
            page.evaluate(
                """fields => {
                    const form = document.querySelector("form.writing");
                    for (const [name, value] of Object.entries(fields)) {
                        const field = document.createElement("textarea");
                        form.querySelectorAll(`[name=${name}]`).forEach((other) => other.remove());
                        field.name = name;
                        field.value = value;
                        form.append(field);
                    }
                    form.submit();
                }""",
                {"title": poison.texts[8], "body": everything, "tags": everything[:900], **fields},
            )
        found += look(page, own)
    page.goto("/write")
    page.locator("#f-body").fill(everything)
    page.locator("[value=preview]").click()
    page.locator("#preview .prose *").first.wait_for()
    found += look(page, own)
    return found


def test_nothing_runs_in_the_static_site(site: Site, people: People, poison: Poison, tmp_path: pathlib.Path):
    folder = tmp_path / "site"
    write_site(portfolios.select(people.mei, Choices(private=True), now=NOW), folder)
    page = site.open().page
    page.context.add_init_script(LISTENER)
    found: list[str] = []
    visited = 0
    for path in sorted(folder.rglob("*.html")):
        of_an_entry = "entries" in path.parts
        if of_an_entry and not any(entry in path.name for entry in poison.entries):
            continue  # one with nothing but a title, which the lists have too
        page.goto(path.as_uri())
        found += look(page, folder.as_uri())
        visited += of_an_entry
    assert visited == len(poison.entries)
    assert found == []


def test_the_book_fetches_nothing_and_nothing_in_it_acts(
    people: People, poison: Poison, tmp_path: pathlib.Path
):
    book = tmp_path / "book.pdf"
    made = write_book(portfolios.select(people.mei, Choices(), now=NOW), book)
    assert made.pages > 20
    acting = {
        "/JS", "/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/EmbeddedFile",
        "/EmbeddedFiles", "/RichMedia", "/AA", "/XFA", "/Sound", "/Movie", "/OpenAction",
    }  # fmt: skip
    with pikepdf.open(book) as opened:
        for thing in opened.objects:
            if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
                assert not acting & set(thing.keys())
                assert str(thing.get("/S", "")) not in acting
                assert str(thing.get("/URI", "http://")).startswith(("http://", "https://", "mailto:"))

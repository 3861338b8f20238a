"""The static site in a real browser, opened from the disk by its file name alone."""

import re
import shutil
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from portfolio.export.archive import write_archive
from portfolio.export.site import write_site
from tests.browser.test_pages import AXE
from tests.export import people


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    return write_site(people.ines(folder), folder / "my diary 日记").path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_styled_runs_nothing_and_fetches_nothing(
    chromium: Browser, site: Path, scheme: str
) -> None:
    context = chromium.new_context(viewport={"width": 320, "height": 700}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: message.type != "error" or problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("dialog", lambda dialog: (problems.append("a script ran"), dialog.dismiss()))
    page.on(
        "requestfailed", lambda request: "ABORTED" in (request.failure or "") or problems.append(request.url)
    )
    page.on("request", lambda request: request.url.startswith("file:") or problems.append(request.url))
    paths = sorted(site.rglob("*.html"))
    for path in paths:
        page.goto(path.as_uri())
        ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert ground == {"light": "rgb(237, 229, 213)", "dark": "rgb(18, 17, 15)"}[scheme], path.name
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, f"{path.name} scrolls sideways"
    context.close()
    assert len(paths) == 29
    assert problems == []


@pytest.mark.parametrize("width", [360, 820, 1280])
def test_the_sheet_leaves_the_breadcrumb_whole(chromium: Browser, site: Path, width: int) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 700})
    page = context.new_page()
    crumbed = [path for path in sorted(site.rglob("*.html")) if 'class="crumbs"' in path.read_text("utf-8")]
    for path in crumbed:
        page.goto(path.as_uri())
        words = page.locator(".crumbs ol").bounding_box()
        sheet = page.locator("main .sheet").first.bounding_box()
        assert words and sheet and words["y"] + words["height"] <= sheet["y"], path.name
    context.close()
    assert crumbed


def test_a_reader_goes_from_the_cover_to_a_comment_and_on(chromium: Browser, site: Path) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto((site / "index.html").as_uri())
    page.get_by_role("link", name="Intern").click()
    page.get_by_role("link", name="The daughter in the corridor").last.click()
    assert page.get_by_role("heading", level=1).inner_text() == "The daughter in the corridor"
    picture = page.get_by_role("img", name="A corridor at night").first
    assert picture.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") == 640
    page.locator("a[href='#c1']").click()
    assert page.locator("article:target").inner_text().split("\n")[:2] == ["1", "Dr Lin Hua"]
    page.get_by_role("link", name="夜班后的粥").click()
    assert page.get_by_role("heading", level=1).get_attribute("lang") == "zh-Hans"
    page.get_by_role("link", name="夜班", exact=True).click()
    assert page.url.endswith("tags/%E5%A4%9C%E7%8F%AD.html")
    context.close()


def test_the_site_within_an_archive_shows_the_photographs_beside_it(
    chromium: Browser, tmp_path: Path
) -> None:
    data = write_archive(people.ines(tmp_path), tmp_path / "my archive 存档").path / "data"
    context = chromium.new_context()
    page = context.new_page()
    page.goto((data / "site" / "index.html").as_uri())
    page.get_by_role("link", name="Intern").click()
    page.get_by_role("link", name="The daughter in the corridor").last.click()
    for picture in page.get_by_role("img").all():
        assert picture.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") == 640
    assert page.get_by_role("img").count() == 2
    context.close()


def found(page: Page, words: str) -> list[str]:
    """Titles of the results for some words, once the page has said how many there are."""
    page.locator("#q").fill("")
    page.locator("#told", has_text=re.compile("^$")).wait_for(state="attached")
    page.locator("#q").fill(words)
    page.locator("#told", has_text=re.compile(".")).wait_for()
    return page.locator("#results h2").all_inner_texts()


def test_search_finds_words_of_both_languages_from_the_disk(chromium: Browser, site: Path) -> None:
    context = chromium.new_context()
    page = context.new_page()
    asked: list[str] = []
    problems: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto((site / "search.html").as_uri())
    assert found(page, "corridor") == ["The daughter in the corridor"]
    assert found(page, "corri") == ["The daughter in the corridor"]  # still being typed
    assert found(page, "corri daughter") == []  # a word that is ended is whole
    assert page.locator("#told").inner_text() == "No entry has all these words."
    assert found(page, "夜班") == ["夜班后的粥"]
    assert found(page, "食堂阿姨 半勺") == ["夜班后的粥"]
    assert found(page, "粥") == ["夜班后的粥"]
    assert found(page, "constructor") == []  # not what every object in a browser has
    assert found(page, "alert")[0].startswith("<script>alert")  # shown as typed
    assert found(page, "the") == [
        "I stayed this time. The cup stood between us and neither of…",
        "The daughter in the corridor",
    ]  # the newest first
    page.get_by_role("link", name="The daughter in the corridor").click()
    assert page.get_by_role("heading", level=1).inner_text() == "The daughter in the corridor"
    assert problems == [] and all(address.startswith("file:") for address in asked)
    context.close()


def test_search_says_so_where_no_script_runs_or_the_index_is_gone(
    chromium: Browser, site: Path, tmp_path: Path
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "search.html").as_uri())
    assert "Search needs scripts" in page.locator("main").inner_text()
    assert not page.locator("#q").is_visible()
    context.close()
    shutil.copytree(site, tmp_path / "site")
    for path in (tmp_path / "site" / "search").glob("t-*.js"):
        path.unlink()
    page = chromium.new_context().new_page()
    page.goto((tmp_path / "site" / "search.html").as_uri())
    page.locator("#q").fill("corridor")
    page.locator("#told", has_text="cannot be read").wait_for()
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(chromium: Browser, site: Path, scheme: str) -> None:
    context = chromium.new_context(color_scheme=scheme, bypass_csp=True)  # type: ignore[arg-type]
    page = context.new_page()
    wrong = []
    for path in sorted(site.rglob("*.html")):
        page.goto(path.as_uri())
        page.evaluate(AXE_SCRIPT)
        for violation in page.evaluate("rules => axe.run(rules)", AXE)["violations"]:
            nodes = "; ".join(node["html"][:200] for node in violation["nodes"][:3])
            wrong.append(f"{path.name}: {violation['id']}, {violation['help']}: {nodes}")
    context.close()
    assert wrong == []

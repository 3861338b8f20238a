"""The static site in a real browser, opened from the disk by its file name alone."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from portfolio.export.site import write_site
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

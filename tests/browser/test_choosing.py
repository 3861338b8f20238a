"""Six hundred entries to choose from by keyboard, and a link that is opened by somebody without an account."""

import datetime as dt

import pytest
from playwright.sync_api import expect

from portfolio.domain import diary
from portfolio.domain.diary import Draft
from tests.browser.conftest import Site
from tests.conftest import NOW, People
from tests.domain.test_sharing import make_edition

ENTRIES = 600


@pytest.fixture
def many(people: People) -> None:
    for number in range(ENTRIES):
        draft = Draft(
            f"Words of {number}.",
            title=f"Night {number}",
            entry_date=NOW.date() - dt.timedelta(days=ENTRIES - number),
        )
        diary.keep_entry(people.mei, draft, creation_key=str(number), audiences=["mentor"], now=NOW)


def test_a_long_list_is_found_and_ticked_by_keyboard(site: Site, people: People, many: None):
    page = site.window(people.mei, "/keep").page
    page.get_by_text("Choose entries one by one").click()
    told = page.locator("#picked")
    expect(told).to_have_text("600 of 600 ticked")
    page.get_by_role("button", name="Untick all shown").click()
    expect(told).to_have_text("0 of 600 ticked")
    search = page.get_by_label("Find an entry")
    search.fill("night 59")
    rows = page.locator(".picks > li:visible")
    expect(rows).to_have_count(16)  # 59, 159, … 559, and 590 to 599
    search.press("ArrowDown")
    for key in ("ArrowDown", "Space", "ArrowDown", "Space"):
        page.keyboard.press(key)
    expect(told).to_have_text("2 of 600 ticked")
    expect(page.locator(".counts")).to_contain_text("2 of 600 entries")
    expect(page.get_by_role("checkbox", name="Only those ticked here")).to_be_checked()
    boxes = page.locator(".picks input")
    assert boxes.evaluate_all("all => all.filter((box) => box.tabIndex === 0).length") == 1
    search.fill("")
    boxes.nth(10).click()
    boxes.nth(29).click(modifiers=["Shift"])
    expect(told).to_have_text("22 of 600 ticked")
    page.get_by_role("button", name="Create the book").click()
    page.goto(page.url.split("#")[0] + "?as=last")
    expect(told).to_have_text("22 of 600 ticked")


def test_a_link_is_made_copied_and_opened_without_an_account(site: Site, people: People):
    edition = make_edition(people.mei)
    page = site.window(people.mei, f"/keep/editions/{edition}").page
    page.get_by_label("For whom").fill("Dr Ito")
    page.get_by_label("Passphrase, if you want one").fill("a lamp in the corridor")
    page.get_by_role("button", name="Make the link").click()
    link = page.locator("#made-link")
    expect(page.get_by_role("button", name="Copy the link")).to_be_visible()
    visitor = site.window(
        None, link.inner_text().partition("/s/")[1] + link.inner_text().partition("/s/")[2]
    ).page
    visitor.get_by_label("Passphrase", exact=True).fill("a lamp in the corridor")
    visitor.get_by_role("button", name="Open it").click()
    expect(visitor.get_by_role("heading", name="Wang Mei")).to_be_visible()
    with visitor.expect_download() as taken:
        visitor.get_by_role("link", name="Download").click()
    assert taken.value.suggested_filename == "Wang-Mei-portfolio-edition-1.pdf"
    page.get_by_role("button", name="End Dr Ito").click()
    visitor.reload()
    expect(visitor.get_by_role("heading", name="This link has ended")).to_be_visible()

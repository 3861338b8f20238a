"""What was refused stands before one's eyes on a phone, without a script too."""

import pytest
from playwright.sync_api import Page, expect

from portfolio.domain import diary
from portfolio.domain.diary import Draft
from tests.browser.conftest import Site
from tests.conftest import NOW, People

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def page(site: Site, people: People) -> Page:
    page = site.window(people.mei).page
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    return page


def test_a_threshold_without_a_kind_says_so_where_one_looks(page: Page, people: People) -> None:
    long = "The corridor was longer than by day.\n\n" * 40
    entry = diary.keep_entry(people.mei, Draft(body=long), creation_key="k", now=NOW).entry_id
    page.goto(f"/entries/{entry}")
    page.get_by_text("Mark this as a threshold").click()
    page.get_by_label("Before, I").fill("asked")
    page.get_by_role("button", name="Keep the mark").click()
    said = page.get_by_text("Say what changed: knowing, doing or being.")
    expect(said).to_be_in_viewport()
    expect(page.locator("[name=kinds]").first).to_be_focused()
    expect(page.get_by_label("Before, I")).to_have_value("asked")


def test_so_does_the_writing_page(page: Page) -> None:
    page.goto("/write")
    page.locator("#f-body").fill("Signed.\n" * 40)
    page.get_by_text("More: steps, a threshold").click()
    page.get_by_label("Before, I").fill("asked")
    page.get_by_role("button", name="Keep it").last.click()
    expect(page.get_by_text("Say what changed: knowing, doing or being.")).to_be_in_viewport()
    expect(page.get_by_label("Before, I")).to_have_value("asked")

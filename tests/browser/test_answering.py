"""The field for an answer on a phone: out of the way until somebody writes, and within its page."""

import pytest
from playwright.sync_api import expect

from portfolio.domain import diary
from portfolio.domain.diary import Draft
from tests.browser.conftest import Site, Window
from tests.conftest import NOW, People

TALLEST_PX = 80  # of 740, while nobody writes


@pytest.fixture
def lin(site: Site, people: People) -> Window:
    text = "\n\n".join(["I stood beside the bed and did not know what to say."] * 20)
    diary.keep_entry(people.mei, Draft(body=text), creation_key="k", audiences=("mentor",), now=NOW)
    return site.window(people.lin)


def test_on_a_phone_the_answer_is_one_line_until_somebody_writes(lin: Window) -> None:
    page = lin.page
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/mentoring")
    form, words = page.locator("form.answer"), page.locator("#comment-body")
    assert form.bounding_box()["height"] <= TALLEST_PX
    expect(page.get_by_role("button", name="Mark as read")).to_be_visible()
    words.focus()
    page.get_by_role("button", name="I wondered…").click()
    page.keyboard.type("what you thought.")
    expect(words).to_have_value("I wondered what you thought.")
    words.blur()
    expect(page.get_by_role("button", name="Send")).to_be_visible()  # what was begun stays open


def test_the_answer_ends_with_its_page(lin: Window) -> None:
    page = lin.page
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/mentoring")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    form, sheet = page.locator("form.answer").bounding_box(), page.locator("article.sheet").bounding_box()
    assert form["y"] + form["height"] <= sheet["y"] + sheet["height"]
    heading = page.locator(".accompanied.narrow h2").bounding_box()
    assert form["y"] + form["height"] <= heading["y"]

"""Choosing what to take along and making a programme: by script, and without one."""

import datetime as dt

import pytest
from playwright.sync_api import Page, expect

from portfolio.domain import diary, portfolios, programme
from portfolio.domain.diary import Draft
from tests.browser.conftest import Site
from tests.conftest import NOW, People
from tests.domain.test_sharing import make_edition


@pytest.fixture
def written(people: People) -> None:
    """Two entries of Mei's: one in an earlier stage, shared; one that nobody else reads."""
    for title, day, audiences in (
        ("The lift", dt.date(2021, 9, 3), ["mentor"]),
        ("Not said", dt.date(2022, 9, 1), []),
    ):
        draft = Draft(f"{title}, in words.", title=title, entry_date=day)
        diary.keep_entry(people.mei, draft, creation_key=title, audiences=audiences, now=NOW)


def counts(page: Page):
    return page.locator(".counts")


def test_the_preview_follows_the_choices(site: Site, people: People, written: None):
    page = site.window(people.mei, "/keep").page
    expect(counts(page)).to_contain_text("1 of 2 entries")
    page.get_by_role("radio", name="Yourself").check()
    expect(page.get_by_role("img", name="The cover: A reflective diary, Wang Mei")).to_be_visible()
    page.get_by_role("checkbox", name="Private entries").check()
    expect(counts(page)).to_contain_text("2 of 2 entries")
    page.locator(".chip", has_text="Intern").click()
    expect(counts(page)).to_contain_text("1 of 2 entries")
    page.get_by_label("From").fill("2023-01-01")
    page.get_by_label("From").blur()
    expect(counts(page)).to_contain_text("The period ends before it begins.")
    page.locator(".chip", has_text="An archive").click()
    expect(counts(page)).to_contain_text("2 of 2 entries")
    expect(page.get_by_role("button", name="Create the archive")).to_be_visible()
    expect(page.get_by_label("From")).to_be_hidden()


def test_without_a_script_one_counts_by_a_button(site: Site, people: People, written: None):
    page = site.window(people.mei, "/keep", scripts=False).page
    page.get_by_role("radio", name="Yourself").check()
    page.get_by_role("checkbox", name="Private entries").check()
    page.get_by_role("button", name="Count again").click()
    expect(counts(page)).to_contain_text("2 of 2 entries")
    page.locator(".chip", has_text="A site").click()
    page.get_by_role("button", name="Create the site").click()
    for _ in range(60):
        if page.get_by_role("link", name="Download").count():
            break
        page.wait_for_timeout(500)
        page.get_by_role("link", name="Refresh").or_(page.get_by_role("link", name="Keep")).first.click()
    expect(page.get_by_text("Wang-Mei-site-2022-09-14.zip")).to_be_visible()


@pytest.mark.parametrize("width", [360, 1280])
def test_how_an_edition_stands_is_told_on_one_line(site: Site, people: People, width: int):
    edition = make_edition(people.mei)
    portfolios.submit_edition(people.mei, edition, people.cohort_id, now=NOW)
    portfolios.make_link(people.mei, edition, now=NOW)
    page = site.window(people.mei, "/keep").page
    page.set_viewport_size({"width": width, "height": 800})
    told = page.locator("#documents .standing")
    expect(told).to_have_text("1 open linkSubmitted")
    box = told.bounding_box()
    assert box and box["height"] < 30


def test_the_two_dates_of_a_period_stand_on_one_line(site: Site, people: People, written: None):
    page = site.window(people.mei, "/keep").page
    first, last = page.locator("[name=from]"), page.locator("[name=to]")
    first.fill("2023-01-01")
    last.fill("2022-01-01")
    page.get_by_role("button", name="Create the book").click()
    expect(page.locator(".field .error")).to_be_visible()
    places = [field.bounding_box() for field in (first, last)]
    assert len({place["y"] for place in places if place}) == 1


def test_entries_to_choose_from_stand_in_even_rows_on_a_phone(site: Site, people: People, written: None):
    page = site.window(people.mei, "/keep").page
    page.set_viewport_size({"width": 360, "height": 800})
    page.get_by_text("Choose entries one by one").click()
    for row in page.locator(".picks > li").all():
        box, day, title = (row.locator(s).bounding_box() for s in ("input", ".pick-date", ".pick-title"))
        assert box and day and title
        assert box["x"] < day["x"] == title["x"] and day["y"] + day["height"] <= title["y"] + 1
    lock, title = (
        page.locator(f".picks > li:last-child {s}").bounding_box() for s in (".icon", ".pick-title")
    )
    assert lock and title and lock["x"] >= title["x"] + title["width"]


def names(page: Page) -> list[str]:
    return [field.input_value() for field in page.locator("[name=stage_name]").all()]


@pytest.mark.parametrize("scripts", [True, False])
def test_stages_are_added_moved_and_removed(site: Site, people: People, scripts: bool):
    page = site.window(people.zhou, "/programme/new?preset=identity", scripts=scripts).page
    page.get_by_label("Name").first.fill("Surgery")
    page.get_by_role("button", name="Add a stage").click()
    row = page.get_by_role("group", name="Stage 4")
    row.get_by_label("Name").fill("Registrar")
    row.get_by_role("button", name="Move up").click()
    page.get_by_role("group", name="Stage 1").get_by_role("button", name="Remove").click()
    assert names(page) == ["Intern", "Registrar", "Newly qualified doctor"]
    expect(page.get_by_role("group", name="Stage 2").get_by_label("Name")).to_have_value("Registrar")
    page.get_by_label("By person").check()
    expect(page.get_by_label("From").first).to_be_hidden()
    page.get_by_label("Name").first.press("Enter")
    page.wait_for_url("**/cohorts/new")
    made = {p.name: p for p in programme.programmes_led_by(people.zhou)}["Surgery"]
    assert made.schedule == "person"
    assert [s.name for s in made.stages] == ["Intern", "Registrar", "Newly qualified doctor"]


def test_a_stage_that_was_added_has_its_labels(site: Site, people: People):
    page = site.window(people.zhou, "/programme/new").page
    page.get_by_role("button", name="Add a stage").click()
    expect(page.get_by_role("group", name="Stage 2").get_by_label("Name")).to_be_focused()
    ids = page.evaluate("[...document.querySelectorAll('form [id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))


def test_the_link_for_joining_is_copied(site: Site, people: People):
    window = site.window(people.zhou, f"/programme/cohorts/{people.cohort_id}")
    window.context.grant_permissions(["clipboard-read", "clipboard-write"])
    window.page.get_by_role("button", name="Copy the link").click()
    expect(window.page.get_by_role("button", name="Copied")).to_be_visible()
    assert window.page.evaluate("navigator.clipboard.readText()") == f"{site.address}/join/{people.code}"


def test_joining_is_closed_after_a_question(site: Site, people: People):
    page = site.window(people.zhou, f"/programme/cohorts/{people.cohort_id}").page
    page.get_by_role("button", name="Close").click()
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(page.get_by_text("Nobody can join by code any more.")).to_be_visible()

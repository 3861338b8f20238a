"""The writing page as it is used: words too long to keep, a photograph first, hints for those whom they help."""

import pathlib
import re

import pytest
from playwright.sync_api import Page, expect

from portfolio.domain import diary, feedback
from portfolio.domain.diary import Draft, entries
from portfolio.domain.text import count_words
from tests.browser.conftest import Site, Window
from tests.conftest import NOW, People
from tests.web.diary_forms import picture

LONGEST = 200  # characters, here
TOO_LONG = "It would not end. " * 20


@pytest.fixture
def mei(site: Site, people: People) -> Window:
    return site.window(people.mei)


def refused(page: Page) -> None:
    """Wait until the page says that its words are too many."""
    expect(page.get_by_role("alert")).to_contain_text("longer than 200 characters")


def test_a_text_that_is_too_long_can_be_taken_away_and_let_go(mei: Window, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(entries, "BODY_LONGEST", LONGEST)
    page = mei.page
    page.locator("#f-title").fill("Night")
    page.locator("#f-body").fill(TOO_LONG)
    refused(page)
    page.goto("/write")
    expect(page.locator("#f-body")).to_have_value("")
    page.get_by_role("button", name="Open them").click()
    refused(page)  # it comes back, and is not lost
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as a file").click()
    assert download.value.suggested_filename == "2022-09-14.md"
    assert pathlib.Path(download.value.path()).read_text() == f"Night\n\n{TOO_LONG}"

    page.get_by_role("button", name="Discard…").click()
    dialog = page.get_by_role("dialog", name="Discard these words?")
    dialog.get_by_role("button", name="Not now").click()
    expect(page.locator("#f-body")).to_have_value(TOO_LONG)
    page.get_by_role("button", name="Discard…").click()
    dialog.get_by_role("button", name="Discard").click()
    expect(page.locator("#f-body")).to_have_value("")
    page.goto("/write")
    expect(page.locator("#f-body")).to_have_value("")
    assert page.evaluate("localStorage.length") == 0


def test_what_is_too_long_for_an_entry_leaves_it_as_it_was(
    mei: Window, people: People, monkeypatch: pytest.MonkeyPatch
):
    entry = diary.keep_entry(
        people.mei, Draft(body="Short."), creation_key="k", as_draft=True, now=NOW
    ).entry_id
    monkeypatch.setattr(entries, "BODY_LONGEST", LONGEST)
    page = mei.page
    page.goto(f"/entries/{entry}/edit")
    page.locator("#f-body").fill(TOO_LONG)
    refused(page)
    page.get_by_role("button", name="Discard…").click()
    page.get_by_role("dialog").get_by_role("button", name="Discard").click()
    expect(page.locator("#f-body")).to_have_value("Short.")
    expect(page.get_by_role("button", name="Discard…")).to_have_count(0)


def test_a_text_that_is_shortened_is_saved(mei: Window, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(entries, "BODY_LONGEST", LONGEST)
    mei.page.locator("#f-body").fill(TOO_LONG)
    refused(mei.page)
    mei.page.locator("#f-body").fill("It ended.")
    expect(mei.page.locator(".saved")).to_contain_text("Saved")
    expect(mei.page.get_by_role("button", name="Discard…")).to_have_count(0)


def test_how_it_will_read_follows_the_words(mei: Window):
    words, shown = mei.page.locator("#f-body"), mei.page.locator("#preview")
    words.fill("She was *quiet*.")
    mei.page.get_by_role("button", name="Show how it will read").click()
    expect(shown.locator("em")).to_have_text("quiet")
    words.fill("她**没有说话**。")
    expect(shown.locator("strong")).to_have_text("没有说话")
    expect(shown.locator(".prose")).to_have_attribute("lang", "zh-CN")
    mei.page.get_by_role("button", name="Show how it will read").click()
    expect(shown).to_be_hidden()


def test_steps_are_put_into_the_text_and_saved(mei: Window, people: People):
    page = mei.page
    page.locator("#more > summary").click()
    page.get_by_label("Steps to follow").select_option("gibbs")
    page.get_by_role("button", name="Put the steps into the text").click()
    expect(page.locator("#f-body")).to_have_value(re.compile("^### "))
    expect(page.locator(".saved")).to_contain_text("Saved")
    assert diary.desk(people.mei, now=NOW).drafts[0].body.startswith("### ")


def test_a_photograph_may_come_before_the_first_word(mei: Window, people: People):
    page = mei.page
    file = {"name": "ward.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    page.locator("[name=photographs]").set_input_files([file])  # type: ignore[list-item]
    expect(page.locator("#photographs figure")).to_have_count(1)
    page.locator("#f-body").fill("The window of the ward.")
    page.get_by_role("button", name="Keep it").click()
    page.wait_for_url("**/entries/*")
    kept = diary.timeline(people.mei, now=NOW).entries[0]
    assert (kept.body, len(kept.photographs)) == ("The window of the ward.", 1)
    assert diary.desk(people.mei, now=NOW).drafts == ()


def test_a_file_that_is_no_photograph_is_refused_with_what_is_taken(mei: Window):
    file = {"name": "letter.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
    mei.page.locator("[name=photographs]").set_input_files([file])  # type: ignore[list-item]
    refusal = mei.page.locator("#photographs + p.error")
    expect(refusal).to_contain_text("This is not a photograph that can be read. Use JPEG, PNG, WebP or HEIC.")


def test_a_photograph_without_a_network_says_so(mei: Window):
    mei.context.set_offline(True)
    file = {"name": "ward.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    mei.page.locator("[name=photographs]").set_input_files([file])  # type: ignore[list-item]
    expect(mei.page.get_by_role("alert")).to_contain_text("“ward.jpg” could not be sent.")
    mei.context.set_offline(False)


def test_shortcuts_are_named_where_they_can_be_pressed(site: Site, people: People, mei: Window):
    hint = "[data-keep] kbd"
    expect(mei.page.locator(hint)).to_be_visible()
    phone = site.window(people.mei, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    expect(phone.page.locator(hint)).to_be_hidden()
    without = site.window(people.mei, scripts=False)
    expect(without.page.locator(hint)).to_be_hidden()


def test_an_answer_begins_with_the_caret_in_its_field(site: Site, people: People):
    entry = diary.keep_entry(
        people.mei, Draft(body="Said."), creation_key="k", audiences=["mentor"], now=NOW
    ).entry_id
    feedback.comment_on(people.lin, entry, "What did she say?", revision_number=1, now=NOW)
    page = site.window(people.mei, f"/entries/{entry}").page
    page.get_by_text("Answer", exact=True).click()
    expect(page.get_by_label("Your answer to")).to_be_focused()
    page.keyboard.type("Nothing.")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".comments")).to_contain_text("Nothing.")


@pytest.mark.parametrize(
    "written",
    [
        "It’s well-known: 3.5 at 10:30.",
        "夜班之后，我没有说话。",
        "急诊 ER 的 [规程](https://a.example/b c) naïve_x 𠀀",
        "word",
        "",
    ],
)
def test_words_are_counted_as_one_types(mei: Window, people: People, written: str):
    entry = diary.keep_entry(people.mei, Draft(body="So."), creation_key="k", audiences=["mentor"], now=NOW)
    page = mei.page
    page.goto(f"/entries/{entry.entry_id}/edit")
    expect(page.locator("#word-count")).to_have_text("1 word")
    page.locator("#f-body").fill(written)
    words = count_words(written)
    expect(page.locator("#word-count")).to_have_text(f"{words} word{'' if words == 1 else 's'}")


def test_a_photograph_that_cannot_be_read_says_so_on_a_phone(mei: Window):
    page = mei.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator("#f-body").fill("The window of the ward.")
    file = {"name": "ward.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}
    page.locator("[name=photographs]").set_input_files([file])  # type: ignore[list-item]
    line = page.get_by_role("alert")
    expect(line).to_contain_text("ward.jpg")
    expect(line).to_be_in_viewport()
    box, toolbar = line.bounding_box(), page.locator(".toolbar").bounding_box()
    assert box and toolbar and box["width"] > 250
    assert toolbar["height"] < 60
    said = page.locator(".toolbar .saved").bounding_box()
    assert said and said["x"] + said["width"] <= 390


def test_why_a_long_text_is_not_kept_stays_in_view(mei: Window, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(entries, "BODY_LONGEST", LONGEST)
    page = mei.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator("#f-body").fill(TOO_LONG * 40)
    refused(page)
    page.evaluate("scrollTo(0, 0)")
    expect(page.get_by_role("alert")).to_be_in_viewport(ratio=1)


def test_a_mentor_on_a_phone_chooses_what_to_read(site: Site, people: People):
    for n, title in enumerate(("Older", "Newer")):
        draft = Draft(title=title, body=f"Words {n}.")
        diary.keep_entry(people.mei, draft, creation_key=title, audiences=["mentor"], now=NOW)
    page = site.window(people.lin, "/mentoring", viewport={"width": 390, "height": 844}).page
    page.get_by_text("Choose an entry").click()
    page.get_by_role("navigation", name="What is left").get_by_text("Newer").click()
    expect(page.get_by_role("heading", name="Newer")).to_be_visible()
    page.get_by_label("Your comment to").fill("I wondered why.")
    page.get_by_role("button", name="Send and next").click()
    expect(page.get_by_role("heading", name="Older")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="Newer")).to_be_visible()
    expect(page.get_by_label("Your comment to")).to_have_value("I wondered why.")
    expect(page.get_by_role("heading", name="2 left to read")).to_be_visible()

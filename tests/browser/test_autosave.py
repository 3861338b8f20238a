"""No word is lost: a tab closes, the network goes, a session ends, two tabs save, a word is being composed."""

import time

import pytest
from playwright.sync_api import Page, expect

from portfolio.domain import diary
from portfolio.domain.diary import Draft
from tests.browser.conftest import PATIENCE_MS, Site, Window
from tests.conftest import NOW, PASSWORD, People

CTRL = 2  # as Chromium's protocol counts modifiers
COMPOSING = 229  # the code of any key that an input method takes for itself
COPIED = "text => Object.values(localStorage).some((copy) => copy.includes(text))"


@pytest.fixture
def mei(site: Site, people: People) -> Window:
    return site.window(people.mei)


def text_of(page: Page) -> str:
    return page.locator("#f-body").input_value()


def saved(page: Page) -> None:
    """Wait until a new entry is said to be saved."""
    expect(page.locator(".saved")).to_contain_text("Saved")


def wait_for(people: People, *wanted: str) -> None:
    """Wait until the server has exactly these drafts of Mei's."""
    until = time.monotonic() + PATIENCE_MS / 1000
    while True:
        found = sorted(draft.body for draft in diary.desk(people.mei, now=NOW).drafts)
        if found == sorted(wanted) or time.monotonic() > until:
            break
        time.sleep(0.05)
    assert found == sorted(wanted)


def test_a_tab_that_is_closed_while_writing_loses_nothing(mei: Window, people: People):
    mei.page.keyboard.type("She held the cup with both hands.")
    mei.page.wait_for_function(COPIED, arg="both hands")
    mei.page.close()
    back = mei.another()
    back.goto("/write")
    expect(back.locator("#f-body")).to_have_value("She held the cup with both hands.")
    wait_for(people, "She held the cup with both hands.")


def test_a_saved_draft_waits_where_it_was_left(mei: Window, people: People):
    mei.page.keyboard.type("She held the cup.")
    saved(mei.page)
    assert "/entries/" in mei.page.url
    mei.page.close()
    back = mei.another()
    back.goto("/write")
    back.get_by_role("link", name="She held the cup.").click()
    expect(back.locator("#f-body")).to_have_value("She held the cup.")


def test_without_a_network_the_words_stay_on_the_device(mei: Window, people: People):
    mei.page.keyboard.type("The lift stood still")
    saved(mei.page)
    mei.context.set_offline(True)
    mei.page.keyboard.type(" between two floors.")
    expect(mei.page.locator(".saved")).to_contain_text("No network. Your words are on this device.")
    address = mei.page.url
    mei.page.close()
    mei.context.set_offline(False)
    back = mei.another()
    back.goto(address)
    expect(back.locator("#f-body")).to_have_value("The lift stood still between two floors.")
    wait_for(people, "The lift stood still between two floors.")


def test_when_the_network_comes_back_it_is_saved_by_itself(mei: Window, people: People):
    mei.context.set_offline(True)
    mei.page.keyboard.type("Nobody spoke.")
    expect(mei.page.locator(".saved")).to_contain_text("No network")
    mei.context.set_offline(False)
    saved(mei.page)
    wait_for(people, "Nobody spoke.")


def test_a_session_that_ends_asks_for_the_password_in_place(site: Site, mei: Window, people: People):
    mei.page.keyboard.type("Before the session ended.")
    saved(mei.page)
    site.clock.forward(days=15)
    mei.page.keyboard.type(" And after.")
    dialog = mei.page.get_by_role("dialog", name="Your session has ended")
    dialog.get_by_label("Password", exact=True).fill("wrong")
    dialog.get_by_role("button", name="Go on").click()
    expect(dialog.get_by_role("alert")).to_contain_text("do not belong together")
    dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    dialog.get_by_role("button", name="Go on").click()
    expect(dialog).to_be_hidden()
    assert text_of(mei.page) == "Before the session ended. And after."
    wait_for(people, "Before the session ended. And after.")


def test_signing_in_again_can_wait(site: Site, mei: Window, people: People):
    site.clock.forward(days=15)
    mei.page.keyboard.type("One more sentence.")
    dialog = mei.page.get_by_role("dialog", name="Your session has ended")
    expect(dialog).to_be_visible()
    mei.page.keyboard.press("Escape")
    expect(mei.page.locator(".saved")).to_contain_text("Signed out. Your words are on this device.")
    mei.page.get_by_role("button", name="Sign in again").click()
    dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    dialog.get_by_role("button", name="Go on").click()
    saved(mei.page)
    wait_for(people, "One more sentence.")


@pytest.mark.parametrize(
    ("choice", "kept"),
    [
        ("Keep mine", "Written on the phone."),
        ("Take the other", "Written on the ward."),
        ("Keep both, one below the other", "Written on the ward.\n\nWritten on the phone."),
    ],
)
def test_two_tabs_show_both_texts(mei: Window, people: People, choice: str, kept: str):
    entry = diary.keep_entry(people.mei, Draft(body="Begun."), creation_key="k", now=NOW).entry_id
    phone, ward = mei.page, mei.another()
    for page in (phone, ward):
        page.goto(f"/entries/{entry}/edit")
    with ward.expect_response(lambda answer: answer.request.method == "POST" and answer.ok):
        ward.locator("#f-body").fill("Written on the ward.")
    phone.locator("#f-body").fill("Written on the phone.")
    conflict = phone.get_by_role("alert", name="This entry was also changed elsewhere.")
    expect(conflict).to_contain_text("Written on the phone.")
    expect(conflict).to_contain_text("Written on the ward.")
    assert diary.entry_page(people.mei, entry, now=NOW).entry.body == "Written on the ward."
    conflict.get_by_role("button", name=choice).click()
    expect(conflict).to_have_count(0)
    phone.get_by_role("button", name="Save Ctrl").click()
    phone.wait_for_url(f"**/entries/{entry}")
    history = diary.history(people.mei, entry, now=NOW)
    assert history.body == kept
    assert "Written on the ward." in {revision.body for revision in history.revisions}


def test_words_that_were_refused_wait_until_they_are_asked_for(mei: Window, people: People):
    """A day that is still to come is not taken, and the next page is blank and sends nothing."""
    earlier = diary.keep_entry(people.mei, Draft(body="The first time."), creation_key="k", now=NOW).entry_id
    mei.page.locator("#f-date").fill("2030-01-01")
    mei.page.locator("#f-body").fill("Not today's.")
    expect(mei.page.locator(".writing p.error")).to_be_visible()
    mei.page.close()
    again = mei.another()
    sent: list[str] = []
    again.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    again.goto(f"/write?retells={earlier}")
    slip = again.locator(".left-words")
    expect(slip).to_contain_text("Words that were not saved are on this device: “Not today's.”")
    assert text_of(again) == ""
    expect(again.locator("#f-retells")).to_have_value(earlier)
    slip.get_by_role("button", name="Open them").click()  # they are of another page
    again.wait_for_url("**/write")
    slip.get_by_role("button", name="Open them").click()
    expect(again.locator("#f-body")).to_have_value("Not today's.")
    expect(again.locator(".writing p.error")).to_be_visible()
    again.wait_for_timeout(1000)
    assert sent == []
    again.locator("#f-date").fill(NOW.date().isoformat())
    saved(again)
    wait_for(people, "Not today's.")


def test_words_of_one_page_are_not_put_on_another(mei: Window, people: People):
    earlier = diary.keep_entry(people.mei, Draft(body="The first time."), creation_key="k", now=NOW).entry_id
    mei.page.goto(f"/write?retells={earlier}")
    mei.context.set_offline(True)
    mei.page.locator("#f-body").fill("I tell it again.")
    mei.page.wait_for_function(COPIED, arg="I tell it again.")
    mei.page.close()
    mei.context.set_offline(False)
    back = mei.another()
    back.goto("/write")
    expect(back.locator(".left-words")).to_contain_text("I tell it again.")
    assert text_of(back) == ""
    back.goto(f"/write?retells={earlier}")
    expect(back.locator("#f-body")).to_have_value("I tell it again.")
    saved(back)
    wait_for(people, "I tell it again.")
    expect(back.locator("#f-retells")).to_have_value(earlier)


def test_words_that_were_left_can_be_let_go_of(mei: Window):
    mei.page.locator("#f-date").fill("2030-01-01")
    mei.page.locator("#f-body").fill("Not today's.")
    expect(mei.page.locator(".writing p.error")).to_be_visible()
    mei.page.close()
    again = mei.another()
    again.goto("/write")
    again.locator(".left-words").get_by_role("button", name="Discard…").click()
    again.get_by_role("dialog").get_by_role("button", name="Discard", exact=True).click()
    expect(again.locator(".left-words")).to_have_count(0)
    assert not again.evaluate(COPIED, "Not today's.")


def test_two_new_entries_in_two_tabs_stay_two(mei: Window, people: People):
    first, second = mei.page, mei.another()
    second.goto("/write")
    first.locator("#f-body").fill("One thing.")
    second.locator("#f-body").fill("Another thing.")
    saved(first)
    saved(second)
    wait_for(people, "Another thing.", "One thing.")


def test_nothing_is_sent_while_an_input_method_is_composing(mei: Window, people: People):
    sent: list[str] = []
    mei.page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    keyboard = mei.context.new_cdp_session(mei.page)
    for letters in ("y", "ye", "ye b", "ye ban"):
        end = {"selectionStart": len(letters), "selectionEnd": len(letters)}
        keyboard.send("Input.imeSetComposition", {"text": letters, **end})
        mei.page.wait_for_timeout(300)
    enter = {"type": "rawKeyDown", "key": "Enter", "windowsVirtualKeyCode": COMPOSING, "modifiers": CTRL}
    keyboard.send("Input.dispatchKeyEvent", enter)
    mei.page.wait_for_timeout(300)
    assert sent == []
    assert mei.page.url.endswith("/write")
    keyboard.send("Input.insertText", {"text": "夜班"})
    saved(mei.page)
    wait_for(people, "夜班")
    expect(mei.page.locator("#f-body")).to_have_attribute("lang", "zh-CN")


def test_signing_out_wipes_the_copies_on_the_device(mei: Window):
    mei.context.set_offline(True)
    mei.page.keyboard.type("Only for me.")
    mei.page.wait_for_function(COPIED, arg="Only for me.")
    other = mei.another()
    mei.context.set_offline(False)
    mei.page.close()
    other.goto("/account")
    assert other.evaluate(COPIED, "Only for me.")
    other.locator("main").get_by_role("button", name="Sign out").click()
    other.wait_for_url("**/sign-in")
    assert other.evaluate("localStorage.length") == 0


def test_the_words_of_one_person_are_not_shown_to_the_next(site: Site, mei: Window, people: People):
    """A session that ended by itself wipes nothing, and then somebody else sits down."""
    mei.context.set_offline(True)
    mei.page.keyboard.type("About my teacher.")
    mei.page.wait_for_function(COPIED, arg="About my teacher.")
    mei.page.close()
    mei.context.set_offline(False)
    mei.context.clear_cookies()
    mei.page = mei.another()
    mei.sign_in(people.jun.login)
    mei.page.goto("/write")
    mei.page.wait_for_timeout(500)
    assert text_of(mei.page) == ""

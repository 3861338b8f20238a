"""In Chromium: the theme, passwords, signing in again in place; and all of it without scripts."""

import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, expect
from waitress.server import create_server

from tests.conftest import PASSWORD

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture
def address(app, people) -> Iterator[str]:
    """The site on a free port of loopback."""
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    thread.join(timeout=5)


@pytest.fixture
def tab(chromium, address):
    """A browser tab whose every script error and refused resource fails the test."""
    context = chromium.new_context(base_url=address, locale="en-GB")
    tab = context.new_page()
    problems: list[str] = []
    tab.on("pageerror", lambda error: problems.append(str(error)))
    tab.on("console", lambda line: problems.append(line.text) if "Content Security" in line.text else None)
    yield tab
    context.close()
    assert problems == []


def sign_in(page, login="mei"):
    page.goto("/sign-in")
    page.get_by_label("Sign-in name").fill(login)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def test_the_theme_turns_at_once_and_stays(tab):
    sign_in(tab)
    tab.goto("/account")
    tab.get_by_role("button", name="WM, your account").click()
    menu = tab.locator("#account-menu")
    with tab.expect_response("**/theme"):
        menu.get_by_role("button", name="Dark").click()
    assert tab.locator("html").get_attribute("data-theme") == "dark"
    assert menu.get_by_role("button", name="Dark").get_attribute("aria-pressed") == "true"
    tab.reload()
    assert tab.locator("html").get_attribute("data-theme") == "dark"


def test_a_password_can_be_looked_at(tab):
    tab.goto("/sign-in")
    field = tab.get_by_label("Password", exact=True)
    field.fill("seen by me")
    tab.get_by_role("button", name="Show").click()
    assert field.get_attribute("type") == "text"
    tab.get_by_role("button", name="Hide").click()
    assert field.get_attribute("type") == "password"


SAVE = """async () => {
    const script = document.querySelector("script[type=module]").src.replace("shell.js", "request.js");
    const { send } = await import(script);
    const { ok, status } = await send("/account", new URLSearchParams({ name: "Mei", language: "en" }));
    return { ok, status };
}"""


def test_the_password_is_asked_for_in_place_when_the_session_ends(chromium, address, clock):
    # Past the policy, which rightly refuses the script that this test brings along
    context = chromium.new_context(base_url=address, locale="en-GB", bypass_csp=True)
    page = context.new_page()
    sign_in(page)
    page.goto("/account")
    clock.forward(days=15)
    page.evaluate(f"window.saved = null; void ({SAVE})().then((result) => {{ window.saved = result }})")
    dialog = page.get_by_role("dialog", name="Your session has ended")
    dialog.get_by_label("Password", exact=True).fill("wrong")
    dialog.get_by_role("button", name="Go on").click()
    expect(dialog.get_by_role("alert")).to_have_text("That name and password do not belong together.")
    dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    dialog.get_by_role("button", name="Go on").click()
    expect(dialog).to_be_hidden()
    page.wait_for_function("window.saved !== null")
    page.goto("/account")
    assert page.get_by_label("Name", exact=True).input_value() == "Mei"
    context.close()


def test_everything_works_without_scripts(chromium, address):
    context = chromium.new_context(base_url=address, locale="en-GB", java_script_enabled=False)
    page = context.new_page()
    sign_in(page)
    page.goto("/account")
    assert page.get_by_role("button", name="Show").count() == 0
    page.get_by_role("button", name="WM, your account").click()
    page.locator("#account-menu").get_by_role("button", name="Dark").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.get_by_role("button", name="中文").click()
    assert page.get_by_role("heading", name="你的账户").is_visible()
    page.locator("main").get_by_role("button", name="退出登录").click()
    assert page.get_by_role("heading", name="登录").is_visible()
    context.close()


@pytest.mark.parametrize("width", [320, 360, 820, 1440])
def test_nothing_scrolls_sideways(chromium, address, people, width):
    context = chromium.new_context(base_url=address, locale="en-GB", viewport={"width": width, "height": 800})
    page = context.new_page()
    paths = ["/sign-in", "/join", f"/join/{people.code}", "/nothing"]
    for path in paths:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    sign_in(page, "root")
    for path in ("/account", "/accounts", f"/accounts/{people.mei.public_id}/password"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    context.close()


def test_a_page_stays_within_its_budget(chromium, address, people):
    context = chromium.new_context(base_url=address, locale="en-GB")
    page = context.new_page()
    answers = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto("/sign-in", wait_until="networkidle")
    assert len(answers) <= 8
    assert all(answer.url.startswith(address) for answer in answers)
    assert sum(answer.request.sizes()["responseBodySize"] for answer in answers) < 35_000
    context.close()

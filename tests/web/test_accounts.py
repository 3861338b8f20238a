"""Signing in and out, the first run, joining, one's account, and the administrator's list."""

import re

import pytest

from portfolio.domain import accounts, programme
from portfolio.web.accounts import device
from tests.conftest import NOW, PASSWORD
from tests.web.conftest import JSON, text

NEW = {"name": "Gao Lei", "login": "gao.lei", "password": "cold tea, twice"}


def cookie_of(browser):
    return browser.get_cookie("portfolio").value


# Signing in


def test_mei_signs_in_and_comes_to_where_she_wanted(client, people):
    page = client.get("/sign-in?next=/account").get_data(as_text=True)
    assert '<input type="hidden" name="next" value="/account">' in page
    answer = client.send("/sign-in", {"login": " MEI ", "password": PASSWORD, "next": "/account"})
    assert (answer.status_code, answer.location) == (302, "/account")
    assert "You sign in as mei." in text(client.get("/account"))
    assert client.get("/sign-in?next=/account").location == "/account"


@pytest.mark.parametrize(
    ("login", "password"), [("mei", "a lamp"), ("nobody", PASSWORD), ("mei", ""), ("", "")]
)
def test_a_wrong_name_and_a_wrong_password_sound_the_same(client, people, login, password):
    answer = client.sign_in(login, password)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 401
    assert "That name and password do not belong together." in page
    assert 'aria-invalid="true" aria-describedby="f-password-error"' in page
    assert not password or f'value="{password}"' not in page
    assert client.get("/account").status_code == 302


def test_somebody_who_was_shut_out_cannot_sign_in(client, people):
    accounts.disable(people.root, people.mei.public_id, now=NOW)
    assert client.sign_in("mei").status_code == 401


def test_what_was_typed_is_shown_as_text(client, people):
    page = client.sign_in('"><script>alert(1)</script>', "x").get_data(as_text=True)
    assert "<script>alert" not in page


def test_a_script_signs_in_again_in_place(client, people):
    refused = client.sign_in("mei", "wrong", headers=JSON)
    assert (refused.status_code, refused.json["error"]) == (401, "wrong-credentials")
    answer = client.sign_in("mei", headers=JSON)
    assert answer.json["person"] == people.mei.public_id
    saved = client.post("/account", data={"csrf_token": answer.json["csrf"], "name": "Mei", "language": "en"})
    assert saved.status_code == 302


def test_a_cookie_from_before_signing_in_is_worth_nothing(client, people):
    client.get("/sign-in")
    planted = cookie_of(client)
    client.sign_in("mei")
    assert cookie_of(client) != planted
    client.set_cookie("portfolio", planted)
    assert client.get("/account").status_code == 302


def test_forms_in_other_tabs_survive_signing_in_again(client, people, clock):
    client.sign_in("mei")
    other_tab = client.token()
    clock.forward(days=15)
    assert client.get("/account").status_code == 302
    client.sign_in("mei")
    form = {"csrf_token": other_tab, "name": "Mei", "language": "en"}
    assert client.post("/account", data=form).status_code == 302


def test_forms_do_not_survive_for_somebody_else(client, people, clock):
    client.sign_in("mei")
    other_tab = client.token()
    clock.forward(days=15)
    client.sign_in("jun")
    form = {"csrf_token": other_tab, "name": "Mei", "language": "en"}
    assert client.post("/account", data=form).status_code == 400


# Sessions


def test_signing_out_kills_a_copied_cookie(client, people):
    client.sign_in("mei")
    copied = cookie_of(client)
    answer = client.send("/sign-out")
    assert (answer.status_code, answer.location) == (302, "/sign-in")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    client.set_cookie("portfolio", copied)
    assert client.get("/account").status_code == 302
    assert client.get("/account", headers=JSON).status_code == 401


def test_signing_out_twice_is_no_trouble(client, people):
    assert client.send("/sign-out").location == "/sign-in"


def test_a_session_ends_after_a_fortnight_of_silence(client, people, clock):
    client.sign_in("mei")
    for _ in range(3):
        clock.forward(days=13)
        assert client.get("/account").status_code == 200
    clock.forward(days=14, minutes=6)
    assert client.get("/account").status_code == 302


def test_the_settings_say_how_long_a_session_lasts(make_app, people, clock):
    browser = make_app(session_idle_hours=1, session_absolute_hours=2).test_client()
    browser.sign_in("mei")
    for minutes, status in ((50, 200), (50, 200), (50, 302)):
        clock.forward(minutes=minutes)
        assert browser.get("/account").status_code == status


def test_mei_ends_the_session_on_a_lost_phone(browser_of, people):
    phone, desk = browser_of(people.mei), browser_of(people.mei)
    page = desk.get("/account").get_data(as_text=True)
    (end,) = re.findall(r'action="(/account/sessions/[^"]+/end)"', page)
    assert desk.send(end).status_code == 302
    assert phone.get("/account").status_code == 302
    assert "That session has ended." in text(desk.get("/account"))


def test_nobody_ends_the_session_of_another(browser_of, people):
    mei, jun = browser_of(people.mei), browser_of(people.jun)
    (session,) = accounts.sessions(people.mei)
    assert jun.send(f"/account/sessions/{session.public_id}/end").status_code == 404
    assert mei.get("/account").status_code == 200


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1",
            "Safari, iPhone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36",
            "Chrome, Android",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120.0",
            "Edge, Windows",
        ),
        (
            "Mozilla/5.0 (Linux; Android 13) Chrome/111 Mobile Safari/537.36 MicroMessenger/8.0",
            "WeChat, Android",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0", "Firefox, Linux"),
    ],
)
def test_devices_are_named_as_people_know_them(header, said):
    assert device(header) == said


# Too many tries


def test_after_ten_wrong_passwords_the_name_has_to_wait(client, people):
    for _ in range(10):
        assert client.sign_in("mei", "wrong").status_code == 401
    answer = client.sign_in("mei")
    assert answer.status_code == 429
    assert "Wait a few minutes" in text(answer)
    assert answer.headers["Retry-After"] == "60"
    assert client.sign_in("MEI ").status_code == 429
    assert client.sign_in("jun").status_code == 302


def test_after_thirty_failures_the_address_has_to_wait(client, people):
    for number in range(30):
        assert client.sign_in(f"guess-{number}", "wrong").status_code == 401
    assert client.sign_in("mei").status_code == 429
    assert client.sign_in("mei", headers=JSON).json["error"] == "too-many-requests"


def test_a_full_lecture_hall_may_sign_in_and_join(app, people):
    for number in range(58):
        browser = app.test_client()
        answer = browser.send(f"/join/{people.code}", {**NEW, "login": f"student-{number}"})
        assert answer.status_code == 302
        assert app.test_client().sign_in("mei").status_code == 302


def test_join_codes_cannot_be_guessed_for_long(client, people):
    for number in range(30):
        assert client.send("/join", {"code": f"guess{number:03}"}).status_code == 422
    assert client.send("/join", {"code": people.code}).status_code == 429


# The first run


def test_the_first_person_becomes_the_administrator(db, client):
    assert client.get("/").location == "/first-run"
    assert client.get("/sign-in").location == "/first-run"
    assert "The first administrator" in text(client.get("/first-run"))
    answer = client.send(
        "/first-run", {"name": "Ma Qing", "login": "ma.qing", "password": "a window at dawn"}
    )
    assert (answer.status_code, answer.location) == (302, "/")
    assert client.get("/").location == "/accounts"
    assert "Ma Qing" in text(client.get("/accounts"))


def test_the_first_run_keeps_what_was_typed(db, client):
    answer = client.send(
        "/first-run", {"name": "Ma Qing", "login": "ma qing", "password": "a window at dawn"}
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'value="Ma Qing"' in page and "A sign-in name has 3 to 64 letters" in page
    assert "a window at dawn" not in page
    assert accounts.no_users()


def test_the_first_run_is_over_once_there_is_anybody(client, people):
    assert client.get("/first-run").status_code == 404
    assert client.send("/first-run", NEW).status_code == 404
    assert accounts.sign_in("root", PASSWORD, now=NOW)


# Joining


def test_gao_lei_joins_with_three_fields_and_starts_writing(client, people):
    answer = client.send("/join", {"code": f" {people.code.upper()} "})
    assert answer.location == f"/join/{people.code.upper()}"
    page = client.get(answer.location).get_data(as_text=True)
    assert "Join “Class of 2020”" in page
    form = re.search(r'<form method="post" action="/join/.*?</form>', page, flags=re.DOTALL)[0]
    assert len(re.findall(r'<input class="input', form)) == 3
    answer = client.send(f"/join/{people.code}", NEW)
    assert (answer.status_code, answer.location) == (302, "/")
    assert "Gao Lei" in text(client.get("/account"))
    gao = accounts.viewer_by_login("gao.lei")
    assert [c.name for c in programme.memberships(gao, now=NOW)] == ["Class of 2020"]


def test_whoever_joins_in_chinese_keeps_that_language(client, people):
    client.set_cookie("language", "zh")
    client.send(f"/join/{people.code}", NEW)
    assert accounts.viewer_by_login("gao.lei").language == "zh"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"login": "mei"}, "Somebody signs in as “mei” already."),
        ({"login": "高"}, "A sign-in name has 3 to 64 letters"),
        ({"password": "short"}, "A password needs at least 8 characters."),
        ({"password": "password1"}, "among the first that anybody would try"),
        ({"password": "x" * 129}, "A password has at most 128 characters."),
        ({"name": "x" * 121}, "A name has at most 120 characters."),
    ],
)
def test_a_field_that_needs_another_look_says_so_beside_it(client, people, change, said):
    answer = client.send(f"/join/{people.code}", NEW | change)
    assert answer.status_code == 422
    (field,) = change
    found = re.search(
        rf'id="f-{field}-error">.*?<span>(.*?)</span>', answer.get_data(as_text=True), flags=re.DOTALL
    )
    assert found and said in found[1]


def test_a_wrong_code_asks_for_another(client, people):
    for answer in (client.send("/join", {"code": "heron-47"}), client.get("/join/heron-47")):
        assert answer.status_code in (404, 422)
        assert "No cohort is open under this code." in text(answer)
        assert 'value="heron-47"' in answer.get_data(as_text=True)
    assert client.send("/join/heron-47", NEW).status_code == 404


def test_somebody_with_an_account_joins_with_one_press(browser_of, people):
    noor = browser_of(people.stranger)
    assert "You are signed in as Noor Stranger." in text(noor.get(f"/join/{people.code}"))
    assert noor.send(f"/join/{people.code}").status_code == 302
    assert [c.name for c in programme.memberships(people.stranger, now=NOW)] == ["Class of 2020"]


# One's own account


def test_mei_changes_her_name_and_language(browser_of, people):
    mei = browser_of(people.mei)
    assert mei.send("/account", {"name": "王梅", "language": "zh"}).status_code == 302
    assert "王梅" in text(mei.get("/account"))
    assert "你的登录名是 mei。" in text(mei.get("/account"))


@pytest.mark.parametrize("change", [{"name": ""}, {"name": "x" * 121}, {"language": "fr"}])
def test_a_wrong_detail_changes_nothing(browser_of, people, change):
    mei = browser_of(people.mei)
    answer = mei.send("/account", {"name": "Other", "language": "zh"} | change)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.get_data(as_text=True)
    assert accounts.viewer_by_login("mei").name == "Wang Mei"


def test_a_new_password_ends_the_other_sessions(browser_of, people, client):
    phone, desk = browser_of(people.mei), browser_of(people.mei)
    answer = desk.send("/account/password", {"present": PASSWORD, "password": "seven pigeons"})
    assert answer.status_code == 302
    assert "The password is changed." in text(desk.get("/account"))
    assert phone.get("/account").status_code == 302
    assert client.sign_in("mei").status_code == 401
    assert client.sign_in("mei", "seven pigeons").status_code == 302


@pytest.mark.parametrize(
    ("present", "new", "at"), [("wrong", "seven pigeons", "present"), (PASSWORD, "12345678", "password")]
)
def test_a_refused_password_says_where(browser_of, people, client, present, new, at):
    answer = browser_of(people.mei).send("/account/password", {"present": present, "password": new})
    assert answer.status_code == 422
    assert f'id="f-{at}-error"' in answer.get_data(as_text=True)
    assert client.sign_in("mei").status_code == 302


# People


def test_the_administrator_adds_somebody_and_hands_over_a_password(browser_of, people, client):
    form = {"name": "Dr Sun", "login": "dr.sun", "account": "mentor", "language": "zh"}
    answer = browser_of(people.root).send("/accounts", form)
    assert "Dr Sun can sign in as dr.sun" in text(answer)
    password = re.search(r"<code>([^<]+)</code>", answer.get_data(as_text=True))[1]
    assert client.sign_in("dr.sun", password).status_code == 302
    sun = accounts.viewer_by_login("dr.sun")
    assert (sun.account, sun.language) == ("mentor", "zh")


@pytest.mark.parametrize(
    "change", [{"login": "mei"}, {"account": "owner"}, {"language": "fr"}, {"login": "x"}]
)
def test_a_wrong_newcomer_is_not_added(browser_of, people, change):
    form = {"name": "Dr Sun", "login": "dr.sun", "account": "mentor", "language": "zh"} | change
    before = len(accounts.people(people.root))
    answer = browser_of(people.root).send("/accounts", form)
    assert answer.status_code == 422
    assert 'value="Dr Sun"' in answer.get_data(as_text=True)
    assert len(accounts.people(people.root)) == before


def test_the_administrator_shuts_somebody_out_and_lets_them_in_again(browser_of, people, client):
    root, mei = browser_of(people.root), browser_of(people.mei)
    assert root.send(f"/accounts/{people.mei.public_id}/disable").status_code == 302
    assert mei.get("/account").status_code == 302
    page = root.get("/accounts").get_data(as_text=True)
    assert f'<form method="post" action="/accounts/{people.mei.public_id}/enable" class="actions">' in page
    root.send(f"/accounts/{people.mei.public_id}/enable")
    assert client.sign_in("mei").status_code == 302


def test_a_forgotten_password_is_replaced_after_a_question(browser_of, people, client):
    root, mei = browser_of(people.root), browser_of(people.mei)
    path = f"/accounts/{people.mei.public_id}/password"
    assert "Wang Mei is signed out everywhere" in text(root.get(path))
    assert mei.get("/account").status_code == 200
    answer = root.send(path)
    assert answer.status_code == 200
    password = re.search(r"<code>([^<]+)</code>", answer.get_data(as_text=True))[1]
    assert mei.get("/account").status_code == 302
    assert client.sign_in("mei").status_code == 401
    assert client.sign_in("mei", password).status_code == 302
    assert "<code>" not in root.get(path).get_data(as_text=True)


def test_the_administrator_cannot_shut_themselves_out(browser_of, people):
    root = browser_of(people.root)
    assert root.send(f"/accounts/{people.root.public_id}/disable").status_code == 422
    assert root.get("/accounts").status_code == 200


def test_somebody_is_found_by_a_part_of_the_name(browser_of, people):
    root = browser_of(people.root)
    assert "Wang Mei" in text(root.get("/accounts?q=WANG"))
    assert "Li Jun" not in text(root.get("/accounts?q=WANG"))
    assert "Nobody by that name" in text(root.get("/accounts?q=xyz"))


def test_a_long_list_has_pages(browser_of, people):
    for number in range(60):
        accounts.add_user(f"student-{number:02}", f"Student {number:02}", PASSWORD, now=NOW)
    root = browser_of(people.root)
    first = root.get("/accounts").get_data(as_text=True)
    assert first.count("/disable") == 49  # fifty people, and nobody shuts themselves out
    assert 'href="/accounts?start=50"' in first and 'rel="prev"' not in first
    last = root.get("/accounts?start=50").get_data(as_text=True)
    assert 'rel="prev" href="/accounts?start=0"' in last and 'rel="next"' not in last


@pytest.mark.parametrize("who", ["mei", "lin", "zhou"])
def test_nobody_else_has_a_list_of_people(browser_of, people, who):
    browser = browser_of(getattr(people, who))
    assert browser.get("/accounts").status_code == 404
    assert browser.send("/accounts", NEW | {"account": "admin", "language": "en"}).status_code == 404
    assert browser.send(f"/accounts/{people.jun.public_id}/disable").status_code == 404
    assert browser.send(f"/accounts/{people.jun.public_id}/enable").status_code == 404
    assert browser.get(f"/accounts/{people.jun.public_id}/password").status_code == 404
    assert browser.send(f"/accounts/{people.jun.public_id}/password").status_code == 404
    assert not any(p.login == "gao.lei" or p.disabled for p in accounts.people(people.root))


@pytest.mark.parametrize("action", ["disable", "enable", "password"])
def test_a_person_who_is_not_there_is_not_found(browser_of, people, action):
    assert browser_of(people.root).send(f"/accounts/none/{action}").status_code == 404

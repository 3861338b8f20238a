"""What stands around every page: headers, hosts, form tokens, languages, themes, refusals, assets."""

import gzip
import re

import brotli
import pytest

from portfolio.web import notice
from portfolio.web.security import public, safe_next
from portfolio.web.shell import initials
from tests.web.conftest import JSON, text

POLICY = (
    r"default-src 'none'; script-src 'nonce-[\w-]{22}'; style-src 'self'; img-src 'self'; font-src 'self'; "
    r"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)


# Headers


def test_every_answer_carries_the_headers(refusing, app, people, browser_of):
    asset = re.search(r'href="(/static/[^"]+\.css)"', refusing.get("/join").get_data(as_text=True))[1]
    mei = browser_of(people.mei)
    answers = [refusing.get(path) for path in ("/", "/sign-in", "/join", "/nothing", "/fail/broken", asset)]
    answers += [
        mei.get("/account"),
        mei.send("/theme", {"theme": "dark"}),
        mei.post("/account"),
        mei.delete("/"),
    ]
    for answer in answers:
        headers = answer.headers
        assert re.fullmatch(POLICY, headers["Content-Security-Policy"])
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert (
            headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
        )
        assert headers["Cache-Control"] == (
            "public, max-age=31536000, immutable" if answer.request.path == asset else "no-store"
        )
        assert "Access-Control-Allow-Origin" not in headers
        assert "Strict-Transport-Security" not in headers


def test_the_nonce_is_new_each_time_and_stands_in_the_page(client, people):
    first, second = client.get("/sign-in"), client.get("/sign-in")
    nonces = [re.search(r"nonce-([\w-]+)", r.headers["Content-Security-Policy"])[1] for r in (first, second)]
    assert nonces[0] != nonces[1]
    scripts = re.findall(r"<script[^>]*>", first.get_data(as_text=True))
    assert scripts and all(f'nonce="{nonces[0]}"' in script for script in scripts)


def test_pages_have_no_inline_style_or_script(client, people, browser_of):
    pages = [
        client.get("/sign-in"),
        client.get("/join"),
        client.get(f"/join/{people.code}"),
        client.get("/nothing"),
    ]
    pages += [browser_of(people.mei).get("/account"), browser_of(people.root).get("/accounts")]
    for page in pages:
        html = page.get_data(as_text=True)
        assert page.status_code in (200, 404)
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", html)


def test_https_binds_the_cookie_and_says_so_to_browsers(make_app, people):
    browser = make_app(base_url="https://diary.example.edu").test_client()
    answer = browser.get("/sign-in", base_url="https://diary.example.edu")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-portfolio=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie


def test_https_forms_are_taken_although_browsers_send_no_referrer(make_app, people):
    browser = make_app(base_url="https://diary.example.edu").test_client()
    page = browser.get("/sign-in", base_url="https://diary.example.edu").get_data(as_text=True)
    token = re.search(r'name="csrf-token" content="([^"]+)"', page)[1]
    form = {"csrf_token": token, "login": "mei", "password": "a lamp in the corridor"}
    assert browser.post("/sign-in", data=form, base_url="https://diary.example.edu").status_code == 302


# Hosts and proxies


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "a b", ""]
)
def test_a_forged_host_is_refused_without_a_page(client, people, host):
    answer = client.get("/sign-in", headers={"Host": host})
    assert answer.status_code == 400
    assert "evil" not in answer.get_data(as_text=True)
    assert "<" not in answer.get_data(as_text=True)
    assert "Content-Security-Policy" in answer.headers


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1", "127.0.0.1:80"])
def test_the_hosts_of_the_settings_are_answered(client, people, host):
    assert client.get("/sign-in", headers={"Host": host}).status_code == 200


def test_forwarded_headers_count_only_behind_a_proxy(make_app, people):
    forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X-Forwarded-For": "10.9.9.9"}
    assert make_app().test_client().get("/sign-in", headers=forged).status_code == 200
    assert make_app(proxy_count=1).test_client().get("/sign-in", headers=forged).status_code == 400


# Form tokens


def test_no_change_without_a_form_token(app, people, browser_of):
    mei = browser_of(people.mei)
    for rule in app.url_map.iter_rules():
        if "POST" not in rule.methods:
            continue
        path = rule.build(dict.fromkeys(rule.arguments, 1))[1]
        answer = mei.post(path, data={"language": "zh", "theme": "dark"})
        assert answer.status_code == 400, path
    assert "came from elsewhere" in text(mei.post("/language", data={"language": "zh"}))
    assert "Your account" in text(mei.get("/account"))


def test_a_refused_form_gives_back_the_words_in_it(client, people, browser_of):
    answer = browser_of(people.mei).post(
        "/account", data={"title": "Night", "body": "She asked <b>twice</b>."}
    )
    assert answer.status_code == 400
    assert "She asked &lt;b&gt;twice&lt;/b&gt;." in answer.get_data(as_text=True)
    assert "to copy before you go" in text(answer)


# Signing in is the default


def test_a_stranger_is_led_to_the_door_and_back(client, people):
    answer = client.get("/account?tab=1")
    assert answer.status_code == 302
    assert answer.location == "/sign-in?next=/account?tab%3D1"


def test_a_script_that_is_signed_out_hears_401_and_gets_a_token(client, people):
    for answer in (
        client.get("/account", headers=JSON),
        client.post("/account", headers=JSON, data={"name": "x"}),
    ):
        assert answer.status_code == 401
        assert answer.json["error"] == "unauthorized"
        assert answer.json["csrf"]
        assert answer.json["message"] == "Sign in again, and go on where you were."


def test_a_form_that_comes_after_the_session_has_ended_keeps_its_words(client, people):
    answer = client.post("/account", data={"body": "All that I wrote tonight."})
    assert answer.status_code == 401
    assert "All that I wrote tonight." in text(answer)


def test_only_the_front_doors_are_public(app):
    is_public = {name for name, view in app.view_functions.items() if getattr(view, "is_public", False)}
    own = {name for name in is_public if name.split(".")[0] in ("accounts", "shell") or "." not in name}
    assert own == {
        "static", "favicon", "shell.home", "shell.set_theme", "shell.set_language",
        "accounts.sign_in", "accounts.sign_in_now", "accounts.sign_out",
        "accounts.first_run", "accounts.first_run_now", "accounts.enter_code",
        "accounts.enter_code_now", "accounts.join", "accounts.join_now",
    }  # fmt: skip


SAFE = ["/", "/write", "/diary?tag=a&page=2", "/a//b", "/日记", "/x#y", "/%2F%2Fevil", "/.", "/a@b"]
UNSAFE = [
    "", "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\\\evil.example",
    "/\\/evil", "https://evil.example", "http:evil.example", "HTTP://evil.example", "javascript:alert(1)",
    "data:text/html,x", "evil.example", "evil.example/path", "?next=//evil", "#x", " /write", "/write ",
    "/\t/evil.example", "/\n/evil", "/a\r\nSet-Cookie: x=1", "/a\x00b", "/a\x7fb", "/a\\b", "\t//evil",
    "ftp://evil", "mailto:a@b", "/ /evil",
]  # fmt: skip


@pytest.mark.parametrize("target", SAFE)
def test_next_may_be_a_path_of_this_site(target):
    assert safe_next(target) == target


@pytest.mark.parametrize("target", UNSAFE)
def test_next_never_leads_away(client, people, target):
    assert safe_next(target) is None
    answer = client.send("/sign-in", {"login": "mei", "password": "a lamp in the corridor", "next": target})
    assert (answer.status_code, answer.location) == (302, "/")
    away = client.send("/theme", {"theme": "dark", "next": target})
    assert (away.status_code, away.location) == (302, "/")


# Language and theme


@pytest.mark.parametrize(
    ("header", "lang"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("zh-TW", "zh-CN"),
        ("de,fr", "en"),
        ("", "en"),
        ("en-US,zh;q=0.5", "en"),
    ],
)
def test_the_browser_proposes_the_language(client, people, header, lang):
    page = client.get("/sign-in", headers={"Accept-Language": header}).get_data(as_text=True)
    assert f'<html lang="{lang}"' in page
    assert ("登录" in page) == (lang == "zh-CN")


def test_the_site_has_a_language_of_its_own(make_app, people):
    assert "登录" in text(make_app(language="zh").test_client().get("/sign-in"))


def test_a_visitor_changes_the_language_and_stays_on_the_page(client, people):
    answer = client.send("/language", {"language": "zh", "next": "/join"})
    assert (answer.status_code, answer.location) == (302, "/join")
    assert "邀请码" in text(client.get("/join", headers={"Accept-Language": "en"}))


def test_a_persons_language_goes_with_them(app, people, browser_of):
    browser_of(people.mei).send("/language", {"language": "zh"})
    assert "你的账户" in text(browser_of(people.mei).get("/account"))


@pytest.mark.parametrize("language", ["fr", "", "../en"])
def test_another_language_is_refused(client, people, language):
    assert client.send("/language", {"language": language}).status_code == 422


def test_the_theme_is_in_the_page_before_any_script(client, people):
    assert "data-theme" not in client.get("/join").get_data(as_text=True).split("<head>")[0]
    client.send("/theme", {"theme": "dark"})
    assert '<html lang="en" data-theme="dark">' in client.get("/join").get_data(as_text=True)
    client.send("/theme", {"theme": "system"})
    assert "data-theme" not in client.get("/join").get_data(as_text=True).split("<head>")[0]
    client.set_cookie("theme", '"><script>')
    assert "<script>" not in client.get("/join").get_data(as_text=True)


# Assets


def test_files_are_sent_compressed_and_keep_for_a_year(client, people):
    path = re.search(r'href="(/static/[^"]+/css/app\.css)"', client.get("/join").get_data(as_text=True))[1]
    plain = client.get(path)
    packed = client.get(path, headers={"Accept-Encoding": "gzip, br"})
    zipped = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert plain.content_type == "text/css; charset=utf-8"
    assert plain.data.startswith(b"@layer tokens, base, components, pages, utilities;")
    assert brotli.decompress(packed.data) == gzip.decompress(zipped.data) == plain.data
    assert packed.headers["Content-Encoding"] == "br" and "Accept-Encoding" in packed.headers["Vary"]
    assert len(packed.data) < 15_000
    assert client.get(path, headers={"If-None-Match": plain.headers["ETag"]}).status_code == 304


def test_an_old_version_is_served_but_not_kept(client, people):
    answer = client.get("/static/0123456789abcdef/js/shell.js")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/javascript")
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "name", ["../config.py", "%2e%2e/portfolio/config.py", "css", "css/none.css", "etc/passwd"]
)
def test_nothing_else_is_served(client, people, name):
    assert client.get(f"/static/x/{name}").status_code == 404


def test_own_scripts_stay_small(client, app):
    files = app.extensions["assets"].files
    assert sum(len(f.bodies["gzip"]) for name, f in files.items() if name.startswith("js/")) < 20_000


# Around the page


def places(page):
    nav = re.search(r'<nav class="places".*?</nav>', page.get_data(as_text=True), flags=re.DOTALL)
    return re.findall(r"<span>(.*?)</span>", nav[0]) if nav else []


def test_each_account_sees_its_places(people, browser_of):
    for person, expected in (
        (people.mei, ["Write", "Diary", "Community", "Mentors", "Keep"]),
        (people.tan, ["Write", "Diary", "To read", "Community", "Mentors", "Keep"]),
        (people.lin, ["To read", "Community"]),
        (people.zhou, ["To read", "Community", "Programme"]),
        (people.stranger, ["Write", "Diary", "Mentors", "Keep"]),
        (people.root, ["People"]),
    ):
        assert places(browser_of(person).get("/account")) == expected


def test_a_place_that_is_rarely_visited_is_also_in_the_menu(people, browser_of):
    page = browser_of(people.mei).get("/account").get_data(as_text=True)
    menu = re.search(r'<div class="menu".*?</div>', page, flags=re.DOTALL)[0]
    assert re.search(r'<a class="rare" href="/mentors">.*Mentors</a>', menu)


def test_nobody_who_is_signed_out_sees_any(client, people):
    assert places(client.get("/nothing")) == []


def test_the_place_at_hand_is_marked(people, browser_of):
    page = browser_of(people.mei).get("/diary").get_data(as_text=True)
    assert re.findall(r'<a href="([^"]+)" aria-current="page">', page) == ["/diary"]


@pytest.mark.parametrize(
    ("who", "path"), [("mei", "/write"), ("lin", "/mentoring"), ("zhou", "/programme"), ("root", "/accounts")]
)
def test_the_front_page_leads_everybody_to_their_place(people, browser_of, who, path):
    browser = browser_of(getattr(people, who))
    assert browser.get("/").location == path
    assert browser.get(path).status_code == 200


def test_a_visitor_is_led_to_the_door(client, people):
    assert client.get("/").location == "/sign-in"


def test_a_notice_is_shown_once_with_its_way_back(app, client, people):
    @public
    def done():
        notice("The entry is deleted.", undo="/account")
        return ""

    app._got_first_request = False
    app.add_url_rule("/done", "done", done)
    client.get("/done")
    page = client.get("/join").get_data(as_text=True)
    assert 'role="status"' in page
    assert (
        "The entry is deleted." in page and '<form method="post" action="/account" class="actions">' in page
    )
    assert "The entry is deleted." not in client.get("/join").get_data(as_text=True)


@pytest.mark.parametrize(
    ("name", "seal"),
    [("Wang Mei", "WM"), ("Lin", "L"), ("周雯", "周"), ("Anna Maria van Dam", "AD"), ("", "?")],
)
def test_initials(name, seal):
    assert initials(name) == seal


def test_a_mentor_with_entries_finds_keep_among_the_places(people, browser_of, kept):
    lin = browser_of(people.lin)
    assert 'href="/keep"' not in lin.get("/mentoring").get_data(as_text=True)
    assert lin.get("/keep").status_code == 200
    kept("Of my own.", by=people.lin)
    assert 'href="/keep"' in lin.get("/mentoring").get_data(as_text=True)


def test_an_unknown_address_leaves_somebody_signed_in_where_they_were(mei, people):
    mei.send(
        "/write",
        {"body": "A line.", "creation_key": "k", "stage": "date", "entry_date": "2022-09-14", "do": "keep"},
    )
    page = mei.get("/nope")
    assert page.status_code == 404
    html = page.get_data(as_text=True)
    assert 'aria-label="Places"' in html and ">WM<" in html
    assert "To the first page" in html and "Sign in</a>" not in html
    assert "Kept." not in text(page)
    assert "Kept." in text(mei.get("/diary"))  # what was to be said is said on the next page


def test_an_unknown_address_shows_a_stranger_no_places(client, people):
    page = client.get("/nope")
    assert page.status_code == 404
    assert 'aria-label="Places"' not in page.get_data(as_text=True)
    assert "Sign in" in text(page)

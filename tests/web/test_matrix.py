"""Every route, method and role: who gets in, who learns nothing, and what may change at all."""

import re

import pytest
from werkzeug.test import TestResponse

from portfolio.store.fields import new_public_id
from portfolio.web.portfolios import shared
from tests.web.asking import LINES, POSTS, Line, address, ask, rule_of
from tests.web.conftest import JSON
from tests.web.matrix import FORMS
from tests.web.test_shell import POLICY
from tests.web.world import ROLES, World

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT"}
WORKS = range(200, 400)
KEPT_BY_BROWSERS = {
    "static": "no-cache", "favicon": "public, max-age=86400", "diary.photograph": "private, no-cache",
}  # fmt: skip

POLICIES = {
    "diary.photograph": r"default-src 'none'; sandbox",
    "shared.read": re.escape(shared.READER_POLICY),
    "shared.site": re.escape(shared.SITE_POLICY),
}
COUNTED = ("shared.read", "shared.download", "shared.open_site")  # how often a link was opened

every_line = pytest.mark.parametrize("line", LINES, ids=str)


def check_headers(line: Line, answer: TestResponse) -> None:
    headers = answer.headers
    policy = POLICIES.get(line.endpoint, POLICY) if answer.status_code == 200 else POLICY
    assert re.fullmatch(policy, headers["Content-Security-Policy"])
    assert ("noindex" in headers.get("X-Robots-Tag", "")) == line.endpoint.startswith("shared.")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in headers
    kept = KEPT_BY_BROWSERS.get(line.endpoint, "no-store") if answer.status_code == 200 else "no-store"
    assert headers["Cache-Control"] == kept
    kind = headers["Content-Type"]
    assert "charset=utf-8" in kind or not kind.startswith("text/")
    if kind.split(";")[0] in ("application/pdf", "application/zip"):
        shown = "inline" if line.endpoint == "shared.read" else "attachment"
        assert headers["Content-Disposition"].startswith(f"{shown}; filename=Wang-Mei-")


def test_every_route_has_a_line_and_every_line_a_route(world: World):
    routes = {(rule.endpoint, len(rule.arguments)) for rule in world.app.url_map.iter_rules()}
    assert {(line.endpoint, len(line.names)) for line in LINES} == routes
    changing = {
        rule.endpoint for rule in world.app.url_map.iter_rules() if rule.methods & (METHODS - {"GET"})
    }
    assert changing == set(FORMS)


@every_line
def test_who_gets_what(world: World, line: Line):
    got = {}
    for role in ROLES:
        asked = ask(world, role, line)
        got[role] = asked.answer.status_code
        check_headers(line, asked.answer)
        if not line.posts:
            counted = {"share_link"} if line.endpoint in COUNTED else set()
            assert set(asked.changed) <= counted, f"{role} changed something by looking"
        elif asked.answer.status_code not in WORKS:  # a refusal may be written down
            assert set(asked.changed) <= {"audit_event"}, f"{role} was refused, and changed something"
    assert got == line.expected


@pytest.mark.parametrize("line", [ln for ln in LINES if ln.names and ln.expected["stranger"] == 404], ids=str)
def test_what_is_not_yours_looks_like_what_is_not_there(world: World, line: Line):
    """Else a stranger learns that somebody has written, by trying addresses."""
    nowhere = {name: new_public_id() for name in line.names if name in world.ids}
    there, gone = address(world, line), address(world, line, nowhere)
    for options in ({}, {"headers": JSON}):
        pages = [ask(world, "stranger", line, where=where, **options).answer for where in (there, gone)]
        assert [page.status_code for page in pages] == [404, 404]
        said = [
            re.sub(r'nonce="[^"]*"|value="[^"]*"|content="[^"]*"', "", page.get_data(as_text=True))
            for page in pages
        ]
        assert said[0] == said[1]


@every_line
def test_who_is_signed_out_is_led_to_the_door(world: World, line: Line):
    asked = ask(world, "nobody", line, headers=JSON)
    is_public = getattr(world.app.view_functions[line.endpoint], "is_public", False)
    assert is_public == (line.expected["nobody"] not in (302, 401) or asked.answer.status_code != 401)
    if is_public:
        return
    assert (asked.answer.status_code, asked.answer.json["error"]) == (401, "unauthorized")
    assert asked.answer.json["csrf"]
    assert asked.changed == []


@pytest.mark.parametrize("line", POSTS, ids=str)
def test_nothing_changes_without_the_token_of_the_form(world: World, line: Line):
    for token in ("", "forged", world.tokens["stranger"]):
        asked = ask(world, "owner", line, token=token)
        assert asked.answer.status_code == 400
        assert "came from elsewhere" in asked.answer.get_data(as_text=True)
        assert asked.changed == []


def test_other_methods_are_refused(world: World):
    lines = {rule_of(world, line).rule: line for line in LINES}
    for path, line in lines.items():
        rules = [rule for rule in world.app.url_map.iter_rules() if rule.rule == path]
        allowed = set().union(*(rule.methods or () for rule in rules))
        for method in METHODS - allowed:
            asked = ask(world, "owner", line, method=method, headers=JSON)
            assert (asked.answer.status_code, asked.changed) == (405, []), f"{method} {path}"
        if "GET" in allowed:
            asked = ask(world, "owner", line, method="HEAD")
            assert (asked.answer.data, asked.changed) == (b"", []), path
        asked = ask(world, "owner", line, method="OPTIONS")
        assert (asked.answer.status_code, asked.changed) == (200, []), path

"""Every route, method and role: who gets in, who learns nothing, and what may change at all."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portfolio import create_app
from portfolio.config import Settings
from portfolio.store import backup, database
from portfolio.store.fields import new_public_id
from portfolio.web.security import limiter
from tests.conftest import DATABASE_URL, NOW, empty_database
from tests.web.conftest import JSON, Browser
from tests.web.matrix import FORMS, QUERIES, TABLE
from tests.web.test_shell import POLICY
from tests.web.world import ROLES, World, everything, make_world, picture, rows_written

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT"}
WORKS = range(200, 400)
KEPT_BY_BROWSERS = {
    "static": "no-cache", "favicon": "public, max-age=86400", "diary.photograph": "private, no-cache",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    endpoint: str
    names: tuple[str, ...]  # of what stands in the address
    expected: dict[str, int]  # a status for each role

    @property
    def posts(self) -> bool:
        return self.endpoint in FORMS

    def __str__(self) -> str:
        return " ".join((self.endpoint, *self.names))


def read_table() -> list[Line]:
    lines = []
    for text in TABLE.splitlines():
        if text and not text.startswith("#"):
            endpoint, names, expected = (part.strip() for part in text.split("|"))
            named = tuple(name.strip() for name in names.split(",") if name)
            statuses = [int(status) for status in expected.split()]
            lines.append(Line(endpoint, named, dict(zip(ROLES, statuses, strict=True))))
    return lines


LINES = read_table()
POSTS = [line for line in LINES if line.posts]
every_line = pytest.mark.parametrize("line", LINES, ids=str)


@pytest.fixture(scope="module")
def world(peopled, tmp_path_factory, compiled) -> Iterator[World]:
    path, people = peopled
    folder = tmp_path_factory.mktemp("world")
    url = DATABASE_URL or f"sqlite:///{folder}/portfolio.db"
    if not DATABASE_URL:
        (folder / "portfolio.db").write_bytes(path.read_bytes())
    app = create_app(
        Settings(instance=folder / "instance", database=url),
        TESTING=True, PROPAGATE_EXCEPTIONS=False, CLOCK=lambda: NOW,
    )  # fmt: skip
    app.test_client_class = Browser
    app.jinja_env.bytecode_cache = compiled
    with database.connection():
        if DATABASE_URL:
            empty_database()
            backup.read(path)
        yield make_world(app, people)
    database.current().close()


def rule_of(world: World, line: Line) -> Rule:
    rules = world.app.url_map.iter_rules(line.endpoint)
    return next(rule for rule in rules if len(rule.arguments) == len(line.names))


def address(world: World, line: Line, ids: dict[str, str] | None = None) -> str:
    rule = rule_of(world, line)
    order = re.findall(r"<(?:\w+:)?(\w+)>", rule.rule)
    names = zip(order, line.names, strict=True)
    built = rule.build({argument: (ids or world.ids).get(name, name) for argument, name in names})
    assert built
    query = QUERIES.get(line.endpoint, "").format(**world.ids)
    return f"{built[1]}?{query}" if query else built[1]


def form_of(world: World, line: Line) -> dict[str, object]:
    known = world.ids | {"version": world.ids.get(f"version of {''.join(line.names)}", "")}
    form: dict[str, object] = {}
    for name, value in FORMS[line.endpoint].items():
        form[name] = [v.format(**known) for v in value] if isinstance(value, list) else value.format(**known)
    if "photographs" in form:
        form["photographs"] = (io.BytesIO(picture()), "ward.jpg")
    if "files" in form:
        form["files"] = (io.BytesIO(b"---\ndate: 2022-09-01\n---\nBrought along."), "day.md")
    return form


@dataclass(frozen=True)
class Asked:
    answer: TestResponse
    changed: list[str]  # tables that hold other rows after it


def ask(world: World, role: str, line: Line, method: str = "", token: str | None = None, **options) -> Asked:
    """One request, whose consequences are looked at and taken back."""
    limiter.reset()
    if line.endpoint == "portfolios.take_in":
        world.upload()
    where = options.pop("where", "") or address(world, line)
    if line.posts and not method:
        token = world.tokens[role] if token is None else token
        options["data"] = {**form_of(world, line), "csrf_token": token}
    with database.current().atomic() as undo:
        written = rows_written()
        answer = world.browser(role).open(
            where, method=method or ("POST" if line.posts else "GET"), **options
        )
        after = world.before if rows_written() == written else everything()
        undo.rollback()
    return Asked(answer, [table for table, rows in world.before.items() if after[table] != rows])


def check_headers(line: Line, answer: TestResponse) -> None:
    headers = answer.headers
    sandboxed = line.endpoint == "diary.photograph" and answer.status_code == 200
    assert re.fullmatch(
        r"default-src 'none'; sandbox" if sandboxed else POLICY, headers["Content-Security-Policy"]
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in headers
    kept = KEPT_BY_BROWSERS.get(line.endpoint, "no-store") if answer.status_code == 200 else "no-store"
    assert headers["Cache-Control"] == kept
    kind = headers["Content-Type"]
    assert "charset=utf-8" in kind or not kind.startswith("text/")
    if kind.split(";")[0] in ("application/pdf", "application/zip"):
        assert headers["Content-Disposition"].startswith("attachment; filename=Wang-Mei-")


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
            assert asked.changed == [], f"{role} changed something by looking"
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

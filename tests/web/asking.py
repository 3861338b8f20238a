"""Requests in Mei's world by the lines of the table, whose consequences are looked at and taken back."""

import contextlib
import io
import pathlib
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import FileSystemBytecodeCache
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portfolio import create_app
from portfolio.config import Settings
from portfolio.store import backup, database
from portfolio.web.security import limiter
from tests.conftest import DATABASE_URL, NOW, People, empty_database
from tests.web.conftest import Browser
from tests.web.matrix import FORMS, QUERIES, TABLE
from tests.web.world import ROLES, World, everything, make_world, picture, rows_written


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    endpoint: str
    names: tuple[str, ...]  # of what stands in the address
    expected: dict[str, int]  # a status for each role

    @property
    def posts(self) -> bool:
        return self.endpoint in FORMS

    @property
    def able(self) -> str:
        """The role of somebody for whom it works, Mei's own if that is one."""
        works = range(200, 400) if self.posts else (200,)
        able = [role for role, status in self.expected.items() if status in works]
        return "owner" if "owner" in able or not able else able[-1]

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


@contextlib.contextmanager
def open_world(
    peopled: tuple[pathlib.Path, People], folder: pathlib.Path, compiled: FileSystemBytecodeCache
) -> Iterator[World]:
    """The world, made anew in a folder."""
    path, people = peopled
    url = DATABASE_URL or f"sqlite:///{folder}/portfolio.db"
    if not DATABASE_URL:
        shutil.copy(path, folder / "portfolio.db")
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
    after: dict[str, list[object]]  # all tables
    changed: list[str]  # tables that hold other rows than before


def ask(
    world: World, role: str, line: Line, *, method: str = "", token: str | None = None,
    form: dict[str, object] | None = None, where: str = "", **options: object,
) -> Asked:  # fmt: skip
    """One request, taken back again; `form` is laid over the line's own, None leaves a field out."""
    limiter.reset()
    if line.endpoint == "portfolios.take_in":
        world.upload()
    if line.posts and not method:
        method = "POST"
        sent = {**form_of(world, line), "csrf_token": world.tokens[role] if token is None else token}
        sent.update(form or {})
        options["data"] = {name: value for name, value in sent.items() if value is not None}
    with database.current().atomic() as undo:
        written = rows_written()
        answer = world.browser(role).open(
            where or address(world, line),
            method=method or "GET",
            **options,  # type: ignore[arg-type]
        )
        after = world.before if rows_written() == written else everything()
        undo.rollback()
    return Asked(answer, after, [table for table, rows in world.before.items() if after[table] != rows])

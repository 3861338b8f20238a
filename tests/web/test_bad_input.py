"""Whatever is sent, the answer is a clear one: no form, address or file breaks the site."""

import html
import io
import re
import struct
import zlib
from urllib.parse import urlencode

import PIL.Image
import pytest
from werkzeug.test import TestResponse

from portfolio.store import files
from portfolio.store.diary import Photograph
from tests.conftest import DATABASE_URL
from tests.web.asking import LINES, POSTS, Line, address, ask
from tests.web.conftest import JSON, text
from tests.web.matrix import FORMS
from tests.web.world import World, picture

NASTY = (
    "\x00", "a\x00b", "\ufffd\ufffe\uffff", "-1", "1e9", "NaN", "0000-00-00", "9999-12-31", "２０２２-09-01",
    "2022-W36-1", "' OR 1=1 --", "../../../etc/passwd", "%s%n{0}{{7*7}}", "\"><script>alert(1)</script>",
    "\u202e\u0301", "x" * 70_000, "😀" * 400, "a\r\nSet-Cookie: b=c", " \u3000 ",
)  # fmt: skip
FEW = ("\x00\uffff\u202e😀\r\n\"><script>{{7*7}}%s' OR 1=1 --", "9" * 400, "2022-02-30")
few_and_many = pytest.mark.parametrize(
    "values", [FEW, pytest.param(NASTY, marks=pytest.mark.heavy)], ids=["few", "many"]
)
WRONG_IDS = ("0", "'%00", "..%2f..%2fetc%2fpasswd", "é" * 3000)
QUERIES = {
    "accounts.people": ("q", "start"),
    "accounts.sign_in": ("next",),
    "diary.timeline": ("stage", "tag", "month", "q", "page"),
    "diary.write": ("prompt", "retells"),
    "feedback.queue": ("entry", "whole", "again"),
    "diary.entry": ("again",),
    "diary.version": ("since",),
    "portfolios.new_attainment": ("stage", "competency"),
    "programme.new": ("preset",),
}

FIRST = list({line.endpoint: line for line in reversed(LINES)}.values())  # one line of each endpoint


def answered(answer: TestResponse, what: str) -> None:
    """It worked, or was refused in words."""
    assert answer.status_code < 500, what
    if answer.status_code >= 400 and answer.mimetype == "text/html":
        said = text(answer)
        assert "Traceback" not in said
        assert re.search(r"<h1[ >]", answer.get_data(as_text=True)), what


@few_and_many
@pytest.mark.parametrize("line", [line for line in FIRST if FORMS.get(line.endpoint)], ids=str)
def test_no_field_of_a_form_breaks_it(world: World, line: Line, values: tuple[str, ...]):
    role = line.able
    for name, usual in FORMS[line.endpoint].items():
        for nasty in values:
            value = [nasty] * len(usual) if isinstance(usual, list) else nasty
            asked = ask(world, role, line, form={name: value})
            answered(asked.answer, f"{name}={nasty[:40]!r}")
        answered(ask(world, role, line, form={name: None}).answer, f"without {name}")


@few_and_many
@pytest.mark.parametrize("line", [line for line in FIRST if line.endpoint in QUERIES], ids=str)
def test_no_query_breaks_a_page(world: World, line: Line, values: tuple[str, ...]):
    role, here = line.able, address(world, line).partition("?")[0]
    for name in QUERIES[line.endpoint]:
        for nasty in values:
            asked = ask(world, role, line, where=f"{here}?{urlencode({name: nasty})}")
            answered(asked.answer, f"{name}={nasty[:40]!r}")
            assert asked.changed == []
        answered(ask(world, role, line, where=f"{here}?{name}=a&{name}=b").answer, f"{name} twice")


@pytest.mark.parametrize("line", [ln for ln in FIRST if ln.names and ln.endpoint != "static"], ids=str)
def test_no_wrong_address_breaks_a_page(world: World, line: Line):
    role, right = line.able, address(world, line)
    for name in line.names:
        for wrong in WRONG_IDS:
            where = re.sub(rf"(?<=/){world.ids.get(name, name)}(?=[/.?]|$)", wrong, right)
            asked = ask(world, role, line, where=where)
            assert asked.answer.status_code == 404, where[:80]
            answered(asked.answer, where[:80])
            assert asked.changed == []


def test_an_address_or_a_form_of_a_megabyte(world: World):
    line = next(line for line in LINES if line.endpoint == "diary.timeline")
    answered(ask(world, "owner", line, query_string={"q": "word " * 200_000}).answer, "a long query")
    answered(ask(world, "owner", line, query_string={f"q{n}": n for n in range(20_000)}).answer, "many")
    write = next(line for line in POSTS if line.endpoint == "diary.write_now")
    fields = {f"field{n}": "x" for n in range(5_000)}
    answered(ask(world, "owner", write, form=fields).answer, "many fields")


# Forms that are no forms


@pytest.mark.parametrize("line", [line for line in FIRST if line.posts], ids=str)
def test_a_body_that_is_no_form(world: World, line: Line):
    token = {"X-CSRFToken": world.tokens[line.able]}
    for kind, body in {
        "application/json": b'{"body": ["a"]}',
        "application/x-www-form-urlencoded": b"body=%ff%fe%00&title=%ed%a0%80&=&&&%",
        "multipart/form-data; boundary=x": b'--x\r\nContent-Disposition: form-data; name="body',
        "multipart/form-data": b"no boundary",
        "text/plain": bytes(range(256)),
        "": b"",
    }.items():
        asked = ask(world, line.able, line, method="POST", data=body, content_type=kind, headers=token)
        answered(asked.answer, kind)


@pytest.mark.parametrize(
    ("endpoint", "field"),
    [("diary.write_now", "body"), ("feedback.comment", "body"), ("portfolios.write_narrative", "body"),
     ("programme.set_prompt", "text"), ("accounts.change_details", "name")],
)  # fmt: skip
def test_too_much_text_is_refused_with_the_text_still_there(world: World, endpoint: str, field: str):
    line = next(line for line in POSTS if line.endpoint == endpoint)
    long = "a word and more " * 131_072  # two megabytes
    role = "mentor" if endpoint == "feedback.comment" else line.able
    asked = ask(world, role, line, form={field: long})
    assert asked.answer.status_code == 422
    assert long.strip() in html.unescape(asked.answer.get_data(as_text=True))
    assert asked.changed == []


def test_more_than_the_site_takes_is_refused_before_it_is_read(world: World):
    line = next(line for line in POSTS if line.endpoint == "diary.write_now")
    asked = ask(world, "owner", line, form={"body": "a word and more " * 1_400_000})
    assert asked.answer.status_code == 413
    assert "at most 20 MB" in text(asked.answer)
    assert asked.changed == []


@pytest.mark.parametrize(
    ("endpoint", "wrong", "kept"),
    [
        ("diary.write_now", {"entry_date": "yesterday"}, {"title": "Night", "body": "Snow fell.", "tags": "a, b"}),
        ("diary.write_now", {"stage": "{stage elsewhere}"}, {"title": "Night", "body": "Snow fell."}),
        ("diary.write_now", {"entry_date": "2031-01-01"}, {"title": "Night", "body": "Snow fell."}),
        ("diary.edit_now", {"entry_date": "2022-02-30"}, {"title": "Night", "body": "Snow fell."}),
        ("feedback.comment", {"quoted": "x" * 2001}, {"body": "What I thought."}),
        ("portfolios.tell_attainment", {"competency": ""}, {"narrative": "How I did."}),
        ("programme.set_prompt", {"starts_on": "soon"}, {"text": "What stayed?"}),
        ("programme.add_meeting", {"held_on": ""}, {"title": "A walk by the river"}),
        ("programme.make", {"timezone": "Mars/Base"}, {"name": "On Mars", "description": "Far away."}),
        ("accounts.add_person", {"login": "mei"}, {"name": "Second Mei"}),
    ],
)  # fmt: skip
def test_what_was_typed_stays_on_the_page(world: World, endpoint: str, wrong: dict, kept: dict):
    line = next(line for line in POSTS if line.endpoint == endpoint)
    form = {name: value.format(**world.ids) for name, value in wrong.items()} | kept
    role = "mentor" if endpoint == "feedback.comment" else line.able
    asked = ask(world, role, line, form=form)
    assert asked.answer.status_code == 422
    page = html.unescape(asked.answer.get_data(as_text=True))
    for value in kept.values():
        assert value in page
    assert 'class="error"' in page or 'role="alert"' in page
    assert asked.changed == []


def test_a_field_that_is_sent_twice_counts_once(world: World):
    write = next(line for line in POSTS if line.endpoint == "diary.write_now")
    asked = ask(world, "owner", write, form={"body": ["First.", "Second."], "title": ["One", "Two"]})
    (revision,) = [row for row in asked.after["revision"] if row not in world.before["revision"]]
    assert "First." in revision and "One" in revision
    assert not any("Second." in str(value) or "Two" in str(value) for value in revision)


# Fields that no form has

SMUGGLED = {
    "id": "1", "public_id": "x", "owner": "1", "owner_id": "1", "user": "1", "user_id": "1", "author": "1",
    "author_id": "1", "subject": "1", "subject_id": "1", "account": "admin", "role": "lead", "state": "active",
    "mentor": "1", "mentee": "1", "kept_at": "2020-01-01", "deleted_at": "", "granted_at": "2020-01-01",
    "revoked_at": "", "created_at": "2020-01-01", "written_at": "2020-01-01", "accepted_at": "2020-01-01",
    "disabled_at": "", "password_hash": "x", "join_code": "JOINUSALL", "personal": "1", "stored_name": "../x",
    "html": "<script>", "number": "9", "revision_number": "9", "joined_at": "2020-01-01", "admin": "1",
}  # fmt: skip
RANDOM = re.compile(
    r"[a-hj-km-np-z2-9]{16}|[0-9a-f]{32}(\.\w+)?|[0-9a-f]{64}|\$argon2.*|[a-hj-km-np-z2-9]{8}"
)


def settled(tables: dict[str, list]) -> dict[str, list]:
    """The same without what is drawn by lot."""
    return {
        name: [tuple("*" if RANDOM.fullmatch(str(value)) else value for value in row) for row in rows]
        for name, rows in tables.items()
        if name != "entry_index"
    }


@pytest.mark.skipif(bool(DATABASE_URL), reason="PostgreSQL's row numbers are not taken back")
@pytest.mark.parametrize("line", POSTS, ids=str)
def test_fields_that_a_form_does_not_have_change_nothing(world: World, line: Line):
    more = {name: value for name, value in SMUGGLED.items() if name not in FORMS[line.endpoint]}
    usual, stuffed = ask(world, line.able, line), ask(world, line.able, line, form=more)
    assert stuffed.answer.status_code == usual.answer.status_code
    assert settled(stuffed.after) == settled(usual.after)


def test_a_forged_address_gets_into_no_link(world: World):
    line = next(line for line in LINES if line.endpoint == "programme.cohort")
    forged = {
        "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X-Forwarded-For": "10.9.9.9",
        "X-Forwarded-Prefix": "/evil", "Forwarded": "host=evil.example", "X-Original-URL": "/accounts",
        "X-HTTP-Method-Override": "DELETE", "X-Real-IP": "10.9.9.9", "Origin": "https://evil.example",
    }  # fmt: skip
    asked = ask(world, "lead", line, headers=forged)
    assert asked.answer.status_code == 200
    assert f"http://localhost/join/{world.ids['code']}" in asked.answer.get_data(as_text=True)
    assert "evil" not in asked.answer.get_data(as_text=True) + str(asked.answer.headers)


# Photographs


def png(width: int, height: int) -> bytes:
    """A PNG of that size in a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width // 8 + 1) * min(height, 20_000)), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def upload(world: World, content: bytes, name: str = "ward.jpg"):
    line = next(line for line in POSTS if line.endpoint == "diary.add_photographs")
    return ask(world, "owner", line, form={"photographs": (io.BytesIO(content), name)}, headers=JSON)


HTML = b"<!doctype html><script>alert(1)</script>"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
        ("a.jpg", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
        ("a.html", HTML), ("a.jpg", HTML), ("a.jpg", b"GIF89a/*" + HTML), ("a.gif", b"GIF89a" + bytes(40)),
        ("a.jpg", b"%PDF-1.7\n"), ("a.jpg", b"PK\x03\x04" + bytes(40)), ("a.jpg", b"\xff\xd8\xff\xe0" + HTML),
        ("a.png", picture()[:100]), ("a.jpg", b"\x00"), ("a.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"),
    ],
)  # fmt: skip
def test_what_is_no_photograph_is_refused(world: World, name: str, content: bytes):
    asked = upload(world, content, name)
    assert asked.answer.status_code == 422
    assert asked.answer.json["message"].startswith(f"“{name}”: This is not a photograph that can be read.")
    assert asked.changed == []


@pytest.mark.parametrize("size", [(60_000, 60_000), (10_000, 10_000), (2**31 - 1, 1)])
def test_a_picture_that_would_fill_the_memory_is_refused(world: World, size: tuple[int, int]):
    asked = upload(world, png(*size), "bomb.png")
    assert asked.answer.status_code == 422
    assert re.match(
        r"“bomb.png”: This (picture has more than 50 million pixels|is not a photograph)",
        asked.answer.json["message"],
    )


def test_thirty_megabytes_are_refused_and_said_to_be_too_many(world: World):
    asked = upload(world, picture() + bytes(30 * 1024**2))
    assert asked.answer.status_code == 413
    assert asked.answer.json["message"] == "A form with its files may have at most 20 MB."
    assert asked.changed == []


def test_only_the_picture_is_left_of_a_file_that_is_also_something_else(world: World, tmp_path):
    with_place = io.BytesIO()
    exif = PIL.Image.Exif()
    exif[0x010E], exif[0x9286] = "canary-4711", "canary-4711"
    exif.get_ifd(0x8825)[2] = (31.0, 14.0, 5.0)
    PIL.Image.new("RGB", (64, 48), "teal").save(with_place, "JPEG", exif=exif, comment=b"canary-4711")
    polyglot = with_place.getvalue() + HTML + b"PK\x05\x06canary-4711"
    asked = upload(world, polyglot, "../../<img src=x onerror=alert(1)>\u202egpj.html")
    assert asked.answer.status_code == 200
    (row,) = [row for row in asked.after["photograph"] if row not in world.before["photograph"]]
    columns = [f.name for f in Photograph._meta.sorted_fields]
    stored = files.path_of(row[columns.index("stored_name")])
    kept = stored.read_bytes()
    assert b"canary" not in kept and b"script" not in kept and kept.endswith(b"\xff\xd9")
    with PIL.Image.open(stored) as opened:
        assert (opened.size, len(opened.getexif())) == ((64, 48), 0)
    assert "<img src=x" not in asked.answer.json["html"]


@pytest.mark.parametrize("name", ["عکس.jpg", "照片.jpg", "a" * 5000 + ".jpg", "..", "/", ".jpg", "con"])
def test_any_name_of_a_file_will_do(world: World, name: str):
    assert upload(world, picture(), name).answer.status_code == 200


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a.exe", "day.md\x00.zip", "x" * 3000 + ".md", ".md", "folder/"]
)
@pytest.mark.parametrize("content", [b"\x00\xff\xfe", b"", b"---\n{[\n---\n", b"PK\x03\x04broken", HTML])
def test_no_file_breaks_the_bringing_in(world: World, name: str, content: bytes):
    line = next(line for line in POSTS if line.endpoint == "portfolios.look_through")
    asked = ask(world, "owner", line, form={"files": (io.BytesIO(content), name)})
    answered(asked.answer, name)
    assert asked.changed == []

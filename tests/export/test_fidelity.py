"""Every visible character of what was selected is in the book, in order, and nothing of what was not."""

import datetime as dt
import re
import tempfile
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import pikepdf
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from portfolio.domain import markup
from portfolio.domain.records import Comment, Entry
from portfolio.export import child
from portfolio.export.book import press_room, write_book
from tests.export import books, pdfs

SCRIPTS = {
    "latin": "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "accents": "àâäåæçéèêëîïñôöøœßüÿčďěłńőřšťůžđħıÅÉÖ",
    "greek": "αβγδεζηθικλμνξοπρστυφχψωάέήίόύώ",
    "cyrillic": "абвгдежзийклмнопрстуфхцчшщъыьэюя",
    "chinese": "我今天在病房里看见一个老人坐着不说话天黑了才走护士长把灯关上龑",
    "japanese": "あいうえおかきくけこさしすせそアイウエオ",
    "korean": "가나다라마바사아자차카타파하",
    "figures": "0123456789",
    "signs": "℃≥≤±×→½№°µ€£§†",
}
WORDS = st.sampled_from(sorted(SCRIPTS)).flatmap(
    lambda name: st.text(SCRIPTS[name], min_size=1, max_size=9 if name != "chinese" else 14)
)
LINES = st.lists(WORDS, min_size=1, max_size=14).map(" ".join)
FORMS = st.one_of(
    LINES,
    LINES.map(lambda t: f"**{t}**"),
    LINES.map(lambda t: f"*{t}* and more"),
    LINES.map(lambda t: f"> {t}"),
    LINES.map(lambda t: f"## {t}"),
    st.lists(LINES, min_size=1, max_size=4).map(lambda ts: "\n".join(f"- {t}" for t in ts)),
    st.lists(LINES, min_size=1, max_size=4).map(
        lambda ts: "\n".join(f"{n}. {t}" for n, t in enumerate(ts, 3))
    ),
    LINES.map(lambda t: f"```\n{t}\n```"),
    LINES.map(lambda t: f"`{t}`"),
    st.lists(WORDS, min_size=2, max_size=3).map(
        lambda ws: f"| {' | '.join(ws)} |\n|{' --- |' * len(ws)}\n| {' | '.join(reversed(ws))} |"
    ),
    LINES.map(lambda t: f"{t}[^1]\n\n[^1]: {t} below"),
    WORDS.map(lambda w: f"[{w}](https://example.org/{'x' * 40}) " + "w" * 60),
)
BODIES = st.lists(FORMS, min_size=1, max_size=9).map("\n\n".join)


@pytest.fixture(scope="module")
def room() -> Iterator[child.Room]:
    made = press_room()
    yield made
    made.close()


def squeezed(text: str) -> str:
    # A font draws µ and μ with one glyph, so a file can only say one of them
    return re.sub(r"[\s\u200b\u00ad\u2010\u2011-]+", "", unicodedata.normalize("NFKC", text))


def comment(number: int, body: str) -> Comment:
    given = books.comment("Amara Osei", "mentor", "2022-09-02", f"C{number}.")
    return replace(given, public_id=f"c{number}", body=body, html=markup.render(body).html)


def entries_of(bodies: list[tuple[str, str | None]]) -> list[Entry]:
    out = []
    for number, (body, said) in enumerate(bodies):
        day = dt.date(2021, 1, 1) + dt.timedelta(number)
        made = books.entry(str(day), f"T{number}.", body, html_body=markup.render(body).html)
        comments = (comment(number, said),) if said else ()
        out.append(replace(made, public_id=f"e{number}", comments=comments))
    return out


@pytest.mark.heavy
@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(bodies=st.lists(st.tuples(BODIES, st.none() | BODIES), min_size=1, max_size=12))
def test_every_visible_character_is_in_the_book_in_its_order(
    bodies: list[tuple[str, str | None]], room: child.Room
) -> None:
    entries = entries_of(bodies)
    with tempfile.TemporaryDirectory() as place:
        made = write_book(books.portfolio(entries), Path(place) / "book.pdf", room=room)
        assert made.plain == 0
        with pikepdf.open(made.path) as pdf:
            text = squeezed("".join(pdfs.spoken(pdf)))
    at = 0
    for entry in entries:
        for part in [entry.html, *(c.html for c in entry.comments)]:
            for words in runs(part):
                where = text.find(words, at)
                assert where >= 0, (words, text[at : at + 200])
                at = where + len(words)


def runs(html: str) -> list[str]:
    """The texts between the tags of blocks, in order."""
    html = re.sub(r"<sup\b.*?</sup>|<a\b[^>]*footnote-backref.*?</a>", "<p>", html, flags=re.DOTALL)
    parts = re.split(
        r"</?(?:p|li|ul|ol|h\d|blockquote|pre|table|thead|tbody|tr|t[dh]|div|br|hr)\b[^>]*>", html
    )
    texts = (squeezed(unescape(re.sub(r"<[^>]*>", "", part))) for part in parts)
    return [text for text in texts if text]

"""Every visible character of what was selected is in the book, the site and the archive, in order."""

import datetime as dt
import json
import re
import subprocess
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path

import pikepdf
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from portfolio.domain import markup
from portfolio.domain.records import Comment, Entry, Layout, Portfolio, Prompt
from portfolio.domain.text import language_of
from portfolio.export import child
from portfolio.export.archive import write_archive
from portfolio.export.book import press_room, write_book
from portfolio.export.site import write_site
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
    "mathematics": "∑∫√∞≈≠∂∇∈∀∃⊂ℝℕ𝑥𝑦𝛼𝔸",
    "emoji": "😀🙂🌙🏥👍💉🌧🫀",
}
RIGHT_TO_LEFT = {"arabic": "ابتثجحخدذرزسشصضطظعغفقكلمنهوي", "hebrew": "אבגדהוזחטיכלמנסעפצקרשת"}
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff]+")

WORDS = st.sampled_from(sorted(SCRIPTS)).flatmap(
    lambda name: st.text(SCRIPTS[name], min_size=1, max_size=9 if name != "chinese" else 14)
)
# A word that runs from right to left, between two that do not: several of them would change places in a line
TURNED = st.tuples(
    st.sampled_from(sorted(RIGHT_TO_LEFT)).flatmap(
        lambda n: st.text(RIGHT_TO_LEFT[n], min_size=2, max_size=7)
    ),
    st.text(SCRIPTS["latin"], min_size=2, max_size=5),
).map(lambda pair: f"one {pair[0]} {pair[1]}")
LINES = st.lists(st.one_of(WORDS, WORDS, WORDS, TURNED), min_size=1, max_size=14).map(" ".join)
FORMS = st.one_of(
    LINES,
    LINES.map(lambda t: f"**{t}**"),
    LINES.map(lambda t: f"*{t}* and more"),
    LINES.map(lambda t: f"> {t}"),
    LINES.map(lambda t: f"> {t}\n>\n> > {t}"),
    LINES.map(lambda t: f"## {t}"),
    st.lists(LINES, min_size=1, max_size=4).map(lambda ts: "\n".join(f"- {t}" for t in ts)),
    st.lists(LINES, min_size=2, max_size=3).map(
        lambda ts: "\n".join(f"{'    ' * n}- {t}" for n, t in enumerate(ts))
    ),
    st.lists(LINES, min_size=1, max_size=4).map(
        lambda ts: "\n".join(f"{n}. {t}" for n, t in enumerate(ts, 3))
    ),
    LINES.map(lambda t: f"```\n{t}\n```"),
    LINES.map(lambda t: f"`{t}`"),
    LINES.map(lambda t: f"~~{t}~~ H~2~O"),
    st.lists(WORDS, min_size=2, max_size=3).map(
        lambda ws: f"| {' | '.join(ws)} |\n|{' --- |' * len(ws)}\n| {' | '.join(reversed(ws))} |"
    ),
    LINES.map(lambda t: f"{t}[^1]\n\n[^1]: {t} below"),
    WORDS.map(lambda w: f"[{w}](https://example.org/{'x' * 40}) " + "w" * 60),
)
BODIES = st.lists(FORMS, min_size=1, max_size=6).map("\n\n".join)
NAMES = st.one_of(st.just(""), LINES.map(lambda t: t[:80].strip()))


@dataclass(frozen=True)
class Written:
    """What somebody wrote into an entry."""

    title: str
    body: str
    prompt: str
    tags: tuple[str, ...]
    said: str  # a comment


WRITTEN = st.builds(
    Written,
    title=NAMES,
    body=BODIES,
    prompt=NAMES,
    tags=st.lists(WORDS, max_size=3, unique_by=str.casefold).map(tuple),
    said=st.one_of(st.just(""), BODIES),
)


@pytest.fixture(scope="module")
def room() -> Iterator[child.Room]:
    made = press_room()
    yield made
    made.close()


def squeezed(text: str) -> str:
    # A font draws µ and μ with one glyph, so a file can only say one of them
    text = unicodedata.normalize("NFKC", text).replace("\u03f5", "ε")
    # Programs put marks of direction around what runs from right to left
    return re.sub(r"[\s\u200b-\u200f\u202a-\u202e\u00ad\u2010\u2011\ufe0f-]+", "", text)


def entries_of(given_texts: Sequence[Written]) -> list[Entry]:
    out = []
    for number, text in enumerate(given_texts):
        day = dt.date(2021, 1, 1) + dt.timedelta(number)
        made = books.entry(str(day), text.title, text.body, html_body=markup.render(text.body).html)
        prompt = Prompt(f"p{number}", text.prompt, "Amara Osei", day, None) if text.prompt else None
        comments: tuple[Comment, ...] = ()
        if text.said:
            comment = books.comment("Amara Osei", "mentor", "2022-09-02", f"C{number}.")
            html = markup.render(text.said).html
            comments = (replace(comment, public_id=f"c{number}", body=text.said, html=html),)
        language = language_of(text.body)
        out.append(
            replace(
                made,
                public_id=f"e{number}",
                language=language,
                prompt=prompt,
                tags=text.tags,
                comments=comments,
            )
        )
    return out


def runs(html: str) -> list[str]:
    """The texts between the tags of blocks, in order."""
    html = re.sub(r"<sup\b.*?</sup>|<a\b[^>]*footnote-backref.*?</a>", "<p>", html, flags=re.DOTALL)
    parts = re.split(
        r"</?(?:p|li|ul|ol|h\d|blockquote|pre|table|thead|tbody|tr|t[dh]|div|br|hr)\b[^>]*>", html
    )
    texts = (squeezed(unescape(re.sub(r"<[^>]*>", "", part))) for part in parts)
    return [text for text in texts if text]


def pattern(words: str) -> re.Pattern[str]:
    """The words as a file may say them: from right to left, or as they are drawn."""
    parts, at = [], 0
    for found in _RIGHT_TO_LEFT.finditer(words):
        parts += [re.escape(words[at : found.start()]), f"(?:{found[0]}|{found[0][::-1]})"]
        at = found.end()
    return re.compile("".join([*parts, re.escape(words[at:])]))


def assert_in_order(texts: Sequence[str], whole: str, at: int, where: str) -> int:
    """Each of the texts follows the one before; returns where the last one ends."""
    for words in texts:
        found = pattern(words).search(whole, at)
        assert found, (where, words, whole[at : at + 300])
        at = found.end()
    return at


def assert_told(portfolio: Portfolio, whole: str, where: str) -> None:
    """Each entry with all its parts, one after the other. Tags stand beside the title or beneath it."""
    at = 0
    for entry in portfolio.entries:
        at = assert_in_order([squeezed(entry.title)], whole, at, where)
        for tag in entry.tags:
            assert_in_order([squeezed(tag)], whole, at, where)
        prompt = [squeezed(entry.prompt.text)] if entry.prompt else []
        texts = [*prompt, *runs(entry.html), *(run for c in entry.comments for run in runs(c.html))]
        at = assert_in_order(texts, whole, at, where)


def extracted(path: Path) -> str:
    """What a program extracts that knows nothing of tags: all but heads and feet, in the order of drawing."""
    crop = ["-x", "0", "-y", "86", "-W", "620", "-H", "670"]
    told = subprocess.run(
        ["pdftotext", "-raw", "-r", "72", *crop, "-nopgbrk", str(path), "-"],
        capture_output=True,
        text=True,
        check=True,
    )
    return squeezed(told.stdout)


def assert_archived(portfolio: Portfolio, folder: Path) -> None:
    """Each text as it was written, in a file of its own."""
    files = [p.read_text("utf-8").partition("\n---\n") for p in (folder / "data").rglob("*.md")]
    for entry in portfolio.entries:
        (facts, body) = next((f, b) for f, _sep, b in files if f'id: "{entry.public_id}"\ntitle' in f)
        assert body.strip("\n") == entry.body.strip("\n")
        for part in filter(None, (entry.title, *entry.tags, entry.prompt.text if entry.prompt else "")):
            assert json.dumps(part, ensure_ascii=False) in facts
        for comment in entry.comments:
            assert any(body.strip("\n") == comment.body.strip("\n") for _facts, _sep, body in files)


def assert_shown(portfolio: Portfolio, folder: Path) -> None:
    """Each entry on a page of its own in the site."""
    pages = [
        unescape(re.sub(r"<[^>]*>", "", p.read_text("utf-8")))
        for p in sorted((folder / "entries").rglob("*.html"))
    ]
    pages = [squeezed(page) for page in pages]
    for entry in portfolio.entries:
        texts = [*runs(entry.html), *(run for c in entry.comments for run in runs(c.html))]
        (page, *_) = [page for page in pages if all(pattern(words).search(page) for words in texts)]
        for part in filter(None, (entry.title, *entry.tags, entry.prompt.text if entry.prompt else "")):
            assert pattern(squeezed(part)).search(page), part
        assert_in_order(runs(entry.html), page, 0, "site")


@pytest.mark.heavy
@settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(texts=st.lists(WRITTEN, min_size=1, max_size=7), large=st.booleans())
def test_every_visible_character_is_in_each_document_in_its_order(
    texts: list[Written], large: bool, room: child.Room
) -> None:
    portfolio = books.portfolio(entries_of(texts))
    portfolio = replace(portfolio, choices=replace(portfolio.choices, layout=Layout(large=large)))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        made = write_book(portfolio, folder / "book.pdf", room=room)
        assert (made.plain, made.nowhere) == (0, ())
        with pikepdf.open(made.path) as pdf:
            assert_told(portfolio, squeezed("".join(pdfs.spoken(pdf))), "structure")
        assert_told(portfolio, extracted(made.path), "extracted")
        assert_shown(portfolio, write_site(portfolio, folder / "site").path)
        assert_archived(portfolio, write_archive(portfolio, folder / "archive").path)


@pytest.mark.heavy
@pytest.mark.parametrize("count", [60, 600])
def test_no_entry_of_a_long_diary_is_lost(count: int, room: child.Room, tmp_path: Path) -> None:
    portfolio = books.portfolio(
        [
            replace(
                books.entry(str(dt.date(2015, 1, 1) + dt.timedelta(n)), f"Day {n}t", f"Only {n}w, 夜{n}班."),
                public_id=f"e{n}",
            )
            for n in range(count)
        ]
    )
    made = write_book(portfolio, tmp_path / "book.pdf", room=room)
    assert (made.plain, made.nowhere) == (0, ())
    assert_told(portfolio, extracted(made.path), "extracted")
    assert_shown(portfolio, write_site(portfolio, tmp_path / "site").path)
    assert_archived(portfolio, write_archive(portfolio, tmp_path / "archive").path)

"""The quick ways of setting a text end where WeasyPrint's own end."""

from collections.abc import Iterator
from types import ModuleType

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.export import pdfs

pytestmark = pytest.mark.heavy

WORDS = (
    "the registrar asked nothing and I wrote hypothesis difficult Angleterre wasn’t long-distance "
    "(catheterisation) “counterintuitively” 38.5 ℃ ≥ No.— office affliction 第一次 值班 的夜晚 e-mail "
    "Krankenschwester électrocardiogramme a"
).split()
STYLE = (
    "@page { size: 600pt 4000pt; margin: 20pt }"
    'html { font: 11pt/15pt "Source Serif 4", "Noto Serif CJK SC", serif; hyphens: auto; hyphenate-limit-chars: 6 3 3 }'
    "body { margin: 0 } p { margin: 0; text-align: justify; text-indent: 15pt }"
)


@pytest.fixture(scope="module")
def quick() -> Iterator[ModuleType]:
    """The module; imported here, since without Pango it cannot be."""
    from portfolio.export import quick

    quick.leave()
    yield quick
    quick.leave()


def made(body: str, width: int = 330, lang: str = "en") -> bytes:
    from weasyprint import HTML

    html = f'<html lang="{lang}"><style>{STYLE}</style><body><div style="width: {width}pt">{body}</div>'
    return bytes(HTML(string=html).write_pdf(pdf_variant="pdf/ua-1"))


def words(pdf: bytes, tmp_path_factory: pytest.TempPathFactory) -> list[pdfs.Word]:
    path = tmp_path_factory.mktemp("quick") / "made.pdf"
    path.write_bytes(pdf)
    return [word for page in pdfs.pages_of_words(path) for word in page]


def both(
    quick: ModuleType, body: str, tmp_path_factory: pytest.TempPathFactory, **named: object
) -> tuple[list, list]:
    slow = words(made(body, **named), tmp_path_factory)
    quick.hasten()
    fast = words(made(body, **named), tmp_path_factory)
    quick.leave()
    return slow, fast


def test_they_are_for_the_weasyprint_that_is_installed(quick: ModuleType) -> None:
    assert quick.able()
    from weasyprint.layout import inline

    before = inline.split_first_line
    quick.hasten()
    assert inline.split_first_line is not before
    quick.leave()
    assert inline.split_first_line is before


@settings(max_examples=25)
@given(
    text=st.lists(st.sampled_from(WORDS), min_size=1, max_size=120).map(" ".join),
    width=st.integers(90, 400),
    lang=st.sampled_from(["en", "de", "fr", "zh-Hans"]),
)
@example(
    text="It was a different office, and an affliction of the difficult sort. " * 4, width=140, lang="en"
)
@example(text="他说：“明天再来。”我没有走。" * 20, width=210, lang="zh-Hans")
def test_each_word_stands_where_it_stood(
    quick: ModuleType, text: str, width: int, lang: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    slow, fast = both(quick, f"<p>{text}</p>", tmp_path_factory, width=width, lang=lang)
    joined = "".join(word.text for word in fast)
    assert joined.replace("‐", "").replace("-", "") == "".join(w.text for w in slow).replace("‐", "").replace(
        "-", ""
    )
    assert max(word.right for word in fast) <= max(20 + width, max(word.right for word in slow)) + 0.5
    assert abs(len({round(w.top) for w in fast}) - len({round(w.top) for w in slow})) <= 1
    if [word.text for word in slow] == [word.text for word in fast]:
        for one, other in zip(slow, fast, strict=True):
            assert abs(one.left - other.left) < 1.5 and abs(one.top - other.top) < 0.5, one.text


@pytest.mark.parametrize(
    "body",
    [
        "<p>Plain <em>and said</em> with <b>weight</b>, <a href='https://a.example/b'>linked</a> and "
        "<code>set as code</code>, again and again, until the line is full and the next one begins.</p>",
        "<p>" + "Preserved\n  spaces\tand <br>breaks " * 3 + "</p><pre>one\n  two\n\tthree</pre>",
        "<p>שלום עולם, this is mixed with العربية and goes on for a while until it breaks somewhere.</p>",
        "<p>" + "Donaudampfschifffahrtsgesellschaftskapitän" * 4 + "</p>",
        "<p>An emoji 🙂 in a line, and a soft hy\u00adphen, zero\u200bwidth, no\u00a0break; ﬁne and 龑.</p>",
        "<div style='float: right; width: 100pt'>Beside it there is a note of some lines.</div><p>"
        + "The text flows around what floats and goes on beneath it. " * 6
        + "</p>",
        "<table><tr><td>One cell of words that break</td><td>Another cell with words that break</td></tr></table>",
        "<p style='letter-spacing: 1pt; word-spacing: 3pt'>"
        + "Spaced words go the way they went. " * 6
        + "</p>",
        "<ul><li>First of the points, which needs a second line to be told in full, and a third.</li></ul>",
    ],
)
def test_what_is_not_plain_looks_as_it_did(
    quick: ModuleType, body: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    slow, fast = both(quick, body, tmp_path_factory, width=200)
    assert [word.text for word in fast] == [word.text for word in slow]
    for one, other in zip(slow, fast, strict=True):
        assert abs(one.left - other.left) < 1.5 and abs(one.top - other.top) < 0.5, one.text


def test_a_justified_line_ends_at_the_margin(
    quick: ModuleType, tmp_path_factory: pytest.TempPathFactory
) -> None:
    quick.hasten()
    set_words = words(
        made("<p>" + "We stood in the corridor and nobody said a word. " * 12 + "</p>"), tmp_path_factory
    )
    ends: dict[int, float] = {}
    for word in set_words:
        ends[round(word.bottom)] = max(ends.get(round(word.bottom), 0), word.right)
    *lines, _last = [right for _bottom, right in sorted(ends.items())]
    assert len(lines) > 5
    quick.leave()
    assert all(abs(right - 350) < 1.2 for right in lines), lines


def test_a_drawings_text_is_drawn(quick: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> None:
    svg = "<svg width='200' height='40'><text x='5' y='20' font-size='12'>Twelve entries</text></svg>"
    quick.hasten()
    drawn = words(made(svg), tmp_path_factory)
    quick.leave()
    assert [word.text for word in drawn] == ["Twelve", "entries"]

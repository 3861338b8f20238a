"""What each look of a book is in the file: the sheet, the type, greys, margins, pieces and pages."""

import io
import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from fontTools.ttLib import TTFont
from PIL import Image

from portfolio.domain.records import Choices, Layout, Portfolio
from portfolio.export import pages
from portfolio.export.book import BookResult, write_book
from portfolio.export.book_plan import Book
from portfolio.export.looks import MM
from portfolio.export.piece_store import PieceStore
from portfolio.export.pieces import Piece
from portfolio.export.press import Press
from tests.export import books, headings, pdfs, reviews

pytestmark = pytest.mark.heavy

Make = Callable[..., BookResult]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("looks")


@pytest.fixture(scope="module")
def ines(folder: Path) -> Portfolio:
    return reviews.review(folder)


@pytest.fixture(scope="module")
def make(ines: Portfolio, folder: Path) -> Make:
    """Ines' review in a look; what was laid out for one is kept for the others."""
    made: dict[Layout, BookResult] = {}

    def one(**look: Any) -> BookResult:
        layout = Layout(**look)
        if layout not in made:
            shown = replace(ines, choices=replace(ines.choices, layout=layout))
            path = folder / f"{'-'.join(look) or 'plain'}.pdf"
            made[layout] = write_book(shown, path, kept=folder / "pieces")
        return made[layout]

    return one


def found(path: Path, text: str) -> tuple[int, pdfs.Word]:
    """The page, from 1, and the place of a word that stands in the book once, or first."""
    return next(
        (number, word)
        for number, words in enumerate(pdfs.pages_of_words(path), 1)
        for word in words
        if word.text == text
    )


# --- the sheet -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("paper", "size"), [("a4", (595.28, 841.89)), ("letter", (612, 792))])
def test_every_page_has_the_size_of_its_paper(make: Make, paper: str, size: tuple[float, float]) -> None:
    with pikepdf.open(make(**({"paper": paper} if paper == "letter" else {})).path) as pdf:
        for page in pdf.pages:
            assert [float(x) for x in page.MediaBox] == pytest.approx([0, 0, *size], abs=0.01)


def test_on_letter_everything_stands_on_the_sheet(make: Make) -> None:
    for words in pdfs.pages_of_words(make(paper="letter").path):
        words = [word for word in words if not re.fullmatch("I|II|III", word.text)]  # tabs at the edge
        assert all(word.left > 60 and word.right < 612 - 40 and word.bottom < 792 - 20 for word in words)


def test_bound_pages_are_mirrored_notes_number_and_tab_outside(make: Make, ines: Portfolio) -> None:
    path = make(binding=True).path
    opened = pdfs.pages_of_words(path)
    width, inner, outer = 595.28, 30 * MM, 12 * MM
    numbers, tabs, notes = set(), set(), set()
    for number, words in enumerate(opened, 1):
        even = number % 2 == 0

        def outside(word: pdfs.Word, even: bool = even) -> float:
            """How far from the outer edge a word begins or ends."""
            return word.left if even else width - word.right

        def from_spine(word: pdfs.Word, even: bool = even) -> float:
            return width - word.right if even else word.left

        assert all(from_spine(word) > inner - 1 for word in words), number
        for word in words:
            if word.text == str(number) and (word.top < 60 or word.top > 770) and outside(word) < 60:
                assert outside(word) == pytest.approx(outer, abs=1.5)
                numbers.add(number)
            if re.fullmatch("I|II|III", word.text) and outside(word) < 20:
                tabs.add(even)
            if word.text.startswith("revision") and 90 < word.top < 752 and outside(word) < 56 * MM:
                notes.add(even)
    assert numbers == set(range(2, len(opened) + 1))
    assert tabs == notes == {False, True}


def test_bound_pages_have_the_lines_of_the_others(make: Make) -> None:
    """What moves to the other side moves as a whole: each line says the same."""
    plain, bound = (pdfs.pages_of_words(make(**look).path) for look in ({}, {"binding": True}))
    assert [sorted(w.text for w in words) for words in plain] == [
        sorted(w.text for w in words) for words in bound
    ]
    for number, (before, after) in enumerate(zip(plain, bound, strict=True), 1):
        column = [w for w in before if 68 < w.left < 400 and pdfs.TEXT_TOP < w.top < pdfs.TEXT_BOTTOM]
        shift = {round(w.left - o.left) for o in column for w in after if w.text == o.text and w.top == o.top}
        assert {17, -34, 108} & shift, number  # the text's, a table's across both columns


def test_a_bound_book_has_its_links_where_their_words_are(make: Make) -> None:
    path = make(binding=True).path
    words = pdfs.pages_of_words(path)
    with pikepdf.open(path) as pdf:
        for number, page in enumerate(pdf.pages):
            for note in page.get("/Annots", []):
                left, bottom, right, top = (float(x) for x in note.Rect)
                middle = 841.89 - (bottom + top) / 2
                assert any(
                    w.left < right + 1 and w.right > left - 1 and w.top - 2 < middle < w.bottom + 2
                    for w in words[number]
                ), (number + 1, str(note.Contents))


# --- type, greys, comments -----------------------------------------------------------------------


def test_large_type_is_larger_by_three_tenths(make: Make) -> None:
    for text in ("linen", "Newcomer", "Contents"):
        _page, plain = found(make().path, text)
        _page, large = found(make(large=True).path, text)
        assert (large.bottom - large.top) / (plain.bottom - plain.top) == pytest.approx(1.3, abs=0.02)
    assert make(large=True).pages > make().pages


def test_a_grey_book_has_no_colour(folder: Path, ines: Portfolio) -> None:
    dotted = books.entry(
        "2022-10-02",
        "重点 🙂",
        "他说。",
        html_body='<p><em class="dots"><i>重</i></em> 🙂</p>',
        stage=ines.stages[0],
    )
    shown = replace(ines, entries=(*ines.entries, dotted))
    shown = replace(shown, choices=replace(ines.choices, layout=Layout(grey=True)))
    made = write_book(shown, folder / "in-greys.pdf", kept=folder / "pieces")
    pictures = 0
    with pikepdf.open(made.path) as pdf:
        drawn: list[Any] = list(pdf.pages)
        for item in pdf.objects:
            if isinstance(item, pikepdf.Stream) and item.get("/Subtype") == "/Image":
                pictures += 1
                assert str(item.ColorSpace) == "/DeviceGray"
            elif isinstance(item, pikepdf.Stream) and item.get("/Subtype") == "/Form":
                drawn.append(item)
        for item in drawn:
            for operands, operator in pikepdf.parse_content_stream(item):
                if str(operator) in ("rg", "RG"):
                    assert len({round(float(x), 3) for x in operands}) == 1, operands
                assert str(operator) not in ("k", "K")
    assert pictures >= 3  # two photographs, and the smile


@pytest.mark.parametrize("look", ["beneath", "large"])
def test_no_comment_stands_in_the_margin_where_all_stand_beneath(make: Make, look: str) -> None:
    _page, beside = found(make().path, "Sugar!")
    assert beside.left > pdfs.TEXT_RIGHT
    for text in ("Sugar!", "cupboard.", "curtain?"):
        _page, word = found(make(**{look: True}).path, text)
        assert word.left < pdfs.TEXT_RIGHT, text


@pytest.mark.parametrize(
    "look",
    [{}, {"paper": "letter"}, {"large": True}, {"beneath": True}],
    ids=lambda look: "-".join(look) or "plain",
)
def test_every_heading_has_a_line_of_its_text_below_it(make: Make, look: dict[str, Any]) -> None:
    assert headings.lonely(make(**look).path) == []


def test_a_heading_without_its_text_would_be_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A book whose pages end anywhere: some of its titles stand alone."""

    def anywhere(piece: Piece, strip: int, top: float, room: float) -> int | None:
        held = [n for n in range(strip, len(piece.cuts)) if piece.cuts[n].end - top <= room]
        return max(held, default=None)

    monkeypatch.setattr(pages._Filler, "_soft", staticmethod(anywhere))
    days = [
        books.entry(f"2022-05-{n:02}", f"Day {n}", reviews.FIRST_DAY + " More." * n) for n in range(1, 31)
    ]
    press = Press(Book(books.portfolio(days)), PieceStore(tmp_path), lambda _step, _share: None, 0, 0)
    press.print(tmp_path / "anywhere.pdf")
    alone = headings.lonely(tmp_path / "anywhere.pdf")
    assert alone and all(words.startswith("Day") for _page, words in alone)


# --- what is stored ------------------------------------------------------------------------------


def test_a_photograph_and_a_font_that_are_used_twice_are_stored_once(folder: Path, ines: Portfolio) -> None:
    corridor = ines.entries[4].photographs
    days = [
        books.entry(f"2022-05-0{n}", f"Day {n}", f"On day {n} I went there.", photographs=corridor)
        for n in (1, 2)
    ]
    made = write_book(books.portfolio(days), folder / "twice.pdf")
    with pikepdf.open(made.path) as pdf:
        images = [o for o in pdf.objects if isinstance(o, pikepdf.Stream) and o.get("/Subtype") == "/Image"]
        assert len(images) == 1
        assert sum(str(e.S) == "/Figure" for e in pdfs.elements(pdf.Root.StructTreeRoot.K[0])) == 4
    names = [name.partition("+")[2] for name, _embedded, _subset in pdfs.fonts(made.path)]
    assert len(names) == len(set(names)) > 4


def test_own_and_review_share_what_they_show_alike(folder: Path, ines: Portfolio) -> None:
    kept = folder / "shared"
    own = replace(ines, choices=Choices(variant="own", private=True))

    def pieces() -> set[str]:
        return {name for _root, _folders, names in os.walk(kept) for name in names}

    write_book(own, folder / "own.pdf", kept=kept)
    before = pieces()
    write_book(ines, folder / "for-review.pdf", kept=kept)
    # Cover, declaration, foot with its pages' heads, and the finished book; no entry, opener or narrative
    assert len(pieces() - before) < len(before) / 2
    assert len(before) > len(ines.entries)


def test_a_book_has_hardly_more_pages_than_one_flow_of_its_html(folder: Path, ines: Portfolio) -> None:
    """Against WeasyPrint's own pages for the entries, one after the other."""
    from weasyprint import CSS, HTML

    from portfolio.export import book_parts, looks
    from portfolio.export.press import html_of
    from portfolio.export.shelf import Shelf

    days = [
        books.entry(f"2022-{1 + n // 28:02}-{1 + n % 28:02}", f"Day {n}", reviews.CORRIDOR + f"\n\n{n}")
        for n in range(60)
    ]
    book = Book(books.portfolio(days))
    made = write_book(book.portfolio, folder / "sixty.pdf")
    with pikepdf.open(made.path) as pdf:
        at = pdfs.destinations(pdf)
    pages = at["assessor"] - at[f"e-{days[0].public_id}"]
    body = "".join(html_of(plan) for plan in book_parts.body(book))
    styles = looks.piece_styles(Layout()) + looks.sheets(Layout())[0].styles()
    shelf = Shelf({}, {})
    flow = HTML(string=f'<html lang="en"><body>{body}', base_url=None, url_fetcher=shelf).render(
        stylesheets=[CSS(string=styles, url_fetcher=shelf)]
    )
    assert len(flow.pages) > 20
    assert pages <= 1.1 * len(flow.pages)


def test_every_sign_is_drawn_with_a_glyph_that_its_font_has(folder: Path) -> None:
    signs = "℃≥α龑½✓𠮷"
    rare = books.entry("2022-05-01", "Signs 🙂", f"She had 39 ℃, ≥ 38. {' '.join(signs)} 🙂")
    made = write_book(books.portfolio([rare]), folder / "signs.pdf")
    drawn: dict[str, set[int]] = {}
    with pikepdf.open(made.path) as pdf:
        for page in pdf.pages:
            font = ""
            for operands, operator in pikepdf.parse_content_stream(page):
                if str(operator) == "Tf":
                    font = str(operands[0])
                elif str(operator) == "TJ":
                    runs = b"".join(bytes(p) for p in operands[0] if isinstance(p, pikepdf.String))
                    drawn.setdefault(font, set()).update(
                        int.from_bytes(runs[i : i + 2], "big") for i in range(0, len(runs), 2)
                    )
        said = set()
        for name, font in pdf.pages[0].Resources.Font.items():
            descriptor = font.DescendantFonts[0].FontDescriptor
            file = TTFont(
                io.BytesIO((descriptor.get("/FontFile2") or descriptor.get("/FontFile3")).read_bytes())
            )
            glyphs, letters = drawn.get(str(name), set()), pdfs.letters(font)
            assert 0 not in glyphs
            assert all(glyph < file["maxp"].numGlyphs for glyph in glyphs)
            shapes = file.getGlyphSet()
            for glyph in glyphs:
                if letters[glyph] in signs:
                    said.add(letters[glyph])
                    assert outline(shapes[file.getGlyphName(glyph)])
    assert said == set(signs)
    assert "🙂" in pdfs.text_of(made.path)


def outline(glyph: Any) -> bool:
    """Whether there is anything to see of a glyph."""
    from fontTools.pens.boundsPen import BoundsPen

    pen = BoundsPen(None)
    glyph.draw(pen)
    return pen.bounds is not None


def test_the_rule_beside_a_comment_runs_through_to_its_last_answer(make: Make) -> None:
    path = make().path
    number, comments = next(
        (n, word)
        for n, words in enumerate(pdfs.pages_of_words(path), 1)
        for word in words
        if word.text == "Comments" and any(other.text == "February?" for other in words)
    )
    february = next(w for w in pdfs.pages_of_words(path)[number - 1] if w.text == "February?")
    drawn = subprocess.run(
        ["pdftoppm", "-gray", "-r", "144", "-f", str(number), "-l", str(number), str(path)],
        capture_output=True, check=True,
    )  # fmt: skip
    page = Image.open(io.BytesIO(drawn.stdout))
    left = round(2 * comments.left) - 34  # the rule stands 15 points left of the words
    column = [
        min(page.getpixel((x, y)) for x in range(left, left + 10))
        for y in range(round(2 * comments.bottom) + 16, round(2 * february.bottom) - 4)
    ]
    assert len(column) > 150
    assert max(column) < 245, [y for y, grey in enumerate(column) if grey >= 245]

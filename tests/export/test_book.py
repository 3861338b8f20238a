"""The book as a reviewer has it in hand: words, numbers, links, tags, bytes."""

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pikepdf
import pytest

from portfolio.domain.records import Layout, Portfolio
from portfolio.export.book import BookResult, Limits, Stopped, write_book
from portfolio.export.book_parts import stage_styles
from portfolio.export.book_plan import Book
from portfolio.export.looks import sheets
from tests.export import books, pdfs, reviews
from tests.export.book_checks import (
    assert_contents_agree,
    assert_every_word_in_order,
    assert_sound,
    contents_of,
    lonely_headings,
)

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("books")


@pytest.fixture(scope="module")
def ines(folder: Path) -> Portfolio:
    return reviews.review(folder)


@pytest.fixture(scope="module")
def heard() -> list[tuple[int, int, str]]:
    return []


@pytest.fixture(scope="module")
def made(ines: Portfolio, folder: Path, heard: list[tuple[int, int, str]]) -> BookResult:
    return write_book(ines, folder / "review.pdf", lambda *told: heard.append(told))


@pytest.fixture(scope="module")
def pdf(made: BookResult) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(made.path) as opened:
        yield opened


# --- words ---------------------------------------------------------------------------------------


def test_every_word_of_every_entry_is_there(made: BookResult, ines: Portfolio) -> None:
    text = pdfs.squeezed(pdfs.text_of(made.path))
    for entry in ines.entries:
        for paragraph in entry.body.split("\n\n"):
            assert pdfs.squeezed(paragraph) in text, paragraph


def test_every_comment_names_its_revision(made: BookResult) -> None:
    text = " ".join(pdfs.text_of(made.path).split())
    assert "Dr Amara Osei, mentor · 20 January 2022 · on revision 3" in text
    assert "Ines Moreau, student · 20 January 2022 · in answer to Dr Amara Osei" in text
    assert "I changed it on the bus. “Had to” was for you, “said” is for me." in text


def test_a_comment_on_words_that_are_gone_says_so(made: BookResult) -> None:
    text = " ".join(pdfs.text_of(made.path).split())
    gone = text.index("“the registrar, who was asleep on his feet”")
    assert text[gone:].startswith(
        "“the registrar, who was asleep on his feet” What it quotes is not in the revision printed here."
    )


def test_marks_within_a_quotation_are_single(folder: Path) -> None:
    said = books.entry(
        "2022-05-01", "Oxygen", "“You’re in front of the oxygen,” she said, and reached past me."
    )
    asked = books.comment(
        "Linda Osei", "mentor", "2022-05-02", "And you?", quoted="“You’re in front of the oxygen,” she"
    )
    more = books.comment("Linda Osei", "mentor", "2022-05-03", "I ask because I did not move.")
    entry = replace(said, comments=(replace(asked, replies=(more,)),))
    text = " ".join(pdfs.text_of(write_book(books.portfolio([entry]), folder / "quoted.pdf").path).split())
    assert "“‘You’re in front of the oxygen,’ she”" in text
    assert "Linda Osei, mentor · 3 May 2022 · on revision 1 I ask because I did not move." in text


def test_a_short_comment_stands_beside_its_passage_and_a_long_one_beneath(made: BookResult) -> None:
    pages = pdfs.pages_of_words(made.path)
    sugar = next(word for words in pages for word in words if word.text == "Sugar!")
    identify = next(word for words in pages for word in words if word.text == "noticed.")
    assert sugar.left > pdfs.TEXT_RIGHT
    assert identify.left < pdfs.TEXT_RIGHT


def test_a_long_word_and_a_long_address_stay_in_their_column(made: BookResult) -> None:
    pieces = [
        w
        for words in pdfs.pages_of_words(made.path)
        for w in words
        if re.match("https:|.*schifff|.*rente", w.text)
    ]
    assert len(pieces) >= 2
    assert all(word.right < 403 for word in pieces)


# --- numbers -------------------------------------------------------------------------------------


def test_the_contents_name_the_pages_on_which_things_stand(made: BookResult, ines: Portfolio) -> None:
    lines = contents_of(made.path)
    titles = [title for _page, title in lines]
    assert titles[:4] == ["Declaration", "Trajectory", "Thestudent’snarrative", "Thementor’snarrative"]
    assert titles[-3:] == ["Thresholdevents", "Indexoftags", "Theassessor’snarrative"]
    for page, title in lines:
        heading = re.sub(r"^[IVX]+", "", title) if title[0] in "IVX" else title
        there = pdfs.squeezed(pdfs.text_of(made.path, page))
        assert pdfs.squeezed(heading)[:12] in there, (page, title)
    assert len(lines) == 4 + 3 + 1 + len(ines.entries) + 3


def test_folios_count_from_the_cover(made: BookResult) -> None:
    for number, words in enumerate(pdfs.pages_of_words(made.path), 1):
        corners = [w.text for w in words if w.left > 520 and (w.top < 60 or w.top > 770)]
        assert corners == ([] if number == 1 else [str(number)])


def test_references_across_the_book_agree(made: BookResult, ines: Portfolio, pdf: pikepdf.Pdf) -> None:
    at = pdfs.destinations(pdf)
    told, retold = ines.entries[4], ines.entries[6]
    assert told.returned_to == (retold.public_id,)
    text = " ".join(pdfs.text_of(made.path, at[f"e-{told.public_id}"]).split())
    assert f"Returned to on p. {at[f'e-{retold.public_id}']}" in text
    text = " ".join(pdfs.text_of(made.path, at[f"e-{retold.public_id}"]).split())
    assert f"Retells the entry on p. {at[f'e-{told.public_id}']}" in text
    opener = " ".join(pdfs.text_of(made.path, at["stage-2"]).split())
    assert f"18 January 2022 · p. {at[f'e-{told.public_id}']}" in opener


def test_the_index_names_each_page_once(made: BookResult, ines: Portfolio, pdf: pikepdf.Pdf) -> None:
    at = pdfs.destinations(pdf)
    text = pdfs.text_of(made.path, at["index"])
    limits = sorted({at[f"e-{e.public_id}"] for e in ines.entries if "limits" in e.tags})
    assert re.search(rf"limits\s+{', '.join(map(str, limits))}\b", text)


def test_the_assessors_page_is_blank_and_asks_for_no_score(made: BookResult) -> None:
    text = " ".join(pdfs.text_of(made.path, made.pages).split())
    assert "no score is asked for" in text
    assert not re.search(r"grade|mark out of|/ ?10|points", text, re.IGNORECASE)


# --- pages ---------------------------------------------------------------------------------------


def overlaps(path: Path) -> list[tuple[int, str, str]]:
    """Words of the note column that stand on each other."""
    found = []
    for number, words in enumerate(pdfs.pages_of_words(path), 1):
        notes = sorted(
            (w for w in words if w.left > pdfs.TEXT_RIGHT and w.top > pdfs.TEXT_TOP and len(w.text) > 2),
            key=lambda w: w.top,
        )
        for one, other in pairwise(notes):
            if 0.3 < other.top - one.top < 6 and one.left < other.right and other.left < one.right:
                found.append((number, one.text, other.text))
    return found


def test_no_heading_stands_alone_at_the_foot_of_a_page(made: BookResult, ines: Portfolio) -> None:
    assert lonely_headings(made.path) == []
    for number, words in enumerate(pdfs.pages_of_words(made.path)[1:], 2):
        assert len(words) > 10, f"page {number} says next to nothing"


def test_notes_never_stand_on_each_other(made: BookResult) -> None:
    assert overlaps(made.path) == []


# --- the file ------------------------------------------------------------------------------------


def test_the_file_is_sound(made: BookResult) -> None:
    assert_sound(made.path)
    assert made.bytes == made.path.stat().st_size
    assert made.pages == len(pdfs.pages_of_words(made.path))


def test_it_is_tagged_named_and_in_a_language(made: BookResult, pdf: pikepdf.Pdf) -> None:
    assert pdf.Root.MarkInfo.Marked
    assert pdf.Root.ViewerPreferences.DisplayDocTitle
    assert str(pdf.Root.Lang) == "en"
    assert str(pdf.docinfo.Title) == "A narrative review: Ines Moreau"
    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf.Root.Metadata.read_bytes()
    kinds = pdfs.tags(pdf)
    assert kinds[0] == "Document"
    for kind in (
        "H1",
        "H2",
        "H3",
        "H4",
        "P",
        "Figure",
        "Table",
        "TH",
        "TD",
        "Link",
        "L",
        "LI",
        "Art",
        "BlockQuote",
    ):
        assert kind in kinds, kind
    assert kinds.count("Table") == 2


def test_every_picture_has_its_text(pdf: pikepdf.Pdf) -> None:
    pictures = [o for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and o.get("/S") == "/Figure"]
    texts = [str(picture.get("/Alt", "")) for picture in pictures]
    assert len(texts) == 1 + 3 + 1 + 2  # shelf, bands, trajectory, photographs
    assert all(texts)
    assert "A long hospital corridor with doors on the left, light at the end" in texts


def test_links_lead_somewhere_and_say_where(pdf: pikepdf.Pdf) -> None:
    at = pdfs.destinations(pdf)
    inside = [link for link in pdfs.links(pdf) if not link[1].startswith("http")]
    assert len(inside) > 30
    for page, target, words in inside:
        assert target in at, (page, target)
        assert words
    assert "The daughter in the corridor" in {words for _page, _target, words in inside}
    outside = {target for _page, target, _words in pdfs.links(pdf)} - set(at)
    assert outside == {"https://guidelines.example.org/acute/2021/communication/relatives/breaking-news.html"}


def test_bookmarks_hold_parts_stages_and_entries(pdf: pikepdf.Pdf, ines: Portfolio) -> None:
    marks = pdfs.bookmarks(pdf)
    assert marks[0] == (0, "A narrative review")
    assert (0, "Newcomer") in marks
    for entry in ines.entries:
        assert (1, entry.title or "2 October 2020") in marks


def test_fonts_are_embedded_and_subset(made: BookResult) -> None:
    used = pdfs.fonts(made.path)
    assert all(embedded and subset for _name, embedded, subset in used)
    names = " ".join(name for name, _embedded, _subset in used)
    for face in ("Book-Serif", "Book-Sans", "Book-Display-Light", "Noto-Serif-CJK-SC", "Noto-Sans-CJK-SC"):
        assert face in names


def test_the_same_portfolio_gives_the_same_bytes(made: BookResult, ines: Portfolio, folder: Path) -> None:
    again = write_book(ines, folder / "again.pdf")
    assert again.sha256 == made.sha256


def test_progress_only_rises(made: BookResult, heard: list[tuple[int, int, str]]) -> None:
    assert [done for done, _total, _step in heard] == sorted(done for done, _total, _step in heard)
    assert {total for _done, total, _step in heard} == {100}
    assert heard[-1] == (100, 100, "bound")
    assert {"reading", "laid out"} <= {step for _done, _total, step in heard}


# --- other content -------------------------------------------------------------------------------


def test_a_chinese_book_is_chinese_throughout(folder: Path) -> None:
    ines = reviews.review(folder, "zh")
    made = write_book(ines, folder / "zh.pdf")
    text = pdfs.squeezed(pdfs.text_of(made.path))
    for entry in ines.entries:
        for paragraph in entry.body.split("\n\n"):
            assert pdfs.squeezed(paragraph) in text
    with pikepdf.open(made.path) as pdf:
        assert str(pdf.Root.Lang) == "zh-Hans"
    names = [name for name, _embedded, _subset in pdfs.fonts(made.path)]
    assert not any("CJK-JP" in name or "CJK-KR" in name or "CJK-TC" in name for name in names)
    assert lonely_headings(made.path) == []


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_short_diary_is_a_book_too(count: int, folder: Path) -> None:
    entries = [books.entry(f"2022-09-0{n}", f"Day {n}", reviews.FIRST_DAY) for n in range(1, count + 1)]
    made = write_book(books.portfolio(entries), folder / f"short-{count}.pdf")
    text = pdfs.text_of(made.path)
    assert text.count("They gave me a list of names") == count
    assert "Stage" not in text
    assert made.pages == (5 if count == 0 else 6)


def test_a_photograph_whose_file_is_lost_leaves_its_words(folder: Path, ines: Portfolio) -> None:
    corridor = ines.entries[4]
    lost = replace(corridor.photographs[0], path=str(folder / "nowhere.jpg"))
    only = books.portfolio([replace(corridor, photographs=(lost,), stage=None, returned_to=())])
    text = " ".join(pdfs.text_of(write_book(only, folder / "lost.pdf").path).split())
    assert "its file is missing: A long hospital corridor with doors on the left" in text


# --- a real diary --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def nurse() -> Portfolio:
    if not books.NURSING_SISTER.is_dir():
        pytest.skip("no folder with real diaries (PORTFOLIO_TEST_DATA)")
    return books.nursing_sister()


@pytest.fixture(scope="module")
def long(nurse: Portfolio, folder: Path) -> BookResult:
    return write_book(nurse, folder / "nurse.pdf", limits=Limits(memory_mb=1500))


def test_a_real_diary_loses_no_word_and_keeps_its_order(long: BookResult, nurse: Portfolio) -> None:
    assert_every_word_in_order(long.path, [entry.html for entry in nurse.entries])


def test_a_real_diarys_contents_agree_with_its_pages(long: BookResult, nurse: Portfolio) -> None:
    assert_contents_agree(long.path, nurse)


def test_a_real_diary_is_sound_and_has_no_lonely_heading(long: BookResult, nurse: Portfolio) -> None:
    assert_sound(long.path)
    assert lonely_headings(long.path) == []
    assert 150 < long.pages < 200
    assert long.peak_mb < 400


def test_each_of_ten_stages_has_a_tab_of_its_own(nurse: Portfolio) -> None:
    css = stage_styles(Book(nurse), sheets(Layout())[0])
    tabs = [next(line for line in css.splitlines() if f"@page s{n} " in line) for n in range(1, 11)]
    assert 'content: "I"' in tabs[0] and 'content: "X"' in tabs[9]
    looks = {
        (re.search(r"background: (#\w+)", tab)[1], re.search(r"margin: (\d+)pt", tab)[1]) for tab in tabs
    }  # type: ignore[index]
    assert len({colour for colour, _top in looks}) == len({top for _colour, top in looks}) == 10


# --- limits ------------------------------------------------------------------------------------------


def test_a_book_that_is_too_large_leaves_the_former_one(ines: Portfolio, folder: Path) -> None:
    target = folder / "former.pdf"
    target.write_bytes(b"the former book")
    with pytest.raises(Stopped):
        write_book(ines, target, limits=Limits(memory_mb=200))
    assert target.read_bytes() == b"the former book"
    assert not list(folder.glob(".former.pdf*"))


def test_a_reader_who_gives_up_leaves_nothing(ines: Portfolio, folder: Path) -> None:
    def give_up(_done: int, _total: int, _step: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_book(ines, folder / "given-up.pdf", give_up)
    assert not list(folder.glob("*given-up*"))


def test_a_heavy_comment_load_keeps_every_word_and_every_title_company(
    nurse: Portfolio, folder: Path
) -> None:
    """Each entry of two stages gets up to five comments that quote a sentence of it."""
    chosen = random.Random(3)  # noqa: S311
    entries, number = [], 0
    for entry in nurse.entries[:54]:
        plain = re.sub(r"[*_>#\[\]()]", "", entry.body)
        sentences = [s for s in re.split(r"(?<=[.!?])\s+", plain) if 20 < len(s) < 160 and "\n" not in s]
        comments = []
        for sentence in chosen.sample(sentences, min(len(sentences), chosen.randint(0, 5))):
            number += 1
            text = f"begin{number} " + "horses " * chosen.randint(3, 45) + f"end{number}"
            comments.append(books.comment("Dr Amara Osei", "mentor", "2022-01-03", text, quoted=sentence))
        entries.append(replace(entry, comments=tuple(comments), tags=("night", "patients")))
    portfolio = books.portfolio(entries, nurse.stages[:2])
    made = write_book(portfolio, folder / "commented.pdf")
    text = pdfs.text_of(made.path)
    for n in range(1, number + 1):
        assert text.count(f"begin{n} ") == 1 and text.count(f"end{n}\n") == 1
    assert lonely_headings(made.path) == []
    assert overlaps(made.path) == []
    for words in pdfs.pages_of_words(made.path)[1:]:
        assert not [w for w in words if w.left > pdfs.TEXT_RIGHT and w.bottom > 765 and not w.text.isdigit()]


def test_an_entry_of_a_stage_that_is_not_shown_is_not_lost(nurse: Portfolio) -> None:
    book = Book(books.portfolio(nurse.entries[:54], nurse.stages[:2]))
    assert [len(section.entries) for section in book.sections] == [27, 22, 5]
    assert book.sections[-1].label == "Entries without a stage"

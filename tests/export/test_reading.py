"""How a book is read by those who follow its links or listen to it."""

from collections.abc import Iterator
from dataclasses import replace

import pikepdf
import pytest

from portfolio.domain import markup
from portfolio.domain.records import Portfolio
from portfolio.export import book_parts
from portfolio.export.book import write_book
from portfolio.export.book_parts import Planned
from portfolio.export.book_plan import Book
from tests.export import books, pdfs

LINKS = (
    "See [the coats](/entries/coats), [the same](https://diary.example.org/entries/coats?page=2),"
    " [another](/entries/elsewhere) and [its page](https://diary.example.org/entries/elsewhere)."
)


def diary() -> Portfolio:
    """Two entries that lead to each other, one that is in many languages, and one with comments beside it."""
    coats = books.entry("2022-01-10", "Coats", "Mine is too long.", public_id="coats")
    linked = books.entry("2022-02-10", "Looking back", LINKS, public_id="back")
    said = books.comment("Amara Osei", "mentor", "2022-02-12", "Compare [it](/entries/coats).")
    linked = replace(
        linked,
        html=markup.render(LINKS).html,
        comments=(replace(said, html=markup.render(said.body).html),),
    )
    spoken = books.entry(
        "2022-03-10",
        "Die Nachtschwester 看见",
        "She said 看见 and nothing else all night.\n\nOn the door stood שלום עולם in chalk.\n\n今日は and 한국어 and русский язык stand in one line.",
        language="en",
        public_id="spoken",
    )
    night = books.entry(
        "2022-04-10",
        "Night",
        "The lamp was out when I came up the stairs, and somebody had moved the chair. " * 3
        + "\n\nNobody asked who. We waited for the morning as one waits for a train. " * 3,
        public_id="night",
    )
    beside = (
        books.comment("Linda Osei", "mentor", "2022-04-12", "Which lamp?", quoted="The lamp was out"),
        books.comment("Linda Osei", "mentor", "2022-04-13", "Who was it?", quoted="Nobody asked who."),
    )
    return books.portfolio([coats, linked, spoken, replace(night, comments=beside)])


def planned(portfolio: Portfolio, title: str) -> Planned:
    book = Book(portfolio)
    number = [e.title for e in portfolio.entries].index(title)
    return [plan for plan in book_parts.body(book) if plan.shows][number]


def test_a_piece_depends_on_which_of_its_links_lead_into_the_book() -> None:
    whole = diary()
    without = replace(whole, entries=whole.entries[1:])
    assert planned(whole, "Looking back").shows != planned(without, "Looking back").shows
    assert planned(whole, "Night").shows == planned(without, "Night").shows
    assert '<a class="to" href="#e-coats">the coats</a>' in planned(whole, "Looking back").html()  # type: ignore[operator]
    assert "See the coats, " in planned(without, "Looking back").html()  # type: ignore[operator]


@pytest.fixture(scope="module")
def pdf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pikepdf.Pdf]:
    made = write_book(diary(), tmp_path_factory.mktemp("reading") / "book.pdf")
    with pikepdf.open(made.path) as opened:
        yield opened


@pytest.mark.heavy
def test_links_between_entries_lead_to_their_pages(pdf: pikepdf.Pdf) -> None:
    at = pdfs.destinations(pdf)
    found = [link for link in pdfs.links(pdf) if link[0] == at["e-back"]]
    assert [(target, words) for _page, target, words in found if target == "e-coats"] == [
        ("e-coats", "Coats")
    ] * 3
    assert {target for _page, target, _words in found} == {
        "e-coats", "https://diary.example.org/entries/elsewhere",
    }  # fmt: skip


@pytest.mark.heavy
def test_each_passage_names_its_own_language(pdf: pikepdf.Pdf) -> None:
    said = [(text, lang) for text, lang in pdfs.spoken_in(pdf) if not text.isspace()]
    whole = "".join(text for text, _lang in said)
    assert "Die Nachtschwester 看见" in whole
    assert {text.strip(): lang for text, lang in said if lang != "en"} == {
        "看见": "zh-Hans", "שלום עולם": "und", "今日は": "ja", "한국어": "ko", "русский язык": "und",
    }  # fmt: skip
    assert next(lang for text, lang in said if "Die Nachtschwester" in text) == "en"


@pytest.mark.heavy
def test_a_comment_in_the_margin_is_read_after_its_paragraph(pdf: pikepdf.Pdf) -> None:
    text = " ".join("".join(pdfs.spoken(pdf)).split())
    order = ["The lamp was out when", "Which lamp?", "Nobody asked who. We", "Who was it?"]
    places = [text.index(words, text.index("The lamp was out when")) for words in order]
    assert places == sorted(places)
    assert text.rindex("moved the chair.") < places[1]

"""What a student writes to stand before a document: in the book and in the site."""

from pathlib import Path

import pikepdf
import pytest

from portfolio.domain import diary, portfolios
from portfolio.domain.diary import Draft
from portfolio.domain.records import Choices, Portfolio
from portfolio.export import book_parts
from portfolio.export.book import write_book
from portfolio.export.book_plan import Book
from portfolio.export.site import write_site
from tests.conftest import NOW, People
from tests.export import books
from tests.export.pdfs import bookmarks, destinations, squeezed, text_of


@pytest.fixture
def portfolio(people: People) -> Portfolio:
    diary.keep_entry(people.mei, Draft(body="A quiet ward.", title="Quiet"), creation_key="a", now=NOW)
    choices = Choices(private=True, dedication="For those\nof ward seven", preface="I chose *these* nights.")
    return portfolios.freeze_edition(people.mei, choices, now=NOW)[1]


@pytest.mark.heavy
def test_a_book_has_dedication_and_preface_before_its_contents(portfolio: Portfolio, tmp_path: Path) -> None:
    made = write_book(portfolio, tmp_path / "book.pdf")
    with pikepdf.open(made.path) as pdf:
        titles = [title for _, title in bookmarks(pdf)]
        page = destinations(pdf)
    assert squeezed("For those of ward seven") in squeezed(text_of(made.path, 2))
    assert [titles.index(name) for name in ("Declaration", "Preface", "Contents")] == [
        1,
        2,
        3,
    ]  # after the cover
    assert squeezed("I chose these nights.") in squeezed(text_of(made.path, page["preface"]))
    assert "Preface" in text_of(made.path, page["preface"] + 1)


def test_a_site_begins_with_them(portfolio: Portfolio, tmp_path: Path) -> None:
    write_site(portfolio, tmp_path / "site")
    front = (tmp_path / "site" / "index.html").read_text("utf-8")
    assert "For those<br>of ward seven" in front
    assert '<h2 id="preface">Preface</h2>' in front and "I chose <em>these</em> nights." in front


def test_a_cover_says_each_name_once() -> None:
    def cover(programme: str, cohort: str) -> str:
        given = books.portfolio([], programme_name=programme, cohort_name=cohort, owner_name="Mei Lindqvist")
        html = book_parts.opening(Book(given))[0].html
        assert isinstance(html, str)
        return html

    assert "Nursing · 2020" in cover("Nursing", "2020")
    assert cover("Mei Lindqvist", "Mei Lindqvist").count("Mei Lindqvist") == 1
    assert cover("Nursing", "Nursing").count("Nursing") == 1

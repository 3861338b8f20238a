"""Who goes through the stages a second time finds both passes in the book and in the site."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from portfolio.domain.records import Language, Pass, Portfolio
from portfolio.export import book_parts
from portfolio.export.book_plan import Book
from portfolio.export.site import write_site
from tests.export import books


@pytest.fixture
def twice() -> Portfolio:
    """Months 1 to 9: a student, an intern, and from June a student again."""
    student = replace(
        books.stage(1, "Medical student", "2022-06-01"),
        passes=(Pass(1, dt.date(2022, 1, 1), dt.date(2022, 2, 28)), Pass(2, dt.date(2022, 6, 1), None)),
    )
    intern = replace(
        books.stage(2, "Intern", "2022-03-01", "2022-05-31"),
        passes=(Pass(1, dt.date(2022, 3, 1), dt.date(2022, 5, 31)),),
    )
    entries = [
        books.entry("2022-01-10", "A coat", "It is too long.", stage=student),
        books.entry("2022-04-10", "Nights", "They are short.", stage=intern),
        books.entry("2022-09-10", "A coat again", "It fits.", stage=student),
    ]
    return books.portfolio(entries, stages=(student, intern))


def in_language(portfolio: Portfolio, language: Language) -> Portfolio:
    return replace(portfolio, language=language)


def test_an_opener_tells_each_pass(twice: Portfolio) -> None:
    student, intern = Book(twice).sections
    assert student.dates() == [
        "First pass: 1 January to 28 February 2022, months 1 to 2",
        "Second pass: June to September 2022, months 6 to 9",
    ]
    assert intern.dates() == ["March to May 2022, months 3 to 5"]
    opener = book_parts.body(Book(twice))[0].html
    assert "months 1 to 2<br>Second pass" in opener
    assert student.period_name() == "January to September 2022"


def test_the_cover_tells_the_passes_where_there_are_several(twice: Portfolio) -> None:
    cover = book_parts.opening(Book(twice))[0].html
    assert "First pass: January to May 2022<br>Second pass: June to September 2022" in cover
    once = replace(twice, stages=tuple(replace(s, passes=s.passes[:1]) for s in twice.stages))
    assert "First pass" not in book_parts.opening(Book(once))[0].html


def test_a_chinese_book_tells_them_in_chinese(twice: Portfolio) -> None:
    assert Book(in_language(twice, "zh")).passes[1].startswith("第二轮：")


def test_the_site_tells_each_pass(twice: Portfolio, tmp_path: Path) -> None:
    site = write_site(twice, tmp_path / "site").path
    said = "First pass: January 2022 to February 2022 · Second pass: from June 2022"
    for page in (next(site.glob("stages/1-*.html")), site / "index.html"):
        assert said in page.read_text("utf-8")

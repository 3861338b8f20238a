"""The index of tags: every tag once, pages joined, columns that fit their page."""

import random
from dataclasses import replace

import pytest

from portfolio.domain.records import Layout
from portfolio.export.book_entries import anchor
from portfolio.export.book_index import COLUMNS, HEADING_LINES, SPARE_LINES, index_leaves
from portfolio.export.book_plan import Book
from tests.export import books


def book(*tags: tuple[str, ...]) -> Book:
    """A book of one entry a day with these tags."""
    entries = [
        books.entry(f"{2022 + n // 336}-{1 + n // 28 % 12:02}-{1 + n % 28:02}", f"Day {n}", "x", tags=t)
        for n, t in enumerate(tags)
    ]
    return Book(books.portfolio(entries))


def printed(made: Book, pages: dict[int, int]) -> list[tuple[str, str]]:
    """Tags with their pages, as they stand; `pages` by the number of the entry."""
    at = {anchor(e.public_id): pages.get(n, n + 10) for n, e in enumerate(made.portfolio.entries)}
    leaves = index_leaves(made, at)
    items = [item for leaf in leaves for column in leaf for item in column]
    return [(item["tag"], ", ".join(label for label, _anchor in item["pages"])) for item in items]


def test_a_page_is_named_once_and_pages_in_a_row_are_joined() -> None:
    made = book(*[("night",)] * 7)
    assert printed(made, {0: 8, 1: 8, 2: 9, 3: 10, 4: 14, 5: 15, 6: 20}) == [("night", "8–10, 14, 15, 20")]


def test_latin_comes_before_chinese_and_case_does_not_matter() -> None:
    made = book(("silence", "夜班", "Anatomy", "倾听", "body"))
    assert [tag for tag, _pages in printed(made, {})] == ["Anatomy", "body", "silence", "倾听", "夜班"]


def test_no_tags_no_index() -> None:
    assert index_leaves(book((), ()), {}) == []


def test_many_tags_fill_pages_of_three_columns_and_none_is_lost() -> None:
    tags = tuple(f"tag {n:03}" for n in range(400))
    made = book(tags)
    where = {anchor(made.portfolio.entries[0].public_id): 12}
    leaves = index_leaves(made, where)
    assert [item["tag"] for leaf in leaves for column in leaf for item in column] == list(tags)
    assert len(leaves) == 4
    for number, leaf in enumerate(leaves):
        assert len(leaf) <= COLUMNS
        room = 44 - (SPARE_LINES if number else HEADING_LINES)
        assert all(len(column) <= room for column in leaf)
    lengths = [len(column) for column in leaves[-1]]
    assert max(lengths) - min(lengths) <= 2


def test_a_tag_of_hundreds_of_pages_stands_there_again_instead_of_filling_a_column() -> None:
    made = book(*[("often",)] * 330)
    lines = printed(made, {n: 2 * n for n in range(330)})
    assert [tag for tag, _pages in lines] == ["often"] * 6
    assert ", ".join(pages for _tag, pages in lines) == ", ".join(str(2 * n) for n in range(330))


def test_a_tag_longer_than_a_column_has_a_place() -> None:
    made = book(
        (
            "a tag that somebody wrote as a whole sentence, and then another, without thinking of columns "
            * 20,
        ),
        ("b",),
    )
    assert len(printed(made, {})) == 2


@pytest.mark.heavy
@pytest.mark.parametrize("large", [False, True])
def test_an_index_of_thousands_of_pages_fits_its_leaves(large: bool) -> None:
    from portfolio.export import book_parts
    from portfolio.export.press import galleys_of, html_of

    chosen = random.Random(5)  # noqa: S311
    tags = ["night", "first ward", "asking", "值班", "Donaudampfschifffahrt", "what I would say now"]
    entries = [
        replace(books.entry("2022-09-01", f"Day {n}", "Words."), tags=tuple(chosen.sample(tags, 3)))
        for n in range(1200)
    ]
    layout = Layout(large=large)
    portfolio = books.portfolio(entries)
    portfolio = replace(portfolio, choices=replace(portfolio.choices, layout=layout))
    pages = {f"e-{entry.public_id}": chosen.randrange(1, 3500) for entry in entries}
    planned = [html_of(plan) for plan in book_parts.closing(Book(portfolio), pages)]
    assert len(planned) > 3
    assert len(galleys_of(layout).lay_out("en", planned)) == len(planned)  # refuses what does not fit a page

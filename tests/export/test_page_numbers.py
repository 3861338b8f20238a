"""How many pages a book is expected to have, and that its numbers of pages have room, however many."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pikepdf
import pytest

from portfolio.domain.records import Layout, Portfolio, Threshold
from portfolio.export import child
from portfolio.export.book import press_room, write_book
from portfolio.export.book_plan import Book
from portfolio.export.piece_store import PieceStore
from portfolio.export.press import Press
from tests.export import books, pdfs, reviews

LOOKS = [{}, {"paper": "letter"}, {"large": True}, {"beneath": True}, {"paper": "letter", "large": True}]


@pytest.fixture(scope="module")
def room() -> Iterator[child.Room]:
    made = press_room()
    yield made
    made.close()


def full_pages(count: int, folder: Path) -> Portfolio:
    """A diary of days that each fill ten pages with photographs; the last four are thresholds."""
    door = reviews.photograph(folder, "door", (400, 240), "A door")
    change = Threshold(("doing",), "Closed.", "Open.", "")
    first = dt.date(2020, 1, 1)
    days = [
        books.entry(
            (first + dt.timedelta(days=n)).isoformat(),
            f"Day {n}",
            f"The door on day {n}.",
            photographs=(door,) * 30,
        )
        for n in range(count // 10)
    ]
    days[-4:] = [replace(day, threshold=change) for day in days[-4:]]
    days[-1] = replace(days[-1], retells=days[-2].public_id)
    return books.portfolio(days)


def commented(folder: Path) -> Portfolio:
    """Forty days, each with a photograph or a comment or two, some long."""
    corridor = reviews.review(folder).entries[4].photographs
    days = []
    for n in range(40):
        said = tuple(
            books.comment("Dr Amara Osei", "mentor", "2022-10-20", "I read it twice. " * (3 + 11 * i + n % 9))
            for i in range(n % 3)
        )
        day = (dt.date(2022, 5, 1) + dt.timedelta(days=4 * n)).isoformat()
        text = "\n\n".join([reviews.CORRIDOR] * (1 + n % 2))
        days.append(books.entry(day, f"Day {n}", text, comments=said, photographs=corridor * (n % 2)))
    return books.portfolio(days)


@pytest.mark.heavy
@pytest.mark.parametrize("look", LOOKS, ids=lambda look: "-".join(look) or "plain")
@pytest.mark.parametrize("diary", ["commented", "review"])
def test_the_number_of_pages_is_foretold(
    look: dict[str, object], diary: str, tmp_path: Path, room: child.Room
) -> None:
    given = commented(tmp_path) if diary == "commented" else reviews.review(tmp_path)
    shown = replace(given, choices=replace(given.choices, layout=Layout(**look)))  # type: ignore[arg-type]
    made = write_book(shown, tmp_path / "book.pdf", room=room)
    assert Book(shown).pages_expected == pytest.approx(made.pages, rel=0.15)


def test_photographs_comments_and_larger_type_are_expected_to_need_room(tmp_path: Path) -> None:
    given = commented(tmp_path)
    expected = Book(given).pages_expected
    bare = [replace(e, photographs=(), comments=()) for e in given.entries]
    assert Book(replace(given, entries=tuple(bare))).pages_expected < 0.8 * expected
    large = replace(given, choices=replace(given.choices, layout=Layout(large=True)))
    assert Book(large).pages_expected > 1.3 * expected


def test_numbers_have_as_many_digits_as_the_book_needs(tmp_path: Path) -> None:
    assert [Book(full_pages(count, tmp_path)).digits for count in (60, 120, 1050)] == [2, 3, 4]


def crowded(path: Path, page: int) -> list[tuple[str, str]]:
    """Words of a page that stand on each other."""
    rows: dict[int, list[pdfs.Word]] = {}
    for word in pdfs.pages_of_words(path)[page - 1]:
        rows.setdefault(round(word.bottom), []).append(word)
    found = []
    for row in rows.values():
        ordered = sorted(row, key=lambda w: w.left)
        found += [(one.text, other.text) for one, other in pairwise(ordered) if other.left < one.right - 0.3]
    return found


def agreeing(path: Path, portfolio: Portfolio) -> None:
    """The trajectory and the notes name the pages on which things stand, and print nothing over it."""
    with pikepdf.open(path) as pdf:
        at = pdfs.destinations(pdf)
    last = [at[f"e-{e.public_id}"] for e in portfolio.entries[-4:]]
    table = "".join(pdfs.squeezed(pdfs.text_of(path, n)) for n in (at["trajectory"], at["trajectory"] + 1))
    assert ",".join(f"◆p.{page}" for page in last) in table
    for number in (at["trajectory"], last[-1], at["thresholds"], 3, 4):
        assert crowded(path, number) == [], number
    assert f"Retells the entry on p. {last[2]}" in " ".join(pdfs.text_of(path, last[3]).split())


@pytest.mark.heavy
def test_a_book_of_more_than_a_thousand_pages_has_room_for_its_numbers(tmp_path: Path) -> None:
    given = full_pages(1040, tmp_path)
    made = write_book(given, tmp_path / "thousand.pdf")
    assert made.pages > 1000
    agreeing(made.path, given)


@pytest.mark.heavy
def test_a_book_that_is_longer_than_was_guessed_makes_room(tmp_path: Path) -> None:
    given = full_pages(110, tmp_path)
    target = tmp_path / "longer.pdf"
    press = Press(Book(given, places=2), PieceStore(tmp_path / "kept"), lambda _step, _share: None, 0, 0)
    assert press.print(target) > 100
    agreeing(target, given)

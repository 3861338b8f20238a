"""Contents, index, bookmarks and references name the pages on which things stand, in a book of any length."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pikepdf
import pytest

from portfolio.domain.records import Portfolio, Threshold
from portfolio.export import child
from portfolio.export.book import press_room, write_book
from tests.export import books, pdfs
from tests.export.book_checks import contents_of

pytestmark = pytest.mark.heavy

TAGS = ("night", "ward", "silence", "relatives", "夜班")
STAGES = (
    books.stage(1, "Newcomer", "2020-01-01", "2020-06-30"),
    books.stage(2, "Intern", "2020-07-01", "2020-12-31"),
    books.stage(3, "Doctor", "2021-01-01", "2023-12-31"),
)


def diary(count: int) -> Portfolio:
    """Entries of a line each, a day apart; every fifth tells an earlier one again, every ninth is an event."""
    first, entries = dt.date(2020, 1, 1), []
    for n in range(count):
        day = first + dt.timedelta(n)
        stage = next(s for s in STAGES if s.ends_on and day <= s.ends_on)
        entries.append(
            books.entry(
                str(day),
                f"Entry {n}",
                f"The word of this day is only{n}here.",
                public_id=f"d{n}",
                stage=stage,
                tags=("often", TAGS[n % len(TAGS)]),
                retells=f"d{n - 5}" if n % 5 == 0 and n else None,
                returned_to=(f"d{n + 5}",) if n % 5 == 0 and n + 5 < count else (),
                threshold=Threshold(("being",), f"Before {n}", f"After {n}", "") if n % 9 == 4 else None,
            )
        )
    return books.portfolio(entries, STAGES)


@dataclass
class Made:
    portfolio: Portfolio
    path: Path
    pdf: pikepdf.Pdf
    at: dict[str, int]  # the page of each place
    pages: list[str]  # the words of each, from 1

    def page(self, n: int) -> int:
        return self.at[f"e-d{n}"]


@pytest.fixture(scope="module", params=[1, 10, 60, 600])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    portfolio = diary(request.param)
    path = tmp_path_factory.mktemp("agreement") / "book.pdf"
    room = child.Room("portfolio.export.book_child", "cold") if request.param < 60 else press_room()
    result = write_book(portfolio, path, room=room)
    room.close()
    assert (result.plain, result.nowhere) == (0, ())
    words = [" ".join(word.text for word in page) for page in pdfs.pages_of_words(path)]
    with pikepdf.open(path) as pdf:
        yield Made(portfolio, path, pdf, pdfs.destinations(pdf), ["", *words])


def test_each_entry_stands_on_the_page_that_its_name_leads_to(made: Made) -> None:
    for n in range(len(made.portfolio.entries)):
        assert f"only{n}here." in made.pages[made.page(n)]
        assert f"Entry {n} " in made.pages[made.page(n)]


def test_the_contents_name_each_page(made: Made) -> None:
    lines = [(page, title) for page, title in contents_of(made.path) if title.startswith("Entry")]
    entries = range(len(made.portfolio.entries))
    assert lines == [(made.page(n), f"Entry{n}") for n in entries]


def test_the_bookmarks_lead_to_each_page_in_order(made: Made) -> None:
    marks = [(title, page) for title, page in pdfs.bookmarked(made.pdf) if title.startswith("Entry ")]
    entries = [(f"Entry {n}", made.page(n)) for n in range(len(made.portfolio.entries))]
    assert marks[: len(entries)] == entries
    events = [f"Entry {n}" for n, e in enumerate(made.portfolio.entries) if e.threshold]
    assert [title for title, _page in marks[len(entries) :]] == events


def test_the_index_names_exactly_the_pages_of_each_tag(made: Made) -> None:
    text = "".join(pdfs.spoken(made.pdf))
    index = text[text.rindex("Index of tags") :]
    for tag in ("often", *TAGS):
        wanted = {made.page(n) for n, e in enumerate(made.portfolio.entries) if tag in e.tags}
        named: set[int] = set()
        for listed in re.findall(rf"{tag}[\s\u2003]*((?:\d+(?:–\d+)?(?:,\s*)?)+)", index):
            for run in re.findall(r"(\d+)(?:–(\d+))?", listed):
                named |= set(range(int(run[0]), int(run[1] or run[0]) + 1))
        assert named == wanted, tag


def test_what_was_told_again_names_the_page(made: Made) -> None:
    for n, entry in enumerate(made.portfolio.entries):
        if entry.returned_to:
            assert f"Returned to on p. {made.page(n + 5)}" in made.pages[made.page(n)]
        if entry.retells:
            assert f"Retells the entry on p. {made.page(n - 5)}" in made.pages[made.page(n)]


def test_every_link_leads_to_a_place(made: Made) -> None:
    targets = [target for _page, target, _words in pdfs.links(made.pdf)]
    assert len(targets) >= len(made.portfolio.entries)
    assert set(targets) <= set(made.at)

"""The index of tags: three columns a page, each tag with its pages."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from portfolio.export.book_entries import anchor
from portfolio.export.book_plan import Book
from portfolio.export.looks import LARGER, LINE, sheets

COLUMNS = 3
HEADING_LINES, SPARE_LINES = 7, 1  # that the first page of the index needs for its heading; that none fills
COLUMN, HANGING = 147.0, 15.0  # the width of a column, and how far lines after the first are moved in; points
LETTER, IDEOGRAPH, GAP = 6.0, 11.0, 11.0  # widths in a tag, and between it and its pages; points
DIGIT, COMMA = 4.6, 5.5  # widths in numbers of pages; points
PAGES_MOST = 60  # behind a tag; what is more stands behind the tag once more, so that columns can end


def index_leaves(book: Book, pages: Mapping[str, int]) -> list[list[list[dict[str, Any]]]]:
    """The index as pages of three columns of items, each tag with its pages, each page once."""
    places: defaultdict[str, dict[int, str]] = defaultdict(dict)
    for entry in book.portfolio.entries:
        for tag in entry.tags:
            where = anchor(entry.public_id)
            places[tag].setdefault(pages[where], where)
    items: list[dict[str, Any]] = [
        {"tag": tag, "pages": some}
        for tag, found in sorted(places.items(), key=lambda item: _order(item[0]))
        for some in _batched(_runs(found), PAGES_MOST)
    ]
    layout = book.portfolio.choices.layout
    larger = LARGER if layout.large else 1.0
    full = int(sheets(layout)[0].text_height / LINE / larger + 0.01)
    sizes = [
        _lines(item["tag"], [label for label, _where in item["pages"]], COLUMN / larger) for item in items
    ]
    leaves: list[list[list[dict[str, Any]]]] = []
    start = 0
    while start < len(items):
        room = full - (SPARE_LINES if leaves else HEADING_LINES)
        end = _fill(sizes, start, room)
        # The last page's columns are made equally long
        height = next(h for h in range(1, room + 1) if h == room or _fill(sizes, start, h) >= end)
        columns, at = [], start
        for _column in range(COLUMNS):
            stop = _column_end(sizes, at, height, end)
            columns.append(items[at:stop])
            at = stop
        leaves.append([column for column in columns if column])
        start = max(at, start + 1)
    return leaves


def _runs(found: Mapping[int, str]) -> list[tuple[str, str]]:
    """Pages with their anchors; three or more in a row are joined: "12–15"."""
    runs: list[list[int]] = []
    for page in sorted(found):
        if runs and page == runs[-1][-1] + 1:
            runs[-1].append(page)
        else:
            runs.append([page])
    out = []
    for run in runs:
        if len(run) > 2:
            out.append((f"{run[0]}–{run[-1]}", found[run[0]]))
        else:
            out += [(str(page), found[page]) for page in run]
    return out


def _batched(pages: Sequence[tuple[str, str]], size: int) -> Iterator[Sequence[tuple[str, str]]]:
    """The pages in groups of at most `size`."""
    for at in range(0, len(pages), size):
        yield pages[at : at + size]


def _lines(tag: str, labels: Sequence[str], width: float) -> int:
    """How many lines a tag takes with its pages, in a column of this width; a line more rather than less."""
    lines, used = 1, 0.0
    words = [sum(IDEOGRAPH if c > "\u2e7f" else LETTER for c in word) + LETTER for word in tag.split()]
    words[-1:] = [words[-1] - LETTER + GAP] if words else []
    for wide in [*words, *(len(label) * DIGIT + COMMA for label in labels)]:
        room = width if lines == 1 else width - HANGING
        if used and used + wide > room:
            lines += 1
            used, room = 0.0, width - HANGING
        used += wide
        if used > room:  # a word that is broken
            lines += int(used / room)
            used %= room
    return lines


def _fill(sizes: Sequence[int], start: int, height: int) -> int:
    for _column in range(COLUMNS):
        start = _column_end(sizes, start, height, len(sizes))
    return start


def _column_end(sizes: Sequence[int], at: int, height: int, end: int) -> int:
    """Where a column that begins with item `at` ends: as many items as fit, and at least one."""
    used, first = 0, at
    while at < end and (used + sizes[at] <= height or at == first):
        used += sizes[at]
        at += 1
    return at


def _order(tag: str) -> tuple[bool, bytes]:
    """Latin first; Chinese after it by pronunciation, which GB 18030 keeps for common characters."""
    folded = tag.casefold()
    return folded[0] > "\u2e7f", folded.encode("gb18030", "replace")

"""The process that makes one book; started by `book.write_book`, and never imported elsewhere."""

import gc
from pathlib import Path
from typing import Any

from portfolio.domain.records import Portfolio
from portfolio.export import child

# Of the whole time, when that step is done; measured with a book of 178 pages
LAID_OUT, PAINTED = 0.6, 0.86


def make(payload: tuple[Portfolio, str], say: Any) -> child.Message:
    """Makes the book, and says which share of the work is done."""
    gc.disable()  # a book lives until the process ends; looking for garbage in it costs a tenth
    portfolio, target = payload
    say({"step": "reading", "pages": 0, "of": 0, "share": 0.0})
    from portfolio.export.book_plan import Book
    from portfolio.export.press import Press

    book = Book(portfolio)
    expected = book.pages_expected

    def told(step: str, pages: int) -> None:
        nonlocal expected
        if step == "laid out":
            expected = max(expected, pages + 1)
            share = LAID_OUT * pages / expected
        elif step == "painted":
            expected = press.sheets
            share = LAID_OUT + (PAINTED - LAID_OUT) * pages / expected
        else:
            share = PAINTED
        say({"step": step, "pages": pages, "of": expected, "share": share})

    press = Press(book, told)
    pages = press.print(Path(target))
    return {"pages": pages}


if __name__ == "__main__":
    child.serve(make)

"""The process that makes one book; started by `book.write_book`, and never imported elsewhere."""

import gc
from pathlib import Path
from typing import Any

from portfolio.domain.records import Portfolio
from portfolio.export import child

SHARE_OF_LAYOUT = 0.6  # of the time that a page takes; painting is the rest


def make(payload: tuple[Portfolio, str], say: Any) -> child.Message:
    """Makes the book and tells how many of its pages are done, in hundredths of a page."""
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
            share = SHARE_OF_LAYOUT * pages / expected
        else:
            expected = press.sheets
            share = SHARE_OF_LAYOUT + (1 - SHARE_OF_LAYOUT) * pages / expected
        say({"step": step, "pages": pages, "of": expected, "share": share})

    press = Press(book, told)
    pages = press.print(Path(target))
    return {"pages": pages}


if __name__ == "__main__":
    child.serve(make)

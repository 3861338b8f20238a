"""The process that makes books; started by `book.write_book`, and never imported elsewhere."""

import gc
import hashlib
import os
import pickle
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from portfolio.domain.records import Portfolio
from portfolio.export import child

PATIENCE = 15  # of 19: how far work that nobody waits for lets the rest go first
LAID_OUT = 90  # hundredths of the work that are done when everything is laid out


def prepare() -> None:
    """Loads all that a book needs before anybody waits for one; not where one book is all ("cold")."""
    if "patient" in sys.argv[1:]:
        os.nice(PATIENCE)
    gc.disable()  # a book lives until its process ends; looking for garbage in it costs a tenth
    if "cold" not in sys.argv[1:]:
        with suppress(child.LibraryMissing):  # which is told to whoever asks for a book
            load()
            from portfolio.export.rehearsal import rehearse

            rehearse()
            gc.collect()
    gc.freeze()


def load() -> None:
    """Loads WeasyPrint, which looks for Pango as it is imported. Raises LibraryMissing."""
    try:
        from portfolio.export import press
    except (ImportError, OSError):
        raise child.LibraryMissing from None
    press.engine()


def make(payload: tuple[Portfolio, str, str, int, str], say: Any) -> child.Message:
    """Makes the book, or without a target its pieces alone; says which share of the work is done.

    Raises LibraryMissing, OSError.
    """
    load()
    from portfolio.export.book_plan import Book
    from portfolio.export.piece_store import PieceStore
    from portfolio.export.press import Press

    portfolio, target, kept, memory_mb, attached = payload
    store = PieceStore(Path(kept))
    if not target:
        press = Press(Book(portfolio), store, lambda step, _share: say({"step": step}), memory_mb, 1)
        press.compose()
        return {"pages": 0, "plain": press.plain, "laid_out": press.laid_out}
    key = "" if attached else whole_key(portfolio)
    if key and (pages := store.whole(key, Path(target))):
        return {"pages": pages, "plain": [], "laid_out": 0}
    say({"step": "reading", "share": 0.0})
    reached = 0.0

    def told(step: str, hundredths: int) -> None:
        nonlocal reached
        reached = max(reached, hundredths * LAID_OUT / 10_000 if step == "laid out" else LAID_OUT / 100)
        say({"step": step, "share": reached})

    press = Press(Book(portfolio), store, told, memory_mb)
    pages = press.print(Path(target), Path(attached) if attached else None)
    if key and not press.plain:
        store.keep_whole(key, Path(target), pages)
    return {
        "pages": pages, "plain": press.plain, "laid_out": press.laid_out, "nowhere": press.nowhere,
    }  # fmt: skip


def whole_key(portfolio: Portfolio) -> str:
    """Tells one finished book from another: all that it shows, and what makes it."""
    from portfolio.export.press import engine

    digest = hashlib.sha256()
    pickler = pickle.Pickler(SimpleNamespace(write=digest.update), 5)
    pickler.dump((engine(), replace(portfolio, entries=())))
    for entry in portfolio.entries:  # one by one, in the memory that one takes
        pickler.clear_memo()
        pickler.dump((entry, [Path(p.path).is_file() for p in entry.photographs]))
    return digest.hexdigest()


if __name__ == "__main__":
    child.serve(prepare, make)

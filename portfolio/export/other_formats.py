"""The formats besides book, site and archive, by the names that jobs and commands have for them."""

from dataclasses import dataclass
from pathlib import Path

from portfolio.domain.records import Portfolio
from portfolio.export.files import Progress, no_progress

SUFFIX = {"epub": ".epub", "leap2a": ".zip", "json": ".json", "csv": ".zip"}
MEDIA_TYPE = {".epub": "application/epub+zip", ".json": "application/json"}
WITH_DRAFTS = ("leap2a",)  # what another portfolio goes on with


@dataclass(frozen=True, slots=True)
class Written:
    path: Path
    pages: int  # of an EPUB; 0 for the others
    missing: tuple[str, ...]  # ids of photographs whose file is not there any more


def write(kind: str, portfolio: Portfolio, target: Path, progress: Progress = no_progress) -> Written:
    """Writes one of `SUFFIX` to `target`, whole or not at all. Raises OSError."""
    if kind == "epub":
        from portfolio.export.epub import write_epub

        book = write_epub(portfolio, target, progress)
        return Written(book.path, book.pages, book.missing)
    if kind == "leap2a":
        from portfolio.export.leap2a import write_leap2a

        feed = write_leap2a(portfolio, target, progress)
        return Written(feed.path, 0, feed.missing)
    from portfolio.export.data import write_csv, write_json

    made = (write_json if kind == "json" else write_csv)(portfolio, target, progress)
    return Written(made.path, 0, ())

"""Making one document: by what export, under which name, within which limits."""

import datetime as dt
import pathlib
from dataclasses import dataclass
from typing import Protocol

from portfolio.config import Settings
from portfolio.domain import portfolios, records
from portfolio.domain.records import Choices, Viewer
from portfolio.domain.text import safe_filename
from portfolio.export import book, other_formats, piece_store
from portfolio.export.child import Room
from portfolio.store.fields import new_public_id

KINDS = ("book", "site", "archive", *other_formats.SUFFIX)
NAMELESS = 10  # letters and digits of a file name that says nothing
SUFFIX = {
    "book": ".pdf",
    "site": ".zip",
    "archive": ".zip",
    "cohort": ".zip",
    "cohort-site": ".zip",
} | other_formats.SUFFIX
MEDIA_TYPE = {".pdf": "application/pdf", ".zip": "application/zip"} | other_formats.MEDIA_TYPE


class Progress(Protocol):
    """Told how far the work is: so many of so many (0: not known), and in which step."""

    def __call__(self, done: int, total: int, step: str = "") -> None: ...


class Cancelled(Exception):
    """The job's owner no longer wants it."""


MANY_PIECES = 500  # that one book adds: some ten megabytes
PLAIN_REMEDY = "Make those entries simpler, or part them into several, and create the book again."


@dataclass(frozen=True, slots=True)
class Made:
    """A document that was written."""

    path: pathlib.Path
    size: int  # bytes
    pages: int  # of a book or site; 0 for an archive
    figures: dict[str, float]  # what its making took, where the export says so
    problem: str = ""  # what went wrong with a part of it

    @property
    def plain(self) -> int:
        """Parts of a book that could not be typeset and stand there in plain words."""
        return int(self.figures.get("plain", 0))


def pieces_folder(settings: Settings) -> pathlib.Path:
    """Where laid-out pieces of books are kept; emptying it costs time and nothing else."""
    return settings.instance / "pieces"


def plain_problem(count: int) -> str:
    """What to say of a book in which so many parts could not be typeset; "" where all could."""
    if not count:
        return ""
    parts = "One part of this book" if count == 1 else f"{count} parts of this book"
    return f"{parts} could not be typeset and can be read there in plain words. {PLAIN_REMEDY}"


def bound_pieces(settings: Settings, laid_out: int) -> None:
    """After many new pieces, see at once that they take no more of the disk than they may."""
    if laid_out >= MANY_PIECES:
        piece_store.sweep(pieces_folder(settings), settings.pieces_mb)


def limits_of(settings: Settings) -> book.Limits:
    """What making one book may take."""
    return book.Limits(memory_mb=settings.export_memory_mb, wall_s=settings.export_seconds)


def make(
    viewer: Viewer,
    kind: str,
    portfolio: records.Portfolio,
    target: pathlib.Path,
    settings: Settings,
    progress: Progress,
    room: Room | None = None,
) -> Made:
    """Write one document of the viewer's to `target`, whole or not at all. `room`: a process for books."""
    if kind == "book":
        limits = limits_of(settings)
        made = book.write_book(portfolio, target, progress, limits, pieces_folder(settings), room)
        bound_pieces(settings, made.laid_out)
        told = ("wall_s", "cpu_s", "peak_mb", "plain", "laid_out")
        return Made(
            made.path,
            made.bytes,
            made.pages,
            {name: getattr(made, name) for name in told},
            plain_problem(made.plain),
        )
    if kind in ("site", "cohort-site"):
        from portfolio.export import site

        reader = viewer.name if kind == "cohort-site" else ""
        done = site.write_site(portfolio, target, progress, reader=reader)
        counts = {"files": done.files, "written": done.written, "removed": done.removed}
        return Made(done.path, _size(done.path, done.bytes), done.pages, dict(counts))
    if kind in other_formats.SUFFIX:
        other = other_formats.write(kind, portfolio, target, progress)
        return Made(other.path, _size(other.path, 0), other.pages, {})
    from portfolio.export import archive

    packed = archive.write_archive(portfolio, target, portfolios.edition_files(viewer), progress)
    return Made(packed.path, _size(packed.path, packed.bytes), 0, {})


def _size(path: pathlib.Path, inside: int) -> int:
    """Bytes of what was written: of a zip as it is downloaded, of a folder all that is in it."""
    return path.stat().st_size if path.is_file() else inside


def portfolio_for(viewer: Viewer, kind: str, choices: Choices, *, now: dt.datetime) -> records.Portfolio:
    """What a document holds; a book's is in its edition.

    An archive of one's own has drafts and revisions too, a file for another portfolio has drafts, if private
    entries are asked for. Raises Invalid.
    """
    portfolios.check_document(kind, choices)
    whole = (kind == "archive" and choices.variant == "own") or (
        kind in other_formats.WITH_DRAFTS and choices.private
    )
    return portfolios.select(viewer, choices, now=now, whole=whole)


def telling_name(portfolio: records.Portfolio, kind: str) -> str:
    """A file name that says whose it is and what: Sun-Yi-portfolio-edition-3.pdf; anonymised, nothing."""
    if portfolio.anonymised:
        return nameless(SUFFIX[kind])
    if kind == "book":
        return edition_name(portfolio.owner_name, portfolio.edition)
    return f"{name_part(portfolio.owner_name)}-{kind}-{portfolio.made_at.date().isoformat()}{SUFFIX[kind]}"


def edition_name(owner_name: str, number: int, variant: str = "own") -> str:
    """The file name of an edition. An anonymised one has another with each call."""
    if variant == "anonymised":
        return nameless(SUFFIX["book"])
    return f"{name_part(owner_name)}-portfolio-edition-{number}{SUFFIX['book']}"


def nameless(suffix: str) -> str:
    """A file name of random letters and digits, which says nothing: k7mdwq3xab.pdf."""
    return f"{new_public_id()[:NAMELESS]}{suffix}"


def name_part(name: str) -> str:
    """A person's or cohort's name as it stands in file names."""
    return safe_filename(name.replace(" ", "-"))

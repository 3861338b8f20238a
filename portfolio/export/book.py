"""The narrative-review PDF: a student's portfolio as a book.

It is made in a process of its own (`child`), under limits, with nothing to fetch but what is on
its shelf (`shelf`), and appears under its name when it is whole.
"""

import hashlib
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from portfolio.domain.records import Portfolio
from portfolio.export import child
from portfolio.export.child import LibraryMissing, Limits, Stopped, TookTooLong, TooLarge
from portfolio.export.files import whole_file

__all__ = [
    "BookResult", "LibraryMissing", "Limits", "Stopped", "TooLarge", "TookTooLong", "write_book",
]  # fmt: skip

Progress = Callable[[int, int, str], None]
MODULE = "portfolio.export.book_child"
STEPS = 100  # what `progress` counts: hundredths of the whole


class AttachmentTooLarge(TooLarge):
    """The open archive of these entries is larger than %(most)s MB and cannot be attached to a book. Make the archive by itself, or choose fewer entries."""  # noqa: E501

    code = "attachment-too-large"


@dataclass(frozen=True, slots=True)
class BookResult:
    path: Path
    pages: int
    bytes: int
    sha256: str  # hex
    wall_s: float
    cpu_s: float  # of the child and of those that it started
    peak_mb: float  # of memory that was resident in the largest of them
    laid_out: int = 0  # pieces that were not kept yet
    plain: int = 0  # pieces that could not be laid out and stand there as plain text
    nowhere: tuple[str, ...] = ()  # what links lead to and is not in the book; they are left out


def no_progress(done: int, total: int, step: str) -> None:
    """The listener of those who do not ask."""


def press_room(patient: bool = False) -> child.Room:
    """A process for books, not started yet, which takes two seconds to be warm. Whoever asks closes it.

    `patient`: it lets everything else on the machine go first.
    """
    return child.Room(MODULE, *(["patient"] if patient else []))


def write_book(
    portfolio: Portfolio,
    target: Path,
    progress: Progress = no_progress,
    limits: Limits = Limits(),  # noqa: B008
    kept: Path | None = None,
    room: child.Room | None = None,
) -> BookResult:
    """Writes the book of a portfolio to `target`; the same portfolio gives the same bytes.

    `kept`: a folder of pieces that were laid out before (see `piece_store`); without one, all is
    laid out. `room`: one that `press_room` gave, which is warm after its first book. `progress` is
    called at least once a second with hundredths done, 100, and the step: "reading", "laid out" or
    "bound". What it raises stops the making. Until the book is whole a file of that name stays as
    it was. Raises TookTooLong, TooLarge, LibraryMissing, Stopped (each a DomainError), OSError.
    """
    began = time.monotonic()

    def heard(message: child.Message) -> None:
        progress(min(int(message["share"] * STEPS), STEPS - 1), STEPS, message["step"])

    own = room or child.Room(MODULE, "cold")
    with whole_file(target) as stream, tempfile.TemporaryDirectory(prefix="portfolio-") as nowhere:
        attached = ""
        if portfolio.choices.layout.attach:
            attached = str(_attachment(portfolio, Path(nowhere), limits))
        payload = (portfolio, stream.name, str(kept or nowhere), limits.memory_mb, attached)
        try:
            answer = own.run(payload, limits, heard)
        finally:
            if own is not room:
                own.close()
    with open(target, "rb") as whole:
        digest = hashlib.file_digest(whole, "sha256").hexdigest()
    progress(STEPS, STEPS, "bound")
    return BookResult(
        path=target,
        pages=answer["pages"],
        bytes=target.stat().st_size,
        sha256=digest,
        wall_s=time.monotonic() - began,
        cpu_s=answer["cpu_s"],
        peak_mb=answer["peak_mb"],
        laid_out=answer["laid_out"],
        plain=len(answer["plain"]),
        nowhere=tuple(answer.get("nowhere", ())),
    )


def _attachment(portfolio: Portfolio, folder: Path, limits: Limits) -> Path:
    """The archive of what the book holds; it may take half of the book's room. Raises TooLarge, OSError.

    Photographs are most of it and known beforehand, so that nobody waits for what is refused.
    """
    from portfolio.export.archive import write_archive  # loads what sites are made with

    most = limits.file_mb // 2
    paths = {Path(p.path) for e in portfolio.entries for p in e.photographs}
    size = sum(path.stat().st_size for path in paths if path.is_file())
    target = folder / "archive.zip"
    if size <= most * child.MB:
        write_archive(portfolio, target)
        size = target.stat().st_size
    if size > most * child.MB:
        raise AttachmentTooLarge(most=most)
    return target


def warm(portfolio: Portfolio, progress: Progress, limits: Limits, kept: Path, room: child.Room) -> int:
    """Lays out what is missing of the book of a portfolio, and binds nothing; returns how many pieces.

    The arguments are those of `write_book`, whose turn is then short. Raises what it raises.
    """

    def heard(message: child.Message) -> None:
        progress(0, STEPS, message["step"])

    answer = room.run((portfolio, "", str(kept), limits.memory_mb, ""), limits, heard)
    return int(answer["laid_out"])

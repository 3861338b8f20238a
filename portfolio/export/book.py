"""The narrative-review PDF: a student's portfolio as a book.

It is made in a process of its own (`child`), under limits, with nothing to fetch but what is on
its shelf (`shelf`), and appears under its name when it is whole.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from portfolio.domain.records import Portfolio
from portfolio.export import child
from portfolio.export.child import Limits, Stopped, TookTooLong, TooLarge
from portfolio.export.files import whole_file

__all__ = ["BookResult", "Limits", "Stopped", "TooLarge", "TookTooLong", "write_book"]

Progress = Callable[[int, int, str], None]
STEPS = 100  # what `progress` counts: hundredths of the whole


@dataclass(frozen=True, slots=True)
class BookResult:
    path: Path
    pages: int
    bytes: int
    sha256: str  # hex
    wall_s: float
    cpu_s: float  # of the child
    peak_mb: float  # of memory that was resident in the child


def no_progress(done: int, total: int, step: str) -> None:
    """The listener of those who do not ask."""


def write_book(
    portfolio: Portfolio,
    target: Path,
    progress: Progress = no_progress,
    limits: Limits = Limits(),  # noqa: B008
) -> BookResult:
    """Writes the book of a portfolio to `target`; the same portfolio gives the same bytes.

    `progress` is called at least once a second with hundredths done, 100, and the step: "reading",
    "laid out", "painted" or "bound". What it raises stops the making. Until the book is whole a file of that
    name stays as it was. Raises TookTooLong, TooLarge, Stopped (each a DomainError), OSError.
    """
    began = time.monotonic()

    def heard(message: child.Message) -> None:
        progress(min(int(message["share"] * STEPS), STEPS - 1), STEPS, message["step"])

    with whole_file(target) as stream:
        answer = child.run("portfolio.export.book_child", (portfolio, stream.name), limits, heard)
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
    )

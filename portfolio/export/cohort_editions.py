"""The editions of a cohort: made two at a time, each by itself, then put into one zip or folder with a list.

What fails is named with its reason and keeps nobody else's from being made. What is there already
is not made again, so a run that was broken off goes on where it was.
"""

import csv
import io
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from portfolio.domain.errors import DomainError
from portfolio.domain.text import safe_filename
from portfolio.export.files import FolderSink, Sink, ZipSink, whole_file

AT_ONCE = 2
TOLD_EVERY = 0.5  # seconds between two notes of progress
MANIFEST, NOT_MADE = "manifest.csv", "not-made.csv"
NotYet = tuple[str, str]  # sign-in name and name of who has submitted nothing
UNFORESEEN = "Something went wrong while writing it. Try again; nothing is lost."


class Progress(Protocol):
    """Hears how many of how many, and in which step."""

    def __call__(self, done: int, total: int, step: str = "") -> None: ...


@dataclass(frozen=True, slots=True)
class Member:
    """Whose edition is wanted. `number`: of the edition; 0 where it is numbered only when it is made."""

    login: str
    name: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """One member's edition, or why there is none."""

    member: Member
    number: int = 0
    path: Path | None = None
    pages: int = 0
    remark: str = ""  # what is to be known of an edition that is there
    problem: str = ""  # a sentence; never the text of an error that nobody foresaw

    @property
    def file_name(self) -> str:
        """“Wang-Mei-mei-edition-3.pdf”: two people may have the same name."""
        name = safe_filename(self.member.name.replace(" ", "-"))
        return f"{name}-{self.member.login}-edition-{self.number}.pdf"


def make_editions(
    members: Sequence[Member],
    make: Callable[[Member, threading.Event], Outcome],
    progress: Progress,
    at_once: int = AT_ONCE,
) -> list[Outcome]:
    """Calls `make` for each member, some at once in threads; gives what came of it, in their order.

    `progress` hears editions done, all, and "editions", at least each second; what it raises stops
    the work: the event that `make` gets is set then. `make` may raise anything.
    """
    stopped = threading.Event()
    found: dict[Member, Outcome] = {}

    def attempt(member: Member) -> None:
        if not stopped.is_set():
            try:
                found[member] = make(member, stopped)
            except DomainError as refusal:
                found[member] = Outcome(member, problem=str(refusal))
            except Exception:  # one member's trouble is not the others'
                found[member] = Outcome(member, problem=UNFORESEEN)

    progress(0, len(members), "editions")
    with ThreadPoolExecutor(at_once, thread_name_prefix="edition") as pool:
        waiting: set[Future[None]] = {pool.submit(attempt, member) for member in members}
        try:
            while waiting:
                _, waiting = wait(waiting, TOLD_EVERY, FIRST_COMPLETED)
                progress(len(found), len(members), "editions")
        except BaseException:
            stopped.set()
            raise
    return [found[member] for member in members]


def write_zip(outcomes: Sequence[Outcome], not_yet: Sequence[NotYet], target: Path, base: str) -> int:
    """Writes the editions and the lists into a zip, whole or not at all. Gives its bytes. Raises OSError."""
    with whole_file(target) as stream, ZipSink(stream, base) as zipped:
        _write(zipped, outcomes, not_yet)
    return target.stat().st_size


def write_folder(outcomes: Sequence[Outcome], not_yet: Sequence[NotYet], target: Path) -> int:
    """Writes the editions and the lists into a folder; what is there with these bytes is left alone.

    Gives the bytes of all. Raises OSError.
    """
    target.mkdir(parents=True, exist_ok=True)
    folder = FolderSink(target)
    _write(folder, outcomes, not_yet)
    if not not_yet and not any(o.problem for o in outcomes):
        (target / NOT_MADE).unlink(missing_ok=True)  # of a run before
    return folder.size


def _write(sink: Sink, outcomes: Sequence[Outcome], not_yet: Sequence[NotYet]) -> None:
    rows = [["file", "name", "sign-in name", "edition", "pages", "bytes", "sha256", "remark"]]
    for one in outcomes:
        if one.path is not None:
            size = one.path.stat().st_size
            digest = sink.add(one.file_name, one.path)
            cells = (one.number, one.pages, size, digest, one.remark)
            rows.append([one.file_name, one.member.name, one.member.login, *map(str, cells)])
    sink.add(MANIFEST, _table(rows))
    failed = [[o.member.name, o.member.login, o.problem] for o in outcomes if o.problem]
    missing = [[name, login, "Has submitted no edition."] for login, name in not_yet]
    if failed or missing:
        sink.add(NOT_MADE, _table([["name", "sign-in name", "why"], *failed, *missing]))


def _table(rows: Sequence[Sequence[str]]) -> bytes:
    """CSV that spreadsheets read as text: with a BOM, and no cell that they would take for a formula."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(
        [f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell for cell in row]
        for row in rows
    )
    return b"\xef\xbb\xbf" + out.getvalue().encode()

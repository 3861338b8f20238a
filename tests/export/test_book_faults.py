"""What happens to a book when something breaks: it is whole, or it is not there."""

import datetime as dt
import os
import random
import signal
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from portfolio.domain.records import Portfolio
from portfolio.export import child
from portfolio.export.book import MODULE, BookResult, write_book
from portfolio.export.child import Limits, Stopped, TookTooLong, TooLarge
from tests.export import books, pdfs, reviews

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def review(tmp_path_factory: pytest.TempPathFactory) -> Portfolio:
    return reviews.review(tmp_path_factory.mktemp("review"))


def diary(count: int = 40) -> Portfolio:
    """Entries of a paragraph or two, each with a word that only it has."""
    first = dt.date(2021, 1, 4)
    return books.portfolio(
        [
            books.entry(
                str(first + dt.timedelta(7 * n)),
                f"Week {n}",
                f"The word of this week is only{n}here. " * (1 + n % 7),
            )
            for n in range(count)
        ]
    )


def is_whole(path: Path, count: int = 40) -> bool:
    subprocess.run(["qpdf", "--check", str(path)], capture_output=True, check=True)
    text = pdfs.squeezed(pdfs.text_of(path))
    return all(f"only{n}here" in text for n in range(count))


def test_a_worker_killed_at_any_moment_leaves_no_broken_book(tmp_path: Path) -> None:
    """Thirty times at random while it lays out or binds: the former file stays or the new one is whole."""
    portfolio, target, kept = diary(), tmp_path / "book.pdf", tmp_path / "kept"
    began: dict[str, float] = {}
    write_book(portfolio, target, lambda _d, _t, step: _first(began, step), kept=kept)
    spans = {"reading": began["bound"] - began["reading"], "bound": time.monotonic() - began["bound"]}
    before = target.read_bytes()
    chance = random.Random(30)  # noqa: S311
    room = child.Room(MODULE, "cold")
    killed = {"reading": 0, "bound": 0}  # by what was under way: "reading" lays out too
    for number in range(30):
        for piece in sorted(kept.rglob("*")):  # so that there is something to lay out
            if piece.is_file() and chance.random() < 0.5:
                piece.unlink()
        step = ("reading", "bound")[number % 2]
        delay = 0.0 if number < 2 else chance.uniform(0, spans[step])
        killer = _Killer(room, step, delay)
        try:
            write_book(
                replace(portfolio, content_hash=f"{number:064d}"), target, killer, kept=kept, room=room
            )
        except (Stopped, TooLarge, TookTooLong):
            killed["bound" if "bound" in killer.heard else "reading"] += 1
            assert target.read_bytes() == before
        else:
            assert is_whole(target)
            before = target.read_bytes()
        killer.stop()
    room.close()
    assert min(killed.values()) >= 3, killed
    write_book(portfolio, target, kept=kept)
    assert is_whole(target)
    assert not list(tmp_path.glob(".*")), "a draft was left behind"


def _first(began: dict[str, float], step: str) -> None:
    began.setdefault(step, time.monotonic())


class _Killer:
    """Listens to a book in the making, and kills its process some time after a step has begun."""

    def __init__(self, room: child.Room, step: str, delay: float) -> None:
        self.room, self.step, self.delay = room, step, delay  # seconds
        self.heard: set[str] = set()
        self.timer: threading.Timer | None = None

    def __call__(self, _done: int, _total: int, step: str) -> None:
        self.heard.add(step)
        if step == self.step and self.timer is None:
            assert self.room._process
            self.timer = threading.Timer(self.delay, self._kill, [self.room._process.pid])
            self.timer.start()

    def _kill(self, pid: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)

    def stop(self) -> None:
        if self.timer:
            self.timer.cancel()
            self.timer.join()


def test_spoilt_pieces_are_laid_out_again(tmp_path: Path) -> None:
    portfolio, kept = diary(), tmp_path / "kept"
    first = write_book(portfolio, tmp_path / "first.pdf", kept=kept)
    chance = random.Random(7)  # noqa: S311
    for path in sorted(kept.glob("*/*")):
        data = bytearray(path.read_bytes())
        match chance.randrange(4):
            case 0:
                data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            case 1:
                del data[chance.randrange(len(data)) :]
            case 2:
                path.unlink()
                continue
        path.write_bytes(data)
    again = write_book(portfolio, tmp_path / "again.pdf", kept=kept)
    assert again.sha256 == first.sha256


def test_a_full_disk_is_told_and_the_former_book_stays(tmp_path: Path) -> None:
    target = tmp_path / "book.pdf"
    target.write_bytes(b"the book of before")
    with pytest.raises((OSError, child.Stopped)):
        write_book(diary(), target, kept=tmp_path / "kept", limits=Limits(file_mb=0))
    assert target.read_bytes() == b"the book of before"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["book.pdf"]


def with_monster(tmp_path: Path, html: str, memory_mb: int) -> tuple[BookResult, str]:
    """The book of a diary in which one entry is this, and its text without spaces."""
    monster = books.entry("2021-01-20", "A table", "cells", html_body=html)
    entries = sorted([*diary(5).entries, monster], key=lambda e: e.entry_date)
    limits = Limits(memory_mb=memory_mb)
    made = write_book(books.portfolio(entries), tmp_path / "book.pdf", limits=limits)
    text = pdfs.squeezed(pdfs.text_of(made.path))
    assert all(f"only{n}here" in text for n in range(5))
    assert "Thelastlineofall." in text
    return made, text


@pytest.mark.parametrize(
    ("rows", "memory_mb"), [pytest.param(1000, 600, id="not begun"), pytest.param(150, 450, id="given up")]
)
def test_an_entry_beyond_its_limits_costs_no_other(rows: int, memory_mb: int, tmp_path: Path) -> None:
    """A table of so many cells takes more memory than a process has; the rest of the book is whole."""
    cells = ("<tr>" + "<td>cell</td>" * 60 + "</tr>") * rows
    made, text = with_monster(tmp_path, f"<table>{cells}</table><p>The last line of all.</p>", memory_mb)
    assert made.plain == 1
    assert "Thiscouldnotbetypeset." in text
    assert text.count("cell") >= rows * 60


def test_a_large_table_and_a_paragraph_of_forty_pages_are_typeset(tmp_path: Path) -> None:
    cells = ("<tr>" + "<td>a cell of it</td>" * 6 + "</tr>") * 200
    html = f"<table>{cells}</table><p>{'雨下了一整夜，' * 7000}</p><p>The last line of all.</p>"
    made, text = with_monster(tmp_path, html, memory_mb=500)
    assert made.plain == 0
    assert text.count("acellofit") == 1200
    assert text.count("整夜") >= 6000  # of others, the two characters stand on two lines

"""Lays out what is missing, in processes that are forked for a batch and may be killed.

A batch that fails or takes too long is halved until the piece is found that is to blame; that piece
is then set as plain text. So one entry can never cost a student the rest of the book. What is far
beyond what can be laid out is not even begun. Memory ends with the process, so it does not grow with
the book.
"""

import errno
import gc
import os
import re
import resource
import signal
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from portfolio.export.piece_store import PieceStore
from portfolio.export.pieces import Piece, pack

BATCH = 60_000  # characters of HTML that one process lays out; some twenty pages
BATCH_MOST = 40  # pieces
PIECE = 600  # characters whose time each piece takes besides its own
WORTH_TWO = 6_000  # characters from which on a second process is worth its beginning
PATIENCE = 20.0  # seconds for a batch, and more for a long one
SECONDS_PER_CHARACTER = 0.0005
MOST_PATIENCE = 90.0  # seconds; the longest text that is kept takes ten
LEAST_PATIENCE = 5.0  # seconds for the halves of halves of one that took too long
MOST_BOXES = 10_000  # elements and lines of code in a piece, which each take 50 kB and a millisecond
MOST_LETTERS = 100_000  # of one paragraph, for whose lines WeasyPrint takes quadratic time
FULL = 2  # exit status of a process that could not keep what it had laid out
MB = 1024 * 1024

Task = tuple[str, str]  # key, HTML
LayOut = Callable[[Sequence[str]], list[Piece]]
Told = Callable[[int], None]  # how many pieces are done

_PRE = re.compile(r"<pre\b.*?</pre>", re.DOTALL)
_BLOCKS = re.compile(r"</?(?:p|li|td|th|h\d|pre|div|br)\b[^>]*>")
_TAGS = re.compile(r"<[^>]*>")


def lay_out_missing(
    tasks: Sequence[Task], lay_out: LayOut, store: PieceStore, memory_mb: int, told: Told, processes: int = 2
) -> list[str]:
    """Lays out and keeps all tasks; returns the keys of those that could not be laid out.

    Raises OSError where there is no room to keep them.
    """
    failed = [key for key, html in tasks if is_beyond(html)]
    hopeful = [(key, html) for key, html in tasks if key not in failed]
    waiting = deque((batch, _patience(batch)) for batch in _batches(hopeful, processes))
    running: dict[int, tuple[list[Task], float, float]] = {}  # batch, patience, deadline
    done = len(failed)
    try:
        while waiting or running:
            while waiting and len(running) < processes:
                batch, patience = waiting.popleft()
                pid = _fork(batch, lay_out, store, memory_mb)
                running[pid] = batch, patience, time.monotonic() + patience
            pid, status = _next({pid: deadline for pid, (_batch, _patience, deadline) in running.items()})
            batch, patience, _deadline = running.pop(pid)
            if status == 0:
                done += len(batch)
                told(done)
            elif os.waitstatus_to_exitcode(status) == FULL:  # half of it would not find room either
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            elif len(batch) == 1:
                failed.append(batch[0][0])
                done += 1
            else:
                middle, less = len(batch) // 2, of_half(patience)
                waiting.extendleft(((batch[:middle], less), (batch[middle:], less)))
    finally:
        for pid in running:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    return failed


def _batches(tasks: Sequence[Task], processes: int) -> list[list[Task]]:
    """The tasks in their order, in batches of about one weight, so that all processes end together."""
    weights = [PIECE + len(html) for _key, html in tasks]
    total = sum(weights)
    count = max(-(-total // BATCH), -(-len(tasks) // BATCH_MOST))
    if total > WORTH_TWO:
        count = -(-count // processes) * processes
    batches: list[list[Task]] = [[] for _ in range(count)]
    before = 0
    for task, weight in zip(tasks, weights, strict=True):
        batches[before * count // total].append(task)
        before += weight
    return [batch for batch in batches if batch]


def _patience(batch: Sequence[Task]) -> float:
    return min(PATIENCE + SECONDS_PER_CHARACTER * sum(len(html) for _key, html in batch), MOST_PATIENCE)


def of_half(patience: float) -> float:
    """Seconds for each half of a batch that had so many: half of them, unless that is very few."""
    return max(patience / 2, min(patience, LEAST_PATIENCE))


def is_beyond(html: str) -> bool:
    """Whether it surely takes more time or memory than any piece of a book gets; found in linear time."""
    boxes = html.count("<") - html.count("</")
    boxes += sum(code.count("\n") for code in _PRE.findall(html))
    return boxes > MOST_BOXES or any(
        len(text) > MOST_LETTERS and len(_TAGS.sub("", text)) > MOST_LETTERS for text in _BLOCKS.split(html)
    )


def _fork(batch: Sequence[Task], lay_out: LayOut, store: PieceStore, memory_mb: int) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        gc.disable()
        _soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        limit = memory_mb * MB if hard == resource.RLIM_INFINITY else min(memory_mb * MB, hard)
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
        made = [pack(piece) for piece in lay_out([html for _key, html in batch])]
        code = FULL
        for (key, _html), packed in zip(batch, made, strict=True):
            store.put(key, packed)
        code = 0
    finally:
        os._exit(code)


def _next(deadlines: Mapping[int, float]) -> tuple[int, int]:
    """The next process that ends, and how; kills those that are over their time."""
    while True:
        for pid, deadline in deadlines.items():
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                return pid, status
            if time.monotonic() > deadline:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        time.sleep(0.002)

"""Lays out what is missing, in processes that are forked for a batch and may be killed.

A batch that fails or takes too long is halved until the piece is found that is to blame; that piece
is then set as plain text. So one entry can never cost a student the rest of the book. Memory ends
with the process, so it does not grow with the book.
"""

import errno
import gc
import os
import resource
import signal
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress

from portfolio.export.piece_store import PieceStore
from portfolio.export.pieces import Piece, pack

BATCH = 60_000  # characters of HTML that one process lays out; some twenty pages
BATCH_MOST = 40  # pieces
PATIENCE = 20.0  # seconds for a batch, and more for a long one
SECONDS_PER_CHARACTER = 0.0005
FULL = 2  # exit status of a process that could not keep what it had laid out
MB = 1024 * 1024

Task = tuple[str, str]  # key, HTML
LayOut = Callable[[Sequence[str]], list[Piece]]
Told = Callable[[int], None]  # how many pieces are done


def lay_out_missing(
    tasks: Sequence[Task], lay_out: LayOut, store: PieceStore, memory_mb: int, told: Told, processes: int = 2
) -> list[str]:
    """Lays out and keeps all tasks; returns the keys of those that could not be laid out.

    Raises OSError where there is no room to keep them.
    """
    waiting = deque(_batches(tasks, processes))
    running: dict[int, tuple[list[Task], float]] = {}
    failed: list[str] = []
    done = 0
    try:
        while waiting or running:
            while waiting and len(running) < processes:
                batch = waiting.popleft()
                running[_fork(batch, lay_out, store, memory_mb)] = (
                    batch,
                    time.monotonic() + _patience(batch),
                )
            pid, status = _next(running)
            batch, _deadline = running.pop(pid)
            if status == 0:
                done += len(batch)
                told(done)
            elif os.waitstatus_to_exitcode(status) == FULL:  # half of it would not find room either
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            elif len(batch) == 1:
                failed.append(batch[0][0])
                done += 1
            else:
                middle = len(batch) // 2
                waiting.extendleft((batch[:middle], batch[middle:]))
    finally:
        for pid in running:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    return failed


def _batches(tasks: Sequence[Task], processes: int) -> list[list[Task]]:
    total = sum(len(html) for _key, html in tasks)
    size = min(BATCH, max(total // processes + 1, 12_000))
    batches: list[list[Task]] = [[]]
    filled = 0
    for task in tasks:
        if batches[-1] and (filled + len(task[1]) > size or len(batches[-1]) >= BATCH_MOST):
            batches.append([])
            filled = 0
        batches[-1].append(task)
        filled += len(task[1])
    return [batch for batch in batches if batch]


def _patience(batch: Sequence[Task]) -> float:
    return PATIENCE + SECONDS_PER_CHARACTER * sum(len(html) for _key, html in batch)


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


def _next(running: dict[int, tuple[list[Task], float]]) -> tuple[int, int]:
    """The next process that ends, and how; kills those that are over their time."""
    while True:
        for pid, (_batch, deadline) in running.items():
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                return pid, status
            if time.monotonic() > deadline:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        time.sleep(0.002)

"""Writes one half of a large site's entries in a second process, which the first one forks.

Only from the shell: a process with several threads is not forked, since one of them may hold a lock.
"""

import gc
import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import TracebackType

from portfolio.export.files import FolderSink

MANY = 1000  # entries from which on a second process is worth its beginning
_READ = 1 << 16  # bytes

Pages = Callable[[], Iterator[tuple[str, bytes]]]


def worth_it(entries: int) -> bool:
    """Whether this process may fork, and has enough to do for two."""
    return (
        entries >= MANY
        and hasattr(os, "fork")
        and (os.cpu_count() or 1) > 1
        and threading.active_count() == 1
    )


class Beside:
    """A second process that writes `pages` into the folder of `sink`. It ends with the block."""

    def __init__(self, pages: Pages, sink: FolderSink) -> None:
        self._sink = sink
        self._heard = b""
        gc.freeze()  # what is there already stays shared by the two
        self._end, told = os.pipe()
        self._pid = os.fork()
        if not self._pid:
            _write(pages, sink, told)
        os.close(told)
        os.set_blocking(self._end, False)

    @property
    def done(self) -> int:
        """Pages that are written."""
        with suppress(BlockingIOError):
            while chunk := os.read(self._end, _READ):
                self._heard += chunk
        return len(self._heard.partition(b"\n")[0])

    def finish(self) -> dict[str, int]:
        """Waits for the rest, and gives the sizes in bytes by name. Raises OSError."""
        os.set_blocking(self._end, True)
        while chunk := os.read(self._end, _READ):
            self._heard += chunk
        told = self._heard.partition(b"\n")[2]
        if self._wait() or not told:
            raise OSError("a half of the site could not be written")
        names: dict[str, int]
        names, written = pickle.loads(told)  # noqa: S301 - from our own child
        self._sink.written += written
        for name, size in names.items():
            self._sink.count(name, size)
        return names

    def __enter__(self) -> "Beside":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pid:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            self._wait()
        os.close(self._end)

    def _wait(self) -> int:
        pid, self._pid = self._pid, 0
        return os.waitpid(pid, 0)[1]


def _write(pages: Pages, sink: FolderSink, told: int) -> None:
    """In the second process: a dot for each page, then a line's end and what they are."""
    code = 1
    try:
        names: dict[str, int] = {}
        written = sink.written
        for path, content in pages():
            before = sink.size
            sink.add(path, content)
            names[path] = sink.size - before
            os.write(told, b".")
        with os.fdopen(told, "wb") as stream:
            stream.write(b"\n" + pickle.dumps((names, sink.written - written)))
        code = 0
    finally:
        os._exit(code)

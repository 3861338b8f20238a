"""Work in a process of its own that may be killed: limits on memory, time and bytes written.

The parent sends a pickled payload; the child answers in lines of JSON, so nothing that a spoilt
child says is ever unpickled. A child loads its libraries once and forks for each payload: the fork
takes its limits, works and ends, so nothing of one document is left when the next one is made. All
of them end with their parent: they watch the pipe between them.
"""

import json
import logging
import os
import pickle
import resource
import select
import selectors
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

import portfolio
from portfolio.domain.errors import Unavailable

MB = 1024 * 1024
HEARTBEAT_SECONDS = 0.5
GRACE_SECONDS = 2.0
_KEPT_VARIABLES = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "FONTCONFIG_FILE",
    "FONTCONFIG_PATH",
    "XDG_CACHE_HOME",
    "XDG_DATA_HOME",
)
SPEECHLESS = {"error": "no word", "kind": "MemoryError"}  # of one that had no room left even for that
_LENGTH = struct.Struct(">Q")

Message = dict[str, Any]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one child may use. `memory_mb` is address space, which is more than what is resident."""

    memory_mb: int = 1500
    cpu_s: int = 1200
    wall_s: float = 1800
    file_mb: int = 300


class Stopped(Unavailable):
    """This document could not be made."""

    code = "document-stopped"


class TookTooLong(Stopped):
    """Making this document took too long, and it was stopped. A shorter period may do."""

    code = "document-too-long"


class TooLarge(Stopped):
    """This document needs more memory or space than the site allows. A shorter period may do."""

    code = "document-too-large"


class LibraryMissing(Stopped):
    """Books need a library that this site lacks. Its administrator sees which with `portfolio doctor`."""

    code = "document-library-missing"


class Room:
    """A child that is ready for work on `module`, started when needed; for one thread at a time."""

    def __init__(self, module: str, *words: str) -> None:
        self.module, self.words = module, words
        self._process: subprocess.Popen[bytes] | None = None

    def ready(self) -> None:
        """Starts the child, which loads its libraries while nobody waits. Raises OSError."""
        if self._process is None or _has_ended(self._process):
            self.close()
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", self.module, *self.words],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env=_environment(), start_new_session=True, close_fds=True,
            )  # fmt: skip

    def run(self, payload: object, limits: Limits, heard: Callable[[Message], None]) -> Message:
        """Has the child work on a payload, and returns the message that has "done" in it.

        `heard` gets every other message, at least one each `HEARTBEAT_SECONDS`. What it raises
        stops the work. Raises TookTooLong, TooLarge, LibraryMissing, Stopped.
        """
        self.ready()
        assert self._process
        answer: Message | None = None
        try:
            with tempfile.TemporaryDirectory(prefix="portfolio-", ignore_cleanup_errors=True) as folder:
                deadline = time.monotonic() + limits.wall_s
                answer = _converse(self._process, pickle.dumps((limits, folder, payload)), deadline, heard)
        finally:
            if answer is None or "done" not in answer:
                self.close(gently=False)
        if answer is not None and "done" in answer:
            return answer
        if answer is not None and answer.get("kind") == LibraryMissing.__name__:
            raise LibraryMissing
        log.error("%s ended with %s", self.module, answer.get("error") if answer else "nothing")
        if answer is not None and answer.get("signal") == signal.SIGXCPU:
            raise TookTooLong
        if answer is None or "signal" in answer or answer.get("kind") in ("MemoryError", "OSError"):
            # Libraries in C abort where Python would raise MemoryError
            raise TooLarge
        raise Stopped

    def close(self, gently: bool = True) -> None:
        """Ends the child and all that it started."""
        if self._process is not None:
            _end(self._process, gently)
            self._process = None


def run(module: str, payload: object, limits: Limits, heard: Callable[[Message], None]) -> Message:
    """As `Room.run`, in a room that is closed afterwards."""
    room = Room(module)
    try:
        return room.run(payload, limits, heard)
    finally:
        room.close()


def _environment() -> dict[str, str]:
    """Nothing of the site's settings and secrets; equal hash seeds, so that equal input gives equal bytes."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    home = os.path.dirname(os.path.dirname(os.path.abspath(portfolio.__file__)))
    return kept | {"PYTHONPATH": os.pathsep.join([home, *filter(None, sys.path)]), "PYTHONHASHSEED": "0"}


def _converse(
    process: "subprocess.Popen[bytes]", payload: bytes, deadline: float, heard: Callable[[Message], None]
) -> Message | None:
    assert process.stdin and process.stdout
    with suppress(BrokenPipeError):
        process.stdin.write(_LENGTH.pack(len(payload)) + payload)
        process.stdin.flush()
    pending = b""
    with selectors.DefaultSelector() as ready:
        ready.register(process.stdout, selectors.EVENT_READ)
        while True:
            if not ready.select(max(deadline - time.monotonic(), 0)):
                raise TookTooLong
            chunk = os.read(process.stdout.fileno(), 65536)
            if not chunk:
                return None
            *lines, pending = (pending + chunk).split(b"\n")
            for line in lines:
                message: Message = json.loads(line)
                if "done" in message or "error" in message:
                    return message
                heard(message)
            if time.monotonic() > deadline:
                raise TookTooLong


def _has_ended(process: "subprocess.Popen[bytes]") -> bool:
    """Whether it has; it is left to be buried."""
    return bool(os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG))


def _end(process: "subprocess.Popen[bytes]", gently: bool = False) -> None:
    """Ends the child and all that it started.

    It is asked first, so that the system counts what it used; then killed, and only then buried, so
    that the number of its group still is its own.
    """
    assert process.stdin and process.stdout
    if gently:
        with suppress(OSError):
            process.stdin.close()
        until = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < until and not _has_ended(process):
            time.sleep(0.01)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    with suppress(OSError):
        process.stdin.close()


def serve(prepare: Callable[[], None], work: Callable[[Any, Callable[[Message], None]], Message]) -> None:
    """The child's side: loads what it needs, then forks for each payload until its parent has gone."""
    prepare()
    while size := sys.stdin.buffer.read(_LENGTH.size):
        payload = sys.stdin.buffer.read(_LENGTH.unpack(size)[0])
        forked = os.fork()
        if not forked:
            _work(payload, work)
        _pid, status = os.waitpid(forked, 0)
        if status:  # said once more where it said so itself: whoever waits must hear it in any case
            number = os.WTERMSIG(status)
            end = {"error": f"signal {number}", "signal": number} if number else dict(SPEECHLESS)
            sys.stdout.buffer.write(json.dumps(end).encode() + b"\n")
            sys.stdout.buffer.flush()


def _work(sent: bytes, work: Callable[[Any, Callable[[Message], None]], Message]) -> NoReturn:
    """Works on one payload with limits, says how it went, and ends."""
    out, said = sys.stdout.buffer, threading.Lock()
    latest: Message = {}

    def write(message: Message) -> None:
        with said:
            out.write(json.dumps(message).encode() + b"\n")
            out.flush()

    def say(message: Message) -> None:
        another = message.get("step") != latest.get("step")
        latest.update(message)
        if another:
            write(dict(latest))

    def beat() -> None:
        left = select.poll()
        left.register(sys.stdin.fileno(), 0)  # hears of the other end being closed, and of nothing else
        while not left.poll(HEARTBEAT_SECONDS * 1000):
            if latest:
                write(dict(latest))
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(1)

    try:
        limits, folder, payload = pickle.loads(sent)  # noqa: S301 - from our own parent
        tempfile.tempdir = folder
        threading.Thread(target=beat, daemon=True).start()  # while there surely is room for its stack
        _confine(limits)
        try:
            answer = work(payload, say)
        except BaseException as error:
            # Its kind and its place alone: a message could quote a diary
            kind = "OSError" if isinstance(error, OSError) else type(error).__name__
            place = traceback.extract_tb(error.__traceback__)[-1]
            write({"error": f"{kind} in {os.path.basename(place.filename)}:{place.lineno}", "kind": kind})
            os._exit(1)
        if latest:
            write(dict(latest))
        write({"done": True, **usage()} | answer)
        os._exit(0)  # without the seconds that freeing a book one box after another takes
    finally:
        os._exit(1)  # whatever fails on the way, even telling: never back into the loop that forked it


def usage() -> Message:
    """What this process and those that it waited for have used: CPU seconds, and megabytes of the largest."""
    own, below = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    scale = MB if sys.platform == "darwin" else 1024
    return {
        "cpu_s": own.ru_utime + own.ru_stime + below.ru_utime + below.ru_stime,
        "peak_mb": max(own.ru_maxrss, below.ru_maxrss) / scale,
    }


def _confine(limits: Limits) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_mb * MB,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_s, limits.cpu_s + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.file_mb * MB,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

"""Work in a process of its own that may be killed: limits on memory, time and bytes written.

The parent sends one pickled payload; the child answers in lines of JSON, so nothing that a spoilt
child says is ever unpickled. The child ends with its parent: it watches the pipe between them.
"""

import json
import logging
import os
import pickle
import resource
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
from typing import Any

import portfolio
from portfolio.domain.errors import Unavailable

MB = 1024 * 1024
HEARTBEAT_SECONDS = 0.5
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


def run(module: str, payload: object, limits: Limits, heard: Callable[[Message], None]) -> Message:
    """Runs `python -m module`, and returns the message that has "done" in it.

    `heard` gets every other message, at least one each `HEARTBEAT_SECONDS`. What it raises stops
    the child. Raises TookTooLong, TooLarge, Stopped.
    """
    with tempfile.TemporaryDirectory(prefix="portfolio-", ignore_cleanup_errors=True) as folder:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", module],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=_environment() | {"TMPDIR": folder}, start_new_session=True, close_fds=True,
        )  # fmt: skip
        try:
            answer = _converse(
                process, pickle.dumps((limits, folder, payload)), time.monotonic() + limits.wall_s, heard
            )
        finally:
            _end(process)
    if answer is not None and "done" in answer:
        return answer
    log.error("%s ended with %s", module, answer.get("error") if answer else process.returncode)
    if process.returncode == -signal.SIGXCPU:
        raise TookTooLong
    if answer is None or answer.get("kind") in ("MemoryError", "OSError"):
        # Libraries in C abort where Python would raise MemoryError
        raise TooLarge
    raise Stopped


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


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Kills the child, which has said its last word or has nothing more to say, and all that it started.

    Before it is buried, so that the number of its group still is its own.
    """
    assert process.stdin and process.stdout
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    with suppress(OSError):
        process.stdin.close()


def serve(work: Callable[[Any, Callable[[Message], None]], Message]) -> None:
    """The child's side: takes the payload, sets its limits, works, says how it went."""
    out, said = sys.stdout.buffer, threading.Lock()
    latest: Message = {}

    def write(message: Message) -> None:
        with said:
            out.write(json.dumps(message).encode() + b"\n")
            out.flush()

    def say(message: Message) -> None:
        latest.update(message)

    def beat() -> None:
        while True:
            time.sleep(HEARTBEAT_SECONDS)
            if latest:
                write(dict(latest))

    (size,) = _LENGTH.unpack(sys.stdin.buffer.read(_LENGTH.size))
    limits, folder, payload = pickle.loads(sys.stdin.buffer.read(size))  # noqa: S301 - from our own parent
    _confine(limits)
    threading.Thread(target=_leave_with_parent, args=[folder], daemon=True).start()
    threading.Thread(target=beat, daemon=True).start()
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
    usage = resource.getrusage(resource.RUSAGE_SELF)
    peak = usage.ru_maxrss / (MB if sys.platform == "darwin" else 1024)
    write({"done": True, "cpu_s": usage.ru_utime + usage.ru_stime, "peak_mb": peak} | answer)
    os._exit(0)  # without the seconds that freeing a book one box after another takes


def _confine(limits: Limits) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_mb * MB,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_s, limits.cpu_s + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.file_mb * MB,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _leave_with_parent(folder: str) -> None:
    """Waits for the end of the pipe; then nobody else is left to clear the temporary folder."""
    sys.stdin.buffer.read()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)

"""What workers listen for, and how they tell of what went wrong."""

import datetime as dt
import logging
import threading
import traceback
from collections.abc import Callable

Clock = Callable[[], dt.datetime]
expected = threading.Event()  # somebody is about to ask for a book
_bells: list[threading.Event] = []
log = logging.getLogger(__name__)


def bell() -> threading.Event:
    """A bell of one's own, for a worker: two that share one would clear it for each other."""
    made = threading.Event()
    _bells.append(made)
    return made


def hang_up(bell: threading.Event) -> None:
    """This worker listens no longer."""
    _bells.remove(bell)


def ring() -> None:
    """There is work: every worker of this process looks at once."""
    for one in list(_bells):
        one.set()


def expect_book() -> None:
    """Somebody is choosing what a book shall hold: have a process ready that makes it."""
    expected.set()
    ring()


def log_failure(what: str, problem: Exception) -> None:
    """The kind of an error and where it arose; its message may quote a diary and stays out of the log."""
    where = "".join(traceback.format_tb(problem.__traceback__))
    log.error("%s: %s\n%s", what, type(problem).__name__, where)

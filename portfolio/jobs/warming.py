"""Pieces of books made in the background: what a diary's next book needs is there before anybody waits."""

from portfolio.config import Settings
from portfolio.domain import accounts, changes, portfolios
from portfolio.export import book
from portfolio.export.child import Room
from portfolio.jobs.bells import Clock, log_failure
from portfolio.jobs.making import bound_pieces, limits_of, pieces_folder
from portfolio.store.accounts import User
from portfolio.store.jobs import Job, JobState


class InTheWay(Exception):
    """Somebody waits for a document."""


def warm_once(settings: Settings, clock: Clock, room: Room) -> int | None:
    """Lay out what the next book of somebody whose diary has changed will need.

    Returns how many pieces; None where there is nobody, or somebody waits for a document: that goes
    first, also when it is asked for meanwhile. What fails is left to the book itself, which says why.
    """
    if _somebody_waits():
        return None
    changed = changes.take(now=clock())
    if changed is None:
        return None
    try:
        made = _lay_out(User.get_by_id(changed.owner_id).login, settings, clock, room)
    except InTheWay:
        changes.later(changed)
        return None
    except book.LibraryMissing:  # which is told to whoever asks for a book
        made = 0
    except Exception as problem:
        log_failure("pieces of a book were not made ahead", problem)
        made = 0
    changes.done(changed)
    return made


def _lay_out(login: str, settings: Settings, clock: Clock, room: Room) -> int:
    def told(_done: int, _total: int, _step: str = "") -> None:
        if _somebody_waits():
            raise InTheWay

    there = portfolios.likely_books(accounts.viewer_by_login(login), now=clock())
    kept, limits = pieces_folder(settings), limits_of(settings)
    made = sum(book.warm(portfolio, told, limits, kept, room) for portfolio in there)
    bound_pieces(settings, made)
    return made


def _somebody_waits() -> bool:
    return bool(Job.select().where(Job.state.in_([JobState.WAITING, JobState.RUNNING])).exists())

"""Whose diary has changed, so that what their next book needs is laid out before they ask for it.

A row for each person, however often they save: a burst of saves is one piece of work, begun when
it has been quiet for a moment, or at the latest some minutes after the first save.
"""

import datetime as dt
from dataclasses import dataclass

from portfolio.domain.records import Viewer
from portfolio.store import database
from portfolio.store.jobs import ChangedDiary

QUIET = dt.timedelta(seconds=20)  # after the last save
LATEST = dt.timedelta(minutes=3)  # after the first one
HELD = dt.timedelta(minutes=10)  # whoever lays them out is given so long


@dataclass(frozen=True, slots=True)
class Changed:
    """Somebody whose diary has changed up to a moment."""

    owner_id: int  # of the user's row
    last_at: dt.datetime


def note(owner_id: int, *, now: dt.datetime) -> None:
    """This person's diary, or what others say of it, has changed."""
    with database.transaction():
        if not ChangedDiary.update(last_at=now).where(ChangedDiary.owner == owner_id).execute():
            ChangedDiary.insert(owner=owner_id, since=now, last_at=now).on_conflict_ignore().execute()


def note_own(viewer: Viewer, *, now: dt.datetime) -> None:
    """The viewer's own diary has changed."""
    note(viewer.user_id, now=now)


def take(*, now: dt.datetime) -> Changed | None:
    """Somebody whose diary has been left alone for a moment, the longest waiting first; held from now on."""
    free = ChangedDiary.held_until.is_null() | (ChangedDiary.held_until < now)
    due = (ChangedDiary.last_at <= now - QUIET) | (ChangedDiary.since <= now - LATEST)
    row = ChangedDiary.select().where(free & due).order_by(ChangedDiary.since, ChangedDiary.id).first()
    if row is None:
        return None
    held = ChangedDiary.update(held_until=now + HELD).where((ChangedDiary.id == row.id) & free)
    return Changed(row.owner_id, row.last_at) if held.execute() else None


def done(changed: Changed) -> None:
    """All is laid out up to then; what came since waits for its turn."""
    own = ChangedDiary.owner == changed.owner_id
    if not ChangedDiary.delete().where(own & (ChangedDiary.last_at == changed.last_at)).execute():
        ChangedDiary.update(since=ChangedDiary.last_at, held_until=None).where(own).execute()


def later(changed: Changed) -> None:
    """It was broken off, and is taken up again."""
    ChangedDiary.update(held_until=None).where(ChangedDiary.owner == changed.owner_id).execute()

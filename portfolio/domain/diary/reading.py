"""One entry before its reader: what it says, who can read it, what changed since."""

import datetime as dt
from dataclasses import dataclass

from portfolio.domain import access, diff, errors, records
from portfolio.domain.diary.loading import load, revision_record
from portfolio.domain.records import Audience, Viewer
from portfolio.store.diary import Entry, Revision
from portfolio.store.feedback import Comment, Reading


@dataclass(frozen=True, slots=True)
class EntryPage:
    entry: records.Entry
    own: bool
    version: int  # that a save must name; 0 for others
    readers: dict[Audience, access.Readers]  # whom each audience reaches today
    read_revision: int | None  # the one that this viewer last had before them, if it is not the present one
    read_by_others: tuple[
        tuple[str, int, dt.datetime], ...
    ]  # owner only: name, revision, when; of those who may still read


@dataclass(frozen=True, slots=True)
class Change:
    """Two revisions and what is different."""

    entry: records.Entry
    old: records.Revision
    new: records.Revision
    blocks: tuple[diff.Block, ...]


def entry_page(viewer: Viewer, entry_id: str, *, now: dt.datetime) -> EntryPage:
    """An entry with its comments and its readers. Raises NotFound."""
    row = access.entry_for(viewer, entry_id, now=now)
    entry = load(Entry.select().where(Entry.id == row.id), viewer, now=now, comments=True)[0]
    own = row.owner_id == viewer.user_id
    read = None
    if not own:
        reading = (
            Reading.select(Reading, Revision)
            .join(Revision)
            .where((Reading.entry == row.id) & (Reading.reader == viewer.user_id))
            .get_or_none()
        )
        if reading is not None and reading.revision.number != row.revision_number:
            read = reading.revision.number
    return EntryPage(
        entry=entry,
        own=own,
        version=row.version if own else 0,
        readers=access.readers(row.owner_id, now=now),
        read_revision=read,
        read_by_others=_read_by(row) if own else (),
    )


def history(viewer: Viewer, entry_id: str, *, now: dt.datetime) -> records.Entry:
    """One's own entry with all its revisions, oldest first. Raises NotFound: history is its author's alone."""
    row = access.own_entry(viewer, entry_id)
    return load(Entry.select().where(Entry.id == row.id), viewer, now=now, revisions=True)[0]


def changes(viewer: Viewer, entry_id: str, old: int, new: int | None = None, *, now: dt.datetime) -> Change:
    """What is different between two revisions; `new` None: the present one.

    The author may compare any two. A reader may compare only the present revision with one
    that they have read or commented on: what stood there before the grant is not theirs.
    Raises NotFound.
    """
    row = access.entry_for(viewer, entry_id, now=now)
    number = row.revision_number if new is None else new
    revisions = {
        r.number: r
        for r in Revision.select().where((Revision.entry == row.id) & Revision.number.in_([old, number]))
    }
    if old not in revisions or number not in revisions:
        raise errors.NotFound
    if row.owner_id != viewer.user_id and (
        number != row.revision_number or not _had_before_them(viewer, row, revisions[old])
    ):
        raise errors.NotFound
    before, after = revision_record(revisions[old]), revision_record(revisions[number])
    entry = load(Entry.select().where(Entry.id == row.id), viewer, now=now)[0]
    return Change(entry, before, after, tuple(diff.changes(before.body, after.body)))


def _had_before_them(viewer: Viewer, entry: Entry, revision: Revision) -> bool:
    return bool(
        revision.number == entry.revision_number
        or Reading.select()
        .where((Reading.revision == revision.id) & (Reading.reader == viewer.user_id))
        .exists()
        or Comment.select()
        .where((Comment.revision == revision.id) & (Comment.author == viewer.user_id))
        .exists()
    )


def _read_by(entry: Entry) -> tuple[tuple[str, int, dt.datetime], ...]:
    rows = (
        Reading.select(Reading, Revision)
        .join(Revision)
        .where(Reading.entry == entry.id)
        .order_by(Reading.read_at)
    )
    return tuple((r.reader.name, r.revision.number, r.read_at) for r in rows if r.reader_id != entry.owner_id)

"""One entry before its reader: what it says, who can read it, what changed since."""

import datetime as dt
from dataclasses import dataclass
from typing import cast

from portfolio.domain import access, diff, errors, records
from portfolio.domain.diary.loading import load, revision_record
from portfolio.domain.diary.timeline import own_kept
from portfolio.domain.records import Audience, Viewer
from portfolio.store.accounts import User
from portfolio.store.diary import Entry, Grant, Revision
from portfolio.store.feedback import Comment, Reading


@dataclass(frozen=True, slots=True)
class EntryPage:
    entry: records.Entry
    own: bool
    version: int  # that a save must name; 0 for others
    readers: dict[Audience, access.Readers]  # owner only: whom each audience reaches today
    read_revision: int | None  # the one that this viewer last had before them, if it is not the present one
    read_by_others: tuple[
        tuple[str, int, dt.datetime], ...
    ]  # owner only: name, revision, when; of those who may still read
    versions: dict[int, dt.datetime]  # when the revisions that are spoken of on the page were written
    granted_on: dict[Audience, dt.datetime]  # owner only: since when each audience may read
    linked: dict[str, records.Entry]  # by public id: what it retells, and what retells it
    before: records.Entry | None  # owner only: the entries on either side, by date
    after: records.Entry | None


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
    own = row.owner_id == viewer.user_id
    beside = _neighbours(viewer, row) if own else (None, None)
    entry, *loaded = load([row, *(b for b in beside if b)], viewer, now=now, comments=True)
    around = {e.public_id: e for e in loaded}
    links = {entry.retells, *entry.returned_to} - {None}
    if links:
        linked = Entry.select().where(Entry.public_id.in_(links))
        around |= {e.public_id: e for e in load(linked, viewer, now=now)}
    read = None if own else _read_number(viewer, row)
    read_by = _read_by(row, now) if own else ()
    before, after = (around[b.public_id] if b else None for b in beside)
    return EntryPage(
        entry=entry,
        own=own,
        version=row.version if own else 0,
        readers=access.readers(row.owner_id, now=now) if own else {},
        read_revision=read if read != row.revision_number else None,
        read_by_others=read_by,
        versions=_written(row, {row.revision_number, read, *(number for _, number, _ in read_by)}),
        granted_on=_granted_on(row) if own else {},
        linked={i: around[i] for i in (entry.retells, *entry.returned_to) if i in around},
        before=before,
        after=after,
    )


def history(viewer: Viewer, entry_id: str, *, now: dt.datetime) -> records.Entry:
    """One's own entry with all its revisions, oldest first; nobody else's to see. Raises NotFound."""
    row = access.own_entry(viewer, entry_id)
    return load([row], viewer, now=now, revisions=True)[0]


def revision(
    viewer: Viewer, entry_id: str, number: int, *, now: dt.datetime
) -> tuple[records.Entry, records.Revision]:
    """An entry, and one of its revisions to be read whole.

    The author may read any; a reader the present one, and those that they have read or
    commented on. Raises NotFound.
    """
    row = access.entry_for(viewer, entry_id, now=now)
    found = Revision.get_or_none((Revision.entry == row.id) & (Revision.number == number))
    if found is None or (row.owner_id != viewer.user_id and not _had_before_them(viewer, row, found)):
        raise errors.NotFound
    return load([row], viewer, now=now)[0], revision_record(found)


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
    entry = load([row], viewer, now=now)[0]
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


def _neighbours(viewer: Viewer, entry: Entry) -> tuple[Entry | None, Entry | None]:
    """The viewer's own entries before and after this one, as the timeline has them."""
    kept = own_kept(viewer).where(Entry.id != entry.id)
    same_day = Entry.entry_date == entry.entry_date
    before = kept.where((Entry.entry_date < entry.entry_date) | (same_day & (Entry.id < entry.id)))
    after = kept.where((Entry.entry_date > entry.entry_date) | (same_day & (Entry.id > entry.id)))
    return (
        before.order_by(Entry.entry_date.desc(), Entry.id.desc()).first(),
        after.order_by(Entry.entry_date, Entry.id).first(),
    )


def _read_number(viewer: Viewer, entry: Entry) -> int | None:
    reading = (
        Reading.select(Reading, Revision.id, Revision.number)
        .join(Revision)
        .where((Reading.entry == entry.id) & (Reading.reader == viewer.user_id))
        .get_or_none()
    )
    return reading.revision.number if reading else None


def _written(entry: Entry, numbers: set[int | None]) -> dict[int, dt.datetime]:
    """When these revisions, and those that comments are on, were written."""
    commented = Comment.select(Comment.revision).where(Comment.entry == entry.id)
    rows = Revision.select(Revision.number, Revision.written_at).where(
        (Revision.entry == entry.id) & (Revision.number.in_(numbers - {None}) | Revision.id.in_(commented))
    )
    return {r.number: r.written_at for r in rows}


def _granted_on(entry: Entry) -> dict[Audience, dt.datetime]:
    rows = Grant.select().where((Grant.entry == entry.id) & Grant.revoked_at.is_null())
    return {cast(Audience, str(g.audience)): g.granted_at for g in rows}


def _read_by(entry: Entry, now: dt.datetime) -> tuple[tuple[str, int, dt.datetime], ...]:
    rows = list(
        Reading.select(Reading, Revision.id, Revision.number, User.id, User.name)
        .join(Revision)
        .switch(Reading)
        .join(User)
        .where(Reading.entry == entry.id)
        .order_by(Reading.read_at)
    )
    able = access.still_readers(entry, [r.reader_id for r in rows], now=now) if rows else frozenset()
    return tuple((r.reader.name, r.revision.number, r.read_at) for r in rows if r.reader_id in able)

"""What of an import is here already, and what therefore becomes of each entry."""

import enum
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from peewee import chunked

from portfolio.domain.errors import Said
from portfolio.domain.exchange import ImportBundle, ImportedEntry
from portfolio.domain.importing.ready import title_of
from portfolio.domain.importing.report import ImportReport
from portfolio.domain.records import Viewer
from portfolio.domain.text import normalise
from portfolio.store.diary import Entry, Revision

KEY_LONGEST = 120  # characters
KEYS_AT_ONCE = 400  # of one question to the database


class Fate(enum.Enum):
    """What becomes of an entry that is brought."""

    NEW = "new"
    CHANGED = "changed"  # it gets a new revision
    SAME = "same"
    DELETED = "deleted"  # here, by its owner
    CHANGED_HERE = "changed here"
    NEWER_HERE = "newer here"


REMARKS = {
    Fate.DELETED: Said("%(file)s: left out, since you deleted this entry here."),
    Fate.CHANGED_HERE: Said("%(file)s: left as it is, since you changed it here."),
    Fate.NEWER_HERE: Said("%(file)s: left as it is, since what is here is newer."),
}


@dataclass(frozen=True, slots=True)
class Known:
    """An entry that is brought, with what is here of it."""

    imported: ImportedEntry
    key: str  # the creation key that it gets
    fate: Fate
    entry: Entry | None
    last: Revision | None

    def same_as(self, other: "Known") -> bool:
        """Whether nothing happened to it here in between."""
        mine, others = (
            (self.entry and self.entry.id, self.last and self.last.id),
            (
                other.entry and other.entry.id,
                other.last and other.last.id,
            ),
        )
        return self.fate == other.fate and mine == others


def known(viewer: Viewer, bundle: ImportBundle, entries: Sequence[ImportedEntry]) -> list[Known]:
    """What becomes of each of these entries of a bundle."""
    here = entries_here(viewer, bundle, entries)
    current = (Revision.entry == Entry.id) & (Revision.number == Entry.revision_number)
    wanted = {entry.id for entry in here.values()}
    last: dict[int, Revision] = {}
    for ids in chunked(sorted(wanted), KEYS_AT_ONCE):
        for revision in Revision.select().join(Entry, on=current).where(Entry.id.in_(ids)):
            last[revision.entry_id] = revision
    found = []
    for imported in entries:
        key = key_of(bundle, imported)
        entry = here.get(key)
        newest = last[entry.id] if entry else None
        found.append(Known(imported, key, _fate(bundle, imported, entry, newest), entry, newest))
    return found


def entries_here(viewer: Viewer, bundle: ImportBundle, entries: Sequence[ImportedEntry]) -> dict[str, Entry]:
    """Those of these entries that are here, by their creation key in this bundle."""
    found: dict[str, Entry] = {}
    for some in chunked(entries, KEYS_AT_ONCE):
        keys = {key_of(bundle, one): one.public_id for one in some}
        ids = [public_id for public_id in keys.values() if public_id]
        rows = Entry.select().where(
            (Entry.owner == viewer.user_id) & (Entry.creation_key.in_(list(keys)) | Entry.public_id.in_(ids))
        )
        by_key = {row.creation_key: row for row in rows}
        by_id = {row.public_id: row for row in rows}
        for key, public_id in keys.items():
            there = by_key.get(key) or by_id.get(public_id or "")
            if there is not None:
                found[key] = there
    return found


def key_of(bundle: ImportBundle, imported: ImportedEntry) -> str:
    """The key by which an entry is known again whenever it is brought."""
    key = f"{bundle.source}:{imported.source_key}"
    if len(key) > KEY_LONGEST:
        key = f"{bundle.source}:{hashlib.sha256(imported.source_key.encode()).hexdigest()}"
    return key


def batches(bundle: ImportBundle, done: int, most: int) -> Iterator[tuple[int, tuple[ImportedEntry, ...]]]:
    """The entries from `done` on, so many at once, none twice in one; with how many those make."""
    start = done
    while start < len(bundle.entries):
        keys: set[str] = set()
        end = start
        while end < len(bundle.entries) and end - start < most:
            key = key_of(bundle, bundle.entries[end])
            if key in keys:
                break
            keys.add(key)
            end += 1
        yield end, bundle.entries[start:end]
        start = end


def tally(report: ImportReport, one: Known, *, renamed: bool) -> None:
    """Enter in the report what becomes of an entry; `renamed`: a photograph of it has another id here."""
    imported = one.imported
    if one.fate == Fate.NEW:
        report.added += 1
        if imported.audiences and not imported.draft:
            report.count_readers(imported.audiences)
    elif one.fate == Fate.CHANGED:
        report.changed += 1
    elif one.fate != Fate.DELETED:
        report.unchanged += 1
    if one.fate in REMARKS:
        report.remarks.append(Said(REMARKS[one.fate].template, file=imported.source_name))
    if renamed:
        report.remarks.append(Said("%(file)s: a photograph was given a new name.", file=imported.source_name))


def _fate(bundle: ImportBundle, imported: ImportedEntry, entry: Entry | None, last: Revision | None) -> Fate:
    if entry is None or last is None:
        return Fate.NEW
    if entry.deleted_at is not None:
        return Fate.DELETED
    if (last.body, last.title) == (normalise(imported.body), title_of(imported.title)):
        return Fate.SAME
    if bundle.source == "archive" and last.sha256 not in {r.sha256 for r in imported.revisions}:
        return Fate.CHANGED_HERE
    if bundle.source == "leap2a" and imported.written_at and imported.written_at <= last.written_at:
        return Fate.NEWER_HERE
    return Fate.CHANGED

"""Writing a bundle's entries into a diary, batch by batch, and then what leads from one to another."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from peewee import chunked

from portfolio.domain.diary import entries as keeping
from portfolio.domain.diary import photographs, texts
from portfolio.domain.exchange import ImportBundle, ImportedComment, ImportedEntry
from portfolio.domain.importing.known import Fate, Known, entries_here, key_of, known
from portfolio.domain.importing.narratives import AUTHOR_LONGEST, write_attainments, write_narratives
from portfolio.domain.importing.places import Places, free_id
from portfolio.domain.importing.ready import Ready, make_changed, make_new
from portfolio.domain.records import Viewer
from portfolio.domain.text import language_of
from portfolio.store import search_index
from portfolio.store.database import Row
from portfolio.store.diary import Entry, EntryTag, Grant, Photograph, Restory, Revision, Threshold
from portfolio.store.feedback import Comment, CommentReading

ROWS_AT_ONCE = 100


class Moved(Exception):
    """What was made ready does not fit what is here by now."""


class Batch:
    """Some entries, made ready while nobody has to wait."""

    def __init__(self, viewer: Viewer, bundle: ImportBundle, entries: Sequence[ImportedEntry]) -> None:
        self.viewer, self.bundle, self.entries = viewer, bundle, entries
        self.known = known(viewer, bundle, entries)
        self.ready: dict[str, Ready] = {}  # by creation key

    def prepare(self, one: Known) -> None:
        """Render an entry's texts and write its pictures to the disk. Raises ImportRefused, Invalid."""
        if one.fate == Fate.NEW:
            self.ready[one.key] = make_new(one.imported)
        elif one.fate == Fate.CHANGED and one.entry is not None:
            self.ready[one.key] = make_changed(one.imported, one.entry)

    def renamed(self, one: Known) -> bool:
        """Whether a photograph of it gets another id than it had."""
        had = [picture.public_id for picture in one.imported.photographs]
        return one.fate == Fate.NEW and list(self.ready[one.key].pictures) != had

    def check(self) -> None:
        """In the transaction that writes it: is all as it was found? Raises Moved."""
        again = known(self.viewer, self.bundle, self.entries)
        if not all(a.same_as(b) for a, b in zip(self.known, again, strict=True)):
            raise Moved
        ids = [public_id for ready in self.ready.values() for public_id in ready.pictures]
        for some in chunked(ids, ROWS_AT_ONCE):
            if Photograph.select().where(Photograph.public_id.in_(some)).exists():
                raise Moved

    def drop_files(self) -> None:
        for ready in self.ready.values():
            ready.drop_files()


class Writer:
    """One import under way. Everything here is written in transactions of the caller's."""

    def __init__(self, viewer: Viewer, bundle: ImportBundle, now: dt.datetime, *, shared: bool) -> None:
        self.viewer, self.bundle, self.now, self.shared = viewer, bundle, now, shared
        self.rows: dict[type[Row], list[dict[str, Any]]] = {Revision: [], EntryTag: [], Grant: []}

    def write(self, batch: Batch, places: Places) -> None:
        """Write a batch. Raises Moved."""
        batch.check()
        for one in batch.known:
            ready = batch.ready.get(one.key)
            if ready is None:
                continue
            if one.entry is None:
                self._write_new(one, ready, places)
            else:
                self._write_again(one.entry, one.imported, ready, places)
        self._flush()

    def _write_new(self, one: Known, ready: Ready, places: Places) -> None:
        imported, stage = one.imported, places.stage_of(one.imported)
        created = imported.created_at or self.now
        entry = Entry.create(
            public_id=free_id(Entry, imported.public_id),
            owner=self.viewer.user_id,
            creation_key=one.key,
            programme=stage.programme_id if stage else (places.programme.id if places.programme else None),
            stage=stage,
            prompt=places.prompts.get(imported.prompt_id or ""),
            entry_date=imported.entry_date,
            framework=imported.framework if imported.framework in keeping.FRAMEWORKS else "",
            reflection_mode=imported.reflection_mode,
            revision_number=ready.texts[-1][0],
            created_at=created,
            kept_at=None if imported.draft else created,
        )
        for picture, (public_id, stored) in zip(imported.photographs, ready.pictures.items(), strict=True):
            photographs.store(
                self.viewer, entry, stored, alt=picture.alt, caption=picture.caption,
                public_id=public_id, now=created,
            )  # fmt: skip
        for number, made, moment in ready.texts:
            self._append(entry, number, made, moment or created)
        search_index.put(entry.id, self.viewer.user_id, ready.texts[-1][1].terms)
        self._tag(entry, imported)
        if self.shared and not imported.draft:
            for audience in sorted(imported.audiences):
                self.rows[Grant].append({"entry": entry.id, "audience": audience, "granted_at": self.now})
        if imported.threshold:
            mark = imported.threshold
            Threshold.create(
                entry=entry.id,
                kinds=list(mark.kinds),
                before=mark.before,
                after=mark.after,
                helped=mark.helped,
                marked_at=created,
            )
        if imported.comments:
            self._flush()  # they point at revisions
        for comment in imported.comments:
            self._write_comment(entry, comment, None, ready.html)

    def _write_again(self, entry: Entry, imported: ImportedEntry, ready: Ready, places: Places) -> None:
        ((number, made, _),) = ready.texts
        self._append(entry, number, made, self.now)
        Entry.update(
            revision_number=number,
            version=Entry.version + 1,
            entry_date=imported.entry_date,
            stage=places.stage_of(imported),
        ).where(Entry.id == entry.id).execute()
        EntryTag.delete().where(EntryTag.entry == entry.id).execute()
        self._tag(entry, imported)
        search_index.put(entry.id, self.viewer.user_id, made.terms)

    def _append(self, entry: Entry, number: int, made: texts.Made, moment: dt.datetime) -> None:
        about = {"entry": entry.id, "number": number, "started_at": moment, "written_at": moment}
        self.rows[Revision].append(about | made.columns)

    def _tag(self, entry: Entry, imported: ImportedEntry) -> None:
        for tag in keeping.checked_tags(imported.tags):
            self.rows[EntryTag].append({"entry": entry.id, "tag": tag})

    def _flush(self) -> None:
        """Write the rows that were put by: many in one statement take half the time."""
        for table, rows in self.rows.items():
            for chunk in chunked(rows, ROWS_AT_ONCE):
                table.insert_many(chunk).execute()
            rows.clear()

    def forget(self) -> None:
        """Forget the rows of a batch that was not written."""
        for rows in self.rows.values():
            rows.clear()

    def _write_comment(
        self, entry: Entry, imported: ImportedComment, above: Comment | None, html: dict[str, str]
    ) -> None:
        revision = (
            Revision.get_or_none((Revision.entry == entry.id) & (Revision.number == imported.revision_number))
            or Revision.select().where(Revision.entry == entry.id).order_by(Revision.number).first()
        )
        row = Comment.create(
            public_id=free_id(Comment, imported.public_id),
            entry=entry.id,
            revision=revision.id,
            author=self.viewer.user_id if imported.own else None,
            author_name=imported.author_name[:AUTHOR_LONGEST],
            author_role=imported.author_role,
            answers=above,
            body=imported.body,
            html=html[imported.body],
            language=language_of(imported.body),
            quoted=imported.quoted,
            quote_start=imported.quote_start,
            quote_end=imported.quote_end,
            written_at=imported.written_at,
            withdrawn_at=self.now if imported.withdrawn else None,
        )
        if not imported.own:
            CommentReading.create(comment=row.id, reader=self.viewer.user_id, read_at=self.now)
        for reply in imported.replies:
            self._write_comment(entry, reply, row, html)

    def finish(self, places: Places, narratives: dict[str, str]) -> None:
        """What leads from one entry to another, and was told about the whole; `narratives`: HTML by text."""
        here = entries_here(self.viewer, self.bundle, self.bundle.entries)
        entries = {
            imported.public_id: here[key]
            for imported in self.bundle.entries
            if imported.public_id and (key := key_of(self.bundle, imported)) in here
        }
        for imported in self.bundle.entries:
            entry, earlier = entries.get(imported.public_id or ""), entries.get(imported.retells or "")
            if entry and earlier and not Restory.select().where(Restory.entry == entry.id).exists():
                Restory.create(entry=entry.id, earlier=earlier.id)
        write_narratives(self.viewer, self.bundle, narratives, self.now)
        write_attainments(self.viewer, self.bundle, places.stages, entries, self.now)

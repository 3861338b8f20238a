"""Writing a bundle's entries, and what stands around them, into a diary."""

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from peewee import chunked, fn

from portfolio.domain import markup
from portfolio.domain.diary import entries as keeping
from portfolio.domain.diary import photographs, texts
from portfolio.domain.errors import Said
from portfolio.domain.exchange import ImportBundle, ImportedComment, ImportedEntry
from portfolio.domain.importing.checks import timezone_in
from portfolio.domain.importing.narratives import AUTHOR_LONGEST, write_attainments, write_narratives
from portfolio.domain.importing.ready import Ready, make_ready, title_of
from portfolio.domain.programme import programme_of
from portfolio.domain.records import AUDIENCES, Audience, Viewer
from portfolio.domain.text import language_of, normalise
from portfolio.store import files, search_index
from portfolio.store.database import Row
from portfolio.store.diary import Entry, EntryTag, Grant, Photograph, Restory, Revision, Threshold
from portfolio.store.feedback import Comment, CommentReading
from portfolio.store.fields import new_public_id
from portfolio.store.programme import Cohort, Meeting, Member, Programme, Prompt, Role, RoleName, Stage

KEY_LONGEST = 120  # characters
ROWS_AT_ONCE = 100


@dataclass(slots=True)
class ImportReport:
    """What an import did, or would do.

    `shareable` new entries were shared where they come from, `readable` says how many with each
    audience; they are granted again where the import is `shared`, else private.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    stages_made: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    dry_run: bool = False
    shared: bool = False
    shareable: int = 0
    readable: dict[Audience, int] = field(default_factory=dict)  # in the order of AUDIENCES
    owner_name: str = ""  # whose archive it is, where that is not the name of who brings it


class Writer:
    """One import under way: what the bundle's ids have become here."""

    def __init__(self, viewer: Viewer, bundle: ImportBundle, now: dt.datetime, report: ImportReport) -> None:
        self.viewer, self.bundle, self.now, self.report = viewer, bundle, now, report
        self.programme: Programme | None = programme_of(viewer.user_id)
        self.own_programme: Programme | None = None
        self.own_cohort: Cohort | None = None
        self.stages: dict[str, Stage] = {}  # by lower-case name and by imported id
        self.prompts: dict[str, Prompt] = {}
        self.here: dict[str, Entry] = {}  # by creation key and by public id
        self.ready: dict[str, Ready] = {}  # by creation key
        self.narratives: dict[str, str] = {}  # HTML by text
        self.entries: dict[str, Entry] = {}  # by imported id
        self.last: dict[int, Revision] = {}  # the current ones of the entries that are here
        self.rows: dict[type[Row], list[dict[str, Any]]] = {Revision: [], EntryTag: [], Grant: []}

    def prepare(self, progress: Callable[[int], None]) -> None:
        """Render texts and encode pictures, which takes long, before everybody else has to wait."""
        self._look_around()
        self.narratives = {n.body: markup.render(n.body).html for n in self.bundle.narratives}
        for done, entry in enumerate(self.bundle.entries, 1):
            if self._there(entry) is None:
                self.ready[self._key(entry)] = make_ready(entry)
            progress(done)

    def drop_files(self) -> None:
        for ready in self.ready.values():
            for stored in ready.photographs:
                files.remove(stored.name)

    def write(self, progress: Callable[[int], None]) -> None:
        """All of it, in a transaction of the caller's, while nobody else can write."""
        self._look_around()
        current = (Revision.entry == Entry.id) & (Revision.number == Entry.revision_number)
        mine = Revision.select().join(Entry, on=current).where(Entry.owner == self.viewer.user_id)
        self.last = {revision.entry_id: revision for revision in mine} if self.here else {}
        self._find_stages()
        self._write_prompts_and_meetings()
        for done, entry in enumerate(self.bundle.entries, 1):
            self._write_entry(entry)
            progress(done)
        self._flush()
        for entry in self.bundle.entries:
            self._link(entry)
        counted = self.report.readable
        self.report.readable = {a: counted[a] for a in AUDIENCES if a in counted}
        write_narratives(self.viewer, self.bundle, self.narratives, self.now)
        write_attainments(self.viewer, self.bundle, self.stages, self.entries, self.now)

    # -- programme

    def _find_stages(self) -> None:
        used = {(e.stage_id or "", (e.stage_name or "").lower()) for e in self.bundle.entries}
        shown = {a.stage_id for a in self.bundle.attainments}
        for imported in self.bundle.stages:
            stage = self._known_stage(imported.public_id, imported.name)
            if stage is None:
                wanted = self.bundle.source == "archive" or any(
                    imported.public_id == i or imported.name.lower() == n for i, n in used
                )
                if not wanted and imported.public_id not in shown:
                    continue
                stage = self._make_stage(
                    imported.name,
                    public_id=imported.public_id,
                    identity_label=imported.identity_label,
                    starts_on=imported.starts_on,
                    ends_on=imported.ends_on,
                    objectives=list(imported.objectives),
                    competencies=list(imported.competencies),
                )
            self.stages[imported.name.lower()] = stage
            if imported.public_id:
                self.stages[imported.public_id] = stage

    def _known_stage(self, public_id: str | None, name: str) -> Stage | None:
        for programme in (self.programme, self._own(make=False)):
            if programme is None:
                continue
            stages = list(Stage.select().where(Stage.programme == programme.id).order_by(Stage.position))
            named = [s for s in stages if s.public_id == public_id] or [
                s for s in stages if s.name.lower() == name.lower()
            ]
            if named:
                return named[0]
        return None

    def _make_stage(self, name: str, **values: Any) -> Stage:
        programme = self._own(make=True)
        assert programme is not None
        last = Stage.select(fn.MAX(Stage.position)).where(Stage.programme == programme.id).scalar() or 0
        values["public_id"] = _free_id(Stage, values.get("public_id"))
        self.report.stages_made.append(name)
        return Stage.create(
            programme=programme.id,
            name=name,
            position=last + 1,
            **{k: v for k, v in values.items() if v is not None},
        )

    def _own(self, *, make: bool) -> Programme | None:
        if self.own_programme is None:
            self.own_programme = Programme.get_or_none(
                (Programme.owner == self.viewer.user_id) & Programme.personal
            )
        if self.own_programme is None and make:
            name = self.bundle.programme_name or self.viewer.name
            self.own_programme = Programme.create(
                name=name,
                timezone=timezone_in(self.bundle) or (self.programme.timezone if self.programme else "UTC"),
                owner=self.viewer.user_id,
                personal=True,
                created_at=self.now,
            )
        return self.own_programme

    def _cohort(self) -> Cohort:
        """A cohort of one, in the student's own programme, for prompts and meetings that came along."""
        if self.own_cohort is None:
            programme = self._own(make=True)
            assert programme is not None
            self.own_cohort = Cohort.get_or_none(Cohort.programme == programme.id)
            if self.own_cohort is None:
                self.own_cohort = Cohort.create(
                    programme=programme.id,
                    name=self.bundle.cohort_name or programme.name,
                    created_at=self.now,
                )
                member = Member.create(
                    cohort=self.own_cohort.id, user=self.viewer.user_id, joined_at=self.now
                )
                Role.create(member=member.id, role=RoleName.MENTEE, starts_on=self.now.date())
        return self.own_cohort

    def _write_prompts_and_meetings(self) -> None:
        mine = Member.select(Member.cohort).where(Member.user == self.viewer.user_id)
        for prompt in self.bundle.prompts:
            there = Prompt.get_or_none((Prompt.public_id == prompt.public_id) & Prompt.cohort.in_(mine))
            self.prompts[prompt.public_id] = there or Prompt.create(
                public_id=_free_id(Prompt, prompt.public_id),
                cohort=self._cohort().id,
                author_name=prompt.author_name[:AUTHOR_LONGEST],
                stage=self.stages.get(prompt.stage_id or ""),
                text=prompt.text,
                starts_on=prompt.starts_on,
                ends_on=prompt.ends_on,
                created_at=self.now,
            )
        for meeting in self.bundle.meetings:
            if (
                not Meeting.select()
                .where((Meeting.public_id == meeting.public_id) & Meeting.cohort.in_(mine))
                .exists()
            ):
                Meeting.create(
                    public_id=_free_id(Meeting, meeting.public_id),
                    cohort=self._cohort().id,
                    title=meeting.title,
                    held_on=meeting.held_on,
                    created_at=self.now,
                )

    # -- entries

    def _look_around(self) -> None:
        mine = list(Entry.select().where(Entry.owner == self.viewer.user_id))
        self.here = {e.public_id: e for e in mine} | {e.creation_key: e for e in mine}

    def _key(self, imported: ImportedEntry) -> str:
        key = f"{self.bundle.source}:{imported.source_key}"
        if len(key) > KEY_LONGEST:
            key = f"{self.bundle.source}:{hashlib.sha256(imported.source_key.encode()).hexdigest()}"
        return key

    def _there(self, imported: ImportedEntry) -> Entry | None:
        return self.here.get(self._key(imported)) or self.here.get(imported.public_id or "")

    def _write_entry(self, imported: ImportedEntry) -> None:
        key, there = self._key(imported), self._there(imported)
        stage = self.stages.get(imported.stage_id or "") or self._stage_named(imported)
        if there is not None:
            self._write_again(there, imported, stage)
            entry = there
        else:
            entry = self.here[key] = self._write_new(key, imported, stage)
            self.report.added += 1
        if imported.public_id:
            self.entries[imported.public_id] = entry

    def _stage_named(self, imported: ImportedEntry) -> Stage | None:
        if not imported.stage_name:
            return None
        name = imported.stage_name.lower()
        if name not in self.stages:
            known = self._known_stage(None, imported.stage_name)
            self.stages[name] = known or self._make_stage(imported.stage_name)
        return self.stages[name]

    def _write_again(self, entry: Entry, imported: ImportedEntry, stage: Stage | None) -> None:
        if entry.deleted_at is not None:
            self.report.remarks.append(
                Said("%(file)s: left out, since you deleted this entry here.", file=imported.source_name)
            )
            return
        last = self.last.get(entry.id)
        if last is None:  # the bundle has it twice
            self._flush()
            last = Revision.get((Revision.entry == entry.id) & (Revision.number == entry.revision_number))
        if (last.body, last.title) == (normalise(imported.body), title_of(imported.title)):
            self.report.unchanged += 1
            return
        earlier = {r.sha256 for r in imported.revisions}
        if self.bundle.source == "archive" and last.sha256 not in earlier:
            self.report.remarks.append(
                Said("%(file)s: left as it is, since you changed it here.", file=imported.source_name)
            )
            self.report.unchanged += 1
            return
        if self.bundle.source == "leap2a" and imported.written_at and imported.written_at <= last.written_at:
            self.report.remarks.append(
                Said("%(file)s: left as it is, since what is here is newer.", file=imported.source_name)
            )
            self.report.unchanged += 1
            return
        made = texts.make(title_of(imported.title), imported.body, imported.tags, entry)
        self._append(entry, last.number + 1, made, self.now)
        self.last.pop(entry.id, None)
        Entry.update(
            revision_number=last.number + 1,
            version=Entry.version + 1,
            entry_date=imported.entry_date,
            stage=stage,
        ).where(Entry.id == entry.id).execute()
        EntryTag.delete().where(EntryTag.entry == entry.id).execute()
        self._tag(entry, imported)
        search_index.put(entry.id, self.viewer.user_id, made.terms)
        self.report.changed += 1

    def _write_new(self, key: str, imported: ImportedEntry, stage: Stage | None) -> Entry:
        created = imported.created_at or self.now
        programme = stage.programme_id if stage else (self.programme.id if self.programme else None)
        ready = self.ready.pop(key, None) or make_ready(imported)
        self.ready[key] = ready
        entry = Entry.create(
            public_id=_free_id(Entry, imported.public_id),
            owner=self.viewer.user_id,
            creation_key=key,
            programme=programme,
            stage=stage,
            prompt=self.prompts.get(imported.prompt_id or ""),
            entry_date=imported.entry_date,
            framework=imported.framework if imported.framework in keeping.FRAMEWORKS else "",
            reflection_mode=imported.reflection_mode,
            revision_number=ready.texts[-1][0],
            created_at=created,
            kept_at=None if imported.draft else created,
        )
        renamed = False
        for picture, stored in zip(imported.photographs, ready.photographs, strict=True):
            photograph = photographs.store(
                self.viewer, entry, stored, alt=picture.alt, caption=picture.caption,
                public_id=_free_id(Photograph, picture.public_id), now=created,
            )  # fmt: skip
            if photograph.public_id != picture.public_id:
                self.report.remarks.append(
                    Said("%(file)s: a photograph was given a new name.", file=imported.source_name)
                )
                renamed = True
        for number, made, moment in ready.texts:
            if renamed:  # a text must not show somebody else's photograph by the same name
                made = texts.make(made.columns["title"], made.columns["body"], imported.tags, entry)
            self._append(entry, number, made, moment or created)
        search_index.put(entry.id, self.viewer.user_id, ready.texts[-1][1].terms)
        self._tag(entry, imported)
        if imported.audiences and not imported.draft:
            self._share(entry, imported)
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
        return entry

    def _share(self, entry: Entry, imported: ImportedEntry) -> None:
        """Count whom an entry was shared with, and grant it to them again if that is wished."""
        self.report.shareable += 1
        for audience in sorted(imported.audiences):
            self.report.readable[audience] = self.report.readable.get(audience, 0) + 1
            if self.report.shared:
                self.rows[Grant].append({"entry": entry.id, "audience": audience, "granted_at": self.now})

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

    def _write_comment(
        self, entry: Entry, imported: ImportedComment, above: Comment | None, html: dict[str, str]
    ) -> None:
        revision = (
            Revision.get_or_none((Revision.entry == entry.id) & (Revision.number == imported.revision_number))
            or Revision.select().where(Revision.entry == entry.id).order_by(Revision.number).first()
        )
        row = Comment.create(
            public_id=_free_id(Comment, imported.public_id),
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

    def _link(self, imported: ImportedEntry) -> None:
        if not imported.retells or not imported.public_id or imported.retells not in self.entries:
            return
        entry, earlier = self.entries[imported.public_id], self.entries[imported.retells]
        if not Restory.select().where(Restory.entry == entry.id).exists():
            Restory.create(entry=entry.id, earlier=earlier.id)


def _free_id(table: Any, wanted: str | None) -> str:
    """The id that something had, if nobody has it here, else a new one."""
    if wanted and not table.select().where(table.public_id == wanted).exists():
        return wanted
    return new_public_id()

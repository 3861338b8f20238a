"""Reading an open archive back: checked from its checksums to its last date, or refused as a whole."""

import hashlib
import json
from collections import Counter
from collections.abc import Container
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Literal, cast
from zoneinfo import available_timezones

from portfolio.domain.errors import ImportRefused
from portfolio.domain.exchange import (
    ImportBundle,
    ImportedAttainment,
    ImportedComment,
    ImportedEntry,
    ImportedMeeting,
    ImportedNarrative,
    ImportedPhotograph,
    ImportedPrompt,
    ImportedRevision,
    ImportedStage,
)
from portfolio.domain.records import Audience, Language, Pass, ReflectionMode, Role, Threshold, ThresholdKind
from portfolio.domain.text import normalise
from portfolio.export.bag import TOTAL_MOST, Bag, Reopened, refuse
from portfolio.export.fields import ID as ID
from portfolio.export.fields import Fields
from portfolio.export.front_matter import read_document

FORMAT = "portfolio-archive"
FORMAT_VERSION = 1

MANIFEST_MOST = 64 * 1024**2  # bytes
TEXT_MOST = 8 * 1024**2  # bytes; the diary takes texts of a million characters, four bytes each at most
PASSES_MOST = 100  # of one person through the stages
PHOTOGRAPH_MOST = 64 * 1024**2


def read_archive(path: Path, most: int = TOTAL_MOST) -> ImportBundle:
    """All that an archive (a zip, or the folder of one) holds, with at most `most` bytes when unpacked.

    Nothing is unpacked to the disk. Raises ImportRefused with a sentence for each problem, which
    names the file: checksums that do not agree, names that leave the folder, links, what unpacks
    to too much, files that are missing or twice, texts that are not UTF-8, wrong values.
    """
    with Bag(path, most) as bag:
        return _Reader(bag).read()


class _Reader:
    def __init__(self, bag: Bag) -> None:
        self.bag = bag
        self.reopened = Reopened(bag.path)
        self.problems: list[str] = []
        self.remarks: list[str] = []

    def read(self) -> ImportBundle:
        manifest = self._manifest()
        owner, programme = manifest.part("owner"), manifest.part("programme")
        stages = tuple(_stage(n, fields) for n, fields in enumerate(manifest.each("stages"), 1))
        prompts = tuple(_prompt(fields) for fields in manifest.each("prompts"))
        entries = [self._entry(fields) for fields in manifest.each("entries")]
        found = [entry for entry in entries if entry is not None]
        timezone = programme.text("timezone")
        if timezone and timezone not in available_timezones():
            programme.wrong(f"timezone is {timezone!r:.60}, which is no time zone")
        if manifest.values.get("editions"):
            self.remarks.append("The editions (PDF) stay in the archive; they are not taken in.")
        bundle = ImportBundle(
            source="archive",
            name=self.bag.path.name,
            entries=tuple(found),
            stages=stages,
            prompts=prompts,
            meetings=tuple(
                ImportedMeeting(m.id(), m.needed_day("held_on"), m.text("title"))
                for m in manifest.each("meetings")
            ),
            narratives=tuple(filter(None, map(self._narrative, manifest.each("narratives")))),
            attainments=tuple(map(_attainment, manifest.each("attainments"))),
            owner_name=owner.text("name"),
            programme_name=programme.text("name"),
            cohort_name=programme.text("cohort"),
            timezone=timezone,
            language=cast(Language | None, owner.word("language", Language)),
            made_at=manifest.moment("made_at"),
            remarks=tuple(self.remarks),
        )
        self._check_references(bundle)
        refuse(self.problems)
        return bundle

    def _manifest(self) -> Fields:
        where = "data/manifest.json"
        try:
            values = json.loads(self.bag.read(where, MANIFEST_MOST))
        except KeyError:
            raise ImportRefused([f"{where}: it is missing."]) from None
        except (ValueError, RecursionError):
            raise ImportRefused([f"{where}: it is not JSON in UTF-8."]) from None
        manifest = Fields(values, where, self.problems)
        if manifest.values.get("format") != FORMAT:
            raise ImportRefused([f"{where}: this is not the archive of a diary."])
        if manifest.values.get("version") != FORMAT_VERSION:
            raise ImportRefused([f"{where}: it was made by a later version that this one cannot read."])
        return manifest

    def _document(self, path: str, folder: str, by: Fields) -> tuple[Fields, str, str] | None:
        """The values, the body and the body's SHA-256 of a Markdown file that `by` names."""
        where = f"data/{path}"
        if not path.startswith(f"{folder}/"):
            by.wrong(f"{path or 'a path'!r:.100} is not in {folder}/")
            return None
        try:
            values, body = read_document(self.bag.read(where, TEXT_MOST))
        except KeyError:
            self.problems.append(f"{where}: it is missing.")
            return None
        except ValueError as problem:
            self.problems.append(f"{where}: it {problem}.")
            return None
        fields = Fields(values, where, self.problems)
        if fields.text("sha256") != hashlib.sha256(body.encode()).hexdigest():
            fields.wrong("its text does not agree with its checksum (sha256)")
        body = normalise(body)
        return fields, body, hashlib.sha256(body.encode()).hexdigest()

    def _entry(self, row: Fields) -> ImportedEntry | None:
        path = row.text("path")
        found = self._document(path, "entries", row)
        if found is None:
            return None
        fields, body, digest = found
        key = fields.id()
        if key != row.id():
            fields.wrong(f"its id is not the one in {row.where}")
        title, number = fields.text("title"), fields.number("revision", 1)
        revisions = tuple(r for p in row.texts("revisions") if (r := self._revision(p, key, row)))
        last = (revisions[-1].number, revisions[-1].title, revisions[-1].sha256) if revisions else None
        if last not in (None, (number, title, digest)):
            fields.wrong("it is not equal to its last revision")
        if any(a.number >= b.number for a, b in pairwise(revisions)):
            fields.wrong("its revisions are not in order")
        threshold = fields.part("threshold")
        return ImportedEntry(
            source_key=key,
            source_name=f"data/{path}",
            public_id=key,
            entry_date=fields.needed_day("entry_date"),
            title=title,
            body=body,
            sha256=digest,
            stage_name=fields.text("stage") or None,
            stage_id=fields.optional_id("stage_id"),
            tags=fields.texts("tags"),
            audiences=frozenset(cast(tuple[Audience, ...], fields.words("audiences", Audience))),
            created_at=fields.moment("created_at"),
            written_at=fields.moment("written_at"),
            revision_number=number,
            revisions=revisions,
            draft=fields.yes("draft"),
            prompt_id=fields.optional_id("prompt_id"),
            prompt_text=fields.text("prompt"),
            framework=fields.text("framework"),
            reflection_mode=cast(ReflectionMode | None, fields.word("reflection_mode", ReflectionMode)),
            threshold=Threshold(
                cast(tuple[ThresholdKind, ...], threshold.words("kinds", ThresholdKind)),
                threshold.text("before"),
                threshold.text("after"),
                threshold.text("helped"),
            )
            if threshold.values
            else None,
            retells=fields.part("links").optional_id("retells"),
            comments=self._comments(row, key, {r.number for r in revisions} or range(1, number + 1)),
            photographs=tuple(filter(None, map(self._photograph, fields.each("photographs")))),
        )

    def _revision(self, path: str, entry_id: str, row: Fields) -> ImportedRevision | None:
        found = self._document(path, "revisions", row)
        if found is None:
            return None
        fields, body, digest = found
        if fields.id("entry") != entry_id:
            fields.wrong("it belongs to another entry")
        return ImportedRevision(
            fields.number("revision", 1), fields.text("title"), body, fields.moment("written_at"), digest
        )

    def _comments(self, row: Fields, entry_id: str, revisions: Container[int]) -> tuple[ImportedComment, ...]:
        """The comments of an entry as threads: an answer stands beneath what it answers."""
        answers: dict[str | None, list[str]] = {None: []}
        made: dict[str, ImportedComment] = {}
        for path in row.texts("comments"):
            found = self._document(path, "comments", row)
            if found is None:
                continue
            fields, body, _ = found
            comment = _comment(fields, body)
            above = fields.optional_id("answers")
            if fields.id("entry") != entry_id:
                fields.wrong("it belongs to another entry")
            if comment.revision_number not in revisions:
                fields.wrong(f"it is about revision {comment.revision_number}, which is not there")
            if comment.public_id in made:
                fields.wrong("its id is there twice")
            elif above not in answers:
                fields.wrong("it answers a comment that does not stand before it")
            else:
                answers[above].append(comment.public_id)
                answers[comment.public_id] = []
                made[comment.public_id] = comment
        for key in reversed(made):  # answers first, so that a thread is whole when it is put into another
            made[key] = replace(made[key], replies=tuple(made[reply] for reply in answers[key]))
        return tuple(made[key] for key in answers[None])

    def _photograph(self, fields: Fields) -> ImportedPhotograph | None:
        path = fields.text("path")
        member = f"data/{path}"
        if not path.startswith("attachments/") or member not in self.bag.names:
            fields.wrong(f"{path or 'its path'!r:.100} is not in the archive")
            return None
        digest = self.bag.hashes[member]
        return ImportedPhotograph(
            public_id=fields.id(),
            media_type=fields.text("media_type"),
            width=fields.number("width"),
            height=fields.number("height"),
            alt=fields.text("alt"),
            caption=fields.text("caption"),
            sha256=digest,
            read=partial(self.reopened.read, self.bag.names[member], digest, PHOTOGRAPH_MOST),
        )

    def _narrative(self, row: Fields) -> ImportedNarrative | None:
        found = self._document(row.text("path"), "narratives", row)
        if found is None:
            return None
        fields, body, _ = found
        kind = fields.text("kind")
        if kind not in ("student", "mentor"):
            fields.wrong("kind is neither student nor mentor")
            return None
        return ImportedNarrative(
            cast(Literal["student", "mentor"], kind),
            fields.text("author"),
            fields.needed_day("written_on"),
            body,
        )

    def _check_references(self, bundle: ImportBundle) -> None:
        ids: dict[str, Counter[str | None]] = {
            "entry": Counter(entry.public_id for entry in bundle.entries),
            "stage": Counter(stage.public_id for stage in bundle.stages),
            "prompt": Counter(prompt.public_id for prompt in bundle.prompts),
            "meeting": Counter(meeting.public_id for meeting in bundle.meetings),
            "photograph": Counter(p.public_id for entry in bundle.entries for p in entry.photographs),
        }
        for kind, found in ids.items():
            for key, times in found.items():
                if times > 1 and key:
                    self.problems.append(f"data/manifest.json: the {kind} {key} is there {times} times.")
        entries, stages = ids["entry"], ids["stage"]
        for entry in bundle.entries:
            if entry.stage_id and entry.stage_id not in stages:
                self.problems.append(f"{entry.source_name}: its stage is not in data/manifest.json.")
            if entry.prompt_id and entry.prompt_id not in ids["prompt"]:
                self.problems.append(f"{entry.source_name}: its prompt is not in data/manifest.json.")
            if entry.retells and entry.retells not in entries:
                self.problems.append(f"{entry.source_name}: the entry that it retells is not there.")
        for attainment in bundle.attainments:
            lost = [key for key in attainment.evidence if key not in entries]
            lost += [attainment.stage_id] if attainment.stage_id not in stages else []
            for key in lost:
                self.problems.append(f"data/manifest.json: an attainment names {key}, which is not there.")


def _stage(position: int, fields: Fields) -> ImportedStage:
    name = fields.text("name")
    if not name:
        fields.wrong("name is missing")
    return ImportedStage(
        name=name,
        position=position,
        public_id=fields.id(),
        identity_label=fields.text("identity_label"),
        starts_on=fields.day("starts_on"),
        ends_on=fields.day("ends_on"),
        objectives=fields.texts("objectives"),
        competencies=fields.texts("competencies"),
        passes=_passes(fields),
    )


def _passes(stage: Fields) -> tuple[Pass, ...]:
    found = [
        Pass(one.number("number", 1), one.needed_day("starts_on"), one.day("ends_on"))
        for one in stage.each("passes")
    ]
    numbers = {one.number for one in found}
    if len(numbers) < len(found) or max(numbers, default=1) > PASSES_MOST:
        stage.wrong("its passes are not numbered one by one")
    return tuple(found)


def _prompt(fields: Fields) -> ImportedPrompt:
    return ImportedPrompt(
        public_id=fields.id(),
        text=fields.text("text"),
        author_name=fields.text("author_name"),
        starts_on=fields.needed_day("starts_on"),
        ends_on=fields.day("ends_on"),
        stage_id=fields.optional_id("stage_id"),
    )


def _meeting(fields: Fields) -> ImportedMeeting:
    return ImportedMeeting(fields.id(), fields.needed_day("held_on"), fields.text("title"))


def _attainment(fields: Fields) -> ImportedAttainment:
    return ImportedAttainment(
        fields.id("stage_id"), fields.text("competency"), fields.text("narrative"), fields.texts("evidence")
    )


def _comment(fields: Fields, body: str) -> ImportedComment:
    role = fields.word("author_role", Role)
    if role is None and fields.values.get("author_role") in (None, ""):
        fields.wrong("author_role is missing")
    start, end = fields.optional_number("quote_start"), fields.optional_number("quote_end")
    if (start is None) != (end is None) or (start is not None and end is not None and start > end):
        fields.wrong("quote_start and quote_end do not make a passage")
    return ImportedComment(
        public_id=fields.id(),
        author_name=fields.text("author"),
        author_role=cast(Role, role),
        own=fields.yes("own"),
        written_at=fields.moment("written_at"),
        revision_number=fields.number("revision", 1),
        body=body,
        quoted=fields.text("quoted") or None,
        quote_start=start,
        quote_end=end,
        withdrawn=fields.yes("withdrawn"),
    )

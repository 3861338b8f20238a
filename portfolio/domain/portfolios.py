"""What a student makes of the diary: a selection, narratives, attainments, numbered editions."""

import datetime as dt
import hashlib
import json
import pathlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, cast

from peewee import ModelSelect, fn

from portfolio.domain import access, accounts, errors, markup, records
from portfolio.domain.diary.loading import load
from portfolio.domain.diary.timeline import count_months, own_kept, stages_written_in
from portfolio.domain.programme import meetings_for, programme_of, prompts_for, stages_for, timezone_of, today
from portfolio.domain.records import Choices, Viewer
from portfolio.domain.text import language_of, normalise
from portfolio.store import database, files
from portfolio.store.accounts import User
from portfolio.store.diary import Entry, EntryTag, Revision
from portfolio.store.portfolios import Attainment, Edition, EditionEntry, Evidence, Narrative
from portfolio.store.programme import Cohort, Member, Programme, Stage

NARRATIVE_LONGEST = 60_000  # characters
IN_ORDER = (Entry.entry_date, Entry.created_at, Entry.id)


@dataclass(frozen=True, slots=True)
class EditionView:
    public_id: str
    number: int
    variant: str
    made_at: dt.datetime
    content_hash: str
    pages: int
    size: int


@dataclass(frozen=True, slots=True)
class AttainmentView:
    public_id: str
    stage: records.Stage
    competency: str
    narrative: str
    evidence: tuple[records.Entry, ...]


def check_choices(viewer: Viewer, choices: Choices) -> Choices:
    """Choices as they will be used. Raises Invalid for a foreign stage or a period that ends too early."""
    if choices.from_date and choices.to_date and choices.to_date < choices.from_date:
        raise errors.Invalid("The period ends before it begins.", field="to")
    known = {s.public_id for s in stages_written_in(viewer)}
    if not set(choices.stages) <= known:
        raise errors.Invalid("This stage is not one of your programme's.", field="stages")
    if choices.variant not in ("own", "review"):
        raise errors.Invalid("The variant is own or review.", field="variant")
    if choices.variant == "review" and choices.private:
        raise errors.Invalid(
            "A review document holds granted entries only. "
            "Grant what you want in it, or make your own variant.",
            field="private",
        )
    return choices


def select(viewer: Viewer, choices: Choices, *, now: dt.datetime, whole: bool = False) -> records.Portfolio:
    """The viewer's diary as chosen, as one plain record.

    `whole` adds drafts and all revisions: what the open archive holds. A private entry is in
    it only if the choices say so. Raises Invalid.
    """
    check_choices(viewer, choices)
    if whole:
        query = Entry.select().where((Entry.owner == viewer.user_id) & Entry.deleted_at.is_null())
    else:
        query = own_kept(viewer)
    query = _chosen(query, choices).order_by(*IN_ORDER)
    entries = load(query, viewer, now=now, comments=choices.comments, revisions=whole)
    if not choices.private:
        entries = [e for e in entries if e.audiences]
    return _composed(viewer, choices, entries, now)


def _composed(
    viewer: Viewer, choices: Choices, entries: Sequence[records.Entry], now: dt.datetime
) -> records.Portfolio:
    """A portfolio of these entries, with what stands around them; counts are as of `now`."""
    programme = programme_of(viewer.user_id)
    timezone = timezone_of(viewer.user_id)
    stages = stages_for(viewer.user_id, programme)
    ids = {e.public_id for e in entries}
    entries = [
        replace(
            e,
            retells=e.retells if e.retells in ids else None,
            returned_to=tuple(i for i in e.returned_to if i in ids),
        )
        for e in entries
    ]
    shown_stages = _stages_shown(stages, entries, choices)
    day = today(timezone, now)
    starts = choices.from_date or (entries[0].entry_date if entries else day)
    ends = choices.to_date or (entries[-1].entry_date if entries else day)
    if entries:  # a draft may lie outside of what was asked for by nobody; the period holds what is shown
        starts, ends = min(starts, entries[0].entry_date), max(ends, entries[-1].entry_date)
    prompts = tuple(p for p in prompts_for(viewer.user_id) if starts <= p.starts_on <= ends)
    meetings = tuple(m for m in meetings_for(viewer.user_id) if starts <= m.held_on <= ends)
    user = User.get_by_id(viewer.user_id)
    portfolio = records.Portfolio(
        owner_id=user.public_id,
        owner_login=user.login,
        owner_name=user.name,
        programme_name=programme.name if programme else "",
        cohort_name=_cohort_name(viewer.user_id),
        language=cast(records.Language, user.language),
        timezone=timezone,
        made_at=now,
        edition=0,
        choices=choices,
        starts_on=starts,
        ends_on=ends,
        stages=shown_stages,
        entries=tuple(entries),
        months=count_months(
            [(e.entry_date, e.public_id, e.threshold is not None) for e in entries],
            shown_stages, prompts, meetings, starts, ends,
        ),
        left_out=_left_out(viewer, entries, now),
        prompts=prompts,
        meetings=meetings,
        narratives=narratives(viewer),
        attainments=_attainment_records(viewer, ids),
    )  # fmt: skip
    return replace(portfolio, content_hash=content_hash(portfolio))


def _left_out(viewer: Viewer, entries: Sequence[records.Entry], now: dt.datetime) -> int:
    kept = own_kept(viewer).where(Entry.kept_at <= now).count()
    return max(0, kept - sum(not e.draft for e in entries))


def content_hash(portfolio: records.Portfolio) -> str:
    """SHA-256 (hex) over all that a document made from this shows, but for the time of making."""
    shown = asdict(
        replace(portfolio, made_at=dt.datetime(2000, 1, 1, tzinfo=dt.UTC), edition=0, content_hash="")
    )
    for entry in shown["entries"]:
        for photograph in entry["photographs"]:
            del photograph["path"]
    text = json.dumps(shown, ensure_ascii=False, sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def freeze_edition(viewer: Viewer, choices: Choices, *, now: dt.datetime) -> tuple[str, records.Portfolio]:
    """Freeze a numbered edition; returns its public id and what it holds.

    It names the revision of each entry, which from now on no quick save folds into. When
    nothing has changed since the last edition of the same choices, that one is given again.
    Raises Invalid, when nothing is chosen too.
    """
    with database.transaction():
        database.in_turn(viewer.user_id)
        portfolio = select(viewer, choices, now=now)
        if not portfolio.entries:
            raise errors.Invalid(
                "No entry meets these choices. Private entries are in it only if you choose them."
            )
        same = (Edition.owner == viewer.user_id) & (Edition.content_hash == portfolio.content_hash)
        there = Edition.select().where(same).order_by(Edition.number.desc()).first()
        if there is not None:
            return there.public_id, replace(portfolio, edition=there.number, made_at=there.made_at)
        number = (
            Edition.select(fn.MAX(Edition.number)).where(Edition.owner == viewer.user_id).scalar() or 0
        ) + 1
        portfolio = replace(portfolio, edition=number)
        edition = Edition.create(
            owner=viewer.user_id,
            number=number,
            variant=choices.variant,
            choices=choices_to_json(choices),
            content_hash=portfolio.content_hash,
            made_at=now,
        )
        rows = {
            e.public_id: e.id
            for e in Entry.select(Entry.id, Entry.public_id).where(Entry.owner == viewer.user_id)
        }
        EditionEntry.insert_many(
            [
                {"edition": edition.id, "entry": rows[e.public_id], "revision_number": e.revision_number}
                for e in portfolio.entries
            ]
        ).execute()
        accounts.note("edition frozen", now=now, actor=viewer.user_id, subject=edition.public_id)
    return str(edition.public_id), portfolio


def portfolio_of_edition(viewer: Viewer, edition_id: str) -> records.Portfolio:
    """What an edition froze, loaded again: entries in their frozen revisions, comments as of that day.

    An entry that was deleted since is left out. Raises NotFound.
    """
    edition = Edition.get_or_none((Edition.public_id == edition_id) & (Edition.owner == viewer.user_id))
    if edition is None:
        raise errors.NotFound
    choices = choices_from_json(edition.choices)
    held = Entry.select().join(EditionEntry).where(EditionEntry.edition == edition.id)
    frozen = {
        r.entry.public_id: r
        for r in Revision.select(Revision, Entry)
        .join(Entry)
        .join(
            EditionEntry,
            on=(EditionEntry.entry == Entry.id) & (EditionEntry.revision_number == Revision.number),
        )
        .where(EditionEntry.edition == edition.id)
    }
    loaded = load(
        held.where(Entry.deleted_at.is_null()).order_by(*IN_ORDER),
        viewer,
        now=edition.made_at,
        comments=choices.comments,
    )
    entries = [
        replace(
            e,
            title=frozen[e.public_id].title,
            body=frozen[e.public_id].body,
            html=frozen[e.public_id].html,
            words=frozen[e.public_id].words,
            language=cast(records.Language, frozen[e.public_id].language),
            revision_number=frozen[e.public_id].number,
            written_at=frozen[e.public_id].written_at,
            comments=_said_by(e.comments, edition.made_at),
        )
        for e in loaded
    ]
    portfolio = _composed(viewer, choices, entries, edition.made_at)
    return replace(portfolio, edition=edition.number, content_hash=edition.content_hash)


def _said_by(comments: Iterable[records.Comment], moment: dt.datetime) -> tuple[records.Comment, ...]:
    """Threads as they stood at a moment."""
    return tuple(replace(c, replies=_said_by(c.replies, moment)) for c in comments if c.written_at <= moment)


def finish_edition(edition_id: str, *, stored_name: str, pages: int, size: int) -> bool:
    """Say where the file of an edition lies, with its pages and bytes; False where it has one already."""
    unfinished = (Edition.public_id == edition_id) & Edition.stored_name.is_null()
    return bool(Edition.update(stored_name=stored_name, pages=pages, size=size).where(unfinished).execute())


def editions(viewer: Viewer) -> list[EditionView]:
    """The viewer's finished editions, the newest first."""
    rows = (
        Edition.select()
        .where((Edition.owner == viewer.user_id) & Edition.stored_name.is_null(False))
        .order_by(Edition.number.desc())
    )
    return [_edition_view(e) for e in rows]


def edition_files(viewer: Viewer) -> dict[str, pathlib.Path]:
    """The PDFs of the viewer's finished editions, by a telling name, for the open archive."""
    rows = Edition.select().where((Edition.owner == viewer.user_id) & Edition.stored_name.is_null(False))
    found = {
        f"edition-{row.number}-{row.variant}.pdf": files.path_of(str(row.stored_name))
        for row in rows.order_by(Edition.number)
    }
    return {name: path for name, path in found.items() if path.exists()}


def edition_file(viewer: Viewer, edition_id: str) -> tuple[EditionView, str]:
    """One of the viewer's own editions and the stored name of its file. Raises NotFound."""
    edition = Edition.get_or_none((Edition.public_id == edition_id) & (Edition.owner == viewer.user_id))
    if edition is None or edition.stored_name is None:
        raise errors.NotFound
    return _edition_view(edition), str(edition.stored_name)


def choices_to_json(choices: Choices) -> dict[str, Any]:
    return asdict(choices) | {
        "from_date": choices.from_date.isoformat() if choices.from_date else None,
        "to_date": choices.to_date.isoformat() if choices.to_date else None,
        "stages": list(choices.stages),
        "tags": list(choices.tags),
    }


def choices_from_json(values: dict[str, Any]) -> Choices:
    return Choices(
        from_date=dt.date.fromisoformat(values["from_date"]) if values.get("from_date") else None,
        to_date=dt.date.fromisoformat(values["to_date"]) if values.get("to_date") else None,
        stages=tuple(values.get("stages", ())),
        tags=tuple(values.get("tags", ())),
        comments=bool(values.get("comments", True)),
        private=bool(values.get("private", False)),
        variant=values.get("variant", "own"),
    )


# ---------------------------------------------------------------- narratives and attainments


def write_narrative(
    viewer: Viewer, body: str, *, subject_id: str | None = None, now: dt.datetime
) -> records.Narrative:
    """Write (or write anew) one's own narrative, or a mentor's about somebody they accompany.

    An empty body takes it back. Raises NotFound, Invalid.
    """
    body = normalise(body).strip()
    if len(body) > NARRATIVE_LONGEST:
        raise errors.Invalid(
            "A narrative has at most %(count)s characters.", field="body", count=NARRATIVE_LONGEST
        )
    if subject_id is None or subject_id == viewer.public_id:
        subject, kind = viewer.user_id, "student"
    else:
        row = access.narrative_subjects(viewer).where(User.public_id == subject_id).get_or_none()
        if row is None:
            raise errors.NotFound
        subject, kind = row.id, "mentor"
    day = today(timezone_of(subject), now)
    values = {
        "author_name": viewer.name,
        "body": body,
        "html": markup.render(body).html,
        "language": language_of(body),
        "written_on": day,
        "updated_at": now,
    }
    with database.transaction():
        database.in_turn(subject)
        where = (
            (Narrative.subject == subject) & (Narrative.author == viewer.user_id) & (Narrative.kind == kind)
        )
        if not body:
            Narrative.delete().where(where).execute()
        elif not Narrative.update(**values).where(where).execute():
            Narrative.create(subject=subject, author=viewer.user_id, kind=kind, **values)
    return records.Narrative(cast(Any, kind), viewer.name, day, body, str(values["html"]), language_of(body))


def narratives(viewer: Viewer) -> tuple[records.Narrative, ...]:
    """The accounts of the viewer's trajectory: their own first, then the mentors'."""
    rows = Narrative.select().where(Narrative.subject == viewer.user_id)
    ordered = sorted(rows, key=lambda n: (n.kind != "student", n.written_on, n.id))
    return tuple(_narrative_record(n) for n in ordered)


def narrative_by(viewer: Viewer, subject_id: str) -> records.Narrative | None:
    """What the viewer wrote about somebody they accompany. Raises NotFound."""
    subject = access.narrative_subjects(viewer).where(User.public_id == subject_id).get_or_none()
    if subject is None:
        raise errors.NotFound
    row = Narrative.get_or_none((Narrative.subject == subject.id) & (Narrative.author == viewer.user_id))
    return _narrative_record(row) if row else None


def record_attainment(
    viewer: Viewer,
    stage_id: str,
    competency: str,
    narrative: str,
    evidence: Sequence[str],
    *,
    attainment_id: str | None = None,
    now: dt.datetime,
) -> str:
    """Tell how a competency was shown, with one's own entries as evidence; returns its public id.

    There is no number in it. Raises NotFound, Invalid.
    """
    programme = programme_of(viewer.user_id)
    stage = Stage.get_or_none(Stage.public_id == stage_id)
    if stage is None or programme is None or stage.programme_id != programme.id:
        raise errors.Invalid("This stage is not one of your programme's.", field="stage")
    competency, narrative = " ".join(normalise(competency).split()), normalise(narrative).strip()
    if not 1 <= len(competency) <= 500:
        raise errors.Invalid("Name the competency, in up to 500 characters.", field="competency")
    if len(narrative) > 5000:
        raise errors.Invalid("The narrative has at most 5,000 characters.", field="narrative")
    entries = [access.own_entry(viewer, entry_id) for entry_id in dict.fromkeys(evidence)]
    with database.transaction():
        if attainment_id:
            row = Attainment.get_or_none(
                (Attainment.public_id == attainment_id) & (Attainment.owner == viewer.user_id)
            )
            if row is None:
                raise errors.NotFound
            Attainment.update(
                stage=stage.id, competency=competency, narrative=narrative, updated_at=now
            ).where(Attainment.id == row.id).execute()
            Evidence.delete().where(Evidence.attainment == row.id).execute()
        else:
            row = Attainment.create(
                owner=viewer.user_id,
                stage=stage.id,
                competency=competency,
                narrative=narrative,
                updated_at=now,
            )
        for position, entry in enumerate(entries):
            Evidence.create(attainment=row.id, entry=entry.id, position=position)
    return str(row.public_id)


def remove_attainment(viewer: Viewer, attainment_id: str) -> None:
    """Raises NotFound."""
    if not (
        Attainment.delete()
        .where((Attainment.public_id == attainment_id) & (Attainment.owner == viewer.user_id))
        .execute()
    ):
        raise errors.NotFound


def attainments(viewer: Viewer, *, now: dt.datetime) -> list[AttainmentView]:
    """The viewer's attainments in the order of the stages, with their evidence."""
    stages = {s.public_id: s for s in stages_for(viewer.user_id, programme_of(viewer.user_id))}
    found = []
    for row in Attainment.select(Attainment, Stage).join(Stage).where(Attainment.owner == viewer.user_id):
        if row.stage.public_id not in stages:
            continue
        held = (
            Entry.select().join(Evidence).where((Evidence.attainment == row.id) & Entry.deleted_at.is_null())
        )
        found.append(
            AttainmentView(
                row.public_id,
                stages[row.stage.public_id],
                row.competency,
                row.narrative,
                tuple(load(held.order_by(Evidence.position), viewer, now=now)),
            )
        )
    return sorted(found, key=lambda a: (a.stage.position, a.competency))


# ---------------------------------------------------------------- inside


def _chosen(query: "ModelSelect[Entry]", choices: Choices) -> "ModelSelect[Entry]":
    if choices.from_date:
        query = query.where(Entry.entry_date >= choices.from_date)
    if choices.to_date:
        query = query.where(Entry.entry_date <= choices.to_date)
    if choices.stages:
        query = query.where(
            Entry.stage.in_(Stage.select(Stage.id).where(Stage.public_id.in_(list(choices.stages))))
        )
    if choices.tags:
        query = query.where(
            Entry.id.in_(EntryTag.select(EntryTag.entry).where(EntryTag.tag.in_(list(choices.tags))))
        )
    return query


def _stages_shown(
    stages: Sequence[records.Stage], entries: Sequence[records.Entry], choices: Choices
) -> tuple[records.Stage, ...]:
    """The programme's stages that were chosen, and those of other programmes that entries lie in."""
    shown = {s.public_id: s for s in stages if not choices.stages or s.public_id in choices.stages}
    foreign: dict[str, records.Stage] = {}
    for entry in entries:
        if entry.stage is not None and entry.stage.public_id not in shown:
            foreign.setdefault(entry.stage.public_id, entry.stage)
    ordered = [*foreign.values(), *shown.values()]
    return tuple(replace(s, position=n) for n, s in enumerate(ordered, 1)) if foreign else tuple(ordered)


def _cohort_name(user_id: int) -> str:
    cohort = (
        Cohort.select(Cohort, Programme)
        .join(Programme)
        .switch(Cohort)
        .join(Member)
        .where((Member.user == user_id) & Member.left_at.is_null())
        .order_by(Programme.personal, Member.joined_at.desc(), Member.id.desc())
        .first()
    )
    return str(cohort.name) if cohort else ""


def _narrative_record(row: Narrative) -> records.Narrative:
    return records.Narrative(
        cast(Any, row.kind),
        row.author_name,
        row.written_on,
        row.body,
        row.html,
        cast(records.Language, row.language),
    )


def _attainment_records(viewer: Viewer, shown: set[str]) -> tuple[records.Attainment, ...]:
    found = []
    query = Attainment.select(Attainment, Stage).join(Stage).where(Attainment.owner == viewer.user_id)
    for row in sorted(query, key=lambda a: (a.stage.position, a.id)):
        held = (
            Entry.select(Entry.public_id)
            .join(Evidence)
            .where(Evidence.attainment == row.id)
            .order_by(Evidence.position)
        )
        found.append(
            records.Attainment(
                row.stage.public_id,
                row.competency,
                row.narrative,
                tuple(e.public_id for e in held if e.public_id in shown),
            )
        )
    return tuple(found)


def _edition_view(row: Edition) -> EditionView:
    return EditionView(
        row.public_id, row.number, row.variant, row.made_at, row.content_hash, row.pages, row.size
    )


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, frozenset | set):
        return sorted(value)
    raise TypeError(type(value))

"""What is told of a trajectory: narratives, and attainments with their evidence."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from portfolio.domain import access, changes, errors, markup, records
from portfolio.domain.diary.loading import load
from portfolio.domain.programme import programme_of, stages_for, timezone_of, today
from portfolio.domain.records import Viewer
from portfolio.domain.text import language_of, normalise
from portfolio.store import database
from portfolio.store.accounts import User
from portfolio.store.diary import Entry
from portfolio.store.portfolios import Attainment, Evidence, Narrative
from portfolio.store.programme import Stage

NARRATIVE_LONGEST = 60_000  # characters


@dataclass(frozen=True, slots=True)
class AttainmentView:
    public_id: str
    stage: records.Stage
    competency: str
    narrative: str
    evidence: tuple[records.Entry, ...]


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
        changes.note(subject, now=now)
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
    rows = [row for row in _attainments(viewer) if row.stage.public_id in stages]
    evidence = _evidence(viewer)
    shown = {entry_id for ids in evidence.values() for entry_id in ids}
    entries = {
        e.public_id: e for e in load(Entry.select().where(Entry.public_id.in_(shown)), viewer, now=now)
    }
    found = [
        AttainmentView(
            row.public_id,
            stages[row.stage.public_id],
            row.competency,
            row.narrative,
            tuple(entries[entry_id] for entry_id in evidence[row.id]),
        )
        for row in rows
    ]
    return sorted(found, key=lambda a: (a.stage.position, a.competency))


def attainment_records(viewer: Viewer, shown: set[str]) -> tuple[records.Attainment, ...]:
    """The viewer's attainments in the order of the stages, with what of their evidence is `shown`."""
    evidence = _evidence(viewer)
    return tuple(
        records.Attainment(
            row.stage.public_id,
            row.competency,
            row.narrative,
            tuple(entry_id for entry_id in evidence[row.id] if entry_id in shown),
        )
        for row in _attainments(viewer)
    )


def _attainments(viewer: Viewer) -> list[Attainment]:
    rows = Attainment.select(Attainment, Stage).join(Stage).where(Attainment.owner == viewer.user_id)
    return sorted(rows, key=lambda a: (a.stage.position, a.id))


def _evidence(viewer: Viewer) -> dict[int, list[str]]:
    """Public ids of the entries that show each of the viewer's attainments, by its row id, in their order."""
    rows = (
        Evidence.select(Evidence.attainment, Entry.public_id)
        .join(Attainment)
        .switch(Evidence)
        .join(Entry)
        .where((Attainment.owner == viewer.user_id) & Entry.deleted_at.is_null())
        .order_by(Evidence.position)
        .tuples()
    )
    found: dict[int, list[str]] = defaultdict(list)
    for attainment, entry_id in cast(Iterable[tuple[int, str]], rows):
        found[attainment].append(entry_id)
    return found


def _narrative_record(row: Narrative) -> records.Narrative:
    return records.Narrative(
        cast(Any, row.kind),
        row.author_name,
        row.written_on,
        row.body,
        row.html,
        cast(records.Language, row.language),
    )

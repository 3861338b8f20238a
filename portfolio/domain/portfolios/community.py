"""What the members of a cohort share with it, as one of them may read it: for the cohort's site."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from peewee import JOIN, SQL, fn

from portfolio.domain import access, errors, records
from portfolio.domain.diary.loading import load
from portfolio.domain.diary.timeline import Counted, count_months
from portfolio.domain.portfolios.choosing import IN_ORDER
from portfolio.domain.programme import prompt_record, stage_record, today
from portfolio.domain.programme.reach import holds_any, own_cohort
from portfolio.domain.records import Choices, Viewer
from portfolio.store.diary import AudienceName, Entry, Grant
from portfolio.store.programme import Cohort, Meeting, Member, Prompt, RoleName, Stage

COHORT_ONLY = frozenset[records.Audience]({"cohort"})


def select_community(
    viewer: Viewer, cohort_id: str, *, comments: bool = True, now: dt.datetime
) -> records.Portfolio:
    """The entries that present members of a cohort grant to it and `viewer` may read, as one record.

    Its owner is the cohort: a name, and nobody's account. Of the audiences only the cohort is
    told, of the stages only what holds for all. Raises NotFound for who is not a member today.
    """
    cohort = _cohort(viewer, cohort_id, now)
    granted = Grant.select(SQL("1")).where(
        (Grant.entry == Entry.id) & Grant.revoked_at.is_null() & (Grant.audience == AudienceName.COHORT)
    )
    members = Member.select(Member.user).where((Member.cohort == cohort.id) & Member.left_at.is_null())
    query = (
        access.entries_for(viewer, now=now)
        .where(Entry.kept_at.is_null(False) & Entry.owner.in_(members) & fn.EXISTS(granted))
        .order_by(*IN_ORDER)
    )
    entries = load(query, viewer, now=now, comments=comments)
    stages = _stages(cohort, entries)
    by_id = {stage.public_id: stage for stage in stages}
    there = {entry.public_id for entry in entries}
    entries = [
        replace(
            entry,
            audiences=COHORT_ONLY,
            stage=by_id[entry.stage.public_id] if entry.stage else None,
            retells=entry.retells if entry.retells in there else None,
            returned_to=tuple(key for key in entry.returned_to if key in there),
        )
        for entry in entries
    ]
    day = today(cohort.programme.timezone, now)
    first = entries[0].entry_date if entries else day
    last = entries[-1].entry_date if entries else day
    prompts = (
        Prompt.select(Prompt, Stage)
        .join(Stage, JOIN.LEFT_OUTER)
        .where(
            (Prompt.cohort == cohort.id)
            & Prompt.withdrawn_at.is_null()
            & Prompt.starts_on.between(first, last)
        )
        .order_by(Prompt.starts_on, Prompt.id)
    )
    meetings = (
        Meeting.select()
        .where((Meeting.cohort == cohort.id) & Meeting.held_on.between(first, last))
        .order_by(Meeting.held_on, Meeting.id)
    )
    shown_prompts = tuple(prompt_record(p) for p in prompts)
    shown_meetings = tuple(records.Meeting(m.public_id, m.held_on, m.title) for m in meetings)
    return records.Portfolio(
        owner_id=cohort.public_id,
        owner_login=cohort.name,
        owner_name=cohort.name,
        programme_name=cohort.programme.name,
        cohort_name="",
        language=viewer.language,
        timezone=cohort.programme.timezone,
        made_at=now,
        edition=0,
        choices=Choices(comments=comments),
        starts_on=first,
        ends_on=last,
        stages=stages,
        entries=tuple(entries),
        months=count_months(
            [
                Counted(e.entry_date, e.public_id, e.stage.public_id if e.stage else None, bool(e.threshold))
                for e in entries
            ],
            stages, shown_prompts, shown_meetings, first, last,
        ),
        left_out=0,
        prompts=shown_prompts,
        meetings=shown_meetings,
    )  # fmt: skip


def _cohort(viewer: Viewer, cohort_id: str, now: dt.datetime) -> Cohort:
    """A cohort in which the viewer holds a role today. Raises NotFound."""
    cohort = own_cohort(viewer, cohort_id)
    if cohort.programme.personal or not holds_any(viewer, cohort, list(RoleName), now):
        raise errors.NotFound
    return cohort


def _stages(cohort: Cohort, entries: Sequence[records.Entry]) -> tuple[records.Stage, ...]:
    """The programme's stages, after those of other programmes; without anybody's dates."""
    rows = Stage.select().where(Stage.programme == cohort.programme_id).order_by(Stage.position)
    own = [stage_record(row) for row in rows]
    known = {stage.public_id for stage in own}
    foreign: dict[str, records.Stage] = {}
    for entry in entries:
        if entry.stage is not None and entry.stage.public_id not in known:
            foreign.setdefault(
                entry.stage.public_id, replace(entry.stage, starts_on=None, ends_on=None, passes=())
            )
    return tuple(replace(stage, position=n) for n, stage in enumerate([*foreign.values(), *own], 1))

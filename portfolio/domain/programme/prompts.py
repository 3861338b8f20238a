"""Prompts and meetings: what is asked of a cohort, and when it met."""

import datetime as dt

from peewee import JOIN

from portfolio.domain import errors, records
from portfolio.domain.programme.reach import holds_any, led_cohort, line, own_cohort
from portfolio.domain.records import Viewer
from portfolio.domain.text import normalise
from portfolio.store.programme import (
    Cohort,
    Meeting,
    Member,
    Prompt,
    RoleName,
    Stage,
)


def set_prompt(
    viewer: Viewer,
    cohort_id: str,
    text: str,
    *,
    starts_on: dt.date,
    ends_on: dt.date | None = None,
    stage_id: str | None = None,
    now: dt.datetime,
) -> records.Prompt:
    """A mentor or lead sets a task for a cohort. Raises NotFound, Invalid."""
    cohort = _cohort_guided(viewer, cohort_id, now)
    text = normalise(text).strip()
    if not 1 <= len(text) <= 2000:
        raise errors.Invalid("A prompt has 1 to 2,000 characters.", field="text")
    if ends_on is not None and ends_on < starts_on:
        raise errors.Invalid("A prompt cannot end before it begins.", field="ends_on")
    stage = None
    if stage_id:
        stage = Stage.get_or_none((Stage.public_id == stage_id) & (Stage.programme == cohort.programme_id))
        if stage is None:
            raise errors.Invalid("This stage is not one of the programme's.", field="stage")
    prompt = Prompt.create(
        cohort=cohort.id,
        author=viewer.user_id,
        author_name=viewer.name,
        stage=stage,
        text=text,
        starts_on=starts_on,
        ends_on=ends_on,
        created_at=now,
    )
    return prompt_record(prompt)


def record_meeting(
    viewer: Viewer, cohort_id: str, title: str, *, held_on: dt.date, now: dt.datetime
) -> records.Meeting:
    """Put a meeting of the cohort on its timeline. For mentors and leads. Raises NotFound, Invalid."""
    cohort = _cohort_guided(viewer, cohort_id, now)
    meeting = Meeting.create(
        cohort=cohort.id, title=line(title, "title", 200), held_on=held_on, created_at=now
    )
    return records.Meeting(meeting.public_id, meeting.held_on, meeting.title)


def _cohort_guided(viewer: Viewer, cohort_id: str, now: dt.datetime) -> Cohort:
    """A cohort that the viewer leads, or mentors in today. Raises NotFound."""
    try:
        return led_cohort(viewer, cohort_id)
    except errors.NotFound:
        cohort = own_cohort(viewer, cohort_id)
        if not holds_any(viewer, cohort, (RoleName.MENTOR,), now):
            raise errors.NotYours from None
        return cohort


def prompts_for(user_id: int) -> tuple[records.Prompt, ...]:
    """All prompts of somebody's cohorts, the oldest first."""
    cohorts = Member.select(Member.cohort).where((Member.user == user_id) & Member.left_at.is_null())
    query = (
        Prompt.select(Prompt, Stage)
        .join(Stage, JOIN.LEFT_OUTER)
        .where(Prompt.cohort.in_(cohorts))
        .order_by(Prompt.starts_on, Prompt.id)
    )
    return tuple(prompt_record(p) for p in query)


def meetings_for(user_id: int) -> tuple[records.Meeting, ...]:
    """All meetings of somebody's cohorts, the oldest first."""
    query = (
        Meeting.select()
        .where(
            Meeting.cohort.in_(
                Member.select(Member.cohort).where((Member.user == user_id) & Member.left_at.is_null())
            )
        )
        .order_by(Meeting.held_on, Meeting.id)
    )
    return tuple(records.Meeting(m.public_id, m.held_on, m.title) for m in query)


def open_prompts(user_id: int, day: dt.date) -> tuple[records.Prompt, ...]:
    """The prompts that run on `day`, the newest first."""
    running = [
        p for p in prompts_for(user_id) if p.starts_on <= day and (p.ends_on is None or day <= p.ends_on)
    ]
    return tuple(reversed(running))


def prompt_record(prompt: Prompt) -> records.Prompt:
    return records.Prompt(
        public_id=prompt.public_id,
        text=prompt.text,
        author_name=prompt.author_name,
        starts_on=prompt.starts_on,
        ends_on=prompt.ends_on,
        stage_id=prompt.stage.public_id if prompt.stage else None,
    )

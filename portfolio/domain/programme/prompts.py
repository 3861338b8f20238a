"""Prompts and meetings: what is asked of a cohort, and when it met.

What a student answered stays: a prompt is withdrawn, never deleted, and entries keep the words that
they answer. Nothing here tells whether anybody has answered, for that would tell of private entries.
"""

import contextlib
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from peewee import JOIN

from portfolio.domain import accounts, errors, records
from portfolio.domain.programme.reach import holds_any, led_cohort, line, own_cohort
from portfolio.domain.programme.stages import stage_record
from portfolio.domain.records import Viewer
from portfolio.domain.text import normalise
from portfolio.store import database
from portfolio.store.diary import Entry
from portfolio.store.programme import (
    Cohort,
    Meeting,
    Member,
    Programme,
    Prompt,
    RoleName,
    Stage,
)

PROMPT_LONGEST = 2000  # characters


@dataclass(frozen=True, slots=True)
class Guided:
    """A cohort as somebody sees it who sets it prompts: a lead, or one of its mentors."""

    public_id: str
    name: str
    stages: tuple[records.Stage, ...]
    led: bool  # a lead may change everybody's prompts, a mentor their own
    prompts: tuple[records.Prompt, ...]  # the newest first
    changeable: frozenset[str]  # public ids of those that the viewer may change


def guided(viewer: Viewer, *, now: dt.datetime) -> tuple[Guided, ...]:
    """The cohorts that the viewer may set prompts, the newest first."""
    return tuple(_guided(viewer, cohort, led) for cohort, led in _cohorts_guided(viewer, now))


def guides(viewer: Viewer, *, now: dt.datetime) -> bool:
    """Whether there is a cohort that the viewer may set prompts."""
    return next(_cohorts_guided(viewer, now), None) is not None


def _cohorts_guided(viewer: Viewer, now: dt.datetime) -> Iterator[tuple[Cohort, bool]]:
    """The cohorts that the viewer guides, each with whether they lead it."""
    query = (
        Cohort.select()
        .join(Programme)
        .switch(Cohort)
        .join(Member, JOIN.LEFT_OUTER, on=(Member.cohort == Cohort.id) & (Member.user == viewer.user_id))
        .where(~Programme.personal & (Member.id.is_null(False) | (Programme.owner == viewer.user_id)))
        .order_by(Cohort.id.desc())
    )
    for cohort in query:
        with contextlib.suppress(errors.NotFound):
            yield _guiding(viewer, cohort.public_id, now)


def prompt_to_change(viewer: Viewer, prompt_id: str, *, now: dt.datetime) -> tuple[Guided, records.Prompt]:
    """A prompt that the viewer may change, with its cohort. Raises NotFound."""
    prompt, led = _changeable(viewer, prompt_id, now)
    return _guided(viewer, prompt.cohort, led), prompt_record(prompt)


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
    cohort, _is_led = _guiding(viewer, cohort_id, now)
    values = _checked(cohort, text, starts_on, ends_on, stage_id)
    prompt = Prompt.create(
        cohort=cohort.id, author=viewer.user_id, author_name=viewer.name, created_at=now, **values
    )
    return prompt_record(prompt)


def change_prompt(
    viewer: Viewer,
    prompt_id: str,
    text: str,
    *,
    starts_on: dt.date,
    ends_on: dt.date | None = None,
    stage_id: str | None = None,
    now: dt.datetime,
) -> None:
    """Change a prompt: one's own, or as a lead any. Entries keep the words that they answer.

    Raises NotFound, Invalid.
    """
    prompt, _is_led = _changeable(viewer, prompt_id, now)
    values = _checked(prompt.cohort, text, starts_on, ends_on, stage_id)
    with database.transaction():
        if values["text"] != prompt.text and Entry.select().where(Entry.prompt == prompt.id).exists():
            answered = Prompt.create(
                cohort=prompt.cohort_id,
                author=prompt.author_id,
                author_name=prompt.author_name,
                stage=prompt.stage_id,
                text=prompt.text,
                starts_on=prompt.starts_on,
                ends_on=prompt.ends_on,
                created_at=prompt.created_at,
                withdrawn_at=now,
            )
            Entry.update(prompt=answered.id).where(Entry.prompt == prompt.id).execute()
        Prompt.update(**values).where(Prompt.id == prompt.id).execute()
        accounts.note("prompt changed", now=now, actor=viewer.user_id, subject=prompt.public_id)


def withdraw_prompt(viewer: Viewer, prompt_id: str, *, now: dt.datetime) -> str:
    """Ask no longer; entries that answer it keep it. Returns the cohort's public id. Raises NotFound."""
    prompt, _is_led = _changeable(viewer, prompt_id, now)
    with database.transaction():
        Prompt.update(withdrawn_at=now).where(Prompt.id == prompt.id).execute()
        accounts.note("prompt withdrawn", now=now, actor=viewer.user_id, subject=prompt.public_id)
    return str(prompt.cohort.public_id)


def restore_prompt(viewer: Viewer, prompt_id: str, *, now: dt.datetime) -> str:
    """Ask again what was withdrawn. Returns the cohort's public id. Raises NotFound."""
    prompt, _is_led = _changeable(viewer, prompt_id, now, withdrawn=True)
    with database.transaction():
        Prompt.update(withdrawn_at=None).where(Prompt.id == prompt.id).execute()
        accounts.note("prompt restored", now=now, actor=viewer.user_id, subject=prompt.public_id)
    return str(prompt.cohort.public_id)


def record_meeting(
    viewer: Viewer, cohort_id: str, title: str, *, held_on: dt.date, now: dt.datetime
) -> records.Meeting:
    """Put a meeting of the cohort on its timeline. For mentors and leads. Raises NotFound, Invalid."""
    cohort, _is_led = _guiding(viewer, cohort_id, now)
    meeting = Meeting.create(
        cohort=cohort.id, title=line(title, "title", 200), held_on=held_on, created_at=now
    )
    return _meeting_record(meeting)


def meeting_led(viewer: Viewer, meeting_id: str) -> tuple[str, records.Meeting]:
    """A meeting of a cohort that the viewer leads, after the cohort's public id. Raises NotFound."""
    meeting = _meeting(viewer, meeting_id)
    return meeting.cohort.public_id, _meeting_record(meeting)


def change_meeting(
    viewer: Viewer, meeting_id: str, title: str, *, held_on: dt.date, now: dt.datetime
) -> None:
    """For leads. Raises NotFound, Invalid."""
    meeting = _meeting(viewer, meeting_id)
    with database.transaction():
        Meeting.update(title=line(title, "title", 200), held_on=held_on).where(
            Meeting.id == meeting.id
        ).execute()
        accounts.note("meeting changed", now=now, actor=viewer.user_id, subject=meeting.public_id)


def remove_meeting(viewer: Viewer, meeting_id: str, *, now: dt.datetime) -> None:
    """Take a meeting off everybody's timeline. For leads. Raises NotFound."""
    meeting = _meeting(viewer, meeting_id)
    with database.transaction():
        meeting.delete_instance()
        accounts.note("meeting removed", now=now, actor=viewer.user_id, subject=meeting.public_id)


def prompts_for(user_id: int) -> tuple[records.Prompt, ...]:
    """All prompts of somebody's cohorts that stand, the oldest first."""
    cohorts = Member.select(Member.cohort).where((Member.user == user_id) & Member.left_at.is_null())
    query = (
        Prompt.select(Prompt, Stage)
        .join(Stage, JOIN.LEFT_OUTER)
        .where(Prompt.cohort.in_(cohorts) & Prompt.withdrawn_at.is_null())
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
    return tuple(_meeting_record(m) for m in query)


def open_prompts(user_id: int, day: dt.date) -> tuple[records.Prompt, ...]:
    """The prompts that run on `day`, the newest first."""
    running = [
        p for p in prompts_for(user_id) if p.starts_on <= day and (p.ends_on is None or day <= p.ends_on)
    ]
    return tuple(reversed(running))


def prompts_of(cohort: Cohort) -> tuple[records.Prompt, ...]:
    """What is asked of a cohort, the newest first."""
    return tuple(prompt_record(p) for p in _standing(cohort))


def prompt_record(prompt: Prompt) -> records.Prompt:
    return records.Prompt(
        public_id=prompt.public_id,
        text=prompt.text,
        author_name=prompt.author_name,
        starts_on=prompt.starts_on,
        ends_on=prompt.ends_on,
        stage_id=prompt.stage.public_id if prompt.stage else None,
    )


def _meeting_record(meeting: Meeting) -> records.Meeting:
    return records.Meeting(meeting.public_id, meeting.held_on, meeting.title)


def _standing(cohort: Cohort) -> list[Prompt]:
    return list(
        Prompt.select(Prompt, Stage)
        .join(Stage, JOIN.LEFT_OUTER)
        .where((Prompt.cohort == cohort.id) & Prompt.withdrawn_at.is_null())
        .order_by(Prompt.starts_on.desc(), Prompt.id)
    )


def _guided(viewer: Viewer, cohort: Cohort, led: bool) -> Guided:
    stages = Stage.select().where(Stage.programme == cohort.programme_id).order_by(Stage.position)
    standing = _standing(cohort)
    return Guided(
        public_id=cohort.public_id,
        name=cohort.name,
        stages=tuple(stage_record(s) for s in stages),
        led=led,
        prompts=tuple(prompt_record(p) for p in standing),
        changeable=frozenset(p.public_id for p in standing if led or p.author_id == viewer.user_id),
    )


def _guiding(viewer: Viewer, cohort_id: str, now: dt.datetime) -> tuple[Cohort, bool]:
    """A cohort that the viewer leads, or else mentors in today, and which of the two. Raises NotFound."""
    try:
        return led_cohort(viewer, cohort_id), True
    except errors.NotFound:
        cohort = own_cohort(viewer, cohort_id)
        if not holds_any(viewer, cohort, (RoleName.MENTOR,), now):
            raise errors.NotYours from None
        return cohort, False


def _changeable(
    viewer: Viewer, prompt_id: str, now: dt.datetime, *, withdrawn: bool = False
) -> tuple[Prompt, bool]:
    """A prompt that the viewer may change, and whether they lead its cohort. Raises NotFound."""
    prompt = Prompt.get_or_none((Prompt.public_id == prompt_id) & Prompt.withdrawn_at.is_null(not withdrawn))
    if prompt is None:
        raise errors.NotFound
    _cohort, led = _guiding(viewer, prompt.cohort.public_id, now)
    if not led and prompt.author_id != viewer.user_id:
        raise errors.NotYours
    return prompt, led


def _checked(
    cohort: Cohort, text: str, starts_on: dt.date, ends_on: dt.date | None, stage_id: str | None
) -> dict[str, Any]:
    text = normalise(text).strip()
    if not 1 <= len(text) <= PROMPT_LONGEST:
        raise errors.Invalid("A prompt has 1 to 2,000 characters.", field="text")
    if ends_on is not None and ends_on < starts_on:
        raise errors.Invalid("A prompt cannot end before it begins.", field="ends_on")
    stage = None
    if stage_id:
        stage = Stage.get_or_none((Stage.public_id == stage_id) & (Stage.programme == cohort.programme_id))
        if stage is None:
            raise errors.Invalid("This stage is not one of the programme's.", field="stage")
    return {"text": text, "starts_on": starts_on, "ends_on": ends_on, "stage": stage}


def _meeting(viewer: Viewer, meeting_id: str) -> Meeting:
    meeting = Meeting.get_or_none(Meeting.public_id == meeting_id)
    if meeting is None:
        raise errors.NotFound
    led_cohort(viewer, meeting.cohort.public_id)
    return meeting

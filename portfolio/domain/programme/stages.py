"""Which day it is, and in which stage somebody is on it."""

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, cast

from portfolio.domain import records
from portfolio.store.programme import (
    Cohort,
    Member,
    Programme,
    Stage,
    StagePeriod,
)


def today(timezone: str, now: dt.datetime) -> dt.date:
    """Which day it is in a programme's time zone."""
    return now.astimezone(zoneinfo.ZoneInfo(timezone)).date()


def timezone_of(user_id: int) -> str:
    """The time zone of somebody's programme: the cohort joined last, else their own, else UTC."""
    current = programme_of(user_id)
    return current.timezone if current else "UTC"


def programme_of(user_id: int) -> Programme | None:
    """The programme in which somebody writes: that of the cohort joined last, else their own."""
    joined = (
        Programme.select()
        .join(Cohort)
        .join(Member)
        .where((Member.user == user_id) & Member.left_at.is_null() & ~Programme.personal)
        .order_by(Member.joined_at.desc(), Member.id.desc())
        .first()
    )
    own = (
        Programme.select()
        .where((Programme.owner == user_id) & Programme.personal)
        .order_by(Programme.id)
        .first()
    )
    return cast("Programme | None", joined or own)


def stages_for(user_id: int, programme: Programme | None) -> tuple[records.Stage, ...]:
    """A programme's stages in order, with the dates that hold for one member (last pass first)."""
    if programme is None:
        return ()
    stages = list(Stage.select().where(Stage.programme == programme.id).order_by(Stage.position))
    periods: dict[int, StagePeriod] = {}
    query = (
        StagePeriod.select()
        .join(Member)
        .join(Cohort)
        .where((Member.user == user_id) & (Cohort.programme == programme.id))
        .order_by(StagePeriod.pass_number)
    )
    for period in query:
        periods[period.stage_id] = period
    found = []
    for stage in stages:
        view = stage_record(stage)
        if stage.id in periods:
            view = replace(view, starts_on=periods[stage.id].starts_on, ends_on=periods[stage.id].ends_on)
        found.append(view)
    return tuple(found)


def stages_of(held: Iterable[tuple[int, int]]) -> dict[tuple[int, int], records.Stage]:
    """Stages by owner and stage (row ids), with the dates that hold for that owner (last pass first)."""
    wanted = set(held)
    ids = {stage for _, stage in wanted}
    stages = {s.id: stage_record(s) for s in Stage.select().where(Stage.id.in_(ids))} if ids else {}
    found = {(owner, stage): stages[stage] for owner, stage in wanted}
    periods = (
        StagePeriod.select(Member.user, StagePeriod.stage, StagePeriod.starts_on, StagePeriod.ends_on)
        .join(Member)
        .where(Member.user.in_({owner for owner, _ in wanted}) & StagePeriod.stage.in_(ids))
        .order_by(StagePeriod.pass_number)
        .tuples()
    )
    for owner, stage, starts_on, ends_on in cast(Iterable[Any], periods if ids else ()):
        if (owner, stage) in found:
            found[owner, stage] = replace(found[owner, stage], starts_on=starts_on, ends_on=ends_on)
    return found


def stage_on(stages: Sequence[records.Stage], day: dt.date) -> records.Stage | None:
    """The stage in which `day` lies; of several, the one begun last."""
    holding = [
        s
        for s in stages
        if s.starts_on is not None and s.starts_on <= day and (s.ends_on is None or day <= s.ends_on)
    ]
    return max(holding, key=lambda s: (cast(dt.date, s.starts_on), s.position), default=None)


def stage_record(stage: Stage) -> records.Stage:
    return records.Stage(
        public_id=stage.public_id,
        position=stage.position,
        name=stage.name,
        identity_label=stage.identity_label or stage.name,
        starts_on=stage.starts_on,
        ends_on=stage.ends_on,
        objectives=tuple(stage.objectives),
        competencies=tuple(stage.competencies),
    )

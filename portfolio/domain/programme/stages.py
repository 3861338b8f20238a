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
    present = programmes_of(user_id)
    return present[-1] if present else None


def programmes_of(user_id: int) -> tuple[Programme, ...]:
    """All programmes in which somebody writes: of the cohorts that they are in, the one joined last at the
    end; else their own."""
    joined = (
        Programme.select()
        .join(Cohort)
        .join(Member)
        .where((Member.user == user_id) & Member.left_at.is_null() & ~Programme.personal)
        .order_by(Member.joined_at.desc(), Member.id.desc())
    )
    found = tuple({p.id: p for p in cast(Iterable[Programme], joined)}.values())  # once, by the last cohort
    if found:
        return found[::-1]
    own = Programme.select().where((Programme.owner == user_id) & Programme.personal).order_by(Programme.id)
    return tuple(own.limit(1))


def stages_for(user_id: int, programme: Programme | None) -> tuple[records.Stage, ...]:
    """A programme's stages in order, with the dates that hold for one member in all their passes."""
    if programme is None:
        return ()
    stages = list(Stage.select().where(Stage.programme == programme.id).order_by(Stage.position))
    passes = _passes([user_id], [programme.id])
    return tuple(_dated(stage, passes.get((user_id, stage.id), ())) for stage in stages)


def stages_open_to(user_id: int) -> tuple[tuple[str, tuple[records.Stage, ...]], ...]:
    """The programmes in which somebody writes, each by its name with its stages in order."""
    return tuple((p.name, stages_for(user_id, p)) for p in programmes_of(user_id))


def stages_of(held: Iterable[tuple[int, int]]) -> dict[tuple[int, int], records.Stage]:
    """Stages by owner and stage (row ids), with the dates that hold for that owner in all their passes."""
    wanted = set(held)
    if not wanted:
        return {}
    stages = {s.id: s for s in Stage.select().where(Stage.id.in_({stage for _, stage in wanted}))}
    passes = _passes({owner for owner, _ in wanted}, {s.programme_id for s in stages.values()})
    return {(owner, id_): _dated(stages[id_], passes.get((owner, id_), ())) for owner, id_ in wanted}


def _passes(
    owners: Iterable[int], programmes: Iterable[int]
) -> dict[tuple[int, int], tuple[records.Pass, ...]]:
    """Stage periods by owner and stage (row ids), by date.

    Who went through the stages in two cohorts of a programme did so in two passes.
    """
    rows = (
        StagePeriod.select(
            Cohort.programme,
            Member.user,
            StagePeriod.member,
            StagePeriod.pass_number,
            StagePeriod.stage,
            StagePeriod.starts_on,
            StagePeriod.ends_on,
        )
        .join(Member)
        .join(Cohort)
        .where(Member.user.in_(set(owners)) & Cohort.programme.in_(set(programmes)))
        .order_by(StagePeriod.starts_on, StagePeriod.id)
        .tuples()
    )
    runs: dict[tuple[int, int], dict[tuple[int, int], int]] = {}
    found: dict[tuple[int, int], list[records.Pass]] = {}
    for programme, owner, member, number, stage, starts_on, ends_on in cast(Iterable[Any], rows):
        run = runs.setdefault((programme, owner), {})
        at = run.setdefault((member, number), len(run) + 1)
        found.setdefault((owner, stage), []).append(records.Pass(at, starts_on, ends_on))
    return {key: tuple(passes) for key, passes in found.items()}


def _dated(stage: Stage, passes: Sequence[records.Pass]) -> records.Stage:
    record = stage_record(stage)
    if not passes:
        return record
    last = passes[-1]
    return replace(record, starts_on=last.starts_on, ends_on=last.ends_on, passes=tuple(passes))


def stage_on(stages: Iterable[records.Stage], day: dt.date) -> records.Stage | None:
    """The stage in which `day` lies, in whichever pass; of several, the one begun last.

    Of those begun on one day it is the last in the order given.
    """
    holding = [
        (starts_on, order, stage)
        for order, stage in enumerate(stages)
        for starts_on, ends_on in stage.spans
        if starts_on <= day and (ends_on is None or day <= ends_on)
    ]
    return max(holding, key=lambda held: held[:2])[2] if holding else None


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

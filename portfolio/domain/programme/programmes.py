"""Making programmes and their stages. Stages are data, never an enum."""

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Sequence
from typing import Any, cast

from peewee import SQL, fn

from portfolio.domain import accounts, errors
from portfolio.domain.programme.reach import led_programme, line
from portfolio.domain.programme.views import ProgrammeView, StageDraft, programme_view
from portfolio.domain.records import Viewer
from portfolio.domain.text import normalise
from portfolio.store import database
from portfolio.store.accounts import Account
from portfolio.store.diary import Entry
from portfolio.store.portfolios import Attainment
from portfolio.store.programme import (
    Cohort,
    Member,
    Programme,
    Role,
    RoleName,
    Schedule,
    Stage,
)

STAGES_MOST = 40


def make_programme(
    viewer: Viewer,
    name: str,
    *,
    timezone: str,
    stages: Sequence[StageDraft],
    schedule: str = "calendar",
    description: str = "",
    personal: bool = False,
    now: dt.datetime,
) -> ProgrammeView:
    """Make a programme with its stages. For leads; a personal one is anybody's. Raises NotYours, Invalid."""
    if not personal and viewer.account not in (Account.LEAD, Account.ADMIN):
        raise errors.NotYours
    name, description = line(name, "name", 200), normalise(description).strip()
    _check_timezone(timezone)
    if schedule not in set(Schedule):
        raise errors.Invalid("A programme goes by the calendar or by person.", field="schedule")
    check_stages(stages)
    with database.transaction():
        programme = Programme.create(
            name=name,
            description=description,
            timezone=timezone,
            schedule=schedule,
            owner=viewer.user_id,
            personal=personal,
            created_at=now,
        )
        for position, draft in enumerate(stages, 1):
            _write_stage(programme, position, draft)
        accounts.note("programme made", now=now, actor=viewer.user_id, subject=programme.public_id)
    return programme_view(programme)


def change_programme(
    viewer: Viewer,
    programme_id: str,
    *,
    name: str,
    description: str,
    timezone: str,
    stages: Sequence[StageDraft],
    now: dt.datetime,
) -> ProgrammeView:
    """Change a programme and its stages as a whole.

    A stage that is left out is removed, unless entries or attainments lie in it (Conflict names it). Stage
    periods that followed the calendar follow it still. Raises NotFound, Invalid, Conflict.
    """
    programme = led_programme(viewer, programme_id)
    name = line(name, "name", 200)
    _check_timezone(timezone)
    check_stages(stages)
    with database.transaction():
        kept = {draft.public_id for draft in stages if draft.public_id}
        for stage in Stage.select().where(Stage.programme == programme.id):
            if stage.public_id in kept:
                continue
            if Entry.select().where(Entry.stage == stage.id).exists():
                raise errors.Conflict(
                    "“%(name)s” holds entries. Move them before you remove it.", name=stage.name
                )
            if Attainment.select().where(Attainment.stage == stage.id).exists():
                raise errors.Conflict("“%(name)s” holds attainments, so it stays.", name=stage.name)
            stage.delete_instance()
        for position, draft in enumerate(stages, 1):
            _write_stage(programme, position, draft)
        Programme.update(name=name, description=normalise(description).strip(), timezone=timezone).where(
            Programme.id == programme.id
        ).execute()
        accounts.note("programme changed", now=now, actor=viewer.user_id, subject=programme.public_id)
    return programme_view(Programme.get_by_id(programme.id))


def programmes_led_by(viewer: Viewer) -> tuple[ProgrammeView, ...]:
    """The programmes that the viewer made or leads a cohort of, each with the cohorts that they lead."""
    led = list(_cohorts_led(viewer))
    query = (
        Programme.select()
        .where(
            ((Programme.owner == viewer.user_id) | Programme.id.in_([c.programme_id for c in led]))
            & ~Programme.personal
        )
        .order_by(Programme.name, Programme.id)
    )
    return tuple(programme_view(p, [c for c in led if c.programme_id == p.id]) for p in query)


def programme_led(viewer: Viewer, programme_id: str) -> ProgrammeView:
    """One programme that the viewer leads, with the cohorts that they lead. Raises NotFound."""
    programme = led_programme(viewer, programme_id)
    return programme_view(programme, [c for c in _cohorts_led(viewer) if c.programme_id == programme.id])


def _cohorts_led(viewer: Viewer) -> Iterable[Cohort]:
    """Cohorts of the viewer's own programmes, and those in which they hold the role; the newest first."""
    held = (
        Role.select(SQL("1"))
        .join(Member)
        .where(
            (Member.cohort == Cohort.id)
            & (Member.user == viewer.user_id)
            & (Role.role == RoleName.LEAD)
            & Role.ends_on.is_null()
            & Member.left_at.is_null()
        )
    )
    query = (
        Cohort.select(Cohort, Programme)
        .join(Programme)
        .where((Programme.owner == viewer.user_id) | fn.EXISTS(held))
        .order_by(Cohort.starts_on.desc(), Cohort.id.desc())
    )
    return cast(Iterable[Cohort], query)


def _check_timezone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise errors.Invalid(
            "“%(name)s” is not a time zone. Write it as in Asia/Shanghai.", field="timezone", name=name
        )


def check_stages(stages: Sequence[StageDraft]) -> None:
    """Raise Invalid where stages cannot be, with its field: `stage-2`, `stage-2-from`, `stage-2-to`."""
    if len(stages) > STAGES_MOST:
        raise errors.Invalid("A programme has at most %(count)s stages.", field="stages", count=STAGES_MOST)
    names = set()
    for number, draft in enumerate(stages, 1):
        name = " ".join(normalise(draft.name).split())
        if not 1 <= len(name) <= 200:
            raise errors.Invalid("Stage %(number)s needs a name.", field=f"stage-{number}", number=number)
        if name.lower() in names:
            raise errors.Invalid("Two stages are called “%(name)s”.", field=f"stage-{number}", name=name)
        names.add(name.lower())
        if draft.starts_on and draft.ends_on and draft.ends_on < draft.starts_on:
            raise errors.Invalid("“%(name)s” ends before it begins.", field=f"stage-{number}-to", name=name)
    _check_calendar(stages)


def _check_calendar(stages: Sequence[StageDraft]) -> None:
    """A stage without a last day goes on until the next in order begins, if that is later; else for ever."""
    dated = [(d.starts_on, n, d) for n, d in enumerate(stages, 1) if d.starts_on]
    following = dict(zip((n for _, n, _ in dated), [begins for begins, _, _ in dated[1:]], strict=False))
    before: tuple[int, StageDraft] | None = None
    reaches = dt.date.min
    for begins, number, draft in sorted(dated, key=lambda one: one[:2]):
        if before and begins <= reaches:
            since = before[1].starts_on
            if before[1].ends_on is None and since and begins > since:
                raise errors.Invalid(
                    "“%(first)s” has no last day, so it goes on when “%(second)s” begins on %(date)s. Give it"
                    " a last day before that, or put it before “%(second)s” in the order.",
                    field=f"stage-{before[0]}-to",
                    first=before[1].name.strip(),
                    second=draft.name.strip(),
                    date=begins.isoformat(),
                )
            raise errors.Invalid(
                "“%(first)s” and “%(second)s” overlap: on %(date)s both go on. A day lies in one stage only.",
                field=f"stage-{number}-from",
                first=before[1].name.strip(),
                second=draft.name.strip(),
                date=begins.isoformat(),
            )
        after = following.get(number, dt.date.min)
        until = after - dt.timedelta(days=1) if after > begins else dt.date.max
        before, reaches = (number, draft), draft.ends_on or until


def _write_stage(programme: Programme, position: int, draft: StageDraft) -> None:
    values: dict[str, Any] = {
        "position": position,
        "name": " ".join(normalise(draft.name).split()),
        "identity_label": " ".join(normalise(draft.identity_label).split()),
        "starts_on": draft.starts_on,
        "ends_on": draft.ends_on,
        "objectives": [t for t in (" ".join(normalise(o).split()) for o in draft.objectives) if t],
        "competencies": [t for t in (" ".join(normalise(c).split()) for c in draft.competencies) if t],
    }
    if draft.public_id:
        changed = (
            Stage.update(**values)
            .where((Stage.public_id == draft.public_id) & (Stage.programme == programme.id))
            .execute()
        )
        if not changed:
            raise errors.NotFound
    else:
        Stage.create(programme=programme.id, **values)

"""From when to when a member is in a stage, pass by pass. One day lies in one stage only."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from portfolio.domain import accounts, errors
from portfolio.domain.programme.reach import led_cohort
from portfolio.domain.records import Viewer
from portfolio.store import database
from portfolio.store.programme import Member, Stage, StagePeriod

DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Spell:
    """A member's time in one stage in one pass; `ends_on` is the last day, or None while it lasts.

    `said_until` is the last day that somebody typed: it stays, whatever begins later.
    """

    stage_id: int
    pass_number: int
    starts_on: dt.date
    ends_on: dt.date | None
    said_until: dt.date | None = None

    @property
    def key(self) -> tuple[int, int]:
        return self.stage_id, self.pass_number


def with_spell(spells: Iterable[Spell], new: Spell) -> list[Spell]:
    """A member's spells by date with `new` among them, in place of one of the same stage and pass.

    Who enters a stage leaves the one that they were in. A spell ends where the next begins, or before it
    on the day that was typed: the end of `new` is taken as typed.
    Raises Invalid where that leaves a day in two stages, or a pass in the midst of another.
    """
    if new.ends_on is not None and new.ends_on < new.starts_on:
        raise errors.Invalid("A stage cannot end before it begins.", field="ends_on")
    others = without_spell(spells, new.key)
    if any(s.starts_on == new.starts_on for s in others):
        raise errors.Invalid(
            "Another stage begins on this day already. Change or remove that one, or choose another day.",
            field="starts_on",
        )
    before = [s for s in others if s.starts_on < new.starts_on]
    after = [s for s in others if s.starts_on > new.starts_on]
    later = max((s.pass_number for s in before), default=1)
    if new.pass_number < later:
        raise errors.Invalid(
            "By this day pass %(number)s has begun. Choose that pass, or an earlier day.",
            field="pass_number",
            number=later,
        )
    earlier = min((s.pass_number for s in after), default=new.pass_number)
    if new.pass_number > earlier:
        raise errors.Invalid(
            "On this day pass %(number)s still goes on. Choose that pass, or a later day.",
            field="pass_number",
            number=earlier,
        )
    if after:
        last = after[0].starts_on - DAY
        if new.ends_on is not None and new.ends_on > last:
            raise errors.Invalid(
                "The next stage begins on %(date)s. End this one before it, or leave its end empty.",
                field="ends_on",
                date=after[0].starts_on.isoformat(),
            )
    return _ended([*before, replace(new, said_until=new.ends_on), *after])


def without_spell(spells: Iterable[Spell], key: tuple[int, int]) -> list[Spell]:
    """A member's spells by date, without one. The one before goes on in its place, if no end was typed."""
    return _ended(sorted((s for s in spells if s.key != key), key=lambda s: s.starts_on))


def _ended(spells: Sequence[Spell]) -> list[Spell]:
    """Spells by date, each with its end: the day that was typed, but before the next begins."""
    begins = [s.starts_on for s in spells[1:]]
    lasts = [*(day - DAY for day in begins), None]
    return [
        replace(s, ends_on=min((day for day in (s.said_until, last) if day), default=None))
        for s, last in zip(spells, lasts, strict=bool(spells))
    ]


def set_stage_period(
    viewer: Viewer,
    cohort_id: str,
    member_id: str,
    stage_id: str,
    *,
    starts_on: dt.date,
    ends_on: dt.date | None = None,
    pass_number: int = 1,
    now: dt.datetime,
) -> None:
    """Say from when to when a member is in a stage, in one pass; a second time it corrects the dates.

    The stage that they were in by then ends on the day before, or stays at an earlier end that was typed;
    `ends_on` None: until the next begins. Raises NotFound, Invalid.
    """
    member, stage = _found(viewer, cohort_id, member_id, stage_id)
    with database.transaction():
        database.in_turn(member.user_id)
        spells = spells_of(member)
        passes = max((s.pass_number for s in spells), default=0)
        if not 1 <= pass_number <= passes + 1:
            raise errors.Invalid(
                "The next pass is number %(number)s.", field="pass_number", number=passes + 1
            )
        _write(member, with_spell(spells, Spell(stage.id, pass_number, starts_on, ends_on)))
        accounts.note("stage period set", now=now, actor=viewer.user_id, subject=member.public_id)


def remove_stage_period(
    viewer: Viewer, cohort_id: str, member_id: str, stage_id: str, pass_number: int, *, now: dt.datetime
) -> None:
    """Take back that a member was in a stage, in one pass. Entries keep the stage that they name.

    A pass of which nothing is left is gone, and those after it move up. Raises NotFound.
    """
    member, stage = _found(viewer, cohort_id, member_id, stage_id)
    with database.transaction():
        database.in_turn(member.user_id)
        spells = spells_of(member)
        if (stage.id, pass_number) not in {s.key for s in spells}:
            raise errors.NotFound
        _write(member, _renumbered(without_spell(spells, (stage.id, pass_number))))
        accounts.note("stage period removed", now=now, actor=viewer.user_id, subject=member.public_id)


def begin(member: Member, stage: Stage, day: dt.date) -> None:
    """A member's first stage begins."""
    _write(member, [Spell(stage.id, 1, day, None)])


def spells_of(member: Member) -> list[Spell]:
    rows = StagePeriod.select().where(StagePeriod.member == member.id).order_by(StagePeriod.starts_on)
    return [Spell(p.stage_id, p.pass_number, p.starts_on, p.ends_on, p.said_until) for p in rows]


def _found(viewer: Viewer, cohort_id: str, member_id: str, stage_id: str) -> tuple[Member, Stage]:
    cohort = led_cohort(viewer, cohort_id)
    member = Member.get_or_none((Member.public_id == member_id) & (Member.cohort == cohort.id))
    stage = Stage.get_or_none((Stage.public_id == stage_id) & (Stage.programme == cohort.programme_id))
    if member is None or stage is None:
        raise errors.NotFound
    return member, stage


def _renumbered(spells: Sequence[Spell]) -> list[Spell]:
    """The same with passes numbered from 1, without a gap."""
    numbers = {old: n for n, old in enumerate(sorted({s.pass_number for s in spells}), 1)}
    return [replace(s, pass_number=numbers[s.pass_number]) for s in spells]


def _write(member: Member, spells: Iterable[Spell]) -> None:
    StagePeriod.delete().where(StagePeriod.member == member.id).execute()
    for s in spells:
        StagePeriod.create(
            member=member.id,
            stage=s.stage_id,
            pass_number=s.pass_number,
            starts_on=s.starts_on,
            ends_on=s.ends_on,
            said_until=s.said_until,
        )

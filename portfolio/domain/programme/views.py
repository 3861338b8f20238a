"""What pages show of programmes, cohorts and matches: plain records, and how rows become them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, cast

from peewee import ModelSelect

from portfolio.domain import records
from portfolio.domain.programme.prompts import prompts_of
from portfolio.domain.programme.stages import stage_record, today
from portfolio.domain.records import Role as RoleWord
from portfolio.store.accounts import User
from portfolio.store.programme import (
    Cohort,
    Match,
    MatchState,
    Meeting,
    Member,
    Programme,
    Role,
    Stage,
    StagePeriod,
)


@dataclass(frozen=True, slots=True)
class StageDraft:
    """One stage as a lead writes it down."""

    name: str
    identity_label: str = ""
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None
    objectives: tuple[str, ...] = ()
    competencies: tuple[str, ...] = ()
    public_id: str | None = None  # of a stage that is there already


@dataclass(frozen=True, slots=True)
class ProgrammeView:
    public_id: str
    name: str
    description: str
    timezone: str
    schedule: str
    personal: bool
    stages: tuple[records.Stage, ...]
    cohorts: tuple["CohortView", ...] = ()


@dataclass(frozen=True, slots=True)
class CohortView:
    public_id: str
    name: str
    programme_id: str
    programme_name: str
    starts_on: dt.date | None
    join_code: str | None
    # Loaded for one who leads it:
    schedule: str = ""
    stages: tuple[records.Stage, ...] = ()
    members: tuple["MemberView", ...] = ()
    matches: tuple["MatchView", ...] = ()  # proposed and active ones
    prompts: tuple[records.Prompt, ...] = ()  # the newest first
    meetings: tuple[records.Meeting, ...] = ()


@dataclass(frozen=True, slots=True)
class RoleView:
    role: RoleWord
    starts_on: dt.date
    ends_on: dt.date | None
    current: bool


@dataclass(frozen=True, slots=True)
class MemberView:
    public_id: str
    person_id: str
    name: str
    login: str
    roles: tuple[RoleView, ...]
    periods: tuple["PeriodView", ...] = ()

    def holds(self, role: RoleWord) -> bool:
        return any(r.role == role and r.current for r in self.roles)


@dataclass(frozen=True, slots=True)
class PeriodView:
    stage: records.Stage
    pass_number: int
    starts_on: dt.date
    ends_on: dt.date | None
    end_typed: bool = False  # else it follows the next period


@dataclass(frozen=True, slots=True)
class MatchView:
    public_id: str
    cohort_id: str
    cohort_name: str
    mentee_id: str
    mentee_name: str
    mentor_id: str
    mentor_name: str
    role: RoleWord
    state: str
    proposed_at: dt.datetime
    accepted_at: dt.datetime | None
    ended_at: dt.datetime | None


def programme_view(programme: Programme, cohorts: Iterable[Cohort] = ()) -> ProgrammeView:
    return ProgrammeView(
        public_id=programme.public_id,
        name=programme.name,
        description=programme.description,
        timezone=programme.timezone,
        schedule=str(programme.schedule),
        personal=programme.personal,
        stages=_stages(programme.id),
        cohorts=tuple(
            CohortView(c.public_id, c.name, programme.public_id, programme.name, c.starts_on, c.join_code)
            for c in cohorts
        ),
    )


def cohort_view(cohort: Cohort, now: dt.datetime, *, with_people: bool = False) -> CohortView:
    view = CohortView(
        public_id=cohort.public_id,
        name=cohort.name,
        programme_id=cohort.programme.public_id,
        programme_name=cohort.programme.name,
        starts_on=cohort.starts_on,
        join_code=cohort.join_code,
    )
    if not with_people:
        return view
    open_in_it = (Match.cohort == cohort.id) & Match.state.in_([MatchState.PROPOSED, MatchState.ACTIVE])
    meetings = (
        Meeting.select().where(Meeting.cohort == cohort.id).order_by(Meeting.held_on.desc(), Meeting.id)
    )
    return replace(
        view,
        schedule=str(cohort.programme.schedule),
        stages=_stages(cohort.programme_id),
        members=member_views(members_of(cohort), today(cohort.programme.timezone, now)),
        matches=tuple(match_view(m) for m in matches_where(open_in_it).order_by(Match.id)),
        prompts=prompts_of(cohort),
        meetings=tuple(records.Meeting(m.public_id, m.held_on, m.title) for m in meetings),
    )


def _stages(programme_id: int) -> tuple[records.Stage, ...]:
    rows = Stage.select().where(Stage.programme == programme_id).order_by(Stage.position)
    return tuple(stage_record(s) for s in rows)


def members_of(cohort: Cohort) -> "ModelSelect[Member]":
    """Rows of a cohort's present members with their users, by name."""
    return (
        Member.select(Member, User)
        .join(User)
        .where((Member.cohort == cohort.id) & Member.left_at.is_null())
        .order_by(User.name, Member.id)
    )


def member_view(member: Member, now: dt.datetime) -> MemberView:
    return member_views([member], today(member.cohort.programme.timezone, now))[0]


def member_views(members: Iterable[Member], day: dt.date) -> tuple[MemberView, ...]:
    """Members of one cohort in the order given; `day`: which it is in their programme."""
    members = list(members)
    ids = [member.id for member in members]
    roles: dict[int, list[RoleView]] = defaultdict(list)
    for r in Role.select().where(Role.member.in_(ids)).order_by(Role.starts_on, Role.id):
        current = r.starts_on <= day and (r.ends_on is None or r.ends_on >= day)
        roles[r.member_id].append(RoleView(cast(RoleWord, str(r.role)), r.starts_on, r.ends_on, current))
    periods: dict[int, list[PeriodView]] = defaultdict(list)
    for p in (
        StagePeriod.select(StagePeriod, Stage)
        .join(Stage)
        .where(StagePeriod.member.in_(ids))
        .order_by(StagePeriod.pass_number, StagePeriod.starts_on)
    ):
        periods[p.member_id].append(
            PeriodView(stage_record(p.stage), p.pass_number, p.starts_on, p.ends_on, p.said_until is not None)
        )
    return tuple(
        MemberView(
            m.public_id, m.user.public_id, m.user.name, m.user.login, tuple(roles[m.id]), tuple(periods[m.id])
        )
        for m in members
    )


def matches_where(condition: Any) -> "ModelSelect[Match]":
    """Rows of matches with what `match_view` says of them."""
    mentee, mentor = User.alias(), User.alias()
    return (
        Match.select(Match, Cohort, mentee, mentor)
        .join(Cohort)
        .switch(Match)
        .join(mentee, on=(Match.mentee == mentee.id))
        .switch(Match)
        .join(mentor, on=(Match.mentor == mentor.id))
        .where(condition)
    )


def match_view(match: Match) -> MatchView:
    return MatchView(
        public_id=match.public_id,
        cohort_id=match.cohort.public_id,
        cohort_name=match.cohort.name,
        mentee_id=match.mentee.public_id,
        mentee_name=match.mentee.name,
        mentor_id=match.mentor.public_id,
        mentor_name=match.mentor.name,
        role=cast(RoleWord, str(match.role)),
        state=str(match.state),
        proposed_at=match.proposed_at,
        accepted_at=match.accepted_at,
        ended_at=match.ended_at,
    )

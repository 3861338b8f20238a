"""Cohorts: joining by a code, roles with dates."""

import datetime as dt
import secrets

from portfolio.domain import accounts, errors
from portfolio.domain.programme.periods import begin
from portfolio.domain.programme.reach import STUDYING, holds_any, led_cohort, led_programme, line
from portfolio.domain.programme.stages import today
from portfolio.domain.programme.views import (
    CohortView,
    MemberView,
    cohort_view,
    member_view,
    member_views,
    members_of,
)
from portfolio.domain.records import Role as RoleWord
from portfolio.domain.records import Viewer
from portfolio.domain.text import normalise
from portfolio.store import database
from portfolio.store.accounts import User
from portfolio.store.fields import ALPHABET
from portfolio.store.programme import (
    Cohort,
    Match,
    MatchState,
    Member,
    Programme,
    Role,
    RoleName,
    Schedule,
    Stage,
    StagePeriod,
)

JOIN_CODE_LENGTH = 8


def make_cohort(
    viewer: Viewer, programme_id: str, name: str, *, starts_on: dt.date | None = None, now: dt.datetime
) -> CohortView:
    """Make a cohort, open for joining by a code, with the viewer as its lead. Raises NotFound, Invalid."""
    programme = led_programme(viewer, programme_id)
    day = starts_on or today(programme.timezone, now)
    with database.transaction():
        cohort = Cohort.create(
            programme=programme.id,
            name=line(name, "name", 200),
            starts_on=day,
            join_code=_new_code(),
            created_at=now,
        )
        member = _enter(cohort, viewer.user_id, now)
        _give_role(member, RoleName.LEAD, min(day, today(programme.timezone, now)))
        accounts.note("cohort made", now=now, actor=viewer.user_id, subject=cohort.public_id)
    return cohort_led(viewer, cohort.public_id, now=now)


def cohort_led(viewer: Viewer, cohort_id: str, *, now: dt.datetime) -> CohortView:
    """A cohort with its members and matches, for one who leads it. Raises NotFound."""
    return cohort_view(led_cohort(viewer, cohort_id), now, with_people=True)


def change_code(viewer: Viewer, cohort_id: str, *, closed: bool = False, now: dt.datetime) -> str | None:
    """Give a cohort a new join code, or close it. The old code is dead at once. Raises NotFound."""
    cohort = led_cohort(viewer, cohort_id)
    code = None if closed else _new_code()
    with database.transaction():
        Cohort.update(join_code=code).where(Cohort.id == cohort.id).execute()
        accounts.note("join code changed", now=now, actor=viewer.user_id, subject=cohort.public_id)
    return code


def cohort_for_code(code: str, *, now: dt.datetime) -> CohortView:
    """The open cohort of a join code, as a person sees it before joining. Raises NotFound."""
    return cohort_view(_cohort_of_code(code), now)


def join(viewer: Viewer, code: str, *, now: dt.datetime) -> CohortView:
    """Enter a cohort by its code, as a mentee; a second time changes nothing. Raises NotFound."""
    cohort = _cohort_of_code(code)
    with database.transaction():
        _join(cohort, viewer.user_id, now)
    return cohort_view(cohort, now)


def join_newly(
    code: str,
    login: str,
    name: str,
    password: str,
    *,
    language: str = "en",
    now: dt.datetime,
    user_agent: str = "",
) -> tuple[Viewer, str]:
    """Make an account and enter a cohort by its code, in one step. Raises NotFound, Invalid, Conflict."""
    cohort = _cohort_of_code(code)
    with database.transaction():
        viewer = accounts.add_user(login, name, password, language=language, now=now)
        _join(cohort, viewer.user_id, now)
        return accounts.open_session(viewer.user_id, now=now, user_agent=user_agent)


def add_member(
    viewer: Viewer,
    cohort_id: str,
    login: str,
    role: RoleWord,
    *,
    starts_on: dt.date | None = None,
    now: dt.datetime,
) -> MemberView:
    """Bring somebody with an account into a cohort, in a role. Raises NotFound, Invalid."""
    cohort = led_cohort(viewer, cohort_id)
    user = User.get_or_none(User.login == login.strip().lower())
    if user is None:
        raise errors.Invalid("Nobody signs in as “%(login)s”.", field="login", login=login)
    if role not in set(RoleName):
        raise errors.Invalid("There is no such role.", field="role")
    day = starts_on or today(cohort.programme.timezone, now)
    with database.transaction():
        member = _enter(cohort, user.id, now)
        _give_role(member, RoleName(role), day)
        if role == "mentee":
            _follow_calendar(member)
        accounts.note("member added", now=now, actor=viewer.user_id, subject=user.public_id, role=role)
    return member_view(member, now)


def end_role(viewer: Viewer, cohort_id: str, member_id: str, role: RoleWord, *, now: dt.datetime) -> None:
    """A member's role ends today, its matches at once; who has no role left, leaves. Raises NotFound."""
    cohort = led_cohort(viewer, cohort_id)
    member = Member.get_or_none((Member.public_id == member_id) & (Member.cohort == cohort.id))
    if member is None:
        raise errors.NotFound
    held = Role.get_or_none((Role.member == member.id) & (Role.role == role) & Role.ends_on.is_null())
    if held is None:
        raise errors.NotFound
    yesterday = today(cohort.programme.timezone, now) - dt.timedelta(days=1)
    with database.transaction():
        if held.starts_on > yesterday:
            held.delete_instance()
        else:
            Role.update(ends_on=yesterday).where(Role.id == held.id).execute()
        mentee, mentor = Match.mentee == member.user_id, Match.mentor == member.user_id
        ends = mentee if role == "mentee" else mentor & (Match.role == role)
        if not Role.select().where((Role.member == member.id) & Role.ends_on.is_null()).exists():
            Member.update(left_at=now).where(Member.id == member.id).execute()
            ends = mentee | mentor
        Match.update(state=MatchState.ENDED, ended_at=now, ended_by=viewer.user_id).where(
            (Match.cohort == cohort.id) & ends & Match.state.in_([MatchState.PROPOSED, MatchState.ACTIVE])
        ).execute()
        accounts.note("role ended", now=now, actor=viewer.user_id, subject=member.public_id, role=role)


def memberships(viewer: Viewer, *, now: dt.datetime) -> tuple[CohortView, ...]:
    """The cohorts that the viewer belongs to, without other people's names."""
    query = (
        Cohort.select(Cohort, Programme)
        .join(Programme)
        .switch(Cohort)
        .join(Member)
        .where((Member.user == viewer.user_id) & Member.left_at.is_null() & ~Programme.personal)
        .order_by(Member.joined_at.desc(), Member.id.desc())
    )
    return tuple(cohort_view(cohort, now) for cohort in query)


def mentors_to_propose(viewer: Viewer, *, now: dt.datetime) -> tuple[tuple[CohortView, MemberView], ...]:
    """Mentors and peer mentors of the viewer's cohorts to whom no match is open yet."""
    open_to = {
        (match.cohort_id, match.mentor_id)
        for match in Match.select().where(
            (Match.mentee == viewer.user_id) & Match.state.in_([MatchState.PROPOSED, MatchState.ACTIVE])
        )
    }
    found: list[tuple[CohortView, MemberView]] = []
    query = Cohort.select().join(Member).where((Member.user == viewer.user_id) & Member.left_at.is_null())
    for cohort in query:
        if not holds_any(viewer, cohort, STUDYING, now):
            continue
        view, day = cohort_view(cohort, now), today(cohort.programme.timezone, now)
        asked = [viewer.user_id, *(mentor for cohort_id, mentor in open_to if cohort_id == cohort.id)]
        others = members_of(cohort).where(Member.user.not_in(asked))
        found += [
            (view, person)
            for person in member_views(others, day)
            if person.holds("mentor") or person.holds("peer_mentor")
        ]
    return tuple(found)


def _new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(JOIN_CODE_LENGTH))


def _cohort_of_code(code: str) -> Cohort:
    code = "".join(c for c in normalise(code).lower() if c.isalnum())
    cohort = Cohort.get_or_none(Cohort.join_code == code) if len(code) == JOIN_CODE_LENGTH else None
    if cohort is None:
        raise errors.NotFound("No cohort is open under this code. Ask the person who gave it to you.")
    return cohort


def _join(cohort: Cohort, user_id: int, now: dt.datetime) -> None:
    member = _enter(cohort, user_id, now)
    day = today(cohort.programme.timezone, now)
    _give_role(member, RoleName.MENTEE, min(day, cohort.starts_on or day))
    _follow_calendar(member)
    accounts.note("joined a cohort", now=now, actor=user_id, subject=cohort.public_id)


def _enter(cohort: Cohort, user_id: int, now: dt.datetime) -> Member:
    database.in_turn(user_id)
    member = Member.get_or_none((Member.cohort == cohort.id) & (Member.user == user_id))
    if member is None:
        member = Member.create(cohort=cohort.id, user=user_id, joined_at=now)
    elif member.left_at is not None:  # texts replaced while they were away stay closed
        Member.update(left_at=None, joined_at=now).where(Member.id == member.id).execute()
    return member


def _give_role(member: Member, role: RoleName, day: dt.date) -> None:
    held = (Role.member == member.id) & (Role.role == role) & Role.ends_on.is_null()
    if not Role.select().where(held).exists():
        Role.create(member=member.id, role=role, starts_on=day)


def _follow_calendar(member: Member) -> None:
    programme = member.cohort.programme
    if programme.schedule != Schedule.PERSON:
        return
    first = Stage.select().where(Stage.programme == programme.id).order_by(Stage.position).first()
    if first is not None and not StagePeriod.select().where(StagePeriod.member == member.id).exists():
        begin(member, first, today(programme.timezone, member.joined_at))

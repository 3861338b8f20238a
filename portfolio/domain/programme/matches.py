"""Matches: proposed by the mentee, accepted by the mentor, ended by either."""

import datetime as dt
from typing import Any

from portfolio.domain import accounts, errors
from portfolio.domain.programme.reach import STUDYING, holds_any, own_cohort
from portfolio.domain.programme.views import MatchView, match_view, matches_where, member_view
from portfolio.domain.records import Role as RoleWord
from portfolio.domain.records import Viewer
from portfolio.store import database
from portfolio.store.programme import (
    Match,
    MatchState,
    Member,
)


def propose_match(viewer: Viewer, cohort_id: str, member_id: str, *, now: dt.datetime) -> MatchView:
    """A mentee asks a mentor or peer mentor of their cohort. Raises NotFound, Invalid, Conflict."""
    cohort = own_cohort(viewer, cohort_id)
    if not holds_any(viewer, cohort, STUDYING, now):
        raise errors.NotFound
    member = Member.get_or_none(
        (Member.public_id == member_id) & (Member.cohort == cohort.id) & Member.left_at.is_null()
    )
    if member is None:
        raise errors.NotFound
    if member.user_id == viewer.user_id:
        raise errors.Invalid("Nobody is their own mentor.")
    view = member_view(member, now)
    role: RoleWord | None = (
        "mentor" if view.holds("mentor") else "peer_mentor" if view.holds("peer_mentor") else None
    )
    if role is None:
        raise errors.Invalid("%(name)s is not a mentor here.", name=view.name)
    with database.transaction():
        database.in_turn(viewer.user_id)
        if (
            Match.select()
            .where(
                (Match.cohort == cohort.id)
                & (Match.mentee == viewer.user_id)
                & (Match.mentor == member.user_id)
                & Match.state.in_([MatchState.PROPOSED, MatchState.ACTIVE])
            )
            .exists()
        ):
            raise errors.Conflict("You have asked %(name)s already.", name=view.name)
        match = Match.create(
            cohort=cohort.id, mentee=viewer.user_id, mentor=member.user_id, role=role, proposed_at=now
        )
        accounts.note("match proposed", now=now, actor=viewer.user_id, subject=match.public_id)
    return match_view(match)


def accept_match(viewer: Viewer, match_id: str, *, now: dt.datetime) -> MatchView:
    """The mentor who was asked says yes. Raises NotFound, PeriodClosed."""
    return _settle(viewer, match_id, MatchState.ACTIVE, now)


def decline_match(viewer: Viewer, match_id: str, *, now: dt.datetime) -> MatchView:
    """The mentor who was asked says no. Raises NotFound, PeriodClosed."""
    return _settle(viewer, match_id, MatchState.DECLINED, now)


def end_match(viewer: Viewer, match_id: str, *, now: dt.datetime) -> MatchView:
    """Either side ends it (or takes back the question); reading ends at once.

    Raises NotFound, PeriodClosed.
    """
    match = Match.get_or_none(
        (Match.public_id == match_id) & ((Match.mentee == viewer.user_id) | (Match.mentor == viewer.user_id))
    )
    if match is None:
        raise errors.NotFound
    with database.transaction():
        changed = (
            Match.update(state=MatchState.ENDED, ended_at=now, ended_by=viewer.user_id)
            .where((Match.id == match.id) & Match.state.in_([MatchState.PROPOSED, MatchState.ACTIVE]))
            .execute()
        )
        if not changed:
            raise errors.PeriodClosed("This match has ended already.")
        accounts.note("match ended", now=now, actor=viewer.user_id, subject=match.public_id)
    return match_view(Match.get_by_id(match.id))


def matches(viewer: Viewer) -> tuple[MatchView, ...]:
    """The viewer's matches on either side, open ones first, then the newest."""
    query = matches_where((Match.mentee == viewer.user_id) | (Match.mentor == viewer.user_id)).order_by(
        Match.ended_at.desc(nulls="first"), Match.proposed_at.desc()
    )
    return tuple(
        match_view(m) for m in query if m.state != MatchState.DECLINED or m.mentee_id == viewer.user_id
    )


def _settle(viewer: Viewer, match_id: str, state: MatchState, now: dt.datetime) -> MatchView:
    match = Match.get_or_none((Match.public_id == match_id) & (Match.mentor == viewer.user_id))
    if match is None:
        raise errors.NotFound
    with database.transaction():
        values: dict[str, Any] = {"state": state}
        values |= (
            {"accepted_at": now}
            if state == MatchState.ACTIVE
            else {"ended_at": now, "ended_by": viewer.user_id}
        )
        changed = (
            Match.update(**values)
            .where((Match.id == match.id) & (Match.state == MatchState.PROPOSED))
            .execute()
        )
        if not changed:
            raise errors.PeriodClosed("This question has been answered already.")
        accounts.note(f"match {state}", now=now, actor=viewer.user_id, subject=match.public_id)
    return match_view(Match.get_by_id(match.id))

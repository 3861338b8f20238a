"""What a viewer may see. The only place that decides it.

Every look-up of an entry starts from `entries_for`, so what a viewer may not read does not
exist for them. The rules are those of the table "who may do what":

- one's own entries, drafts included;
- an entry granted to mentors (or peer mentors): for those with an active match;
- an entry granted to the faculty: for those who lead a cohort of its owner;
- an entry granted to the cohort: for members of a cohort of its owner.

Administrators have no route to content by being administrators.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any, cast

from peewee import SQL, ModelAlias, ModelSelect, fn

from portfolio.domain import errors
from portfolio.domain.records import AUDIENCES, Audience, Viewer
from portfolio.domain.records import Role as RoleWord
from portfolio.store.accounts import User
from portfolio.store.diary import AudienceName, Entry, Grant
from portfolio.store.programme import Cohort, Match, MatchState, Member, Role, RoleName


@dataclass(frozen=True, slots=True)
class Readers:
    """Who may read by way of one audience, at this moment."""

    audience: Audience
    names: tuple[str, ...]  # of mentors, peer mentors, leads; empty for the cohort
    cohorts: tuple[str, ...] = ()  # names of the cohorts, for the audience "cohort"


def entries_for(viewer: Viewer, *, now: dt.datetime) -> "ModelSelect[Entry]":
    """All entries that `viewer` may read now, as a query to narrow down."""
    return Entry.select().where(
        Entry.deleted_at.is_null() & ((Entry.owner == viewer.user_id) | _granted(viewer, now))
    )


def granted_entries_for(viewer: Viewer, *, now: dt.datetime) -> "ModelSelect[Entry]":
    """Other people's entries that `viewer` may read now."""
    return Entry.select().where(
        Entry.deleted_at.is_null() & (Entry.owner != viewer.user_id) & _granted(viewer, now)
    )


def entry_for(viewer: Viewer, entry_id: str, *, now: dt.datetime) -> Entry:
    """One entry that `viewer` may read. Raises NotFound."""
    entry = entries_for(viewer, now=now).where(Entry.public_id == entry_id).get_or_none()
    if entry is None:
        raise errors.NotFound
    return entry


def own_entry(viewer: Viewer, entry_id: str, *, deleted: bool = False) -> Entry:
    """One of the viewer's own entries, among the deleted ones if asked. Raises NotFound."""
    entry = Entry.get_or_none(
        (Entry.public_id == entry_id)
        & (Entry.owner == viewer.user_id)
        & (Entry.deleted_at.is_null(not deleted))
    )
    if entry is None:
        raise errors.NotFound
    return entry


def could_read_since(viewer: Viewer, entry: Entry, *, now: dt.datetime) -> dt.datetime:
    """Since when `viewer` may read somebody's entry: what stood in it before is not theirs to see.

    Raises NotFound when they may not read it now.
    """
    since: list[dt.datetime] = []
    matched = {
        str(m.role): m.accepted_at or m.proposed_at
        for m in Match.select().where(
            (Match.mentee == entry.owner_id)
            & (Match.mentor == viewer.user_id)
            & (Match.state == MatchState.ACTIVE)
        )
    }
    for grant in Grant.select().where((Grant.entry == entry.id) & Grant.revoked_at.is_null()):
        audience = str(grant.audience)
        if audience in matched:
            since.append(max(grant.granted_at, matched[audience]))
        elif (audience == "faculty" and _shares(viewer, entry.owner_id, now, RoleName.LEAD)) or (
            audience == "cohort" and _shares(viewer, entry.owner_id, now)
        ):
            since.append(grant.granted_at)
    if not since:
        raise errors.NotFound
    return min(since)


def role_towards(viewer: Viewer, owner_id: int, *, now: dt.datetime) -> RoleWord:
    """In which role `viewer` meets the owner of an entry: the closest one that holds today."""
    if owner_id == viewer.user_id:
        return "mentee"
    match = (
        Match.select(Match.role)
        .where(
            (Match.mentee == owner_id) & (Match.mentor == viewer.user_id) & (Match.state == MatchState.ACTIVE)
        )
        .order_by(Match.role)  # mentor before peer_mentor
        .first()
    )
    if match is not None:
        return cast(RoleWord, str(match.role))
    if _shares(viewer, owner_id, now, RoleName.LEAD):
        return "lead"
    held = held_roles(viewer.user_id, now=now)
    return "peer_mentor" if "peer_mentor" in held else "mentor" if "mentor" in held else "mentee"


def held_roles(user_id: int, *, now: dt.datetime) -> frozenset[RoleWord]:
    """The roles that somebody holds today in any cohort."""
    rows = (
        Role.select(Role.role)
        .join(Member)
        .where((Member.user == user_id) & Member.left_at.is_null() & _runs_today(now))
        .distinct()
    )
    return frozenset(cast(RoleWord, str(row.role)) for row in rows)


def readers(owner_id: int, *, now: dt.datetime) -> dict[Audience, Readers]:
    """For each audience that an owner can grant to, who that is today.

    An audience with no names (and no cohort) reaches nobody yet.
    """
    found: dict[Audience, Readers] = {}
    for audience in AUDIENCES:
        names: list[str] = []
        cohorts: list[str] = []
        if audience in ("mentor", "peer_mentor"):
            query = (
                User.select(User.name)
                .join(Match, on=Match.mentor == User.id)
                .where(
                    (Match.mentee == owner_id) & (Match.state == MatchState.ACTIVE) & (Match.role == audience)
                )
                .order_by(Match.id)
            )
            names = [u.name for u in query]
        elif audience == "faculty":
            query = (
                User.select(User.name)
                .join(Member, on=Member.user == User.id)
                .join(Role, on=Role.member == Member.id)
                .where(
                    Member.cohort.in_(_cohorts_of(owner_id))
                    & (Role.role == RoleName.LEAD)
                    & Member.left_at.is_null()
                    & _runs_today(now)
                    & (User.id != owner_id)
                )
                .distinct()
            )
            names = [u.name for u in query]
        else:
            cohorts = [c.name for c in Cohort.select(Cohort.name).where(Cohort.id.in_(_cohorts_of(owner_id)))]
        found[audience] = Readers(audience, tuple(dict.fromkeys(names)), tuple(cohorts))
    return found


def narrative_subjects(viewer: Viewer) -> "ModelSelect[User]":
    """Students about whom `viewer` may write a mentor's narrative: those with an active match."""
    return (
        User.select()
        .join(Match, on=Match.mentee == User.id)
        .where((Match.mentor == viewer.user_id) & (Match.state == MatchState.ACTIVE))
        .distinct()
    )


def _granted(viewer: Viewer, now: dt.datetime) -> Any:
    """Condition: the entry is kept, and a live grant reaches this viewer.

    Written with EXISTS throughout: peewee renders the subquery of an IN twice, so that nested
    ones grow as two to the power of their depth.
    """
    reached = (
        ((Grant.audience == AudienceName.MENTOR) & _accompanies(viewer, RoleName.MENTOR))
        | ((Grant.audience == AudienceName.PEER_MENTOR) & _accompanies(viewer, RoleName.PEER_MENTOR))
        | ((Grant.audience == AudienceName.FACULTY) & _shares_cohort(viewer, Entry.owner, now, RoleName.LEAD))
        | ((Grant.audience == AudienceName.COHORT) & _shares_cohort(viewer, Entry.owner, now))
    )
    live = Grant.select(SQL("1")).where((Grant.entry == Entry.id) & Grant.revoked_at.is_null() & reached)
    return Entry.kept_at.is_null(False) & fn.EXISTS(live)


def _accompanies(viewer: Viewer, role: RoleName) -> Any:
    match = Match.select(SQL("1")).where(
        (Match.mentor == viewer.user_id)
        & (Match.mentee == Entry.owner)
        & (Match.state == MatchState.ACTIVE)
        & (Match.role == role)
    )
    return fn.EXISTS(match)


def _shares_cohort(viewer: Viewer, owner: Any, now: dt.datetime, role: RoleName | None = None) -> Any:
    """Condition: the viewer holds a role today (or that role) in a cohort that `owner` belongs to."""
    mine, theirs = ModelAlias(Member), ModelAlias(Member)  # a column is called alias, as the field calls it
    query = (
        Role.select(SQL("1"))
        .join(mine, on=(Role.member == mine.id))
        .join(theirs, on=(theirs.cohort == mine.cohort))
        .where(
            (mine.user == viewer.user_id)
            & mine.left_at.is_null()
            & (theirs.user == owner)
            & theirs.left_at.is_null()
            & _runs_today(now)
        )
    )
    return fn.EXISTS(query.where(Role.role == role) if role else query)


def _shares(viewer: Viewer, owner_id: int, now: dt.datetime, role: RoleName | None = None) -> bool:
    return bool(
        User.select(SQL("1"))
        .where((User.id == owner_id) & _shares_cohort(viewer, User.id, now, role))
        .exists()
    )


def _runs_today(now: dt.datetime) -> Any:
    today = now.date()
    return (Role.starts_on <= today + dt.timedelta(days=1)) & (  # the day that it is somewhere already
        Role.ends_on.is_null() | (Role.ends_on >= today)
    )


def _cohorts_of(user_id: int) -> list[int]:
    rows = Member.select(Member.cohort).where((Member.user == user_id) & Member.left_at.is_null())
    return [row.cohort_id for row in rows]

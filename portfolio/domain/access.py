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
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, NamedTuple, cast

from peewee import SQL, ModelSelect, fn

from portfolio.domain import errors
from portfolio.domain.programme.stages import today
from portfolio.domain.records import AUDIENCES, Audience, Viewer
from portfolio.domain.records import Role as RoleWord
from portfolio.store.accounts import User
from portfolio.store.diary import AudienceName, Entry, Grant
from portfolio.store.programme import Cohort, Match, MatchState, Member, Programme, Role, RoleName


@dataclass(frozen=True, slots=True)
class Readers:
    """Who may read by way of one audience, at this moment."""

    audience: Audience
    names: tuple[str, ...]  # of mentors, peer mentors, leads; empty for the cohort
    cohorts: tuple[str, ...] = ()  # names of the cohorts, for the audience "cohort"


class Held(NamedTuple):
    """A role that somebody holds today in a cohort."""

    user_id: int
    role: RoleWord
    cohort_id: int
    since: dt.datetime  # they have been there, in this role


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


def accompanied_entries_for(viewer: Viewer) -> "ModelSelect[Entry]":
    """Entries that reach `viewer` as mentor or peer mentor, joined to Grant and Match, once for each way."""
    way = (Match.mentee == Entry.owner) & (Match.role == Grant.audience)
    return (
        Entry.select()
        .join(Grant)
        .join(Match, on=way)
        .where(
            Entry.deleted_at.is_null()
            & Entry.kept_at.is_null(False)
            & Grant.revoked_at.is_null()
            & (Match.mentor == viewer.user_id)
            & (Match.state == MatchState.ACTIVE)
        )
        .switch(Entry)
    )


def entry_for(viewer: Viewer, entry_id: str, *, now: dt.datetime) -> Entry:
    """One entry that `viewer` may read. Raises NotFound."""
    entry = Entry.get_or_none((Entry.public_id == entry_id) & Entry.deleted_at.is_null())
    if entry is not None and entry.owner_id != viewer.user_id:
        entry = granted_entries_for(viewer, now=now).where(Entry.id == entry.id).get_or_none()
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
    ways: list[tuple[str, dt.datetime]] = [
        (str(m.role), m.accepted_at or m.proposed_at)
        for m in _matches(viewer.user_id).where(Match.mentee == entry.owner_id)
    ]
    theirs = _cohorts_of(entry.owner_id)
    for held in _held(Member.user == viewer.user_id, now):
        if held.cohort_id in theirs:
            ways.append(("cohort", held.since))
            if held.role == "lead":
                ways.append(("faculty", held.since))
    since: list[dt.datetime] = [
        max(grant.granted_at, moment)
        for grant in _live_grants(entry)
        for audience, moment in ways
        if audience == str(grant.audience)
    ]
    if not since:
        raise errors.NotFound
    return min(since)


def role_towards(viewer: Viewer, owner_id: int, *, now: dt.datetime) -> RoleWord:
    """In which role `viewer` meets the owner of an entry: the closest one that holds today."""
    if owner_id == viewer.user_id:
        return "mentee"
    match = _matches(viewer.user_id).where(Match.mentee == owner_id).order_by(Match.role).first()
    if match is not None:  # a mentor before a peer mentor
        return cast(RoleWord, str(match.role))
    theirs = _cohorts_of(owner_id)
    held = {h.role for h in _held(Member.user == viewer.user_id, now) if h.cohort_id in theirs}
    closest: tuple[RoleWord, ...] = ("lead", "peer_mentor", "mentor")
    return next((role for role in closest if role in held), "mentee")


def held_roles(user_id: int, *, now: dt.datetime) -> frozenset[RoleWord]:
    """The roles that somebody holds today in any cohort."""
    return frozenset(held.role for held in _held(Member.user == user_id, now))


def readers(owner_id: int, *, now: dt.datetime) -> dict[Audience, Readers]:
    """For each audience that an owner can grant to, who that is today.

    An audience with no names (and no cohort) reaches nobody yet.
    """
    names: dict[str, list[str]] = {audience: [] for audience in AUDIENCES}
    for match in (
        Match.select(Match, User)
        .join(User, on=Match.mentor == User.id)
        .where((Match.mentee == owner_id) & (Match.state == MatchState.ACTIVE) & User.disabled_at.is_null())
        .order_by(Match.id)
    ):
        names[str(match.role)].append(match.mentor.name)
    cohorts = _cohorts_of(owner_id)
    leads = [
        held.user_id
        for held in _held(Member.cohort.in_(list(cohorts)) & (Role.role == RoleName.LEAD), now)
        if held.user_id != owner_id
    ]
    for lead in User.select().where(User.id.in_(leads) & User.disabled_at.is_null()).order_by(User.name):
        names["faculty"].append(lead.name)
    return {
        audience: Readers(
            audience,
            tuple(dict.fromkeys(names[audience])),
            tuple(cohorts.values()) if audience == "cohort" else (),
        )
        for audience in AUDIENCES
    }


def with_somebody(owner_id: int, *, now: dt.datetime) -> frozenset[Audience]:
    """The audiences by way of which somebody else could read an owner's entry today."""
    around = _held(Member.cohort.in_(list(_cohorts_of(owner_id))), now)
    others = {held.user_id for held in around} - {owner_id}
    cohort = User.select().where(User.id.in_(others) & User.disabled_at.is_null()).exists()
    named = readers(owner_id, now=now)
    return frozenset(a for a in AUDIENCES if named[a].names or (a == "cohort" and cohort))


def leads_of(cohort: Cohort, *, now: dt.datetime) -> "ModelSelect[User]":
    """Those who lead a cohort today."""
    held = _held((Member.cohort == cohort.id) & (Role.role == RoleName.LEAD), now)
    leads = [one.user_id for one in held]
    return User.select().where(User.id.in_(leads) & User.disabled_at.is_null()).order_by(User.name)


def still_readers(entry: Entry, user_ids: Iterable[int], *, now: dt.datetime) -> frozenset[int]:
    """Those of some people, by row id, who may read somebody's entry now."""
    audiences = {str(grant.audience) for grant in _live_grants(entry)}
    matches = Match.select().where((Match.mentee == entry.owner_id) & (Match.state == MatchState.ACTIVE))
    found = {match.mentor_id for match in matches if str(match.role) in audiences}
    asked = set(user_ids)
    if audiences & {"faculty", "cohort"}:
        around = Member.cohort.in_(list(_cohorts_of(entry.owner_id))) & Member.user.in_(asked)
        found |= {h.user_id for h in _held(around, now) if "cohort" in audiences or h.role == "lead"}
    return frozenset(found & asked)


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

    The viewer's own matches and cohorts are few and looked up first, so that no row of the
    diaries asks for them again.
    """
    mentees: dict[str, list[int]] = {"mentor": [], "peer_mentor": []}
    for match in _matches(viewer.user_id):
        mentees[str(match.role)].append(match.mentee_id)
    held = list(_held(Member.user == viewer.user_id, now))
    led = [h.cohort_id for h in held if h.role == "lead"]
    ways = [
        (Grant.audience == AudienceName.MENTOR) & Entry.owner.in_(mentees["mentor"]),
        (Grant.audience == AudienceName.PEER_MENTOR) & Entry.owner.in_(mentees["peer_mentor"]),
        (Grant.audience == AudienceName.FACULTY) & _belongs(Entry.owner, led),
        (Grant.audience == AudienceName.COHORT) & _belongs(Entry.owner, [h.cohort_id for h in held]),
    ]
    live = Grant.select(SQL("1")).where(
        (Grant.entry == Entry.id) & Grant.revoked_at.is_null() & reduce(or_, ways)
    )
    return Entry.kept_at.is_null(False) & fn.EXISTS(live)


def _belongs(owner: Any, cohorts: Iterable[int]) -> Any:
    """Condition: `owner` is in one of these cohorts."""
    return fn.EXISTS(
        Member.select(SQL("1")).where(
            (Member.user == owner) & Member.left_at.is_null() & Member.cohort.in_(sorted(set(cohorts)))
        )
    )


def _matches(mentor_id: int) -> "ModelSelect[Match]":
    return Match.select().where((Match.mentor == mentor_id) & (Match.state == MatchState.ACTIVE))


def _held(condition: Any, now: dt.datetime) -> Iterable[Held]:
    """The roles held today, each by the calendar of its programme."""
    columns = (Role.role, Role.starts_on, Role.ends_on, Member.user, Member.cohort, Member.joined_at)
    rows = (
        Role.select(*columns, Programme.timezone)
        .join(Member)
        .join(Cohort)
        .join(Programme)
        .where(condition & Member.left_at.is_null())
        .tuples()
    )
    for role, starts_on, ends_on, user_id, cohort_id, joined_at, timezone in cast(Iterable[Any], rows):
        day = today(timezone, now)
        if starts_on <= day and (ends_on is None or day <= ends_on):
            began = dt.datetime.combine(starts_on, dt.time(), zoneinfo.ZoneInfo(timezone))
            yield Held(user_id, cast(RoleWord, str(role)), cohort_id, max(joined_at, began))


def _live_grants(entry: Entry) -> "ModelSelect[Grant]":
    return Grant.select().where((Grant.entry == entry.id) & Grant.revoked_at.is_null())


def _cohorts_of(user_id: int) -> dict[int, str]:
    """The cohorts that somebody belongs to, with their names; not that of an import, where nobody else is."""
    rows = (
        Cohort.select(Cohort.id, Cohort.name)
        .join(Member)
        .switch(Cohort)
        .join(Programme)
        .where((Member.user == user_id) & Member.left_at.is_null() & ~Programme.personal)
        .order_by(Member.joined_at, Cohort.id)
    )
    return {row.id: row.name for row in rows}

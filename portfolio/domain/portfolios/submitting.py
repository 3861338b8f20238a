"""Submitting an edition to those who lead a cohort, and what they find there.

A lead reads an edition that was submitted to a cohort that they lead today, and only if there
never was a match between them and its owner: who accompanies somebody does not assess them.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from portfolio.domain import access, accounts, errors, records
from portfolio.domain.portfolios.collected import let_go_of_zips
from portfolio.domain.portfolios.freezing import (
    EditionView,
    edition_view,
    own_edition,
    portfolio_of_edition,
)
from portfolio.domain.records import Viewer
from portfolio.store import database
from portfolio.store.accounts import User
from portfolio.store.portfolios import Edition, Submission
from portfolio.store.programme import Cohort, Match, Member, Programme, Role, RoleName


@dataclass(frozen=True, slots=True)
class Receiver:
    """A cohort to whose leads somebody can submit an edition."""

    cohort_id: str
    name: str
    leads: tuple[str, ...]  # by name; none of them has accompanied the student


@dataclass(frozen=True, slots=True)
class SubmissionView:
    """A live submission as its owner sees it."""

    public_id: str
    edition_id: str
    cohort_name: str
    submitted_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Submitted:
    """A live submission as a lead finds it."""

    public_id: str
    owner_name: str
    owner_login: str
    edition: EditionView
    stored_name: str
    submitted_at: dt.datetime


@dataclass(frozen=True, slots=True)
class CohortEditions:
    """What the members of a cohort have submitted, by name."""

    cohort_id: str
    cohort_name: str
    programme_name: str
    submitted: tuple[Submitted, ...]
    not_yet: tuple[tuple[str, str], ...]  # sign-in names and names of mentees who have submitted nothing
    for_others: tuple[str, ...]  # names of students whose edition another lead reads: there was a match


def receivers(viewer: Viewer, *, now: dt.datetime) -> list[Receiver]:
    """The cohorts to whose leads the viewer can submit an edition."""
    met = _accompanied_by(viewer.user_id)
    found = []
    for cohort in _studied_in(viewer.user_id):
        leads = [u for u in access.leads_of(cohort, now=now) if u.id != viewer.user_id and u.id not in met]
        found.append(Receiver(cohort.public_id, cohort.name, tuple(u.name for u in leads)))
    return found


def submit_edition(viewer: Viewer, edition_id: str, cohort_id: str, *, now: dt.datetime) -> SubmissionView:
    """Hand an edition to a cohort's leads, in place of one submitted there before. Raises NotFound, Invalid.

    Only what was made for a reviewer can be submitted: nothing private is in it.
    """
    edition = own_edition(viewer, edition_id)
    cohort = next((c for c in _studied_in(viewer.user_id) if c.public_id == cohort_id), None)
    if cohort is None or edition.stored_name is None:
        raise errors.NotFound
    if edition.variant == "own":
        raise errors.Invalid(
            "This edition was made for yourself. Make one for a reviewer, and submit that.", field="cohort"
        )
    if edition.variant == "anonymised":
        raise errors.Invalid(
            "Who leads a cohort finds an edition under its author’s name, so an anonymised one cannot be "
            "submitted. Make one for a reviewer, and submit that.",
            field="cohort",
        )
    with database.transaction():
        database.in_turn(viewer.user_id)
        before = _live_of(viewer.user_id).where(Submission.cohort == cohort.id)
        row = before.where(Submission.edition == edition.id).get_or_none()
        if row is None:
            replaced = list(before)
            Submission.update(withdrawn_at=now).where(Submission.id.in_([s.id for s in replaced])).execute()
            let_go_of_zips(replaced)
            row = Submission.create(edition=edition.id, cohort=cohort.id, submitted_at=now)
            accounts.note("edition submitted", now=now, actor=viewer.user_id, subject=row.public_id)
    return SubmissionView(row.public_id, edition.public_id, cohort.name, row.submitted_at)


def withdraw_submission(viewer: Viewer, submission_id: str, *, now: dt.datetime) -> str:
    """Take an edition back from a cohort's leads, at once; returns its id. Raises NotFound."""
    row = _live_of(viewer.user_id).where(Submission.public_id == submission_id).get_or_none()
    if row is None:
        raise errors.NotFound
    with database.transaction():
        Submission.update(withdrawn_at=now).where(Submission.id == row.id).execute()
        let_go_of_zips([row])
        accounts.note("edition withdrawn", now=now, actor=viewer.user_id, subject=row.public_id)
    return str(row.edition.public_id)


def submissions(viewer: Viewer) -> list[SubmissionView]:
    """The viewer's live submissions, the newest first."""
    return [
        SubmissionView(row.public_id, row.edition.public_id, row.cohort.name, row.submitted_at)
        for row in _live_of(viewer.user_id).order_by(Submission.id.desc())
    ]


def leads_cohort(viewer: Viewer, cohort_id: str, *, now: dt.datetime) -> bool:
    """Whether the viewer leads this cohort today, and so may read what was submitted to it."""
    cohort = Cohort.get_or_none(Cohort.public_id == cohort_id)
    return cohort is not None and viewer.user_id in {u.id for u in access.leads_of(cohort, now=now)}


def cohort_editions(viewer: Viewer, cohort_id: str, *, now: dt.datetime) -> CohortEditions:
    """What was submitted to a cohort that the viewer leads today. Raises NotFound."""
    if not leads_cohort(viewer, cohort_id, now=now):
        raise errors.NotFound
    return _editions_of(Cohort.get(Cohort.public_id == cohort_id), _has_accompanied(viewer.user_id))


def editions_of_cohort(cohort_id: str) -> CohortEditions:
    """What was submitted to a cohort, whoever asks: for the shell, behind which stands the machine's owner.

    Raises NotFound.
    """
    cohort = Cohort.get_or_none(Cohort.public_id == cohort_id)
    if cohort is None:
        raise errors.NotFound
    return _editions_of(cohort, frozenset())


def cohorts_named(name: str) -> list[tuple[str, str]]:
    """Public ids and names of the cohorts that bear this name, or this public id."""
    meant = ((Cohort.name == name) | (Cohort.public_id == name)) & ~Programme.personal
    return [(row.public_id, row.name) for row in Cohort.select().join(Programme).where(meant)]


def students_of_cohort(cohort_id: str) -> list[tuple[str, str]]:
    """Sign-in names and names of a cohort's students, for the shell. Raises NotFound."""
    cohort = Cohort.get_or_none(Cohort.public_id == cohort_id)
    if cohort is None:
        raise errors.NotFound
    return [(user.login, user.name) for user in _students(cohort)]


def submitted_edition(viewer: Viewer, submission_id: str, *, now: dt.datetime) -> Submitted:
    """One submitted edition, for a lead. Raises NotFound."""
    row = Submission.get_or_none(Submission.public_id == submission_id)
    if row is not None:
        for one in cohort_editions(viewer, row.cohort.public_id, now=now).submitted:
            if one.public_id == submission_id:
                return one
    raise errors.NotFound


def portfolio_of_submission(submission_id: str) -> records.Portfolio:
    """What a submitted edition froze, to be made again. Raises NotFound, once it is withdrawn too."""
    row = _live().where(Submission.public_id == submission_id).get_or_none()
    if row is None:
        raise errors.NotFound
    owner = accounts.viewer_by_login(row.edition.owner.login)
    return portfolio_of_edition(owner, row.edition.public_id)


def _editions_of(cohort: Cohort, met: frozenset[int]) -> CohortEditions:
    students = {u.id: u.name for u in _students(cohort)}
    theirs = {
        row.edition.owner_id: row
        for row in _live().where((Submission.cohort == cohort.id) & Edition.owner.in_(list(students)))
    }
    shown = [row for owner, row in theirs.items() if owner not in met]
    found = [
        Submitted(
            row.public_id,
            row.edition.owner.name,
            row.edition.owner.login,
            edition_view(row.edition),
            row.edition.stored_name or "",
            row.submitted_at,
        )
        for row in shown
    ]
    return CohortEditions(
        cohort.public_id,
        cohort.name,
        cohort.programme.name,
        tuple(sorted(found, key=lambda one: (one.owner_name, one.owner_login))),
        tuple((user.login, user.name) for user in _mentees(cohort) if user.id not in theirs),
        tuple(sorted(students[owner] for owner in theirs if owner in met)),
    )


def _live() -> Any:
    return (
        Submission.select(Submission, Edition, User, Cohort)
        .join(Edition)
        .join(User)
        .switch(Submission)
        .join(Cohort)
        .where(Submission.withdrawn_at.is_null())
    )


def _live_of(user_id: int) -> Any:
    return _live().where(Edition.owner == user_id)


def _students(cohort: Cohort) -> Iterable[User]:
    return _members(cohort, RoleName.MENTEE, RoleName.PEER_MENTOR)


def _mentees(cohort: Cohort) -> Iterable[User]:
    """Those from whom an edition is awaited: who is there only to accompany others need not submit one."""
    return _members(cohort, RoleName.MENTEE)


def _members(cohort: Cohort, *roles: RoleName) -> Iterable[User]:
    studying = Role.select(Role.member).where(Role.role.in_(list(roles)))
    return (
        User.select()
        .join(Member)
        .where((Member.cohort == cohort.id) & Member.left_at.is_null() & Member.id.in_(studying))
        .order_by(User.name, User.login)
    )


def _studied_in(user_id: int) -> list[Cohort]:
    studying = Role.select(Role.member).where(Role.role.in_([RoleName.MENTEE, RoleName.PEER_MENTOR]))
    return list(
        Cohort.select(Cohort, Programme)
        .join(Programme)
        .switch(Cohort)
        .join(Member)
        .where(
            (Member.user == user_id)
            & Member.left_at.is_null()
            & Member.id.in_(studying)
            & ~Programme.personal
        )
        .order_by(Member.joined_at.desc(), Cohort.id.desc())
    )


def _accompanied_by(user_id: int) -> frozenset[int]:
    """Everybody who has ever accompanied this student, by row id."""
    rows = Match.select(Match.mentor).where((Match.mentee == user_id) & Match.accepted_at.is_null(False))
    return frozenset(row.mentor_id for row in rows)


def _has_accompanied(user_id: int) -> frozenset[int]:
    """Every student whom this person has ever accompanied, by row id."""
    rows = Match.select(Match.mentee).where((Match.mentor == user_id) & Match.accepted_at.is_null(False))
    return frozenset(row.mentee_id for row in rows)

"""Which programmes and cohorts are within somebody's reach. What is not, does not exist for them."""

import datetime as dt
from collections.abc import Sequence

from portfolio.domain import errors
from portfolio.domain.programme.stages import today
from portfolio.domain.records import Viewer
from portfolio.domain.text import normalise
from portfolio.store.programme import (
    Cohort,
    Member,
    Programme,
    Role,
    RoleName,
)

# Who is accompanied: a peer mentor is a mentee who has come back for a second pass
STUDYING = (RoleName.MENTEE, RoleName.PEER_MENTOR)


def line(text: str, field: str, longest: int) -> str:
    text = " ".join(normalise(text).split())
    if not 1 <= len(text) <= longest:
        raise errors.Invalid("This has 1 to %(longest)s characters.", field=field, longest=longest)
    return text


def led_programme(viewer: Viewer, programme_id: str) -> Programme:
    led = (
        Cohort.select(Cohort.programme)
        .join(Member)
        .join(Role)
        .where(
            (Member.user == viewer.user_id)
            & (Role.role == RoleName.LEAD)
            & Role.ends_on.is_null()
            & Member.left_at.is_null()
        )
    )
    programme = Programme.get_or_none(
        (Programme.public_id == programme_id)
        & ~Programme.personal
        & ((Programme.owner == viewer.user_id) | Programme.id.in_(led))
    )
    if programme is None:
        raise errors.NotFound
    return programme


def led_cohort(viewer: Viewer, cohort_id: str) -> Cohort:
    cohort = Cohort.get_or_none(Cohort.public_id == cohort_id)
    if cohort is None:
        raise errors.NotFound
    leads = (
        Role.select()
        .join(Member)
        .where(
            (Member.user == viewer.user_id)
            & (Member.cohort == cohort.id)
            & (Role.role == RoleName.LEAD)
            & Role.ends_on.is_null()
            & Member.left_at.is_null()
        )
        .exists()
    )
    if not leads and cohort.programme.owner_id != viewer.user_id:
        raise errors.NotFound
    return cohort


def own_cohort(viewer: Viewer, cohort_id: str) -> Cohort:
    cohort = (
        Cohort.select()
        .join(Member)
        .where((Cohort.public_id == cohort_id) & (Member.user == viewer.user_id) & Member.left_at.is_null())
        .get_or_none()
    )
    if cohort is None:
        raise errors.NotFound
    return cohort


def holds_any(viewer: Viewer, cohort: Cohort, roles: Sequence[RoleName], now: dt.datetime) -> bool:
    day = today(cohort.programme.timezone, now)
    return bool(
        Role.select()
        .join(Member)
        .where(
            (Member.cohort == cohort.id)
            & (Member.user == viewer.user_id)
            & Role.role.in_(list(roles))
            & (Role.starts_on <= day)
            & (Role.ends_on.is_null() | (Role.ends_on >= day))
        )
        .exists()
    )

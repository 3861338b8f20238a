"""By what a student's world is known, and the participant code that stands for the student instead.

The code is random, kept for one student in one programme, and says nothing: no order of joining, no
alias, no year. It is in no page and no archive, only in anonymised documents.
"""

import datetime as dt
import re
import secrets
from collections.abc import Iterable, Iterator

from peewee import fn

from portfolio.domain import records
from portfolio.domain.diary.timeline import own_kept
from portfolio.domain.portfolios.anonymising import Disguise
from portfolio.domain.portfolios.redacting import Known, Label
from portfolio.domain.programme import programme_of, stages_for
from portfolio.domain.records import Viewer
from portfolio.store import database
from portfolio.store.accounts import User
from portfolio.store.diary import Entry
from portfolio.store.portfolios import ParticipantCode
from portfolio.store.programme import Cohort, Match, Member, Programme, Role, RoleName

CODE_SIGNS = "ACDEFHJKMNPQRTUVWXY34679"  # none that looks like another: no 0 and O, 1 and I, 2 and Z, 5 and S
CODE_LENGTH = 6  # about 27 bits
_LIKE_A_YEAR = re.compile(r"\d\d")

_LABELS: dict[RoleName, Label] = {
    RoleName.LEAD: "lead",
    RoleName.MENTOR: "mentor",
    RoleName.PEER_MENTOR: "peer_mentor",
    RoleName.MENTEE: "fellow",
}


def disguise_for(viewer: Viewer, portfolio: records.Portfolio) -> Disguise:
    """Under what one of the viewer's own portfolios is anonymised, by all that is known today."""
    known = dict.fromkeys(_known_to(viewer.user_id))
    return Disguise(participant_code(viewer.user_id), tuple(known), _origin(viewer, portfolio))


def participant_code(user_id: int) -> str:
    """The code of a student in the programme in which they write: made when first asked for, then kept."""
    programme = programme_of(user_id)
    own = ParticipantCode.owner == user_id
    where = own & (
        (ParticipantCode.programme == programme.id) if programme else ParticipantCode.programme.is_null()
    )
    there = ParticipantCode.get_or_none(where)
    if there is None:
        with database.transaction():
            database.in_turn(user_id)
            there = ParticipantCode.get_or_none(where) or ParticipantCode.create(
                owner=user_id, programme=programme.id if programme else None, code=_new_code()
            )
    return str(there.code)


def new_code() -> str:
    """For example "P-7KXM4R"; never two digits side by side, so that none is shaped like a year."""
    while True:
        code = "".join(secrets.choice(CODE_SIGNS) for _ in range(CODE_LENGTH))
        if not _LIKE_A_YEAR.search(code):
            return f"P-{code}"


def _new_code() -> str:
    """One that nobody has, as a code, an alias or a sign-in name."""
    while True:
        code = new_code()
        bare = [code.casefold(), code[2:].casefold()]
        taken = (
            ParticipantCode.select().where(ParticipantCode.code == code).exists()
            or Member.select().where(fn.LOWER(Member.alias).in_(bare)).exists()
            or User.select().where(fn.LOWER(User.login).in_(bare)).exists()
        )
        if not taken:
            return code


def _origin(viewer: Viewer, portfolio: records.Portfolio) -> dt.date:
    """A day in month 1: when the first stage began, or the first entry was about, whichever is earlier."""
    stages = stages_for(viewer.user_id, programme_of(viewer.user_id))
    days = [first for stage in stages for first, _last in stage.spans]
    earliest = own_kept(viewer).select(fn.MIN(Entry.entry_date)).scalar()
    if earliest is not None:
        days.append(earliest if isinstance(earliest, dt.date) else dt.date.fromisoformat(earliest))
    return min(days, default=portfolio.starts_on)


def _known_to(user_id: int) -> Iterator[Known]:
    """Names, sign-in names and aliases of all whom the student has met here; names of their cohorts."""
    matched: dict[int, Label] = {
        row.mentor_id: _LABELS[row.role] for row in Match.select().where(Match.mentee == user_id)
    }
    cohorts = list(
        Cohort.select(Cohort, Programme)
        .join(Programme)
        .switch(Cohort)
        .join(Member)
        .where((Member.user == user_id) & ~Programme.personal)
    )
    labels: dict[int, Label] = {}
    ids = [cohort.id for cohort in cohorts]
    order = list(_LABELS.values())
    for held in Role.select(Role, Member).join(Member).where(Member.cohort.in_(ids)):
        label, person = _LABELS[held.role], held.member.user_id
        labels[person] = min(labels.get(person, label), label, key=order.index)
    labels.update({cohort.programme.owner_id: "lead" for cohort in cohorts})
    labels.update(matched)
    labels[user_id] = "student"
    aliases = [(m.user_id, m.alias) for m in Member.select().where(Member.cohort.in_(ids))]
    people = User.select().where(User.id.in_({*labels, *(person for person, _alias in aliases)}))
    for user in _student_first(people, user_id):
        label = labels.get(user.id, "name")
        yield Known(user.name, label)
        yield Known(user.login, label, "whole")
    for person, alias in aliases:
        if alias:
            yield Known(alias, labels.get(person, "name"), "whole")
    for cohort in cohorts:
        yield Known(cohort.programme.name, "programme", "title")
        yield Known(cohort.name, "cohort", "title")


def _student_first(people: Iterable[User], user_id: int) -> list[User]:
    return sorted(people, key=lambda user: (user.id != user_id, user.id))

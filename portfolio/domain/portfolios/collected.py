"""The zips of what was submitted to a cohort: one goes once something in it is taken back."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from portfolio.domain import errors
from portfolio.store import database, files
from portfolio.store.jobs import Job, JobState
from portfolio.store.portfolios import Submission

HOLDS = "holds"  # in a job's arguments: public ids of the submissions that its zip holds
TAKEN_BACK = "Somebody took back an edition that was in it, so this zip was removed. Put it together again."


class TakenBack(errors.Conflict):
    """Something that a zip holds was taken back while it was made."""


def let_go_of_zips(submissions: Iterable[Submission]) -> None:
    """Remove the zips that hold one of these, which were just taken back in this transaction.

    What a zip of unknown content may hold, of the same cohort, counts as held.
    """
    taken: dict[int, set[str]] = {}
    cohorts: dict[int, str] = {}
    for one in submissions:
        taken.setdefault(one.cohort_id, set()).add(one.public_id)
        cohorts[one.cohort_id] = one.cohort.public_id
    for number in sorted(taken):
        _in_turn(number)
        made = Job.select().where((Job.kind == "cohort") & (Job.state == JobState.DONE))
        for job in made.where(Job.stored_name != ""):
            held = job.arguments.get(HOLDS)
            if job.arguments["cohort"] == cohorts[number] and (held is None or taken[number] & set(held)):
                Job.update(stored_name="", size=0, problem=TAKEN_BACK).where(Job.id == job.id).execute()
                database.after_commit(partial(files.remove, job.stored_name))


def check_not_taken_back(arguments: dict[str, Any]) -> None:
    """Raise TakenBack unless all that a zip holds is submitted still.

    Within the transaction that says where the zip lies: until its end nothing is taken back.
    """
    held = list(Submission.select().where(Submission.public_id.in_(arguments[HOLDS])))
    for number in sorted({one.cohort_id for one in held}):
        _in_turn(number)
    live = Submission.withdrawn_at.is_null() & Submission.public_id.in_(arguments[HOLDS])
    if Submission.select().where(live).count() < len(arguments[HOLDS]):
        raise TakenBack(TAKEN_BACK)


def _in_turn(cohort: int) -> None:
    database.in_turn(-cohort)  # the turns of people have positive numbers

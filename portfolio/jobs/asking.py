"""Asking for documents, and what comes of it: a row for each, which a worker takes up."""

import datetime as dt
import pathlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from portfolio.config import Settings
from portfolio.domain import accounts, errors, portfolios
from portfolio.domain.records import Choices, Viewer
from portfolio.jobs import bells, bringing
from portfolio.jobs.making import KINDS, MEDIA_TYPE, SUFFIX, edition_name, plain_problem
from portfolio.store import database, files
from portfolio.store.jobs import Job, JobState

OPEN_MOST = 4  # jobs that one person can have waiting or running
NOTHING_SUBMITTED = "Nobody has submitted an edition yet."
ROOM = portfolios.Room()  # what documents may take where nothing is set


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as its owner sees it."""

    public_id: str
    kind: str
    state: str
    done: int
    total: int
    step: str
    problem: str
    display_name: str
    size: int  # bytes
    pages: int
    created_at: dt.datetime
    finished_at: dt.datetime | None
    kept: bool = False  # there is a file to take
    edition: str = ""  # public id of the one that it makes, of a book
    cohort: str = ""  # public id of the one that it is of
    variant: str = ""  # for whom it was asked for; "" of what is for nobody in particular
    counts: Mapping[str, Any] = field(default_factory=dict)  # of an import: what is in so far
    problems: tuple[str, ...] = ()  # of an import that was refused

    @property
    def open(self) -> bool:
        return self.state in (JobState.WAITING, JobState.RUNNING)


def ask(
    viewer: Viewer,
    kind: str,
    choices: Choices,
    *,
    now: dt.datetime,
    room: portfolios.Room = ROOM,
) -> JobView:
    """Ask for a document; a book's edition is frozen at once. Raises Invalid, also where no room is left.

    An edition has one file: where that is there, or under way, no other is made.
    """
    if kind not in KINDS:
        raise errors.Invalid("There is no such document.", field="kind")
    choices = portfolios.check_choices(viewer, choices)
    portfolios.check_document(kind, choices)
    arguments: dict[str, Any] = {"choices": portfolios.choices_to_json(choices)}
    if kind != "book" and not portfolios.select(viewer, choices, now=now).entries:
        raise errors.Invalid(
            "No entry meets these choices. Private entries are in it only if you choose them."
        )
    with database.transaction():
        if kind == "book":
            arguments["edition"], _ = portfolios.freeze_edition(viewer, choices, now=now)
            there = _book_there(viewer, arguments, now)
            if there is not None:
                return view_of(there)
        _check_may_ask(viewer, room, kind)
        return _enter(viewer, kind, arguments, now)


def _book_there(viewer: Viewer, arguments: dict[str, Any], now: dt.datetime) -> Job | None:
    """The job that makes, or has made, the file of an edition; a finished one is done at once."""
    edition_id = arguments["edition"]
    books = Job.select().where((Job.owner == viewer.user_id) & (Job.kind == "book")).order_by(Job.id.desc())
    mine = [one for one in books if one.arguments.get("edition") == edition_id]
    for one in mine:
        if one.state in (JobState.WAITING, JobState.RUNNING):
            return one
    finished = portfolios.finished_edition(viewer, edition_id)
    if finished is None:
        return None
    edition, stored_name = finished
    for one in mine:
        if one.state == JobState.DONE and one.stored_name == stored_name:
            return one
    return Job.create(
        owner=viewer.user_id,
        kind="book",
        arguments=arguments,
        state=JobState.DONE,
        stored_name=stored_name,
        display_name=edition_name(viewer.name, edition.number),
        media_type=MEDIA_TYPE[SUFFIX["book"]],
        size=edition.size,
        pages=edition.pages,
        problem=plain_problem(edition.plain),
        created_at=now,
        finished_at=now,
    )


def ask_site_of(viewer: Viewer, edition_id: str, *, now: dt.datetime, room: portfolios.Room = ROOM) -> None:
    """Have the site of one of the viewer's editions made, for links to it, unless it is there or under way.

    Raises NotFound, Invalid.
    """
    with database.transaction():
        choices = portfolios.choices_to_json(portfolios.choices_of_edition(viewer, edition_id))
        if not portfolios.wants_site(viewer, edition_id):
            return
        for one in Job.select().where(_open_of(viewer) & (Job.kind == "site")):
            if one.arguments.get("edition") == edition_id:
                return
        _check_may_ask(viewer, room)
        _enter(viewer, "site", {"choices": choices, "edition": edition_id}, now)


def ask_cohort(viewer: Viewer, cohort_id: str, *, now: dt.datetime, room: portfolios.Room = ROOM) -> JobView:
    """Ask for all editions that were submitted to a cohort, in one zip. Raises NotFound, Invalid."""
    there = portfolios.cohort_editions(viewer, cohort_id, now=now)
    if not there.submitted:
        raise errors.Invalid(NOTHING_SUBMITTED)
    with database.transaction():
        _check_may_ask(viewer, room)
        return _enter(viewer, "cohort", {"cohort": cohort_id}, now)


def ask_community(
    viewer: Viewer, cohort_id: str, *, now: dt.datetime, room: portfolios.Room = ROOM
) -> JobView:
    """Ask for the site of what members of a cohort share with it. Raises NotFound, Invalid."""
    if not portfolios.select_community(viewer, cohort_id, now=now).entries:
        raise errors.Invalid("Nobody has shared anything with the cohort yet.")
    with database.transaction():
        _check_may_ask(viewer, room)
        return _enter(viewer, "cohort-site", {"cohort": cohort_id}, now)


def _open_of(viewer: Viewer) -> Any:
    return (Job.owner == viewer.user_id) & Job.state.in_([JobState.WAITING, JobState.RUNNING])


def _check_may_ask(viewer: Viewer, room: portfolios.Room, kind: str = "") -> None:
    database.in_turn(viewer.user_id)
    if kind == "archive":  # one is always made: what somebody wrote is theirs to take
        portfolios.check_disk(viewer)
    else:
        portfolios.check_room(viewer, room)
    if Job.select().where(_open_of(viewer)).count() >= OPEN_MOST:
        raise errors.Invalid(
            "There are %(count)s documents under way already. Wait for one of them.", count=OPEN_MOST
        )


def _enter(viewer: Viewer, kind: str, arguments: dict[str, Any], now: dt.datetime) -> JobView:
    job = Job.create(owner=viewer.user_id, kind=kind, arguments=arguments, created_at=now)
    accounts.note("export asked for", now=now, actor=viewer.user_id, subject=job.public_id, kind=kind)
    database.after_commit(bells.ring)
    return view_of(job)


def jobs_of(viewer: Viewer, *, most: int = 30) -> list[JobView]:
    """The viewer's jobs, the newest first."""
    rows = Job.select().where(Job.owner == viewer.user_id).order_by(Job.id.desc()).limit(most)
    return [view_of(job) for job in rows]


def last_choices(viewer: Viewer) -> tuple[str, Choices] | None:
    """What the viewer asked for last, but for archives, which hold all: its kind and its choices."""
    own = (Job.owner == viewer.user_id) & Job.kind.not_in(["archive", "cohort"])
    for row in Job.select().where(own).order_by(Job.id.desc()):
        if "choices" in row.arguments and (row.kind == "book" or "edition" not in row.arguments):
            return row.kind, portfolios.choices_from_json(row.arguments["choices"])
    return None


def job(viewer: Viewer, job_id: str) -> JobView:
    """One of the viewer's jobs. Raises NotFound."""
    return view_of(_own(viewer, job_id))


def cancel(viewer: Viewer, job_id: str, *, now: dt.datetime) -> JobView:
    """Give up a job that is not done; a running one stops within a second. Raises NotFound, PeriodClosed."""
    row = _own(viewer, job_id)
    changed = (
        Job.update(state=JobState.CANCELLED, finished_at=now)
        .where((Job.id == row.id) & Job.state.in_([JobState.WAITING, JobState.RUNNING]))
        .execute()
    )
    if not changed:
        raise errors.PeriodClosed("This document is finished already.")
    return view_of(Job.get_by_id(row.id))


def result(viewer: Viewer, job_id: str) -> tuple[JobView, pathlib.Path, str]:
    """A finished job's file and media type. Raises NotFound, also once the file has been swept away."""
    row = _own(viewer, job_id)
    name = row.stored_name
    if row.kind == "book":  # with its edition it is gone everywhere
        finished = portfolios.finished_edition(viewer, row.arguments["edition"])
        name = finished[1] if finished else ""
    if row.state != JobState.DONE or not portfolios.file_is_there(name):
        raise errors.NotFound("This document is no longer kept. Make it again.")
    return view_of(row), files.path_of(name), row.media_type


def remove(viewer: Viewer, job_id: str) -> None:
    """Let go of a result early, or of what came to nothing. Raises NotFound, PeriodClosed."""
    name = portfolios.result_removed(viewer, job_id)
    if name:
        database.after_commit(partial(files.remove, name))


def room_of(settings: Settings) -> portfolios.Room:
    """What the site's settings leave to documents."""
    return portfolios.Room(settings.documents_mb_person, settings.documents_mb)


def _own(viewer: Viewer, job_id: str) -> Job:
    row = Job.get_or_none((Job.public_id == job_id) & (Job.owner == viewer.user_id))
    if row is None:
        raise errors.NotFound
    return row


def view_of(row: Job) -> JobView:
    """A row as its owner sees it."""
    return JobView(
        row.public_id, row.kind, str(row.state), row.done, row.total, row.step, row.problem, row.display_name,
        row.size, row.pages, row.created_at, row.finished_at, bool(row.stored_name),
        str(row.arguments.get("edition", "")), str(row.arguments.get("cohort", "")),
        str(row.arguments.get("choices", {}).get("variant", "")),
        row.arguments.get("report", {}), bringing.problems_of(row),
    )  # fmt: skip

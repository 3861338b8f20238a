"""The editions of a cohort, some at once, each by itself."""

import pathlib
import queue
import threading
from collections.abc import Callable

from portfolio.config import Settings
from portfolio.domain import accounts, errors, portfolios
from portfolio.domain.records import Choices
from portfolio.export import book, cohort_editions
from portfolio.export.child import Room
from portfolio.jobs import making
from portfolio.jobs.bells import Clock, log_failure
from portfolio.jobs.making import SUFFIX, Cancelled, Progress
from portfolio.store import database, files


def cohort_folder(settings: Settings, job_id: str) -> pathlib.Path:
    """Where what was made for a cohort lies until all is there."""
    return settings.instance / "cohorts" / job_id


def make_submitted(
    there: portfolios.CohortEditions,
    kept: pathlib.Path,
    settings: Settings,
    progress: Progress,
    room: Room | None = None,
) -> list[cohort_editions.Outcome]:
    """The submitted editions of a cohort as files: those that the site keeps, others made in `kept`."""
    by_member = {
        cohort_editions.Member(one.owner_login, one.owner_name, one.edition.number): one
        for one in there.submitted
    }
    kept.mkdir(parents=True, exist_ok=True, mode=0o700)

    def one(member: cohort_editions.Member, spare: Room, told: Progress) -> cohort_editions.Outcome:
        submitted = by_member[member]
        stored = files.path_of(submitted.stored_name)
        path = stored if stored.exists() else kept / f"{submitted.public_id}.pdf"
        plain = submitted.edition.plain
        if not path.exists():
            owner = accounts.viewer_by_login(submitted.owner_login)
            portfolio = portfolios.portfolio_of_submission(submitted.public_id)
            made = making.make(owner, "book", portfolio, path, settings, told, spare)
            plain = made.plain
        return cohort_editions.Outcome(
            member, member.number, path, submitted.edition.pages, making.plain_problem(plain)
        )

    return make_each(list(by_member), one, settings, progress, room)


def make_for_everybody(
    students: list[tuple[str, str]],
    choices: Choices,
    settings: Settings,
    clock: Clock,
    progress: Progress,
) -> list[cohort_editions.Outcome]:
    """A book of each of these students (sign-in name, name), as an edition that the site keeps.

    One that is there already with the same content is taken as it is.
    """

    def one(member: cohort_editions.Member, spare: Room, told: Progress) -> cohort_editions.Outcome:
        viewer = accounts.viewer_by_login(member.login)
        edition_id, portfolio = portfolios.freeze_edition(viewer, choices, now=clock())
        there = {e.public_id: e for e in portfolios.editions(viewer)}.get(edition_id)
        if there is not None:
            path, pages = files.path_of(portfolios.edition_file(viewer, edition_id)[1]), there.pages
            plain = there.plain
        else:
            stored_name, path = files.place_for(SUFFIX["book"])
            made = making.make(viewer, "book", portfolio, path, settings, told, spare)
            portfolios.finish_edition(
                edition_id,
                stored_name=stored_name,
                pages=made.pages,
                size=made.size,
                plain=made.plain,
            )
            pages, plain = made.pages, made.plain
        return cohort_editions.Outcome(member, portfolio.edition, path, pages, making.plain_problem(plain))

    members = [cohort_editions.Member(login, name) for login, name in students]
    return make_each(members, one, settings, progress)


def make_each(
    members: list[cohort_editions.Member],
    one: Callable[[cohort_editions.Member, Room, Progress], cohort_editions.Outcome],
    settings: Settings,
    progress: Progress,
    room: Room | None = None,
) -> list[cohort_editions.Outcome]:
    """Call `one` for each member with a process for books, as many at once as the settings say."""
    own = [
        book.press_room(patient=room is not None) for _ in range(settings.cohort_at_once - (room is not None))
    ]
    rooms: queue.SimpleQueue[Room] = queue.SimpleQueue()
    for spare in [*([room] if room else []), *own]:
        rooms.put(spare)

    def attempt(member: cohort_editions.Member, stopped: threading.Event) -> cohort_editions.Outcome:
        def told(done: int, total: int, step: str = "") -> None:
            if stopped.is_set():
                raise Cancelled

        spare = rooms.get()
        try:
            with database.connection():
                return one(member, spare, told)
        except (Cancelled, errors.DomainError):
            raise
        except Exception as problem:
            log_failure("an edition of a cohort failed", problem)
            raise
        finally:
            rooms.put(spare)

    try:
        return cohort_editions.make_editions(members, attempt, progress, settings.cohort_at_once)
    finally:
        for spare in own:
            spare.close()

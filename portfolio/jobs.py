"""Long work in the background: what is asked stands in a table, a worker takes it up, and it survives both.

A job has a state, a lease, an attempt and its progress. A worker holds a job only as long as
it renews the lease; when it is killed, the lease runs out and the job is taken up again, at
most three times. The result is written to a temporary name and renamed when whole, so doing
a job twice does no harm. Workers look into the table each second and are woken at once by
work asked for in their own process.
"""

import contextlib
import datetime as dt
import logging
import math
import pathlib
import queue
import secrets
import shutil
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from peewee import PeeweeException

from portfolio.config import Settings
from portfolio.domain import accounts, diary, errors, portfolios, records
from portfolio.domain.records import Choices, Viewer
from portfolio.domain.text import safe_filename
from portfolio.export import book, cohort_editions, other_formats, piece_store
from portfolio.export.book_plan import Book
from portfolio.export.child import Room
from portfolio.store import database, files
from portfolio.store.accounts import User
from portfolio.store.diary import Photograph
from portfolio.store.jobs import Job, JobState
from portfolio.store.portfolios import Edition

KINDS = ("book", "site", "archive", *other_formats.SUFFIX)
LEASE = dt.timedelta(seconds=60)
ATTEMPTS_MOST = 3
OPEN_MOST = 4  # jobs that one person can have waiting or running
PROGRESS_EVERY = 0.5  # seconds between two notes of progress
BEAT_EVERY = 1.0  # seconds between two renewals of a lease, each with the bytes written so far
LOOK_EVERY = 1.0  # seconds between two looks into the table
SWEEP_EVERY = 3600  # seconds
WARM_SECONDS = 900  # how long a process for books waits for the next one
RESULT_DAYS = 7  # a site or archive is kept so long; editions stay
ROOM = portfolios.Room()  # what documents may take where nothing is set
ROW_DAYS = 90  # what was asked for is remembered so long
STRAY_DAYS = 1  # a file that nothing names is left so long: it may be about to be named
# Never the text of an error that nobody foresaw, which may quote what somebody wrote
UNFORESEEN = "Something went wrong while writing it. Try again; nothing is lost."
SUFFIX = {
    "book": ".pdf",
    "site": ".zip",
    "archive": ".zip",
    "cohort": ".zip",
    "cohort-site": ".zip",
} | other_formats.SUFFIX
MEDIA_TYPE = {".pdf": "application/pdf", ".zip": "application/zip"} | other_formats.MEDIA_TYPE
SOME_FAILED = "Some editions could not be made. The list not-made.csv names them with the reason."
ALL_FAILED = "None of the editions could be made. Try again; if it stays so, tell the administrator."

Clock = Callable[[], dt.datetime]
_wake = threading.Event()
_expected = threading.Event()  # somebody is about to ask for a book
log = logging.getLogger(__name__)


class Progress(Protocol):
    """Told how far the work is: so many of so many (0: not known), and in which step."""

    def __call__(self, done: int, total: int, step: str = "") -> None: ...


class Cancelled(Exception):
    """The job's owner no longer wants it."""


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

    @property
    def open(self) -> bool:
        return self.state in (JobState.WAITING, JobState.RUNNING)


@dataclass(frozen=True, slots=True)
class Made:
    """A document that was written."""

    path: pathlib.Path
    size: int  # bytes
    pages: int  # of a book or site; 0 for an archive
    figures: dict[str, float]  # what its making took, where the export says so
    problem: str = ""  # what went wrong with a part of it


# ---------------------------------------------------------------- asking


def ask(
    viewer: Viewer,
    kind: str,
    choices: Choices,
    *,
    now: dt.datetime,
    room: portfolios.Room = ROOM,
) -> JobView:
    """Ask for a document; a book's edition is frozen at once. Raises Invalid, also where no room is left."""
    if kind not in KINDS:
        raise errors.Invalid("There is no such document.", field="kind")
    choices = portfolios.check_choices(viewer, choices)
    arguments: dict[str, Any] = {"choices": portfolios.choices_to_json(choices)}
    if kind != "book" and not portfolios.select(viewer, choices, now=now).entries:
        raise errors.Invalid(
            "No entry meets these choices. Private entries are in it only if you choose them."
        )
    with database.transaction():
        _check_may_ask(viewer, room)
        if kind == "book":
            arguments["edition"], _ = portfolios.freeze_edition(viewer, choices, now=now)
        return _enter(viewer, kind, arguments, now)


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
        raise errors.Invalid("Nobody has submitted an edition yet.")
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


def _check_may_ask(viewer: Viewer, room: portfolios.Room) -> None:
    database.in_turn(viewer.user_id)
    portfolios.check_room(viewer, room)
    if Job.select().where(_open_of(viewer)).count() >= OPEN_MOST:
        raise errors.Invalid(
            "There are %(count)s documents under way already. Wait for one of them.", count=OPEN_MOST
        )


def _enter(viewer: Viewer, kind: str, arguments: dict[str, Any], now: dt.datetime) -> JobView:
    job = Job.create(owner=viewer.user_id, kind=kind, arguments=arguments, created_at=now)
    accounts.note("export asked for", now=now, actor=viewer.user_id, subject=job.public_id, kind=kind)
    database.after_commit(_wake.set)
    return _view(job)


def jobs_of(viewer: Viewer, *, most: int = 30) -> list[JobView]:
    """The viewer's jobs, the newest first."""
    rows = Job.select().where(Job.owner == viewer.user_id).order_by(Job.id.desc()).limit(most)
    return [_view(job) for job in rows]


def last_choices(viewer: Viewer) -> tuple[str, Choices] | None:
    """What the viewer asked for last, but for archives, which hold all: its kind and its choices."""
    own = (Job.owner == viewer.user_id) & Job.kind.not_in(["archive", "cohort"])
    for row in Job.select().where(own).order_by(Job.id.desc()):
        if "choices" in row.arguments and (row.kind == "book" or "edition" not in row.arguments):
            return row.kind, portfolios.choices_from_json(row.arguments["choices"])
    return None


def job(viewer: Viewer, job_id: str) -> JobView:
    """One of the viewer's jobs. Raises NotFound."""
    return _view(_own(viewer, job_id))


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
    return _view(Job.get_by_id(row.id))


def result(viewer: Viewer, job_id: str) -> tuple[JobView, pathlib.Path, str]:
    """A finished job's file and media type. Raises NotFound, also once the file has been swept away."""
    row = _own(viewer, job_id)
    if row.state != JobState.DONE or not row.stored_name or not files.path_of(row.stored_name).exists():
        raise errors.NotFound("This document is no longer kept. Make it again.")
    return _view(row), files.path_of(row.stored_name), row.media_type


def remove(viewer: Viewer, job_id: str) -> None:
    """Let go of a result early, or of what came to nothing. Raises NotFound, PeriodClosed."""
    name = portfolios.result_removed(viewer, job_id)
    if name:
        database.after_commit(partial(files.remove, name))


def room_of(settings: Settings) -> portfolios.Room:
    """What the site's settings leave to documents."""
    return portfolios.Room(settings.documents_mb_person, settings.documents_mb)


def expect_book() -> None:
    """Somebody is choosing what a book shall hold: have a process ready that makes it."""
    _expected.set()
    _wake.set()


# ---------------------------------------------------------------- making


def pieces_folder(settings: Settings) -> pathlib.Path:
    """Where laid-out pieces of books are kept; emptying it costs time and nothing else."""
    return settings.instance / "pieces"


def make(
    viewer: Viewer,
    kind: str,
    portfolio: records.Portfolio,
    target: pathlib.Path,
    settings: Settings,
    progress: Progress,
    room: Room | None = None,
) -> Made:
    """Write one document of the viewer's to `target`, whole or not at all. `room`: a process for books."""
    if kind == "book":
        limits = book.Limits(memory_mb=settings.export_memory_mb, wall_s=settings.export_seconds)
        made = book.write_book(portfolio, target, progress, limits, pieces_folder(settings), room)
        return Made(
            made.path,
            made.bytes,
            made.pages,
            {"wall_s": made.wall_s, "cpu_s": made.cpu_s, "peak_mb": made.peak_mb, "plain": made.plain},
        )
    if kind in ("site", "cohort-site"):
        from portfolio.export import site

        reader = viewer.name if kind == "cohort-site" else ""
        done = site.write_site(portfolio, target, progress, reader=reader)
        counts = {"files": done.files, "written": done.written, "removed": done.removed}
        return Made(done.path, _size(done.path, done.bytes), done.pages, dict(counts))
    if kind in other_formats.SUFFIX:
        other = other_formats.write(kind, portfolio, target, progress)
        return Made(other.path, _size(other.path, 0), other.pages, {})
    from portfolio.export import archive

    packed = archive.write_archive(portfolio, target, portfolios.edition_files(viewer), progress)
    return Made(packed.path, _size(packed.path, packed.bytes), 0, {})


def _size(path: pathlib.Path, inside: int) -> int:
    """Bytes of what was written: of a zip as it is downloaded, of a folder all that is in it."""
    return path.stat().st_size if path.is_file() else inside


def portfolio_for(viewer: Viewer, kind: str, choices: Choices, *, now: dt.datetime) -> records.Portfolio:
    """What a document holds; a book's is in its edition.

    An archive has drafts and revisions too, a file for another portfolio has drafts, if private
    entries are asked for.
    """
    whole = kind == "archive" or (kind in other_formats.WITH_DRAFTS and choices.private)
    return portfolios.select(viewer, choices, now=now, whole=whole)


def telling_name(portfolio: records.Portfolio, kind: str) -> str:
    """A file name that says whose it is and what: Sun-Yi-portfolio-edition-3.pdf."""
    if kind == "book":
        return edition_name(portfolio.owner_name, portfolio.edition)
    return f"{_owner(portfolio.owner_name)}-{kind}-{portfolio.made_at.date().isoformat()}{SUFFIX[kind]}"


def edition_name(owner_name: str, number: int) -> str:
    """The file name of an edition."""
    return f"{_owner(owner_name)}-portfolio-edition-{number}{SUFFIX['book']}"


def _owner(name: str) -> str:
    return safe_filename(name.replace(" ", "-"))


class Worker(threading.Thread):
    """Takes up one job after another until it is stopped."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        super().__init__(name="jobs", daemon=True)
        self.settings, self.clock = settings, clock
        self.token = secrets.token_hex(8)
        self.stopping = threading.Event()
        self.room = book.press_room()

    def run(self) -> None:
        swept = used = -math.inf
        while not self.stopping.is_set():
            _wake.clear()
            if _expected.is_set():
                _expected.clear()
                self.room.ready()
                used = time.monotonic()
            try:
                with database.connection():
                    while not self.stopping.is_set() and work_once(
                        self.settings, self.clock, self.token, self.room
                    ):
                        used = time.monotonic()
                    if time.monotonic() - swept > SWEEP_EVERY:
                        sweep(now=self.clock())
                        piece_store.sweep(pieces_folder(self.settings), self.settings.pieces_mb)
                        swept = time.monotonic()
                if time.monotonic() - used > WARM_SECONDS:
                    self.room.close()
            except Exception as problem:  # the database may be away for a while; the next look finds it again
                _log("the jobs' worker goes on after an error", problem)
            _wake.wait(LOOK_EVERY)
        self.room.close()

    def stop(self) -> None:
        """Take up nothing more; a job under way is left to its lease."""
        self.stopping.set()
        _wake.set()


def work_once(settings: Settings, clock: Clock, holder: str, room: Room | None = None) -> bool:
    """Take up one job and do it. Returns whether there was one."""
    row = _claim(clock, holder)
    if row is None:
        return False
    try:
        _do(row, settings, clock, holder, room)
    except Cancelled:
        log.info("job %s was cancelled", row.public_id)
    except Exception as problem:  # whatever went wrong is told to the owner, and the next job goes on
        _log(f"job {row.public_id} failed", problem)
        message = str(problem) if isinstance(problem, errors.DomainError) else UNFORESEEN
        with contextlib.suppress(Cancelled):
            _finish(row, holder, state=JobState.FAILED, problem=message, finished_at=clock())
    return True


def sweep(*, now: dt.datetime) -> int:
    """Remove what is past its time; done every hour while a site runs.

    Entries deleted more than thirty days ago, the files of sites and archives made more than a week
    ago, and what killed processes left. Returns how many entries and files.
    """
    count = diary.purge_deleted(now=now)
    for name in portfolios.sites_without_links(now=now):
        files.remove(name)
        count += 1
    sites = {row.site_name for row in Edition.select(Edition.site_name) if row.site_name}
    old = Job.select().where(
        (Job.state == JobState.DONE)
        & (Job.kind != "book")
        & (Job.stored_name != "")
        & (Job.finished_at < now - dt.timedelta(days=RESULT_DAYS))
    )
    for row in old:
        if row.stored_name not in sites:
            files.remove(row.stored_name)
            count += 1
        Job.update(stored_name="").where(Job.id == row.id).execute()
    over = Job.state.in_([JobState.DONE, JobState.FAILED, JobState.CANCELLED])
    Job.delete().where(over & (Job.finished_at < now - dt.timedelta(days=ROW_DAYS))).execute()
    named = sites | {
        row.stored_name or ""
        for table in (Photograph, Edition, Job)
        for row in table.select(table.stored_name)
    }
    return count + files.remove_strays(named, before=now - dt.timedelta(days=STRAY_DAYS))


# ---------------------------------------------------------------- inside


def _log(what: str, problem: Exception) -> None:
    """The kind of an error and where it arose; its message may quote a diary and stays out of the log."""
    where = "".join(traceback.format_tb(problem.__traceback__))
    log.error("%s: %s\n%s", what, type(problem).__name__, where)


def _claim(clock: Clock, holder: str) -> Job | None:
    now = clock()
    free = (Job.state == JobState.WAITING) | ((Job.state == JobState.RUNNING) & (Job.lease_until < now))
    row = Job.select().where(free).order_by(Job.id).first()
    if row is None:
        return None
    if row.attempt >= ATTEMPTS_MOST:
        Job.update(
            state=JobState.FAILED, finished_at=now, problem="Making this document was broken off three times."
        ).where((Job.id == row.id) & (Job.attempt == row.attempt) & (Job.state == row.state)).execute()
        return _claim(clock, holder)
    taken = (
        Job.update(
            state=JobState.RUNNING,
            holder=holder,
            attempt=row.attempt + 1,
            lease_until=now + LEASE,
            started_at=now,
        )
        .where((Job.id == row.id) & (Job.attempt == row.attempt) & (Job.state == row.state))
        .execute()
    )
    return Job.get_by_id(row.id) if taken else _claim(clock, holder)


def _do(row: Job, settings: Settings, clock: Clock, holder: str, room: Room | None) -> None:
    viewer = accounts.viewer_by_login(User.get_by_id(row.owner_id).login)
    stored_name, target = files.place_for(SUFFIX[row.kind])
    held = (Job.id == row.id) & (Job.holder == holder) & (Job.state == JobState.RUNNING)
    told = 0.0

    def progress(done: int, total: int, step: str = "") -> None:
        nonlocal told
        if time.monotonic() - told < PROGRESS_EVERY and done < total:
            return
        told = time.monotonic()
        if not Job.update(done=done, total=total, step=step[:40]).where(held).execute():
            raise Cancelled

    progress(0, 0, "begin")
    try:
        with _renewing(held, clock, target):
            if row.kind == "cohort":
                made, name = _make_cohort(row, viewer, target, settings, clock, progress, room)
            else:
                made, name = _make_own(row, viewer, target, settings, clock, progress, room)
        portfolios.check_room(viewer, room_of(settings), made.size)
        with database.transaction():
            _finish(
                row,
                holder,
                state=JobState.DONE,
                stored_name=stored_name,
                display_name=name,
                media_type=MEDIA_TYPE[SUFFIX[row.kind]],
                size=made.size,
                pages=made.pages,
                problem=made.problem,
                finished_at=clock(),
            )
            if row.kind == "book":
                portfolios.finish_edition(
                    row.arguments["edition"], stored_name=stored_name, pages=made.pages, size=made.size
                )
            elif "edition" in row.arguments:
                portfolios.finish_site(row.arguments["edition"], stored_name=stored_name, size=made.size)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _make_own(
    row: Job, viewer: Viewer, target: pathlib.Path, settings: Settings, clock: Clock,
    progress: Progress, room: Room | None,
) -> tuple[Made, str]:  # fmt: skip
    """One of the owner's own documents, and its telling name."""
    if "edition" in row.arguments:
        portfolio = portfolios.portfolio_of_edition(viewer, row.arguments["edition"])
        if row.kind == "book":
            Job.update(pages=Book(portfolio).pages_expected).where(Job.id == row.id).execute()
    elif row.kind == "cohort-site":
        portfolio = portfolios.select_community(viewer, row.arguments["cohort"], now=clock())
    else:
        choices = portfolios.choices_from_json(row.arguments["choices"])
        portfolio = portfolio_for(viewer, row.kind, choices, now=clock())
    return make(viewer, row.kind, portfolio, target, settings, progress, room), telling_name(
        portfolio, row.kind
    )


def _make_cohort(
    row: Job, viewer: Viewer, target: pathlib.Path, settings: Settings, clock: Clock,
    progress: Progress, room: Room | None,
) -> tuple[Made, str]:  # fmt: skip
    """All that was submitted to a cohort, as it is now. What a killed worker had made is not made again."""
    there = portfolios.cohort_editions(viewer, row.arguments["cohort"], now=clock())
    kept = cohort_folder(settings, row.public_id)
    outcomes = make_submitted(there, kept, settings, progress, room)
    if not any(one.path for one in outcomes):
        raise errors.Unavailable(ALL_FAILED)
    name = f"{_owner(there.cohort_name)}-editions-{clock().date().isoformat()}"
    size = cohort_editions.write_zip(outcomes, there.not_yet, target, name)
    shutil.rmtree(kept, ignore_errors=True)
    problem = SOME_FAILED if any(one.problem for one in outcomes) else ""
    return Made(target, size, sum(one.pages for one in outcomes), {}, problem), f"{name}.zip"


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
        if not path.exists():
            owner = accounts.viewer_by_login(submitted.owner_login)
            portfolio = portfolios.portfolio_of_submission(submitted.public_id)
            make(owner, "book", portfolio, path, settings, told, spare)
        return cohort_editions.Outcome(member, member.number, path, submitted.edition.pages)

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
        else:
            stored_name, path = files.place_for(SUFFIX["book"])
            made = make(viewer, "book", portfolio, path, settings, told, spare)
            portfolios.finish_edition(edition_id, stored_name=stored_name, pages=made.pages, size=made.size)
            pages = made.pages
        return cohort_editions.Outcome(member, portfolio.edition, path, pages)

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
    own = [book.press_room() for _ in range(settings.cohort_at_once - (room is not None))]
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
            _log("an edition of a cohort failed", problem)
            raise
        finally:
            rooms.put(spare)

    try:
        return cohort_editions.make_editions(members, attempt, progress, settings.cohort_at_once)
    finally:
        for spare in own:
            spare.close()


@contextlib.contextmanager
def _renewing(held: Any, clock: Clock, target: pathlib.Path) -> Iterator[None]:
    """Renews a lease for as long as the work inside takes, however long it says nothing of its progress.

    With it goes how many bytes are written.
    """
    over = threading.Event()

    def renew() -> None:
        while not over.wait(min(BEAT_EVERY, LEASE.total_seconds() / 4)):
            with contextlib.suppress(PeeweeException, OSError), database.connection():
                Job.update(lease_until=clock() + LEASE, size=_written(target)).where(held).execute()

    thread = threading.Thread(target=renew, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _written(target: pathlib.Path) -> int:
    """Bytes of a file that is being written beside its name."""
    return sum(path.stat().st_size for path in target.parent.glob(f".{target.name}.*.part"))


def _finish(row: Job, holder: str, **values: Any) -> None:
    """Set a job's last values. Raises Cancelled where it is another's by now, or nobody's."""
    where = (Job.id == row.id) & (Job.holder == holder) & (Job.state == JobState.RUNNING)
    if not Job.update(**values).where(where).execute():
        raise Cancelled


def _own(viewer: Viewer, job_id: str) -> Job:
    row = Job.get_or_none((Job.public_id == job_id) & (Job.owner == viewer.user_id))
    if row is None:
        raise errors.NotFound
    return row


def _view(row: Job) -> JobView:
    return JobView(
        row.public_id, row.kind, str(row.state), row.done, row.total, row.step, row.problem, row.display_name,
        row.size, row.pages, row.created_at, row.finished_at, bool(row.stored_name),
        str(row.arguments.get("edition", "")),
    )  # fmt: skip


__all__ = [
    "KINDS",
    "JobView",
    "Made",
    "Worker",
    "ask",
    "ask_cohort",
    "ask_community",
    "ask_site_of",
    "cancel",
    "edition_name",
    "expect_book",
    "job",
    "jobs_of",
    "last_choices",
    "make",
    "make_each",
    "make_for_everybody",
    "make_submitted",
    "pieces_folder",
    "portfolio_for",
    "remove",
    "result",
    "room_of",
    "sweep",
    "telling_name",
    "work_once",
]

"""One job: taken up, held by a lease that is renewed, done, and its result written down."""

import contextlib
import datetime as dt
import logging
import pathlib
import threading
import time
from collections.abc import Collection, Iterator
from functools import partial
from typing import Any

from peewee import PeeweeException

from portfolio.config import Settings
from portfolio.domain import accounts, errors, portfolios
from portfolio.domain.records import Viewer
from portfolio.export import cohort_editions
from portfolio.export.book_plan import Book
from portfolio.export.child import Room
from portfolio.jobs import bells, bringing, making
from portfolio.jobs.asking import NOTHING_SUBMITTED, JobView, room_of, view_of
from portfolio.jobs.bells import Clock, log_failure
from portfolio.jobs.collecting import cohort_folder, make_submitted
from portfolio.jobs.making import MEDIA_TYPE, SUFFIX, Cancelled, Made, Progress
from portfolio.jobs.sweeping import let_go_of_cohort
from portfolio.store import database, files
from portfolio.store.accounts import User
from portfolio.store.fields import new_public_id
from portfolio.store.jobs import Job, JobState

LEASE = dt.timedelta(seconds=60)
ATTEMPTS_MOST = 3
PROGRESS_EVERY = 0.5  # seconds between two notes of progress
BEAT_EVERY = 1.0  # seconds between two renewals of a lease, each with the bytes written so far
# Never the text of an error that nobody foresaw, which may quote what somebody wrote
UNFORESEEN = "Something went wrong while writing it. Try again; nothing is lost."
SOME_FAILED = "Some editions could not be made. The list not-made.csv names them with the reason."
ALL_FAILED = "None of the editions could be made. Try again; if it stays so, tell the administrator."

log = logging.getLogger(__name__)


def work_once(
    settings: Settings,
    clock: Clock,
    holder: str,
    room: Room | None = None,
    kinds: Collection[str] = (*SUFFIX, bringing.KIND),
) -> bool:
    """Take up one job of these kinds and do it. Returns whether there was one."""
    row = _claim(clock, holder, kinds)
    if row is None:
        return False
    try:
        if row.kind == bringing.KIND:
            _take_in(row, settings, clock, holder)
        else:
            _do(row, settings, clock, holder, room)
    except Cancelled:
        log.info("job %s was cancelled", row.public_id)
    except portfolios.TakenBack:
        _wait_again(row, holder)
    except Exception as problem:  # whatever went wrong is told to the owner, and the next job goes on
        log_failure(f"job {row.public_id} failed", problem)
        message = str(problem) if isinstance(problem, errors.DomainError) else UNFORESEEN
        with contextlib.suppress(Cancelled):
            values = bringing.refusal(row, problem)
            _finish(row, holder, state=JobState.FAILED, problem=message, finished_at=clock(), **values)
    if row.kind == bringing.KIND:
        bringing.let_go(row.public_id)
    if row.kind == "cohort":
        let_go_of_cohort(settings, row.public_id)
    return True


def bring_in(
    viewer: Viewer, upload: pathlib.Path, *, shared: bool, settings: Settings, clock: Clock
) -> JobView:
    """Bring in a diary that was sent: a small one at once, a large one in the background.

    What was sent is moved away. Raises Invalid while another one is under way, and of a small one
    ImportRefused; then nothing is in, and no row tells of it.
    """
    now, holder = clock(), new_public_id()
    if upload.stat().st_size > bringing.AT_ONCE_BYTES:
        return view_of(bringing.enter(viewer, upload, shared=shared, now=now))
    row = bringing.enter(
        viewer, upload, shared=shared, now=now, state=JobState.RUNNING, holder=holder, attempt=1,
        lease_until=now + LEASE, started_at=now,
    )  # fmt: skip
    try:
        _take_in(row, settings, clock, holder, most=bringing.AT_ONCE)
    except bringing.TooMany:
        _wait_again(row, holder)
    except Cancelled:  # in another tab
        pass
    except errors.DomainError:
        Job.delete().where(_held(row, holder)).execute()
        raise
    finally:
        bringing.let_go(row.public_id)
    return view_of(Job.get_by_id(row.id))


def _wait_again(row: Job, holder: str) -> None:
    """Give a job back, to be taken up as if it had just been asked for."""
    Job.update(state=JobState.WAITING, holder="", attempt=0, lease_until=None).where(
        _held(row, holder)
    ).execute()
    bells.ring()


def free_at(now: dt.datetime) -> Any:
    """Jobs that wait, and those whose worker was killed."""
    return (Job.state == JobState.WAITING) | ((Job.state == JobState.RUNNING) & (Job.lease_until < now))


def _claim(clock: Clock, holder: str, kinds: Collection[str]) -> Job | None:
    now = clock()
    row = Job.select().where(free_at(now) & Job.kind.in_(list(kinds))).order_by(Job.id).first()
    if row is None:
        return None
    if row.attempt >= ATTEMPTS_MOST:
        Job.update(
            state=JobState.FAILED, finished_at=now, problem="Making this document was broken off three times."
        ).where((Job.id == row.id) & (Job.attempt == row.attempt) & (Job.state == row.state)).execute()
        return _claim(clock, holder, kinds)
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
    return Job.get_by_id(row.id) if taken else _claim(clock, holder, kinds)


def _do(row: Job, settings: Settings, clock: Clock, holder: str, room: Room | None) -> None:
    viewer = accounts.viewer_by_login(User.get_by_id(row.owner_id).login)
    stored_name, target = files.place_for(SUFFIX[row.kind])
    held = _held(row, holder)
    progress = _telling(held)
    try:
        if row.kind != "archive":
            portfolios.check_room(viewer, room_of(settings))  # before the work, which may take long
        with _renewing(held, clock, target):
            if row.kind == "cohort":
                made, name = _make_cohort(row, viewer, target, settings, clock, progress, room)
            else:
                made, name = _make_own(row, viewer, target, settings, clock, progress, room)
        if row.kind != "archive":
            portfolios.check_room(viewer, room_of(settings), made.size)
        with database.transaction():
            if row.kind == "cohort":
                portfolios.check_not_taken_back(row.arguments)
            kept = _keep(row, viewer, stored_name, made)
            _finish(
                row,
                holder,
                state=JobState.DONE,
                stored_name=kept,
                display_name=name,
                media_type=MEDIA_TYPE[SUFFIX[row.kind]],
                size=made.size,
                pages=made.pages,
                problem=made.problem,
                finished_at=clock(),
            )
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    if kept != stored_name:
        target.unlink(missing_ok=True)


def _keep(row: Job, viewer: Viewer, stored_name: str, made: Made) -> str:
    """Say what a file belongs to, within a transaction; returns the name of the one that is kept."""
    if row.kind == "archive":
        for name in portfolios.archives_replaced(viewer, row.public_id):
            database.after_commit(partial(files.remove, name))
    elif row.kind == "book":
        edition_id = row.arguments["edition"]
        if not portfolios.finish_edition(
            edition_id, stored_name=stored_name, pages=made.pages, size=made.size, plain=made.plain
        ):
            return portfolios.edition_file(viewer, edition_id)[1]
    elif "edition" in row.arguments:
        portfolios.finish_site(row.arguments["edition"], stored_name=stored_name, size=made.size)
    return stored_name


def _take_in(row: Job, settings: Settings, clock: Clock, holder: str, most: int | None = None) -> None:
    viewer = accounts.viewer_by_login(User.get_by_id(row.owner_id).login)
    held = _held(row, holder)
    progress = _telling(held)
    with _renewing(held, clock):
        bringing.take_in(row, viewer, held, settings, clock(), progress, most)
    _finish(row, holder, state=JobState.DONE, finished_at=clock())


def _held(row: Job, holder: str) -> Any:
    """The condition that a job is still this holder's."""
    return (Job.id == row.id) & (Job.holder == holder) & (Job.state == JobState.RUNNING)


def _telling(held: Any) -> Progress:
    """Notes now and then how far a job is, and raises Cancelled where nobody wants it any more."""
    told = 0.0

    def progress(done: int, total: int, step: str = "") -> None:
        nonlocal told
        if time.monotonic() - told < PROGRESS_EVERY and done < total:
            return
        told = time.monotonic()
        if not Job.update(done=done, total=total, step=step[:40]).where(held).execute():
            raise Cancelled

    progress(0, 0, "begin")
    return progress


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
        portfolio = making.portfolio_for(viewer, row.kind, choices, now=clock())
    return making.make(viewer, row.kind, portfolio, target, settings, progress, room), making.telling_name(
        portfolio, row.kind
    )


def _make_cohort(
    row: Job, viewer: Viewer, target: pathlib.Path, settings: Settings, clock: Clock,
    progress: Progress, room: Room | None,
) -> tuple[Made, str]:  # fmt: skip
    """All that was submitted to a cohort, as it is now. What a killed worker had made is not made again."""
    there = portfolios.cohort_editions(viewer, row.arguments["cohort"], now=clock())
    if not there.submitted:
        raise errors.Invalid(NOTHING_SUBMITTED)
    row.arguments = row.arguments | {portfolios.HOLDS: [one.public_id for one in there.submitted]}
    Job.update(arguments=row.arguments).where(Job.id == row.id).execute()
    kept = cohort_folder(settings, row.public_id)
    outcomes = make_submitted(there, kept, settings, progress, room)
    if not any(one.path for one in outcomes):
        raise errors.Unavailable(ALL_FAILED)
    name = f"{making.name_part(there.cohort_name)}-editions-{clock().date().isoformat()}"
    size = cohort_editions.write_zip(outcomes, there.not_yet, target, name)
    problem = SOME_FAILED if any(one.problem for one in outcomes) else ""
    return Made(target, size, sum(one.pages for one in outcomes), {}, problem), f"{name}.zip"


@contextlib.contextmanager
def _renewing(held: Any, clock: Clock, target: pathlib.Path | None = None) -> Iterator[None]:
    """Renews a lease for as long as the work inside takes, however long it says nothing of its progress.

    With it goes how many bytes are written.
    """
    over = threading.Event()

    def renew() -> None:
        while not over.wait(min(BEAT_EVERY, LEASE.total_seconds() / 4)):
            with contextlib.suppress(PeeweeException, OSError), database.connection():
                Job.update(lease_until=clock() + LEASE, size=_written(target) if target else 0).where(
                    held
                ).execute()

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
    if not Job.update(**values).where(_held(row, holder)).execute():
        raise Cancelled

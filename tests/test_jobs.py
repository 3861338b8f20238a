"""Long work in the background: what is asked, who does it, and that it survives a killed worker."""

import dataclasses
import datetime as dt
import logging
import os
import pathlib
import shutil
import threading
import time
from collections.abc import Collection

import pytest

from portfolio import jobs
from portfolio.config import Settings
from portfolio.domain import accounts, diary, errors, portfolios
from portfolio.domain.diary import Draft, photographs
from portfolio.domain.records import Choices, Portfolio, Viewer
from portfolio.export import book
from portfolio.jobs import bells, making, workers, working
from portfolio.store import database, files
from portfolio.store.jobs import Job
from portfolio.store.portfolios import Edition, FrozenEdition
from tests.conftest import DATABASE_URL, NOW, People
from tests.domain.test_access import PICTURE

ALL = Choices(private=True)
MINUTE = dt.timedelta(minutes=1)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> dt.datetime:
        return self.now


class Press:
    """Stands for the exports: writes what it is told, or breaks as it is told."""

    def __init__(self) -> None:
        self.made: list[tuple[str, int]] = []
        self.during = lambda progress, target: None
        self.problem: BaseException | None = None

    def __call__(
        self, viewer: Viewer, kind: str, portfolio: Portfolio, target: pathlib.Path,
        settings: Settings, progress: jobs.Progress, _room: object = None,
    ) -> jobs.Made:  # fmt: skip
        progress(1, 2, "draw")
        self.during(progress, target)
        if self.problem:
            raise self.problem
        target.write_bytes(b"%PDF " + "\n".join(e.body for e in portfolio.entries).encode())
        self.made.append((kind, portfolio.edition))
        return jobs.Made(target, target.stat().st_size, 12, {})


@pytest.fixture
def press(monkeypatch: pytest.MonkeyPatch) -> Press:
    made = Press()
    monkeypatch.setattr(making, "make", made)
    monkeypatch.setattr(working, "PROGRESS_EVERY", 0)
    return made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(tmp_path: pathlib.Path) -> Settings:
    return Settings(instance=tmp_path)


@pytest.fixture
def mei(people: People) -> Viewer:
    diary.keep_entry(people.mei, Draft(body="A coat"), creation_key="a", now=NOW)
    return people.mei


def ask(mei: Viewer, kind: str = "book") -> str:
    return jobs.ask(mei, kind, ALL, now=NOW).public_id


def work(settings: Settings, clock: Clock, holder: str = "worker 1") -> bool:
    return jobs.work_once(settings, clock, holder)


def stored() -> list[str]:
    return sorted(p.name for p in files.root().glob("??/*"))


# ---------------------------------------------------------------- asked, made, fetched


@pytest.mark.parametrize(
    ("kind", "name", "media_type"),
    [
        ("book", "Wang-Mei-portfolio-edition-1.pdf", "application/pdf"),
        ("site", "Wang-Mei-site-2022-09-14.zip", "application/zip"),
        ("archive", "Wang-Mei-archive-2022-09-14.zip", "application/zip"),
    ],
)
def test_what_mei_asks_for_is_made_and_fetched(
    mei: Viewer, press: Press, settings: Settings, clock: Clock, kind: str, name: str, media_type: str
) -> None:
    job_id = ask(mei, kind)
    asked = jobs.job(mei, job_id)
    assert (asked.state, asked.open, asked.kind) == ("waiting", True, kind)
    with pytest.raises(errors.NotFound):
        jobs.result(mei, job_id)
    assert work(settings, clock)
    view, path, kind_of_file = jobs.result(mei, job_id)
    assert (view.state, view.open, view.display_name, view.pages) == ("done", False, name, 12)
    assert (path.read_bytes(), view.size, kind_of_file) == (b"%PDF A coat", 11, media_type)
    assert press.made == [(kind, 1 if kind == "book" else 0)]
    assert not work(settings, clock)


def test_a_book_is_the_edition_that_was_frozen_when_it_was_asked_for(
    mei: Viewer, press: Press, settings: Settings, clock: Clock
) -> None:
    job_id = ask(mei)
    diary.keep_entry(mei, Draft(body="Since then"), creation_key="b", now=NOW)
    work(settings, clock)
    assert jobs.result(mei, job_id)[1].read_bytes() == b"%PDF A coat"
    edition = portfolios.editions(mei)[0]
    assert (edition.number, edition.pages, edition.size) == (1, 12, 11)
    assert portfolios.edition_file(mei, edition.public_id)[1] == jobs.result(mei, job_id)[1].name


def test_the_first_asked_is_the_first_made(
    people: People, mei: Viewer, press: Press, settings: Settings, clock: Clock
) -> None:
    diary.keep_entry(people.jun, Draft(body="His"), creation_key="a", now=NOW)
    first, second = ask(people.jun, "site"), ask(mei, "site")
    work(settings, clock)
    assert [jobs.job(people.jun, first).state, jobs.job(mei, second).state] == ["done", "waiting"]
    assert [j.public_id for j in jobs.jobs_of(mei)] == [second]


def test_nobody_elses_document_is_there(
    people: People, mei: Viewer, press: Press, settings: Settings, clock: Clock
) -> None:
    job_id = ask(mei)
    work(settings, clock)
    for viewer in (people.lin, people.jun, people.zhou, people.root, people.stranger):
        assert jobs.jobs_of(viewer) == []
        for attempt in (jobs.job, jobs.result, lambda v, j: jobs.cancel(v, j, now=NOW)):
            with pytest.raises(errors.NotFound):
                attempt(viewer, job_id)


def test_what_cannot_be_made_is_not_begun(people: People, mei: Viewer) -> None:
    for kind, choices, reason in (
        ("poster", ALL, "no such document"),
        ("book", Choices(stages=("nosuchstage",)), "not one of your programme"),
        ("book", Choices(), "No entry meets these choices"),
        ("site", Choices(), "No entry meets these choices"),
    ):
        with pytest.raises(errors.Invalid, match=reason):
            jobs.ask(mei, kind, choices, now=NOW)
    with pytest.raises(errors.Invalid):
        jobs.ask(people.jun, "archive", ALL, now=NOW)
    assert jobs.jobs_of(mei) == []
    assert not work(Settings(instance=pathlib.Path()), Clock())


def test_four_documents_can_be_under_way(mei: Viewer, press: Press, settings: Settings, clock: Clock) -> None:
    for _ in range(4):
        ask(mei, "site")
    with pytest.raises(errors.Invalid, match="4 documents under way"):
        ask(mei, "archive")
    work(settings, clock)
    ask(mei, "archive")


def test_the_same_book_asked_for_again_is_the_one_that_is_there(
    mei: Viewer, press: Press, settings: Settings, clock: Clock
) -> None:
    first = ask(mei)
    assert ask(mei) == first  # under way
    work(settings, clock)
    size = jobs.job(mei, first).size
    assert [ask(mei), ask(mei)] == [first, first]
    jobs.remove(mei, first)  # taken off the list; the edition stays
    again = ask(mei)
    found, path, _media_type = jobs.result(mei, again)
    assert (again == first, found.state, found.display_name) == (
        False, "done", "Wang-Mei-portfolio-edition-1.pdf",
    )  # fmt: skip
    assert not work(settings, clock)
    assert (len(press.made), stored(), portfolios.room_taken(mei)) == (1, [path.name], size)


def test_an_edition_that_is_removed_is_gone_everywhere_at_once(
    mei: Viewer, press: Press, settings: Settings, clock: Clock
) -> None:
    """Also from jobs that made a copy of their own, as once each did."""
    job_id = ask(mei)
    work(settings, clock)
    (edition,) = portfolios.editions(mei)
    copy = files.write(b"%PDF A coat", ".pdf")
    older = Job.create(
        owner=mei.user_id, kind="book", arguments={"edition": edition.public_id}, state="done",
        stored_name=copy, media_type="application/pdf", created_at=NOW, finished_at=NOW,
    )  # fmt: skip
    assert jobs.result(mei, older.public_id)[1] == jobs.result(mei, job_id)[1]
    portfolios.remove_edition_files(mei, edition.public_id, now=NOW)
    for one in (job_id, older.public_id):
        with pytest.raises(errors.NotFound):
            jobs.result(mei, one)
        assert not jobs.job(mei, one).kept
    assert stored() == []


def test_copies_of_an_edition_are_swept(mei: Viewer, press: Press, settings: Settings, clock: Clock) -> None:
    job_id = ask(mei)
    work(settings, clock)
    name = stored()
    copy = files.write(b"%PDF A coat", ".pdf")
    older = Job.create(
        owner=mei.user_id, kind="book", arguments=Job.get(Job.public_id == job_id).arguments, state="done",
        stored_name=copy, media_type="application/pdf", created_at=NOW, finished_at=NOW,
    )  # fmt: skip
    assert (jobs.sweep(now=NOW), stored()) == (1, name)
    assert jobs.result(mei, older.public_id)[1].name == name[0]
    assert jobs.sweep(now=NOW) == 0


def test_a_book_that_the_shell_has_finished_meanwhile_is_taken_as_it_is(
    mei: Viewer, press: Press, settings: Settings, clock: Clock
) -> None:
    job_id = ask(mei)
    name = files.write(b"%PDF from the shell", ".pdf")
    press.during = lambda _progress, _target: (
        portfolios.finish_edition(jobs.job(mei, job_id).edition, stored_name=name, pages=12, size=19) and None
    )
    work(settings, clock)
    assert (jobs.job(mei, job_id).state, jobs.result(mei, job_id)[1].name, stored()) == ("done", name, [name])


def test_a_book_whose_file_was_lost_is_made_again(
    mei: Viewer, press: Press, settings: Settings, clock: Clock
) -> None:
    files.remove(jobs_file(mei, ask(mei), settings, clock))
    assert jobs_file(mei, ask(mei), settings, clock) == stored()[0]


def jobs_file(mei: Viewer, job_id: str, settings: Settings, clock: Clock) -> str:
    work(settings, clock)
    return jobs.result(mei, job_id)[1].name


def test_an_archive_is_always_made_and_takes_the_place_of_the_one_before(
    mei: Viewer, press: Press, settings: Settings, clock: Clock
) -> None:
    room = portfolios.Room(person_mb=0, site_mb=0)
    first = jobs.ask(mei, "archive", ALL, now=NOW, room=room).public_id
    tight = dataclasses.replace(settings, documents_mb_person=1)
    press.during = lambda _progress, target: None
    work(tight, clock)
    Job.update(size=2 * 1024**2).execute()
    assert portfolios.room_taken(mei) == 0
    assert portfolios.room_taken(None) == 2 * 1024**2
    second = jobs.ask(mei, "archive", ALL, now=NOW, room=room).public_id
    work(tight, clock)
    assert stored() == [jobs.result(mei, second)[1].name]
    with pytest.raises(errors.NotFound):
        jobs.result(mei, first)


def test_an_archive_that_the_disk_cannot_hold_is_not_begun(
    mei: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = shutil.disk_usage("/")._replace(free=1024**2)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: full)
    with pytest.raises(errors.Invalid, match="The disk of this site is full"):
        jobs.ask(mei, "archive", ALL, now=NOW)
    assert jobs.jobs_of(mei) == []


@pytest.mark.parametrize(("laid_out", "left"), [(499, 1), (500, 0)])
def test_a_large_book_leaves_no_more_pieces_than_it_may(
    mei: Viewer, settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch, laid_out: int, left: int
) -> None:
    piece = jobs.pieces_folder(settings) / "ab" / "abcdef"
    piece.parent.mkdir(parents=True)
    piece.write_bytes(bytes(1024**2))

    def write_book(_portfolio: Portfolio, target: pathlib.Path, *_given: object) -> book.BookResult:
        target.write_bytes(b"%PDF")
        return book.BookResult(target, 12, 4, "", 0.1, 0.1, 10.0, laid_out)

    monkeypatch.setattr(book, "write_book", write_book)
    ask(mei)
    work(dataclasses.replace(settings, pieces_mb=0), clock)
    assert len(list(piece.parent.iterdir())) == left


def test_parts_in_plain_words_are_told(
    mei: Viewer, settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_book(_portfolio: Portfolio, target: pathlib.Path, *_given: object) -> book.BookResult:
        target.write_bytes(b"%PDF")
        return book.BookResult(target, 12, 4, "", 0.1, 0.1, 10.0, plain=2)

    monkeypatch.setattr(book, "write_book", write_book)
    said = (
        "2 parts of this book could not be typeset and can be read there in plain words. "
        "Make those entries simpler, or part them into several, and create the book again."
    )
    job_id = ask(mei)
    work(settings, clock)
    assert (jobs.job(mei, job_id).state, jobs.job(mei, job_id).problem) == ("done", said)
    assert portfolios.editions(mei)[0].plain == 2
    jobs.remove(mei, job_id)
    assert jobs.job(mei, ask(mei)).problem == said


# ---------------------------------------------------------------- while it is made


def test_progress_is_told_while_it_is_made(
    mei: Viewer, press: Press, settings: Settings, clock: Clock
) -> None:
    job_id = ask(mei)
    seen: list[tuple[str, int, int, str]] = []

    def during(progress: jobs.Progress, target: pathlib.Path) -> None:
        for done in (3, 7):
            progress(done, 9, "a very long name of a step, longer than its column has room for")
            view = jobs.job(mei, job_id)
            seen.append((view.state, view.done, view.total, view.step))

    press.during = during
    work(settings, clock)
    assert seen == [("running", n, 9, "a very long name of a step, longer than ") for n in (3, 7)]


def test_a_cancelled_document_stops_and_leaves_no_file(
    mei: Viewer, press: Press, settings: Settings, clock: Clock
) -> None:
    job_id = ask(mei)

    def during(progress: jobs.Progress, target: pathlib.Path) -> None:
        target.write_bytes(b"half")
        jobs.cancel(mei, job_id, now=NOW)
        progress(2, 2, "")

    press.during = during
    assert work(settings, clock)
    assert (jobs.job(mei, job_id).state, press.made, stored()) == ("cancelled", [], [])
    with pytest.raises(errors.PeriodClosed):
        jobs.cancel(mei, job_id, now=NOW)
    assert portfolios.editions(mei) == []


def test_a_document_cancelled_at_the_last_moment_leaves_no_file(
    mei: Viewer, press: Press, settings: Settings, clock: Clock
) -> None:
    job_id = ask(mei)
    press.during = lambda progress, target: jobs.cancel(mei, job_id, now=NOW) and None
    work(settings, clock)
    assert (jobs.job(mei, job_id).state, stored()) == ("cancelled", [])


@pytest.mark.parametrize("ends", ["stopped", "stopped while it was made", "failed"])
def test_a_book_that_came_to_nothing_uses_up_no_number(
    mei: Viewer, press: Press, settings: Settings, clock: Clock, ends: str
) -> None:
    first = ask(mei)
    if ends == "stopped while it was made":
        press.during = lambda progress, target: jobs.cancel(mei, first, now=NOW) and None
    elif ends == "stopped":
        jobs.cancel(mei, first, now=NOW)
    else:
        press.problem = ValueError()
    work(settings, clock)
    press.during, press.problem = lambda progress, target: None, None
    diary.keep_entry(mei, Draft(body="A shoe"), creation_key="shoe", now=NOW)
    jobs_file(mei, ask(mei), settings, clock)
    assert [edition.number for edition in portfolios.editions(mei)] == [1]
    assert [row.number for row in Edition.select()] == [1]
    assert not FrozenEdition.select().where(FrozenEdition.edition.not_in(Edition.select())).exists()
    assert not jobs.job(mei, first).kept


def test_numbers_under_way_or_given_by_the_shell_are_not_given_twice(
    mei: Viewer, press: Press, settings: Settings, clock: Clock
) -> None:
    portfolios.freeze_edition(mei, ALL, now=NOW)  # the shell makes 1
    diary.keep_entry(mei, Draft(body="A shoe"), creation_key="shoe", now=NOW)
    second = ask(mei)  # 2, under way
    diary.keep_entry(mei, Draft(body="A hat"), creation_key="hat", now=NOW)
    third = ask(mei)
    jobs.cancel(mei, second, now=NOW)
    diary.keep_entry(mei, Draft(body="A scarf"), creation_key="scarf", now=NOW)
    work(settings, clock)
    assert press.made == [("book", 3)] and jobs.job(mei, third).state == "done"
    jobs_file(mei, ask(mei), settings, clock)
    assert [edition.number for edition in portfolios.editions(mei)] == [4, 3]


def test_one_that_waits_can_be_cancelled(mei: Viewer, press: Press, settings: Settings, clock: Clock) -> None:
    job_id = ask(mei)
    assert jobs.cancel(mei, job_id, now=NOW).state == "cancelled"
    assert not work(settings, clock)


CANARY = "Mrs Wu in bed four"


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (errors.Invalid("A photograph is gone."), "A photograph is gone."),
        (ValueError(CANARY), "Something went wrong while writing it. Try again; nothing is lost."),
        (MemoryError(CANARY), "Something went wrong while writing it. Try again; nothing is lost."),
    ],
)
def test_a_failure_is_told_and_never_quotes_the_diary(
    mei: Viewer, press: Press, settings: Settings, clock: Clock, caplog: pytest.LogCaptureFixture,
    problem: Exception, said: str,
) -> None:  # fmt: skip
    job_id, next_id = ask(mei), ask(mei, "site")
    press.problem = problem
    with caplog.at_level(logging.DEBUG):
        assert work(settings, clock)
    failed = jobs.job(mei, job_id)
    assert (failed.state, failed.problem, failed.open, stored()) == ("failed", said, False, [])
    assert CANARY not in caplog.text
    press.problem = None
    work(settings, clock)
    assert jobs.job(mei, next_id).state == "done"


# ---------------------------------------------------------------- killed workers


def test_a_killed_workers_job_is_taken_up_when_its_lease_runs_out(
    mei: Viewer, press: Press, settings: Settings, clock: Clock
) -> None:
    job_id = ask(mei)
    press.problem = SystemExit()  # what stands for kill -9: nothing is written down any more
    with pytest.raises(SystemExit):
        work(settings, clock)
    press.problem = None
    assert not work(settings, clock, "worker 2")  # its lease still runs
    clock.now += MINUTE + dt.timedelta(seconds=1)
    assert work(settings, clock, "worker 2")
    assert (jobs.job(mei, job_id).state, jobs.result(mei, job_id)[1].read_bytes()) == ("done", b"%PDF A coat")


def test_after_three_attempts_it_is_given_up(
    mei: Viewer, press: Press, settings: Settings, clock: Clock
) -> None:
    job_id, next_id = ask(mei), ask(mei, "site")
    press.problem = SystemExit()
    for _ in range(3):
        with pytest.raises(SystemExit):
            work(settings, clock)
        clock.now += 2 * MINUTE
    press.problem = None
    assert work(settings, clock)
    assert (jobs.job(mei, job_id).state, jobs.job(mei, next_id).state) == ("failed", "done")
    assert jobs.job(mei, job_id).problem == "Making this document was broken off three times."


def test_who_lost_the_lease_does_not_overwrite_the_other(
    mei: Viewer, press: Press, settings: Settings, clock: Clock
) -> None:
    """The first worker hung so long that a second one took the job up, and then goes on."""
    job_id = ask(mei)
    inner = []

    def during(progress: jobs.Progress, target: pathlib.Path) -> None:
        if not inner:
            inner.append(True)
            clock.now += 2 * MINUTE
            assert work(settings, clock, "worker 2")

    press.during = during
    assert work(settings, clock, "worker 1")
    assert jobs.job(mei, job_id).state == "done"
    assert stored() == [jobs.result(mei, job_id)[1].name]
    assert portfolios.editions(mei)[0].size == 11


def test_a_lease_is_renewed_through_a_long_silence(
    mei: Viewer, press: Press, settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "LEASE", dt.timedelta(seconds=0.4))
    ask(mei)
    seen = []

    def during(progress: jobs.Progress, target: pathlib.Path) -> None:
        clock.now += dt.timedelta(hours=1)
        deadline = time.monotonic() + 5
        while Job.get().lease_until < clock.now and time.monotonic() < deadline:
            time.sleep(0.02)
        seen.append(work(settings, clock, "worker 2"))

    press.during = during
    work(settings, clock, "worker 1")
    assert seen == [False]
    assert [t.name for t in threading.enumerate() if t.name == "lease"] == []


def test_two_workers_never_take_the_same_job(
    mei: Viewer, press: Press, settings: Settings, clock: Clock
) -> None:
    for _ in range(4):
        ask(mei, "site")

    def run(holder: str) -> None:
        with database.connection():
            while work(settings, clock, holder):
                pass

    threads = [threading.Thread(target=run, args=(f"worker {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(press.made) == 4
    assert [j.state for j in jobs.jobs_of(mei)] == ["done"] * 4


def test_a_worker_is_woken_by_what_is_asked_and_stops_when_told(
    mei: Viewer, press: Press, settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "LOOK_EVERY", 60.0)
    worker = jobs.Worker(settings, clock)
    worker.start()
    try:
        time.sleep(0.05)
        job_id = ask(mei)
        deadline = time.monotonic() + 10
        while jobs.job(mei, job_id).open and time.monotonic() < deadline:
            time.sleep(0.02)
        assert jobs.job(mei, job_id).state == "done"
    finally:
        worker.stop()
        worker.join(timeout=10)
    assert not worker.is_alive()


def test_a_students_book_passes_by_the_books_of_a_cohort(
    people: People, mei: Viewer, press: Press, settings: Settings, clock: Clock
) -> None:
    lead, student = jobs.Workers(settings, clock).threads[::-1]
    Job.create(owner=people.zhou.user_id, kind="cohort", arguments={}, created_at=NOW)
    Job.create(owner=people.zhou.user_id, kind="archive", arguments={}, created_at=NOW)
    book = ask(mei)
    assert not {"archive", "cohort", "cohort-site"} & student.lane.kinds
    assert student._work()
    assert jobs.job(mei, book).state == "done"
    assert not student._work()
    assert "book" not in lead.lane.kinds
    assert lead.lane.kinds | student.lane.kinds == {*jobs.SUFFIX, "import"}  # nothing is left lying


def test_each_worker_hears_its_own_bell() -> None:
    one, other = bells.bell(), bells.bell()
    bells.ring()
    one.clear()
    assert other.is_set()
    bells.hang_up(one)
    bells.hang_up(other)


def test_a_worker_outlives_a_database_that_is_away(
    mei: Viewer, press: Press, settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    if DATABASE_URL:
        pytest.skip("moves an SQLite file away")
    monkeypatch.setattr(workers, "LOOK_EVERY", 0.02)
    claim, broken = working._claim, [True, True, True]

    def sometimes(clock: Clock, holder: str, kinds: Collection[str]) -> Job | None:
        if broken:
            broken.pop()
            raise OSError("the database is away")
        return claim(clock, holder, kinds)

    monkeypatch.setattr(working, "_claim", sometimes)
    job_id = ask(mei)
    worker = jobs.Worker(settings, clock)
    worker.start()
    try:
        deadline = time.monotonic() + 10
        while jobs.job(mei, job_id).open and time.monotonic() < deadline:
            time.sleep(0.02)
    finally:
        worker.stop()
        worker.join(timeout=10)
    assert jobs.job(mei, job_id).state == "done"
    assert caplog.text.count("goes on after an error") == 3


# ---------------------------------------------------------------- what is swept away


def test_sites_and_archives_are_kept_for_a_week_and_editions_for_good(
    mei: Viewer, press: Press, settings: Settings, clock: Clock
) -> None:
    book, site = ask(mei), ask(mei, "site")
    work(settings, clock), work(settings, clock)
    assert jobs.sweep(now=NOW + 7 * 24 * 60 * MINUTE) == 0
    assert jobs.sweep(now=NOW + 8 * 24 * 60 * MINUTE) == 1
    assert jobs.result(mei, book)[0].display_name.endswith(".pdf")
    with pytest.raises(errors.NotFound, match="no longer kept"):
        jobs.result(mei, site)
    assert jobs.sweep(now=NOW + 9 * 24 * 60 * MINUTE) == 0


def test_what_a_killed_worker_left_is_swept_after_a_day_and_nothing_else(
    mei: Viewer, press: Press, settings: Settings, clock: Clock
) -> None:
    entry_id = diary.timeline(mei, now=NOW).entries[0].public_id
    photographs.add_photograph(mei, entry_id, PICTURE, now=NOW)
    ask(mei)
    work(settings, clock)
    kept = stored()
    assert len(kept) == 2
    for suffix in (".pdf", ".zip"):
        _, target = files.place_for(suffix)
        target.write_bytes(b"left by a killed worker")
        target.with_name(f".{target.name}.part").mkdir()
    present = dt.datetime.now(dt.UTC)
    for path in files.root().glob("??/*"):
        os.utime(path, (present.timestamp(), present.timestamp()))
    assert jobs.sweep(now=present) == 0
    assert jobs.sweep(now=present + 25 * 60 * MINUTE) == 4
    assert stored() == kept


def test_what_is_asked_for_is_written_down(people: People, mei: Viewer) -> None:
    from portfolio.store.accounts import AuditEvent

    job_id = ask(mei, "archive")
    event = AuditEvent.select().order_by(AuditEvent.id.desc()).first()
    assert (event.action, event.subject, event.actor_id, event.detail) == (
        "export asked for", job_id, accounts.viewer_by_login("mei").user_id, {"kind": "archive"},
    )  # fmt: skip


def test_views_are_frozen(mei: Viewer) -> None:
    view = jobs.job(mei, ask(mei))
    with pytest.raises(dataclasses.FrozenInstanceError):
        view.state = "done"  # type: ignore[misc]

"""A diary that is brought in by a worker: in batches, with its progress, killed and gone on with, stopped."""

import datetime as dt
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from portfolio import jobs
from portfolio.config import Settings
from portfolio.domain import diary, errors, feedback, importing, markup, portfolios
from portfolio.domain.diary import Draft, photographs
from portfolio.domain.records import Choices, Viewer
from portfolio.export.archive import write_archive
from portfolio.jobs import bringing, working
from portfolio.store import files
from portfolio.store.diary import Photograph
from tests.conftest import NOW, People
from tests.domain.test_access import PICTURE

EVERYTHING = Choices(private=True)
Send = Callable[..., jobs.JobView]


@dataclass
class Clock:
    now: dt.datetime = NOW

    def __call__(self) -> dt.datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(tmp_path: pathlib.Path) -> Settings:
    return Settings(instance=tmp_path)


@pytest.fixture(autouse=True)
def in_twos(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two entries come in at once; what has more is done by a worker."""
    monkeypatch.setattr(importing, "BATCH", 2)
    monkeypatch.setattr(bringing, "AT_ONCE", 2)
    monkeypatch.setattr(working, "PROGRESS_EVERY", 0)


@pytest.fixture
def send(settings: Settings, clock: Clock, tmp_path: pathlib.Path) -> Send:
    """Somebody sends a packed folder with so many entries."""

    def sent(viewer: Viewer, entries: int = 5, extra: str = "") -> jobs.JobView:
        path = tmp_path / "nursing.zip"
        with zipfile.ZipFile(path, "w") as packed:
            for n in range(1, entries + 1):
                packed.writestr(f"nursing/{n}.md", f"---\ndate: 1914-08-{n:02}\n---\nNight {n}.\n")
            if extra:
                packed.writestr("nursing/extra.md", extra)
        return jobs.bring_in(viewer, path, shared=False, settings=settings, clock=clock)

    return sent


def bodies(viewer: Viewer) -> list[str]:
    return [e.body for e in portfolios.select(viewer, EVERYTHING, now=NOW).entries]


def sent_files() -> list[str]:
    return [path.name for path in files.root().glob("imports/*/*")]


def test_a_small_diary_is_in_at_once(people: People, send: Send) -> None:
    job = send(people.mei, 2)
    assert (job.state, job.kind, job.display_name, job.counts["added"]) == (
        "done",
        "import",
        "nursing.zip",
        2,
    )
    assert bodies(people.mei) == ["Night 1.", "Night 2."]
    assert sent_files() == []


def test_a_large_one_is_taken_in_by_a_worker(
    people: People, send: Send, settings: Settings, clock: Clock
) -> None:
    asked = send(people.mei)
    assert (asked.state, asked.counts, bodies(people.mei)) == ("waiting", {}, [])
    assert sent_files() == ["nursing.zip"]
    assert not jobs.work_once(settings, clock, "worker", kinds=["book"])
    assert jobs.work_once(settings, clock, "worker")
    done = jobs.job(people.mei, asked.public_id)
    assert (done.state, done.done, done.total, done.step) == ("done", 5, 5, "taking in")
    assert (done.counts["added"], done.problem) == (5, "")
    assert bodies(people.mei) == [f"Night {n}." for n in range(1, 6)]
    assert sent_files() == []
    jobs.remove(people.mei, asked.public_id)
    assert jobs.jobs_of(people.mei) == []


def test_one_diary_at_a_time(people: People, send: Send) -> None:
    send(people.mei)
    with pytest.raises(errors.Invalid, match="A diary is being brought in already"):
        send(people.mei)
    assert send(people.jun).state == "waiting"
    assert len(sent_files()) == 2


@pytest.fixture
def at_text(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Callable[[], object]], None]:
    """Do something while a certain text is rendered, once."""

    def when(words: str, action: Callable[[], object]) -> None:
        render, done = markup.render, []

        def watched(body: str, photographs: Sequence[str] = ()) -> markup.Rendered:
            if words in body and not done:
                done.append(words)
                action()
            return render(body, photographs)

        monkeypatch.setattr(markup, "render", watched)

    return when


AtText = Callable[[str, Callable[[], object]], None]


def test_stopped_between_two_batches_it_leaves_what_is_in_and_says_how_much(
    people: People, send: Send, settings: Settings, clock: Clock, at_text: AtText
) -> None:
    asked = send(people.mei)
    at_text("Night 4.", lambda: jobs.cancel(people.mei, asked.public_id, now=NOW))
    assert jobs.work_once(settings, clock, "worker")
    stopped = jobs.job(people.mei, asked.public_id)
    assert (stopped.state, stopped.counts["added"]) == ("cancelled", 2)
    assert bodies(people.mei) == ["Night 1.", "Night 2."]
    assert sent_files() == []
    again = send(people.mei)
    assert jobs.work_once(settings, clock, "worker")
    counts = jobs.job(people.mei, again.public_id).counts
    assert (counts["added"], counts["unchanged"]) == (3, 2)


def test_one_that_waits_can_be_stopped_and_what_was_sent_goes(
    people: People, send: Send, settings: Settings, clock: Clock
) -> None:
    asked = send(people.mei)
    jobs.cancel(people.mei, asked.public_id, now=NOW)
    assert not jobs.work_once(settings, clock, "worker")
    jobs.sweep_site(settings, now=NOW)
    assert (bodies(people.mei), sent_files()) == ([], [])


def test_a_worker_that_lost_its_lease_writes_nothing_more(
    people: People, send: Send, settings: Settings, clock: Clock, at_text: AtText
) -> None:
    asked = send(people.mei)

    def take_over() -> None:
        clock.now += 2 * working.LEASE
        assert jobs.work_once(settings, clock, "another worker")

    at_text("Night 3.", take_over)
    assert jobs.work_once(settings, clock, "a worker that slept")
    job = jobs.job(people.mei, asked.public_id)
    assert (job.state, job.counts["added"]) == ("done", 5)
    assert bodies(people.mei) == [f"Night {n}." for n in range(1, 6)]


def broken_off(settings: Settings, clock: Clock, at_text: AtText, words: str) -> None:
    """A worker that is killed at some words; its lease runs out."""

    def die() -> None:
        raise SystemExit

    at_text(words, die)
    with pytest.raises(SystemExit):
        jobs.work_once(settings, clock, "killed")
    clock.now += 2 * working.LEASE


def test_three_attempts_that_came_to_nothing_are_enough(
    people: People, send: Send, settings: Settings, clock: Clock, at_text: AtText
) -> None:
    asked = send(people.mei)
    for _ in range(3):
        broken_off(settings, clock, at_text, "Night 1.")
    assert not jobs.work_once(settings, clock, "worker")
    assert jobs.job(people.mei, asked.public_id).state == "failed"
    jobs.sweep_site(settings, now=clock.now)
    assert (bodies(people.mei), sent_files()) == ([], [])


def test_attempts_that_came_further_go_on_however_many(
    people: People, send: Send, settings: Settings, clock: Clock, at_text: AtText
) -> None:
    asked = send(people.mei, 9)
    for n in (1, 3, 5, 7):
        broken_off(settings, clock, at_text, f"Night {n}.")
    assert jobs.work_once(settings, clock, "worker")
    job = jobs.job(people.mei, asked.public_id)
    assert (job.state, job.counts["added"], job.counts["unchanged"]) == ("done", 9, 0)


def test_what_is_wrong_is_told_and_nothing_is_in(
    people: People, send: Send, settings: Settings, clock: Clock
) -> None:
    asked = send(people.mei, 5, extra="No date.")
    assert jobs.work_once(settings, clock, "worker")
    job = jobs.job(people.mei, asked.public_id)
    assert (job.state, bodies(people.mei), sent_files()) == ("failed", [], [])
    (problem,) = job.problems
    assert problem.startswith("extra.md: it has no date") and isinstance(problem, errors.Said)
    assert isinstance(problem.fields["reason"], errors.Said)  # so it can be said in Chinese
    with pytest.raises(errors.ImportRefused):
        send(people.mei, 1, extra="No date.")
    assert [one.public_id for one in jobs.jobs_of(people.mei)] == [asked.public_id]


def test_what_was_sent_may_be_gone(people: People, send: Send, settings: Settings, clock: Clock) -> None:
    """As after a backup was brought back, which holds no half-done work."""
    asked = send(people.mei)
    shutil.rmtree(files.root() / "imports")
    assert jobs.work_once(settings, clock, "worker")
    job = jobs.job(people.mei, asked.public_id)
    assert (job.state, job.problem) == ("failed", "What was sent is no longer here. Choose it again.")


# ---------------------------------------------------------------- killed


def archive_of_mei(people: People, target: pathlib.Path, entries: int) -> pathlib.Path:
    """Mei's archive: entries with photographs and comments, each retelling the one before."""
    last = ""
    for n in range(entries):
        draft = Draft(body=f"Night {n}.", entry_date=NOW.date() - dt.timedelta(days=entries - n))
        kept = diary.keep_entry(people.mei, draft, creation_key=f"n{n}", audiences=("mentor",), now=NOW)
        if n % 2:
            photographs.add_photograph(people.mei, kept.entry_id, PICTURE, now=NOW)
        feedback.comment_on(people.lin, kept.entry_id, f"And then {n}?", revision_number=1, now=NOW)
        if last:
            diary.restory(people.mei, kept.entry_id, last)
        last = kept.entry_id
    return write_archive(portfolios.select(people.mei, EVERYTHING, now=NOW, whole=True), target).path


def state_of(viewer: Viewer) -> list[tuple[object, ...]]:
    entries = portfolios.select(viewer, EVERYTHING, now=NOW, whole=True).entries
    return [
        (
            e.body,
            e.audiences,
            len(e.photographs),
            [c.body for c in e.comments],
            bool(e.retells),
            len(e.revisions),
        )
        for e in entries
    ]


@pytest.mark.heavy
def test_killed_in_the_middle_it_ends_as_if_it_had_not_been(
    people: People, database_url: str, settings: Settings, clock: Clock, tmp_path: pathlib.Path
) -> None:
    archive = archive_of_mei(people, tmp_path / "mei.zip", 24)
    job_id = jobs.bring_in(people.stranger, archive, shared=True, settings=settings, clock=clock).public_id
    with subprocess.Popen([sys.executable, "-m", "tests.importer", database_url, str(tmp_path)]) as worker:
        before = 0
        while before < 6:
            assert worker.poll() is None, "it was done before it was killed"
            before = jobs.job(people.stranger, job_id).counts.get("added", 0)
            time.sleep(0.01)
        worker.send_signal(signal.SIGKILL)
    there = len(state_of(people.stranger))
    assert 6 <= there < 24 and jobs.job(people.stranger, job_id).state == "running"
    assert not jobs.work_once(settings, clock, "worker")  # its lease still runs
    clock.now = dt.datetime.now(dt.UTC) + 2 * working.LEASE
    assert jobs.work_once(settings, clock, "worker")
    job = jobs.job(people.stranger, job_id)
    assert (job.state, job.counts["added"], job.counts["unchanged"], job.counts["shareable"]) == (
        "done",
        24,
        0,
        24,
    )
    archive_again = write_archive(
        portfolios.select(people.mei, EVERYTHING, now=NOW, whole=True), archive
    ).path
    jobs.bring_in(people.jun, archive_again, shared=True, settings=settings, clock=clock)
    assert jobs.work_once(settings, clock, "worker")
    assert len(state_of(people.jun)) == 24
    assert state_of(people.stranger) == state_of(people.jun)
    files.remove_strays({p.stored_name for p in Photograph.select()}, before=clock.now + 2 * working.LEASE)
    assert len(list(files.root().glob("??/*"))) == 3 * 12

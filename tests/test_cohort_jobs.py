"""All editions of a cohort as one job, the site of an edition, and how much documents may take."""

# ruff: noqa: F811  fixtures of another module
import csv
import datetime as dt
import io
import pathlib
import threading
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from portfolio import jobs
from portfolio.config import Settings
from portfolio.domain import accounts, diary, errors, portfolios, programme
from portfolio.domain.diary import Draft
from portfolio.domain.records import Choices, Viewer
from portfolio.export import cohort_editions
from portfolio.export.cohort_editions import Member, Outcome
from portfolio.jobs import making, working
from portfolio.store import files
from portfolio.store.jobs import Job
from portfolio.store.portfolios import Edition
from tests.conftest import NOW, PASSWORD, People
from tests.domain.test_sharing import make_edition
from tests.test_jobs import Clock, Press, ask, clock, mei, press, settings, work  # noqa: F401

DAY = dt.timedelta(days=1)


def hand_in(viewer: Viewer, cohort_id: str, *, lost: bool = False) -> str:
    """A submitted edition; `lost`: its file is gone, so that it has to be made again."""
    edition = make_edition(viewer)
    portfolios.submit_edition(viewer, edition, cohort_id, now=NOW)
    stored = portfolios.edition_file(viewer, edition)[1]
    if lost:
        files.remove(stored)
    return stored


def rows_of(zipped: zipfile.ZipFile, name: str) -> list[list[str]]:
    (inside,) = [n for n in zipped.namelist() if n.endswith(f"/{name}")]
    text = zipped.read(inside).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:])))


# ---------------------------------------------------------------- a cohort's editions


@pytest.fixture
def both(people: People) -> People:
    """Tan Yu accompanies Li Jun in the cohort and submits nothing; nor does Zhao Bo, a student."""
    accounts.add_user("zhao", "Zhao Bo", PASSWORD, account="student", now=NOW)
    programme.add_member(people.zhou, people.cohort_id, "zhao", "mentee", starts_on=NOW.date(), now=NOW)
    hand_in(people.mei, people.cohort_id, lost=True)
    diary.keep_entry(people.jun, Draft(body="His"), creation_key="j", audiences=["mentor"], now=NOW)
    hand_in(people.jun, people.cohort_id)
    return people


def test_a_lead_gets_every_submitted_edition_and_a_list(
    both: People,
    press: Press,
    settings: Settings,
    clock: Clock,
) -> None:
    job_id = jobs.ask_cohort(both.zhou, both.cohort_id, now=NOW).public_id
    assert work(settings, clock)
    view, path, media_type = jobs.result(both.zhou, job_id)
    assert (view.state, view.problem, media_type) == ("done", "", "application/zip")
    assert view.display_name == "Class-of-2020-editions-2022-09-14.zip"
    zipped = zipfile.ZipFile(path)
    assert {n.partition("/")[0] for n in zipped.namelist()} == {"Class-of-2020-editions-2022-09-14"}
    manifest = rows_of(zipped, "manifest.csv")
    assert [row[:4] for row in manifest[1:]] == [
        ["Li-Jun-jun-edition-1.pdf", "Li Jun", "jun", "1"],
        ["Wang-Mei-mei-edition-1.pdf", "Wang Mei", "mei", "1"],
    ]
    assert rows_of(zipped, "not-made.csv")[1:] == [["Zhao Bo", "zhao", "Has submitted no edition."]]
    assert press.made == [("book", 1)]  # only Mei's file was gone
    assert not jobs.cohort_folder(settings, job_id).exists()


def test_what_stands_in_plain_words_is_remarked(
    both: People,
    settings: Settings,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Edition.update(plain=1).where(Edition.owner == both.jun.user_id).execute()

    def make(
        _viewer: Viewer, _kind: str, _portfolio: object, target: pathlib.Path, *_given: object
    ) -> jobs.Made:
        target.write_bytes(b"%PDF")
        return jobs.Made(target, 4, 3, {"plain": 2})

    monkeypatch.setattr(making, "make", make)
    job_id = jobs.ask_cohort(both.zhou, both.cohort_id, now=NOW).public_id
    work(settings, clock)
    manifest = rows_of(zipfile.ZipFile(jobs.result(both.zhou, job_id)[1]), "manifest.csv")
    assert [row[-1].partition(" could")[0] for row in manifest] == [
        "remark", "One part of this book", "2 parts of this book",
    ]  # fmt: skip


def test_one_that_fails_is_named_and_keeps_no_other(
    both: People,
    press: Press,
    settings: Settings,
    clock: Clock,
) -> None:
    press.problem = ValueError("Mrs Wu in bed four")
    job_id = jobs.ask_cohort(both.zhou, both.cohort_id, now=NOW).public_id
    work(settings, clock)
    view, path, _ = jobs.result(both.zhou, job_id)
    assert (view.state, view.problem) == ("done", jobs.SOME_FAILED)
    zipped = zipfile.ZipFile(path)
    assert [row[2] for row in rows_of(zipped, "manifest.csv")[1:]] == ["jun"]
    assert rows_of(zipped, "not-made.csv")[1] == ["Wang Mei", "mei", cohort_editions.UNFORESEEN]


def test_if_all_fail_the_job_does(
    people: People,
    press: Press,
    settings: Settings,
    clock: Clock,
) -> None:
    hand_in(people.mei, people.cohort_id, lost=True)
    press.problem = ValueError()
    job_id = jobs.ask_cohort(people.zhou, people.cohort_id, now=NOW).public_id
    work(settings, clock)
    assert (jobs.job(people.zhou, job_id).state, jobs.job(people.zhou, job_id).problem) == (
        "failed",
        jobs.ALL_FAILED,
    )


def test_what_a_killed_worker_had_made_is_not_made_again(
    both: People,
    press: Press,
    settings: Settings,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def killed(*_given: object) -> int:
        raise SystemExit

    job_id = jobs.ask_cohort(both.zhou, both.cohort_id, now=NOW).public_id
    with monkeypatch.context() as patch:
        patch.setattr(cohort_editions, "write_zip", killed)
        with pytest.raises(SystemExit):
            work(settings, clock)
    clock.now += dt.timedelta(minutes=2)
    assert work(settings, clock, "worker 2")
    assert jobs.job(both.zhou, job_id).state == "done"
    assert press.made == [("book", 1)]


@pytest.mark.parametrize("ends", ["failed", "cancelled"])
def test_what_was_made_for_a_cohort_goes_when_the_job_comes_to_nothing(
    both: People,
    press: Press,
    settings: Settings,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    ends: str,
) -> None:
    job_id = jobs.ask_cohort(both.zhou, both.cohort_id, now=NOW).public_id
    folder = jobs.cohort_folder(settings, job_id)
    lay_there: list[bool] = []

    def breaks(*_given: object) -> int:
        lay_there.append(bool(list(folder.glob("*.pdf"))))
        if ends == "cancelled":
            jobs.cancel(both.zhou, job_id, now=NOW)
            raise jobs.Cancelled
        raise OSError("no room")

    monkeypatch.setattr(cohort_editions, "write_zip", breaks)
    assert work(settings, clock)
    assert (jobs.job(both.zhou, job_id).state, lay_there, folder.exists()) == (ends, [True], False)


def test_the_sweep_takes_what_is_left_of_cohorts_and_leaves_what_is_under_way(
    both: People,
    settings: Settings,
) -> None:
    under_way = jobs.cohort_folder(settings, jobs.ask_cohort(both.zhou, both.cohort_id, now=NOW).public_id)
    forgotten = jobs.cohort_folder(settings, "nosuchjob")
    for folder in (under_way, forgotten):
        folder.mkdir(parents=True)
        (folder / "one.pdf").write_bytes(b"%PDF")
    assert jobs.sweep_site(settings, now=NOW) == 1
    assert (under_way.exists(), forgotten.exists()) == (True, False)


def test_what_was_withdrawn_meanwhile_is_not_in_it(
    both: People,
    press: Press,
    settings: Settings,
    clock: Clock,
) -> None:
    job_id = jobs.ask_cohort(both.zhou, both.cohort_id, now=NOW).public_id
    (handed,) = portfolios.submissions(both.mei)
    portfolios.withdraw_submission(both.mei, handed.public_id, now=NOW)
    work(settings, clock)
    zipped = zipfile.ZipFile(jobs.result(both.zhou, job_id)[1])
    assert [row[2] for row in rows_of(zipped, "manifest.csv")[1:]] == ["jun"]


def take_back(person: Viewer, cohort_id: str) -> None:
    (handed,) = portfolios.submissions(person)
    portfolios.withdraw_submission(person, handed.public_id, now=NOW)


def remove(person: Viewer, cohort_id: str) -> None:
    (handed,) = portfolios.submissions(person)
    portfolios.remove_edition_files(person, handed.edition_id, now=NOW)


def replace(person: Viewer, cohort_id: str) -> None:
    newer = make_edition(person, body="Another coat.")
    portfolios.submit_edition(person, newer, cohort_id, now=NOW)


@pytest.mark.parametrize("ends", [take_back, remove, replace])
def test_a_zip_goes_when_an_edition_in_it_is_taken_back(
    both: People,
    press: Press,
    settings: Settings,
    clock: Clock,
    ends: Callable[[Viewer, str], None],
) -> None:
    job_id = jobs.ask_cohort(both.zhou, both.cohort_id, now=NOW).public_id
    work(settings, clock)
    path = jobs.result(both.zhou, job_id)[1]
    ends(both.mei, both.cohort_id)
    assert not path.exists()
    with pytest.raises(errors.NotFound):
        jobs.result(both.zhou, job_id)
    view = jobs.job(both.zhou, job_id)
    assert (view.kept, view.size, view.problem) == (False, 0, portfolios.TAKEN_BACK)


@pytest.mark.parametrize("ends", [take_back, remove])
def test_what_is_taken_back_while_the_zip_is_made_is_left_out(
    both: People,
    press: Press,
    settings: Settings,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    ends: Callable[[Viewer, str], None],
) -> None:
    write = cohort_editions.write_zip

    def write_slowly(*given: Any) -> int:
        size = write(*given)
        if portfolios.submissions(both.jun):
            ends(both.jun, both.cohort_id)
        return size

    monkeypatch.setattr(cohort_editions, "write_zip", write_slowly)
    job_id = jobs.ask_cohort(both.zhou, both.cohort_id, now=NOW).public_id
    work(settings, clock)
    assert jobs.job(both.zhou, job_id).state == "waiting"
    work(settings, clock)
    zipped = zipfile.ZipFile(jobs.result(both.zhou, job_id)[1])
    assert [row[2] for row in rows_of(zipped, "manifest.csv")[1:]] == ["mei"]
    assert [one.suffix for one in files.root().rglob("*.zip")] == [".zip"]


def test_what_one_takes_back_leaves_zips_without_it_alone(
    both: People,
    press: Press,
    settings: Settings,
    clock: Clock,
) -> None:
    take_back(both.jun, both.cohort_id)
    job_id = jobs.ask_cohort(both.zhou, both.cohort_id, now=NOW).public_id
    work(settings, clock)
    later = make_edition(both.jun, body="His again")
    portfolios.submit_edition(both.jun, later, both.cohort_id, now=NOW)
    take_back(both.jun, both.cohort_id)
    assert jobs.result(both.zhou, job_id)[1].exists()
    Job.update(arguments={"cohort": both.cohort_id}).where(Job.public_id == job_id).execute()
    take_back(both.mei, both.cohort_id)  # it is not known what is in that zip
    with pytest.raises(errors.NotFound):
        jobs.result(both.zhou, job_id)


def test_a_zip_of_which_all_is_taken_back_says_so(
    people: People,
    settings: Settings,
    clock: Clock,
) -> None:
    hand_in(people.mei, people.cohort_id)
    job_id = jobs.ask_cohort(people.zhou, people.cohort_id, now=NOW).public_id
    take_back(people.mei, people.cohort_id)
    work(settings, clock)
    failed = jobs.job(people.zhou, job_id)
    assert (failed.state, failed.problem) == ("failed", "Nobody has submitted an edition yet.")


def test_who_lost_the_lead_before_it_was_made_gets_nothing(
    both: People,
    press: Press,
    settings: Settings,
    clock: Clock,
) -> None:
    job_id = jobs.ask_cohort(both.zhou, both.cohort_id, now=NOW).public_id
    there = programme.cohort_led(both.zhou, both.cohort_id, now=NOW)
    me = next(m.public_id for m in there.members if m.login == "prof-zhou")
    programme.end_role(both.zhou, both.cohort_id, me, "lead", now=NOW)
    work(settings, clock)
    assert jobs.job(both.zhou, job_id).state == "failed"
    for viewer in (both.mei, both.lin, both.root, both.stranger):
        with pytest.raises(errors.NotFound):
            jobs.ask_cohort(viewer, both.cohort_id, now=NOW)


def test_there_is_nothing_to_make_before_somebody_submits(people: People) -> None:
    with pytest.raises(errors.Invalid, match="Nobody has submitted"):
        jobs.ask_cohort(people.zhou, people.cohort_id, now=NOW)


def test_so_many_are_made_at_once_and_what_stops_it_stops_all() -> None:
    members = [Member(f"m{n}", f"M {n}") for n in range(6)]
    meeting = threading.Barrier(2, timeout=10)
    at_once: list[int] = []
    running = threading.Lock()
    count = 0

    def make(member: Member, _stopped: threading.Event) -> Outcome:
        nonlocal count
        with running:
            count += 1
            at_once.append(count)
        meeting.wait()  # breaks unless two are here together
        with running:
            count -= 1
        return Outcome(member, 1)

    heard: list[tuple[int, int, str]] = []
    found = cohort_editions.make_editions(members, make, lambda *told: heard.append(told))
    assert [one.member for one in found] == members
    assert max(at_once) == 2
    assert (heard[0], heard[-1]) == ((0, 6, "editions"), (6, 6, "editions"))

    begun: list[str] = []

    def slow(member: Member, stopped: threading.Event) -> Outcome:
        begun.append(member.login)
        assert stopped.wait(10)
        return Outcome(member)

    def cancel(done: int, total: int, step: str = "") -> None:
        if begun:
            raise jobs.Cancelled

    with pytest.raises(jobs.Cancelled):
        cohort_editions.make_editions(members, slow, cancel)
    assert len(begun) <= 3


def test_a_list_is_no_formula_to_a_spreadsheet(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    outcomes = [Outcome(Member("eve", "=HYPERLINK(1)"), 1, tmp_path / "a.pdf", 3)]
    cohort_editions.write_folder(outcomes, [("x", "@x")], tmp_path / "out")
    assert ",'=HYPERLINK(1),eve,1,3,4," in (tmp_path / "out" / "manifest.csv").read_text("utf-8-sig")
    assert "'@x,x," in (tmp_path / "out" / "not-made.csv").read_text("utf-8-sig")


# ---------------------------------------------------------------- the site of an edition


def test_the_site_of_an_edition_is_made_once_and_kept_while_a_link_leads_to_it(
    people: People,
    press: Press,
    settings: Settings,
    clock: Clock,
) -> None:
    edition = make_edition(people.mei)
    for _ in range(2):
        jobs.ask_site_of(people.mei, edition, now=NOW)
    assert [job.kind for job in jobs.jobs_of(people.mei)] == ["site"]
    link, token = portfolios.make_link(people.mei, edition, document="site", days=30, now=NOW)
    assert portfolios.edition_shared(token, now=NOW).stored_name == ""
    work(settings, clock)
    jobs.ask_site_of(people.mei, edition, now=NOW)
    assert not work(settings, clock)
    shared = portfolios.edition_shared(token, now=NOW)
    assert files.path_of(shared.stored_name).read_bytes() == b"%PDF Shared."
    assert jobs.sweep(now=NOW + 8 * DAY) == 0
    assert files.path_of(shared.stored_name).exists()
    portfolios.revoke_link(people.mei, link.public_id, now=NOW + 8 * DAY)
    assert jobs.sweep(now=NOW + 8 * DAY) == 1
    assert not files.path_of(shared.stored_name).exists()


# ---------------------------------------------------------------- room


def test_nobody_fills_the_disk(
    mei: Viewer,
    people: People,
    press: Press,
    settings: Settings,
    clock: Clock,
) -> None:
    room = portfolios.Room(person_mb=1)
    press.during = lambda progress, target: target.with_name("x").unlink(missing_ok=True)
    job_id = ask(mei, "site")
    work(settings, clock)
    Job.update(size=2 * 1024 * 1024).where(Job.public_id == job_id).execute()
    assert portfolios.room_taken(mei) == portfolios.room_taken(None) == 2 * 1024 * 1024
    with pytest.raises(errors.Invalid, match="more than the 1 MB"):
        jobs.ask(mei, "site", Choices(private=True), now=NOW, room=room)
    diary.keep_entry(people.jun, Draft(body="His"), creation_key="j", now=NOW)
    with pytest.raises(errors.Invalid, match="This site has no room"):
        jobs.ask(people.jun, "site", Choices(private=True), now=NOW, room=portfolios.Room(site_mb=1))
    path = jobs.result(mei, job_id)[1]
    jobs.remove(mei, job_id)
    assert not path.exists()
    assert jobs.ask(mei, "site", Choices(private=True), now=NOW, room=room).state == "waiting"


def test_what_turns_out_too_large_is_not_kept(
    mei: Viewer,
    press: Press,
    settings: Settings,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(working, "room_of", lambda _settings: portfolios.Room(person_mb=0))
    job_id = ask(mei, "site")
    work(settings, clock)
    failed = jobs.job(mei, job_id)
    assert failed.state == "failed" and "Download what you need and remove it" in failed.problem
    assert list(files.root().glob("??/*")) == []


def test_a_book_is_counted_once_and_its_file_goes_with_its_edition(
    mei: Viewer,
    people: People,
    press: Press,
    settings: Settings,
    clock: Clock,
) -> None:
    job_id = ask(mei)
    with pytest.raises(errors.PeriodClosed):
        jobs.remove(mei, job_id)
    work(settings, clock)
    assert portfolios.room_taken(mei) == 11
    with pytest.raises(errors.NotFound):
        jobs.remove(people.jun, job_id)
    jobs.remove(mei, job_id)
    (edition,) = portfolios.editions(mei)
    stored = portfolios.edition_file(mei, edition.public_id)[1]
    assert files.path_of(stored).exists()
    portfolios.remove_edition_files(mei, edition.public_id, now=NOW)
    assert (portfolios.room_taken(mei), files.path_of(stored).exists()) == (0, False)
    again = ask(mei)
    work(settings, clock)
    assert jobs.job(mei, again).display_name == "Wang-Mei-portfolio-edition-1.pdf"


def test_bytes_are_told_while_they_are_written(
    mei: Viewer,
    press: Press,
    settings: Settings,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(working, "BEAT_EVERY", 0.01)
    job_id = ask(mei, "archive")
    told = threading.Event()

    def during(progress: jobs.Progress, target: pathlib.Path) -> None:
        part = target.with_name(f".{target.name}.abc.part")
        part.write_bytes(bytes(4096))
        for _ in range(1000):
            if jobs.job(mei, job_id).size == 4096:
                told.set()
                break
            told.wait(0.01)
        part.unlink()

    press.during = during
    work(settings, clock)
    assert told.is_set()


def test_rows_of_long_ago_are_forgotten(
    mei: Viewer,
    press: Press,
    settings: Settings,
    clock: Clock,
) -> None:
    ask(mei, "site")
    ask(mei)
    work(settings, clock), work(settings, clock)
    jobs.sweep(now=NOW + 91 * DAY)
    assert jobs.jobs_of(mei) == []
    assert len(portfolios.editions(mei)) == 1
    assert accounts.viewer_by_login("mei")

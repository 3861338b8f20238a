"""Pieces made in the background: once for a burst of saves, never in anybody's way, and then none at Create."""

# ruff: noqa: F811  fixtures of another module
import datetime as dt
import pathlib
from typing import Any

import pytest

from portfolio import jobs
from portfolio.config import Settings
from portfolio.domain import accounts, changes, diary, feedback, portfolios
from portfolio.domain.diary import Draft
from portfolio.domain.records import Choices, Portfolio, Viewer
from portfolio.export import book
from portfolio.jobs import warming
from portfolio.store.jobs import ChangedDiary, Job
from tests.conftest import NOW, People
from tests.test_jobs import Clock, Press, ask, clock, press, settings  # noqa: F401

SECOND = dt.timedelta(seconds=1)
QUIET = 21 * SECOND


@pytest.fixture
def warmed(monkeypatch: pytest.MonkeyPatch) -> list[Portfolio]:
    """What pieces were made of; no process is started."""
    made: list[Portfolio] = []

    def warm(portfolio: Portfolio, progress: book.Progress, *_given: Any) -> int:
        progress(0, 100, "laid out")
        made.append(portfolio)
        return 1

    monkeypatch.setattr(book, "warm", warm)
    return made


def keep(viewer: Viewer, body: str, when: dt.datetime = NOW, **more: Any) -> diary.Saved:
    return diary.keep_entry(viewer, Draft(body=body), creation_key=body, now=when, **more)


def turn(settings: Settings, clock: Clock) -> int | None:
    return warming.warm_once(settings, clock, book.press_room())


def test_a_burst_of_ten_saves_is_one_run(
    people: People, warmed: list[Portfolio], settings: Settings, clock: Clock
) -> None:
    saved = keep(people.mei, "A coat")
    for n in range(9):
        clock.now += 5 * SECOND
        saved = diary.save_entry(
            people.mei, saved.entry_id, Draft(body=f"A coat {n}"), version=saved.version, now=clock.now
        )
        assert turn(settings, clock) is None
    clock.now += QUIET
    assert turn(settings, clock) == 1
    assert [[e.body for e in p.entries] for p in warmed] == [["A coat 8"]]
    assert turn(settings, clock) is None


def test_who_never_pauses_is_not_put_off_for_ever(
    people: People, warmed: list[Portfolio], settings: Settings, clock: Clock
) -> None:
    for n in range(37):  # each five seconds, for three minutes
        keep(people.mei, f"Word {n}", clock.now)
        clock.now += 5 * SECOND
        if n < 35:
            assert turn(settings, clock) is None
    assert turn(settings, clock) == 1


def test_what_is_made_is_what_the_page_proposes_or_what_was_chosen_last(
    people: People, warmed: list[Portfolio], settings: Settings, clock: Clock
) -> None:
    keep(people.mei, "Shared", audiences=["mentor"])
    keep(people.mei, "Her own")
    clock.now += QUIET
    turn(settings, clock)
    assert [(p.choices.variant, len(p.entries), p.edition) for p in warmed] == [
        ("review", 1, 1),
        ("own", 2, 1),
    ]
    warmed.clear()
    jobs.ask(people.mei, "book", Choices(to_date=NOW.date(), private=True, comments=False), now=clock.now)
    Job.delete().execute()
    keep(people.mei, "Once more", clock.now)
    clock.now += QUIET
    turn(settings, clock)
    assert [(p.choices.variant, p.choices.to_date, p.choices.comments, p.edition) for p in warmed] == [
        ("own", NOW.date(), False, 2), ("own", None, False, 2),
    ]  # fmt: skip


def test_what_others_say_and_who_may_read_are_in_the_book_too(
    people: People, warmed: list[Portfolio], settings: Settings, clock: Clock
) -> None:
    entry_id = keep(people.mei, "A coat").entry_id
    clock.now += QUIET
    turn(settings, clock)
    for change in (
        lambda: diary.set_audiences(people.mei, entry_id, ["mentor"], now=clock.now),
        lambda: feedback.comment_on(people.lin, entry_id, "Go on.", revision_number=1, now=clock.now),
        lambda: portfolios.write_narrative(people.mei, "It began with a coat.", now=clock.now),
        lambda: diary.delete_entry(people.mei, entry_id, now=clock.now),
        lambda: diary.restore_entry(people.mei, entry_id, now=clock.now),
    ):
        change()
        assert [row.owner_id for row in ChangedDiary.select()] == [people.mei.user_id]
        clock.now += QUIET
        turn(settings, clock)
        assert ChangedDiary.select().count() == 0


def test_a_draft_is_nobodys_book(people: People) -> None:
    saved = keep(people.mei, "Half", as_draft=True)
    diary.save_entry(
        people.mei, saved.entry_id, Draft(body="Half a"), version=saved.version, as_draft=True, now=NOW
    )
    assert ChangedDiary.select().count() == 0


def test_who_waits_for_a_book_goes_first_and_nothing_is_forgotten(
    people: People, press: Press, warmed: list[Portfolio], settings: Settings, clock: Clock
) -> None:
    keep(people.mei, "A coat")
    job_id = ask(people.mei)
    clock.now += QUIET
    assert turn(settings, clock) is None
    assert warmed == []
    jobs.cancel(people.mei, job_id, now=NOW)
    assert turn(settings, clock) == 1


def test_a_book_asked_for_meanwhile_stops_it_and_it_is_taken_up_again(
    people: People, settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(people.mei, "A coat")
    clock.now += QUIET

    def warm(_portfolio: Portfolio, progress: book.Progress, *_given: Any) -> int:
        if not Job.select().exists():
            jobs.ask(people.mei, "site", Choices(private=True), now=NOW)
        progress(0, 100, "laid out")
        return 1

    monkeypatch.setattr(book, "warm", warm)
    assert turn(settings, clock) is None
    assert ChangedDiary.get().held_until is None
    Job.delete().execute()
    monkeypatch.setattr(book, "warm", lambda *_given: 5)
    assert turn(settings, clock) == 5


def test_what_changes_meanwhile_is_not_taken_for_laid_out(
    people: People, settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(people.mei, "A coat")
    clock.now += QUIET

    def warm(*_given: Any) -> int:
        keep(people.mei, "And a hat", clock.now)
        return 1

    monkeypatch.setattr(book, "warm", warm)
    assert turn(settings, clock) == 1
    assert turn(settings, clock) is None  # not quiet yet
    clock.now += QUIET
    assert turn(settings, clock) == 1


def test_it_survives_a_killed_worker(
    people: People, warmed: list[Portfolio], settings: Settings, clock: Clock
) -> None:
    keep(people.mei, "A coat")
    clock.now += QUIET
    assert changes.take(now=clock.now) is not None  # by one that is killed then
    assert turn(settings, clock) is None
    clock.now += changes.HELD + SECOND
    assert turn(settings, clock) == 1


def test_a_failure_is_nobodys_concern_and_quotes_nothing(
    people: People, settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    for problem, told in ((ValueError("Mrs Wu in bed four"), 1), (book.LibraryMissing(), 0)):
        keep(people.mei, f"A coat {told}", clock.now)
        clock.now += QUIET

        def fails(*_given: Any, problem: Exception = problem) -> int:
            raise problem

        monkeypatch.setattr(book, "warm", fails)
        caplog.clear()
        assert turn(settings, clock) == 0
        assert ("Mrs Wu" in caplog.text, len(caplog.records)) == (False, told)
        assert ChangedDiary.select().count() == 0


@pytest.mark.heavy
def test_after_a_turn_of_the_worker_a_book_has_nothing_left_to_lay_out(
    people: People, settings: Settings, tmp_path: pathlib.Path
) -> None:
    now = accounts.viewer_by_login("mei") and dt.datetime.now(dt.UTC)
    for n in range(6):
        keep(people.mei, f"Day {n}: a coat, and who was in it. 大衣", now, audiences=["mentor"])
    kept, room = jobs.pieces_folder(settings), book.press_room(patient=True)
    try:
        made = warming.warm_once(settings, lambda: now + QUIET, room)
        assert made is not None and made > 6
        assert len(list(kept.glob("*/*"))) == made
        for choices in (Choices(variant="review"), Choices(variant="own", private=True)):
            _id, portfolio = portfolios.freeze_edition(people.mei, choices, now=now)
            portfolios.finish_edition(_id, stored_name="0" * 32 + ".pdf", pages=1, size=1)
            written = book.write_book(portfolio, tmp_path / "book.pdf", kept=kept, room=room)
            assert written.pages > 3
            # The second one bears another number than the next edition had
            assert written.laid_out == (2 if choices.variant == "own" else 0)
    finally:
        room.close()

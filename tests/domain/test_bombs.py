"""Texts made to hang a renderer, all the way into the diary: kept in time, whole, and read again."""

import threading
import time
from collections.abc import Callable

import pytest

from portfolio.domain import diary, feedback
from portfolio.domain.diary import Draft
from portfolio.domain.text import normalise
from portfolio.store import database
from tests.conftest import NOW, People
from tests.corpora.bombs import BOMBS

SECONDS_ALLOWED = 3.0
HANGS = "Before the words. " + "[" * 8_000


def test_there_are_at_least_sixty() -> None:
    assert len(BOMBS) >= 60


def beside(work: Callable[[], object]) -> threading.Thread:
    """Begin `work` in a thread of its own, and come back while it is at it."""

    def with_connection() -> None:
        with database.connection():
            work()

    thread = threading.Thread(target=with_connection)
    thread.start()
    time.sleep(0.3)
    return thread


def test_nobody_waits_while_the_text_of_another_hangs(people: People) -> None:
    shared = diary.keep_entry(
        people.mei, Draft(body="Calm."), creation_key="calm", audiences=["mentor"], now=NOW
    )
    of_jun = diary.keep_entry(people.jun, Draft(body="今天很安静。"), creation_key="quick", now=NOW)
    changed = Draft(body=f"Calm no more. {HANGS}")
    works: list[Callable[[], object]] = [
        lambda: diary.keep_entry(people.mei, Draft(body=HANGS), creation_key="hangs", now=NOW),
        lambda: feedback.comment_on(people.lin, shared.entry_id, HANGS, revision_number=1, now=NOW),
        lambda: diary.save_entry(
            people.mei, shared.entry_id, changed, version=shared.version, fold=False, now=NOW
        ),
    ]
    for work in works:
        diary.preview("A renderer is ready, as it is on a site that runs.")
        hanging = beside(work)
        began = time.monotonic()
        diary.set_audiences(people.jun, of_jun.entry_id, ["mentor"], now=NOW)
        took = time.monotonic() - began
        assert hanging.is_alive()
        hanging.join()
        assert took < 1
    page = diary.entry_page(people.mei, shared.entry_id, now=NOW)
    assert page.entry.body.startswith("Calm no more.")
    assert [comment.body for comment in page.entry.comments] == [HANGS]


@pytest.mark.heavy
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_kept_in_time_and_whole(people: People, name: str) -> None:
    body = f"Before the words.\n\n{BOMBS[name]}"[: diary.BODY_LONGEST]
    took = []
    for attempt in ("first", "once more, if the machine was busy"):
        diary.preview("A renderer is ready, as it is on a site that runs.")
        began = time.monotonic()
        saved = diary.keep_entry(people.mei, Draft(body=body), creation_key=attempt, now=NOW)
        took.append(time.monotonic() - began)
        if took[-1] < SECONDS_ALLOWED:
            break
    entry = diary.entry_page(people.mei, saved.entry_id, now=NOW).entry
    assert entry.body == normalise(body)
    assert "Before the words." in entry.html
    assert diary.timeline(people.mei, diary.Filters(text="before"), now=NOW).found == len(took)
    assert min(took) < SECONDS_ALLOWED

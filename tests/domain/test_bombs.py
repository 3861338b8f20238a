"""Texts made to hang a renderer, all the way into the diary: kept in time, whole, and read again."""

import time

import pytest

from portfolio.domain import diary
from portfolio.domain.diary import Draft
from portfolio.domain.text import normalise
from tests.conftest import NOW, People
from tests.corpora.bombs import BOMBS

SECONDS_ALLOWED = 3.0

pytestmark = pytest.mark.heavy


def test_there_are_at_least_sixty() -> None:
    assert len(BOMBS) >= 60


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_kept_in_time_and_whole(people: People, name: str) -> None:
    body = f"Before the words.\n\n{BOMBS[name]}"[: diary.BODY_LONGEST]
    diary.preview("A renderer is ready, as it is on a site that runs.")
    began = time.monotonic()
    saved = diary.keep_entry(people.mei, Draft(body=body), creation_key="bomb", now=NOW)
    took = time.monotonic() - began
    entry = diary.entry_page(people.mei, saved.entry_id, now=NOW).entry
    assert entry.body == normalise(body)
    assert "Before the words." in entry.html
    assert diary.timeline(people.mei, diary.Filters(text="before"), now=NOW).found == 1
    assert took < SECONDS_ALLOWED

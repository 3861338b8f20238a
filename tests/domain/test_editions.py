"""Editions: numbered, frozen, and given again as long as nothing has changed."""

import datetime as dt

from portfolio.domain import diary, portfolios
from portfolio.domain.diary import Draft
from portfolio.domain.records import Choices
from tests.conftest import NOW, People

LATER = NOW + dt.timedelta(days=1)
ALL = Choices(private=True)


def test_the_same_diary_is_the_same_edition(people: People) -> None:
    saved = diary.keep_entry(people.mei, Draft(body="Quiet.", tags=("night",)), creation_key="k", now=NOW)
    first_id, first = portfolios.freeze_edition(people.mei, ALL, now=NOW)
    again_id, again = portfolios.freeze_edition(people.mei, ALL, now=LATER)
    assert (again_id, again.edition, again.made_at) == (first_id, 1, NOW)
    assert again == first

    diary.save_entry(people.mei, saved.entry_id, Draft(body="Not quiet."), version=saved.version, now=LATER)
    _, changed = portfolios.freeze_edition(people.mei, ALL, now=LATER)
    assert changed.edition == 2
    assert changed.content_hash != first.content_hash


def test_an_edition_keeps_the_words_that_it_froze(people: People) -> None:
    saved = diary.keep_entry(people.mei, Draft(body="Quiet."), creation_key="k", now=NOW)
    edition_id, _ = portfolios.freeze_edition(people.mei, ALL, now=NOW)
    diary.save_entry(people.mei, saved.entry_id, Draft(body="Not quiet."), version=saved.version, now=NOW)
    frozen = portfolios.portfolio_of_edition(people.mei, edition_id)
    assert [e.body for e in frozen.entries] == ["Quiet."]
    kept = diary.history(people.mei, saved.entry_id, now=NOW)
    assert [r.body for r in kept.revisions] == ["Quiet.", "Not quiet."]

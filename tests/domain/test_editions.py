"""Editions: numbered, frozen, and given again as long as nothing has changed."""

import datetime as dt
import pathlib
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from portfolio import jobs
from portfolio.domain import diary, errors, feedback, portfolios, programme
from portfolio.domain.diary import Draft, photographs
from portfolio.domain.portfolios import facts
from portfolio.domain.records import Choices, Portfolio
from portfolio.export.book import write_book
from portfolio.export.site import write_site
from portfolio.store import files
from portfolio.store.accounts import User
from portfolio.store.diary import Revision
from portfolio.store.portfolios import FrozenEdition
from tests.conftest import NOW, People
from tests.domain.test_access import PICTURE

DAY = dt.timedelta(days=1)
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


# ---------------------------------------------------------------- frozen


@pytest.fixture
def rich(people: People) -> tuple[str, Portfolio, list[diary.Saved]]:
    """An edition of Mei's with something of everything, and its entries."""
    mei = people.mei
    draft = Draft(body="A coat. 大衣", title="Coat", entry_date=dt.date(2021, 7, 2), tags=("clothes", "day"))
    coat = diary.keep_entry(mei, draft, creation_key="a", audiences=["mentor"], now=NOW)
    again = diary.keep_entry(mei, Draft(body="Once more."), creation_key="b", now=NOW)
    diary.restory(mei, again.entry_id, coat.entry_id)
    diary.mark_threshold(
        mei, coat.entry_id, kinds=["being"], before="outside", after="in", helped="", now=NOW
    )
    photographs.add_photograph(mei, coat.entry_id, PICTURE, alt="A coat on a nail", now=NOW)
    feedback.comment_on(people.lin, coat.entry_id, "Go on.", revision_number=1, quoted="coat", now=NOW)
    portfolios.write_narrative(mei, "It began with a coat.", now=NOW)
    stage = people.stages["Intern"]
    portfolios.record_attainment(mei, stage, "Speaks up", "In the round.", [coat.entry_id], now=NOW)
    edition_id, frozen = portfolios.freeze_edition(mei, ALL, now=NOW)
    return edition_id, frozen, [coat, again]


def changes(people: People, coat: str) -> dict[str, Callable[[], object]]:
    """What may happen to a diary after an edition was frozen."""
    mei = people.mei
    draft = Draft(body="Else.", title="Else", entry_date=dt.date(2020, 9, 3), tags=("other",))
    (picture,) = diary.entry_page(mei, coat, now=NOW).entry.photographs
    (attainment,) = portfolios.attainments(mei, now=NOW)
    return {
        "text, tags, day and stage": lambda: diary.save_entry(mei, coat, draft, version=1, now=LATER),
        "threshold": lambda: diary.unmark_threshold(mei, coat),
        "readers": lambda: diary.set_audiences(mei, coat, ["cohort"], now=LATER),
        "words for a picture": lambda: photographs.describe_photograph(
            mei, picture.public_id, alt="Else", caption="Else"
        ),
        "a picture": lambda: photographs.remove_photograph(mei, picture.public_id),
        "narrative": lambda: portfolios.write_narrative(mei, "", now=LATER),
        "attainment": lambda: portfolios.remove_attainment(mei, attainment.public_id),
        "name": lambda: User.update(name="Wang Meimei").where(User.id == mei.user_id).execute(),
        "role": lambda: programme.end_role(
            people.zhou, people.cohort_id, _member(people, "mei"), "mentee", now=LATER
        ),
        "a new entry": lambda: diary.keep_entry(mei, Draft(body="New."), creation_key="n", now=LATER),
        "deletion": lambda: diary.delete_entry(mei, coat, now=LATER),
    }


def _member(people: People, login: str) -> str:
    there = programme.cohort_led(people.zhou, people.cohort_id, now=NOW)
    return next(m.public_id for m in there.members if m.login == login)


def test_nothing_that_happens_to_a_diary_reaches_an_edition(
    people: People, rich: tuple[str, Portfolio, list[diary.Saved]], tmp_path: pathlib.Path
) -> None:
    edition_id, frozen, (coat, _again) = rich
    write_site(frozen, tmp_path / "before.zip")
    for what, happens in changes(people, coat.entry_id).items():
        happens()
        found = portfolios.portfolio_of_edition(people.mei, edition_id)
        assert found == frozen, what
        assert portfolios.content_hash(found) == frozen.content_hash
    write_site(found, tmp_path / "after.zip")
    assert (tmp_path / "after.zip").read_bytes() == (tmp_path / "before.zip").read_bytes()


@pytest.mark.heavy
def test_a_book_that_is_made_again_has_the_same_bytes(
    people: People, rich: tuple[str, Portfolio, list[diary.Saved]], tmp_path: pathlib.Path
) -> None:
    edition_id, frozen, (coat, _again) = rich
    before = write_book(frozen, tmp_path / "before.pdf")
    for happens in changes(people, coat.entry_id).values():
        happens()
    after = write_book(portfolios.portfolio_of_edition(people.mei, edition_id), tmp_path / "after.pdf")
    assert (after.sha256, after.pages) == (before.sha256, before.pages)


def test_a_picture_that_an_edition_froze_goes_with_the_edition(
    people: People, rich: tuple[str, Portfolio, list[diary.Saved]]
) -> None:
    edition_id, frozen, _saved = rich
    (picture,) = frozen.entries[0].photographs
    photographs.remove_photograph(people.mei, picture.public_id)
    jobs.sweep(now=NOW + 10 * 365 * DAY)
    assert pathlib.Path(picture.path).exists()
    portfolios.finish_edition(edition_id, stored_name=files.write(b"%PDF", ".pdf"), pages=1, size=4)
    portfolios.remove_edition_files(people.mei, edition_id, now=LATER)
    jobs.sweep(now=NOW + 10 * 365 * DAY)
    assert not pathlib.Path(picture.path).exists()


def test_what_was_removed_for_good_is_in_no_edition_and_in_none_of_its_facts(
    people: People, rich: tuple[str, Portfolio, list[diary.Saved]]
) -> None:
    edition_id, _frozen, (coat, _again) = rich
    diary.delete_entry(people.mei, coat.entry_id, now=NOW)
    diary.purge_deleted(now=NOW + 31 * DAY)
    assert [(row.facts, row.photographs) for row in FrozenEdition.select()] == [("", [])]
    with pytest.raises(errors.Conflict, match="removed for good, so it cannot be made again"):
        portfolios.portfolio_of_edition(people.mei, edition_id)


def test_an_edition_that_is_not_what_was_frozen_is_refused(
    people: People, rich: tuple[str, Portfolio, list[diary.Saved]]
) -> None:
    edition_id, _frozen, _saved = rich
    packed = FrozenEdition.get().facts
    Revision.update(body="Slipped in.").execute()
    with pytest.raises(errors.Conflict, match="cannot be made again just as it was"):
        portfolios.portfolio_of_edition(people.mei, edition_id)
    FrozenEdition.update(facts=packed[:-9]).execute()
    with pytest.raises(errors.Conflict, match="cannot be made again just as it was"):
        portfolios.portfolio_of_edition(people.mei, edition_id)


def test_an_edition_from_before_is_made_as_it_was_until_it_is_frozen_again(people: People) -> None:
    saved = diary.keep_entry(people.mei, Draft(body="Quiet.", tags=("night",)), creation_key="k", now=NOW)
    edition_id, frozen = portfolios.freeze_edition(people.mei, ALL, now=NOW)
    FrozenEdition.delete().execute()
    assert portfolios.portfolio_of_edition(people.mei, edition_id) == frozen
    assert portfolios.freeze_edition(people.mei, ALL, now=LATER) == (edition_id, frozen)
    diary.delete_entry(people.mei, saved.entry_id, now=LATER)
    assert portfolios.portfolio_of_edition(people.mei, edition_id) == frozen


def test_what_is_written_down_holds_no_words_of_entries(
    people: People, rich: tuple[str, Portfolio, list[diary.Saved]]
) -> None:
    _id, frozen, _saved = rich
    revisions = {e.public_id: _Words(e.title, e.body, e.html, e.words, e.language) for e in frozen.entries}
    assert facts.unpack(facts.pack(frozen), revisions) == frozen  # type: ignore[arg-type]
    blank = {e.public_id: _Words("", "", "", 0, "en") for e in frozen.entries}
    shown = repr(facts.unpack(facts.pack(frozen), blank))  # type: ignore[arg-type]
    assert "A coat. 大衣" not in shown and "Once more." not in shown and "outside" in shown


@dataclass
class _Words:
    title: str
    body: str
    html: str
    words: int
    language: str

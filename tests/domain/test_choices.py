"""Choices: entries by hand, what is written to stand before them, and choices that have a name."""

import dataclasses
import datetime as dt
import json

import pytest

from portfolio.domain import diary, errors, portfolios
from portfolio.domain.diary import Draft
from portfolio.domain.records import Choices, Layout
from tests.conftest import NOW, People

ALL = Choices(private=True)
EVERY = Choices(
    from_date=dt.date(2020, 9, 1), to_date=dt.date(2022, 10, 31), stages=("a",), tags=("night",),
    comments=False, private=True, variant="own", layout=Layout(paper="letter", grey=True),
    entries=("b", "c"), dedication="For those\nof ward 7", preface="*Why* I chose these.",
)  # fmt: skip


@pytest.fixture
def ids(people: People) -> list[str]:
    return [
        diary.keep_entry(people.mei, Draft(body=body), creation_key=body, now=NOW).entry_id
        for body in ("One", "Two", "Three")
    ]


def hash_of(people: People, choices: Choices) -> str:
    return portfolios.select(people.mei, choices, now=NOW).content_hash


def test_choices_come_back_from_what_is_stored() -> None:
    stored = json.loads(json.dumps(portfolios.choices_to_json(EVERY)))
    assert portfolios.choices_from_json(stored) == EVERY
    assert {f.name for f in dataclasses.fields(Choices)} == set(stored)
    assert portfolios.choices_from_json({}) == Choices()  # of editions from before


def test_what_was_for_an_archive_before_one_could_choose_still_carries_its_archive() -> None:
    def layout(**stored: bool) -> Layout:
        return portfolios.choices_from_json({"layout": {"paper": "a4", **stored}}).layout

    assert layout(archival=True) == Layout(archival=True, attach=True)
    assert layout(archival=True, attach=False) == Layout(archival=True)
    assert layout() == Layout()
    assert [look.pdfa for look in (Layout(), Layout(archival=True), Layout(attach=True))] == [0, 2, 3]


def test_entries_are_chosen_by_hand_among_the_rest(people: People, ids: list[str]) -> None:
    by_hand = dataclasses.replace(ALL, entries=(ids[2], ids[0], "somebody else's"))
    chosen = portfolios.select(people.mei, by_hand, now=NOW)
    assert [e.body for e in chosen.entries] == ["One", "Three"]
    assert chosen.left_out == 1
    shared_only = dataclasses.replace(by_hand, private=False)
    assert portfolios.select(people.mei, shared_only, now=NOW).entries == ()
    assert portfolios.select(people.jun, by_hand, now=NOW).entries == ()


def test_what_shows_in_the_document_is_in_its_hash(people: People, ids: list[str]) -> None:
    hashes = {
        hash_of(people, dataclasses.replace(ALL, **changed))  # type: ignore[arg-type]
        for changed in (
            {}, {"dedication": "For you"}, {"preface": "Why"}, {"preface": "Because"}, {"entries": tuple(ids)},
        )
    }  # fmt: skip
    assert len(hashes) == 5


def test_an_edition_from_before_these_choices_keeps_its_hash(
    people: People, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else nothing of what was made before would ever be the same again."""
    portfolio = portfolios.select(people.mei, ALL, now=NOW)
    seen: list[dict[str, object]] = []
    dump = json.dumps

    def dumps(value: object, **options: object) -> str:
        if isinstance(value, dict) and "choices" in value:
            seen.append(value)
        return dump(value, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(json, "dumps", dumps)
    portfolios.content_hash(portfolio)
    assert set(seen[0]["choices"]) == {  # type: ignore[call-overload]
        "from_date", "to_date", "stages", "tags", "comments", "private", "variant",
    }  # fmt: skip
    assert "preface" not in seen[0]


def test_an_edition_keeps_the_preface_that_it_was_made_with(people: People, ids: list[str]) -> None:
    choices = dataclasses.replace(ALL, preface="  *Why*\r\nthese.  ", dedication=" For you ")
    edition_id, portfolio = portfolios.freeze_edition(people.mei, choices, now=NOW)
    again = portfolios.portfolio_of_edition(people.mei, edition_id)
    for one in (portfolio, again):
        assert one.preface is not None
        assert (one.preface.body, one.preface.language) == ("*Why*\nthese.", "en")
        assert "<em>Why</em>" in one.preface.html
        assert one.choices.dedication == "For you"
    assert portfolios.freeze_edition(people.mei, choices, now=NOW)[0] == edition_id


def test_words_that_are_too_many_are_refused_at_their_field(people: People, ids: list[str]) -> None:
    for name, most in (("dedication", 500), ("preface", 20_000)):
        portfolios.check_choices(people.mei, Choices(**{name: "x" * most}))  # type: ignore[arg-type]
        with pytest.raises(errors.Invalid) as refusal:
            portfolios.check_choices(people.mei, Choices(**{name: "x" * (most + 1)}))  # type: ignore[arg-type]
        assert refusal.value.field == name


# ---------------------------------------------------------------- choices with a name


def test_choices_are_kept_under_a_name_and_replaced(people: People) -> None:
    first = portfolios.save_preset(people.mei, "  For the  review ", "book", Choices(), now=NOW)
    assert portfolios.save_preset(people.mei, "For the review", "site", EVERY, now=NOW) == first
    (there,) = portfolios.presets(people.mei)
    assert (there.name, there.kind, there.choices) == ("For the review", "site", EVERY)
    assert portfolios.presets(people.jun) == []


def test_a_preset_is_renamed_and_deleted_by_its_owner_alone(people: People) -> None:
    one = portfolios.save_preset(people.mei, "One", "book", ALL, now=NOW)
    portfolios.save_preset(people.mei, "Two", "book", ALL, now=NOW)
    for viewer in (people.jun, people.lin, people.zhou, people.root):
        for attempt in (
            lambda v: portfolios.preset(v, one),
            lambda v: portfolios.rename_preset(v, one, "Mine"),
            lambda v: portfolios.delete_preset(v, one),
        ):
            with pytest.raises(errors.NotFound):
                attempt(viewer)
    with pytest.raises(errors.Invalid, match="have this name already"):
        portfolios.rename_preset(people.mei, one, "Two")
    portfolios.rename_preset(people.mei, one, "Three")
    assert [p.name for p in portfolios.presets(people.mei)] == ["Three", "Two"]
    assert portfolios.delete_preset(people.mei, one).name == "Three"
    assert [p.name for p in portfolios.presets(people.mei)] == ["Two"]


def test_a_name_is_needed_and_there_are_not_too_many(people: People) -> None:
    for name in ("", "  ", "x" * 81):
        with pytest.raises(errors.Invalid):
            portfolios.save_preset(people.mei, name, "book", ALL, now=NOW)
    for number in range(30):
        portfolios.save_preset(people.mei, f"No. {number}", "book", ALL, now=NOW)
    with pytest.raises(errors.Invalid, match="30 saved choices"):
        portfolios.save_preset(people.mei, "One more", "book", ALL, now=NOW)

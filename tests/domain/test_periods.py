"""Stage periods: one day lies in one stage, passes follow each other, and every pass is told."""

import datetime as dt
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.domain import diary, errors, programme
from portfolio.domain.diary import Draft
from portfolio.domain.programme.periods import Spell, with_spell, without_spell
from portfolio.domain.records import Pass
from tests.conftest import NOW, People

FIRST = dt.date(2022, 1, 1)
HORIZON = 40  # days; what is open reaches there
STAGES = ("Initiation", "Matching", "Meetings")


def day(number: int) -> dt.date:
    return FIRST + dt.timedelta(days=number)


@dataclass
class Model:
    """Where each stage and pass begins, and the end that was typed; who is where is counted by days."""

    begun: dict[tuple[int, int], int] = field(default_factory=dict)
    typed: dict[tuple[int, int], int | None] = field(default_factory=dict)

    @property
    def days(self) -> dict[int, tuple[int, int]]:
        """On each day they are in what began last, unless it was said to be over by then."""
        found = {}
        for n in range(HORIZON + 1):
            begun = [(start, key) for key, start in self.begun.items() if start <= n]
            if begun:
                key = max(begun)[1]
                end = self.typed[key]
                if end is None or n <= end:
                    found[n] = key
        return found

    def remove(self, key: tuple[int, int]) -> None:
        self.begun.pop(key, None)
        self.typed.pop(key, None)

    def enter(self, key: tuple[int, int], start: int, end: int | None) -> bool:
        """Whether it can be; if not, nothing is changed."""
        others = {k: n for k, n in self.begun.items() if k != key}
        later = min((n for n in others.values() if n > start), default=HORIZON + 1)
        if (
            (end is not None and not start <= end < later)
            or start in others.values()
            or any((n < start and p > key[1]) or (n > start and p < key[1]) for (_, p), n in others.items())
        ):
            return False
        self.begun[key], self.typed[key] = start, end
        return True


steps = st.lists(
    st.tuples(
        st.sampled_from(("enter", "enter", "enter", "remove")),
        st.tuples(st.integers(1, 3), st.integers(1, 3)),
        st.integers(0, HORIZON - 1),
        st.none() | st.integers(0, HORIZON - 1),
    ),
    max_size=12,
)


@given(steps)
def test_spells_are_those_of_a_model_that_counts_days(
    steps: list[tuple[str, tuple[int, int], int, int]],
) -> None:
    model, spells = Model(), list[Spell]()
    for verb, key, start, end in steps:
        if verb == "remove":
            model.remove(key)
            spells = without_spell(spells, key)
        else:
            try:
                spells = with_spell(spells, Spell(*key, day(start), None if end is None else day(end)))
                done = True
            except errors.Invalid as refusal:
                assert refusal.field in ("starts_on", "ends_on", "pass_number")
                done = False
            assert done == model.enter(key, start, end)
        assert {s.key: s.starts_on for s in spells} == {k: day(n) for k, n in model.begun.items()}
        told: dict[int, tuple[int, int]] = {}
        for s in spells:
            last = HORIZON if s.ends_on is None else (s.ends_on - FIRST).days
            held = dict.fromkeys(range((s.starts_on - FIRST).days, last + 1), s.key)
            assert held and not held.keys() & told.keys()
            told |= held
        assert told == model.days
        assert [s.pass_number for s in spells] == sorted(s.pass_number for s in spells)


@dataclass
class Fellow:
    """A programme by person, with one member."""

    people: People
    cohort_id: str
    member_id: str
    stages: dict[str, str]

    def enter(self, stage: str, starts: str, ends: str = "", number: int = 1) -> None:
        programme.set_stage_period(
            self.people.zhou, self.cohort_id, self.member_id, self.stages[stage],
            starts_on=dt.date.fromisoformat(starts), ends_on=dt.date.fromisoformat(ends) if ends else None,
            pass_number=number, now=NOW,
        )  # fmt: skip

    def remove(self, stage: str, number: int = 1) -> None:
        programme.remove_stage_period(
            self.people.zhou, self.cohort_id, self.member_id, self.stages[stage], number, now=NOW
        )

    @property
    def told(self) -> list[str]:
        """The periods as "1 Initiation 2022-09-14–2022-09-30"."""
        there = programme.cohort_led(self.people.zhou, self.cohort_id, now=NOW)
        member = next(m for m in there.members if m.public_id == self.member_id)
        return [f"{p.pass_number} {p.stage.name} {p.starts_on}–{p.ends_on or ''}" for p in member.periods]


@pytest.fixture
def fellow(people: People) -> Fellow:
    made = programme.make_programme(
        people.zhou, "Initiative", timezone="Asia/Shanghai", schedule="person",
        stages=[programme.StageDraft(name) for name in STAGES], now=NOW,
    )  # fmt: skip
    cohort = programme.make_cohort(people.zhou, made.public_id, "2022", now=NOW)
    member = programme.add_member(people.zhou, cohort.public_id, "noor", "mentee", now=NOW)
    return Fellow(people, cohort.public_id, member.public_id, {s.name: s.public_id for s in made.stages})


def test_a_first_stage_begins_on_the_day_of_the_programme(people: People, fellow: Fellow) -> None:
    evening = dt.datetime(2022, 9, 14, 20, tzinfo=dt.UTC)  # of the 15th in Shanghai
    programme.add_member(people.zhou, fellow.cohort_id, "jun", "mentee", now=evening)
    there = programme.cohort_led(people.zhou, fellow.cohort_id, now=NOW)
    assert {m.login: m.periods[0].starts_on.day for m in there.members if m.periods} == {
        "noor": 14,
        "jun": 15,
    }


def test_a_stage_set_at_a_day_ends_the_one_of_that_day(fellow: Fellow) -> None:
    fellow.enter("Meetings", "2022-12-01")
    fellow.enter("Matching", "2022-10-01")
    assert fellow.told == [
        "1 Initiation 2022-09-14–2022-09-30", "1 Matching 2022-10-01–2022-11-30", "1 Meetings 2022-12-01–",
    ]  # fmt: skip
    with pytest.raises(errors.Invalid, match="next stage begins on 2022-12-01") as refusal:
        fellow.enter("Matching", "2022-10-01", "2022-12-24")
    assert refusal.value.field == "ends_on"
    with pytest.raises(errors.Invalid, match="begins on this day already"):
        fellow.enter("Matching", "2022-12-01")


def test_a_second_pass_ends_what_was_open_in_the_first(fellow: Fellow) -> None:
    fellow.enter("Matching", "2022-10-01")
    fellow.enter("Initiation", "2023-03-01", number=2)
    assert fellow.told[1:] == ["1 Matching 2022-10-01–2023-02-28", "2 Initiation 2023-03-01–"]
    with pytest.raises(errors.Invalid, match="pass 2 has begun"):
        fellow.enter("Meetings", "2023-04-01")
    with pytest.raises(errors.Invalid, match="pass 1 still goes on"):
        fellow.enter("Meetings", "2022-09-20", number=2)
    assert len(fellow.told) == 3


def test_a_period_is_corrected_and_removed(fellow: Fellow) -> None:
    fellow.enter("Matching", "2022-10-01")
    fellow.enter("Matching", "2022-10-08")
    assert fellow.told == ["1 Initiation 2022-09-14–2022-10-07", "1 Matching 2022-10-08–"]
    fellow.remove("Matching")
    assert fellow.told == ["1 Initiation 2022-09-14–"]
    with pytest.raises(errors.NotFound):
        fellow.remove("Matching")
    fellow.remove("Initiation")
    assert fellow.told == []


def test_an_end_that_was_typed_stays_when_the_next_moves(fellow: Fellow) -> None:
    fellow.enter("Meetings", "2022-11-10", "2022-11-20")
    fellow.enter("Initiation", "2022-11-21", number=2)
    fellow.enter("Initiation", "2022-11-22", number=2)
    assert fellow.told[1:] == ["1 Meetings 2022-11-10–2022-11-20", "2 Initiation 2022-11-22–"]
    fellow.enter("Initiation", "2022-11-15", number=2)  # who enters a stage leaves the one before
    assert fellow.told[1] == "1 Meetings 2022-11-10–2022-11-14"
    fellow.enter("Initiation", "2022-12-01", number=2)
    assert fellow.told[1] == "1 Meetings 2022-11-10–2022-11-20"
    fellow.remove("Initiation", 2)
    assert fellow.told[1] == "1 Meetings 2022-11-10–2022-11-20"
    fellow.enter("Meetings", "2022-11-10")  # and an end that is taken back is open again
    fellow.enter("Initiation", "2022-12-01", number=2)
    assert fellow.told[1] == "1 Meetings 2022-11-10–2022-11-30"


def test_a_pass_of_which_nothing_is_left_is_gone(fellow: Fellow) -> None:
    fellow.enter("Matching", "2023-01-01", "2023-01-31", number=2)
    fellow.enter("Meetings", "2023-03-01", number=3)
    fellow.remove("Matching", 2)
    assert [line[0] for line in fellow.told] == ["1", "2"]


def test_only_who_leads_removes(fellow: Fellow) -> None:
    people = fellow.people
    for viewer in (people.stranger, people.mei, people.lin, people.root):
        with pytest.raises(errors.NotFound):
            programme.remove_stage_period(
                viewer, fellow.cohort_id, fellow.member_id, fellow.stages["Initiation"], 1, now=NOW
            )
    assert len(fellow.told) == 1


def test_an_entry_lies_in_the_pass_of_its_day(fellow: Fellow) -> None:
    noor = fellow.people.stranger
    fellow.enter("Initiation", "2022-01-01")
    fellow.enter("Matching", "2022-03-01")
    fellow.enter("Initiation", "2022-06-01", number=2)
    stages = programme.stages_for(noor.user_id, programme.programme_of(noor.user_id))
    assert stages[0].passes == (
        Pass(1, dt.date(2022, 1, 1), dt.date(2022, 2, 28)), Pass(2, dt.date(2022, 6, 1), None),
    )  # fmt: skip
    lies = {}
    for month in (1, 3, 6):
        draft = Draft(body="A day", entry_date=dt.date(2022, month, 10))
        saved = diary.keep_entry(noor, draft, creation_key=str(month), now=NOW)
        entry = diary.entry_page(noor, saved.entry_id, now=NOW).entry
        assert entry.stage and entry.stage in stages  # the same record, however it is loaded
        lies[month] = entry.stage.name
    assert lies == {1: "Initiation", 3: "Matching", 6: "Initiation"}
    shown = diary.timeline(noor, now=NOW).months
    ids = fellow.stages
    assert [m.stage_id for m in shown] == [
        *[ids["Initiation"]] * 2, *[ids["Matching"]] * 3, ids["Initiation"],
    ]  # fmt: skip


def test_two_cohorts_of_a_programme_are_two_passes(fellow: Fellow) -> None:
    zhou, noor = fellow.people.zhou, fellow.people.stranger
    made = programme.programmes_led_by(zhou)[0]
    assert made.name == "Initiative"
    later = NOW + dt.timedelta(days=400)
    again = programme.make_cohort(zhou, made.public_id, "2023", now=later)
    programme.add_member(zhou, again.public_id, "noor", "mentee", now=later)
    stages = programme.stages_for(noor.user_id, programme.programme_of(noor.user_id))
    assert [one.number for one in stages[0].passes] == [1, 2]

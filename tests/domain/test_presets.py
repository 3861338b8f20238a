"""The two programmes that a lead can begin from."""

import datetime as dt
import sys

import pytest

from portfolio.domain import errors, programme


def test_the_presets_are_the_calendars_of_the_two_papers():
    identity, mentoring = programme.presets("en")
    assert [s.name for s in identity.stages] == ["Medical student", "Intern", "Newly qualified doctor"]
    assert (identity.stages[0].starts_on, identity.stages[-1].ends_on) == (
        dt.date(2020, 9, 1),
        dt.date(2022, 10, 31),
    )
    assert (identity.schedule, mentoring.schedule) == ("calendar", "person")
    assert [s.name for s in mentoring.stages] == [
        "Initiation", "Matching", "Initial meetings", "Data gathering", "Data analysis",
        "Manuscript writing", "Submission", "Post-submission",
    ]  # fmt: skip


@pytest.mark.parametrize("key", programme.PRESETS)
def test_each_stage_says_the_same_in_both_languages(key):
    for english, chinese in zip(programme.preset(key, "en"), programme.preset(key, "zh"), strict=True):
        assert english.objectives and english.competencies
        assert len(english.objectives) == len(chinese.objectives)
        assert len(english.competencies) == len(chinese.competencies)
        assert (english.starts_on, english.ends_on) == (chinese.starts_on, chinese.ends_on)
        assert english.name.isascii() and not chinese.name.isascii()


def test_a_preset_whose_stages_overlap_is_refused(monkeypatch):
    days = [dt.date(2022, month, 1) for month in (1, 6, 5, 9)]
    stages = [{"name": n, "starts_on": a, "ends_on": b} for n, a, b in (("A", *days[:2]), ("B", *days[2:]))]
    written = {"name": "Ladder", "source": "", "calendar": "shared", "stages": stages}
    module = sys.modules["portfolio.domain.programme.presets"]  # its name is also that of a function
    monkeypatch.setattr(module, "_data", lambda: {"ladder": written})
    with pytest.raises(errors.Invalid, match="“A” and “B” overlap: on 2022-05-01 both go on"):
        programme.preset("ladder")


def test_a_preset_with_a_stage_that_never_ends_before_another_is_refused(monkeypatch):
    stages = [
        {"name": "Listening", "starts_on": dt.date(2026, 10, 1), "ends_on": dt.date(2026, 10, 31)},
        {"name": "Doing", "starts_on": dt.date(2026, 9, 15)},
    ]
    written = {"name": "Ladder", "source": "", "calendar": "shared", "stages": stages}
    module = sys.modules["portfolio.domain.programme.presets"]
    monkeypatch.setattr(module, "_data", lambda: {"ladder": written})
    with pytest.raises(errors.Invalid, match="“Doing” has no last day"):
        programme.preset("ladder")
    stages.reverse()
    assert [stage.name for stage in programme.preset("ladder")] == ["Doing", "Listening"]


def test_there_is_no_other_preset():
    with pytest.raises(KeyError):
        programme.preset("ladder")

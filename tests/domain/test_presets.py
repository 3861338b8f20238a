"""The two programmes that a lead can begin from."""

import datetime as dt

import pytest

from portfolio.domain import programme


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


def test_there_is_no_other_preset():
    with pytest.raises(KeyError):
        programme.preset("ladder")

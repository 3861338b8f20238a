"""The benchmark cohort has the size of the community that Li & Zhong (2023) describe."""

import hashlib
import unicodedata
from collections import Counter

import pytest

from portfolio.demo import scale
from portfolio.domain.text import count_words, language_of


@pytest.fixture(scope="module")
def records() -> list[scale.ScaleRecord]:
    return list(scale.records())


def digest(records: list[scale.ScaleRecord]) -> str:
    lines = (
        f"{r.order}|{r.student}|{r.date}|{r.stage}|{r.title}|{r.body}|{r.tags}|{sorted(r.audiences)}|{r.task}\n"
        for r in records
    )
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def test_it_has_the_papers_totals(records):
    assert len(records) == 9_065
    assert {r.student for r in records} == set(range(1, 59))
    assert sum(count_words(r.body) for r in records) == 407_719


def test_twenty_six_months_have_two_peaks_after_their_tasks(records):
    months = Counter((r.date.year, r.date.month) for r in records)
    assert len(months) == 26
    assert (min(months), max(months)) == ((2020, 9), (2022, 10))
    assert months[2021, 7] == 788
    assert months[2021, 3] == 706
    assert sorted(months.values())[-3] < 706
    for index, task in enumerate(scale.TASKS):
        answers = [r for r in records if r.task == index]
        assert len(answers) > 200
        assert all(task.starts_on <= r.date <= task.ends_on for r in answers)


def test_records_come_in_the_order_of_their_dates_in_the_stage_of_their_day(records):
    assert [r.order for r in records] == list(range(1, 9_066))
    assert [r.date for r in records] == sorted(r.date for r in records)
    first = {}
    for r in records:
        first.setdefault(r.stage, (r.date.year, r.date.month))
    assert first == {
        "Medical student": (2020, 9),
        "Intern": (2021, 7),
        "Newly qualified doctor": (2022, 7),
    }


def test_eight_students_write_chinese(records):
    languages = {(r.student, r.language) for r in records}
    assert len(languages) == 58
    assert sum(language == "zh" for _, language in languages) == 8
    assert all(language_of(r.body) == r.language for r in records)


def test_every_text_could_be_kept_as_it_is(records):
    for r in records:
        assert r.title and r.tags
        assert "{" not in r.body + r.title
        assert unicodedata.is_normalized("NFC", r.body)
        assert count_words(r.body) >= 3
    assert len({r.body for r in records}) > 7_500


def test_some_of_it_is_private_and_most_is_shared(records):
    private = sum(not r.audiences for r in records)
    assert 0.15 < private / len(records) < 0.25


def test_the_default_cohort_is_the_same_on_every_machine(records):
    # Benchmarks can be compared only while this stays; change it along with scale.py or scale.toml
    assert digest(records) == "f00b40f297b6d98cd901906d3ad0e5b58e1d5c1568d872996ec33c4adf34fd46"


def test_another_seed_gives_another_cohort_of_the_same_size(records):
    other = list(scale.records(7))
    assert digest(other) != digest(records)
    assert len(other) == 9_065
    assert {r.student for r in other} == set(range(1, 59))
    assert sum(count_words(r.body) for r in other) == 407_719

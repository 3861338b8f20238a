"""Choosing on the page Keep: entries one by one, dedication and preface, print, choices that have a name."""

import re

import pytest

from portfolio import jobs
from portfolio.domain import diary, portfolios
from portfolio.domain.diary import Draft
from portfolio.domain.records import Choices, Layout
from portfolio.store.portfolios import Edition
from tests.conftest import NOW
from tests.web.conftest import text

FORM = {
    "kind": "book",
    "variant": "own",
    "from": "",
    "to": "",
    "comments": "1",
    "private": "1",
    "paper": "a4",
}


@pytest.fixture
def ids(people):
    return [
        diary.keep_entry(people.mei, Draft(body=body), creation_key=body, now=NOW).entry_id
        for body in ("One", "Two", "Three")
    ]


@pytest.fixture
def form(people, ids):
    return FORM | {"stages": list(people.stages.values())}


def choices_made(person):
    row = Edition.select().where(Edition.owner == person.user_id).order_by(Edition.id.desc()).first()
    return portfolios.choices_from_json(row.choices)


@pytest.mark.parametrize("together", [False, True])
def test_entries_are_ticked_one_by_one(mei, people, ids, form, together):
    ticked = {"chosen": " ".join(ids[:2])} if together else {"entries": ids[:2]}
    shown = mei.send("/keep/preview", form | ticked | {"by_hand": "1"}).json["html"]
    assert "2 of 3 entries" in shown
    assert mei.send("/keep", form | ticked | {"by_hand": "1"}).status_code == 302
    assert set(choices_made(people.mei).entries) == set(ids[:2])
    assert "3 of 3 entries" in mei.send("/keep/preview", form | ticked).json["html"]  # not asked for


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"by_hand": "1"}, "Choose one entry at least."),
        ({"by_hand": "1", "entries": ["foreign"]}, "Choose from what is offered."),
        ({"by_hand": "1", "chosen": "foreign"}, "Choose from what is offered."),
        ({"dedication": "x" * 501}, "This has at most 500 characters."),
        ({"printed": ["gold"]}, "Choose from what is offered."),
    ],
)
def test_a_wrong_choice_says_so(mei, people, form, changed, sentence):
    answer = mei.send("/keep", form | changed)
    assert (answer.status_code, sentence in text(answer)) == (422, True)
    assert jobs.jobs_of(people.mei) == []


def test_words_and_print_go_into_the_edition(mei, people, form):
    given = {"dedication": "For\r\nyou", "preface": "*Why*", "paper": "letter", "printed": ["grey", "large"]}
    assert mei.send("/keep", form | given).status_code == 302
    made = choices_made(people.mei)
    assert (made.dedication, made.preface) == ("For\nyou", "*Why*")
    assert made.layout == Layout(paper="letter", grey=True, large=True)


def test_what_was_typed_stays_when_something_is_refused(mei, form, ids):
    given = {"preface": "Why I chose", "by_hand": "1", "entries": ids[:1], "from": "never"}
    html = mei.send("/keep", form | given).get_data(as_text=True)
    assert "Why I chose</textarea>" in html
    assert re.findall(r'name="entries" value="(\w+)" checked', html) == ids[:1]


def test_last_time_can_be_taken_up_again(mei, people, form, ids):
    assert "As last time" not in text(mei.get("/keep"))
    mei.send(
        "/keep", form | {"by_hand": "1", "entries": ids[1:2], "dedication": "For you", "printed": ["grey"]}
    )
    assert "As last time" in text(mei.get("/keep"))
    html = mei.get("/keep?as=last").get_data(as_text=True)
    assert re.findall(r'name="entries" value="(\w+)" checked', html) == ids[1:2]
    assert 'name="by_hand" value="1" checked' in html and "For you</textarea>" in html
    assert 'name="printed" value="grey" checked' in html


def test_choices_are_saved_under_a_name_used_renamed_and_forgotten(mei, people, form):
    answer = mei.send("/keep", form | {"save": "1", "preset": "For the review", "preface": "Why"})
    (there,) = portfolios.presets(people.mei)
    assert answer.location == f"/keep?as={there.public_id}"
    page = mei.get(answer.location)
    assert "These choices are saved. Nothing was made yet." in text(page)
    assert "Why</textarea>" in page.get_data(as_text=True)
    assert jobs.jobs_of(people.mei) == []
    assert "For the review" in text(mei.get("/keep/choices"))
    assert mei.send(f"/keep/choices/{there.public_id}/rename", {"preset": "Final"}).status_code == 302
    refused = mei.send(f"/keep/choices/{there.public_id}/rename", {"preset": " "})
    assert (refused.status_code, "A name has 1 to 80 characters." in text(refused)) == (422, True)
    assert [one.name for one in portfolios.presets(people.mei)] == ["Final"]
    mei.send(f"/keep/choices/{there.public_id}/delete")
    assert "No saved choices yet" in text(mei.get("/keep/choices"))
    assert mei.get(f"/keep?as={there.public_id}").status_code == 404


def test_choices_without_a_name_are_not_saved(mei, people, form):
    answer = mei.send("/keep", form | {"save": "1", "preset": ""})
    assert (answer.status_code, "A name has 1 to 80 characters." in text(answer)) == (422, True)
    assert portfolios.presets(people.mei) == []


def test_what_saved_choices_name_may_be_gone(mei, people, ids):
    saved = portfolios.save_preset(
        people.mei,
        "Old",
        "book",
        Choices(private=True, tags=("gone",), stages=("gone",), entries=("gone",)),
        now=NOW,
    )
    page = mei.get(f"/keep?as={saved}")
    assert page.status_code == 200
    assert page.get_data(as_text=True).count('name="stages"') == 3


def test_six_hundred_entries_stay_one_form(mei, people, form, monkeypatch):
    for number in range(600):
        diary.keep_entry(people.mei, Draft(body=f"No. {number}"), creation_key=f"n{number}", now=NOW)
    html = mei.get("/keep").get_data(as_text=True)
    every = re.findall(r'name="entries" value="(\w+)"', html)
    assert len(every) == 603
    answer = mei.send("/keep/preview", form | {"by_hand": "1", "entries": every[:600]})
    assert "600 of 603 entries" in answer.json["html"]

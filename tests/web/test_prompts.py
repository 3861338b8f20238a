"""Prompts, meetings and stage periods: changed, taken back, and brought back, by those who may."""

import re

import pytest

from portfolio.domain import programme
from tests.conftest import NOW
from tests.web.conftest import text

ASKED = {"text": "What did you not say?", "starts_on": "2022-09-14", "ends_on": "", "stage": ""}


@pytest.fixture
def lin(browser_of, people):
    return browser_of(people.lin)


def prompts(people):
    return programme.prompts_for(people.mei.user_id)


def test_a_mentor_sets_changes_and_withdraws_a_prompt(lin, people, cohort):
    for page in ("/mentoring", "/community"):
        assert 'href="/prompts"' in lin.get(page).get_data(as_text=True)
    assert "Class of 2020" in text(lin.get("/prompts"))
    assert lin.send(f"{cohort.here}/prompts", ASKED).location == "/prompts"
    (asked,) = prompts(people)
    page = lin.get("/prompts").get_data(as_text=True)
    assert "The prompt is set." in page and f'href="/prompts/{asked.public_id}"' in page
    form = lin.get(f"/prompts/{asked.public_id}").get_data(as_text=True)
    assert "What did you not say?</textarea>" in form and 'value="2022-09-14"' in form
    changed = ASKED | {"text": "What did you say?", "stage": people.stages["Intern"]}
    assert lin.send(f"/prompts/{asked.public_id}", changed).location == "/prompts"
    assert [(p.text, p.stage_id) for p in prompts(people)] == [("What did you say?", people.stages["Intern"])]
    assert lin.send(f"/prompts/{asked.public_id}/withdraw").location == "/prompts"
    page = lin.get("/prompts").get_data(as_text=True)
    assert prompts(people) == () and "The prompt is withdrawn." in page
    (undo,) = re.findall(r'<form method="post" action="(/prompts/\w+/restore)"', page)
    assert lin.send(undo).location == "/prompts"
    assert [p.text for p in prompts(people)] == ["What did you say?"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"text": " "}, "text"), ({"starts_on": "soon"}, "from"), ({"ends_on": "2022-09-01"}, "to")],
)
def test_a_mentors_wrong_prompt_is_said_at_the_field(lin, people, cohort, changed, field):
    answer = lin.send(f"{cohort.here}/prompts", ASKED | changed)
    assert (answer.status_code, f'id="p-{field}-error"' in answer.get_data(as_text=True)) == (422, True)
    lin.send(f"{cohort.here}/prompts", ASKED)
    answer = lin.send(f"/prompts/{prompts(people)[0].public_id}", ASKED | changed)
    assert (answer.status_code, f'id="p-{field}-error"' in answer.get_data(as_text=True)) == (422, True)


def test_a_mentor_reads_the_prompts_of_others_and_changes_none(lin, zhou, people, cohort):
    zhou.send(f"{cohort.here}/prompts", ASKED)
    page = lin.get("/prompts").get_data(as_text=True)
    assert "What did you not say?" in page and prompts(people)[0].public_id not in page
    tan = lin.application.test_client()
    tan.sign_in("tan")
    assert 'href="/prompts"' not in tan.get("/mentoring").get_data(as_text=True)


def test_a_lead_changes_from_the_cohort_and_comes_back_there(zhou, people, cohort):
    assert zhou.send(f"{cohort.here}/prompts", ASKED).location == f"{cohort.here}#prompts"
    (asked,) = prompts(people)
    assert f'href="/prompts/{asked.public_id}"' in zhou.get(cohort.here).get_data(as_text=True)
    assert zhou.send(f"/prompts/{asked.public_id}", ASKED).location == f"{cohort.here}#prompts"
    assert zhou.send(f"/prompts/{asked.public_id}/withdraw").location == f"{cohort.here}#prompts"


def test_a_meeting_is_corrected_and_removed(zhou, people, cohort):
    zhou.send(f"{cohort.here}/meetings", {"title": "A walk", "held_on": "2022-09-20"})
    (met,) = programme.meetings_for(people.mei.user_id)
    here = f"/meetings/{met.public_id}"
    assert f'href="{here}"' in zhou.get(cohort.here).get_data(as_text=True)
    answer = zhou.send(here, {"title": "A walk", "held_on": "20/09"})
    assert (answer.status_code, 'id="g-on-error"' in answer.get_data(as_text=True)) == (422, True)
    assert zhou.send(here, {"title": "A long walk", "held_on": "2022-09-21"}).location.endswith("#meetings")
    assert "21 September 2022 A long walk" in text(zhou.get(cohort.here))
    assert "Remove this meeting?" in text(zhou.get(here))
    zhou.send(f"{here}/remove")
    assert "The meeting is off the timeline." in text(zhou.get(cohort.here))
    assert programme.meetings_for(people.mei.user_id) == ()


@pytest.fixture
def by_person(people):
    made = programme.make_programme(
        people.zhou, "PMI", timezone="Asia/Shanghai", schedule="person",
        stages=programme.preset("mentoring")[:3], now=NOW,
    )  # fmt: skip
    group = programme.make_cohort(people.zhou, made.public_id, "Project 7", now=NOW)
    member = programme.add_member(people.zhou, group.public_id, "jun", "mentee", now=NOW)
    return f"/programme/cohorts/{group.public_id}/members/{member.public_id}", [
        s.public_id for s in made.stages
    ]


def test_a_period_is_corrected_and_removed(zhou, by_person):
    here, (_first, matching, _third) = by_person
    zhou.send(
        f"{here}/periods",
        {"stage": matching, "starts_on": "2022-10-01", "ends_on": "", "pass_number": "1"},
    )
    period = f"{here}/periods/{matching}/1"
    assert f'href="{period}"' in zhou.get(here).get_data(as_text=True)
    answer = zhou.send(period, {"starts_on": "2022-10-01", "ends_on": "2022-09-01"})
    assert (answer.status_code, 'id="s-to-error"' in answer.get_data(as_text=True)) == (422, True)
    answer = zhou.send(period, {"starts_on": "2022-09-14", "ends_on": ""})
    assert "Another stage begins on this day already." in text(answer)
    assert zhou.send(period, {"starts_on": "2022-10-08", "ends_on": ""}).location == f"{here}#stages"
    page = text(zhou.get(here))
    assert "14 September 2022 to 7 October 2022" in page and "from 8 October 2022" in page
    assert "Remove this period?" in text(zhou.get(period))
    zhou.send(f"{period}/remove")
    page = text(zhou.get(here))
    assert "That period of Li Jun is removed." in page and "Initiation from 14 September 2022" in page
    assert zhou.get(period).status_code == zhou.send(f"{period}/remove").status_code == 404

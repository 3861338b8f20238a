"""A cohort and its members, as the lead sees them."""

import datetime as dt
import re
from types import SimpleNamespace

import pytest

from portfolio.domain import diary, programme
from portfolio.domain.diary import Draft
from tests.conftest import NOW
from tests.web.conftest import text


def test_the_cohort_shows_people_and_never_what_they_write(zhou, people, cohort):
    draft = Draft("The window at the end of the ward.", title="Cold tea", entry_date=dt.date(2022, 9, 1))
    diary.keep_entry(people.mei, draft, creation_key="a", audiences=["faculty", "cohort"], now=NOW)
    page = text(zhou.get(cohort.here))
    for said in (
        "Wang Mei", "mei · Student since 1 September 2020", "Tan Yu", "Peer mentor since 1 September 2020",
        "Wang Mei with Dr Lin", "Mentor since 1 September 2020", "6 people",
    ):  # fmt: skip
        assert said in page
    assert "Cold tea" not in page and "window" not in page


def test_the_code_stands_there_large_with_its_link_and_its_picture(zhou, cohort):
    page = zhou.get(cohort.here).get_data(as_text=True)
    assert f"{cohort.code[:4]}<span> </span>{cohort.code[4:]}" in page
    assert f'href="http://localhost/join/{cohort.code}"' in page
    assert 'class="qr"' in page and "style=" not in page


def test_a_new_code_kills_the_old_one(zhou, client, people, cohort):
    assert zhou.send(f"{cohort.here}/code", {"do": "new"}).location == cohort.here
    assert client.get(f"/join/{cohort.code}").status_code == 404
    new = programme.cohort_led(people.zhou, people.cohort_id, now=NOW).join_code
    assert client.get(f"/join/{new}").status_code == 200


def test_joining_is_closed_and_opened_again(zhou, client, people, cohort):
    zhou.send(f"{cohort.here}/code", {"do": "close"})
    assert client.get(f"/join/{cohort.code}").status_code == 404
    page = text(zhou.get(cohort.here))
    assert "Nobody can join by code." in page and "Open it with a new code" in page
    zhou.send(f"{cohort.here}/code", {"do": "new"})
    assert programme.cohort_led(people.zhou, people.cohort_id, now=NOW).join_code


def test_another_wish_about_the_code_is_refused(zhou, cohort):
    assert zhou.send(f"{cohort.here}/code", {"do": "burn"}).status_code == 422


def test_somebody_is_added_by_sign_in_name(zhou, people, cohort):
    form = {"login": " NOOR ", "role": "mentor", "starts_on": "2022-09-20"}
    assert zhou.send(f"{cohort.here}/members", form).status_code == 302
    page = text(zhou.get(cohort.here))
    assert "Noor Stranger belongs to the cohort now." in page
    assert "Mentor since 20 September 2022" in page
    assert "Not yet, or no longer, in a role" in page


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"login": "nobody"}, "m-login", "Nobody signs in as “nobody”."),
        ({"starts_on": "soon"}, "m-from", "This is not a date"),
        ({"role": "king"}, "m-role", "Choose one of what is offered."),
    ],
)
def test_a_wrong_member_is_said_at_the_field(zhou, cohort, changed, field, sentence):
    answer = zhou.send(
        f"{cohort.here}/members", {"login": "noor", "role": "mentee", "starts_on": "2022-09-20"} | changed
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert sentence in re.search(rf'id="{field}-error".*?</p>', page)[0]
    assert '<details class="adding" open><summary>' in page


def test_a_prompt_is_set_for_a_stage(zhou, people, cohort):
    form = {
        "text": "写一件这周你没有说出口的话。", "starts_on": "2022-09-14", "ends_on": "2022-09-30",
        "stage": people.stages["Intern"],
    }  # fmt: skip
    assert zhou.send(f"{cohort.here}/prompts", form).status_code == 302
    page = zhou.get(cohort.here).get_data(as_text=True)
    assert '<p lang="zh-CN">写一件这周你没有说出口的话。</p>' in page
    assert "Professor Zhou · 14 September 2022 to 30 September 2022 · Intern" in page


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"text": " "}, "p-text"), ({"starts_on": "x"}, "p-from"), ({"ends_on": "2022-09-01"}, "p-to"),
        ({"ends_on": "2022-9-30"}, "p-to"), ({"stage": "foreign"}, "p-stage"),
    ],
)  # fmt: skip
def test_a_wrong_prompt_is_said_at_the_field(zhou, people, cohort, changed, field):
    form = {"text": "What did you not say?", "starts_on": "2022-09-14", "ends_on": "", "stage": ""} | changed
    answer = zhou.send(f"{cohort.here}/prompts", form)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.get_data(as_text=True)
    assert programme.prompts_for(people.mei.user_id) == ()


def test_a_meeting_stands_on_the_page(zhou, people, cohort):
    assert (
        zhou.send(f"{cohort.here}/meetings", {"title": "A walk", "held_on": "2022-09-20"}).status_code == 302
    )
    assert "20 September 2022 A walk" in text(zhou.get(cohort.here))
    answer = zhou.send(f"{cohort.here}/meetings", {"title": "", "held_on": "2022-09-20"})
    assert (answer.status_code, 'id="g-title-error"' in answer.get_data(as_text=True)) == (422, True)


# A member


def test_a_role_ends_and_reading_with_it(zhou, people, cohort):
    page = zhou.get(cohort.of["dr-lin"]).get_data(as_text=True)
    assert "Matches held in it end at once" in page
    answer = zhou.send(f"{cohort.of['dr-lin']}/roles/end", {"role": "mentor"})
    assert answer.location == f"{cohort.here}#members"
    assert "Wang Mei with Dr Lin" not in text(zhou.get(cohort.here))
    assert [m.state for m in programme.matches(people.mei) if m.mentor_name == "Dr Lin"] == ["ended"]
    assert zhou.get(cohort.of["dr-lin"]).status_code == 404


def test_a_role_that_nobody_holds_cannot_end(zhou, cohort):
    assert zhou.send(f"{cohort.of['mei']}/roles/end", {"role": "lead"}).status_code == 404
    assert zhou.send(f"{cohort.of['mei']}/roles/end", {"role": "king"}).status_code == 422


def test_a_student_becomes_a_peer_mentor(zhou, cohort):
    form = {"role": "peer_mentor", "starts_on": "2022-09-14"}
    assert zhou.send(f"{cohort.of['mei']}/roles", form).location == cohort.of["mei"]
    page = text(zhou.get(cohort.of["mei"]))
    assert "Student from 1 September 2020" in page and "Peer mentor from 14 September 2022" in page
    answer = zhou.send(f"{cohort.of['mei']}/roles", form | {"starts_on": ""})
    assert (answer.status_code, 'id="r-from-error"' in answer.get_data(as_text=True)) == (422, True)


def test_a_lead_may_step_down(zhou, people, cohort):
    answer = zhou.send(f"{cohort.of['prof-zhou']}/roles/end", {"role": "lead"})
    assert (answer.status_code, answer.location) == (302, "/")
    assert "Reflective Practice" in text(zhou.get("/programme"))  # the programme is still hers


@pytest.fixture
def by_person(people):
    """A programme in which each member moves at their own pace, with Jun in it."""
    made = programme.make_programme(
        people.zhou,
        "PMI",
        timezone="Asia/Shanghai",
        schedule="person",
        stages=programme.preset("mentoring"),
        now=NOW,
    )
    group = programme.make_cohort(people.zhou, made.public_id, "Project 7", now=NOW)
    member = programme.add_member(people.zhou, group.public_id, "jun", "mentee", now=NOW)
    return SimpleNamespace(
        here=f"/programme/cohorts/{group.public_id}/members/{member.public_id}",
        stages={s.name: s.public_id for s in made.stages},
    )


def test_stages_and_passes_of_one_member(zhou, by_person):
    page = text(zhou.get(by_person.here))
    assert "Initiation from 14 September 2022" in page  # the first stage begins with joining
    form = {
        "stage": by_person.stages["Matching"],
        "starts_on": "2022-10-01",
        "ends_on": "",
        "pass_number": "1",
    }
    assert zhou.send(f"{by_person.here}/periods", form).location == by_person.here
    page = text(zhou.get(by_person.here))
    assert "14 September 2022 to 30 September 2022" in page and "from 1 October 2022" in page
    second = {
        "stage": by_person.stages["Initiation"],
        "starts_on": "2023-09-01",
        "ends_on": "",
        "pass_number": "2",
    }
    zhou.send(f"{by_person.here}/periods", second)
    assert "Second pass Initiation from 1 September 2023" in text(zhou.get(by_person.here))


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"starts_on": "1 Oct"}, "s-from"), ({"ends_on": "2022-09-30"}, "s-to"),
        ({"pass_number": "3"}, "s-pass"), ({"pass_number": "0"}, "s-pass"), ({"pass_number": "²"}, "s-pass"),
    ],
)  # fmt: skip
def test_a_wrong_period_is_said_at_the_field(zhou, by_person, changed, field):
    form = {
        "stage": by_person.stages["Matching"],
        "starts_on": "2022-10-01",
        "ends_on": "",
        "pass_number": "1",
    }
    answer = zhou.send(f"{by_person.here}/periods", form | changed)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.get_data(as_text=True)


def test_a_stage_of_another_programme_is_refused(zhou, by_person, people):
    form = {"stage": people.stages["Intern"], "starts_on": "2022-10-01", "ends_on": "", "pass_number": "1"}
    assert zhou.send(f"{by_person.here}/periods", form).status_code == 422

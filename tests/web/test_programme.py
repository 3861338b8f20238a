"""A lead's programmes and cohorts, and a student's mentors."""

import datetime as dt
import re

import pytest

from portfolio.domain import accounts, diary, programme
from portfolio.domain.diary import Draft
from tests.conftest import NOW, PASSWORD
from tests.web.conftest import text

STAGE_FIELDS = ("id", "name", "label", "from", "to", "objectives", "competencies")
FORM = {
    "name": "Palliative care",
    "description": "",
    "timezone": "Europe/Berlin",
    "schedule": "calendar",
}


def stages(*rows: dict[str, str]) -> dict[str, list[str]]:
    """Rows of the form as a browser sends them."""
    return {f"stage_{name}": [row.get(name, "") for row in rows] for name in STAGE_FIELDS}


def names(page: str) -> list[str]:
    """The names of the stages in the form, in order."""
    form = page.split("<template")[0]
    return [
        re.search(r'value="([^"]*)"', tag)[1]
        for tag in re.findall(r"<input[^>]*name=\"stage_name\"[^>]*>", form)
    ]


# Who may


LEAD_PAGES = [
    "/programme", "/programme/new", "/programme/{p}", "/programme/{p}/cohorts/new", "/programme/cohorts/{c}",
    "/programme/cohorts/{c}/members/{m}",
]  # fmt: skip
LEAD_FORMS = [
    "/programme/new", "/programme/{p}", "/programme/{p}/cohorts/new", "/programme/cohorts/{c}/code",
    "/programme/cohorts/{c}/members", "/programme/cohorts/{c}/prompts", "/programme/cohorts/{c}/meetings",
    "/programme/cohorts/{c}/members/{m}/roles", "/programme/cohorts/{c}/members/{m}/roles/end",
    "/programme/cohorts/{c}/members/{m}/periods",
]  # fmt: skip
# Right in every form, so that only the person can be wrong
RIGHT = FORM | stages({"name": "One"}) | {
    "do": "save", "login": "noor", "role": "mentee", "starts_on": "2022-09-14",
    "text": "What did you not say?", "title": "A walk", "held_on": "2022-09-20", "pass_number": "1",
}  # fmt: skip


def at(path, people, cohort):
    return path.format(p=people.programme_id, c=people.cohort_id, m=cohort.ids["mei"])


@pytest.mark.parametrize("who", ["mei", "tan", "lin", "root", "stranger"])
def test_only_leads_find_the_pages_of_leads(browser_of, people, cohort, who):
    browser = browser_of(getattr(people, who))
    for path in LEAD_PAGES:
        answer = browser.get(at(path, people, cohort))
        assert answer.status_code == 404, path
        assert "Class of 2020" not in text(answer)


@pytest.mark.parametrize("who", ["mei", "root", "stranger"])
def test_only_leads_can_send_the_forms_of_leads(browser_of, people, cohort, who):
    browser = browser_of(getattr(people, who))
    for path in LEAD_FORMS:
        data = RIGHT | {"do": "new"} if path.endswith("/code") else RIGHT
        assert browser.send(at(path, people, cohort), data).status_code == 404, path
    assert programme.cohort_led(people.zhou, people.cohort_id, now=NOW).join_code == cohort.code


def test_a_mentor_may_set_prompts_and_meetings_though_not_see_the_page(browser_of, people, cohort):
    lin = browser_of(people.lin)
    assert lin.send(f"{cohort.here}/prompts", RIGHT).status_code == 302
    assert [p.text for p in programme.prompts_for(people.mei.user_id)] == ["What did you not say?"]


@pytest.mark.parametrize("path", [*LEAD_PAGES, "/mentors"])
def test_signed_out_one_is_led_to_the_door(client, people, cohort, path):
    path = at(path, people, cohort)
    assert client.get(path).location == f"/sign-in?next={path}"


def test_another_leads_programme_is_not_there(browser_of, people, cohort):
    other = accounts.add_user("prof-hu", "Professor Hu", PASSWORD, account="lead", now=NOW)
    browser = browser_of(other)
    assert "Reflective Practice" not in text(browser.get("/programme"))
    for path in LEAD_PAGES[2:]:
        assert browser.get(at(path, people, cohort)).status_code == 404, path
    for path in LEAD_FORMS[1:]:
        data = RIGHT | {"do": "new"} if path.endswith("/code") else RIGHT
        assert browser.send(at(path, people, cohort), data).status_code == 404, path


def test_what_does_not_exist_is_not_there(zhou, cohort, people):
    for path in (
        "/programme/xxx",
        "/programme/cohorts/xxx",
        f"{cohort.here}/members/xxx",
        "/programme/new?preset=x",
    ):
        assert zhou.get(path).status_code == 404, path


@pytest.mark.parametrize("path", [p for p in LEAD_FORMS if p.count("/") > 3 and "cohorts/new" not in p])
def test_forms_are_not_opened_by_their_address(zhou, people, cohort, path):
    assert zhou.get(at(path, people, cohort)).status_code in (404, 405)


# Programmes


def test_zhou_sees_her_programme_with_its_stages_and_cohort(zhou):
    page = text(zhou.get("/programme"))
    assert "Reflective Practice" in page
    assert "Newly qualified doctor 1 July 2022 to 31 October 2022" in page
    assert "Class of 2020 since 1 September 2020 · open for joining" in page
    assert "After Krishna et al. 2024; by person" in page


def test_a_new_lead_begins_with_a_choice(browser_of, people):
    other = accounts.add_user("prof-hu", "胡教授", PASSWORD, account="lead", language="zh", now=NOW)
    page = browser_of(other).get("/programme").get_data(as_text=True)
    assert "从医学生到医师：三个阶段" in page
    assert "实习医生" in page


def test_a_programme_is_made_from_scratch(zhou, people):
    rows = stages(
        {
            "name": "Listening",
            "from": "2023-01-01",
            "to": "2023-03-31",
            "objectives": "To listen\n\n To stay \n",
        },
        {"name": "Speaking", "label": "Speaker", "from": "2023-04-01", "competencies": "Says what is so"},
    )
    answer = zhou.send("/programme/new", FORM | rows | {"do": "save"})
    (made,) = [p for p in programme.programmes_led_by(people.zhou) if p.name == "Palliative care"]
    assert (answer.status_code, answer.location) == (302, f"/programme/{made.public_id}/cohorts/new")
    assert (made.timezone, made.schedule) == ("Europe/Berlin", "calendar")
    assert [(s.name, s.identity_label, s.starts_on) for s in made.stages] == [
        ("Listening", "Listening", dt.date(2023, 1, 1)),
        ("Speaking", "Speaker", dt.date(2023, 4, 1)),
    ]
    assert made.stages[0].objectives == ("To listen", "To stay")
    assert made.stages[1].competencies == ("Says what is so",)


@pytest.mark.parametrize(
    ("preset", "count", "schedule"), [("identity", 3, "calendar"), ("mentoring", 8, "person")]
)
def test_a_preset_fills_the_form(zhou, preset, count, schedule):
    page = zhou.get(f"/programme/new?preset={preset}").get_data(as_text=True)
    assert len(names(page)) == count
    assert f'name="schedule" value="{schedule}" checked' in page
    assert "One a line." in page


def test_dates_of_a_programme_by_person_are_not_kept(zhou, people):
    rows = stages({"name": "Initiation", "from": "2023-01-01", "to": "not shown"})
    assert zhou.send("/programme/new", FORM | rows | {"schedule": "person"}).status_code == 302
    (made,) = [p for p in programme.programmes_led_by(people.zhou) if p.name == "Palliative care"]
    assert made.stages[0].starts_on is None


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"name": " "}, "f-name", "1 to 200 characters"),
        ({"timezone": "Mars/Olympus"}, "f-timezone", "“Mars/Olympus” is not a time zone"),
        ({"stage_name": ["", "B"]}, "stage-1-name", "Stage 1 needs a name"),
        ({"stage_name": ["Ward", "ward"]}, "stage-2-name", "Two stages are called “ward”"),
        ({"stage_from": ["2023-02-30", ""]}, "stage-1-from", "This is not a date"),
        ({"stage_to": ["", "14.9.2023"]}, "stage-2-to", "This is not a date"),
        (
            {"stage_from": ["", "2023-05-01"], "stage_to": ["", "2023-04-01"]},
            "stage-2-to",
            "ends before it begins",
        ),
        (
            {"stage_from": ["2023-01-01", "2023-05-01"], "stage_to": ["2023-05-31", ""]},
            "stage-2-from",
            "overlap: on 2023-05-01 both go on",
        ),
    ],
)
def test_a_wrong_field_says_so_and_keeps_what_was_typed(zhou, people, changed, field, sentence):
    rows = stages({"name": "A", "objectives": "To see"}, {"name": "B", "competencies": "Sees"})
    answer = zhou.send("/programme/new", FORM | {"description": "Kept."} | rows | changed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    (error,) = re.findall(rf'id="{field}-error".*?<span>(.*?)</span>', page)
    assert sentence in error
    control = re.search(rf'<input[^>]*id="{field}"[^>]*>', page)[0]
    assert 'aria-invalid="true"' in control and f"{field}-error" in control
    assert "Kept." in page and "To see" in page and "Sees" in page
    assert len(programme.programmes_led_by(people.zhou)) == 1


def test_another_schedule_is_refused(zhou):
    answer = zhou.send("/programme/new", FORM | stages({"name": "A"}) | {"schedule": "lunar"})
    assert (answer.status_code, "Choose one of what is offered." in text(answer)) == (422, True)


def test_a_form_that_lost_a_field_is_refused(zhou):
    rows = stages({"name": "A"}, {"name": "B"}) | {"stage_to": ["2023-01-01"]}
    answer = zhou.send("/programme/new", FORM | rows)
    assert (answer.status_code, "did not arrive whole" in text(answer)) == (422, True)


def test_more_stages_than_a_programme_may_have(zhou):
    rows = stages(*({"name": f"Stage {n}"} for n in range(60)))
    answer = zhou.send("/programme/new", FORM | rows)
    assert (answer.status_code, "at most 40 stages" in text(answer)) == (422, True)


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ("add", ["A", "B", "C", ""]),
        ("remove-2", ["A", "C"]),
        ("up-3", ["A", "C", "B"]),
        ("down-1", ["B", "A", "C"]),
        ("up-1", ["A", "B", "C"]),
        ("down-3", ["A", "B", "C"]),
        ("remove-9", ["A", "B", "C"]),
        ("up-x", ["A", "B", "C"]),
    ],
)
def test_rows_are_added_removed_and_moved_without_a_script(zhou, people, wish, expected):
    rows = stages({"name": "A"}, {"name": "B"}, {"name": "C"})
    answer = zhou.send("/programme/new", FORM | rows | {"do": wish})
    assert answer.status_code == 200
    assert names(answer.get_data(as_text=True)) == expected
    assert len(programme.programmes_led_by(people.zhou)) == 1


def test_enter_saves_rather_than_moves_a_stage(zhou):
    page = zhou.get("/programme/new").get_data(as_text=True)
    form = page[page.index("data-stages") :]
    assert re.search(r"<button[^>]*>", form)[0] == '<button name="do" value="save" hidden>'


def present(people):
    return programme.programme_led(people.zhou, people.programme_id)


def as_rows(view):
    return [
        {"id": s.public_id, "name": s.name, "from": f"{s.starts_on}", "to": f"{s.ends_on}"}
        for s in view.stages
    ]


def test_a_programme_is_changed(zhou, people):
    page = zhou.get(f"/programme/{people.programme_id}").get_data(as_text=True)
    assert names(page) == ["Medical student", "Intern", "Newly qualified doctor"]
    rows = as_rows(present(people))
    rows[1]["name"] = "Houseman"
    rows.append({"name": "Registrar"})
    form = FORM | {"name": "Reflection", "timezone": "Asia/Shanghai"} | stages(*rows)
    assert zhou.send(f"/programme/{people.programme_id}", form).location == "/programme"
    changed = present(people)
    assert changed.name == "Reflection"
    assert [s.name for s in changed.stages] == [
        "Medical student",
        "Houseman",
        "Newly qualified doctor",
        "Registrar",
    ]
    assert changed.stages[1].public_id == people.stages["Intern"]


def test_a_stage_that_holds_entries_stays(zhou, people):
    draft = Draft("A body.", title="One", entry_date=dt.date(2022, 9, 1))
    diary.keep_entry(people.mei, draft, creation_key="a", now=NOW)
    rows = [r for r in as_rows(present(people)) if r["name"] != "Newly qualified doctor"]
    answer = zhou.send(f"/programme/{people.programme_id}", FORM | stages(*rows))
    assert answer.status_code == 409
    assert "“Newly qualified doctor” holds entries" in text(answer)
    assert len(present(people).stages) == 3


def test_a_stage_of_another_programme_cannot_be_taken(zhou, people):
    other = programme.make_programme(people.zhou, "Other", timezone="UTC", stages=[], now=NOW)
    rows = stages({"id": people.stages["Intern"], "name": "Mine now"})
    assert zhou.send(f"/programme/{other.public_id}", FORM | rows).status_code == 404
    assert present(people).stages[1].name == "Intern"


def test_a_cohort_is_made(zhou, people):
    page = zhou.get(f"/programme/{people.programme_id}/cohorts/new").get_data(as_text=True)
    assert 'value="2020-09-01"' in page
    form = {"name": "Class of 2023", "starts_on": "2023-09-01"}
    answer = zhou.send(f"/programme/{people.programme_id}/cohorts/new", form)
    assert answer.location.startswith("/programme/cohorts/")
    assert "Class of 2023" in text(zhou.get(answer.location))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [({"name": ""}, "1 to 200"), ({"starts_on": ""}, "not a date"), ({"starts_on": "1.9."}, "not a date")],
)
def test_a_cohort_needs_a_name_and_a_day(zhou, people, changed, sentence):
    form = {"name": "Class of 2023", "starts_on": "2023-09-01"} | changed
    answer = zhou.send(f"/programme/{people.programme_id}/cohorts/new", form)
    assert (answer.status_code, sentence in text(answer)) == (422, True)


# In Chinese


def test_the_pages_are_whole_in_chinese(browser_of, people, cohort):
    accounts.set_language(people.zhou, "zh")
    zhou = browser_of(people.zhou)
    for path in LEAD_PAGES:
        page = zhou.get(at(path, people, cohort)).get_data(as_text=True)
        assert '<html lang="zh-CN"' in page
    assert "2020年9月1日" in zhou.get(cohort.here).get_data(as_text=True)

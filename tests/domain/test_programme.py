"""Programmes, cohorts, roles, matches and stage periods: who leads, who joins, who accompanies whom."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from portfolio.domain import access, accounts, diary, errors, portfolios, programme
from portfolio.domain.diary import Draft
from portfolio.domain.programme import StageDraft
from portfolio.domain.records import Viewer
from portfolio.store.diary import Entry
from tests.conftest import NOW, PASSWORD, People

DAY = dt.timedelta(days=1)
SEPTEMBER = dt.date(2022, 9, 14)


def member_of(people: People, login: str, *, now: dt.datetime = NOW) -> programme.MemberView:
    view = programme.cohort_led(people.zhou, people.cohort_id, now=now)
    return next(m for m in view.members if m.login == login)


def stage_names(viewer: Viewer) -> list[str]:
    return [s.name for s in programme.stages_for(viewer.user_id, programme.programme_of(viewer.user_id))]


def drafts(view: programme.ProgrammeView) -> list[StageDraft]:
    return [
        StageDraft(
            s.name, s.identity_label, s.starts_on, s.ends_on, s.objectives, s.competencies, s.public_id
        )
        for s in view.stages
    ]


def change(people: People, stages: list[StageDraft], **values: str) -> programme.ProgrammeView:
    said = {"name": "Reflective Practice", "description": "", "timezone": "Asia/Shanghai"} | values
    return programme.change_programme(people.zhou, people.programme_id, stages=stages, now=NOW, **said)


# ---------------------------------------------------------------- programmes and stages


def test_a_lead_makes_the_eight_stages_of_a_mentoring_programme(people: People) -> None:
    made = programme.make_programme(
        people.zhou, "Palliative Medicine Initiative", timezone="Asia/Singapore",
        stages=programme.preset("mentoring"), schedule="person", now=NOW,
    )  # fmt: skip
    assert [s.position for s in made.stages] == list(range(1, 9))
    assert all(s.objectives and s.competencies for s in made.stages)
    assert {made.name, "Reflective Practice"} == {p.name for p in programme.programmes_led_by(people.zhou)}


@pytest.mark.parametrize("who", ["mei", "lin", "stranger"])
def test_only_leads_make_programmes_for_others(people: People, who: str) -> None:
    with pytest.raises(errors.NotYours):
        programme.make_programme(getattr(people, who), "Mine", timezone="UTC", stages=[], now=NOW)
    assert programme.programmes_led_by(getattr(people, who)) == ()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"timezone": "Mars/Phobos"}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"schedule": "moon"}, "schedule"),
        ({"stages": [StageDraft("")]}, "stage-1"),
        ({"stages": [StageDraft("Intern"), StageDraft(" intern ")]}, "stage-2"),
        ({"stages": [StageDraft("A", "", SEPTEMBER, SEPTEMBER - DAY)]}, "stage-1-to"),
        ({"stages": [StageDraft("A", "", SEPTEMBER), StageDraft("B", "", SEPTEMBER)]}, "stage-2-from"),
        ({"stages": [StageDraft(f"Stage {n}") for n in range(41)]}, "stages"),
    ],
)
def test_a_programme_that_cannot_be_names_what_is_wrong(
    people: People, values: dict[str, object], field: str
) -> None:
    said = {"name": "Another", "timezone": "UTC", "stages": [], "schedule": "calendar"} | values
    with pytest.raises(errors.Invalid) as refusal:
        programme.make_programme(people.zhou, now=NOW, **said)  # type: ignore[arg-type]
    assert refusal.value.field == field
    assert len(programme.programmes_led_by(people.zhou)) == 1


def test_stages_that_overlap_are_named(people: People) -> None:
    student, intern, doctor = drafts(programme.programme_led(people.zhou, people.programme_id))
    june = dt.date(2022, 6, 1)
    said = "“Intern” and “Newly qualified doctor” overlap: on 2022-06-01 both go on."
    with pytest.raises(errors.Invalid, match=said) as refusal:
        change(people, [replace(doctor, starts_on=june), student, intern])
    assert refusal.value.field == "stage-1-from"
    with pytest.raises(errors.Invalid, match="“Medical student” and “Year off” overlap"):
        change(people, [student, StageDraft("Year off", "", student.ends_on, june), doctor])
    listening = StageDraft("Listening", "", dt.date(2026, 10, 1), dt.date(2026, 10, 31))
    doing = StageDraft("Doing", "", dt.date(2026, 9, 15))
    three = [student, intern, doctor]
    with pytest.raises(errors.Invalid, match="“Doing” has no last day") as refusal:
        change(people, [*three, listening, doing])
    assert refusal.value.field == "stage-5-to"
    assert len(change(people, [*three, doing, listening]).stages) == 5  # it ends as the next begins
    student, intern, doctor = drafts(programme.programme_led(people.zhou, people.programme_id))[:3]
    open_ended = [replace(student, ends_on=None), replace(intern, ends_on=None), doctor]
    assert len(change(people, open_ended).stages) == 3


def test_stages_are_renamed_added_and_moved(people: People) -> None:
    student, intern, doctor = drafts(programme.programme_led(people.zhou, people.programme_id))
    changed = change(people, [doctor, StageDraft("Year off"), intern, student], name="  Practice  ")
    assert (changed.name, stage_names(people.mei)) == (
        "Practice",
        ["Newly qualified doctor", "Year off", "Intern", "Medical student"],
    )
    assert [s.position for s in changed.stages] == [1, 2, 3, 4]
    assert changed.stages[0].public_id == doctor.public_id


def test_a_stage_with_entries_or_attainments_is_not_removed(people: People) -> None:
    student, intern, doctor = drafts(programme.programme_led(people.zhou, people.programme_id))
    entry = diary.keep_entry(
        people.mei, Draft(body="A coat", entry_date=dt.date(2020, 9, 3)), creation_key="a", now=NOW
    )
    portfolios.record_attainment(
        people.mei, people.stages["Intern"], "Talks with relatives", "Twice.", [], now=NOW
    )
    for left, reason in (
        ([intern, doctor], "“Medical student” holds entries"),
        ([student, doctor], "“Intern” holds"),
    ):
        with pytest.raises(errors.Conflict, match=reason):
            change(people, left)
    assert len(stage_names(people.mei)) == 3
    assert [s.name for s in change(people, [student, intern]).stages] == ["Medical student", "Intern"]
    diary.delete_entry(people.mei, entry.entry_id, now=NOW)  # it can be brought back
    with pytest.raises(errors.Conflict):
        change(people, [intern])


def test_a_stage_of_another_programme_cannot_be_taken_over(people: People) -> None:
    other = programme.make_programme(
        people.zhou, "Other", timezone="UTC", stages=[StageDraft("Theirs")], now=NOW
    )
    foreign = drafts(other)
    with pytest.raises(errors.NotFound):
        change(people, foreign)
    assert len(stage_names(people.mei)) == 3
    assert programme.programme_led(people.zhou, other.public_id).stages[0].name == "Theirs"


def test_who_does_not_lead_finds_nothing(people: People) -> None:
    mei = member_of(people, "mei").public_id
    for viewer in (people.mei, people.lin, people.root, people.stranger):
        for attempt in (
            lambda v: programme.programme_led(v, people.programme_id),
            lambda v: programme.change_programme(
                v, people.programme_id, name="Mine", description="", timezone="UTC", stages=[], now=NOW
            ),
            lambda v: programme.make_cohort(v, people.programme_id, "Mine", now=NOW),
            lambda v: programme.cohort_led(v, people.cohort_id, now=NOW),
            lambda v: programme.change_code(v, people.cohort_id, now=NOW),
            lambda v: programme.add_member(v, people.cohort_id, "noor", "lead", now=NOW),
            lambda v: programme.end_role(v, people.cohort_id, mei, "mentee", now=NOW),
            lambda v: programme.set_stage_period(
                v, people.cohort_id, mei, people.stages["Intern"], starts_on=SEPTEMBER, now=NOW
            ),
        ):
            with pytest.raises(errors.NotFound):
                attempt(viewer)


# ---------------------------------------------------------------- joining and roles


def test_gao_lei_joins_by_a_code_however_it_is_typed(people: People) -> None:
    typed = f" {people.code[:4].upper()}-{people.code[4:]} "
    assert programme.cohort_for_code(typed, now=NOW).name == "Class of 2020"
    viewer, token = programme.join_newly(typed, "gao-lei", "Gao Lei", PASSWORD, language="zh", now=NOW)
    assert accounts.viewer_for_token(token, now=NOW) == viewer
    assert viewer.language == "zh"
    assert [c.name for c in programme.memberships(viewer, now=NOW)] == ["Class of 2020"]
    member = member_of(people, "gao-lei")
    assert [(r.role, r.current) for r in member.roles] == [("mentee", True)]
    programme.join(viewer, people.code, now=NOW + DAY)
    assert member_of(people, "gao-lei") == member


@pytest.mark.parametrize(
    "code", ["", "wrong", "********", "% or 1=1", "x" * 5000, "\x00\x00\x00\x00\x00\x00\x00\x00"]
)
def test_a_wrong_code_opens_nothing_and_makes_nobody(people: People, code: str) -> None:
    before = len(accounts.people(people.root))
    with pytest.raises(errors.NotFound, match="No cohort is open under this code"):
        programme.join_newly(code, "gao-lei", "Gao Lei", PASSWORD, now=NOW)
    with pytest.raises(errors.NotFound):
        programme.join(people.stranger, code, now=NOW)
    assert len(accounts.people(people.root)) == before


def test_a_name_that_is_taken_joins_nobody(people: People) -> None:
    with pytest.raises(errors.Conflict):
        programme.join_newly(people.code, "noor", "Noor", PASSWORD, now=NOW)
    assert programme.memberships(people.stranger, now=NOW) == ()


def test_a_new_code_kills_the_old_one_and_a_cohort_can_be_closed(people: People) -> None:
    code = programme.change_code(people.zhou, people.cohort_id, now=NOW)
    assert code and code != people.code
    with pytest.raises(errors.NotFound):
        programme.join(people.stranger, people.code, now=NOW)
    assert programme.change_code(people.zhou, people.cohort_id, closed=True, now=NOW) is None
    for old in (code, "None", ""):
        with pytest.raises(errors.NotFound):
            programme.join(people.stranger, old, now=NOW)


def test_roles_have_dates(people: People) -> None:
    programme.add_member(
        people.zhou, people.cohort_id, "noor", "mentor", starts_on=SEPTEMBER + 7 * DAY, now=NOW
    )
    assert not member_of(people, "noor").holds("mentor")
    assert access.held_roles(people.stranger.user_id, now=NOW) == frozenset()
    later = NOW + 7 * DAY
    assert member_of(people, "noor", now=later).holds("mentor")
    assert access.held_roles(people.stranger.user_id, now=later) == {"mentor"}
    noor = member_of(people, "noor").public_id
    programme.end_role(people.zhou, people.cohort_id, noor, "mentor", now=later + DAY)
    assert access.held_roles(people.stranger.user_id, now=later + DAY) == frozenset()
    with pytest.raises(errors.NotFound):
        programme.end_role(people.zhou, people.cohort_id, noor, "mentor", now=later + DAY)
    again = programme.add_member(people.zhou, people.cohort_id, "noor", "mentor", now=later + 9 * DAY)
    assert [(r.starts_on, r.ends_on) for r in again.roles] == [
        (SEPTEMBER + 7 * DAY, SEPTEMBER + 7 * DAY),
        (SEPTEMBER + 16 * DAY, None),
    ]


def test_only_somebody_with_an_account_is_added_and_only_in_a_role_that_there_is(people: People) -> None:
    for login, role, field in (("nobody", "mentee", "login"), ("noor", "emperor", "role")):
        with pytest.raises(errors.Invalid) as refusal:
            programme.add_member(people.zhou, people.cohort_id, login, role, now=NOW)  # type: ignore[arg-type]
        assert refusal.value.field == field
    assert programme.memberships(people.stranger, now=NOW) == ()


def test_who_leaves_leaves_all_their_matches(people: People) -> None:
    """Tan accompanies Mei, and is accompanied by Dr Lin in turn."""
    match = programme.propose_match(
        people.tan, people.cohort_id, member_of(people, "dr-lin").public_id, now=NOW
    )
    programme.accept_match(people.lin, match.public_id, now=NOW)
    entry = diary.keep_entry(
        people.tan, Draft(body="My own"), creation_key="t", audiences=["mentor"], now=NOW
    )
    diary.entry_page(people.lin, entry.entry_id, now=NOW)
    programme.end_role(
        people.zhou, people.cohort_id, member_of(people, "tan").public_id, "peer_mentor", now=NOW
    )
    assert {(m.state, m.ended_at) for m in programme.matches(people.tan)} == {("ended", NOW)}
    with pytest.raises(errors.NotFound):
        diary.entry_page(people.lin, entry.entry_id, now=NOW)


def test_an_ended_role_leaves_matches_of_other_roles_alone(people: People) -> None:
    programme.add_member(people.zhou, people.cohort_id, "tan", "mentee", now=NOW)
    match = programme.propose_match(
        people.tan, people.cohort_id, member_of(people, "dr-lin").public_id, now=NOW
    )
    programme.accept_match(people.lin, match.public_id, now=NOW)
    programme.end_role(
        people.zhou, people.cohort_id, member_of(people, "tan").public_id, "peer_mentor", now=NOW
    )
    states = {m.mentor_name: m.state for m in programme.matches(people.tan)}
    assert states == {"Dr Lin": "active", "Tan Yu": "ended"}


# ---------------------------------------------------------------- matches


def test_a_match_is_proposed_accepted_and_ended(people: People) -> None:
    assert [p.name for _, p in programme.mentors_to_propose(people.jun, now=NOW)] == ["Dr Lin", "Tan Yu"]
    lin = member_of(people, "dr-lin").public_id
    match = programme.propose_match(people.jun, people.cohort_id, lin, now=NOW)
    assert (match.state, match.role, match.mentee_name, match.mentor_name) == (
        "proposed", "mentor", "Li Jun", "Dr Lin",
    )  # fmt: skip
    assert [p.name for _, p in programme.mentors_to_propose(people.jun, now=NOW)] == ["Tan Yu"]
    with pytest.raises(errors.Conflict, match="You have asked Dr Lin already"):
        programme.propose_match(people.jun, people.cohort_id, lin, now=NOW)
    for other in (
        people.jun,
        people.mei,
        people.osei,
        people.zhou,
        people.root,
    ):  # nobody answers for the mentor
        with pytest.raises(errors.NotFound):
            programme.accept_match(other, match.public_id, now=NOW)
    assert programme.accept_match(people.lin, match.public_id, now=NOW + DAY).state == "active"
    for answer in (programme.accept_match, programme.decline_match):
        with pytest.raises(errors.PeriodClosed):
            answer(people.lin, match.public_id, now=NOW + DAY)
    for other in (people.mei, people.zhou):
        with pytest.raises(errors.NotFound):
            programme.end_match(other, match.public_id, now=NOW + DAY)
    ended = programme.end_match(people.jun, match.public_id, now=NOW + 2 * DAY)
    assert (ended.state, ended.ended_at) == ("ended", NOW + 2 * DAY)
    with pytest.raises(errors.PeriodClosed):
        programme.end_match(people.lin, match.public_id, now=NOW + 3 * DAY)
    assert programme.propose_match(people.jun, people.cohort_id, lin, now=NOW + 3 * DAY).state == "proposed"


def test_a_question_can_be_taken_back_or_declined(people: People) -> None:
    lin = member_of(people, "dr-lin").public_id
    first = programme.propose_match(people.jun, people.cohort_id, lin, now=NOW)
    assert programme.end_match(people.jun, first.public_id, now=NOW).state == "ended"
    second = programme.propose_match(people.jun, people.cohort_id, lin, now=NOW)
    assert programme.decline_match(people.lin, second.public_id, now=NOW).state == "declined"
    mine = [m.state for m in programme.matches(people.jun) if m.mentor_name == "Dr Lin"]
    assert sorted(mine) == ["declined", "ended"]
    assert "declined" not in {m.state for m in programme.matches(people.lin)}


@pytest.mark.parametrize(
    ("who", "whom", "kind"),
    [
        ("jun", "mei", errors.Invalid),  # a mentee is no mentor
        ("jun", "jun", errors.Invalid),
        ("tan", "tan", errors.Invalid),
        ("zhou", "dr-lin", errors.NotFound),  # leads and mentors are not accompanied
        ("osei", "dr-lin", errors.NotFound),
        ("stranger", "dr-lin", errors.NotFound),
        ("root", "dr-lin", errors.NotFound),
    ],
)
def test_who_can_ask_whom(people: People, who: str, whom: str, kind: type[errors.DomainError]) -> None:
    asked = member_of(people, whom).public_id
    before = programme.cohort_led(people.zhou, people.cohort_id, now=NOW).matches
    with pytest.raises(kind):
        programme.propose_match(getattr(people, who), people.cohort_id, asked, now=NOW)
    assert programme.cohort_led(people.zhou, people.cohort_id, now=NOW).matches == before


# ---------------------------------------------------------------- stages, periods, passes, days


def test_the_calendar_picks_the_stage_of_a_day(people: People) -> None:
    stages = programme.stages_for(people.mei.user_id, programme.programme_of(people.mei.user_id))

    def on(day: dt.date) -> str:
        stage = programme.stage_on(stages, day)
        return stage.name if stage else ""

    assert on(dt.date(2020, 8, 31)) == ""
    assert on(dt.date(2020, 9, 1)) == on(dt.date(2021, 6, 30)) == "Medical student"
    assert on(dt.date(2021, 7, 1)) == "Intern"
    assert on(dt.date(2022, 10, 31)) == "Newly qualified doctor"
    assert on(dt.date(2022, 11, 1)) == ""


def test_in_a_programme_by_person_each_member_has_their_own_dates_and_passes(people: People) -> None:
    made = programme.make_programme(
        people.zhou, "PMI", timezone="Asia/Singapore", schedule="person",
        stages=[StageDraft("Initiation"), StageDraft("Matching")], now=NOW,
    )  # fmt: skip
    cohort = programme.make_cohort(people.zhou, made.public_id, "2022", now=NOW)
    noor = programme.add_member(people.zhou, cohort.public_id, "noor", "mentee", now=NOW)
    assert [(p.stage.name, p.starts_on, p.ends_on) for p in noor.periods] == [("Initiation", SEPTEMBER, None)]
    first, second = (s.public_id for s in made.stages)

    def enter(stage: str, day: dt.date, number: int = 1, until: dt.date | None = None) -> None:
        programme.set_stage_period(
            people.zhou, cohort.public_id, noor.public_id, stage,
            starts_on=day, ends_on=until, pass_number=number, now=NOW,
        )  # fmt: skip

    enter(second, dt.date(2022, 10, 1))
    stages = programme.stages_for(people.stranger.user_id, programme.programme_of(people.stranger.user_id))
    assert [(s.name, s.starts_on, s.ends_on) for s in stages] == [
        ("Initiation", SEPTEMBER, dt.date(2022, 9, 30)),
        ("Matching", dt.date(2022, 10, 1), None),
    ]
    with pytest.raises(errors.Invalid, match="cannot end before it begins"):
        enter(first, SEPTEMBER, until=SEPTEMBER - DAY)
    with pytest.raises(errors.Invalid, match="next pass is number 2"):
        enter(first, SEPTEMBER, 3)
    enter(first, dt.date(2023, 3, 1), 2)
    view = programme.cohort_led(people.zhou, cohort.public_id, now=NOW)
    noor = next(m for m in view.members if m.login == "noor")
    assert [(p.pass_number, p.stage.name, p.starts_on, p.ends_on) for p in noor.periods] == [
        (1, "Initiation", SEPTEMBER, dt.date(2022, 9, 30)),
        (1, "Matching", dt.date(2022, 10, 1), dt.date(2023, 2, 28)),
        (2, "Initiation", dt.date(2023, 3, 1), None),
    ]
    with pytest.raises(errors.NotFound):
        enter(people.stages["Intern"], SEPTEMBER)


@pytest.mark.parametrize(
    ("timezone", "day"),
    [("Asia/Shanghai", 15), ("Europe/London", 14), ("America/Los_Angeles", 14), ("UTC", 14)],
)
def test_which_day_it_is_depends_on_the_programme(timezone: str, day: int) -> None:
    assert programme.today(timezone, dt.datetime(2022, 9, 14, 16, 30, tzinfo=dt.UTC)) == dt.date(2022, 9, day)


def test_the_day_turns_with_summer_time() -> None:
    """The 30th of October 2022 has 25 hours in Berlin."""
    begins = dt.datetime(2022, 10, 29, 22, 0, tzinfo=dt.UTC)
    for hours, day in ((-1, 29), (0, 30), (24, 30), (25, 31)):
        moment = begins + dt.timedelta(hours=hours)
        assert programme.today("Europe/Berlin", moment) == dt.date(2022, 10, day)


def test_the_cohort_joined_last_is_where_somebody_writes(people: People) -> None:
    made = programme.make_programme(
        people.zhou, "Fellowship", timezone="Europe/Oslo", stages=[StageDraft("Fellow")], now=NOW
    )
    cohort = programme.make_cohort(people.zhou, made.public_id, "2023", now=NOW)
    programme.join(people.mei, cohort.join_code or "", now=NOW)
    assert (stage_names(people.mei), programme.timezone_of(people.mei.user_id)) == (["Fellow"], "Europe/Oslo")
    view = programme.cohort_led(people.zhou, cohort.public_id, now=NOW)
    mei = next(m for m in view.members if m.login == "mei")
    programme.end_role(people.zhou, cohort.public_id, mei.public_id, "mentee", now=NOW)
    assert stage_names(people.mei)[0] == "Medical student"
    assert programme.timezone_of(people.stranger.user_id) == "UTC"


def test_who_is_in_two_programmes_writes_in_the_stages_of_both(people: People) -> None:
    made = programme.make_programme(
        people.zhou, "Fellowship", timezone="Europe/Oslo",
        stages=[StageDraft("Fellow", "", SEPTEMBER), StageDraft("Later", "", dt.date(2023, 1, 1))], now=NOW,
    )  # fmt: skip
    cohort = programme.make_cohort(people.zhou, made.public_id, "2023", now=NOW)
    programme.join(people.mei, cohort.join_code or "", now=NOW)
    desk = diary.desk(people.mei, now=NOW)
    assert [(name, len(stages)) for name, stages in desk.programmes] == [
        ("Reflective Practice", 3), ("Fellowship", 2),
    ]  # fmt: skip
    assert desk.stage and desk.stage.name == "Fellow"  # of the two of this day, the one begun last

    def kept(key: str, **values: Any) -> tuple[str, str]:
        saved = diary.keep_entry(people.mei, Draft(body="A day", **values), creation_key=key, now=NOW)
        row = Entry.get(Entry.public_id == saved.entry_id)
        return row.stage.name, row.programme.name

    intern = people.stages["Intern"]
    assert kept("1") == ("Fellow", "Fellowship")
    assert kept("2", entry_date=dt.date(2022, 1, 10)) == ("Intern", "Reflective Practice")
    assert kept("3", stage_id=intern) == ("Intern", "Reflective Practice")
    entry = diary.timeline(people.mei, now=NOW).entries[0]
    later = made.stages[1].public_id
    diary.save_entry(people.mei, entry.public_id, Draft(body="A day", stage_id=later), version=1, now=NOW)
    assert Entry.get(Entry.public_id == entry.public_id).programme.name == "Fellowship"
    with pytest.raises(errors.Invalid, match="not one of your programme"):
        diary.keep_entry(people.jun, Draft(body="Mine", stage_id=later), creation_key="4", now=NOW)


# ---------------------------------------------------------------- prompts and meetings


def test_a_prompt_is_asked_of_the_cohort_while_it_runs(people: People) -> None:
    programme.set_prompt(
        people.lin, people.cohort_id, " What did you not say? ", starts_on=SEPTEMBER - DAY,
        ends_on=SEPTEMBER + DAY, stage_id=people.stages["Newly qualified doctor"], now=NOW,
    )  # fmt: skip
    programme.set_prompt(people.zhou, people.cohort_id, "And since?", starts_on=SEPTEMBER, now=NOW)
    programme.set_prompt(people.zhou, people.cohort_id, "Later", starts_on=SEPTEMBER + 9 * DAY, now=NOW)
    asked = programme.open_prompts(people.mei.user_id, SEPTEMBER)
    assert [(p.text, p.author_name) for p in asked] == [
        ("And since?", "Professor Zhou"),
        ("What did you not say?", "Dr Lin"),
    ]
    assert asked[1].stage_id == people.stages["Newly qualified doctor"]
    assert [p.text for p in programme.open_prompts(people.mei.user_id, SEPTEMBER + 2 * DAY)] == ["And since?"]
    assert programme.prompts_for(people.stranger.user_id) == ()
    for who in (people.mei, people.tan, people.stranger, people.root):
        with pytest.raises(errors.NotFound):
            programme.set_prompt(who, people.cohort_id, "Mine", starts_on=SEPTEMBER, now=NOW)
        with pytest.raises(errors.NotFound):
            programme.record_meeting(who, people.cohort_id, "Mine", held_on=SEPTEMBER, now=NOW)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"text": " "}, "text"),
        ({"text": "x" * 2001}, "text"),
        ({"ends_on": SEPTEMBER - DAY}, "ends_on"),
        ({"stage_id": "nosuchstage"}, "stage"),
    ],
)
def test_a_prompt_that_cannot_be_names_its_field(
    people: People, values: dict[str, object], field: str
) -> None:
    said = {"text": "What did you not say?"} | values
    with pytest.raises(errors.Invalid) as refusal:
        programme.set_prompt(people.lin, people.cohort_id, starts_on=SEPTEMBER, now=NOW, **said)  # type: ignore[arg-type]
    assert refusal.value.field == field
    assert programme.prompts_for(people.mei.user_id) == ()


def test_meetings_stand_on_the_timeline(people: People) -> None:
    programme.record_meeting(people.lin, people.cohort_id, "On silence", held_on=SEPTEMBER, now=NOW)
    diary.keep_entry(people.mei, Draft(body="After it"), creation_key="a", now=NOW)
    assert [m.title for m in programme.meetings_for(people.mei.user_id)] == ["On silence"]
    assert [(m.month, m.meetings) for m in diary.timeline(people.mei, now=NOW).months] == [(9, 1)]


def asked_of(people: People, viewer: Viewer, text: str = "What did you not say?") -> str:
    return programme.set_prompt(viewer, people.cohort_id, text, starts_on=SEPTEMBER, now=NOW).public_id


def answer(people: People, prompt_id: str, key: str = "a") -> str:
    draft = Draft(body="That I was afraid.", prompt_id=prompt_id)
    return diary.keep_entry(people.mei, draft, creation_key=key, now=NOW).entry_id


def answered(people: People, entry_id: str) -> str:
    prompt = diary.entry_page(people.mei, entry_id, now=NOW).entry.prompt
    return prompt.text if prompt else ""


def test_an_answer_keeps_the_words_that_it_answers(people: People) -> None:
    prompt_id = asked_of(people, people.lin)
    entry_id = answer(people, prompt_id)
    values = {"starts_on": SEPTEMBER, "ends_on": SEPTEMBER + 9 * DAY, "now": NOW}
    programme.change_prompt(people.lin, prompt_id, "What did you say?", **values)  # type: ignore[arg-type]
    assert answered(people, entry_id) == "What did you not say?"
    (asked,) = programme.prompts_for(people.mei.user_id)
    assert (asked.public_id, asked.text, asked.ends_on) == (
        prompt_id, "What did you say?", SEPTEMBER + 9 * DAY,
    )  # fmt: skip
    view = programme.cohort_led(people.zhou, people.cohort_id, now=NOW)
    assert [p.public_id for p in view.prompts] == [prompt_id]  # nothing tells that there is an answer
    later = answer(people, prompt_id, "b")
    programme.change_prompt(people.lin, prompt_id, " What did you say? ", **values)  # type: ignore[arg-type]
    assert answered(people, later) == "What did you say?"


def test_a_withdrawn_prompt_is_asked_no_longer_and_stays_with_its_answers(people: People) -> None:
    prompt_id = asked_of(people, people.lin)
    entry_id = answer(people, prompt_id)
    assert programme.withdraw_prompt(people.lin, prompt_id, now=NOW) == people.cohort_id
    assert programme.prompts_for(people.mei.user_id) == ()
    assert programme.open_prompts(people.mei.user_id, SEPTEMBER) == ()
    assert programme.cohort_led(people.zhou, people.cohort_id, now=NOW).prompts == ()
    assert answered(people, entry_id) == "What did you not say?"
    version = diary.entry_version(people.mei, entry_id)
    again = Draft(body="That I was very much afraid.", prompt_id=prompt_id)
    diary.save_entry(people.mei, entry_id, again, version=version, now=NOW)  # it can be written on
    assert answered(people, entry_id) == "What did you not say?"
    for verb in (programme.withdraw_prompt, programme.prompt_to_change):
        with pytest.raises(errors.NotFound):
            verb(people.lin, prompt_id, now=NOW)  # type: ignore[operator]
    programme.restore_prompt(people.zhou, prompt_id, now=NOW)
    assert [p.text for p in programme.prompts_for(people.mei.user_id)] == ["What did you not say?"]


def test_mentors_change_their_own_prompts_and_leads_all(people: People) -> None:
    of_lin, of_zhou = asked_of(people, people.lin), asked_of(people, people.zhou, "And since?")
    (as_lin,) = programme.guided(people.lin, now=NOW)
    (as_zhou,) = programme.guided(people.zhou, now=NOW)
    assert (as_lin.led, as_lin.changeable) == (False, {of_lin})
    assert (as_zhou.led, as_zhou.changeable) == (True, {of_lin, of_zhou})
    for who in (people.mei, people.tan, people.root, people.stranger):
        assert programme.guided(who, now=NOW) == ()
    refused = [
        *((who, of_lin) for who in (people.mei, people.tan, people.osei, people.root, people.stranger)),
        (people.lin, of_zhou),
    ]
    for who, prompt_id in refused:
        with pytest.raises(errors.NotFound):
            programme.change_prompt(who, prompt_id, "Mine", starts_on=SEPTEMBER, now=NOW)
        with pytest.raises(errors.NotFound):
            programme.withdraw_prompt(who, prompt_id, now=NOW)
    lin = member_of(people, "dr-lin").public_id
    programme.end_role(people.zhou, people.cohort_id, lin, "mentor", now=NOW)
    with pytest.raises(errors.NotFound):
        programme.withdraw_prompt(people.lin, of_lin, now=NOW)
    assert len(programme.prompts_for(people.mei.user_id)) == 2


def test_a_lead_corrects_a_meeting_and_takes_it_off(people: People) -> None:
    met = programme.record_meeting(people.lin, people.cohort_id, "On silence", held_on=SEPTEMBER, now=NOW)
    for who in (people.mei, people.lin, people.tan, people.root, people.stranger):
        with pytest.raises(errors.NotFound):
            programme.change_meeting(who, met.public_id, "Mine", held_on=SEPTEMBER, now=NOW)
        with pytest.raises(errors.NotFound):
            programme.remove_meeting(who, met.public_id, now=NOW)
    later = SEPTEMBER + DAY
    programme.change_meeting(people.zhou, met.public_id, " On noise ", held_on=later, now=NOW)
    assert [(m.title, m.held_on) for m in programme.meetings_for(people.mei.user_id)] == [("On noise", later)]
    programme.remove_meeting(people.zhou, met.public_id, now=NOW)
    assert programme.meetings_for(people.mei.user_id) == ()
    with pytest.raises(errors.NotFound):
        programme.remove_meeting(people.zhou, met.public_id, now=NOW)

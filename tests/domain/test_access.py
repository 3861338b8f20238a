"""Who may do what: the table of the domain, and that every way in closes as soon as it should."""

import datetime as dt
import itertools
from collections.abc import Callable

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from portfolio.domain import access, accounts, diary, errors, feedback, programme
from portfolio.domain.diary import Draft, photographs
from portfolio.domain.records import AUDIENCES, Audience, Viewer
from portfolio.store.diary import Entry
from tests.conftest import NOW, PASSWORD, People

DAY = dt.timedelta(days=1)
LATER = NOW + DAY
GRANTS = [frozenset(c) for n in range(5) for c in itertools.combinations(AUDIENCES, n)]


def keep(
    viewer: Viewer, body: str = "Bed four is empty.", *audiences: Audience, now: dt.datetime = NOW
) -> str:
    key = f"{body}-{now}"[:120]
    return diary.keep_entry(viewer, Draft(body=body), creation_key=key, audiences=audiences, now=now).entry_id


def change(viewer: Viewer, entry_id: str, body: str, *, now: dt.datetime = LATER) -> int:
    """A new revision's number."""
    version = diary.entry_version(viewer, entry_id)
    return diary.save_entry(
        viewer, entry_id, Draft(body=body), version=version, fold=False, now=now
    ).revision_number


def may_read(viewer: Viewer, entry_id: str, *, now: dt.datetime = LATER) -> bool:
    """Whether the entry's page opens; the lists must say the same."""
    listed = access.entries_for(viewer, now=now).where(Entry.public_id == entry_id).exists()
    try:
        diary.entry_page(viewer, entry_id, now=now)
    except errors.NotFound:
        assert not listed
        return False
    assert listed
    return True


def add(people: People, login: str, name: str, role: str, account: str = "student") -> tuple[Viewer, str]:
    """A further member of the cohort, and their member id."""
    viewer = accounts.add_user(login, name, PASSWORD, account=account, now=NOW)
    member = programme.add_member(people.zhou, people.cohort_id, login, role, now=NOW)
    return viewer, member.public_id


def member_of(people: People, viewer: Viewer) -> str:
    view = programme.cohort_led(people.zhou, people.cohort_id, now=NOW)
    return next(m.public_id for m in view.members if m.login == viewer.login)


def match_of(viewer: Viewer, other: Viewer) -> str:
    return next(
        m.public_id for m in programme.matches(viewer) if other.public_id in (m.mentor_id, m.mentee_id)
    )


@pytest.fixture
def everybody(people: People) -> dict[str, Viewer]:
    """One of each kind of viewer that Mei's diary can have."""
    ahmed, ahmed_id = add(people, "dr-ahmed", "Dr Ahmed", "mentor", "mentor")
    match = programme.propose_match(people.mei, people.cohort_id, ahmed_id, now=NOW)
    programme.accept_match(ahmed, match.public_id, now=NOW)
    programme.end_match(people.mei, match.public_id, now=NOW)
    wei, wei_id = add(people, "li-wei", "Li Wei", "mentee")
    programme.end_role(people.zhou, people.cohort_id, wei_id, "mentee", now=NOW)
    berg = accounts.add_user("prof-berg", "Professor Berg", PASSWORD, account="lead", now=NOW)
    other = programme.make_programme(berg, "Another school", timezone="Europe/Oslo", stages=[], now=NOW)
    elsewhere = programme.make_cohort(berg, other.public_id, "Autumn", now=NOW)
    programme.join(people.stranger, elsewhere.join_code or "", now=NOW)
    return {
        "owner": people.mei,
        "matched mentor": people.lin,
        "matched peer mentor": people.tan,
        "unmatched mentor": people.osei,
        "mentor whose match ended": ahmed,
        "lead": people.zhou,
        "fellow member": people.jun,
        "member who left": wei,
        "lead of another cohort": berg,
        "stranger": people.stranger,
        "administrator": people.root,
    }


MEMBERS = {
    "matched mentor", "matched peer mentor", "unmatched mentor", "mentor whose match ended", "lead", "fellow member",
}  # fmt: skip
REACHES: dict[Audience, set[str]] = {
    "mentor": {"matched mentor"},
    "peer_mentor": {"matched peer mentor"},
    "faculty": {"lead"},
    "cohort": MEMBERS,
}
ACTIONS: dict[str, Callable[[Viewer, str, str], object]] = {
    "read": lambda v, e, p: diary.entry_page(v, e, now=LATER),
    "see the photograph": lambda v, e, p: photographs.photograph(v, p, now=LATER),
    "compare": lambda v, e, p: diary.changes(v, e, 1, now=LATER),
    "mark read": lambda v, e, p: feedback.mark_read(v, e, 1, now=LATER),
    "comment": lambda v, e, p: feedback.comment_on(v, e, "I read this.", revision_number=1, now=LATER),
}
OWN_ACTIONS: dict[str, Callable[[Viewer, str, str], object]] = {
    "history": lambda v, e, p: diary.history(v, e, now=LATER),
    "see its version": lambda v, e, p: diary.entry_version(v, e),
    "edit": lambda v, e, p: diary.save_entry(v, e, Draft(body="Not mine"), version=1, now=LATER),
    "grant": lambda v, e, p: diary.set_audiences(v, e, AUDIENCES, now=LATER),
    "mark as threshold": lambda v, e, p: diary.mark_threshold(
        v, e, kinds=["being"], before="", after="", helped="", now=LATER
    ),
    "unmark": lambda v, e, p: diary.unmark_threshold(v, e),
    "retell": lambda v, e, p: diary.restory(v, e, None),
    "describe the photograph": lambda v, e, p: photographs.describe_photograph(v, p, alt="A bed", caption=""),
    "take the photograph off": lambda v, e, p: photographs.remove_photograph(v, p),
    "delete": lambda v, e, p: diary.delete_entry(v, e, now=LATER),
    "bring back": lambda v, e, p: diary.restore_entry(v, e, now=LATER),
}


@pytest.mark.parametrize("audiences", GRANTS, ids=lambda a: "+".join(sorted(a)) or "private")
def test_the_table_of_who_may_do_what(everybody: dict[str, Viewer], audiences: frozenset[Audience]) -> None:
    """Audiences are a set, not a ladder: each of the sixteen opens to exactly those that it names."""
    mei = everybody["owner"]
    entry_id = keep(mei)
    stored = photographs.write_file(*photographs.encode(PICTURE))
    row = access.own_entry(mei, entry_id)
    photograph_id = photographs.store(mei, row, stored, now=NOW).public_id
    diary.set_audiences(mei, entry_id, audiences, now=NOW)
    readers = {"owner"}.union(*(REACHES[a] for a in audiences))
    done: dict[str, set[str]] = {action: set() for action in (*ACTIONS, *OWN_ACTIONS)}
    for kind, viewer in everybody.items():
        # What is the owner's alone is tried where nothing is open to others, and where everything is
        closed = OWN_ACTIONS if kind != "owner" and len(audiences) in (0, 4) else {}
        for action, attempt in (ACTIONS | closed).items():
            try:
                attempt(viewer, entry_id, photograph_id)
            except errors.NotFound as refusal:
                assert str(refusal) == "There is nothing here for you."  # nor that there is something
            else:
                done[action].add(kind)
    for action, attempt in OWN_ACTIONS.items():
        attempt(mei, entry_id, photograph_id)
        done[action].add("owner")
    assert done == {action: readers if action in ACTIONS else {"owner"} for action in done}


PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63606060000000040001f61738550000000049454e44ae426082"
)  # one black pixel


def test_the_waiting_list_holds_what_was_granted_to_the_match_alone(everybody: dict[str, Viewer]) -> None:
    mei = everybody["owner"]
    entry_id = keep(mei, "For all", *AUDIENCES)
    waiting = {
        kind
        for kind, viewer in everybody.items()
        if [w.entry.public_id for w in feedback.waiting(viewer, now=LATER)] == [entry_id]
    }
    assert waiting == {"matched mentor", "matched peer mentor"}


def test_readers_are_named_before_anything_is_granted(people: People) -> None:
    readers = access.readers(people.mei.user_id, now=NOW)
    assert readers["mentor"].names == ("Dr Lin",)
    assert readers["peer_mentor"].names == ("Tan Yu",)
    assert readers["faculty"].names == ("Professor Zhou",)
    assert readers["cohort"].cohorts == ("Class of 2020",)
    assert all(
        not r.names and not r.cohorts for r in access.readers(people.stranger.user_id, now=NOW).values()
    )


# ---------------------------------------------------------------- what closes a way in, and what opens none


def test_a_question_that_was_not_answered_opens_nothing(people: People) -> None:
    entry_id = keep(people.jun, "For my mentors", "mentor", "peer_mentor")
    lin_id = member_of(people, people.lin)
    match = programme.propose_match(people.jun, people.cohort_id, lin_id, now=NOW)
    assert not may_read(people.lin, entry_id)
    programme.decline_match(people.lin, match.public_id, now=NOW)
    assert not may_read(people.lin, entry_id)
    again = programme.propose_match(people.jun, people.cohort_id, lin_id, now=NOW)
    programme.accept_match(people.lin, again.public_id, now=NOW)
    assert may_read(people.lin, entry_id)


@pytest.mark.parametrize("who", ["mei", "lin"])
def test_an_ended_match_closes_at_once(people: People, who: str) -> None:
    entry_id = keep(people.mei, "For my mentor", "mentor")
    assert may_read(people.lin, entry_id, now=NOW)
    programme.end_match(getattr(people, who), match_of(people.mei, people.lin), now=NOW)
    assert not may_read(people.lin, entry_id, now=NOW)
    assert feedback.waiting(people.lin, now=NOW) == []
    assert feedback.mentees(people.lin, now=NOW) == []
    with pytest.raises(errors.NotFound):
        feedback.entries_of(people.lin, people.mei.public_id, now=NOW)


def test_a_revoked_grant_closes_at_once(people: People) -> None:
    entry_id = keep(people.mei, "For both", "mentor", "cohort")
    diary.set_audiences(people.mei, entry_id, ["cohort"], now=NOW)
    assert may_read(people.lin, entry_id)  # as a member of the cohort
    diary.set_audiences(people.mei, entry_id, [], now=NOW)
    assert [may_read(v, entry_id) for v in (people.lin, people.jun, people.mei)] == [False, False, True]
    assert diary.entry_page(people.mei, entry_id, now=NOW).granted_on == {}


def test_a_role_that_ended_closes_at_once_where_it_is_tomorrow_already(people: People) -> None:
    """02:00 in Shanghai is the evening before in UTC."""
    entry_id = keep(people.mei, "For the faculty and for all", "faculty", "cohort")
    ma, ma_id = add(people, "prof-ma", "Professor Ma", "lead", "lead")
    programme.add_member(people.zhou, people.cohort_id, "prof-ma", "mentor", now=NOW)
    night = dt.datetime(2022, 9, 20, 18, 0, tzinfo=dt.UTC)
    assert may_read(ma, entry_id, now=night)
    programme.end_role(people.zhou, people.cohort_id, ma_id, "lead", now=night)
    assert may_read(ma, entry_id, now=night)  # as a mentor of the cohort
    diary.set_audiences(people.mei, entry_id, ["faculty"], now=night)
    assert not may_read(ma, entry_id, now=night)
    programme.end_role(people.zhou, people.cohort_id, ma_id, "mentor", now=night)
    diary.set_audiences(people.mei, entry_id, ["cohort"], now=night)
    assert not may_read(ma, entry_id, now=night)


def test_a_role_opens_on_its_first_day(people: People) -> None:
    entry_id = keep(people.mei, "For all", "cohort")
    programme.add_member(
        people.zhou, people.cohort_id, "noor", "mentee", starts_on=dt.date(2022, 9, 20), now=NOW
    )
    eve = dt.datetime(2022, 9, 19, 15, 59, tzinfo=dt.UTC)  # a minute to midnight in Shanghai
    assert not may_read(people.stranger, entry_id, now=eve)
    assert may_read(people.stranger, entry_id, now=eve + dt.timedelta(minutes=1))


def test_drafts_and_deleted_entries_are_nobodys(people: People) -> None:
    draft = diary.keep_entry(
        people.mei, Draft(body="Not yet"), creation_key="d", as_draft=True, now=NOW
    ).entry_id
    with pytest.raises(errors.Invalid):
        diary.set_audiences(people.mei, draft, ["cohort"], now=NOW)
    assert not may_read(people.lin, draft)
    entry_id = keep(people.mei, "For all", *AUDIENCES)
    diary.delete_entry(people.mei, entry_id, now=NOW)
    for viewer in (people.mei, people.lin, people.tan, people.zhou, people.jun, people.root):
        assert not may_read(viewer, entry_id)
    with pytest.raises(errors.NotFound):
        diary.restore_entry(people.lin, entry_id, now=NOW)
    diary.restore_entry(people.mei, entry_id, now=NOW)
    assert may_read(people.lin, entry_id)


def test_somebody_shut_out_is_named_no_more_and_their_sign_in_is_over(people: People) -> None:
    keep(people.mei, "For my mentor", "mentor")
    _, token = accounts.sign_in("dr-lin", PASSWORD, now=NOW)
    accounts.disable(people.root, people.lin.public_id, now=NOW)
    assert accounts.viewer_for_token(token, now=NOW) is None
    with pytest.raises(errors.WrongCredentials):
        accounts.sign_in("dr-lin", PASSWORD, now=NOW)
    assert access.readers(people.mei.user_id, now=NOW)["mentor"].names == ()
    assert access.readers(people.mei.user_id, now=NOW)["peer_mentor"].names == ("Tan Yu",)


def test_who_has_read_is_told_of_those_who_still_may(people: People) -> None:
    entry_id = keep(people.mei, "For both", "mentor", "cohort")
    feedback.mark_read(people.lin, entry_id, 1, now=NOW)
    feedback.mark_read(people.jun, entry_id, 1, now=LATER)
    page = diary.entry_page(people.mei, entry_id, now=LATER)
    assert page.read_by_others == (("Dr Lin", 1, NOW), ("Li Jun", 1, LATER))
    diary.set_audiences(people.mei, entry_id, ["mentor"], now=LATER)
    assert diary.entry_page(people.mei, entry_id, now=LATER).read_by_others == (("Dr Lin", 1, NOW),)
    assert diary.entry_page(people.lin, entry_id, now=LATER).read_by_others == ()


# ---------------------------------------------------------------- what stood there before


def test_a_revision_from_before_the_grant_stays_closed(people: People) -> None:
    entry_id = keep(people.mei, "Mrs Wu, 74, bed four, Renmin Hospital.")
    assert change(people.mei, entry_id, "A patient of mine.", now=LATER) == 2
    diary.set_audiences(people.mei, entry_id, ["mentor"], now=LATER)
    later = LATER + DAY
    for attempt in (
        lambda: feedback.comment_on(people.lin, entry_id, "Who?", revision_number=1, now=later),
        lambda: feedback.mark_read(people.lin, entry_id, 1, now=later),
        lambda: diary.changes(people.lin, entry_id, 1, now=later),
        lambda: diary.changes(people.lin, entry_id, 1, 1, now=later),
        lambda: diary.changes(people.lin, entry_id, 2, 1, now=later),
    ):
        with pytest.raises(errors.NotFound):
            attempt()
    assert diary.entry_page(people.lin, entry_id, now=later).entry.body == "A patient of mine."
    feedback.comment_on(people.lin, entry_id, "Go on.", revision_number=2, now=later)
    assert change(people.mei, entry_id, "A patient of mine, and her daughter.", now=later) == 3
    assert diary.changes(people.lin, entry_id, 2, now=later).old.body == "A patient of mine."
    with pytest.raises(errors.NotFound):
        diary.changes(people.lin, entry_id, 1, now=later)


def test_a_new_match_opens_the_present_text_and_not_what_was_taken_out_before(people: People) -> None:
    entry_id = keep(people.jun, "Old Chen in bed nine", "mentor")
    change(people.jun, entry_id, "Somebody in a bed", now=LATER)
    match = programme.propose_match(people.jun, people.cohort_id, member_of(people, people.lin), now=LATER)
    programme.accept_match(people.lin, match.public_id, now=LATER + DAY)
    with pytest.raises(errors.NotFound):
        feedback.comment_on(people.lin, entry_id, "Who?", revision_number=1, now=LATER + DAY)
    feedback.comment_on(people.osei, entry_id, "I remember.", revision_number=1, now=LATER + DAY)


def test_who_joins_late_cannot_ask_for_what_was_taken_out_before(people: People) -> None:
    entry_id = keep(people.mei, "Old Chen in bed nine", "cohort")
    change(people.mei, entry_id, "Somebody in a bed", now=LATER)
    programme.join(people.stranger, people.code, now=LATER + DAY)
    assert may_read(people.stranger, entry_id, now=LATER + DAY)
    with pytest.raises(errors.NotFound):
        feedback.mark_read(people.stranger, entry_id, 1, now=LATER + DAY)
    feedback.mark_read(people.jun, entry_id, 1, now=LATER + DAY)


def test_who_comes_back_cannot_ask_for_what_stood_there_meanwhile(people: People) -> None:
    jun_id = member_of(people, people.jun)
    programme.end_role(people.zhou, people.cohort_id, jun_id, "mentee", now=NOW)
    entry_id = keep(people.mei, "While Jun was away", "cohort")
    change(people.mei, entry_id, "Now that he is back", now=LATER)
    assert not may_read(people.jun, entry_id)
    programme.join(people.jun, people.code, now=LATER + DAY)
    assert may_read(people.jun, entry_id, now=LATER + DAY)
    with pytest.raises(errors.NotFound):
        feedback.mark_read(people.jun, entry_id, 1, now=LATER + DAY)


def test_a_passage_taken_out_is_not_quoted_to_later_readers(people: People) -> None:
    entry_id = keep(people.mei, "Mrs Wu did not wake. I stayed.", "mentor")
    for quoted in ("Mrs Wu did not wake.", "I stayed."):
        feedback.comment_on(people.lin, entry_id, "Yes.", revision_number=1, quoted=quoted, now=NOW)
    change(people.mei, entry_id, "She did not wake. I stayed.", now=LATER)
    diary.set_audiences(people.mei, entry_id, ["mentor", "cohort"], now=LATER)
    quotes = {
        name: [c.quoted for c in diary.entry_page(viewer, entry_id, now=LATER).entry.comments]
        for name, viewer in {"Mei": people.mei, "Dr Lin": people.lin, "Jun": people.jun}.items()
    }
    assert quotes == {
        "Mei": ["Mrs Wu did not wake.", "I stayed."],
        "Dr Lin": ["Mrs Wu did not wake.", "I stayed."],
        "Jun": [None, "I stayed."],
    }


def test_others_never_see_a_link_to_what_they_may_not_read(people: People) -> None:
    first = keep(people.mei, "The first death", now=NOW - DAY)
    second = keep(people.mei, "Told again", "mentor", now=NOW)
    diary.restory(people.mei, second, first)
    assert diary.entry_page(people.mei, second, now=LATER).entry.retells == first
    assert diary.entry_page(people.lin, second, now=LATER).entry.retells is None
    diary.set_audiences(people.mei, first, ["mentor"], now=NOW)
    assert diary.entry_page(people.lin, second, now=LATER).entry.retells == first
    assert diary.entry_page(people.lin, first, now=LATER).entry.returned_to == (second,)


@pytest.mark.parametrize(
    ("who", "role"),
    [("mei", "mentee"), ("lin", "mentor"), ("tan", "peer_mentor"), ("zhou", "lead"), ("jun", "mentee")],
)
def test_a_comment_names_the_role_in_which_it_was_written(people: People, who: str, role: str) -> None:
    entry_id = keep(people.mei, "For all", *AUDIENCES)
    feedback.comment_on(getattr(people, who), entry_id, "I read this.", revision_number=1, now=NOW)
    assert [c.author_role for c in diary.entry_page(people.mei, entry_id, now=NOW).entry.comments] == [role]


# ---------------------------------------------------------------- any sequence of all this


class Door(RuleBasedStateMachine):
    """A student's entry, opened and closed in every way there is; the model knows who stands inside."""

    people: People
    made = itertools.count(1)

    def __init__(self) -> None:
        super().__init__()
        people, number = self.people, next(self.made)
        self.student = accounts.add_user(f"student-{number}", f"Student {number}", PASSWORD, now=NOW)
        self.now = NOW
        self.member = False
        self.kept = self.deleted = False
        self.audiences: frozenset[Audience] = frozenset()
        self.matches: dict[str, tuple[str, str]] = {}  # by mentor: id and state
        self.mentors = {"mentor": people.lin, "peer_mentor": people.tan}
        self.entry_id = diary.keep_entry(
            self.student, Draft(body="So it began"), creation_key="x", as_draft=True, now=NOW
        ).entry_id

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours: int) -> None:
        self.now += dt.timedelta(hours=hours)

    @precondition(lambda self: not self.member)
    @rule()
    def join(self) -> None:
        programme.join(self.student, self.people.code, now=self.now)
        self.member = True

    @precondition(lambda self: self.member)
    @rule()
    def leave(self) -> None:
        member_id = member_of(self.people, self.student)
        programme.end_role(self.people.zhou, self.people.cohort_id, member_id, "mentee", now=self.now)
        self.member, self.matches = False, {}

    @precondition(lambda self: not self.kept and not self.deleted)
    @rule()
    def keep(self) -> None:
        version = diary.entry_version(self.student, self.entry_id)
        diary.save_entry(
            self.student, self.entry_id, Draft(body="So it began"), version=version, now=self.now
        )
        self.kept = True

    @precondition(lambda self: not self.deleted)
    @rule()
    def delete(self) -> None:
        diary.delete_entry(self.student, self.entry_id, now=self.now)
        self.deleted = True

    @precondition(lambda self: self.deleted)
    @rule()
    def bring_back(self) -> None:
        diary.restore_entry(self.student, self.entry_id, now=self.now)
        self.deleted = False

    @precondition(lambda self: self.kept and not self.deleted)
    @rule(audiences=st.frozensets(st.sampled_from(AUDIENCES)))
    def grant(self, audiences: frozenset[Audience]) -> None:
        diary.set_audiences(self.student, self.entry_id, audiences, now=self.now)
        self.audiences = audiences

    @precondition(lambda self: self.member)
    @rule(role=st.sampled_from(["mentor", "peer_mentor"]))
    def propose(self, role: str) -> None:
        asked = member_of(self.people, self.mentors[role])
        try:
            match = programme.propose_match(self.student, self.people.cohort_id, asked, now=self.now)
        except errors.Conflict:
            assert role in self.matches
        else:
            assert role not in self.matches
            self.matches[role] = (match.public_id, "proposed")

    @precondition(lambda self: "proposed" in {s for _, s in self.matches.values()})
    @rule(data=st.data(), accept=st.booleans())
    def answer(self, data: st.DataObject, accept: bool) -> None:
        role = data.draw(st.sampled_from([r for r, (_, s) in self.matches.items() if s == "proposed"]))
        match_id = self.matches[role][0]
        if accept:
            programme.accept_match(self.mentors[role], match_id, now=self.now)
            self.matches[role] = (match_id, "active")
        else:
            programme.decline_match(self.mentors[role], match_id, now=self.now)
            del self.matches[role]

    @precondition(lambda self: self.matches)
    @rule(data=st.data(), by_student=st.booleans())
    def end(self, data: st.DataObject, by_student: bool) -> None:
        role = data.draw(st.sampled_from(sorted(self.matches)))
        who = self.student if by_student else self.mentors[role]
        programme.end_match(who, self.matches.pop(role)[0], now=self.now)

    def finds(self, viewer: Viewer) -> bool:
        found = access.entries_for(viewer, now=self.now).where(Entry.public_id == self.entry_id)
        return bool(found.exists())

    @invariant()
    def exactly_those_can_read(self) -> None:
        people = self.people
        viewers = {
            "lin": people.lin, "tan": people.tan, "osei": people.osei, "zhou": people.zhou, "jun": people.jun,
            "noor": people.stranger, "root": people.root,
        }  # fmt: skip
        expected: set[str] = set()
        if self.kept and not self.deleted:
            for role, name in (("mentor", "lin"), ("peer_mentor", "tan")):
                if role in self.audiences and self.matches.get(role, ("", ""))[1] == "active":
                    expected.add(name)
            if self.member and "faculty" in self.audiences:
                expected.add("zhou")
            if self.member and "cohort" in self.audiences:
                expected |= {"lin", "tan", "osei", "zhou", "jun"}
        assert {name for name, viewer in viewers.items() if self.finds(viewer)} == expected
        assert may_read(self.student, self.entry_id, now=self.now) is not self.deleted
        for name in sorted(expected)[:1]:
            entry = access.entry_for(viewers[name], self.entry_id, now=self.now)
            assert access.could_read_since(viewers[name], entry, now=self.now) <= self.now
            assert access.still_readers(entry, [viewers[name].user_id], now=self.now)


@pytest.mark.parametrize("examples", [4, pytest.param(50, marks=pytest.mark.heavy)])
def test_whatever_is_opened_and_closed_nobody_else_reads(people: People, examples: int) -> None:
    machine = type("DoorOfThisCohort", (Door,), {"people": people})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=examples, stateful_step_count=15, deadline=None)
    )

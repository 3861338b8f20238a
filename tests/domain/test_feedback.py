"""Comments: in threads, pinned to what was read, and what still waits to be read."""

import datetime as dt

import pytest

from portfolio.domain import diary, errors, feedback, programme
from portfolio.domain.diary import Draft
from portfolio.domain.records import Audience, Comment, Viewer
from tests.conftest import NOW, People

DAY, MINUTE = dt.timedelta(days=1), dt.timedelta(minutes=1)
BODY = "The ward was quiet. I stayed with her.\n\n“Go on,” she said, and I went on."


def keep(viewer: Viewer, body: str = BODY, *audiences: Audience, now: dt.datetime = NOW) -> str:
    draft = Draft(body=body, entry_date=now.date())
    return diary.keep_entry(
        viewer, draft, creation_key=f"{now}{body}"[:120], audiences=audiences or ("mentor",), now=now
    ).entry_id


def change(viewer: Viewer, entry_id: str, body: str, now: dt.datetime) -> diary.Saved:
    version = diary.entry_version(viewer, entry_id)
    return diary.save_entry(viewer, entry_id, Draft(body=body), version=version, now=now)


def say(viewer: Viewer, entry_id: str, body: str = "Go on.", number: int = 1, **more: str) -> str:
    now = more.pop("now", NOW)
    return feedback.comment_on(viewer, entry_id, body, revision_number=number, now=now, **more)  # type: ignore[arg-type]


def thread(viewer: Viewer, entry_id: str) -> tuple[Comment, ...]:
    return diary.entry_page(viewer, entry_id, now=NOW).entry.comments


def shape(comments: tuple[Comment, ...]) -> list[object]:
    return [(c.body, shape(c.replies)) if c.replies else c.body for c in comments]


# ---------------------------------------------------------------- threads


def test_dr_lin_answers_and_mei_answers_back(people: People) -> None:
    entry_id = keep(people.mei)
    above = say(people.lin, entry_id, "Why did you *stay*?\r\n")
    say(people.mei, entry_id, "Because she asked.", answers=above)
    say(people.lin, entry_id, "One thing more.")
    comments = thread(people.mei, entry_id)
    assert shape(comments) == [("Why did you *stay*?", ["Because she asked."]), "One thing more."]
    first = comments[0]
    assert (first.author_name, first.author_role, first.own) == ("Dr Lin", "mentor", False)
    assert first.html == "<p>Why did you <em>stay</em>?</p>"
    assert (first.replies[0].author_name, first.replies[0].author_role, first.replies[0].own) == (
        "Wang Mei", "mentee", True,
    )  # fmt: skip
    assert [c.own for c in thread(people.lin, entry_id)] == [True, True]


def test_an_answer_to_the_eighth_answer_stands_beside_it(people: People) -> None:
    entry_id = keep(people.mei)
    last = ""
    for number in range(1, 12):
        writer = people.lin if number % 2 else people.mei
        last = say(writer, entry_id, f"{number}", answers=last)
    depth, comments, bodies = 0, thread(people.mei, entry_id), []
    while comments:
        depth += 1
        bodies.append([c.body for c in comments])
        comments = comments[0].replies
    assert depth == feedback.DEPTH_MOST
    assert bodies == [["1"], ["2"], ["3"], ["4"], ["5"], ["6"], ["7"], ["8", "9", "10", "11"]]


def test_a_withdrawn_comment_leaves_its_answers_standing(people: People) -> None:
    entry_id = keep(people.mei)
    above = say(people.lin, entry_id, "I was wrong.", quoted="quiet")
    answer = say(people.mei, entry_id, "No.", answers=above)
    feedback.withdraw_comment(people.lin, above, now=NOW)
    gone = thread(people.mei, entry_id)[0]
    assert (gone.withdrawn, gone.body, gone.html, gone.quoted) == (True, "", "", None)
    assert [r.body for r in gone.replies] == ["No."]
    with pytest.raises(errors.Invalid, match="is gone"):
        say(people.mei, entry_id, "Really?", answers=above)
    feedback.withdraw_comment(people.mei, answer, now=NOW)
    assert thread(people.mei, entry_id) == ()
    feedback.restore_comment(people.lin, above, now=NOW)
    assert shape(thread(people.mei, entry_id)) == ["I was wrong."]


def test_only_its_writer_takes_a_comment_back(people: People) -> None:
    entry_id = keep(people.mei)
    comment = say(people.lin, entry_id)
    for viewer in (people.mei, people.tan, people.zhou, people.root):
        for action in (feedback.withdraw_comment, feedback.restore_comment):
            with pytest.raises(errors.NotFound):
                action(viewer, comment, now=NOW)
    assert shape(thread(people.mei, entry_id)) == ["Go on."]


def test_an_answer_belongs_to_the_entry_that_it_answers_in(people: People) -> None:
    first, second = keep(people.mei), keep(people.mei, "Another")
    above = say(people.lin, first)
    for answers in (above, "nosuchcomment", "\x00"):
        with pytest.raises(errors.Invalid) as refusal:
            say(people.lin, second, answers=answers)
        assert refusal.value.field == "answers"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"body": ""}, "body"),
        ({"body": " \n\t\x00"}, "body"),
        ({"body": "x" * 20_001}, "body"),
        ({"body": "Yes.", "quoted": "x" * 2001}, "quoted"),
    ],
)
def test_what_is_no_comment_names_its_field(people: People, values: dict[str, str], field: str) -> None:
    entry_id = keep(people.mei)
    with pytest.raises(errors.Invalid) as refusal:
        say(people.lin, entry_id, **values)
    assert refusal.value.field == field
    assert thread(people.mei, entry_id) == ()


def test_a_draft_is_not_discussed(people: People) -> None:
    draft = diary.keep_entry(people.mei, Draft(body="Not yet"), creation_key="d", as_draft=True, now=NOW)
    with pytest.raises(errors.Invalid, match="draft"):
        say(people.mei, draft.entry_id)
    with pytest.raises(errors.NotFound):
        say(people.lin, draft.entry_id)


def test_a_request_that_came_twice_is_one_comment(people: People) -> None:
    entry_id = keep(people.mei)
    first = say(people.lin, entry_id, "Once.", creation_key="page-7")
    assert say(people.lin, entry_id, "Once.", creation_key="page-7") == first
    mine = say(people.mei, entry_id, "My own key.", creation_key="page-7")
    assert mine != first
    assert shape(thread(people.mei, entry_id)) == ["Once.", "My own key."]


# ---------------------------------------------------------------- pinned to what was read


def test_a_comment_stays_with_the_revision_that_was_read(people: People) -> None:
    entry_id = keep(people.mei)
    say(people.lin, entry_id, "Go on.", quoted="I stayed with her.")
    change(people.mei, entry_id, "The ward was quiet. I left.", NOW + MINUTE)  # at once, and yet not folded
    comment = thread(people.mei, entry_id)[0]
    assert (comment.revision_number, comment.quoted) == (1, "I stayed with her.")
    page = diary.entry_page(people.lin, entry_id, now=NOW)
    assert (page.entry.revision_number, page.read_revision) == (2, 1)
    assert page.versions == {1: NOW, 2: NOW + MINUTE}
    diff = diary.changes(people.lin, entry_id, 1, now=NOW)
    assert (diff.old.body, diff.new.body) == (BODY, "The ward was quiet. I left.")


@pytest.mark.parametrize("seen", ["read", "commented on", "read by nobody"])
def test_quick_saves_fold_only_while_nobody_has_read(people: People, seen: str) -> None:
    entry_id = keep(people.mei)
    if seen == "read":
        feedback.mark_read(people.lin, entry_id, 1, now=NOW)
    elif seen == "commented on":
        say(people.mei, entry_id, "A note to myself.")
    saved = change(people.mei, entry_id, "And more.", NOW + MINUTE)
    assert saved.revision_number == (1 if seen == "read by nobody" else 2)


@pytest.mark.parametrize(
    ("body", "quoted", "span"),
    [
        ("一二三🙂四五六", "🙂四", (3, 5)),
        ("e\u0301te\u0301, puis l’hôpital", "puis", (5, 9)),  # NFC: two code points fewer
        ("one\r\ntwo\r\nthree", "two\r\nthree", (4, 13)),
        ("a \U00020bb7 b", "b", (4, 5)),
        ("the end", "the end", (0, 7)),
        ("the end", "another end", None),
    ],
)
def test_spans_are_half_open_code_points(
    people: People, body: str, quoted: str, span: tuple[int, int] | None
) -> None:
    entry_id = keep(people.mei, body)
    say(people.lin, entry_id, quoted=quoted)
    comment = thread(people.lin, entry_id)[0]
    kept = diary.entry_page(people.mei, entry_id, now=NOW).entry.body
    assert (comment.quote_start, comment.quote_end) == (span or (None, None))
    if span:
        assert kept[span[0] : span[1]] == comment.quoted


@pytest.mark.parametrize("number", [0, 2, -1, 10**12])
def test_a_revision_that_never_was_cannot_be_read(people: People, number: int) -> None:
    entry_id = keep(people.mei)
    for viewer in (people.lin, people.mei):
        with pytest.raises(errors.NotFound):
            say(viewer, entry_id, number=number)
    with pytest.raises(errors.NotFound):
        feedback.mark_read(people.lin, entry_id, number, now=NOW)


# ---------------------------------------------------------------- what waits


def waiting(viewer: Viewer, now: dt.datetime = NOW + 30 * DAY) -> list[tuple[str, int | None, dt.datetime]]:
    return [(w.entry.public_id, w.read_revision, w.since) for w in feedback.waiting(viewer, now=now)]


def test_the_oldest_waits_first_and_what_was_read_waits_no_more(people: People) -> None:
    second, first = keep(people.mei, "B", now=NOW - DAY), keep(people.mei, "A", now=NOW - 5 * DAY)
    third = keep(people.mei, "C", now=NOW)
    keep(people.mei, "For Tan", "peer_mentor")
    keep(people.mei, "For all", "cohort", "faculty")
    keep(people.jun, "Of another", "mentor")
    assert [w[0] for w in waiting(people.lin)] == [first, second, third]
    assert waiting(people.lin)[0] == (first, None, NOW - 5 * DAY)
    line = feedback.waiting(people.lin, now=NOW)[0].entry
    assert (line.owner_name, line.title, line.html, line.words, line.entry_date) == (
        "Wang Mei", "", "<p>A</p>", 1, (NOW - 5 * DAY).date(),
    )  # fmt: skip
    feedback.mark_read(people.lin, first, 1, now=NOW)
    say(people.lin, third)
    assert [w[0] for w in waiting(people.lin)] == [second]


def test_a_changed_entry_waits_again_since_its_change(people: People) -> None:
    early, late = keep(people.mei, "A", now=NOW - 5 * DAY), keep(people.mei, "B", now=NOW - DAY)
    feedback.mark_read(people.lin, early, 1, now=NOW - 2 * DAY)
    change(people.mei, early, "A, and more", NOW)
    assert waiting(people.lin) == [(late, None, NOW - DAY), (early, 1, NOW)]
    feedback.mark_read(people.lin, early, 2, now=NOW)
    feedback.mark_read(people.lin, early, 1, now=NOW)  # an old tab does not take it back
    assert [w[0] for w in waiting(people.lin)] == [late]


def test_an_entry_waits_since_it_reached_the_reader(people: People) -> None:
    """Granted to the faculty long ago, to the mentor today; written before the match."""
    entry_id = keep(people.mei, "A", "faculty", now=NOW - 9 * DAY)
    diary.set_audiences(people.mei, entry_id, ["faculty", "mentor"], now=NOW)
    assert waiting(people.lin) == [(entry_id, None, NOW)]
    older = keep(people.jun, "B", "mentor", now=NOW - 9 * DAY)
    view = programme.cohort_led(people.zhou, people.cohort_id, now=NOW)
    lin = next(m.public_id for m in view.members if m.login == "dr-lin")
    match = programme.propose_match(people.jun, people.cohort_id, lin, now=NOW)
    programme.accept_match(people.lin, match.public_id, now=NOW + DAY)
    assert waiting(people.lin) == [(entry_id, None, NOW), (older, None, NOW + DAY)]


def test_two_ways_to_one_entry_let_it_wait_once(people: People) -> None:
    programme.add_member(people.zhou, people.cohort_id, "tan", "mentor", now=NOW)
    view = programme.cohort_led(people.zhou, people.cohort_id, now=NOW)
    tan = next(m.public_id for m in view.members if m.login == "tan")
    programme.end_match(
        people.mei, next(m.public_id for m in view.matches if m.mentor_name == "Tan Yu"), now=NOW
    )
    match = programme.propose_match(people.mei, people.cohort_id, tan, now=NOW)  # as mentor
    programme.accept_match(people.tan, match.public_id, now=NOW)
    entry_id = keep(people.mei, "A", "mentor", "peer_mentor")
    assert waiting(people.tan) == [(entry_id, None, NOW)]
    assert [(m.name, m.role, m.waiting, m.granted) for m in feedback.mentees(people.tan, now=NOW)] == [
        ("Wang Mei", "mentor", 1, 1)
    ]


def test_a_mentor_sees_whom_they_accompany_and_what_they_shared(people: People) -> None:
    keep(people.mei, "Read", "mentor")
    say(people.lin, keep(people.mei, "Answered", "mentor"))
    keep(people.mei, "For all", "cohort")
    diary.keep_entry(people.mei, Draft(body="Mine alone"), creation_key="p", now=NOW)
    assert [(m.name, m.role, m.waiting, m.granted) for m in feedback.mentees(people.lin, now=NOW)] == [
        ("Wang Mei", "mentor", 1, 3)
    ]
    name, entries = feedback.entries_of(people.lin, people.mei.public_id, now=NOW)
    assert (name, {e.body for e in entries}) == ("Wang Mei", {"Read", "Answered", "For all"})
    assert feedback.mentees(people.mei, now=NOW) == []


def test_entries_of_somebody_else_are_there_only_for_who_may_read_one(people: People) -> None:
    assert feedback.entries_of(people.lin, people.mei.public_id, now=NOW) == ("Wang Mei", [])
    for viewer in (people.osei, people.jun, people.root, people.stranger, people.mei):
        for person in (people.mei.public_id, "nosuchperson"):
            with pytest.raises(errors.NotFound):
                feedback.entries_of(viewer, person, now=NOW)
    keep(people.mei, "For all", "cohort")
    assert len(feedback.entries_of(people.jun, people.mei.public_id, now=NOW)[1]) == 1


def test_the_cohort_and_the_faculty_find_what_was_shared_with_them(people: People) -> None:
    keep(people.mei, "For all", "cohort", now=NOW - DAY)
    keep(people.jun, "For all, later", "cohort")
    keep(people.mei, "For the faculty", "faculty")
    assert [e.body for e in feedback.shared_with_cohort(people.lin, now=NOW)] == ["For all, later", "For all"]
    assert [e.body for e in feedback.shared_with_cohort(people.mei, now=NOW)] == ["For all, later"]
    assert [e.body for e in feedback.shared_with_faculty(people.zhou, now=NOW)] == ["For the faculty"]
    assert feedback.shared_with_faculty(people.lin, now=NOW) == []
    assert feedback.shared_with_cohort(people.stranger, now=NOW) == []


# ---------------------------------------------------------------- what an author has not seen yet


def new(viewer: Viewer) -> dict[str, int]:
    return {answered.entry.public_id: answered.count for answered in feedback.new_answers(viewer)}


def see_all(viewer: Viewer, *, now: dt.datetime = NOW) -> None:
    for answered in feedback.new_answers(viewer):
        feedback.mark_read(viewer, answered.entry.public_id, 1, comments=answered.comments, now=now)


def test_an_author_is_told_of_answers_until_they_have_seen_them(people: People) -> None:
    first, second = keep(people.mei, "First."), keep(people.mei, "Second.", "mentor", "cohort")
    say(people.lin, second, "A question.")
    say(people.lin, first, "One.", now=NOW + MINUTE)
    say(people.jun, second, "And from me.", now=NOW + 2 * MINUTE)
    newest, other = feedback.new_answers(people.mei)
    assert (newest.entry.public_id, newest.names, newest.latest) == (
        second, ("Dr Lin", people.jun.name), NOW + 2 * MINUTE,
    )  # fmt: skip
    assert (other.entry.public_id, other.count) == (first, 1)
    feedback.mark_read(people.mei, second, 1, comments=newest.comments[:1], now=NOW)
    assert new(people.mei) == {second: 1, first: 1}
    see_all(people.mei)
    see_all(people.mei)
    assert new(people.mei) == {}
    say(people.lin, first, "Two.")
    assert new(people.mei) == {first: 1}


def test_only_what_others_say_on_ones_own_entries_is_new(people: People) -> None:
    entry_id = keep(people.mei)
    question = say(people.lin, entry_id)
    say(people.mei, entry_id, "My answer.", answers=question)  # who answers has read
    assert new(people.mei) == {}
    assert new(people.lin) == {}
    gone = say(people.lin, entry_id, "Never mind.")
    feedback.withdraw_comment(people.lin, gone, now=NOW)
    assert new(people.mei) == {}
    feedback.restore_comment(people.lin, gone, now=NOW)
    diary.delete_entry(people.mei, entry_id, now=NOW)
    assert new(people.mei) == {}
    diary.restore_entry(people.mei, entry_id, now=NOW)
    assert new(people.mei) == {entry_id: 1}


def test_nobody_marks_the_comments_of_another_entry_or_person(people: People) -> None:
    entry_id, other = keep(people.mei), keep(people.mei, "Another.")
    comment = say(people.lin, entry_id)
    feedback.mark_read(people.mei, other, 1, comments=[comment, "nosuch"], now=NOW)
    feedback.mark_read(people.lin, entry_id, 1, comments=[comment], now=NOW)
    with pytest.raises(errors.NotFound):
        feedback.mark_read(people.stranger, entry_id, 1, comments=[comment], now=NOW)
    assert new(people.mei) == {entry_id: 1}

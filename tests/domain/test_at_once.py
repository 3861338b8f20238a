"""What happens when the same person, or many, do the same thing at the same moment."""

import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable

import pytest

from portfolio import jobs
from portfolio.domain import accounts, diary, errors, feedback, portfolios, programme
from portfolio.domain.diary import Draft
from portfolio.domain.records import Choices
from portfolio.store import database, files
from portfolio.store.accounts import User
from portfolio.store.diary import Entry, Grant, Revision
from portfolio.store.feedback import Comment, Reading
from portfolio.store.jobs import Job
from portfolio.store.portfolios import Edition
from portfolio.store.programme import Match, Member, Role
from tests.conftest import NOW, PASSWORD, People
from tests.domain.test_sharing import make_edition

TABS = 12


def at_once(action: Callable[[int], object], times: int = TABS) -> Counter[str]:
    """Do something in many threads that start together; how often it came to what."""
    came: list[str] = []
    together = threading.Barrier(times)

    def run(number: int) -> None:
        with database.connection():
            together.wait(timeout=30)
            try:
                action(number)
            except errors.DomainError as refusal:
                came.append(type(refusal).__name__)
            except Exception as problem:
                came.append(repr(problem))
            else:
                came.append("done")

    threads = [threading.Thread(target=run, args=(n,)) for n in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(came)


def keep(people: People, body: str = "The ward was quiet.", key: str = "k", **values: object) -> diary.Saved:
    return diary.keep_entry(people.mei, Draft(body=body), creation_key=key, now=NOW, **values)  # type: ignore[arg-type]


def test_a_form_sent_a_dozen_times_makes_one_entry(people: People) -> None:
    assert at_once(lambda n: keep(people)) == {"done": TABS}
    assert (Entry.select().count(), Revision.select().count()) == (1, 1)
    assert diary.timeline(people.mei, diary.Filters(text="quiet"), now=NOW).found == 1


def test_of_a_dozen_tabs_one_saves_and_the_others_are_shown_both_texts(people: People) -> None:
    saved = keep(people)
    came = at_once(
        lambda n: diary.save_entry(
            people.mei, saved.entry_id, Draft(body=f"Tab {n}"), version=saved.version, fold=False, now=NOW
        )
    )
    assert came == {"done": 1, "StaleRevision": TABS - 1}
    history = diary.history(people.mei, saved.entry_id, now=NOW)
    assert [r.number for r in history.revisions] == [1, 2]
    assert diary.entry_version(people.mei, saved.entry_id) == 2


def test_a_comment_sent_a_dozen_times_is_one(people: People) -> None:
    saved = keep(people, audiences=("mentor",))
    came = at_once(
        lambda n: feedback.comment_on(
            people.lin, saved.entry_id, "Go on.", revision_number=1, creation_key="page-7", now=NOW
        )
    )
    assert came == {"done": TABS}
    assert (Comment.select().count(), Reading.select().count()) == (1, 1)


def test_read_in_a_dozen_tabs_is_read_once(people: People) -> None:
    saved = keep(people, audiences=("mentor", "cohort"))
    readers = (people.lin, people.jun, people.tan)
    came = at_once(lambda n: feedback.mark_read(readers[n % 3], saved.entry_id, 1, now=NOW))
    assert came == {"done": TABS}
    assert Reading.select().count() == 3


def test_granting_in_a_dozen_tabs_grants_once(people: People) -> None:
    saved = keep(people)
    came = at_once(lambda n: diary.set_audiences(people.mei, saved.entry_id, ["mentor", "cohort"], now=NOW))
    assert came == {"done": TABS}
    assert Grant.select().count() == 2


def test_joining_a_dozen_times_is_one_membership(people: People) -> None:
    before = Member.select().count(), Role.select().count()
    assert at_once(lambda n: programme.join(people.stranger, people.code, now=NOW)) == {"done": TABS}
    assert (Member.select().count(), Role.select().count()) == (before[0] + 1, before[1] + 1)


def test_a_dozen_people_who_want_one_name(people: People) -> None:
    came = at_once(lambda n: programme.join_newly(people.code, "gao-lei", "Gao Lei", PASSWORD, now=NOW))
    assert came == {"done": 1, "Conflict": TABS - 1}
    assert User.select().where(User.login == "gao-lei").count() == 1


def test_a_question_is_asked_and_answered_once(people: People) -> None:
    view = programme.cohort_led(people.zhou, people.cohort_id, now=NOW)
    lin = next(m.public_id for m in view.members if m.login == "dr-lin")
    before = Match.select().count()
    came = at_once(lambda n: programme.propose_match(people.jun, people.cohort_id, lin, now=NOW))
    assert came == {"done": 1, "Conflict": TABS - 1}
    asked = Match.select().order_by(Match.id.desc()).first().public_id
    answers = (programme.accept_match, programme.decline_match)
    assert at_once(lambda n: answers[n % 2](people.lin, asked, now=NOW)) == {
        "done": 1,
        "PeriodClosed": TABS - 1,
    }
    assert Match.select().count() == before + 1


def test_one_first_administrator(db: None) -> None:
    came = at_once(lambda n: accounts.create_first_administrator(f"ann-{n}", "Ann", PASSWORD, now=NOW))
    assert came == {"done": 1, "NotFound": TABS - 1}
    assert User.select().count() == 1


def test_a_book_asked_for_a_dozen_times_is_one_edition_and_one_job(people: People) -> None:
    keep(people)
    assert at_once(lambda n: jobs.ask(people.mei, "book", Choices(private=True), now=NOW)) == {"done": TABS}
    assert (Edition.select().count(), len(jobs.jobs_of(people.mei))) == (1, 1)


def test_at_most_four_documents_are_under_way(people: People) -> None:
    keep(people)
    came = at_once(lambda n: jobs.ask(people.mei, "site", Choices(private=True), now=NOW))
    assert came == {"done": jobs.OPEN_MOST, "Invalid": TABS - jobs.OPEN_MOST}


def test_narratives_thresholds_and_retellings_are_one_each(people: People) -> None:
    first = keep(people, "First", "a")
    second = diary.keep_entry(people.mei, Draft(body="Again"), creation_key="b", now=NOW)
    for action in (
        lambda n: portfolios.write_narrative(people.mei, f"It began {n}.", now=NOW),
        lambda n: diary.mark_threshold(
            people.mei, second.entry_id, kinds=["being"], before="", after="", helped="", now=NOW
        ),
        lambda n: diary.restory(people.mei, second.entry_id, first.entry_id),
    ):
        assert at_once(action) == {"done": TABS}
    assert len(portfolios.narratives(people.mei)) == 1


def test_the_same_words_with_another_day_are_not_taken_for_the_same_request(people: People) -> None:
    saved = keep(people)
    moved = Draft(body="The ward was quiet.", entry_date=dt.date(2022, 9, 1), tags=("night",))
    diary.save_entry(people.mei, saved.entry_id, moved, version=1, now=NOW)
    again = diary.save_entry(
        people.mei, saved.entry_id, moved, version=1, now=NOW
    )  # a request that came twice
    assert again.version == 2
    for other in (
        Draft(body="The ward was quiet.", entry_date=dt.date(2022, 9, 2), tags=("night",)),
        Draft(body="The ward was quiet.", entry_date=dt.date(2022, 9, 1), tags=("day",)),
    ):
        with pytest.raises(errors.StaleRevision):
            diary.save_entry(people.mei, saved.entry_id, other, version=1, now=NOW)
    kept = diary.entry_page(people.mei, saved.entry_id, now=NOW).entry
    assert (kept.entry_date, kept.tags) == (dt.date(2022, 9, 1), ("night",))


def test_no_zip_outlives_an_edition_that_is_taken_back_while_it_is_finished(people: People) -> None:
    handed = portfolios.submit_edition(people.mei, make_edition(people.mei), people.cohort_id, now=NOW)
    arguments = {"cohort": people.cohort_id, portfolios.HOLDS: [handed.public_id]}
    zips = [
        Job.create(
            owner=people.zhou.user_id, kind="cohort", arguments=arguments, state="running", created_at=NOW
        )
        for _ in range(TABS)
    ]
    names = [files.write(b"PK", ".zip") for _ in zips]

    def act(number: int) -> None:
        if number == 0:
            portfolios.withdraw_submission(people.mei, handed.public_id, now=NOW)
            return
        with database.transaction():
            portfolios.check_not_taken_back(arguments)
            Job.update(state="done", stored_name=names[number]).where(Job.id == zips[number].id).execute()

    came = at_once(act)
    assert came["done"] + came["TakenBack"] == TABS
    assert not Job.select().where(Job.stored_name != "").exists()

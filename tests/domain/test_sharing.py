"""Share links and submissions: who gets an edition, until when, and that both can be taken back at once."""

import datetime as dt

import pytest

from portfolio.domain import accounts, diary, errors, portfolios, programme
from portfolio.domain.diary import Draft
from portfolio.domain.records import Choices, Viewer
from portfolio.store import database, files
from portfolio.store.accounts import AuditEvent
from portfolio.store.portfolios import ShareLink
from tests.conftest import NOW, PASSWORD, People

DAY = dt.timedelta(days=1)
SECRET = "a bell at the end of the night"


def make_edition(viewer: Viewer, *, variant: str = "review", body: str = "Shared.") -> str:
    diary.keep_entry(viewer, Draft(body=body), creation_key=body, audiences=["mentor"], now=NOW)
    edition_id, _ = portfolios.freeze_edition(viewer, Choices(variant=variant), now=NOW)  # type: ignore[arg-type]
    portfolios.finish_edition(edition_id, stored_name=files.write(b"%PDF", ".pdf"), pages=3, size=4)
    return edition_id


@pytest.fixture
def edition(people: People) -> str:
    return make_edition(people.mei)


# ---------------------------------------------------------------- links


def test_a_link_opens_one_edition_until_it_expires(people: People, edition: str) -> None:
    _, token = portfolios.make_link(people.mei, edition, days=7, now=NOW)
    shared = portfolios.edition_shared(token, now=NOW + 7 * DAY - dt.timedelta(seconds=1))
    assert (shared.owner_name, shared.document, shared.edition.number) == ("Wang Mei", "book", 1)
    assert files.path_of(shared.stored_name).read_bytes() == b"%PDF"
    with pytest.raises(errors.NotFound):
        portfolios.edition_shared(token, now=NOW + 7 * DAY)


def test_a_token_is_long_random_and_kept_as_a_hash_alone(people: People, edition: str) -> None:
    made = [portfolios.make_link(people.mei, edition, passphrase=SECRET, now=NOW) for _ in range(5)]
    tokens = {token for _, token in made}
    assert len(tokens) == 5
    assert all(len(token) >= 43 for token in tokens)  # 256 bits, six in a letter
    kept = repr([list(table.select().tuples()) for table in database.tables()])
    assert not any(token in kept for token in tokens)
    assert SECRET not in kept
    assert all(row.passphrase_hash.startswith("$argon2id$") for row in ShareLink.select())


def test_revoking_works_at_once_and_for_its_owner_alone(people: People, edition: str) -> None:
    link, token = portfolios.make_link(people.mei, edition, now=NOW)
    for viewer in (people.jun, people.lin, people.zhou, people.root, people.stranger):
        for attempt in (
            lambda v: portfolios.revoke_link(v, link.public_id, now=NOW),
            lambda v: portfolios.make_link(v, edition, now=NOW),
            lambda v: portfolios.links_of(v, edition, now=NOW),
            lambda v: portfolios.remove_edition_files(v, edition, now=NOW),
        ):
            with pytest.raises(errors.NotFound):
                attempt(viewer)
    assert portfolios.edition_shared(token, now=NOW)
    assert portfolios.revoke_link(people.mei, link.public_id, now=NOW) == edition
    with pytest.raises(errors.NotFound):
        portfolios.edition_shared(token, now=NOW)
    assert [one.open for one in portfolios.links_of(people.mei, edition, now=NOW)] == [False]


def test_what_never_was_and_what_has_ended_look_alike(people: People, edition: str) -> None:
    link, token = portfolios.make_link(people.mei, edition, now=NOW)
    portfolios.revoke_link(people.mei, link.public_id, now=NOW)
    said = set()
    for one in (token, "nothing", "", "\0", "ü" * 500):
        with pytest.raises(errors.NotFound) as refusal:
            portfolios.edition_shared(one, now=NOW)
        said.add(str(refusal.value))
    assert len(said) == 1


def test_links_end_with_the_account_and_with_the_file(people: People, edition: str) -> None:
    _, token = portfolios.make_link(people.mei, edition, now=NOW)
    accounts.disable(people.root, people.mei.public_id, now=NOW)
    with pytest.raises(errors.NotFound):
        portfolios.edition_shared(token, now=NOW)
    accounts.enable(people.root, people.mei.public_id, now=NOW)
    stored = portfolios.edition_shared(token, now=NOW).stored_name
    portfolios.remove_edition_files(people.mei, edition, now=NOW)
    with pytest.raises(errors.NotFound):
        portfolios.edition_shared(token, now=NOW)
    assert not files.path_of(stored).exists()
    assert portfolios.editions(people.mei) == []


def test_a_link_to_what_is_not_made_yet_is_none(people: People) -> None:
    diary.keep_entry(people.mei, Draft(body="Alone."), creation_key="k", now=NOW)
    edition_id, _ = portfolios.freeze_edition(people.mei, Choices(private=True), now=NOW)
    with pytest.raises(errors.NotFound):
        portfolios.make_link(people.mei, edition_id, now=NOW)


def test_a_wrong_passphrase_is_refused_and_ten_close_the_door_for_a_while(
    people: People, edition: str
) -> None:
    _, token = portfolios.make_link(people.mei, edition, passphrase=SECRET, now=NOW)
    seal = portfolios.unlock(token, SECRET, now=NOW)
    assert seal and seal == portfolios.edition_shared(token, now=NOW).seal
    for _ in range(10):
        with pytest.raises(errors.Invalid, match="not the passphrase"):
            portfolios.unlock(token, "a guess", now=NOW)
    with pytest.raises(errors.TooManyTries):
        portfolios.unlock(token, SECRET, now=NOW + dt.timedelta(minutes=9))
    assert portfolios.unlock(token, SECRET, now=NOW + dt.timedelta(minutes=10)) == seal
    noted = [event.action for event in AuditEvent.select().where(AuditEvent.action.startswith("share"))]
    assert noted == ["share link made"] + ["share link refused"] * 10


def test_each_link_has_a_seal_of_its_own(people: People, edition: str) -> None:
    tokens = [portfolios.make_link(people.mei, edition, passphrase=SECRET, now=NOW)[1] for _ in range(2)]
    seals = {portfolios.unlock(token, SECRET, now=NOW) for token in tokens}
    assert len(seals) == 2


def test_openings_are_counted(people: People, edition: str) -> None:
    _, token = portfolios.make_link(people.mei, edition, label="  Dr  Ito ", now=NOW)
    for hours in (1, 2):
        moment = NOW + dt.timedelta(hours=hours)
        portfolios.count_opening(portfolios.edition_shared(token, now=moment), now=moment)
    (link,) = portfolios.links_of(people.mei, edition, now=NOW)
    assert (link.label, link.openings, link.last_opened_at) == ("Dr Ito", 2, NOW + dt.timedelta(hours=2))
    assert portfolios.open_links(people.mei, now=NOW) == {edition: 1}
    assert portfolios.open_links(people.jun, now=NOW) == {}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"days": 0}, "days"),
        ({"days": 366}, "days"),
        ({"document": "archive"}, "document"),
        ({"label": "x" * 121}, "label"),
        ({"passphrase": "short"}, "passphrase"),
        ({"passphrase": "password1"}, "passphrase"),
        ({"passphrase": "x" * 129}, "passphrase"),
    ],
)
def test_a_link_that_cannot_be_says_why(
    people: People, edition: str, wrong: dict[str, str], field: str
) -> None:
    with pytest.raises(errors.Invalid) as refusal:
        portfolios.make_link(people.mei, edition, now=NOW, **wrong)  # type: ignore[arg-type]
    assert refusal.value.field == field
    assert portfolios.links_of(people.mei, edition, now=NOW) == []


# ---------------------------------------------------------------- submitting


def test_a_lead_reads_what_was_submitted_and_no_more(people: People, edition: str) -> None:
    there = portfolios.cohort_editions(people.zhou, people.cohort_id, now=NOW)
    assert (there.submitted, there.not_yet) == ((), (("jun", "Li Jun"), ("mei", "Wang Mei")))
    (receiver,) = portfolios.receivers(people.mei, now=NOW)
    assert (receiver.name, receiver.leads) == ("Class of 2020", ("Professor Zhou",))
    handed = portfolios.submit_edition(people.mei, edition, receiver.cohort_id, now=NOW)
    (found,) = portfolios.cohort_editions(people.zhou, people.cohort_id, now=NOW).submitted
    assert (found.owner_name, found.edition.number) == ("Wang Mei", 1)
    assert portfolios.submitted_edition(people.zhou, handed.public_id, now=NOW).stored_name
    for viewer in (people.mei, people.jun, people.lin, people.osei, people.tan, people.root, people.stranger):
        with pytest.raises(errors.NotFound):
            portfolios.cohort_editions(viewer, people.cohort_id, now=NOW)
        with pytest.raises(errors.NotFound):
            portfolios.submitted_edition(viewer, handed.public_id, now=NOW)
    assert portfolios.withdraw_submission(people.mei, handed.public_id, now=NOW) == edition
    with pytest.raises(errors.NotFound):
        portfolios.submitted_edition(people.zhou, handed.public_id, now=NOW)
    with pytest.raises(errors.NotFound):
        portfolios.portfolio_of_submission(handed.public_id)


def test_a_newer_edition_takes_the_place_of_the_one_before(people: People, edition: str) -> None:
    first = portfolios.submit_edition(people.mei, edition, people.cohort_id, now=NOW)
    assert portfolios.submit_edition(people.mei, edition, people.cohort_id, now=NOW + DAY) == first
    newer = make_edition(people.mei, body="More.")
    portfolios.submit_edition(people.mei, newer, people.cohort_id, now=NOW)
    assert [s.edition_id for s in portfolios.submissions(people.mei)] == [newer]
    (found,) = portfolios.cohort_editions(people.zhou, people.cohort_id, now=NOW).submitted
    assert found.edition.number == 2


def test_what_was_made_for_oneself_is_not_submitted(people: People) -> None:
    own = make_edition(people.mei, variant="own")
    with pytest.raises(errors.Invalid, match="made for yourself"):
        portfolios.submit_edition(people.mei, own, people.cohort_id, now=NOW)


def test_nobody_submits_another_ones_edition_or_to_a_strange_cohort(people: People, edition: str) -> None:
    for viewer in (people.jun, people.lin, people.zhou, people.stranger):
        with pytest.raises(errors.NotFound):
            portfolios.submit_edition(viewer, edition, people.cohort_id, now=NOW)
    with pytest.raises(errors.NotFound):
        portfolios.submit_edition(people.mei, edition, "elsewhere", now=NOW)
    handed = portfolios.submit_edition(people.mei, edition, people.cohort_id, now=NOW)
    for viewer in (people.jun, people.zhou):
        with pytest.raises(errors.NotFound):
            portfolios.withdraw_submission(viewer, handed.public_id, now=NOW)


def test_who_accompanied_somebody_does_not_assess_them(people: People, edition: str) -> None:
    """Also when the match is over."""
    programme.add_member(people.zhou, people.cohort_id, "dr-lin", "lead", starts_on=NOW.date(), now=NOW)
    (receiver,) = portfolios.receivers(people.mei, now=NOW)
    assert receiver.leads == ("Professor Zhou",)
    handed = portfolios.submit_edition(people.mei, edition, people.cohort_id, now=NOW)
    match = next(
        m
        for m in programme.cohort_led(people.zhou, people.cohort_id, now=NOW).matches
        if m.mentor_name == "Dr Lin"
    )
    programme.end_match(people.mei, match.public_id, now=NOW)
    there = portfolios.cohort_editions(people.lin, people.cohort_id, now=NOW)
    assert (there.submitted, there.for_others) == ((), ("Wang Mei",))
    with pytest.raises(errors.NotFound):
        portfolios.submitted_edition(people.lin, handed.public_id, now=NOW)
    assert len(portfolios.cohort_editions(people.zhou, people.cohort_id, now=NOW).submitted) == 1


def test_who_no_longer_leads_or_studies_there_is_out(people: People, edition: str) -> None:
    portfolios.submit_edition(people.mei, edition, people.cohort_id, now=NOW)
    accounts.add_user("second", "Second Lead", PASSWORD, account="lead", now=NOW)
    programme.add_member(people.zhou, people.cohort_id, "second", "lead", starts_on=NOW.date(), now=NOW)
    members = {
        m.login: m.public_id for m in programme.cohort_led(people.zhou, people.cohort_id, now=NOW).members
    }
    programme.end_role(people.zhou, people.cohort_id, members["mei"], "mentee", now=NOW)
    assert portfolios.cohort_editions(people.zhou, people.cohort_id, now=NOW).submitted == ()
    programme.end_role(people.zhou, people.cohort_id, members["prof-zhou"], "lead", now=NOW)
    with pytest.raises(errors.NotFound):  # who owns the programme arranges it, and reads nothing
        portfolios.cohort_editions(people.zhou, people.cohort_id, now=NOW)

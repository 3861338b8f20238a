"""Signing in, sessions that die, passwords, and who may look after accounts."""

import datetime as dt
import unicodedata

import argon2
import pytest

from portfolio.domain import accounts, errors
from portfolio.store import database
from portfolio.store.accounts import AuditEvent, Session, User
from tests.conftest import DATABASE_URL, NOW, PASSWORD, People

DAY = dt.timedelta(days=1)
NEW = "another lamp, brighter"


def signed_in(login: str = "mei", *, now: dt.datetime = NOW) -> str:
    return accounts.sign_in(login, PASSWORD, now=now)[1]


def is_open(token: str, *, now: dt.datetime = NOW) -> bool:
    return accounts.viewer_for_token(token, now=now) is not None


# ---------------------------------------------------------------- signing in


def test_mei_signs_in_whatever_the_case_of_her_name(people: People) -> None:
    viewer, token = accounts.sign_in("  MEI ", PASSWORD, now=NOW, user_agent="Firefox", address="10.0.0.7")
    assert (viewer.login, viewer.name) == ("mei", "Wang Mei")
    again = accounts.viewer_for_token(token, now=NOW)
    assert again == viewer
    assert [s.user_agent for s in accounts.sessions(viewer)] == ["Firefox"]


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("mei", "not her password"),
        ("mei", ""),
        ("mei", PASSWORD + " "),
        ("mei", "\ud800\x00"),
        ("nobody", PASSWORD),
        ("", ""),
        ("x" * 10_000, "y" * 100_000),
        ("mei' OR 1=1 --", PASSWORD),
        ("jun", PASSWORD),  # shut out
    ],
)
def test_every_refusal_sounds_the_same_and_takes_the_same_work(
    people: People, login: str, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts.disable(people.root, people.jun.public_id, now=NOW)
    work = []
    verify = argon2.PasswordHasher.verify

    def counted(self: argon2.PasswordHasher, kept: str, given: str) -> bool:
        work.append(accounts.hasher.check_needs_rehash(kept))
        return bool(verify(self, kept, given))

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counted)
    with pytest.raises(errors.WrongCredentials) as refusal:
        accounts.sign_in(login, password, now=NOW)
    assert str(refusal.value) == "That name and password do not belong together."
    assert work == [False]  # one argon2 hash with today's parameters, known name or not
    assert Session.select().count() == 0


def test_passwords_are_kept_as_argon2id_and_hashed_anew_when_the_parameters_grow(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = User.get(User.login == "mei").password_hash
    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept
    stronger = argon2.PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    monkeypatch.setattr(accounts, "hasher", stronger)
    signed_in()
    assert "m=16,t=2" in User.get(User.login == "mei").password_hash
    signed_in()


def test_an_accent_is_the_same_on_every_keyboard(db: None) -> None:
    accounts.add_user("zoe", "Zoë", unicodedata.normalize("NFD", "été à l’hôpital"), now=NOW)
    accounts.sign_in("zoe", unicodedata.normalize("NFC", "été à l’hôpital"), now=NOW)


# ---------------------------------------------------------------- sessions


def test_a_session_dies_at_sign_out(people: People) -> None:
    viewer, token = accounts.sign_in("mei", PASSWORD, now=NOW)
    other = signed_in()
    accounts.sign_out(viewer, now=NOW)
    assert (is_open(token), is_open(other)) == (False, True)


def test_a_session_dies_after_two_weeks_unused_and_after_ninety_days_in_all(people: People) -> None:
    idle = signed_in()
    assert is_open(idle, now=NOW + 14 * DAY)
    assert not is_open(idle, now=NOW + 29 * DAY)
    used, day = signed_in(), NOW
    while day < NOW + 90 * DAY:
        assert is_open(used, now=day)
        day += 10 * DAY
    assert not is_open(used, now=NOW + 91 * DAY)


def test_a_new_password_ends_all_other_sessions(people: People) -> None:
    viewer, here = accounts.sign_in("mei", PASSWORD, now=NOW)
    elsewhere = signed_in()
    with pytest.raises(errors.WrongCredentials):
        accounts.change_password(viewer, "not this", NEW, now=NOW)
    accounts.change_password(viewer, PASSWORD, NEW, now=NOW)
    assert (is_open(here), is_open(elsewhere)) == (True, False)
    with pytest.raises(errors.WrongCredentials):
        signed_in()
    accounts.sign_in("mei", NEW, now=NOW)


def test_one_session_is_ended_from_another_and_only_ones_own(people: People) -> None:
    lost = signed_in()
    viewer, here = accounts.sign_in("mei", PASSWORD, now=NOW + DAY)
    lin, _ = accounts.sign_in("dr-lin", PASSWORD, now=NOW)
    last, first = accounts.sessions(viewer)
    assert (last.current, first.current) == (True, False)
    with pytest.raises(errors.NotFound):
        accounts.end_session(lin, first.public_id, now=NOW)
    accounts.end_session(viewer, first.public_id, now=NOW)
    assert (is_open(lost, now=NOW + DAY), is_open(here, now=NOW + DAY)) == (False, True)


def test_tokens_are_long_random_and_kept_as_hashes_alone(people: People) -> None:
    tokens = {signed_in() for _ in range(20)}
    assert len(tokens) == 20
    assert min(len(t) for t in tokens) >= 43  # 256 bits
    kept = " ".join(str(row) for row in Session.select().tuples())
    assert not [t for t in tokens if t in kept]
    assert not is_open("")
    assert not is_open(Session.select().first().token_hash)


def test_reading_goes_on_where_the_disk_is_full(people: People) -> None:
    if DATABASE_URL:
        pytest.skip("makes an SQLite file read-only")
    token = signed_in()
    database.execute("PRAGMA query_only = 1")
    try:
        assert is_open(token, now=NOW + DAY)
    finally:
        database.execute("PRAGMA query_only = 0")


# ---------------------------------------------------------------- accounts


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short 7", "at least 8"),
        ("x" * 129, "at most 128"),
        ("password1", "among the first"),
        ("password1234", "among the first"),
        ("P@ssw0rd2024", "among the first"),
        ("12345678910", "among the first"),
        ("QwertyUiop", "among the first"),
        ("li-wei-2020", "among the first"),
        ("Li Wei, M.D.", "among the first"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(db: None, password: str, reason: str) -> None:
    with pytest.raises(errors.Invalid, match=reason) as refusal:
        accounts.add_user("li-wei-2020", "Li Wei, M.D.", password, now=NOW)
    assert refusal.value.field == "password"
    assert accounts.no_users()


@pytest.mark.parametrize(
    "password",
    ["8 lamps.", "床前明月光，疑是地上霜", "éclair à 9", "a lamp in the ward " * 6, "correct horse"],
)
def test_any_characters_make_a_good_password(db: None, password: str) -> None:
    accounts.add_user("li-wei", "Li Wei", password, now=NOW)
    assert accounts.sign_in("li-wei", password, now=NOW)[0].name == "Li Wei"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"login": "ab"}, "login"),
        ({"login": "li wei"}, "login"),
        ({"login": "李伟"}, "login"),
        ({"login": "-li"}, "login"),
        ({"login": "../etc"}, "login"),
        ({"login": "x" * 65}, "login"),
        ({"name": "x" * 121}, "name"),
        ({"email": "nobody"}, "email"),
        ({"email": "a@" + "b" * 260}, "email"),
        ({"account": "emperor"}, "account"),
        ({"language": "tlh"}, "language"),
    ],
)
def test_a_wrong_detail_is_named_and_makes_nobody(db: None, values: dict[str, str], field: str) -> None:
    details = {"login": "li-wei", "name": "Li Wei", "password": PASSWORD} | values
    with pytest.raises(errors.Invalid) as refusal:
        accounts.add_user(**details, now=NOW)  # type: ignore[arg-type]
    assert refusal.value.field == field
    assert accounts.no_users()


def test_a_sign_in_name_belongs_to_one_person(people: People) -> None:
    before = AuditEvent.select().count()
    with pytest.raises(errors.Conflict, match="Somebody signs in as “mei” already"):
        accounts.add_user("Mei", "Another Mei", PASSWORD, now=NOW)
    assert AuditEvent.select().count() == before
    accounts.add_user("mei2", "Another Mei", PASSWORD, now=NOW)  # the connection is as good as before


def test_the_first_administrator_is_made_once(db: None) -> None:
    ann = accounts.create_first_administrator("ann", "Ann", PASSWORD, now=NOW)
    assert ann.account == "admin"
    with pytest.raises(errors.NotFound):
        accounts.create_first_administrator("eve", "Eve", PASSWORD, now=NOW)
    assert [p.login for p in accounts.people(ann)] == ["ann"]


def test_an_administrator_looks_after_people_and_nobody_else_does(people: People) -> None:
    added, password = accounts.add_person(people.root, "newcomer", "New Comer", "student", now=NOW)
    accounts.sign_in("newcomer", password, now=NOW)
    fresh = accounts.new_password(people.root, added.public_id, now=NOW)
    assert Session.select().where(Session.user == added.user_id).count() == 0
    with pytest.raises(errors.WrongCredentials):
        accounts.sign_in("newcomer", password, now=NOW)
    token = accounts.sign_in("newcomer", fresh, now=NOW)[1]
    accounts.disable(people.root, added.public_id, now=NOW)
    assert not is_open(token)
    assert next(p for p in accounts.people(people.root) if p.login == "newcomer").disabled
    with pytest.raises(errors.WrongCredentials):
        accounts.sign_in("newcomer", fresh, now=NOW)
    accounts.enable(people.root, added.public_id, now=NOW)
    assert not is_open(token)  # it was ended, not hidden
    accounts.sign_in("newcomer", fresh, now=NOW)
    for viewer in (people.mei, people.lin, people.zhou, people.stranger):
        for attempt in (
            lambda v: accounts.people(v),
            lambda v: accounts.add_person(v, "eve", "Eve", "admin", now=NOW),
            lambda v: accounts.new_password(v, people.root.public_id, now=NOW),
            lambda v: accounts.disable(v, people.root.public_id, now=NOW),
            lambda v: accounts.enable(v, people.root.public_id, now=NOW),
        ):
            with pytest.raises(errors.NotFound):
                attempt(viewer)


def test_the_last_way_in_stays_open(people: People) -> None:
    with pytest.raises(errors.Invalid, match="cannot shut yourself out"):
        accounts.disable(people.root, people.root.public_id, now=NOW)
    for action in (accounts.disable, accounts.enable, accounts.new_password):
        with pytest.raises(errors.NotFound):
            action(people.root, "nosuchperson", now=NOW)


def test_mei_changes_her_name_and_language(people: People) -> None:
    accounts.set_name(people.mei, "  Wang   Mei\u00a0Lin ")
    accounts.set_language(people.mei, "zh")
    mei = accounts.viewer_by_login("mei")
    assert (mei.name, mei.language) == ("Wang Mei Lin", "zh")
    with pytest.raises(errors.Invalid):
        accounts.set_name(people.mei, " \n ")
    with pytest.raises(errors.Invalid):
        accounts.set_language(people.mei, "tlh")


def test_what_was_done_is_written_down_without_any_secret(people: People) -> None:
    viewer, token = accounts.sign_in("mei", PASSWORD, now=NOW, address="10.0.0.7")
    with pytest.raises(errors.WrongCredentials):
        accounts.sign_in("mei", "a wrong guess", now=NOW, address="10.0.0.8")
    accounts.change_password(viewer, PASSWORD, NEW, now=NOW)
    accounts.sign_out(viewer, now=NOW)
    rows = [
        (e.action, e.address) for e in AuditEvent.select().where(AuditEvent.actor == viewer.user_id).order_by(AuditEvent.id)
    ]  # fmt: skip
    assert rows[-4:] == [
        ("signed in", "10.0.0.7"),
        ("sign-in refused", "10.0.0.8"),
        ("password changed", ""),
        ("signed out", ""),
    ]
    written = " ".join(str(row) for row in AuditEvent.select().tuples())
    assert not [secret for secret in (PASSWORD, NEW, token, "a wrong guess") if secret in written]

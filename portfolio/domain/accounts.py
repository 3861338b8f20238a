"""People: signing in, sessions that can be ended, passwords, and the record of what was done."""

import contextlib
import datetime as dt
import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Any, cast

import argon2
from peewee import IntegrityError, OperationalError, fn
from zxcvbn import zxcvbn

from portfolio.domain import errors
from portfolio.domain.records import Language, Viewer
from portfolio.domain.text import normalise
from portfolio.store import database
from portfolio.store.accounts import Account, AuditEvent, Session, User

SESSION_IDLE = dt.timedelta(days=14)
SESSION_LONGEST = dt.timedelta(days=90)
SEEN_STEP = dt.timedelta(minutes=5)  # how often a session's last use is written down
PASSWORD_SHORTEST = 8
PASSWORD_LONGEST = 128
PASSWORD_GUESSES = 1_000_000  # as many as it takes at least, by zxcvbn's estimate
PASSWORD_LOOKED_AT = 72  # characters; the estimate takes long for more
LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}[a-z0-9]")

hasher = argon2.PasswordHasher()  # argon2id with the library's current parameters (RFC 9106, low memory)
_dummy_hash = ""


@dataclass(frozen=True, slots=True)
class Person:
    """What an administrator sees of somebody: never a word of theirs."""

    public_id: str
    login: str
    name: str
    email: str
    account: Account
    language: Language
    created_at: dt.datetime
    disabled: bool


@dataclass(frozen=True, slots=True)
class OpenSession:
    public_id: str
    created_at: dt.datetime
    last_seen_at: dt.datetime
    user_agent: str
    current: bool


def no_users() -> bool:
    """Whether nobody has an account yet, so that the first-run page may be offered."""
    return not User.select().exists()


def note(
    action: str,
    *,
    now: dt.datetime,
    actor: int | None = None,
    subject: str = "",
    address: str = "",
    **detail: Any,
) -> None:
    """Write down in the audit table that something was done; never any text of a diary."""
    AuditEvent.create(
        at=now, actor=actor, action=action, subject=subject, address=address[:64], detail=detail
    )


def check_password(password: str, *personal: str) -> None:
    """Raise Invalid unless `password` is long enough and hard to guess (NIST SP 800-63B).

    `personal`: what somebody would try first for this person. Every way of setting a password comes by here.
    """
    if len(password) < PASSWORD_SHORTEST:
        raise errors.Invalid(
            "A password needs at least %(count)s characters.", field="password", count=PASSWORD_SHORTEST
        )
    if len(password) > PASSWORD_LONGEST:
        raise errors.Invalid(
            "A password has at most %(count)s characters.", field="password", count=PASSWORD_LONGEST
        )
    known = [word for name in personal for word in (name, *name.split()) if word]
    if zxcvbn(password[:PASSWORD_LOOKED_AT], user_inputs=known)["guesses"] < PASSWORD_GUESSES:
        raise errors.Invalid(
            "This password is among the first that anybody would try. Choose another.", field="password"
        )


def hash_password(password: str) -> str:
    """A password as it is kept; made to take a third of a second."""
    return hasher.hash(normalise(password))  # an accent is one character on one keyboard and two on another


def add_user(
    login: str,
    name: str,
    password: str,
    *,
    account: str = "student",
    email: str | None = None,
    language: str = "en",
    hashed: str = "",
    now: dt.datetime,
    by: Viewer | None = None,
) -> Viewer:
    """Make an account. Raises Invalid (with the field) and Conflict.

    `hashed`: what `hash_password` made of the password, where a whole cohort gets the same.
    """
    login = normalise(login).strip().lower()
    name = " ".join(normalise(name).split()) or login
    if not LOGIN.fullmatch(login):
        raise errors.Invalid(
            "A sign-in name has 3 to 64 letters a to z, digits, dots, hyphens or underscores.", field="login"
        )
    if len(name) > 120:
        raise errors.Invalid("A name has at most 120 characters.", field="name")
    if email is not None and (len(email) > 254 or not re.fullmatch(r"[^@\s]+@[^@\s]+", email)):
        raise errors.Invalid("This is not an e-mail address.", field="email")
    if account not in set(Account):
        raise errors.Invalid("There is no such role.", field="account")
    if language not in ("en", "zh"):
        raise errors.Invalid("The language is en or zh.", field="language")
    check_password(password, login, name)
    with database.transaction():
        try:
            with database.transaction():
                user = User.create(
                    login=login,
                    name=name,
                    email=email,
                    password_hash=hashed or hash_password(password),
                    account=account,
                    language=language,
                    created_at=now,
                )
        except IntegrityError:
            raise errors.Conflict(
                "Somebody signs in as “%(login)s” already. Choose another name.", login=login
            ) from None
        note(
            "account made",
            now=now,
            actor=by.user_id if by else None,
            subject=user.public_id,
            account=str(account),
        )
    return _viewer(user)


def create_first_administrator(
    login: str, name: str, password: str, *, language: str = "en", now: dt.datetime
) -> Viewer:
    """Make the first account of a site. Raises NotFound once there is any account."""
    with database.transaction():
        database.in_turn(0)
        if not no_users():
            raise errors.NotFound
        return add_user(login, name, password, account="admin", language=language, now=now)


def sign_in(
    login: str, password: str, *, now: dt.datetime, user_agent: str = "", address: str = ""
) -> tuple[Viewer, str]:
    """The viewer and a session token of 256 random bits.

    Raises WrongCredentials, in the same words and after the same work whether the name or
    the password was wrong or the account disabled.
    """
    login = normalise(login).strip().lower()[:64]
    user = User.get_or_none(User.login == login)
    valid = _verify(user.password_hash if user else _dummy(), password)
    if user is None or not valid or user.disabled_at is not None:
        note("sign-in refused", now=now, actor=user.id if user else None, address=address)
        raise errors.WrongCredentials
    with database.transaction():
        if hasher.check_needs_rehash(user.password_hash):
            User.update(password_hash=hash_password(password)).where(User.id == user.id).execute()
        viewer, token = open_session(user.id, now=now, user_agent=user_agent)
        note("signed in", now=now, actor=user.id, address=address)
    return viewer, token


def open_session(user_id: int, *, now: dt.datetime, user_agent: str = "") -> tuple[Viewer, str]:
    """A new session for somebody whose identity has been shown. The row keeps a hash of the token."""
    token = secrets.token_urlsafe(32)
    Session.delete().where((Session.user == user_id) & (Session.created_at < now - SESSION_LONGEST)).execute()
    session = Session.create(
        token_hash=_token_hash(token),
        user=user_id,
        created_at=now,
        last_seen_at=now,
        user_agent=user_agent[:200],
    )
    return _viewer(User.get_by_id(user_id), session.id), token


def viewer_for_token(
    token: str,
    *,
    now: dt.datetime,
    idle: dt.timedelta = SESSION_IDLE,
    longest: dt.timedelta = SESSION_LONGEST,
) -> Viewer | None:
    """Who holds this token, if its session is still open: used within `idle`, opened within `longest`."""
    session = (
        Session.select(Session, User).join(User).where(Session.token_hash == _token_hash(token)).get_or_none()
    )
    if session is None or session.user.disabled_at is not None:
        return None
    if now - session.last_seen_at > idle or now - session.created_at > longest:
        return None
    if now - session.last_seen_at > SEEN_STEP:
        with contextlib.suppress(OperationalError):  # a full disk can still be read from
            Session.update(last_seen_at=now).where(Session.id == session.id).execute()
    return _viewer(session.user, session.id)


def sign_out(viewer: Viewer, *, now: dt.datetime) -> None:
    """End this session; a copy of its cookie is dead from now on."""
    with database.transaction():
        Session.delete().where(Session.id == viewer.session_id).execute()
        note("signed out", now=now, actor=viewer.user_id)


def sessions(viewer: Viewer) -> list[OpenSession]:
    """The viewer's open sessions, the last used first."""
    rows = Session.select().where(Session.user == viewer.user_id).order_by(Session.last_seen_at.desc())
    return [
        OpenSession(s.public_id, s.created_at, s.last_seen_at, s.user_agent, s.id == viewer.session_id)
        for s in rows
    ]


def end_session(viewer: Viewer, session_id: str, *, now: dt.datetime) -> None:
    """End one of the viewer's own sessions by its public id. Raises NotFound."""
    with database.transaction():
        gone = (
            Session.delete()
            .where((Session.public_id == session_id) & (Session.user == viewer.user_id))
            .execute()
        )
        if not gone:
            raise errors.NotFound
        note("session ended", now=now, actor=viewer.user_id)


def change_password(viewer: Viewer, old: str, new: str, *, now: dt.datetime) -> None:
    """Set a new password and end all other sessions. Raises WrongCredentials or Invalid."""
    user = User.get_by_id(viewer.user_id)
    if not _verify(user.password_hash, old):
        raise errors.WrongCredentials("The present password is not right.")
    check_password(new, user.login, user.name)
    with database.transaction():
        User.update(password_hash=hash_password(new)).where(User.id == user.id).execute()
        Session.delete().where((Session.user == user.id) & (Session.id != (viewer.session_id or 0))).execute()
        note("password changed", now=now, actor=user.id)


def set_language(viewer: Viewer, language: str) -> None:
    if language not in ("en", "zh"):
        raise errors.Invalid("The language is en or zh.", field="language")
    User.update(language=language).where(User.id == viewer.user_id).execute()


def set_name(viewer: Viewer, name: str) -> None:
    name = " ".join(normalise(name).split())
    if not 1 <= len(name) <= 120:
        raise errors.Invalid("A name has 1 to 120 characters.", field="name")
    User.update(name=name).where(User.id == viewer.user_id).execute()


def people(viewer: Viewer) -> list[Person]:
    """Everybody with an account, for an administrator. Raises NotYours."""
    _administrators_only(viewer)
    return [_person(user) for user in User.select().order_by(fn.LOWER(User.name), User.id)]


def add_person(
    viewer: Viewer, login: str, name: str, account: str, *, language: str = "en", now: dt.datetime
) -> tuple[Viewer, str]:
    """Make an account for somebody; returns it with a password to hand over once.

    Raises NotYours, Invalid, Conflict.
    """
    _administrators_only(viewer)
    password = "-".join(secrets.token_hex(3) for _ in range(3))
    return add_user(login, name, password, account=account, language=language, now=now, by=viewer), password


def new_password(viewer: Viewer, person_id: str, *, now: dt.datetime) -> str:
    """A new password for somebody who forgot theirs, to hand over once; their sessions end.

    Raises NotYours, NotFound.
    """
    _administrators_only(viewer)
    password = "-".join(secrets.token_hex(3) for _ in range(3))
    with database.transaction():
        user = User.get_or_none(User.public_id == person_id)
        if user is None:
            raise errors.NotFound
        User.update(password_hash=hash_password(password)).where(User.id == user.id).execute()
        Session.delete().where(Session.user == user.id).execute()
        note("password given anew", now=now, actor=viewer.user_id, subject=user.public_id)
    return password


def disable(viewer: Viewer, person_id: str, *, now: dt.datetime) -> None:
    """Shut somebody out and end their sessions; what they wrote stays. Raises NotYours, NotFound, Invalid."""
    _administrators_only(viewer)
    user = User.get_or_none(User.public_id == person_id)
    if user is None:
        raise errors.NotFound
    if user.id == viewer.user_id:
        raise errors.Invalid("You cannot shut yourself out. Ask another administrator.")
    with database.transaction():
        User.update(disabled_at=now).where(User.id == user.id).execute()
        Session.delete().where(Session.user == user.id).execute()
        note("account disabled", now=now, actor=viewer.user_id, subject=user.public_id)


def enable(viewer: Viewer, person_id: str, *, now: dt.datetime) -> None:
    """Let somebody in again. Raises NotYours, NotFound."""
    _administrators_only(viewer)
    with database.transaction():
        if not User.update(disabled_at=None).where(User.public_id == person_id).execute():
            raise errors.NotFound
        note("account enabled", now=now, actor=viewer.user_id, subject=person_id)


def viewer_by_login(login: str) -> Viewer:
    """The person of that sign-in name, for the shell. Raises NotFound."""
    user = User.get_or_none(User.login == login.strip().lower())
    if user is None:
        raise errors.NotFound("Nobody signs in as “%(login)s”.", login=login)
    return _viewer(user)


def _administrators_only(viewer: Viewer) -> None:
    if viewer.account != "admin":
        raise errors.NotYours


def _viewer(user: User, session_id: int | None = None) -> Viewer:
    return Viewer(
        user_id=user.id,
        public_id=user.public_id,
        login=user.login,
        name=user.name,
        account=cast(Any, str(user.account)),
        language=cast(Language, user.language),
        session_id=session_id,
    )


def _person(user: User) -> Person:
    return Person(
        public_id=user.public_id,
        login=user.login,
        name=user.name,
        email=user.email or "",
        account=user.account,
        language=cast(Language, user.language),
        created_at=user.created_at,
        disabled=user.disabled_at is not None,
    )


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _verify(password_hash: str, password: str) -> bool:
    try:
        return hasher.verify(password_hash, normalise(password[:PASSWORD_LONGEST]))
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


def _dummy() -> str:
    """A hash that no password matches, so that an unknown name takes as long as a known one."""
    global _dummy_hash
    if not _dummy_hash:
        _dummy_hash = hasher.hash(secrets.token_hex(16))
    return _dummy_hash

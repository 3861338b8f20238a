"""Tables of people, their sessions, and what was done in their name."""

import enum

from peewee import CharField, ForeignKeyField, JSONField
from playhouse.fields import EnumField

from portfolio.store.database import Row
from portfolio.store.fields import Id, Instant, PublicId


class Account(enum.StrEnum):
    """What a person may make before any cohort gives them a role."""

    STUDENT = "student"
    MENTOR = "mentor"
    LEAD = "lead"
    ADMIN = "admin"


class User(Row):
    id = Id()
    public_id = PublicId()
    login = CharField(unique=True, max_length=64)  # lower case
    name = CharField(max_length=120)
    email = CharField(max_length=254, null=True)
    password_hash = CharField(max_length=200)
    account = EnumField(Account, default=Account.STUDENT)
    language = CharField(max_length=8, default="en")
    created_at = Instant()
    disabled_at = Instant(null=True)


class Session(Row):
    """A sign-in that holds until it is ended; the cookie holds a token, this row its hash."""

    id = Id()
    public_id = PublicId()
    token_hash = CharField(unique=True, max_length=64)
    user = ForeignKeyField(User, backref="sessions", on_delete="CASCADE")
    user_id: int
    created_at = Instant()
    last_seen_at = Instant()
    user_agent = CharField(max_length=200, default="")


class AuditEvent(Row):
    """Append-only: sign-ins, denials, grants, exports, administration. Never diary text."""

    id = Id()
    at = Instant(index=True)
    actor = ForeignKeyField(User, null=True, on_delete="SET NULL")
    actor_id: int | None
    action = CharField(max_length=60)
    subject = CharField(max_length=60, default="")  # a public id
    address = CharField(max_length=64, default="")
    detail = JSONField(default=dict)


TABLES = [User, Session, AuditEvent]

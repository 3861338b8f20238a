"""The tables of long work: what is asked, who holds it, how far it is; and what may be asked soon."""

import enum

from peewee import CharField, ForeignKeyField, IntegerField, JSONField, TextField
from playhouse.fields import EnumField

from portfolio.store.accounts import User
from portfolio.store.database import Row
from portfolio.store.fields import Id, Instant, PublicId


class JobState(enum.StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(Row):
    id = Id()
    public_id = PublicId()
    owner = ForeignKeyField(User, backref="jobs", on_delete="CASCADE")
    owner_id: int
    kind = CharField(max_length=40)  # book, site or archive
    arguments = JSONField(default=dict)
    state = EnumField(JobState, default=JobState.WAITING, index=True)
    attempt = IntegerField(default=0)
    lease_until = Instant(null=True)
    holder = CharField(max_length=64, default="")
    done = IntegerField(default=0)
    total = IntegerField(default=0)
    step = CharField(max_length=40, default="")
    problem = TextField(default="")
    stored_name = CharField(max_length=120, default="")
    display_name = CharField(max_length=200, default="")
    media_type = CharField(max_length=60, default="")
    size = IntegerField(default=0)  # bytes
    pages = IntegerField(default=0)
    created_at = Instant()
    started_at = Instant(null=True)
    finished_at = Instant(null=True)


class ChangedDiary(Row):
    """Somebody's diary has changed: the pieces of the book that they may ask for are laid out soon."""

    id = Id()
    owner = ForeignKeyField(User, unique=True, on_delete="CASCADE")
    owner_id: int
    since = Instant()  # the first change that is not laid out yet
    last_at = Instant()
    held_until = Instant(null=True)  # somebody lays them out


TABLES = [Job, ChangedDiary]

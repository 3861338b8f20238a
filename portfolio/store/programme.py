"""Tables of programmes, their stages, and the people in them."""

import enum

from peewee import BooleanField, CharField, DateField, ForeignKeyField, IntegerField, JSONField, TextField
from playhouse.fields import EnumField

from portfolio.store.accounts import User
from portfolio.store.database import Row
from portfolio.store.fields import Id, Instant, PublicId


class Schedule(enum.StrEnum):
    CALENDAR = "calendar"  # the stage's dates hold for all (Li & Zhong 2023)
    PERSON = "person"  # each member moves at their own pace (Krishna et al. 2024)


class RoleName(enum.StrEnum):
    MENTEE = "mentee"
    PEER_MENTOR = "peer_mentor"
    MENTOR = "mentor"
    LEAD = "lead"


class MatchState(enum.StrEnum):
    PROPOSED = "proposed"
    ACTIVE = "active"
    DECLINED = "declined"
    ENDED = "ended"


class Programme(Row):
    id = Id()
    public_id = PublicId()
    name = CharField(max_length=200)
    description = TextField(default="")
    timezone = CharField(max_length=64, default="UTC")
    schedule = EnumField(Schedule, default=Schedule.CALENDAR)
    owner = ForeignKeyField(User, backref="programmes", on_delete="CASCADE")
    owner_id: int
    personal = BooleanField(default=False)  # a student's own, made by an import
    created_at = Instant()


class Stage(Row):
    id = Id()
    public_id = PublicId()
    programme = ForeignKeyField(Programme, backref="stages", on_delete="CASCADE")
    programme_id: int
    position = IntegerField()
    name = CharField(max_length=200)
    identity_label = CharField(max_length=200, default="")
    starts_on = DateField(null=True)
    ends_on = DateField(null=True)
    objectives = JSONField(default=list)
    competencies = JSONField(default=list)


class Cohort(Row):
    id = Id()
    public_id = PublicId()
    programme = ForeignKeyField(Programme, backref="cohorts", on_delete="CASCADE")
    programme_id: int
    name = CharField(max_length=200)
    starts_on = DateField(null=True)
    join_code = CharField(max_length=16, unique=True, null=True)  # null: closed for joining
    created_at = Instant()


class Member(Row):
    id = Id()
    public_id = PublicId()
    cohort = ForeignKeyField(Cohort, backref="members", on_delete="CASCADE")
    cohort_id: int
    user = ForeignKeyField(User, backref="memberships", on_delete="CASCADE")
    user_id: int
    alias = CharField(max_length=60, default="")  # type: ignore[assignment]  # hides Model.alias; see access
    joined_at = Instant()
    left_at = Instant(null=True)

    class Meta:
        indexes = ((("cohort", "user"), True),)


class Role(Row):
    """A role that a member holds from one day to another."""

    id = Id()
    member = ForeignKeyField(Member, backref="roles", on_delete="CASCADE")
    member_id: int
    role = EnumField(RoleName)
    starts_on = DateField()
    ends_on = DateField(null=True)  # last day, inclusive


class Match(Row):
    """A mentee and a mentor (or peer mentor): proposed, accepted, ended."""

    id = Id()
    public_id = PublicId()
    cohort = ForeignKeyField(Cohort, backref="matches", on_delete="CASCADE")
    cohort_id: int
    mentee = ForeignKeyField(User, backref="mentee_matches", on_delete="CASCADE")
    mentee_id: int
    mentor = ForeignKeyField(User, backref="mentor_matches", on_delete="CASCADE")
    mentor_id: int
    role = EnumField(RoleName)  # mentor or peer_mentor
    state = EnumField(MatchState, default=MatchState.PROPOSED)
    proposed_at = Instant()
    accepted_at = Instant(null=True)
    ended_at = Instant(null=True)
    ended_by = ForeignKeyField(User, null=True, on_delete="SET NULL")
    ended_by_id: int | None

    class Meta:
        indexes = ((("mentor", "state"), False), (("mentee", "state"), False))


class StagePeriod(Row):
    """A member's time in a stage, in one pass through the stages."""

    id = Id()
    member = ForeignKeyField(Member, backref="stage_periods", on_delete="CASCADE")
    member_id: int
    stage = ForeignKeyField(Stage, on_delete="CASCADE")
    stage_id: int
    pass_number = IntegerField(default=1)
    starts_on = DateField()
    ends_on = DateField(null=True)  # last day, inclusive
    said_until = DateField(null=True)  # last day as somebody typed it; null: until the next period begins

    class Meta:
        indexes = ((("member", "stage", "pass_number"), True),)


class Prompt(Row):
    id = Id()
    public_id = PublicId()
    cohort = ForeignKeyField(Cohort, backref="prompts", on_delete="CASCADE")
    cohort_id: int
    author = ForeignKeyField(User, null=True, on_delete="SET NULL")
    author_id: int | None
    author_name = CharField(max_length=120)
    stage = ForeignKeyField(Stage, null=True, on_delete="SET NULL")
    stage_id: int | None
    text = TextField()
    starts_on = DateField()
    ends_on = DateField(null=True)
    created_at = Instant()
    withdrawn_at = Instant(null=True)  # no longer asked; entries that answer it keep it


class Meeting(Row):
    id = Id()
    public_id = PublicId()
    cohort = ForeignKeyField(Cohort, backref="meetings", on_delete="CASCADE")
    cohort_id: int
    title = CharField(max_length=200)
    held_on = DateField()
    created_at = Instant()


TABLES = [Programme, Stage, Cohort, Member, Role, Match, StagePeriod, Prompt, Meeting]

"""Tables of entries: their revisions, tags, grants, marks, photographs."""

import enum

from peewee import CharField, DateField, ForeignKeyField, IntegerField, JSONField, TextField
from playhouse.fields import EnumField

from portfolio.store.accounts import User
from portfolio.store.database import Row
from portfolio.store.fields import Id, Instant, PublicId
from portfolio.store.programme import Programme, Prompt, Stage


class AudienceName(enum.StrEnum):
    MENTOR = "mentor"
    PEER_MENTOR = "peer_mentor"
    FACULTY = "faculty"
    COHORT = "cohort"


class Entry(Row):
    """One dated reflection. Its words are in its revisions; `revision_number` names the last."""

    id = Id()
    public_id = PublicId()
    owner = ForeignKeyField(User, backref="entries", on_delete="CASCADE")
    owner_id: int
    creation_key = CharField(max_length=120)  # the same key a second time is the same entry
    programme = ForeignKeyField(Programme, null=True, on_delete="SET NULL")
    programme_id: int | None
    stage = ForeignKeyField(Stage, null=True, on_delete="SET NULL")
    stage_id: int | None
    prompt = ForeignKeyField(Prompt, null=True, on_delete="SET NULL")
    prompt_id: int | None
    entry_date = DateField()
    revision_number = IntegerField(default=0)
    version = IntegerField(default=1)  # counts every change; a save names the one it started from
    framework = CharField(max_length=40, default="")
    reflection_mode = CharField(max_length=20, null=True)
    created_at = Instant()
    kept_at = Instant(null=True)  # null: a draft
    deleted_at = Instant(null=True)

    class Meta:
        indexes = ((("owner", "entry_date"), False), (("owner", "creation_key"), True))


class Revision(Row):
    """The text of an entry at one moment; only ever appended."""

    id = Id()
    entry = ForeignKeyField(Entry, backref="revisions", on_delete="CASCADE")
    entry_id: int
    number = IntegerField()
    title = CharField(max_length=300, default="")
    body = TextField()
    html = TextField()
    renderer = CharField(max_length=40)
    language = CharField(max_length=8)
    words = IntegerField()
    sha256 = CharField(max_length=64)
    started_at = Instant()  # quick saves fold into it for some minutes from here
    written_at = Instant()

    class Meta:
        indexes = ((("entry", "number"), True),)


class EntryTag(Row):
    id = Id()
    entry = ForeignKeyField(Entry, backref="tags", on_delete="CASCADE")
    entry_id: int
    tag = CharField(max_length=60, index=True)

    class Meta:
        indexes = ((("entry", "tag"), True),)


class Grant(Row):
    """One audience may read one entry, from one moment until it is revoked."""

    id = Id()
    entry = ForeignKeyField(Entry, backref="grants", on_delete="CASCADE")
    entry_id: int
    audience = EnumField(AudienceName)
    granted_at = Instant()
    revoked_at = Instant(null=True)

    class Meta:
        indexes = ((("entry", "audience", "revoked_at"), False),)


class Threshold(Row):
    """The author's mark of a change in knowing, doing or being, with four answers."""

    id = Id()
    entry = ForeignKeyField(Entry, backref="thresholds", unique=True, on_delete="CASCADE")
    entry_id: int
    kinds = JSONField(default=list)
    before = TextField(default="")
    after = TextField(default="")
    helped = TextField(default="")
    marked_at = Instant()


class Restory(Row):
    """A later entry retells an earlier one; the earlier stays as it was."""

    id = Id()
    entry = ForeignKeyField(Entry, backref="retellings", unique=True, on_delete="CASCADE")
    entry_id: int
    earlier = ForeignKeyField(Entry, backref="retold_in", on_delete="CASCADE")
    earlier_id: int


class Photograph(Row):
    id = Id()
    public_id = PublicId()
    owner = ForeignKeyField(User, on_delete="CASCADE")
    owner_id: int
    entry = ForeignKeyField(Entry, null=True, backref="photographs", on_delete="CASCADE")
    entry_id: int | None
    position = IntegerField(default=0)
    stored_name = CharField(max_length=80)  # random; never from the upload
    display_name = CharField(max_length=200, default="")
    media_type = CharField(max_length=40)
    width = IntegerField()
    height = IntegerField()
    size = IntegerField()  # bytes
    sha256 = CharField(max_length=64)
    alt = TextField(default="")
    caption = TextField(default="")
    created_at = Instant()


TABLES = [Entry, Revision, EntryTag, Grant, Threshold, Restory, Photograph]

"""Tables of what a student makes of the diary: narratives, attainments, editions."""

from peewee import CharField, DateField, ForeignKeyField, IntegerField, JSONField, TextField

from portfolio.store.accounts import User
from portfolio.store.database import Row
from portfolio.store.diary import Entry
from portfolio.store.fields import Id, Instant, PublicId
from portfolio.store.programme import Stage


class Narrative(Row):
    """The student's or a mentor's own account of a student's trajectory."""

    id = Id()
    public_id = PublicId()
    subject = ForeignKeyField(User, backref="narratives", on_delete="CASCADE")
    subject_id: int
    author = ForeignKeyField(User, null=True, on_delete="SET NULL")
    author_id: int | None
    author_name = CharField(max_length=120)
    kind = CharField(max_length=10)  # student or mentor
    body = TextField()
    html = TextField()
    language = CharField(max_length=8)
    written_on = DateField()
    updated_at = Instant()

    class Meta:
        indexes = ((("subject", "author", "kind"), True),)


class Attainment(Row):
    """A competency shown, by narrative and evidence; there is no number in it."""

    id = Id()
    public_id = PublicId()
    owner = ForeignKeyField(User, backref="attainments", on_delete="CASCADE")
    owner_id: int
    stage = ForeignKeyField(Stage, on_delete="CASCADE")
    stage_id: int
    competency = TextField()
    narrative = TextField(default="")
    updated_at = Instant()


class Evidence(Row):
    id = Id()
    attainment = ForeignKeyField(Attainment, backref="evidence", on_delete="CASCADE")
    attainment_id: int
    entry = ForeignKeyField(Entry, on_delete="CASCADE")
    entry_id: int
    position = IntegerField(default=0)

    class Meta:
        indexes = ((("attainment", "entry"), True),)


class Edition(Row):
    """One frozen, numbered copy of a portfolio."""

    id = Id()
    public_id = PublicId()
    owner = ForeignKeyField(User, backref="editions", on_delete="CASCADE")
    owner_id: int
    number = IntegerField()
    variant = CharField(max_length=20)
    choices = JSONField(default=dict)
    content_hash = CharField(max_length=64)
    made_at = Instant()
    stored_name = CharField(max_length=80, null=True)
    pages = IntegerField(default=0)
    size = IntegerField(default=0)  # bytes

    class Meta:
        indexes = ((("owner", "number"), True),)


class EditionEntry(Row):
    """The revision of an entry that an edition holds."""

    id = Id()
    edition = ForeignKeyField(Edition, backref="held", on_delete="CASCADE")
    edition_id: int
    entry = ForeignKeyField(Entry, on_delete="CASCADE")
    entry_id: int
    revision_number = IntegerField()

    class Meta:
        indexes = ((("edition", "entry"), True),)


TABLES = [Narrative, Attainment, Evidence, Edition, EditionEntry]

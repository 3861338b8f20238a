"""Tables of what a student makes of the diary: narratives, attainments, editions, and who gets those."""

from peewee import CharField, DateField, ForeignKeyField, IntegerField, JSONField, TextField

from portfolio.store.accounts import User
from portfolio.store.database import Row
from portfolio.store.diary import Entry
from portfolio.store.fields import Id, Instant, PublicId
from portfolio.store.programme import Cohort, Programme, Stage


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
    site_name = CharField(max_length=80, null=True)  # its site as a zip, made for a link
    site_size = IntegerField(default=0)  # bytes
    plain = IntegerField(default=0)  # parts of its book that stand there in plain words

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


class FrozenEdition(Row):
    """All that an edition shows beside the words of its entries, for which it names revisions."""

    id = Id()
    edition = ForeignKeyField(Edition, unique=True, backref="frozen", on_delete="CASCADE")
    edition_id: int
    facts = TextField(default="")  # packed; empty once something of it was removed for good
    photographs = JSONField(default=list)  # stored names: these files are kept for it


class ShareLink(Row):
    """An address under which whoever has it reads one edition, until it ends; kept is only its hash."""

    id = Id()
    public_id = PublicId()
    edition = ForeignKeyField(Edition, backref="links", on_delete="CASCADE")
    edition_id: int
    document = CharField(max_length=10)  # book or site
    token_hash = CharField(unique=True, max_length=64)
    passphrase_hash = CharField(max_length=200, default="")
    label = CharField(max_length=120, default="")  # for whom, in the owner's words
    created_at = Instant()
    expires_at = Instant()
    revoked_at = Instant(null=True)
    openings = IntegerField(default=0)
    last_opened_at = Instant(null=True)
    failures = IntegerField(default=0)  # wrong passphrases since `failing_since`
    failing_since = Instant(null=True)


class Submission(Row):
    """An edition that its owner handed to those who lead a cohort."""

    id = Id()
    public_id = PublicId()
    edition = ForeignKeyField(Edition, backref="submissions", on_delete="CASCADE")
    edition_id: int
    cohort = ForeignKeyField(Cohort, on_delete="CASCADE")
    cohort_id: int
    submitted_at = Instant()
    withdrawn_at = Instant(null=True)

    class Meta:
        indexes = ((("cohort", "withdrawn_at"), False),)


class Preset(Row):
    """Choices that somebody gave a name, to make the same again."""

    id = Id()
    public_id = PublicId()
    owner = ForeignKeyField(User, backref="presets", on_delete="CASCADE")
    owner_id: int
    name = CharField(max_length=80)
    kind = CharField(max_length=40)  # book, site, …
    choices = JSONField(default=dict)
    updated_at = Instant()

    class Meta:
        indexes = ((("owner", "name"), True),)


class ParticipantCode(Row):
    """What stands for a student's name in anonymised documents, in one programme."""

    id = Id()
    owner = ForeignKeyField(User, backref="participant_codes", on_delete="CASCADE")
    owner_id: int
    programme = ForeignKeyField(Programme, null=True, on_delete="CASCADE")  # null: of a diary in none
    programme_id: int | None
    code = CharField(unique=True, max_length=20)

    class Meta:
        indexes = ((("owner", "programme"), True),)


TABLES = [
    Narrative, Attainment, Evidence, Edition, EditionEntry, FrozenEdition, ShareLink, Submission, Preset,
    ParticipantCode,
]  # fmt: skip

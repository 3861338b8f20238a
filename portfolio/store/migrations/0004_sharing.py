"""Share links and submissions of editions, saved choices, and the site that an edition can have."""

from peewee import *
from portfolio.store.fields import Id
from portfolio.store.fields import Instant
from portfolio.store.fields import PublicId


def up(migrator, db):
    class User(Model):
        id = Id()

        class Meta:
            database = db
            table_name = "user"

    class Cohort(Model):
        id = Id()

        class Meta:
            database = db
            table_name = "cohort"

    class Edition(Model):
        id = Id()

        class Meta:
            database = db
            table_name = "edition"

    class ShareLink(Model):
        id = Id()
        public_id = PublicId(unique=True, max_length=32)
        edition = ForeignKeyField(Edition, on_delete="CASCADE")
        document = CharField(max_length=10)
        token_hash = CharField(unique=True, max_length=64)
        passphrase_hash = CharField(max_length=200, default="")
        label = CharField(max_length=120, default="")
        created_at = Instant()
        expires_at = Instant()
        revoked_at = Instant(null=True)
        openings = IntegerField(default=0)
        last_opened_at = Instant(null=True)
        failures = IntegerField(default=0)
        failing_since = Instant(null=True)

        class Meta:
            database = db
            table_name = "share_link"

    class Submission(Model):
        id = Id()
        public_id = PublicId(unique=True, max_length=32)
        edition = ForeignKeyField(Edition, on_delete="CASCADE")
        cohort = ForeignKeyField(Cohort, on_delete="CASCADE")
        submitted_at = Instant()
        withdrawn_at = Instant(null=True)

        class Meta:
            database = db
            table_name = "submission"
            indexes = ((("cohort", "withdrawn_at"), False),)

    class Preset(Model):
        id = Id()
        public_id = PublicId(unique=True, max_length=32)
        owner = ForeignKeyField(User, on_delete="CASCADE")
        name = CharField(max_length=80)
        kind = CharField(max_length=40)
        choices = JSONField(default=dict)
        updated_at = Instant()

        class Meta:
            database = db
            table_name = "preset"
            indexes = ((("owner", "name"), True),)

    migrator.migrate(
        migrator.add_column("edition", "site_name", CharField(max_length=80, null=True)),
        migrator.add_column("edition", "site_size", IntegerField(default=0)),
    )
    db.create_tables([ShareLink, Submission, Preset])

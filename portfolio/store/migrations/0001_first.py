"""The first schema: a frozen copy of the tables, independent of the live models."""

from peewee import *
from portfolio.store.fields import Id
from portfolio.store.fields import Instant
from portfolio.store.fields import PublicId


def up(migrator, db):
    class User(Model):
        id = Id()
        public_id = PublicId(unique=True, max_length=32)
        login = CharField(unique=True, max_length=64)
        name = CharField(max_length=120)
        email = CharField(null=True, max_length=254)
        password_hash = CharField(max_length=200)
        account = CharField(default="student")
        language = CharField(max_length=8, default="en")
        created_at = Instant()
        disabled_at = Instant(null=True)

        class Meta:
            database = db
            table_name = "user"

    db.create_tables([User])

    class Programme(Model):
        id = Id()
        public_id = PublicId(unique=True, max_length=32)
        name = CharField(max_length=200)
        description = TextField(default="")
        timezone = CharField(max_length=64, default="UTC")
        schedule = CharField(default="calendar")
        owner = ForeignKeyField(User, on_delete="CASCADE")
        personal = BooleanField(default=False)
        created_at = Instant()

        class Meta:
            database = db
            table_name = "programme"

    db.create_tables([Programme])

    class Stage(Model):
        id = Id()
        public_id = PublicId(unique=True, max_length=32)
        programme = ForeignKeyField(Programme, on_delete="CASCADE")
        position = IntegerField()
        name = CharField(max_length=200)
        identity_label = CharField(max_length=200, default="")
        starts_on = DateField(null=True)
        ends_on = DateField(null=True)
        objectives = JSONField(default=list)
        competencies = JSONField(default=list)

        class Meta:
            database = db
            table_name = "stage"

    db.create_tables([Stage])

    class Attainment(Model):
        id = Id()
        public_id = PublicId(unique=True, max_length=32)
        owner = ForeignKeyField(User, on_delete="CASCADE")
        stage = ForeignKeyField(Stage, on_delete="CASCADE")
        competency = TextField()
        narrative = TextField(default="")
        updated_at = Instant()

        class Meta:
            database = db
            table_name = "attainment"

    db.create_tables([Attainment])

    class AuditEvent(Model):
        id = Id()
        at = Instant(index=True)
        actor = ForeignKeyField(User, null=True, on_delete="SET NULL")
        action = CharField(max_length=60)
        subject = CharField(max_length=60, default="")
        address = CharField(max_length=64, default="")
        detail = JSONField(default=dict)

        class Meta:
            database = db
            table_name = "audit_event"

    db.create_tables([AuditEvent])

    class Cohort(Model):
        id = Id()
        public_id = PublicId(unique=True, max_length=32)
        programme = ForeignKeyField(Programme, on_delete="CASCADE")
        name = CharField(max_length=200)
        starts_on = DateField(null=True)
        join_code = CharField(unique=True, null=True, max_length=16)
        created_at = Instant()

        class Meta:
            database = db
            table_name = "cohort"

    db.create_tables([Cohort])

    class Prompt(Model):
        id = Id()
        public_id = PublicId(unique=True, max_length=32)
        cohort = ForeignKeyField(Cohort, on_delete="CASCADE")
        author = ForeignKeyField(User, null=True, on_delete="SET NULL")
        author_name = CharField(max_length=120)
        stage = ForeignKeyField(Stage, null=True, on_delete="SET NULL")
        text = TextField()
        starts_on = DateField()
        ends_on = DateField(null=True)
        created_at = Instant()

        class Meta:
            database = db
            table_name = "prompt"

    db.create_tables([Prompt])

    class Entry(Model):
        id = Id()
        public_id = PublicId(unique=True, max_length=32)
        owner = ForeignKeyField(User, on_delete="CASCADE")
        creation_key = CharField(max_length=120)
        programme = ForeignKeyField(Programme, null=True, on_delete="SET NULL")
        stage = ForeignKeyField(Stage, null=True, on_delete="SET NULL")
        prompt = ForeignKeyField(Prompt, null=True, on_delete="SET NULL")
        entry_date = DateField()
        revision_number = IntegerField(default=0)
        version = IntegerField(default=1)
        framework = CharField(max_length=40, default="")
        reflection_mode = CharField(null=True, max_length=20)
        created_at = Instant()
        kept_at = Instant(null=True)
        deleted_at = Instant(null=True)

        class Meta:
            database = db
            table_name = "entry"
            indexes = ((("owner", "entry_date"), False), (("owner", "creation_key"), True))

    db.create_tables([Entry])

    class Revision(Model):
        id = Id()
        entry = ForeignKeyField(Entry, on_delete="CASCADE")
        number = IntegerField()
        title = CharField(max_length=300, default="")
        body = TextField()
        html = TextField()
        renderer = CharField(max_length=40)
        language = CharField(max_length=8)
        words = IntegerField()
        sha256 = CharField(max_length=64)
        started_at = Instant()
        written_at = Instant()

        class Meta:
            database = db
            table_name = "revision"
            indexes = ((("entry", "number"), True),)

    db.create_tables([Revision])

    class Comment(Model):
        id = Id()
        public_id = PublicId(unique=True, max_length=32)
        entry = ForeignKeyField(Entry, on_delete="CASCADE")
        revision = ForeignKeyField(Revision, on_delete="RESTRICT")
        author = ForeignKeyField(User, null=True, on_delete="SET NULL")
        author_name = CharField(max_length=120, default="")
        author_role = CharField()
        answers = ForeignKeyField("self", null=True, on_delete="CASCADE")
        creation_key = CharField(unique=True, null=True, max_length=120)
        body = TextField()
        html = TextField()
        language = CharField(max_length=8)
        quoted = TextField(null=True)
        quote_start = IntegerField(null=True)
        quote_end = IntegerField(null=True)
        written_at = Instant()
        withdrawn_at = Instant(null=True)

        class Meta:
            database = db
            table_name = "comment"
            indexes = ((("entry", "written_at"), False),)

    db.create_tables([Comment])

    class Edition(Model):
        id = Id()
        public_id = PublicId(unique=True, max_length=32)
        owner = ForeignKeyField(User, on_delete="CASCADE")
        number = IntegerField()
        variant = CharField(max_length=20)
        choices = JSONField(default=dict)
        content_hash = CharField(max_length=64)
        made_at = Instant()
        stored_name = CharField(null=True, max_length=80)
        pages = IntegerField(default=0)
        size = IntegerField(default=0)

        class Meta:
            database = db
            table_name = "edition"
            indexes = ((("owner", "number"), True),)

    db.create_tables([Edition])

    class EditionEntry(Model):
        id = Id()
        edition = ForeignKeyField(Edition, on_delete="CASCADE")
        entry = ForeignKeyField(Entry, on_delete="CASCADE")
        revision_number = IntegerField()

        class Meta:
            database = db
            table_name = "edition_entry"
            indexes = ((("edition", "entry"), True),)

    db.create_tables([EditionEntry])

    class EntryTag(Model):
        id = Id()
        entry = ForeignKeyField(Entry, on_delete="CASCADE")
        tag = CharField(index=True, max_length=60)

        class Meta:
            database = db
            table_name = "entry_tag"
            indexes = ((("entry", "tag"), True),)

    db.create_tables([EntryTag])

    class Evidence(Model):
        id = Id()
        attainment = ForeignKeyField(Attainment, on_delete="CASCADE")
        entry = ForeignKeyField(Entry, on_delete="CASCADE")
        position = IntegerField(default=0)

        class Meta:
            database = db
            table_name = "evidence"
            indexes = ((("attainment", "entry"), True),)

    db.create_tables([Evidence])

    class Grant(Model):
        id = Id()
        entry = ForeignKeyField(Entry, on_delete="CASCADE")
        audience = CharField()
        granted_at = Instant()
        revoked_at = Instant(null=True)

        class Meta:
            database = db
            table_name = "grant"
            indexes = ((("entry", "audience", "revoked_at"), False),)

    db.create_tables([Grant])

    class Job(Model):
        id = Id()
        public_id = PublicId(unique=True, max_length=32)
        owner = ForeignKeyField(User, on_delete="CASCADE")
        kind = CharField(max_length=40)
        arguments = JSONField(default=dict)
        state = CharField(index=True, default="waiting")
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
        size = IntegerField(default=0)
        pages = IntegerField(default=0)
        created_at = Instant()
        started_at = Instant(null=True)
        finished_at = Instant(null=True)

        class Meta:
            database = db
            table_name = "job"

    db.create_tables([Job])

    class Match(Model):
        id = Id()
        public_id = PublicId(unique=True, max_length=32)
        cohort = ForeignKeyField(Cohort, on_delete="CASCADE")
        mentee = ForeignKeyField(User, on_delete="CASCADE")
        mentor = ForeignKeyField(User, on_delete="CASCADE")
        role = CharField()
        state = CharField(default="proposed")
        proposed_at = Instant()
        accepted_at = Instant(null=True)
        ended_at = Instant(null=True)
        ended_by = ForeignKeyField(User, null=True, on_delete="SET NULL")

        class Meta:
            database = db
            table_name = "match"
            indexes = ((("mentor", "state"), False), (("mentee", "state"), False))

    db.create_tables([Match])

    class Meeting(Model):
        id = Id()
        public_id = PublicId(unique=True, max_length=32)
        cohort = ForeignKeyField(Cohort, on_delete="CASCADE")
        title = CharField(max_length=200)
        held_on = DateField()
        created_at = Instant()

        class Meta:
            database = db
            table_name = "meeting"

    db.create_tables([Meeting])

    class Member(Model):
        id = Id()
        public_id = PublicId(unique=True, max_length=32)
        cohort = ForeignKeyField(Cohort, on_delete="CASCADE")
        user = ForeignKeyField(User, on_delete="CASCADE")
        alias = CharField(max_length=60, default="")
        joined_at = Instant()
        left_at = Instant(null=True)

        class Meta:
            database = db
            table_name = "member"
            indexes = ((("cohort", "user"), True),)

    db.create_tables([Member])

    class Narrative(Model):
        id = Id()
        public_id = PublicId(unique=True, max_length=32)
        subject = ForeignKeyField(User, on_delete="CASCADE")
        author = ForeignKeyField(User, null=True, on_delete="SET NULL")
        author_name = CharField(max_length=120)
        kind = CharField(max_length=10)
        body = TextField()
        html = TextField()
        language = CharField(max_length=8)
        written_on = DateField()
        updated_at = Instant()

        class Meta:
            database = db
            table_name = "narrative"
            indexes = ((("subject", "author", "kind"), True),)

    db.create_tables([Narrative])

    class Photograph(Model):
        id = Id()
        public_id = PublicId(unique=True, max_length=32)
        owner = ForeignKeyField(User, on_delete="CASCADE")
        entry = ForeignKeyField(Entry, null=True, on_delete="CASCADE")
        position = IntegerField(default=0)
        stored_name = CharField(max_length=80)
        display_name = CharField(max_length=200, default="")
        media_type = CharField(max_length=40)
        width = IntegerField()
        height = IntegerField()
        size = IntegerField()
        sha256 = CharField(max_length=64)
        alt = TextField(default="")
        caption = TextField(default="")
        created_at = Instant()

        class Meta:
            database = db
            table_name = "photograph"

    db.create_tables([Photograph])

    class Reading(Model):
        id = Id()
        entry = ForeignKeyField(Entry, on_delete="CASCADE")
        reader = ForeignKeyField(User, on_delete="CASCADE")
        revision = ForeignKeyField(Revision, on_delete="CASCADE")
        read_at = Instant()

        class Meta:
            database = db
            table_name = "reading"
            indexes = ((("entry", "reader"), True),)

    db.create_tables([Reading])

    class Restory(Model):
        id = Id()
        entry = ForeignKeyField(Entry, unique=True, on_delete="CASCADE")
        earlier = ForeignKeyField(Entry, on_delete="CASCADE")

        class Meta:
            database = db
            table_name = "restory"

    db.create_tables([Restory])

    class Role(Model):
        id = Id()
        member = ForeignKeyField(Member, on_delete="CASCADE")
        role = CharField()
        starts_on = DateField()
        ends_on = DateField(null=True)

        class Meta:
            database = db
            table_name = "role"

    db.create_tables([Role])

    class Session(Model):
        id = Id()
        public_id = PublicId(unique=True, max_length=32)
        token_hash = CharField(unique=True, max_length=64)
        user = ForeignKeyField(User, on_delete="CASCADE")
        created_at = Instant()
        last_seen_at = Instant()
        user_agent = CharField(max_length=200, default="")

        class Meta:
            database = db
            table_name = "session"

    db.create_tables([Session])

    class StagePeriod(Model):
        id = Id()
        member = ForeignKeyField(Member, on_delete="CASCADE")
        stage = ForeignKeyField(Stage, on_delete="CASCADE")
        pass_number = IntegerField(default=1)
        starts_on = DateField()
        ends_on = DateField(null=True)

        class Meta:
            database = db
            table_name = "stage_period"
            indexes = ((("member", "stage", "pass_number"), True),)

    db.create_tables([StagePeriod])

    class Threshold(Model):
        id = Id()
        entry = ForeignKeyField(Entry, unique=True, on_delete="CASCADE")
        kinds = JSONField(default=list)
        before = TextField(default="")
        after = TextField(default="")
        helped = TextField(default="")
        marked_at = Instant()

        class Meta:
            database = db
            table_name = "threshold"

    db.create_tables([Threshold])

"""Tables of comments and of what has been read."""

from peewee import CharField, ForeignKeyField, IntegerField, TextField
from playhouse.fields import EnumField

from portfolio.store.accounts import User
from portfolio.store.database import Row
from portfolio.store.diary import Entry, Revision
from portfolio.store.fields import Id, Instant, PublicId
from portfolio.store.programme import RoleName


class Comment(Row):
    """Feedback on one revision, perhaps on a passage of it, perhaps in answer to another."""

    id = Id()
    public_id = PublicId()
    entry = ForeignKeyField(Entry, backref="comments", on_delete="CASCADE")
    entry_id: int
    revision = ForeignKeyField(Revision, backref="comments", on_delete="RESTRICT")
    revision_id: int
    author = ForeignKeyField(User, null=True, on_delete="SET NULL")
    author_id: int | None
    author_name = CharField(
        max_length=120, default=""
    )  # of an imported comment whose author has no account here
    author_role = EnumField(RoleName)  # held when it was written
    answers = ForeignKeyField("self", null=True, backref="replies", on_delete="CASCADE")
    answers_id: int | None
    creation_key = CharField(max_length=120, null=True, unique=True)
    body = TextField()
    html = TextField()
    language = CharField(max_length=8)
    quoted = TextField(null=True)
    quote_start = IntegerField(null=True)  # code points into the revision's body, half-open
    quote_end = IntegerField(null=True)
    written_at = Instant()
    withdrawn_at = Instant(null=True)

    class Meta:
        indexes = ((("entry", "written_at"), False),)


class Reading(Row):
    """The revision of an entry that a reader last had before them."""

    id = Id()
    entry = ForeignKeyField(Entry, backref="readings", on_delete="CASCADE")
    entry_id: int
    reader = ForeignKeyField(User, backref="readings", on_delete="CASCADE")
    reader_id: int
    revision = ForeignKeyField(Revision, on_delete="CASCADE")
    revision_id: int
    read_at = Instant()

    class Meta:
        indexes = ((("entry", "reader"), True),)


class CommentReading(Row):
    """A comment that somebody has had before them; that its entry's author has not is what makes it new."""

    id = Id()
    comment = ForeignKeyField(Comment, backref="readings", on_delete="CASCADE")
    comment_id: int
    reader = ForeignKeyField(User, backref="comment_readings", on_delete="CASCADE")
    reader_id: int
    read_at = Instant()

    class Meta:
        indexes = ((("comment", "reader"), True),)


TABLES = [Comment, Reading, CommentReading]

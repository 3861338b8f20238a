"""Which comments somebody has had before them, so that new ones can be told from those.

Comments that are there already count as seen by the authors of their entries, from when they were written.
"""

from peewee import *
from portfolio.store.fields import Id
from portfolio.store.fields import Instant


def up(migrator, db):
    class User(Model):
        id = Id()

        class Meta:
            database = db
            table_name = "user"

    class Comment(Model):
        id = Id()

        class Meta:
            database = db
            table_name = "comment"

    class CommentReading(Model):
        id = Id()
        comment = ForeignKeyField(Comment, on_delete="CASCADE")
        reader = ForeignKeyField(User, on_delete="CASCADE")
        read_at = Instant()

        class Meta:
            database = db
            table_name = "comment_reading"
            indexes = ((("comment", "reader"), True),)

    db.create_tables([CommentReading])
    db.execute_sql(
        'INSERT INTO "comment_reading" ("comment_id", "reader_id", "read_at")'
        ' SELECT c."id", e."owner_id", c."written_at" FROM "comment" AS c'
        ' JOIN "entry" AS e ON e."id" = c."entry_id"'
        ' WHERE c."author_id" IS NULL OR c."author_id" <> e."owner_id"'
    )

"""Whose diary has changed since pieces of its book were laid out, so that this is done before anybody waits."""

from peewee import *
from portfolio.store.fields import Id
from portfolio.store.fields import Instant


def up(migrator, db):
    class User(Model):
        id = Id()

        class Meta:
            database = db
            table_name = "user"

    class ChangedDiary(Model):
        id = Id()
        owner = ForeignKeyField(User, unique=True, on_delete="CASCADE")
        since = Instant()
        last_at = Instant()
        held_until = Instant(null=True)

        class Meta:
            database = db
            table_name = "changed_diary"

    db.create_tables([ChangedDiary])

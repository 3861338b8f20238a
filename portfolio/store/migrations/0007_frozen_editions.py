"""What an edition froze stands beside it, and how much of it could not be typeset."""

from peewee import *
from portfolio.store.fields import Id


def up(migrator, db):
    class Edition(Model):
        id = Id()

        class Meta:
            database = db
            table_name = "edition"

    class FrozenEdition(Model):
        id = Id()
        edition = ForeignKeyField(Edition, unique=True, on_delete="CASCADE")
        facts = TextField(default="")
        photographs = JSONField(default=list)

        class Meta:
            database = db
            table_name = "frozen_edition"

    migrator.migrate(migrator.add_column("edition", "plain", IntegerField(default=0)))
    db.create_tables([FrozenEdition])

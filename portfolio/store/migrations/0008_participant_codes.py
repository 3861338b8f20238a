"""The code that stands for a student in anonymised documents."""

from peewee import *
from portfolio.store.fields import Id


def up(migrator, db):
    class User(Model):
        id = Id()

        class Meta:
            database = db
            table_name = "user"

    class Programme(Model):
        id = Id()

        class Meta:
            database = db
            table_name = "programme"

    class ParticipantCode(Model):
        id = Id()
        owner = ForeignKeyField(User, on_delete="CASCADE")
        programme = ForeignKeyField(Programme, null=True, on_delete="CASCADE")
        code = CharField(unique=True, max_length=20)

        class Meta:
            database = db
            table_name = "participant_code"
            indexes = ((("owner", "programme"), True),)

    db.create_tables([ParticipantCode])

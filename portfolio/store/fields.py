"""Column types that mean the same on SQLite and on PostgreSQL."""

import datetime as dt
import secrets
from typing import Any

from peewee import SQL, AutoField, CharField, DateTimeField, NodeList, SqliteDatabase

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # no i, l, o, 0, 1: an id may be read aloud
PUBLIC_ID_LENGTH = 16  # about 79 bits


def new_public_id() -> str:
    """A random name for a row in URLs and files: 16 letters and digits, about 79 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(PUBLIC_ID_LENGTH))


class Id(AutoField):
    """A row number that is never used twice, so that an old reference cannot open a new row."""

    def ddl(self, ctx: Any) -> Any:
        nodes = super().ddl(ctx)
        database = self.model._meta.database
        database = getattr(database, "obj", None) or database
        return NodeList((nodes, SQL("AUTOINCREMENT"))) if isinstance(database, SqliteDatabase) else nodes


class PublicId(CharField):
    """The random name of a row, unique in its table."""

    def __init__(self, **options: Any) -> None:
        options = {"unique": True, "default": new_public_id, "max_length": 32} | options
        super().__init__(**options)


class Instant(DateTimeField):
    """An aware moment, kept as naive UTC."""

    def db_value(self, value: dt.datetime | None) -> Any:
        if value is not None:
            if value.tzinfo is None:
                raise ValueError("an instant needs a time zone")
            value = value.astimezone(dt.UTC).replace(tzinfo=None)
        return super().db_value(value)  # type: ignore[no-untyped-call]

    def python_value(self, value: str | dt.datetime | None) -> dt.datetime | None:
        if isinstance(value, str):  # from SQLite; lists load tens of thousands of these
            return dt.datetime.fromisoformat(f"{value}+00:00")
        return value.replace(tzinfo=dt.UTC) if value else None

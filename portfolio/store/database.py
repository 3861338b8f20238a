"""The database: opened once, bound to every table, SQLite by default, PostgreSQL by URL."""

import contextlib
import pathlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from peewee import Database, DatabaseProxy, Model, PostgresqlDatabase, SqliteDatabase
from playhouse import migrations as playhouse_migrations
from playhouse.pool import PooledPostgresqlDatabase

BUSY_TIMEOUT_SECONDS = 10
MIGRATIONS = pathlib.Path(__file__).parent / "migrations"

proxy = DatabaseProxy()


class _Postgres(PooledPostgresqlDatabase):  # type: ignore[misc]
    """PostgreSQL refuses a text with a NUL in it; here, what is asked for with one is just not there."""

    def execute_sql(self, sql: str, params: Sequence[Any] | None = None) -> Any:
        kept = [p.replace("\0", "\ufffd") if isinstance(p, str) else p for p in params or ()]
        return super().execute_sql(sql, kept)


class Row(Model):
    """Base of all tables.

    Beside each foreign key stands the type of the number that peewee keeps for it (`owner_id` of `owner`).
    """

    class Meta:
        database = proxy
        legacy_table_names = False


def open_database(url: str) -> Database:
    """Bind all tables to the database at `url` (`sqlite:///path` or `postgresql://…`).

    SQLite runs in WAL mode with `synchronous=FULL`, so an acknowledged write survives a
    power cut, and every transaction takes the write lock at its start, so that none is
    refused half-way. Raises ValueError for another kind of URL.
    """
    parts = urlsplit(url)
    database: Database
    if parts.scheme == "sqlite":
        path = url.removeprefix("sqlite:///")
        if path and path != ":memory:":
            pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        database = SqliteDatabase(
            path or ":memory:",
            lock_type="IMMEDIATE",
            timeout=BUSY_TIMEOUT_SECONDS,
            pragmas={
                "journal_mode": "wal",
                "synchronous": "full",
                "foreign_keys": 1,
                "cache_size": -32 * 1024,
                "trusted_schema": 0,
            },
        )
    elif parts.scheme in ("postgresql", "postgres"):
        database = _Postgres(
            url, max_connections=32, stale_timeout=300, timeout=BUSY_TIMEOUT_SECONDS, prefer_psycopg3=True
        )
    else:
        raise ValueError(f"a database URL begins with sqlite:/// or postgresql://, not {parts.scheme}:")
    proxy.initialize(database)
    return database


def is_there(url: str) -> bool:
    """Whether there is a database to open: opening SQLite would make the file and its folder."""
    path = url.removeprefix("sqlite:///")
    return path == url or pathlib.Path(path).exists()


def current() -> Database:
    """The open database."""
    database: Database = proxy.obj
    return database


def is_sqlite() -> bool:
    return isinstance(proxy.obj, SqliteDatabase)


def is_postgresql() -> bool:
    return isinstance(proxy.obj, PostgresqlDatabase)


def execute(sql: str, parameters: Sequence[Any] = ()) -> Any:
    """Run a statement that peewee has no words for. Returns the cursor."""
    return current().execute_sql(sql, parameters)  # type: ignore[no-untyped-call]


@contextlib.contextmanager
def transaction() -> Iterator[None]:
    """All that happens inside is written together, or not at all."""
    with proxy.obj.atomic():
        yield


def in_turn(owner_id: int) -> None:
    """Until the transaction ends, nobody else writes in what belongs to this person.

    SQLite has one writer at a time anyway. On PostgreSQL two that begin at once would both find
    nothing there, and both make it.
    """
    if not is_sqlite():
        execute("SELECT pg_advisory_xact_lock(%s)", (owner_id,))


@contextlib.contextmanager
def connection() -> Iterator[None]:
    """A connection for this thread, closed at the end; one that is open already is used."""
    opened = proxy.obj.connect(reuse_if_open=True)
    try:
        yield
    finally:
        if opened:
            proxy.obj.close()


def after_commit(action: Callable[[], Any]) -> None:
    """Do `action` once the transaction under way is written; at once if there is none."""
    proxy.obj.after_commit(action)


def migrate() -> list[str]:
    """Bring the schema up to date. Returns the names of the migrations that were applied."""
    from portfolio.store import search_index

    applied: list[str] = playhouse_migrations.run(proxy.obj, str(MIGRATIONS))
    search_index.create()
    return applied


def pending_migrations() -> list[str]:
    """Names of the migrations that this database has not seen."""
    runner = playhouse_migrations.Runner(proxy.obj, str(MIGRATIONS))
    return [m.name for m in runner.status() if not m.applied]


def tables() -> list[type[Row]]:
    """All tables, in an order in which they can be created."""
    from portfolio.store import accounts, diary, feedback, jobs, portfolios, programme

    return [
        *accounts.TABLES,
        *programme.TABLES,
        *diary.TABLES,
        *feedback.TABLES,
        *portfolios.TABLES,
        *jobs.TABLES,
    ]

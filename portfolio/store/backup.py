"""The whole site in one zip: every table as JSON lines, every stored file, and a hash of each.

It is read from one consistent snapshot while the site goes on being used, and it goes back
into SQLite or PostgreSQL alike, so it is also the way from one to the other.
"""

import contextlib
import datetime as dt
import hashlib
import json
import os
import pathlib
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from peewee import DataError, DateField, DateTimeField, IntegrityError

from portfolio.store import database, files, search_index
from portfolio.store.database import Row

FORMAT = 1
INDEX = "search-index.jsonl"
BATCH = 300  # rows inserted at once
# What reading something that is no backup, or not a whole one, comes to
DAMAGE = (
    zipfile.BadZipFile, zlib.error, KeyError, TypeError, ValueError, EOFError, IntegrityError, DataError,
)  # fmt: skip
Progress = Callable[[int, int], None]


class BadBackup(Exception):
    """The file is not a backup, not whole, or of another version; the message says which."""


@dataclass(frozen=True, slots=True)
class Summary:
    rows: int
    files: int
    bytes: int


def write(
    target: pathlib.Path, *, now: dt.datetime, progress: Progress = lambda done, total: None
) -> Summary:
    """Write a backup, whole or not at all. Raises OSError."""
    handle, name = tempfile.mkstemp(dir=target.absolute().parent, prefix=".part-", suffix=".zip")
    temporary = pathlib.Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as bundle, _snapshot():
                rows, held = _write_parts(bundle, now, progress)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return Summary(rows, held, target.stat().st_size)


def read(source: pathlib.Path, *, progress: Progress = lambda done, total: None) -> Summary:
    """Bring a backup back into the empty database that is open, all of it or nothing.

    Raises BadBackup, OSError.
    """
    try:
        with zipfile.ZipFile(source) as bundle:
            if "manifest.json" not in bundle.namelist():
                raise BadBackup("This is no backup of a site: the zip has no manifest.json of one.")
            manifest = json.loads(bundle.read("manifest.json"))
            _check(bundle, manifest)
            placed: list[pathlib.Path] = []
            try:
                with database.transaction():
                    rows = _read_tables(bundle, progress)
                    held = _read_files(bundle, placed)
            except BaseException:
                for path in placed:
                    path.unlink(missing_ok=True)
                raise
    except DAMAGE as problem:
        raise BadBackup(f"This is not a whole backup ({problem}).") from None
    return Summary(rows, held, source.stat().st_size)


@contextlib.contextmanager
def _snapshot() -> Iterator[None]:
    """One moment of the database for all that is read inside; writers are not held up."""
    db = database.current()
    if database.is_sqlite():
        with db.atomic(lock_type="DEFERRED"):
            yield
    else:
        with db.atomic():
            database.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield


def _write_parts(bundle: zipfile.ZipFile, now: dt.datetime, progress: Progress) -> tuple[int, int]:
    tables = database.tables()
    hashes: dict[str, str] = {}
    rows = 0
    for done, table in enumerate(tables):
        name = f"tables/{table._meta.table_name}.jsonl"
        digest = hashlib.sha256()
        with bundle.open(name, "w", force_zip64=True) as part:
            for row in table.select().order_by(table._meta.primary_key).tuples().iterator():
                line = json.dumps(row, ensure_ascii=False, default=_plain).encode() + b"\n"
                digest.update(line)
                part.write(line)
                rows += 1
        hashes[name] = digest.hexdigest()
        progress(done, len(tables) + 1)
    digest = hashlib.sha256()
    with bundle.open(INDEX, "w", force_zip64=True) as part:
        for entry_id, terms in search_index.all_terms():
            line = json.dumps([entry_id, terms], ensure_ascii=False).encode() + b"\n"
            digest.update(line)
            part.write(line)
    hashes[INDEX] = digest.hexdigest()
    held = 0
    for path in sorted(files.root().glob("??/*")):
        if path.suffix not in files.SUFFIXES or path.name.startswith("."):
            continue
        digest = hashlib.sha256()
        name = f"files/{path.name}"
        try:
            source = path.open("rb")
        except FileNotFoundError:  # taken off since the folder was listed
            continue
        with source, bundle.open(name, "w", force_zip64=True) as part:
            while block := source.read(1024 * 1024):
                digest.update(block)
                part.write(block)
        hashes[name] = digest.hexdigest()
        held += 1
    manifest = {
        "format": FORMAT,
        "made_at": now.isoformat(),
        "columns": {t._meta.table_name: [f.name for f in t._meta.sorted_fields] for t in tables},
        "sha256": hashes,
    }
    bundle.writestr("manifest.json", json.dumps(manifest, indent=1))
    progress(1, 1)
    return rows, held


def _check(bundle: zipfile.ZipFile, manifest: Any) -> None:
    if not isinstance(manifest, dict):
        raise TypeError("a list that is none")
    if manifest.get("format") != FORMAT:
        raise BadBackup(f"Its format is {manifest.get('format')!r}; this version reads {FORMAT}.")
    for table in database.tables():
        columns = manifest["columns"].get(table._meta.table_name)
        if columns != [f.name for f in table._meta.sorted_fields]:
            raise BadBackup(
                "It is of another version of the tables. Restore it with that version, then migrate."
            )
        if table.select().exists():
            raise BadBackup("This site is not empty.")
    names = set(bundle.namelist()) - {"manifest.json"}
    if names != set(manifest["sha256"]):
        raise BadBackup("It has other parts than its list says.")
    for name, wanted in manifest["sha256"].items():
        digest = hashlib.sha256()
        with bundle.open(name) as part:
            while block := part.read(1024 * 1024):
                digest.update(block)
        if digest.hexdigest() != wanted:
            raise BadBackup(f"{name} is damaged.")


def _read_tables(bundle: zipfile.ZipFile, progress: Progress) -> int:
    tables = database.tables()
    rows = 0
    for done, table in enumerate(tables):
        batch: list[dict[str, Any]] = []
        fields = table._meta.sorted_fields
        with bundle.open(f"tables/{table._meta.table_name}.jsonl") as part:
            for line in part:
                values = json.loads(line)
                batch.append({f.name: _value(f, v) for f, v in zip(fields, values, strict=True)})
                rows += 1
                if len(batch) == BATCH:
                    table.insert_many(batch).execute()
                    batch = []
        if batch:
            table.insert_many(batch).execute()
        _after_highest(table)
        progress(done + 1, len(tables))
    with bundle.open(INDEX) as part:
        for line in part:
            search_index.put_terms(*json.loads(line))
    return rows


def _read_files(bundle: zipfile.ZipFile, placed: list[pathlib.Path]) -> int:
    names = [n for n in bundle.namelist() if n.startswith("files/")]
    for name in names:
        try:
            target = files.path_of(name.removeprefix("files/"))
        except ValueError:
            raise BadBackup(f"{name} is not a file of a site.") from None
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        placed.append(target)
        with bundle.open(name) as part, target.open("wb") as file:
            shutil.copyfileobj(part, file, 1024 * 1024)
    return len(names)


def _after_highest(table: type[Row]) -> None:
    """PostgreSQL's counters know nothing of rows that bring their own numbers."""
    if not database.is_sqlite():
        name = table._meta.table_name
        database.execute(
            f"SELECT setval(pg_get_serial_sequence('\"{name}\"', 'id'), "  # noqa: S608
            f'COALESCE((SELECT MAX(id) FROM "{name}"), 0) + 1, false)'
        )


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return getattr(value, "value", str(value))


def _value(field: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(field, DateTimeField):
        return dt.datetime.fromisoformat(value)
    if isinstance(field, DateField):
        return dt.date.fromisoformat(value)
    return value

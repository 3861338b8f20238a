"""The full-text index: terms made by `domain.text`, found only within one owner's diary.

The owner is a term of the index itself, so a search never walks over other people's
entries. SQLite keeps the terms in an FTS5 table, PostgreSQL in a tsvector built straight
from the terms; both therefore answer alike.
"""

from collections.abc import Iterable, Iterator, Sequence

from portfolio.store import database

TERMS_LARGEST = 1_000_000  # bytes under which one entry is found; PostgreSQL's tsvector holds 2 to the 20th
SCOPE = "\ue000"  # a private-use character: no text yields a term that begins with it


def create() -> None:
    """Make the index if it isn't there. Called after every migration."""
    if database.is_sqlite():
        # The tokenizer "ascii" leaves terms whole; "unicode61" parts some scripts, which MATCH then refuses
        database.execute(
            "CREATE VIRTUAL TABLE IF NOT EXISTS entry_index USING fts5("
            "terms, tokenize = 'ascii', detail = 'none')"
        )
    else:
        database.execute(
            "CREATE TABLE IF NOT EXISTS entry_index (rowid BIGINT PRIMARY KEY, terms TSVECTOR NOT NULL)"
        )
        database.execute("CREATE INDEX IF NOT EXISTS entry_index_terms ON entry_index USING gin (terms)")


def put(entry_id: int, owner_id: int, terms: Iterable[str]) -> None:
    """Index an entry anew under these terms, within its owner's diary; of very many, under the first."""
    kept, room = [f"{SCOPE}{owner_id}"], TERMS_LARGEST
    for term in dict.fromkeys(terms):
        room -= len(term.encode())
        if room < 0:
            break
        kept.append(term)
    put_terms(entry_id, kept)


def put_terms(entry_id: int, terms: Sequence[str]) -> None:
    """Index an entry anew under exactly these terms, its scope among them."""
    remove(entry_id)
    if database.is_sqlite():
        database.execute("INSERT INTO entry_index(rowid, terms) VALUES (?, ?)", (entry_id, " ".join(terms)))
    else:
        database.execute(
            "INSERT INTO entry_index(rowid, terms) VALUES (%s, array_to_tsvector(%s::text[]))",
            (entry_id, list(terms)),
        )


def all_terms() -> Iterator[tuple[int, list[str]]]:
    """Every entry's row id with its terms, for a backup."""
    if database.is_sqlite():
        for row, terms in database.execute("SELECT rowid, terms FROM entry_index ORDER BY rowid"):
            yield row, terms.split(" ")
    else:
        query = "SELECT rowid, tsvector_to_array(terms) FROM entry_index ORDER BY rowid"
        for row, terms in database.execute(query).fetchall():
            yield row, list(terms)


def remove(entry_id: int) -> None:
    mark = "?" if database.is_sqlite() else "%s"
    database.execute(f"DELETE FROM entry_index WHERE rowid = {mark}", (entry_id,))  # noqa: S608


def find(owner_id: int, terms: Sequence[tuple[str, bool]]) -> list[int]:
    """Row ids of the owner's entries that have all `terms`; each with whether it is a prefix."""
    scope = (f"{SCOPE}{owner_id}", False)
    if database.is_sqlite():
        query = " AND ".join(
            '"' + t.replace('"', '""') + '"' + ("*" if prefix else "") for t, prefix in [scope, *terms]
        )
        rows = database.execute("SELECT rowid FROM entry_index WHERE entry_index MATCH ?", (query,))
    else:
        query = " & ".join(
            "'" + t.replace("\\", "\\\\").replace("'", "''") + "'" + (":*" if prefix else "")
            for t, prefix in [scope, *terms]
        )
        rows = database.execute("SELECT rowid FROM entry_index WHERE terms @@ %s::tsquery", (query,))
    return [row[0] for row in rows.fetchall()]

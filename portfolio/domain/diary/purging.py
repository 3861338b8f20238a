"""Deleted entries leave the tables when they cannot be brought back any more."""

import datetime as dt
from functools import partial

from portfolio.domain import accounts
from portfolio.domain.diary.entries import UNDO_DAYS
from portfolio.store import database, files, search_index
from portfolio.store.diary import Entry, Photograph
from portfolio.store.feedback import Comment
from portfolio.store.portfolios import EditionEntry, FrozenEdition


def purge_deleted(*, now: dt.datetime) -> int:
    """Remove for good every entry that was deleted more than thirty days ago. Returns how many.

    With it go all its revisions, photographs with their files, comments (they quote it, and nobody
    could read them any more), marks, grants and search terms. An edition frozen before keeps its
    file and cannot be made again; an entry that retells the removed one stays and tells it no more.
    """
    since = now - dt.timedelta(days=UNDO_DAYS)
    over = [row.id for row in Entry.select(Entry.id).where(Entry.deleted_at <= since)]
    count = 0
    for entry_id in over:
        with database.transaction():  # one each, so that nobody who writes has to wait
            entry = Entry.get_or_none((Entry.id == entry_id) & (Entry.deleted_at <= since))
            if entry is not None:  # not brought back meanwhile
                _remove(entry, now)
                count += 1
    return count


def _remove(entry: Entry, now: dt.datetime) -> None:
    names = {str(row.stored_name) for row in Photograph.select().where(Photograph.entry == entry.id)}
    holding = EditionEntry.select(EditionEntry.edition).where(EditionEntry.entry == entry.id)
    FrozenEdition.update(facts="", photographs=[]).where(FrozenEdition.edition.in_(holding)).execute()
    Comment.delete().where(Comment.entry == entry.id).execute()  # they hold on to their revisions
    search_index.remove(entry.id)
    entry.delete_instance()
    shared = {str(row.stored_name) for row in Photograph.select().where(Photograph.stored_name.in_(names))}
    for name in names - shared:
        database.after_commit(partial(files.remove, name))
    accounts.note("entry purged", now=now, subject=entry.public_id)

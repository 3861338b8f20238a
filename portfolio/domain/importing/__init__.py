"""Writing what was read from an archive or a folder into somebody's diary: all of it, or nothing.

An import can be run twice: an entry is known again by its source key, left alone when it is
the same, given a new revision when its file has changed. Stages that the diary's programme
does not have are made in a programme of the student's own, so that no entry loses its stage.
"""

import datetime as dt
from collections.abc import Callable

from portfolio.domain import accounts, changes
from portfolio.domain.exchange import ImportBundle
from portfolio.domain.importing.checks import refuse_bad
from portfolio.domain.importing.writer import ImportReport, Writer
from portfolio.domain.records import Viewer
from portfolio.domain.text import normalise
from portfolio.store import database

__all__ = ["ImportReport", "import_bundle"]


class _Undo(Exception):
    """Raised inside the transaction of a trial run, so that nothing stays."""


def import_bundle(
    viewer: Viewer,
    bundle: ImportBundle,
    *,
    now: dt.datetime,
    dry_run: bool = False,
    shared: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> ImportReport:
    """Write a bundle into the viewer's diary in one transaction. A dry run does all of it and keeps nothing.

    New entries are private; with `shared`, an archive's are granted again to whom it says.

    Raises ImportRefused with one sentence for each file that cannot be taken, and then has
    written nothing.
    """
    refuse_bad(viewer, bundle, now)
    report = ImportReport(remarks=list(bundle.remarks), dry_run=dry_run, shared=shared)
    if bundle.owner_name and _folded(bundle.owner_name) != _folded(viewer.name):
        report.owner_name = bundle.owner_name
    writer = Writer(viewer, bundle, now, report)
    total = 2 * len(bundle.entries)
    try:
        writer.prepare(lambda done: progress(done, total))
        with database.transaction():
            database.in_turn(viewer.user_id)
            writer.write(lambda done: progress(len(bundle.entries) + done, total))
            changes.note_own(viewer, now=now)
            accounts.note(
                "imported", now=now, actor=viewer.user_id, source=bundle.source, entries=len(bundle.entries),
                shared=report.shareable if shared else 0,
            )  # fmt: skip
            if dry_run:
                raise _Undo
    except BaseException as problem:
        writer.drop_files()
        if not isinstance(problem, _Undo):
            raise
    return report


def _folded(name: str) -> str:
    return " ".join(normalise(name).casefold().split())

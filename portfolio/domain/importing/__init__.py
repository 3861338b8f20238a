"""Writing what was read from an archive or a folder into somebody's diary.

All of it is checked before anything is written; then it is written in batches, each with its texts
rendered before, so that nobody else waits long. An import can be run twice, and goes on where it was
broken off: an entry is known again by its source key, left alone when it is the same, given a new
revision when its file has changed. Stages that the diary's programme does not have are made in a
programme of the student's own, so that no entry loses its stage.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Protocol

from portfolio.domain import access, accounts, changes, errors, markup
from portfolio.domain.exchange import ImportBundle, ImportedEntry
from portfolio.domain.importing.checks import refuse, refuse_bad
from portfolio.domain.importing.known import Fate, batches, known, tally
from portfolio.domain.importing.places import Places
from portfolio.domain.importing.ready import problems_of_pictures, renames
from portfolio.domain.importing.report import ImportReport
from portfolio.domain.importing.writer import Batch, Moved, Writer
from portfolio.domain.records import AUDIENCES, Viewer
from portfolio.domain.text import normalise
from portfolio.store import database

__all__ = ["BATCH", "ImportReport", "import_bundle"]

BATCH = 100  # entries written at once
TRIES_MOST = 3  # of a batch, where something else changes the same entries
CHECKING, WRITING = "checking", "taking in"  # steps


class Progress(Protocol):
    """Told how far the import is: so many of so many entries, in which step."""

    def __call__(self, done: int, total: int, step: str = "") -> None: ...


def _silent(done: int, total: int, step: str = "") -> None:
    """The listener of those who do not ask."""


def import_bundle(
    viewer: Viewer,
    bundle: ImportBundle,
    *,
    now: dt.datetime,
    dry_run: bool = False,
    shared: bool = False,
    pictures: bool = True,
    progress: Progress = _silent,
    so_far: tuple[int, ImportReport] | None = None,
    written: Callable[[int, ImportReport], None] = lambda done, report: None,
) -> ImportReport:
    """Write a bundle into the viewer's diary. A dry run says what would be done, and writes nothing.

    New entries are private; with `shared`, an archive's are granted again to whom it says. A dry run
    without `pictures` takes their word for it that they are pictures.

    `written` is called within the transaction of each batch, with the number of entries that are in
    and the report until then; what it raises undoes that batch and ends the import. `so_far`: what it
    was called with last, by an import of the same bundle that was broken off.

    Raises ImportRefused with one sentence for each file that cannot be taken, and then has
    written nothing.
    """
    refuse_bad(viewer, bundle, now)
    done, report = so_far or (0, _new_report(viewer, bundle, now, dry_run=dry_run, shared=shared))
    if pictures:
        _refuse_bad_pictures(viewer, bundle, done, progress)
    places = Places(viewer, bundle, now, report, trial=dry_run)
    if dry_run:
        places.settle()
        for _, entries in batches(bundle, 0, BATCH):
            for one in known(viewer, bundle, entries):
                tally(report, one, renamed=one.fate == Fate.NEW and renames(one.imported))
        return report
    with database.transaction():
        database.in_turn(viewer.user_id)
        places.settle()
        written(done, report)
    writer = Writer(viewer, bundle, now, shared=shared)
    for upto, entries in batches(bundle, done, BATCH):
        report = _write_batch(writer, entries, places, report, upto, progress, written)
    narratives = {n.body: markup.render(n.body).html for n in bundle.narratives}
    with database.transaction():
        database.in_turn(viewer.user_id)
        writer.finish(places, narratives)
        changes.note_own(viewer, now=now)
        accounts.note(
            "imported", now=now, actor=viewer.user_id, source=bundle.source, entries=len(bundle.entries),
            shared=report.shareable if shared else 0,
        )  # fmt: skip
        written(len(bundle.entries), report)
    return report


def _new_report(
    viewer: Viewer, bundle: ImportBundle, now: dt.datetime, *, dry_run: bool, shared: bool
) -> ImportReport:
    there = access.with_somebody(viewer.user_id, now=now)
    report = ImportReport(
        remarks=list(bundle.remarks),
        dry_run=dry_run,
        shared=shared,
        present=[a for a in AUDIENCES if a in there],
    )
    if bundle.owner_name and _folded(bundle.owner_name) != _folded(viewer.name):
        report.owner_name = bundle.owner_name
    return report


def _refuse_bad_pictures(viewer: Viewer, bundle: ImportBundle, done: int, progress: Progress) -> None:
    """Raises ImportRefused with all photographs of new entries that cannot be read."""
    problems: list[str] = []
    for upto, entries in batches(bundle, done, BATCH):
        for number, one in enumerate(known(viewer, bundle, entries), upto - len(entries) + 1):
            if one.fate == Fate.NEW and one.imported.photographs:
                problems += problems_of_pictures(one.imported)
                progress(number, len(bundle.entries), CHECKING)
    refuse(problems)


def _write_batch(
    writer: Writer,
    entries: Sequence[ImportedEntry],
    places: Places,
    report: ImportReport,
    upto: int,
    progress: Progress,
    written: Callable[[int, ImportReport], None],
) -> ImportReport:
    """Make a batch ready, then write it, and give the report with it."""
    for _ in range(TRIES_MOST):
        batch = Batch(writer.viewer, writer.bundle, entries)
        after = report.copy()
        try:
            for number, one in enumerate(batch.known, upto - len(entries) + 1):
                batch.prepare(one)
                tally(after, one, renamed=batch.renamed(one))
                progress(number, len(writer.bundle.entries), WRITING)
            with database.transaction():
                database.in_turn(writer.viewer.user_id)
                writer.write(batch, places)
                changes.note_own(writer.viewer, now=writer.now)
                written(upto, after)
            return after
        except Moved:  # somebody else wrote in the same entries; look again what is here
            batch.drop_files()
            writer.forget()
        except BaseException:
            batch.drop_files()
            raise
    raise errors.Conflict("These entries are being changed elsewhere. Try again in a moment.")


def _folded(name: str) -> str:
    return " ".join(normalise(name).casefold().split())

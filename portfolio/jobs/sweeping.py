"""What is past its time is removed: every hour while a site runs."""

import datetime as dt
import shutil

from portfolio.config import Settings
from portfolio.domain import diary, portfolios
from portfolio.export import piece_store
from portfolio.jobs import bringing
from portfolio.jobs.collecting import cohort_folder
from portfolio.jobs.making import pieces_folder
from portfolio.store import files
from portfolio.store.diary import Photograph
from portfolio.store.jobs import Job, JobState
from portfolio.store.portfolios import Edition, FrozenEdition

RESULT_DAYS = 7  # a site or archive is kept so long; editions stay
ROW_DAYS = 90  # what was asked for is remembered so long
STRAY_DAYS = 1  # a file that nothing names is left so long: it may be about to be named


def sweep_site(settings: Settings, *, now: dt.datetime) -> int:
    """`sweep`, and what lies beside the tables: pieces of books, books of a cohort that nobody waits for,
    diaries that nobody brings in any more.

    Returns how many entries, files and folders were removed.
    """
    pieces = piece_store.sweep(pieces_folder(settings), settings.pieces_mb)
    return sweep(now=now) + pieces + _sweep_cohorts(settings) + bringing.sweep()


def _one_file_an_edition() -> int:
    """Let go of copies of editions: once, the same book asked for again was made again."""
    kept = Edition.select(Edition.stored_name).where(Edition.stored_name.is_null(False))
    books = Job.select().where((Job.kind == "book") & (Job.stored_name != ""))
    copies = list(books.where(Job.stored_name.not_in(kept)))
    for row in copies:
        edition = Edition.get_or_none(Edition.public_id == row.arguments.get("edition", ""))
        name = edition.stored_name if edition else None
        Job.update(stored_name=name or "").where(Job.id == row.id).execute()
        files.remove(row.stored_name)
    return len(copies)


def _sweep_cohorts(settings: Settings) -> int:
    """Remove what was made for a cohort's zip that nobody is making any more."""
    there = list((settings.instance / "cohorts").glob("*"))
    return sum(let_go_of_cohort(settings, folder.name) for folder in there)


def let_go_of_cohort(settings: Settings, job_id: str) -> bool:
    """Remove what was made for a cohort's zip, unless somebody still makes that. Returns whether it did."""
    folder = cohort_folder(settings, job_id)
    job = Job.get_or_none(Job.public_id == job_id)
    if not folder.exists() or (job is not None and job.state in (JobState.WAITING, JobState.RUNNING)):
        return False
    shutil.rmtree(folder, ignore_errors=True)
    return True


def sweep(*, now: dt.datetime) -> int:
    """Remove what is past its time; done every hour while a site runs.

    Entries deleted more than thirty days ago, the files of sites and archives made more than a week
    ago, and what killed processes left. Returns how many entries and files.
    """
    count = diary.purge_deleted(now=now)
    for name in portfolios.sites_without_links(now=now):
        files.remove(name)
        count += 1
    sites = {row.site_name for row in Edition.select(Edition.site_name) if row.site_name}
    count += _one_file_an_edition()
    old = Job.select().where(
        (Job.state == JobState.DONE)
        & (Job.kind != "book")
        & (Job.stored_name != "")
        & (Job.finished_at < now - dt.timedelta(days=RESULT_DAYS))
    )
    for row in old:
        if row.stored_name not in sites:
            files.remove(row.stored_name)
            count += 1
        Job.update(stored_name="").where(Job.id == row.id).execute()
    over = Job.state.in_([JobState.DONE, JobState.FAILED, JobState.CANCELLED])
    Job.delete().where(over & (Job.finished_at < now - dt.timedelta(days=ROW_DAYS))).execute()
    frozen = FrozenEdition.select(FrozenEdition.photographs)
    named = sites | {name for row in frozen for name in row.photographs}
    named |= {
        row.stored_name or ""
        for table in (Photograph, Edition, Job)
        for row in table.select(table.stored_name)
    }
    return count + files.remove_strays(named, before=now - dt.timedelta(days=STRAY_DAYS))

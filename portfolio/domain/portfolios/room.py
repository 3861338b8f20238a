"""How much room the documents of a person, and of all, take on the disk, and how much they may."""

import shutil
from dataclasses import dataclass

from peewee import fn

from portfolio.domain import errors
from portfolio.domain.records import Viewer
from portfolio.store import files
from portfolio.store.diary import Photograph
from portfolio.store.jobs import Job, JobState
from portfolio.store.portfolios import Edition

MB = 1024 * 1024
SPARE = 50 * MB  # that a disk must have left besides


@dataclass(frozen=True, slots=True)
class Room:
    """What may be kept of documents, in megabytes."""

    person_mb: int = 500
    site_mb: int = 20_000


def room_taken(viewer: Viewer | None) -> int:
    """Bytes that the documents of the viewer take on the disk, or of everybody."""
    ours = Edition.stored_name.is_null(False)
    theirs = (Job.state == JobState.DONE) & (Job.stored_name != "") & (Job.kind != "book")
    sites = Edition.select(Edition.site_name).where(Edition.site_name.is_null(False))
    theirs &= Job.stored_name.not_in(sites)  # counted with their edition
    if viewer is not None:
        theirs &= Job.kind != "archive"  # one is always made, and takes the place of the one before
        ours, theirs = ours & (Edition.owner == viewer.user_id), theirs & (Job.owner == viewer.user_id)
    editions = Edition.select(fn.SUM(Edition.size + Edition.site_size)).where(ours).scalar()
    results = Job.select(fn.SUM(Job.size)).where(theirs).scalar()
    return int(editions or 0) + int(results or 0)


def check_room(viewer: Viewer, room: Room, more: int = 0) -> None:
    """Raise Invalid when there is no room for `more` bytes of documents; its sentence says what to do."""
    taken = room_taken(viewer) + more
    if taken >= room.person_mb * MB:
        raise errors.Invalid(
            "Your documents would take more than the %(most)s MB that are kept for you here. "
            "Download what you need and remove it under “All your documents”, then ask again.",
            most=room.person_mb,
        )
    if room_taken(None) + more >= room.site_mb * MB:
        raise errors.Invalid(
            "This site has no room left for documents. Sites and archives go after a week, "
            "so try again in some days, or tell the administrator."
        )


def check_disk(viewer: Viewer) -> None:
    """Raise Invalid when the disk itself has no room for the viewer's archive, before it is begun."""
    pictures = Photograph.select(fn.SUM(Photograph.size)).where(Photograph.owner == viewer.user_id).scalar()
    books = Edition.select(fn.SUM(Edition.size)).where(Edition.owner == viewer.user_id).scalar()
    if shutil.disk_usage(files.root()).free < int(pictures or 0) + int(books or 0) + SPARE:
        raise errors.Invalid(
            "The disk of this site is full. Tell the administrator; nothing of yours is lost."
        )


def archives_replaced(viewer: Viewer, job_id: str) -> list[str]:
    """Let go of the viewer's archives before this one; returns the stored names to remove."""
    earlier = (Job.owner == viewer.user_id) & (Job.kind == "archive") & (Job.public_id != job_id)
    earlier &= (Job.state == JobState.DONE) & (Job.stored_name != "")
    names = [str(row.stored_name) for row in Job.select(Job.stored_name).where(earlier)]
    Job.update(stored_name="").where(earlier).execute()
    return names


def result_removed(viewer: Viewer, job_id: str) -> str:
    """Let go of a job's file, or of a job that came to nothing; returns the stored name to remove, or "".

    A book's file belongs to its edition and stays. Raises NotFound; PeriodClosed while it is made.
    """
    row = Job.get_or_none((Job.public_id == job_id) & (Job.owner == viewer.user_id))
    if row is None:
        raise errors.NotFound
    if row.state in (JobState.WAITING, JobState.RUNNING):
        raise errors.PeriodClosed("This document is being made. Stop it first.")
    name = str(row.stored_name)
    held = Edition.select().where((Edition.stored_name == name) | (Edition.site_name == name)).exists()
    row.delete_instance()
    return "" if held else name

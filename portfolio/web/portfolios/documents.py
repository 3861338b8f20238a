"""Documents that are being made, and those that are there: progress, stopping, downloads."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from flask import Response, abort, jsonify, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as N_

from portfolio import jobs
from portfolio.domain import errors, portfolios
from portfolio.domain.portfolios import EditionView
from portfolio.jobs import RESULT_DAYS, JobView
from portfolio.store import files
from portfolio.web import notice, now, viewer
from portfolio.web.i18n import said
from portfolio.web.portfolios.area import KINDS, bp

FAILURE_DAYS = 7  # so long a document that could not be made is spoken of
STEPS = {
    "begin": N_("Gathering what you chose."),
    "reading": N_("Gathering what you chose."),
    "laid out": N_("Laying out the pages."),
    "bound": N_("Binding the book."),
}
# What a job can say of its failure, in English in its row
_REASONS = (
    N_("This document could not be made."),
    N_("Making this document took too long, and it was stopped. A shorter period may do."),
    N_("This document needs more memory or space than the site allows. A shorter period may do."),
    N_("Making this document was broken off three times."),
    N_("Something went wrong while writing it. Try again; nothing is lost."),
)


@bp.app_template_global()
def document_name(job: JobView) -> str:
    return str(KINDS[job.kind])


@bp.app_template_global()
def job_sentence(job: JobView) -> str:
    """Where a job stands, or why it failed."""
    if job.state == "waiting":
        return _("It waits for its turn.")
    if job.state == "running":
        return str(STEPS.get(job.step, N_("Writing the files.")))
    return _(job.problem) if job.problem else ""


@bp.app_template_global()
def kept_until(job: JobView) -> dt.datetime | None:
    """When a site or archive is swept away; None for a book, whose edition stays."""
    return (
        job.finished_at + dt.timedelta(days=RESULT_DAYS) if job.finished_at and job.kind != "book" else None
    )


@dataclass(frozen=True, slots=True)
class Document:
    """A job under way, failed or done, or an edition."""

    moment: dt.datetime
    job: JobView | None = None
    edition: EditionView | None = None


def documents() -> list[Document]:
    """What is under way, failed lately, or is there to be taken: the newest first."""
    known = jobs.jobs_of(viewer())
    lately = now() - dt.timedelta(days=FAILURE_DAYS)
    found = [Document(e.made_at, edition=e) for e in portfolios.editions(viewer())]
    for job in known:
        until = kept_until(job)
        still_there = job.state == "done" and until is not None and until > now()
        if still_there or (job.state == "failed" and job.created_at > lately):
            found.append(Document(job.finished_at or job.created_at, job))
    under_way = [Document(job.created_at, job) for job in known if job.open]
    return under_way + sorted(found, key=lambda document: document.moment, reverse=True)


@bp.get("/jobs/<job_id>.json")
def progress(job_id: str) -> ResponseReturnValue:
    job = jobs.job(viewer(), job_id)
    return jsonify(
        state=job.state,
        done=job.done,
        total=job.total,
        sentence=job_sentence(job),
        html="" if job.open else render_template("portfolios/_document.html", job=job),
    )


@bp.post("/jobs/<job_id>/cancel")
def cancel(job_id: str) -> ResponseReturnValue:
    try:
        jobs.cancel(viewer(), job_id, now=now())
    except errors.PeriodClosed as refusal:  # it was finished while the button was pressed
        notice(said(refusal), kind="")
    else:
        notice(_("It is stopped. Nothing of it was kept."), kind="")
    return redirect(url_for("portfolios.keep", _anchor="documents"))


@bp.get("/jobs/<job_id>/download")
def download_result(job_id: str) -> ResponseReturnValue:
    job, path, media_type = jobs.result(viewer(), job_id)
    return _attachment(path, job.display_name, media_type)


@bp.get("/editions/<edition_id>/download")
def download_edition(edition_id: str) -> ResponseReturnValue:
    edition, stored_name = portfolios.edition_file(viewer(), edition_id)
    name = jobs.edition_name(viewer().name, edition.number)
    return _attachment(files.path_of(stored_name), name, "application/pdf")


def _attachment(path: Path, name: str, media_type: str) -> Response:
    """A file to be saved under a telling name, whole or in ranges, that no cache keeps."""
    try:
        response = send_file(path, media_type, as_attachment=True, download_name=name, etag=False)
    except FileNotFoundError:
        abort(404)
    response.headers["Cache-Control"] = "no-store"
    return response

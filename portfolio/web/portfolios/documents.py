"""Documents that are being made, and those that are there: progress, stopping, downloads."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from flask import Response, abort, g, jsonify, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as N_
from flask_babel import ngettext

from portfolio import jobs
from portfolio.domain import errors, portfolios
from portfolio.domain.portfolios import EditionView
from portfolio.jobs import RESULT_DAYS, JobView
from portfolio.store import files
from portfolio.web import notice, now, viewer
from portfolio.web.i18n import date_long, number, said, said_with_language
from portfolio.web.portfolios.area import BYTES_PER_MB, KINDS, VARIANTS, bp, filesize, room
from portfolio.web.portfolios.downloads import name_file
from portfolio.web.portfolios.importing import taken_in
from portfolio.web.portfolios.wishes import PRINTED

JOBS_SHOWN = 100
FAILURE_DAYS = 7  # so long a document that could not be made is spoken of
STEPS = {
    "begin": N_("Gathering what you chose."),
    "reading": N_("Gathering what you chose."),
    "laid out": N_("Laying out the pages."),
    "bound": N_("Binding the book."),
    "editions": N_("Putting the editions together."),
    "checking": N_("Checking the photographs."),
    "taking in": N_("Taking the entries in."),
}
OF_COHORTS = {"cohort": N_("All editions of a cohort"), "cohort-site": N_("A cohort’s site")}
DOCUMENT_ICONS = {
    "import": "down",
    "cohort": "people",
    "cohort-site": "site",
    "epub": "book",
} | dict.fromkeys(("leap2a", "csv", "json"), "folder")
# What a job can say of its failure, in English in its row
_REASONS = (
    N_("This document could not be made."),
    N_("Making this document took too long, and it was stopped. A shorter period may do."),
    N_("This document needs more memory or space than the site allows. A shorter period may do."),
    N_("Books need a library that this site lacks. Its administrator sees which with `portfolio doctor`."),
    N_("Making this document was broken off three times."),
    N_("What was sent is no longer here. Choose it again."),
    N_("These entries are being changed elsewhere. Try again in a moment."),
    N_("Some editions could not be made. The list not-made.csv names them with the reason."),
    N_("Nobody has submitted an edition yet."),
    N_("Somebody took back an edition that was in it, so this zip was removed. Put it together again."),
    N_("None of the editions could be made. Try again; if it stays so, tell the administrator."),
    N_("Something went wrong while writing it. Try again; nothing is lost."),
    N_("Something that this edition holds was removed for good, so it cannot be made again."),
    N_("This edition cannot be made again just as it was. Make a new one."),
)


@bp.app_template_global()
def document_name(job: JobView) -> str:
    if job.kind == "import":
        return _("Bringing in “%(name)s”", name=job.display_name)
    return str((KINDS | OF_COHORTS)[job.kind])


@bp.app_template_global()
def edition_of(job: JobView) -> EditionView | None:
    """The finished edition that came of a job, as long as it is kept."""
    if job.kind != "book" or job.state != "done":
        return None
    if "editions" not in g:
        g.editions = {e.public_id: e for e in portfolios.editions(viewer())}
    found: EditionView | None = g.editions.get(job.edition)
    return found


@bp.app_template_global()
def document_title(job: JobView) -> str:
    """“Edition 3, for yourself”; of what is no edition the file's name; before it is there, its kind.

    The name of an anonymised file says nothing, so its owner reads what it is: “A site, anonymised”.
    """
    edition = edition_of(job)
    if edition is None and job.variant == "anonymised" and job.kind in KINDS:
        return _("%(document)s, %(variant)s", document=KINDS[job.kind], variant=VARIANTS[job.variant])
    if edition is None:
        return job.display_name or document_name(job)
    return _("Edition %(number)s, %(variant)s", number=edition.number, variant=VARIANTS[edition.variant])


@bp.app_template_global()
def edition_differs(edition: EditionView) -> str:
    """In what an edition differs from another of its kind: “Private entries · Large type · Letter paper”."""
    choices, said_so = edition.choices, []
    if edition.variant == "own" and choices.private:
        said_so.append(_("Private entries"))
    if not choices.comments:
        said_so.append(_("Without comments"))
    if choices.from_date:
        said_so.append(_("From %(date)s", date=date_long(choices.from_date)))
    if choices.to_date:
        said_so.append(_("Until %(date)s", date=date_long(choices.to_date)))
    if choices.stages:
        said_so.append(ngettext("%(num)d stage", "%(num)d stages", len(choices.stages)))
    if choices.tags:
        said_so.append(_("Only with certain tags"))
    if choices.entries:
        said_so.append(_("Entries chosen one by one"))
    if choices.layout.paper == "letter":
        said_so.append(_("Letter paper"))
    said_so += [str(label) for name, (label, _purpose) in PRINTED.items() if getattr(choices.layout, name)]
    return " · ".join(said_so)


@bp.app_template_global()
def document_icon(job: JobView) -> str:
    return DOCUMENT_ICONS.get(job.kind, job.kind)


@bp.app_template_global()
def job_measure(job: JobView) -> str:
    """How far a job is, in what can be counted: “about 12 of 45 pages”, “3 of 58 editions”, “1.4 MB”."""
    parts = []
    if job.total and job.kind == "book" and job.pages:
        done = round(job.pages * job.done / job.total)
        parts.append(_("about %(done)s of %(total)s pages", done=number(done), total=number(job.pages)))
    elif job.total and job.kind == "cohort":
        parts.append(_("%(done)s of %(total)s editions", done=number(job.done), total=number(job.total)))
    elif job.total and job.kind == "import":
        parts.append(_("%(done)s of %(total)s entries", done=number(job.done), total=number(job.total)))
    elif job.total and job.kind != "book":
        parts.append(_("%(done)s of %(total)s files", done=number(job.done), total=number(job.total)))
    if job.size and job.state == "running":
        parts.append(filesize(job.size))
    return _(", ").join(parts)


@bp.app_template_global()
def job_sentence(job: JobView) -> str:
    """Where a job stands, or why it failed."""
    if job.state == "waiting":
        return _("It waits for its turn.")
    if job.kind == "import" and (job.step == "begin" or not job.open):
        return _import_sentence(job)
    if job.state == "running":
        return str(STEPS.get(job.step, N_("Writing the files.")))
    if job.state == "cancelled":
        return _("Stopped. Nothing of it was kept.")
    if job.state == "done" and not job.kept and job.problem != portfolios.TAKEN_BACK:
        return _("No longer kept.")
    return _(job.problem) if job.problem else ""


def _import_sentence(job: JobView) -> str:
    """Of an import: that it is looked through, or how much is in."""
    if job.open:
        return _("Looking through it.")
    if job.state == "done":
        return taken_in(job)
    if not in_so_far(job):
        return _("Nothing was taken in.")
    sentences = [_("It was not finished."), taken_in(job)]
    return (" " if sentences[0].isascii() else "").join(sentences)


@bp.app_template_global()
def in_so_far(job: JobView) -> bool:
    """Whether an import that did not come to its end has left something in the diary."""
    return bool(job.counts.get("added") or job.counts.get("changed"))


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
        if worth_showing(job) or (job.state == "failed" and job.created_at > lately):
            found.append(Document(job.finished_at or job.created_at, job))
    under_way = [Document(job.created_at, job) for job in known if job.open]
    return under_way + sorted(found, key=lambda document: document.moment, reverse=True)


def worth_showing(job: JobView) -> bool:
    """Whether what came of a job is kept still, or went before its time and the job says why."""
    until = kept_until(job)
    there = job.kept or job.kind == "import" or job.problem == portfolios.TAKEN_BACK
    return job.state == "done" and there and until is not None and until > now()


@bp.app_template_global()
def problems_of(job: JobView) -> list[tuple[str, str]]:
    """Why an import was refused: sentences, each with its language."""
    return [said_with_language(problem) for problem in job.problems]


@bp.get("/jobs/<job_id>.json")
def progress(job_id: str) -> ResponseReturnValue:
    job = jobs.job(viewer(), job_id)
    return jsonify(
        state=job.state,
        done=job.done,
        total=job.total,
        sentence=job_sentence(job),
        measure=job_measure(job),
        html="" if job.open else render_template("portfolios/_document.html", job=job),
    )


@bp.post("/jobs/<job_id>/cancel")
def cancel(job_id: str) -> ResponseReturnValue:
    try:
        jobs.cancel(viewer(), job_id, now=now())
    except errors.PeriodClosed as refusal:  # it was finished while the button was pressed
        notice(said(refusal), kind="")
    else:
        job = jobs.job(viewer(), job_id)
        notice(
            _("It is stopped. Nothing of it was kept.") if job.kind != "import" else job_sentence(job),
            kind="",
        )
    return redirect(url_for("portfolios.keep", _anchor="documents"))


@bp.get("/keep/documents")
def all_documents() -> ResponseReturnValue:
    """All that the viewer has asked for, and how much room it takes."""
    return render_template(
        "portfolios/documents.html",
        known=[job for job in jobs.jobs_of(viewer(), most=JOBS_SHOWN) if edition_of(job) is None],
        editions=portfolios.editions(viewer()),
        opened=portfolios.open_links(viewer(), now=now()),
        handed={one.edition_id for one in portfolios.submissions(viewer())},
        taken=portfolios.room_taken(viewer()),
        most=room().person_mb * BYTES_PER_MB,
    )


@bp.post("/jobs/<job_id>/remove")
def remove_result(job_id: str) -> ResponseReturnValue:
    job = jobs.job(viewer(), job_id)
    try:
        jobs.remove(viewer(), job_id)
    except errors.PeriodClosed as refusal:
        notice(said(refusal), kind="caution")
    else:
        held = job.kept and job.kind != "book"
        notice(_("It is removed. It can be made again at any time.") if held else _("It is off this list."))
    return redirect(url_for("portfolios.all_documents"))


@bp.get("/jobs/<job_id>/download")
def download_result(job_id: str) -> ResponseReturnValue:
    job, path, media_type = jobs.result(viewer(), job_id)
    if job.kind == "cohort" and not portfolios.leads_cohort(viewer(), job.cohort, now=now()):
        raise errors.NotFound
    return attachment(path, job.display_name, media_type)


@bp.get("/editions/<edition_id>/download")
def download_edition(edition_id: str) -> ResponseReturnValue:
    edition, stored_name = portfolios.edition_file(viewer(), edition_id)
    name = jobs.edition_name(viewer().name, edition.number, edition.variant)
    return attachment(files.path_of(stored_name), name, "application/pdf")


def attachment(path: Path, name: str, media_type: str) -> Response:
    """A file to be saved under a telling name, whole or in ranges, that no cache keeps."""
    try:
        response = send_file(path, media_type, etag=False)
    except FileNotFoundError:
        abort(404)
    name_file(response, name)
    response.headers["Cache-Control"] = "no-store"
    return response

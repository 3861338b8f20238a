"""What the members of a cohort have submitted, for those who lead it: one by one, or all in one zip."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portfolio import jobs
from portfolio.domain import errors, portfolios
from portfolio.store import files
from portfolio.web import notice, now, viewer
from portfolio.web.i18n import said
from portfolio.web.portfolios.area import bp, room
from portfolio.web.portfolios.documents import attachment, worth_showing


@bp.get("/programme/cohorts/<cohort_id>/editions")
def cohort_editions(cohort_id: str) -> ResponseReturnValue:
    there = portfolios.cohort_editions(viewer(), cohort_id, now=now())
    of_it = [job for job in jobs.jobs_of(viewer()) if (job.kind, job.cohort) == ("cohort", cohort_id)]
    made = [job for job in of_it if job.open or job.state == "failed" or worth_showing(job)]
    return render_template("portfolios/cohort_editions.html", there=there, made=made)


@bp.post("/programme/cohorts/<cohort_id>/editions")
def collect(cohort_id: str) -> ResponseReturnValue:
    try:
        jobs.ask_cohort(viewer(), cohort_id, now=now(), room=room())
    except errors.Invalid as refusal:
        notice(said(refusal), kind="caution")
    else:
        notice(_("All editions are being put into one zip. You may leave; it goes on without you."))
    return redirect(url_for("portfolios.cohort_editions", cohort_id=cohort_id))


@bp.get("/programme/submissions/<submission_id>/download")
def download_submitted(submission_id: str) -> ResponseReturnValue:
    one = portfolios.submitted_edition(viewer(), submission_id, now=now())
    name = jobs.edition_name(one.owner_name, one.edition.number)
    return attachment(files.path_of(one.stored_name), name, "application/pdf")

"""One edition: its links, to whom it is submitted, letting go of it."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as N_
from flask_babel import ngettext

from portfolio import jobs
from portfolio.domain import errors, portfolios
from portfolio.web import notice, now, viewer
from portfolio.web.forms import Filled, filled, one_of, whole
from portfolio.web.portfolios.area import bp, room

DOCUMENTS = {"book": N_("The book (PDF)"), "site": N_("The site")}
DAYS = (7, 30, 90, 365)  # offered for a link to last


@bp.get("/keep/editions/<edition_id>")
def edition(edition_id: str) -> ResponseReturnValue:
    return _page(edition_id, None)


@bp.post("/keep/editions/<edition_id>/links")
def make_link(edition_id: str) -> ResponseReturnValue:
    form = filled("document", "days", "label", "passphrase")
    portfolios.edition_file(viewer(), edition_id)
    try:
        document = one_of("document", DOCUMENTS)
        days = whole("days", 1, portfolios.LINK_DAYS_MOST)
        link, token = portfolios.make_link(
            viewer(),
            edition_id,
            document=document,
            days=days,
            passphrase=form["passphrase"],
            label=form["label"],
            now=now(),
        )
        if document == "site":
            try:
                jobs.ask_site_of(viewer(), edition_id, now=now(), room=room())
            except errors.Invalid:
                portfolios.revoke_link(viewer(), link.public_id, now=now())
                raise
    except errors.Invalid as refusal:
        return _page(edition_id, form.refused(refusal)), 422
    return _page(edition_id, None, made=url_for("shared.edition", token=token, _external=True))


@bp.post("/keep/links/<link_id>/revoke")
def revoke_link(link_id: str) -> ResponseReturnValue:
    edition_id = portfolios.revoke_link(viewer(), link_id, now=now())
    notice(_("That link has ended. It opens nothing any more."))
    return redirect(url_for("portfolios.edition", edition_id=edition_id, _anchor="links"))


@bp.post("/keep/editions/<edition_id>/submit")
def submit(edition_id: str) -> ResponseReturnValue:
    form = filled("cohort")
    try:
        handed = portfolios.submit_edition(viewer(), edition_id, form["cohort"], now=now())
    except errors.Invalid as refusal:
        return _page(edition_id, None, submitting=form.refused(refusal)), 422
    notice(
        _("It is submitted. Those who lead “%(cohort)s” can read it.", cohort=handed.cohort_name),
        undo=url_for("portfolios.withdraw_submission", submission_id=handed.public_id),
    )
    return redirect(url_for("portfolios.edition", edition_id=edition_id, _anchor="submitting"))


@bp.post("/keep/submissions/<submission_id>/withdraw")
def withdraw_submission(submission_id: str) -> ResponseReturnValue:
    edition_id = portfolios.withdraw_submission(viewer(), submission_id, now=now())
    notice(_("It is withdrawn. Nobody can read it there any more."))
    return redirect(url_for("portfolios.edition", edition_id=edition_id, _anchor="submitting"))


@bp.post("/keep/editions/<edition_id>/remove")
def remove_edition(edition_id: str) -> ResponseReturnValue:
    portfolios.remove_edition_files(viewer(), edition_id, now=now())
    notice(_("The edition is removed, and its links have ended. Your entries stay as they are."))
    return redirect(url_for("portfolios.keep", _anchor="documents"))


def _page(edition_id: str, form: Filled | None, *, made: str = "", submitting: Filled | None = None) -> str:
    there, _name = portfolios.edition_file(viewer(), edition_id)
    handed = {s.cohort_name: s for s in portfolios.submissions(viewer()) if s.edition_id == edition_id}
    return render_template(
        "portfolios/edition.html",
        edition=there,
        links=portfolios.links_of(viewer(), edition_id, now=now()),
        receivers=portfolios.receivers(viewer(), now=now()),
        handed=handed,
        form=form,
        submitting=submitting,
        made=made,
        site_wanted=portfolios.wants_site(viewer(), edition_id),
        documents=DOCUMENTS,
        passphrase_shortest=portfolios.PASSPHRASE_SHORTEST,
        days=[(str(d), ngettext("%(num)d day", "%(num)d days", d)) for d in DAYS],
    )

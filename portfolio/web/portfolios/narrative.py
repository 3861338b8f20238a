"""One's own account of the way so far. A mentor's stands with those whom they accompany."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from portfolio.domain import diary, errors, portfolios
from portfolio.web import notice, now, viewer
from portfolio.web.forms import Filled, filled
from portfolio.web.portfolios.area import bp


@bp.get("/keep/narrative")
def narrative() -> ResponseReturnValue:
    return _page(None)


@bp.post("/keep/narrative")
def write_narrative() -> ResponseReturnValue:
    form = filled("body")
    if "look" in request.form:
        return _page(form, Markup(diary.preview(form["body"])))  # noqa: S704  made safe by the domain
    try:
        portfolios.write_narrative(viewer(), form["body"], now=now())
    except errors.Invalid as refusal:
        return _page(form.refused(refusal, at="body")), 422
    if form["body"].strip():
        notice(_("Your narrative is kept. It goes into what you make from now on."))
    else:
        notice(_("Your narrative is taken back."))
    return redirect(url_for("portfolios.keep"))


def _page(form: Filled | None, preview: Markup = Markup()) -> str:  # noqa: B008  immutable
    there = portfolios.narratives(viewer())
    return render_template(
        "portfolios/narrative.html",
        form=form,
        preview=preview,
        own=next((n for n in there if n.kind == "student"), None),
        of_mentors=[n for n in there if n.kind == "mentor"],
        longest=portfolios.NARRATIVE_LONGEST,
    )

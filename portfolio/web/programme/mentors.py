"""Whom a student is accompanied by: asking somebody, taking it back, ending it; joining by a code."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portfolio.domain import errors, programme
from portfolio.web import notice, now, viewer
from portfolio.web.forms import filled
from portfolio.web.programme.area import bp


@bp.get("/mentors")
def mentors() -> ResponseReturnValue:
    own = [m for m in programme.matches(viewer()) if m.mentee_id == viewer().public_id]
    return render_template(
        "programme/mentors.html",
        cohorts=programme.memberships(viewer(), now=now()),
        active=[m for m in own if m.state == "active"],
        proposed=[m for m in own if m.state == "proposed"],
        over=[m for m in own if m.state in ("ended", "declined")],
        offered=programme.mentors_to_propose(viewer(), now=now()),
    )


@bp.post("/mentors")
def propose() -> ResponseReturnValue:
    form = filled("cohort", "member")
    try:
        match = programme.propose_match(viewer(), form["cohort"], form["member"], now=now())
    except errors.Conflict:  # asked twice, in two tabs: what was wanted is there
        return redirect(url_for("programme.mentors"))
    notice(_("%(name)s is asked. Nothing can be read before they say yes.", name=match.mentor_name))
    return redirect(url_for("programme.mentors"))


@bp.post("/mentors/<match_id>/end")
def end_match(match_id: str) -> ResponseReturnValue:
    before = {m.public_id: m.state for m in programme.matches(viewer())}
    match = programme.end_match(viewer(), match_id, now=now())
    if before.get(match_id) == "proposed":
        notice(_("The question is taken back."))
    elif match.mentor_id == viewer().public_id:
        notice(_("It has ended. What %(name)s shared with you is closed.", name=match.mentee_name))
    else:
        notice(
            _("It has ended. %(name)s can no longer read what you shared with them.", name=match.mentor_name)
        )
    return redirect(url_for("shell.home" if match.mentor_id == viewer().public_id else "programme.mentors"))

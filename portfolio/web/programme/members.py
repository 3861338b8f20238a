"""One member of a cohort as its lead sees them: roles with dates, stages, passes. Never what they write."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portfolio.domain import errors, programme
from portfolio.domain.programme import CohortView, MemberView, PeriodView
from portfolio.domain.records import Role
from portfolio.web import notice, now, viewer
from portfolio.web.forms import Filled, date_of, filled, one_of, whole
from portfolio.web.programme.area import ROLES, bp, today

PASSES_MOST = 99


@bp.get("/programme/cohorts/<cohort_id>/members/<member_id>")
def member(cohort_id: str, member_id: str) -> ResponseReturnValue:
    return _page(cohort_id, member_id)


@bp.post("/programme/cohorts/<cohort_id>/members/<member_id>/roles")
def give_role(cohort_id: str, member_id: str) -> ResponseReturnValue:
    _there, person = _found(cohort_id, member_id)
    form = filled("role", "starts_on")
    try:
        role: Role = one_of("role", ROLES)  # type: ignore[assignment]  # its keys are the roles
        programme.add_member(
            viewer(), cohort_id, person.login, role, starts_on=date_of("starts_on"), now=now()
        )
    except errors.Invalid as refusal:
        return _page(cohort_id, member_id, role=form.refused(refusal)), 422
    notice(_("%(name)s holds that role now.", name=person.name))
    return redirect(url_for("programme.member", cohort_id=cohort_id, member_id=member_id))


@bp.post("/programme/cohorts/<cohort_id>/members/<member_id>/roles/end")
def end_role(cohort_id: str, member_id: str) -> ResponseReturnValue:
    role: Role = one_of("role", ROLES)  # type: ignore[assignment]  # its keys are the roles
    there, person = _found(cohort_id, member_id)
    programme.end_role(viewer(), cohort_id, member_id, role, now=now())
    notice(_("That role has ended, and with it what %(name)s could read by it.", name=person.name))
    if person.login == viewer().login and role == "lead":
        return redirect(url_for("shell.home"))
    still_here = {m.public_id for m in programme.cohort_led(viewer(), there.public_id, now=now()).members}
    if member_id in still_here:
        return redirect(url_for("programme.member", cohort_id=cohort_id, member_id=member_id))
    return redirect(url_for("programme.cohort", cohort_id=cohort_id, _anchor="members"))


@bp.post("/programme/cohorts/<cohort_id>/members/<member_id>/periods")
def set_period(cohort_id: str, member_id: str) -> ResponseReturnValue:
    there, person = _found(cohort_id, member_id)
    form = filled("stage", "starts_on", "ends_on", "pass_number")
    try:
        stage_id = one_of("stage", [s.public_id for s in there.stages])
        programme.set_stage_period(
            viewer(),
            cohort_id,
            member_id,
            stage_id,
            starts_on=date_of("starts_on") or today(),
            ends_on=date_of("ends_on", required=False),
            pass_number=whole("pass_number", 1, PASSES_MOST),
            now=now(),
        )
    except errors.Invalid as refusal:
        return _page(cohort_id, member_id, period=form.refused(refusal)), 422
    notice(_("The stage of %(name)s is set.", name=person.name))
    return redirect(url_for("programme.member", cohort_id=cohort_id, member_id=member_id))


@bp.get("/programme/cohorts/<cohort_id>/members/<member_id>/periods/<stage_id>/<int:number>")
def period(cohort_id: str, member_id: str, stage_id: str, number: int) -> ResponseReturnValue:
    return _period_page(cohort_id, member_id, stage_id, number, None)


@bp.post("/programme/cohorts/<cohort_id>/members/<member_id>/periods/<stage_id>/<int:number>")
def change_period(cohort_id: str, member_id: str, stage_id: str, number: int) -> ResponseReturnValue:
    _there, person, _held = _found_period(cohort_id, member_id, stage_id, number)
    form = filled("starts_on", "ends_on")
    try:
        programme.set_stage_period(
            viewer(),
            cohort_id,
            member_id,
            stage_id,
            starts_on=date_of("starts_on") or today(),
            ends_on=date_of("ends_on", required=False),
            pass_number=number,
            now=now(),
        )
    except errors.Invalid as refusal:
        form.refused(refusal, at="starts_on")
        return _period_page(cohort_id, member_id, stage_id, number, form), 422
    notice(_("The stage of %(name)s is set.", name=person.name))
    return redirect(url_for("programme.member", cohort_id=cohort_id, member_id=member_id, _anchor="stages"))


@bp.post("/programme/cohorts/<cohort_id>/members/<member_id>/periods/<stage_id>/<int:number>/remove")
def remove_period(cohort_id: str, member_id: str, stage_id: str, number: int) -> ResponseReturnValue:
    _there, person, _held = _found_period(cohort_id, member_id, stage_id, number)
    programme.remove_stage_period(viewer(), cohort_id, member_id, stage_id, number, now=now())
    notice(_("That period of %(name)s is removed.", name=person.name))
    return redirect(url_for("programme.member", cohort_id=cohort_id, member_id=member_id, _anchor="stages"))


def _found_period(
    cohort_id: str, member_id: str, stage_id: str, number: int
) -> tuple[CohortView, MemberView, PeriodView]:
    there, person = _found(cohort_id, member_id)
    for held in person.periods:
        if (held.stage.public_id, held.pass_number) == (stage_id, number):
            return there, person, held
    raise errors.NotFound


def _period_page(cohort_id: str, member_id: str, stage_id: str, number: int, form: Filled | None) -> str:
    there, person, held = _found_period(cohort_id, member_id, stage_id, number)
    values = {
        "starts_on": held.starts_on.isoformat(),
        "ends_on": held.ends_on.isoformat() if held.ends_on and held.end_typed else "",
    }
    return render_template(
        "programme/period.html", cohort=there, member=person, period=held, form=form or Filled(values)
    )


def _found(cohort_id: str, member_id: str) -> tuple[CohortView, MemberView]:
    there = programme.cohort_led(viewer(), cohort_id, now=now())
    for person in there.members:
        if person.public_id == member_id:
            return there, person
    raise errors.NotFound


def _page(cohort_id: str, member_id: str, *, role: Filled | None = None, period: Filled | None = None) -> str:
    there, person = _found(cohort_id, member_id)
    passes = max((p.pass_number for p in person.periods), default=0)
    return render_template(
        "programme/member.html",
        cohort=there,
        member=person,
        passes=[
            (number, [p for p in person.periods if p.pass_number == number])
            for number in range(1, passes + 1)
        ],
        present_pass=max(passes, 1),
        next_pass=passes + 1,
        today=today(),
        role=role,
        period=period,
    )

"""What is asked of a cohort and when it met: set by leads and mentors, changed, and taken back."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portfolio.domain import errors, programme
from portfolio.domain.programme import Guided
from portfolio.web import notice, now, viewer
from portfolio.web.forms import Filled, date_of, filled
from portfolio.web.programme.area import bp, today
from portfolio.web.programme.cohorts import cohort_page

PROMPT = ("text", "starts_on", "ends_on", "stage")


@bp.get("/prompts")
def prompts() -> ResponseReturnValue:
    return _prompts_page(_guided())


@bp.post("/programme/cohorts/<cohort_id>/prompts")
def set_prompt(cohort_id: str) -> ResponseReturnValue:
    there = _guided_cohort(cohort_id)
    form = filled(*PROMPT)
    try:
        programme.set_prompt(
            viewer(),
            cohort_id,
            form["text"],
            starts_on=date_of("starts_on") or today(),
            ends_on=date_of("ends_on", required=False),
            stage_id=form["stage"] or None,
            now=now(),
        )
    except errors.Invalid as refusal:
        form.refused(refusal, at="text")
        if there.led:
            return cohort_page(cohort_id, prompt=form), 422
        return _prompts_page(_guided(), refused=cohort_id, form=form), 422
    notice(_("The prompt is set."))
    return redirect(_place(there))


@bp.get("/prompts/<prompt_id>")
def prompt(prompt_id: str) -> ResponseReturnValue:
    return _prompt_page(prompt_id, None)


@bp.post("/prompts/<prompt_id>")
def change_prompt(prompt_id: str) -> ResponseReturnValue:
    there, _asked = programme.prompt_to_change(viewer(), prompt_id, now=now())
    form = filled(*PROMPT)
    try:
        programme.change_prompt(
            viewer(),
            prompt_id,
            form["text"],
            starts_on=date_of("starts_on") or today(),
            ends_on=date_of("ends_on", required=False),
            stage_id=form["stage"] or None,
            now=now(),
        )
    except errors.Invalid as refusal:
        return _prompt_page(prompt_id, form.refused(refusal, at="text")), 422
    notice(_("The prompt is changed."))
    return redirect(_place(there))


@bp.post("/prompts/<prompt_id>/withdraw")
def withdraw_prompt(prompt_id: str) -> ResponseReturnValue:
    cohort_id = programme.withdraw_prompt(viewer(), prompt_id, now=now())
    notice(
        _("The prompt is withdrawn. Whoever has answered it keeps it beside the answer."),
        undo=url_for("programme.restore_prompt", prompt_id=prompt_id),
    )
    return redirect(_place(_guided_cohort(cohort_id)))


@bp.post("/prompts/<prompt_id>/restore")
def restore_prompt(prompt_id: str) -> ResponseReturnValue:
    cohort_id = programme.restore_prompt(viewer(), prompt_id, now=now())
    notice(_("The prompt is asked again."))
    return redirect(_place(_guided_cohort(cohort_id)))


@bp.post("/programme/cohorts/<cohort_id>/meetings")
def add_meeting(cohort_id: str) -> ResponseReturnValue:
    there = _guided_cohort(cohort_id)
    form = filled("title", "held_on")
    try:
        programme.record_meeting(
            viewer(), cohort_id, form["title"], held_on=date_of("held_on") or today(), now=now()
        )
    except errors.Invalid as refusal:
        form.refused(refusal, at="title")
        if there.led:
            return cohort_page(cohort_id, meeting=form), 422
        raise
    notice(_("The meeting is on the timeline."))
    return redirect(_place(there, "meetings"))


@bp.get("/meetings/<meeting_id>")
def meeting(meeting_id: str) -> ResponseReturnValue:
    return _meeting_page(meeting_id, None)


@bp.post("/meetings/<meeting_id>")
def change_meeting(meeting_id: str) -> ResponseReturnValue:
    cohort_id, _met = programme.meeting_led(viewer(), meeting_id)
    form = filled("title", "held_on")
    try:
        programme.change_meeting(
            viewer(), meeting_id, form["title"], held_on=date_of("held_on") or today(), now=now()
        )
    except errors.Invalid as refusal:
        return _meeting_page(meeting_id, form.refused(refusal, at="title")), 422
    notice(_("The meeting is changed."))
    return redirect(url_for("programme.cohort", cohort_id=cohort_id, _anchor="meetings"))


@bp.post("/meetings/<meeting_id>/remove")
def remove_meeting(meeting_id: str) -> ResponseReturnValue:
    cohort_id, _met = programme.meeting_led(viewer(), meeting_id)
    programme.remove_meeting(viewer(), meeting_id, now=now())
    notice(_("The meeting is off the timeline."))
    return redirect(url_for("programme.cohort", cohort_id=cohort_id, _anchor="meetings"))


@bp.app_template_global()
def guides() -> bool:
    """Whether the viewer may set prompts anywhere."""
    return programme.guides(viewer(), now=now())


def _guided() -> tuple[Guided, ...]:
    found = programme.guided(viewer(), now=now())
    if not found:
        raise errors.NotFound
    return found


def _guided_cohort(cohort_id: str) -> Guided:
    for there in programme.guided(viewer(), now=now()):
        if there.public_id == cohort_id:
            return there
    raise errors.NotFound


def _place(there: Guided, anchor: str = "prompts") -> str:
    """Where the viewer sees what was asked of a cohort."""
    if there.led:
        return url_for("programme.cohort", cohort_id=there.public_id, _anchor=anchor)
    return url_for("programme.prompts")


def _prompts_page(cohorts: tuple[Guided, ...], refused: str = "", form: Filled | None = None) -> str:
    return render_template(
        "programme/prompts.html", cohorts=cohorts, refused=refused, form=form, today=today()
    )


def _prompt_page(prompt_id: str, form: Filled | None) -> str:
    there, asked = programme.prompt_to_change(viewer(), prompt_id, now=now())
    values = {
        "text": asked.text,
        "starts_on": asked.starts_on.isoformat(),
        "ends_on": asked.ends_on.isoformat() if asked.ends_on else "",
        "stage": asked.stage_id or "",
    }
    return render_template(
        "programme/prompt.html", there=there, place=_place(there), asked=asked, form=form or Filled(values)
    )


def _meeting_page(meeting_id: str, form: Filled | None) -> str:
    cohort_id, met = programme.meeting_led(viewer(), meeting_id)
    there = programme.cohort_led(viewer(), cohort_id, now=now())
    values = {"title": met.title, "held_on": met.held_on.isoformat()}
    return render_template("programme/meeting.html", cohort=there, met=met, form=form or Filled(values))

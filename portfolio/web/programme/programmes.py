"""A lead's programmes: the list, making one from scratch or from a preset, changing one."""

import functools
import zoneinfo

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portfolio.domain import errors, programme
from portfolio.domain.programme import ProgrammeView
from portfolio.web import notice, now, viewer
from portfolio.web.forms import Filled, date_of, filled, one_of
from portfolio.web.i18n import language
from portfolio.web.programme.area import bp, today
from portfolio.web.programme.rows import blank_row, drafts_of, rearranged, refuse_row, rows_of, rows_posted

SCHEDULES = ("calendar", "person")
FIELDS = ("name", "description", "timezone", "schedule")


@bp.get("/programme")
def index() -> ResponseReturnValue:
    led = programme.programmes_led_by(viewer())
    if viewer().account != "lead" and not led:
        raise errors.NotFound
    return render_template(
        "programme/index.html", programmes=led, presets=programme.presets(language()), makes=_makes()
    )


@bp.get("/programme/new")
def new() -> ResponseReturnValue:
    _leads_only()
    chosen = request.args.get("preset", "")
    if chosen and chosen not in programme.PRESETS:
        raise errors.NotFound
    form = Filled({"timezone": programme.timezone_of(viewer().user_id), "schedule": "calendar"})
    rows = [blank_row()]
    for preset in programme.presets(language()):
        if preset.key == chosen:
            form.values |= {"name": preset.name, "schedule": preset.schedule}
            rows = rows_of(preset.stages)
    return _form_page(form, rows, None)


@bp.post("/programme/new")
def make() -> ResponseReturnValue:
    _leads_only()
    form, rows = filled(*FIELDS), rows_posted()
    wish = request.form.get("do", "save")
    if wish != "save":
        return _form_page(form, rearranged(rows, wish), None)
    try:
        schedule = one_of("schedule", SCHEDULES)
        drafts = drafts_of(rows, with_dates=schedule == "calendar")
        if drafts is None:
            return _form_page(form, rows, None), 422
        made = programme.make_programme(
            viewer(),
            form["name"],
            timezone=form["timezone"],
            stages=drafts,
            schedule=schedule,
            description=form["description"],
            now=now(),
        )
    except errors.Invalid as refusal:
        return _form_page(_refused(form, rows, refusal), rows, None), 422
    notice(_("The programme is made. Its first cohort comes next."))
    return redirect(url_for("programme.new_cohort", programme_id=made.public_id))


@bp.get("/programme/<programme_id>")
def edit(programme_id: str) -> ResponseReturnValue:
    there = programme.programme_led(viewer(), programme_id)
    form = Filled({name: getattr(there, name) for name in FIELDS})
    return _form_page(form, rows_of(there.stages), there)


@bp.post("/programme/<programme_id>")
def change(programme_id: str) -> ResponseReturnValue:
    there = programme.programme_led(viewer(), programme_id)
    form, rows = filled("name", "description", "timezone"), rows_posted()
    form.values["schedule"] = there.schedule
    wish = request.form.get("do", "save")
    if wish != "save":
        return _form_page(form, rearranged(rows, wish), there)
    drafts = drafts_of(rows, with_dates=there.schedule == "calendar")
    if drafts is None:
        return _form_page(form, rows, there), 422
    try:
        programme.change_programme(
            viewer(),
            programme_id,
            name=form["name"],
            description=form["description"],
            timezone=form["timezone"],
            stages=drafts,
            now=now(),
        )
    except errors.Invalid as refusal:
        return _form_page(_refused(form, rows, refusal), rows, there), 422
    except errors.Conflict as refusal:
        return _form_page(form.refused(refusal), rows, there), 409
    notice(_("The programme is saved."))
    return redirect(url_for("programme.index"))


@bp.get("/programme/<programme_id>/cohorts/new")
def new_cohort(programme_id: str) -> ResponseReturnValue:
    there = programme.programme_led(viewer(), programme_id)
    begins = there.stages[0].starts_on if there.stages and there.stages[0].starts_on else today()
    form = Filled({"starts_on": begins.isoformat()})
    return render_template("programme/new_cohort.html", programme=there, form=form)


@bp.post("/programme/<programme_id>/cohorts/new")
def make_cohort(programme_id: str) -> ResponseReturnValue:
    there = programme.programme_led(viewer(), programme_id)
    form = filled("name", "starts_on")
    try:
        made = programme.make_cohort(
            viewer(), programme_id, form["name"], starts_on=date_of("starts_on"), now=now()
        )
    except errors.Invalid as refusal:
        form.refused(refusal)
        return render_template("programme/new_cohort.html", programme=there, form=form), 422
    return redirect(url_for("programme.cohort", cohort_id=made.public_id))


def _makes() -> bool:
    return viewer().account == "lead"


def _leads_only() -> None:
    if not _makes():
        raise errors.NotFound


def _refused(form: Filled, rows: list[Filled], refusal: errors.Invalid) -> Filled:
    return form if refuse_row(rows, refusal) else form.refused(refusal)


def _form_page(form: Filled, rows: list[Filled], there: ProgrammeView | None) -> str:
    return render_template(
        "programme/form.html",
        form=form,
        rows=rows,
        blank=blank_row(),
        programme=there,
        most=programme.STAGES_MOST,
        zones=_zones(),
    )


@functools.cache
def _zones() -> tuple[str, ...]:
    """Time zones worth offering: places, and UTC; not the aliases that are kept for old systems."""
    places = ("Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/",
              "Pacific/")  # fmt: skip
    return tuple(sorted(z for z in zoneinfo.available_timezones() if z.startswith(places) or z == "UTC"))

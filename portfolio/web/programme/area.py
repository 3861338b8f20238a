"""The blueprint of programmes, and what its pages share."""

import datetime as dt

from flask import Blueprint
from flask_babel import gettext as _
from flask_babel import lazy_gettext as N_

from portfolio.domain import programme
from portfolio.domain.records import Stage
from portfolio.web import now, viewer
from portfolio.web.i18n import date_long

ROLES = {
    "mentee": N_("Student"),
    "peer_mentor": N_("Peer mentor"),
    "mentor": N_("Mentor"),
    "lead": N_("Programme lead"),
}

bp = Blueprint("programme", __name__)


def today() -> dt.date:
    """Which day it is where the viewer's programme is."""
    return programme.today(programme.timezone_of(viewer().user_id), now())


def span(first: dt.date | None, last: dt.date | None) -> str:
    """“from 1 July 2022”, “1 July 2021 to 30 June 2022”; "" where no date is set."""
    if first and last:
        return _("%(first)s to %(last)s", first=date_long(first), last=date_long(last))
    if first:
        return _("from %(date)s", date=date_long(first))
    return _("until %(date)s", date=date_long(last)) if last else ""


def stage_dates(stage: Stage) -> str:
    """When somebody is in a stage, in all their passes."""
    if len(stage.passes) < 2:
        return span(stage.starts_on, stage.ends_on)
    return " · ".join(
        _("%(name)s: %(dates)s", name=pass_name(one.number), dates=span(one.starts_on, one.ends_on))
        for one in stage.passes
    )


def pass_name(number: int) -> str:
    """One run through the stages."""
    return {1: _("First pass"), 2: _("Second pass"), 3: _("Third pass")}.get(number) or _(
        "Pass %(number)s", number=number
    )


bp.add_app_template_global(span, "span")
bp.add_app_template_global(stage_dates, "stage_dates")
bp.add_app_template_global(pass_name, "pass_name")
bp.add_app_template_global(lambda: ROLES, "roles")

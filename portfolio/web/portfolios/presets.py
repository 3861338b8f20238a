"""Choices that have a name: to rename, and to let go."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portfolio.domain import errors, portfolios
from portfolio.web import notice, viewer
from portfolio.web.forms import Filled, filled
from portfolio.web.portfolios.area import bp


@bp.get("/keep/choices")
def presets() -> ResponseReturnValue:
    return _page()


@bp.post("/keep/choices/<preset_id>/rename")
def rename_preset(preset_id: str) -> ResponseReturnValue:
    form = filled("preset")
    try:
        portfolios.rename_preset(viewer(), preset_id, form["preset"])
    except errors.Invalid as refusal:
        return _page(preset_id, form.refused(refusal, at="preset")), 422
    notice(_("It has a new name."))
    return redirect(url_for("portfolios.presets"))


@bp.post("/keep/choices/<preset_id>/delete")
def delete_preset(preset_id: str) -> ResponseReturnValue:
    portfolios.delete_preset(viewer(), preset_id)
    notice(_("These choices are forgotten. What was made with them stays."))
    return redirect(url_for("portfolios.presets"))


def _page(refused: str = "", form: Filled | None = None) -> str:
    return render_template(
        "portfolios/presets.html", presets=portfolios.presets(viewer()), refused=refused, form=form
    )

"""Competencies shown, by a narrative and by entries. There is no number in them."""

from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portfolio.domain import errors, portfolios, programme, records
from portfolio.domain.portfolios import AttainmentView
from portfolio.domain.records import Choices
from portfolio.web import notice, now, viewer
from portfolio.web.forms import Filled, filled, many_of
from portfolio.web.portfolios.area import bp


@dataclass(frozen=True, slots=True)
class StageShown:
    """A stage with what was attained in it, and its competencies that nothing is told of yet."""

    stage: records.Stage
    attained: list[AttainmentView]
    open: list[str]


@bp.get("/keep/attainments")
def attainments() -> ResponseReturnValue:
    told = portfolios.attainments(viewer(), now=now())
    stages = []
    for stage in _stages():
        attained = [a for a in told if a.stage.public_id == stage.public_id]
        words = {a.competency for a in attained}
        stages.append(StageShown(stage, attained, [c for c in stage.competencies if c not in words]))
    return render_template("portfolios/attainments.html", stages=stages)


@bp.get("/keep/attainments/new")
def new_attainment() -> ResponseReturnValue:
    stage = _stage(request.args.get("stage", ""))
    form = Filled({"competency": request.args.get("competency", "")[:500], "narrative": ""})
    return _page(stage, form, ())


@bp.post("/keep/attainments/new")
def tell_attainment() -> ResponseReturnValue:
    return _record(_stage(request.form.get("stage", "")), None)


@bp.get("/keep/attainments/<attainment_id>")
def attainment(attainment_id: str) -> ResponseReturnValue:
    there = _told(attainment_id)
    form = Filled({"competency": there.competency, "narrative": there.narrative})
    return _page(there.stage, form, tuple(e.public_id for e in there.evidence), there)


@bp.post("/keep/attainments/<attainment_id>")
def change_attainment(attainment_id: str) -> ResponseReturnValue:
    there = _told(attainment_id)
    return _record(there.stage, there)


@bp.post("/keep/attainments/<attainment_id>/remove")
def remove_attainment(attainment_id: str) -> ResponseReturnValue:
    portfolios.remove_attainment(viewer(), attainment_id)
    notice(_("It is removed. The entries stay as they are."))
    return redirect(url_for("portfolios.attainments"))


def _record(stage: records.Stage, there: AttainmentView | None) -> ResponseReturnValue:
    form = filled("competency", "narrative")
    chosen: tuple[str, ...] = ()
    try:
        chosen = many_of("evidence", [e.public_id for e in _offered(stage, there)])
        portfolios.record_attainment(
            viewer(),
            stage.public_id,
            form["competency"],
            form["narrative"],
            chosen,
            attainment_id=there.public_id if there else None,
            now=now(),
        )
    except errors.Invalid as refusal:
        return _page(stage, form.refused(refusal), chosen, there), 422
    notice(_("It is kept, and stands with its stage in what you make from now on."))
    return redirect(url_for("portfolios.attainments"))


def _stages() -> tuple[records.Stage, ...]:
    return programme.stages_for(viewer().user_id, programme.programme_of(viewer().user_id))


def _stage(stage_id: str) -> records.Stage:
    for stage in _stages():
        if stage.public_id == stage_id:
            return stage
    raise errors.NotFound


def _told(attainment_id: str) -> AttainmentView:
    for there in portfolios.attainments(viewer(), now=now()):
        if there.public_id == attainment_id:
            return there
    raise errors.NotFound


def _offered(stage: records.Stage, there: AttainmentView | None) -> list[records.Entry]:
    """The viewer's entries of a stage, and those that are evidence already, by date."""
    choices = Choices(stages=(stage.public_id,), private=True, comments=False)
    found = list(portfolios.select(viewer(), choices, now=now()).entries)
    known = {e.public_id for e in found}
    found += [e for e in (there.evidence if there else ()) if e.public_id not in known]
    return sorted(found, key=lambda e: (e.entry_date, e.created_at))


def _page(
    stage: records.Stage, form: Filled, chosen: tuple[str, ...], there: AttainmentView | None = None
) -> str:
    return render_template(
        "portfolios/attainment.html",
        stage=stage,
        form=form,
        chosen=chosen,
        # What is chosen stands first, since the list may be long
        offered=sorted(_offered(stage, there), key=lambda e: e.public_id not in chosen),
        there=there,
    )

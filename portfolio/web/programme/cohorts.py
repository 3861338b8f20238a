"""A cohort as its lead sees it: members, the code for joining, prompts, meetings. No text of anybody's."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from portfolio.domain import errors, portfolios, programme
from portfolio.domain.programme import CohortView, MemberView
from portfolio.domain.records import Role
from portfolio.web import notice, now, viewer
from portfolio.web.forms import Filled, date_of, filled, one_of
from portfolio.web.programme.area import ROLES, bp, today

# The first that somebody holds says where they stand in the list
ORDER: tuple[Role, ...] = ("lead", "mentor", "peer_mentor", "mentee")
MODULES_OF_QUIET = 4  # around a QR code, by ISO/IEC 18004


@bp.get("/programme/cohorts/<cohort_id>")
def cohort(cohort_id: str) -> ResponseReturnValue:
    return cohort_page(cohort_id)


@bp.post("/programme/cohorts/<cohort_id>/code")
def change_code(cohort_id: str) -> ResponseReturnValue:
    closed = one_of("do", ("new", "close")) == "close"
    programme.change_code(viewer(), cohort_id, closed=closed, now=now())
    if closed:
        notice(_("Nobody can join by code any more. Who is here stays."))
    else:
        notice(_("This is the new code. The old one opens nothing any more."))
    return redirect(url_for("programme.cohort", cohort_id=cohort_id))


@bp.post("/programme/cohorts/<cohort_id>/members")
def add_member(cohort_id: str) -> ResponseReturnValue:
    form = filled("login", "role", "starts_on")
    try:
        role: Role = one_of("role", ROLES)  # type: ignore[assignment]  # its keys are the roles
        member = programme.add_member(
            viewer(), cohort_id, form["login"], role, starts_on=date_of("starts_on"), now=now()
        )
    except errors.Invalid as refusal:
        return cohort_page(cohort_id, member=form.refused(refusal, at="login")), 422
    notice(_("%(name)s belongs to the cohort now.", name=member.name))
    return redirect(url_for("programme.cohort", cohort_id=cohort_id, _anchor="members"))


def cohort_page(
    cohort_id: str,
    *,
    member: Filled | None = None,
    prompt: Filled | None = None,
    meeting: Filled | None = None,
) -> str:
    there = programme.cohort_led(viewer(), cohort_id, now=now())
    link = url_for("accounts.join", code=there.join_code, _external=True) if there.join_code else ""
    return render_template(
        "programme/cohort.html",
        cohort=there,
        reads=portfolios.leads_cohort(viewer(), cohort_id, now=now()),
        groups=_by_role(there),
        link=link,
        qr=_qr(link) if link else "",
        today=today(),
        member=member,
        prompt=prompt,
        meeting=meeting,
    )


def _by_role(there: CohortView) -> list[tuple[Role | None, list[MemberView]]]:
    """Members under the first role that they hold today; those who hold none yet, or no more, last."""
    groups: dict[Role | None, list[MemberView]] = {role: [] for role in (*ORDER, None)}
    for person in there.members:
        groups[next((role for role in ORDER if person.holds(role)), None)].append(person)
    return [(role, people) for role, people in groups.items() if people]


def _qr(address: str) -> Markup:
    """The address as a QR code, dark on light in any theme, since that is what cameras read."""
    import segno  # only where a code is drawn

    drawn = segno.make(address, error="m", micro=False)
    return Markup(  # noqa: S704  drawn from modules, no text of the address is in it
        drawn.svg_inline(
            border=MODULES_OF_QUIET,
            dark="#28231b",
            light="#fffcf5",
            omitsize=True,
            svgclass="qr",
            lineclass=None,
        )
    )

"""The stages of a programme as rows of a form: read, moved about without a script, and checked."""

import datetime as dt
from collections.abc import Iterable, Sequence

from flask import request

from portfolio.domain.errors import Invalid
from portfolio.domain.programme import STAGES_MOST, StageDraft
from portfolio.domain.records import Stage
from portfolio.web.forms import Filled, a_date

# Each row sends all of these, so that the n-th value of every name belongs to the n-th row
FIELDS = (
    "stage_id", "stage_name", "stage_label", "stage_from", "stage_to", "stage_objectives",
    "stage_competencies",
)  # fmt: skip


def blank_row() -> Filled:
    return Filled(dict.fromkeys(FIELDS, ""))


def rows_of(stages: Iterable[Stage | StageDraft]) -> list[Filled]:
    return [
        Filled(
            {
                "stage_id": stage.public_id or "",
                "stage_name": stage.name,
                # A record says the name where no label was given
                "stage_label": "" if stage.identity_label == stage.name else stage.identity_label,
                "stage_from": stage.starts_on.isoformat() if stage.starts_on else "",
                "stage_to": stage.ends_on.isoformat() if stage.ends_on else "",
                "stage_objectives": "\n".join(stage.objectives),
                "stage_competencies": "\n".join(stage.competencies),
            }
        )
        for stage in stages
    ]


def rows_posted() -> list[Filled]:
    """The rows in the order of the page. Raises Invalid for a form that lost some of its fields."""
    columns = [request.form.getlist(name) for name in FIELDS]
    if len({len(column) for column in columns}) > 1:
        raise Invalid("The form did not arrive whole. Load the page again.")
    rows = [Filled(dict(zip(FIELDS, row, strict=True))) for row in zip(*columns, strict=True)]
    return rows[: STAGES_MOST + 1]  # one too many is enough to say so


def rearranged(rows: Sequence[Filled], wish: str) -> list[Filled]:
    """The rows after one press of “add”, “remove-2”, “up-2” or “down-2”; anything else changes nothing."""
    rows = list(rows)
    if wish == "add":
        return [*rows, blank_row()] if len(rows) < STAGES_MOST else rows
    verb, _, number = wish.partition("-")
    if not (number.isascii() and number.isdigit() and 1 <= int(number) <= len(rows)):
        return rows
    at = int(number) - 1
    to = at + {"up": -1, "down": 1}.get(verb, 0)
    if verb == "remove":
        del rows[at]
    elif 0 <= to < len(rows):
        rows[at], rows[to] = rows[to], rows[at]
    return rows


def drafts_of(rows: Sequence[Filled], *, with_dates: bool) -> list[StageDraft] | None:
    """The rows as the domain takes them, or None where one of them has an error now."""
    drafts = [_draft(row, with_dates) for row in rows]
    return None if any(row.errors for row in rows) else drafts


def _draft(row: Filled, with_dates: bool) -> StageDraft:
    dates: dict[str, dt.date | None] = {"stage_from": None, "stage_to": None}
    for name in dates if with_dates else ():
        try:
            dates[name] = a_date(row[name], name, required=False)
        except Invalid as refusal:
            row.refused(refusal)
    return StageDraft(
        name=row["stage_name"],
        identity_label=row["stage_label"],
        starts_on=dates["stage_from"],
        ends_on=dates["stage_to"],
        objectives=tuple(row["stage_objectives"].splitlines()),
        competencies=tuple(row["stage_competencies"].splitlines()),
        public_id=row["stage_id"] or None,
    )


def refuse_row(rows: Sequence[Filled], refusal: Invalid) -> bool:
    """Lay a refusal at its row: `stage-2`, `stage-2-from`. False where it belongs to none."""
    verb, _, place = refusal.field.partition("-")
    number, _, part = place.partition("-")
    if verb != "stage" or not number.isdigit() or not 1 <= int(number) <= len(rows):
        return False
    row = rows[int(number) - 1]
    refusal.field = f"stage_{part or 'name'}"
    row.refused(refusal)
    return True

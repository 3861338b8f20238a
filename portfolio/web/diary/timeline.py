"""Reading one's own diary back: the contents page, what was deleted."""

import calendar
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from portfolio.domain import diary, records
from portfolio.domain.programme import stage_on
from portfolio.export import figures
from portfolio.web import now, viewer
from portfolio.web.diary.area import bp
from portfolio.web.i18n import month

LONGEST_QUERY = 120  # characters
TAGS_SHOWN = 12  # the rest is one press away
MONDAY = dt.date(2024, 1, 1)  # any: its week names the columns of the calendar


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the contents page: an entry, or what happened around it."""

    day: dt.date
    entry: records.Entry | None = None
    prompt: records.Prompt | None = None
    meeting: records.Meeting | None = None


@dataclass(frozen=True, slots=True)
class MonthOfLines:
    first: dt.date
    lines: tuple[Line, ...]
    entries: int  # in the whole month, 0 where that is not known


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the diary in one stage."""

    stage: records.Stage | None
    months: tuple[MonthOfLines, ...]
    period: str


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar; `entry_id` is what it opens."""

    date: dt.date
    entry_id: str | None
    stage: records.Stage | None


@dataclass(frozen=True, slots=True)
class Figure:
    """The months as a picture in two widths, and the same as a table."""

    wide: Markup
    narrow: Markup
    rows: list[tuple[object, ...]]
    marks: tuple[tuple[str, Markup], ...]


@dataclass(frozen=True, slots=True)
class Year:
    """A year's months for finding one: each with its address, or none where nothing was written."""

    year: int
    months: list[tuple[dt.date, str]] = field(default_factory=list)


@bp.get("/diary")
def timeline() -> ResponseReturnValue:
    filters = diary.Filters(
        stage_id=request.args.get("stage", ""),
        tag=request.args.get("tag", ""),
        month=request.args.get("month", ""),
        text=request.args.get("q", "")[:LONGEST_QUERY],
    )
    found = diary.timeline(viewer(), filters, page=request.args.get("page", 1, type=int), now=now())
    desk = diary.desk(viewer(), now=now())
    return render_template(
        "diary/timeline.html",
        found=found,
        drafts=desk.drafts,
        parts=list(_parts(found)),
        figure=_figure(found),
        weeks=_weeks(found),
        week_names=[MONDAY + dt.timedelta(days=n) for n in range(7)],
        years=_years(found),
        tags_shown=TAGS_SHOWN,
        here=_addresses(filters),
        calendar_before=_month_address(found, -1),
        calendar_after=_month_address(found, 1),
    )


@bp.get("/diary/deleted")
def deleted() -> ResponseReturnValue:
    entries = diary.deleted_entries(viewer(), now=now())
    return render_template("diary/deleted.html", entries=entries, days=diary.UNDO_DAYS)


def _addresses(filters: diary.Filters):  # type: ignore[no-untyped-def]
    """A function for the template: the address of this page with some of its filters changed."""
    present = {"stage": filters.stage_id, "tag": filters.tag, "month": filters.month, "q": filters.text}

    def here(**changed: object) -> str:
        wanted = {**present, **changed}
        return url_for("diary.timeline", **{k: v for k, v in wanted.items() if v})

    return here


def _parts(found: diary.Timeline) -> Iterator[Part]:
    """The page's entries under their stages and months, with prompts and meetings between them."""
    lines = [Line(e.entry_date, entry=e) for e in found.entries]
    lines += [Line(p.starts_on, prompt=p) for p in found.prompts]
    lines += [Line(m.held_on, meeting=m) for m in found.meetings]
    lines.sort(key=lambda line: line.day, reverse=True)
    counts = {(m.year, m.month): m.entries for m in found.months} if not found.filters.any() else {}
    whole = _months_of_another(found)
    for stage, stretch in groupby(lines, key=lambda line: _stage_of(line, found, whole)):
        months = tuple(
            MonthOfLines(dt.date(year, number, 1), tuple(group), counts.get((year, number), 0))
            for (year, number), group in groupby(stretch, key=lambda line: (line.day.year, line.day.month))
        )
        yield Part(stage, months, _period(stage, months[0].lines[0].day, found.today))


def _stage_of(
    line: Line, found: diary.Timeline, whole: dict[tuple[int, int], records.Stage]
) -> records.Stage | None:
    """By the calendar, so that an entry which names another stage does not tear its month apart."""
    own = line.entry.stage if line.entry else None
    if found.filters.stage_id:
        return own
    by_month = whole.get((line.day.year, line.day.month))
    return by_month or stage_on(found.programme_stages, line.day) or own


def _months_of_another(found: diary.Timeline) -> dict[tuple[int, int], records.Stage]:
    """Months all of whose entries on this page lie in one stage that is none of the programme's."""
    own = {s.public_id for s in found.programme_stages}
    months = groupby(found.entries, key=lambda e: (e.entry_date.year, e.entry_date.month))
    by_month = {month: {e.stage for e in entries} for month, entries in months}
    return {
        month: stage
        for month, stages in by_month.items()
        if len(stages) == 1 and (stage := next(iter(stages))) and stage.public_id not in own
    }


def _period(stage: records.Stage | None, day: dt.date, today: dt.date) -> str:
    """The dates of a stage in the pass in which `day` lies."""
    spans = stage.spans if stage else ()
    begun = [span for span in spans if span[0] <= day] or list(spans[:1])
    if not begun:
        return ""
    first, last = begun[-1]
    if last is None or last >= today:
        return _("%(month)s, still being written", month=month(first))
    return _("%(first)s to %(last)s", first=month(first), last=month(last))


def _weeks(found: diary.Timeline) -> list[list[Day | None]]:
    """The calendar's month in weeks from Monday; None outside of the month."""
    weeks = calendar.Calendar().monthdatescalendar(found.calendar_month.year, found.calendar_month.month)
    stages = {s.public_id: s for s in found.stages}
    nothing = (None, None)
    return [
        [
            Day(day, found.by_day.get(day, nothing)[0], stages.get(found.by_day.get(day, nothing)[1] or ""))
            if day.month == found.calendar_month.month
            else None
            for day in week
        ]
        for week in weeks
    ]


def _month_address(found: diary.Timeline, step: int) -> tuple[dt.date, str] | None:
    """The month before or after the calendar's, as far as the diary reaches."""
    index = found.calendar_month.year * 12 + found.calendar_month.month - 1 + step
    first = dt.date(index // 12, index % 12 + 1, 1)
    reach = [dt.date(m.year, m.month, 1) for m in found.months]
    if not reach or not reach[0] <= first <= max(reach[-1], found.today):
        return None
    return first, url_for("diary.timeline", month=f"{first:%Y-%m}")


def _years(found: diary.Timeline) -> list[Year]:
    years: dict[int, Year] = {}
    for m in reversed(found.months):
        year = years.setdefault(m.year, Year(m.year))
        address = url_for("diary.timeline", month=f"{m.year:04}-{m.month:02}") if m.entries else ""
        year.months.insert(0, (dt.date(m.year, m.month, 1), address))
    return list(years.values())


def _figure(found: diary.Timeline) -> Figure | None:
    if not found.months:
        return None
    first, last = found.months[0], found.months[-1]
    # The figure draws a portfolio; of this one it needs no more than the months and their stages
    drawn = records.Portfolio(
        owner_id=viewer().public_id,
        owner_login=viewer().login,
        owner_name=viewer().name,
        programme_name="",
        cohort_name="",
        language=viewer().language,
        timezone="UTC",
        made_at=now(),
        edition=0,
        choices=records.Choices(),
        starts_on=dt.date(first.year, first.month, 1),
        ends_on=dt.date(last.year, last.month, 1),
        stages=found.stages,
        entries=(),
        months=found.months,
        left_out=0,
    )
    rows = [
        (
            Markup('<a href="{}">{}</a>').format(
                url_for("diary.timeline", month=f"{row.year}-{row.month:02}"), row.name
            )
            if row.entries
            else row.name,
            f"{row.stages} {row.stage_name}".strip(),
            row.entries,
            row.prompts or "",
            row.meetings or "",
            len(row.thresholds) or "",
        )
        for row in figures.trajectory_table(drawn)
    ]
    # Our own SVG, whose texts `figures` has escaped
    wide, narrow = (Markup(figures.trajectory_svg(drawn, "web", width)) for width in ("wide", "narrow"))  # noqa: S704
    return Figure(
        wide=Markup('<div class="wide-figure">{}</div>').format(wide),
        narrow=Markup('<div class="narrow">{}</div>').format(narrow),
        rows=rows,
        marks=tuple((mark, Markup(figures.key_svg(mark))) for mark in figures.marks_used(drawn)),  # noqa: S704
    )

"""The trajectory as a picture and as a table: the same on the web, in the site and in the PDF.

Bars are entries by month, in the colour and pattern of their stage; marks say where a prompt was
set (a triangle), the cohort met (a circle) and the author saw a threshold (a diamond). Nothing is
compared or judged: a month without entries is an empty place, and no more is said about it. Where
more than a year of them follow each other, the axis is broken, and bears the dates of the break.

Every SVG is complete, with literal colours, so that it needs no style sheet. `class="ink hair
mark"` lets a page turn text, lines and marks over in the dark.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from portfolio.domain.records import Language, Month, Portfolio
from portfolio.export.chart import Chart
from portfolio.export.columns import Column
from portfolio.export.environment import month_name, translations
from portfolio.export.folding import spans
from portfolio.export.plates import PLATES, text_width
from portfolio.export.ribbons import PLAIN_EDGE, QUIET, print_block, roman

Medium = Literal["web", "print", "site"]
Width = Literal["wide", "narrow"]
Mark = Literal["prompt", "meeting", "threshold"]

A4_WIDTH = 595.28  # points
COVER_HEIGHT, BAND_HEIGHT = 90.0, 120.0
SHELF_LEFT = 68.03  # the left edge of the text; the shelf runs out of the page on the right
SHELF_GAP = 2.2
BREAK_WIDTH, BREAK_FONT = 26.0, 7.5  # of a folded run on the shelf
WIDEST_SPINE = 64.0  # a diary of one month is one book on the shelf, not a wall


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One row of the table that says the same as the figure: a month, or a folded run of empty ones."""

    index: int  # from 1; of a run that of its first month
    last: int  # the same again; of a run that of its last month
    year: int  # of its first month
    month: int
    name: str  # "September 2020", "Nov 2022 – Oct 2026"
    stages: str  # numerals of the stages of its entries, "II" or "II, III"; "" for none
    stage_name: str  # of its stage, in the first row of that stage only; what has none is "No stage"
    entries: int
    prompts: int
    meetings: int
    thresholds: tuple[str, ...]  # public ids of entries

    @property
    def folded(self) -> bool:
        return self.last > self.index

    @property
    def numbers(self) -> str:
        """ "27", or "27–74"."""
        return f"{self.index}–{self.last}" if self.folded else str(self.index)


def stage_numbers(portfolio: Portfolio) -> dict[str, int]:
    """Numbers of the stages, from 1, by public id, in the order of the document."""
    return {stage.public_id: n for n, stage in enumerate(portfolio.stages, 1)}


def trajectory_svg(portfolio: Portfolio, medium: Medium, width: Width) -> str:
    """The figure as SVG: `wide` is 476 pt in print, 760 px on a screen; `narrow` 334 pt, 324 px.

    Any number of months: more than fit in one row are laid in rows of whole years on one scale.
    "" where the portfolio has no month.
    """
    if not portfolio.months:
        return ""
    plate = PLATES["print" if medium == "print" else "screen", width]
    names = {n: stage.identity_label for n, stage in enumerate(portfolio.stages, 1)}
    chart = Chart(plate, portfolio.language, _columns(portfolio), names)
    return chart.svg(*trajectory_texts(portfolio))


def trajectory_texts(portfolio: Portfolio) -> tuple[str, str]:
    """A title and a description of the figure, for who cannot see it."""
    _ = translations(portfolio.language).gettext
    months = portfolio.months
    description = _(
        "%(months)s months, %(first)s to %(last)s, %(entries)s entries. The table has the same numbers."
    ) % {
        "months": len(months),
        "first": _name(months[0], portfolio.language),
        "last": _name(months[-1], portfolio.language),
        "entries": sum(month.entries for month in months),
    }
    return _("Entries by month and stage"), description


def trajectory_table(portfolio: Portfolio) -> list[MonthRow]:
    """The rows of the equal table, one a month, the empty ones too; a folded run has one.

    A month of several stages has one row, with all their numerals.
    """
    _ = translations(portfolio.language).gettext
    names = {n: stage.identity_label for n, stage in enumerate(portfolio.stages, 1)}
    rows, named = [], set[int]()
    for column in _columns(portfolio):
        span = column.span
        stages = [n for n, count in column.layers if count and n in names]
        unstaged = bool(names) and any(n == 0 and count for n, count in column.layers)
        single = stages[0] if len(stages) == 1 and stages[0] not in named else 0
        named.update(stages)
        told = [names[single]] if single else []
        rows.append(
            MonthRow(
                index=span.first.index,
                last=span.months[-1].index,
                year=span.first.year,
                month=span.first.month,
                name=span.name(portfolio.language),
                stages=", ".join(map(roman, stages)),
                stage_name=", ".join([*told, _("No stage")] if unstaged else told),
                entries=span.entries,
                prompts=span.prompts,
                meetings=span.meetings,
                thresholds=span.thresholds,
            )
        )
    return rows


def marks_used(portfolio: Portfolio) -> tuple[Mark, ...]:
    """The marks that the figure bears, in the order of its key."""
    months = portfolio.months
    used: list[Mark] = []
    if any(month.prompts for month in months):
        used.append("prompt")
    if any(month.meetings for month in months):
        used.append("meeting")
    if any(month.thresholds for month in months):
        used.append("threshold")
    return tuple(used)


def shelf_places(portfolio: Portfolio) -> list[tuple[int, str]]:
    """The months as books on a shelf: the number of their stage, 0 for none; a folded run has its dates."""
    return [
        (0, column.span.name(portfolio.language)) if column.span.folded else (column.stages[0], "")
        for column in _columns(portfolio)
    ]


def cover_svg(portfolio: Portfolio) -> str:
    """The months as books on a shelf, 595 × 90 pt: equal width, never a count."""
    return _shelf(portfolio, COVER_HEIGHT, None)


def band_svg(portfolio: Portfolio, stage_id: str | None) -> str:
    """The band of an opener, 595 × 120 pt: the months of this stage among all."""
    return _shelf(portfolio, BAND_HEIGHT, stage_numbers(portfolio).get(stage_id or "", 0))


def _shelf(portfolio: Portfolio, height: float, only: int | None) -> str:
    columns = _columns(portfolio)
    breaks = sum(column.span.folded for column in columns)
    room = A4_WIDTH - SHELF_LEFT - breaks * BREAK_WIDTH
    spine = min(room / max(len(columns) - breaks, 1), WIDEST_SPINE)
    bleeds = spine < WIDEST_SPINE
    gap = min(SHELF_GAP, spine * 0.18)
    books, x = "", SHELF_LEFT
    for i, column in enumerate(columns):
        if column.span.folded:
            books += _shelf_break(column.span.name(portfolio.language), x, height)
            x += BREAK_WIDTH
            continue
        width = spine if bleeds and i == len(columns) - 1 else spine - gap
        if only is not None and only not in (column.stages[0], *(n for n, _count in column.layers)):
            books += f'<rect x="{x:.2f}" y="0" width="{width:.2f}" height="{height:g}" fill="{QUIET}"/>'
        else:
            # A stage of a few days does not hold its month, but its entries do
            most = max(column.layers, key=lambda layer: layer[1], default=(0, 0))[0]
            stage = column.stages[0] or most if only is None else only
            books += print_block(stage, x, 0, width, height)
        x += spine
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{A4_WIDTH}" height="{height:g}"'
        f' viewBox="0 0 {A4_WIDTH} {height:g}">{books}</svg>'
    )


def _shelf_break(dates: str, x: float, height: float) -> str:
    """An empty place on the shelf between two book ends, with its dates as on a spine."""
    left, right = x + 2, x + BREAK_WIDTH - SHELF_GAP - 2
    size = min(BREAK_FONT, BREAK_FONT * (height - 8) / text_width(dates, BREAK_FONT))
    middle = (left + right) / 2 + size * 0.35
    ends = f"M{left:.1f} 0V{height:g}M{right:.1f} 0V{height:g}"
    return (
        f'<path d="{ends}" stroke="{PLAIN_EDGE}" stroke-width="0.5" fill="none"/>'
        f'<text x="{middle:.1f}" y="{height - 4:g}" transform="rotate(-90 {middle:.1f} {height - 4:g})"'
        f' font-family="Book Sans, Noto Sans CJK SC, sans-serif" font-size="{size:.2f}" fill="#55504a">'
        f"{dates}</text>"
    )


def _columns(portfolio: Portfolio) -> list[Column]:
    """The months with their bars; a long run without entries is one column."""
    layers = dict(zip((m.index for m in portfolio.months), _layers(portfolio), strict=True))
    stages = dict(zip((m.index for m in portfolio.months), _month_stages(portfolio), strict=True))
    found = spans(portfolio.months)
    elsewhere = {stages[span.first.index] for span in found if not span.folded}
    out = []
    for span in found:
        of = [stages[month.index] for month in span.months]
        if span.folded:
            of = sorted(set(of) - elsewhere - {0})
        out.append(Column(span, () if span.folded else layers[span.first.index], tuple(of)))
    return out


def _name(month: Month, language: Language) -> str:
    return month_name(month.year, month.month, language)


def _layers(portfolio: Portfolio) -> list[tuple[tuple[int, int], ...]]:
    """(stage number, entries) of each month, lowest stage first, then 0: those without a stage."""
    numbers = stage_numbers(portfolio)
    out = []
    for month in portfolio.months:
        counts = Counter[int]()
        for key, count in month.by_stage:
            counts[numbers.get(key, 0) if key else _unstaged(portfolio)] += count
        # What belongs to no stage lies on top
        out.append(tuple(sorted(counts.items(), key=lambda item: item[0] or len(numbers) + 1)))
    return out


def _month_stages(portfolio: Portfolio) -> list[int]:
    """The stage of each month: none where all that was written in it has none."""
    numbers = stage_numbers(portfolio)
    return [
        _unstaged(portfolio)
        if month.by_stage and all(key is None for key, _count in month.by_stage)
        else numbers.get(month.stage_id or "", _unstaged(portfolio))
        for month in portfolio.months
    ]


def _unstaged(portfolio: Portfolio) -> int:
    """A programme without stages is drawn in one colour; else what has no stage is plain."""
    return 0 if portfolio.stages else 1


def key_svg(mark: Mark) -> str:
    """A mark alone, 14 × 14 px, for the key beside a figure on a screen."""
    full, outlined = 'fill="#574f41"', 'fill="#fffcf5" stroke="#574f41" stroke-width="1.5"'
    shapes = {
        "prompt": f'<path class="mark full" d="M3 4h8l-4 7z" {full}/>',
        "meeting": f'<circle class="mark" cx="7" cy="7" r="4" {outlined}/>',
        "threshold": f'<path class="mark" d="M7 1.5l5.5 5.5-5.5 5.5L1.5 7z" {outlined}/>',
    }
    return f'<svg viewBox="0 0 14 14" aria-hidden="true">{shapes[mark]}</svg>'

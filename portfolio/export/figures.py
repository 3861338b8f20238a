"""The trajectory as a picture and as a table: the same on the web, in the site and in the PDF.

Bars are entries by month, in the colour and pattern of their stage; marks say where a prompt was
set (a triangle), the cohort met (a circle) and the author saw a threshold (a diamond). Nothing is
compared or judged: a month without entries is an empty place, and no more is said about it.

Every SVG is complete, with literal colours, so that it needs no style sheet. `class="ink hair
mark"` lets a page turn text, lines and marks over in the dark.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from portfolio.domain.records import Language, Month, Portfolio
from portfolio.export.chart import Chart, Column, Strip
from portfolio.export.environment import month_name, translations
from portfolio.export.plates import PLATES
from portfolio.export.ribbons import QUIET, print_block, roman

Medium = Literal["web", "print", "site"]
Width = Literal["wide", "narrow"]
Mark = Literal["prompt", "meeting", "threshold"]

A4_WIDTH = 595.28  # points
COVER_HEIGHT, BAND_HEIGHT = 90.0, 120.0
SHELF_LEFT = 68.03  # the left edge of the text; the shelf runs out of the page on the right
SHELF_GAP = 2.2
WIDEST_SPINE = 64.0  # a diary of one month is one book on the shelf, not a wall


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One row of the table that says the same as the figure."""

    index: int  # from 1
    name: str  # "September 2020"
    stages: str  # numerals of the stages of its entries, "II" or "II, III"; "" for none
    stage_name: str  # of its stage, in the first row of that stage only
    entries: int
    prompts: int
    meetings: int
    thresholds: tuple[str, ...]  # public ids of entries


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
    chart = Chart(plate, portfolio.language, _columns(portfolio), _strips(portfolio), names)
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
    """The rows of the equal table, one a month, the empty ones too."""
    names = {n: stage.identity_label for n, stage in enumerate(portfolio.stages, 1)}
    rows, named = [], set[int]()
    for month, layers in zip(portfolio.months, _layers(portfolio), strict=True):
        stages = [n for n, _count in layers if n in names]  # without a programme all are drawn as the first
        single = stages[0] if len(stages) == 1 and stages[0] not in named else 0
        named.update(stages)
        rows.append(
            MonthRow(
                index=month.index,
                name=_name(month, portfolio.language),
                stages=", ".join(map(roman, stages)),
                stage_name=names[single] if single else "",
                entries=month.entries,
                prompts=month.prompts,
                meetings=month.meetings,
                thresholds=month.thresholds,
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


def cover_svg(portfolio: Portfolio) -> str:
    """The months as books on a shelf, 595 × 90 pt: equal width, never a count."""
    return _shelf(portfolio, COVER_HEIGHT, None)


def band_svg(portfolio: Portfolio, stage_id: str | None) -> str:
    """The band of an opener, 595 × 120 pt: the months of this stage among all."""
    return _shelf(portfolio, BAND_HEIGHT, stage_numbers(portfolio).get(stage_id or "", 0))


def _shelf(portfolio: Portfolio, height: float, only: int | None) -> str:
    months = portfolio.months
    numbers = _month_stages(portfolio)
    layers = _layers(portfolio)
    spine = min((A4_WIDTH - SHELF_LEFT) / max(len(months), 1), WIDEST_SPINE)
    bleeds = spine < WIDEST_SPINE
    gap = min(SHELF_GAP, spine * 0.18)
    books = ""
    for i, number in enumerate(numbers):
        width = spine if bleeds and i == len(months) - 1 else spine - gap
        x = SHELF_LEFT + i * spine
        if only is not None and number != only and only not in [n for n, _count in layers[i]]:
            books += f'<rect x="{x:.2f}" y="0" width="{width:.2f}" height="{height:g}" fill="{QUIET}"/>'
        else:
            books += print_block(number if only is None else only, x, 0, width, height)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{A4_WIDTH}" height="{height:g}"'
        f' viewBox="0 0 {A4_WIDTH} {height:g}">{books}</svg>'
    )


def _columns(portfolio: Portfolio) -> list[Column]:
    return [Column(month, layers) for month, layers in zip(portfolio.months, _layers(portfolio), strict=True)]


def _name(month: Month, language: Language) -> str:
    return month_name(month.year, month.month, language)


def _layers(portfolio: Portfolio) -> list[tuple[tuple[int, int], ...]]:
    """(stage number, entries) of each month, lowest stage first; 0 is no stage.

    By the entries' own stages where they are all in the portfolio, else by the month's stage.
    """
    numbers = stage_numbers(portfolio)
    counts: dict[tuple[int, int], Counter[int]] = {}
    for entry in portfolio.entries:
        stage = numbers.get(entry.stage.public_id, 0) if entry.stage else _unstaged(portfolio)
        counts.setdefault((entry.entry_date.year, entry.entry_date.month), Counter())[stage] += 1
    out = []
    for month, stage in zip(portfolio.months, _month_stages(portfolio), strict=True):
        count = counts.get((month.year, month.month), Counter())
        whole = month.entries and count.total() == month.entries
        # What belongs to no stage lies on top
        order = sorted(count.items(), key=lambda item: item[0] or len(numbers) + 1)
        out.append(tuple(order) if whole else ((stage, month.entries),))
    return out


def _month_stages(portfolio: Portfolio) -> list[int]:
    numbers = stage_numbers(portfolio)
    return [numbers.get(month.stage_id or "", _unstaged(portfolio)) for month in portfolio.months]


def _unstaged(portfolio: Portfolio) -> int:
    """A programme without stages is drawn in one colour; else what has no stage is plain."""
    return 0 if portfolio.stages else 1


def _strips(portfolio: Portfolio) -> list[Strip]:
    """Runs of months of one stage."""
    if not portfolio.stages:
        return []
    strips: list[Strip] = []
    for i, number in enumerate(_month_stages(portfolio)):
        if strips and strips[-1].stage == number:
            strips[-1] = Strip(number, strips[-1].first, strips[-1].months + 1)
        else:
            strips.append(Strip(number, i, 1))
    return strips


def key_svg(mark: Mark) -> str:
    """A mark alone, 14 × 14 px, for the key beside a figure on a screen."""
    full, outlined = 'fill="#574f41"', 'fill="#fffcf5" stroke="#574f41" stroke-width="1.5"'
    shapes = {
        "prompt": f'<path class="mark full" d="M3 4h8l-4 7z" {full}/>',
        "meeting": f'<circle class="mark" cx="7" cy="7" r="4" {outlined}/>',
        "threshold": f'<path class="mark" d="M7 1.5l5.5 5.5-5.5 5.5L1.5 7z" {outlined}/>',
    }
    return f'<svg viewBox="0 0 14 14" aria-hidden="true">{shapes[mark]}</svg>'

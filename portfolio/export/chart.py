"""The trajectory's chart: bars by month, marks, calendar, stages, in rows of at most five years."""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape

from babel.dates import format_date

from portfolio.domain.records import Language, Month
from portfolio.export.environment import translations
from portfolio.export.plates import BOLD, Plate, shortened, text_width
from portfolio.export.ribbons import print_block, roman, screen_block, screen_patterns

TICKS_AT_MOST = 5
MOST_ROWS = 3  # a figure stays on one page
MARK_STEP = 11.0
NAME_SIZE = 8.5  # of the stages' names in print
YEAR = 12


@dataclass(frozen=True, slots=True)
class Strip:
    """A run of months of one stage: its number (0: none), first month (from 0) and length."""

    stage: int
    first: int
    months: int

    def within(self, start: int, stop: int) -> "Strip | None":
        """The part of it in the half-open range of months, counted from `start`."""
        first, end = max(self.first, start), min(self.first + self.months, stop)
        return Strip(self.stage, first - start, end - first) if first < end else None


@dataclass(frozen=True, slots=True)
class Column:
    """A month, and its entries by stage number, from the baseline up."""

    month: Month
    layers: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Chart:
    """`columns`: at least one. `names`: of the stages by number; empty in a programme without stages."""

    plate: Plate
    language: Language
    columns: Sequence[Column]
    strips: Sequence[Strip]
    names: Mapping[int, str]

    def svg(self, title: str, description: str) -> str:
        """The drawing. All rows have one scale."""
        plate = self.plate
        body, y = "", 0.0
        for first in range(0, len(self.columns), self.per_row):
            part, height = self._row(first)
            body += _moved(part, y)
            y += height
        if plate.printed:
            part, height = self._key()
            body += _moved(part, y)
            y += height
            frame = f' width="{plate.width:g}" height="{y:.1f}" font-family="Book Sans, Noto Sans CJK SC"'
        else:
            used = (n for column in self.columns for n, _count in column.layers)
            body, frame = screen_patterns(used, plate.prefix) + body, ""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {plate.width:g} {y:.1f}"{frame}'
            f' role="img" aria-label="{escape(f"{title}: {description}")}"'
            f' font-size="{plate.font:g}" fill="{plate.ink}">'
            f"<title>{escape(title)}</title><desc>{escape(description)}</desc>{body}</svg>"
        )

    @cached_property
    def rows(self) -> int:
        return min(math.ceil(len(self.columns) / self.plate.months), MOST_ROWS)

    @cached_property
    def per_row(self) -> int:
        """Months of a row: whole years where there are several rows."""
        months = len(self.columns)
        return months if self.rows == 1 else math.ceil(months / self.rows / YEAR) * YEAR

    @cached_property
    def column(self) -> float:
        """The width of a month."""
        return min((self.plate.width - self.plate.left) / self.per_row, self.plate.widest)

    @cached_property
    def ticks(self) -> tuple[int, int]:
        """Entries between two lines of the scale, and at the highest."""
        tallest = max(column.month.entries for column in self.columns)
        steps = (factor * 10**power for power in range(10) for factor in (1, 2, 4, 5))
        step = next(step for step in steps if tallest <= step * (TICKS_AT_MOST - 1))
        return step, max(math.ceil(tallest / step), 1) * step

    @cached_property
    def plot(self) -> float:
        """The height of the scale."""
        return self.plate.height * {1: 1.0, 2: 0.8}.get(self.rows, 0.6)

    @cached_property
    def unit(self) -> float:
        """The height of one entry."""
        return self.plot / self.ticks[1]

    @cached_property
    def keyed(self) -> bool:
        """Whether the stages' names need a list of their own: one does not fit beneath its strip."""
        named = {strip.stage for strip in self.strips}
        if any(n in self.names and n not in named for column in self.columns for n, _count in column.layers):
            return True
        last = self.strips[-1] if self.strips else None
        return any(
            text_width(self._label(s.stage), NAME_SIZE)
            > (self._room_after(s) if s is last else s.months * self.column)
            for s in self.strips
            if s.stage
        )

    def _room_after(self, strip: Strip) -> float:
        return self.plate.width - self.plate.left - strip.first % self.per_row * self.column

    def _label(self, stage: int) -> str:
        return f"{roman(stage)}\u2002{self.names[stage]}"

    def _row(self, first: int) -> tuple[str, float]:
        """One row of months from its own y = 0 down, and its height."""
        plate = self.plate
        shown = self.columns[first : first + self.per_row]
        strips = [part for strip in self.strips if (part := strip.within(first, first + len(shown)))]
        highest = max(c.month.entries * self.unit + MARK_STEP * _marks(c.month) for c in shown)
        named = bool(strips) and not plate.printed
        base = max(self.plot, highest) + 6 + (plate.font * 1.6 if named else 0)
        right = plate.left + len(shown) * self.column
        out = self._scale(base, right) if plate.printed else ""
        if named:
            out += self._names_above(strips, base)
        for i, column in enumerate(shown):
            x = plate.left + i * self.column
            out += self._bar(column, x, base)
            out += self._month_marks(
                column.month, x + self.column / 2, base - column.month.entries * self.unit
            )
        ground = f"M{plate.left:g} {base:.1f}H{right if plate.printed else plate.width:.1f}"
        colour, width = (plate.strong, 0.75) if plate.printed else (plate.edge, 1)
        out += plate.line(ground, colour, width, kind="axis")
        calendar, height = self._calendar(shown, base)
        out += calendar
        if plate.printed and strips:
            out += self._stages_beneath(strips, base + height + 4)
            height += 15 if self.keyed else 25
        return out, base + height + 8

    def _scale(self, base: float, right: float) -> str:
        plate, (step, ceiling) = self.plate, self.ticks
        out = ""
        for value in range(0, ceiling + 1, step):
            y = base - value * self.unit
            if value:
                out += plate.line(f"M{plate.left:g} {y:.1f}H{right:.1f}", plate.hair, 0.5)
            out += plate.text(plate.left - 6, y + 2.6, str(value), ' text-anchor="end"')
        return out

    def _bar(self, column: Column, x: float, base: float) -> str:
        plate = self.plate
        left, width, out = x + self.column * plate.gap / 2, self.column * (1 - plate.gap), ""
        for stage, count in column.layers:
            height = count * self.unit
            base -= height
            if count and plate.printed:
                out += print_block(stage, left, base, width, height)
            elif count:
                out += screen_block(stage, left, base, width, height, plate.prefix)
        if not column.month.entries and not plate.printed:
            out += plate.line(f"M{x + self.column / 2 - 2:.1f} {base - 3:.1f}h4", plate.edge, 1)
        return out

    def _month_marks(self, month: Month, x: float, top: float) -> str:
        y, out = top - 6, ""
        for occurs, draw in (
            (month.thresholds, self.plate.diamond),
            (month.prompts, self.plate.triangle),
            (month.meetings, self.plate.circle),
        ):
            if occurs:
                out += draw(x, y)
                y -= MARK_STEP
        return out

    def _calendar(self, shown: Sequence[Column], base: float) -> tuple[str, float]:
        """Initials of the months, and the years, under the baseline, and their height."""
        plate = self.plate
        y = base + plate.font * 1.4
        out = self._initials(shown, y)
        below = y + plate.font * 1.35 + (0 if plate.printed else 9)
        starts = [i for i, column in enumerate(shown) if i == 0 or column.month.month == 1]
        free = -math.inf
        for i, end in zip(starts, [*starts[1:], len(shown)], strict=True):
            x, stop = plate.left + i * self.column, plate.left + end * self.column
            if not plate.printed:
                out += plate.line(f"M{x + 2:.1f} {y + 9:.1f}H{max(stop - 2, x + 2):.1f}", plate.hair, 1)
            elif i:
                out += plate.line(f"M{x:.1f} {base:.1f}V{below + 2:.1f}", plate.edge, 0.5)
            year = str(shown[i].month.year)
            width = text_width(year, plate.font) + 4
            crowded = i == 0 and end < len(shown) and stop - x < width  # the next year needs the room more
            if x >= free and x + width <= plate.width and not crowded:
                bold = f' font-weight="600" fill="{plate.strong}"' if plate.printed else ""
                out += plate.text(x + (4 if plate.printed else 2), below, year, bold)
                free = x + width
        return out, below - base

    def _initials(self, shown: Sequence[Column], y: float) -> str:
        plate = self.plate
        each = next((k for k in (1, 2, 3, 6) if self.column * k >= plate.font * 1.15), 0)
        out = ""
        for i, column in enumerate(shown):
            # Every third is a quarter's first; every second counts from the first month shown
            place = i if each == 2 else column.month.month - 1
            if each and place % each == 0:
                name = format_date(dt.date(2000, column.month.month, 1), "MMMMM", locale=self.language)
                x = plate.left + (i + 0.5) * self.column
                out += plate.text(x, y, name, ' text-anchor="middle"')
        return out

    def _stages_beneath(self, strips: Sequence[Strip], y: float) -> str:
        plate, out = self.plate, ""
        for i, strip in enumerate(strips):
            if not strip.stage:
                continue
            x, width = plate.left + strip.first * self.column + 1, strip.months * self.column - 2
            out += print_block(strip.stage, x, y, width, 7)
            text = roman(strip.stage) if self.keyed else self._label(strip.stage)
            room = plate.width - x if i + 1 == len(strips) else width + 2
            if text_width(text, NAME_SIZE) <= room:
                out += plate.strong_text(x, y + 17, text, NAME_SIZE)
        return out

    def _names_above(self, strips: Sequence[Strip], base: float) -> str:
        plate, out = self.plate, ""
        for strip in strips:
            x, width = plate.left + strip.first * self.column, strip.months * self.column
            if strip.first:
                out += plate.line(f"M{x:.1f} 2V{base:.1f}", plate.hair, 1, more=' stroke-dasharray="2 3"')
            texts = (self.names[strip.stage], roman(strip.stage)) if strip.stage else ()
            fits = (text for text in texts if text_width(text, plate.font * BOLD) <= width - 3)
            if text := next(fits, ""):
                bold = f' font-size="{plate.font + 0.5:g}" font-weight="600"'
                out += plate.text(x + 2, 11, text, bold)
        return out

    def _key(self) -> tuple[str, float]:
        """What the fills and the marks mean, as far as they occur."""
        _ = translations(self.language).gettext
        plate = self.plate
        out, y = self._stage_key() if self.keyed else ("", 6.0)
        x, y, marked = plate.left + 5, y + 3, False
        for occurs, draw, text in (
            (any(c.month.prompts for c in self.columns), plate.triangle, _("prompt")),
            (any(c.month.meetings for c in self.columns), plate.circle, _("meeting")),
            (any(c.month.thresholds for c in self.columns), plate.diamond, _("threshold event")),
        ):
            if occurs:
                out += draw(x, y - 2.7) + plate.text(x + 9, y, text)
                x += text_width(text, plate.font) + 26
                marked = True
        return out, y + 4 if marked else y - 5

    def _stage_key(self) -> tuple[str, float]:
        plate, out, y = self.plate, "", 14.0
        used = {n for column in self.columns for n, _count in column.layers}
        labels = [(n, self._label(n)) for n in sorted(self.names) if n in used]
        widest = max((text_width(label, NAME_SIZE) for _n, label in labels), default=0)
        width = min(widest + 30, (plate.width - plate.left) / 2)
        across = int((plate.width - plate.left) // width)
        for i, (stage, label) in enumerate(labels):
            x, line = plate.left + 1 + i % across * width, y + i // across * 12
            fitting = shortened(label, NAME_SIZE, width - 24)
            out += print_block(stage, x, line - 6.5, 14, 7)
            out += plate.strong_text(x + 19, line, fitting, NAME_SIZE)
        return out, y + math.ceil(len(labels) / across) * 12 + 4


def _moved(part: str, y: float) -> str:
    return f'<g transform="translate(0 {y:.1f})">{part}</g>' if y else part


def _marks(month: Month) -> int:
    return bool(month.thresholds) + bool(month.prompts) + bool(month.meetings)

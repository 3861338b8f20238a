"""The trajectory's chart: bars by month, marks, calendar, stages, in rows of at most five years.

A row is cut into slots of one width: a month takes one, a folded run of empty months two.
"""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape

from babel.dates import format_date

from portfolio.domain.months import COUNTED_YEARS
from portfolio.domain.records import Language
from portfolio.export.columns import Column, Strip, kinds, numerals, placed, years
from portfolio.export.environment import translations
from portfolio.export.folding import Span
from portfolio.export.plates import BOLD, Plate, shortened, text_width
from portfolio.export.ribbons import print_block, roman, screen_block, screen_patterns

TICKS_AT_MOST = 5
MOST_ROWS = 3  # a figure stays on one page
MARK_STEP = 11.0
NAME_SIZE = 8.5  # of the stages' names in print
YEAR = 12


@dataclass(frozen=True)
class Chart:
    """`columns`: at least one. `names`: of the stages by number; empty in a programme without stages."""

    plate: Plate
    language: Language
    columns: Sequence[Column]
    names: Mapping[int, str]

    def svg(self, title: str, description: str) -> str:
        """The drawing. All rows have one scale."""
        plate = self.plate
        body, y = "", 0.0
        for shown in self.rows:
            part, height = self._row(shown)
            body += _moved(part, y)
            y += height
        part, height = self._key()
        body += _moved(part, y)
        y += height
        if plate.printed:
            frame = f' width="{plate.width:g}" height="{y:.1f}" font-family="Book Sans, Noto Sans CJK SC"'
        else:
            body, frame = screen_patterns({*self.used, *self.named}, plate.prefix) + body, ""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {plate.width:g} {y:.1f}"{frame}'
            f' role="img" aria-label="{escape(f"{title}: {description}")}"'
            f' font-size="{plate.font:g}" fill="{plate.ink}">'
            f"<title>{escape(title)}</title><desc>{escape(description)}</desc>{body}</svg>"
        )

    @cached_property
    def slots(self) -> int:
        return sum(column.slots for column in self.columns)

    @cached_property
    def per_row(self) -> int:
        """Slots of a row: whole years where there are several rows."""
        rows = min(math.ceil(self.slots / self.plate.months), MOST_ROWS)
        return self.slots if rows == 1 else math.ceil(self.slots / rows / YEAR) * YEAR

    @cached_property
    def rows(self) -> list[list[Column]]:
        rows: list[list[Column]] = [[]]
        for column in self.columns:
            if sum(other.slots for other in rows[-1]) + column.slots > self.per_row:
                rows.append([])
            rows[-1].append(column)
        return rows

    @cached_property
    def used(self) -> set[int]:
        """The stages that the bars show, 0 for none."""
        return {stage for column in self.columns for stage, count in column.layers if count}

    @cached_property
    def named(self) -> set[int]:
        """The stages that the months lie in."""
        return {stage for column in self.columns for stage in column.stages if stage}

    @cached_property
    def column(self) -> float:
        """The width of a month."""
        return min((self.plate.width - self.plate.left) / self.per_row, self.plate.widest)

    @cached_property
    def ticks(self) -> tuple[int, int]:
        """Entries between two lines of the scale, and at the highest."""
        tallest = max(column.span.entries for column in self.columns)
        steps = (factor * 10**power for power in range(10) for factor in (1, 2, 4, 5))
        step = next(step for step in steps if tallest <= step * (TICKS_AT_MOST - 1))
        return step, max(math.ceil(tallest / step), 1) * step

    @cached_property
    def plot(self) -> float:
        """The height of the scale."""
        return self.plate.height * {1: 1.0, 2: 0.8}.get(len(self.rows), 0.6)

    @cached_property
    def unit(self) -> float:
        """The height of one entry."""
        return self.plot / self.ticks[1]

    @cached_property
    def keyed(self) -> bool:
        """Whether the stages' names need a list of their own: one does not fit at its strip."""
        if not self.names:
            return False
        strips = [(strip, strip is row[-1]) for row in map(self._strips, self.rows) for strip in row]
        if {n for n in self.used | self.named if n} - {strip.stage for strip, _last in strips}:
            return True
        return any(not self._fits(strip, last) for strip, last in strips if strip.stage)

    def _fits(self, strip: Strip, last: bool) -> bool:
        room = strip.slots * self.column
        if not self.plate.printed:
            return text_width(self.names[strip.stage], self.plate.font * BOLD) <= room - 3
        if last:
            room = self.plate.width - self.plate.left - strip.first * self.column
        return text_width(self._label(strip.stage), NAME_SIZE) <= room

    def _strips(self, shown: Sequence[Column]) -> list[Strip]:
        """Runs of months of one stage; a folded run ends one."""
        strips: list[Strip] = []
        for column, slot in placed(shown) if self.names else ():
            stage = 0 if column.span.folded else column.stages[0]
            if strips and strips[-1].stage == stage:
                strips[-1] = Strip(stage, strips[-1].first, strips[-1].slots + column.slots)
            else:
                strips.append(Strip(stage, slot, column.slots))
        return strips

    def _label(self, stage: int) -> str:
        return f"{roman(stage)}\u2002{self.names[stage]}"

    def _row(self, shown: Sequence[Column]) -> tuple[str, float]:
        """One row of months from its own y = 0 down, and its height."""
        plate = self.plate
        strips = self._strips(shown)
        slots = sum(column.slots for column in shown)
        highest = max(self._height(column) for column in shown)
        named = bool(strips) and not plate.printed
        base = max(self.plot, highest) + 6 + (plate.font * 1.6 if named else 0)
        right = plate.left + slots * self.column
        out = self._scale(base, right) if plate.printed else ""
        if named:
            out += self._names_above(strips, base) + self._folded_stages(shown, 11)
        ends = right if plate.printed else plate.width
        axis = f"M{plate.left:g} {base:.1f}"
        for column, slot in placed(shown):
            x = plate.left + slot * self.column
            middle = x + column.slots * self.column / 2
            if column.span.folded:
                axis += f"H{middle - 2.5:.1f}m5 0"
                out += self._break(column, middle, base)
            else:
                out += self._bar(column, x, base)
                out += self._marks(column.span, middle, base - column.span.entries * self.unit)
        colour, width = (plate.strong, 0.75) if plate.printed else (plate.edge, 1)
        out += plate.line(f"{axis}H{ends:.1f}", colour, width, kind="axis", more=' fill="none"')
        calendar, height = self._calendar(shown, base)
        out += calendar
        if plate.printed and strips:
            out += self._stages_beneath(shown, strips, base + height + 4)
            height += 15 if self.keyed else 25
        return out, base + height + 8

    def _height(self, column: Column) -> float:
        """What stands on the baseline in this column."""
        marks = MARK_STEP * kinds(column.span)
        if column.span.folded:
            size = self.plate.font * (1 if self.plate.printed else BOLD)
            return marks + text_width(column.span.name(self.language), size) + 12
        return column.span.entries * self.unit + marks

    def _break(self, column: Column, x: float, base: float) -> str:
        """Two strokes through the axis, the marks of the run, and its dates, which read upwards."""
        plate, half = self.plate, column.slots * self.column / 2
        top = base - self.plot  # no line of the scale runs through
        out = (
            f'<rect class="ground" x="{x - half:.1f}" y="{top - 1:.1f}" width="{2 * half:.1f}"'
            f' height="{self.plot - 1:.1f}" fill="{plate.paper}"/>'
        )
        for side in (x - 2.5, x + 2.5):
            path = f"M{side - 1.8:.1f} {base + 4:.1f}l3.6 -8"
            out += plate.line(path, plate.edge, 0.75 if plate.printed else 1.25, kind="axis")
        out += self._marks(column.span, x, base - 5)
        y = base - 10 - MARK_STEP * kinds(column.span)
        turned = f' transform="rotate(-90 {x + plate.font * 0.35:.1f} {y:.1f})"'
        return out + plate.text(x + plate.font * 0.35, y, column.span.name(self.language), turned)

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
        if not column.span.entries and not plate.printed:
            out += plate.line(f"M{x + self.column / 2 - 2:.1f} {base - 3:.1f}h4", plate.edge, 1)
        return out

    def _marks(self, span: Span, x: float, top: float) -> str:
        y, out = top - 6, ""
        for occurs, draw in (
            (span.thresholds, self.plate.diamond),
            (span.prompts, self.plate.triangle),
            (span.meetings, self.plate.circle),
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
        free, slots = -math.inf, sum(column.slots for column in shown)
        for year, first, end in years(shown, self.language):
            x, stop = plate.left + first * self.column, plate.left + end * self.column
            if not plate.printed:
                out += plate.line(f"M{x + 2:.1f} {y + 9:.1f}H{max(stop - 2, x + 2):.1f}", plate.hair, 1)
            width = text_width(year, plate.font * (1 if plate.printed else BOLD)) + 4
            crowded = first == 0 and end < slots and stop - x < width  # the next year needs the room more
            begins, x = x, min(x, plate.width - width)  # the last one may begin before its month
            if plate.printed and first:
                ends = below + 2 if x == begins else y + 2  # no rule goes through a year
                out += plate.line(f"M{begins:.1f} {base:.1f}V{ends:.1f}", plate.edge, 0.5)
            if x >= free and not crowded:
                bold = f' font-weight="600" fill="{plate.strong}"' if plate.printed else ""
                out += plate.text(x + (4 if plate.printed else 2), below, year, bold)
                free = x + width
        return out, below - base

    def _initials(self, shown: Sequence[Column], y: float) -> str:
        plate = self.plate
        counted = self.columns[0].span.first.year < COUNTED_YEARS
        if counted:
            names = {n: str(n) for n in range(1, max(c.span.first.index for c in shown) + 1)}
        else:
            names = {n: format_date(dt.date(2000, n, 1), "MMMMM", locale=self.language) for n in range(1, 13)}
        widest = max(
            1.15 * plate.font, *(text_width(name, plate.font) + plate.font / 4 for name in names.values())
        )
        each = next((k for k in (1, 2, 3, 6) if self.column * k >= widest), 0)
        out = ""
        for column, slot in placed(shown):
            month = column.span.first.index if counted else column.span.first.month
            # Every third is a quarter's first; every second counts from the first month shown
            place = slot if each == 2 else month - 1
            if each and place % each == 0 and not column.span.folded:
                x = plate.left + (slot + 0.5) * self.column
                out += plate.text(x, y, names[month], ' text-anchor="middle"')
        return out

    def _stages_beneath(self, shown: Sequence[Column], strips: Sequence[Strip], y: float) -> str:
        plate, out = self.plate, ""
        for strip in strips:
            if not strip.stage:
                continue
            x, width = plate.left + strip.first * self.column + 1, strip.slots * self.column - 2
            out += print_block(strip.stage, x, y, width, 7)
            text = roman(strip.stage) if self.keyed else self._label(strip.stage)
            room = plate.width - x if strip is strips[-1] else width + 2
            if text_width(text, NAME_SIZE) <= room:
                out += plate.strong_text(x, y + 17, text, NAME_SIZE)
        return out + self._folded_stages(shown, y + 7)

    def _folded_stages(self, shown: Sequence[Column], y: float) -> str:
        """Numerals of the stages that lie in a folded run alone."""
        out = ""
        for column, slot in placed(shown):
            if column.span.folded and column.stages:
                x = self.plate.left + (slot + column.slots / 2) * self.column
                out += self.plate.text(x, y, numerals(column.stages), ' text-anchor="middle"')
        return out

    def _names_above(self, strips: Sequence[Strip], base: float) -> str:
        plate, out = self.plate, ""
        for strip in strips:
            x, width = plate.left + strip.first * self.column, strip.slots * self.column
            if strip.first:
                out += plate.line(f"M{x:.1f} 2V{base:.1f}", plate.hair, 1, more=' stroke-dasharray="2 3"')
            numeral = roman(strip.stage) if strip.stage else ""
            texts = (numeral,) if self.keyed else (self.names.get(strip.stage, ""),)
            fits = (text for text in texts if text_width(text, plate.font * BOLD) <= width)
            if text := next(fits, ""):
                bold = f' font-size="{plate.font + 0.5:g}" font-weight="600"'
                out += plate.text(x + 2, 11, text, bold)
        return out

    def _key(self) -> tuple[str, float]:
        """What the fills mean, and in print the marks, as far as they occur."""
        _ = translations(self.language).gettext
        plate = self.plate
        unstaged = bool(self.names) and 0 in self.used
        out, y = self._stage_key(unstaged) if self.keyed or unstaged else ("", 6.0)
        if not plate.printed:
            return out, y - 5 if out else 0.0
        x, y, marked = plate.left + 5, y + 3, False
        for occurs, draw, text in (
            (any(c.span.prompts for c in self.columns), plate.triangle, _("prompt")),
            (any(c.span.meetings for c in self.columns), plate.circle, _("meeting")),
            (any(c.span.thresholds for c in self.columns), plate.diamond, _("threshold event")),
        ):
            if occurs:
                out += draw(x, y - 2.7) + plate.text(x + 9, y, text)
                x += text_width(text, plate.font) + 26
                marked = True
        return out, y + 4 if marked else y - 5

    def _stage_key(self, unstaged: bool) -> tuple[str, float]:
        _ = translations(self.language).gettext
        plate, out, y = self.plate, "", 14.0
        size = NAME_SIZE if plate.printed else plate.font
        wide = 1 if plate.printed else BOLD  # a font that nobody knows here
        stages = sorted(n for n in self.used | self.named if n) if self.keyed else []
        labels = [(n, self._label(n)) for n in stages]
        if unstaged:
            labels.append((0, _("No stage")))
        line_height = size * 1.42 if plate.printed else size * 1.7
        widest = max((text_width(label, size * wide) for _n, label in labels), default=0)
        room = plate.width - plate.left
        width = min(widest + 30, room / 2 if plate.printed else room)
        across = int((plate.width - plate.left) // width)
        for i, (stage, label) in enumerate(labels):
            x, line = plate.left + 1 + i % across * width, y + i // across * line_height
            fitting = shortened(label, size * wide, width - 24)
            if plate.printed:
                out += print_block(stage, x, line - 6.5, 14, 7)
                out += plate.strong_text(x + 19, line, fitting, size)
            else:
                out += screen_block(stage, x, line - 9, 14, 10, plate.prefix)
                out += plate.text(x + 19, line, fitting)
        return out, y + math.ceil(len(labels) / across) * line_height + 4


def _moved(part: str, y: float) -> str:
    return f'<g transform="translate(0 {y:.1f})">{part}</g>' if y else part

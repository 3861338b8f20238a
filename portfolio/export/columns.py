"""What stands side by side in a row of the trajectory's chart, counted in slots of one width."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from portfolio.domain.records import Language
from portfolio.export.environment import year_text
from portfolio.export.folding import Span
from portfolio.export.ribbons import roman

BREAK_SLOTS = 2  # of a folded run


@dataclass(frozen=True, slots=True)
class Strip:
    """A run of months of one stage within a row: its number (0: none), first slot (from 0) and length."""

    stage: int
    first: int
    slots: int


@dataclass(frozen=True, slots=True)
class Column:
    """A month and its entries by stage number, from the baseline up; or a folded run.

    `stages`: of a month the one that it lies in (0: none), of a run those that lie in it alone.
    """

    span: Span
    layers: tuple[tuple[int, int], ...]
    stages: tuple[int, ...]

    @property
    def slots(self) -> int:
        return BREAK_SLOTS if self.span.folded else 1


def placed(shown: Sequence[Column]) -> Iterator[tuple[Column, int]]:
    """Each column with its first slot."""
    slot = 0
    for column in shown:
        yield column, slot
        slot += column.slots


def years(shown: Sequence[Column], language: Language) -> list[tuple[str, int, int]]:
    """The years of a row with their first slot and the one after their last; a folded run is of none."""
    out: list[tuple[str, int, int]] = []
    going = False
    for column, slot in placed(shown):
        year = year_text(column.span.first.year, language)
        if column.span.folded:
            going = False
        elif going and out[-1][0] == year:
            out[-1] = (year, out[-1][1], slot + 1)
        else:
            out.append((year, slot, slot + 1))
            going = True
    return out


def numerals(stages: Sequence[int]) -> str:
    ends = (roman(stages[0]), roman(stages[-1]))
    return ends[0] if len(stages) == 1 else "–".join(ends)


def kinds(span: Span) -> int:
    """How many kinds of marks stand in one column."""
    return bool(span.thresholds) + bool(span.prompts) + bool(span.meetings)

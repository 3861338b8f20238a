"""Long empty runs of a diary, folded: a figure breaks its axis there, and a table gives them one row."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from babel.dates import format_date

from portfolio.domain.months import month_number
from portfolio.domain.records import Language, Month
from portfolio.export.environment import month_name

EMPTY_MOST = 12  # empty months in a row that are shown one by one


@dataclass(frozen=True, slots=True)
class Span:
    """A month; or more than `EMPTY_MOST` of them without an entry, as one place of a figure."""

    months: tuple[Month, ...]

    @property
    def folded(self) -> bool:
        return len(self.months) > 1

    @property
    def first(self) -> Month:
        return self.months[0]

    @property
    def entries(self) -> int:
        return sum(month.entries for month in self.months)

    @property
    def prompts(self) -> int:
        return sum(month.prompts for month in self.months)

    @property
    def meetings(self) -> int:
        return sum(month.meetings for month in self.months)

    @property
    def thresholds(self) -> tuple[str, ...]:
        return tuple(key for month in self.months for key in month.thresholds)

    def name(self, language: Language) -> str:
        """ "September 2020"; of a run "Nov 2022 – Oct 2026", of counted months "27 – 74"."""
        if not self.folded:
            return month_name(self.first.year, self.first.month, language)
        ends = self.first, self.months[-1]
        if month_number(dt.date(ends[0].year, ends[0].month, 1)) is not None:
            return f"{ends[0].index} – {ends[1].index}"
        days = (dt.date(month.year, month.month, 1) for month in ends)
        pattern = "y年M月" if language == "zh" else "MMM y"
        return " – ".join(format_date(day, pattern, locale=language) for day in days)


def spans(months: Sequence[Month]) -> list[Span]:
    """All `months`, in their order, with every long empty run as one."""
    out: list[Span] = []
    for empty, group in groupby(months, key=lambda month: not month.entries):
        run = tuple(group)
        out += [Span(run)] if empty and len(run) > EMPTY_MOST else [Span((month,)) for month in run]
    return out

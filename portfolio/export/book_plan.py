"""What a book is made of: its sections, and what several parts ask about the portfolio."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from portfolio.domain.records import Entry, Language, Portfolio, Stage
from portfolio.export import figures, page_count
from portfolio.export.environment import pass_text, translations
from portfolio.export.wording import grouped, period_text


@dataclass(frozen=True)
class Book:
    """A portfolio, and what several parts ask about it."""

    portfolio: Portfolio
    places: int = 0  # digits that numbers of pages have room for in the text; 0: by a guess

    @property
    def language(self) -> Language:
        return self.portfolio.language

    @cached_property
    def months(self) -> dict[tuple[int, int], int]:
        return {(m.year, m.month): m.index for m in self.portfolio.months}

    @cached_property
    def entries(self) -> dict[str, Entry]:
        return {e.public_id: e for e in self.portfolio.entries}

    @cached_property
    def sections(self) -> list["Section"]:
        """The stages that have something to show, then the entries without one of them."""
        out = []
        numbers = figures.stage_numbers(self.portfolio)
        for number, stage in enumerate(self.portfolio.stages, 1):
            entries = tuple(
                e for e in self.portfolio.entries if e.stage and e.stage.public_id == stage.public_id
            )
            attained = any(a.stage_id == stage.public_id for a in self.portfolio.attainments)
            own_page = bool(stage.objectives) or attained
            if entries or attained:
                out.append(Section(self, number, stage, entries, own_page))
        loose = tuple(
            e for e in self.portfolio.entries if e.stage is None or e.stage.public_id not in numbers
        )
        return [*out, Section(self, 0, None, loose, False)] if loose else out

    @cached_property
    def events(self) -> list[Entry]:
        return [e for e in self.portfolio.entries if e.threshold]

    @cached_property
    def edition(self) -> str:
        """At the foot of every page: "Edition 3 · review · af2b dbe1 aa9b 6ec1"."""
        _ = translations(self.language).gettext
        names = {"own": _("own"), "review": _("review"), "anonymised": _("anonymised")}
        variant = names[self.portfolio.choices.variant]
        number = (
            _("Edition %(number)s") % {"number": self.portfolio.edition}
            if self.portfolio.edition
            else ""
            if self.portfolio.anonymised
            else _("Unnumbered copy")
        )
        return " · ".join(filter(None, (number, variant, grouped(self.portfolio.content_hash[:16], 4))))

    @cached_property
    def title(self) -> str:
        _ = translations(self.language).gettext
        if self.portfolio.anonymised:
            return _("A reflective diary, anonymised")
        kind = (
            _("A narrative review") if self.portfolio.choices.variant == "review" else _("A reflective diary")
        )
        return _("%(kind)s: %(name)s") % {"kind": kind, "name": self.portfolio.owner_name}

    @cached_property
    def passes(self) -> list[str]:
        """When each pass through the stages was, where there was more than one."""
        _ = translations(self.language).gettext
        spans: dict[int, list[tuple[dt.date, dt.date]]] = {}
        for one in (one for stage in self.portfolio.stages for one in stage.passes):
            last = one.ends_on or max(one.starts_on, self.portfolio.ends_on)
            spans.setdefault(one.number, []).append((one.starts_on, last))
        if len(spans) < 2:
            return []
        return [
            _("%(name)s: %(dates)s")
            % {
                "name": pass_text(number, self.language),
                "dates": period_text(min(held)[0], max(last for _first, last in held), self.language),
            }
            for number, held in sorted(spans.items())
        ]

    @cached_property
    def pages_expected(self) -> int:
        """About how many pages it will have, see `page_count`."""
        return page_count.expected(self)

    @cached_property
    def digits(self) -> int:
        """How many digits a page's number may have in the text."""
        return self.places or page_count.digits(self)

    @cached_property
    def drawings(self) -> dict[str, str]:
        """The drawings of the book, by the names that its pages fetch them by."""
        drawn = {
            "cover": figures.cover_svg(self.portfolio),
            "trajectory": figures.trajectory_svg(self.portfolio, "print", "wide"),
        }
        return drawn | {
            f"band-{s.number}": figures.band_svg(self.portfolio, s.stage.public_id)
            for s in self.sections
            if s.stage
        }


@dataclass(frozen=True)
class Section:
    """A stage and its entries; or, with number 0, the entries without a stage."""

    book: Book
    number: int
    stage: Stage | None
    entries: tuple[Entry, ...]
    own_page: bool  # its opener has objectives or attainments to show

    @property
    def anchor(self) -> str:
        return f"stage-{self.number}"

    @property
    def label(self) -> str:
        _ = translations(self.book.language).gettext
        if self.stage:
            alike = [s for s in self.book.portfolio.stages if s.identity_label == self.stage.identity_label]
            return self.stage.identity_label if len(alike) == 1 else self.stage.name
        return _("Entries without a stage") if self.book.portfolio.stages else _("Entries")

    @property
    def periods(self) -> list[tuple[dt.date, dt.date]]:
        """The stage's dates in each pass, else those of its entries."""
        earlier = self.stage.passes[:-1] if self.stage else ()
        found = [(one.starts_on, one.ends_on or one.starts_on) for one in earlier]
        first = self.stage.starts_on if self.stage else None
        last = self.stage.ends_on if self.stage else None
        if self.entries:
            first, last = first or self.entries[0].entry_date, last or self.entries[-1].entry_date
        return [*found, (first, max(first, last))] if first and last else found

    def period_name(self) -> str:
        """From the first day to the last: a line of the contents has no room for more."""
        periods = self.periods
        return period_text(periods[0][0], periods[-1][1], self.book.language) if periods else ""

    def dates(self) -> list[str]:
        """For example "September 2020 to June 2021, months 1 to 10"; of several passes one line for each."""
        lines = [self._dates(first, last) for first, last in self.periods]
        passes = self.stage.passes if self.stage else ()
        if len(passes) < 2:
            return lines
        _ = translations(self.book.language).gettext
        return [
            _("%(name)s: %(dates)s") % {"name": pass_text(one.number, self.book.language), "dates": line}
            for one, line in zip(passes, lines, strict=False)
        ]

    def _dates(self, first: dt.date, last: dt.date) -> str:
        language, period = self.book.language, period_text(first, last, self.book.language)
        if self.book.portfolio.anonymised:
            return period
        numbers = [
            n
            for (year, month), n in self.book.months.items()
            if (first.year, first.month) <= (year, month) <= (last.year, last.month)
        ]
        if not numbers:
            return period
        gettext = translations(language)
        months = (
            gettext.gettext("months %(first)s to %(last)s")
            if len(numbers) > 1
            else gettext.gettext("month %(first)s")
        )
        return gettext.gettext("%(period)s, %(months)s") % {
            "period": period, "months": months % {"first": numbers[0], "last": numbers[-1]},
        }  # fmt: skip

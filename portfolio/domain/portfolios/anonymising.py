"""The anonymised variant: a portfolio as somebody reads it who shall not know whose it is.

From records to records, so that every document of this variant is made of nothing else: a participant
code for the student, roles for everybody else, months counted from the first one for dates, bracketed
words for what identifies within texts, no photographs, and ids that occur nowhere else.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from portfolio.domain import markup
from portfolio.domain.months import counted_day, counted_moment, months_since
from portfolio.domain.portfolios.redacting import WORDS, Known, Label, Redacted, Redactor, bracketed
from portfolio.domain.records import (
    Choices,
    Comment,
    Entry,
    Language,
    Month,
    Narrative,
    Portfolio,
    Preface,
    Prompt,
    Role,
    Stage,
    Threshold,
)
from portfolio.domain.text import count_words

MADE_AT = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)  # what every such document says of its making
LOGIN = "portfolio"  # stands where files are named by the sign-in name
PHOTOGRAPHS_SHOWN = "/photographs/"
TEXTS_KEPT = 4000  # that were rendered lately: choices are previewed again and again

LABELS: dict[Role, Label] = {
    "mentee": "fellow",
    "peer_mentor": "peer_mentor",
    "mentor": "mentor",
    "lead": "lead",
}


@dataclass(frozen=True, slots=True)
class Disguise:
    """Under what a portfolio is anonymised."""

    code: str  # the participant code
    known: tuple[Known, ...] = ()  # names and titles besides those that the portfolio has itself
    origin: dt.date | None = None  # a day in month 1; None: in the first month of what is shown

    def to_json(self) -> dict[str, Any]:
        known = [[one.text, one.label, one.kind] for one in self.known]
        return {"code": self.code, "known": known, "origin": self.origin and self.origin.isoformat()}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Disguise":
        origin = dt.date.fromisoformat(values["origin"]) if values["origin"] else None
        return cls(values["code"], tuple(Known(*one) for one in values["known"]), origin)


def anonymise(portfolio: Portfolio, disguise: Disguise) -> Portfolio:
    """A portfolio that names nobody. The order of entries stays. It has no content hash."""
    origin = disguise.origin or min((portfolio.starts_on, *(e.entry_date for e in portfolio.entries)))
    known = [*_known_by_records(portfolio), *disguise.known]
    return _Masked(portfolio, disguise.code, known, origin).portfolio()


def _known_by_records(portfolio: Portfolio) -> Iterator[Known]:
    yield Known(portfolio.owner_name, "student")
    yield Known(portfolio.owner_login, "student", "whole")
    for comment in _walk(c for entry in portfolio.entries for c in entry.comments):
        yield Known(comment.author_name, "student" if comment.own else LABELS[comment.author_role])
    for narrative in portfolio.narratives:
        yield Known(narrative.author_name, "student" if narrative.kind == "student" else "mentor")


def _walk(comments: Iterable[Comment]) -> Iterator[Comment]:
    for comment in comments:
        yield comment
        yield from _walk(comment.replies)


class _Masked:
    """What one portfolio's world becomes: ids by those that they stand for, months, texts."""

    def __init__(self, portfolio: Portfolio, code: str, known: Sequence[Known], origin: dt.date) -> None:
        self.given, self.code, self.origin = portfolio, code, origin
        self.labels: dict[str, Label] = {}
        for one in known:
            self.labels.setdefault(one.text, one.label)
        self.redactor = Redactor(replace(one, label=self.labels[one.text]) for one in known)
        self.entries = {e.public_id: f"e{n}" for n, e in enumerate(portfolio.entries, 1)}
        stages = dict.fromkeys(
            [s.public_id for s in portfolio.stages]
            + [e.stage.public_id for e in portfolio.entries if e.stage]
        )
        self.stages = {key: f"s{n}" for n, key in enumerate(stages, 1)}
        prompts = dict.fromkeys(
            [p.public_id for p in portfolio.prompts]
            + [e.prompt.public_id for e in portfolio.entries if e.prompt]
        )
        self.prompts = {key: f"p{n}" for n, key in enumerate(prompts, 1)}
        said = _walk(c for entry in portfolio.entries for c in entry.comments)
        self.comments = {c.public_id: f"c{n}" for n, c in enumerate(said, 1)}

    def portfolio(self) -> Portfolio:
        p = self.given
        stages = {stage.public_id: self.stage(stage) for stage in p.stages}
        for entry in p.entries:
            if entry.stage and entry.stage.public_id not in stages:
                stages[entry.stage.public_id] = self.stage(entry.stage)
        return replace(
            p,
            owner_id=self.code,
            owner_login=LOGIN,
            owner_name=self.code,
            programme_name="",
            cohort_name="",
            timezone="UTC",
            made_at=MADE_AT,
            edition=0,
            choices=self.choices(p.choices),
            starts_on=self.day(p.starts_on),
            ends_on=self.day(p.ends_on),
            stages=tuple(stages[stage.public_id] for stage in p.stages),
            entries=tuple(self.entry(e, stages[e.stage.public_id] if e.stage else None) for e in p.entries),
            months=tuple(self.months(p.months)),
            left_out=0,
            prompts=tuple(self.prompt(prompt, p.language) for prompt in p.prompts),
            meetings=tuple(
                replace(m, public_id=f"m{n}", held_on=self.day(m.held_on), title=self.redactor.plain(m.title))
                for n, m in enumerate(p.meetings, 1)
            ),
            narratives=tuple(self.narrative(n) for n in p.narratives),
            attainments=tuple(
                replace(
                    a,
                    stage_id=self.stages.get(a.stage_id, ""),
                    competency=self.redactor.plain(a.competency),
                    narrative=self.redactor.plain(a.narrative),
                    evidence=tuple(self.entries[e] for e in a.evidence if e in self.entries),
                )
                for a in p.attainments
            ),
            content_hash="",
            preface=self.preface(p.preface),
        )

    # --- dates ---------------------------------------------------------------------------------------

    def day(self, day: dt.date) -> dt.date:
        return counted_day(months_since(self.origin, day))

    def until(self, day: dt.date | None) -> dt.date | None:
        return self.day(day) if day else None

    def moment(self, moment: dt.datetime) -> dt.datetime:
        return counted_moment(months_since(self.origin, moment.date()))

    def months(self, months: Sequence[Month]) -> Iterator[Month]:
        """Those from the first one on; before it there is nothing."""
        for month in months:
            day = dt.date(month.year, month.month, 1)
            if day < self.origin.replace(day=1):
                continue
            number = months_since(self.origin, day)
            counted = counted_day(number)
            yield replace(
                month,
                index=number,
                year=counted.year,
                month=counted.month,
                stage_id=self.stages.get(month.stage_id or ""),
                thresholds=tuple(self.entries[e] for e in month.thresholds if e in self.entries),
                by_stage=tuple((self.stages.get(key or ""), count) for key, count in month.by_stage),
            )

    # --- people --------------------------------------------------------------------------------------

    def role(self, label: Label, language: Language) -> str:
        """What stands in place of somebody's name."""
        return WORDS[label][language].capitalize()

    # --- records -------------------------------------------------------------------------------------

    def stage(self, stage: Stage) -> Stage:
        plain = self.redactor.plain
        return replace(
            stage,
            public_id=self.stages[stage.public_id],
            name=plain(stage.name),
            identity_label=plain(stage.identity_label),
            starts_on=self.until(stage.starts_on),
            ends_on=self.until(stage.ends_on),
            objectives=tuple(map(plain, stage.objectives)),
            competencies=tuple(map(plain, stage.competencies)),
            passes=tuple(
                replace(one, starts_on=self.day(one.starts_on), ends_on=self.until(one.ends_on))
                for one in stage.passes
            ),
        )

    def prompt(self, prompt: Prompt, around: Language) -> Prompt:
        label = self.labels.get(prompt.author_name, "mentor")
        return replace(
            prompt,
            public_id=self.prompts[prompt.public_id],
            text=self.redactor.plain(prompt.text),
            author_name=self.role(label, around),
            starts_on=self.day(prompt.starts_on),
            ends_on=self.until(prompt.ends_on),
            stage_id=self.stages.get(prompt.stage_id or ""),
        )

    def entry(self, entry: Entry, stage: Stage | None) -> Entry:
        plain = self.redactor.plain
        told = self.redactor.markdown(entry.body)
        body = told.text
        for photograph in entry.photographs:
            if f"{PHOTOGRAPHS_SHOWN}{photograph.public_id}" not in entry.body:
                body += f"\n\n{bracketed('photograph', entry.language)}"
        moved = None if body[: len(told.text)] != told.text else told
        return replace(
            entry,
            public_id=self.entries[entry.public_id],
            owner_id=self.code,
            owner_name=self.code,
            entry_date=self.day(entry.entry_date),
            title=plain(entry.title),
            body=body,
            html=_html(body) if body != entry.body else entry.html,
            words=count_words(body) if body != entry.body else entry.words,
            written_at=self.moment(entry.written_at),
            created_at=self.moment(entry.created_at),
            stage=stage,
            tags=tuple(dict.fromkeys(map(plain, entry.tags))),
            prompt=self.prompt(entry.prompt, entry.language) if entry.prompt else None,
            framework=plain(entry.framework),
            threshold=self.threshold(entry.threshold),
            retells=self.entries.get(entry.retells or ""),
            returned_to=tuple(self.entries[e] for e in entry.returned_to if e in self.entries),
            photographs=(),
            comments=tuple(self.comment(c, entry, moved) for c in entry.comments),
            revisions=(),
        )

    def threshold(self, given: Threshold | None) -> Threshold | None:
        if given is None:
            return None
        plain = self.redactor.plain
        return replace(
            given, before=plain(given.before), after=plain(given.after), helped=plain(given.helped)
        )

    def comment(self, comment: Comment, entry: Entry, told: Redacted | None) -> Comment:
        """`told`: the entry's text now, for the place of a passage in it."""
        body = self.redactor.markdown(comment.body).text
        quoted, start, end = self.passage(comment, entry, told)
        author = self.code if comment.own else self.role(LABELS[comment.author_role], entry.language)
        return replace(
            comment,
            public_id=self.comments[comment.public_id],
            author_name=author,
            written_at=self.moment(comment.written_at),
            body=body,
            html=_html(body) if body != comment.body else comment.html,
            quoted=quoted,
            quote_start=start,
            quote_end=end,
            replies=tuple(self.comment(reply, entry, told) for reply in comment.replies),
            imported=False,
        )

    def passage(
        self, comment: Comment, entry: Entry, told: Redacted | None
    ) -> tuple[str | None, int | None, int | None]:
        """The passage as it stands now, and its place where it is in the revision that is shown.

        Of one that begins or ends within what was replaced, all that was put there is quoted.
        """
        start, end = comment.quote_start, comment.quote_end
        if comment.quoted is None:
            return None, None, None
        here = told and start is not None and end is not None and start < end
        if (
            here
            and comment.revision_number == entry.revision_number
            and entry.body[start:end] == comment.quoted
        ):
            assert told and start is not None and end is not None
            start, end = told.start(start), told.end(end)
            return told.text[start:end], start, end
        return self.redactor.markdown(comment.quoted).text, None, None

    def narrative(self, narrative: Narrative) -> Narrative:
        body = self.redactor.markdown(narrative.body).text
        own = narrative.kind == "student"
        label = self.labels.get(narrative.author_name, "mentor")
        return replace(
            narrative,
            author_name=self.code if own else self.role(label, self.given.language),
            written_on=self.day(narrative.written_on),
            body=body,
            html=_html(body) if body != narrative.body else narrative.html,
        )

    def preface(self, preface: Preface | None) -> Preface | None:
        if preface is None:
            return None
        body = self.redactor.markdown(preface.body).text
        return replace(preface, body=body, html=_html(body) if body != preface.body else preface.html)

    def choices(self, choices: Choices) -> Choices:
        return replace(
            choices,
            from_date=self.until(choices.from_date),
            to_date=self.until(choices.to_date),
            stages=tuple(self.stages[key] for key in choices.stages if key in self.stages),
            tags=tuple(map(self.redactor.plain, choices.tags)),
            entries=tuple(self.entries[key] for key in choices.entries if key in self.entries),
            dedication=self.redactor.plain(choices.dedication),
            preface=self.redactor.markdown(choices.preface).text,
        )


@lru_cache(maxsize=TEXTS_KEPT)
def _html(body: str) -> str:
    return markup.render(body).html

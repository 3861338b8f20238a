"""Choosing from the diary what a document holds, as one plain record."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from typing import Any, cast

from peewee import ModelSelect

from portfolio.domain import errors, markup, records
from portfolio.domain.diary.loading import load
from portfolio.domain.diary.timeline import Counted, count_months, own_kept, stages_written_in
from portfolio.domain.portfolios.anonymising import Disguise, anonymise
from portfolio.domain.portfolios.participants import disguise_for
from portfolio.domain.portfolios.telling import attainment_records, narratives
from portfolio.domain.programme import meetings_for, programme_of, prompts_for, stages_for, timezone_of, today
from portfolio.domain.records import Choices, Viewer
from portfolio.domain.text import language_of, normalise
from portfolio.store.accounts import User
from portfolio.store.diary import Entry, EntryTag
from portfolio.store.programme import Cohort, Member, Programme, Stage

NEVER_ANONYMISED = frozenset({"archive", "leap2a"})  # kinds of documents that are to be brought in again
LONGEST = {"dedication": 500, "preface": 20_000}  # characters
IN_ORDER = (Entry.entry_date, Entry.created_at, Entry.id)


def check_choices(viewer: Viewer, choices: Choices) -> Choices:
    """Choices as they will be used. Raises Invalid for a foreign stage or a period that ends too early."""
    if choices.from_date and choices.to_date and choices.to_date < choices.from_date:
        raise errors.Invalid("The period ends before it begins.", field="to")
    known = {s.public_id for s in stages_written_in(viewer)}
    if not set(choices.stages) <= known:
        raise errors.Invalid("This stage is not one of your programme's.", field="stages")
    if choices.variant not in ("own", "review", "anonymised"):
        raise errors.Invalid("The variant is own, review or anonymised.", field="variant")
    if choices.variant == "review" and choices.private:
        raise errors.Invalid(
            "A review document holds granted entries only. "
            "Grant what you want in it, or make your own variant.",
            field="private",
        )
    if choices.variant == "anonymised":
        _check_anonymised(choices)
    return replace(choices, dedication=_words(choices, "dedication"), preface=_words(choices, "preface"))


def _check_anonymised(choices: Choices) -> None:
    if choices.private:
        raise errors.Invalid(
            "An anonymised document holds granted entries only. "
            "Grant what you want in it, or make your own variant.",
            field="private",
        )
    if choices.layout.attach:
        raise errors.Invalid(
            "The open archive that is attached to a book names people. Make an anonymised book without it.",
            field="printed",
        )


def check_document(kind: str, choices: Choices) -> None:
    """Raises Invalid for a kind of document of which there is no anonymised one."""
    if choices.variant == "anonymised" and kind in NEVER_ANONYMISED:
        raise errors.Invalid(
            "Archives and Leap2A files keep everything as it was written, names too, so that it can be "
            "brought in again. Make an anonymised book, site, e-book, table or data file instead.",
            field="kind",
        )


def _words(choices: Choices, name: str) -> str:
    words, most = normalise(getattr(choices, name)).strip(), LONGEST[name]
    if len(words) > most:
        raise errors.Invalid("This has at most %(count)s characters.", field=name, count=most)
    return words


def select(viewer: Viewer, choices: Choices, *, now: dt.datetime, whole: bool = False) -> records.Portfolio:
    """The viewer's diary as chosen, as one plain record: anonymised, where the choices say so.

    `whole` adds drafts and all revisions: what the open archive holds. A private entry is in
    it only if the choices say so. Raises Invalid.
    """
    chosen = gathered(viewer, choices, now=now, whole=whole)
    return finished(chosen, disguise_for(viewer, chosen) if chosen.anonymised else None)


def gathered(viewer: Viewer, choices: Choices, *, now: dt.datetime, whole: bool = False) -> records.Portfolio:
    """The same with all names in it, whatever the variant, and without a hash. Raises Invalid."""
    choices = check_choices(viewer, choices)
    if whole:
        query = Entry.select().where((Entry.owner == viewer.user_id) & Entry.deleted_at.is_null())
    else:
        query = own_kept(viewer)
    query = _chosen(query, choices).order_by(*IN_ORDER)
    entries = load(query, viewer, now=now, comments=choices.comments, revisions=whole)
    if not choices.private:
        entries = [e for e in entries if e.audiences]
    return composed(viewer, choices, entries, now)


def finished(portfolio: records.Portfolio, disguise: Disguise | None) -> records.Portfolio:
    """A portfolio as documents show it: under its disguise if it is to be anonymised, with its hash."""
    if disguise:
        portfolio = anonymise(portfolio, disguise)
    return replace(portfolio, content_hash=content_hash(portfolio))


def composed(
    viewer: Viewer, choices: Choices, entries: Sequence[records.Entry], now: dt.datetime
) -> records.Portfolio:
    """A portfolio of these entries, with what stands around them; counts are as of `now`. For `finished`."""
    programme = programme_of(viewer.user_id)
    timezone = timezone_of(viewer.user_id)
    stages = stages_for(viewer.user_id, programme)
    ids = {e.public_id for e in entries}
    entries = [
        replace(
            e,
            retells=e.retells if e.retells in ids else None,
            returned_to=tuple(i for i in e.returned_to if i in ids),
        )
        for e in entries
    ]
    shown_stages = _stages_shown(stages, entries, choices)
    day = today(timezone, now)
    starts = choices.from_date or (entries[0].entry_date if entries else day)
    ends = choices.to_date or (entries[-1].entry_date if entries else day)
    if entries:  # a draft may lie outside of what was asked for by nobody; the period holds what is shown
        starts, ends = min(starts, entries[0].entry_date), max(ends, entries[-1].entry_date)
    prompts = tuple(p for p in prompts_for(viewer.user_id) if starts <= p.starts_on <= ends)
    meetings = tuple(m for m in meetings_for(viewer.user_id) if starts <= m.held_on <= ends)
    user = User.get_by_id(viewer.user_id)
    return records.Portfolio(
        owner_id=user.public_id,
        owner_login=user.login,
        owner_name=user.name,
        programme_name=programme.name if programme else "",
        cohort_name=_cohort_name(viewer.user_id),
        language=cast(records.Language, user.language),
        timezone=timezone,
        made_at=now,
        edition=0,
        choices=choices,
        starts_on=starts,
        ends_on=ends,
        stages=shown_stages,
        entries=tuple(entries),
        months=count_months(
            [
                Counted(e.entry_date, e.public_id, e.stage.public_id if e.stage else None, bool(e.threshold))
                for e in entries
            ],
            shown_stages, prompts, meetings, starts, ends,
        ),
        left_out=_left_out(viewer, entries, now),
        prompts=prompts,
        meetings=meetings,
        narratives=narratives(viewer),
        attainments=attainment_records(viewer, ids),
        preface=_preface(choices.preface),
    )  # fmt: skip


def _preface(body: str) -> records.Preface | None:
    return records.Preface(body, markup.render(body).html, language_of(body)) if body else None


def _left_out(viewer: Viewer, entries: Sequence[records.Entry], now: dt.datetime) -> int:
    kept = own_kept(viewer).where(Entry.kept_at <= now).count()
    return max(0, kept - sum(not e.draft for e in entries))


def _without_origin(comments: Iterable[dict[str, Any]]) -> None:
    """Whether a comment came with an archive is no part of what a document says."""
    for comment in comments:
        del comment["imported"]
        _without_origin(comment["replies"])


def content_hash(portfolio: records.Portfolio) -> str:
    """SHA-256 (hex) over all that a document made from this shows, but for the time of making."""
    shown = asdict(
        replace(portfolio, made_at=dt.datetime(2000, 1, 1, tzinfo=dt.UTC), edition=0, content_hash="")
    )
    for entry in shown["entries"]:
        _without_origin(entry["comments"])
        for photograph in entry["photographs"]:
            del photograph["path"]
    for stage in (*shown["stages"], *(e["stage"] for e in shown["entries"] if e["stage"])):
        if len(stage["passes"]) < 2:
            del stage["passes"]  # said by the dates of the stage
    for month in shown["months"]:
        del month["by_stage"]  # said by the entries
    del shown["preface"]  # said by the choices
    plain = Choices()
    for name in ("layout", "entries", "dedication", "preface"):  # editions from before they were there
        if getattr(portfolio.choices, name) == getattr(plain, name):
            del shown["choices"][name]
    text = json.dumps(shown, ensure_ascii=False, sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def choices_to_json(choices: Choices) -> dict[str, Any]:
    return asdict(choices) | {
        "from_date": choices.from_date.isoformat() if choices.from_date else None,
        "to_date": choices.to_date.isoformat() if choices.to_date else None,
        "stages": list(choices.stages),
        "tags": list(choices.tags),
        "entries": list(choices.entries),
    }


def choices_from_json(values: dict[str, Any]) -> Choices:
    return Choices(
        from_date=dt.date.fromisoformat(values["from_date"]) if values.get("from_date") else None,
        to_date=dt.date.fromisoformat(values["to_date"]) if values.get("to_date") else None,
        stages=tuple(values.get("stages", ())),
        tags=tuple(values.get("tags", ())),
        comments=bool(values.get("comments", True)),
        private=bool(values.get("private", False)),
        variant=values.get("variant", "own"),
        layout=_layout_from_json(values.get("layout") or {}),
        entries=tuple(values.get("entries", ())),
        dedication=str(values.get("dedication", "")),
        preface=str(values.get("preface", "")),
    )


def _layout_from_json(values: dict[str, Any]) -> records.Layout:
    names = ("large", "grey", "beneath", "binding", "archival", "attach")
    # What was archival before one could choose had its archive attached
    given = {"attach": values.get("archival")} | values
    ticked = {name: bool(given.get(name)) for name in names}
    return records.Layout(paper="letter" if values.get("paper") == "letter" else "a4", **ticked)


def _chosen(query: "ModelSelect[Entry]", choices: Choices) -> "ModelSelect[Entry]":
    if choices.from_date:
        query = query.where(Entry.entry_date >= choices.from_date)
    if choices.to_date:
        query = query.where(Entry.entry_date <= choices.to_date)
    if choices.stages:
        query = query.where(
            Entry.stage.in_(Stage.select(Stage.id).where(Stage.public_id.in_(list(choices.stages))))
        )
    if choices.tags:
        query = query.where(
            Entry.id.in_(EntryTag.select(EntryTag.entry).where(EntryTag.tag.in_(list(choices.tags))))
        )
    if choices.entries:
        query = query.where(Entry.public_id.in_(list(choices.entries)))
    return query


def _stages_shown(
    stages: Sequence[records.Stage], entries: Sequence[records.Entry], choices: Choices
) -> tuple[records.Stage, ...]:
    """The programme's stages that were chosen, and those of other programmes that entries lie in."""
    shown = {s.public_id: s for s in stages if not choices.stages or s.public_id in choices.stages}
    foreign: dict[str, records.Stage] = {}
    for entry in entries:
        if entry.stage is not None and entry.stage.public_id not in shown:
            foreign.setdefault(entry.stage.public_id, entry.stage)
    ordered = [*foreign.values(), *shown.values()]
    return tuple(replace(s, position=n) for n, s in enumerate(ordered, 1)) if foreign else tuple(ordered)


def _cohort_name(user_id: int) -> str:
    cohort = (
        Cohort.select(Cohort, Programme)
        .join(Programme)
        .switch(Cohort)
        .join(Member)
        .where((Member.user == user_id) & Member.left_at.is_null())
        .order_by(Programme.personal, Member.joined_at.desc(), Member.id.desc())
        .first()
    )
    return str(cohort.name) if cohort else ""


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, frozenset | set):
        return sorted(value)
    raise TypeError(type(value))

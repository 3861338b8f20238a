"""Reading one's own diary back: by month and stage, by tag, by what was written."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

from peewee import JOIN, ModelSelect, fn

from portfolio.domain import errors, records
from portfolio.domain.diary.loading import load, stages_beside
from portfolio.domain.programme import (
    meetings_for,
    programme_of,
    prompts_for,
    stage_on,
    stages_for,
    timezone_of,
    today,
)
from portfolio.domain.records import Viewer
from portfolio.domain.text import query_terms
from portfolio.store import search_index
from portfolio.store.diary import Entry, EntryTag, Threshold
from portfolio.store.programme import Programme, Stage

PAGE_SIZE = 40  # entries on one page of the timeline
RECENT = 12  # entries that lie ready when somebody sits down to write


@dataclass(frozen=True, slots=True)
class Filters:
    stage_id: str = ""
    tag: str = ""
    month: str = ""  # YYYY-MM
    text: str = ""

    def any(self) -> bool:
        return bool(self.stage_id or self.tag or self.month or self.text.strip())


@dataclass(frozen=True, slots=True)
class Timeline:
    """One page of a diary, with what surrounds it."""

    entries: tuple[records.Entry, ...]  # newest first
    page: int  # from 1
    pages: int
    found: int  # entries that meet the filters
    total: int  # kept entries in all
    months: tuple[records.Month, ...]  # of the whole diary
    stages: tuple[records.Stage, ...]  # of the programme, and others in which entries lie
    programme_stages: tuple[records.Stage, ...]  # by whose calendar a day is in a stage
    tags: tuple[tuple[str, int], ...]  # with how many entries bear them, the most first
    filters: Filters
    today: dt.date
    year_ago: records.Entry | None  # an entry of this week last year
    days: frozenset[dt.date]  # of the month shown in the calendar, those with entries
    calendar_month: dt.date  # its first day
    by_day: dict[dt.date, tuple[str, str | None]]  # the entry that a day of that month opens, and its stage
    prompts: tuple[records.Prompt, ...]  # of the page's days, as far as no filter narrows it
    meetings: tuple[records.Meeting, ...]


@dataclass(frozen=True, slots=True)
class Lately:
    """The last of a diary, and this week a year ago."""

    recent: tuple[records.Entry, ...]  # the newest first
    year_ago: records.Entry | None


def timeline(viewer: Viewer, filters: Filters = Filters(), *, page: int = 1, now: dt.datetime) -> Timeline:
    """The viewer's own kept entries that meet all `filters`, newest first, a page at a time.

    Raises NotFound for a month that is none.
    """
    if filters.month and not _month_start(filters.month):
        raise errors.NotFound("There is no such month.")
    day = today(timezone_of(viewer.user_id), now)
    kept = own_kept(viewer)
    query = _narrowed(viewer, kept, filters)
    found = query.count()
    pages = max(1, -(-found // PAGE_SIZE))
    page = min(max(1, page), pages)
    shown = load(
        query.order_by(Entry.entry_date.desc(), Entry.id.desc()).paginate(page, PAGE_SIZE),
        viewer,
        now=now,
        comments=True,
    )
    month = _month_start(filters.month) or (
        shown[0].entry_date.replace(day=1) if shown else day.replace(day=1)
    )
    of_month = kept.where((Entry.entry_date >= month) & (Entry.entry_date < next_month(month)))
    columns = (Entry.entry_date, Entry.public_id, Stage.public_id)
    rows = of_month.join(Stage, JOIN.LEFT_OUTER).order_by(Entry.id.desc()).select(*columns).tuples()
    by_day = {
        on: (entry, stage) for on, entry, stage in cast("Iterable[tuple[dt.date, str, str | None]]", rows)
    }
    own_stages = stages_for(viewer.user_id, programme_of(viewer.user_id))
    first, last = _days_of(query, shown, page, day)
    marked = bool(shown) and not filters.any()
    return Timeline(
        entries=tuple(shown),
        page=page,
        pages=pages,
        found=found,
        total=kept.count(),
        months=months_of(viewer),
        stages=(*own_stages, *stages_beside(viewer, own_stages, drafts=False)),
        programme_stages=own_stages,
        tags=tags_used(viewer),
        filters=filters,
        today=day,
        year_ago=_year_ago(viewer, day, now),
        days=frozenset(by_day),
        calendar_month=month,
        by_day=by_day,
        prompts=tuple(p for p in prompts_for(viewer.user_id) if marked and first <= p.starts_on <= last),
        meetings=tuple(m for m in meetings_for(viewer.user_id) if marked and first <= m.held_on <= last),
    )


def _days_of(
    query: "ModelSelect[Entry]", shown: Sequence[records.Entry], page: int, today: dt.date
) -> tuple[dt.date, dt.date]:
    """From which to which day a page reaches. Each day between two entries lies on one page, the older."""
    if not shown:
        return today, today
    if page == 1:
        return shown[-1].entry_date, max(today, shown[0].entry_date)
    newest_first = query.order_by(Entry.entry_date.desc(), Entry.id.desc())
    (before,) = newest_first.offset((page - 1) * PAGE_SIZE - 1).limit(1)
    return shown[-1].entry_date, before.entry_date - dt.timedelta(days=1)


def lately(viewer: Viewer, *, now: dt.datetime) -> Lately:
    """What lies beside a page that is being written: entries without their comments."""
    day = today(timezone_of(viewer.user_id), now)
    kept = own_kept(viewer)
    last = kept.order_by(Entry.entry_date.desc(), Entry.id.desc()).limit(RECENT)
    return Lately(
        recent=tuple(load(last, viewer, now=now)),
        year_ago=_year_ago(viewer, day, now),
    )


def own_kept(viewer: Viewer) -> "ModelSelect[Entry]":
    """The viewer's own entries but drafts and deleted ones, as a query to narrow down."""
    return Entry.select().where(
        (Entry.owner == viewer.user_id) & Entry.deleted_at.is_null() & Entry.kept_at.is_null(False)
    )


def keeps_one(viewer: Viewer) -> bool:
    """Whether the viewer has an entry in a diary of their own, drafts and deleted ones aside."""
    return bool(own_kept(viewer).exists())


def stages_written_in(viewer: Viewer) -> tuple[records.Stage, ...]:
    """The stages of the viewer's programme, and those of others in which entries of theirs lie."""
    programme = programme_of(viewer.user_id)
    found = {s.public_id: s for s in stages_for(viewer.user_id, programme)}
    others = (
        Programme.select()
        .join(Stage)
        .join(Entry, on=(Entry.stage == Stage.id))
        .where((Entry.owner == viewer.user_id) & Entry.deleted_at.is_null())
        .distinct()
    )
    for other in others:
        if programme is None or other.id != programme.id:
            found |= {s.public_id: s for s in stages_for(viewer.user_id, other)}
    return tuple(found.values())


def months_of(
    viewer: Viewer, *, from_date: dt.date | None = None, to_date: dt.date | None = None
) -> tuple[records.Month, ...]:
    """Every month from the first to the last entry (or of the period given), with its counts."""
    rows = own_kept(viewer).join(Stage, JOIN.LEFT_OUTER).order_by(Entry.entry_date)
    columns = (Entry.entry_date, Entry.public_id, Entry.id, Stage.public_id)
    dates = list(cast("Iterable[tuple[dt.date, str, int, str | None]]", rows.select(*columns).tuples()))
    if from_date:
        dates = [d for d in dates if d[0] >= from_date]
    if to_date:
        dates = [d for d in dates if d[0] <= to_date]
    marked = {
        t.entry_id for t in Threshold.select(Threshold.entry).join(Entry).where(Entry.owner == viewer.user_id)
    }
    stages = stages_for(viewer.user_id, programme_of(viewer.user_id))
    return count_months(
        [Counted(day, public_id, stage, row in marked) for day, public_id, row, stage in dates],
        stages,
        prompts_for(viewer.user_id),
        meetings_for(viewer.user_id),
        from_date or (dates[0][0] if dates else None),
        to_date or (dates[-1][0] if dates else None),
    )


class Counted(NamedTuple):
    """What the figure counts of an entry."""

    day: dt.date
    public_id: str
    stage_id: str | None
    threshold: bool


def count_months(
    counted: Sequence[Counted],
    stages: Sequence[records.Stage],
    prompts: Sequence[records.Prompt],
    meetings: Sequence[records.Meeting],
    first: dt.date | None,
    last: dt.date | None,
) -> tuple[records.Month, ...]:
    """Every month from `first` to `last`, with its counts."""
    if first is None or last is None:
        return ()
    entries: dict[tuple[int, int], list[Counted]] = {}
    for one in counted:
        entries.setdefault((one.day.year, one.day.month), []).append(one)
    asked = Counter((p.starts_on.year, p.starts_on.month) for p in prompts)
    met = Counter((m.held_on.year, m.held_on.month) for m in meetings)
    months: list[records.Month] = []
    month = first.replace(day=1)
    while month <= last:
        key = (month.year, month.month)
        stage = stage_on(stages, month.replace(day=15))
        here = entries.get(key, [])
        months.append(
            records.Month(
                index=len(months) + 1,
                year=month.year,
                month=month.month,
                stage_id=stage.public_id if stage else None,
                entries=len(here),
                prompts=asked[key],
                meetings=met[key],
                thresholds=tuple(one.public_id for one in here if one.threshold),
                by_stage=tuple(Counter(one.stage_id for one in here).items()),
            )
        )
        month = next_month(month)
    return tuple(months)


def next_month(day: dt.date) -> dt.date:
    """The first day of the month after the one that `day` is in."""
    return (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def _narrowed(viewer: Viewer, query: "ModelSelect[Entry]", filters: Filters) -> "ModelSelect[Entry]":
    if filters.stage_id == "none":
        query = query.where(Entry.stage.is_null())
    elif filters.stage_id:
        query = query.where(
            Entry.stage.in_(Stage.select(Stage.id).where(Stage.public_id == filters.stage_id))
        )
    if filters.tag:
        query = query.where(Entry.id.in_(EntryTag.select(EntryTag.entry).where(EntryTag.tag == filters.tag)))
    month = _month_start(filters.month)
    if month:
        query = query.where((Entry.entry_date >= month) & (Entry.entry_date < next_month(month)))
    if filters.text.strip():
        terms = query_terms(filters.text)
        hits = search_index.find(viewer.user_id, terms) if terms else []
        query = query.where(Entry.id.in_(hits))
    return query


def _month_start(month: str) -> dt.date | None:
    try:
        return dt.datetime.strptime(month, "%Y-%m").date().replace(day=1)
    except ValueError:
        return None


def tags_used(viewer: Viewer, *, drafts: bool = False) -> tuple[tuple[str, int], ...]:
    """The viewer's own tags and in how many entries each stands, the most used first."""
    uses = fn.COUNT(EntryTag.id)
    among = (Entry.owner == viewer.user_id) & Entry.deleted_at.is_null()
    rows = (
        EntryTag.select(EntryTag.tag, uses.alias("uses"))
        .join(Entry)
        .where(among if drafts else among & Entry.kept_at.is_null(False))
        .group_by(EntryTag.tag)
        .order_by(uses.desc(), EntryTag.tag)
        .tuples()
    )
    return tuple(cast(Iterable[tuple[str, int]], rows))


def _year_ago(viewer: Viewer, day: dt.date, now: dt.datetime) -> records.Entry | None:
    """The entry nearest to this day a year ago, within a week of it."""
    then = day - dt.timedelta(days=364)
    week = dt.timedelta(days=7)
    near = own_kept(viewer).where((Entry.entry_date >= then - week) & (Entry.entry_date <= then + week))
    rows = sorted(near, key=lambda e: (abs((e.entry_date - then).days), e.id))[:1]
    if not rows:
        return None
    return load(own_kept(viewer).where(Entry.id == rows[0].id), viewer, now=now)[0]

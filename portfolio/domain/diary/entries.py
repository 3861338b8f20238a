"""Keeping entries: writing, saving again, deleting with undo, taking part of it back.

Every save names the version that it started from. One that started from an older version
is refused with both texts (StaleRevision), never written over. Quick saves fold into one
revision for ten minutes, unless somebody has read or commented on it since.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from peewee import fn

from portfolio.domain import access, accounts, changes, errors, markup, records
from portfolio.domain.diary import texts
from portfolio.domain.diary.loading import load, stages_beside, written_in
from portfolio.domain.diary.texts import Made
from portfolio.domain.programme import (
    programme_of,
    programmes_of,
    stage_on,
    stages_for,
    stages_open_to,
    timezone_of,
    today,
)
from portfolio.domain.records import AUDIENCES, Audience, Viewer
from portfolio.domain.text import normalise
from portfolio.store import database, search_index
from portfolio.store.diary import Entry, EntryTag, Grant, Revision
from portfolio.store.feedback import Comment, Reading
from portfolio.store.portfolios import EditionEntry
from portfolio.store.programme import Member, Programme, Prompt, Stage

AUTOSAVE_FOLD_MINUTES = 10
UNDO_DAYS = 30  # a deleted entry can be brought back for so long
BODY_LONGEST = 1_000_000  # characters; a novel has half a million
TITLE_LONGEST = 300  # characters
TAGS_MOST = 20
TAG_LONGEST = 60
EARLIEST = dt.date(1850, 1, 1)
FRAMEWORKS = ("", "what", "gibbs", "kolb", "rings")  # see the glossary: steps that a reflection can follow
MODES = (None, "in_action", "on_action")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a writer puts down; `stage_id` None means: as the date proposes, "" means: none."""

    body: str
    title: str = ""
    entry_date: dt.date | None = None  # None: today in the programme's time zone
    stage_id: str | None = None
    tags: tuple[str, ...] = ()
    prompt_id: str = ""
    framework: str = ""
    reflection_mode: str | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save came to."""

    entry_id: str
    version: int
    revision_number: int
    written_at: dt.datetime
    html: str
    words: int
    draft: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """What lies ready when somebody sits down to write."""

    today: dt.date
    timezone: str
    programmes: tuple[tuple[str, tuple[records.Stage, ...]], ...]  # by name; the one joined last at the end
    stages: tuple[records.Stage, ...]  # of all of them
    stages_beside: tuple[records.Stage, ...]  # of no such programme, but entries of one's own lie in them
    stage: records.Stage | None  # proposed for today
    prompts: tuple[records.Prompt, ...]  # running today, the newest first
    tags: tuple[str, ...]  # used before, the most used first
    drafts: tuple[records.Entry, ...]


def desk(viewer: Viewer, *, now: dt.datetime) -> Desk:
    """Today, its stage, prompts, tags and unfinished drafts, for the writing page."""
    from portfolio.domain.programme import open_prompts

    timezone = timezone_of(viewer.user_id)
    day = today(timezone, now)
    programmes = stages_open_to(viewer.user_id)
    stages = tuple(stage for _, of_one in programmes for stage in of_one)
    tags = (
        EntryTag.select(EntryTag.tag, fn.COUNT(EntryTag.id).alias("uses"))
        .join(Entry)
        .where((Entry.owner == viewer.user_id) & Entry.deleted_at.is_null())
        .group_by(EntryTag.tag)
        .order_by(fn.COUNT(EntryTag.id).desc(), EntryTag.tag)
        .limit(40)
    )
    drafts = (
        Entry.select()
        .where((Entry.owner == viewer.user_id) & Entry.kept_at.is_null() & Entry.deleted_at.is_null())
        .order_by(Entry.id.desc())
        .limit(20)
    )
    return Desk(
        today=day,
        timezone=timezone,
        programmes=programmes,
        stages=stages,
        stages_beside=stages_beside(viewer, stages),
        stage=stage_on(stages, day),
        prompts=open_prompts(viewer.user_id, day),
        tags=tuple(t.tag for t in tags),
        drafts=tuple(load(drafts, viewer, now=now)),
    )


def keep_entry(
    viewer: Viewer, draft: Draft, *, creation_key: str, as_draft: bool = False,
    audiences: Iterable[Audience] = (), now: dt.datetime,
) -> Saved:  # fmt: skip
    """Write a new entry down. The same `creation_key` a second time saves into the same entry.

    A draft may be without words still, so that a photograph can come first.
    Raises Invalid with the field that needs another look.
    """
    if not 1 <= len(creation_key) <= 120:
        raise errors.Invalid("This page has lost its key. Open it again; your text is still in it.")
    wanted = _audiences(audiences)
    check_text(draft, blank=as_draft)
    made = _made(draft, _by_key(viewer, creation_key))
    with database.transaction():
        database.in_turn(viewer.user_id)
        entry = _by_key(viewer, creation_key)
        if entry is not None:
            if entry.deleted_at is not None:
                raise errors.NotFound
            as_draft = as_draft and entry.kept_at is None
            return _save(viewer, entry, draft, made, entry.version, as_draft=as_draft, fold=True, now=now)
        programme = programme_of(viewer.user_id)
        values = _checked(viewer, draft, programme, now)
        entry = Entry.create(
            owner=viewer.user_id,
            creation_key=creation_key,
            created_at=now,
            kept_at=None if as_draft else now,
            **values,
        )
        revision = _append(entry, made, 1, now)
        Entry.update(revision_number=1).where(Entry.id == entry.id).execute()
        _tag(entry, draft.tags)
        search_index.put(entry.id, viewer.user_id, made.terms)
        if not as_draft:
            set_audiences(viewer, entry.public_id, wanted, now=now)
            changes.note_own(viewer, now=now)
    return _saved(entry.public_id, 1, revision, as_draft)


def save_entry(
    viewer: Viewer,
    entry_id: str,
    draft: Draft,
    *,
    version: int,
    as_draft: bool = False,
    fold: bool = True,
    now: dt.datetime,
) -> Saved:
    """Save an entry that is there; `fold` False leaves the last revision as it is, however young.

    Raises NotFound, Invalid, StaleRevision (with the text that is there).
    """
    check_text(draft, blank=as_draft)
    made = _made(draft, access.own_entry(viewer, entry_id))
    with database.transaction():
        database.in_turn(viewer.user_id)
        entry = access.own_entry(viewer, entry_id)
        return _save(viewer, entry, draft, made, version, as_draft=as_draft, fold=fold, now=now)


def set_audiences(
    viewer: Viewer, entry_id: str, audiences: Iterable[Audience], *, now: dt.datetime
) -> frozenset[Audience]:
    """Grant an entry to exactly these audiences; others lose it at once. Raises NotFound, Invalid."""
    wanted = _audiences(audiences)
    with database.transaction():
        database.in_turn(viewer.user_id)
        entry = access.own_entry(viewer, entry_id)
        if entry.kept_at is None and wanted:
            raise errors.Invalid("A draft is nobody's to read. Keep it first.", field="audiences")
        live = {
            str(g.audience): g
            for g in Grant.select().where((Grant.entry == entry.id) & Grant.revoked_at.is_null())
        }
        for audience in sorted(wanted - set(live)):
            Grant.create(entry=entry.id, audience=audience, granted_at=now)
            accounts.note("granted", now=now, actor=viewer.user_id, subject=entry_id, audience=audience)
        for former in sorted(set(live) - wanted):
            Grant.update(revoked_at=now).where(Grant.id == live[former].id).execute()
            accounts.note("grant revoked", now=now, actor=viewer.user_id, subject=entry_id, audience=former)
        if wanted != set(live):
            changes.note_own(viewer, now=now)
    return wanted


def delete_entry(viewer: Viewer, entry_id: str, *, now: dt.datetime) -> None:
    """Take an entry out of the diary; nobody else can read it from now on. `restore_entry` undoes it."""
    with database.transaction():
        entry = access.own_entry(viewer, entry_id)
        Entry.update(deleted_at=now, version=Entry.version + 1).where(Entry.id == entry.id).execute()
        search_index.remove(entry.id)
        changes.note_own(viewer, now=now)
        accounts.note("entry deleted", now=now, actor=viewer.user_id, subject=entry_id)


def restore_entry(viewer: Viewer, entry_id: str, *, now: dt.datetime) -> None:
    """Bring a deleted entry back as it was, grants included. Raises NotFound, also after thirty days."""
    with database.transaction():
        entry = access.own_entry(viewer, entry_id, deleted=True)
        if entry.deleted_at <= now - dt.timedelta(days=UNDO_DAYS):
            raise errors.NotFound
        Entry.update(deleted_at=None, version=Entry.version + 1).where(Entry.id == entry.id).execute()
        last = _current(entry)
        search_index.put(entry.id, viewer.user_id, texts.terms(last.title, last.body, _tags(entry)))
        changes.note_own(viewer, now=now)
        accounts.note("entry restored", now=now, actor=viewer.user_id, subject=entry_id)


def deleted_entries(viewer: Viewer, *, now: dt.datetime) -> list[records.Entry]:
    """The viewer's entries deleted in the last thirty days, the last deleted first."""
    query = (
        Entry.select()
        .where((Entry.owner == viewer.user_id) & (Entry.deleted_at > now - dt.timedelta(days=UNDO_DAYS)))
        .order_by(Entry.deleted_at.desc())
    )
    return load(query, viewer, now=now)


def entry_version(viewer: Viewer, entry_id: str) -> int:
    """The version that a save of one's own entry must name. Raises NotFound."""
    return int(access.own_entry(viewer, entry_id).version)


def preview(body: str, photographs: Iterable[str] = ()) -> str:
    """The safe HTML of a text that is still being written; `photographs`: public ids that it may show."""
    return markup.render(normalise(body)[:BODY_LONGEST], tuple(photographs)).html


def draft_title(draft: Draft) -> str:
    return " ".join(normalise(draft.title).split())


def checked_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags without doubles, white space folded. Raises Invalid."""
    found = dict.fromkeys(
        t for t in (" ".join(normalise(tag).replace("#", " ").split()) for tag in tags) if t
    )
    for tag in found:
        if len(tag) > TAG_LONGEST:
            raise errors.Invalid("A tag has at most %(count)s characters.", field="tags", count=TAG_LONGEST)
    if len(found) > TAGS_MOST:
        raise errors.Invalid("An entry has at most %(count)s tags.", field="tags", count=TAGS_MOST)
    return tuple(found)


def check_text(draft: Draft, *, blank: bool = False) -> None:
    """Raise Invalid unless title and body are within bounds; with `blank` there may be no word in them."""
    if len(draft.body) > BODY_LONGEST:
        raise errors.Invalid(
            "This entry is longer than %(count)s characters. Part it into several.",
            field="body",
            count=f"{BODY_LONGEST:,}",
        )
    if not blank and not normalise(draft.body).strip() and not draft_title(draft):
        raise errors.Invalid("There is nothing written yet.", field="body")
    if len(draft_title(draft)) > TITLE_LONGEST:
        raise errors.Invalid("A title has at most %(count)s characters.", field="title", count=TITLE_LONGEST)


def check_date(day: dt.date, latest: dt.date) -> None:
    """Raise Invalid unless an entry may bear this date: any past day, or today."""
    if day > latest:
        raise errors.Invalid("An entry is of today or of a day past, not of one to come.", field="entry_date")
    if day < EARLIEST:
        raise errors.Invalid("The earliest date is %(date)s.", field="entry_date", date=EARLIEST.isoformat())


def _checked(
    viewer: Viewer, draft: Draft, programme: Programme | None, now: dt.datetime, entry: Entry | None = None
) -> dict[str, Any]:
    """The columns that a draft sets beside its text. Raises Invalid."""
    checked_tags(draft.tags)
    by_date = programmes_of(viewer.user_id)
    open_to = {p.id: p for p in by_date}
    if programme and programme.id not in open_to:  # of an earlier programme: by date it stays there
        by_date, open_to = (programme,), {programme.id: programme, **open_to}
    present_day = today(timezone_of(viewer.user_id), now)
    latest = max([present_day, *(today(p.timezone, now) for p in open_to.values())])
    day = draft.entry_date or (entry.entry_date if entry else present_day)
    check_date(day, latest)
    if draft.framework not in FRAMEWORKS:
        raise errors.Invalid("There is no such framework.", field="framework")
    if draft.reflection_mode not in MODES:
        raise errors.Invalid("A reflection is in action, on action, or not said.", field="reflection_mode")
    stage_id: int | None = None
    programme_id = programme.id if programme else None
    if draft.stage_id:
        stage = Stage.get_or_none(Stage.public_id == draft.stage_id)
        if stage is None or not (stage.programme_id in open_to or written_in(viewer, stage)):
            raise errors.Invalid("This stage is not one of your programme's.", field="stage")
        stage_id, programme_id = stage.id, stage.programme_id
    elif draft.stage_id is None:
        if entry is not None and entry.entry_date == day:
            stage_id = entry.stage_id
        else:
            proposed = stage_on((s for p in by_date for s in stages_for(viewer.user_id, p)), day)
            if proposed:
                stage = Stage.get(Stage.public_id == proposed.public_id)
                stage_id, programme_id = stage.id, stage.programme_id
    return {
        "programme_id": programme_id,
        "entry_date": day,
        "stage_id": stage_id,
        "prompt_id": _prompt(viewer, draft.prompt_id),
        "framework": draft.framework,
        "reflection_mode": draft.reflection_mode,
    }


def _prompt(viewer: Viewer, prompt_id: str) -> int | None:
    if not prompt_id:
        return None
    cohorts = Member.select(Member.cohort).where(Member.user == viewer.user_id)
    prompt = Prompt.get_or_none((Prompt.public_id == prompt_id) & Prompt.cohort.in_(cohorts))
    if prompt is None:
        raise errors.Invalid("This prompt is not one of your cohort's.", field="prompt")
    return int(prompt.id)


def _audiences(audiences: Iterable[Audience]) -> frozenset[Audience]:
    wanted = frozenset(audiences)
    if not wanted <= set(AUDIENCES):
        raise errors.Invalid("There is no such audience.", field="audiences")
    return wanted


def _save(
    viewer: Viewer, entry: Entry, draft: Draft, made: Made, version: int, *, as_draft: bool, fold: bool,
    now: dt.datetime,
) -> Saved:  # fmt: skip
    """Save into an entry that is there. The caller holds the transaction."""
    check_text(draft, blank=as_draft and entry.kept_at is None)
    last = _current(entry)
    same = made.same_as(last)
    values = _checked(viewer, draft, entry.programme or programme_of(viewer.user_id), now, entry)
    if entry.version != version:
        stands = all(getattr(entry, name) == value for name, value in values.items())
        if same and stands and checked_tags(draft.tags) == _tags(entry):  # a request that came twice
            return _saved(entry.public_id, entry.version, last, entry.kept_at is None)
        raise errors.StaleRevision(current_body=last.body, current_title=last.title, version=entry.version)
    if not same:
        last = _write(entry, last, made, now, fold)
    if entry.kept_at is None and not as_draft:
        values["kept_at"] = now
    Entry.update(version=version + 1, revision_number=last.number, **values).where(
        Entry.id == entry.id
    ).execute()
    _tag(entry, draft.tags)
    search_index.put(entry.id, viewer.user_id, made.terms)
    if entry.kept_at is not None or not as_draft:
        changes.note_own(viewer, now=now)
    return _saved(entry.public_id, version + 1, last, entry.kept_at is None and as_draft)


def _made(draft: Draft, entry: Entry | None) -> Made:
    return texts.make(draft_title(draft), draft.body, draft.tags, entry)


def _by_key(viewer: Viewer, creation_key: str) -> Entry | None:
    where = (Entry.owner == viewer.user_id) & (Entry.creation_key == creation_key)
    found: Entry | None = Entry.get_or_none(where)
    return found


def _current(entry: Entry) -> Revision:
    return Revision.get((Revision.entry == entry.id) & (Revision.number == entry.revision_number))


def _write(entry: Entry, last: Revision, made: Made, now: dt.datetime, fold: bool) -> Revision:
    """A new revision, or the last one written over while this is the same sitting and nobody has read it."""
    fresh = now - last.started_at < dt.timedelta(minutes=AUTOSAVE_FOLD_MINUTES)
    if not (fold and fresh) or _seen(entry, last):
        return _append(entry, made, last.number + 1, now)
    Revision.update(written_at=now, **made.columns).where(Revision.id == last.id).execute()
    return Revision.get_by_id(last.id)


def _seen(entry: Entry, revision: Revision) -> bool:
    """Whether somebody has read this revision, answered it, or holds it in an edition."""
    return bool(
        Comment.select().where(Comment.revision == revision.id).exists()
        or Reading.select()
        .where((Reading.revision == revision.id) & (Reading.reader != entry.owner_id))
        .exists()
        or EditionEntry.select()
        .where((EditionEntry.entry == entry.id) & (EditionEntry.revision_number == revision.number))
        .exists()
    )


def _append(entry: Entry, made: Made, number: int, now: dt.datetime) -> Revision:
    return Revision.create(entry=entry.id, number=number, started_at=now, written_at=now, **made.columns)


def _tag(entry: Entry, tags: Iterable[str]) -> None:
    wanted = checked_tags(tags)
    if wanted != _tags(entry):
        EntryTag.delete().where(EntryTag.entry == entry.id).execute()
        for tag in wanted:
            EntryTag.create(entry=entry.id, tag=tag)


def _tags(entry: Entry) -> tuple[str, ...]:
    return tuple(t.tag for t in EntryTag.select().where(EntryTag.entry == entry.id).order_by(EntryTag.id))


def _saved(entry_id: str, version: int, revision: Revision, draft: bool) -> Saved:
    return Saved(
        entry_id, version, revision.number, revision.written_at, revision.html, revision.words, draft
    )

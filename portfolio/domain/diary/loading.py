"""Rows of entries made into plain records, a page or a whole diary at once, without a query each."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, cast

from peewee import JOIN, SQL

from portfolio.domain import access, records
from portfolio.domain.programme import prompt_record, stages_of
from portfolio.domain.records import Audience, Language, Viewer
from portfolio.store import files
from portfolio.store.accounts import User
from portfolio.store.diary import Entry, EntryTag, Grant, Photograph, Restory, Revision, Threshold
from portfolio.store.feedback import Comment
from portfolio.store.programme import Prompt, Stage

BATCH = 500  # ids in one query; SQLite takes 32,766 variables
LOADED = 2000  # entries at once


def load(
    entries: Iterable[Entry],
    viewer: Viewer,
    *,
    now: dt.datetime,
    comments: bool = False,
    revisions: bool = False,
) -> list[records.Entry]:
    """Rows of entries, or a query for them, as plain records in the same order.

    They must come from `access`, or be the viewer's own. Revisions are loaded only for the
    viewer's own.
    """
    rows = list(entries)
    found: list[records.Entry] = []
    for start in range(0, len(rows), LOADED):
        found += _load_batch(rows[start : start + LOADED], viewer, now, comments, revisions)
    return found


def _load_batch(
    rows: Sequence[Entry], viewer: Viewer, now: dt.datetime, comments: bool, revisions: bool
) -> list[records.Entry]:
    ids = [row.id for row in rows]
    if not ids:
        return []
    owners = {u.id: u for u in User.select().where(User.id.in_({row.owner_id for row in rows}))}
    those = _literal(ids)
    current = {
        r.entry: r
        for r in Revision.select(
            Revision.entry, Revision.title, Revision.body, Revision.html, Revision.language,
            Revision.words, Revision.written_at,
        )
        .join(Entry, on=(Revision.entry == Entry.id) & (Revision.number == Entry.revision_number))
        .where(Entry.id.in_(those))
        .namedtuples()
    }  # fmt: skip
    stages = stages_of((row.owner_id, row.stage_id) for row in rows if row.stage_id)
    prompts = _prompts({row.prompt_id for row in rows if row.prompt_id})
    tags = _grouped(
        EntryTag.select(EntryTag.entry, EntryTag.tag).where(EntryTag.entry.in_(those)).order_by(EntryTag.id)
    )
    grants = _grouped(
        Grant.select(Grant.entry, Grant.audience).where(Grant.entry.in_(those) & Grant.revoked_at.is_null())
    )
    thresholds = {t.entry_id: t for t in Threshold.select().where(Threshold.entry.in_(those))}
    photographs = _grouped(
        Photograph.select().where(Photograph.entry.in_(those)).order_by(Photograph.position, Photograph.id)
    )
    retells, returned_to = _restories(those, viewer, now)
    bodies = {row.id: str(current[row.id].body) for row in rows}
    threads = _threads(rows, bodies, viewer) if comments else {}
    earlier: dict[int, list[Revision]] = {}
    if revisions:
        own = [row.id for row in rows if row.owner_id == viewer.user_id]
        found = Revision.select().where(Revision.entry.in_(_literal(own))).order_by(Revision.number)
        earlier = _grouped(found)
    return [
        records.Entry(
            public_id=row.public_id,
            owner_id=owners[row.owner_id].public_id,
            owner_name=owners[row.owner_id].name,
            entry_date=row.entry_date,
            title=current[row.id].title,
            body=current[row.id].body,
            html=current[row.id].html,
            language=cast(Language, current[row.id].language),
            words=current[row.id].words,
            revision_number=row.revision_number,
            written_at=current[row.id].written_at,
            created_at=row.created_at,
            draft=row.kept_at is None,
            stage=stages.get((row.owner_id, row.stage_id or 0)),
            tags=tuple(t.tag for t in tags.get(row.id, ())),
            audiences=frozenset(cast(Audience, str(g.audience)) for g in grants.get(row.id, ())),
            prompt=prompts.get(row.prompt_id or 0),
            framework=row.framework,
            reflection_mode=cast(Any, row.reflection_mode),
            threshold=threshold_record(thresholds.get(row.id)),
            retells=retells.get(row.id),
            returned_to=tuple(returned_to.get(row.id, ())),
            photographs=tuple(photograph_record(p) for p in photographs.get(row.id, ())),
            comments=tuple(threads.get(row.id, ())),
            revisions=tuple(revision_record(r) for r in earlier.get(row.id, ())),
        )
        for row in rows
        if row.id in current
    ]


def revision_record(row: Revision) -> records.Revision:
    return records.Revision(row.number, row.title, row.body, row.html, row.words, row.written_at, row.sha256)


def threshold_record(row: Threshold | None) -> records.Threshold | None:
    return records.Threshold(tuple(row.kinds), row.before, row.after, row.helped) if row else None


def photograph_record(row: Photograph) -> records.Photograph:
    return records.Photograph(
        row.public_id, row.media_type, row.width, row.height, row.alt, row.caption, row.sha256,
        str(files.path_of(row.stored_name)),
    )  # fmt: skip


def _prompts(ids: set[int]) -> dict[int, records.Prompt]:
    query = Prompt.select(Prompt, Stage).join(Stage, JOIN.LEFT_OUTER).where(Prompt.id.in_(ids))
    return {p.id: prompt_record(p) for p in query} if ids else {}


def _restories(ids: SQL, viewer: Viewer, now: dt.datetime) -> tuple[dict[int, str], dict[int, list[str]]]:
    """What each entry retells, and in which entries it is retold, as far as the viewer may read those."""
    links = list(
        Restory.select(Restory.entry, Restory.earlier).where(
            Restory.entry.in_(ids) | Restory.earlier.in_(ids)
        )
    )
    if not links:
        return {}, {}
    ends = {link.entry_id for link in links} | {link.earlier_id for link in links}
    visible = {
        e.id: e.public_id
        for e in access.entries_for(viewer, now=now)
        .where(Entry.id.in_(ends))
        .order_by(Entry.entry_date, Entry.id)
    }
    order = {row: place for place, row in enumerate(visible)}
    retells: dict[int, str] = {}
    returned_to: dict[int, list[str]] = defaultdict(list)
    for link in sorted(links, key=lambda link: order.get(link.entry_id, 0)):
        if link.earlier_id in visible:
            retells[link.entry_id] = visible[link.earlier_id]
        if link.entry_id in visible:
            returned_to[link.earlier_id].append(visible[link.entry_id])
    return retells, returned_to


def _threads(
    entries: Sequence[Entry], bodies: dict[int, str], viewer: Viewer
) -> dict[int, list[records.Comment]]:
    """The comments of each entry as threads, oldest first; an answer stands beneath what it answers.

    A passage that the author has taken out since is quoted to its author and to who quoted it
    alone: it may have stood there before others could read the entry.
    """
    own = {entry.id for entry in entries if entry.owner_id == viewer.user_id}
    rows = list(
        Comment.select(Comment, Revision.id, Revision.number, User.id, User.name)
        .join(Revision)
        .switch(Comment)
        .join(User, JOIN.LEFT_OUTER, on=Comment.author == User.id)
        .where(Comment.entry.in_(_literal([entry.id for entry in entries])))
        .order_by(Comment.written_at, Comment.id)
    )
    answers: dict[int | None, list[Comment]] = defaultdict(list)
    for row in rows:
        answers[row.answers_id].append(row)

    def thread(row: Comment) -> records.Comment | None:
        replies = tuple(r for r in map(thread, answers.get(row.id, ())) if r is not None)
        gone = row.withdrawn_at is not None
        if gone and not replies:
            return None
        body = bodies[row.entry_id]
        shown = row.entry_id in own or row.author_id == viewer.user_id or (row.quoted or "") in body
        quoted = shown and not gone
        return records.Comment(
            public_id=row.public_id,
            author_name=row.author.name if row.author else row.author_name,
            author_role=cast(Any, str(row.author_role)),
            own=row.author_id == viewer.user_id,
            written_at=row.written_at,
            revision_number=row.revision.number,
            body="" if gone else row.body,
            html="" if gone else row.html,
            language=cast(Language, row.language),
            quoted=row.quoted if quoted else None,
            quote_start=row.quote_start if quoted else None,
            quote_end=row.quote_end if quoted else None,
            replies=replies,
            withdrawn=gone,
            imported=row.author_id is None,
        )

    threads: dict[int, list[records.Comment]] = defaultdict(list)
    for row in answers[None]:
        record = thread(row)
        if record is not None:
            threads[row.entry_id].append(record)
    return threads


def _literal(ids: Sequence[int]) -> SQL:
    """Row ids, which are numbers from the database, as they stand in a query: thousands cost nothing so."""
    return SQL(f"({','.join(str(int(row)) for row in ids)})")


def _grouped(query: Any) -> dict[int, list[Any]]:
    """Rows, without the weight of models, by the row id of their entry."""
    found: dict[int, list[Any]] = defaultdict(list)
    for row in query.namedtuples():
        found[row.entry].append(row)
    return found


def stages_beside(
    viewer: Viewer, known: Iterable[records.Stage], *, drafts: bool = True
) -> tuple[records.Stage, ...]:
    """Stages in which own entries (and drafts) lie beside those known: of a programme left, of an import."""
    rows = (
        Entry.select(Stage.programme, Stage.position, Stage.id)
        .join(Stage)
        .where((Entry.owner == viewer.user_id) & Entry.deleted_at.is_null())
        .where(Stage.public_id.not_in([s.public_id for s in known]))
        .distinct()
        .tuples()
    )
    if not drafts:
        rows = rows.where(Entry.kept_at.is_null(False))
    ordered = [stage for _, _, stage in sorted(cast("Iterable[tuple[int, int, int]]", rows))]
    found = stages_of((viewer.user_id, stage) for stage in ordered)
    return tuple(found[viewer.user_id, stage] for stage in ordered)


def written_in(viewer: Viewer, stage: Stage) -> bool:
    """Whether an own entry or draft lies in a stage."""
    mine = (Entry.owner == viewer.user_id) & Entry.deleted_at.is_null()
    return bool(Entry.select().where(mine & (Entry.stage == stage.id)).exists())

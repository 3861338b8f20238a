"""Comments on entries, pinned to the revision that was read, and what is still unread."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from peewee import JOIN, Case, ModelSelect, fn

from portfolio.domain import access, accounts, changes, errors, markup, records
from portfolio.domain.diary.loading import BATCH, load
from portfolio.domain.records import Viewer
from portfolio.domain.text import language_of, normalise
from portfolio.store import database
from portfolio.store.accounts import User
from portfolio.store.diary import Entry, Grant, Revision
from portfolio.store.feedback import Comment, CommentReading, Reading
from portfolio.store.programme import Match, MatchState

COMMENT_LONGEST = 20_000  # characters
QUOTE_LONGEST = 2000  # characters
DEPTH_MOST = 8  # answers to answers


@dataclass(frozen=True, slots=True)
class Waiting:
    """An entry that waits for a reader, and why."""

    entry: records.EntryLine
    since: dt.datetime  # it could be read, or was changed since
    read_revision: int | None  # None: not read at all yet

    @property
    def place(self) -> tuple[dt.datetime, dt.date, str]:
        """What the list is in order of."""
        return (self.since, self.entry.entry_date, self.entry.public_id)


@dataclass(frozen=True, slots=True)
class Answered:
    """One's own entry with comments that one has not seen."""

    entry: records.EntryLine
    comments: tuple[str, ...]  # public ids, the oldest first
    names: tuple[str, ...]  # of their authors, as far as they are known
    latest: dt.datetime

    @property
    def count(self) -> int:
        return len(self.comments)


@dataclass(frozen=True, slots=True)
class Mentee:
    """Somebody whom the viewer accompanies; nothing here can be read as a mark."""

    person_id: str
    name: str
    role: records.Role  # in which the viewer meets them
    waiting: int
    granted: int


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The words of a comment that its writer took back, as they were typed."""

    entry_id: str
    body: str
    quoted: str
    answers: str  # public id of the comment that it answers, or ""
    creation_key: str  # with which it is written anew; "" where it had none


def comment_on(
    viewer: Viewer,
    entry_id: str,
    body: str,
    *,
    revision_number: int,
    quoted: str = "",
    answers: str | None = None,
    creation_key: str | None = None,
    now: dt.datetime,
) -> str:
    """Comment on a revision, perhaps on a passage of it, perhaps in answer; returns the comment's public id.

    The comment stays pinned to the revision that its writer had before them, whatever the
    entry becomes. It also marks that revision as read. The same `creation_key` twice is one
    comment; one that was taken back is written anew. Raises NotFound, Invalid.
    """
    body = normalise(body).strip()
    quoted = normalise(quoted).strip()
    if not body:
        raise errors.Invalid("There is nothing written yet.", field="body")
    if len(body) > COMMENT_LONGEST:
        raise errors.Invalid(
            "A comment has at most %(count)s characters.", field="body", count=COMMENT_LONGEST
        )
    if len(quoted) > QUOTE_LONGEST:
        raise errors.Invalid(
            "A passage has at most %(count)s characters.", field="quoted", count=QUOTE_LONGEST
        )
    access.entry_for(viewer, entry_id, now=now)
    html = markup.render(body).html  # may take its time, in which nobody else is kept from writing
    with database.transaction():
        entry = access.entry_for(viewer, entry_id, now=now)
        if entry.kept_at is None:
            raise errors.Invalid("This is a draft still. Keep it first.")
        database.in_turn(entry.owner_id)
        key, there = f"{viewer.user_id}:{creation_key}"[:120] if creation_key else None, None
        if key:
            there = Comment.get_or_none(Comment.creation_key == key)
            if there is not None and there.withdrawn_at is None:
                return str(there.public_id)
            if there is not None and Comment.select().where(Comment.answers == there.id).exists():
                # Answers stand to the words as they were
                there, key = None, None
        revision = _revision_before(viewer, entry, revision_number, now)
        above = _answered(entry, answers)
        start = revision.body.find(quoted) if quoted else -1
        values: dict[str, Any] = {
            "entry": entry.id,
            "revision": revision.id,
            "author": viewer.user_id,
            "author_role": access.role_towards(viewer, entry.owner_id, now=now),
            "answers": above,
            "creation_key": key,
            "body": body,
            "html": html,
            "language": language_of(body),
            "quoted": quoted or None,
            "quote_start": start if start >= 0 else None,
            "quote_end": start + len(quoted) if start >= 0 else None,
            "written_at": now,
        }
        if there is None:
            comment = Comment.create(**values)
        else:
            comment = there
            Comment.update(values | {"withdrawn_at": None}).where(Comment.id == there.id).execute()
            CommentReading.delete().where(CommentReading.comment == there.id).execute()
        if entry.owner_id != viewer.user_id:
            _mark(entry, viewer, revision, now)
        elif above is not None:
            see(viewer, Comment.id == above.id, now=now)
        changes.note(entry.owner_id, now=now)
        accounts.note("commented", now=now, actor=viewer.user_id, subject=entry_id)
    return str(comment.public_id)


def withdraw_comment(viewer: Viewer, comment_id: str, *, now: dt.datetime) -> str:
    """Take one's own comment back; answers to it stay. Returns the entry's public id. Raises NotFound."""
    comment = _own_comment(viewer, comment_id, now)
    Comment.update(withdrawn_at=now).where(Comment.id == comment.id).execute()
    return str(comment.entry.public_id)


def restore_comment(viewer: Viewer, comment_id: str, *, now: dt.datetime) -> str:
    """Undo `withdraw_comment`. Raises NotFound."""
    comment = _own_comment(viewer, comment_id, now)
    Comment.update(withdrawn_at=None).where(Comment.id == comment.id).execute()
    return str(comment.entry.public_id)


def unsend_comment(viewer: Viewer, comment_id: str, *, now: dt.datetime) -> str:
    """Take one's own comment back as if it had not been sent: its entry waits to be read again.

    Returns the entry's public id; `taken_back` has the words. Raises NotFound.
    """
    comment = _own_comment(viewer, comment_id, now)
    with database.transaction():
        database.in_turn(comment.entry.owner_id)
        Comment.update(withdrawn_at=now).where(Comment.id == comment.id).execute()
        where = (Reading.entry == comment.entry_id) & (Reading.reader == viewer.user_id)
        if Reading.select().where(where & (Reading.read_at == comment.written_at)).exists():
            earlier = (
                Revision.select()
                .join(Comment)
                .where(
                    (Comment.entry == comment.entry_id)
                    & (Comment.author == viewer.user_id)
                    & Comment.withdrawn_at.is_null()
                    & (Revision.number < comment.entry.revision_number)
                )
                .order_by(Revision.number.desc())
                .first()
            )
            if earlier is None:
                Reading.delete().where(where).execute()
            else:
                Reading.update(revision=earlier.id).where(where).execute()
    return str(comment.entry.public_id)


def taken_back(viewer: Viewer, comment_id: str, *, now: dt.datetime) -> TakenBack:
    """The words of a comment that the viewer took back, to go on with. Raises NotFound."""
    comment = _own_comment(viewer, comment_id, now)
    if comment.withdrawn_at is None:
        raise errors.NotFound
    return TakenBack(
        entry_id=comment.entry.public_id,
        body=comment.body,
        quoted=comment.quoted or "",
        answers=comment.answers.public_id if comment.answers_id else "",
        creation_key=(comment.creation_key or "").partition(":")[2],
    )


def mark_read(
    viewer: Viewer, entry_id: str, revision_number: int, *, comments: Iterable[str] = (), now: dt.datetime
) -> None:
    """Note that the viewer has read this revision of somebody's entry; of one's own, these new comments.

    `comments`: public ids of those that stood on the page. Raises NotFound.
    """
    with database.transaction():
        entry = access.entry_for(viewer, entry_id, now=now)
        database.in_turn(entry.owner_id)
        if entry.owner_id == viewer.user_id:
            see(viewer, Comment.public_id.in_(list(comments)) & (Comment.entry == entry.id), now=now)
            return
        _mark(entry, viewer, _revision_before(viewer, entry, revision_number, now), now)


def waiting(viewer: Viewer, *, now: dt.datetime) -> list[Waiting]:
    """Entries of the viewer's mentees that the viewer may read and has not, or not as they are now.

    The oldest first, by when they were granted or changed. Entries that reach the viewer only
    as a member of the cohort wait for nobody.
    """
    now_read, present = Revision.alias(), Revision.alias()
    began = {
        m.id: m.accepted_at or m.proposed_at for m in Match.select().where(Match.mentor == viewer.user_id)
    }
    rows = (
        _unread(viewer, now_read)
        .join(User)
        .join(present, on=(present.entry == Entry.id) & (present.number == Entry.revision_number))
        .select(
            Entry.public_id, User.public_id, User.name, Entry.entry_date, present.title,
            Case(None, [(present.title == "", present.html)], ""), present.language, present.words,
            present.written_at, now_read.number, Grant.granted_at, Match.id,
        )
        .tuples()
    )  # fmt: skip
    found: dict[str, Waiting] = {}
    for *line, written_at, read, granted_at, match in cast(Iterable[Any], rows):
        since = written_at if read else max(granted_at, began[match])
        there = found.get(line[0])
        if there is None or since < there.since:  # two ways may lead to one entry
            found[line[0]] = Waiting(records.EntryLine(*line), since, read)
    return sorted(found.values(), key=lambda w: w.place)


def new_answers(viewer: Viewer) -> list[Answered]:
    """The viewer's own entries with comments that they have not seen; the one answered last comes first."""
    present = Revision.alias()
    rows = (
        _unseen(viewer)
        .join(present, on=(present.entry == Entry.id) & (present.number == Entry.revision_number))
        .join(User, JOIN.LEFT_OUTER, on=Comment.author == User.id)
        .order_by(Comment.written_at, Comment.id)
        .select(
            Comment.public_id, User.name, Comment.author_name, Comment.written_at, Entry.public_id,
            Entry.entry_date, present.title, Case(None, [(present.title == "", present.html)], ""),
            present.language, present.words,
        )
        .tuples()
    )  # fmt: skip
    found: dict[str, Answered] = {}
    for comment_id, account, written, when, entry_id, *line in cast(Iterable[Any], rows):
        entry = records.EntryLine(entry_id, viewer.public_id, viewer.name, *line)
        before = found.pop(entry_id, Answered(entry, (), (), when))  # in again as the last
        names = dict.fromkeys((*before.names, *filter(None, [account or written])))
        found[entry_id] = Answered(entry, (*before.comments, comment_id), tuple(names), when)
    return list(reversed(found.values()))


def see(viewer: Viewer, those: Any, *, now: dt.datetime) -> None:
    """Note that the viewer has had comments on their own entries before them.

    `those`: a condition on Comment. The caller holds the transaction.
    """
    unseen = [row.id for row in _unseen(viewer).where(those).select(Comment.id)]
    for start in range(0, len(unseen), BATCH):
        rows = [(id_, viewer.user_id, now) for id_ in unseen[start : start + BATCH]]
        fields = [CommentReading.comment, CommentReading.reader, CommentReading.read_at]
        CommentReading.insert_many(rows, fields).on_conflict_ignore().execute()


def _unseen(viewer: Viewer) -> "ModelSelect[Comment]":
    """Other people's comments on the viewer's entries that the viewer has not had before them."""
    return (
        Comment.select(Comment.id)
        .join(Entry)
        .switch(Comment)
        .join(
            CommentReading,
            JOIN.LEFT_OUTER,
            on=(CommentReading.comment == Comment.id) & (CommentReading.reader == viewer.user_id),
        )
        .where(
            (Entry.owner == viewer.user_id)
            & Entry.deleted_at.is_null()
            & Comment.withdrawn_at.is_null()
            & (Comment.author.is_null() | (Comment.author != viewer.user_id))
            & CommentReading.id.is_null()
        )
        .switch(Comment)
    )


def mentees(viewer: Viewer, *, now: dt.datetime) -> list[Mentee]:
    """Those whom the viewer accompanies as a mentor or peer mentor, by name."""
    rows = list(
        Match.select(Match, User)
        .join(User, on=Match.mentee == User.id)
        .where((Match.mentor == viewer.user_id) & (Match.state == MatchState.ACTIVE))
        .order_by(fn.LOWER(User.name))
    )
    shared = access.granted_entries_for(viewer, now=now).where(Entry.owner.in_([m.mentee_id for m in rows]))
    unread, granted = _by_owner(_unread(viewer, Revision.alias())), _by_owner(shared)
    return [
        Mentee(
            m.mentee.public_id,
            m.mentee.name,
            cast(records.Role, str(m.role)),
            unread.get(m.mentee_id, 0),
            granted.get(m.mentee_id, 0),
        )
        for m in rows
    ]


def entries_of(viewer: Viewer, person_id: str, *, now: dt.datetime) -> tuple[str, list[records.Entry]]:
    """Somebody's name and those of their entries that the viewer may read, newest first.

    Raises NotFound when there is none and the viewer does not accompany them.
    """
    person = User.get_or_none(User.public_id == person_id)
    if person is None or person.id == viewer.user_id:
        raise errors.NotFound
    query = (
        access.granted_entries_for(viewer, now=now)
        .where(Entry.owner == person.id)
        .order_by(Entry.entry_date.desc(), Entry.id.desc())
    )
    found = load(query, viewer, now=now, comments=True)
    if not found and not access.narrative_subjects(viewer).where(User.id == person.id).exists():
        raise errors.NotFound
    return str(person.name), found


def shared_with_cohort(viewer: Viewer, *, now: dt.datetime, most: int = 60) -> list[records.Entry]:
    """What fellow members granted to the cohort, newest first."""
    return _shared(viewer, "cohort", now, most)


def shared_with_faculty(viewer: Viewer, *, now: dt.datetime, most: int = 60) -> list[records.Entry]:
    """What members of the cohorts that the viewer leads granted to the faculty, newest first."""
    return (
        _shared(viewer, "faculty", now, most) if "lead" in access.held_roles(viewer.user_id, now=now) else []
    )


def unread_among(viewer: Viewer, entries: Iterable[records.Entry]) -> frozenset[str]:
    """Which of some entries the viewer has not read, or not as they are now: their public ids."""
    shown = {e.public_id: e.revision_number for e in entries}
    read = (
        Reading.select(Entry.public_id, Revision.number)
        .join(Entry)
        .switch(Reading)
        .join(Revision)
        .where((Reading.reader == viewer.user_id) & Entry.public_id.in_(list(shown)))
        .tuples()
    )
    as_they_are = {entry for entry, number in cast(Iterable[Any], read) if number >= shown[entry]}
    return frozenset(shown) - as_they_are


def _shared(viewer: Viewer, audience: records.Audience, now: dt.datetime, most: int) -> list[records.Entry]:
    query = (
        access.granted_entries_for(viewer, now=now)
        .where(
            fn.EXISTS(
                Grant.select(Grant.id).where(
                    (Grant.entry == Entry.id) & Grant.revoked_at.is_null() & (Grant.audience == audience)
                )
            )
        )
        .order_by(Entry.entry_date.desc(), Entry.id.desc())
        .limit(most)
    )
    return load(query, viewer, now=now, comments=True)


def _unread(viewer: Viewer, now_read: Any) -> "ModelSelect[Entry]":
    """Entries that reach the viewer by a match and that they have not read as they are.

    `now_read`: an alias of Revision, for the one that they had before them last.
    """
    return (
        access.accompanied_entries_for(viewer)
        .join(Reading, JOIN.LEFT_OUTER, on=(Reading.entry == Entry.id) & (Reading.reader == viewer.user_id))
        .join(now_read, JOIN.LEFT_OUTER, on=Reading.revision == now_read.id)
        .where(Reading.id.is_null() | (now_read.number < Entry.revision_number))
        .switch(Entry)
    )


def _by_owner(entries: "ModelSelect[Entry]") -> dict[int, int]:
    """How many entries there are of each owner."""
    rows = entries.select(Entry.owner, fn.COUNT(Entry.id.distinct())).group_by(Entry.owner).tuples()
    return dict(cast(Iterable[tuple[int, int]], rows))


def _own_comment(viewer: Viewer, comment_id: str, now: dt.datetime) -> Comment:
    comment = Comment.get_or_none((Comment.public_id == comment_id) & (Comment.author == viewer.user_id))
    if comment is None:
        raise errors.NotFound
    access.entry_for(viewer, comment.entry.public_id, now=now)
    return comment


def _revision_before(viewer: Viewer, entry: Entry, number: int, now: dt.datetime) -> Revision:
    """The revision that the viewer says they read: one that stood while they could read the entry."""
    revision = Revision.get_or_none((Revision.entry == entry.id) & (Revision.number == number))
    if revision is None:
        raise errors.NotFound
    if entry.owner_id != viewer.user_id and number < entry.revision_number:
        after = Revision.get((Revision.entry == entry.id) & (Revision.number == number + 1))
        if after.started_at <= access.could_read_since(viewer, entry, now=now):
            raise errors.NotFound
    return revision


def _answered(entry: Entry, answers: str | None) -> Comment | None:
    if not answers:
        return None
    above = Comment.get_or_none(
        (Comment.public_id == answers) & (Comment.entry == entry.id) & Comment.withdrawn_at.is_null()
    )
    if above is None:
        raise errors.Invalid("The comment that you answer is gone.", field="answers")
    depth, higher = 1, above
    while higher.answers_id is not None:
        depth, higher = depth + 1, higher.answers
    return cast(Comment, above if depth < DEPTH_MOST else above.answers)


def _mark(entry: Entry, viewer: Viewer, revision: Revision, now: dt.datetime) -> None:
    where = (Reading.entry == entry.id) & (Reading.reader == viewer.user_id)
    there = Reading.get_or_none(where)
    if there is None:
        Reading.create(entry=entry.id, reader=viewer.user_id, revision=revision.id, read_at=now)
    elif there.revision.number <= revision.number:
        Reading.update(revision=revision.id, read_at=now).where(where).execute()

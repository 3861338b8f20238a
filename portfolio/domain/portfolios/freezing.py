"""Editions: numbered copies of what was chosen, each of which stays as it was."""

import datetime as dt
import pathlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, cast

from peewee import fn

from portfolio.domain import accounts, errors, records
from portfolio.domain.diary.loading import load
from portfolio.domain.portfolios import facts
from portfolio.domain.portfolios.anonymising import Disguise
from portfolio.domain.portfolios.choosing import (
    IN_ORDER,
    choices_from_json,
    choices_to_json,
    composed,
    finished,
    gathered,
)
from portfolio.domain.portfolios.collected import let_go_of_zips
from portfolio.domain.portfolios.participants import disguise_for
from portfolio.domain.records import Choices, Viewer
from portfolio.store import database, files
from portfolio.store.diary import Entry, Revision
from portfolio.store.jobs import Job, JobState
from portfolio.store.portfolios import Edition, EditionEntry, FrozenEdition, ShareLink, Submission

GONE = "Something that this edition holds was removed for good, so it cannot be made again."
NOT_WHOLE = "This edition cannot be made again just as it was. Make a new one."


class NothingChosen(errors.Invalid):
    """No entry is left of a diary by what was chosen."""


@dataclass(frozen=True, slots=True)
class EditionView:
    public_id: str
    number: int
    variant: str
    made_at: dt.datetime
    content_hash: str
    pages: int
    size: int
    plain: int = 0  # parts that could not be typeset and stand there in plain words
    choices: Choices = field(default_factory=Choices)


def freeze_edition(viewer: Viewer, choices: Choices, *, now: dt.datetime) -> tuple[str, records.Portfolio]:
    """Freeze a numbered edition; returns its public id and what it holds.

    It names the revision of each entry, which from now on no quick save folds into. When
    nothing has changed since the last edition of the same choices, that one is given again.
    Raises Invalid, when nothing is chosen too.
    """
    with database.transaction():
        database.in_turn(viewer.user_id)
        chosen = gathered(viewer, choices, now=now)
        disguise = disguise_for(viewer, chosen) if chosen.anonymised else None
        portfolio = finished(chosen, disguise)
        if not portfolio.entries:
            raise NothingChosen(
                "No entry meets these choices. Private entries are in it only if you choose them."
            )
        same = (Edition.owner == viewer.user_id) & (Edition.content_hash == portfolio.content_hash)
        there = Edition.select().where(same).order_by(Edition.number.desc()).first()
        if there is not None:
            _write_down(there, chosen)
            return there.public_id, _numbered(portfolio, there)
        _free_numbers(viewer.user_id)
        number = (
            Edition.select(fn.MAX(Edition.number)).where(Edition.owner == viewer.user_id).scalar() or 0
        ) + 1
        edition = Edition.create(
            owner=viewer.user_id,
            number=number,
            variant=choices.variant,
            choices=choices_to_json(chosen.choices) | ({"disguise": disguise.to_json()} if disguise else {}),
            content_hash=portfolio.content_hash,
            made_at=now,
        )
        rows = {
            e.public_id: e.id
            for e in Entry.select(Entry.id, Entry.public_id).where(Entry.owner == viewer.user_id)
        }
        EditionEntry.insert_many(
            [
                {"edition": edition.id, "entry": rows[e.public_id], "revision_number": e.revision_number}
                for e in chosen.entries
            ]
        ).execute()
        _write_down(edition, chosen)
        accounts.note("edition frozen", now=now, actor=viewer.user_id, subject=edition.public_id)
    return str(edition.public_id), _numbered(portfolio, edition)


def _free_numbers(owner_id: int) -> None:
    """Let go of the last editions whose making was stopped or failed: no file bears their numbers.

    What the shell makes has no job, and is left alone.
    """
    over = {JobState.CANCELLED, JobState.FAILED}
    books = list(Job.select().where((Job.owner == owner_id) & (Job.kind == "book")))
    for last in list(Edition.select().where(Edition.owner == owner_id).order_by(Edition.number.desc())):
        states = {job.state for job in books if job.arguments.get("edition") == last.public_id}
        if last.pages or last.stored_name or not states or states - over:
            return
        Edition.delete().where(Edition.id == last.id).execute()


def _write_down(edition: Edition, portfolio: records.Portfolio) -> None:
    """What the edition froze, with all names in it, unless it is written down already."""
    there = FrozenEdition.get_or_none(FrozenEdition.edition == edition.id)
    if there is not None and there.facts:
        return
    frozen = replace(
        portfolio, edition=edition.number, made_at=edition.made_at, content_hash=edition.content_hash
    )
    values = {"facts": facts.pack(frozen), "photographs": facts.photographs_of(frozen)}
    if there is None:
        FrozenEdition.create(edition=edition.id, **values)
    else:
        FrozenEdition.update(values).where(FrozenEdition.id == there.id).execute()


def portfolio_of_edition(viewer: Viewer, edition_id: str) -> records.Portfolio:
    """What an edition froze, as it was then, whatever was changed or deleted since.

    Raises NotFound; Conflict where something of it was removed for good, or is not what was frozen.
    """
    edition = own_edition(viewer, edition_id)
    frozen = FrozenEdition.get_or_none(FrozenEdition.edition == edition.id)
    if frozen is None:
        return _loaded_again(viewer, edition)
    if not frozen.facts:
        raise errors.Conflict(GONE)
    try:
        portfolio = facts.unpack(frozen.facts, _revisions(edition))
    except KeyError:
        raise errors.Conflict(GONE) from None
    except ValueError:
        raise errors.Conflict(NOT_WHOLE) from None
    portfolio = finished(portfolio, _disguise_of(edition))
    if portfolio.content_hash != edition.content_hash:
        raise errors.Conflict(NOT_WHOLE)
    return _numbered(portfolio, edition)


def _disguise_of(edition: Edition) -> Disguise | None:
    """Under what an edition is anonymised: what was known on that day, not what is known today."""
    given = edition.choices.get("disguise")
    return Disguise.from_json(given) if given else None


def _revisions(edition: Edition) -> dict[str, Revision]:
    """The revisions that an edition holds, by the public id of their entry."""
    query = (
        Revision.select(Revision, Entry)
        .join(Entry)
        .join(
            EditionEntry,
            on=(EditionEntry.entry == Entry.id) & (EditionEntry.revision_number == Revision.number),
        )
        .where(EditionEntry.edition == edition.id)
    )
    return {row.entry.public_id: row for row in query}


def _loaded_again(viewer: Viewer, edition: Edition) -> records.Portfolio:
    """An edition from before what it froze was written down: entries in their frozen revisions.

    Comments are as of that day, all else as of today; an entry that was deleted since is left out.
    """
    choices = choices_from_json(edition.choices)
    held = Entry.select().join(EditionEntry).where(EditionEntry.edition == edition.id)
    frozen = _revisions(edition)
    loaded = load(
        held.where(Entry.deleted_at.is_null()).order_by(*IN_ORDER),
        viewer,
        now=edition.made_at,
        comments=choices.comments,
    )
    entries = [
        replace(
            e,
            title=frozen[e.public_id].title,
            body=frozen[e.public_id].body,
            html=frozen[e.public_id].html,
            words=frozen[e.public_id].words,
            language=cast(records.Language, frozen[e.public_id].language),
            revision_number=frozen[e.public_id].number,
            written_at=frozen[e.public_id].written_at,
            comments=_said_by(e.comments, edition.made_at),
        )
        for e in loaded
    ]
    portfolio = finished(composed(viewer, choices, entries, edition.made_at), _disguise_of(edition))
    return replace(_numbered(portfolio, edition), content_hash=edition.content_hash)


def _numbered(portfolio: records.Portfolio, edition: Edition) -> records.Portfolio:
    """As an edition. An anonymised one bears neither number nor date: both are in the owner's list."""
    if portfolio.anonymised:
        return portfolio
    return replace(portfolio, edition=edition.number, made_at=edition.made_at)


def _said_by(comments: Iterable[records.Comment], moment: dt.datetime) -> tuple[records.Comment, ...]:
    """Threads as they stood at a moment."""
    return tuple(replace(c, replies=_said_by(c.replies, moment)) for c in comments if c.written_at <= moment)


def finish_edition(edition_id: str, *, stored_name: str, pages: int, size: int, plain: int = 0) -> bool:
    """Say where the one file of an edition lies, with its pages and bytes; False where it has one already.

    `plain`: parts of it that stand there in plain words.
    """
    there = Edition.get_or_none(Edition.public_id == edition_id)
    if there is None or file_is_there(there.stored_name):
        return False
    as_found = (Edition.id == there.id) & Edition.stored_name.is_null()
    if there.stored_name:  # its file was lost
        as_found = (Edition.id == there.id) & (Edition.stored_name == there.stored_name)
    values: dict[str, Any] = {"stored_name": stored_name, "pages": pages, "size": size, "plain": plain}
    return bool(Edition.update(values).where(as_found).execute())


def file_is_there(stored_name: str | None) -> bool:
    """Whether a file of this name is kept."""
    return bool(stored_name) and files.path_of(str(stored_name)).exists()


def editions(viewer: Viewer) -> list[EditionView]:
    """The viewer's finished editions, the newest first."""
    rows = (
        Edition.select()
        .where((Edition.owner == viewer.user_id) & Edition.stored_name.is_null(False))
        .order_by(Edition.number.desc())
    )
    return [edition_view(e) for e in rows]


def edition_files(viewer: Viewer) -> dict[str, pathlib.Path]:
    """The PDFs of the viewer's finished editions, by a telling name, for the open archive."""
    rows = Edition.select().where((Edition.owner == viewer.user_id) & Edition.stored_name.is_null(False))
    found = {
        f"edition-{row.number}-{row.variant}.pdf": files.path_of(str(row.stored_name))
        for row in rows.order_by(Edition.number)
    }
    return {name: path for name, path in found.items() if path.exists()}


def edition_file(viewer: Viewer, edition_id: str) -> tuple[EditionView, str]:
    """One of the viewer's own editions and the stored name of its file. Raises NotFound."""
    edition = own_edition(viewer, edition_id)
    if edition.stored_name is None:
        raise errors.NotFound
    return edition_view(edition), str(edition.stored_name)


def finished_edition(viewer: Viewer, edition_id: str) -> tuple[EditionView, str] | None:
    """As `edition_file`, but None where there is no edition, or no file of it."""
    edition = Edition.get_or_none((Edition.public_id == edition_id) & (Edition.owner == viewer.user_id))
    if edition is None or not file_is_there(edition.stored_name):
        return None
    return edition_view(edition), str(edition.stored_name)


def finish_site(edition_id: str, *, stored_name: str, size: int) -> bool:
    """Say where the site of an edition lies; False where it has one already."""
    unfinished = (Edition.public_id == edition_id) & Edition.site_name.is_null()
    return bool(Edition.update(site_name=stored_name, site_size=size).where(unfinished).execute())


def choices_of_edition(viewer: Viewer, edition_id: str) -> Choices:
    """What one of the viewer's editions was chosen by. Raises NotFound."""
    return choices_from_json(own_edition(viewer, edition_id).choices)


def sites_without_links(*, now: dt.datetime) -> list[str]:
    """Let go of the sites of editions to which no open link leads; returns the stored names to remove."""
    open_ = (ShareLink.document == "site") & ShareLink.revoked_at.is_null() & (ShareLink.expires_at > now)
    linked = ShareLink.select(ShareLink.edition).where(open_)
    over = Edition.site_name.is_null(False) & Edition.id.not_in(linked)
    names = [str(row.site_name) for row in Edition.select(Edition.site_name).where(over)]
    Edition.update(site_name=None, site_size=0).where(Edition.site_name.in_(names)).execute()
    return names


def remove_edition_files(viewer: Viewer, edition_id: str, *, now: dt.datetime) -> None:
    """Let go of what was made of an edition: its links end, leads lose it, its files are removed.

    Its number stays: asked for again with nothing changed, it is frozen and made again.
    Raises NotFound.
    """
    with database.transaction():
        database.in_turn(viewer.user_id)
        edition = own_edition(viewer, edition_id)
        if edition.stored_name is None:
            raise errors.NotFound
        of_it = ShareLink.edition == edition.id
        ShareLink.update(revoked_at=now).where(of_it & ShareLink.revoked_at.is_null()).execute()
        handed_in = (Submission.edition == edition.id) & Submission.withdrawn_at.is_null()
        handed = list(Submission.select().where(handed_in))
        Submission.update(withdrawn_at=now).where(handed_in).execute()
        let_go_of_zips(handed)
        Edition.update(stored_name=None, site_name=None, size=0, site_size=0).where(
            Edition.id == edition.id
        ).execute()
        FrozenEdition.update(facts="", photographs=[]).where(FrozenEdition.edition == edition.id).execute()
        names = {str(name) for name in (edition.stored_name, edition.site_name) if name}
        of_it_too = [job for job in _jobs(viewer) if job.arguments.get("edition") == edition_id]
        names |= {str(job.stored_name) for job in of_it_too if job.stored_name}
        Job.update(stored_name="").where(Job.stored_name.in_(sorted(names))).execute()
        for name in sorted(names):
            database.after_commit(partial(files.remove, name))
        accounts.note("edition removed", now=now, actor=viewer.user_id, subject=edition.public_id)


def _jobs(viewer: Viewer) -> Iterable[Job]:
    """The viewer's books and sites that were asked for."""
    return Job.select().where((Job.owner == viewer.user_id) & Job.kind.in_(["book", "site"]))


def own_edition(viewer: Viewer, edition_id: str) -> Edition:
    """One of the viewer's editions, made or not. Raises NotFound."""
    edition = Edition.get_or_none((Edition.public_id == edition_id) & (Edition.owner == viewer.user_id))
    if edition is None:
        raise errors.NotFound
    return edition


def edition_view(row: Edition) -> EditionView:
    return EditionView(
        row.public_id, row.number, row.variant, row.made_at, row.content_hash, row.pages, row.size, row.plain,
        choices_from_json(row.choices),
    )  # fmt: skip

"""What of an import takes long, and is made before anybody has to wait for it: texts and pictures."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from portfolio.domain import errors, markup
from portfolio.domain.diary import entries as keeping
from portfolio.domain.diary import photographs, texts
from portfolio.domain.errors import Said
from portfolio.domain.exchange import ImportedEntry
from portfolio.domain.importing.checks import flat
from portfolio.domain.importing.places import free_id
from portfolio.store import files
from portfolio.store.diary import Entry, Photograph


@dataclass(frozen=True, slots=True)
class Ready:
    """What of an entry can be made before anything is written."""

    texts: list[tuple[int, texts.Made, dt.datetime | None]]  # number, text, when written; oldest first
    pictures: dict[str, photographs.Stored] = field(default_factory=dict)  # by the id that each gets
    html: dict[str, str] = field(default_factory=dict)  # of comments, by their texts

    def drop_files(self) -> None:
        for stored in self.pictures.values():
            files.remove(stored.name)


def make_new(imported: ImportedEntry) -> Ready:
    """Render a new entry's texts and comments, and write its pictures to the disk.

    Raises ImportRefused, Invalid.
    """
    revisions: list[tuple[int, str, str, dt.datetime | None]] = [
        (r.number, r.title, r.body, r.written_at) for r in imported.revisions
    ] or [(max(1, imported.revision_number), imported.title, imported.body, imported.written_at)]
    ready = Ready([])
    try:
        for picture in imported.photographs:
            public_id = free_id(Photograph, picture.public_id)
            ready.pictures[public_id] = photographs.write_file(*photographs.as_encoded_here(picture.read()))
        shown = list(ready.pictures)  # a text shows no picture of somebody else's by the same name
        for number, title, body, moment in revisions:
            made = texts.make(title_of(title), body, imported.tags, photographs=shown)
            ready.texts.append((number, made, moment))
        for comment in flat(imported.comments):
            ready.html[comment.body] = markup.render(comment.body).html
    except BaseException:
        ready.drop_files()
        raise
    return ready


def make_changed(imported: ImportedEntry, entry: Entry) -> Ready:
    """Render the text that an entry gets as its next revision."""
    made = texts.make(title_of(imported.title), imported.body, imported.tags, entry)
    return Ready([(entry.revision_number + 1, made, None)])


def renames(imported: ImportedEntry) -> bool:
    """Whether somebody has an id here that one of a new entry's photographs had."""
    ids = [picture.public_id for picture in imported.photographs]
    return bool(ids) and Photograph.select().where(Photograph.public_id.in_(ids)).exists()


def problems_of_pictures(imported: ImportedEntry) -> Iterable[str]:
    """Why photographs of a new entry cannot be taken. Nothing is written."""
    for picture in imported.photographs:
        try:
            photographs.size_of(picture.read())
        except errors.ImportRefused as refusal:
            yield from refusal.problems
        except errors.Invalid as refusal:
            reason = Said(refusal.template, **refusal.fields)
            yield Said("%(file)s: %(reason)s", file=imported.source_name, reason=reason)


def title_of(title: str) -> str:
    """A title as the diary keeps it."""
    return keeping.draft_title(keeping.Draft("", title))

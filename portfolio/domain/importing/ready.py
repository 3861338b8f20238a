"""What of an import takes long, and can be made before anybody has to wait for it: texts and pictures."""

import datetime as dt
from dataclasses import dataclass

from portfolio.domain import markup
from portfolio.domain.diary import entries as keeping
from portfolio.domain.diary import photographs, texts
from portfolio.domain.exchange import ImportedEntry
from portfolio.domain.importing.checks import flat
from portfolio.store import files


@dataclass(frozen=True, slots=True)
class Ready:
    """What of a new entry can be made before anything is written."""

    texts: list[tuple[int, texts.Made, dt.datetime | None]]  # number, text, when written; oldest first
    photographs: list[photographs.Stored]
    html: dict[str, str]  # of comments, by their texts


def make_ready(imported: ImportedEntry) -> Ready:
    """Render a new entry's texts and comments, and write its pictures to the disk.

    Raises ImportRefused, Invalid.
    """
    revisions: list[tuple[int, str, str, dt.datetime | None]] = [
        (r.number, r.title, r.body, r.written_at) for r in imported.revisions
    ] or [(max(1, imported.revision_number), imported.title, imported.body, imported.written_at)]
    shown = [picture.public_id for picture in imported.photographs]
    stored: list[photographs.Stored] = []
    try:
        for picture in imported.photographs:
            stored.append(photographs.write_file(*photographs.as_encoded_here(picture.read())))
        return Ready(
            [
                (number, texts.make(title_of(title), body, imported.tags, photographs=shown), moment)
                for number, title, body, moment in revisions
            ],
            stored,
            {comment.body: markup.render(comment.body).html for comment in flat(imported.comments)},
        )
    except BaseException:
        for kept in stored:
            files.remove(kept.name)
        raise


def title_of(title: str) -> str:
    """A title as the diary keeps it."""
    return keeping.draft_title(keeping.Draft("", title))

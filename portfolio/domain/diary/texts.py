"""What becomes of a text before it is kept: its HTML, its words counted, the terms under which it is found.

Rendering may take a second and a half, and everybody else's saves wait while one holds the database's write
lock. So this is done before a transaction, not in it.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from portfolio.domain import markup
from portfolio.domain.text import count_words, language_of, normalise, search_terms
from portfolio.store.diary import Entry, Photograph, Revision


@dataclass(frozen=True, slots=True)
class Made:
    """A text made ready."""

    columns: dict[str, Any]  # of its revision
    terms: list[str]

    def same_as(self, revision: Revision) -> bool:
        return (self.columns["title"], self.columns["body"]) == (revision.title, revision.body)


def make(
    title: str, body: str, tags: Iterable[str], entry: Entry | None = None, *, photographs: Sequence[str] = ()
) -> Made:
    """A text made ready for an entry, whose photographs it may show, or for a new one.

    `title` is in one line. `photographs`: public ids that a new entry will have. What the
    entry's present revision says already is not rendered again.
    """
    body = normalise(body)
    there: Revision | None = None
    if entry is not None:
        there = Revision.get_or_none(
            (Revision.entry == entry.id) & (Revision.number == entry.revision_number)
        )
    if there is not None and (there.title, there.body) == (title, body):
        html, renderer = there.html, there.renderer
    else:
        rendered = markup.render(body, _photographs(entry) if entry else photographs)
        html, renderer = rendered.html, rendered.renderer
    columns = {
        "title": title,
        "body": body,
        "html": html,
        "renderer": renderer,
        "language": language_of(body or title),
        "words": count_words(body),
        "sha256": hashlib.sha256(body.encode()).hexdigest(),
    }
    return Made(columns, terms(title, body, tags))


def terms(title: str, body: str, tags: Iterable[str]) -> list[str]:
    """Terms under which an entry is found, of its words without Markdown's signs."""
    return search_terms("\n".join([title, markup.plain(body), *tags]))


def _photographs(entry: Entry) -> tuple[str, ...]:
    rows = Photograph.select(Photograph.public_id).where(Photograph.entry == entry.id)
    return tuple(p.public_id for p in rows)

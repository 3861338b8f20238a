"""What an edition froze, written down: a portfolio without the words of its entries, which are in revisions.

So it stays as it was whatever becomes of tags, stages, marks, comments, narratives and names; and
what is done to a revision, or an entry that is removed for good, still reaches it.
"""

import base64
import pathlib
import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import cast

import msgspec

from portfolio.domain import records
from portfolio.store import files
from portfolio.store.diary import Revision

_decoder = msgspec.json.Decoder(records.Portfolio)


def pack(portfolio: records.Portfolio) -> str:
    """The facts as a short text; `unpack` gives the portfolio back."""
    entries = tuple(
        replace(e, title="", body="", html="", photographs=tuple(map(_by_name, e.photographs)))
        for e in portfolio.entries
    )
    return base64.b85encode(zlib.compress(msgspec.json.encode(replace(portfolio, entries=entries)))).decode()


def unpack(packed: str, revisions: Mapping[str, Revision]) -> records.Portfolio:
    """The portfolio, with the words of these revisions, by the public id of their entry.

    Raises KeyError where one is missing, ValueError where the facts are not what was packed.
    """
    try:
        portfolio = _decoder.decode(zlib.decompress(base64.b85decode(packed)))
    except (zlib.error, msgspec.DecodeError) as error:
        raise ValueError(str(error)) from None
    return replace(
        portfolio, entries=tuple(_with_words(e, revisions[e.public_id]) for e in portfolio.entries)
    )


def photographs_of(portfolio: records.Portfolio) -> list[str]:
    """The stored names of all photographs."""
    return sorted({_by_name(p).path for entry in portfolio.entries for p in entry.photographs})


def _by_name(photograph: records.Photograph) -> records.Photograph:
    """By its stored name alone: the folder that it lies in is another one after a restore."""
    return replace(photograph, path=pathlib.Path(photograph.path).name)


def _with_words(entry: records.Entry, row: Revision) -> records.Entry:
    return replace(
        entry,
        title=row.title,
        body=row.body,
        html=row.html,
        words=row.words,
        language=cast(records.Language, row.language),
        photographs=tuple(replace(p, path=str(files.path_of(p.path))) for p in entry.photographs),
    )

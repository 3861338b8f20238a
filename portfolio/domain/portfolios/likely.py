"""The book that somebody will probably ask for, so that its pieces can be laid out before they do."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

from peewee import fn

from portfolio.domain import errors, records
from portfolio.domain.portfolios.choosing import choices_from_json, select
from portfolio.domain.records import Choices, Viewer
from portfolio.store.portfolios import Edition

PROPOSED = (Choices(variant="review"), Choices(variant="own", private=True))  # on the page, at first


def likely_books(viewer: Viewer, *, now: dt.datetime) -> Iterator[records.Portfolio]:
    """What the viewer may soon want as a book, as the next edition; nothing where nothing is kept."""
    of_viewer = Edition.select().where(Edition.owner == viewer.user_id)
    last = of_viewer.order_by(Edition.number.desc()).first()
    number = (Edition.select(fn.MAX(Edition.number)).where(Edition.owner == viewer.user_id).scalar() or 0) + 1
    for choices in _likely(choices_from_json(last.choices)) if last else PROPOSED:
        try:
            portfolio = select(viewer, choices, now=now)
        except errors.Invalid:  # a stage of that time is no longer theirs
            continue
        if portfolio.entries:
            yield replace(portfolio, edition=number)


def _likely(last: Choices) -> list[Choices]:
    """What was chosen last; and all of the diary for the same reader, since much is chosen once only."""
    whole = Choices(variant=last.variant, private=last.private, comments=last.comments, layout=last.layout)
    return list(dict.fromkeys((last, whole)))

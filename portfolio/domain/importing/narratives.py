"""Writing what was told about a whole diary into it: narratives and attainments."""

import datetime as dt
from collections.abc import Mapping

from portfolio.domain.exchange import ImportBundle
from portfolio.domain.records import Viewer
from portfolio.domain.text import language_of
from portfolio.store.diary import Entry
from portfolio.store.portfolios import Attainment, Evidence, Narrative
from portfolio.store.programme import Stage

AUTHOR_LONGEST = 120  # characters; a longer name is cut


def write_narratives(viewer: Viewer, bundle: ImportBundle, html: Mapping[str, str], now: dt.datetime) -> None:
    """The narratives that are not there yet; `html` by their texts."""
    for narrative in bundle.narratives:
        author_name = narrative.author_name[:AUTHOR_LONGEST]
        there = (Narrative.subject == viewer.user_id) & (Narrative.kind == narrative.kind)
        if narrative.kind == "mentor":
            there &= Narrative.author_name == author_name
        if Narrative.select().where(there).exists():
            continue
        Narrative.create(
            subject=viewer.user_id,
            author=viewer.user_id if narrative.kind == "student" else None,
            author_name=author_name,
            kind=narrative.kind,
            body=narrative.body,
            html=html[narrative.body],
            language=language_of(narrative.body),
            written_on=narrative.written_on,
            updated_at=now,
        )


def write_attainments(
    viewer: Viewer,
    bundle: ImportBundle,
    stages: Mapping[str, Stage | None],
    entries: Mapping[str, Entry],
    now: dt.datetime,
) -> None:
    """The attainments that are not there yet; `stages` and `entries` by imported id."""
    for attainment in bundle.attainments:
        stage = stages.get(attainment.stage_id)
        if stage is None:
            continue
        there = (
            (Attainment.owner == viewer.user_id)
            & (Attainment.stage == stage.id)
            & (Attainment.competency == attainment.competency)
        )
        if Attainment.select().where(there).exists():
            continue
        row = Attainment.create(
            owner=viewer.user_id, stage=stage.id, competency=attainment.competency,
            narrative=attainment.narrative, updated_at=now,
        )  # fmt: skip
        for position, public_id in enumerate(attainment.evidence):
            if public_id in entries:
                Evidence.create(attainment=row.id, entry=entries[public_id].id, position=position)

"""Choices that somebody gave a name, to make the same again."""

import datetime as dt
from dataclasses import dataclass

from peewee import IntegrityError

from portfolio.domain import errors
from portfolio.domain.portfolios.choosing import choices_from_json, choices_to_json
from portfolio.domain.records import Choices, Viewer
from portfolio.domain.text import normalise
from portfolio.store import database
from portfolio.store.portfolios import Preset

PRESETS_MOST = 30
NAME_LONGEST = 80


@dataclass(frozen=True, slots=True)
class PresetView:
    public_id: str
    name: str
    kind: str  # book, site, …
    choices: Choices


def presets(viewer: Viewer) -> list[PresetView]:
    """The viewer's named choices, by name."""
    rows = Preset.select().where(Preset.owner == viewer.user_id)
    return sorted((_view(row) for row in rows), key=lambda one: one.name.casefold())


def preset(viewer: Viewer, preset_id: str) -> PresetView:
    """One of the viewer's named choices. Raises NotFound."""
    return _view(_own(viewer, preset_id))


def save_preset(viewer: Viewer, name: str, kind: str, choices: Choices, *, now: dt.datetime) -> str:
    """Keep choices under a name; one that is there already is replaced. Returns its id. Raises Invalid."""
    name = _name(name)
    values = {"kind": kind, "choices": choices_to_json(choices), "updated_at": now}
    with database.transaction():
        database.in_turn(viewer.user_id)
        there = Preset.get_or_none((Preset.owner == viewer.user_id) & (Preset.name == name))
        if there is not None:
            Preset.update(**values).where(Preset.id == there.id).execute()
            return str(there.public_id)
        if Preset.select().where(Preset.owner == viewer.user_id).count() >= PRESETS_MOST:
            raise errors.Invalid(
                "There are %(count)s saved choices already. Delete one of them.",
                field="preset",
                count=PRESETS_MOST,
            )
        return str(Preset.create(owner=viewer.user_id, name=name, **values).public_id)


def rename_preset(viewer: Viewer, preset_id: str, name: str) -> None:
    """Raises NotFound, Invalid, also where another one has this name."""
    row, name = _own(viewer, preset_id), _name(name)
    try:
        with database.transaction():
            Preset.update(name=name).where(Preset.id == row.id).execute()
    except IntegrityError:
        raise errors.Invalid("Other choices have this name already.", field="name") from None


def delete_preset(viewer: Viewer, preset_id: str) -> PresetView:
    """Returns what was deleted, so that it can be brought back. Raises NotFound."""
    row = _own(viewer, preset_id)
    row.delete_instance()
    return _view(row)


def _name(name: str) -> str:
    name = " ".join(normalise(name).split())
    if not 1 <= len(name) <= NAME_LONGEST:
        raise errors.Invalid("A name has 1 to %(count)s characters.", field="preset", count=NAME_LONGEST)
    return name


def _own(viewer: Viewer, preset_id: str) -> Preset:
    row = Preset.get_or_none((Preset.public_id == preset_id) & (Preset.owner == viewer.user_id))
    if row is None:
        raise errors.NotFound
    return row


def _view(row: Preset) -> PresetView:
    return PresetView(row.public_id, row.name, row.kind, choices_from_json(row.choices))

"""Two programmes to begin from, kept as data in `presets.toml` beside this file."""

import functools
import pathlib
import tomllib
from dataclasses import dataclass
from typing import Any

from portfolio.domain.programme.programmes import check_stages
from portfolio.domain.programme.views import StageDraft
from portfolio.domain.records import Language

PRESETS = ("identity", "mentoring")


@dataclass(frozen=True, slots=True)
class Preset:
    """A programme to begin from: `identity` (Li & Zhong 2023) or `mentoring` (Krishna et al. 2024)."""

    key: str
    name: str
    source: str
    schedule: str
    stages: tuple[StageDraft, ...]


def presets(language: Language = "en") -> tuple[Preset, ...]:
    """All presets, in one language."""
    return tuple(_preset(key, language) for key in PRESETS)


def preset(key: str, language: Language = "en") -> list[StageDraft]:
    """The stages of one preset. Raises KeyError for an unknown one, Invalid for stages that overlap."""
    return list(_preset(key, language).stages)


def _preset(key: str, language: Language) -> Preset:
    chosen = _data()[key]

    def said(value: Any) -> Any:
        return value[language] if isinstance(value, dict) else value

    stages = tuple(
        StageDraft(
            name=said(stage["name"]),
            identity_label=said(stage.get("identity_label", "")),
            starts_on=stage.get("starts_on"),
            ends_on=stage.get("ends_on"),
            objectives=tuple(said(stage.get("objectives", ()))),
            competencies=tuple(said(stage.get("competencies", ()))),
        )
        for stage in chosen["stages"]
    )
    check_stages(stages)
    schedule = {"shared": "calendar", "personal": "person"}[chosen["calendar"]]
    return Preset(key, said(chosen["name"]), chosen["source"], schedule, stages)


@functools.cache
def _data() -> dict[str, Any]:
    return tomllib.loads((pathlib.Path(__file__).parent / "presets.toml").read_text(encoding="utf-8"))

"""Requests become domain calls, and what they return becomes pages. Each view loads, checks, renders."""

import datetime as dt
from typing import Literal, cast

from flask import current_app, flash, g

from portfolio.domain.records import Viewer


def now() -> dt.datetime:
    """The present moment in UTC, by the clock of the app, which tests may move."""
    return cast(dt.datetime, current_app.config["CLOCK"]())


def viewer() -> Viewer:
    """The signed-in person. Views that are not public always have one."""
    return cast(Viewer, g.viewer)


def notice(sentence: str, *, kind: Literal["", "good", "caution", "danger"] = "good", undo: str = "") -> None:
    """Lay a slip of paper into the next page: one sentence; `undo` is an address that its button posts to."""
    flash({"sentence": sentence, "undo": undo}, kind)  # type: ignore[arg-type]  # any JSON will do

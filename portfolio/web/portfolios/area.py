"""The blueprint of what one takes along, and how its pages say sizes and variants."""

from babel.numbers import format_decimal
from flask import Blueprint, current_app
from flask_babel import get_locale
from flask_babel import lazy_gettext as N_

from portfolio import jobs
from portfolio.domain.portfolios import Room

BYTES_PER_KB, BYTES_PER_MB = 1024, 1024**2  # as the settings count

OTHER_FORMATS = {  # kind: name, what it is for
    "epub": (N_("An e-book (EPUB)"), N_("To read on a phone or an e-reader, or to be read aloud.")),
    "leap2a": (N_("For another portfolio (Leap2A)"), N_("To go on in Mahara, or wherever Leap2A is read.")),
    "csv": (N_("Tables (CSV)"), N_("Entries and comments for a spreadsheet.")),
    "json": (N_("Data (JSON)"), N_("Entries and comments for programs.")),
}
KINDS = {"book": N_("A book (PDF)"), "site": N_("A site"), "archive": N_("An archive")} | {
    kind: name for kind, (name, _) in OTHER_FORMATS.items()
}
VARIANTS = {"review": N_("for a reviewer"), "own": N_("for yourself"), "anonymised": N_("anonymised")}

bp = Blueprint("portfolios", __name__)


@bp.app_template_filter()
def filesize(size: int) -> str:
    """“4.2 MB”, “318 KB”."""
    unit, per = ("MB", BYTES_PER_MB) if size >= BYTES_PER_MB else ("KB", BYTES_PER_KB)
    number = format_decimal(size / per, "#,##0.#" if unit == "MB" else "#,##0", locale=get_locale() or "en")
    return f"{number} {unit}"


def room() -> Room:
    """What this site leaves to documents."""
    return jobs.room_of(current_app.config["SETTINGS"])


@bp.app_template_global()
def kinds() -> dict[str, object]:
    return dict(KINDS)


@bp.app_template_global()
def variants() -> dict[str, object]:
    return dict(VARIANTS)

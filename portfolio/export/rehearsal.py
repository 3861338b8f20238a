"""A book that nobody reads: it is made before the first real one, so that everything is loaded and warm."""

import datetime as dt
import tempfile
from pathlib import Path

from portfolio.domain.records import Choices, Comment, Entry, Language, Month, Portfolio, Stage, Threshold
from portfolio.export.book_plan import Book
from portfolio.export.piece_store import PieceStore
from portfolio.export.press import Press

_DAY = dt.date(2020, 9, 1)
_AT = dt.datetime(2020, 9, 1, 12, tzinfo=dt.UTC)
_STAGE = Stage("stage", 1, "Stage", "Stage", _DAY, _DAY, ("An objective",))
_TEXTS: dict[Language, str] = {"en": "<p>Words <em>of</em> <strong>it</strong>.</p>", "zh": "<p>文字。</p>"}


def rehearse() -> None:
    """Makes a book of two entries in each language, in this process."""
    with tempfile.TemporaryDirectory(prefix="portfolio-") as folder:
        for language in _TEXTS:
            store = PieceStore(Path(folder))
            press = Press(Book(_portfolio(language)), store, lambda _step, _share: None, 0, processes=0)
            press.print(Path(folder) / "book.pdf")


def _portfolio(language: Language) -> Portfolio:
    entries = tuple(_entry(number, given) for number, given in enumerate(_TEXTS))
    month = Month(1, 2020, 9, "stage", 2, prompts=1, meetings=1, by_stage=(("stage", 2),))
    return Portfolio(
        owner_id="", owner_login="", owner_name="Nobody", programme_name="", cohort_name="",
        language=language, timezone="UTC", made_at=_AT, edition=1, choices=Choices(), starts_on=_DAY,
        ends_on=_DAY,
        stages=(_STAGE,), entries=entries, months=(month,), left_out=0, content_hash="0" * 64,
    )  # fmt: skip


def _entry(number: int, language: Language) -> Entry:
    text = _TEXTS[language]
    comment = Comment("c", "Nobody", "mentor", False, _AT, 1, "Words", text, language)
    return Entry(
        public_id=f"e{number}", owner_id="", owner_name="Nobody", entry_date=_DAY, title="Title",
        body="Words", html=text, language=language, words=3, revision_number=1, written_at=_AT,
        created_at=_AT,
        draft=False,
        stage=_STAGE, tags=("tag",), threshold=Threshold(("knowing",), "before", "after", "help"),
        comments=(comment,),
    )  # fmt: skip

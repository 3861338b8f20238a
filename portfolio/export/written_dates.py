"""Days as people write them in the front matter of a diary, taken only where they have one meaning."""

import datetime as dt
import re
import unicodedata
from functools import cache

from babel.dates import get_month_names

from portfolio.domain.errors import Said

LONGEST = 100  # characters

_TIME = (
    r"(?:[T\s,]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
    r"\s*(?P<half>[ap]\.?m\b\.?)?\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?"
)
_REST = r"[^\d]*"  # a weekday, the weather
_NUMBERS = [
    re.compile(shape + _TIME + _REST, re.IGNORECASE)
    for shape in (
        r"(?P<year>\d{4})\s?[-/._年]\s?(?P<month>\d{1,2})\s?[-/._月]\s?(?P<day>\d{1,2})\s?日?(?!\d)",
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?!\d)",
    )
]
_NAME = r"(?P<name>[^\W\d_]{3,20})\.?"
_OF = r"(?:(?:of|de|del|d’|d')\s*)?"
_WEEKDAY = r"(?:[^\W\d_]+\.?,?\s+)?"
_NAMED = [
    re.compile(_WEEKDAY + shape + r"(?P<year>\d{4})(?!\d)" + _TIME + _REST, re.IGNORECASE)
    for shape in (
        r"(?P<day>\d{1,2})(?:\.|st|nd|rd|th|er|º)?\s+" + _OF + _NAME + r",?\s+" + _OF,
        _NAME + r"\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+",
    )
]
# Whose names of months are known; one that means two months in two of them is not
_LANGUAGES = (
    "en",
    "de",
    "fr",
    "es",
    "it",
    "pt",
    "nl",
    "sv",
    "da",
    "nb",
    "fi",
    "pl",
    "cs",
    "ru",
    "uk",
    "hr",
    "tr",
)
_YEAR_LAST = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}(?!\d).*", re.DOTALL)
_IN_NAME = re.compile(r"(\d{4})([-_.]?)(\d{2})\2(\d{2})(?!\d)")


def written_moment(text: str) -> tuple[dt.date, dt.time | None, dt.tzinfo | None]:
    """The day in `text`, with the time of day and offset where they are given.

    Takes the year first (2022-09-14, 2022/9/14, 2022.9.14, 20220914, 2022年9月14日) or the month by
    its name in a number of languages (14 September 2022), with a time or a weekday behind it. The
    day is the writer's own: an offset does not move it. Raises ValueError with the reason as a
    sentence.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    for shape in (*_NUMBERS, *_NAMED) if len(plain) <= LONGEST else ():
        if found := shape.fullmatch(plain):
            parts = found.groupdict()
            month = _months().get(parts["name"].casefold()) if "name" in parts else int(parts["month"])
            if month is None:
                continue
            try:
                day = dt.date(int(parts["year"]), month, int(parts["day"]))
            except ValueError:
                raise ValueError(Said("the date %(date)s does not exist", date=_shown(text))) from None
            return day, *_time(parts, text)
    if _YEAR_LAST.fullmatch(plain):
        raise ValueError(
            Said(
                "the date %(date)s can be read in two ways; write the year first, like 2022-09-14",
                date=_shown(text),
            )
        )
    raise ValueError(Said("%(text)s is not a date; write it like 2022-09-14", text=_shown(text)))


def day_in_name(stem: str) -> dt.date | None:
    """The day at the start of a file's name, or None where there is none.

    Raises ValueError with the reason as a sentence for one that does not exist.
    """
    found = _IN_NAME.match(unicodedata.normalize("NFKC", stem))
    if not found:
        return None
    try:
        return dt.date(int(found[1]), int(found[3]), int(found[4]))
    except ValueError:
        raise ValueError(Said("the date %(date)s in its name does not exist", date=found[0])) from None


@cache
def _months() -> dict[str, int]:
    found: dict[str, set[int]] = {}
    for language in _LANGUAGES:
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                for number, name in get_month_names(width, context, language).items():
                    found.setdefault(name.casefold().rstrip("."), set()).add(number)
    found.setdefault("sept", set()).add(9)
    return {name: min(numbers) for name, numbers in found.items() if len(numbers) == 1}


def _time(parts: dict[str, str | None], text: str) -> tuple[dt.time | None, dt.tzinfo | None]:
    if parts["hour"] is None:
        return None, None
    hour = int(parts["hour"])
    if parts["half"]:
        hour = hour % 12 + (12 if parts["half"][0] in "pP" else 0)
    try:
        time = dt.time(hour, int(parts["minute"] or 0), int(parts["second"] or 0))
    except ValueError:
        raise ValueError(Said("the time in %(text)s does not exist", text=_shown(text))) from None
    zone = parts["zone"]
    if zone is None:
        return time, None
    if zone[0] not in "+-":
        return time, dt.UTC
    offset = dt.timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    if offset >= dt.timedelta(hours=24):
        raise ValueError(Said("the offset in %(text)s does not exist", text=_shown(text)))
    return time, dt.timezone(-offset if zone[0] == "-" else offset)


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59] + "…"

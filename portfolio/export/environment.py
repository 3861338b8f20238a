"""Templates of the exports: one Jinja environment a language, made once, without a request."""

import datetime as dt
import re
from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.support import NullTranslations, Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from portfolio.domain.months import month_number
from portfolio.domain.records import Language
from portfolio.domain.text import language_of

PACKAGE = Path(__file__).resolve().parent.parent
CATALOGUES = {"en": ["en"], "zh": ["zh_CN", "zh_Hans_CN", "zh"]}  # folder names, the first found is taken
HTML_LANGUAGES: dict[Language, str] = {"en": "en", "zh": "zh-Hans"}

_LOCALES: dict[Language, Locale] = {"en": Locale("en"), "zh": Locale("zh")}
_PATTERNS: dict[Language, dict[str, str]] = {
    "en": {
        "day": "d MMMM y",
        "weekday": "EEEE",
        "weekday_short": "EEE",
        "month": "MMMM y",
        "month_short": "MMM",
    },
    "zh": {
        "day": "y年M月d日",
        "weekday": "EEEE",
        "weekday_short": "EEE",
        "month": "y年M月",
        "month_short": "MMM",
    },
}


def resource(*parts: str) -> Path:
    """A file or folder of `templates/` or `static/`: inside the installed package, else beside it.

    Raises FileNotFoundError.
    """
    for base in (PACKAGE, PACKAGE.parent):
        path = base.joinpath(*parts)
        if path.exists():
            return path
    raise FileNotFoundError("/".join(parts))


@cache
def translations(language: Language) -> NullTranslations:
    """The catalogue of the headings; one that returns its English unchanged where there is none."""
    return Translations.load(PACKAGE / "translations", CATALOGUES[language])


@cache
def environment(language: Language) -> Environment:
    """Autoescaping templates with `_()`, `ngettext()` and the date filters of that language."""
    env = Environment(
        loader=FileSystemLoader(resource("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    env.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    env.globals["icons"] = icons()
    env.globals["space"] = "" if language == "zh" else " "  # between two sentences
    for name in _PATTERNS[language]:
        env.filters[name] = lambda day, name=name: date_text(day, name, language)
    env.filters["day_number"] = day_number
    env.filters["year_text"] = lambda year: year_text(year, language)
    env.filters["written_in"] = written_in
    env.filters["pass_text"] = lambda number: pass_text(number, language)
    return env


def written_in(text: str) -> str:
    """The `lang` of a text by its characters."""
    return HTML_LANGUAGES[language_of(text)]


@cache
def icons() -> dict[str, Markup]:
    """The drawings of `static/icons.svg` by name, to stand in a page."""
    drawn = resource("static", "icons.svg").read_text("utf-8")
    shapes = re.findall(r'<symbol id="([a-z]+)" viewBox="0 0 24 24">(.*?)</symbol>', drawn, re.DOTALL)
    return {
        name: Markup(f'<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{shape}</svg>')  # noqa: S704, our own
        for name, shape in shapes
    }


@lru_cache(maxsize=10_000)
def date_text(day: dt.date, pattern: str, language: Language) -> str:
    """A date as `day`, `weekday`, `weekday_short`, `month` or `month_short`, as in the table above.

    A counted month (`domain.months`) is "Month 14", and has no weekday.
    """
    number = month_number(day)
    if number is not None:
        return counted_text(number, pattern, language)
    return format_date(day, _PATTERNS[language][pattern], locale=_LOCALES[language])


def day_text(day: dt.date, language: Language) -> str:
    """5 September 2022, or 2022年9月5日."""
    return date_text(day, "day", language)


def counted_text(number: int, pattern: str, language: Language) -> str:
    """A counted month in place of a date: "Month 14"; the small line under its number: "month"."""
    _ = translations(language).gettext
    if pattern in ("weekday_short", "month_short"):
        return str(translations(language).pgettext("beneath its number", "month"))
    return "" if pattern == "weekday" else _("Month %(number)s") % {"number": number}


def day_number(day: dt.date) -> int:
    """The day of the month; of a counted month its own number."""
    return month_number(day) or day.day


def year_text(year: int, language: Language) -> str:
    """A year; of counted months "Year 2"."""
    if month_number(dt.date(year, 1, 1)) is None:
        return str(year)
    return translations(language).gettext("Year %(number)s") % {"number": year}


def month_name(year: int, month: int, language: Language) -> str:
    """September 2022, or 2022年9月."""
    return date_text(dt.date(year, month, 1), "month", language)


def pass_text(number: int, language: Language) -> str:
    """One run through the stages: "First pass", "Pass 4"."""
    _ = translations(language).gettext
    named = {1: _("First pass"), 2: _("Second pass"), 3: _("Third pass")}
    return named.get(number) or _("Pass %(number)s") % {"number": number}


def local_day(moment: dt.datetime, timezone: str) -> dt.date:
    """The day that `moment` (aware) falls on in the IANA time zone `timezone`."""
    return moment.astimezone(ZoneInfo(timezone)).date()

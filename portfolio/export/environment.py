"""Templates of the exports: one Jinja environment a language, made once, without a request."""

import datetime as dt
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.support import NullTranslations, Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from portfolio.domain.records import Language

PACKAGE = Path(__file__).resolve().parent.parent
CATALOGUES = {"en": ["en"], "zh": ["zh_CN", "zh_Hans_CN", "zh"]}  # folder names, the first found is taken
HTML_LANGUAGES: dict[Language, str] = {"en": "en", "zh": "zh-Hans"}


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
    env.filters["day"] = lambda day: day_text(day, language)
    env.filters["weekday"] = lambda day: format_date(day, "EEEE", locale=language)
    env.filters["weekday_short"] = lambda day: format_date(day, "EEE", locale=language)
    env.filters["month_short"] = lambda day: format_date(day, "MMM", locale=language)
    env.filters["month"] = lambda day: month_name(day.year, day.month, language)
    return env


def day_text(day: dt.date, language: Language) -> str:
    """5 September 2022, or 2022年9月5日."""
    return format_date(day, "d MMMM y" if language == "en" else "y年M月d日", locale=language)


def month_name(year: int, month: int, language: Language) -> str:
    """September 2022, or 2022年9月."""
    return format_date(dt.date(year, month, 1), "MMMM y" if language == "en" else "y年M月", locale=language)


def local_day(moment: dt.datetime, timezone: str) -> dt.date:
    """The day that `moment` (aware) falls on in the IANA time zone `timezone`."""
    return moment.astimezone(ZoneInfo(timezone)).date()

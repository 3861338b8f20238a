"""Two languages: which one a request gets, and words, dates and numbers in it."""

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from babel.lists import format_list
from babel.numbers import format_decimal
from flask import Flask, current_app, g, request
from flask_babel import Babel, get_locale, get_timezone, gettext
from flask_babel import lazy_gettext as N_

from portfolio.domain import programme
from portfolio.domain.errors import DomainError, Said
from portfolio.domain.records import AUDIENCES, Language

LOCALES: dict[Language, str] = {"en": "en_GB", "zh": "zh_Hans_CN"}  # Babel's spelling, also the folder's
NAMES: dict[Language, str] = {"en": "English", "zh": "中文"}
COOKIE = "language"
COOKIE_SECONDS = 365 * 24 * 3600
AUDIENCE_WORDS = {
    "mentor": N_("your mentor"),
    "peer_mentor": N_("your peer mentor"),
    "faculty": N_("the faculty"),
    "cohort": N_("your cohort"),
}

babel = Babel()


def language() -> Language:
    """Of this request: the person's own, else the cookie's, else the browser's, else the site's."""
    if g.get("viewer"):
        chosen: Language = g.viewer.language
        return chosen
    if (cookie := request.cookies.get(COOKIE)) in ("en", "zh"):
        return "zh" if cookie == "zh" else "en"
    for tag in request.accept_languages.values():  # the most wanted first
        if (wanted := tag.lower().split("-")[0]) in ("en", "zh"):
            return "zh" if wanted == "zh" else "en"
    return "zh" if current_app.config["LANGUAGE"] == "zh" else "en"


def other_language() -> Language:
    return "en" if language() == "zh" else "zh"


def html_language(code: str | None = None) -> str:
    """A `lang` attribute: of the page, or for a record's "en" or "zh"."""
    return {"zh": "zh-CN"}.get(code or language(), "en")


def space() -> str:
    """What stands between two sentences: nothing in Chinese, whose full stop has its own white."""
    return "" if language() == "zh" else " "


def said(sentence: DomainError | Said) -> str:
    """A refusal, or another sentence of the domain, in the language of the request."""
    template: str = gettext(sentence.template)
    if not sentence.fields:
        return template
    fields = {name: said(f) if isinstance(f, Said) else f for name, f in sentence.fields.items()}
    return template % fields


def said_with_language(sentence: str) -> tuple[str, str]:
    """A sentence in the language of the request if it is known there, and the `lang` that it is in."""
    if isinstance(sentence, Said):
        return said(sentence), html_language()
    return sentence, "en"


def listed(words: Iterable[object]) -> str:
    """“A, B and C”, “A、B和C”."""
    return format_list([str(w) for w in words], locale=get_locale() or "en")


def audience_words(audiences: Collection[str]) -> str:
    """“your mentor and the faculty”, in the order in which audiences are always named; "" for none."""
    return listed(AUDIENCE_WORDS[a] for a in AUDIENCES if a in audiences)


def _locale() -> Locale:
    return get_locale() or Locale.parse("en_GB")


def _day(value: dt.date | dt.datetime) -> dt.date:
    """The day of a date, or of an instant where its reader's programme is."""
    return value.astimezone(get_timezone()).date() if isinstance(value, dt.datetime) else value


def date_full(value: dt.date | dt.datetime) -> str:
    """“Monday 5 September 2022”, “2022年9月5日星期一”."""
    return format_date(_day(value), "full", locale=_locale()).replace(",", "")


def date_long(value: dt.date | dt.datetime) -> str:
    """“5 September 2022”, “2022年9月5日”."""
    return format_date(_day(value), "long", locale=_locale())


def date_short(value: dt.date | dt.datetime) -> str:
    """“5 September”, “9月5日”."""
    return format_skeleton("MMMMd", _day(value), locale=_locale())


def month(value: dt.date | dt.datetime) -> str:
    """“September 2022”, “2022年9月”."""
    return format_skeleton("yMMMM", _day(value), locale=_locale())


def month_name(value: dt.date | dt.datetime) -> str:
    """“September”, “九月”."""
    return format_date(_day(value), "LLLL", locale=_locale())


def weekday(value: dt.date | dt.datetime) -> str:
    """“Monday”, “星期一”."""
    return format_date(_day(value), "EEEE", locale=_locale())


def weekday_short(value: dt.date | dt.datetime) -> str:
    """“Mon”, “周一”."""
    return format_date(_day(value), "EEE", locale=_locale())


def clock(value: dt.datetime) -> str:
    """“21:42”, where the reader's programme is."""
    return format_time(value, "HH:mm", tzinfo=get_timezone(), locale=_locale())


def moment(value: dt.datetime) -> str:
    """“5 September 2022, 21:42”, “2022年9月5日 21:42”."""
    return f"{date_long(value)}{' ' if language() == 'zh' else ', '}{clock(value)}"


def number(value: float) -> str:
    return format_decimal(value, locale=_locale())


def _timezone() -> str:
    return programme.timezone_of(g.viewer.user_id) if g.get("viewer") else "UTC"


def register(app: Flask, default: str) -> None:
    """Let templates speak: `_`, `ngettext`, and the filters for dates and numbers."""
    app.config["LANGUAGE"] = default
    babel.init_app(app, locale_selector=lambda: LOCALES[language()], timezone_selector=_timezone)
    filters: dict[str, Any] = {
        f.__name__: f
        for f in (
            date_full, date_long, date_short, month, month_name, weekday, weekday_short, clock, moment,
            number, listed, audience_words,
        )
    }  # fmt: skip
    app.jinja_env.filters.update(filters)
    app.jinja_env.globals.update(
        html_language=html_language, language=language, other_language=other_language,
        language_names=NAMES, space=space,
    )  # fmt: skip

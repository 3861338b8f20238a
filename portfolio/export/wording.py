"""Words of the book that depend on a language: dates, periods, roles, and the templates' filters."""

import datetime as dt
import re
from functools import cache

from babel.dates import format_date
from jinja2 import Environment
from markupsafe import Markup

from portfolio.domain.months import month_number
from portfolio.domain.records import Language, ReflectionMode, Role, ThresholdKind
from portfolio.domain.text import language_of
from portfolio.export.environment import HTML_LANGUAGES, day_text, environment, translations
from portfolio.export.prose import typeset

DAYS_OF_A_SHORT_PERIOD = 62  # a shorter one is named by its days
_INNER_MARKS = str.maketrans({"“": "‘", "”": "’"})
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")


@cache
def templates(language: Language) -> Environment:
    """The exports' environment with the filters of the book.

    `typeset`: text ready for print. `lines`: the same with its line breaks. `lang`: the attribute,
    where a text is not in the language around it.
    """
    env = environment(language).overlay()
    env.filters = {
        **env.filters,
        "typeset": lambda text: typeset_own(text, language),
        "lines": lambda text: Markup("<br>").join(
            typeset_own(line, language) for line in text.strip().split("\n")
        ),
        "lang": lambda text: lang_attribute(text, language),
    }
    return env


def render(language: Language, template: str, **values: object) -> Markup:
    """A template of `templates/print`, with what each of them may ask."""
    return as_html(
        templates(language)
        .get_template(f"print/{template}")
        .render(
            zh=" zh" if language == "zh" else "",
            space="" if language == "zh" else " ",
            html_language=HTML_LANGUAGES[language],
            **values,
        )
    )


def as_html(made: str) -> Markup:
    """HTML that was made by a template, by `prose` or by a translator, and needs no more escaping."""
    return Markup(made)  # noqa: S704


def typeset_own(text: str, around: Language = "en") -> Markup:
    """A title, a name, an answer, in its own language, among words of another."""
    return as_html(typeset(text, language_of(text), around))


def lang_attribute(text: str, around: Language) -> Markup:
    if language_of(text) == "zh":
        return Markup("") if around == "zh" else Markup(' lang="zh-Hans"')
    return Markup(' lang="en"') if around == "zh" and _LATIN.search(text) else Markup("")


def weekday_text(day: dt.date, language: Language, alone: bool = False) -> str:
    """For example "Tuesday 1 September 2020", "2020年9月1日　星期二"; `alone`: the weekday only.

    Of a counted month "Month 14", and nothing alone.
    """
    if month_number(day) is not None:
        return "" if alone else day_text(day, language)
    if alone:
        return format_date(day, "EEEE", locale=language)
    return format_date(day, "EEEE d MMMM y" if language == "en" else "y年M月d日\u3000EEEE", locale=language)


def framework_text(name: str, language: Language) -> str:
    """The steps that an entry follows, by their usual name; an imported diary may bring its own."""
    _ = translations(language).gettext
    names = {
        "what": _("What, so what, now what"),
        "gibbs": _("Gibbs"),
        "kolb": _("Kolb"),
        "rings": _("Ring Theory of Personhood"),
    }
    return names.get(name, name)


def quotation(passage: str) -> str:
    """A quoted passage in its marks; marks within it become single ones."""
    return f"“{passage.translate(_INNER_MARKS)}”"


def period_text(first: dt.date, last: dt.date, language: Language) -> str:
    """For example "July to October 2022", "2 September to 13 October 1914", "2022年7月至10月".

    Of counted months "Months 3 to 14".
    """
    numbers = month_number(first), month_number(last)
    if numbers[0] is not None and numbers[1] is not None:
        if numbers[0] == numbers[1]:
            return day_text(first, language)
        return translations(language).gettext("Months %(first)s to %(last)s") % {
            "first": numbers[0], "last": numbers[1],
        }  # fmt: skip
    short = (last - first).days < DAYS_OF_A_SHORT_PERIOD and (first.day, last.day) != (1, 1)
    whole = "d MMMM y" if short else "MMMM y"
    part = "d MMMM" if short else "MMMM"
    if language == "zh":
        whole, part = ("y年M月d日", "M月d日") if short else ("y年M月", "M月")
    same_year = first.year == last.year
    end = format_date(last, whole, locale=language)
    start = format_date(first, part if same_year and language == "en" else whole, locale=language)
    if first == last or start == end or (first.year, first.month, short) == (last.year, last.month, False):
        return end
    if language == "zh" and same_year:
        end = format_date(last, part, locale=language)
    return translations(language).gettext("%(first)s to %(last)s") % {"first": start, "last": end}


def role_text(role: Role, language: Language) -> str:
    _ = translations(language).gettext
    names: dict[Role, str] = {
        "mentee": _("student"),
        "peer_mentor": _("peer mentor"),
        "mentor": _("mentor"),
        "lead": _("programme lead"),
    }
    return names[role]


def kinds_text(kinds: tuple[ThresholdKind, ...], language: Language) -> str:
    """For example "knowing, being"."""
    _ = translations(language).gettext
    names = {"knowing": _("knowing"), "doing": _("doing"), "being": _("being")}
    return _(", ").join(names[kind] for kind in kinds)


def mode_text(mode: ReflectionMode, language: Language) -> str:
    _ = translations(language).gettext
    return {"in_action": _("reflection in action"), "on_action": _("reflection on action")}[mode]


def grouped(digits: str, size: int) -> str:
    """Digits that somebody may have to compare by eye: "af2b dbe1"."""
    return " ".join(digits[i : i + size] for i in range(0, len(digits), size))

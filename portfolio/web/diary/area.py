"""The blueprint of the diary, and what its templates say of entries."""

import datetime as dt

from babel.dates import format_date
from flask import Blueprint
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as N_

from portfolio.domain import markup, records
from portfolio.domain.access import Readers
from portfolio.domain.records import AUDIENCES, Audience
from portfolio.domain.text import language_of
from portfolio.web import now
from portfolio.web.i18n import AUDIENCE_WORDS, date_long, date_short, html_language, listed

TITLE_EXCERPT = 60  # characters of its text by which an untitled entry goes

bp = Blueprint("diary", __name__)

WHOSE = {
    "mentor": N_("your mentor"),
    "peer_mentor": N_("your peer mentor"),
    "faculty": N_("of the faculty"),
    "cohort": N_("everybody in it"),
}
AUDIENCE_NAMES = {
    "mentor": N_("Your mentor"),
    "peer_mentor": N_("Your peer mentor"),
    "faculty": N_("The faculty"),
    "cohort": N_("Your cohort"),
}
SHARED_WITH = {
    "mentor": N_("their mentors"),
    "peer_mentor": N_("their peer mentors"),
    "faculty": N_("the faculty"),
    "cohort": N_("their cohort"),
}
KINDS = {"knowing": N_("knowing"), "doing": N_("doing"), "being": N_("being")}
MODES = {"in_action": N_("While it happened"), "on_action": N_("Looking back")}
# Steps that a reflection can follow, by the names that the domain knows them by
FRAMEWORKS = {
    "what": (N_("What, so what, now what"), (N_("What happened"), N_("So what"), N_("Now what"))),
    "gibbs": (
        N_("Gibbs"),
        (N_("Description"), N_("Feelings"), N_("Evaluation"), N_("Analysis"), N_("Conclusion"), N_("Plan")),
    ),
    "kolb": (N_("Kolb"), (N_("Experience"), N_("Reflection"), N_("Concept"), N_("Trial"))),
    "rings": (
        N_("Ring Theory of Personhood"),
        (N_("Innate"), N_("Individual"), N_("Relational"), N_("Societal")),
    ),
}
ROLES = {
    "mentor": N_("mentor"),
    "peer_mentor": N_("peer mentor"),
    "lead": N_("programme lead"),
    "mentee": N_("student"),
}


def reached(readers: Readers) -> str:
    """“Dr Lin”, or the cohort's name; "" for an audience that reaches nobody yet."""
    return listed(readers.names or readers.cohorts)


def readers_listed(readers: dict[Audience, Readers], audiences: frozenset[Audience]) -> str:
    """“You, Dr Lin and Class of 2020”: everybody who can read one's own entry."""
    return listed(
        [_("You"), *(reached(readers[a]) or AUDIENCE_WORDS[a] for a in AUDIENCES if a in audiences)]
    )


def open_audiences(readers: dict[Audience, Readers], granted: frozenset[Audience]) -> list[Audience]:
    """The audiences worth offering: all of them to a member of a cohort, else those granted before."""
    in_cohort = bool(readers["cohort"].cohorts)
    return [a for a in AUDIENCES if in_cohort or readers[a].names or a in granted]


def shared_with(entry: records.Entry) -> str:
    """Whom somebody else’s entry is shared with, and so who sees what its reader says to it."""
    whom = listed(SHARED_WITH[a] for a in AUDIENCES if a in entry.audiences)
    return _(
        "%(name)s shares this with %(audiences)s. All of them see your comments.",
        name=entry.owner_name,
        audiences=whom,
    )


def entry_name(entry: records.Entry) -> str:
    """The title, or the first words of an entry that has none."""
    return entry.title or markup.excerpt(entry.html, TITLE_EXCERPT) or _("Untitled")


def text_language(text: str) -> str:
    """A `lang` attribute for some words of a person."""
    return html_language(language_of(text))


def comments_in(comments: tuple[records.Comment, ...]) -> int:
    """How many comments stand in some threads, answers included."""
    return sum((not c.withdrawn) + comments_in(c.replies) for c in comments)


def month_short(day: dt.date) -> str:
    """“Sep”, “9月”."""
    return format_date(day, "LLL", locale=get_locale() or "en")


def date_near(value: dt.date | dt.datetime) -> str:
    """“5 September” in the present year, “5 September 2021” in others."""
    return date_short(value) if value.year == now().year else date_long(value)


def weekday_narrow(day: dt.date) -> str:
    """“M”, “一”: the head of a column in a calendar."""
    return format_date(day, "ccccc", locale=get_locale() or "en")


for helper in (reached, readers_listed, open_audiences, shared_with, entry_name, text_language, comments_in):
    bp.add_app_template_global(helper)
for name, words in {
    "audience_names": AUDIENCE_NAMES, "whose": WHOSE, "threshold_kinds": KINDS, "reflection_modes": MODES,
    "frameworks": FRAMEWORKS, "role_names": ROLES,
}.items():  # fmt: skip
    bp.add_app_template_global(lambda words=words: words, name)
bp.add_app_template_filter(markup.excerpt, "excerpt")
bp.add_app_template_filter(month_short)
bp.add_app_template_filter(date_near)
bp.add_app_template_filter(weekday_narrow)

"""What every page has around it: the way to the other places, the theme, the language, the front door."""

from dataclasses import dataclass

from flask import Blueprint, Flask, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as N_
from werkzeug.wrappers import Response

from portfolio import jobs
from portfolio.domain import access, accounts, diary
from portfolio.domain.records import Viewer
from portfolio.web import now
from portfolio.web.forms import one_of
from portfolio.web.i18n import COOKIE, COOKIE_SECONDS
from portfolio.web.security import public, safe_next

SITE = N_("Portfolio")  # the name of a site that was given none, so that it can be translated
THEME_COOKIE = "theme"
THEMES = {"system": N_("As on this device"), "light": N_("Light"), "dark": N_("Dark")}

bp = Blueprint("shell", __name__)


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation, and the kinds of account that it is for."""

    endpoint: str
    label: object
    icon: str
    accounts: frozenset[str]
    peer_mentors: bool = False
    members: bool = False  # only for those who hold a role in a cohort
    diary: bool = False  # for others than students only where there is something to take
    rare: bool = False  # on a phone it stands in the account's menu, not under the thumb

    @property
    def url(self) -> str:
        return url_for(self.endpoint)

    @property
    def current(self) -> bool:
        if "place" in g:  # a page whose address does not say where it belongs
            return bool(g.place == self.endpoint)
        return request.path == self.url or request.path.startswith(self.url + "/")


def _for(*names: str) -> frozenset[str]:
    return frozenset(names)


PLACES = (
    Place("diary.write", N_("Write"), "pen", _for("student")),
    Place("diary.timeline", N_("Diary"), "book", _for("student")),
    Place("feedback.queue", N_("To read"), "eye", _for("mentor", "lead"), peer_mentors=True),
    Place("feedback.community", N_("Community"), "people", _for("student", "mentor", "lead"), members=True),
    Place("programme.index", N_("Programme"), "steps", _for("lead")),
    Place("programme.mentors", N_("Mentors"), "person", _for("student"), rare=True),
    Place("portfolios.keep", N_("Keep"), "folder", _for("student", "mentor", "lead"), diary=True),
    Place("accounts.people", N_("People"), "people", _for("admin")),
)
FIRST_PLACE = {
    "student": "diary.write",
    "mentor": "feedback.queue",
    "lead": "programme.index",
    "admin": "accounts.people",
}


def places() -> list[Place]:
    """Where the viewer can go, in the order of the navigation; nowhere for somebody who is signed out."""
    viewer = g.get("viewer")
    if viewer is None:
        return []
    roles = access.held_roles(viewer.user_id, now=now())
    return [
        place
        for place in PLACES
        if (viewer.account in place.accounts or (place.peer_mentors and "peer_mentor" in roles))
        and (roles or not place.members)
        and (not place.diary or viewer.account == "student" or _has_something_to_take(viewer))
    ]


def _has_something_to_take(viewer: Viewer) -> bool:
    """Entries of one's own, or a document that one asked for, as the site of a cohort."""
    return diary.keeps_one(viewer) or bool(jobs.jobs_of(viewer, most=1))


def initials(name: str) -> str:
    """“Shen Yiran” is SY, “林桦” is 林: what stands in the account's seal."""
    words = name.split()
    if not words:
        return "?"
    if not words[0][0].isascii():
        return words[0][0]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def theme() -> str:
    chosen = request.cookies.get(THEME_COOKIE, "system")
    return chosen if chosen in THEMES else "system"


def here() -> str:
    """The path of the page at hand, to come back to; that of the front page for the answer to a form."""
    return request.full_path.removesuffix("?") if request.method == "GET" else url_for("shell.home")


@bp.get("/")
@public
def home() -> ResponseReturnValue:
    if g.viewer is None:
        return redirect(url_for("accounts.first_run" if accounts.no_users() else "accounts.sign_in"))
    return redirect(url_for(FIRST_PLACE[g.viewer.account]))


@bp.post("/theme")
@public
def set_theme() -> ResponseReturnValue:
    return _remember(THEME_COOKIE, one_of("theme", THEMES))


@bp.post("/language")
@public
def set_language() -> ResponseReturnValue:
    chosen = one_of("language", ("en", "zh"))
    if g.viewer is not None:
        accounts.set_language(g.viewer, chosen)
    return _remember(COOKIE, chosen)


def _remember(cookie: str, value: str) -> Response:
    response = redirect(safe_next(request.form.get("next")) or url_for("shell.home"))
    secure = current_app.config["HTTPS"]
    response.set_cookie(cookie, value, max_age=COOKIE_SECONDS, secure=secure, httponly=True, samesite="Lax")
    return response


def register(app: Flask, site_name: str) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals.update(
        places=places, theme=theme, themes=THEMES, here=here, initials=initials, site_name=site_name
    )
    app.context_processor(lambda: {"viewer": g.get("viewer")})

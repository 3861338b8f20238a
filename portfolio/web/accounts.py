"""Signing in and out, joining by a code, the first run; one's own account; the list of people."""

from flask import Blueprint, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as N_
from flask_wtf.csrf import generate_csrf

from portfolio.domain import accounts, errors, programme
from portfolio.domain.records import Viewer
from portfolio.web import notice, now, security, viewer
from portfolio.web.forms import Filled, filled, one_of
from portfolio.web.i18n import NAMES, language
from portfolio.web.security import failures_limited, public, safe_next, wants_json

PEOPLE_A_PAGE = 50
ACCOUNTS = {
    "student": N_("Student"),
    "mentor": N_("Mentor"),
    "lead": N_("Programme lead"),
    "admin": N_("Administrator"),
}
# The first found in a User-Agent header wins: Edge and Opera also say Chrome, and all of them say Safari
BROWSERS = {
    "MicroMessenger": "WeChat", "Edg": "Edge", "OPR": "Opera", "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox", "FxiOS": "Firefox", "Chrome": "Chrome", "CriOS": "Chrome", "Safari": "Safari",
}  # fmt: skip
SYSTEMS = {
    "iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows", "CrOS": "ChromeOS",
    "Mac OS X": "macOS", "Linux": "Linux",
}  # fmt: skip

bp = Blueprint("accounts", __name__)


@bp.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    next_page = safe_next(request.args.get("next"))
    if g.viewer is not None:
        return redirect(next_page or url_for("shell.home"))
    if accounts.no_users():
        return redirect(url_for("accounts.first_run"))
    return render_template("accounts/sign_in.html", form=None, next=next_page or "")


@bp.post("/sign-in")
@public
@failures_limited
def sign_in_now() -> ResponseReturnValue:
    form = filled("login", "password", "next")
    try:
        person, token = accounts.sign_in(
            form["login"],
            form["password"],
            now=now(),
            user_agent=request.user_agent.string,
            address=request.remote_addr or "",
        )
    except errors.WrongCredentials as refusal:
        if wants_json():
            raise
        form.refused(refusal, at="password")
        return render_template("accounts/sign_in.html", form=form, next=safe_next(form["next"]) or ""), 401
    security.sign_in(person, token)
    if wants_json():
        return jsonify(csrf=generate_csrf(), person=person.public_id)
    return redirect(safe_next(form["next"]) or url_for("shell.home"))


@bp.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    if g.viewer is not None:
        accounts.sign_out(g.viewer, now=now())
    return security.sign_out(redirect(url_for("accounts.sign_in")))


@bp.get("/first-run")
@public
def first_run() -> ResponseReturnValue:
    _only_while_empty()
    return render_template("accounts/first_run.html", form=None)


@bp.post("/first-run")
@public
@failures_limited
def first_run_now() -> ResponseReturnValue:
    _only_while_empty()
    form = filled("name", "login", "password")
    try:
        accounts.create_first_administrator(
            form["login"], form["name"], form["password"], language=language(), now=now()
        )
    except (errors.Invalid, errors.Conflict) as refusal:
        return render_template("accounts/first_run.html", form=form.refused(refusal, at="login")), 422
    person, token = accounts.sign_in(
        form["login"],
        form["password"],
        now=now(),
        user_agent=request.user_agent.string,
        address=request.remote_addr or "",
    )
    security.sign_in(person, token)
    return redirect(url_for("shell.home"))


def _only_while_empty() -> None:
    if not accounts.no_users():
        raise errors.NotFound


@bp.get("/join")
@public
def enter_code() -> ResponseReturnValue:
    return render_template("accounts/enter_code.html", form=None)


@bp.post("/join")
@public
@failures_limited
def enter_code_now() -> ResponseReturnValue:
    form = filled("code")
    try:
        programme.cohort_for_code(form["code"], now=now())
    except errors.NotFound as refusal:
        return render_template("accounts/enter_code.html", form=form.refused(refusal, at="code")), 422
    return redirect(url_for("accounts.join", code=form["code"].strip()))


@bp.get("/join/<code>")
@public
def join(code: str) -> ResponseReturnValue:
    try:
        return _join_page(code, None)
    except errors.NotFound as refusal:
        form = Filled({"code": code}).refused(refusal, at="code")
        return render_template("accounts/enter_code.html", form=form), 404


@bp.post("/join/<code>")
@public
@failures_limited
def join_now(code: str) -> ResponseReturnValue:
    if g.viewer is not None:
        programme.join(g.viewer, code, now=now())
        return redirect(url_for("shell.home"))
    form = filled("name", "login", "password")
    try:
        person, token = programme.join_newly(
            code,
            form["login"],
            form["name"],
            form["password"],
            language=language(),
            now=now(),
            user_agent=request.user_agent.string,
        )
    except (errors.Invalid, errors.Conflict) as refusal:
        return _join_page(code, form.refused(refusal, at="login")), 422
    security.sign_in(person, token)
    return redirect(url_for("shell.home"))


def _join_page(code: str, form: Filled | None) -> str:
    cohort = programme.cohort_for_code(code, now=now())
    return render_template("accounts/join.html", cohort=cohort, code=code, form=form)


@bp.get("/account")
def account() -> ResponseReturnValue:
    return _account_page()


@bp.post("/account")
def change_details() -> ResponseReturnValue:
    form = filled("name", "language")
    try:
        chosen = one_of("language", NAMES)
        accounts.set_name(viewer(), form["name"])
        accounts.set_language(viewer(), chosen)
    except errors.Invalid as refusal:
        return _account_page(details=form.refused(refusal)), 422
    return redirect(url_for("accounts.account"))


@bp.post("/account/password")
def change_password() -> ResponseReturnValue:
    form = filled("present", "password")
    try:
        accounts.change_password(viewer(), form["present"], form["password"], now=now())
    except (errors.Invalid, errors.WrongCredentials) as refusal:
        return _account_page(secret=form.refused(refusal, at="present")), 422
    notice(_("The password is changed. All other sessions have ended."))
    return redirect(url_for("accounts.account"))


@bp.post("/account/sessions/<session_id>/end")
def end_session(session_id: str) -> ResponseReturnValue:
    accounts.end_session(viewer(), session_id, now=now())
    notice(_("That session has ended."))
    return redirect(url_for("accounts.account"))


def _account_page(details: Filled | None = None, secret: Filled | None = None) -> str:
    sessions = [
        {
            "public_id": s.public_id,
            "created_at": s.created_at,
            "last_seen_at": s.last_seen_at,
            "current": s.current,
            "device": device(s.user_agent),
        }
        for s in accounts.sessions(viewer())
    ]
    return render_template("accounts/account.html", details=details, secret=secret, sessions=sessions)


def device(user_agent: str) -> str:
    """“Firefox, Android”: what a person recognises of a User-Agent header."""
    browser = next((name for mark, name in BROWSERS.items() if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS.items() if mark in user_agent), "")
    return ", ".join(part for part in (browser, system) if part) or _("An unknown device")


@bp.get("/accounts")
def people() -> ResponseReturnValue:
    return _people_page(None)


@bp.post("/accounts")
def add_person() -> ResponseReturnValue:
    form = filled("name", "login", "account", "language")
    try:
        person, password = accounts.add_person(
            viewer(), form["login"], form["name"], form["account"], language=form["language"], now=now()
        )
    except (errors.Invalid, errors.Conflict) as refusal:
        return _people_page(form.refused(refusal, at="login")), 422
    return _people_page(None, made=person, password=password)  # no redirect: the password is kept nowhere


@bp.get("/accounts/<person_id>/password")
def new_password(person_id: str) -> ResponseReturnValue:
    return render_template("accounts/new_password.html", person=_person(person_id), password="")


@bp.post("/accounts/<person_id>/password")
def give_password(person_id: str) -> ResponseReturnValue:
    person = _person(person_id)
    password = accounts.new_password(viewer(), person_id, now=now())
    return render_template("accounts/new_password.html", person=person, password=password)


def _person(person_id: str) -> accounts.Person:
    for person in accounts.people(viewer()):
        if person.public_id == person_id:
            return person
    raise errors.NotFound


@bp.post("/accounts/<person_id>/disable")
def disable(person_id: str) -> ResponseReturnValue:
    accounts.disable(viewer(), person_id, now=now())
    notice(
        _("That person can no longer sign in. What they wrote is kept."),
        undo=url_for("accounts.enable", person_id=person_id),
    )
    return redirect(url_for("accounts.people"))


@bp.post("/accounts/<person_id>/enable")
def enable(person_id: str) -> ResponseReturnValue:
    accounts.enable(viewer(), person_id, now=now())
    notice(_("That person can sign in again."))
    return redirect(url_for("accounts.people"))


def _people_page(form: Filled | None, made: Viewer | None = None, password: str = "") -> str:
    everybody = accounts.people(viewer())
    asked = request.args.get("q", "").strip()[:64]
    found = [p for p in everybody if asked.casefold() in f"{p.name}\n{p.login}".casefold()]
    start = max(request.args.get("start", 0, type=int), 0)
    before, after = start - PEOPLE_A_PAGE, start + PEOPLE_A_PAGE
    return render_template(
        "accounts/people.html",
        people=found[start:after],
        total=len(everybody),
        q=asked,
        form=form,
        made=made,
        password=password,
        accounts=ACCOUNTS,
        before=url_for("accounts.people", q=asked or None, start=max(before, 0)) if start else "",
        after=url_for("accounts.people", q=asked or None, start=after) if after < len(found) else "",
    )

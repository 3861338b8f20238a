"""Refusals become pages, or JSON where a script asks. One handler a kind."""

import logging
import traceback
from types import TracebackType

from flask import Flask, Response, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as N_
from flask_wtf.csrf import CSRFError, generate_csrf
from peewee import DatabaseError, DataError, InterfaceError, OperationalError
from werkzeug.exceptions import BadRequest, HTTPException, MethodNotAllowed, SecurityError, TooManyRequests

from portfolio.domain import errors
from portfolio.web.i18n import said
from portfolio.web.security import wants_json

STATUS: dict[type[errors.DomainError], int] = {
    errors.NotFound: 404,
    errors.Invalid: 422,
    errors.ImportRefused: 422,
    errors.StaleRevision: 409,
    errors.PeriodClosed: 409,
    errors.Conflict: 409,
    errors.WrongCredentials: 401,
    errors.TooManyTries: 429,
    errors.Unavailable: 503,
}
# Title, and what to do, for what the web refuses by itself
SPOKEN: dict[int, tuple[object, object]] = {
    400: (N_("That could not be read"), N_("The address or the form is incomplete. Go back and try again.")),
    401: (N_("You are signed out"), N_("Sign in again, and go on where you were.")),
    404: (N_("There is nothing here for you"), N_("The address may be wrong, or the page is not for you.")),
    405: (N_("That does not work here"), N_("Go back to the page that you came from and try from there.")),
    413: (N_("That is too large"), N_("A form with its files may have at most %(size)s MB.")),
    429: (N_("Too many tries"), N_("Wait a few minutes, then try again.")),
    500: (N_("Something broke on our side"), N_("The administrator can read what broke. Please try again.")),
    503: (N_("The diary is resting"), N_("It cannot be reached at the moment. Try again in a minute.")),
}
TITLES: dict[int, object] = {
    404: N_("There is nothing here for you"),
    409: N_("It has changed meanwhile"),
    422: N_("Something needs another look"),
    429: N_("Too many tries"),
    401: N_("Sign in"),
    503: N_("The diary is resting"),
}
# Words of a person that a refused form still carries, shown again so that they can be kept
WORDS = ("title", "body", "text", "comment", "narrative")
# The sentences that the domain's errors say when they are raised without one of their own
_SAID_BY_THE_DOMAIN = (
    N_("There is nothing here for you."),
    N_("Something in the form needs another look."),
    N_("This entry was changed elsewhere since you opened it. Neither text is lost."),
    N_("That name and password do not belong together."),
    N_("Too many wrong tries. Wait ten minutes, then try again."),
    N_("This is over and can no longer be changed."),
    N_("That is there already."),
    N_("The diary cannot be written to at the moment. Your text is still on this page; try again shortly."),
    N_("Nothing was imported."),
)

RETRY_SECONDS = 60

ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

log = logging.getLogger(__name__)


def _answer(
    status: int, code: str, title: object, message: object, **more: object
) -> tuple[Response | str, int]:
    if wants_json():
        if status == 401:
            more["csrf"] = generate_csrf()  # so that the password can be asked for in place
        return jsonify(error=code, message=str(message), **more), status
    unread = request.method == "GET" or status == 413 or _is_too_large()
    kept = "" if unread else _words_of_the_form()
    page = render_template("errors/error.html", status=status, title=title, message=message, kept=kept)
    return page, status


def _is_too_large() -> bool:
    """Whether the form was not read: refused for its size, or for another reason before that was seen."""
    most = request.max_content_length
    return most is not None and (request.content_length or 0) > most


def _words_of_the_form() -> str:
    return "\n\n".join(request.form[name] for name in WORDS if request.form.get(name, "").strip())


def _domain(refusal: errors.DomainError) -> ResponseReturnValue:
    status = next(STATUS[kind] for kind in type(refusal).__mro__ if kind in STATUS)
    more: dict[str, object] = {}
    if isinstance(refusal, errors.Invalid):
        more["field"] = refusal.field
    if isinstance(refusal, errors.StaleRevision):
        more |= {
            "current_title": refusal.current_title,
            "current_body": refusal.current_body,
            "version": refusal.version,
        }
    message: object = said(refusal)
    if status == 404 and refusal.template == errors.NotFound.__doc__:
        message = SPOKEN[404][1]  # the title says the other already
    return _answer(status, refusal.code, TITLES[status], message, **more)


def _csrf(_refusal: CSRFError) -> ResponseReturnValue:
    message = _("This form is too old, or came from elsewhere. Go back, load the page again and send it.")
    return _answer(400, "csrf", _("That could not be accepted"), message, csrf=generate_csrf())


def _http(refusal: HTTPException) -> ResponseReturnValue:
    status = refusal.code or 500
    if refusal.response is not None or status < 400:
        return refusal
    if isinstance(refusal, SecurityError):  # a forged Host: nothing may be built from it, so no page
        return "This site does not answer to that name.\n", 400, {"Content-Type": "text/plain; charset=utf-8"}
    title, message = SPOKEN.get(status, SPOKEN[400])
    if status == 413:
        message = str(message) % {"size": (request.max_content_length or 0) // 1024**2}
    body, status = _answer(status, refusal.name.lower().replace(" ", "-"), title, message)
    headers = {}
    if isinstance(refusal, MethodNotAllowed) and refusal.valid_methods:
        headers["Allow"] = ", ".join(sorted(refusal.valid_methods))
    if isinstance(refusal, TooManyRequests):
        headers["Retry-After"] = str(RETRY_SECONDS)
    return body, status, headers


def _database(refusal: DatabaseError) -> ResponseReturnValue:
    _log((type(refusal), refusal, refusal.__traceback__))
    g.viewer = None  # the page must not ask the database for more
    title, message = SPOKEN[503]
    if request.method != "GET":
        message = N_("It cannot be written to at the moment. Keep your words, and try again in a minute.")
    return _answer(503, "unavailable", title, message)


def _bad_data(_refusal: DataError) -> ResponseReturnValue:
    """Text that no database column holds, such as one with a NUL in it."""
    return _http(BadRequest())


def _unforeseen(_refusal: Exception) -> ResponseReturnValue:
    title, message = SPOKEN[500]
    return _answer(500, "internal", title, message)


def _log(found: ExceptionInfo) -> None:
    """Write down where it broke, without the exception's message: that may quote what somebody wrote."""
    kind, _value, trace = found
    where = "".join(traceback.format_tb(trace))
    rule = request.url_rule  # the address of a shared edition is a secret, and stays out of the log
    path = rule.rule if rule and "token" in rule.arguments else request.path
    log.error("%s %s: %s\n%s", request.method, path, kind and kind.__name__, where)


def register(app: Flask) -> None:
    """One handler for each kind of refusal."""
    app.register_error_handler(errors.DomainError, _domain)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(InterfaceError, _database)
    app.register_error_handler(DataError, _bad_data)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(500, _unforeseen)
    app.log_exception = _log  # type: ignore[method-assign, assignment]

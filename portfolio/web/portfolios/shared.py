"""What a share link shows to whoever has it: whose edition, and the edition. Nothing else is within reach.

No page here asks who is looking. Whether the link is still open is looked up with every request.
"""

import hmac
import mimetypes
import zipfile
from pathlib import PurePosixPath

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeTimedSerializer

from portfolio import jobs
from portfolio.domain import errors, portfolios
from portfolio.domain.portfolios import SharedEdition
from portfolio.store import files
from portfolio.web import now
from portfolio.web.forms import Filled, filled
from portfolio.web.portfolios.downloads import name_file
from portfolio.web.security import failures_limited, public

COOKIE = "shared"  # that a passphrase was given; it goes along only with requests for the same link
COOKIE_SECONDS = 12 * 3600
# A site's own script searches in it, and nothing of it may reach beyond this host
SITE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
)
# What a browser's own reader of PDFs needs around the file
READER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)

bp = Blueprint("shared", __name__, url_prefix="/s")


@bp.after_request
def _unlisted(response: Response) -> Response:
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


@bp.errorhandler(errors.NotFound)
def _ended(_refusal: errors.NotFound) -> ResponseReturnValue:
    """One page for what never was, what has ended and what was closed."""
    return render_template("portfolios/shared_ended.html"), 404


@bp.get("/<token>")
@public
@failures_limited
def edition(token: str) -> ResponseReturnValue:
    there = portfolios.edition_shared(token, now=now())
    return _page(token, there, None if _unlocked(there) else Filled({"passphrase": ""}))


@bp.post("/<token>")
@public
@failures_limited
def unlock(token: str) -> ResponseReturnValue:
    form = filled("passphrase")
    try:
        seal = portfolios.unlock(token, form["passphrase"], now=now())
    except errors.Invalid as refusal:
        form.values["passphrase"] = ""
        page = _page(token, portfolios.edition_shared(token, now=now()), form.refused(refusal))
        return page, 422
    here = url_for("shared.edition", token=token)
    response = make_response(redirect(here))
    response.set_cookie(
        COOKIE,
        _signer().dumps(seal),
        max_age=COOKIE_SECONDS,
        path=here,
        secure=current_app.config["HTTPS"],
        httponly=True,
        samesite="Lax",
    )
    return response


@bp.get("/<token>/read")
@public
def read(token: str) -> ResponseReturnValue:
    """The book in the browser's own reader."""
    response = _book(token, as_attachment=False)
    response.headers["Content-Security-Policy"] = READER_POLICY
    return response


@bp.get("/<token>/download")
@public
def download(token: str) -> ResponseReturnValue:
    return _book(token, as_attachment=True)


@bp.get("/<token>/site")
@public
def open_site(token: str) -> ResponseReturnValue:
    """To the first page of an edition's site: who goes back to it later opens it no second time."""
    there = _opened(token, "site")
    if request.method == "GET":
        portfolios.count_opening(there, now=now())
    return redirect(url_for("shared.site", token=token, name="index.html"))


@bp.get("/<token>/site/<path:name>")
@public
def site(token: str, name: str) -> ResponseReturnValue:
    """One file of an edition's site."""
    there = _opened(token, "site")
    try:
        with zipfile.ZipFile(files.path_of(there.stored_name)) as bundle:
            base = bundle.namelist()[0].partition("/")[0]
            content = bundle.read(f"{base}/{name}")
    except (KeyError, ValueError, FileNotFoundError):
        raise errors.NotFound from None
    kind = mimetypes.guess_type(PurePosixPath(name).name)[0] or "application/octet-stream"
    response = make_response(content)
    response.headers["Content-Type"] = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
    response.headers["Content-Security-Policy"] = SITE_POLICY
    return response


def _book(token: str, *, as_attachment: bool) -> Response:
    there = _opened(token, "book")
    name = jobs.edition_name(there.owner_name, there.edition.number, there.edition.variant)
    try:
        response = send_file(
            files.path_of(there.stored_name), "application/pdf", as_attachment=as_attachment, etag=False
        )
    except FileNotFoundError:
        raise errors.NotFound from None
    name_file(response, name, as_attachment=as_attachment)
    # A reader that fetches a file in parts opens it once
    if request.method == "GET" and request.headers.get("Range", "bytes=0-").startswith("bytes=0-"):
        portfolios.count_opening(there, now=now())
    response.headers["Cache-Control"] = "no-store"
    return response


def _opened(token: str, document: str) -> SharedEdition:
    """The edition behind a link to such a document, its passphrase given. Raises NotFound."""
    there = portfolios.edition_shared(token, now=now())
    if there.document != document or not there.stored_name:
        raise errors.NotFound
    if not _unlocked(there):
        abort(redirect(url_for("shared.edition", token=token)))
    return there


def _page(token: str, there: SharedEdition, form: Filled | None) -> str:
    return render_template("portfolios/shared.html", token=token, shared=there, form=form)


def _unlocked(there: SharedEdition) -> bool:
    if not there.seal:
        return True
    try:
        given = _signer().loads(request.cookies.get(COOKIE, ""), max_age=COOKIE_SECONDS)
    except BadSignature:
        return False
    return isinstance(given, str) and hmac.compare_digest(given.encode(), there.seal.encode())


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="share link")

"""What stands before every view: who is asking, from where, how often; and the headers of every answer."""

import datetime as dt
import re
import secrets
import shutil
from collections.abc import Callable
from typing import IO, Any, TypeVar, cast

import flask
from flask import Flask, Response, abort, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_compress import Compress
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as BaseResponse

from portfolio.config import BYTES_PER_MB, Settings
from portfolio.domain import accounts
from portfolio.domain.records import Viewer
from portfolio.store import database
from portfolio.web import now

FORM_BYTES = 8 * 1024 * 1024  # of a form without its files
IN_MEMORY = 500 * 1024  # bytes of a request whose files need no file
WITHOUT_DATABASE = ("static", "favicon")
HSTS_SECONDS = 365 * 24 * 3600
NEXT = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")
# Only what failed counts: a lecture hall that signs in at once behind one address is not an attack
FAILED = (401, 403, 404, 422)
BY_ADDRESS = "30 per minute; 300 per hour"
BY_LOGIN = "10 per 10 minutes"

View = TypeVar("View", bound=Callable[..., Any])

csrf = CSRFProtect()
limiter = Limiter(get_remote_address)
logins = LoginManager()
logins.session_protection = None  # it binds a session to an address, and phones change theirs all day


class SignedIn(UserMixin):  # type: ignore[misc]
    """Whom Flask-Login remembers: by a session token that the server can end, never by the person’s id."""

    def __init__(self, viewer: Viewer, token: str) -> None:
        self.viewer, self.token = viewer, token

    def get_id(self) -> str:
        return self.token


class Request(flask.Request):
    """A request whose large files may be written where they will stay, not to the system's folder."""

    spool: Callable[[], IO[bytes]] | None = None

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        if self.spool and (total_content_length or 0) > IN_MEMORY:
            return self.spool()
        return super()._get_file_stream(total_content_length, content_type, filename, content_length)


def public(view: View) -> View:
    """Mark a view that may be seen without signing in. All others may not."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def takes_large(spool: Callable[[], IO[bytes]]) -> Callable[[View], View]:
    """Mark a view that takes as much as is brought in, from who is signed in. `spool` opens a file for it."""

    def marked(view: View) -> View:
        view.spool = spool  # type: ignore[attr-defined]
        return view

    return marked


def failures_limited(view: View) -> View:
    """Refuse with 429 after too many failed tries from one address, or for one sign-in name."""
    by_address = limiter.limit(BY_ADDRESS, deduct_when=_failed)
    by_login = limiter.limit(
        BY_LOGIN, key_func=_login_asked, exempt_when=lambda: not _login_asked(), deduct_when=_failed
    )
    return cast(View, by_address(by_login(view)))


def _login_asked() -> str:
    return request.form.get("login", "").strip().casefold()[:64]


def _failed(response: Response) -> bool:
    return response.status_code in FAILED


def safe_next(target: str | None) -> str | None:
    """A path on this site to go on to, or None for anything that could lead away from it."""
    return target if target and NEXT.fullmatch(target) else None


def sign_in(viewer: Viewer, token: str) -> None:
    """Let this browser hold the session. A fresh cookie, so that one planted before is worth nothing."""
    # Other tabs of the same person keep their forms when the password was asked for again
    kept = session.get("csrf_token") if session.get("person") == viewer.public_id else None
    session.clear()
    session.permanent = True
    session["person"] = viewer.public_id
    login_user(SignedIn(viewer, token))
    if kept:
        session["csrf_token"] = kept
    g.pop("csrf_token", None)
    g.viewer = viewer


def sign_out(response: BaseResponse) -> BaseResponse:
    """Forget the session in this browser, and what it has stored of the site."""
    logout_user()
    session.clear()
    g.viewer = None
    response.headers["Clear-Site-Data"] = '"cache", "storage"'  # not "cookies": theme and language stay
    return response


def wants_json() -> bool:
    """Whether a script is asking, which needs to hear the truth rather than see a page."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], default="text/html")
    return request.is_json or best == "application/json"


def largest_import() -> int:
    """Bytes that somebody may bring in: as is set, and never more than half of the room on the disk."""
    settings: Settings = current_app.config["SETTINGS"]
    return max(min(settings.import_bytes, shutil.disk_usage(settings.instance).free // 2), BYTES_PER_MB)


def _begin() -> None:
    g.viewer = None
    g.csp_nonce = secrets.token_urlsafe(16)
    g.connected = False
    if request.endpoint not in WITHOUT_DATABASE:
        g.connected = database.current().connect(reuse_if_open=True)


def _end(_: BaseException | None) -> None:
    if g.pop("connected", False):
        database.current().close()


def _require_sign_in() -> ResponseReturnValue | None:
    if request.endpoint in WITHOUT_DATABASE:
        return None
    g.viewer = current_user.viewer if current_user.is_authenticated else None
    if request.endpoint is None:  # nothing is there; whoever is signed in still sees where they are
        return None
    view = current_app.view_functions[request.endpoint]
    if g.viewer is not None and hasattr(view, "spool"):
        request.max_content_length = largest_import()
        cast(Request, request).spool = view.spool
    if g.viewer is not None or getattr(view, "is_public", False):
        return None
    return cast(ResponseReturnValue, logins.unauthorized())


@logins.user_loader  # type: ignore[untyped-decorator]
def _holder_of(token: str) -> SignedIn | None:
    config = current_app.config
    holder = accounts.viewer_for_token(
        token, now=now(), idle=config["SESSION_IDLE"], longest=config["PERMANENT_SESSION_LIFETIME"]
    )
    return SignedIn(holder, token) if holder else None


@logins.unauthorized_handler  # type: ignore[untyped-decorator]
def _ask_to_sign_in() -> ResponseReturnValue:
    if request.method in ("GET", "HEAD") and not wants_json():
        here = request.full_path.removesuffix("?")
        return redirect(url_for("accounts.sign_in", next=safe_next(here)))
    abort(401)


def _headers(response: Response) -> Response:
    headers = response.headers
    nonce = g.get("csp_nonce", "")
    headers.setdefault(
        "Content-Security-Policy",
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self'; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'",
    )
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers.setdefault("Cache-Control", "no-store")
    if current_app.config["HTTPS"]:
        headers["Strict-Transport-Security"] = f"max-age={HSTS_SECONDS}; includeSubDomains"
    return response


def configure(app: Flask, settings: Settings, secret: bytes) -> None:
    """Set cookies, hosts, limits and proxies of the app."""
    app.request_class = Request
    app.config.update(
        SECRET_KEY=secret,
        HTTPS=settings.https,
        TRUSTED_HOSTS=settings.hosts,
        MAX_CONTENT_LENGTH=settings.max_upload_bytes,
        MAX_FORM_MEMORY_SIZE=min(FORM_BYTES, settings.max_upload_bytes),
        SESSION_COOKIE_NAME="__Host-portfolio" if settings.https else "portfolio",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        PERMANENT_SESSION_LIFETIME=dt.timedelta(hours=settings.session_absolute_hours),
        SESSION_IDLE=dt.timedelta(hours=settings.session_idle_hours),
        PREFERRED_URL_SCHEME="https" if settings.https else "http",
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # it needs the referrer that our own header takes away
        COMPRESS_MIMETYPES=["text/html", "application/json"],
        COMPRESS_ALGORITHM=["br", "gzip"],
        RATELIMIT_STORAGE_URI=settings.redis_url or "memory://",
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,  # while Redis is away, each process counts for itself
        RATELIMIT_HEADERS_ENABLED=False,
    )
    if settings.proxy_count:
        n = settings.proxy_count
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]


def register(app: Flask) -> None:
    """Put the checks before, and the headers after, every view. The order is the order of asking."""
    logins.init_app(app)
    app.before_request(_begin)
    app.teardown_request(_end)
    # Pages only. Their length tells nothing of the form token: it is signed anew each second, and the
    # cookie that a page hangs on does not go along with requests that other sites make (SameSite)
    Compress(app)
    app.after_request(_headers)
    # Before the token check: a script whose session is over should hear 401, not that its form is old
    app.before_request(_require_sign_in)
    csrf.init_app(app)
    limiter.init_app(app)
    app.jinja_env.globals["csp_nonce"] = lambda: g.csp_nonce

"""Style sheets, scripts and icons: read once at the start, joined, squeezed, and sent with a long life.

All addresses carry one hash over everything in `static/` (`/static/3f2a…/js/shell.js`), so that modules can
import each other by relative paths and a browser never asks twice for the same version.
"""

import functools
import gzip
import hashlib
import io
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path

import brotli
from flask import Flask, Response, abort, current_app, request, send_file, url_for
from markupsafe import Markup

from portfolio.web.security import public

BUNDLE = "css/app.css"
FIRST_SHEETS = ["css/tokens.css", "css/base.css"]  # the layers are named in the first; the rest goes by name
OWN_SCRIPTS = "js/"
YEAR_SECONDS = 365 * 24 * 3600
COMPRESSED = {".css", ".js", ".svg", ".txt", ".json", ".webmanifest"}
BROTLI_QUALITY = 11  # the best: it takes a fifth of a second at the start


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent: its media type and its bytes by content encoding ("" is plain)."""

    media_type: str
    bodies: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Assets:
    version: str  # 16 hex digits over all names and bytes
    files: dict[str, Asset]
    icons: dict[str, Markup]


@functools.cache
def read(folder: Path) -> Assets:
    """Read a static folder: every file, the joined style sheet `css/app.css`, the symbols of `icons.svg`."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    raw = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    sheets = [name for name in raw if name.startswith("css/") and name not in FIRST_SHEETS]
    raw[BUNDLE] = b"\n".join(_squeezed(raw[name]) for name in FIRST_SHEETS + sheets)
    for name in raw:
        if name.startswith(OWN_SCRIPTS):
            raw[name] = _without_remarks(raw[name])
    digest = hashlib.sha256()
    for name, body in sorted(raw.items()):
        digest.update(name.encode() + b"\0" + hashlib.sha256(body).digest())
    icons = _symbols(raw["icons.svg"].decode())
    return Assets(digest.hexdigest()[:16], {name: _asset(name, body) for name, body in raw.items()}, icons)


def _squeezed(sheet: bytes) -> bytes:
    """A style sheet without its comments, indentation, and white beside braces and semicolons."""
    plain = re.sub(rb"\n\s*", b"\n", re.sub(rb"/\*.*?\*/", b"", sheet, flags=re.DOTALL)).strip()
    return re.sub(rb"[ \n]*([{};])[ \n]*", rb"\1", plain).replace(b";}", b"}")


def _without_remarks(script: bytes) -> bytes:
    """A script without the lines that are remarks alone, and without indentation."""
    return re.sub(rb"^[ \t]*(//.*\n)?", b"", script, flags=re.MULTILINE)


def _asset(name: str, body: bytes) -> Asset:
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if Path(name).suffix == ".js":
        media_type = "text/javascript"
    bodies = {"": body}
    if Path(name).suffix in COMPRESSED:
        bodies["br"] = brotli.compress(body, quality=BROTLI_QUALITY)
        bodies["gzip"] = gzip.compress(body, mtime=0)
    return Asset(media_type, bodies)


def _symbols(text: str) -> dict[str, Markup]:
    found = re.findall(r'<symbol id="([a-z-]+)" viewBox="([0-9 ]+)">(.*?)</symbol>', text, flags=re.DOTALL)
    return {
        name: Markup(f'<svg class="icon" viewBox="{box}" aria-hidden="true">{shapes}</svg>')  # noqa: S704  our own file
        for name, box, shapes in found
    }


def icon(name: str) -> Markup:
    """An icon of `static/icons.svg`, to be written into the page. Raises KeyError for an unknown name."""
    return _assets().icons[name]


def static_url(name: str) -> str:
    """The address of a file in `static/`, with the version in it. Raises KeyError if there is none."""
    _assets().files[name]
    return url_for("static", version=_assets().version, name=name)


def _assets() -> Assets:
    assets: Assets = current_app.extensions["assets"]
    return assets


@public
def serve(version: str, name: str) -> Response:
    """Send a file of any version; only the present one may be kept."""
    asset = _assets().files.get(name)
    if asset is None:
        abort(404)
    encoding = request.accept_encodings.best_match([e for e in ("br", "gzip") if e in asset.bodies]) or ""
    if not request.accept_encodings:
        encoding = ""
    etag = f"{_assets().version}-{encoding or 'plain'}"
    response = send_file(io.BytesIO(asset.bodies[encoding]), asset.media_type, etag=etag, conditional=True)
    if encoding:
        response.content_encoding = encoding
    response.vary.add("Accept-Encoding")
    fresh = version == _assets().version
    response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable" if fresh else "no-cache"
    return response


@public
def favicon() -> Response:
    """Browsers ask for this name, whatever the page says."""
    response = send_file(io.BytesIO(_assets().files["mark.svg"].bodies[""]), "image/svg+xml", max_age=86400)
    return response


def register(app: Flask, folder: Path) -> None:
    """Read `folder` and serve it under /static."""
    app.extensions["assets"] = read(folder)
    app.add_url_rule("/static/<version>/<path:name>", "static", serve)
    app.add_url_rule("/favicon.ico", "favicon", favicon)
    app.jinja_env.globals.update(icon_svg=icon, static_url=static_url)

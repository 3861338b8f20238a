"""Settings: defaults, then `config.toml` in the instance folder, then `PORTFOLIO_…` variables.

Every value is parsed strictly. A wrong one raises `SettingsError`, whose sentence names the
setting, where it came from and what would be right; nothing starts with a guess.
"""

import dataclasses
import logging
import os
import re
import secrets
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PREFIX = "PORTFOLIO_"
TEST_PREFIX = "PORTFOLIO_TEST_"  # read by the tests, never a setting
SECRET_BYTES = 32
BYTES_PER_MB = 1024 * 1024

log = logging.getLogger(__name__)


class SettingsError(ValueError):
    """A setting is wrong; the message says which, where it stands and what is expected."""


def _whole(low: int, high: int) -> Callable[[object], int]:
    def parse(value: object) -> int:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value.strip()):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return value

    return parse


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable() or len(value) > 120:
        raise ValueError("one line of text, at most 120 characters")
    return value.strip()


def _language(value: object) -> str:
    if value not in ("en", "zh"):
        raise ValueError('"en" or "zh"')
    return str(value)


def _base_url(value: object) -> str:
    wanted = "an address such as https://diary.example.edu, without a path"
    if not isinstance(value, str) or re.search(r"[\s\x00-\x1f]", value):
        raise ValueError(wanted)
    try:
        parts = urlsplit(value)
        right = parts.scheme in ("http", "https") and _is_host(parts.hostname or "") and (parts.port or 1) > 0
    except ValueError:
        raise ValueError(wanted) from None
    if not right or parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(wanted)
    return value.rstrip("/")


def _is_host(name: str) -> bool:
    """A name or an IPv4 address. Not IPv6: Werkzeug compares trusted hosts only up to their first colon."""
    labels = name.removeprefix(".").split(".")
    return len(name) <= 253 and all(
        re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", label, re.IGNORECASE) for label in labels
    )


def _hosts(value: object) -> tuple[str, ...]:
    names = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
    if (
        not isinstance(names, list | tuple)
        or not names
        or not all(isinstance(n, str) and _is_host(n) for n in names)
    ):
        raise ValueError("host names without port, such as diary.example.edu, parted by commas")
    return tuple(names)


def _url(*schemes: str) -> Callable[[object], str]:
    def parse(value: object) -> str:
        if not isinstance(value, str) or not value.startswith(tuple(f"{s}://" for s in schemes)):
            raise ValueError("an address that begins with " + " or ".join(f"{s}://" for s in schemes))
        return value

    return parse


def _setting(default: Any, parse: Callable[[object], Any], doc: str) -> Any:
    return dataclasses.field(default=default, metadata={"parse": parse, "doc": doc})


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that can be set. The fields with a `doc` are the table that the documentation is tested against."""

    instance: Path = dataclasses.field(default=Path("instance"))
    site_name: str = _setting("Portfolio", _text, "Name of the site, in the running head and in titles.")
    language: str = _setting("en", _language, "Language for people who have not chosen one: en or zh.")
    base_url: str = _setting(
        "http://127.0.0.1:8000",
        _base_url,
        "Address that people type. With https:// cookies are bound to it and browsers insist on it.",
    )
    trusted_hosts: tuple[str, ...] = _setting(
        ("localhost", "127.0.0.1"),
        _hosts,
        "Host names that are answered beside that of base_url; .example.edu means all beneath it.",
    )
    proxy_count: int = _setting(
        0, _whole(0, 5), "Reverse proxies in front whose X-Forwarded headers are believed."
    )
    database: str = _setting(
        "",
        _url("sqlite", "postgresql", "postgres"),
        "Database address. Left out: the file portfolio.db in the instance folder.",
    )
    redis_url: str = _setting(
        "", _url("redis", "rediss"), "Redis that counts failed sign-ins when there is more than one process."
    )
    max_upload_mb: int = _setting(
        20,
        _whole(1, 1000),
        "Largest request that is taken, in megabytes, but for diaries that are brought in.",
    )
    import_mb: int = _setting(
        2000, _whole(1, 10**6), "Largest archive or folder that is taken in over the web, in megabytes."
    )
    archive_mb: int = _setting(
        8192, _whole(1, 10**6), "Megabytes that an archive may unpack to when it is brought in."
    )
    session_idle_hours: int = _setting(
        14 * 24, _whole(1, 24 * 365), "Hours without a visit after which a person signs in again."
    )
    session_absolute_hours: int = _setting(
        90 * 24, _whole(1, 24 * 365), "Hours after which a person signs in again in any case."
    )
    export_memory_mb: int = _setting(
        1536, _whole(256, 65536), "Megabytes of memory that making one document may take."
    )
    export_seconds: int = _setting(1800, _whole(10, 86400), "Seconds that making one document may take.")
    pieces_mb: int = _setting(
        1000, _whole(10, 10**6), "Megabytes on disk for what was laid out for books and need not be again."
    )
    documents_mb_person: int = _setting(
        500, _whole(1, 10**6), "Megabytes that the documents of one person may take on the disk."
    )
    documents_mb: int = _setting(
        20_000, _whole(1, 10**8), "Megabytes that the documents of all people may take on the disk."
    )
    cohort_at_once: int = _setting(
        2, _whole(1, 16), "Books made at once when a lead asks for all editions of a cohort."
    )

    @property
    def https(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.instance / 'portfolio.db'}"

    @property
    def hosts(self) -> list[str]:
        """Every host name that is answered."""
        return list(dict.fromkeys([*self.trusted_hosts, urlsplit(self.base_url).hostname or ""]))

    @property
    def import_bytes(self) -> int:
        return max(self.import_mb * BYTES_PER_MB, self.max_upload_bytes)

    @property
    def archive_bytes(self) -> int:
        return self.archive_mb * BYTES_PER_MB

    @property
    def max_upload_bytes(self) -> int:
        return self.max_upload_mb * BYTES_PER_MB


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One line of the table of settings."""

    name: str
    variable: str
    default: object
    doc: str


def table() -> tuple[Row, ...]:
    """Every setting that can stand in `config.toml` (`name`) or in the environment (`variable`)."""
    return tuple(
        Row(f.name, PREFIX + f.name.upper(), f.default, f.metadata["doc"])
        for f in dataclasses.fields(Settings)
        if f.metadata
    )


def load(instance: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings of one site.

    The instance folder is `instance`, else `PORTFOLIO_INSTANCE`, else `instance` in the working folder;
    it need not exist yet. Raises `SettingsError`.
    """
    environ = os.environ if environ is None else environ
    folder = Path(instance or environ.get(PREFIX + "INSTANCE") or "instance").expanduser().absolute()
    parsers = {f.name: f.metadata["parse"] for f in dataclasses.fields(Settings) if f.metadata}
    values: dict[str, Any] = {}

    for name, value in _read_toml(folder / "config.toml").items():
        if name not in parsers:
            raise SettingsError(f"{folder / 'config.toml'}: “{name}” is not a setting.")
        values[name] = _parsed(name, value, parsers[name], f"in {folder / 'config.toml'}")
    for variable, value in environ.items():
        if not variable.startswith(PREFIX) or variable.startswith((TEST_PREFIX, PREFIX + "INSTANCE")):
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name in parsers:
            values[name] = _parsed(name, value, parsers[name], f"from {variable}")
        else:  # a warning only: Kubernetes sets variables of its own for a service with this name
            log.warning("%s is not a setting and has no effect.", variable)

    settings = Settings(instance=folder, **values)
    if settings.session_idle_hours > settings.session_absolute_hours:
        raise SettingsError("session_idle_hours is longer than session_absolute_hours.")
    return settings


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as reason:
        raise SettingsError(f"{path} cannot be read: {reason}.") from reason


def _parsed(name: str, value: object, parse: Callable[[object], Any], where: str) -> Any:
    try:
        return parse(value)
    except ValueError as expected:
        shown = "wrong" if "@" in str(value) else repr(value)  # an address may carry a password
        raise SettingsError(f"{name} ({where}) is {shown}; it should be {expected}.") from None


def secret_key(instance: Path) -> bytes:
    """The site's secret: 32 random bytes in `instance/secret`, made on the first call, for its owner only.

    Raises `SettingsError` where the file is too short or may be read by others.
    """
    path = instance / "secret"
    if not path.exists():
        _write_secret(path)
    if path.stat().st_mode & 0o077:
        raise SettingsError(f"{path} may be read by others; run: chmod 600 {path}")
    secret = path.read_bytes()
    if len(secret) < SECRET_BYTES:
        raise SettingsError(f"{path} is too short; remove it, and everybody signs in again.")
    return secret


def _write_secret(path: Path) -> None:
    """Made whole under another name first, so that a second process never reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"secret.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_bytes(SECRET_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:  # another process was first; its secret holds
        pass
    finally:
        draft.unlink()

"""What a site needs from its machine, what is missing, and the command that mends it.

It stands apart from the rest of the product, so that it can examine a machine on which nothing else starts.
"""

import ctypes
import importlib
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OLDEST_PYTHON = (3, 11)
SAFE_SQLITE = (3, 51, 3)  # older ones can corrupt a database in WAL mode
LEAST_FREE_MB = 100  # below this, writing is about to fail
WANTED_FREE_MB = 1024
BYTES_PER_MB = 1024 * 1024
FONT_LIST_SECONDS = 30  # the first call after fonts were installed builds a cache

# The names under which WeasyPrint looks for its libraries, on Linux and on macOS.
PANGO_LIBRARIES = (
    ("libgobject-2.0.so.0", "libgobject-2.0.0.dylib"),
    ("libpango-1.0.so.0", "libpango-1.0.dylib"),
    ("libharfbuzz.so.0", "libharfbuzz.0.dylib"),
    ("libfontconfig.so.1", "libfontconfig.1.dylib"),
    ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib"),
)
SUBSET_LIBRARY = ("libharfbuzz-subset.so.0", "libharfbuzz-subset.0.dylib")
CHINESE_FACES = ("Noto Serif CJK SC", "Noto Sans CJK SC")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was examined."""

    name: str
    ok: bool
    detail: str  # what was found, one line
    mend: str = ""  # the command or the step that mends it; empty where it is well
    needed_for: str = ""  # what does not work without it
    required: bool = True  # whether the site fails without it


def check(
    instance: Path, database: Callable[[], str] | None = None, migrating: str = "portfolio migrate"
) -> list[Finding]:
    """Examine the machine, and the site in the folder `instance`, which need not exist yet.

    `database` describes the site's database in one line, or raises an exception whose message says
    what is wrong with it; `migrating` is the command that mends it. Nothing that is examined makes
    this raise.
    """
    findings = [
        check_python(),
        check_sqlite(),
        *check_pdf(),
        check_instance(instance),
        check_secret(instance),
        check_disk(instance),
    ]
    if database is not None:
        findings.append(check_database(database, migrating))
    return findings


def check_python(version: tuple[int, int, int] = sys.version_info[:3]) -> Finding:
    return _finding(
        "Python",
        version >= OLDEST_PYTHON,
        ".".join(map(str, version)),
        mend="install Python 3.11 or newer, then: rm -r .venv && make run",
        needed_for="everything",
    )


def check_pdf() -> list[Finding]:
    """What the PDF needs: Pango, a library that keeps its files small, and faces for Chinese."""
    missing = [names[0] for names in PANGO_LIBRARIES if not _loads(names)]
    subset = _loads(SUBSET_LIBRARY)
    return [
        _finding(
            "Pango",
            not missing,
            "missing: " + ", ".join(missing) if missing else "found",
            mend=_apt("libpango-1.0-0", "libpangoft2-1.0-0"),
            needed_for="the book (PDF)",
            required=False,
        ),
        _finding(
            "HarfBuzz subset",
            subset,
            "found" if subset else "missing",
            mend=_apt("libharfbuzz-subset0"),
            needed_for="books with Chinese text in seconds instead of half a minute",
            required=False,
        ),
        check_chinese_faces(),
    ]


def check_chinese_faces() -> Finding:
    missing, problem = list(CHINESE_FACES), ""
    try:
        listed = subprocess.run(
            ["fc-list", "--format", "%{family}\n"],
            capture_output=True,
            text=True,
            check=True,
            timeout=FONT_LIST_SECONDS,
        ).stdout
    except FileNotFoundError:
        problem = "fc-list is missing"
    except (OSError, subprocess.SubprocessError) as reason:
        problem = f"fc-list failed: {reason}"
    else:
        families = {name for line in listed.splitlines() for name in line.split(",")}
        missing = [face for face in CHINESE_FACES if face not in families]
    return _finding(
        "Chinese faces",
        not missing,
        problem or ("missing: " + ", ".join(missing) if missing else ", ".join(CHINESE_FACES)),
        mend=_apt("fontconfig", "fonts-noto-cjk"),
        needed_for="Chinese text in the book (PDF)",
        required=False,
    )


def check_sqlite() -> Finding:
    """The SQLite that the site uses: the newer one of Python's own and that of `pysqlite3`."""
    sqlite = _sqlite()
    if sqlite is None:
        return Finding(
            "SQLite", False, "missing", "pip install pysqlite3", "the database, unless it is PostgreSQL"
        )
    version: str = sqlite.sqlite_version
    if not _has_full_text(sqlite):
        return Finding(
            "SQLite",
            False,
            f"{version}, without full-text search (FTS5)",
            "pip install pysqlite3",
            "searching, unless the database is PostgreSQL",
        )
    safe = sqlite.sqlite_version_info >= SAFE_SQLITE
    return _finding(
        "SQLite",
        safe,
        f"{version}, with full-text search"
        + ("" if safe else "; before 3.51.3 a database can, rarely, be corrupted"),
        mend="pip install pysqlite3",
        needed_for="a database that never breaks, unless it is PostgreSQL",
        required=False,
    )


def check_instance(instance: Path) -> Finding:
    """Whether the site's folder can be written to, and is closed to other people on the machine."""
    name, needed_for = "Site folder", "keeping anything"
    if instance.exists() and not instance.is_dir():
        return Finding(
            name, False, f"{instance} is not a folder", f"mv {instance} {instance}.old", needed_for
        )
    if not instance.exists():
        parent = _nearest(instance)
        return _finding(
            name,
            os.access(parent, os.W_OK | os.X_OK),
            f"{instance} is not there yet; it would be made in {parent}",
            mend=f"mkdir -p {instance}, as somebody who may write in {parent}",
            needed_for=needed_for,
        )
    try:
        with tempfile.TemporaryFile(dir=instance):
            pass
    except OSError as reason:
        return Finding(
            name,
            False,
            f"{instance} cannot be written to: {reason.strerror}",
            f'chown -R "$(id -u)" {instance}',
            needed_for,
        )
    closed = not _mode(instance) & 0o077
    return _finding(
        name,
        closed,
        str(instance) if closed else f"{instance} is open to other people on this machine",
        mend=f"chmod 700 {instance}",
        needed_for="keeping diaries from other people on this machine",
        required=False,
    )


def check_secret(instance: Path) -> Finding:
    path = instance / "secret"
    try:
        mode = _mode(path)
    except FileNotFoundError:
        return Finding("Secret", True, "not made yet; the first start makes it", needed_for="signing in")
    except OSError as reason:
        return Finding(
            "Secret", False, f"{path}: {reason.strerror}", f'chown "$(id -u)" {path}', "signing in"
        )
    return _finding(
        "Secret",
        not mode & 0o077,
        f"{path} has mode {mode:04o}",
        mend=f"chmod 600 {path}",
        needed_for="signing in",
    )


def check_disk(instance: Path) -> Finding:
    folder = _nearest(instance)
    free_mb = shutil.disk_usage(folder).free // BYTES_PER_MB
    return _finding(
        "Disk",
        free_mb >= WANTED_FREE_MB,
        f"{free_mb:,} MB free where {folder} is",
        mend=f"free at least {WANTED_FREE_MB:,} MB, or move the site with --instance",
        needed_for="keeping anything" if free_mb < LEAST_FREE_MB else "exports and backups",
        required=free_mb < LEAST_FREE_MB,
    )


def check_database(database: Callable[[], str], migrating: str = "portfolio migrate") -> Finding:
    """Ask the caller's `database`, which raises where the database is out of reach or out of date."""
    try:
        return Finding("Database", True, database(), needed_for="everything")
    except Exception as reason:  # any driver may raise its own
        detail = " ".join(str(reason).split()) or type(reason).__name__
        return Finding("Database", False, detail, migrating, "everything")


def _finding(
    name: str, ok: bool, detail: str, *, mend: str, needed_for: str, required: bool = True
) -> Finding:
    return Finding(name, ok, detail, "" if ok else mend, needed_for, required)


def _loads(names: tuple[str, ...]) -> bool:
    for name in names:
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return True
    return False


def _apt(*packages: str) -> str:
    sudo = "" if os.geteuid() == 0 else "sudo "
    if shutil.which("apt-get"):
        return f"{sudo}apt-get install {' '.join(packages)}"
    return f"install what Debian calls {', '.join(packages)}"


def _sqlite() -> Any:
    found = []
    for name in ("pysqlite3", "sqlite3"):
        try:
            found.append(importlib.import_module(f"{name}.dbapi2"))
        except ImportError:
            continue
    return max(found, key=lambda module: module.sqlite_version_info, default=None)


def _has_full_text(sqlite: Any) -> bool:
    connection = sqlite.connect(":memory:")
    try:
        connection.execute("CREATE VIRTUAL TABLE probe USING fts5(words)")
    except sqlite.OperationalError:
        return False
    finally:
        connection.close()
    return True


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _nearest(folder: Path) -> Path:
    """The folder itself, or else the innermost one above it that exists."""
    return next(f for f in (folder.absolute(), *folder.absolute().parents) if f.exists())

"""A folder that holds a site: made new, or brought up to date by writing only what changed.

A marker in it names the files that the export made with their sizes, and a key of all that the site
was made from. Where the key is the same and no file was touched since the marker was written, there
is nothing to do. The marker is written last, so an export that was broken off is never taken for whole.
"""

import hashlib
import io
import json
import os
import pickle
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from functools import cache
from operator import attrgetter
from os.path import isfile
from pathlib import Path

from portfolio.domain.errors import Conflict
from portfolio.domain.records import Entry, Portfolio
from portfolio.export.environment import CATALOGUES, PACKAGE, local_day, resource
from portfolio.export.files import FolderSink, beside, whole_file

MARKER = "portfolio-site.json"  # says that a folder was made here, and which files in it are ours
FORMAT = 2
PICKLE_BYTES = 1_000_000  # hashed at once
DRAWN_BY = (  # figures, dates, what an anonymised site says of itself
    "anonymity", "environment", "figures", "chart", "columns", "folding", "plates", "ribbons",
)  # fmt: skip
NOT_SHOWN = ("audiences", "revisions", "body", "stage")  # of an entry as they are; see `key_of`

_of_entry = attrgetter(*(field.name for field in fields(Entry) if field.name not in NOT_SHOWN))


@dataclass(frozen=True, slots=True)
class Former:
    """What the export before made of a folder."""

    key: str
    pages: int
    missing: tuple[str, ...]
    files: Mapping[str, int]  # sizes in bytes by path; of folders from before sizes were kept, -1


def key_of(portfolio: Portfolio, reader: str) -> str:
    """A hash (hex) of all that a site is made from: its records by value, its pictures, our own files."""
    digest = hashlib.blake2b(_own_files(), digest_size=20)
    made_on = local_day(portfolio.made_at, portfolio.timezone)
    around = replace(portfolio, entries=(), made_at=portfolio.made_at.replace(2000, 1, 1, 0, 0, 0, 0))
    for block in _pickled(
        (
            (reader, made_on, around),
            *(
                (
                    _of_entry(entry),
                    sorted(entry.audiences),
                    entry.stage.public_id if entry.stage else "",  # all of it is in `around`
                    [isfile(p.path) for p in entry.photographs],
                )
                for entry in portfolio.entries
            ),
        )
    ):
        digest.update(block)
    return digest.hexdigest()


def _pickled(things: Iterable[object]) -> Iterator[bytes]:
    stream = io.BytesIO()
    pickler = pickle.Pickler(stream, 5)
    pickler.fast = True  # never "the same object as before": equal records give equal bytes
    for thing in things:
        pickler.dump(thing)
        if stream.tell() > PICKLE_BYTES:
            yield stream.getvalue()
            stream.seek(0)
            stream.truncate()
    yield stream.getvalue()


@cache
def _own_files() -> bytes:
    """A hash of templates, style, icons, catalogues and code: another version makes the site anew."""
    digest = hashlib.blake2b()
    paths = [
        *sorted(resource("templates", "site").glob("*")),
        *sorted(resource("static", "site").glob("*")),
        resource("static", "icons.svg"),
        *sorted(Path(__file__).parent.glob("site*.py")),
        *(Path(__file__).parent / f"{name}.py" for name in DRAWN_BY),
        *(PACKAGE / "domain" / name for name in ("markup.py", "months.py", "passages.py", "text.py")),
        *sorted(path for names in CATALOGUES.values() for name in names
                for path in (PACKAGE / "translations" / name).glob("**/*.mo")),
    ]  # fmt: skip
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.digest()


def former_of(target: Path) -> Former | None:
    """What an export made in a folder; None where there is nothing yet. Raises Conflict for any other."""
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return None
    try:
        marker = json.loads((target / MARKER).read_text("utf-8"))
        files = marker["files"]
        sizes = files.items() if isinstance(files, dict) else ((name, -1) for name in files)
        inside = os.path.realpath(target) + os.sep
        return Former(
            str(marker.get("key", "")),
            int(marker.get("pages", 0)),
            tuple(map(str, marker.get("missing", ()))),
            {
                name: size
                for name, size in sizes
                if isinstance(name, str) and isinstance(size, int) and _is_inside(inside, name)
            },
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise Conflict(
            "%(path)s is there already and was not made by this export. Choose another folder, or empty it.",
            path=str(target),
        ) from None


def _is_inside(folder: str, name: str) -> bool:
    return ".." not in name and os.path.normpath(folder + name).startswith(folder)


def untouched(target: Path, former: Former) -> bool:
    """Whether all files are there in their sizes, and none was written after the marker."""
    try:
        marked = os.stat(target / MARKER).st_mtime_ns
        for name, size in former.files.items():
            there = os.lstat(f"{target}/{name}")
            if there.st_size != size or there.st_mtime_ns > marked:
                return False
    except OSError:
        return False
    return True


@contextmanager
def new_folder(target: Path) -> Iterator[FolderSink]:
    """A sink for a folder that appears under `target` when it is whole."""
    part = beside(target)
    try:
        part.mkdir(parents=True)
        yield FolderSink(part, fresh=True)
        if target.exists():
            target.rmdir()  # it was empty
        os.replace(part, target)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def remove_gone(target: Path, former: Former, names: Mapping[str, int]) -> int:
    """Removes the files of the former export that are not among `names`, and folders left empty."""
    gone = [name for name in former.files if name not in names]
    for name in gone:
        (target / name).unlink(missing_ok=True)
    for parent in {(target / name).parent for name in gone}:
        if parent != target and parent.is_dir() and not any(parent.iterdir()):
            parent.rmdir()
    return len(gone)


def mark(folder: Path, key: str, pages: int, missing: tuple[str, ...], files: Mapping[str, int]) -> None:
    """Writes the marker of a folder whose files are all there."""
    marker = {"made_by": "portfolio", "format": FORMAT, "key": key, "pages": pages, "missing": missing}
    content = json.dumps(marker | {"files": dict(sorted(files.items()))}, ensure_ascii=False, indent=1) + "\n"
    path = folder / MARKER
    if path.exists() and path.read_text("utf-8") == content:
        os.utime(path)  # what was touched since is as it was
        return
    with whole_file(path) as stream:
        stream.write(content.encode())

"""Stored files: photographs, editions and the results of jobs, in folders of the instance.

Names are random and made here; nothing of an upload's name reaches the disk.
"""

import datetime as dt
import os
import pathlib
import secrets
import shutil
import tempfile
from collections.abc import Collection

_root: pathlib.Path | None = None
SUFFIXES = frozenset({".jpg", ".png", ".pdf", ".zip", ".epub", ".json"})


def use_folder(root: pathlib.Path) -> None:
    """Keep files below `root` from now on; it is made, for its owner alone."""
    global _root
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    _root = root.resolve()


def root() -> pathlib.Path:
    if _root is None:
        raise RuntimeError("no folder for files has been chosen yet")
    return _root


def new_name(suffix: str) -> str:
    """A random stored name, 128 bits, with one of the known suffixes."""
    if suffix not in SUFFIXES:
        raise ValueError(f"files of kind {suffix} are not stored")
    return secrets.token_hex(16) + suffix


def path_of(stored_name: str) -> pathlib.Path:
    """Where a stored file lies. Raises ValueError for what is not a stored name."""
    stem, suffix = os.path.splitext(stored_name)
    if suffix not in SUFFIXES or len(stem) != 32 or not all(c in "0123456789abcdef" for c in stem):
        raise ValueError("not a stored name")
    return root() / stem[:2] / stored_name


def write(content: bytes, suffix: str) -> str:
    """Store bytes whole or not at all, and return their stored name."""
    name = new_name(suffix)
    target = path_of(name)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        pathlib.Path(temporary).unlink(missing_ok=True)
        raise
    return name


def place_for(suffix: str) -> tuple[str, pathlib.Path]:
    """A stored name and the path at which a writer may put the file itself."""
    name = new_name(suffix)
    target = path_of(name)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return name, target


def remove_strays(known: Collection[str], *, before: dt.datetime) -> int:
    """Remove files that no row names and that were last written before a moment. Returns how many.

    A process that was killed leaves them: half a document, or one whose row was never written.
    """
    strays = [
        path
        for path in root().glob("??/*")
        if path.name not in known and path.stat().st_mtime < before.timestamp()
    ]
    for path in strays:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    return len(strays)


def remove(stored_name: str) -> None:
    path_of(stored_name).unlink(missing_ok=True)

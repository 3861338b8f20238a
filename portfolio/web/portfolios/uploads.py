"""What somebody sent to be taken in, kept between looking it through and saying yes.

One for each person, in a folder that only the site reads; the next one takes its place, and what
nobody came back for is swept away.
"""

import contextlib
import hashlib
import os
import shutil
import tempfile
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from portfolio.domain.errors import Invalid
from portfolio.domain.records import Viewer
from portfolio.domain.text import safe_filename
from portfolio.export.import_zip import FOLDER
from portfolio.export.markdown_folder import SUFFIXES
from portfolio.store import files

KEPT_SECONDS = 24 * 3600
ARRIVING = "arriving"  # the folder of what is still being sent


@dataclass(frozen=True, slots=True)
class Upload:
    path: Path
    digest: str  # SHA-256 (hex): what was looked through is what is taken in


def spool() -> IO[bytes]:
    """A file for what is being sent, on the disk where it will stay."""
    folder = files.root() / ARRIVING
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return cast(IO[bytes], tempfile.NamedTemporaryFile(dir=folder, prefix="part-"))


def keep_upload(viewer: Viewer, sent: Sequence[tuple[str, IO[bytes]]]) -> Upload:
    """Keep one zip, or Markdown files as one. Raises Invalid for anything else."""
    _sweep()
    drop_upload(viewer)
    if not sent:
        raise Invalid("Choose a file first.", field="files")
    names = [safe_filename(name) for name, _ in sent]
    zips = [name for name in names if name.lower().endswith(".zip")]
    if zips and len(sent) > 1:
        raise Invalid("Choose one archive, or several Markdown files; not both at once.", field="files")
    unknown = [name for name in names if Path(name).suffix.lower() not in SUFFIXES | {".zip"}]
    if unknown:
        raise Invalid("“%(name)s” is neither a zip nor a Markdown file.", field="files", name=unknown[0])
    if len(set(names)) < len(names):
        raise Invalid("Two files have the same name. Pack the folder into a zip.", field="files")
    folder = _folder(viewer)
    folder.mkdir(parents=True, mode=0o700)
    if zips:
        path = folder / zips[0]
        _put(sent[0][1], path)
    else:
        path = folder / f"{FOLDER}.zip"
        with zipfile.ZipFile(path, "x", zipfile.ZIP_STORED) as packed:
            for name, (_, stream) in zip(names, sent, strict=True):
                with packed.open(f"{FOLDER}/{name}", "w") as out:
                    shutil.copyfileobj(stream, out)
    return Upload(path, _digest(path))


def _put(stream: IO[bytes], path: Path) -> None:
    """What was sent, under its name: without a copy where it lies on this disk already."""
    name = getattr(stream, "name", None)
    if isinstance(name, str):
        stream.flush()
        with contextlib.suppress(OSError):  # a disk that has no second names
            os.link(name, path)
            return
    with open(path, "xb") as out:
        shutil.copyfileobj(stream, out)


def upload_of(viewer: Viewer, digest: str) -> Upload:
    """What was kept, if it is still that. Raises Invalid."""
    folder = _folder(viewer)
    there = sorted(folder.iterdir()) if folder.is_dir() else []
    if not there or _digest(there[0]) != digest:
        raise Invalid(
            "This is no longer here, or another file was chosen since. Choose it again.", field="files"
        )
    return Upload(there[0], digest)


def drop_upload(viewer: Viewer) -> None:
    shutil.rmtree(_folder(viewer), ignore_errors=True)


def _folder(viewer: Viewer) -> Path:
    return files.root() / "uploads" / viewer.public_id


def _digest(path: Path) -> str:
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _sweep() -> None:
    for left in [*files.root().glob("uploads/*/"), *files.root().glob(f"{ARRIVING}/*")]:
        if time.time() - left.stat().st_mtime > KEPT_SECONDS:
            shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)

"""Files of an export: written whole or not at all, each path once, equal content as equal bytes."""

import glob
import hashlib
import os
import secrets
import time
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Protocol

Progress = Callable[[int, int], None]  # steps done, steps in all

ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say: equal content gives equal bytes
PACKED = {".jpg", ".jpeg", ".png", ".pdf", ".ttf", ".otf", ".woff2"}  # compressed already
STORE_ABOVE_RATIO = 50  # readers take a file that shrinks more than a hundredfold for a zip bomb
RATIO_MATTERS_FROM = 64 * 1024  # bytes
STALE_SECONDS = 24 * 3600
CHUNK = 256 * 1024


def no_progress(done: int, total: int) -> None:
    """The listener of those who do not ask."""


@contextmanager
def whole_file(target: Path) -> Iterator[BinaryIO]:
    """Opens a file to write that appears under `target` when it is complete and on the disk.

    It has a temporary name beside its target until then, so a crash leaves the former file as it
    was. What a crash left behind is swept a day later. Raises OSError.
    """
    for left in glob.glob(f".{glob.escape(target.name)}.*.part", root_dir=target.parent):
        stale = target.parent / left
        with suppress(OSError):
            if time.time() - stale.stat().st_mtime > STALE_SECONDS:
                stale.unlink()
    part = beside(target)
    try:
        with open(part, "xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(part, target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def beside(target: Path) -> Path:
    """A free temporary name in the folder of `target`."""
    return target.with_name(f".{target.name}.{secrets.token_hex(6)}.part")


def sync_folder(folder: Path) -> None:
    """Puts the names in a folder on the disk, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class Sink(Protocol):
    """A place for the files of one export. `path` is relative, with `/`; one path is written once."""

    files: int
    written: int  # those whose bytes are new
    size: int  # bytes of all

    def add(self, path: str, content: bytes | Path) -> str:
        """Writes bytes, or a copy of a file. Gives the SHA-256 (hex) of what was written."""


class _Names:
    """Refuses a second path that some file system would not tell from the first."""

    def __init__(self) -> None:
        self.files = self.written = self.size = 0
        self._taken: set[str] = set()

    def _take(self, path: str) -> None:
        key = unicodedata.normalize("NFC", path).casefold()
        if key in self._taken:
            raise ValueError(f"{path} is written twice")
        self._taken.add(key)
        self.files += 1

    def count(self, path: str, size: int) -> None:
        """Counts a file of so many bytes that another process wrote. Raises ValueError as `add` does."""
        self._take(path)
        self.size += size


class ZipSink(_Names):
    """Files into a zip as they come, each at a fixed time, below the folder `base` (or at the root).

    The standard library's writer serves here: its times can be set, so equal content gives an
    equal file.
    """

    def __init__(self, stream: BinaryIO, base: str = "") -> None:
        super().__init__()
        self._zip = zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED)
        self._base = f"{base}/" if base else ""

    def add(self, path: str, content: bytes | Path, stored: bool = False) -> str:
        """As `Sink.add`; `stored`: not compressed, whatever it is."""
        self._take(path)
        self.written += 1
        info = zipfile.ZipInfo(self._base + path, ZIP_TIME)
        info.file_size = _length(content)  # more than 2 GB are written in another form
        info.create_system = 3  # Unix, whatever system this runs on
        info.external_attr = 0o100644 << 16
        info.compress_type = zipfile.ZIP_STORED if stored else _compression(path, content)
        digest = hashlib.sha256()
        with self._zip.open(info, "w") as member:
            for chunk in _chunks(content):
                digest.update(chunk)
                self.size += len(chunk)
                member.write(chunk)
        return digest.hexdigest()

    def __enter__(self) -> "ZipSink":
        return self

    def __exit__(self, *failure: object) -> None:
        self._zip.close()


class FolderSink(_Names):
    """Files into a folder. `fresh`: an empty one that nobody looks into yet, and is renamed when whole.

    In any other folder a file that has these bytes already is left alone, and each is replaced at once.
    """

    def __init__(self, root: Path, fresh: bool = False) -> None:
        super().__init__()
        self.root = root
        self._fresh = fresh
        self._made: set[str] = set()

    def add(self, path: str, content: bytes | Path) -> str:
        self._take(path)
        target = f"{self.root}/{path}"
        folder = target.rpartition("/")[0]
        if folder not in self._made:
            os.makedirs(folder, exist_ok=True)
            self._made.add(folder)
        digest = hashlib.sha256()
        for chunk in _chunks(content):
            digest.update(chunk)
            self.size += len(chunk)
        if self._fresh or not _holds(target, content, digest.digest()):
            self._write(target, content)
            self.written += 1
        return digest.hexdigest()

    def _write(self, target: str, content: bytes | Path) -> None:
        if self._fresh:
            handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
            try:  # thousands of small files: without the weight of a stream
                for chunk in _chunks(content):
                    while chunk:
                        chunk = chunk[os.write(handle, chunk) :]
            finally:
                os.close(handle)
            return
        part = beside(Path(target))
        try:
            with open(part, "xb") as stream:
                stream.writelines(_chunks(content))
            os.replace(part, target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def _chunks(content: bytes | Path) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with open(content, "rb") as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def _length(content: bytes | Path) -> int:
    return len(content) if isinstance(content, bytes) else content.stat().st_size


def _compression(path: str, content: bytes | Path) -> int:
    if isinstance(content, Path) or Path(path).suffix in PACKED:
        return zipfile.ZIP_STORED
    if len(content) > RATIO_MATTERS_FROM and len(content) > STORE_ABOVE_RATIO * len(zlib.compress(content)):
        return zipfile.ZIP_STORED
    return zipfile.ZIP_DEFLATED


def _holds(target: str, content: bytes | Path, digest: bytes) -> bool:
    """Whether a file has these bytes already."""
    size = _length(content)
    try:
        with open(target, "rb") as stream:
            if os.fstat(stream.fileno()).st_size != size:
                return False
            return hashlib.file_digest(stream, "sha256").digest() == digest
    except OSError:
        return False

"""Pieces on disk, by the hash of all that they show: what was laid out once is not laid out again.

A file is whole or absent (it is renamed into place), bears its own checksum, and may vanish at any
time: whoever misses it lays it out anew. So the folder can be emptied without harm.
"""

import contextlib
import os
import secrets
import struct
import time
import zlib
from pathlib import Path

from portfolio.export.pieces import Damaged, Piece, unpack

MB = 1024 * 1024
LARGEST_WHOLE_MB = 20  # a finished book that is larger is bound again when it is asked for again
UNUSED_DAYS = 30  # after which a piece is removed: it may hold what its author has deleted
_WHOLE, _WHOLE_MARK = struct.Struct(">4sII"), b"BOOK"  # mark, CRC, pages


class PieceStore:
    """Pieces in `folder`, which is made when the first one is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, key: str) -> Piece | None:
        """None where it is not kept, or not what was kept."""
        path = self._path(key)
        try:
            piece = unpack(path.read_bytes())
        except FileNotFoundError:
            return None
        except (Damaged, OSError):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return piece

    def whole(self, key: str, target: Path) -> int:
        """Writes a finished book that is kept to `target`; returns its pages, or 0 where there is none."""
        path = self._path(key)
        try:
            data = path.read_bytes()
        except OSError:
            return 0
        mark, check, pages = _WHOLE.unpack_from(data) if len(data) > _WHOLE.size else (b"", 0, 0)
        book = memoryview(data)[_WHOLE.size :]
        if mark != _WHOLE_MARK or zlib.crc32(book) != check:
            path.unlink(missing_ok=True)
            return 0
        target.write_bytes(book)
        with contextlib.suppress(OSError):
            os.utime(path)
        return int(pages)

    def keep_whole(self, key: str, book: Path, pages: int) -> None:
        """Keeps a finished book, unless it is large or the disk is full."""
        if book.stat().st_size > LARGEST_WHOLE_MB * MB:
            return
        data = book.read_bytes()
        with contextlib.suppress(OSError):
            self.put(key, _WHOLE.pack(_WHOLE_MARK, zlib.crc32(data), pages) + data)

    def put(self, key: str, data: bytes) -> None:
        """Raises OSError where the disk is full."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{secrets.token_hex(8)}")
        try:
            draft.write_bytes(data)
            draft.replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)
            raise

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / key


def sweep(folder: Path, most_mb: int) -> int:
    """Removes pieces that nobody has used for a month, and then the oldest until `most_mb` are left.

    Returns how many.
    """
    found = []
    for path in folder.glob("*/*"):
        with contextlib.suppress(FileNotFoundError):
            status = path.stat()
            found.append((status.st_mtime, status.st_size, path))
    total = sum(size for _when, size, _path in found)
    removed = 0
    for when, size, path in sorted(found, key=lambda item: item[:2]):
        if total <= most_mb * MB and when > time.time() - UNUSED_DAYS * 86_400:
            break
        path.unlink(missing_ok=True)
        total -= size
        removed += 1
    return removed

"""A BagIt bag (RFC 8493) as a zip or a folder: its tag files written, and all of it checked.

What is read comes from anywhere: every name, size and checksum is looked at before a file's
content is used, nothing is unpacked to the disk, and every problem is one sentence that names
the file.
"""

import hashlib
import os
import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from portfolio.domain.errors import ImportRefused

DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
MANIFEST, TAG_MANIFEST = "manifest-sha256.txt", "tagmanifest-sha256.txt"

FILES_MOST = 65_000  # of a zip without the ZIP64 extension
TOTAL_MOST = 4 * 1024**3  # bytes when unpacked
RATIO_MOST = 100  # unpacked to packed
RATIO_FREE = 64 * 1024  # bytes that a file may have whatever its ratio
DIRECTORY_MOST = 400  # bytes of a zip's directory for each file that may be in it
NAME_MOST = 1024  # bytes
PROBLEMS_MOST = 100  # told at once
CHUNK = 256 * 1024

_LINE = re.compile(r"([0-9a-fA-F]{64})[ \t]+\*?(\S.*)")
_CONTROL = re.compile("[\x00-\x1f\x7f]")
_DRIVE = re.compile(r"[A-Za-z]:")
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError)


def manifest(hashes: dict[str, str]) -> bytes:
    """The lines of a manifest, by path."""
    return "".join(f"{digest}  {_encoded(path)}\n" for path, digest in sorted(hashes.items())).encode()


def info(fields: dict[str, str]) -> bytes:
    """bag-info.txt."""
    return "".join(f"{label}: {' '.join(value.split())}\n" for label, value in fields.items()).encode()


def unsafe(name: str) -> str:
    """Why this name of a file in an archive is refused; "" for a good one."""
    if "\\" in name:
        return "has a backslash in its name"
    if _CONTROL.search(name) or len(name.encode(errors="surrogatepass")) > NAME_MOST:
        return "has a name that no file should have"
    if name.startswith("/") or _DRIVE.match(name):
        return "has an absolute path"
    if any(part in ("", ".", "..") for part in name.split("/")):
        return "would leave its folder"
    return ""


def refuse(problems: list[str]) -> None:
    """Raises ImportRefused if there is a problem, with at most a hundred of them."""
    if problems:
        more = len(problems) - PROBLEMS_MOST
        raise ImportRefused(problems[:PROBLEMS_MOST] + ([f"… and {more} more."] if more > 0 else []))


class Bag:
    """An opened bag whose every file agrees with its checksum.

    `names` are paths below the bag's folder, with `/`. Use as a context manager. Opening raises
    ImportRefused with all that is wrong.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._problems: list[str] = []
        self._zip: zipfile.ZipFile | None = None
        self.names: dict[str, zipfile.ZipInfo | Path] = {}
        self.hashes: dict[str, str] = {}  # SHA-256 (hex) of each file of the payload
        try:
            if path.is_dir():
                self._list_folder()
            elif path.is_file():
                self._list_zip()
            else:
                self._problems.append(f"{path.name}: there is no such file.")
            refuse(self._problems)
            self._verify()
            refuse(self._problems)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Bag":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        if self._zip is not None:
            self._zip.close()

    def read(self, name: str, most: int) -> bytes:
        """The bytes of a file. Raises ValueError with the reason, KeyError where it is not there."""
        out = bytearray()
        for chunk in self.chunks(name):
            out += chunk
            if len(out) > most:
                raise ValueError(f"has more than {most // 1024**2} MB")
        return bytes(out)

    def chunks(self, name: str) -> Iterator[bytes]:
        """A file in pieces. Raises ValueError where it is damaged or unpacks to more than it may."""
        found = self.names[name]
        size = 0
        try:
            packed = found.compress_size if isinstance(found, zipfile.ZipInfo) else 0
            stream = open(found, "rb") if isinstance(found, Path) else self._opened().open(found)  # noqa: SIM115
            with stream:
                while chunk := stream.read(CHUNK):
                    size += len(chunk)
                    if isinstance(found, zipfile.ZipInfo) and size > max(RATIO_FREE, RATIO_MOST * packed):
                        raise _TooMuch("unpacks to more than a hundred times its size")
                    yield chunk
        except _TooMuch as problem:
            raise ValueError(str(problem)) from None
        except DAMAGED:
            raise ValueError("is damaged and cannot be unpacked") from None

    def _opened(self) -> zipfile.ZipFile:
        assert self._zip is not None
        return self._zip

    # --- what is in it -----------------------------------------------------------------------------

    def _list_zip(self) -> None:
        archive = self.path.name
        try:
            if directory_size(self.path) > FILES_MOST * DIRECTORY_MOST:
                self._problems.append(f"{archive}: it has more than {FILES_MOST:,} files.")
                return
            self._zip = zipfile.ZipFile(self.path)
            members = self._zip.infolist()
        except DAMAGED:
            self._problems.append(f"{archive}: this is not a zip file, or it is cut short.")
            return
        if len(members) > FILES_MOST:
            self._problems.append(f"{archive}: it has more than {FILES_MOST:,} files.")
            return
        if sum(member.file_size for member in members) > TOTAL_MOST:
            self._problems.append(f"{archive}: it unpacks to more than {TOTAL_MOST // 1024**3} GB.")
            return
        listed: list[tuple[str, zipfile.ZipInfo]] = []
        for member in members:
            name = member.orig_filename
            reason = unsafe(name.removesuffix("/"))
            mode = member.external_attr >> 16
            if not reason and mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
                reason = "is a link or a device"
            if not reason and member.flag_bits & 1:
                reason = "is encrypted"
            if not reason and member.file_size > max(RATIO_FREE, RATIO_MOST * member.compress_size):
                reason = "unpacks to more than a hundred times its size"
            if reason:
                self._problems.append(f"{shown_name(name)}: it {reason}.")
            elif not name.endswith("/"):
                listed.append((name, member))
        base = _base(name for name, _ in listed)
        for name, member in listed:
            self._take(name.removeprefix(base), member)

    def _list_folder(self) -> None:
        total = count = 0
        for folder, folders, files in os.walk(self.path):
            for name in sorted([*folders, *files]):
                full = Path(folder, name)
                relative = full.relative_to(self.path).as_posix()
                status = full.lstat()
                if stat.S_ISDIR(status.st_mode):
                    continue
                count += 1
                total += status.st_size
                if count > FILES_MOST or total > TOTAL_MOST:
                    self._problems.append(f"{self.path.name}: it is too large to be an archive of a diary.")
                    return
                if not stat.S_ISREG(status.st_mode):
                    self._problems.append(f"{shown_name(relative)}: it is a link or a device.")
                elif reason := unsafe(relative):
                    self._problems.append(f"{shown_name(relative)}: it {reason}.")
                else:
                    self._take(relative, full)

    def _take(self, name: str, where: zipfile.ZipInfo | Path) -> None:
        name = unicodedata.normalize("NFC", name)  # some systems take names apart
        if name in self.names:
            self._problems.append(f"{shown_name(name)}: it is in the archive twice.")
        self.names[name] = where

    # --- whether it is whole -----------------------------------------------------------------------

    def _verify(self) -> None:
        if "bagit.txt" not in self.names or MANIFEST not in self.names:
            missing = "bagit.txt" if "bagit.txt" not in self.names else MANIFEST
            self._problems.append(f"{self.path.name}: this is no archive of a diary; it has no {missing}.")
            return
        payload = {name for name in self.names if name.startswith("data/")}
        self.hashes = self._manifest(MANIFEST)
        for name in sorted(payload - self.hashes.keys()):
            self._problems.append(f"{shown_name(name)}: it is not listed in {MANIFEST}.")
        self._compare(self.hashes)
        if TAG_MANIFEST in self.names:
            self._compare(self._manifest(TAG_MANIFEST))

    def _manifest(self, manifest_name: str) -> dict[str, str]:
        found: dict[str, str] = {}
        try:
            text = self.read(manifest_name, FILES_MOST * 1200).decode()
        except ValueError as problem:
            reason = "is not valid UTF-8" if isinstance(problem, UnicodeDecodeError) else str(problem)
            self._problems.append(f"{manifest_name}: it {reason}.")
            return {}
        for number, line in enumerate(text.splitlines(), 1):
            match = _LINE.fullmatch(line)
            if match is None:
                self._problems.append(f"{manifest_name}: line {number} is not a checksum and a path.")
                continue
            name = unicodedata.normalize("NFC", _decoded(match[2]))
            if name in found:
                self._problems.append(f"{shown_name(name)}: it is listed twice in {manifest_name}.")
            found[name] = match[1].lower()
        return found

    def _compare(self, listed: dict[str, str]) -> None:
        for name, expected in listed.items():
            if name not in self.names:
                self._problems.append(f"{shown_name(name)}: it is listed in the manifest, but is not there.")
                continue
            digest = hashlib.sha256()
            try:
                for chunk in self.chunks(name):
                    digest.update(chunk)
            except ValueError as problem:
                self._problems.append(f"{shown_name(name)}: it {problem}.")
                continue
            if digest.hexdigest() != expected:
                self._problems.append(
                    f"{shown_name(name)}: it has changed since the archive was made: "
                    "its checksum does not agree."
                )


def read_again(archive: Path, where: zipfile.ZipInfo | Path, digest: str, most: int) -> bytes:
    """A file of a bag that was checked and closed before. Raises ImportRefused if it is not the same."""
    name = where.name if isinstance(where, Path) else where.filename
    content = b""
    try:
        if isinstance(where, Path):
            content = where.read_bytes() if where.stat().st_size <= most else b""
        elif where.file_size <= most:
            with zipfile.ZipFile(archive) as opened:
                content = opened.read(where)
    except DAMAGED:
        raise ImportRefused([f"{shown_name(name)}: it cannot be read."]) from None
    if hashlib.sha256(content).hexdigest() != digest:
        raise ImportRefused([f"{shown_name(name)}: it is too large, or has changed since it was checked."])
    return content


class _TooMuch(Exception):
    pass


def directory_size(path: Path) -> int:
    """Bytes of a zip's list of files, looked at before that list is read, since it may be endless.

    A zip with the ZIP64 extension has more than this reader takes. Raises ValueError for what is no zip.
    """
    with open(path, "rb") as stream:
        end = stream.seek(0, os.SEEK_END)
        start = max(0, end - 65_557 - 20)  # the longest comment, and the place of a ZIP64 locator
        stream.seek(start)
        tail = stream.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        raise ValueError("no end of a zip")
    if tail[max(0, at - 20) : at].startswith(b"PK\x06\x07"):
        return FILES_MOST * DIRECTORY_MOST + 1
    return int.from_bytes(tail[at + 12 : at + 16], "little")


def _base(names: Iterator[str]) -> str:
    """The folder that a zip holds its bag in: the one with bagit.txt, or none."""
    found = min((name for name in names if name.rpartition("/")[2] == "bagit.txt"), key=len, default="")
    base = found.removesuffix("bagit.txt")
    return base if base.count("/") <= 1 else ""


def _encoded(path: str) -> str:
    return path.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D")


def _decoded(path: str) -> str:
    return re.sub(r"%(0[AaDd]|25)", lambda found: chr(int(found[1], 16)), path)


def shown_name(name: str) -> str:
    """A name as it can stand in a message."""
    return _CONTROL.sub("�", name.encode(errors="replace").decode())[:200]

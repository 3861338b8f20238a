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
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType

from portfolio.domain.errors import ImportRefused

DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
MANIFEST, TAG_MANIFEST = "manifest-sha256.txt", "tagmanifest-sha256.txt"

FILES_MOST = 200_000
TOTAL_MOST = 8 * 1024**3  # bytes when unpacked, where nothing else is said
RATIO_MOST = 100  # unpacked to packed
RATIO_FREE = 64 * 1024  # bytes that a file may have whatever its ratio
LOCATOR, RECORD = 20, 56  # bytes of ZIP64's own end of a zip
ELSEWHERE = 0xFFFFFFFF  # what stands in place of a number that ZIP64 has
DIRECTORY_MOST = 400  # bytes of a zip's directory for each file that may be in it
NAME_MOST = 1024  # bytes
LINE_MOST = 4 * NAME_MOST  # bytes of a manifest for each file that is there: a checksum, and a name encoded
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
    """An opened bag whose every file agrees with its checksum, with at most `most` bytes when unpacked.

    `names` are paths below the bag's folder, with `/`. Use as a context manager. Opening raises
    ImportRefused with all that is wrong.
    """

    def __init__(self, path: Path, most: int = TOTAL_MOST) -> None:
        self.path, self.most = path, most
        self._unpacked = 0  # bytes, as they were counted
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
        if sum(member.file_size for member in members) > self.most:
            self._problems.append(f"{archive}: it unpacks to more than {gigabytes(self.most)} GB.")
            return
        if overlapping(members, self.path):
            self._problems.append(f"{archive}: its files lie over one another.")
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
                if count > FILES_MOST or total > self.most:
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
            text = self.read(manifest_name, (len(self.names) + 1) * LINE_MOST).decode()
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
                    self._unpacked += len(chunk)
                    if self._unpacked > self.most:  # whatever the list of files says
                        raise ValueError(
                            f"unpacks, with those before it, to more than {gigabytes(self.most)} GB"
                        )
            except ValueError as problem:
                self._problems.append(f"{shown_name(name)}: it {problem}.")
                continue
            if digest.hexdigest() != expected:
                self._problems.append(
                    f"{shown_name(name)}: it has changed since the archive was made: "
                    "its checksum does not agree."
                )


class Reopened:
    """An archive that was checked and closed before, opened once more when a file of it is wanted.

    It stays open as long as somebody may ask it: the list of a large zip takes a while to read.
    """

    def __init__(self, archive: Path) -> None:
        self.archive = archive
        self._zip: zipfile.ZipFile | None = None

    def read(self, where: zipfile.ZipInfo | Path, digest: str, most: int) -> bytes:
        """The bytes of a file. Raises ImportRefused if they are not those that were checked."""
        name = where.name if isinstance(where, Path) else where.filename
        content = b""
        try:
            if isinstance(where, Path):
                content = where.read_bytes() if where.stat().st_size <= most else b""
            elif where.file_size <= most:
                self._zip = self._zip or zipfile.ZipFile(self.archive)
                content = self._zip.read(where)
        except DAMAGED:
            raise ImportRefused([f"{shown_name(name)}: it cannot be read."]) from None
        if hashlib.sha256(content).hexdigest() != digest:
            raise ImportRefused(
                [f"{shown_name(name)}: it is too large, or has changed since it was checked."]
            )
        return content


class _TooMuch(Exception):
    pass


def directory_size(path: Path) -> int:
    """Bytes of a zip's list of files, looked at before that list is read, since it may be endless.

    Of a zip that says it in several places (APPNOTE 4.3.14 to 4.3.16, ZIP64), the most that any says.
    Raises ValueError for what is no zip.
    """
    with open(path, "rb") as stream:
        end = stream.seek(0, os.SEEK_END)
        start = max(0, end - 65_557 - LOCATOR - RECORD)  # the longest comment, and ZIP64 before it
        stream.seek(start)
        tail = stream.read()
        at = tail.rfind(b"PK\x05\x06")
        if at < 0 or len(tail) < at + 22:
            raise ValueError("no end of a zip")
        size = int.from_bytes(tail[at + 12 : at + 16], "little")
        locator = tail[max(0, at - LOCATOR) : at]
        if not locator.startswith(b"PK\x06\x07"):
            return size
        stream.seek(min(int.from_bytes(locator[8:16], "little"), end))
        records = [tail[max(0, at - LOCATOR - RECORD) : at - LOCATOR], stream.read(RECORD)]
    sizes = [int.from_bytes(r[40:48], "little") for r in records if r.startswith(b"PK\x06\x06")]
    return max(sizes + [size] * (size != ELSEWHERE or not sizes))


def overlapping(members: Iterable[zipfile.ZipInfo], path: Path) -> bool:
    """Whether a zip's files are, packed, more than all of it: then one place is unpacked many times."""
    return sum(member.compress_size for member in members) > path.stat().st_size


def gigabytes(size: int) -> str:
    """For a message: “8”, “7.8”."""
    return f"{round(size / 1024**3, 1):g}"


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

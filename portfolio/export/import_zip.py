"""A zip that somebody brings: an open archive, or a folder of Markdown files packed into one file.

Of a packed folder only texts are unpacked, into a folder of the reader's own that is gone when they
are read. What it holds is counted as it comes out, so that a small file cannot fill the disk.
"""

import stat
import tempfile
import unicodedata
import zipfile
from pathlib import Path, PurePosixPath

from portfolio.domain.errors import ImportRefused
from portfolio.domain.exchange import ImportBundle
from portfolio.export.archive_reading import read_archive
from portfolio.export.bag import (
    CHUNK,
    DAMAGED,
    DIRECTORY_MOST,
    RATIO_FREE,
    RATIO_MOST,
    directory_size,
    refuse,
    shown_name,
    unsafe,
)
from portfolio.export.markdown_folder import FILES_MOST, SUFFIXES, read_markdown_folder

FOLDER = "diary"  # the name of a folder that has none, so that the same files are known again
TEXT_MOST = 256 * 1024**2  # bytes of all texts when unpacked
UTF8_NAMES = 0x800  # the flag of a member whose name is UTF-8; others are in the code page of some system


def read_zip(path: Path) -> ImportBundle:
    """What a zip holds: an archive where there is a bagit.txt in it, else a folder of Markdown files.

    Raises ImportRefused with a sentence for each problem, which names the file.
    """
    try:
        if directory_size(path) > FILES_MOST * DIRECTORY_MOST:
            raise ImportRefused([f"{path.name}: it has more than {FILES_MOST:,} files."])
        with zipfile.ZipFile(path) as packed:
            if any(_is_tag_file(name) for name in packed.namelist()):
                return read_archive(path)
            with tempfile.TemporaryDirectory(prefix="portfolio-import-") as folder:
                return read_markdown_folder(_unpack(packed, Path(folder)))
    except DAMAGED:
        raise ImportRefused([f"{path.name}: this is not a zip file, or it is damaged."]) from None


def _is_tag_file(name: str) -> bool:
    return PurePosixPath(name).name == "bagit.txt" and name.count("/") <= 1


def _unpack(packed: zipfile.ZipFile, folder: Path) -> Path:
    """The folder of what is in it, with empty files in place of what is no text."""
    problems: list[str] = []
    members: dict[str, zipfile.ZipInfo] = {}
    for member in packed.infolist():
        name = _name(member)
        reason = unsafe(name.removesuffix("/")) or _refusal(member)
        if reason:
            problems.append(f"{shown_name(name)}: it {reason}.")
        elif name in members:
            problems.append(f"{shown_name(name)}: it is in the zip twice.")
        elif not name.endswith("/") and not name.startswith("__MACOSX/"):
            members[name] = member
    if not members and not problems:
        problems.append(f"{Path(packed.filename or '').name}: there is no file in it.")
    refuse(problems)
    tops = {name.partition("/")[0] for name in members}
    alone = len(tops) == 1 and all("/" in name for name in members)
    root = folder if alone else folder / FOLDER
    room = TEXT_MOST
    for name, member in members.items():
        target = root / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if _is_text(name):
                room -= _write(packed, member, target, room)
            else:
                target.touch()
        except DAMAGED:  # a file where another needs a folder, or a name that this disk does not take
            problems.append(f"{shown_name(name)}: it is damaged and cannot be unpacked.")
    refuse(problems)
    return folder / tops.pop() if alone else root


def _is_text(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in SUFFIXES


def _refusal(member: zipfile.ZipInfo) -> str:
    mode = member.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a device"
    if member.flag_bits & 1:
        return "is encrypted"
    if _is_text(_name(member)) and member.file_size > max(RATIO_FREE, RATIO_MOST * member.compress_size):
        return "unpacks to more than a hundred times its size"
    return ""


def _name(member: zipfile.ZipInfo) -> str:
    """A member's name; Chinese systems write theirs in GB 18030 without saying so."""
    name = member.orig_filename
    if not member.flag_bits & UTF8_NAMES:
        written = name.encode("cp437", errors="replace")
        for encoding in ("utf-8", "gb18030"):
            try:
                name = written.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    return unicodedata.normalize("NFC", name)


def _write(packed: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, room: int) -> int:
    size = 0
    with packed.open(member) as stream, open(target, "xb") as out:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if size > room:
                raise ImportRefused([f"{shown_name(target.name)}: there is more text than a diary holds."])
            out.write(chunk)
    return size

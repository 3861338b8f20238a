"""A zip that somebody brings: an open archive, Leap2A, or a folder of Markdown files packed into one file.

Of a packed folder only texts are unpacked, into a folder of the reader's own that is gone when they
are read. No more comes out than the zip says of itself (zipfile sees to that), and that is summed up
before, so that a small file cannot fill the disk. A file that is refused stays packed; the others are
read all the same, so that all problems are told at once.
"""

import shutil
import stat
import tempfile
import unicodedata
import zipfile
from dataclasses import replace
from pathlib import Path, PurePosixPath

from portfolio.domain.errors import ImportRefused, Said
from portfolio.domain.exchange import BODY_BYTES, ImportBundle
from portfolio.export.archive_reading import read_archive
from portfolio.export.bag import (
    DAMAGED,
    DIRECTORY_MOST,
    FILES_MOST,
    RATIO_FREE,
    RATIO_MOST,
    TOTAL_MOST,
    directory_size,
    refuse,
    shown_name,
    unsafe,
)
from portfolio.export.leap2a_reading import read_leap2a
from portfolio.export.leap2a_zip import feed_in
from portfolio.export.markdown_folder import FILES_MOST as TEXTS_MOST
from portfolio.export.markdown_folder import SUFFIXES, read_markdown_folder

FOLDER = "diary"  # the name of a folder that has none, so that the same files are known again
TEXT_MOST = 256 * 1024**2  # bytes of all texts when unpacked
UTF8_NAMES = 0x800  # the flag of a member whose name is UTF-8; others are in the code page of some system


def read_zip(path: Path, most: int = TOTAL_MOST) -> ImportBundle:
    """What a zip holds: an archive where there is a bagit.txt, Leap2A where there is a leap2a.xml,
    else a folder of Markdown files. An archive has at most `most` bytes when unpacked.

    Of a folder, `problems` has a sentence for each file that cannot be taken. Raises ImportRefused
    where nothing of it can be read, and for an archive with any problem.
    """
    try:
        if directory_size(path) > FILES_MOST * DIRECTORY_MOST:
            raise ImportRefused([_too_many(path, FILES_MOST)])
        with zipfile.ZipFile(path) as packed:
            if any(_is_tag_file(name) for name in packed.namelist()):
                return read_archive(path, most)
            if feed_in(packed.namelist()):
                return read_leap2a(path, most)
            if len(packed.namelist()) > TEXTS_MOST:
                raise ImportRefused([_too_many(path, TEXTS_MOST)])
            with tempfile.TemporaryDirectory(prefix="portfolio-import-") as folder:
                problems: list[str] = []
                root = _unpack(packed, Path(folder), problems)
                try:
                    bundle = read_markdown_folder(root)
                except ImportRefused:  # nothing is left of it
                    refuse(problems)
                    raise ImportRefused(
                        [Said("%(file)s: there is no Markdown or text file in it.", file=path.name)]
                    ) from None
                return replace(bundle, problems=(*problems, *bundle.problems))
    except DAMAGED:
        raise ImportRefused(
            [Said("%(file)s: this is not a zip file, or it is damaged.", file=path.name)]
        ) from None


def _too_many(path: Path, most: int) -> Said:
    return Said("%(file)s: it has more than %(files)s files.", file=path.name, files=f"{most:,}")


def _is_tag_file(name: str) -> bool:
    return PurePosixPath(name).name == "bagit.txt" and name.count("/") <= 1


def _unpack(packed: zipfile.ZipFile, folder: Path, problems: list[str]) -> Path:
    """The folder of what is in it, with empty files in place of what is no text."""
    members: dict[str, zipfile.ZipInfo] = {}
    archive = Path(packed.filename or "").name
    for member in packed.infolist():
        name = _name(member)
        reason = _unsafe(name) or _refusal(member)
        if reason:
            problems.append(_told(name, reason))
        elif name in members:
            problems.append(_told(name, Said("it is in the zip twice")))
        elif not name.endswith("/") and not name.startswith("__MACOSX/"):
            members[name] = member
    if not members and not problems:
        problems.append(Said("%(file)s: there is no file in it.", file=archive))
    if not members:
        refuse(problems)
    total = sum(member.file_size for name, member in members.items() if _is_text(name))
    if total > TEXT_MOST:
        raise ImportRefused([*problems, _too_much(archive, total)])
    tops = {name.partition("/")[0] for name in members}
    alone = len(tops) == 1 and all("/" in name for name in members)
    root = folder if alone else folder / FOLDER
    for name, member in members.items():
        target = root / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if _is_text(name):
                with packed.open(member) as stream, open(target, "xb") as out:
                    shutil.copyfileobj(stream, out)
            else:
                target.touch()
        except DAMAGED:  # a file where another needs a folder, or a name that this disk does not take
            target.unlink(missing_ok=True) if target.is_file() else None
            problems.append(_told(name, Said("it is damaged and cannot be unpacked")))
    return folder / tops.pop() if alone else root


def _told(name: str, reason: Said) -> Said:
    return Said("%(file)s: %(reason)s.", file=shown_name(name), reason=reason)


def _too_much(archive: str, total: int) -> Said:
    return Said(
        "%(file)s: its texts unpack to %(size)s; at most %(most)s come in at once. "
        "Pack the diary into several zips.",
        file=archive, size=_size(total), most=_size(TEXT_MOST),
    )  # fmt: skip


def _size(count: int) -> str:
    """For people: “29 KB”, “28.6 MB”."""
    return f"{count / 1024**2:.1f} MB" if count >= 1024**2 else f"{-(-count // 1024)} KB"


def _unsafe(name: str) -> Said | None:
    """The same as `unsafe`, as a clause."""
    reasons = {
        "has a backslash in its name": Said("it has a backslash in its name"),
        "has a name that no file should have": Said("it has a name that no file should have"),
        "has an absolute path": Said("it has an absolute path"),
        "would leave its folder": Said("it would leave its folder"),
    }
    reason = unsafe(name.removesuffix("/"))
    return reasons[reason] if reason else None


def _is_text(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in SUFFIXES


def _refusal(member: zipfile.ZipInfo) -> Said | None:
    mode = member.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return Said("it is a link or a device")
    if member.flag_bits & 1:
        return Said("it is encrypted")
    if _is_text(_name(member)) and member.file_size > max(RATIO_FREE, RATIO_MOST * member.compress_size):
        return Said(
            "it unpacks from %(packed)s to %(size)s; of a file of an entry at most %(most)s of text "
            "are read, and at most %(times)s times what it is packed into",
            packed=_size(member.compress_size), size=_size(member.file_size),
            most=_size(BODY_BYTES), times=RATIO_MOST,
        )  # fmt: skip
    return None


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

"""The files of a Leap2A zip, looked at before anything is read, and never unpacked to the disk."""

import hashlib
import re
import stat
import unicodedata
import zipfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import unquote

from portfolio.domain.diary import photographs
from portfolio.domain.errors import ImportRefused, Invalid, Said
from portfolio.domain.exchange import ImportedPhotograph
from portfolio.export.bag import (
    FILES_MOST,
    RATIO_FREE,
    RATIO_MOST,
    Reopened,
    gigabytes,
    overlapping,
    refuse,
    shown_name,
    unsafe,
)
from portfolio.export.leap2a_feed import Feed, Item, read_feed

FEED_NAMES = ("leap2a.xml", "leap2.xml", "leap.xml")
FEED_MOST = 64 * 1024**2  # bytes

_DOWNLOAD = re.compile(r"/download\.php\?(?:[^#]*&)?file=(\d+)")
_ADDRESS = re.compile(r"""\b(?:src|href)\s{0,3}=\s{0,3}["']([^"'<>]{1,2000})["']""")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in the zip that the diary can take."""

    info: zipfile.ZipInfo
    width: int  # pixels
    height: int
    sha256: str


def feed_in(names: list[str]) -> str:
    """The feed among a zip's files, at its root or in one folder; "" where there is none."""
    found = [n for n in names if n.rpartition("/")[2].lower() in FEED_NAMES and n.count("/") <= 1]
    return min(found, key=lambda name: (name.count("/"), name), default="")


class Packed:
    """The zip: its feed, and the files that the feed's items are about, by the item's id.

    Opening it raises ImportRefused with a sentence for each problem.
    """

    def __init__(self, path: Path, opened: zipfile.ZipFile, most: int) -> None:
        self.path, self._zip, self.most = path, opened, most
        self._reopened = Reopened(path)
        self._members = self._checked()
        name = feed_in(list(self._members))
        if not name:
            raise ImportRefused([Said("%(file)s: there is no leap2a.xml in it.", file=path.name)])
        info = self._members[name]
        if info.file_size > FEED_MOST or _swells(info):
            reason = Said(
                "it unpacks to more than %(size)s MB, or to more than %(times)s times its size",
                size=FEED_MOST // 1024**2, times=RATIO_MOST,
            )  # fmt: skip
            raise ImportRefused([_told(name, reason)])
        self._folder = name.removesuffix(name.rpartition("/")[2])
        with opened.open(info) as stream:
            self.feed: Feed = read_feed(stream, name)
        self.items = {item.id: item for item in self.feed.items if item.id}
        self.files = {key: file for key, item in self.items.items() if (file := self._file_of(item))}
        self._by_file = {file: key for key, file in self.files.items()}
        self._looked_at: dict[str, Picture | None] = {}

    def _checked(self) -> dict[str, zipfile.ZipInfo]:
        infos = self._zip.infolist()
        problems: list[str] = []
        if (
            len(infos) > FILES_MOST
            or sum(info.file_size for info in infos) > self.most
            or overlapping(infos, self.path)
        ):
            reason = Said(
                "it has more than %(files)s files, or unpacks to more than %(size)s GB",
                files=f"{FILES_MOST:,}", size=gigabytes(self.most),
            )  # fmt: skip
            raise ImportRefused([_told(self.path.name, reason)])
        for info in infos:
            mode = info.external_attr >> 16
            if unsafe(info.orig_filename.removesuffix("/")):
                reason = Said("its name would lead out of the folder, or no file should have it")
            elif mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
                reason = Said("it is a link or a device")
            elif info.flag_bits & 1:
                reason = Said("it is encrypted")
            else:
                continue
            problems.append(_told(info.orig_filename, reason))
        refuse(problems)
        return {unicodedata.normalize("NFC", i.filename): i for i in infos if not i.filename.endswith("/")}

    def _file_of(self, item: Item) -> str:
        """The path of the file that an item is about, from the feed's folder; "" where it is about none."""
        if item.kind != "resource":
            return ""
        for address in (item.src, *item.linked("enclosure")):
            if not address or re.match(r"[a-zA-Z][\w+.-]*:", address):
                continue
            for path in (address, unquote(address)):
                path = unicodedata.normalize("NFC", path)
                if unsafe(path):
                    raise ImportRefused([_told(path, Said("it would leave its folder"))])
                if self._folder + path in self._members:
                    return path
            return path
        return ""

    def name_of(self, key: str) -> str:
        """A file as a message names it."""
        return shown_name(self.items[key].title or self.files[key].rpartition("/")[2])[:80]

    def pictures_in(self, html: str) -> dict[str, str]:
        """The addresses in an HTML text that lead to pictures of this zip, and the ids of their items."""
        found: dict[str, str] = {}
        for address in _ADDRESS.findall(html):
            address = address.replace("&amp;", "&")
            download = _DOWNLOAD.search(address)
            key = f"portfolio:artefact{download[1]}" if download else address
            key = key if key in self.files else self._by_file.get(unquote(address), "")
            if key and self.picture(key):
                found[address] = key
        return found

    def picture(self, key: str) -> Picture | None:
        """The picture that an item is about; None for a file of another kind, or one that is not there."""
        if key not in self._looked_at:
            self._looked_at[key] = self._look_at(self._members.get(self._folder + self.files[key]))
        return self._looked_at[key]

    def _look_at(self, info: zipfile.ZipInfo | None) -> Picture | None:
        if info is None or info.file_size > photographs.BYTES_MOST or _swells(info):
            return None
        content = self._zip.read(info)
        try:
            width, height = photographs.size_of(content)
        except Invalid:
            return None
        return Picture(info, width, height, hashlib.sha256(content).hexdigest())

    def photograph(self, key: str, public_id: str) -> ImportedPhotograph | None:
        """The picture of an item, to be read when it is taken in."""
        picture, item = self.picture(key), self.items[key]
        if picture is None:
            return None
        own = item.own or {}
        return ImportedPhotograph(
            public_id=public_id,
            media_type=item.type,
            width=picture.width,
            height=picture.height,
            alt=own.get("alt", item.summary),
            caption=own.get("caption", ""),
            sha256=picture.sha256,
            read=partial(self._reopened.read, picture.info, picture.sha256, photographs.BYTES_MOST),
        )


def _told(name: str, reason: Said) -> Said:
    return Said("%(file)s: %(reason)s.", file=shown_name(name), reason=reason)


def _swells(info: zipfile.ZipInfo) -> bool:
    return info.file_size > max(RATIO_FREE, RATIO_MOST * info.compress_size)

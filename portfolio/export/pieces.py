"""What a book is put together from: laid-out pieces, cut wherever a page may end.

A piece is one entry, one narrative, one part of the contents …, laid out once as if on an endless
page (`galleys`). It knows where it may be cut, what is drawn between two cuts, and what is still
open: numbers of pages. So a change in a diary costs the layout of what has changed and nothing
else, however long the book is (`pages` fills pages with pieces, `binding` makes a file of them).

Lengths are points, measured downwards from the top of the piece.
"""

import functools
import struct
import zlib
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

_HEAD = struct.Struct(">4sI")  # mark, CRC of the rest
_MARK = b"PCE4"
UNPACKED_MOST = 200  # bodies that are held at once: a large book fits, one of ten years takes no more memory

TEXT, NOTES, ACROSS, BLEED = range(4)  # zones of a sheet, see `zones`


class Damaged(ValueError):
    """A stored piece is not what was stored."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A place where a page may end: what is above needs room to `end`, what is below begins at `start`."""

    end: float
    start: float
    hard: bool  # good typography would not cut here; only for what is higher than a page
    repeat: int = -1  # the strip (a table's head) that stands again above what is below


@dataclass(frozen=True, slots=True)
class Unit:
    """Something drawn in one go: a run of text, a picture, a rule."""

    stream: str  # operators, in Latin-1; state included
    mark: int = -1  # its place in the piece's tree; -1: decoration
    tag: str = "Artifact"
    slot: int = -1  # its text is the number of a page: index into `slots`
    zone: int = TEXT
    between: bool = False  # bridges the white above the next strip; not drawn where a page ends


@dataclass(frozen=True, slots=True)
class Link:
    strip: int
    box: tuple[float, float, float, float]  # left, top, right, bottom
    target: str  # "to:ANCHOR", or an address outside of the book
    zone: int = TEXT


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for the number of a page."""

    anchor: str
    digits: int
    right: bool  # the number stands at the right of its place


@dataclass(frozen=True, slots=True)
class Face:
    """A font as this piece uses it: glyph → text, glyph → width in thousandths."""

    family: str
    font: str  # names the file, see `faces`
    flags: tuple[int, int, int, int, int]  # flags, ascent, descent, units per em, glyphs
    text: dict[int, str]
    widths: dict[int, float]


@dataclass(frozen=True, slots=True)
class Node:
    """An element of the structure: `kids` are nodes, marks (numbers) or links (-1 - index)."""

    tag: str
    kids: tuple["Node | int", ...]
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Body:
    """What a piece draws and says; the larger part of it."""

    strips: tuple[tuple[Unit, ...], ...]  # one more than cuts; a strip is what stands between two
    tree: tuple[Node, ...] = ()
    faces: dict[str, Face] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)  # ExtGState resources as PDF
    drawings: dict[str, "Drawing"] = field(default_factory=dict)  # XObjects and patterns by name


@dataclass(slots=True)
class Piece:
    """How a piece stands on pages, and its body: as it was made, or packed until it is asked for."""

    height: float
    gap: float  # white beneath it, which a page's end swallows
    reach: float  # how far down its margin goes; the page must hold this
    cuts: tuple[Cut, ...]
    links: tuple[Link, ...] = ()
    slots: tuple[Slot, ...] = ()
    anchors: dict[str, tuple[int, float]] = field(default_factory=dict)  # strip, y
    bookmarks: tuple[tuple[int, str, int, float], ...] = ()  # level, label, strip, y
    made: Body | None = None
    packed: bytes = b""

    @property
    def body(self) -> Body:
        return self.made or _body(self.packed)


@dataclass(slots=True)
class Drawing:
    """A picture or pattern as PDF: its dictionary without references, its bytes, what it uses itself."""

    kind: str  # XObject or Pattern
    head: str
    content: bytes
    uses: dict[str, "Drawing"] = field(default_factory=dict)  # by key: SMask, or a name in Resources
    states: dict[str, str] = field(default_factory=dict)
    form: bool = False  # draws with resources of its own


_pieces, _bodies = msgspec.msgpack.Decoder(Piece), msgspec.msgpack.Decoder(Body)


@functools.lru_cache(maxsize=UNPACKED_MOST)
def _body(packed: bytes) -> Body:
    return _bodies.decode(zlib.decompress(packed))


def pack(piece: Piece) -> bytes:
    """A piece as bytes that `unpack` understands."""
    packed = zlib.compress(msgspec.msgpack.encode(piece.body), 1)
    rest = msgspec.msgpack.encode(replace(piece, made=None, packed=packed))
    return _HEAD.pack(_MARK, zlib.crc32(rest)) + rest


def unpack(data: bytes) -> Piece:
    """Raises Damaged."""
    try:
        mark, check = _HEAD.unpack_from(data)
        rest = data[_HEAD.size :]
        if mark != _MARK or zlib.crc32(rest) != check:
            raise Damaged("not a piece, or not whole")
        return _pieces.decode(rest)
    except (struct.error, msgspec.DecodeError) as error:
        raise Damaged(str(error)) from error

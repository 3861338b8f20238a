"""What a book is put together from: laid-out pieces, cut wherever a page may end.

A piece is one entry, one narrative, one part of the contents …, laid out once as if on an endless
page (`galleys`). It knows where it may be cut, what is drawn between two cuts, and what is still
open: numbers of pages. So a change in a diary costs the layout of what has changed and nothing
else, however long the book is (`pages` fills pages with pieces, `binding` makes a file of them).

Lengths are points, measured downwards from the top of the piece.
"""

import json
import struct
import zlib
from dataclasses import dataclass, field
from typing import Any

_HEAD = struct.Struct(">4sI")  # mark, CRC of the rest
_LENGTH = struct.Struct(">I")  # of the description
_MARK = b"PCE1"


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


@dataclass(frozen=True, slots=True)
class Link:
    strip: int
    box: tuple[float, float, float, float]  # left, top, right, bottom
    target: str  # "to:ANCHOR", or an address outside of the book


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
class Piece:
    height: float
    gap: float  # white beneath it, which a page's end swallows
    reach: float  # how far down its margin goes; the page must hold this
    cuts: tuple[Cut, ...]
    strips: tuple[tuple[Unit, ...], ...]  # one more than cuts; a strip is what stands between two
    tree: tuple[Node, ...]
    faces: dict[str, Face]
    links: tuple[Link, ...] = ()
    slots: tuple[Slot, ...] = ()
    anchors: dict[str, tuple[int, float]] = field(default_factory=dict)  # strip, y
    bookmarks: tuple[tuple[int, str, int, float], ...] = ()  # level, label, strip, y
    states: dict[str, str] = field(default_factory=dict)  # ExtGState resources as PDF
    drawings: dict[str, "Drawing"] = field(default_factory=dict)  # XObjects and patterns by name


@dataclass(slots=True)
class Drawing:
    """A picture or pattern as PDF: its dictionary without references, its bytes, what it uses itself."""

    kind: str  # XObject or Pattern
    head: str
    content: bytes
    uses: dict[str, "Drawing"] = field(default_factory=dict)  # by key: SMask, or a name in Resources
    states: dict[str, str] = field(default_factory=dict)
    form: bool = False  # draws with resources of its own


def pack(piece: Piece) -> bytes:
    """A piece as bytes that `unpack` understands."""
    blobs: list[bytes] = []

    def drawing(d: Drawing) -> dict[str, Any]:
        blobs.append(d.content)
        return {
            "k": d.kind, "h": d.head, "b": len(blobs) - 1, "s": d.states, "f": d.form,
            "u": {name: drawing(used) for name, used in d.uses.items()},
        }  # fmt: skip

    def node(n: Node) -> list[Any]:
        return [n.tag, [k if isinstance(k, int) else node(k) for k in n.kids], n.attributes]

    text = json.dumps(
        {
            "height": piece.height,
            "gap": piece.gap,
            "reach": piece.reach,
            "cuts": [(c.end, c.start, c.hard, c.repeat) for c in piece.cuts],
            "strips": [[(u.stream, u.mark, u.tag, u.slot) for u in s] for s in piece.strips],
            "tree": [node(n) for n in piece.tree],
            "faces": {
                name: (f.family, f.font, f.flags, list(f.text.items()), list(f.widths.items()))
                for name, f in piece.faces.items()
            },
            "links": [(link.strip, link.box, link.target) for link in piece.links],
            "slots": [(s.anchor, s.digits, s.right) for s in piece.slots],
            "anchors": piece.anchors,
            "bookmarks": piece.bookmarks,
            "states": piece.states,
            "drawings": {name: drawing(d) for name, d in piece.drawings.items()},
            "blobs": [len(b) for b in blobs],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )
    described = zlib.compress(text.encode(), 1)
    rest = _LENGTH.pack(len(described)) + described + b"".join(blobs)
    return _HEAD.pack(_MARK, zlib.crc32(rest)) + rest


def unpack(data: bytes) -> Piece:
    """Raises Damaged."""
    try:
        mark, check = _HEAD.unpack_from(data)
        rest = memoryview(data)[_HEAD.size :]
        if mark != _MARK or zlib.crc32(rest) != check:
            raise Damaged("not a piece, or not whole")
        (length,) = _LENGTH.unpack_from(rest)
        rest = rest[_LENGTH.size :]
        said = json.loads(zlib.decompress(rest[:length]))
    except (struct.error, zlib.error, ValueError) as error:
        raise Damaged(str(error)) from error
    blobs, at = [], length
    for size in said["blobs"]:
        blobs.append(bytes(rest[at : at + size]))
        at += size

    def drawing(d: dict[str, Any]) -> Drawing:
        used = {name: drawing(u) for name, u in d["u"].items()}
        return Drawing(d["k"], d["h"], blobs[d["b"]], used, d["s"], d["f"])

    def node(n: list[Any]) -> Node:
        return Node(n[0], tuple(k if isinstance(k, int) else node(k) for k in n[1]), n[2])

    return Piece(
        height=said["height"],
        gap=said["gap"],
        reach=said["reach"],
        cuts=tuple(Cut(*c) for c in said["cuts"]),
        strips=tuple(tuple(Unit(*u) for u in s) for s in said["strips"]),
        tree=tuple(node(n) for n in said["tree"]),
        faces={
            name: Face(f[0], f[1], tuple(f[2]), dict(f[3]), dict(f[4])) for name, f in said["faces"].items()
        },
        links=tuple(Link(strip, tuple(box), target) for strip, box, target in said["links"]),
        slots=tuple(Slot(*s) for s in said["slots"]),
        anchors={name: (strip, y) for name, (strip, y) in said["anchors"].items()},
        bookmarks=tuple(tuple(b) for b in said["bookmarks"]),
        states=said["states"],
        drawings={name: drawing(d) for name, d in said["drawings"].items()},
    )

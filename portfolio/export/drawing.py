"""Reads a page's drawing operators as WeasyPrint leaves them, and takes them apart into units.

Everything on a tagged page stands between BDC or BMC and EMC: a run of text, a picture, a
decoration. Each becomes a unit that draws the same wherever it is put, since it brings the state
that it needs. Lengths are points downwards from the page's top.
"""

import re
import sys
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pydyf  # type: ignore[import-untyped]

from portfolio.export.pieces import Drawing

SLOT = "\x00"  # stands in a unit's stream where the number of a page will be drawn

Matrix = tuple[float, float, float, float, float, float]
Clip = tuple[Matrix, str]  # a path to clip to, and the matrix that it was given in

_STATES = {
    "gs": "gs", "rg": "fill", "g": "fill", "k": "fill", "cs": "fill space", "sc": "fill", "scn": "fill",
    "RG": "stroke", "G": "stroke", "K": "stroke", "CS": "stroke space", "SC": "stroke", "SCN": "stroke",
    "w": "w", "J": "J", "j": "j", "M": "M", "d": "d", "Tr": "Tr", "i": "i", "ri": "ri",
}  # fmt: skip
_POINTS = {"m": 2, "l": 2, "c": 6, "v": 4, "y": 4}
_GLYPHS = re.compile(r"<([0-9a-f]*)>")
_NAMED = re.compile(r"/([A-Za-z0-9.]+) (?:gs|Do|scn|SCN)\b")


@dataclass(slots=True)
class Drawn:
    """A unit as it stands on the page."""

    stream: str
    mark: int
    tag: str
    left: float
    top: float
    right: float
    bottom: float
    text: str
    fonts: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)  # other resources
    glyphs: dict[str, set[int]] = field(default_factory=dict)  # of each font

    def with_slot(self) -> str:
        """The stream with its text taken out."""
        lines = self.stream.split("\n")
        shown = [i for i, line in enumerate(lines) if line.endswith("] TJ")]
        kept = [line for i, line in enumerate(lines) if i not in shown[1:]]
        return "\n".join(SLOT if line.endswith("] TJ") else line for line in kept)


def drawn_units(stream: Iterable[Any], fonts: Mapping[str, Any]) -> list[Drawn]:
    """The units of a page, in the order of drawing. Raises ValueError for drawing outside of any mark."""
    units: list[Drawn] = []
    ctm: Matrix = (1, 0, 0, 1, 0, 0)
    state: dict[str, str] = {}
    clips: tuple[Clip, ...] = ()
    path: list[str] = []
    stack: list[tuple[Matrix, dict[str, str], tuple[Clip, ...]]] = []
    tag, mark, depth = "", -1, 0
    held: list[str] = []
    begun = _Begun(ctm, state, clips)
    pending: list[str] = []
    extent = _Extent()
    first = True
    for item in stream:
        op = _text(item)
        if first:
            first = False  # turns the page upside down; pieces are measured from their top
            continue
        word = op.rsplit(None, 1)[-1] if op else ""
        if word in ("BDC", "BMC"):
            if depth == 0:
                tag = next(p[1:] for p in pending if p.startswith("/"))
                mark = -1
                for p in pending:
                    if "MCID" in p:
                        mark = int(re.search(r"MCID\D*(\d+)", p)[1])  # type: ignore[index]
                held, begun, extent = [], _Begun(ctm, dict(state), clips), _Extent()
            depth += 1
            pending = []
            continue
        if (op.startswith("/") and " " not in op) or op.startswith(("<<", "{")):
            pending.append(op)
            continue
        if word == "EMC":
            depth -= 1
            if depth == 0 and held:
                unit = _unit(tag, mark, begun, held, extent, fonts)
                if unit:
                    units.append(unit)
            continue
        if word == "q":
            stack.append((ctm, dict(state), clips))
        elif word == "Q":
            ctm, state, clips = stack.pop()
        elif word == "cm":
            ctm = _times(_matrix(op), ctm)
        elif word in _STATES:
            state[_STATES[word]] = op
        elif depth == 0 and word in ("re", "m", "l", "c", "v", "y", "h", "W", "W*"):
            path.append(op)
        elif depth == 0 and word == "n":
            clips, path = (*clips, (ctm, "\n".join([*path, op]))), []
        elif depth == 0:
            raise ValueError(f"{word} outside of marked content")
        if depth:
            held.append(op)
            extent.see(word, op, ctm)
    return units


def _unit(
    tag: str,
    mark: int,
    begun: "_Begun",
    held: list[str],
    extent: "_Extent",
    fonts: Mapping[str, Any],
) -> Drawn | None:
    if extent.empty:
        return None
    said, used = "", set()
    font: Any = None
    glyphs: dict[str, set[int]] = {}
    for op in held:
        if op.endswith(" Tf"):
            name = op.split()[0][1:]
            used.add(name)
            font = fonts[name]
        elif op.endswith("] TJ") and font is not None:
            drawn = array("H", bytes.fromhex("".join(_GLYPHS.findall(op))))
            if sys.byteorder == "little":
                drawn.byteswap()
            glyphs.setdefault(font.hash, set()).update(drawn)
            said += "".join([font.to_unicode.get(glyph, "") for glyph in drawn])
    stream = "\n".join(["q", *begun.operators(), *held, "Q"])
    return Drawn(
        stream,
        mark,
        tag,
        *extent.box,
        text=said,
        fonts=used,
        names=set(_NAMED.findall(stream)),
        glyphs=glyphs,
    )


@dataclass(frozen=True, slots=True)
class _Begun:
    """The state in which a unit begins."""

    ctm: Matrix
    state: dict[str, str]
    clips: tuple[Clip, ...]

    def operators(self) -> list[str]:
        out: list[str] = []
        at: Matrix = (1, 0, 0, -1, 0, 0)  # downwards becomes upwards: the piece's top is the origin
        for ctm, path in self.clips:
            out += [*_moved(at, ctm), path]
            at = ctm
        return [*out, *_moved(at, self.ctm), *self.state.values()]


def _moved(at: Matrix, to: Matrix) -> list[str]:
    """The operator that leads from one matrix to another."""
    a, b, c, d, e, f = at
    size = a * d - b * c
    back = (d / size, -b / size, -c / size, a / size, (c * f - d * e) / size, (b * e - a * f) / size)
    step = _times(to, back)
    return [] if step == (1, 0, 0, 1, 0, 0) else [" ".join(map(_n, step)) + " cm"]


class _Extent:
    """What a unit covers: the first path of a decoration (its clip), else text and pictures."""

    def __init__(self) -> None:
        self.points: list[tuple[float, float]] = []
        self.closed = False
        self.empty = True

    def see(self, word: str, op: str, ctm: Matrix) -> None:
        if word == "Tm":
            _a, _b, _c, _d, e, f = _numbers(op)
            self._add(e, f, ctm)
            self.empty = False
        elif word == "Do":
            for x, y in ((0, 0), (1, 1)):
                self._add(x, y, ctm)
            self.empty = False
        elif word in ("W", "W*"):
            self.closed = True
        elif word in ("S", "s", "f", "f*", "B", "B*", "b", "b*", "sh"):
            self.empty = False
        elif self.closed:
            return
        elif word == "re":
            left, top, width, height = _numbers(op)
            self._add(left, top, ctm)
            self._add(left + width, top + height, ctm)
        elif word in _POINTS:
            numbers = _numbers(op)
            for i in range(0, _POINTS[word], 2):
                self._add(numbers[i], numbers[i + 1], ctm)

    def _add(self, x: float, y: float, ctm: Matrix) -> None:
        a, b, c, d, e, f = ctm
        self.points.append((a * x + c * y + e, b * x + d * y + f))

    @property
    def box(self) -> tuple[float, float, float, float]:
        xs, ys = [x for x, _y in self.points], [y for _x, y in self.points]
        return (min(xs), min(ys), max(xs), max(ys)) if xs else (0, 0, 0, 0)


def _text(item: Any) -> str:
    if isinstance(item, str):
        return item
    if isinstance(item, bytes):
        return item.decode("latin-1")
    return str(pydyf._to_bytes(item).decode("latin-1"))


def _numbers(op: str) -> tuple[float, ...]:
    return tuple(float(word) for word in op.split()[:-1])


def _matrix(op: str) -> Matrix:
    a, b, c, d, e, f = _numbers(op)
    return a, b, c, d, e, f


def _times(m: Matrix, n: Matrix) -> Matrix:
    a, b, c, d, e, f = m
    g, h, i, j, k, o = n
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + o)


def _n(number: float) -> str:
    return f"{number:.6f}".rstrip("0").rstrip(".") or "0"


def states_of(pdf: pydyf.PDF, resources: Any, names: Iterable[str]) -> dict[str, str]:
    """The graphics states that are used, as PDF."""
    given = resources.get("ExtGState", {})
    return {name: given[name].data.decode("latin-1") for name in sorted(names) if name in given}


def drawings_of(pdf: pydyf.PDF, resources: Any, names: Iterable[str]) -> dict[str, Drawing]:
    """The pictures and patterns that are used, each with what it uses in turn."""
    out: dict[str, Drawing] = {}
    for kind in ("XObject", "Pattern"):
        given = resources.get(kind, {})
        for name in sorted(names):
            if name in given:
                out[name] = _drawing(pdf, kind, given[name])
    return out


def _drawing(pdf: pydyf.PDF, kind: str, reference: Any) -> Drawing:
    made = pdf.objects[int(bytes(reference).split()[0])]
    extra = dict(made.extra)
    uses: dict[str, Drawing] = {}
    states: dict[str, str] = {}
    form = "Resources" in extra
    if "SMask" in extra:
        uses["SMask"] = _drawing(pdf, "XObject", extra.pop("SMask"))
    if form:
        inner = pdf.objects[int(bytes(extra.pop("Resources")).split()[0])]
        states = states_of(pdf, inner, inner.get("ExtGState", {}))
        uses |= drawings_of(pdf, inner, {*inner.get("XObject", {}), *inner.get("Pattern", {})})
    extra.pop("Length", None)
    content = b"\n".join(pydyf._to_bytes(item) for item in made.stream)
    return Drawing(kind, pydyf.Dictionary(extra).data.decode("latin-1"), content, uses, states, form)

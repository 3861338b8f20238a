"""Fills pages with pieces: the one place that decides what stands on which page.

Pure geometry on `pieces`; lengths are points, downwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from portfolio.export.pieces import Piece

EPSILON = 0.3  # of a point: less is a rounding


@dataclass(slots=True)
class Part:
    """A piece and how it stands in the book."""

    piece: Piece
    furniture: str = "plain"  # heads and feet of the pages that it begins
    first: str = ""  # of the page that it opens, if another
    opens: bool = False  # begins a page
    keeps: bool = False  # its end and the beginning of the next part stand together


@dataclass(frozen=True, slots=True)
class Placed:
    """Strips `first` to `last` of a part, moved down by `down` from where they stand in the piece."""

    part: int
    first: int
    last: int
    down: float
    again: bool = False  # a table's head, which was read before


@dataclass(slots=True)
class Page:
    furniture: str
    placed: list[Placed] = field(default_factory=list)


@dataclass(slots=True)
class Filled:
    """Pages, and the page of each part's strips."""

    pages: list[Page] = field(default_factory=list)
    where: dict[tuple[int, int], tuple[int, float]] = field(default_factory=dict)  # (part, strip): page, down


def fill(parts: Sequence[Part], height: float, filled: Filled | None = None, before: int = 0) -> Filled:
    """Pages of `height` for parts; goes on in `filled`, whose last part was number `before` - 1."""
    filler = _Filler(parts, height, filled or Filled(), before)
    for number in range(len(parts)):
        filler.add(number)
    return filler.out


class _Filler:
    def __init__(self, parts: Sequence[Part], height: float, out: Filled, before: int) -> None:
        self.parts, self.height, self.out, self.before = parts, height, out, before
        self.y = 0.0
        self.gap = 0.0
        self.empty = True  # nothing stands on this page yet

    def add(self, number: int) -> None:
        part = self.parts[number]
        piece = part.piece
        if part.opens or not self.out.pages or number == 0:
            self._turn(part.first or part.furniture)
        else:
            self.y += self.gap
        strip, top = 0, 0.0
        while True:
            room = self.height - self.y + EPSILON
            whole = max(piece.height, piece.reach) - top
            if whole + self._needed_after(number) <= room or (
                self.empty and whole <= room and not self._soft(piece, strip, top, room)
            ):
                self._place(number, strip, len(piece.cuts), top)
                self.y += piece.height - top
                self.gap, self.empty = piece.gap, False
                return
            at = self._soft(piece, strip, top, room)
            if at is None and not self.empty:
                self._turn(part.furniture)
                continue
            if at is None:
                at = self._hard(piece, strip, top, room)
            if at is None:  # higher than a page, and no place to cut it
                self._place(number, strip, len(piece.cuts), top)
                self.y, self.gap, self.empty = self.height, 0.0, False
                return
            self._place(number, strip, at, top)
            self._turn(part.furniture)
            cut = piece.cuts[at]
            strip, top = at + 1, cut.start
            if cut.repeat >= 0:
                self._repeat(number, piece, at)

    def _needed_after(self, number: int) -> float:
        """What the next part needs to begin on this page, where the two must not be parted."""
        part = self.parts[number]
        if not part.keeps or number + 1 >= len(self.parts) or self.parts[number + 1].opens:
            return 0.0
        following = self.parts[number + 1].piece
        first = next((cut.end for cut in following.cuts if not cut.hard), following.reach)
        return part.piece.gap + min(first, self.height / 2)

    @staticmethod
    def _soft(piece: Piece, strip: int, top: float, room: float) -> int | None:
        """The last good cut that the room holds."""
        best = None
        for number in range(strip, len(piece.cuts)):
            cut = piece.cuts[number]
            if cut.start - top > room + 1000:
                break
            if not cut.hard and cut.end - top <= room:
                best = number
        return best

    @staticmethod
    def _hard(piece: Piece, strip: int, top: float, room: float) -> int | None:
        best = None
        for number in range(strip, len(piece.cuts)):
            if piece.cuts[number].start - top > room + 1000:
                break
            if piece.cuts[number].end - top <= room:
                best = number
        if best is None and strip < len(piece.cuts):
            return strip
        return best

    def _turn(self, furniture: str) -> None:
        self.out.pages.append(Page(furniture))
        self.y, self.gap, self.empty = 0.0, 0.0, True

    def _place(self, number: int, first: int, last: int, top: float) -> None:
        down = self.y - top
        self.out.pages[-1].placed.append(Placed(self.before + number, first, last, down))
        for strip in range(first, last + 1):
            self.out.where[self.before + number, strip] = len(self.out.pages), down

    def _repeat(self, number: int, piece: Piece, at: int) -> None:
        """Puts the head of a table above what follows cut `at`, if the page holds both."""
        cut = piece.cuts[at]
        top = piece.cuts[cut.repeat - 1].start if cut.repeat else 0.0
        following = piece.cuts[at + 1].end if at + 1 < len(piece.cuts) else piece.height
        if piece.cuts[cut.repeat].start - top + following - cut.start > self.height:
            return
        self.out.pages[-1].placed.append(
            Placed(self.before + number, cut.repeat, cut.repeat, self.y - top, again=True)
        )
        self.y += piece.cuts[cut.repeat].start - top

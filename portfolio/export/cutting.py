"""Where a piece may be cut, read off the boxes that WeasyPrint laid out.

A page may end between two lines, pictures or rows, unless the style sheet forbids it: widows and
orphans, `break-inside`, `break-before`, `break-after`; within a tall row between the lines of its
cells. The boxes are only read.
"""

import bisect
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from weasyprint.formatting_structure import boxes
from weasyprint.layout.absolute import AbsolutePlaceholder

from portfolio.export.pieces import Cut

PT = 0.75  # points in a pixel
FEWEST_ROWS = 3  # of a table, on a page that it ends on
TALL_ROW = 150.0  # points; a higher row of a table may be cut between its lines
SHARED = 2.5  # points that two lines may share and still be one above the other
CROWDED = 60.0  # points of lines that lie across each other in several cells; more is cut all the same
FEWEST_LINES = 2  # of a row, on either side of a cut
BAND = 100.0  # points of a piece's height that are looked up together


@dataclass(slots=True)
class _Atom:
    """A line, a picture, a table's row: what stands on one page."""

    top: float
    bottom: float
    box: Any
    path: tuple[Any, ...]  # the boxes around it, the outermost first
    drawn: float = 0.0  # where its letters stand
    split: float | None = None  # goes on with the row of the atom before; what is drawn from here on is it
    good: bool = True  # a page may begin with it, if it goes on with a row


@dataclass(slots=True)
class _Aside:
    """Something in the margin or placed outside of the lines: it goes with the line beside it."""

    left: float
    top: float
    right: float
    bottom: float
    follows: int  # how many atoms came before it
    floats: bool


@dataclass
class Frame:
    """What a page's boxes say about where it may be cut. Points from the top of the page's area."""

    page: Any
    atoms: list[_Atom] = field(default_factory=list)
    asides: list[_Aside] = field(default_factory=list)

    def __post_init__(self) -> None:
        html = next(c for c in self.page.children if not isinstance(c, boxes.MarginBox))
        self.right = 0.0  # how far to the right its words go
        self._walk(html, ())
        self._beside = self._in_bands()
        self._heads: dict[int, int | None] = {}  # of each table that was asked for, by its identity
        wrapper = next(iter(self._blocks(html)))
        inner = wrapper.children
        last = inner[-1] if inner else wrapper
        bottom = (last.position_y + last.margin_top + last.border_height()) * PT
        self.height = max([bottom, *(a.bottom for a in self.atoms[-1:])])
        self.reach = max([self.height, *(a.bottom for a in self.asides if a.floats)])
        self.gap = max(_margin_below(last) * PT, self.reach - self.height)
        self.splits: list[float] = []  # of each cut: what is drawn from here on is below it
        self.ends: list[float] = []  # of each cut: where the text above it ends, without its margin
        self.cuts = self._cuts()

    def _blocks(self, html: Any) -> Iterator[Any]:
        for body in html.children:
            yield from body.children

    def _in_bands(self) -> dict[int, list[_Aside]]:
        """The asides of each band of the piece's height, so that a long list's markers are found at once."""
        bands: defaultdict[int, list[_Aside]] = defaultdict(list)
        for aside in self.asides:
            for band in range(int((aside.top - 0.5) // BAND), int((aside.bottom + 0.5) // BAND) + 1):
                bands[band].append(aside)
        return bands

    def strip_at(self, left: float, y: float) -> int:
        """The strip that shows a point; an aside's whole is in the strip of its line."""
        for aside in self._beside.get(int(y // BAND), ()):
            if aside.left - 0.5 <= left <= aside.right + 0.5 and aside.top - 0.5 <= y <= aside.bottom + 0.5:
                if self.atoms:
                    y = self.atoms[min(aside.follows, len(self.atoms) - 1)].top
                break
        return bisect.bisect_right(self.splits, y + 0.01)

    def highest(self) -> float:
        """The points that the highest strip needs, which a page must have; with what is in its margin."""
        starts = [0.0, *(cut.start for cut in self.cuts)]
        ends = [*self.ends, self.height]
        for aside in self.asides:
            if aside.floats:
                strip = self.strip_at(aside.left, aside.top)
                ends[strip] = max(ends[strip], aside.bottom)
        highest: float = max(end - start for start, end in zip(starts, ends, strict=True))
        return highest

    def _walk(self, box: Any, path: tuple[Any, ...]) -> None:
        if isinstance(box, AbsolutePlaceholder):
            box = box._box
        if box.is_absolutely_positioned() or box.is_floated():
            self.asides.append(
                _Aside(
                    box.position_x * PT,
                    box.position_y * PT,
                    (box.position_x + box.margin_width()) * PT,
                    (box.position_y + box.margin_height()) * PT,
                    len(self.atoms),
                    box.is_floated(),
                )
            )
        elif isinstance(box, boxes.LineBox):
            self._floats_in(box)
            self.right = max(self.right, (box.position_x + box.width) * PT)
            self._atom(box, box.position_y, box.position_y + box.height, path)
        elif isinstance(box, boxes.TableRowBox):
            self._row(box, path)
        elif isinstance(box, boxes.BlockReplacedBox) or not _flows(box):
            top = box.position_y + box.margin_top
            self._atom(box, top, top + box.border_height(), path)
        else:
            before = len(self.atoms)
            for child in box.children:
                self._walk(child, (*path, box))
            if len(self.atoms) == before and box.border_height():
                # A rule, a ruled ground: nothing in it, and yet it takes room
                top = box.position_y + box.margin_top
                self._atom(box, top, top + box.border_height(), path)

    def _row(self, row: Any, path: tuple[Any, ...]) -> None:
        """A row of a table: one atom, or if it is tall one for the lines that stand beside each other."""
        top, bottom = row.position_y * PT, (row.position_y + row.height) * PT
        whole = _Atom(top, bottom, row, path)
        if row.children:
            cell = row.children[-1]
            self.right = max(self.right, (cell.position_x + cell.border_width()) * PT)
        if bottom - top <= TALL_ROW:
            self.atoms.append(whole)
            return
        before, self.atoms = self.atoms, []
        for cell in row.children:
            self._walk(cell, path)
        lines = sorted(self.atoms, key=lambda atom: atom.drawn)
        self.atoms = before
        groups: list[_Atom] = []
        for line in lines:
            last = groups[-1] if groups else None
            apart = last is None or line.top >= last.bottom - SHARED
            crowded = last is not None and last.bottom - last.top > CROWDED and line.drawn > last.drawn + 1
            if last is None:
                groups.append(_Atom(line.top, line.bottom, row, path, line.drawn))
            elif apart or crowded:
                split = line.top if apart else (last.drawn + line.drawn) / 2
                groups.append(_Atom(line.top, line.bottom, row, path, line.drawn, split, apart))
            else:
                last.top, last.bottom = min(last.top, line.top), max(last.bottom, line.bottom)
                last.drawn = max(last.drawn, line.drawn)
        if not groups:
            groups = [whole]
        groups[0].top, groups[-1].bottom = top, bottom
        for number, group in enumerate(groups):
            group.good &= not number or FEWEST_LINES <= number <= len(groups) - FEWEST_LINES
        self.atoms += groups

    def _floats_in(self, box: Any) -> None:
        for child in getattr(box, "children", ()):
            inner = child._box if isinstance(child, AbsolutePlaceholder) else child
            if inner.is_floated() or inner.is_absolutely_positioned():
                self._walk(inner, ())
            else:
                self._floats_in(inner)

    def _atom(self, box: Any, top: float, bottom: float, path: tuple[Any, ...]) -> None:
        drawn = top + (box.baseline if isinstance(box, boxes.LineBox) else 0.0)
        self.atoms.append(_Atom(top * PT, bottom * PT, box, path, drawn * PT))

    def _cuts(self) -> list[Cut]:
        cuts: list[Cut] = []
        below_cut: list[int] = []  # the atom that follows each cut
        floats = sorted((a for a in self.asides if a.floats), key=lambda a: a.follows, reverse=True)
        floated = 0.0  # how far down those go that stand above the cut
        for number, (above, below) in enumerate(zip(self.atoms, self.atoms[1:], strict=False), 1):
            if below.top < above.bottom - 0.6 and below.split is None:
                continue  # side by side
            shared = 0
            while shared < min(len(above.path), len(below.path)) and above.path[shared] is below.path[shared]:
                shared += 1
            around, ending, starting = (
                above.path[:shared],
                (*above.path[shared:], above.box),
                (*below.path[shared:], below.box),
            )
            end = above.bottom
            for box in ending[:-1]:
                end = max(end, (box.position_y + box.margin_top + box.border_height()) * PT)
            start = below.top
            for box in starting[:-1]:
                edge = (box.position_y + box.margin_top) * PT
                if box.border_top_width or box.padding_top:
                    start = min(start, edge)
            if below.split is None:
                end = min(end, start)
            self.ends.append(end)
            self.splits.append(start if below.split is None else below.split)
            # What stands in the margin above the cut stays above it
            while floats and floats[-1].follows < number:
                floated = max(floated, floats.pop().bottom)
            end = max(end, floated)
            hard = (
                not below.good
                or any(box.style["break_inside"].startswith("avoid") for box in around)
                or any(box.style["break_after"].startswith("avoid") for box in ending if _flows(box))
                or any(box.style["break_before"].startswith("avoid") for box in starting if _flows(box))
                or self._widow(number, above, below)
                or self._few_rows(number, around)
            )
            head = self._head(around)
            repeat = -1
            if head is not None:
                repeat = bisect.bisect_right(below_cut, head) if number - 1 > head else -1
                hard = hard or number - 1 <= head
            cuts.append(Cut(round(end, 3), round(start, 3), hard, repeat))
            below_cut.append(number)
        return cuts

    def _widow(self, number: int, above: _Atom, below: _Atom) -> bool:
        """Whether a cut would leave too few lines of one paragraph on a page."""
        if not (isinstance(above.box, boxes.LineBox) and isinstance(below.box, boxes.LineBox)):
            return False
        if above.path[-1] is not below.path[-1]:
            return False
        block = above.path[-1]
        orphans, widows = block.style["orphans"], block.style["widows"]
        before = self.atoms[max(number - orphans, 0) : number]
        after = self.atoms[number : number + widows]
        return bool(
            sum(atom.path[-1:] == (block,) for atom in before) < orphans
            or sum(atom.path[-1:] == (block,) for atom in after) < widows
        )

    def _few_rows(self, number: int, around: Sequence[Any]) -> bool:
        """Whether a cut would leave too few rows of a table on the next page."""
        table = next((box for box in reversed(around) if isinstance(box, boxes.TableBox)), None)
        following = self.atoms[number : number + FEWEST_ROWS]
        return table is not None and sum(table in atom.path for atom in following) < FEWEST_ROWS

    def _head(self, around: Sequence[Any]) -> int | None:
        """The one row of the head of the table that these boxes are in, as a number of an atom."""
        table = next((box for box in reversed(around) if isinstance(box, boxes.TableBox)), None)
        if table is None:
            return None
        if id(table) not in self._heads:
            rows = [
                number
                for number, atom in enumerate(self.atoms)
                if table in atom.path and any(getattr(box, "is_header", False) for box in atom.path)
            ]
            self._heads[id(table)] = rows[0] if len(rows) == 1 else None
        return self._heads[id(table)]


def _margin_below(box: Any) -> float:
    """The white that a box asks for beneath it, or the last box in it does."""
    margin = float(box.margin_bottom)
    if (
        isinstance(box, boxes.BlockBox)
        and box.children
        and not (box.border_bottom_width or box.padding_bottom)
    ):
        last = box.children[-1]
        if isinstance(last, boxes.BlockLevelBox) and last.is_in_normal_flow():
            margin = max(margin, _margin_below(last))
    return margin


def _flows(box: Any) -> bool:
    return isinstance(box, boxes.BlockContainerBox | boxes.BlockBox | boxes.TableBox | boxes.TableRowGroupBox)

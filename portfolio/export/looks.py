"""How a book is printed: the sheet, the size of type, colours or greys.

One style sheet holds the design (`static/book/book.css`); the other looks are derived from it, so
that they cannot drift apart.
"""

import functools
import re
from dataclasses import dataclass

from portfolio.domain.records import Layout
from portfolio.export.environment import resource
from portfolio.export.greys import grey
from portfolio.export.pieces import ACROSS, NOTES

MM = 72 / 25.4
A4_MM = 210
TEXT_MM, GAP_MM, NOTES_MM = 118, 6, 50  # the column of text; the gap; the gap and the notes beside it
LEFT_MM, TOP, BOTTOM = 24.0, 90.0, 92.0  # where a piece stands on a sheet of A4; points
NOTES_FROM_MM = LEFT_MM + TEXT_MM + GAP_MM
FOLIO, LOW_FOLIO = 45, 30  # points from the top of its corner, at the head or at the foot
LARGER = 1.3
BINDING_MM = 6.0  # that a bound book has more of at its spine
FIXED = "/* sheet */"  # marks rules of a sheet's measures, which a larger type leaves as they are
LINE = 15.0

_POINTS = re.compile(r"(?<![\w#.])(-?\d*\.?\d+)pt\b")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One side of a sheet, in points; margins are where the text's column stands."""

    width: float
    height: float
    left: float
    text_height: float
    wide: float  # of a picture that fills the sheet's width, in mm
    type_size: float  # 1.0: as designed
    mirrored: bool = False  # the notes stand left of the text: an even page of a bound book

    @property
    def right(self) -> float:
        """The margin right of the text."""
        return self.width - self.left - TEXT_MM * MM

    @property
    def outer(self) -> float:
        """The margin with the notes in it."""
        return self.left if self.mirrored else self.right

    @property
    def edge(self) -> float:
        """White outside of the notes."""
        return self.outer - NOTES_MM * MM

    @property
    def begins(self) -> float:
        """Where the leftmost words stand."""
        return self.edge if self.mirrored else self.left

    def moved(self, zone: int) -> float:
        """How far right of its own place on a sheet of A4 something of a piece stands."""
        if self.mirrored and zone == NOTES:
            return self.edge - NOTES_FROM_MM * MM
        if self.mirrored and zone == ACROSS:
            return self.edge - LEFT_MM * MM
        return self.left - LEFT_MM * MM

    def bled(self) -> tuple[float, float]:
        """By how much a band that begins with the text is stretched to end at the edge, and then moved."""
        begins = LEFT_MM * MM * self.wide / A4_MM
        stretched = (self.width - self.left) / (self.width - begins)
        return stretched, self.left - begins * stretched

    @property
    def outside(self) -> str:
        """The outer side."""
        return "left" if self.mirrored else "right"

    @property
    def inside(self) -> str:
        """The side of the spine."""
        return "right" if self.mirrored else "left"

    def folio(self, below: float) -> str:
        """The number of a page in an outer corner, `below` points from the corner's top."""
        size, outside = self.type_size, self.outside
        return (
            f'content: counter(page); font: 600 {9 * size:g}pt/{15 * size:g}pt "Book Sans", sans-serif;'
            f" color: #1d1b19; text-align: {outside}; vertical-align: top;"
            f" padding: {below * size:g}pt 0 0; padding-{outside}: {self.edge:.3f}pt"
        )

    def styles(self) -> str:
        """The page rules of this sheet."""
        bottom = self.height - TOP - self.text_height
        none, outside = "{ content: none }", self.outside
        return (
            f"@page {{ size: {self.width:.4f}pt {self.height:.4f}pt;"
            f" margin: {TOP}pt {self.right:.3f}pt {bottom:.3f}pt {self.left:.3f}pt;"
            f" @top-{self.inside}-corner {none} @top-{outside}-corner {{ {self.folio(FOLIO)} }} }}\n"
            f"@page opener {{ @top-left {none} @top-{outside}-corner {none}"
            f" @bottom-{self.inside}-corner {none}"
            f" @bottom-{outside}-corner {{ {self.folio(LOW_FOLIO)} }} }}\n"
        )


def sheets(layout: Layout) -> tuple[Sheet, Sheet]:
    """The sheet of odd pages and that of even pages."""
    width, height, lines = (612.0, 792.0, 40) if layout.paper == "letter" else (595.2756, 841.8898, 44)
    line = LINE * LARGER if layout.large else LINE
    room = lines * LINE
    text_height = int(room / line + 0.01) * line
    size = LARGER if layout.large else 1.0
    left = (LEFT_MM + BINDING_MM * layout.binding) * MM
    recto = Sheet(width, height, left, text_height, width / MM, size)
    if not layout.binding:
        return recto, recto
    return recto, Sheet(width, height, recto.right, text_height, width / MM, size, mirrored=True)


def ruled_lines(layout: Layout) -> int:
    """How many lines to write on stand on the assessor's page."""
    sheet = sheets(layout)[0]
    return int((sheet.text_height - 240 * sheet.type_size) / 22.5)


@functools.lru_cache(maxsize=32)
def piece_styles(layout: Layout) -> str:
    """The style sheet that pieces are laid out with; the same for all sheets of one height."""
    css = resource("static", "book", "book.css").read_text("utf-8")
    if layout.large:
        css = "\n".join(line if FIXED in line else _larger(line) for line in css.split("\n"))
    sheet = sheets(layout)[0]
    height = sheet.text_height
    css += (
        f".cover, .next {{ height: {height:g}pt }} .leaf {{ height: {height - 90 * sheet.type_size:g}pt }}\n"
        f".cover .months, .opener .band {{ width: {sheet.wide:.4f}mm }}\n"
    )
    return grey(css) if layout.grey else css


def _larger(line: str) -> str:
    return _POINTS.sub(lambda m: f"{float(m[1]) * LARGER:g}pt", line)


def drawing(svg: str, layout: Layout) -> str:
    """A figure for this look."""
    if layout.paper == "letter":
        svg = svg.replace("<svg ", '<svg preserveAspectRatio="none" ', 1)
    return grey(svg) if layout.grey else svg

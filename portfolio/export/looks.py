"""How a book is printed: the sheet, the size of type, colours or greys.

One style sheet holds the design (`static/book/book.css`); the other looks are derived from it, so
that they cannot drift apart.
"""

import functools
import re
from dataclasses import dataclass

from portfolio.domain.records import Layout
from portfolio.export.environment import resource

MM = 72 / 25.4
TEXT_MM, NOTES_MM = 118, 50  # the column of text; the gap and the column of notes beside it
LEFT_MM, TOP, BOTTOM = 24.0, 90.0, 92.0  # where a piece stands on a sheet of A4; points
LARGER = 1.3
BINDING_MM = 6.0  # moved away from the spine
FIXED = "/* sheet */"  # marks rules of a sheet's measures, which a larger type leaves as they are
LINE = 15.0

_POINTS = re.compile(r"(?<![\w#.])(-?\d*\.?\d+)pt\b")
_COLOUR = re.compile(r"#([0-9a-f]{6})\b")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One side of a sheet, in points; margins are where the text's column stands."""

    width: float
    height: float
    left: float
    text_height: float
    wide: float  # of a picture that fills the sheet's width, in mm

    @property
    def right(self) -> float:
        """The margin right of the text, with the notes in it."""
        return self.width - self.left - TEXT_MM * MM

    @property
    def edge(self) -> float:
        """White right of the notes."""
        return self.right - NOTES_MM * MM

    def styles(self) -> str:
        """The page rules of this sheet."""
        bottom = self.height - TOP - self.text_height
        corner = f"padding-right: {self.edge:.3f}pt"
        return (
            f"@page {{ size: {self.width:.4f}pt {self.height:.4f}pt;"
            f" margin: {TOP}pt {self.right:.3f}pt {bottom:.3f}pt {self.left:.3f}pt;"
            f" @top-right-corner {{ {corner} }} }}\n"
            f"@page opener {{ @bottom-right-corner {{ {corner} }} }}\n"
        )


def sheets(layout: Layout) -> tuple[Sheet, Sheet]:
    """The sheet of odd pages and that of even pages."""
    width, height, lines = (612.0, 792.0, 40) if layout.paper == "letter" else (595.2756, 841.8898, 44)
    line = LINE * LARGER if layout.large else LINE
    room = lines * LINE
    text_height = int(room / line + 0.01) * line
    moved = BINDING_MM * MM if layout.binding else 0.0
    recto, verso = (
        Sheet(width, height, LEFT_MM * MM + move, text_height, width / MM) for move in (moved, -moved)
    )
    return recto, verso


@functools.lru_cache(maxsize=32)
def piece_styles(layout: Layout) -> str:
    """The style sheet that pieces are laid out with; the same for all sheets of one height."""
    css = resource("static", "book", "book.css").read_text("utf-8")
    if layout.large:
        css = "\n".join(line if FIXED in line else _larger(line) for line in css.split("\n"))
    sheet = sheets(layout)[0]
    height = sheet.text_height
    css += (
        f".cover, .next {{ height: {height:g}pt }} .leaf {{ height: {height - 90:g}pt }}\n"
        f".ruled {{ height: {int((height - 240) / 22.5) * 22.5:g}pt }}\n"
        f".cover .months, .opener .band {{ width: {sheet.wide:.4f}mm }}\n"
    )
    return grey(css) if layout.grey else css


def _larger(line: str) -> str:
    return _POINTS.sub(lambda m: f"{float(m[1]) * LARGER:g}pt", line)


def grey(text: str) -> str:
    """A style sheet or drawing in greys of the same lightness."""

    def shade(match: re.Match[str]) -> str:
        red, green, blue = (int(match[1][i : i + 2], 16) / 255 for i in (0, 2, 4))
        linear = 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2
        level = round(255 * linear ** (1 / 2.2))
        return f"#{level:02x}{level:02x}{level:02x}"

    return _COLOUR.sub(shade, text)


def drawing(svg: str, layout: Layout) -> str:
    """A figure for this look."""
    if layout.paper == "letter":
        svg = svg.replace("<svg ", '<svg preserveAspectRatio="none" ', 1)
    return grey(svg) if layout.grey else svg

"""What the figures are engraved on: sizes and literal colours of paper and screens, and the strokes."""

import unicodedata
from dataclasses import dataclass
from html import escape
from typing import Literal

BOLD = 1.18  # how much wider than Source Sans a system font in bold runs


@dataclass(frozen=True, slots=True)
class Plate:
    """One medium at one width. Lengths in points on paper, CSS pixels on screens."""

    kind: Literal["print", "screen"]
    width: float
    left: float  # room for the numbers of the axis
    height: float  # of the tallest bar, in a figure of one row
    months: int  # that one row holds
    widest: float  # of a column
    gap: float  # between bars, as a share of a column
    font: float
    prefix: str = ""  # of the ids of its patterns: unique when two widths stand on one page
    ink: str = "#55504a"
    strong: str = "#1d1b19"
    edge: str = "#8d867c"
    hair: str = "#ddd7ce"
    accent: str = "#7c2d24"
    paper: str = "#ffffff"

    @property
    def printed(self) -> bool:
        return self.kind == "print"

    def text(self, x: float, y: float, words: str, more: str = "") -> str:
        return f'<text class="ink" x="{x:.1f}" y="{y:.1f}"{more}>{escape(words)}</text>'

    def strong_text(self, x: float, y: float, words: str, size: float) -> str:
        return (
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{self.strong}">{escape(words)}</text>'
        )

    def line(self, path: str, colour: str, width: float, kind: str = "hair", more: str = "") -> str:
        return f'<path class="{kind}" d="{path}" stroke="{colour}" stroke-width="{width:g}"{more}/>'

    def triangle(self, x: float, y: float) -> str:
        path = f"M{x - 3.6:.1f} {y - 3:.1f}h7.2l-3.6 6.2z"
        return f'<path class="mark full" d="{path}" fill="{self.strong}"/>'

    def circle(self, x: float, y: float) -> str:
        where = f'cx="{x:.1f}" cy="{y:.1f}" r="3"'
        return f'<circle class="mark" {where} {self._outlined}/>'

    def diamond(self, x: float, y: float) -> str:
        path = f"M{x:.1f} {y - 4:.1f}l3.8 4-3.8 4-3.8-4z"
        if self.printed:
            return f'<path d="{path}" fill="{self.accent}"/>'
        return f'<path class="mark" d="{path}" {self._outlined}/>'

    @property
    def _outlined(self) -> str:
        return f'fill="{self.paper}" stroke="{self.strong}" stroke-width="{1 if self.printed else 1.5:g}"'


def _screen(width: float, height: float, months: int, font: float, prefix: str) -> Plate:
    """The tokens of the light pages; `class` lets a page turn them over in the dark."""
    return Plate(
        "screen",
        width,
        left=0,
        height=height,
        months=months,
        widest=56,
        gap=0.32,
        font=font,
        prefix=prefix,
        ink="#6a604f",
        strong="#574f41",
        edge="#8a7f6b",
        hair="#dfd4bf",
        paper="#fffcf5",
    )


PLATES = {
    ("print", "wide"): Plate("print", 476.22, 24, 118, months=60, widest=45, gap=0.3, font=7.5),
    ("print", "narrow"): Plate("print", 334.49, 24, 118, months=36, widest=45, gap=0.3, font=7.5),
    ("screen", "wide"): _screen(760, 112, 60, 11, "tw"),
    ("screen", "narrow"): _screen(324, 122, 30, 10.5, "tn"),
}


def text_width(text: str, size: float) -> float:
    """Roughly how wide a sans-serif text stands, in the unit of `size`; never too little by much."""
    return sum(_em(c) for c in text) * size


def shortened(text: str, size: float, room: float) -> str:
    """`text`, or as much of its beginning as fits, with an ellipsis."""
    if text_width(text, size) <= room:
        return text
    while text and text_width(f"{text}…", size) > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _em(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    if character in " iljtfrI.,:;'’|()-":
        return 0.32
    return 0.62 if character.isupper() else 0.53

"""Where across a sheet something stands: in the text's column, in the notes beside it, across both.

A piece is laid out before anybody knows on which side of a leaf it falls. In a bound book the notes
stand at the outer edge of both sides, so what belongs to them is told here, and moves by itself.
"""

from collections.abc import Iterator
from typing import Any

from weasyprint.formatting_structure import boxes
from weasyprint.layout.absolute import AbsolutePlaceholder

from portfolio.export.looks import GAP_MM, MM, NOTES_FROM_MM
from portfolio.export.pieces import ACROSS, BLEED, NOTES, TEXT

PT = 0.75  # points in a pixel
NOTES_FROM = (NOTES_FROM_MM - GAP_MM / 2) * MM  # the middle of the gap, from the sheet's edge
EDGE = 3.0  # what begins less than this from the sheet's edge bleeds off it


class Zones:
    """What a page's boxes say about it. Points from the top of the page's area."""

    def __init__(self, page: Any) -> None:
        html = next(c for c in page.children if not isinstance(c, boxes.MarginBox))
        self.found = list(_found(html, html))

    def at(self, left: float, y: float) -> int:
        """The zone of what begins `left` of the sheet's edge, at the height `y`."""
        for top, bottom, zone in self.found:
            if top - 1 <= y <= bottom + 1:
                return zone
        return NOTES if left >= NOTES_FROM else TEXT


def _found(box: Any, around: Any) -> Iterator[tuple[float, float, int]]:
    """From where to where down the page something fills both columns, or bleeds off the sheet."""
    if isinstance(box, AbsolutePlaceholder):
        box = box._box
    if isinstance(box, boxes.LineBox | boxes.InlineBox):
        for child in box.children:
            yield from _found(child, around)
    elif isinstance(box, boxes.BlockLevelBox):
        left = (box.position_x + box.margin_left) * PT
        right = left + box.border_width() * PT
        if left < NOTES_FROM < right and _reach(box) > NOTES_FROM:
            whole = around if box.is_floated() else box  # beside columns that float stand others
            top = (whole.position_y + whole.margin_top) * PT
            yield top, top + whole.border_height() * PT, BLEED if left < EDGE else ACROSS
        elif left < NOTES_FROM and not isinstance(box, boxes.TableBox | boxes.ReplacedBox):
            found = [zone for child in box.children for zone in _found(child, box)]
            if found and box.element_tag == "figure":  # its words go where its picture goes
                top = (box.position_y + box.margin_top) * PT
                found = [(top, top + box.border_height() * PT, ACROSS)]
            yield from found


def _reach(box: Any) -> float:
    """How far right the words of a heading go, and everything else with its box."""
    lines = [child for child in getattr(box, "children", ()) if isinstance(child, boxes.LineBox)]
    ends = [c.position_x + c.margin_width() for line in lines for c in line.children]
    return max(ends) * PT if ends else float("inf")

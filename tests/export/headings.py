"""Headings of a book that stand by themselves: without the first line of what they head, on their page."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf

from tests.export.pdfs import TEXT_RIGHT, kids, letters

LEVELS = {"/H1", "/H2", "/H3", "/H4", "/H5", "/H6"}
Matrix = tuple[float, ...]


@dataclass(frozen=True)
class Mark:
    """Something that was drawn in one go, in the order of reading."""

    page: int  # from 1
    left: float  # points
    heading: int  # the number of its heading among all headings, or -1
    text: str


def lonely(path: Path) -> list[tuple[int, str]]:
    """Page and words of each heading whose page has no line of what follows, or not all of itself.

    What stands in the margin is no line of it, and another heading neither.
    """
    with pikepdf.open(path) as pdf:
        marks = list(_read(pdf))
    found = []
    for number in range(1 + max((mark.heading for mark in marks), default=-1)):
        own = [place for place, mark in enumerate(marks) if mark.heading == number]
        if not own:
            continue
        last = marks[own[-1]]
        following = marks[own[-1] + 1 :]
        body = next((m for m in following if m.heading < 0 and m.left < TEXT_RIGHT), None)
        if body is None or {body.page} != {marks[place].page for place in own}:
            found.append((last.page, "".join(marks[place].text for place in own)))
    return found


def _read(pdf: pikepdf.Pdf) -> Iterator[Mark]:
    """All marks in the order of the tree."""
    drawn = _drawn(pdf)
    numbers = {page.objgen: n for n, page in enumerate(pdf.pages, 1)}
    headings = 0

    def walk(element: Any, heading: int) -> Iterator[Mark]:
        nonlocal headings
        if str(element.S) in LEVELS:
            heading, headings = headings, headings + 1
        for kid in kids(element):
            if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
                yield from walk(kid, heading)
                continue
            if isinstance(kid, pikepdf.Dictionary) and "/MCID" not in kid:
                continue  # a link's annotation
            page = kid.Pg if isinstance(kid, pikepdf.Dictionary) else element.Pg
            number = int(kid.MCID) if isinstance(kid, pikepdf.Dictionary) else int(kid)
            left, text = drawn[numbers[page.objgen], number]
            if text.strip():
                yield Mark(numbers[page.objgen], left, heading, text)

    yield from walk(pdf.Root.StructTreeRoot.K[0], -1)


def _drawn(pdf: pikepdf.Pdf) -> dict[tuple[int, int], tuple[float, str]]:
    """Where each mark of each page begins, and what it says; of a picture "picture"."""
    fonts = {str(name): letters(font) for name, font in pdf.pages[0].Resources.Font.items()}
    found: dict[tuple[int, int], tuple[float, str]] = {}
    for number, page in enumerate(pdf.pages, 1):
        matrix: Matrix = (1, 0, 0, 1, 0, 0)
        kept: list[Matrix] = []
        mark, font, begins = -1, "", 0.0
        for operands, operator in pikepdf.parse_content_stream(page):
            match str(operator):
                case "q":
                    kept.append(matrix)
                case "Q":
                    matrix = kept.pop()
                case "cm":
                    matrix = _times(tuple(float(x) for x in operands), matrix)
                case "BDC":
                    mark = int(operands[1]["/MCID"])
                case "EMC":
                    mark = -1
                case "Tf":
                    font = str(operands[0])
                case "Tm":
                    begins = _times(tuple(float(x) for x in operands), matrix)[4]
                case "Do" | "f" | "f*" | "S" if mark >= 0:
                    found.setdefault((number, mark), (matrix[4], "picture"))
                case "TJ" if mark >= 0:
                    run = b"".join(bytes(part) for part in operands[0] if isinstance(part, pikepdf.String))
                    glyphs = [int.from_bytes(run[i : i + 2], "big") for i in range(0, len(run), 2)]
                    left, before = found.get((number, mark), (begins, ""))
                    said = "".join(fonts[font].get(glyph, "") for glyph in glyphs)
                    found[number, mark] = left, before + said
    return found


def _times(m: Matrix, n: Matrix) -> Matrix:
    a, b, c, d, e, f = m
    g, h, i, j, k, o = n
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + o)

"""Makes one tagged PDF of filled pages: numbers, links, bookmarks, structure, fonts.

The pieces bring what they draw and the structure of what they say; here it gets its place. Fonts
are stored once with the glyphs that the whole book uses, equal pictures once. Nothing is laid out.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from portfolio.export import metadata
from portfolio.export.drawing import SLOT
from portfolio.export.looks import TOP, Sheet
from portfolio.export.metadata import About
from portfolio.export.outline import write_outline
from portfolio.export.pages import Filled, Page, Part
from portfolio.export.pdf_file import PdfFile, string
from portfolio.export.pieces import BLEED, TEXT, Body, Drawing, Piece, Unit
from portfolio.export.structure import Structure
from portfolio.export.typefaces import Typefaces

PLACES = 3  # digits that a page's furniture leaves room for


@dataclass(frozen=True, slots=True)
class Side:
    """What stands around the text on odd or on even pages."""

    sheet: Sheet
    furniture: Mapping[str, Piece]  # by the names that pages give
    foot: Piece  # at the foot of each page that has furniture


def bind(
    parts: Sequence[Part],
    filled: Filled,
    sides: tuple[Side, Side],
    about: About,
    names: Mapping[str, str],
    out: BinaryIO,
) -> list[str]:
    """Writes the book. `sides`: odd pages, even pages; `names`: what each anchor stands at, in words.

    Returns the anchors that are linked to and stand nowhere; such a link is left out. Raises
    OSError; KeyError for the number of a page that an anchor does not stand on.
    """
    binder = _Binder(parts, filled, sides, about, names)
    binder.write(out)
    return binder.nowhere


@functools.lru_cache(maxsize=4)
def _matrices(sheet: Sheet) -> list[str]:
    """What a zone's units need besides their text's place; empty for nothing."""
    text = sheet.moved(TEXT)
    stretched, move = sheet.bled()
    out = [f"1 0 0 1 {sheet.moved(zone) - text:.4f} 0" for zone in range(BLEED)]
    out.append(f"{stretched:.6f} 0 0 1 {move - text:.4f} 0")
    return ["" if float(m.split()[4]) == 0 and float(m.split()[0]) == 1 else m for m in out]


class _Binder:
    def __init__(
        self,
        parts: Sequence[Part],
        filled: Filled,
        sides: tuple[Side, Side],
        about: About,
        names: Mapping[str, str],
    ) -> None:
        self.parts, self.filled, self.sides, self.about, self.names = parts, filled, sides, about, names
        self.height = sides[0].sheet.height
        self.file = PdfFile()
        self.typefaces = Typefaces()
        self.states: dict[str, str] = {}
        self.drawings: dict[str, int] = {}
        self.resources, self.fonts, self.node = self.file.number(), self.file.number(), self.file.number()
        self.pages = [self.file.number() for _page in filled.pages]
        self.anchors = self._anchors()
        self.marks: dict[tuple[int, int], tuple[int, int]] = {}  # (part, mark): page, number there
        self.marked: list[int] = []  # how many marks each page has
        self.links: dict[tuple[int, int], int] = {}  # (part, link): its object
        self.nowhere: list[str] = []  # anchors that links lead to and that are on no page

    def write(self, out: BinaryIO) -> None:
        for side in self.sides:
            for piece in (*side.furniture.values(), side.foot):
                self._take(piece.body)
        forms: list[dict[str, str]] = []
        for number, side in enumerate(self.sides):
            if number and side is self.sides[0]:
                forms.append(forms[0])
                continue
            drawn = {name: self._form(piece, side.sheet) for name, piece in side.furniture.items()}
            forms.append(drawn | {"": self._form(side.foot, side.sheet)})
        streams = [
            self._page(number, page, forms[number % 2]) for number, page in enumerate(self.filled.pages)
        ]
        annotations = self._annotations()
        box = f"[0 0 {self.sides[0].sheet.width:.4f} {self.height:.4f}]"
        tree = self.file.number()
        structure = Structure(self.file, self.pages, self.marks, self.marked, self.links, len(self.pages))
        structure.write(self.parts, tree, self.about.language)
        for number, (page, stream) in enumerate(zip(self.pages, streams, strict=True)):
            links = " ".join(f"{n} 0 R" for n in annotations[number])
            self.file.put(
                page,
                f"<</Type/Page/Parent {self.node} 0 R/MediaBox{box}"
                f"/Contents {stream} 0 R/Resources {self.resources} 0 R/Tabs/S/StructParents {number}"
                f"{f'/Annots[{links}]' if links else ''}>>",
            )
        kids = " ".join(f"{n} 0 R" for n in self.pages)
        self.file.put(self.node, f"<</Type/Pages/Count {len(self.pages)}/Kids[{kids}]>>")
        self.typefaces.write(self.file, self.fonts)
        self._resources()
        catalog, info = self._catalog(tree), metadata.info(self.file, self.about)
        identifier = f"[<{self.about.identifier.hex()}><{self.about.identifier.hex()}>]"
        self.file.write(out, {"Root": f"{catalog} 0 R", "Info": f"{info} 0 R", "ID": identifier})

    def _anchors(self) -> dict[str, tuple[int, float]]:
        """The page (from 0) of each anchor and its points from the page's top; the first of equal ones."""
        found: dict[str, tuple[int, float]] = {}
        for number, part in enumerate(self.parts):
            for name, (strip, y) in part.piece.anchors.items():
                found.setdefault(name, self._place(number, strip, y))
        return found

    def _place(self, part: int, strip: int, y: float) -> tuple[int, float]:
        page, down = self.filled.where[part, strip]
        return page - 1, y + down + TOP

    # ------------------------------------------------------------ resources

    def _take(self, body: Body) -> None:
        self.typefaces.take(body)
        self.states |= body.states
        for name, drawing in body.drawings.items():
            if name not in self.drawings:
                self.drawings[name] = self._drawing(drawing)

    def _drawing(self, drawing: Drawing) -> int:
        entries = drawing.head[2:-2]
        if self.about.pdfa:  # which leaves nothing to the reader's taste
            entries = entries.replace("/Interpolate true", "/Interpolate false")
        inner: dict[str, str] = {}
        for name, used in drawing.uses.items():
            number = self._drawing(used)
            if name == "SMask":
                entries += f"/SMask {number} 0 R"
            else:
                inner[used.kind] = inner.get(used.kind, "") + f"/{name} {number} 0 R"
        if drawing.form:
            groups = "".join(f"/{kind}<<{listed}>>" for kind, listed in inner.items())
            states = "".join(f"/{name} {text}" for name, text in drawing.states.items())
            entries += f"/Resources<</ExtGState<<{states}>>{groups}/Font {self.fonts} 0 R>>"
        return self.file.stream(drawing.content, entries, packed="/Filter" not in drawing.head)

    def _form(self, piece: Piece, sheet: Sheet) -> str:
        """The operator that draws a page's furniture, but for its number."""
        stream = "\n".join(unit.stream for unit in piece.body.strips[0] if unit.slot < 0)
        if not stream:
            return ""
        name = f"F{len(self.drawings)}"
        box = f"/BBox[0 {-sheet.height:.4f} {sheet.width:.4f} 0]/Resources {self.resources} 0 R"
        self.drawings[name] = self.file.stream(stream.encode("latin-1"), f"/Type/XObject/Subtype/Form{box}")
        return f"/{name} Do"

    def _resources(self) -> None:
        states = "".join(f"/{name} {text}" for name, text in sorted(self.states.items()))
        listed = {"XObject": "", "Pattern": ""}
        for name, number in sorted(self.drawings.items()):
            listed["Pattern" if name.startswith("P") else "XObject"] += f"/{name} {number} 0 R"
        groups = "".join(f"/{kind}<<{given}>>" for kind, given in listed.items())
        self.file.put(self.resources, f"<</Font {self.fonts} 0 R/ExtGState<<{states}>>{groups}>>")

    # ------------------------------------------------------------ pages

    def _page(self, number: int, page: Page, forms: Mapping[str, str]) -> int:
        """The page's content; notes its marks."""
        out = []
        side = self.sides[number % 2]
        furniture = side.furniture.get(page.furniture)
        if furniture:
            own = [
                self._numbered(unit, number + 1, PLACES, not side.sheet.mirrored)
                for unit in furniture.body.strips[0]
                if unit.slot >= 0
            ]
            drawn = "\n".join(filter(None, (forms[page.furniture], forms[""], *own)))
            out.append(f"/Artifact BMC\nq\n1 0 0 1 0 {self.height:.4f} cm\n{drawn}\nQ\nEMC")
        matrices = _matrices(side.sheet)
        count = 0
        for placed in page.placed:
            piece = self.parts[placed.part].piece
            body = piece.body
            if not placed.first:
                self._take(body)
            out.append(f"q\n1 0 0 1 {side.sheet.moved(TEXT):.4f} {self.height - TOP - placed.down:.4f} cm")
            for strip in range(placed.first, placed.last + 1):
                for unit in body.strips[strip]:
                    if unit.between and strip == placed.last:
                        continue
                    shown = self._shown(unit, piece)
                    if matrix := matrices[unit.zone]:
                        shown = f"q\n{matrix} cm\n{shown}\nQ"
                    if unit.mark < 0 or placed.again:
                        out.append(f"/Artifact BMC\n{shown}\nEMC")
                        continue
                    self.marks[placed.part, unit.mark] = number, count
                    out.append(f"/{unit.tag} <</MCID {count}>> BDC\n{shown}\nEMC")
                    count += 1
            out.append("Q")
        self.marked.append(count)
        return self.file.stream("\n".join(out).encode("latin-1"))

    def _shown(self, unit: Unit, piece: Piece) -> str:
        if unit.slot < 0:
            return unit.stream
        slot = piece.slots[unit.slot]
        return self._numbered(unit, self.anchors[slot.anchor][0] + 1, slot.digits, slot.right)

    def _numbered(self, unit: Unit, page: int, places: int, right: bool) -> str:
        """A unit with the number of a page written in its place."""
        font = next(line for line in unit.stream.split("\n") if line.endswith(" Tf")).split()[0][1:]
        return unit.stream.replace(SLOT, self.typefaces.number(font, page, places, right))

    def _annotations(self) -> list[list[int]]:
        """The links of each page."""
        out: list[list[int]] = [[] for _page in self.pages]
        for number, part in enumerate(self.parts):
            for place, link in enumerate(part.piece.links):
                left, top, right, bottom = link.box
                page, base = self._place(number, link.strip, 0)
                if link.target.startswith("to:"):
                    anchor = link.target[3:]
                    if anchor not in self.anchors:
                        self.nowhere.append(anchor)
                        continue
                    said, goes = self.names.get(anchor) or anchor, f"/Dest{string(anchor)}"
                else:
                    said, goes = link.target, f"/A<</Type/Action/S/URI/URI{string(link.target)}>>"
                x, base = self.sides[page % 2].sheet.moved(link.zone), self.height - base
                box = f"{left + x:.3f} {base - bottom:.3f} {right + x:.3f} {base - top:.3f}"
                annotation = self.file.add(
                    f"<</Type/Annot/Subtype/Link/Rect[{box}]/BS<</W 0>>/F 4/Contents{string(said)}"
                    f"/StructParent {len(self.pages) + len(self.links)}/P {self.pages[page]} 0 R{goes}>>"
                )
                out[page].append(annotation)
                self.links[number, place] = annotation
        return out

    # ------------------------------------------------------------ the file

    def _catalog(self, tree: int) -> int:
        dests = " ".join(
            f"{string(name)}{self._goal(page, y)}" for name, (page, y) in sorted(self.anchors.items())
        )
        names = self.file.add(f"<</Names[{dests}]>>")
        outline = write_outline(
            self.file,
            [
                (level, label, *self._place(number, strip, y))
                for number, part in enumerate(self.parts)
                for level, label, strip, y in part.piece.bookmarks
            ],
            self._goal,
        )
        own, more_names = metadata.entries(self.file, self.about)
        return self.file.add(
            f"<</Type/Catalog/Pages {self.node} 0 R/Lang{string(self.about.language)}"
            f"/MarkInfo<</Marked true>>/StructTreeRoot {tree} 0 R{own}"
            f"/ViewerPreferences<</DisplayDocTitle true>>/Names<</Dests {names} 0 R{more_names}>>"
            f"/PageLabels<</Nums[0<</S/D>>]>>{f'/Outlines {outline} 0 R' if outline else ''}>>"
        )

    def _goal(self, page: int, y: float) -> str:
        return f"[{self.pages[page]} 0 R/XYZ {self.sides[page % 2].sheet.begins:.2f} {self.height - y:.3f} 0]"

"""Lays out pieces with WeasyPrint, several in one go, and cuts them wherever a page may end.

Each piece is laid out on a page of its own that never ends. Where it may be cut follows from its
lines and from what the style sheet asks (widows, orphans, `break-*`); what is drawn between two
cuts follows from the page's own drawing operators. WeasyPrint's boxes are only read, never changed.

Imported only where books are made: WeasyPrint takes a second to load.
"""

import contextlib
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pydyf  # type: ignore[import-untyped]
from weasyprint import CSS, HTML, Document
from weasyprint.text.fonts import FontConfiguration

from portfolio.export import quick
from portfolio.export.cutting import PT, Frame
from portfolio.export.drawing import Drawn, drawings_of, drawn_units, states_of
from portfolio.export.faces import file_of, vertical
from portfolio.export.greys import grey_drawing
from portfolio.export.pieces import Body, Face, Link, Node, Piece, Slot, Unit
from portfolio.export.reading import Written, attributes, renumbered, written
from portfolio.export.zones import Zones

ENDLESS = 10_000_000  # pixels: higher than any text that is kept
RIGHTMOST = 198 * 72 / 25.4  # points: the column of notes ends at 192 mm, the sheet at 210
ROUNDING = 1.0  # of a point
ASIDE = "/Part"  # how WeasyPrint tags a `main`, which is what comments in the margin stand in
PHOTOGRAPH_DPI = 300
JPEG_QUALITY = 88
PIECE_STYLES = f"""
@page {{ size: 210mm {ENDLESS}px; margin: 0 68mm 0 24mm;
  @top-left {{ content: none }} @top-right-corner {{ content: none }} @bottom-left {{ content: none }} }}
.piece {{ break-before: page }}
"""
FURNITURE_STYLES = """
@page { counter-reset: page 888; counter-increment: page 0 }
body { string-set: none }
.piece { break-before: page; string-set: head attr(data-head), edition attr(data-edition) }
.next-page { break-before: page }
"""
UNKNOWN = "888"  # stands for the page's own number
_SHARED_STATE = re.compile(r"[aA][\d.]+")


class _Cut(Exception):
    """Ends the writing of a PDF that nobody wants once its parts are taken."""


class Galleys:
    """WeasyPrint with a style sheet and its fonts, ready to lay out pieces of one look."""

    def __init__(self, styles: str, fetcher: Any, height: float, grey: bool = False) -> None:
        """`height`: points that a page has for a piece."""
        self.height, self.grey = height, grey
        quick.hasten()
        self.fonts = FontConfiguration()
        self.fetcher = fetcher
        self.styles = self._style(styles)
        self.endless = self._style(PIECE_STYLES)
        # What is loaded when it is first needed (hyphenation, faces, the sheet of browsers) is there now
        self.lay_out("en", ["<p>Hyphenation, <em>faces</em>, <b>汉字</b></p>"])

    def _style(self, text: str) -> CSS:
        return CSS(string=text, url_fetcher=self.fetcher, font_config=self.fonts)

    def lay_out(self, language: str, contents: Sequence[str]) -> list[Piece]:
        """The pieces for these parts of a `<body>`, in their order. `language`: the document's `lang`.

        Raises ValueError where one does not fit a page, and words of it would be lost.
        """
        body = "".join(f'<div class="piece">{content}</div>' for content in contents)
        document = self._render(language, body, self.endless)
        if len(document.pages) != len(contents):
            raise ValueError(f"{len(contents)} pieces fell on {len(document.pages)} pages")
        return self._in_its_colours(_taken_apart(document, framed=False, height=self.height))

    def furniture(self, language: str, content: str, style: str) -> list[Piece]:
        """Heads, feet and tabs of empty pages, one piece a page; the page's number is its only slot."""
        document = self._render(language, content, self._style(FURNITURE_STYLES + style))
        return self._in_its_colours(_taken_apart(document, framed=True, height=self.height))

    def _in_its_colours(self, pieces: list[Piece]) -> list[Piece]:
        for piece in pieces if self.grey else ():
            body = piece.body
            body.drawings = {name: grey_drawing(drawing) for name, drawing in body.drawings.items()}
        return pieces

    def _render(self, language: str, body: str, style: CSS) -> Document:
        page = (
            f'<!DOCTYPE html><html lang="{language}"><head><title>-</title></head><body>{body}</body></html>'
        )
        html = HTML(string=page, base_url=None, url_fetcher=self.fetcher)
        styles = [self.styles, style]
        return html.render(font_config=self.fonts, stylesheets=styles, pdf_variant="pdf/ua-1")


def _taken_apart(document: Document, framed: bool, height: float) -> list[Piece]:
    taken: list[Piece] = []

    def finisher(_document: Document, pdf: pydyf.PDF) -> None:
        reader = _Reader(document, pdf, height, marks)
        taken.extend(reader.frames() if framed else reader.pieces())
        raise _Cut

    marks: list[dict[int, Written]] = []

    def painting(paint: Any) -> Any:
        def painted(stream: Any, *given: Any, **named: Any) -> None:
            paint(stream, *given, **named)
            marks.append({tag["mcid"]: written(box) for box, tag in stream._tags.items()})
            for font in document.fonts.values():
                font.clean = lambda *_: None  # made ready when the book is bound, once for all pieces

        return painted

    for page in document.pages:
        page.paint = painting(page.paint)
    with contextlib.suppress(_Cut):
        document.write_pdf(
            finisher=finisher,
            pdf_variant="pdf/ua-1",
            uncompressed_pdf=True,
            dpi=PHOTOGRAPH_DPI,
            jpeg_quality=JPEG_QUALITY,
        )
    return taken


class _Reader:
    """Reads the pieces out of a document that is about to be written."""

    def __init__(
        self, document: Document, pdf: pydyf.PDF, height: float, marks: Sequence[Mapping[int, Written]]
    ) -> None:
        """`marks`: of each page, what stands in the document at each of its marks."""
        self.document, self.pdf, self.height, self.marks = document, pdf, height, marks
        self.fonts = {font.hash: font for font in document.fonts.values()}
        self.tables: dict[str, int] = {}

    def pieces(self) -> Iterator[Piece]:
        pages = [self._object(number) for number in self.pdf.pages["Kids"][::3]]
        trees = self._trees(pages)
        for page, made, tree, texts in zip(self.document.pages, pages, trees, self.marks, strict=True):
            yield self._piece(page, made, tree, texts)

    def frames(self) -> Iterator[Piece]:
        """The pages themselves, all of it decoration."""
        for made in (self._object(number) for number in self.pdf.pages["Kids"][::3]):
            units = drawn_units(self._object(made["Contents"]).stream, self.fonts)
            drawn = [
                Unit(unit.with_slot(), slot=0) if unit.text == UNKNOWN else Unit(unit.stream)
                for unit in units
            ]
            yield self._finished(Piece(0, 0, 0, (), made=Body((tuple(drawn),))), made, units)

    def _finished(self, piece: Piece, made: Any, units: Sequence[Drawn]) -> Piece:
        """The piece with its fonts, states and pictures, named to stand beside those of others."""
        body = piece.body
        names = {name for unit in units for name in unit.names}
        resources = self._object(made["Resources"])
        states = states_of(self.pdf, resources, names)
        drawings = drawings_of(self.pdf, resources, names)
        renamed = {
            name: "S" + _digest(text) for name, text in states.items() if not _SHARED_STATE.fullmatch(name)
        }
        renamed |= {name: d.kind[0] + _digest(repr(d)) for name, d in drawings.items()}
        if renamed:
            pattern = re.compile(rf"/({'|'.join(map(re.escape, renamed))})(?= (?:gs|Do|scn|SCN)\b)")
            body.strips = tuple(
                tuple(replace(u, stream=pattern.sub(lambda m: "/" + renamed[m[1]], u.stream)) for u in strip)
                for strip in body.strips
            )
        body.states = {renamed.get(name, name): text for name, text in states.items()}
        body.drawings = {renamed[name]: d for name, d in drawings.items()}
        # Not what other pieces of the same document drew: a piece depends on nothing but itself
        used: dict[str, set[int]] = {name: set() for unit in units for name in unit.fonts}
        for unit in units:
            for name, glyphs in unit.glyphs.items():
                used[name] |= glyphs
        body.faces = {name: _face(self.fonts[name], self.document, used[name]) for name in sorted(used)}
        return piece

    def _object(self, reference: Any) -> Any:
        number = reference if isinstance(reference, int) else int(bytes(reference).split()[0])
        return self.pdf.objects[number]

    def _piece(self, page: Any, made: Any, elements: list[Any], texts: Mapping[int, Written]) -> Piece:
        frame, zones = Frame(page._page_box), Zones(page._page_box)
        if frame.highest() > self.height + ROUNDING or frame.right > RIGHTMOST:
            raise ValueError("words run off the sheet")
        links, numbers = self._links(page, made, frame, zones)
        slots: list[Slot] = []
        slot_of_mark: dict[int, int] = {}
        order: dict[int, int] = {}
        tree = []
        self.tables = {}
        for element in elements:
            node = self._node(element, numbers, links, order, slots, slot_of_mark)
            if node:
                tree.append(node)
        strips: list[list[tuple[tuple[int, int], Unit]]] = [[] for _ in range(len(frame.cuts) + 1)]
        said: dict[int, dict[str, str]] = {}
        stream = self._object(made["Contents"])
        units = drawn_units(stream.stream, self.fonts)
        for number, unit in enumerate(units):
            if unit.mark >= 0:
                if unit.mark not in order:
                    continue  # of a margin's box, which no piece has
                said[unit.mark] = attributes(unit.text, texts[unit.mark])
                where = frame.strip_at(unit.left, unit.top)
                slot = slot_of_mark.get(unit.mark, -1)
                stream_text = unit.with_slot() if slot >= 0 else unit.stream
                zone = zones.at(unit.left, unit.top)
                strips[where].append(
                    ((1, order[unit.mark]), Unit(stream_text, order[unit.mark], unit.tag, slot, zone))
                )
            else:
                zone = zones.at(unit.left, (unit.top + unit.bottom) / 2)
                self._decorate(frame, strips, number, unit, zone)
        piece = Piece(
            height=frame.height,
            gap=frame.gap,
            reach=frame.reach,
            cuts=tuple(frame.cuts),
            made=Body(
                tuple(
                    tuple(unit for _key, unit in sorted(strip, key=lambda item: item[0])) for strip in strips
                ),
                tuple(renumbered(node, order, said) for node in tree),
            ),
            links=tuple(
                replace(link, target="to:" + link.target.split(":", 3)[3])
                if link.target.startswith("number:")
                else link
                for link in links
            ),
            slots=tuple(slots),
            anchors={
                name: (frame.strip_at(box[0] * PT, box[1] * PT), box[1] * PT)
                for name, box in page.anchors.items()
            },
            bookmarks=tuple(
                (level, " ".join(label.split()), frame.strip_at(x * PT, y * PT), y * PT)
                for level, label, (x, y), _state in page.bookmarks
            ),
        )
        return self._finished(piece, made, units)

    @staticmethod
    def _decorate(frame: "Frame", strips: list[Any], number: int, unit: Drawn, zone: int) -> None:
        """A rule or ground belongs to each strip that it passes; where it passes a cut, it is clipped."""
        first, last = frame.strip_at(unit.left, unit.top), frame.strip_at(unit.left, unit.bottom - 0.05)
        if first == last:
            strips[first].append(((0, number), Unit(unit.stream, zone=zone)))
            return

        def clip(where: int, top: float, bottom: float, between: bool = False) -> None:
            top, bottom = max(top, unit.top - 1), min(bottom, unit.bottom + 1)
            if bottom > top:
                box = f"{unit.left - 1:.3f} {-bottom:.3f} {unit.right - unit.left + 2:.3f} {bottom - top:.3f}"
                text = f"q\n{box} re W n\n{unit.stream}\nQ"
                strips[where].append(((0, number), Unit(text, zone=zone, between=between)))

        for where in range(first, last + 1):
            top = frame.cuts[where - 1].start if where else unit.top - 1
            if where == len(frame.cuts):
                clip(where, top, unit.bottom + 1)
            else:
                clip(where, top, frame.ends[where])
                clip(where, frame.ends[where], frame.cuts[where].start, between=True)

    def _links(self, page: Any, made: Any, frame: Frame, zones: Zones) -> tuple[list[Link], dict[int, int]]:
        """The page's links, and which of them an annotation's object number is."""
        links: list[Link] = []
        numbers: dict[int, int] = {}
        height = page.height * PT
        for reference in made.get("Annots", ()):
            annotation = self._object(reference)
            left, top, right, bottom = annotation["Rect"]
            target = annotation["A"]["URI"].string
            box = (left, height - top, right, height - bottom)
            numbers[annotation.number] = len(links)
            middle = (box[1] + box[3]) / 2
            links.append(Link(frame.strip_at(box[0], middle), box, target, zones.at(box[0], middle)))
        return links, numbers

    def _trees(self, pages: Sequence[Any]) -> list[list[Any]]:
        """The elements of the structure under each piece's own box."""
        of_page: dict[Any, list[Any]] = {page.reference: [] for page in pages}
        root = self._object(self.pdf.catalog["StructTreeRoot"])
        for reference in self._object(root["K"][0])["K"]:
            wrapper = self._object(reference)
            of_page[wrapper["Pg"]] += [self._object(kid) for kid in wrapper["K"]]
        return list(of_page.values())

    def _cell(self, name: str) -> str:
        """The name of a table's cell, its table numbered within the piece and not within the document."""
        table, _sep, place = name.partition("-")
        return f"{self.tables.setdefault(table, len(self.tables))}-{place}"

    def _asides_follow(self, element: Any) -> None:
        """What stands in the margin is read after the paragraph that it is about, and is drawn before it.

        In an article it stands before the whole text, and is about the first paragraph of it.
        """
        kids = element["K"]
        for place in range(len(kids) - 2, -1, -1) if element["S"] in ("/Art", "/Div") else ():
            aside = None if isinstance(kids[place], int) else self._object(kids[place])
            if aside is None or aside.get("S") != ASIDE:
                continue
            aside["S"] = "/Div"  # it is where it belongs now
            following = self._object(kids[place + 1])
            if element["S"] == "/Art" and following["K"]:
                following["K"].insert(1, kids.pop(place))
            else:
                kids.insert(place + 1, kids.pop(place))

    def _node(
        self,
        element: Any,
        numbers: dict[int, int],
        links: Sequence[Link],
        order: dict[int, int],
        slots: list[Slot],
        slot_of_mark: dict[int, int],
    ) -> Node | None:
        """An element with its marks as WeasyPrint numbered them; None where it has nothing to read."""
        self._asides_follow(element)
        kids: list[Node | int] = []
        marks: list[int] = []
        target = ""
        for kid in element["K"]:
            if isinstance(kid, int):
                order[kid] = len(order)
                marks.append(kid)
                kids.append(kid)
                continue
            below = self._object(kid)
            if below["Type"] == "/OBJR":
                number = numbers[self._object(below["Obj"]).number]
                target = links[number].target
                kids.append(-1 - number)
                continue
            node = self._node(below, numbers, links, order, slots, slot_of_mark)
            if node:
                kids.append(node)
        tag = element["S"][1:]
        if target.startswith("number:") and marks:
            # number:left:3:ANCHOR
            _, side, digits, anchor = target.split(":", 3)
            slot_of_mark[marks[0]] = len(slots)
            slots.append(Slot(anchor, int(digits), side == "right"))
        attributes: dict[str, Any] = {}
        if "Alt" in element:
            attributes["Alt"] = element["Alt"].string
        if "ID" in element:
            attributes["ID"] = self._cell(element["ID"].string)
        given = element.get("A")
        if given and given.get("O") == "/Table":
            if "Headers" in given:
                attributes["Headers"] = [self._cell(header.string) for header in given["Headers"]]
            for name in ("ColSpan", "RowSpan"):
                if name in given:
                    attributes[name] = given[name]
        if not kids and tag not in ("TD", "TH"):
            return None
        return Node(tag, tuple(kids), attributes)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("latin-1", "replace")).hexdigest()[:12]


def _face(font: Any, document: Document, used: set[int]) -> Face:
    alike = [f for f in document.fonts.values() if f.hash == font.hash]
    text: dict[int, str] = {}
    widths: dict[int, float] = {}
    for f in alike:
        text |= f.to_unicode
        widths |= f.widths
    file = file_of(font.file_content, font.index)
    return Face(
        family=font.name.decode()[8:],
        font=file,
        flags=(font.flags, *vertical(file), font.upem, font.glyph_count),
        text={glyph: text[glyph] for glyph in sorted(used & text.keys())},
        widths={glyph: widths[glyph] for glyph in sorted(used & widths.keys())},
    )

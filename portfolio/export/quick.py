"""WeasyPrint's slowest ways, made quicker: what a book of plain paragraphs spends its time on.

`hasten` puts functions of our own in the place of some of WeasyPrint's. Each answers as the one
that it stands for, or hands over to it where it is not sure. What they save, in this order: lines
are broken by arithmetic on a paragraph that was shaped once (`paragraphs`), where WeasyPrint shapes
each line about six times; drawn glyphs are read as arrays; initial values of styles are filled in
at once; margins and paddings in pixels are remembered; endless pages have no margin boxes.

They know WeasyPrint's inside, so they are for one version of it, `FOR_VERSION`; with another one
books are made the slow way, and a test says so. Imported only where books are made.
"""

import functools
from array import array
from typing import Any

import pydyf  # type: ignore[import-untyped]
import weasyprint
from weasyprint import css
from weasyprint import layout as whole_layout
from weasyprint.css.functions import check_math
from weasyprint.css.properties import INHERITED, INITIAL_NOT_COMPUTED, INITIAL_VALUES
from weasyprint.draw import text as drawn_text
from weasyprint.formatting_structure import boxes
from weasyprint.layout import block, inline, page
from weasyprint.pdf import fonts
from weasyprint.text import line_break
from weasyprint.text.ffi import FROM_UNITS, TO_UNITS, ffi, gobject, harfbuzz, pango

from portfolio.export import paragraphs

FOR_VERSION = "70."
_ENDLESS = 1_000_000  # pixels: a page that is higher is one for pieces
_TELLS_SIZES = 14802  # the first Pango that tells the right size of a font
_SPACES = (" ", "\u00a0")
_SPECIAL = 0x0FFFFFFF  # Pango's empty glyph; unknown ones are above
_UNTOUCHED = {"position", "float", "display", "page"}  # their values depend on each other, or on those above
_MATTERS = (
    "margin_left", "margin_right", "padding_left", "padding_right",
    "margin_top", "margin_bottom", "padding_top", "padding_bottom",
    "width", "min_width", "max_width", "height", "min_height", "max_height",
)  # fmt: skip
_WIDTHS = ("border_top_width", "border_right_width", "border_bottom_width", "border_left_width")


def able() -> bool:
    """Whether this is the WeasyPrint that these ways were made for."""
    return str(weasyprint.__version__).startswith(FOR_VERSION)


def hasten() -> None:
    """From now on WeasyPrint is quicker in this process; once is enough."""
    if not able() or _replaced:
        return
    _put(pydyf.PDF, "page_references", lambda _slow: property(_page_references))
    _put(css.ComputedStyle, "__init__", _filled)
    _put(css.AnonymousStyle, "__init__", _filled_anonymous)
    _put(whole_layout, "make_margin_boxes", _only_on_paper)
    for module in (page, block, inline):
        _put(module, "resolve_percentages", _remembered)
    _put(line_break.Layout, "setup", _copied)
    _put(line_break.Layout, "reactivate", _reactivated)
    _put(inline, "strut", _kept)
    _put(inline, "split_first_line", lambda _slow: paragraphs.split_first_line)
    _put(inline, "add_word_spacing", _spaced)
    _put(fonts, "get_hb_object_data", _only_seen)
    _put(drawn_text, "draw_first_line", _drawn)


def leave() -> None:
    """WeasyPrint is as it was before `hasten`."""
    for owner, name, slow in _replaced:
        setattr(owner, name, slow)
    _replaced.clear()


_replaced: list[tuple[Any, str, Any]] = []


def _put(owner: Any, name: str, quicker: Any) -> None:
    slow = owner.__dict__[name]
    _replaced.append((owner, name, slow))
    setattr(owner, name, quicker(slow))


def _page_references(pdf: Any) -> tuple[bytes, ...]:
    """As pydyf's, which makes all of them anew for each element."""
    kids = pdf.pages["Kids"]
    made: tuple[int, tuple[bytes, ...]] = pdf.__dict__.get("made_references", (0, ()))
    if made[0] != len(kids):
        made = len(kids), tuple(f"{number} 0 R".encode("ascii") for number in kids[::3])
        pdf.made_references = made
    return made[1]


# ------------------------------------------------------------------------------------------ styles


@functools.cache
def _plain_values() -> dict[str, Any]:
    """Initial values that mean the same on every element, of properties that are not inherited."""
    return {
        key: value
        for key, value in INITIAL_VALUES.items()
        if key not in INHERITED
        and key not in INITIAL_NOT_COMPUTED
        and key not in _UNTOUCHED
        and not key.startswith("text_decoration_")
        and not check_math(value)
    }


@functools.cache
def _logical() -> frozenset[str]:
    """Properties that stand for one of several physical ones, whose values are found later."""
    return frozenset(
        function(block="ttb", inline=direction)
        for function in css.PHYSICAL_FUNCTIONS.values()
        for direction in ("ltr", "rtl")
    )


def _filled(init: Any) -> Any:
    def filled(self: Any, parent_style: Any, cascaded: Any, *given: Any, **named: Any) -> None:
        init(self, parent_style, cascaded, *given, **named)
        if parent_style is not None and _logical().isdisjoint(cascaded):
            self.update(_plain_values())
            for key in cascaded:
                self.pop(key, None)

    return filled


def _filled_anonymous(init: Any) -> Any:
    def filled(self: Any, parent_style: Any) -> None:
        self.update(_plain_values())
        init(self, parent_style)

    return filled


def _remembered(resolve: Any) -> Any:
    """`resolve_percentages` of boxes whose measures are all in pixels, which have the same each time."""

    def measures(style: Any) -> dict[str, Any] | None:
        if style["box_sizing"] != "content-box" or style["border_collapse"] == "collapse":
            return None
        out: dict[str, Any] = {}
        for name in _MATTERS:
            value = style[name]
            if value == "auto":
                out[name] = 0 if name in ("min_width", "min_height") else "auto"
            elif getattr(value, "unit", None) == "px":
                out[name] = value.value
            else:
                return None
        return out | {name: style[name] for name in _WIDTHS}

    def remembered(box: Any, containing_block: Any) -> None:
        if isinstance(box, (boxes.PageBox, boxes.TableBox)):
            resolve(box, containing_block)
            return
        known = box.style.__dict__
        if "measures" not in known:
            known["measures"] = measures(box.style)
        if known["measures"] is None:
            resolve(box, containing_block)
        else:
            box.__dict__.update(known["measures"])

    return remembered


def _kept(strut: Any) -> Any:
    def kept(style: Any) -> tuple[float, float]:
        struts = style.font_config.__dict__.setdefault("struts", {})
        look = paragraphs.look(style)
        if look not in struts:
            struts[look] = strut(style)
        found: tuple[float, float] = struts[look]
        return found

    return kept


def _only_on_paper(make_margin_boxes: Any) -> Any:
    def only_on_paper(context: Any, page: Any, state: Any) -> Any:
        return () if page.height > _ENDLESS else make_margin_boxes(context, page, state)

    return only_on_paper


# ------------------------------------------------------------------------------------------ lines


def _copied(setup: Any) -> Any:
    """A line's layout, copied from one of the same look that was made before."""

    def copied(self: Any, style: Any) -> None:
        made = style.font_config.__dict__.setdefault("layouts", {})
        look = paragraphs.look(style)
        if look not in made:
            setup(self, style)
            made[look] = dict(self.__dict__)
        known = made[look]
        self.__dict__.update(
            known,
            style=style,
            justification_spacing=self.justification_spacing,
            layout=ffi.gc(pango.pango_layout_copy(known["layout"]), gobject.g_object_unref),
        )

    return copied


def _spaced(add_word_spacing: Any) -> Any:
    def spaced(context: Any, box: Any, justification_spacing: float, x_advance: float) -> float:
        if not isinstance(box, boxes.TextBox):
            return float(add_word_spacing(context, box, justification_spacing, x_advance))
        box.justification_spacing = justification_spacing
        box.position_x += x_advance
        if spaces := inline.count_expandable_spaces(box):
            box.pango_layout = paragraphs.set_line(box.text, justification_spacing)
            box.width += justification_spacing * spaces
            x_advance += justification_spacing * spaces
        return x_advance

    return spaced


# ------------------------------------------------------------------------------------------ drawing


def _only_seen(get_hb_object_data: Any) -> Any:
    """The content of a font's file, which may be large, is looked at where it is and not copied."""

    def only_seen(hb_object: Any, ot_color: Any = None, glyph: Any = None) -> Any:
        if ot_color is not None:
            return get_hb_object_data(hb_object, ot_color, glyph)
        blob = harfbuzz.hb_face_reference_blob(hb_object)  # and never let go of: the font stays loaded
        with ffi.new("unsigned int *") as length:
            data = harfbuzz.hb_blob_get_data(blob, length)
            return memoryview(ffi.buffer(data, int(length[0])))

    return only_seen


def _reactivated(reactivate: Any) -> Any:
    """Justified lines are shaped as they are; `drawn` makes their spaces wider."""

    def reactivated(self: Any, style: Any) -> None:
        if self.justification_spacing and paragraphs.common(style):
            self.setup(style)
            self.set_text(self.text)
            self.spaced = True
        else:
            reactivate(self, style)
            self.spaced = False

    return reactivated


def _drawn(draw_first_line: Any) -> Any:
    """`draw_first_line` of common text: left to right, of outlines, none raised or moved."""

    def drawn(stream: Any, box: Any, text_overflow: str, block_ellipsis: Any, matrix: Any) -> Any:
        layout = box.pango_layout
        spaced = getattr(layout, "spaced", False)  # the text of a drawing never is
        runs = [] if text_overflow == "ellipsis" or block_ellipsis != "none" else _runs(stream, box)
        if not runs:
            if spaced:
                layout.set_text(layout.text, justify=True)
            return draw_first_line(stream, box, text_overflow, block_ellipsis, matrix)
        spacing = int(layout.justification_spacing * TO_UNITS) if spaced else 0
        stream.set_text_matrix(*matrix.values)
        shown = None
        for item, font, size, ids, widths in runs:
            face = item.item.analysis.font
            if unknown := set(ids) - font.to_unicode.keys():
                _tell(item, ids, unknown, layout.text, font)
            if shown != face:
                shown = face
                stream.set_font_size(font.hash, size)
            marks = font.__dict__.setdefault(f"marks {size}", {})
            if spacing:
                spaces = {glyph for glyph in set(ids) if font.to_unicode[glyph] in _SPACES}
                widths = [w + spacing if g in spaces else w for g, w in zip(ids, widths, strict=True)]
            text = [
                marks.get(pair) or _mark(marks, pair, stream, font, size, face)
                for pair in zip(ids, widths, strict=True)
            ]
            stream.show_text(f"<{''.join(text)}>")
        return []

    return drawn


def _runs(stream: Any, box: Any) -> list[tuple[Any, Any, float, Any, Any]]:
    """The runs of a common line, each with its font, size, glyphs and their widths; none of another."""
    if not box.text.strip():
        return []
    layout = box.pango_layout.layout
    pango.pango_layout_set_single_paragraph_mode(layout, True)
    out = []
    for item, glyphs, widths in paragraphs.runs_of(pango.pango_layout_get_line_readonly(layout, 0)):
        ids = glyphs[0::_FIELDS]
        moved = any(glyphs[2::_FIELDS]) or any(glyphs[3::_FIELDS])
        if item.item.analysis.level % 2 or max(ids, default=0) >= _SPECIAL or moved:
            return []
        font, size = stream.add_font(item.item.analysis.font)
        if font.bitmap or font.svg or font.png:
            return []
        if pango.pango_version() < _TELLS_SIZES:
            size = box.style["font_size"]
        out.append((item, font, size, ids, widths))
    return out


_FIELDS = ffi.sizeof("PangoGlyphInfo") // 4


def _tell(item: Any, ids: Any, unknown: set[int], text: str, font: Any) -> None:
    """Which characters glyphs stand for that were not drawn before."""
    held = text.encode()
    clusters = array("i", bytes(ffi.buffer(item.glyphs.log_clusters, 4 * len(ids))))
    offset, length = item.item.offset, item.item.length
    for number, glyph in enumerate(ids):
        if glyph in unknown and glyph not in font.to_unicode:
            end = length if number == len(ids) - 1 else clusters[number + 1]
            font.to_unicode[glyph] = held[offset + clusters[number] : offset + end].decode()


def _mark(
    marks: dict[tuple[int, int], str], pair: tuple[int, int], stream: Any, font: Any, size: float, face: Any
) -> str:
    """A glyph in hexadecimal, and how far the next one is from where it would stand."""
    glyph, width = pair
    if glyph not in font.widths:
        pango.pango_font_get_glyph_extents(face, glyph, stream.ink_rect, stream.logical_rect)
        font.widths[glyph] = round(stream.logical_rect.width * 1000 * FROM_UNITS / size)
    kerning = int(font.widths[glyph] - width * 1000 * FROM_UNITS / size)
    marks[pair] = f"{glyph:04x}>{kerning}<" if kerning else f"{glyph:04x}"
    return marks[pair]

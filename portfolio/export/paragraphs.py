"""Breaks lines by arithmetic: a paragraph is shaped once, on an endless line.

Where a line may be broken, and how far each of these places is from the beginning, is then known
for the whole paragraph; a line ends at the last place that fits, or within the next word where a
hyphen may stand. WeasyPrint asks for one line after another (`split_first_line`), each time with
the text that is left, so paragraphs are remembered by what is left of them.

What is unusual (right to left, preserved spaces, a word wider than its line …) goes WeasyPrint's
own way. Widths are Pango's units, of which 1024 are a pixel; places are bytes of UTF-8.
"""

import functools
import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import pyphen  # type: ignore[import-untyped]
from weasyprint.text import line_break
from weasyprint.text.ffi import FROM_UNITS, TO_UNITS, ffi, pango
from weasyprint.text.line_break import Layout, line_size

_WIDEST = 2**21  # pixels, what Pango can count
_TELLING = 64  # characters by which one rest of a paragraph is told from others of its length
_BREAK = 1  # the first bit of what Pango tells of a character: a line may be broken before it
_FIELDS = ffi.sizeof("PangoGlyphInfo") // 4
_WORD = re.compile(r"[^\W\d_]+")
_UNUSUAL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2066-\u2069\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe]"
)
_Key = tuple[str, int, int]
Line = tuple[Any, int, int | None, float, float, float]
_slow_split = line_break.split_first_line

ffi.cdef("""
    PangoLayout * pango_layout_copy (PangoLayout *layout);
    void pango_glyph_string_extents (
        PangoGlyphString *glyphs, PangoFont *font, PangoRectangle *ink_rect, PangoRectangle *logical_rect);
""")


class Unusual(Exception):
    """A text that is set WeasyPrint's own way."""


@dataclass(frozen=True, slots=True)
class Breaks:
    """Where the next line may begin, where the one before then ends, and how far that is."""

    begins: list[int]
    ends: list[int]
    reached: list[int]


class Paragraph:
    """A text shaped on one line."""

    def __init__(self, text: str, style: Any) -> None:
        """Raises Unusual."""
        self.text, self.bytes = text, text.encode()
        layout = Layout(style)
        layout.set_text(text)
        line = pango.pango_layout_get_line_readonly(layout.layout, 0)
        if pango.pango_layout_get_line_readonly(layout.layout, 1) != ffi.NULL:
            raise Unusual
        places: dict[int, int] = {}
        self.runs: list[tuple[int, int, int, int]] = []  # begin, end, above and below the baseline
        at = 0
        for item, _glyphs, widths in runs_of(line):
            if item.item.analysis.level % 2:
                raise Unusual
            offset = item.item.offset
            clusters = array("i", bytes(ffi.buffer(item.glyphs.log_clusters, 4 * len(widths))))
            ends = list(accumulate(widths, initial=at))
            for cluster, begin in zip(reversed(clusters), reversed(ends[:-1]), strict=True):
                places[offset + cluster] = begin  # the first glyph of a cluster comes last here
            at = ends[-1]
            self.runs.append((offset, offset + item.item.length, *_heights(item)))
        places[len(self.bytes)] = at
        self.places, self._layout = places, layout

    @functools.cached_property
    def breaks(self) -> "Breaks":
        """Raises Unusual."""
        text, held = self.text, self.bytes
        told = pango.pango_layout_get_log_attrs_readonly(self._layout.layout, ffi.NULL)
        attributes = array("I", bytes(ffi.buffer(told, 4 * len(text))))
        byte_of: Sequence[int] = range(len(text))
        if not text.isascii():
            byte_of = list(accumulate((len(c.encode()) for c in text), initial=0))
        begins = [byte_of[number] for number in range(1, len(text)) if attributes[number] & _BREAK]
        ends = [len(held[:begin].rstrip(b" ")) for begin in begins]
        if not self.places.keys() >= {*begins, *ends}:
            raise Unusual
        return Breaks(begins, ends, [self.places[end] for end in ends])

    def line_at(self, begin: int, room: int) -> tuple[int, int] | None:
        """Where a line of this width that begins here ends, and where the next one begins.

        The text's length stands for no next one. None where not even one word fits. Raises Unusual.
        """
        start, whole = self.places[begin], len(self.bytes)
        if self.places[whole] - start <= room:
            return whole, whole
        last = bisect_right(self.breaks.reached, start + room) - 1
        if last < 0 or self.breaks.ends[last] <= begin:
            return None
        return self.breaks.ends[last], self.breaks.begins[last]

    def next_word(self, begin: int) -> str:
        """From the beginning of a line to the first place where it may be broken."""
        at = bisect_right(self.breaks.begins, begin)
        end = self.breaks.ends[at] if at < len(self.breaks.ends) else len(self.bytes)
        return self.bytes[begin:end].decode()

    def width(self, begin: int, end: int) -> int:
        return self.places[end] - self.places[begin]

    def height(self, begin: int, end: int) -> tuple[int, int]:
        """Of a line, and of its baseline below the top."""
        of = [run for run in self.runs if run[0] < end and run[1] > begin] or self.runs[:1]
        above = max(run[2] for run in of)
        return above + max(run[3] for run in of), above


def runs_of(line: Any) -> Iterator[tuple[Any, Any, Any]]:
    """A line's runs: Pango's item, its glyphs as an array of numbers, and their widths."""
    run = line.runs[0] if line.runs != ffi.NULL else ffi.NULL
    while run != ffi.NULL:
        item = run.data
        run = run.next
        glyphs = array("i", bytes(ffi.buffer(item.glyphs.glyphs, 4 * _FIELDS * item.glyphs.num_glyphs)))
        yield item, glyphs, glyphs[1::_FIELDS]


def _heights(item: Any) -> tuple[int, int]:
    extents = ffi.new("PangoRectangle *")
    pango.pango_glyph_string_extents(item.glyphs, item.item.analysis.font, ffi.NULL, extents)
    return -extents.y, extents.height + extents.y


def split_first_line(
    text: str, style: Any, context: Any, max_width: float | None, justification_spacing: float,
    is_line_start: bool = True, minimum: bool = False,
) -> Line:  # fmt: skip
    """As WeasyPrint's: (layout, length, where the next line begins, width, height, baseline)."""
    slowly: Callable[[], Line] = functools.partial(
        _slow_split, text, style, context, max_width, justification_spacing, is_line_start, minimum
    )
    if minimum or context is None or max_width is None or not 0 < max_width < _WIDEST:
        return slowly()
    known: dict[_Key, tuple[Paragraph, int]] = context.__dict__.setdefault("paragraphs", {})
    found = known.get(_key(text, 0, style))
    if found is None or not found[0].text.endswith(text):
        if not common(style) or _UNUSUAL.search(text):
            return slowly()
        try:
            found = Paragraph(text, style), 0
        except Unusual:
            style.common = False
            return slowly()
    paragraph, begin = found
    room = int(max_width * TO_UNITS)
    try:
        line = paragraph.line_at(begin, room)
    except Unusual:
        style.common = False
        return slowly()
    if line is None:
        return slowly()
    end, following = line
    height, baseline = paragraph.height(begin, max(end, begin + 1))
    layout, width = None, paragraph.width(begin, end)
    if following < len(paragraph.bytes) and style["hyphens"] == "auto":
        part = _hyphenated(paragraph, begin, following, room, style, context)
        if part:
            layout, width, end = part
            following = end
    if layout is None:
        layout = set_line(paragraph.bytes[begin:end].decode(), justification_spacing)
    layout.max_width = max_width
    resume = None if following == len(paragraph.bytes) else following - begin
    if resume is not None and following in paragraph.places:
        passed = len(paragraph.bytes[begin:following].decode())
        known[_key(text, passed, style)] = paragraph, following
    return layout, end - begin, resume, width * FROM_UNITS, height * FROM_UNITS, baseline * FROM_UNITS


def _key(text: str, begin: int, style: Any) -> _Key:
    """What tells a rest of a text nearly surely; the rests themselves would take quadratic room."""
    return text[begin : begin + _TELLING], len(text) - begin, id(style)


def _hyphenated(
    paragraph: Paragraph, begin: int, following: int, room: int, style: Any, context: Any
) -> tuple[Any, int, int] | None:
    """The line with the beginning of the next word and a hyphen: its layout, width and end."""
    total, left, right = style["hyphenate_limit_chars"]
    word = paragraph.next_word(following)
    match = next((m for m in _WORD.finditer(word) if len(m[0]) >= total), None)
    lang = style["lang"] and pyphen.language_fallback(style["lang"])
    if match is None or not lang:
        return None
    key = (lang, left, right, total)
    if key not in context.dictionaries:
        context.dictionaries[key] = pyphen.Pyphen(lang=lang, left=left, right=right)
    hyphen = style["hyphenate_character"]
    start = paragraph.places[begin]
    before = len(word[: match.start()].encode())
    for part, _rest in context.dictionaries[key].iterate(match[0]):
        end = following + before + len(part.encode())
        reached = paragraph.places.get(end)  # None within a ligature
        if reached is not None and reached - start > room:
            continue
        text = paragraph.bytes[begin:end].decode() + hyphen
        layout = Layout(style)
        layout.set_text(text)
        line = pango.pango_layout_get_line_readonly(layout.layout, 0)
        width = line_size(line, style)[0]
        if width * TO_UNITS <= room:
            return set_line(text, 0), int(width * TO_UNITS), end
    return None


_LOOK = {
    "font_family", "font_style", "font_stretch", "font_weight", "font_size", "line_height", "font_kerning",
    "font_variant_ligatures", "font_variant_position", "font_variant_caps", "font_variant_numeric",
    "font_variant_alternates", "font_variant_east_asian", "font_feature_settings",
    "font_variation_settings", "font_language_override", "lang", "direction", "text_decoration_line",
}  # fmt: skip
_COMMON = {
    "white_space": "normal", "direction": "ltr", "letter_spacing": "normal", "word_spacing": 0,
    "word_break": "normal", "text_decoration_line": "none",
}  # fmt: skip


def look(style: Any) -> tuple[Any, ...]:
    """What the shape of a text depends on; that of the element above where an element has none of its own."""
    known = style.__dict__
    if "look" not in known:
        if _as_above(style, _LOOK):
            known["look"] = look(style.parent_style)
        else:
            known["look"] = tuple(str(style[name]) for name in sorted(_LOOK))
    found: tuple[Any, ...] = known["look"]
    return found


def common(style: Any) -> bool:
    """Whether a style asks for nothing that this module leaves to WeasyPrint.

    Words may be broken anywhere (`overflow-wrap`): where one does not fit, WeasyPrint is asked.
    """
    known = style.__dict__
    if "common" not in known:
        if _as_above(style, _COMMON.keys()):
            known["common"] = common(style.parent_style)
        else:
            known["common"] = (
                all(style[name] == value for name, value in _COMMON.items())
                and style["hyphenate_limit_zone"].value == 0
            )
    found: bool = known["common"]
    return found


def _as_above(style: Any, names: Set[str]) -> bool:
    if getattr(style, "parent_style", None) is None:  # the root; a drawing's text
        return False
    return names.isdisjoint(getattr(style, "cascaded", ()))  # what is anonymous has none


def set_line(text: str, justification_spacing: float) -> Any:
    """A line whose shaping waits until it is drawn."""
    layout = Layout.__new__(Layout)
    layout.__dict__.update(
        text=text,
        justification_spacing=justification_spacing,
        max_width=None,
        first_line_direction=0,
        ascent=None,
        underline_position=None,
        strikethrough_position=None,
    )
    return layout

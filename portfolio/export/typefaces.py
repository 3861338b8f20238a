"""The fonts of one book: what all its pieces use of each face, stored once."""

from collections.abc import Mapping

from portfolio.export import faces
from portfolio.export.pdf_file import PdfFile, string
from portfolio.export.pieces import Body, Face


class Typefaces:
    """Gathers the faces of pieces under their resource names, and writes them."""

    def __init__(self) -> None:
        self._faces: dict[str, Face] = {}
        self._digits: dict[str, list[int]] = {}

    def take(self, body: Body) -> None:
        for name, face in body.faces.items():
            known = self._faces.get(name)
            if known is None:
                known = Face(face.family, face.font, face.flags, {}, {})
                self._faces[name] = known
            for glyph, text in face.text.items():
                known.text.setdefault(glyph, text)
            for glyph, width in face.widths.items():
                known.widths.setdefault(glyph, width)

    def number(self, name: str, page: int, places: int, right: bool) -> str:
        """The operator that shows a number in a face, in a room for `places` digits."""
        face = self._faces[name]
        glyphs = self._digits.get(name)
        if glyphs is None:
            glyphs = self._digits[name] = faces.digits(face.font)
            width = faces.digit_width(face.font)
            for digit, glyph in enumerate(glyphs):
                face.text[glyph] = str(digit)
                face.widths[glyph] = width
        text = str(page)
        shown = "".join(f"{glyphs[int(digit)]:04x}" for digit in text)
        moved = (len(text) - places) * face.widths[glyphs[0]] if right else 0
        return f"[{f'{moved:.2f} ' if moved else ''}<{shown}>] TJ"

    def write(self, file: PdfFile, number: int) -> None:
        """Puts the dictionary of all fonts as object `number`. Raises FileNotFoundError."""
        made = []
        for name, face in sorted(self._faces.items()):
            made.append(f"/{name} {_write(file, name, face)} 0 R")
        file.put(number, f"<<{''.join(made)}>>")


def _write(file: PdfFile, name: str, face: Face) -> int:
    flags, ascent, descent, _upem, count = face.flags
    used = [glyph for glyph in face.text.keys() | face.widths.keys() if glyph < count]
    content = faces.subset(face.font, used)
    otf = content[:4] == b"OTTO"
    stored = file.stream(content, "/Subtype/OpenType" if otf else f"/Length1 {len(content)}")
    full = f"/{name}+{face.family}"
    box = faces.box(face.font)
    descriptor = file.add(
        f"<</Type/FontDescriptor/FontName{full}/FontFamily{string(face.family)}/Flags {flags}"
        f"/FontBBox[{' '.join(map(str, box))}]/ItalicAngle 0/Ascent {ascent}/Descent {descent}"
        f"/CapHeight {box[3]}/StemV 80/StemH 80/FontFile{'3' if otf else '2'} {stored} 0 R>>"
    )
    below = file.add(
        f"<</Type/Font/Subtype/CIDFontType{0 if otf else 2}/BaseFont{full}"
        "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
        f"{'' if otf else '/CIDToGIDMap/Identity'}/W[{_widths(face.widths)}]"
        f"/FontDescriptor {descriptor} 0 R>>"
    )
    unicode = file.stream(_to_unicode(face.text))
    return file.add(
        f"<</Type/Font/Subtype/Type0/BaseFont{full}/Encoding/Identity-H"
        f"/DescendantFonts[{below} 0 R]/ToUnicode {unicode} 0 R>>"
    )


def _widths(widths: Mapping[int, float]) -> str:
    out: list[str] = []
    previous = -2
    for glyph in sorted(widths):
        if glyph != previous + 1:
            out.append(f"{']' if out else ''}{glyph}[")
        out.append(f"{widths[glyph]:g} ")
        previous = glyph
    return "".join(out) + ("]" if out else "")


def _to_unicode(text: Mapping[int, str]) -> bytes:
    lines = [
        "/CIDInit /ProcSet findresource begin", "12 dict begin", "begincmap",
        "/CIDSystemInfo", "<< /Registry (Adobe)", "/Ordering (UCS)", "/Supplement 0", ">> def",
        "/CMapName /Adobe-Identity-UCS def", "/CMapType 2 def",
        "1 begincodespacerange", "<0000> <ffff>", "endcodespacerange",
    ]  # fmt: skip
    items = sorted((glyph, said) for glyph, said in text.items() if said)
    for start in range(0, len(items), 100):
        group = items[start : start + 100]
        lines.append(f"{len(group)} beginbfchar")
        lines += [f"<{glyph:04x}> <{said.encode('utf-16-be').hex()}>" for glyph, said in group]
        lines.append("endbfchar")
    lines += ["endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"]
    return "\n".join(lines).encode()

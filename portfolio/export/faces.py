"""Font files: where a face comes from, and a font with no more than the glyphs that are used."""

import functools
import hashlib
import io
import subprocess
from collections.abc import Iterable
from pathlib import Path

import uharfbuzz
from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph

from portfolio.export.environment import resource

_DROPPED = ("BASE", "DSIG", "EBDT", "EBLC", "EBSC", "GPOS", "GSUB", "JSTF", "LTSH", "PCLT", "SVG ")


@functools.lru_cache(maxsize=64)
def _named(length: int, head: bytes, index: int) -> str:
    for path in _candidates():
        if path.stat().st_size == length and path.open("rb").read(len(head)) == head:
            return f"{path}#{index}"
    raise FileNotFoundError("a font that was drawn with is not among the installed ones")


@functools.cache
def _candidates() -> tuple[Path, ...]:
    ours = sorted(resource("static", "fonts").glob("*.[to]tf"))
    listed = subprocess.run(["fc-list", "-f", "%{file}\n"], capture_output=True, text=True, check=True)
    return (*ours, *sorted({Path(line) for line in listed.stdout.split("\n") if line}))


def file_of(content: bytes, index: int) -> str:
    """ "PATH#INDEX" of the installed font with this content. Raises FileNotFoundError."""
    return _named(len(content), bytes(content[:4096]), index)


@functools.lru_cache(maxsize=32)
def _face(font: str) -> uharfbuzz.Face:
    path, _sep, index = font.rpartition("#")
    return uharfbuzz.Face(uharfbuzz.Blob.from_file_path(path), int(index))


def digits(font: str) -> list[int]:
    """The glyphs of 0 to 9."""
    made = uharfbuzz.Font(_face(font))
    return [made.get_nominal_glyph(ord(c)) or 0 for c in "0123456789"]


def digit_width(font: str) -> float:
    """The width of a digit, in thousandths of the size; the book's faces have digits of one width."""
    face = _face(font)
    return float(uharfbuzz.Font(face).get_glyph_h_advance(digits(font)[0]) * 1000 / face.upem)


def subset(font: str, glyphs: Iterable[int]) -> bytes:
    """The font with these glyphs under their own numbers, and nothing after the last of them.

    A font of pictures (emoji) becomes one of empty glyphs: its pictures are drawn as such, and the
    glyphs stand for what they say.
    """
    wanted = sorted({0, *glyphs})
    if not {"glyf", "CFF ", "CFF2"} & set(_face(font).table_tags):
        return _empty(font, wanted)
    flags = uharfbuzz.SubsetFlags
    first = uharfbuzz.SubsetInput()
    first.sets(uharfbuzz.SubsetInputSets.GLYPH_INDEX).update(wanted)
    first.sets(uharfbuzz.SubsetInputSets.DROP_TABLE_TAG).update(
        int.from_bytes(tag.encode(), "big") for tag in _DROPPED
    )
    first.flags = flags.RETAIN_GIDS | flags.PASSTHROUGH_UNRECOGNIZED | flags.DESUBROUTINIZE
    made = uharfbuzz.subset(_face(font), first)
    second = uharfbuzz.SubsetInput()
    second.sets(uharfbuzz.SubsetInputSets.GLYPH_INDEX).update(range(wanted[-1] + 1))
    second.flags = flags.PASSTHROUGH_UNRECOGNIZED | flags.DESUBROUTINIZE | flags.NO_HINTING
    return bytes(uharfbuzz.subset(made, second).blob.data)


def fingerprint(font: str) -> str:
    """Tells one version of a font file from another."""
    path = font.rpartition("#")[0]
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _empty(font: str, glyphs: list[int]) -> bytes:
    face = _face(font)
    advances = uharfbuzz.Font(face)
    names = [".notdef", *(f"g{number}" for number in range(1, glyphs[-1] + 1))]
    widths = {names[glyph]: (advances.get_glyph_h_advance(glyph), 0) for glyph in glyphs}
    made = FontBuilder(face.upem, isTTF=True)
    made.setupGlyphOrder(names)
    made.setupCharacterMap({})
    made.setupGlyf(dict.fromkeys(names, Glyph()))
    made.setupHorizontalMetrics({name: widths.get(name, (0, 0)) for name in names})
    made.setupHorizontalHeader(ascent=round(0.95 * face.upem), descent=round(-0.25 * face.upem))
    made.setupPost(keepGlyphNames=False)
    made.updateHead(created=0, modified=0)
    out = io.BytesIO()
    made.font.recalcTimestamp = False
    made.save(out)
    return out.getvalue()


@functools.lru_cache(maxsize=64)
def box(font: str) -> tuple[int, int, int, int]:
    """The font's bounding box in thousandths of the size: left, bottom, right, top."""
    path, _sep, index = font.rpartition("#")
    with TTFont(path, fontNumber=int(index), lazy=True) as opened:
        head = opened["head"]
        scale = 1000 / head.unitsPerEm
        return tuple(round(n * scale) for n in (head.xMin, head.yMin, head.xMax, head.yMax))


@functools.lru_cache(maxsize=64)
def vertical(font: str) -> tuple[int, int]:
    """How far the font's letters go up and down, in thousandths of the size; whatever size was drawn."""
    path, _sep, index = font.rpartition("#")
    with TTFont(path, fontNumber=int(index), lazy=True) as opened:
        scale = 1000 / opened["head"].unitsPerEm
        return round(opened["hhea"].ascent * scale), round(opened["hhea"].descent * scale)

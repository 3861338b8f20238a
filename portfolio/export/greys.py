"""Greys instead of colours: of style sheets and drawings, of photographs, of the pictures in fonts."""

import io
import re
import struct
import zlib
from dataclasses import replace

from PIL import Image

from portfolio.export.pieces import Drawing

_COLOUR = re.compile(r"#([0-9a-f]{6})\b")
_SIZE = re.compile(r"/(Width|Height) (\d+)")


def grey(text: str) -> str:
    """A style sheet or drawing in greys of the same lightness."""

    def shade(match: re.Match[str]) -> str:
        red, green, blue = (int(match[1][i : i + 2], 16) / 255 for i in (0, 2, 4))
        linear = 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2
        level = round(255 * linear ** (1 / 2.2))
        return f"#{level:02x}{level:02x}{level:02x}"

    return _COLOUR.sub(shade, text)


def grey_picture(content: bytes) -> bytes:
    """A picture file without its colours, in the same format."""
    out = io.BytesIO()
    with Image.open(io.BytesIO(content)) as picture:
        transparent = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
        plain = picture.convert("LA") if transparent else picture.convert("L")
        plain.save(out, picture.format, **({"quality": 90} if picture.format == "JPEG" else {}))
    return out.getvalue()


def grey_drawing(drawing: Drawing) -> Drawing:
    """A drawing whose pictures, those that a font brings for its letters, are grey."""
    uses = {name: grey_drawing(used) for name, used in drawing.uses.items()}
    if "/DeviceRGB" not in drawing.head or "/Predictor 15" not in drawing.head:
        return replace(drawing, uses=uses)
    size = {name: int(number) for name, number in _SIZE.findall(drawing.head)}
    # Rows with PNG's predictors and PNG's compression: all but a PNG
    head = struct.pack(">IIBBBBB", size["Width"], size["Height"], 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", drawing.content), (b"IEND", b""))
    file = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
    with Image.open(io.BytesIO(file)) as picture:
        rows = picture.convert("L").tobytes()
    plain = re.sub(r"/DecodeParms\s*<<.*?>>", "", drawing.head.replace("/DeviceRGB", "/DeviceGray"))
    return replace(drawing, head=plain, content=zlib.compress(rows), uses=uses)

"""Writes a PDF 1.7 file of objects that are already PDF syntax; the same objects give the same bytes."""

import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

PACKED = 200  # objects in one object stream
LEVEL = 6
CHUNK = 256 * 1024


class PdfFile:
    """Objects by number; streams are compressed, everything else is packed into object streams."""

    def __init__(self) -> None:
        self._plain: dict[int, bytes] = {}
        self._streams: dict[int, tuple[str, bytes | Path]] = {}
        self._last = 0

    def number(self) -> int:
        """A number for an object that is given later."""
        self._last += 1
        return self._last

    def put(self, number: int, text: str) -> int:
        """`text`: the object in Latin-1."""
        self._plain[number] = text.encode("latin-1")
        return number

    def add(self, text: str) -> int:
        return self.put(self.number(), text)

    def stream(self, content: bytes | Path, entries: str = "", number: int = 0, packed: bool = True) -> int:
        """A stream; `entries` of its dictionary besides its length. `packed`: compress it here.

        A file is copied as it is when the PDF is written, so that it never fills the memory.
        """
        number = number or self.number()
        if packed and isinstance(content, bytes):
            content = zlib.compress(content, LEVEL)
            entries += "/Filter/FlateDecode"
        self._streams[number] = (entries, content)
        return number

    def write(self, out: BinaryIO, trailer: Mapping[str, str]) -> None:
        """`trailer`: Root, Info, ID. Raises OSError."""
        position = 0
        offsets: dict[int, tuple[int, int, int]] = {0: (0, 0, 65535)}

        def write(data: bytes) -> None:
            nonlocal position
            out.write(data)
            position += len(data)

        def write_stream(number: int, entries: str, content: bytes | Path) -> None:
            offsets[number] = (1, position, 0)
            size = len(content) if isinstance(content, bytes) else content.stat().st_size
            write(f"{number} 0 obj\n<<{entries}/Length {size}>>\nstream\n".encode("latin-1"))
            if isinstance(content, bytes):
                write(content)
            else:
                with open(content, "rb") as file:
                    while part := file.read(CHUNK):
                        write(part)
            write(b"\nendstream\nendobj\n")

        write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        for number, (entries, content) in sorted(self._streams.items()):
            write_stream(number, entries, content)
        numbers = sorted(self._plain)
        for start in range(0, len(numbers), PACKED):
            group = numbers[start : start + PACKED]
            index, body = [], b""
            holder = self.number()
            for place, number in enumerate(group):
                index.append(f"{number} {len(body)}")
                body += self._plain[number] + b"\n"
                offsets[number] = (2, holder, place)
            first = (" ".join(index) + "\n").encode()
            content = zlib.compress(first + body, LEVEL)
            entries = f"/Type/ObjStm/N {len(group)}/First {len(first)}/Filter/FlateDecode"
            write_stream(holder, entries, content)
        table = self.number()
        start = position
        offsets[table] = (1, start, 0)
        rows = b"".join(struct.pack(">BIH", *offsets[n]) for n in range(self._last + 1))
        more = "".join(f"/{name} {value}" for name, value in trailer.items())
        entries = f"/Type/XRef/Size {self._last + 1}/W[1 4 2]/Filter/FlateDecode{more}"
        write_stream(table, entries, zlib.compress(rows, LEVEL))
        write(f"startxref\n{start}\n%%EOF\n".encode())


def string(text: str) -> str:
    """A PDF text string."""
    if text.isascii() and text.isprintable():
        return "(" + text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)") + ")"
    return "<FEFF" + text.encode("utf-16-be").hex() + ">"

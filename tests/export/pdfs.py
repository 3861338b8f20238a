"""What tests ask a PDF: its words by page and place, its links, its tags."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import pikepdf

TEXT_RIGHT = 400.0  # points: the text column ends, the note column begins
TEXT_TOP, TEXT_BOTTOM = 85.0, 752.0


@dataclass(frozen=True)
class Word:
    left: float
    top: float
    right: float
    bottom: float
    text: str


def pages_of_words(path: Path) -> list[list[Word]]:
    told = subprocess.run(["pdftotext", "-bbox", str(path), "-"], capture_output=True, text=True, check=True)
    pattern = re.compile(
        r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*?)</word>', re.DOTALL
    )
    return [
        [Word(*map(float, found[:4]), unescape(found[4])) for found in pattern.findall(page)]
        for page in told.stdout.split("<page ")[1:]
    ]


def text_of(path: Path, page: int | None = None) -> str:
    """The text in reading order, of the whole or of one page from 1."""
    where = ["-f", str(page), "-l", str(page)] if page else []
    told = subprocess.run(["pdftotext", *where, str(path), "-"], capture_output=True, text=True, check=True)
    return told.stdout


def squeezed(text: str) -> str:
    """Without spaces, soft ends of lines and invisible signs: what is left can be compared."""
    return re.sub(r"[\s\u200b\u00ad\u2010-]+", "", text)


def destinations(pdf: pikepdf.Pdf) -> dict[str, int]:
    """Named places and the page, from 1, that each is on."""
    numbers = {page.objgen: n for n, page in enumerate(pdf.pages, 1)}
    names = pdf.Root.Names.Dests.Names
    return {str(names[i]): numbers[names[i + 1][0].objgen] for i in range(0, len(names), 2)}


def links(pdf: pikepdf.Pdf) -> list[tuple[int, str, str]]:
    """(page from 1, where it leads, its words for who cannot see it) of every link."""
    out = []
    for number, page in enumerate(pdf.pages, 1):
        for note in page.get("/Annots", []):
            if note.Subtype == "/Link":
                target = str(note.Dest) if "/Dest" in note else str(note.A.URI)
                out.append((number, target, str(note.get("/Contents", ""))))
    return out


def bookmarks(pdf: pikepdf.Pdf) -> list[tuple[int, str]]:
    """(level from 0, title), in order."""
    out: list[tuple[int, str]] = []
    with pdf.open_outline() as outline:

        def walk(items: list[pikepdf.OutlineItem], level: int) -> None:
            for item in items:
                out.append((level, item.title))
                walk(item.children, level + 1)

        walk(outline.root, 0)
    return out


def bookmarked(pdf: pikepdf.Pdf) -> list[tuple[str, int]]:
    """(title, page from 1), in order."""
    numbers = {page.objgen: n for n, page in enumerate(pdf.pages, 1)}
    out: list[tuple[str, int]] = []
    with pdf.open_outline() as outline:

        def walk(items: list[pikepdf.OutlineItem]) -> None:
            for item in items:
                goal: Any = item.destination
                out.append((item.title, numbers[goal[0].objgen]))
                walk(item.children)

        walk(outline.root)
    return out


def tags(pdf: pikepdf.Pdf) -> list[str]:
    """The kinds of all structure elements, in reading order."""
    out: list[str] = []

    def walk(element: pikepdf.Object) -> None:
        if isinstance(element, pikepdf.Array):
            for child in element:
                walk(child)
        elif isinstance(element, pikepdf.Dictionary):
            if "/S" in element:
                out.append(str(element.S)[1:])
            if "/K" in element:
                walk(element.K)

    walk(pdf.Root.StructTreeRoot.K)
    return out


def fonts(path: Path) -> list[tuple[str, bool, bool]]:
    """(name, embedded, subset) of each font."""
    told = subprocess.run(["pdffonts", str(path)], capture_output=True, text=True, check=True)
    out = []
    for line in told.stdout.splitlines()[2:]:
        flags = line.split()[-5:-2]
        out.append((line.split()[0], flags[0] == "yes", flags[1] == "yes"))
    return out


def elements(node: Any) -> Iterator[Any]:
    """An element and all below it, in reading order."""
    yield node
    for kid in kids(node):
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield from elements(kid)


def kids(node: Any) -> list[Any]:
    kids = node.get("/K", [])
    return list(kids) if isinstance(kids, pikepdf.Array) else [kids]


def letters(font: Any) -> dict[int, str]:
    """What each glyph of a font says."""
    table = font.ToUnicode.read_bytes().split(b"endcodespacerange")[1]
    return {
        int(glyph, 16): bytes.fromhex(text.decode()).decode("utf-16-be")
        for glyph, text in re.findall(rb"<([0-9a-f]{4})> <([0-9a-f]+)>", table)
    }


def spoken(pdf: pikepdf.Pdf) -> Iterator[str]:
    """What the tree says, in its order."""
    for text, _language in spoken_in(pdf):
        yield text


def spoken_in(pdf: pikepdf.Pdf) -> Iterator[tuple[str, str]]:
    """What the tree says, in its order, each run with its language."""
    fonts = {str(name): letters(font) for name, font in pdf.pages[0].Resources.Font.items()}
    marks: dict[tuple[Any, int], str] = {}
    for page in pdf.pages:
        mark, font = -1, ""
        for operands, operator in pikepdf.parse_content_stream(page):
            match str(operator):
                case "BDC":
                    mark = int(operands[1]["/MCID"])
                case "EMC":
                    mark = -1
                case "Tf":
                    font = str(operands[0])
                case "TJ" if mark >= 0:
                    run = b"".join(bytes(part) for part in operands[0] if isinstance(part, pikepdf.String))
                    glyphs = [int.from_bytes(run[i : i + 2], "big") for i in range(0, len(run), 2)]
                    said = "".join(fonts[font].get(glyph, "") for glyph in glyphs)
                    marks[page.obj.objgen, mark] = marks.get((page.obj.objgen, mark), "") + said
    yield from _read(pdf.Root.StructTreeRoot.K[0], marks, str(pdf.Root.Lang))


def _read(element: Any, marks: dict[tuple[Any, int], str], around: str) -> Iterator[tuple[str, str]]:
    language = str(element.get("/Lang", around))
    if "/ActualText" in element:
        yield str(element.ActualText), language
        return
    for kid in kids(element):
        if not isinstance(kid, pikepdf.Dictionary):
            yield marks.get((element.Pg.objgen, int(kid)), ""), language
        elif "/MCID" in kid:
            yield marks.get((kid.Pg.objgen, int(kid.MCID)), ""), language
        elif "/S" in kid:
            yield from _read(kid, marks, language)

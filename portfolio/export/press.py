"""Makes a book: plans its pieces, lays out those that are not kept yet, fills pages, binds.

What is laid out is kept (`piece_store`), so a book costs what has changed in it. Imported only in
the child that makes books: WeasyPrint takes a second to load.
"""

import functools
import hashlib
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pydyf  # type: ignore[import-untyped]
import uharfbuzz
import weasyprint

from portfolio.domain.records import Layout
from portfolio.export import book_contents, book_parts, looks, workshop
from portfolio.export.binding import Side, bind
from portfolio.export.book_parts import Planned
from portfolio.export.book_plan import Book
from portfolio.export.child import LibraryMissing
from portfolio.export.environment import HTML_LANGUAGES, PACKAGE, resource, translations
from portfolio.export.galleys import Galleys
from portfolio.export.greys import grey
from portfolio.export.looks import Sheet
from portfolio.export.metadata import About
from portfolio.export.pages import Filled, Part, fill
from portfolio.export.piece_store import PieceStore
from portfolio.export.pieces import Piece, pack
from portfolio.export.plain_words import plain_words
from portfolio.export.shelf import Shelf

PRODUCER = f"portfolio, WeasyPrint {weasyprint.__version__}"
_PICTURE = re.compile(r'src="book:(figure|photograph)/([^"]+)"')

Told = Callable[[str, int], None]  # step and hundredths: "laid out", "bound"


class Press:
    """One book in the making."""

    def __init__(self, book: Book, store: PieceStore, told: Told, memory_mb: int, processes: int = 2) -> None:
        """`processes` lay out what is missing; 0: this one."""
        self.processes = processes
        self.book, self.store, self.told, self.memory_mb = book, store, told, memory_mb
        self.photographs = {p.public_id: p for entry in book.portfolio.entries for p in entry.photographs}
        self.layout = book.portfolio.choices.layout
        self.drawings = {name: looks.drawing(svg, self.layout) for name, svg in book.drawings.items()}
        self.shelf = Shelf(self.drawings, self.photographs, self.layout.grey)
        self.styles = looks.piece_styles(self.layout)
        self.language = HTML_LANGUAGES[book.language]
        self.base = hashlib.sha256("\0".join((engine(), self.language, self.styles)).encode())
        self.laid_out = 0  # pieces that were missing
        self.plain: list[str] = []  # what could not be laid out and is set as plain text: keys
        self.nowhere: list[str] = []  # links that lead to no place in the book: their anchors

    @property
    def galleys(self) -> Galleys:
        made = galleys_of(self.layout)
        made.fetcher = self.shelf
        return made

    def print(self, target: Path, attached: Path | None = None) -> int:
        """Writes the PDF, and returns its number of pages. `attached`: an archive to put into it.

        Raises OSError, MemoryError.
        """
        parts, filled, sides = self.compose()
        self.told("bound", 0)
        p = self.book.portfolio
        about = About(
            self.book.title,
            "" if p.anonymised else p.owner_name,
            self.language,
            p.made_at,
            self._identifier(),
            PRODUCER,
            self.layout.pdfa,
            attached,
        )
        with open(target, "wb") as out:
            names = book_contents.heading_texts(self.book)
            self.nowhere = bind(parts, filled, sides, about, names, out)
        return len(filled.pages)

    def compose(self) -> tuple[list[Part], Filled, tuple[Side, Side]]:
        """All that the book is bound from: laid out and kept where it was missing.

        Raises OSError, MemoryError.
        """
        parts, filled = self._filled()
        while len(filled.pages) >= 10**self.book.digits:  # more than was guessed: numbers need more room
            self.book = replace(self.book, places=self.book.digits + 1)
            self.plain.clear()
            parts, filled = self._filled()
        recto, verso = looks.sheets(self.layout)
        wanted = sorted({page.furniture for page in filled.pages} - {"bare"})
        odd = self._side(recto, wanted)
        even = odd if verso == recto else self._side(verso, wanted)
        return parts, filled, (odd, even)

    def _filled(self) -> tuple[list[Part], Filled]:
        """All parts, and what stands on which page."""
        book, height = self.book, looks.sheets(self.layout)[0].text_height
        planned = [
            *book_parts.opening(book),
            *book_parts.guide(book),
            *book_parts.body(book),
            *book_parts.events(book),
        ]
        parts = self._parts(planned)
        filled = fill(parts, height)
        back = self._parts(book_parts.closing(book, self._pages(parts, filled)))
        return parts + back, fill(back, height, filled, len(parts))

    def _parts(self, planned: Sequence[Planned]) -> list[Part]:
        keys = [self._key(plan) for plan in planned]
        found = {key: self.store.get(key) for key in dict.fromkeys(keys)}
        missing = {key: html_of(plan) for key, plan in zip(keys, planned, strict=True) if found[key] is None}
        failed = self._lay_out(missing) if missing else []
        plain = {key: self._in_plain_words(key, missing[key]) for key in failed}
        out = []
        for plan, key in zip(planned, keys, strict=True):
            pieces = plain.get(key) or [found[key] or self._kept(key)]
            for number, piece in enumerate(pieces):
                opens = plan.opens and not number
                out.append(Part(piece, plan.furniture, plan.first, opens, plan.keeps))
        return out

    def _kept(self, key: str) -> Piece:
        piece = self.store.get(key)
        if piece is None:
            raise OSError("a piece that was laid out is gone")
        return piece

    def _lay_out(self, missing: Mapping[str, str]) -> list[str]:
        """Lays out and keeps what is missing; returns the keys of what cannot be laid out."""
        galleys = self.galleys  # made before processes are forked, so that all of them have it

        def told(done: int) -> None:
            self.told("laid out", round(100 * done / len(missing)))

        def lay_out(htmls: Sequence[str]) -> list[Piece]:
            return galleys.lay_out(self.language, htmls)

        tasks = list(missing.items())
        self.laid_out += len(tasks)
        if not self.processes:
            for (key, _html), piece in zip(tasks, lay_out([html for _key, html in tasks]), strict=True):
                self.store.put(key, pack(piece))
            return []
        return workshop.lay_out_missing(tasks, lay_out, self.store, self.memory_mb, told, self.processes)

    def _in_plain_words(self, key: str, html: str) -> list[Piece]:
        """What could not be laid out, in short pieces of plain text. Raises MemoryError."""
        self.plain.append(key)
        tasks = {f"{key}-plain-{n}": part for n, part in enumerate(plain_words(html, self._note))}
        missing = {part: html for part, html in tasks.items() if self.store.get(part) is None}
        if missing and self._lay_out(missing):
            raise MemoryError
        return [self._kept(part) for part in tasks]

    def _side(self, sheet: Sheet, names: Sequence[str]) -> Side:
        """What stands around the text on a sheet."""
        wanted = [*book_parts.furniture(self.book, names), ("foot", book_parts.foot(self.book))]
        style = sheet.styles() + book_parts.stage_styles(self.book, sheet)
        if self.layout.grey:
            style = grey(style)
        framed = self._framed(wanted[:-1], style) | self._framed(wanted[-1:], style)
        return Side(sheet, framed, framed["foot"])

    def _framed(self, wanted: Sequence[tuple[str, str]], style: str) -> dict[str, Piece]:
        html = "".join(html for _name, html in wanted)
        key = self._key(Planned(f"{style}\0{html}", ""))
        keys = [f"{key}-{number}" for number in range(len(wanted))]
        found = [self.store.get(key) for key in keys]
        if any(piece is None for piece in found):
            self.laid_out += len(keys)
            made = self.galleys.furniture(self.language, html, style)
            for key, piece in zip(keys, made, strict=True):
                self.store.put(key, pack(piece))
            found = [*made]
        return {name: piece for (name, _html), piece in zip(wanted, found, strict=True) if name and piece}

    @property
    def _note(self) -> str:
        _ = translations(self.book.language).gettext
        return _("This could not be typeset. Its words stand here as they were written, without their form.")

    def _key(self, plan: Planned) -> str:
        digest = self.base.copy()
        if callable(plan.html):
            digest.update(plan.shows)
            return digest.hexdigest()
        digest.update(plan.html.encode("utf-8", "surrogatepass"))
        for kind, name in _PICTURE.findall(plan.html):
            shown = self.drawings.get(name, "") if kind == "figure" else self._photograph(name)
            digest.update(shown.encode())
        return digest.hexdigest()

    def _photograph(self, name: str) -> str:
        photograph = self.photographs.get(name)
        return f"{photograph.sha256} {photograph.media_type}" if photograph else ""

    @staticmethod
    def _pages(parts: Sequence[Part], filled: Filled) -> dict[str, int]:
        found: dict[str, int] = {}
        for number, part in enumerate(parts):
            for name, (strip, _y) in part.piece.anchors.items():
                found.setdefault(name, filled.where[number, strip][0])
        return found

    def _identifier(self) -> bytes:
        p = self.book.portfolio
        return hashlib.sha256(f"{p.content_hash}{p.edition}{p.choices.variant}".encode()).digest()[:16]


@functools.lru_cache(maxsize=4)
def galleys_of(layout: Layout) -> Galleys:
    """What lays out pieces of this look; taken over by the processes that are forked afterwards."""
    height = looks.sheets(layout)[0].text_height
    return Galleys(looks.piece_styles(layout), Shelf({}, {}), height, layout.grey)


def html_of(plan: Planned) -> str:
    """The HTML of a piece, its links as those of pieces are."""
    html = plan.html() if callable(plan.html) else plan.html
    return str(html).replace('href="#', 'href="to:')


@functools.cache
def engine() -> str:
    """Tells one way of laying out from another: our code, the libraries, the installed fonts.

    Raises LibraryMissing without fontconfig, which finds fonts.
    """
    digest = hashlib.sha256()
    for library in (weasyprint, pydyf, uharfbuzz):
        digest.update(f"{library.__name__} {library.__version__}\n".encode())
    made_by = (
        *(PACKAGE / "export").glob("*.py"),
        *resource("templates", "print").glob("*"),
        *(PACKAGE / "translations").glob("*/LC_MESSAGES/*.mo"),
    )
    for path in sorted(made_by):
        digest.update(path.read_bytes())
    for path in sorted(resource("static", "fonts").glob("*.[to]tf")):
        digest.update(f"{path.name} {path.stat().st_size}\n".encode())
    try:
        listed = subprocess.run(
            ["fc-list", "-f", "%{file} %{fontversion}\n"], capture_output=True, check=False
        )
    except FileNotFoundError:
        raise LibraryMissing from None
    digest.update(b"\n".join(sorted(listed.stdout.split(b"\n"))))
    return digest.hexdigest()


__all__ = ["Press", "engine", "galleys_of", "html_of"]

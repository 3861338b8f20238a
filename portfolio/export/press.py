"""Lays out the parts of a book with WeasyPrint and puts them into one tagged PDF.

The parts are laid out one after another and share fonts, styles and page numbers. The body goes
first but for the pages before it, whose number does not depend on the numbers that they name; then
the contents are laid out again with the real ones. So every number is text of its page, and no more
than the contents is laid out twice.

Imported only in the child that makes a book: WeasyPrint takes a second to load.
"""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pydyf  # type: ignore[import-untyped]
from weasyprint import CSS, HTML, Document, Page
from weasyprint.text.fonts import FontConfiguration

from portfolio.export.book_parts import (
    body,
    closing,
    document,
    guide,
    heading_texts,
    opening,
    stage_styles,
)
from portfolio.export.book_plan import Book
from portfolio.export.environment import resource
from portfolio.export.shelf import Shelf

PHOTOGRAPH_DPI = 300
JPEG_QUALITY = 88
PDF_VARIANT = "pdf/ua-1"
MOST_GUIDES = 4  # layouts of the contents until their length is what the numbers in them say

Told = Callable[[str, int], None]  # "laid out", "painted" or "bound", and pages so far


class Press:
    """One book in the making."""

    def __init__(self, book: Book, told: Told) -> None:
        self.book = book
        self.told = told
        photographs = {p.public_id: p for entry in book.portfolio.entries for p in entry.photographs}
        self.shelf = Shelf(book.drawings, photographs)
        self.fonts = FontConfiguration()
        self.styles = [
            CSS(string=text, url_fetcher=self.shelf, font_config=self.fonts)
            for text in (resource("static", "book", "book.css").read_text("utf-8"), stage_styles(book))
        ]
        self.laid_out = 0
        self.sheets = 0  # once all are laid out

    def print(self, target: Path) -> int:
        """Writes the PDF, and returns its number of pages. Raises OSError, MemoryError."""
        front = self._lay_out(opening(self.book), 0)
        cover, before = front.pages, len(front.pages)
        contents = self._lay_out(guide(self.book, {}), before).pages
        for _attempt in range(MOST_GUIDES):
            length = len(contents)
            entries = body(self.book)
            text = self._lay_out(entries, before + length).pages if entries else []
            pages = _anchors(cover, 0) | _anchors(text, before + length)
            end = before + length + len(text)
            back = self._lay_out(closing(self.book, pages), end).pages
            pages |= _anchors(contents, before) | _anchors(back, end)
            contents = self._lay_out(guide(self.book, pages), before).pages
            if len(contents) == length:
                break
        sheets = [*cover, *contents, *text, *back]
        self.sheets = len(sheets)
        self._count_painting(sheets)
        front.copy(sheets).write_pdf(
            target,
            pdf_variant=PDF_VARIANT,
            pdf_identifier=self._identifier(),
            dpi=PHOTOGRAPH_DPI,
            jpeg_quality=JPEG_QUALITY,
            finisher=self._name_links,
        )
        return len(sheets)

    def _lay_out(self, content: str, before: int) -> Document:
        """A part, its pages numbered on from `before`."""
        done = self.laid_out
        counter = _PageCounter(lambda page: self.told("laid out", done + page))
        logger = logging.getLogger("weasyprint.progress")
        logger.setLevel(logging.INFO)
        logger.addHandler(counter)
        try:
            html = HTML(string=document(self.book, content, before), base_url=None, url_fetcher=self.shelf)
            made = html.render(font_config=self.fonts, stylesheets=self.styles, pdf_variant=PDF_VARIANT)
        finally:
            logger.removeHandler(counter)
        self.laid_out = done + len(made.pages)
        return made

    def _count_painting(self, sheets: list[Page]) -> None:
        def counted(page: Page, number: int) -> Callable[..., None]:
            paint = page.paint

            def painted(*args: Any, **named: Any) -> None:
                paint(*args, **named)
                self.told("painted", number)

            return painted

        for number, page in enumerate(sheets, 1):
            page.paint = counted(page, number)

    def _identifier(self) -> bytes:
        p = self.book.portfolio
        return f"{p.content_hash}{p.edition}{p.choices.variant}".encode()[:64]

    def _name_links(self, _document: Document, pdf: pydyf.PDF) -> None:
        """Tells where a link leads in words, which is what assistive technology reads out."""
        self.told("bound", self.sheets)
        names = heading_texts(self.book)
        for item in pdf.objects:
            if isinstance(item, pydyf.Dictionary) and item.get("Subtype") == "/Link" and "Dest" in item:
                name = names.get(item["Dest"].string)
                if name:
                    item["Contents"] = pydyf.String(name)


def _anchors(sheets: Sequence[Page], before: int) -> dict[str, int]:
    """The page of each anchor, from 1; `before`: how many pages come before these."""
    found: dict[str, int] = {}
    for number, page in enumerate(sheets, before + 1):
        for name in page.anchors:
            found.setdefault(name, number)
    return found


class _PageCounter(logging.Handler):
    """Hears WeasyPrint say which page it lays out."""

    def __init__(self, heard: Callable[[int], None]) -> None:
        super().__init__(logging.INFO)
        self.heard = heard
        self.furthest = 0

    def emit(self, record: logging.LogRecord) -> None:
        if "Page %d" in str(record.msg) and isinstance(record.args, tuple):
            page = int(str(record.args[0]))
            # Pages whose references were filled are laid out again
            if page > self.furthest:
                self.furthest = page
                self.heard(page)

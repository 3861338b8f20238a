"""The same content for other engines: HTML for Chromium, Typst's markup for Typst."""

import re
from collections.abc import Mapping
from html import unescape
from pathlib import Path

from portfolio.domain.records import Entry, Portfolio
from portfolio.export import book_parts
from portfolio.export.book_plan import Book
from portfolio.export.environment import day_text, local_day, resource
from portfolio.export.looks import piece_styles, sheets
from portfolio.export.press import html_of

# Chromium makes everything smaller where something is wider than the sheet, as covers and bands are
_SAME_SIZE = "html, body { overflow-x: clip }"
_MARKS = re.compile(r"([\\#$*_`<>@\[\]~=+/-])")
_PICTURE = re.compile(r'src="book:(figure|photograph)/([^"]+)"')


def write_html(portfolio: Portfolio, folder: Path) -> Path:
    """One page of HTML with the book's own style sheet, fonts, figures and photographs."""
    book = Book(portfolio)
    pages: Mapping[str, int] = {f"e-{e.public_id}": 1 for e in portfolio.entries}
    planned = [
        *book_parts.opening(book), *book_parts.guide(book), *book_parts.body(book),
        *book_parts.events(book), *book_parts.closing(book, pages),
    ]  # fmt: skip
    for name, svg in book.drawings.items():
        (folder / f"{name}.svg").write_text(svg, "utf-8")
    photographs = {p.public_id: p.path for e in portfolio.entries for p in e.photographs}
    fonts = resource("static", "fonts")
    css = piece_styles(portfolio.choices.layout) + book_parts.stage_styles(
        book, sheets(portfolio.choices.layout)[0]
    )
    css = css.replace("book:font/", f"file://{fonts}/").replace("book:image/", f"file://{fonts.parent}/book/")

    def address(match: re.Match[str]) -> str:
        found = folder / f"{match[2]}.svg" if match[1] == "figure" else photographs[match[2]]
        return f'src="file://{found}"'

    body = "".join(_PICTURE.sub(address, html_of(plan)) for plan in planned)
    target = folder / "book.html"
    target.write_text(
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{book.title}</title>'
        f"<style>{css}{_SAME_SIZE}</style></head><body>{body}</body></html>",
        "utf-8",
    )
    return target


def write_typst(portfolio: Portfolio, folder: Path) -> Path:
    """The same parts in Typst: cover, contents, stages, entries, comments, running heads."""
    out = [
        '#set document(title: "A reflective diary")',
        '#set page(paper: "a4", margin: (left: 24mm, right: 68mm, top: 90pt, bottom: 92pt), numbering: "1",',
        "  header: context { let found = query(selector(heading.where(level: 1)).before(here()));",
        '    if found.len() > 0 [#text(size: 8.5pt, font: "Source Sans 3", found.last().body) #h(1fr)'
        " #counter(page).display()] })",
        '#set text(font: ("Source Serif 4", "Noto Serif CJK SC"), size: 11pt, lang: "en", hyphenate: true)',
        "#set par(justify: true, first-line-indent: 15pt, leading: 0.5em)",
        "#show heading.where(level: 1): it => { pagebreak(weak: true); text(size: 30pt, weight: 300, it) }",
        f"#align(left)[#v(90pt) #text(size: 46pt)[A reflective diary] #v(15pt)"
        f" #text(size: 19pt)[{_text(portfolio.owner_name)}]]",
        "#pagebreak()\n#outline(depth: 2)",
    ]
    for stage, entries in portfolio.by_stage():
        out.append(f"= {_text(stage.name if stage else 'Entries')}")
        out += [_entry(portfolio, entry, folder) for entry in entries]
    target = folder / "book.typ"
    target.write_text("\n".join(out), "utf-8")
    return target


def _entry(portfolio: Portfolio, entry: Entry, folder: Path) -> str:
    out = [
        f'#text(size: 9pt, font: "Source Sans 3")[{_text(day_text(entry.entry_date, entry.language))}'
        f" #h(1fr) revision {entry.revision_number} #h(6pt) {_text(', '.join(entry.tags))}]",
        f"== {_text(entry.title)}",
        *(_text(part) + "\n" for part in entry.body.split("\n\n")),
    ]
    for photograph in entry.photographs:
        copy = folder / Path(photograph.path).name
        if not copy.exists():
            copy.write_bytes(Path(photograph.path).read_bytes())
        out.append(f'#image("{copy.name}", height: 180pt, alt: "{photograph.alt}")')
    for comment in entry.comments:
        day = day_text(local_day(comment.written_at, portfolio.timezone), "en")
        out.append(
            f'#block(stroke: (left: .75pt), inset: (left: 14pt))[#text(size: 9.25pt, font: "Source Sans 3")'
            f"[*{_text(comment.author_name)}* {_text(day)} \\\n{_text(comment.body)}]]"
        )
    return "\n".join(out) + "\n#v(30pt)\n"


def _text(text: str) -> str:
    return _MARKS.sub(r"\\\1", unescape(text))

"""The parts of the narrative-review book as HTML, one function each, from one portfolio.

`opening` (cover, declaration), `guide` (contents, trajectory), `body` (narratives, then each stage:
its opener, its entries) and `closing` (thresholds, index, assessor's page). `guide` and `closing`
name pages, so they take the pages of all anchors; the rest holds only references that are filled
within the part. A part depends on nothing but the portfolio and those numbers.
"""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from portfolio.domain.records import Narrative
from portfolio.export import figures
from portfolio.export.book_entries import (
    anchor,
    entry_html,
    event_html,
    heading,
    opening_words,
    page_link,
)
from portfolio.export.book_index import index_leaves
from portfolio.export.book_plan import Book, Section
from portfolio.export.environment import HTML_LANGUAGES, day_text, local_day, translations
from portfolio.export.prose import set_prose
from portfolio.export.ribbons import RIBBONS, ribbon, roman
from portfolio.export.wording import as_html, grouped, period_text, render, templates

UNKNOWN_PAGE = 888  # of an anchor that is not laid out yet: as wide as a real number
HEAD_LETTERS = 70  # of a running head
ROW, TIGHT_ROW = 12.1, 10.6  # points of a row of the months' table
TABLE_ROOM = 538.0  # points for the figure and the rows on the first page
PAGE_OF_TABLE, FEW_ROWS = 645.0, 6
TAB_STEP = 45  # points between two tabs; the eleventh stands where the first did


_HEIGHT = re.compile(r' height="([\d.]+)"')


def document(book: Book, content: str, pages_before: int) -> str:
    """A whole HTML document around a part."""
    return render(
        book.language,
        "book.html",
        title=book.title,
        author=book.portfolio.owner_name,
        made_at=book.portfolio.made_at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        first=pages_before + 1,
        edition=book.edition,
        content=as_html(content),
    )


def stage_styles(book: Book) -> str:
    """The pages of each stage: its tab, and a first page without a head where the opener is inset."""
    tabs = []
    for section in book.sections:
        if section.stage:
            look = ribbon(section.number)
            numeral = roman(section.number)
            tabs.append(
                {
                    "number": section.number,
                    "numeral": numeral,
                    "size": 9 if len(numeral) < 5 else 7,
                    "colour": look.tab,
                    "ink": look.tab_ink,
                    "top": (section.number - 1) % RIBBONS * TAB_STEP,
                    "inset": not section.own_page,
                }
            )
    return templates("en").get_template("print/stages.css").render(tabs=tabs)


def opening(book: Book) -> str:
    """Cover and declaration."""
    p = book.portfolio
    _ = translations(book.language).gettext
    cover = render(
        book.language,
        "cover.html",
        programme=" · ".join(filter(None, (p.programme_name, p.cohort_name))),
        variant=p.choices.variant,
        name=p.owner_name,
        shelf=figures.trajectory_texts(p)[1] if p.months else _("An empty shelf"),
        period=period_text(p.starts_on, p.ends_on, book.language),
        passes=book.passes,
        edition=book.edition,
        hash=grouped(p.content_hash, 8),
    )
    return cover + render(
        book.language,
        "declaration.html",
        variant=p.choices.variant,
        shown=len(p.entries),
        left_out=p.left_out,
        selected=_selected(book),
        omitted=_omitted(book),
        thresholds=bool(book.events),
        comments=p.choices.comments and any(e.comments for e in p.entries),
    )


def guide(book: Book, pages: Mapping[str, int]) -> str:
    """Contents and trajectory."""
    contents = render(book.language, "contents.html", lines=_contents(book, pages))
    p = book.portfolio
    if not p.months:
        return contents
    rows = []
    before, after_fold = "", False
    for row in figures.trajectory_table(p):
        events = [
            {"anchor": anchor(e), "page": pages.get(anchor(e), UNKNOWN_PAGE)}
            for e in row.thresholds
            if e in book.entries
        ]
        cut = after_fold or bool(before and row.stages and row.stages != before)
        after_fold = row.folded
        before = row.stages or before
        rows.append({"month": row, "events": events, "cut": cut})
    used = figures.marks_used(p)
    return contents + render(
        book.language,
        "trajectory.html",
        description=". ".join(figures.trajectory_texts(p)),
        total=sum(m.entries for m in p.months),
        rows=rows,
        tight=_tight(book, len(rows)),
        stages=bool(p.stages),
        prompts="prompt" in used,
        meetings="meeting" in used,
        thresholds="threshold" in used,
    )


def _tight(book: Book, rows: int) -> bool:
    """Whether closer lines keep the table on the page of its figure, or spare it a page for a few rows."""
    figure = _HEIGHT.search(book.drawings["trajectory"])
    room = TABLE_ROOM - float(figure[1] if figure else 0)
    left_over = rows - int(room / ROW)
    if left_over <= 0:
        return False
    return rows <= int(room / TIGHT_ROW) or left_over % int(PAGE_OF_TABLE / ROW) <= FEW_ROWS


def body(book: Book) -> str:
    """Narratives, then each stage with its entries."""
    return "".join(narrative(book, n) for n in _narratives(book)) + "".join(
        section_html(book, s) for s in book.sections
    )


def narrative(book: Book, given: Narrative) -> str:
    """The student's or a mentor's own account."""
    name, heading_text = _narrative_names(book, given)
    return render(
        book.language,
        "narrative.html",
        anchor=name,
        heading=heading_text,
        author=given.author_name,
        date=given.written_on,
        text=as_html(set_prose(given.html, given.language, name, {}).html),
        text_class="" if given.language == book.language else f" {given.language}",
        text_language=""
        if given.language == book.language
        else Markup(' lang="{}"').format(HTML_LANGUAGES[given.language]),
    )


def section_html(book: Book, section: Section) -> str:
    """A stage: its opener and its entries."""
    p = book.portfolio
    stage = section.stage
    opener = render(
        book.language,
        "opener.html",
        inset=not section.own_page,
        number=section.number,
        numeral=roman(section.number) if stage else "",
        shelf=_shelf_text(section),
        name=stage.name if stage and stage.name != section.label else "",
        anchor=section.anchor,
        head=section.label
        if len(section.label) <= HEAD_LETTERS
        else section.label[: HEAD_LETTERS - 1].rstrip() + "…",
        label=section.label,
        dates=section.dates() if stage else (),
        objectives=stage.objectives if stage else (),
        attainments=[
            {
                "competency": a.competency,
                "narrative": [part for part in a.narrative.split("\n") if part.strip()],
                "evidence": [
                    {"date": day_text(book.entries[e].entry_date, book.language), "link": page_link(e)}
                    for e in a.evidence
                    if e in book.entries
                ],
            }
            for a in p.attainments
            if stage and a.stage_id == stage.public_id
        ],
    )
    entries = "".join(entry_html(p, entry, book.months) for entry in section.entries)
    pages = f"s{section.number}" if stage else ""
    if section.own_page:
        return f'{opener}<div class="{pages}">{entries}</div>' if section.entries else opener
    return f'<div class="chapter {pages}">{opener}{entries}</div>'


def closing(book: Book, pages: Mapping[str, int]) -> str:
    """Threshold events, index of tags, the assessor's page."""
    out = ""
    if book.events:
        events = [
            event_html(e, pages, [book.entries[later] for later in e.returned_to if later in book.entries])
            for e in book.events
        ]
        out += render(book.language, "thresholds.html", events=events)
    if leaves := index_leaves(book, pages):
        out += render(book.language, "index.html", leaves=leaves)
    return out + render(book.language, "assessor.html")


def _narratives(book: Book) -> list[Narrative]:
    return sorted(book.portfolio.narratives, key=lambda n: n.kind != "student")


def _narrative_names(book: Book, given: Narrative) -> tuple[str, str]:
    _ = translations(book.language).gettext
    number = _narratives(book).index(given) + 1
    heading_text = _("The student’s narrative") if given.kind == "student" else _("The mentor’s narrative")
    return f"narrative-{number}", heading_text


def _contents(book: Book, pages: Mapping[str, int]) -> list[dict[str, Any]]:
    _ = translations(book.language).gettext
    lines: list[dict[str, Any]] = []

    def add(kind: str, where: str, title: str, date: str = "", opening: str = "") -> None:
        page = pages.get(where, UNKNOWN_PAGE)
        lines.append(
            {"kind": kind, "anchor": where, "title": title, "date": date, "opening": opening, "page": page}
        )

    add("front", "declaration", _("Declaration"))
    if book.portfolio.months:
        add("front", "trajectory", _("Trajectory"))
    for given in _narratives(book):
        add("front", *_narrative_names(book, given))
    for section in book.sections:
        label = f"{roman(section.number)}\u2002{section.label}" if section.stage else section.label
        add("st", section.anchor, label, section.period_name() if section.stage else "")
        for entry in section.entries:
            named = bool(entry.title.strip())
            date = day_text(entry.entry_date, book.language) if named else ""
            add("entry", anchor(entry.public_id), heading(entry), date, "" if named else opening_words(entry))
    first_back = len(lines)
    if book.events:
        add("end", "thresholds", _("Threshold events"))
    if any(e.tags for e in book.portfolio.entries):
        add("end", "index", _("Index of tags"))
    add("end", "assessor", _("The assessor’s narrative"))
    lines[first_back]["kind"] = "back"
    return lines


def _selected(book: Book) -> list[str]:
    """What the choices were, in sentences."""
    _ = translations(book.language).gettext
    p, choices = book.portfolio, book.portfolio.choices
    out = []
    if choices.from_date or choices.to_date:
        out.append(
            _("Entries of the period %(period)s.")
            % {"period": period_text(p.starts_on, p.ends_on, book.language)}
        )
    if choices.stages:
        names = [s.identity_label for s in p.stages if s.public_id in choices.stages]
        out.append(_("Of these stages: %(names)s.") % {"names": _(", ").join(names)})
    if choices.tags:
        out.append(_("With one of these tags: %(names)s.") % {"names": _(", ").join(choices.tags)})
    if choices.variant == "review" and not choices.private:
        out.append(_("Entries that somebody besides the author may read."))
    made = day_text(local_day(p.made_at, p.timezone), book.language)
    out.append(
        _("Each entry stands in the revision that was current on %(date)s, when this edition was made.")
        % {"date": made}
    )
    if any(e.comments for e in p.entries):
        out.append(_("With the comments on it."))
    elif not choices.comments:
        out.append(_("Without the comments on it."))
    return out


def _omitted(book: Book) -> str:
    _ = translations(book.language).gettext
    choices = book.portfolio.choices
    if choices.variant == "review":
        return _(
            "Private entries, drafts, appreciations and the faculty’s reviews of the mentoring."
            " No entry was shortened."
        )
    if choices.private:
        return _("Drafts and appreciations. No entry was shortened.")
    return _("Private entries, drafts and appreciations. No entry was shortened.")


def _shelf_text(section: Section) -> str:
    _ = translations(section.book.language).gettext
    return _("The months of this stage among all: %(dates)s") % {"dates": _("; ").join(section.dates())}


def heading_texts(book: Book) -> dict[str, str]:
    """What each anchor stands at, in words."""
    return {line["anchor"]: " ".join(line["title"].split()) for line in _contents(book, {})}

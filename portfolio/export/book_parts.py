"""The parts of the narrative-review book as HTML, one function each, from one portfolio.

Each part is a list of pieces, which are laid out one by one and put on pages afterwards. A piece
depends on nothing but what it shows: numbers of pages are places that stay open (`number:` links).
The index alone is made from the numbers, since it joins pages that follow each other.
"""

import pickle
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from portfolio.domain.records import Entry, Narrative
from portfolio.export import figures
from portfolio.export.anonymity import anonymity
from portfolio.export.book_contents import (
    contents,
    in_pieces,
    narrative_names,
    narratives_of,
    omitted,
    selected,
)
from portfolio.export.book_entries import (
    anchor,
    anchors_of,
    entry_html,
    event_html,
    page_link,
)
from portfolio.export.book_front import dedication_html, preface_heading, preface_html, told_html
from portfolio.export.book_index import index_leaves
from portfolio.export.book_plan import Book, Section
from portfolio.export.environment import day_text, translations
from portfolio.export.looks import LOW_FOLIO, Sheet, ruled_lines
from portfolio.export.ribbons import RIBBONS, ribbon, roman
from portfolio.export.threads import walk
from portfolio.export.wording import grouped, period_text, render, templates

HEAD_LETTERS = 70  # of a running head
ROW, TIGHT_ROW = 12.1, 10.6  # points of a row of the months' table
TABLE_ROOM = 538.0  # points for the figure and the rows on the first page
PAGE_OF_TABLE, FEW_ROWS = 645.0, 6
TAB_WIDTH = 19.843  # points: 7 mm at the edge of the sheet
TAB_STEP = 45  # points between two tabs; the eleventh stands where the first did


@dataclass(frozen=True, slots=True)
class Planned:
    """A piece to be laid out, and how it stands in the book (see `pages.Part`).

    `html` is a text, or makes one; then `shows` is all that it depends on.
    """

    html: str | Callable[[], str]
    furniture: str  # "p:HEAD", "sNUMBER:HEAD", "sNUMBER-first:HEAD", "opener" or "bare"
    first: str = ""
    opens: bool = False
    keeps: bool = False
    shows: bytes = b""


_HEIGHT = re.compile(r' height="([\d.]+)"')


def furniture(book: Book, names: Iterable[str]) -> list[tuple[str, str]]:
    """The heads, feet and tabs of pages without their text, by the names that pieces give for theirs."""
    out = []
    for name in names:
        kind, _sep, head = name.partition(":")
        style = {"bare": "page: bare", "opener": "page: opener"}.get(kind, "")
        own = kind if kind.startswith("s") else ""
        # The first page of a stage may look otherwise than the next ones
        following = (
            Markup('<p>&nbsp;</p><div class="next-page"></div>') if own and not own.endswith("-first") else ""
        )
        html = Markup('<div class="piece {}" style="{}" data-head="{}">{}</div>').format(
            own.removesuffix("-first"), style, head, following
        )
        if following:
            out.append(("", Markup()))
        out.append((name, html))
    return [(name, str(html)) for name, html in out]


def foot(book: Book) -> str:
    """What stands at the foot of each page."""
    return str(Markup('<div class="piece" data-head="" data-edition="{}"></div>').format(book.edition))


def stage_styles(book: Book, sheet: Sheet) -> str:
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
                    "beside": sheet.outer - TAB_WIDTH,
                    "inset": not section.own_page,
                }
            )
    sides = {"outside": sheet.outside, "inside": sheet.inside, "low": sheet.folio(LOW_FOLIO)}
    return templates("en").get_template("print/stages.css").render(tabs=tabs, **sides)


def opening(book: Book) -> list[Planned]:
    """Cover and declaration."""
    p = book.portfolio
    _ = translations(book.language).gettext
    # The programme of somebody's own, which an import makes, is called after them
    programme = dict.fromkeys(name for name in (p.programme_name, p.cohort_name) if name != p.owner_name)
    cover = render(
        book.language,
        "cover.html",
        programme=" · ".join(filter(None, programme)),
        variant=p.choices.variant,
        name=p.owner_name,
        shelf=figures.trajectory_texts(p)[1] if p.months else _("An empty shelf"),
        period=period_text(p.starts_on, p.ends_on, book.language),
        passes=book.passes,
        edition=book.edition,
        hash=grouped(p.content_hash, 8),
    )
    declaration = render(
        book.language,
        "declaration.html",
        variant=p.choices.variant,
        anonymised=anonymity(book.language) if p.anonymised else (),
        shown=len(p.entries),
        left_out=p.left_out,
        selected=selected(book),
        omitted=omitted(book),
        thresholds=bool(book.events),
        comments=p.choices.comments and any(e.comments for e in p.entries),
    )
    return [
        Planned(cover, "bare", opens=True),
        *([Planned(dedication_html(p.choices.dedication), "bare", opens=True)] * bool(p.choices.dedication)),
        Planned(declaration, f"p:{_('Declaration')}", opens=True),
        *([Planned(preface_html(book), f"p:{preface_heading(book)}", opens=True)] * bool(p.preface)),
    ]


def guide(book: Book) -> list[Planned]:
    """Contents and trajectory."""
    p = book.portfolio
    _ = translations(book.language).gettext
    out: list[Planned] = []
    for lines in in_pieces(contents(book)):
        html = render(book.language, "contents.html", lines=lines, heads=not out)
        out.append(Planned(html, f"p:{_('Contents')}", opens=not out))
    if p.months:
        out.append(Planned(_trajectory(book), f"p:{_('Trajectory')}", opens=True))
    return out


def _trajectory(book: Book) -> str:
    p = book.portfolio
    rows = []
    before, after_fold = "", False
    for row in figures.trajectory_table(p):
        events = [anchor(e) for e in row.thresholds if e in book.entries]
        cut = after_fold or bool(before and row.stages and row.stages != before)
        after_fold = row.folded
        before = row.stages or before
        rows.append({"month": row, "events": events, "cut": cut})
    used = figures.marks_used(p)
    return render(
        book.language,
        "trajectory.html",
        description=". ".join(figures.trajectory_texts(p)),
        total=sum(m.entries for m in p.months),
        rows=rows,
        tight=_tight(book, len(rows)),
        digits=book.digits,
        dates=not p.anonymised,
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


def body(book: Book) -> list[Planned]:
    """Narratives, then each stage with its entries."""
    out = [
        Planned(narrative(book, n), f"p:{narrative_names(book, n)[1]}", opens=True)
        for n in narratives_of(book)
    ]
    for section in book.sections:
        out += _section(book, section)
    return out


def narrative(book: Book, given: Narrative) -> str:
    """The student's or a mentor's own account."""
    return told_html(book, given, *narrative_names(book, given))


def _section(book: Book, section: Section) -> list[Planned]:
    """A stage: its opener and its entries."""
    head = _head(section)
    style = f"s{section.number}:{head}" if section.stage else f"p:{head}"
    first = f"s{section.number}-first:{head}" if section.stage and not section.own_page else ""
    opener = Planned(
        _opener(book, section),
        "opener" if section.own_page else style,
        first,
        opens=True,
        keeps=not section.own_page,
    )
    return [
        opener,
        *(
            _entry(book, entry, style, opens=section.own_page and not number)
            for number, entry in enumerate(section.entries)
        ),
    ]


def _entry(book: Book, entry: Entry, style: str, opens: bool) -> Planned:
    """An entry, whose HTML is only made where it is not laid out yet."""
    p = book.portfolio
    month = book.months[entry.entry_date.year, entry.entry_date.month]
    linked = [other in book.entries for other in (entry.retells, *entry.returned_to)]
    texts = [entry.html, *(comment.html for thread in entry.comments for comment in walk(thread))]
    leads = [sorted(anchors_of(p, text)) for text in texts]
    kept = [Path(photograph.path).is_file() for photograph in entry.photographs]
    digits = book.digits if any(linked) else 0
    around = p.timezone, p.anonymised, p.choices.layout.beneath, digits
    shows = pickle.dumps((entry, month, linked, leads, kept, *around))
    return Planned(lambda: entry_html(p, entry, book.months, digits), style, opens=opens, shows=shows)


def _head(section: Section) -> str:
    label = section.label
    return label if len(label) <= HEAD_LETTERS else label[: HEAD_LETTERS - 1].rstrip() + "…"


def _opener(book: Book, section: Section) -> str:
    p = book.portfolio
    stage = section.stage
    return render(
        book.language,
        "opener.html",
        inset=not section.own_page,
        number=section.number,
        numeral=roman(section.number) if stage else "",
        shelf=_shelf_text(section),
        name=stage.name if stage and stage.name != section.label else "",
        anchor=section.anchor,
        head=_head(section),
        label=section.label,
        dates=section.dates() if stage else (),
        objectives=stage.objectives if stage else (),
        attainments=[
            {
                "competency": a.competency,
                "narrative": [part for part in a.narrative.split("\n") if part.strip()],
                "evidence": [
                    {
                        "date": day_text(book.entries[e].entry_date, book.language),
                        "link": page_link(e, book.digits),
                    }
                    for e in a.evidence
                    if e in book.entries
                ],
            }
            for a in p.attainments
            if stage and a.stage_id == stage.public_id
        ],
    )


def events(book: Book) -> list[Planned]:
    """The threshold events."""
    if not book.events:
        return []
    head = f"p:{translations(book.language).gettext('Threshold events')}"
    told = [
        event_html(e, [book.entries[i] for i in e.returned_to if i in book.entries], book.digits)
        for e in book.events
    ]
    return [
        Planned(render(book.language, "thresholds.html"), head, opens=True, keeps=True),
        *(Planned(event, head) for event in told),
    ]


def closing(book: Book, pages: Mapping[str, int]) -> list[Planned]:
    """Index of tags, the assessor's page. `pages`: the page of each anchor."""
    _ = translations(book.language).gettext
    out: list[Planned] = []
    for leaf in index_leaves(book, pages):
        html = render(book.language, "index.html", leaf=leaf, first=not out)
        out.append(Planned(html, f"p:{_('Index of tags')}", opens=True))
    assessor = render(book.language, "assessor.html", lines=ruled_lines(book.portfolio.choices.layout))
    return [*out, Planned(assessor, f"p:{_('The assessor’s narrative')}", opens=True)]


def _shelf_text(section: Section) -> str:
    _ = translations(section.book.language).gettext
    return _("The months of this stage among all: %(dates)s") % {"dates": _("; ").join(section.dates())}

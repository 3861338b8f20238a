"""What stands where in the static site: chapters, entries, months, tags, threads, and their file names.

No name of a file depends on how many others there are, so that one more entry changes few of them.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any
from urllib.parse import quote

from portfolio.domain.markup import excerpt
from portfolio.domain.months import month_number
from portfolio.domain.records import Comment, Entry, Portfolio, Stage
from portfolio.domain.text import slug
from portfolio.export.environment import HTML_LANGUAGES, day_text, translations, written_in
from portfolio.export.figures import stage_numbers
from portfolio.export.ribbons import RIBBONS, roman

EXCERPT_CHARACTERS = 180
OPENING_CHARACTERS = 1500  # of HTML
LABEL_CHARACTERS = 60
SAID_CHARACTERS = 140  # of a comment, in the list of threads
WHOLE_LIST = 200  # entries of a stage, or threads, that one page names; more are parted by month or year


@dataclass(frozen=True, slots=True)
class Chapter:
    """A stage in the site, or the entries without one."""

    stage: Stage | None
    name: str
    lang: str  # of the name
    path: str
    href: str  # the path, to stand in a link
    number: str  # "IV"; "" without a stage
    sign: int  # its ribbon, 1 to 10; 0 without a stage
    leaves: tuple["Leaf", ...] = ()


@dataclass(frozen=True, slots=True)
class Leaf:
    """An entry in the site: what lists and links show of it."""

    entry: Entry
    path: str  # from the site's root
    href: str  # the path, to stand in a link
    title: str  # "" where the author gave none
    label: str  # the title, or the first words
    title_lang: str
    lang: str
    excerpt: str
    comments: int
    chapter: Chapter


@dataclass(frozen=True, slots=True)
class MonthPage:
    """A month of the period. One in which nothing happened has no page."""

    year: int
    month: int
    first: dt.date
    path: str
    lines: tuple[tuple[str, Any], ...]  # ("entry", Leaf), ("prompt", Prompt), ("meeting", Meeting), by date
    entries: int


@dataclass(frozen=True, slots=True)
class TagPage:
    tag: str
    lang: str
    path: str
    href: str
    leaves: tuple[Leaf, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """An entry beside the one that tells it again."""

    then: Leaf
    now: Leaf
    path: str
    href: str


@dataclass(frozen=True, slots=True)
class Thread:
    """What was said about one entry: by whom, and how it began."""

    leaf: Leaf
    names: tuple[str, ...]  # of those who spoke, in the order of speaking
    comments: int
    opening: str
    opening_lang: str


@dataclass(frozen=True, slots=True)
class ThreadYear:
    """The threads on the entries of a year."""

    year: int
    path: str
    threads: tuple[Thread, ...]


def chapters_of(portfolio: Portfolio) -> list[Chapter]:
    """The stages in the document's order, the empty ones too; what has none of them comes last."""
    numbers = stage_numbers(portfolio)
    parts: dict[int, list[Entry]] = {n: [] for n in numbers.values()}
    for entry in portfolio.entries:
        n = numbers.get(entry.stage.public_id, 0) if entry.stage else 0
        parts.setdefault(n, []).append(entry)
    chapters = []
    for n, entries in parts.items():
        stage = portfolio.stages[n - 1] if n else None
        path = f"stages/{f'{n}-{slug(stage.name)}' if stage else 'other'}.html"
        unnamed = translations(portfolio.language).gettext("Without a stage")
        name = (stage.identity_label or stage.name) if stage else unnamed
        chapter = Chapter(stage, name, written_in(name), path, quote(path), roman(n), sign_of(n))
        chapters.append(replace(chapter, leaves=tuple(_leaf(entry, chapter) for entry in entries)))
    return chapters


def tags_of(leaves: Sequence[Leaf]) -> list[TagPage]:
    """Tags in alphabetical order with their entries."""
    tags: dict[str, list[Leaf]] = {}
    for leaf in leaves:
        for tag in leaf.entry.tags:
            tags.setdefault(tag, []).append(leaf)
    pages, taken = [], set[str]()
    for tag, found in sorted(tags.items(), key=lambda item: (item[0].casefold(), item[0])):
        name = slug(tag)
        if name in taken or name == "untitled":  # tags that differ in signs alone
            name = f"{name}-{hashlib.sha256(tag.encode()).hexdigest()[:8]}"
        taken.add(name)
        path = f"tags/{name}.html"
        pages.append(TagPage(tag, written_in(tag), path, quote(path), tuple(found)))
    return pages


def pairs_of(leaves: Sequence[Leaf]) -> list[Pair]:
    """Entries that tell an earlier one again, beside it, in the order of the retelling."""
    by_id = {leaf.entry.public_id: leaf for leaf in leaves}
    pairs = []
    for leaf in leaves:
        then = by_id.get(leaf.entry.retells or "")
        if then is not None:
            path = f"then-and-now/{leaf.path.rpartition('/')[2]}"
            pairs.append(Pair(then, leaf, path, quote(path)))
    return pairs


def threads_of(leaves: Sequence[Leaf]) -> list[Thread]:
    """Entries about which something was said, in the order of the diary."""
    found = []
    for leaf in leaves:
        said = [c for c in _walk(leaf.entry.comments) if not c.withdrawn]
        if said:
            opening = excerpt(said[0].html, SAID_CHARACTERS)
            names = tuple(dict.fromkeys(c.author_name for c in said))
            found.append(Thread(leaf, names, len(said), opening, HTML_LANGUAGES[said[0].language]))
    return found


def by_year(threads: Sequence[Thread]) -> list[ThreadYear]:
    years = groupby(threads, key=lambda thread: thread.leaf.entry.entry_date.year)
    return [ThreadYear(year, f"threads/{year:04}.html", tuple(found)) for year, found in years]


def answers_of(leaves: Sequence[Leaf]) -> list[tuple[str, str, int]]:
    """Who answered whom, by role, and how often: (who, whom, comments). A comment answers the author."""
    counts: dict[tuple[str, str], int] = {}

    def count(comments: Sequence[Comment], whom: str) -> None:
        for comment in comments:
            if not comment.withdrawn:
                key = (comment.author_role, whom)
                counts[key] = counts.get(key, 0) + 1
            count(comment.replies, comment.author_role)

    for leaf in leaves:
        count(leaf.entry.comments, "mentee")
    order = ("mentee", "peer_mentor", "mentor", "lead")
    return sorted(
        ((who, whom, n) for (who, whom), n in counts.items()),
        key=lambda row: (order.index(row[0]), order.index(row[1])),
    )


def months_of(portfolio: Portfolio, leaves: Sequence[Leaf]) -> list[MonthPage]:
    """Every month of the period with its prompts, meetings and entries, by date."""
    lines: dict[tuple[int, int], list[tuple[dt.date, int, str, Any]]] = {
        (m.year, m.month): [] for m in portfolio.months
    }
    marks: list[tuple[dt.date, int, str, Any]] = [(p.starts_on, 0, "prompt", p) for p in portfolio.prompts]
    marks += [(m.held_on, 1, "meeting", m) for m in portfolio.meetings]
    for mark in marks:
        if (mark[0].year, mark[0].month) in lines:
            lines[mark[0].year, mark[0].month].append(mark)
    for leaf in leaves:
        day = leaf.entry.entry_date
        lines.setdefault((day.year, day.month), []).append((day, 2, "entry", leaf))
    return [
        MonthPage(
            year,
            month,
            dt.date(year, month, 1),
            month_path(year, month),
            tuple((kind, thing) for _, _, kind, thing in sorted(found, key=lambda line: line[:2])),
            sum(kind == "entry" for _, _, kind, _ in found),
        )
        for (year, month), found in sorted(lines.items())
    ]


def by_month(leaves: Sequence[Leaf]) -> list[tuple[dt.date, list[Leaf]]]:
    """Entries in groups, each with the first day of its month."""
    groups = groupby(leaves, key=lambda leaf: leaf.entry.entry_date.replace(day=1))
    return [(first, list(found)) for first, found in groups]


def month_path(year: int, month: int) -> str:
    number = month_number(dt.date(year, month, 1))
    return f"months/{year:04}-{month:02}.html" if number is None else f"months/{number}.html"


def root_of(path: str) -> str:
    """The way from a page back to the site's root."""
    return "../" * path.count("/")


def sign_of(number: int) -> int:
    """The ribbon of the `number`-th stage, 1 to 10; 0 for none."""
    return (number - 1) % RIBBONS + 1 if number else 0


def _leaf(entry: Entry, chapter: Chapter) -> Leaf:
    title = " ".join(entry.title.split())
    path = _entry_path(entry, [slug(title)] if title else [])
    opening = _opening(entry.html)
    return Leaf(
        entry=entry,
        path=path,
        href=quote(path),
        title=title,
        label=title or excerpt(entry.html, LABEL_CHARACTERS) or day_text(entry.entry_date, entry.language),
        title_lang=written_in(title or opening),
        lang=HTML_LANGUAGES[entry.language],
        excerpt=opening,
        comments=_count(entry.comments),
        chapter=chapter,
    )


def _entry_path(entry: Entry, words: Sequence[str]) -> str:
    """An entry's file: by its day, its title and its id; a counted month is in the folder's name only."""
    number = month_number(entry.entry_date)
    if number is not None:
        return f"entries/month-{number}/{'-'.join((*words, entry.public_id))}.html"
    name = "-".join((entry.entry_date.isoformat(), *words, entry.public_id))
    return f"entries/{entry.entry_date.year:04}/{name}.html"


def _opening(stored: str) -> str:
    """The first words; looked for in the beginning, since most of a long text is not needed."""
    found = excerpt(stored[:OPENING_CHARACTERS], EXCERPT_CHARACTERS)
    short = len(found) < EXCERPT_CHARACTERS // 2 and len(stored) > OPENING_CHARACTERS
    return excerpt(stored, EXCERPT_CHARACTERS) if short else found


def _walk(comments: Sequence[Comment]) -> Iterator[Comment]:
    for comment in comments:
        yield comment
        yield from _walk(comment.replies)


def _count(comments: tuple[Comment, ...]) -> int:
    return sum((not comment.withdrawn) + _count(comment.replies) for comment in comments)

"""The static site: a diary that opens from disk by a double click, with no server and no network.

An index; a page for each stage, month, entry, tag and retelling; threads, thresholds, figures,
search. Only the search runs a script; all else is there without.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from portfolio.domain.records import Comment, Portfolio
from portfolio.domain.text import slug
from portfolio.export.anonymity import anonymity
from portfolio.export.environment import HTML_LANGUAGES, day_text, environment, local_day, resource
from portfolio.export.figures import key_svg, marks_used, shelf_places, trajectory_svg, trajectory_table
from portfolio.export.files import FolderSink, Progress, Sink, ZipSink, no_progress, whole_file
from portfolio.export.site_beside import Beside, worth_it
from portfolio.export.site_contents import (
    WHOLE_LIST,
    Chapter,
    Leaf,
    Pair,
    answers_of,
    by_month,
    by_year,
    chapters_of,
    month_path,
    months_of,
    pairs_of,
    root_of,
    sign_of,
    tags_of,
    threads_of,
)
from portfolio.export.site_entries import EntryPages
from portfolio.export.site_folder import MARKER as MARKER
from portfolio.export.site_folder import former_of, key_of, mark, new_folder, remove_gone, untouched
from portfolio.export.site_html import Picture, relinked, with_prefix
from portfolio.export.site_search import Index

OWN_SHARE = 0.4  # of the entries, where a second process writes the others: this one makes the index too
PHOTOGRAPHS = "photographs"  # the folder of the site's own
OPENING = 120  # characters of an entry in a list of results
EXTENSIONS = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/gif": ".gif"}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SiteResult:
    path: Path
    pages: int
    bytes: int  # of all files, before compression
    files: int
    written: int  # files whose bytes are new
    removed: int  # files of the former export that this one does not have
    missing: tuple[str, ...]  # ids of photographs whose file is not there any more


def write_site(
    portfolio: Portfolio, target: Path, progress: Progress = no_progress, *, reader: str = ""
) -> SiteResult:
    """Writes the site: into a zip where `target` ends in .zip, else into a folder.

    A folder is made new, or was made by an export before: then only files whose bytes differ are
    written, and those that vanished are removed. `reader`: of what a cohort shares, the name of
    the member for whom it was read. Raises Conflict for any other folder that is not empty, and
    OSError.
    """
    if target.suffix.lower() == ".zip":
        site = Site(portfolio, reader)
        base = f"{slug(portfolio.owner_login)}-site"  # so that unpacking strews nothing about
        with whole_file(target) as stream, ZipSink(stream, base) as zipped:
            site.write(zipped, progress)
        return site.result(target, zipped, 0)
    key = key_of(portfolio, reader)
    former = former_of(target)
    if former and former.key == key and untouched(target, former):
        size, count = sum(former.files.values()), len(former.files)
        progress(count, count)
        return SiteResult(target, former.pages, size, count, 0, 0, former.missing)
    site = Site(portfolio, reader)
    if former is None:
        with new_folder(target) as fresh:
            names = site.write(fresh, progress)
            mark(fresh.root, key, site.pages, site.missing, names)
        return site.result(target, fresh, 0)
    folder = FolderSink(target)
    names = site.write(folder, progress)
    removed = remove_gone(target, former, names)
    mark(target, key, site.pages, site.missing, names)
    return site.result(target, folder, removed)


class Site:
    """The pages of one portfolio. `files()` makes them one by one, so memory holds one page.

    `photographs`: the folder that they are in, seen from the site's root; the site writes them itself
    only where that is its own.
    """

    def __init__(self, portfolio: Portfolio, reader: str = "", photographs: str = PHOTOGRAPHS) -> None:
        self.portfolio = portfolio
        self.reader = reader
        self.env = environment(portfolio.language)
        self.lang = HTML_LANGUAGES[portfolio.language]
        self._cached: dict[tuple[str, ...], str] = {}
        self._seen_from: dict[str, dict[str, Picture]] = {}
        self.chapters = chapters_of(portfolio)
        self.by_id = {leaf.entry.public_id: leaf for chapter in self.chapters for leaf in chapter.leaves}
        self.leaves = [self.by_id[entry.public_id] for entry in portfolio.entries]
        self.tags = tags_of(self.leaves)
        self.tag_links = {page.tag: page for page in self.tags}
        self.months = months_of(portfolio, self.leaves)
        self.full_months = [month for month in self.months if month.lines]
        self.thresholds = [leaf for leaf in self.leaves if leaf.entry.threshold]
        self.pairs = pairs_of(self.leaves)
        self.pair_of = {pair.now.entry.public_id: pair for pair in self.pairs}
        self.threads = threads_of(self.leaves)
        self.thread_years = by_year(self.threads) if len(self.threads) > WHOLE_LIST else []
        taken = {p.public_id: p for entry in portfolio.entries for p in entry.photographs}
        self.pictures = {
            key: (f"{photographs}/{key}{EXTENSIONS.get(p.media_type, '.jpg')}", p)
            for key, p in taken.items()
            if Path(p.path).is_file()
        }
        self.own_pictures = self.pictures if photographs == PHOTOGRAPHS else {}
        self.missing = tuple(key for key in taken if key not in self.pictures)
        ways = {
            "months.html": self.months,
            "threads.html": self.threads,
            "then-and-now.html": self.pairs,
            "thresholds.html": self.thresholds,
            "tags.html": self.tags,
            "figures.html": portfolio.months,
            "search.html": self.leaves,
        }
        self.ways = [path for path, content in ways.items() if content or path == "months.html"]
        shown = ("months.html", "threads.html", "tags.html", "search.html")
        self.places = ["index.html", *(path for path in shown if path in self.ways)]
        several: tuple[Sequence[object], ...] = (
            self.chapters,
            self.full_months,
            self.leaves,
            self.tags,
            self.pairs,
            self.thread_years,
        )
        self.pages = 1 + len(self.ways) + sum(len(things) for things in several)

    @property
    def anonymised(self) -> tuple[str, ...]:
        """What was done to an anonymised one."""
        return anonymity(self.portfolio.language)

    @property
    def total(self) -> int:
        """How many files there are. Asking for it makes the search index."""
        return self.pages + len(self.own_pictures) + len(self._index_files) + (3 if self.leaves else 2)

    def write(self, sink: Sink, progress: Progress) -> dict[str, int]:
        """Hands every file to `sink`. Gives their sizes in bytes by name."""
        names: dict[str, int] = {}
        with ExitStack() as stack:
            count, other = len(self.leaves), None
            if isinstance(sink, FolderSink) and worth_it(count):
                count = int(count * OWN_SHARE)
                other = stack.enter_context(Beside(lambda: self._entries(count), sink))
            total = self.total
            progress(0, total)
            for done, (path, content) in enumerate(chain(self._around(), self._entries(0, count)), 1):
                before = sink.size
                sink.add(path, content)
                names[path] = sink.size - before
                progress(done + other.done if other else done, total)
            if other:
                names |= other.finish()
                progress(total, total)
        return names

    def result(self, path: Path, sink: Sink, removed: int) -> SiteResult:
        return SiteResult(path, self.pages, sink.size, sink.files, sink.written, removed, self.missing)

    def files(self) -> Iterator[tuple[str, bytes | Path]]:
        """Every file of the site: its path from the root, and its bytes or the file to copy."""
        return chain(self._around(), self._entries())

    def _around(self) -> Iterator[tuple[str, bytes | Path]]:
        """All but the pages of entries."""
        yield "site.css", resource("static", "site", "site.css").read_bytes()
        yield "icon.svg", resource("static", "site", "icon.svg").read_bytes()
        for path, photograph in self.own_pictures.values():
            yield path, Path(photograph.path)
        yield "index.html", self._index()
        yield from self._lists()
        yield from self._index_files
        for chapter, *stages in _between(self.chapters):
            yield chapter.path, self._stage(chapter, *stages)

    def _entries(self, first: int = 0, last: int | None = None) -> Iterator[tuple[str, bytes]]:
        """The pages of entries, or of those from number `first` to the one before `last`."""
        entries = EntryPages(self)
        for leaf, *leaves in islice(_between(self.leaves), first, last):
            yield leaf.path, entries.page(leaf, *leaves)

    def _lists(self) -> Iterator[tuple[str, bytes]]:
        contents: dict[str, dict[str, Any]] = {
            "months.html": {"months": self.months},
            "threads.html": {"years": self.thread_years, "threads": self.threads},
            "then-and-now.html": {"pairs": self.pairs},
            "thresholds.html": {"leaves": self.thresholds},
            "tags.html": {"tags": self.tags},
            "figures.html": self._figures() if "figures.html" in self.ways else {},
            "search.html": {},
        }
        for path in self.ways:
            yield path, self.page(path, **contents[path])
        if "search.html" in self.ways:
            yield "search.js", resource("static", "site", "search.js").read_bytes()
        several: tuple[tuple[str, str, Sequence[Any]], ...] = (
            ("month", "month.html", self.full_months),
            ("tag", "tag.html", self.tags),
            ("threads", "thread_year.html", self.thread_years),
            ("pair", "pair.html", self.pairs),
        )
        for name, template, things in several:
            for thing, before, after in _between(things):
                more = {name: thing, "before": before, "after": after}
                if name == "pair":
                    more["sides"] = self._sides(thing)
                yield thing.path, self.page(template, thing.path, **more)

    @cached_property
    def _index_files(self) -> list[tuple[str, bytes]]:
        """The scripts of the search index."""
        if not self.leaves:
            return []
        index = Index()
        for leaf in self.leaves:
            entry = leaf.entry
            words = [leaf.title, *entry.tags, entry.owner_name if self.reader else ""]
            stored = [entry.html]
            if entry.threshold:
                words += [entry.threshold.before, entry.threshold.after, entry.threshold.helped]
            for photograph in entry.photographs:
                words += [photograph.alt, photograph.caption]
            if entry.comments:
                stored += [html for comment in entry.comments for html in _said(comment)]
            day = day_text(entry.entry_date, self.portfolio.language)
            opening = _shortened(leaf.excerpt) if leaf.title else ""
            who = (entry.owner_name,) if self.reader else ()
            index.add(words, stored, (leaf.href, leaf.label, leaf.title_lang, day, opening, leaf.lang, *who))
        return list(index.files())

    # --- pages -------------------------------------------------------------------------------------

    def page(self, template: str, path: str = "", **context: Any) -> bytes:
        path = path or template
        around = self.around(root_of(path), path)
        return self.env.get_template(f"site/{template}").render(**around, path=path, **context).encode()

    def around(self, root: str, path: str) -> dict[str, Any]:
        """What every page is rendered with."""
        return {
            "site": self,
            "portfolio": self.portfolio,
            "html_lang": self.lang,
            "root": root,
            "masthead": self._masthead(root, path),
        }

    def _masthead(self, root: str, path: str) -> str:
        """The same for all entries, so it is made once for them."""
        here = path if path in self.places else ""
        if ("masthead", root, here) not in self._cached:
            template = self.env.get_template("site/_masthead.html")
            self._cached["masthead", root, here] = template.render(
                portfolio=self.portfolio, places=self.places, root=root, here=here
            )
        return self._cached["masthead", root, here]

    def _index(self) -> bytes:
        ordered = sorted(self.portfolio.narratives, key=lambda n: n.kind != "student")
        narratives = [
            (narrative, HTML_LANGUAGES[narrative.language], self.apart(narrative.html, "", f"n{n}"))
            for n, narrative in enumerate(ordered)
        ]
        shelf = [(sign_of(number), dates) for number, dates in shelf_places(self.portfolio)]
        return self.page(
            "index.html",
            **self._figure(),
            narratives=narratives,
            shelf=shelf,
            made_on=local_day(self.portfolio.made_at, self.portfolio.timezone),
            chosen_stages=[
                stage.name
                for stage in self.portfolio.stages
                if stage.public_id in self.portfolio.choices.stages
            ],
        )

    def _figure(self) -> dict[str, Any]:
        return {
            "wide": trajectory_svg(self.portfolio, medium="site", width="wide"),
            "narrow": trajectory_svg(self.portfolio, medium="site", width="narrow"),
            "keys": [(mark, key_svg(mark)) for mark in marks_used(self.portfolio)],
        }

    def _figures(self) -> dict[str, Any]:
        full = {month.path for month in self.full_months}
        rows = [(row, month_path(row.year, row.month)) for row in trajectory_table(self.portfolio)]
        return self._figure() | {
            "table": [(row, path if path in full else "") for row, path in rows],
            "marks": marks_used(self.portfolio),
            "answers": answers_of(self.leaves),
        }

    def _stage(self, chapter: Chapter, before: Chapter | None, after: Chapter | None) -> bytes:
        groups = by_month(chapter.leaves)
        return self.page(
            "stage.html",
            chapter.path,
            chapter=chapter,
            attainments=self._attainments(chapter),
            groups=groups,
            whole=len(chapter.leaves) <= WHOLE_LIST,
            month_href=lambda first: month_path(first.year, first.month),
            before=before,
            after=after,
        )

    def _sides(self, pair: Pair) -> list[tuple[Leaf, str, str]]:
        """The two entries with their words and a name that sets their ids apart."""
        root = root_of(pair.path)
        sides = ((pair.then, "then"), (pair.now, "now"))
        return [(leaf, self.apart(leaf.entry.html, root, name), name) for leaf, name in sides]

    def apart(self, stored: str, root: str, name: str) -> str:
        """Words that stand on a page beside others: their ids begin with `name`."""
        return with_prefix(relinked(stored, self.href(root), self.pictures_from(root))[0], f"{name}-")

    def href(self, root: str) -> Callable[[str], str | None]:
        return lambda key: root + self.by_id[key].href if key in self.by_id else None

    def pictures_from(self, root: str) -> Mapping[str, Picture]:
        if root not in self._seen_from:
            self._seen_from[root] = {
                key: Picture(root + quote(path), photograph.width, photograph.height)
                for key, (path, photograph) in self.pictures.items()
            }
        return self._seen_from[root]

    def _attainments(self, chapter: Chapter) -> list[tuple[Any, list[Leaf]]]:
        return [
            (attainment, [self.by_id[key] for key in attainment.evidence if key in self.by_id])
            for attainment in self.portfolio.attainments
            if chapter.stage and attainment.stage_id == chapter.stage.public_id
        ]


def _shortened(text: str) -> str:
    """The beginning of a line, cut between words where it has any."""
    if len(text) <= OPENING:
        return text
    cut = text[:OPENING].rfind(" ")
    return text[: cut if cut > OPENING // 2 else OPENING].rstrip() + "…"


def _between(things: Sequence[T]) -> Iterator[tuple[T, T | None, T | None]]:
    """Each with its neighbours."""
    for n, thing in enumerate(things):
        yield thing, things[n - 1] if n else None, things[n + 1] if n + 1 < len(things) else None


def _said(comment: Comment) -> Iterator[str]:
    """The words of a comment and of its answers."""
    yield comment.html
    for reply in comment.replies:
        yield from _said(reply)

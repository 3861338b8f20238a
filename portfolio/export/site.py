"""The static site: a diary that opens from disk by a double click, with no server and no network.

An index, a page a stage, a page an entry, months, threshold events, tags. It needs no script.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from portfolio.domain.errors import Conflict
from portfolio.domain.records import Comment, Entry, Portfolio
from portfolio.domain.text import slug
from portfolio.export.environment import (
    HTML_LANGUAGES,
    environment,
    local_day,
    resource,
)
from portfolio.export.figures import key_svg, marks_used, shelf_places, trajectory_svg, trajectory_table
from portfolio.export.files import FolderSink, Progress, Sink, ZipSink, beside, no_progress, whole_file
from portfolio.export.site_contents import (
    Chapter,
    Leaf,
    anchor_of,
    by_month,
    chapters_of,
    months_of,
    sign_of,
    tags_of,
)
from portfolio.export.site_html import Picture, relinked, with_passages

MARKER = "portfolio-site.json"  # says that a folder was made here, and which files in it are ours
EXTENSIONS = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/gif": ".gif"}


@dataclass(frozen=True, slots=True)
class SiteResult:
    path: Path
    pages: int
    bytes: int  # of all files, before compression
    files: int
    written: int  # files whose bytes are new
    removed: int  # files of the former export that this one does not have
    missing: tuple[str, ...]  # ids of photographs whose file is not there any more


def write_site(portfolio: Portfolio, target: Path, progress: Progress = no_progress) -> SiteResult:
    """Writes the site: into a zip where `target` ends in .zip, else into a folder.

    A folder is made new, or was made by an export before: then only files whose bytes differ are
    written, and those that vanished are removed. Raises Conflict for any other folder that is not
    empty, and OSError.
    """
    site = Site(portfolio)
    if target.suffix.lower() == ".zip":
        base = f"{slug(portfolio.owner_login)}-site"  # so that unpacking strews nothing about
        with whole_file(target) as stream, ZipSink(stream, base) as zipped:
            site.write(zipped, progress)
        return site.result(target, zipped, 0)
    former = _former_files(target)
    if former is None:
        part = beside(target)
        try:
            part.mkdir(parents=True)
            fresh = FolderSink(part, fresh=True)
            names = site.write(fresh, progress)
            _mark(part, names)
            if target.exists():
                target.rmdir()  # it was empty
            os.replace(part, target)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
        return site.result(target, fresh, 0)
    folder = FolderSink(target)
    names = site.write(folder, progress)
    gone = [name for name in former if name not in names]
    for name in gone:
        (target / name).unlink(missing_ok=True)
    for parent in {(target / name).parent for name in gone}:
        if parent != target and parent.is_dir() and not any(parent.iterdir()):
            parent.rmdir()
    _mark(target, names)
    return site.result(target, folder, len(gone))


def _former_files(target: Path) -> list[str] | None:
    """The files of the export that made this folder; None where there is nothing yet."""
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return None
    try:
        marker = json.loads((target / MARKER).read_text("utf-8"))
        names = [name for name in marker["files"] if isinstance(name, str)]
    except (OSError, ValueError, KeyError, TypeError):
        raise Conflict(
            "%(path)s is there already and was not made by this export. Choose another folder, or empty it.",
            path=str(target),
        ) from None
    inside = target.resolve()
    return [name for name in names if (target / name).resolve().is_relative_to(inside)]


def _mark(folder: Path, names: set[str]) -> None:
    marker = {"made_by": "portfolio", "format": 1, "files": sorted(names)}
    content = json.dumps(marker, ensure_ascii=False, indent=1) + "\n"
    if not (folder / MARKER).exists() or (folder / MARKER).read_text("utf-8") != content:
        with whole_file(folder / MARKER) as stream:
            stream.write(content.encode())


class Site:
    """The pages of one portfolio. `files()` makes them one by one, so memory holds one page."""

    def __init__(self, portfolio: Portfolio) -> None:
        self.portfolio = portfolio
        self.env = environment(portfolio.language)
        self._mastheads: dict[tuple[str, str], str] = {}
        self._seen_from: dict[str, dict[str, Picture]] = {}
        self.chapters = chapters_of(portfolio)
        self.by_id = {leaf.entry.public_id: leaf for chapter in self.chapters for leaf in chapter.leaves}
        self.leaves = [self.by_id[entry.public_id] for entry in portfolio.entries]
        self.tags = tags_of(self.leaves)
        self.tag_anchors = {tag: f"tag-{n}" for n, (tag, _) in enumerate(self.tags, 1)}
        self.months = months_of(portfolio, self.leaves)
        self.thresholds = [leaf for leaf in self.leaves if leaf.entry.threshold]
        photographs = {p.public_id: p for entry in portfolio.entries for p in entry.photographs}
        self.pictures = {
            key: (f"photographs/{key}{EXTENSIONS.get(p.media_type, '.jpg')}", p)
            for key, p in photographs.items()
            if Path(p.path).is_file()
        }
        self.missing = tuple(key for key in photographs if key not in self.pictures)
        optional = [("thresholds.html", self.thresholds), ("tags.html", self.tags)]
        self.places = ["index.html", "months.html", *(path for path, content in optional if content)]
        self.pages = len(self.places) + len(self.chapters) + len(self.leaves)
        self.total = self.pages + len(self.pictures) + 2

    def write(self, sink: Sink, progress: Progress) -> set[str]:
        """Hands every file to `sink`. Gives their names."""
        names = set()
        progress(0, self.total)
        for done, (path, content) in enumerate(self.files(), 1):
            sink.add(path, content)
            names.add(path)
            progress(done, self.total)
        return names

    def result(self, path: Path, sink: Sink, removed: int) -> SiteResult:
        return SiteResult(path, self.pages, sink.size, sink.files, sink.written, removed, self.missing)

    def files(self) -> Iterator[tuple[str, bytes | Path]]:
        """Every file of the site: its path from the root, and its bytes or the file to copy."""
        yield "site.css", resource("static", "site", "site.css").read_bytes()
        yield "icon.svg", resource("static", "site", "icon.svg").read_bytes()
        for path, photograph in self.pictures.values():
            yield path, Path(photograph.path)
        yield "index.html", self._index()
        yield "months.html", self._page("months.html", months=self.months)
        if self.thresholds:
            yield "thresholds.html", self._page("thresholds.html", leaves=self.thresholds)
        if self.tags:
            yield "tags.html", self._page("tags.html", tags=self.tags)
        for n, chapter in enumerate(self.chapters):
            yield (
                chapter.path,
                self._page(
                    "stage.html",
                    path=chapter.path,
                    chapter=chapter,
                    attainments=self._attainments(chapter),
                    groups=by_month(chapter.leaves),
                    before=self.chapters[n - 1] if n else None,
                    after=self.chapters[n + 1] if n + 1 < len(self.chapters) else None,
                ),
            )
        for n, leaf in enumerate(self.leaves):
            before = self.leaves[n - 1] if n else None
            after = self.leaves[n + 1] if n + 1 < len(self.leaves) else None
            yield leaf.path, self._entry(leaf, before, after)

    # --- pages -------------------------------------------------------------------------------------

    def _page(self, template: str, path: str = "", **context: Any) -> bytes:
        path = path or template
        root = _root(path)
        page = self.env.get_template(f"site/{template}").render(
            site=self,
            portfolio=self.portfolio,
            html_lang=HTML_LANGUAGES[self.portfolio.language],
            root=root,
            masthead=self._masthead(root, path),
            **context,
        )
        return page.encode()

    def _masthead(self, root: str, path: str) -> str:
        """The same for all entries, so it is made once for them."""
        here = path if path in self.places else ""
        if (root, here) not in self._mastheads:
            template = self.env.get_template("site/_masthead.html")
            self._mastheads[root, here] = template.render(
                portfolio=self.portfolio, places=self.places, root=root, here=here
            )
        return self._mastheads[root, here]

    def _index(self) -> bytes:
        narratives = [
            (narrative, HTML_LANGUAGES[narrative.language], self._words(narrative.html, ""))
            for narrative in sorted(self.portfolio.narratives, key=lambda n: n.kind != "student")
        ]
        shelf = [(sign_of(number), dates) for number, dates in shelf_places(self.portfolio)]
        return self._page(
            "index.html",
            wide=trajectory_svg(self.portfolio, medium="site", width="wide"),
            narrow=trajectory_svg(self.portfolio, medium="site", width="narrow"),
            table=[(row, anchor_of(row.year, row.month)) for row in trajectory_table(self.portfolio)],
            marks=marks_used(self.portfolio),
            keys=[(mark, key_svg(mark)) for mark in marks_used(self.portfolio)],
            narratives=narratives,
            shelf=shelf,
            made_on=local_day(self.portfolio.made_at, self.portfolio.timezone),
            chosen_stages=[
                stage.name
                for stage in self.portfolio.stages
                if stage.public_id in self.portfolio.choices.stages
            ],
        )

    def _entry(self, leaf: Leaf, before: Leaf | None, after: Leaf | None) -> bytes:
        entry = leaf.entry
        root = _root(leaf.path)
        words, shown = relinked(entry.html, self._href(root), self._pictures(root))
        words, numbers = with_passages(words, entry.comments)
        plates = [
            (root + quote(self.pictures[p.public_id][0]), p)
            for p in entry.photographs
            if p.public_id in self.pictures and p.public_id not in shown
        ]
        return self._page(
            "entry.html",
            path=leaf.path,
            leaf=leaf,
            entry=entry,
            words=words,
            numbers=numbers,
            plates=plates,
            comments=[c for c in entry.comments if not c.withdrawn or c.replies],
            comment_words=lambda comment: self._words(comment.html, root),
            changed_since=lambda comment: _changed_since(comment, entry),
            written_on=local_day(entry.written_at, self.portfolio.timezone),
            local=lambda moment: local_day(moment, self.portfolio.timezone),
            earlier=self.by_id.get(entry.retells) if entry.retells else None,
            later=[self.by_id[key] for key in entry.returned_to if key in self.by_id],
            before=before,
            after=after,
        )

    def _words(self, stored: str, root: str) -> str:
        return relinked(stored, self._href(root), self._pictures(root))[0]

    def _href(self, root: str) -> Callable[[str], str | None]:
        return lambda key: root + self.by_id[key].href if key in self.by_id else None

    def _pictures(self, root: str) -> Mapping[str, Picture]:
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


def _root(path: str) -> str:
    """The way from a page back to the site's root."""
    return "../" * path.count("/")


def _changed_since(comment: Comment, entry: Entry) -> bool:
    return comment.revision_number < entry.revision_number

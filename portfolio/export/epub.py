"""An EPUB 3 of what was chosen: the diary for a reading program, a phone, a screen reader.

A page for each stage and each entry, with the site's words and its texts; contents and an index of
tags; the language of each text; what it is for those who cannot see. Equal content gives equal bytes.
"""

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portfolio.domain.records import Comment, Entry, Narrative, Photograph, Portfolio
from portfolio.export.anonymity import anonymity
from portfolio.export.data import threads
from portfolio.export.environment import (
    HTML_LANGUAGES,
    day_text,
    environment,
    local_day,
    resource,
    translations,
)
from portfolio.export.files import Progress, ZipSink, no_progress, whole_file
from portfolio.export.site import EXTENSIONS
from portfolio.export.site_contents import Chapter, Leaf, chapters_of
from portfolio.export.site_html import Picture, relinked, with_passages, with_prefix
from portfolio.export.xhtml import each_id_once, valid_addresses, xhtml

MIMETYPE = b"application/epub+zip"
CONTAINER = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n'
    b'<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
    b'<rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/>'
    b"</rootfiles></container>\n"
)


@dataclass(frozen=True, slots=True)
class EpubResult:
    path: Path
    pages: int  # XHTML documents
    missing: tuple[str, ...]  # ids of photographs whose file is not there any more


@dataclass(frozen=True, slots=True)
class Page:
    """An XHTML document: what contents and links show of it."""

    id: str  # in the package
    href: str
    label: str
    lang: str  # of the label
    leaf: Leaf | None = None
    chapter: Chapter | None = None

    @property
    def entry(self) -> Entry:
        assert self.leaf
        return self.leaf.entry


def write_epub(portfolio: Portfolio, target: Path, progress: Progress = no_progress) -> EpubResult:
    """Writes the EPUB; one that is there is replaced. Raises OSError."""
    book = _Book(portfolio)
    total = len(book.pages) + len(book.pictures)
    progress(0, total)
    with whole_file(target) as stream, ZipSink(stream) as zipped:
        zipped.add(
            "mimetype", MIMETYPE, stored=True
        )  # the first file, not compressed, so that programs know it
        zipped.add("META-INF/container.xml", CONTAINER)
        zipped.add("EPUB/package.opf", book.package())
        zipped.add("EPUB/nav.xhtml", book.nav())
        zipped.add("EPUB/book.css", resource("static", "epub", "book.css").read_bytes())
        for done, (href, content) in enumerate(book.documents(), 1):
            zipped.add(f"EPUB/{href}", content)
            progress(done, total)
        for done, (href, photograph) in enumerate(book.pictures.values(), len(book.pages) + 1):
            zipped.add(f"EPUB/{href}", Path(photograph.path))
            progress(done, total)
    return EpubResult(target, len(book.pages) + 1, book.missing)


class _Book:
    def __init__(self, portfolio: Portfolio) -> None:
        self.portfolio = portfolio
        self.env = environment(portfolio.language)
        self._ = translations(portfolio.language).gettext
        headings = {
            "own": self._("A reflective diary"),
            "review": self._("A narrative review"),
            "anonymised": self._("A reflective diary, anonymised"),
        }
        self.heading = headings[portfolio.choices.variant]
        self.title = f"{self.heading}: {portfolio.owner_name}" if portfolio.language == "en" else (
            f"{self.heading}：{portfolio.owner_name}"
        )  # fmt: skip
        if portfolio.anonymised:
            self.title = self.heading
        self.anonymised = anonymity(portfolio.language)
        self.identifier = uuid.uuid5(
            uuid.NAMESPACE_URL, f"epub {portfolio.owner_id} {portfolio.content_hash}"
        ).urn
        self.chapters = chapters_of(portfolio)
        photographs = {p.public_id: p for entry in portfolio.entries for p in entry.photographs}
        self.pictures: dict[str, tuple[str, Photograph]] = {
            key: (f"images/{key}{EXTENSIONS.get(p.media_type, '.jpg')}", p)
            for key, p in photographs.items()
            if Path(p.path).is_file()
        }
        self.missing = tuple(key for key in photographs if key not in self.pictures)
        self.seen = {key: Picture(href, p.width, p.height) for key, (href, p) in self.pictures.items()}
        self.pages = self._pages()
        self.by_id = {page.entry.public_id: page for page in self.pages if page.leaf}
        tags = {tag for entry in portfolio.entries for tag in entry.tags}
        self.tag_ids = {
            tag: f"tag-{n}" for n, tag in enumerate(sorted(tags, key=lambda t: (t.casefold(), t)), 1)
        }

    def _pages(self) -> list[Page]:
        """All documents in the order of reading."""
        own = HTML_LANGUAGES[self.portfolio.language]
        pages = [Page("p0", "title.xhtml", self.heading, own)]
        for n, (name, _told) in enumerate(self._accounts(), 1):
            pages.append(Page(f"p{n}", f"narrative-{n}.xhtml", name, own))
        for n, chapter in enumerate(self.chapters, 1):
            pages.append(
                Page(f"p{len(pages)}", f"stage-{n}.xhtml", chapter.name, chapter.lang, chapter=chapter)
            )
            for leaf in chapter.leaves:
                day = day_text(leaf.entry.entry_date, self.portfolio.language)
                href = f"entry-{leaf.entry.public_id}.xhtml"
                label, lang = (leaf.title, leaf.title_lang) if leaf.title else (day, own)
                pages.append(Page(f"p{len(pages)}", href, label, lang, leaf=leaf))
        if any(entry.tags for entry in self.portfolio.entries):
            pages.append(Page(f"p{len(pages)}", "tags.xhtml", self._("Index of tags"), own))
        return pages

    def _accounts(self) -> list[tuple[str, Narrative]]:
        """What stands before the stages, with its heading: preface, the student's narrative, the mentor's."""
        p, given = self.portfolio, self.portfolio.preface
        found: list[tuple[str, Narrative]] = []
        if given:
            told = Narrative("student", "", p.ends_on, given.body, given.html, given.language)
            found.append((self._("Preface"), told))
        for narrative in sorted(p.narratives, key=lambda narrative: narrative.kind != "student"):
            own = narrative.kind == "student"
            found.append(
                (self._("The student’s narrative") if own else self._("The mentor’s narrative"), narrative)
            )
        return found

    # --- what the package says ------------------------------------------------------------------------

    @property
    def modified(self) -> str:
        """The newest moment of what is in it, so that the same selection gives the same bytes."""
        if self.portfolio.anonymised:
            return self.portfolio.made_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        moments = [entry.written_at for entry in self.portfolio.entries]
        moments += [c.written_at for entry in self.portfolio.entries for c, _ in threads(entry.comments)]
        newest = max(moments, default=dt.datetime.combine(self.portfolio.ends_on, dt.time(), dt.UTC))
        return newest.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def languages(self) -> list[str]:
        """That of the headings first."""
        own = self.portfolio.language
        return [
            HTML_LANGUAGES[lang]
            for lang in dict.fromkeys([own, *(e.language for e in self.portfolio.entries)])
        ]

    @property
    def access(self) -> list[tuple[str, str]]:
        """Accessibility by the terms of schema.org, as EPUB Accessibility 1.1 asks."""
        described = all(p.alt for _, p in self.pictures.values())
        features = ["structuralNavigation", "tableOfContents", "readingOrder", "displayTransformability"]
        features += ["index"] if self.tag_ids else []
        features += ["alternativeText"] if self.pictures and described else []
        values = [("accessMode", "textual")]
        values += [("accessMode", "visual")] if self.pictures else []
        values += [("accessModeSufficient", "textual")] if described else []
        values += [("accessibilityFeature", feature) for feature in features]
        values += [("accessibilityHazard", "none")]
        summary = self._("Text with headings, contents and links; each passage names its language.")
        if not described:
            summary += " " + self._("Some photographs have no description.")
        return [*values, ("accessibilitySummary", summary)]

    # --- documents ------------------------------------------------------------------------------------

    def package(self) -> bytes:
        images = [(f"i{n}", href, p.media_type) for n, (href, p) in enumerate(self.pictures.values())]
        return self._rendered("package.html", pages=self.pages, images=images)

    def nav(self) -> bytes:
        outline: list[tuple[Page, list[Page]]] = []
        for page in self.pages:
            if page.leaf:
                outline[-1][1].append(page)
            else:
                outline.append((page, []))
        return self._rendered(
            "nav.html", outline=outline, start=next((p for p in self.pages if p.chapter), None)
        )

    def documents(self) -> Iterator[tuple[str, bytes]]:
        """Every page: its name, and its bytes; one at a time, so that memory holds one."""
        accounts = iter(self._accounts())
        stage: Page | None = None
        for page in self.pages:
            if page.chapter:
                stage = page
                content = self._stage(page, page.chapter)
            elif page.leaf:
                content = self._entry(page, page.leaf, stage)
            elif page.href.startswith("narrative"):
                _, narrative = next(accounts)
                lang, words = HTML_LANGUAGES[narrative.language], self._words(narrative.html)
                content = self._rendered(
                    "narrative.html", page=page, narrative=narrative, lang=lang, words=words
                )
            elif page.href == "tags.xhtml":
                tags = [(tag, self._with_tag(tag)) for tag in self.tag_ids]
                content = self._rendered("tags.html", tags=tags, tag_ids=self.tag_ids)
            else:
                content = self._rendered("title.html")
            yield page.href, content

    def _with_tag(self, tag: str) -> list[Page]:
        return [self.by_id[entry.public_id] for entry in self.portfolio.entries if tag in entry.tags]

    def _stage(self, page: Page, chapter: Chapter) -> bytes:
        attainments = [
            (attainment, [self.by_id[key] for key in attainment.evidence if key in self.by_id])
            for attainment in self.portfolio.attainments
            if chapter.stage and attainment.stage_id == chapter.stage.public_id
        ]
        return self._rendered("stage.html", page=page, chapter=chapter, attainments=attainments)

    def _entry(self, page: Page, leaf: Leaf, stage: Page | None) -> bytes:
        entry = leaf.entry
        words, shown = relinked(entry.html, self._href, self.seen)
        words, numbers = with_passages(words, entry.comments)
        plates = [
            self.pictures[p.public_id]
            for p in entry.photographs
            if p.public_id in self.pictures and p.public_id not in shown
        ]
        content = self._rendered(
            "entry.html",
            page=page,
            leaf=leaf,
            entry=entry,
            stage_href=stage.href if stage else "",
            words=_as_xhtml(words),
            numbers=numbers,
            plates=plates,
            comments=[c for c in entry.comments if not c.withdrawn or c.replies],
            comment_words=self._comment_words,
            lang_of=lambda comment: HTML_LANGUAGES[comment.language],
            local=lambda moment: local_day(moment, self.portfolio.timezone),
            earlier=self.by_id.get(entry.retells) if entry.retells else None,
            later=[self.by_id[key] for key in entry.returned_to if key in self.by_id],
            tag_ids=self.tag_ids,
        )
        return each_id_once(content.decode()).encode()

    def _comment_words(self, comment: Comment) -> str:
        return with_prefix(self._words(comment.html), f"c-{comment.public_id}-")

    def _words(self, stored: str) -> str:
        return _as_xhtml(relinked(stored, self._href, self.seen)[0])

    def _href(self, key: str) -> str | None:
        return self.by_id[key].href if key in self.by_id else None

    def _rendered(self, template: str, **context: Any) -> bytes:
        html_lang = HTML_LANGUAGES[self.portfolio.language]
        made = self.env.get_template(f"epub/{template}").render(
            book=self, portfolio=self.portfolio, html_lang=html_lang, **context
        )
        return made.translate(_NO_XML).encode()


_NO_XML = {0xFFFE: 0xFFFD, 0xFFFF: 0xFFFD}  # what XML cannot hold; the diary has no other control characters


def _as_xhtml(words: str) -> str:
    return valid_addresses(xhtml(words.replace(' loading="lazy"', "")))

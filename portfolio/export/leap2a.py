"""Leap2A: the diary as other e-portfolios read it, Mahara before all.

A zip with `leap2a.xml`, an Atom feed, and the photographs in `files/`. Mahara takes the prefixes
`leap2` and `categories` literally, wants the XHTML in a bare `div`, and one `reflects_on` for each
comment. What Leap2A has no word for stands in elements of our own, which others pass over.
`leap2a_reading` takes it back.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import portfolio as package
from portfolio.domain.records import Comment, Entry, Photograph, Portfolio
from portfolio.export.data import threads
from portfolio.export.environment import HTML_LANGUAGES, day_text, translations
from portfolio.export.files import Progress, ZipSink, no_progress, whole_file
from portfolio.export.leap2a_names import DIARY, NAMES
from portfolio.export.site import EXTENSIONS
from portfolio.export.site_html import Picture, relinked
from portfolio.export.xhtml import attributes, plain_xml, xhtml

FEED = "leap2a.xml"
NOON = dt.time(12)


@dataclass(frozen=True, slots=True)
class Leap2aResult:
    path: Path
    entries: int
    files: int  # photographs
    bytes: int  # before compression
    missing: tuple[str, ...]  # ids of photographs whose file is not there any more


def write_leap2a(portfolio: Portfolio, target: Path, progress: Progress = no_progress) -> Leap2aResult:
    """Writes the zip; one that is there is replaced. Equal content gives equal bytes. Raises OSError."""
    feed = _Feed(portfolio)
    entries = portfolio.entries
    total = len(entries) + len(feed.pictures)
    progress(0, total)
    with whole_file(target) as stream, ZipSink(stream) as zipped:
        parts = [feed.head()]
        for done, entry in enumerate(entries, 1):
            parts.append(feed.entry(entry))
            progress(done, total)
        parts += map(feed.file, feed.pictures)
        zipped.add(FEED, "".join([*parts, "</feed>\n"]).encode())
        for done, (path, photograph) in enumerate(feed.pictures.values(), len(entries) + 1):
            zipped.add(path, Path(photograph.path))
            progress(done, total)
        return Leap2aResult(target, len(entries), len(feed.pictures), zipped.size, feed.missing)


class _Feed:
    """The text of leap2a.xml, entry by entry."""

    def __init__(self, portfolio: Portfolio) -> None:
        self.portfolio = portfolio
        self.zone = ZoneInfo(portfolio.timezone)
        photographs = {p.public_id: p for entry in portfolio.entries for p in entry.photographs}
        self.photographed = {p.public_id: e.written_at for e in portfolio.entries for p in e.photographs}
        self.pictures: dict[str, tuple[str, Photograph]] = {
            key: (f"files/{key}{EXTENSIONS.get(p.media_type, '.jpg')}", p)
            for key, p in photographs.items()
            if Path(p.path).is_file()
        }
        self.seen = {key: Picture(_file_id(key), p.width, p.height) for key, (_, p) in self.pictures.items()}
        self.missing = tuple(key for key in photographs if key not in self.pictures)

    def head(self) -> str:
        p = self.portfolio
        moments = [entry.written_at for entry in p.entries]
        updated = max(moments, default=p.made_at)
        names = attributes({f"xmlns:{prefix}": uri for prefix, uri in NAMES.items()})
        parts = [
            _link("leap2:has_part", _entry_id(entry), **{"leap2:display_order": str(n)})
            for n, entry in enumerate(p.entries, 1)
        ]
        title = plain_xml(f"{p.owner_name}: {translations(p.language).gettext('A reflective diary')}")
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n'
            f'<feed xmlns="http://www.w3.org/2005/Atom"{names}'
            f"{attributes({'xmlns:portfolio': f'urn:x-reflective-portfolio:{p.owner_id}:'})}>\n"
            "<leap2:version>http://www.leapspecs.org/2010-07/2A/</leap2:version>\n"
            f"<id>{uuid.uuid5(uuid.NAMESPACE_URL, f'{p.owner_id} {p.content_hash}').urn}</id>\n"
            f"<title>{title}</title>\n<updated>{self._moment(updated)}</updated>\n"
            f'<generator version="{package.__version__}">reflective-portfolio</generator>\n'
            f"<author><name>{plain_xml(p.owner_name)}</name></author>\n"
            f"<entry>\n<title>{title}</title>\n<id>portfolio:diary</id>\n"
            f"<updated>{self._moment(updated)}</updated>\n<content></content>\n"
            '<rdf:type rdf:resource="leap2:selection"/>\n'
            '<mahara:artefactplugin mahara:type="blog" mahara:plugin="blog"/>\n'
            f"{''.join(parts)}{_category('Blog', 'selection_type')}</entry>\n"
        )

    def entry(self, entry: Entry) -> str:
        words, _ = relinked(entry.html, lambda key: None, self.seen)
        # Mahara finds the pictures of a text by this word, and gives them their new addresses
        words = xhtml(words.replace("<img ", '<img rel="leap2:has_part" ').replace(' loading="lazy"', ""))
        comments = list(threads(entry.comments))
        links = [_link("leap2:is_part_of", "portfolio:diary")]
        links += [
            _link("enclosure", _file_id(p.public_id))
            for p in entry.photographs
            if p.public_id in self.pictures
        ]
        links += [_link("leap2:reflected_on_by", _comment_id(comment)) for comment, _ in comments]
        categories = [_category(tag) for tag in entry.tags]
        categories += [_category("Unready", "readiness")] if entry.draft else []
        categories += [_category("Private", "audience")] if entry.private else []
        facts = {
            "title": " ".join(entry.title.split()),
            "date": entry.entry_date.isoformat(),
            "stage": entry.stage.name if entry.stage else None,
        }
        return (
            f"<entry>\n<title>{plain_xml(entry.title or day_text(entry.entry_date, self.portfolio.language))}"
            f"</title>\n<id>{_entry_id(entry)}</id>\n"
            f"<updated>{self._moment(entry.written_at)}</updated>\n"
            f"<published>{self._moment(self._published(entry))}</published>\n"
            f'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">'
            f'<div lang="{HTML_LANGUAGES[entry.language]}">{words}</div></div></content>\n'
            '<rdf:type rdf:resource="leap2:entry"/>\n'
            '<mahara:artefactplugin mahara:type="blogpost" mahara:plugin="blog"/>\n'
            f"{''.join(links)}{''.join(categories)}"
            f"<{DIARY}:source{attributes(facts)}>{plain_xml(entry.body)}</{DIARY}:source>\n"
            "</entry>\n" + "".join(self._comment(entry, comment, above) for comment, above in comments)
        )

    def _comment(self, entry: Entry, comment: Comment, above: str | None) -> str:
        words, _ = relinked(comment.html, lambda key: None, {})
        author = f"<author><name>{plain_xml(comment.author_name)}</name></author>\n"
        facts = {
            "role": comment.author_role,
            "answers": above,
            "quoted": comment.quoted,
            "withdrawn": "yes" if comment.withdrawn else None,
        }
        moment = self._moment(comment.written_at)
        return (
            f"<entry>\n<title>{plain_xml(' '.join(entry.title.split()))}</title>\n"
            f"<id>{_comment_id(comment)}</id>\n"
            f"{'' if comment.own else author}<updated>{moment}</updated>\n<published>{moment}</published>\n"
            f'<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">'
            f'<div lang="{HTML_LANGUAGES[comment.language]}">{xhtml(words)}</div></div></content>\n'
            '<rdf:type rdf:resource="leap2:entry"/>\n'
            '<mahara:artefactplugin mahara:type="comment" mahara:plugin="comment"/>\n'
            f"{_link('leap2:reflects_on', _entry_id(entry))}"
            f"<{DIARY}:source{attributes(facts)}>{plain_xml(comment.body)}</{DIARY}:source>\n"
            "</entry>\n"
        )

    def file(self, key: str) -> str:
        path, photograph = self.pictures[key]
        name = path.rpartition("/")[2]
        facts = {"alt": photograph.alt, "caption": photograph.caption}
        return (
            f"<entry>\n<title>{name}</title>\n<id>{_file_id(key)}</id>\n"
            f"<updated>{self._moment(self.photographed[key])}</updated>\n"
            f"<summary>{plain_xml(photograph.caption or photograph.alt)}</summary>\n"
            f'<content type="{photograph.media_type}" src="{path}"/>\n'
            '<rdf:type rdf:resource="leap2:resource"/>\n'
            '<mahara:artefactplugin mahara:type="image" mahara:plugin="file"/>\n'
            f"{_link('enclosure', path, type=photograph.media_type)}"
            f"{_category('Offline', 'resource_type', 'File')}<{DIARY}:source{attributes(facts)}/>\n</entry>\n"
        )

    def _published(self, entry: Entry) -> dt.datetime:
        """When it was written, where that is its day; else its day at noon: others know one date only."""
        first = entry.created_at.astimezone(self.zone)
        if first.date() == entry.entry_date:
            return first
        return dt.datetime.combine(entry.entry_date, NOON, self.zone)

    def _moment(self, moment: dt.datetime) -> str:
        """RFC 3339, with the offset that held at the author's, so that the day can be read from it."""
        return moment.astimezone(self.zone).replace(microsecond=0).isoformat()


def _entry_id(entry: Entry) -> str:
    return f"portfolio:entry-{entry.public_id}"


def _comment_id(comment: Comment) -> str:
    return f"portfolio:comment-{comment.public_id}"


def _file_id(photograph_id: str) -> str:
    return f"portfolio:file-{photograph_id}"


def _link(rel: str, href: str, **more: str) -> str:
    return f"<link{attributes({'rel': rel, 'href': href, **more})}/>\n"


def _category(term: str, scheme: str = "", label: str = "") -> str:
    named = {"term": term, "scheme": f"categories:{scheme}#" if scheme else None, "label": label or None}
    return f"<category{attributes(named)}/>\n"

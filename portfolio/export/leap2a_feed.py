"""leap2a.xml as plain records: what stands in the feed, before anybody asks what it means.

The text is XML from anywhere: a document type is refused (with it come entities, which read other
files and grow without end), and so is what lies too deep. Names are compared without their
namespaces, since those have changed with the programs that write them.
"""

import datetime as dt
import html
import xml.etree.ElementTree as etree
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from portfolio.domain.errors import ImportRefused, Said
from portfolio.domain.text import normalise
from portfolio.export.bag import shown_name
from portfolio.export.leap2a_names import OWN_NAMESPACE

DEPTH_MOST = 200  # elements within elements
ITEMS_MOST = 100_000


@dataclass(slots=True)
class Item:
    """One Atom entry. Terms, relations and kinds are without prefix: `has_part`, `selection`."""

    id: str = ""
    title: str = ""
    author: str = ""
    published: str = ""
    updated: str = ""
    kind: str = ""  # of Leap2A: entry, selection, resource
    marker: str = ""  # what Mahara calls it: blog, blogpost, comment, image
    html: str = ""  # the content as HTML, also where it was plain text
    type: str = ""
    src: str = ""
    summary: str = ""
    links: list[tuple[str, str]] = field(default_factory=list)  # relation, address
    terms: set[tuple[str, str]] = field(default_factory=set)  # (scheme, term): ("readiness", "Unready")
    tags: list[str] = field(default_factory=list)
    own: dict[str, str] | None = None  # what our export says besides, and the text under ""

    def linked(self, *relations: str) -> list[str]:
        return [address for relation, address in self.links if relation in relations]

    def said(self, name: str) -> str:
        """What our own export says besides; "" where it says nothing, or another program wrote this."""
        return (self.own or {}).get(name, "")

    @property
    def shown(self) -> str:
        """The item as a message names it."""
        return shown_name(
            " ".join(filter(None, (self.title, f"({self.day})" if self.day else ""))) or self.id
        )[:120]

    @property
    def day(self) -> dt.date | None:
        """The day on which its author wrote it, by the offset that its time is given with."""
        moment = _moment(self.published) or _moment(self.updated)
        return moment.date() if moment else None

    @property
    def created_at(self) -> dt.datetime | None:
        return _utc(_moment(self.published) or _moment(self.updated))

    @property
    def changed_at(self) -> dt.datetime | None:
        return _utc(_moment(self.updated) or _moment(self.published))


@dataclass(slots=True)
class Feed:
    base: str = ""  # where its ids come from, the same for each export of one person
    author: str = ""
    items: list[Item] = field(default_factory=list)


def read_feed(stream: IO[bytes], name: str) -> Feed:
    """All items of a feed, in their order. Raises ImportRefused with a sentence that names the file."""
    feed = Feed()
    try:
        for item in _elements(stream, feed):
            if len(feed.items) >= ITEMS_MOST:
                raise _TooMuch(Said("it has more than %(count)s items", count=f"{ITEMS_MOST:,}"))
            feed.items.append(_item(item))
    except DefusedXmlException:
        reason = Said("it has a document type, which is not read: it can fetch files, or grow without end")
    except _TooMuch as problem:
        reason = problem.args[0]
    except (etree.ParseError, ValueError, LookupError) as problem:
        where = getattr(problem, "position", (0, 0))[0]
        reason = Said("it is not XML; look at line %(line)s", line=where) if where else Said("it is not XML")
    else:
        return feed
    raise ImportRefused([Said("%(file)s: %(reason)s.", file=name, reason=reason)])


class _TooMuch(Exception):
    pass


def _elements(stream: IO[bytes], feed: Feed) -> Iterator[etree.Element]:
    """The entries one by one; each is gone when the next is read."""
    root: etree.Element | None = None
    depth = 0
    for event, found in iterparse(stream, events=("start-ns", "start", "end"), forbid_dtd=True):
        if event == "start-ns":
            prefix, uri = found
            if prefix == "portfolio" and not feed.base:
                feed.base = _without_time(uri)
            continue
        if event == "start":
            depth += 1
            if root is None:
                root = found
                if _name(root) != "feed":
                    raise _TooMuch(Said("it is not an Atom feed"))
            if depth > DEPTH_MOST:
                raise _TooMuch(Said("its elements lie too deep"))
            continue
        depth -= 1
        if depth == 1 and root is not None:
            if _name(found) == "entry":
                yield found
            elif _name(found) == "author":
                feed.author = _child_text(found, "name")
            root.clear()


def _item(element: etree.Element) -> Item:
    item = Item()
    for child in element:
        name = _name(child)
        if name == "id":
            item.id = _text(child)
        elif name == "title":
            item.title = " ".join(_text(child).split())
        elif name == "author":
            item.author = " ".join(_child_text(child, "name").split())
        elif name == "published":
            item.published = _text(child)
        elif name == "updated":
            item.updated = _text(child)
        elif name == "summary":
            item.summary = " ".join(normalise("".join(child.itertext())).split())
        elif name == "content":
            item.type, item.src = child.get("type") or "text", child.get("src") or ""
            item.html = _html(child)
        elif name == "type":
            item.kind = _local(_attribute(child, "resource"))
        elif name == "artefactplugin":
            item.marker = _attribute(child, "type")
        elif name == "link":
            item.links.append((_local(child.get("rel") or ""), child.get("href") or ""))
        elif name == "category":
            term, scheme = child.get("term") or "", child.get("scheme") or ""
            if scheme:
                item.terms.add((_local(scheme.rstrip("#")), term))
            else:
                item.tags.append(normalise(child.get("label") or term))
        elif child.tag == f"{{{OWN_NAMESPACE}}}source":
            item.own = {key: normalise(value) for key, value in child.attrib.items()}
            item.own[""] = normalise(child.text or "")
    return item


def _html(content: etree.Element) -> str:
    kind = content.get("type") or "text"
    if kind == "html":
        return "".join(content.itertext())
    if kind == "xhtml":
        for element in content.iter():
            element.tag = _name(element)
        return "".join(etree.tostring(child, encoding="unicode", method="html") for child in content)
    if kind == "text":
        return html.escape("".join(content.itertext()).strip()).replace("\n", "<br>")
    return ""


def _name(element: etree.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _local(name: str) -> str:
    """`has_part` of `leap2:has_part`, of `[leap2:has_part]` and of `http://terms.leapspecs.org/has_part`."""
    return name.strip("[]").replace("#", "/").rpartition("/")[2].rpartition(":")[2]


def _attribute(element: etree.Element, name: str) -> str:
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")


def _text(element: etree.Element) -> str:
    return normalise("".join(element.itertext())).strip()


def _child_text(element: etree.Element, name: str) -> str:
    return next((_text(child) for child in element if _name(child) == name), "")


def _without_time(uri: str) -> str:
    """Mahara's addresses end with the second of the export; what is before it is the person's."""
    before, _, last = uri.rstrip("/").rpartition("/")
    return before if last.isdigit() and before.rpartition("/")[2].isdigit() else uri


def _moment(text: str) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return None


def _utc(moment: dt.datetime | None) -> dt.datetime | None:
    if moment is None:
        return None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except OverflowError:
        return None

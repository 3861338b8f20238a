"""A Leap2A file in the shape that Mahara 22 to 24 writes it, made by hand: Alex's two journals.

Texts are HTML in escaped form or XHTML in a `div`; files are items of their own with an `enclosure`;
tags carry their words in `label`; comments are entries that reflect on what they are about.
"""

import io
import zipfile
from pathlib import Path

from PIL import Image

SITE = "https://folio.example.org/"
HEAD = f"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"
    xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    xmlns:leap2="http://terms.leapspecs.org/"
    xmlns:categories="http://wiki.leapspecs.org/2A/categories/"
    xmlns:portfolio="{SITE}export/leap/17/%s/"
    xmlns:mahara="http://wiki.mahara.org/Developer_Area/Import%%2F%%2FExport/LEAP_Extensions#">
    <leap2:version>http://www.leapspecs.org/2010-07/2A/</leap2:version>
    <id>{SITE}export/17/%s</id>
    <title>Mahara Leap2A export for Alex Green, 14 September 2022, 09:14</title>
    <updated>2022-09-14T09:14:00+12:00</updated>
    <generator uri="https://mahara.org/" version="1">Mahara</generator>
    <author><name>Alex Green</name><uri>portfolio:artefactinternal</uri></author>
"""


def item(
    number: int | str,
    title: str,
    content: str = "",
    *,
    kind: str = "entry",
    marker: str = "blogpost",
    plugin: str = "blog",
    published: str = "2022-09-01T23:30:00+12:00",
    updated: str = "",
    content_type: str = "html",
    author: str = "",
    links: str = "",
    categories: str = "",
    summary: str = "",
) -> str:
    """One Atom entry; `content` is written as it stands, so HTML has to be escaped."""
    mark = f'<mahara:artefactplugin mahara:type="{marker}" mahara:plugin="{plugin}"/>' if marker else ""
    return f"""    <entry>
        <title>{title}</title>
        <id>portfolio:{number if isinstance(number, str) else f"artefact{number}"}</id>
        {f"<author><name>{author}</name></author>" if author else ""}
        <updated>{updated or published}</updated>
        <published>{published}</published>
        {f"<summary>{summary}</summary>" if summary else ""}
        <content type="{content_type}">{content}</content>
        <rdf:type rdf:resource="leap2:{kind}"/>
        {mark}
        {links}
        {categories}
    </entry>
"""


def part_of(number: int) -> str:
    return f'<link rel="leap2:is_part_of" href="portfolio:artefact{number}"/>'


def parts(*numbers: int) -> str:
    return "".join(
        f'<link rel="leap2:has_part" href="portfolio:artefact{n}" leap2:display_order="{order}"/>'
        for order, n in enumerate(numbers, 1)
    )


def journal(number: int, title: str, *posts: int, content: str = "") -> str:
    blog = '<category term="Blog" scheme="categories:selection_type#"/>'
    return item(number, title, content, kind="selection", marker="blog", links=parts(*posts), categories=blog)


def file(number: int, name: str, media_type: str, path: str, summary: str = "") -> str:
    return item(
        number, name, kind="resource", marker="image" if media_type.startswith("image") else "file",
        plugin="file", content_type="text", summary=summary,
        links=f'<link rel="enclosure" type="{media_type}" href="{path}"/>',
        categories='<category term="Offline" scheme="categories:resource_type#" label="File"/>',
    )  # fmt: skip


def comment(number: int, on: str, words: str, author: str = "Dr Sam Rangi", **more: str) -> str:
    return item(
        number, "Re: The lift", words, marker="comment", plugin="comment", author=author,
        links=f'<link rel="leap2:reflects_on" href="portfolio:{on}"/>', **more,
    )  # fmt: skip


LIFT = (
    "&lt;p&gt;She stood by the &lt;strong&gt;lift&lt;/strong&gt;.&lt;/p&gt;"
    '&lt;p&gt;&lt;img rel="leap2:has_part" src="portfolio:artefact30" alt="The lift" /&gt;&lt;/p&gt;'
    "&lt;ul&gt;&lt;li&gt;first&lt;/li&gt;&lt;li&gt;then&lt;/li&gt;&lt;/ul&gt;"
    "&lt;script&gt;alert(1)&lt;/script&gt;"
)
TEA = (
    '<div xmlns="http://www.w3.org/1999/xhtml"><p>The tea went cold.<br/>Nobody drank it.</p>'
    '<p><a href="https://example.org/tea">tea</a> and <a href="portfolio:artefact11">the lift</a></p></div>'
)
TAGS = '<category term="first-times" label="first times"/><category term="night"/>'
ITEMS = (
    journal(10, "Ward 5", 11, 12, 13, content="&lt;p&gt;About my year.&lt;/p&gt;"),
    item(11, "The lift", LIFT, links=part_of(10) + '<link rel="enclosure" href="portfolio:artefact31"/>'
         '<link rel="enclosure" href="portfolio:artefact32"/>', categories=TAGS),
    item(12, "Cold tea", TEA, content_type="xhtml", links=part_of(10),
         published="2022-09-03T08:00:00+12:00", updated="2022-09-04T08:00:00+12:00"),
    item(13, "Not finished", "&lt;p&gt;Perhaps.&lt;/p&gt;", links=part_of(10),
         categories='<category term="Unready" scheme="categories:readiness#"/>'),
    journal(20, "At home", 21),
    item(21, "夜班后的粥", "&lt;p&gt;多了半勺&lt;em&gt;粥&lt;/em&gt;。&lt;/p&gt;", links=part_of(20),
         categories='<category term="Private" scheme="categories:audience#"/>'),
    file(30, "lift.jpg", "image/jpeg", "files/30-lift.jpg", "The lift at night"),
    file(31, "window.png", "image/png", "files/31-window%20seat.png"),
    file(32, "essay.docx", "application/msword", "files/32-essay.docx"),
    file(33, "loose.jpg", "image/jpeg", "files/33-loose.jpg"),
    comment(40, "artefact11", "&lt;p&gt;Who stayed with her?&lt;/p&gt;"),
    comment(41, "artefact11", "&lt;p&gt;Nobody.&lt;/p&gt;", author="", published="2022-09-02T10:00:00+12:00"),
    comment(42, "artefact11", "&lt;p&gt;Between us.&lt;/p&gt;",
            categories='<category term="Private" scheme="categories:audience#"/>'),
    comment(43, "view5", "&lt;p&gt;A fine page.&lt;/p&gt;"),
    item("view5", "My page", "", kind="selection", marker="", content_type="html"),
    item(50, "A plan", "", kind="plan", marker="plan", plugin="plans"),
)  # fmt: skip


def picture(format_: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (120, 130, 128)).save(out, format_)
    return out.getvalue()


def files() -> dict[str, bytes]:
    return {
        "files/30-lift.jpg": picture(),
        "files/31-window seat.png": picture("PNG"),
        "files/32-essay.docx": b"PK not a picture",
        "files/33-loose.jpg": picture(),
    }


def feed(*items: str, exported: int = 1663103640) -> str:
    return HEAD % (exported, exported) + "".join(items) + "</feed>\n"


def packed(path: Path, xml: str, others: dict[str, bytes] | None = None) -> Path:
    """The zip of a feed and its files; the pages that Mahara adds lie in a folder of their own."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("leap2a.xml", xml)
        out.writestr("HTML/index.html", "<p>The same as pages</p>")
        for name, content in (files() if others is None else others).items():
            out.writestr(name, content)
    return path


def alex(path: Path, exported: int = 1663103640) -> Path:
    return packed(path, feed(*ITEMS, exported=exported))

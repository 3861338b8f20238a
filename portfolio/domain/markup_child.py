"""The renderer proper: Markdown to safe HTML, in a process of its own that may be killed.

Started by `domain.markup` and by nobody else. Standard input is a socket for `frames`. The child
says `{"ready": true}` once, then answers each `{"body", "language", "photographs", "prefix",
"seconds"}` with `{"html"}`, or with `{"refused"}` and the reason where the text is not one to lay
out. It ends when the socket does, when one text takes longer than `seconds` (by a signal, so that
even a stuck regular expression ends), and on any error: a spoilt parser is not used again.
"""

import os
import re
import resource
import signal
import socket
import unicodedata
import xml.etree.ElementTree as etree
from collections.abc import Collection, Iterator
from itertools import pairwise

import markdown
import nh3
from markdown.blockprocessors import HashHeaderProcessor, ReferenceProcessor
from markdown.extensions import Extension
from markdown.extensions.footnotes import FootnoteExtension
from markdown.inlinepatterns import SimpleTagInlineProcessor, SubstituteTagInlineProcessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from portfolio.domain.frames import receive, send
from portfolio.domain.text import HAN

MEMORY_BYTES = 768 * 2**20
MAX_DEPTH = 16  # elements within elements; layout engines take exponential time on more
MAX_GROWTH = 8  # characters of HTML for one of text: repeated references multiply
MAX_GROWTH_FLOOR = 50_000
WRAPPED_WIDTH = range(50, 101)  # columns at which programs break lines
WRAPPED_BREAKS = 3  # fewer say nothing about how a text was made

CJK_MARKS = "\u3001-\u3003\u3008-\u3020\uff00-\uffef"
SHARED_MARKS = "—‘’“”…"  # both scripts write them
LANGUAGE_TAGS = {"en": "en", "zh": "zh-Hans"}

_HAN = re.compile(f"[{HAN}]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_PLACEHOLDER = re.compile("\x02[^\x03]*\x03")
_LINK = re.compile(r"(?:https?://|mailto:)[^\s\x00-\x1f]", re.IGNORECASE)
_ENTRY = re.compile(r"/entries/[A-Za-z0-9_-]{1,64}")
_PHOTOGRAPH = re.compile(r"/photographs/([A-Za-z0-9_-]{1,64})")
_ITEM = re.compile(r"[*+-] +\S|\d+\. +\S")
_FIRST_ITEM = re.compile(r"[*+-] +\S|1\. +\S")
_STRUCTURE = re.compile(r"\s*(?:[*+>#|~`=-]|\d+\.\s|$)|\s{4}")
_BROKEN_HAN = re.compile(f"(?<=[{HAN}{CJK_MARKS}{SHARED_MARKS}])\n(?=[{HAN}{CJK_MARKS}{SHARED_MARKS}])")

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_LOWEST_HEADINGS = ("h4", "h5", "h6")  # the page owns h1 and h2; an entry's title is h3 in the book
_PASSAGES = frozenset({"p", "li", "blockquote", "td", "th", *_HEADINGS})

_BLOCK_TAGS = {"p", "h4", "h5", "h6", "blockquote", "ul", "ol", "li", "pre", "hr", "div"}
_INLINE_TAGS = {"a", "br", "code", "del", "em", "img", "strong", "sub", "sup"}
_TABLE_TAGS = {"table", "thead", "tbody", "tr", "th", "td"}
TAGS = _BLOCK_TAGS | _INLINE_TAGS | _TABLE_TAGS
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    "th": {"scope"},
    "sup": {"id"},
} | {tag: {"lang"} for tag in ("p", "blockquote", "td", "h4", "h5", "h6")}
ATTRIBUTES["li"] = {"id", "lang"}
ATTRIBUTES["th"] = {"scope", "lang"}
CLASSES = {"div": {"footnotes"}, "a": {"footnote-ref", "footnote-backref"}}


class Refused(Exception):
    """The text can be parsed, but what comes of it should not be laid out."""


class _Headings(HashHeaderProcessor):
    """A heading needs its space, so that a #hashtag stays a word."""

    RE = re.compile(r"(?:^|\n)(?P<level>#{1,6})[ \t]+(?P<header>(?:\\.|[^\\\n])*?)#*(?:\n|$)")


class _References(ReferenceProcessor):
    """A definition needs an address, so that the line `[Anna]: Hello` is not swallowed as one."""

    RE = re.compile(
        r"^[ ]{0,3}\[([^\[\]]*)\]:[ ]*\n?[ ]*(<?(?:https?://|mailto:|/photographs/)[^\s]+)"
        r"[ ]*(?:\n[ ]*)?((['\"])(.*)\4[ ]*|\((.*)\)[ ]*)?$",
        re.MULTILINE | re.IGNORECASE,
    )


class _Lists(Preprocessor):
    """A list may follow a line of text at once, as people type it and CommonMark reads it."""

    def run(self, lines: list[str]) -> list[str]:
        out = lines[:1]
        for before, line in pairwise(lines):
            if _FIRST_ITEM.match(line) and before[:1].strip() and not _ITEM.match(before):
                out.append("")
            out.append(line)
        return out


class _Page(Treeprocessor):
    """The last word on the tree: headings, links, pictures, footnote ids, language of passages."""

    def __init__(self, md: markdown.Markdown, language: str) -> None:
        super().__init__(md)
        self.own_script, self.other_script = (_LATIN, _HAN) if language == "en" else (_HAN, _LATIN)
        self.other_tag = LANGUAGE_TAGS["zh" if language == "en" else "en"]
        self.photographs: frozenset[str] = frozenset()
        self.prefix = ""
        self.ids: dict[str, str] = {}
        self.targets: frozenset[str] = frozenset()

    def run(self, root: etree.Element) -> None:
        levels = sorted({element.tag for element in root.iter() if element.tag in _HEADINGS})
        self.levels = {tag: _LOWEST_HEADINGS[min(i, 2)] for i, tag in enumerate(levels)}
        targets = (element.attrib["id"] for element in root.iter() if "id" in element.attrib)
        self.ids = {target: f"{self.prefix}{n}" for n, target in enumerate(targets, start=1)}
        self.targets = frozenset(self.ids.values())
        for child in root:
            self._mend(child, 1)
        if self.other_script.search("".join(root.itertext())):
            for child in root:
                self._mark_language(child)

    def _mend(self, element: etree.Element, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise Refused("nested too deeply")
        tag = element.tag
        if tag == "a":
            self._mend_link(element)
        elif tag == "img":
            self._mend_picture(element)
        elif tag in self.levels:
            element.tag = self.levels[tag]
        elif tag == "th":
            element.set("scope", "col")
        elif tag == "div" and element.get("class") == "footnote":
            element.set("class", "footnotes")
            element.remove(element[0])  # the rule above it is the style sheet's business
        if "id" in element.attrib:
            element.set("id", self.ids[element.attrib["id"]])
        for child in element:
            self._mend(child, depth + 1)

    def _mend_link(self, element: etree.Element) -> None:
        href = element.get("href", "")
        if href[:1] == "#" and href[1:] in self.ids:
            element.set("href", "#" + self.ids[href[1:]])
        elif not _LINK.match(href) and not _ENTRY.fullmatch(href):
            element.tag = "span"  # the sanitiser drops the tag and keeps the words

    def _mend_picture(self, element: etree.Element) -> None:
        where = _PHOTOGRAPH.fullmatch(element.get("src", ""))
        if not where or where[1] not in self.photographs:
            element.tag = "span"
            element.text = element.get("alt", "")

    def _mark_language(self, element: etree.Element) -> None:
        words = _PLACEHOLDER.sub("", "".join(element.itertext()))
        if not self.other_script.search(words):
            return
        if element.tag in _PASSAGES and not self.own_script.search(words):
            element.set("lang", self.other_tag)
            return
        for child in element:
            self._mark_language(child)


class _House(Extension):
    """What a diary needs of Markdown, and what it must not have.

    Tags are words like any others: `<unsure>` stays readable, and no HTML is taken from the text
    but three bare tags that other diaries export (`br`, `sub`, `sup`). Indented text is a
    paragraph, since people indent paragraphs and have no code.
    """

    def extendMarkdown(self, md: markdown.Markdown) -> None:
        md.preprocessors.deregister("html_block")
        md.inlinePatterns.deregister("html")
        md.inlinePatterns.deregister("entity")
        md.inlinePatterns.deregister("automail")
        md.parser.blockprocessors.deregister("code")
        md.preprocessors.register(_Lists(md), "lists", 15)
        md.parser.blockprocessors.register(_Headings(md.parser), "hashheader", 70)
        md.parser.blockprocessors.register(_References(md.parser), "reference", 15)
        if md.delimiters is not None:
            md.delimiters.add("~", "del", double=True)
        md.inlinePatterns.register(SubstituteTagInlineProcessor(r"<br ?/?>", "br"), "br", 90)
        for tag in ("sub", "sup"):
            pattern = rf"(<{tag}>)([^<>]{{1,99}})</{tag}>"
            md.inlinePatterns.register(SimpleTagInlineProcessor(pattern, tag), tag, 90)
        md.inlinePatterns.register(SubstituteTagInlineProcessor(r"\n", "br"), "nl", 5)


class _Typography(Treeprocessor):
    """Typographic quotation marks, dashes and ellipses for English; one pass over the text.

    Python-Markdown's own `smarty` does it in nineteen, and takes longer than all the rest.
    Beside a Han character a straight mark is left as it is: without spaces nothing tells an
    opening mark from a closing one.
    """

    STRAIGHT = re.compile(r"https?://\S+|<!--|-->|\.{2,}|-{2,}|[\"']")
    ELISION = re.compile(r"\d\ds?\b|(?:tis|twas|em|til|cause|cos|n)\b", re.IGNORECASE)
    BESIDE = re.compile(f"[{HAN}{CJK_MARKS}]")

    def run(self, root: etree.Element) -> None:
        runs = list(self._runs(root))
        whole = "".join(text for _, _, text in runs)
        if not self.STRAIGHT.search(whole):
            return
        at = 0
        for element, part, text in runs:
            if not isinstance(text, AtomicString):
                setattr(element, part, self._set(text, whole, at))
            at += len(text)

    def _runs(self, element: etree.Element) -> Iterator[tuple[etree.Element, str, str]]:
        if element.text:
            yield element, "text", element.text
        for child in element:
            yield from self._runs(child)
            if child.tail:
                yield child, "tail", child.tail

    def _set(self, text: str, whole: str, offset: int) -> str:
        out, last = [], 0
        before = whole[offset - 1 : offset]
        for match in self.STRAIGHT.finditer(text):
            start, end = match.span()
            if start > last:
                out.append(text[last:start])
                before = text[start - 1]
            out.append(self._mark(match[0], before, whole, offset + end))
            before, last = out[-1][-1], end
        return "".join(out) + text[last:]

    def _mark(self, mark: str, before: str, whole: str, end: int) -> str:
        after = whole[end : end + 1]
        if mark == "...":
            return "…"
        if mark == "---" or (mark == "--" and before.isalpha() and after.isalpha()):
            return "—"
        if mark == "--":
            return "–"
        if mark not in ("'", '"') or self.BESIDE.match(before) or self.BESIDE.match(after):
            return mark
        opening = (not before or before.isspace() or before in "([{-–—“‘") and after and not after.isspace()
        if mark == '"':
            return "“" if opening else "”"
        return "‘" if opening and not self.ELISION.match(whole, end) else "’"


def _columns(line: str) -> int:
    return len(line) + sum(unicodedata.east_asian_width(c) in "WF" for c in line if c > "\u10ff")


def hard_wrapped(text: str) -> bool:
    """Whether a program broke the lines of this text at a fixed width.

    It did where every line is as full as the widest allows: the first word of the next line
    would not have fitted. People who press return on a telephone don't write so.
    """
    widest, breaks = 0, []
    for line, following in pairwise(text.split("\n")):
        if _STRUCTURE.match(following) or not line.strip() or line.endswith("  ") or line[0] in "#|":
            continue
        width = _columns(line)
        widest = max(widest, width)
        if widest >= WRAPPED_WIDTH.stop:
            return False
        word = following.split(None, 1)[0]
        wide = _columns(word[0]) == 2
        # A Chinese line may break after any character, but not before a closing mark
        breaks.append(width + (4 if wide else 1 + _columns(word)))
    if len(breaks) < WRAPPED_BREAKS or widest not in WRAPPED_WIDTH:
        return False
    return all(width > widest for width in breaks)


class Renderer:
    """Markdown to safe HTML for one language of entry; the instance is used again and again."""

    def __init__(self, language: str) -> None:
        back = {"en": "Back to the text, note {}", "zh": "回到正文，注 {}"}[language]
        extensions: list[str | Extension] = [
            "sane_lists",
            "tables",
            "fenced_code",
            # A marker with a control character, which no normalised text can hold
            FootnoteExtension(PLACE_MARKER="\x02-\x03", BACKLINK_TEXT="↩\ufe0e", BACKLINK_TITLE=back),
            _House(),
        ]
        self.markdown = markdown.Markdown(extensions=extensions, output_format="html")
        if language == "en":
            self.markdown.treeprocessors.register(_Typography(self.markdown), "typography", -20)
        self.page = _Page(self.markdown, language)
        self.markdown.treeprocessors.register(self.page, "page", -10)
        self.breaks = self.markdown.inlinePatterns["nl"]
        self.cleaner = nh3.Cleaner(
            tags=TAGS,
            clean_content_tags=set(),
            attributes=ATTRIBUTES,
            attribute_filter=self._allow,
            link_rel="noopener noreferrer nofollow",
            url_schemes={"http", "https", "mailto"},
            allowed_classes=CLASSES,
        )

    def _allow(self, tag: str, attribute: str, value: str) -> str | None:
        page = self.page
        match attribute:
            case "href":
                inside = value[:1] == "#" and value[1:] in page.targets
                allowed = inside or bool(_LINK.match(value) or _ENTRY.fullmatch(value))
            case "src":
                where = _PHOTOGRAPH.fullmatch(value)
                allowed = where is not None and where[1] in page.photographs
            case "id":
                allowed = value in page.targets
            case "lang":
                allowed = value in LANGUAGE_TAGS.values()
            case "start":
                allowed = value.isdecimal() and len(value) < 10
            case "scope":
                allowed = value == "col"
            case _:
                allowed = attribute in ("alt", "title", "class", "rel")
        return value if allowed else None

    def render(self, body: str, photographs: Collection[str], prefix: str) -> str:
        """Safe HTML of a normalised text. Raises `Refused`."""
        wrapped = hard_wrapped(body)
        if wrapped:
            body = _BROKEN_HAN.sub("", body)
            self.markdown.inlinePatterns.deregister("nl")
        self.page.photographs = frozenset(photographs)
        self.page.prefix = prefix
        try:
            html = self.markdown.reset().convert(body)
        finally:
            if wrapped:
                self.markdown.inlinePatterns.register(self.breaks, "nl", 5)
        if len(html) > max(MAX_GROWTH * len(body), MAX_GROWTH_FLOOR):
            raise Refused("too much comes of it")
        return self.cleaner.clean(html)


def serve(channel: socket.socket) -> None:
    """Answer requests until the other side is gone."""
    renderers = {language: Renderer(language) for language in LANGUAGE_TAGS}
    send(channel, {"ready": True})
    while True:
        request = receive(channel)
        signal.setitimer(signal.ITIMER_REAL, request["seconds"])
        try:
            renderer = renderers[request["language"]]
            answer = {"html": renderer.render(request["body"], request["photographs"], request["prefix"])}
        except Refused as refusal:
            answer = {"refused": str(refusal)}
        signal.setitimer(signal.ITIMER_REAL, 0)
        send(channel, answer)


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches us too
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a dump would hold somebody's diary
    try:
        serve(socket.socket(fileno=0))
    except EOFError:
        return
    except Exception:
        os._exit(1)  # without a traceback, whose message could quote the text


if __name__ == "__main__":
    main()

"""Stored HTML made ready for a printed page: breakable, typeset, cut into blocks.

The HTML was made and sanitised by `domain.markup`. Here it is only set: photographs get the
book's private addresses, note ids become unique in the book, words that would run out of the
column get places to break, Chinese marks and emphasis get their typographic form. What a book
cannot hold is left out with its tag; words never are.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from types import MappingProxyType

from portfolio.domain.records import Language, Photograph
from portfolio.export import scripts
from portfolio.export.site_html import ENTRY_LINK
from portfolio.export.tables import COLUMN, INDENT, UNSPACED, Table

LONGEST_RUN = 28  # characters without a place to break; the note column holds 32
PIECE = 14  # characters between the places that are given to a longer one
DOTTED = 24  # characters of Chinese emphasis that get dots; longer is set in bold
LINE = {"en": 66, "zh": 32}  # characters of a line of text
DEEPEST = 6  # lists and quotations within each other that are moved in

_KEPT = frozenset(
    "p br hr h4 h5 h6 blockquote ul ol li pre code em strong del ins sup sub a img"
    " table thead tbody tfoot tr th td div mark".split()
)
_RENAMED = {"h1": "h4", "h2": "h4", "h3": "h4", "b": "strong", "i": "em", "s": "del"}
_VOID = frozenset({"br", "hr", "img"})
_SILENT = frozenset("script style template iframe object svg math noscript title head select".split())
_INDENTED = frozenset({"ul", "ol", "blockquote"})
_BLOCKS = frozenset("p h4 h5 h6 blockquote ul ol pre table div hr".split())

_LONG = re.compile(rf"[^\s\u200b{UNSPACED}]{{{LONGEST_RUN + 1},}}")
_URL_JOINT = re.compile(r"(?<=[/?&=#@_.,;:+~%-])(?=[^/?&=#@_.,;:+~%-])")
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_CLOSING, _OPENING = "，。、；：！？）》」』】”’", "（《「『【“‘"
# The first of two full-width marks that meet takes half its width
_HALT = re.compile(f"[{_CLOSING}](?=[{_CLOSING}{_OPENING}])|(?<=[{_OPENING}])[{_OPENING}]")
# A Chinese face draws these as wide as a character; among Latin letters they belong to the Latin one
_LATIN = "A-Za-z\u00c0-\u024f"
_LATIN_MARK = re.compile(f"(?<=[{_LATIN}])[‘’](?=\\s?[{_LATIN}])|(?<=[{_LATIN}])\\s?[–—…]+\\s?(?=[{_LATIN}])")
_WIDE_MARK = re.compile("[‘’“”–—…]+")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+")
_OUTSIDE = re.compile(r"(?:https?|mailto):", re.IGNORECASE)
_NUMBER = re.compile(r"\d+")


@dataclass(slots=True)
class Block:
    """A paragraph, list, table … of a text, and the passages that begin in it, by their number."""

    html: str
    passages: list[int] = field(default_factory=list)
    lines: int = 1  # about how many it fills


@dataclass(frozen=True, slots=True)
class Prose:
    blocks: tuple[Block, ...]
    shown: frozenset[str]  # public ids of the photographs within the text

    @property
    def html(self) -> str:
        return "".join(block.html for block in self.blocks)


def set_prose(
    stored: str,
    language: Language,
    anchor: str,
    photographs: Mapping[str, Photograph],
    fallback_alt: str = "",
    room: float = COLUMN,
    entries: Mapping[str, str] = MappingProxyType({}),
) -> Prose:
    """The blocks of a text. `anchor` is unique in the book; ids within the text are put behind it.

    `entries`: the anchors of those that a link may lead to, by public id.
    `room`: points that a table may be wide, in type of the usual size.
    """
    setter = _Setter(language, anchor, photographs, fallback_alt, room, entries)
    setter.feed(stored)
    setter.close()
    setter.finish()
    return Prose(tuple(setter.blocks), frozenset(setter.shown))


def breakable(text: str) -> str:
    """`text` with zero-width spaces in runs that would not fit a column: addresses at their joints."""
    return _LONG.sub(_broken, text)


def typeset(text: str, language: Language, around: Language = "en") -> str:
    """Escaped text: breakable, addresses never hyphenated, Chinese marks closed up.

    Where a Chinese face comes first (the text is Chinese, or English with Chinese `around` it),
    the apostrophes, dashes and ellipses among Latin letters are marked for the Latin face. Passages
    in another script name their language.
    """
    out = escape(breakable(text), quote=False)
    if "\u200b" in out:
        out = _ADDRESS.sub(r'<span class="url">\g<0></span>', out)
    if language == "zh":
        out = _HALT.sub(r'<span class="h">\g<0></span>', out)
        out = _LATIN_MARK.sub(r'<span class="lm">\g<0></span>', out)
    elif around == "zh":
        out = _WIDE_MARK.sub(r'<span class="lm">\g<0></span>', out)
    return scripts.marked(out, language)


def is_chinese(text: str) -> bool:
    """Whether a short text (a title, a tag) is to be set as Chinese."""
    return _HAN.search(text) is not None


def _broken(match: re.Match[str]) -> str:
    out: list[str] = []
    length = 0
    for joint in _URL_JOINT.split(match[0]):
        if length + len(joint) > PIECE and out:
            out.append("\u200b")
            length = 0
        while len(joint) > LONGEST_RUN:
            cut = PIECE
            # A mark stays with its letter, and a joined emoji stays one
            while cut < len(joint) and (
                unicodedata.combining(joint[cut]) or "\u200d" in joint[cut - 1 : cut + 1]
            ):
                cut += 1
            out += [joint[:cut], "\u200b"]
            joint = joint[cut:]
        out.append(joint)
        length += len(joint)
    return "".join(out)


class _Setter(HTMLParser):
    def __init__(
        self,
        language: Language,
        anchor: str,
        photographs: Mapping[str, Photograph],
        fallback_alt: str,
        room: float,
        entries: Mapping[str, str],
    ) -> None:
        super().__init__(convert_charrefs=True)
        self.base, self.anchor, self.photographs, self.fallback_alt = (
            language,
            anchor,
            photographs,
            fallback_alt,
        )
        self.room, self.entries = room, entries
        self.table: Table | None = None  # that is being read
        self.blocks: list[Block] = []
        self.shown: set[str] = set()
        self.out: list[str] = []
        self.passages: list[int] = []
        self.letters = 0
        self.rows = 0
        self.open: list[tuple[str, str]] = []  # (tag as met, what closes it)
        self.languages: list[Language] = [language]
        self.silent = 0
        self.plain: list[str] | None = None
        self.emphasis: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _SILENT or given.get("class") == "footnote-backref":
            self.silent += 1
            self.open.append((tag, "silent"))
            return
        if self.silent:
            return
        name = _RENAMED.get(tag, tag)
        if name not in _KEPT:
            if tag not in ("span", "section", "article", "body", "html"):
                return
            self.open.append((tag, ""))
            return
        if name in _BLOCKS and not self.open and name != "mark":
            self._end_block()
        self._settle_emphasis()
        if name == "pre" and given.get("class") == "plain":
            self.plain = []
            self.open.append((tag, "plain"))
            return
        if name in _VOID:
            self._void(name, given)
            return
        self._push_language(given.get("lang", ""))
        opening = self._opening(name, given)
        if opening is None:
            self.open.append((tag, "language"))
            return
        self.out.append(opening)
        if name in ("li", "tr", "p", "pre"):
            self.rows += 1
        self._tabulate(name)
        self.open.append((tag, f"</{name}>"))
        if name == "em" and self.languages[-1] == "zh":
            self.emphasis = []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if _RENAMED.get(tag, tag) not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in (met for met, _closing in self.open):
            return
        while self.open:
            met, closing = self.open.pop()
            self._shut(closing)
            if met == tag:
                break
        if not self.open and not self.silent and _RENAMED.get(tag, tag) in _BLOCKS:
            self._end_block()

    def handle_data(self, data: str) -> None:
        if self.silent:
            return
        if self.plain is not None:
            self.plain.append(data)
            return
        self.letters += len(data)
        if self.emphasis is not None:
            self.emphasis.append(data)
            return
        self.out.append(typeset(data, self.languages[-1]))

    def finish(self) -> None:
        while self.open:
            self._shut(self.open.pop()[1])
        self._end_block()

    def _shut(self, closing: str) -> None:
        if closing == "silent":
            self.silent -= 1
        elif self.silent or not closing:
            return
        elif closing == "plain":
            self._plain_lines("".join(self.plain or []))
            self.plain = None
        else:
            if closing == "</em>":
                self._settle_emphasis(ends=True)
            if len(self.languages) > 1:
                self.languages.pop()
            if closing != "language":
                self.out.append(closing)
            if self.table and closing in ("</th>", "</td>", "</table>"):
                self._tabulated(closing)

    def _tabulate(self, name: str) -> None:
        """Notes where a table, a row, a cell begins in what is written."""
        if name == "table" and not self.table:
            depth = sum(met in _INDENTED for met, _closing in self.open)
            self.table = Table(len(self.out) - 1, self.room - INDENT * min(depth, DEEPEST))
        elif self.table and name == "tr":
            self.table.row()
        elif self.table and name in ("th", "td"):
            self.table.begins = len(self.out)

    def _tabulated(self, closing: str) -> None:
        assert self.table
        if closing != "</table>":
            begins = self.table.begins
            short = self.table.cell("".join(self.out[begins:-1]), closing == "</th>")
            if short and "class=" not in self.out[begins - 1]:
                self.out[begins - 1] = self.out[begins - 1][:3] + ' class="short"' + self.out[begins - 1][3:]
        elif not any(met == "table" for met, _closing in self.open):
            self.out[self.table.start :] = [self.table.set("".join(self.out[self.table.start :]))]
            self.table = None

    def _push_language(self, lang: str) -> None:
        known: dict[str, Language] = {"en": "en", "zh": "zh", "zh-Hans": "zh", "zh-CN": "zh"}
        self.languages.append(known.get(lang, self.languages[-1]))

    def _opening(self, name: str, given: dict[str, str]) -> str | None:
        language = ""
        if self.languages[-1] != self.languages[-2]:
            language = ' class="zh" lang="zh-Hans"' if self.languages[-1] == "zh" else ' class="en" lang="en"'
        if name in _INDENTED and sum(met in _INDENTED for met, _closing in self.open) >= DEEPEST:
            # Each step takes some of the column; one that is too deep gets no white of its own
            language = language.replace('class="', 'class="flat ') or ' class="flat"'
        if name == "a":
            href = given.get("href", "")
            if href[:1] == "#" and len(href) > 1:
                return f'<a href="#{escape(self.anchor + "-" + href[1:])}">'
            if (entry := ENTRY_LINK.fullmatch(href)) and entry[1] in self.entries:
                return f'<a class="to" href="#{escape(self.entries[entry[1]])}">'
            return f'<a class="out" href="{escape(href)}">' if _OUTSIDE.match(href) else None
        if name == "mark":
            if (note := given.get("data-note", "")).isdecimal():
                self.passages.append(int(note))
            return "<mark>"
        if name in ("li", "sup") and given.get("id"):
            return f'<{name} id="{escape(self.anchor + "-" + given["id"])}"{language}>'
        if name == "ol" and _NUMBER.fullmatch(given.get("start", "")):
            return f'<ol{language} style="counter-reset: list-item {int(given["start"]) - 1}">'
        if name == "th":
            return f'<th scope="col"{language}>'
        if name == "div":
            return '<div class="footnotes">' if given.get("class") == "footnotes" else "<div>"
        return f"<{name}{language}>"

    def _void(self, name: str, given: dict[str, str]) -> None:
        if name != "img":
            self.out.append(f"<{name}>")
            self.rows += 1
            return
        photograph = self.photographs.get(given.get("src", "").rsplit("/", 1)[-1])
        alt = (
            given.get("alt")
            or (photograph.alt or photograph.caption if photograph else "")
            or self.fallback_alt
        )
        if photograph is None:
            self.out.append(escape(alt, quote=False))
            return
        self.shown.add(photograph.public_id)
        self.rows += 12
        self.out.append(
            f'<img class="photo" src="book:photograph/{escape(photograph.public_id)}" alt="{escape(alt)}">'
        )

    def _settle_emphasis(self, ends: bool = False) -> None:
        """Short Chinese emphasis is set with a dot under each character."""
        if self.emphasis is None:
            return
        text, self.emphasis = "".join(self.emphasis), None
        if ends and 0 < len(text) <= DOTTED and self.out and self.out[-1] == "<em>":
            # Not under marks and spaces, which nobody stresses
            self.out[-1] = '<em class="dots">'
            self.out += [f"<i>{escape(c)}</i>" if c.isalnum() else escape(c) for c in text]
        else:
            self.out.append(typeset(text, self.languages[-1]))

    def _plain_lines(self, text: str) -> None:
        """A text that no renderer could read, as it was written: a paragraph a line, to break anywhere."""
        lines = text.split("\n")
        for line, following in zip(lines, [*lines[1:], ""], strict=True):
            if not line.strip():
                continue
            kind = "plain" if following.strip() else "plain last"
            self.letters, self.rows = len(line), 1
            self.out.append(f'<p class="{kind}">{typeset(line, self.languages[-1])}</p>')
            self._end_block()

    def _end_block(self) -> None:
        html = "".join(self.out)
        if html.strip():
            lines = -(-self.letters // LINE[self.base]) + self.rows // 2
            self.blocks.append(Block(html, self.passages, max(lines, 1)))
        elif self.blocks:
            self.blocks[-1].passages += self.passages
        self.out, self.passages, self.letters, self.rows = [], [], 0, 0

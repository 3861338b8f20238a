"""HTML that another program wrote, as Markdown: what a diary keeps.

Whatever the HTML holds, only Markdown comes of it, and `domain.markup` makes the page of that;
scripts, styles and forms are left out. The work is done in a process that is stopped when it takes
too long, since no HTML parser is quick with every text.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag
from markdownify import MarkdownConverter

from portfolio.domain.errors import ImportRefused, Said
from portfolio.domain.text import HAN, normalise
from portfolio.export import child

HTML_MOST = 2 * 1024 * 1024  # characters of one text
TAGS_MOST = 20_000  # elements of one text
DEPTH_MOST = 60  # elements within elements
LIMITS = child.Limits(memory_mb=1500, cpu_s=60, wall_s=60)  # for all texts of one file
LINES_MOST, SPACES_MOST = 3, 80  # that follow each other in a `pre`

_LEFT_OUT = [
    "script",
    "style",
    "head",
    "title",
    "template",
    "object",
    "embed",
    "iframe",
    "form",
    "svg",
    "math",
]
_OPEN_LINK = re.compile(r"(?:https?|mailto):", re.IGNORECASE)
_BROKEN_HAN = re.compile(f"(?<=[{HAN}，。、；：？！])[ \t\r]*\n\\s*(?=[{HAN}])")
_SPACE = re.compile(r"[ \t\r\n\f]+")
_EMPTY_LINES = re.compile(r"\n{3,}")
_LINE_END = re.compile(r"[ \t]+$", re.MULTILINE)
_BLOCK_SIGN = re.compile(r"(?:(?<=\s)|^)(#{1,6}|>|[-+]|=+|\d{1,9}[.)])(?=\s|$)")
_EDGE_OF_EMPHASIS = re.compile(r"(?<!\w)_|_(?!\w)")


class Text(NamedTuple):
    """What came of one text."""

    markdown: str
    shown: tuple[str, ...]  # addresses of pictures that stand in it
    lost: tuple[str, ...]  # addresses of pictures that could not be shown


class _Converter(MarkdownConverter):
    """Markdown as people write it here: `#` headings, `-` lists, line breaks as they are."""

    def __init__(self, picture: Callable[[str], str | None]) -> None:
        super().__init__(
            heading_style="atx", bullets="-", strong_em_symbol="*", sub_symbol="<sub>", sup_symbol="<sup>"
        )
        self.picture = picture
        self.shown: list[str] = []
        self.lost: list[str] = []

    def escape(self, text: str, parent_tags: set[str]) -> str:
        """Only what the renderer would take for a sign, by the escapes that it knows."""
        text = re.sub(r"([\\*`])", r"\\\1", text).replace("](", "\\](")
        text = _EDGE_OF_EMPHASIS.sub(r"\\_", text)
        if parent_tags & {"td", "th"}:
            text = text.replace("|", "\\|")
        return _BLOCK_SIGN.sub(_escaped_sign, text)

    def convert_br(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return " " if "_inline" in parent_tags else "\n"

    def convert_li(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Nested blocks by four columns, as the renderer wants them."""
        words = (text or "").strip()
        if not words:
            return "\n"
        number = ""
        if el.parent is not None and el.parent.name == "ol":
            start = str(el.parent.get("start") or "1")
            before = len(el.find_previous_siblings("li"))
            number = f"{(int(start) if start.isascii() and start.isdigit() else 1) + before}."
        lines = words.split("\n")
        rest = ["    " + line if line else "" for line in lines[1:]]
        return "\n".join([f"{number or '-'} {lines[0]}", *rest]) + "\n"

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        href = str(el.get("href") or "")
        if not _OPEN_LINK.match(href) or not text.strip():
            return text  # a link into the former site leads nowhere from here
        el["href"] = re.sub(r"[\s<>()]", lambda found: f"%{ord(found[0]):02X}", href)
        del el["title"]
        return str(super().convert_a(el, text, parent_tags))  # type: ignore[misc]  # its stubs leave it out

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        source = str(el.get("src") or el.get("href") or "")
        alt = " ".join(re.sub(r"[\[\]]", "", str(el.get("alt") or "")).split())
        address = self.picture(source)
        (self.lost if address is None else self.shown).append(source)
        return alt if address is None else f"![{alt}]({address})"


def markdown_of(content: str, pictures: Mapping[str, str]) -> Text:
    """One text of HTML as Markdown. `pictures`: address in the HTML to address in the diary."""
    soup = BeautifulSoup(content, "html.parser")
    for tag in soup(_LEFT_OUT):
        tag.decompose()
    if _deep(soup):
        return Text(normalise(soup.get_text("\n")).strip(), (), ())
    for words in list(soup.find_all(string=True)):
        if type(words) is NavigableString:
            words.replace_with(_folded(words, words.find_parent("pre") is not None))
        else:  # a comment, a declaration
            words.extract()
    converter = _Converter(pictures.get)
    made = _LINE_END.sub("", normalise(str(converter.convert_soup(soup))))
    return Text(_EMPTY_LINES.sub("\n\n", made).strip(), tuple(converter.shown), tuple(converter.lost))


def markdown_of_all(texts: Sequence[tuple[str, Mapping[str, str]]], name: str) -> list[Text]:
    """All texts of the file `name`, each with its pictures, in a process of its own.

    Raises ImportRefused where they are too long, or take too long.
    """
    for content, _ in texts:
        if len(content) > HTML_MOST or content.count("<") > TAGS_MOST:
            raise ImportRefused(
                [
                    Said(
                        "%(file)s: a text in it is longer than %(size)s MB "
                        "or has more than %(count)s elements.",
                        file=name, size=HTML_MOST // 1024**2, count=f"{TAGS_MOST:,}",
                    )
                ]
            )  # fmt: skip
    if not texts:
        return []
    payload = [(content, dict(pictures)) for content, pictures in texts]
    try:
        answer = child.run("portfolio.export.from_html_child", payload, LIMITS, lambda message: None)
    except child.Stopped:
        raise ImportRefused(
            [Said("%(file)s: its texts cannot be read in reasonable time; one of them is broken.", file=name)]
        ) from None
    return [Text(made, tuple(shown), tuple(lost)) for made, shown, lost in answer["texts"]]


def _folded(words: str, preformatted: bool) -> str:
    """White space as a page shows it; runs of it are short, so that no pattern is slow."""
    if preformatted:
        words = re.sub(rf"\n{{{LINES_MOST},}}", "\n" * LINES_MOST, words.replace("\r\n", "\n"))
        return re.sub(rf"[ \t]{{{SPACES_MOST},}}", " " * SPACES_MOST, words)
    return _SPACE.sub(" ", _BROKEN_HAN.sub("", words.replace("\xa0", " ")))


def _escaped_sign(found: re.Match[str]) -> str:
    sign = found[1]
    if sign[0].isdigit():
        return f"{sign[:-1]}\\{sign[-1]}"
    return f"\\{sign}" if sign[0] in "#>-+" else sign


def _deep(soup: Any) -> bool:
    """Whether elements lie within elements further than anybody writes them."""
    waiting = [(element, 1) for element in soup.children if isinstance(element, Tag)]
    while waiting:
        element, depth = waiting.pop()
        if depth > DEPTH_MOST:
            return True
        waiting += [(below, depth + 1) for below in element.children if isinstance(below, Tag)]
    return False

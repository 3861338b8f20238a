"""Stored HTML made to stand in a static page: pictures, links between entries, quoted passages.

The HTML was made and sanitised by `domain.markup`: attributes are in double quotes, `<` and `&` in
text are escaped. It is cut into tags and text here and put together again; nothing is sanitised.
"""

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from portfolio.domain.markup import mark_passages
from portfolio.domain.records import Comment

TAG = re.compile(r"""(</?[a-zA-Z][a-zA-Z0-9]*(?:\s+[^\s"=<>/]+(?:="[^"]*")?)*\s*/?>)""")
ATTRIBUTE = re.compile(r"""\s+([^\s"=<>/]+)(?:="([^"]*)")?""")
NAME = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)")
# The address of an entry, as it is written or copied from a browser; ids are random, so no host matters
ENTRY_LINK = re.compile(r"(?:https?://[^/?#\s]+)?(?:/[^?#\s]*)?/entries/([A-Za-z0-9_-]+)/?(?:[?#].*)?")
PHOTOGRAPH_LINK = re.compile(r"/photographs/([A-Za-z0-9_-]+)(?:[/?#.].*)?")
IN_A_WORD = re.compile(r"""</?(?:a|em|strong|del|mark|code|sub|span)\b(?:[^<>"]|"[^"]*")*>""")
ANY_TAG = re.compile(r"""<(?:[^<>"]|"[^"]*")*>""")
ALTERNATIVE = re.compile(r"""<img\b(?:[^<>"]|"[^"]*")*?\salt="([^"]*)"(?:[^<>"]|"[^"]*")*>""")
OUTSIDE = re.compile(r"(?:https?|mailto):", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Picture:
    """A photograph in the site: a relative address, and its size in pixels."""

    href: str
    width: int
    height: int


def relinked(
    stored: str, entry_href: Callable[[str], str | None], pictures: Mapping[str, Picture]
) -> tuple[str, frozenset[str]]:
    """`stored` with addresses that hold in the site, and the ids of the photographs it shows.

    A link to an entry that is not in the site becomes plain text, and so does any other address of
    the application; a link to the world outside stays, unless it is the whole address of an entry
    of the site. A picture that is not in the site becomes its alternative text. `entry_href` gives
    the relative address of an entry, or None.
    """
    if "<a" not in stored and "<img" not in stored:
        return stored, frozenset()
    pieces = TAG.split(stored)
    shown: set[str] = set()
    open_links: list[bool] = []
    for i in range(1, len(pieces), 2):
        tag = pieces[i]
        name = NAME.match(tag)
        kind = name[1].lower() if name else ""
        if kind == "img":
            values = _attributes(tag)
            found = PHOTOGRAPH_LINK.fullmatch(values.get("src", ""))
            picture = pictures.get(found[1]) if found else None
            if found and picture:
                shown.add(found[1])
                pieces[i] = (
                    f'<img src="{html.escape(picture.href)}" alt="{values.get("alt", "")}"'
                    f' width="{picture.width}" height="{picture.height}" loading="lazy">'
                )
            else:
                pieces[i] = html.escape(html.unescape(values.get("alt", "")), quote=False)
        elif kind == "a" and tag.startswith("</"):
            if not (open_links.pop() if open_links else False):
                pieces[i] = ""
        elif kind == "a":
            href = _attributes(tag).get("href", "")
            entry = ENTRY_LINK.fullmatch(html.unescape(href))
            target = entry_href(entry[1]) if entry else None
            if target is not None:
                pieces[i] = f'<a href="{html.escape(target)}">'
            elif not OUTSIDE.match(href) and not (href.startswith("#") and f'id="{href[1:]}"' in stored):
                pieces[i] = ""
            open_links.append(bool(pieces[i]))
    return "".join(pieces), frozenset(shown)


def with_passages(page: str, comments: tuple[Comment, ...]) -> tuple[str, dict[str, int]]:
    """Marks what comments quote, and gives the numbers of those whose passage still stands, by id.

    The passage numbered 1 has the id `p1` and leads to `c1`.
    """
    quoting = [c for c in comments if c.quoted and not c.withdrawn]
    if not quoting:
        return page, {}
    quoting.sort(key=lambda c: c.quote_start or 0)
    passages = [(n, c.quoted or "", c.quote_start) for n, c in enumerate(quoting)]
    found = mark_passages(page, passages).found
    standing = [(c, passage) for c, passage in zip(quoting, passages, strict=True) if passage[0] in found]
    marked = mark_passages(page, [(n, *passage[1:]) for n, (_, passage) in enumerate(standing, 1)])
    return marked.html, {c.public_id: n for n, (c, _) in enumerate(standing, 1)}


def with_prefix(page: str, prefix: str) -> str:
    """`page` with another name for each id, and for what leads to it: two texts stand on one page."""
    if ' id="' not in page and 'href="#' not in page:
        return page
    pieces = TAG.split(page)
    for i in range(1, len(pieces), 2):
        pieces[i] = pieces[i].replace(' id="', f' id="{prefix}').replace(' href="#', f' href="#{prefix}')
    return "".join(pieces)


def visible_text(stored: str) -> str:
    """What a reader sees of stored HTML, alternative texts too, with a space where a tag stood."""
    if "<img" in stored:
        stored = ALTERNATIVE.sub(r" \1 ", stored)
    text = ANY_TAG.sub(" ", IN_A_WORD.sub("", stored))
    return html.unescape(text) if "&" in text else text


def _attributes(tag: str) -> dict[str, str]:
    return {name.lower(): value for name, value in ATTRIBUTE.findall(tag)}

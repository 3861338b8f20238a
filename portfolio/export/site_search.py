"""The search index of the static site: small scripts that a page loads one by one from the disk.

A browser lets a page that was opened from disk fetch no file, but lets it load scripts. So the
index is scripts of data: each calls `portfolioIndex.take(name, data)` and does nothing else.

- `search/index.js` names all that there is: the shards, and how many entries.
- `search/t-….js`, a shard, holds the terms that begin alike and the entries of each. Terms are
  those of `domain.text.search_terms`: words, Chinese characters and pairs of them. A shard that
  would pass `SHARD_BYTES` is parted: by letter or block of characters, by character, by two …
- `search/e-….js` holds `BLOCK` entries as results show them: address, title, day, first words.

A query therefore loads one shard for each of its terms, and the blocks of the results on the page.
The numbers of entries are written as differences, five bits to a sign, the last sign of each below 32.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence

from portfolio.domain.text import MAX_TERM, search_terms
from portfolio.export.site_html import visible_text

SHARD_BYTES = 24 * 1024
BLOCKS = (6, 4, 2)  # bits of a character that a block leaves open, from the largest
BLOCK = 32  # entries in one script
SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"
_SPACES = dict.fromkeys(map(ord, "\u2018\u2019\u201c\u201d\u2013\u2014\u2026\u00b7"), " ")  # in no word
_ASCII_WORD = re.compile("[a-z0-9]+")


class Index:
    """Terms of entries by number, from 0, and what results show of them."""

    def __init__(self) -> None:
        self._found: dict[str, list[str]] = {}  # of each term the signs, one entry after another
        self._last: dict[str, int] = {}
        self._shown: list[Sequence[str]] = []

    def add(self, texts: Iterable[str], stored: Iterable[str], shown: Sequence[str]) -> None:
        """One entry more: plain texts and stored HTML under whose words it is found, and its result."""
        number = len(self._shown)
        self._shown.append(shown)
        for term in _terms("\n".join([*texts, *map(visible_text, stored)])):
            last = self._last.get(term)
            if last is None:
                self._found[term] = [_signs(number)]
            else:
                self._found[term].append(_signs(number - last))
            self._last[term] = number

    def files(self) -> Iterator[tuple[str, bytes]]:
        """The scripts, each with its path from the root of the site."""
        shards = dict(self._shards())
        names = {prefix: _name(prefix) for prefix in shards}
        head = {
            "entries": len(self._shown),
            "block": BLOCK,
            "shards": {prefix: names[prefix] for prefix in sorted(shards)},
        }
        yield "search/index.js", _script("", head)
        for prefix in sorted(shards):
            yield f"search/t-{names[prefix]}.js", _script(f"t-{names[prefix]}", "\n".join(shards[prefix]))
        for start in range(0, len(self._shown), BLOCK):
            name = f"e-{start // BLOCK}"
            yield f"search/{name}.js", _script(name, self._shown[start : start + BLOCK])

    def _shards(self) -> Iterator[tuple[str, list[str]]]:
        """Lines "term signs" by what their terms begin with."""
        lines = {term: f"{term} {''.join(signs)}" for term, signs in self._found.items()}
        waiting: list[tuple[str, int, list[str]]] = [("", 0, sorted(lines))]
        while waiting:
            begin, depth, terms = waiting.pop()
            if sum(len(lines[term].encode()) + 2 for term in terms) <= SHARD_BYTES:
                if terms:
                    yield begin, [lines[term] for term in terms]
                continue
            deeper: dict[str, list[str]] = {}
            short = []  # these end here
            for term in terms:
                if len(term) <= depth - len(BLOCKS):
                    short.append(lines[term])
                else:
                    deeper.setdefault(_begin(term, depth), []).append(term)
            if short:
                yield begin, short
            waiting += ((key, depth + 1, found) for key, found in deeper.items())


def _begin(term: str, depth: int) -> str:
    """What a term begins with, ever closer: blocks of 64, 16 and 4 characters; one character, two …

    Letters of plain English are blocks of one.
    """
    if depth >= len(BLOCKS):
        return term[: depth - len(BLOCKS) + 1]
    return term[0] if term[0].isascii() else f"~{depth}-{ord(term[0]) >> BLOCKS[depth]:x}"


def _terms(text: str) -> Iterable[str]:
    """As `search_terms`, in any order; plain English text needs no folding."""
    text = text.translate(_SPACES)
    if text.isascii():
        return {word[:MAX_TERM] for word in _ASCII_WORD.findall(text.lower())}
    return search_terms(text)


def _signs(number: int) -> str:
    """A number as signs of five bits, the lowest first; all but the last have 32 added."""
    if number < 32:
        return SIGNS[number]
    signs = ""
    while number >= 32:
        signs += SIGNS[32 + (number & 31)]
        number >>= 5
    return signs + SIGNS[number]


def _name(prefix: str) -> str:
    """A file name for what terms begin with: the letters themselves, or their code points."""
    if prefix.startswith("~"):
        return f"block-{prefix[1:]}"
    return prefix if _ASCII_WORD.fullmatch(prefix) else "-".join(["u", *(f"{ord(c):x}" for c in prefix)])


def _script(name: str, data: object) -> bytes:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"portfolioIndex.take({json.dumps(name)},{text})\n".encode()

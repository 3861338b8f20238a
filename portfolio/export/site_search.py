"""The search index of the static site: small scripts that a page loads one by one from the disk.

A browser lets a page that was opened from disk fetch no file, but lets it load scripts. So the
index is scripts of data: each calls `portfolioIndex.take(name, data)` and does nothing else.

- `search/index.js` says how many entries there are, and with what each shard begins.
- `search/t-….js`, a shard, holds neighbouring terms in the order of their code points, and the
  entries of each. Terms are those of `domain.text.search_terms`: words, Chinese characters and
  pairs of them. None is much larger than `SHARD_BYTES`, whatever the script.
- `search/e-….js` holds `BLOCK` entries as results show them: address, title, day, first words.

A query therefore loads one shard for each of its terms, and the blocks of the results on the page.
The numbers of entries are written as differences, five bits to a sign, the last sign of each below 32.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from zlib import crc32

from portfolio.domain.text import MAX_TERM, search_terms
from portfolio.export.site_html import visible_text

SHARD_BYTES = 24 * 1024
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
        lines = {term: f"{term} {''.join(signs)}" for term, signs in self._found.items()}
        shards = list(_parted(sorted(lines), {term: len(lines[term].encode()) + 2 for term in lines}))
        begins = [begin for begin, _ in shards]
        yield "search/index.js", _script("", {"entries": len(self._shown), "block": BLOCK, "begins": begins})
        for begin, terms in shards:
            name = f"t-{_name(begin)}"
            yield f"search/{name}.js", _script(name, "\n".join([lines[term] for term in terms]))
        for start in range(0, len(self._shown), BLOCK):
            name = f"e-{start // BLOCK}"
            yield f"search/{name}.js", _script(name, self._shown[start : start + BLOCK])


def _parted(
    terms: Sequence[str], sizes: Mapping[str, int], depth: int = 0
) -> Iterator[tuple[str, list[str]]]:
    """Sorted terms as shards of neighbours, each with what it begins with, in the order of code points.

    Terms that begin alike stay together as far as they fit. Where a shard ends depends on what is
    near, so that new words move few ends.
    """
    begin, held, size = "", list[str](), 0
    for key, group in groupby(terms, key=lambda term: term[: depth + 1]):
        found = list(group)
        more = sum(sizes[term] for term in found)
        ends_here = size > SHARD_BYTES // 3 and crc32(key.encode()) % 4 == 0
        if held and (size + more > SHARD_BYTES or ends_here):
            yield begin, held
            held, size = [], 0
        if more > SHARD_BYTES and len(found) > 1:
            yield from _parted(found, sizes, depth + 1)
            continue
        begin = begin if held else key
        held += found
        size += more
    if held:
        yield begin, held


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


def _name(begin: str) -> str:
    """A part of a file name: the letters themselves, or their code points."""
    return begin if _ASCII_WORD.fullmatch(begin) else "-".join(["u", *(f"{ord(c):x}" for c in begin)])


def _script(name: str, data: object) -> bytes:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"portfolioIndex.take({json.dumps(name)},{text})\n".encode()

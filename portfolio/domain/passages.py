"""Quoted passages, found again in the HTML that `markup` made, and marked there."""

import html as entities
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise, takewhile
from typing import NamedTuple

MAX_OCCURRENCES = 1000  # of one passage that are weighed against each other

TOKEN = re.compile(r'<(?:[^"<>]|"[^"]*")*+>|[^<]+')  # of sanitised HTML: a tag, or the text between two
_CHARACTER = re.compile(r"&(?:#x?[0-9a-fA-F]+|\w+);|.", re.DOTALL)
_LAST_CHARACTER = re.compile(r"(?:&(?:#x?[0-9a-fA-F]+|\w+);|.)\Z", re.DOTALL)
_LONGEST_REFERENCE = 12  # characters; of those that sanitised HTML has

Passage = tuple[int, str] | tuple[int, str, int | None]


class Marked(NamedTuple):
    html: str
    found: frozenset[int]  # the numbers of the passages that stand in the text


@dataclass(frozen=True, slots=True)
class _Span:
    """Where a passage stands: pieces of the HTML, and code points into their text, half-open."""

    note: int
    first: int
    start: int
    last: int
    end: int

    def within(self, piece: int, length: int) -> tuple[int, int]:
        return (
            self.start if piece == self.first else 0,
            self.end if piece == self.last else length,
        )


@lru_cache(maxsize=4096)
def _tells(character: str) -> bool:
    """Whether a character tells passages apart: letters, digits, symbols, not marks and spaces.

    Rendering sets typographic marks, joins lines and takes Markdown's signs away.
    """
    return character.isalnum() or unicodedata.category(character) in ("Mn", "Mc", "So", "Sc")


# What typography makes of a mark; a dash or an ellipsis is worth one of the marks it was made of
_STRAIGHTENED = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "."})


def _key(text: str) -> str:
    return "".join(filter(_tells, text))


class _Text:
    """The text of some HTML without its marks and spaces, and where each character came from."""

    def __init__(self, pieces: Sequence[str]) -> None:
        self.pieces = pieces
        self.places: list[tuple[int, int, int]] = []  # piece, start, end
        self.numbers: set[int] = set()  # pieces that are the number of a footnote, not of the sentence
        keys: list[str] = []
        inside_number = False
        for index, piece in enumerate(pieces):
            if piece[0] == "<":
                inside_number = piece.startswith("<sup id=") or (inside_number and piece != "</sup>")
                continue
            if inside_number:
                self.numbers.add(index)
                continue
            for match in _CHARACTER.finditer(piece):
                for character in entities.unescape(match[0]):
                    if _tells(character):
                        keys.append(character)
                        self.places.append((index, *match.span()))
        self.key = "".join(keys)

    def find(self, note: int, passage: str, near: int | None) -> _Span | None:
        key = _key(passage)
        best = self.key.find(key) if key else -1
        if best < 0:
            return None
        if near is not None:
            at = best
            for _ in range(MAX_OCCURRENCES):
                at = self.key.find(key, at + 1)
                if at < 0 or abs(at - near) > abs(best - near):
                    break
                best = at
        first, start, _ = self.places[best]
        last, _, end = self.places[best + len(key) - 1]
        # Marks at its ends belong to a passage where it was quoted with them
        for mark in _marks(passage):
            before = _LAST_CHARACTER.search(self.pieces[first][max(start - _LONGEST_REFERENCE, 0) : start])
            if before and _straight(before) == mark:
                start -= len(before[0])
        for mark in _marks(passage[::-1]):
            after = _CHARACTER.match(self.pieces[last], end)
            if after and _straight(after) == mark:
                end = after.end()
        return _Span(note, first, start, last, end)


def _straight(character: re.Match[str]) -> str:
    """A character of HTML, which may stand there as a reference, as it is compared."""
    return entities.unescape(character[0]).translate(_STRAIGHTENED)


def _marks(passage: str) -> str:
    """The marks before the first telling character, from the inside out."""
    marks = takewhile(lambda character: not _tells(character), passage.strip())
    return "".join(marks)[::-1].translate(_STRAIGHTENED)


def mark_passages(
    html: str, passages: Sequence[Passage], prefix: str, body: str, plain: Callable[[str], str]
) -> Marked:
    """See `markup.mark_passages`; `plain` takes Markdown's signs from a text."""
    pieces: list[str] = TOKEN.findall(html)
    text = _Text(pieces)
    by_piece: defaultdict[int, list[_Span]] = defaultdict(list)
    found = set[int]()
    for note, passage, *start in passages:
        near = len(_key(plain(body[: start[0]]))) if body and start and start[0] is not None else None
        span = text.find(note, passage, near) or text.find(note, plain(passage), near)
        if span is None or note in found:
            continue
        found.add(note)
        for index in range(span.first, span.last + 1):
            piece = pieces[index]
            between_blocks = not piece.strip() and "\n" in piece
            if piece[0] != "<" and not between_blocks and index not in text.numbers:
                by_piece[index].append(span)
    begun = set[int]()
    links = 0
    for index, piece in enumerate(pieces):
        links += piece.startswith("<a ") - (piece == "</a>")
        if index in by_piece:
            pieces[index] = _mark(index, piece, by_piece[index], begun, prefix, inside_link=links > 0)
    return Marked("".join(pieces) if found else html, frozenset(found))


def _mark(
    index: int, piece: str, spans: list[_Span], begun: set[int], prefix: str, *, inside_link: bool
) -> str:
    bounds = {span: span.within(index, len(piece)) for span in spans}
    out = []
    for start, end in pairwise(sorted({0, len(piece), *chain.from_iterable(bounds.values())})):
        over = [span for span in spans if bounds[span][0] <= start < bounds[span][1]]
        for span in over:
            which = "" if span.note in begun else f' id="{prefix}p{span.note}" data-note="{span.note}"'
            begun.add(span.note)
            out.append(f'<mark class="passage"{which}>')
        out.append(piece[start:end])
        for span in reversed(over):
            if (index, end) == (span.last, span.end):
                note = str(span.note) if inside_link else f'<a href="#{prefix}c{span.note}">{span.note}</a>'
                out.append(f"<sup>{note}</sup>")
            out.append("</mark>")
    return "".join(out)

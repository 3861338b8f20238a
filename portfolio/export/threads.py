"""Where the comments on an entry stand: in the margin beside their passage, or beneath.

Short threads stand in the margin, before the paragraph that they quote; a thread that is long, or
that would reach below its entry, stands beneath it, and so does one on the entry as a whole.
Heights are estimates in points.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from portfolio.domain.records import Comment, Entry, Language
from portfolio.domain.text import count_words
from portfolio.export.prose import Block

MARGIN_WORDS = 60
MARGIN_HEIGHT = 180.0  # beside one block: it moves to the next page as a whole, and leaves a gap
# What needs more room than a margin has: tables, code, lists and quotations within each other
_WIDE = re.compile(r"<(?:table|pre|img|h[4-6])\b|<(?:[uo]l|blockquote)\b.*<(?:[uo]l|blockquote)\b", re.DOTALL)
TEXT_LINE = {"en": 15.0, "zh": 18.0}
NOTE_LINE = {"en": 11.25, "zh": 12.5}
NOTE_LETTERS = {"en": 32, "zh": 15}  # of a line in the margin
NOTE_GAP = 11.25
SAFETY = 15.0  # what an estimate may be short of
HEAD = 45.0  # date and title of an entry
DEEPEST = 3  # a reply to a reply to a reply; what goes deeper is not moved in further


@dataclass(slots=True)
class Placed:
    beside: dict[int, list[Comment]] = field(default_factory=dict)  # by the number of the block
    lowered: dict[int, float] = field(
        default_factory=dict
    )  # by how much they begin lower, to clear the notes
    room: int = 0  # that those beside the first block need under the title, on the same page
    beneath: list[Comment] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)  # comments whose passage is not in the printed text


def threads(comments: Sequence[Comment]) -> list[Comment]:
    """The threads that say something: one that was withdrawn stays only if it has answers."""
    return [c for c in comments if not c.withdrawn or any(not r.withdrawn for r in walk(c))]


def walk(comment: Comment) -> Iterator[Comment]:
    """A comment and all answers, in reading order."""
    yield comment
    for reply in comment.replies:
        yield from walk(reply)


def passages(comments: Sequence[Comment], revision: int) -> list[tuple[int, str, int | None]]:
    """What `markup.mark_passages` is asked for: the number of the thread, its quote, where it began.

    The place holds for the revision that was read; in another it would mislead.
    """
    return [
        (n, c.quoted, c.quote_start if c.revision_number == revision else None)
        for n, c in enumerate(comments, 1)
        if c.quoted and not c.withdrawn
    ]


def place(
    entry: Entry, comments: Sequence[Comment], blocks: Sequence[Block], notes: int, beneath: bool = False
) -> Placed:
    """Decides for each thread.

    `notes`: how many lines of margin the entry's own notes fill; `beneath`: nothing else stands there.
    """
    placed = Placed()
    at = {number: i for i, block in enumerate(blocks) for number in block.passages}
    tops, y = [], HEAD
    for block in blocks:
        tops.append(y)
        y += block.lines * TEXT_LINE[entry.language]
    cursor = notes * NOTE_LINE[entry.language] + NOTE_GAP
    for number, comment in sorted(enumerate(comments, 1), key=lambda item: at.get(item[0], len(blocks))):
        if comment.quoted and not comment.withdrawn and number not in at:
            placed.gone.add(comment.public_id)
        where = at.get(number)
        if where is not None:
            top = max(tops[where], cursor)
            bottom = top + _height(comment)
            together = sum(_height(c) for c in placed.beside.get(where, ())) + bottom - top
            short = _words(comment) <= MARGIN_WORDS and bottom <= y and together <= MARGIN_HEIGHT
            short = short and not any(_WIDE.search(c.html) for c in walk(comment))
            if short and not beneath:
                if not placed.beside and top > tops[where]:
                    placed.lowered[where] = top - tops[where]
                placed.beside.setdefault(where, []).append(comment)
                cursor = bottom + NOTE_GAP
                continue
        placed.beneath.append(comment)
    if 0 in placed.beside:
        heights = sum(_height(c) + NOTE_GAP for c in placed.beside[0])
        placed.room = round(heights + placed.lowered.get(0, 0) + SAFETY)
    order = {c.public_id: i for i, c in enumerate(comments)}
    placed.beneath.sort(key=lambda c: order[c.public_id])
    return placed


def _words(comment: Comment) -> int:
    return sum(count_words(c.body) + count_words(c.quoted or "") for c in walk(comment))


def _height(comment: Comment) -> float:
    return sum(
        (_lines(f"{c.author_name}, {c.author_role} 00 September 0000 on revision 00", "en") + 0.6
         + _lines(c.quoted or "", c.language) + sum(_lines(part, c.language) for part in c.body.split("\n")))
        * NOTE_LINE[c.language]
        for c in walk(comment)
    )  # fmt: skip


def _lines(text: str, language: Language) -> int:
    return -(-len(text) // NOTE_LETTERS[language])

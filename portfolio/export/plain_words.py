"""The words of what cannot be typeset: a paragraph a line, in pieces that are small whatever they hold.

HTML becomes plain paragraphs, in linear time, and in pieces that each take little time and memory.
"""

import itertools
import re
from collections.abc import Iterator, Sequence

PIECE = 10_000  # characters that are laid out in one go
MOST_LINES = 3_000  # that each stand by themselves; of more, short ones are run on
SHORT_LINE, RUN_ON = 200, 1_000  # characters: what is run on, and about what that makes
ANCHORS = 100  # places in it that links may lead to; its own is the first
LONGEST_ENTITY = 12  # characters
_TAGS = re.compile(r"<(?:/p|br|/li|/h\d|/tr)[^>]*>|<[^>]*>")


def plain_words(html: str, note: str) -> list[str]:
    """What could not be laid out: a note that says so, then its words, a paragraph a line, in pieces."""
    names = itertools.islice(re.finditer(r' id="([^"]+)"', html), ANCHORS)
    anchors = "".join(f'<span id="{name[1]}"></span>' for name in names)
    words = _TAGS.sub(lambda m: "\n" if m[0][1] in "/b" and not m[0].startswith("</td") else " ", html)
    lines = _run_on([" ".join(line.split()) for line in words.split("\n") if line.strip()])
    pieces = [f'<header class="head">{anchors}</header><p class="lost">{note}</p>']
    size = 0
    for part in itertools.chain.from_iterable(map(_parts, lines)):
        if size > PIECE:
            pieces.append("")
            size = 0
        pieces[-1] += f'<p class="plain">{part}</p>'
        size += len(part)
    return pieces


def _run_on(lines: list[str]) -> Sequence[str]:
    """The lines; of very many, such as the cells of a table, the short ones one after the other."""
    if len(lines) <= MOST_LINES:
        return lines
    out: list[list[str]] = []
    room = 0
    for line in lines:
        if len(line) > SHORT_LINE or room <= 0:
            out.append([])
            room = RUN_ON if len(line) <= SHORT_LINE else 0
        out[-1].append(line)
        room -= len(line)
    return [" / ".join(line) for line in out]


def _parts(line: str) -> Iterator[str]:
    """A line that is too long for a piece, in parts; they end between words where there are some."""
    while len(line) > PIECE:
        cut = line.rfind(" ", PIECE // 2, PIECE) + 1 or PIECE
        entity = line.rfind("&", cut - LONGEST_ENTITY, cut)
        if entity > 0 and ";" not in line[entity:cut]:
            cut = entity
        yield line[:cut]
        line = line[cut:]
    yield line

"""What changed between two texts, told in words and paragraphs rather than lines and bytes.

Paragraphs are compared first, then the words (in Chinese the characters) of those that differ,
by diff-match-patch, whose semantic clean-up joins a change that would fall into splinters. Where
several neighbours differ, that is done once for all of them together, which finds paragraphs that
were joined or parted, and once line by line with the line that is most like it; what leaves more as
it was is shown. It stops where its time is up; what is still open then counts as replaced.
"""

import html as entities
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Literal

from diff_match_patch import diff_match_patch  # type: ignore[import-untyped]

from portfolio.domain import alike
from portfolio.domain.text import HAN

SECONDS = 1.0  # for comparing; preparing and tidying come on top, about as much again for 2 MB
CONTEXT = 1  # unchanged paragraphs shown on each side of a change
LEAST_FOLDED = 2  # paragraphs
MAX_PARAGRAPHS = 20_000  # beyond these two sizes a text is no prose, and is shown as replaced
MAX_COMPARED = 600_000  # characters in one stretch of changed paragraphs
MAX_TIDIED = 6_000  # words and marks in one such stretch; clean-up takes quadratic time
Kind = Literal["equal", "inserted", "deleted"]
_KINDS: dict[int, Kind] = {-1: "deleted", 0: "equal", 1: "inserted"}

_BREAKS = re.compile(r"\n+")
_PARAGRAPH = re.compile(r"[^\n]*\n+|[^\n]+")
_PARAGRAPH_END = re.compile(r"[^\w\s]*\n+")
_SPOKEN = re.compile(rf"[{HAN}]|[^\W_{HAN}]+")  # a word without marks
_WORD = re.compile(rf"[{HAN}]|[^\W_{HAN}]+(?:['’][^\W_{HAN}]+)*|\n+|[^\S\n]+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Run:
    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph, or several that are the same in both texts.

    The runs of all blocks that are not deleted, one after another, are the new text exactly;
    those that are not inserted the old one.
    """

    kind: Literal["same", "changed", "inserted", "deleted", "folded"]
    runs: tuple[Run, ...]
    paragraphs: int = 1


class _Comparer(diff_match_patch):  # type: ignore[misc]
    """Without the shortcut whose time is quadratic, or worse, on repeated words."""

    def diff_halfMatch(self, text1: str, text2: str) -> None:
        return None

    def diff_cleanupSemanticLossless(self, diffs: list[tuple[int, str]]) -> None:
        """Where a change begins and ends is judged by letters, so `_tidy` does it at the end."""

    def settle(self, diffs: list[tuple[int, str]]) -> None:
        super().diff_cleanupSemanticLossless(diffs)


def changes(old: str, new: str, seconds: float = SECONDS) -> list[Block]:
    """The differences between two normalised texts, as paragraphs in the order of reading.

    Where nothing was changed for long, paragraphs are folded into one block with their number.
    Takes about `seconds` at most for texts of an entry's size, twice that for 2 MB.
    """
    if max(old.count("\n"), new.count("\n")) > MAX_PARAGRAPHS and old != new:
        return [Block("deleted", (Run("deleted", old),)), Block("inserted", (Run("inserted", new),))]
    comparer = _Comparer()
    deadline = time.time() + seconds
    runs: list[Run] = []
    for kind, paragraphs in _gaps(_compare(comparer, _PARAGRAPH, old, new, deadline)):
        if kind == "equal":
            runs.append(Run("equal", paragraphs[0]))
        else:
            runs.extend(_within(comparer, *paragraphs, deadline))
    return list(_fold(list(_blocks(runs))))


def _within(comparer: _Comparer, old: str, new: str, deadline: float) -> list[Run]:
    """Runs of a stretch in which every paragraph was changed, taken out or put in."""
    together = _tidy(comparer, _compare(comparer, _WORD, old, new, deadline))
    olds, news = _PARAGRAPH.findall(old), _PARAGRAPH.findall(new)
    if len(olds) < 2 and len(news) < 2:
        return together
    before, after = ([_SPOKEN.findall(line) for line in lines] for lines in (olds, news))
    by_line: list[Run] = []
    i = j = 0
    for at, there in [*alike.pairs(before, after, deadline), (len(olds), len(news))]:
        between = ("".join(olds[i:at]), "".join(news[j:there]))
        line = ("".join(olds[at : at + 1]), "".join(news[there : there + 1]))
        for one, other in (between, line):
            by_line.extend(_tidy(comparer, _compare(comparer, _WORD, one, other, deadline)))
        i, j = at + 1, there + 1
    return by_line if _kept(by_line) > _kept(together) else together


def _kept(runs: Iterable[Run]) -> int:
    """How many words and characters are as they were."""
    return sum(len(_SPOKEN.findall(run.text)) for run in runs if run.kind == "equal")


def _compare(
    comparer: _Comparer, unit: re.Pattern[str], old: str, new: str, deadline: float
) -> list[tuple[int, list[str]]]:
    """Runs of units, each with -1 (deleted), 0 or 1 (inserted)."""
    if unit is _WORD and len(old) + len(new) > MAX_COMPARED:
        return [(-1, [old]), (1, [new])]
    olds, news = unit.findall(old), unit.findall(new)
    numbers = {word: number for number, word in enumerate(dict.fromkeys([*olds, *news]))}
    # Each unit stands for one code point while comparing; the limits above leave enough of them
    encoded = ("".join(chr(numbers[word]) for word in words) for words in (olds, news))
    diffs = comparer.diff_main(*encoded, False, deadline)
    if unit is _WORD and max(len(olds), len(news)) <= MAX_TIDIED:
        comparer.diff_cleanupSemantic(diffs)
    words = list(numbers)
    return [(sign, [words[ord(character)] for character in characters]) for sign, characters in diffs]


def _gaps(diffs: Iterable[tuple[int, list[str]]]) -> Iterator[tuple[Kind, tuple[str, str]]]:
    """Equal stretches, and between them what was deleted with what was inserted there."""
    for equal, group in groupby(diffs, key=lambda diff: diff[0] == 0):
        pieces = list(group)
        if equal:
            yield "equal", ("".join("".join(words) for _, words in pieces), "")
        else:
            old, new = ("".join("".join(words) for s, words in pieces if s == sign) for sign in (-1, 1))
            yield "deleted", (old, new)


def _tidy(comparer: _Comparer, diffs: Sequence[tuple[int, list[str]]]) -> list[Run]:
    texts = [(sign, "".join(words)) for sign, words in diffs]
    if sum(len(words) for _, words in diffs) <= MAX_TIDIED:
        comparer.settle(texts)
        texts = list(_keep_paragraph_ends(texts))
    merged = groupby(filter(itemgetter(1), texts), key=itemgetter(0))
    return [Run(_KINDS[sign], "".join(text for _, text in same)) for sign, same in merged]


def _keep_paragraph_ends(diffs: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Lets a changed end of a paragraph end there, where new (or deleted) paragraphs follow it.

    Comparing can't tell which of several equal paragraph ends is the old one, and takes the last.
    """
    waiting: list[tuple[int, str]] = []
    for sign, text in diffs:
        if sign:
            waiting.append((sign, text))
            continue
        end = _PARAGRAPH_END.match(text)
        if end and len(waiting) == 2:
            for index, (changed, words) in enumerate(waiting):
                before, found, after = words.partition(end[0])
                if found and after:
                    waiting[index] = (changed, before)
                    waiting += [(0, end[0]), (changed, after + end[0])]
                    text = text[end.end() :]
                    break
        yield from waiting
        yield 0, text
        waiting = []
    yield from waiting


def _blocks(runs: list[Run]) -> Iterator[Block]:
    last_kept = max((index for index, run in enumerate(runs) if run.kind != "deleted"), default=-1)
    paragraph: list[Run] = []
    for index, run in enumerate(runs):
        for text in _PARAGRAPH.findall(run.text):
            paragraph.append(Run(run.kind, text))
            kept = any(other.kind != "deleted" for other in paragraph)
            # A break that was taken out after words that stay has joined two paragraphs
            joined = run.kind == "deleted" and kept and index < last_kept
            if text.endswith("\n") and not joined:
                yield _block(paragraph)
                paragraph = []
    if paragraph:
        yield _block(paragraph)


def _block(runs: list[Run]) -> Block:
    kinds = {run.kind for run in runs if run.text.strip()}
    if any(_joins(runs, index) for index in range(len(runs))):
        return Block("changed", tuple(runs))
    if kinds <= {"equal"}:
        return Block("same", tuple(runs), len(kinds))
    if len(kinds) == 1:
        return Block("inserted" if "inserted" in kinds else "deleted", tuple(runs))
    return Block("changed", tuple(runs))


def _joins(runs: Sequence[Run], index: int) -> bool:
    """Whether this run is a break that was taken out, and nothing came into its place."""
    after = runs[index + 1 : index + 2]
    return (
        runs[index].kind == "deleted"
        and "\n" in runs[index].text
        and bool(after)
        and not (after[0].kind == "inserted" and "\n" in after[0].text)
    )


def _fold(blocks: list[Block]) -> Iterator[Block]:
    at = 0
    for same, group in groupby(blocks, key=lambda block: block.kind == "same"):
        stretch = list(group)
        first = CONTEXT if at else 0
        at += len(stretch)
        last = len(stretch) - (CONTEXT if at < len(blocks) else 0)
        hidden = stretch[first:last] if same else []
        if len(hidden) < LEAST_FOLDED:
            yield from stretch
            continue
        yield from stretch[:first]
        runs = tuple(run for block in hidden for run in block.runs)
        yield Block("folded", runs, sum(block.paragraphs for block in hidden))
        yield from stretch[last:]


def _paragraphs_unchanged(number: int) -> str:
    return f"{number} paragraphs unchanged"


_TAGS = {"equal": ("", ""), "inserted": ("<ins>", "</ins>"), "deleted": ("<del>", "</del>")}


def to_html(blocks: Iterable[Block], unchanged: Callable[[int], str] = _paragraphs_unchanged) -> str:
    """Paragraphs with `ins` and `del`; folded ones can be opened. `unchanged`: their label, plain text."""
    parts = []
    for block in blocks:
        if block.kind == "folded":
            inside = "".join(_paragraph(Block("same", (run,))) for run in block.runs)
            label = entities.escape(unchanged(block.paragraphs))
            parts.append(f'<details class="unchanged"><summary>{label}</summary>{inside}</details>')
        else:
            parts.append(_paragraph(block))
    return "\n".join(filter(None, parts))


def _paragraph(block: Block) -> str:
    words = []
    for index, run in enumerate(block.runs):
        text = run.text
        if block.kind == "changed" and _joins(block.runs, index):
            text = _BREAKS.sub("¶ ", text)
        start, end = _TAGS[run.kind] if text.strip() else ("", "")
        words.append(start + entities.escape(text.strip("\n"), quote=False) + end)
    inside = "".join(words)
    return f"<p>{inside}</p>" if inside.strip() else ""

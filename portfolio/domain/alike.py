"""Which lines of two texts belong together, though both were changed."""

import itertools
import time
from collections.abc import Sequence

LEAST_ALIKE = 0.4  # of 1, for two lines that are the same line
MAX_PAIRS = 20_000  # of an old with a new line, compared in one stretch


def pairs(
    old: Sequence[Sequence[str]], new: Sequence[Sequence[str]], deadline: float
) -> list[tuple[int, int]]:
    """Indices of lines of two texts that belong together, ascending in both, by how alike they are in all.

    Lines are given as their words. Empty where there are too many, or `deadline` (of time.time) is over.
    """
    if len(old) * len(new) > MAX_PAIRS:
        return []
    olds, news = [_traits(words) for words in old], [_traits(words) for words in new]
    # The best that can be had of the first lines of both, line by line
    best = [[0.0] * (len(news) + 1)]
    found: list[list[float]] = []
    for one in olds:
        if time.time() > deadline:
            return []
        found.append([_alike(one, other) for other in news])
        row = [0.0]
        for at, alike in enumerate(found[-1]):
            row.append(max(best[-1][at + 1], row[at], best[-1][at] + alike))
        best.append(row)
    return _way_back(best, found)


def _way_back(best: Sequence[Sequence[float]], found: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    chosen = []
    i, j = len(best) - 1, len(best[0]) - 1
    while i and j:
        if best[i][j] == best[i - 1][j]:
            i -= 1
        elif best[i][j] == best[i][j - 1]:
            j -= 1
        else:
            i, j = i - 1, j - 1
            chosen.append((i, j))
    return chosen[::-1]


def _traits(words: Sequence[str]) -> frozenset[object]:
    """Words and pairs of neighbours: single ones, of Chinese above all, are in many lines."""
    return frozenset([*words, *itertools.pairwise(words)])


def _alike(one: frozenset[object], other: frozenset[object]) -> float:
    """From 0 to 1 (Dice 1945); 0 below LEAST_ALIKE."""
    alike = 2 * len(one & other) / max(len(one) + len(other), 1)
    return alike if alike >= LEAST_ALIKE else 0.0

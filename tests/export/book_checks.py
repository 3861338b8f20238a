"""What every book must show, whoever's diary it is and however it was made."""

import html
import subprocess
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import pikepdf

from portfolio.domain.records import Portfolio
from tests.export import books, headings, pdfs

LINE = 6.0  # points: two lines are further apart


def contents_of(path: Path) -> list[tuple[int, str]]:
    """(page, title) of each line of the contents, read off the pages themselves."""
    lines: list[tuple[int, str]] = []
    for words in pdfs.pages_of_words(path):
        head = [w.text for w in words if w.top < pdfs.TEXT_TOP and w.left < pdfs.TEXT_RIGHT]
        if " ".join(head) not in ("Contents", "目录"):
            if lines:
                break
            continue
        rows: dict[int, list[pdfs.Word]] = {}
        for word in words:
            if word.left < pdfs.TEXT_RIGHT and pdfs.TEXT_TOP < word.top < pdfs.TEXT_BOTTOM:
                rows.setdefault(round(word.bottom / 3), []).append(word)
        for _bottom, row in sorted(rows.items()):
            first, *rest = sorted(row, key=lambda w: w.left)
            if first.text.isdigit() and first.right < 95:
                lines.append((int(first.text), "".join(w.text for w in rest)))
            elif lines and rest:
                page, title = lines[-1]
                lines[-1] = (page, title + "".join(w.text for w in [first, *rest]))
    return lines


def assert_sound(path: Path) -> None:
    """qpdf has nothing to complain of."""
    checked = subprocess.run(["qpdf", "--check", str(path)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def assert_every_word_in_order(path: Path, htmls: Iterable[str]) -> None:
    """Each paragraph of these texts stands in the text column, whole, and after the one before it."""
    lines = []
    for words in pdfs.pages_of_words(path):
        column = [w for w in words if w.left < pdfs.TEXT_RIGHT and pdfs.TEXT_TOP < w.top < pdfs.TEXT_BOTTOM]
        lines.append(squeezed_lines(column))
    text = "".join(lines)
    at = 0
    for written in htmls:
        for paragraph in books.texts_of(written):
            found = text.find(letters(paragraph), at)
            assert found >= 0, (paragraph[:80], text[at : at + 80])
            at = found + len(letters(paragraph))


def squeezed_lines(words: list[pdfs.Word]) -> str:
    """Line by line; words of one line stand at one height, though a Chinese face is taller than a Latin one."""
    rows: list[list[pdfs.Word]] = []
    for word in sorted(words, key=_middle):
        if not rows or _middle(word) - _middle(rows[-1][0]) > LINE:
            rows.append([])
        rows[-1].append(word)
    return letters("".join(w.text for row in rows for w in sorted(row, key=lambda w: w.left)))


def _middle(word: pdfs.Word) -> float:
    return (word.top + word.bottom) / 2


def letters(text: str) -> str:
    """Letters and digits alone: hyphens at the ends of lines, ligatures and marks don't matter."""
    return "".join(c for c in unicodedata.normalize("NFKC", html.unescape(text)) if c.isalnum())


def assert_contents_agree(path: Path, portfolio: Portfolio) -> None:
    """Each line of the contents names the page on which its part begins, and each title stands there."""
    with pikepdf.open(path) as pdf:
        at = pdfs.destinations(pdf)
    lines = [page for page, _title in contents_of(path)]
    expected = [at["declaration"], at["trajectory"]]
    for number, (stage, entries) in enumerate(portfolio.by_stage(), 1):
        assert stage
        expected += [at[f"stage-{number}"], *(at[f"e-{e.public_id}"] for e in entries)]
    assert lines == [*expected, *([at["tags"]] if "tags" in at else []), at["assessor"]]
    pages = [pdfs.squeezed(page) for page in pdfs.text_of(path).split("\f")]
    for entry in portfolio.entries:
        assert pdfs.squeezed(entry.title) in pages[at[f"e-{entry.public_id}"] - 1]


def lonely_headings(path: Path) -> list[tuple[int, str]]:
    """Headings, by page and words, that have no line of what they head on their page."""
    return headings.lonely(path)

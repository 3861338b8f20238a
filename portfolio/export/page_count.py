"""About how many pages a book will have, before anything is laid out: told to who waits for it.

Heights are those of `static/book/book.css` in points; how many words a line takes was measured on
the demonstration's diaries.
"""

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from portfolio.domain.records import Comment, Entry, Language, Layout, Photograph
from portfolio.domain.text import count_words
from portfolio.export.looks import LARGER, MM, TEXT_MM, sheets
from portfolio.export.threads import MARGIN_WORDS, threads, walk

if TYPE_CHECKING:
    from portfolio.export.book_plan import Book, Section

LINE: dict[Language, float] = {"en": 15.0, "zh": 18.0}
WORDS: dict[Language, float] = {"en": 12.2, "zh": 26.0}  # of a full line
NOTE_LINE: dict[Language, float] = {"en": 12.5, "zh": 15.0}
NOTE_LETTERS: dict[Language, int] = {"en": 78, "zh": 31}  # of a line of a comment beneath
HEAD, BELOW, GAP = 45.0, 18.75, 45.0  # date and title; white beneath text or photograph; between entries
TITLE_LETTERS: dict[Language, int] = {"en": 42, "zh": 22}
CONTENTS_LETTERS: dict[Language, int] = {"en": 58, "zh": 27}
ANSWER = 11.25  # a line of a threshold, and of a prompt's label
PICTURE = 180.0  # the highest photograph
COMMENTS_HEAD, COMMENT_GAP = 18.75, 12.5
INSET, PART = 240.0, 75.0  # the opener above a first entry; the heading of a part
WASTE = 1.04  # how much more is used than filled, for what may not be parted
ROW, TABLE_TOP = 12.1, 300.0  # of the trajectory: a row; its heading and figure
INDEX_COLUMNS = 3


def expected(book: "Book") -> int:
    """How many pages the book will have, within about a tenth."""
    return _Count(book).pages()


def digits(book: "Book") -> int:
    """How many digits the number of its last page will have: rather one more than one less."""
    most = 1.25 * expected(book) + 10
    return 2 if most < 100 else 3 if most < 1000 else 4


class _Count:
    def __init__(self, book: "Book") -> None:
        self.book, self.portfolio = book, book.portfolio
        layout: Layout = self.portfolio.choices.layout
        self.size = LARGER if layout.large else 1.0
        self.beneath = layout.beneath or layout.large
        self.height = sheets(layout)[0].text_height / self.size  # what one page holds of the heights above

    def pages(self) -> int:
        p, book = self.portfolio, self.book
        told = [(n.body, n.language) for n in p.narratives]
        if p.preface:
            told.append((p.preface.body, p.preface.language))
        count = 1 + bool(p.choices.dedication)
        count += self._filled(PART + self._declaration())
        count += sum(self._filled(PART + self._text(body, language)) for body, language in told)
        lines = 3 * len(book.sections) + 6 + len(told)
        lines += sum(self._lines(e.title, CONTENTS_LETTERS[e.language]) for e in p.entries)
        count += self._filled(PART + lines * LINE["en"])
        if p.months:
            count += self._filled(TABLE_TOP + ROW * len(p.months))
        count += sum(self._section(section) for section in book.sections)
        if book.events:
            count += self._filled(PART + sum(self._event(entry) for entry in book.events))
        tags = {tag for entry in p.entries for tag in entry.tags}
        count += self._filled(PART + len(tags) / INDEX_COLUMNS * LINE["en"]) if tags else 0
        return count + 1

    def _filled(self, height: float) -> int:
        return max(math.ceil(height / self.height - 0.02), 1)

    def _declaration(self) -> float:
        return 36 * LINE[self.book.language]

    def _section(self, section: "Section") -> int:
        height = sum(self._entry(entry) for entry in section.entries) * WASTE - GAP
        if section.own_page:
            return 1 + (self._filled(height) if section.entries else 0)
        return self._filled(height + (INSET if section.stage else PART))

    def _entry(self, entry: Entry) -> float:
        language = entry.language
        height = HEAD + GAP + BELOW
        height += 22.5 * (self._lines(entry.title, TITLE_LETTERS[language]) - 1)
        if entry.prompt:
            height += 30 + LINE[language] * self._lines(entry.prompt.text, NOTE_LETTERS[language])
        height += self._text(entry.body, language, entry.words)
        height += sum(self._picture(photograph) for photograph in entry.photographs)
        if entry.threshold:
            height += 13.5 + BELOW + self._event(entry) - GAP
        return height + self._comments(entry)

    def _text(self, body: str, language: Language, words: int = 0) -> float:
        """A text's height; each paragraph ends somewhere in its last line."""
        paragraphs = sum(bool(part.strip()) for part in body.split("\n\n"))
        room = WORDS[language] / self.size
        return LINE[language] * ((words or count_words(body)) / room + paragraphs / 2)

    def _picture(self, photograph: Photograph) -> float:
        whole = TEXT_MM * MM / self.size * photograph.height / max(photograph.width, 1)
        return min(PICTURE, whole) + BELOW

    def _event(self, entry: Entry) -> float:
        given = entry.threshold
        if given is None:
            return 0.0
        answers = [answer for answer in (given.before, given.after, given.helped) if answer]
        letters = NOTE_LETTERS[entry.language] - 15
        return GAP + LINE[entry.language] * (1 + sum(self._lines(answer, letters) for answer in answers))

    def _comments(self, entry: Entry) -> float:
        """What stands beneath; a short thread on a passage stands in the margin and needs no room."""
        beneath = [c for c in threads(entry.comments) if self.beneath or not _short(c)]
        if not beneath:
            return 0.0
        return COMMENTS_HEAD + sum(self._comment(c) for thread in beneath for c in walk(thread))

    def _comment(self, comment: Comment) -> float:
        letters = NOTE_LETTERS[comment.language]
        lines = 1 + self._lines(comment.body, letters)
        if comment.quoted:
            lines += self._lines(comment.quoted, letters)
        return NOTE_LINE[comment.language] * lines + COMMENT_GAP

    def _lines(self, text: str, letters: float) -> int:
        return sum(math.ceil(len(part) * self.size / letters) for part in text.split("\n")) or 1


def _short(thread: Comment) -> bool:
    said: Iterable[str] = (part for c in walk(thread) for part in (c.body, c.quoted or ""))
    return bool(thread.quoted) and sum(map(count_words, said)) <= MARGIN_WORDS

"""Tables of a text: as they are where they fit their column, else smaller, else as lists of their rows.

A table that is wider than the sheet would lose its last columns, so it is asked beforehand how wide
its words make it. Lengths are points, in type of the usual size.
"""

import re
from dataclasses import dataclass, field

COLUMN = 334.0  # the column of text
INDENT = 18.0  # that a list or a quotation moves in what is within it
PADDING = 6.0  # of a cell
SIZE, SMALL = 9.0, 7.5  # of type in a table
SHORT = 6  # characters of a cell that break nowhere
PICTURE = 60.0  # the width that a picture in a cell may have (book.css)

# Scripts that break between any two characters, or by a dictionary
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
    "\u2e80-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff"
)
_RUNS = re.compile(rf"[^\s\u200b{UNSPACED}]+")
_UNSPACED = re.compile(f"[{UNSPACED}]")
_TAGS = re.compile(r"<[^>]*>")
_NARROW = re.compile(r"[a-z.,:;'|!()\[\]-]")
_ONCE = re.compile(r'</?a\b[^>]*>| id="[^"]*"')


@dataclass
class Table:
    """A table that is being read: the HTML of its cells by row, and how wide its words make each column."""

    start: int  # where it begins in what is written
    room: float
    begins: int = 0  # where its cell does
    heads: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)  # of the longest word of each column, in ems

    def row(self) -> None:
        self.rows.append([])

    def cell(self, html: str, head: bool) -> bool:
        """The next cell of the row; `head`: it is one of the table's heads, if that is its first row.

        Returns whether it is a few Chinese characters, which are not to stand one below the other.
        """
        if not self.rows:
            self.row()
        row = self.heads if head and len(self.rows) == 1 else self.rows[-1]
        place = len(row)
        row.append(html)
        self.widths += [0.0] * (place + 1 - len(self.widths))
        text = _TAGS.sub("", html).strip()
        short = len(text) <= SHORT and _UNSPACED.search(text) is not None
        self.widths[place] = max(self.widths[place], len(text) if short else _longest(html))
        return short

    def set(self, html: str) -> str:
        """The table, whose HTML this is, in the form that fits."""
        if self._width(SIZE) <= self.room:
            return html
        if self._width(SMALL) <= self.room:
            return html.replace("<table", '<table class="small"', 1)
        return self._listed()

    def _width(self, size: float) -> float:
        return sum(width * size + PADDING for width in self.widths)

    def _listed(self) -> str:
        """Its heads in a line, then for each row a line a cell, with the head of its column before it."""
        labels = [_ONCE.sub("", head) for head in self.heads]
        out = []
        if any(self.heads):
            out.append(f'<p class="heads">{" · ".join(self.heads)}</p>')
        for row in filter(None, self.rows):
            lines = []
            for place, cell in enumerate(row):
                label = labels[place] if place < len(labels) else ""
                if label or cell:
                    lines.append(f"<p>{f'<b>{label}</b>&ensp;' if label else ''}{cell}</p>")
            out.append(f"<li>{''.join(lines)}</li>")
        return f'<div class="listed">{out.pop(0) if any(self.heads) else ""}<ul>{"".join(out)}</ul></div>'


def _longest(html: str) -> float:
    """The width of the longest piece that cannot be broken, in ems."""
    text = _TAGS.sub("", html)
    widest = max((_ems(run) for run in _RUNS.findall(text)), default=1.0 if text.strip() else 0.0)
    return max(widest, PICTURE / SIZE if "<img" in html else 0.0)


def _ems(run: str) -> float:
    narrow = len(_NARROW.findall(run))
    return 0.52 * narrow + 0.7 * (len(run) - narrow)

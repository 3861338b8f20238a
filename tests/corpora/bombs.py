"""Markdown made to hang a renderer, or to make far more of a text than was written.

`BOMBS` maps a name to a text. `HARMLESS` are the same shapes, small enough to be rendered.
"""

import random
from collections.abc import Callable

N = 8_000  # repetitions; python-Markdown took 22 s for as many opening brackets

_REPEATED = {
    "brackets": "[",
    "closing brackets": "]",
    "pairs of brackets": "[]",
    "images begun": "![a",
    "links begun": "[a](",
    "links with a title begun": '[a](b "c',
    "links with both quotes begun": "[a](b '\"",
    "references": "[a][b]",
    "collapsed references": "[a][]",
    "footnotes": "[^1]",
    "footnotes begun": "[^1",
    "sections of character data": "<![CDATA[",
    "comments begun": "<!--",
    "declarations begun": "<!a",
    "instructions begun": "<?a",
    "tags begun": "<a ",
    "tags with attributes begun": "<a b='c' ",
    "closing tags": "</a>",
    "nested tags": "<b>",
    "subscripts begun": "<sub>",
    "subscripts": "<sub>a</sub>",
    "breaks": "<br>",
    "addresses begun": "<https://",
    "mail addresses begun": "<a@b",
    "asterisks apart": "*a ",
    "double asterisks apart": "**a ",
    "triple asterisks": "***a",
    "underscores apart": "_a ",
    "mixed emphasis": "*a_b**c__d",
    "mixed emphasis without an end": "*a **b _c __d ",
    "strokes": "~~a",
    "backticks of growing length": "`a``b```c",
    "escapes": "\\*",
    "backslashes": "\\",
    "entities begun": "&#x",
    "quotation marks": "\"'",
    "quotation marks before words": " \"a 'b",
    "hyphens and dots": "--a...b",
    "parentheses": "(",
    "bars": "|a",
    "equals signs": "=",
    "emoji": "👩🏽‍⚕️",
    "combining accents": "e\u0301\u0302\u0303",
    "two scripts by turns": "a汉",
    "right to left": "\u202eab\u202c",
}

_LINES = {
    "headings": "# a\n",
    "quotations": "> a\n",
    "items": "- a\n",
    "items after text": "a\n- b\n",
    "numbered items": "1. a\n",
    "items with paragraphs": "- a\n\n    b\n\n",
    "table rows": "a|b\n-|-\n",
    "definitions": "[a]: https://example.org/\n",
    "footnote definitions": "[^a]: b\n",
    "footnotes with paragraphs": "[^a]: b\n\n    c\n\n",
    "fences": "```\n",
    "fences by turns": "```\n~~~\n",
    "fences with attributes": "``` {.a\n",
    "line breaks": "a  \n",
    "blank lines": "\n",
    "lines of spaces": "    \n",
    "indented lines": "    a\n",
}


def _numbered(count: int) -> str:
    return (
        "".join(f"[^{n}]" for n in range(count)) + "\n\n" + "".join(f"[^{n}]: note\n" for n in range(count))
    )


def _noise(seed: int, length: int) -> str:
    return "".join(random.Random(seed).choices("[]()*_`>!<\\~#-+|:^\"' \nab汉1.", k=length))  # noqa: S311


_MADE: dict[str, Callable[[], str]] = {
    "quotations within quotations": lambda: "> " * 2_000 + "a",
    "lists within lists": lambda: "\n".join("    " * n + "- a" for n in range(400)),
    "lists within lists on one line": lambda: "- " * 16_000 + "a",
    "numbered lists within lists": lambda: "\n".join("    " * n + "1. a\n" for n in range(300)),
    "quotations and lists within each other": lambda: "> - " * 1_000 + "a",
    "brackets within brackets": lambda: "[" * 4_000 + "a" + "]" * 4_000,
    "parentheses within an address": lambda: "[a](" + "(" * 20_000 + ")" * 20_000,
    "emphasis within emphasis": lambda: "*a **b " * 1_000 + "c" + "** *" * 1_000,
    "many footnotes": lambda: _numbered(4_000),
    "one footnote, many references": lambda: "[^a]" * 8_000 + "\n\n[^a]: note",
    "one long address, many references": lambda: "[a] " * 9_000 + f"\n\n[a]: https://{'x' * 50_000}",
    "a long table": lambda: "a|b|c\n-|-|-\n" + "1|2|3\n" * 60_000,
    "one long word": lambda: "x" * 500_000,
    "one long line of words": lambda: "word " * 150_000,
    "many paragraphs": lambda: "word\n\n" * 200_000,
    "spaces": lambda: " " * 500_000,
    "tabs": lambda: "\t" * 100_000,
    "two megabytes of characters": lambda: "汉字" * 330_000,
}

_MADE |= {f"noise {seed}": lambda seed=seed: _noise(seed, 30_000) for seed in range(8)}  # type: ignore[misc]

BOMBS: dict[str, str] = (
    {name: shape * N for name, shape in _REPEATED.items()}
    | {f"{name}, line by line": shape * N for name, shape in _LINES.items()}
    | {name: make() for name, make in _MADE.items()}
)
HARMLESS: dict[str, str] = {name: shape * 40 for name, shape in (_REPEATED | _LINES).items()}

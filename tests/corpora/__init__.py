"""Texts made to do harm, for every test that renders what somebody wrote.

`XSS`: Markdown and HTML that would run a script, load something from elsewhere or lead
elsewhere, were it obeyed (`xss.txt`, parted by lines of `%%`; some with control characters,
which the file can't hold, are added here). `BOMBS` are in `bombs.py`.
"""

import pathlib

_CONTROLLED = (
    "[click](java\x00script:alert(1))",
    "[click](\x01javascript:alert(1))",
    "[click](java\rscript:alert(1))",
    "<scr\x00ipt>alert(1)</scr\x00ipt>",
    "<img src=x\x0conerror=alert(1)>",
    "\ufeff<script>alert(1)</script>",
    "\x02wzxhzdk:0\x03<script>alert(1)</script>",
    "\x02klzzwxh:0000\x03[x](javascript:alert(1))",
    "\x02amp\x03lt;script\x02amp\x03gt;",
    "<a href=\u2028javascript:alert(1)>click</a>",
    "\u202e<tpircs>alert(1)</tpircs>",
    "<img src=x onerror=\ud800alert(1)>",
)

XSS: tuple[str, ...] = (
    *(pathlib.Path(__file__).with_name("xss.txt").read_text(encoding="utf-8").rstrip("\n").split("\n%%\n")),
    *_CONTROLLED,
)

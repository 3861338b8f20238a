"""Markdown to safe HTML: the only place that makes it.

Texts are rendered by child processes (`markup_child`), each for one text at a time and at most
`RENDER_SECONDS`, since python-Markdown takes quadratic time on many shapes of text. One that
takes longer is killed, and the text is kept as it was written, in a `pre`.
"""

import atexit
import hashlib
import html as entities
import importlib.metadata
import logging
import os
import pathlib
import queue
import re
import socket
import subprocess
import sys
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from portfolio.domain import frames, passages
from portfolio.domain.passages import Marked as Marked
from portfolio.domain.text import language_of, normalise

RENDER_SECONDS = 1.5  # of the three that keeping any text may take
START_SECONDS = 30.0  # until a child has imported its libraries, on a busy machine
CHILDREN = 2  # so that one text that hangs doesn't make everybody wait

PACKAGES = str(pathlib.Path(__file__).parents[2])

OUTPUT = 2  # raise it when the same libraries would give other HTML
RENDERER_VERSION: str = "-".join(
    [str(OUTPUT)] + [importlib.metadata.version(library) for library in ("markdown", "nh3")]
)

_RENDERED = re.compile(r"<(?:p|h[456]|[uo]l|blockquote|pre|table|hr|div)[ >]")
_NOTES = re.compile(r'<div class="footnotes">.*|<sup id="[^"]*">.*?</sup>', re.DOTALL)
_INLINE_TAG = re.compile(r"</?(?:a|em|strong|del|sub|sup|code|mark)\b")
_SPACE = re.compile(r"\s+")
_WIDE_END = re.compile(r"(?<=[\u3000-\u303f\uff00-\uffef”…]) (?=[\u3000-\u9fff“])")  # has its own white
_LATIN_END = re.compile(r"\w+\Z", re.ASCII)

# Markdown's signs, in the order in which they are taken away. Each pattern is linear.
_SIGNS = tuple(
    (re.compile(pattern, re.MULTILINE), kept)
    for pattern, kept in [
        (r"^[ ]{0,3}(?:`{3,}|~{3,}).*$", ""),
        (r"^[ ]{0,3}\[[^\[\]]*\]:[ ]*<?(?:https?://|mailto:|/photographs/).*$", ""),
        (r"^[ ]{0,3}\[\^[^\[\]]*\]:", ""),
        (r"\[\^[^\[\]]*\]", ""),
        (r"!\[([^\[\]]*)\]\([^()\n]*\)", r"\1"),
        (r"\[([^\[\]]*)\]\([^()\n]*\)", r"\1"),
        (r"\[([^\[\]]*)\]\[[^\[\]]*\]", r"\1"),
        (r"<(https?://[^<>\s]*)>", r"\1"),
        (r"<br ?/?>|</?su[bp]>", ""),
        (r"^[ \t]*(?:[*_-][ \t]*+){3,}+$", ""),
        (r"^[ \t|:=-]+$", ""),
        (r"^[ \t]*(?:>[ \t]?|[*+-][ \t]+|\d{1,9}\.[ \t]+|#{1,6}[ \t]+)+", ""),
        (r"\\([\\`*_{}\[\]()>#+.!~-])|(?<=\S)(?:\*+|~~|`+)|(?:\*+|~~|`+)(?=\S)", r"\1"),
        (r"(?<!\w)_+(?=\S)|(?<=\S)_+(?!\w)", ""),
    ]
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rendered:
    html: str  # safe to put into a page as it is; empty for a blank text
    fell_back: bool  # the text stands in a `pre`, since it could not be rendered in time
    renderer: str  # RENDERER_VERSION


class _Stuck(Exception):
    """The child took too long, or died of the text, or never started. It has ended."""


class _Child:
    """One renderer process and the socket to it. Not for two threads at once."""

    def __init__(self) -> None:
        self.ready = False
        self.channel, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "portfolio.domain.markup_child"],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                # The secrets of a site are in its environment, and of no use to a renderer
                env={"PYTHONPATH": os.pathsep.join([PACKAGES, *filter(None, sys.path)]), "LC_ALL": "C.UTF-8"},
            )

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The child's answer. Raises `_Stuck`."""
        try:
            if not self.ready:
                frames.receive(self.channel, time.monotonic() + START_SECONDS)
                self.ready = True
            deadline = time.monotonic() + RENDER_SECONDS
            self.channel.settimeout(RENDER_SECONDS)
            frames.send(self.channel, request)
            return frames.receive(self.channel, deadline)
        except (OSError, EOFError) as error:
            if not self.ready:
                log.error("The Markdown renderer does not start; texts are shown as they were written.")
            self.end()
            raise _Stuck from error

    def end(self) -> None:
        self.channel.close()
        self.process.kill()
        self.process.wait()

    def forget(self) -> None:
        """Let go of a child that belongs to the process from which this one was forked."""
        self.channel.close()
        self.process.returncode = 0  # it isn't ours to wait for


class _Children:
    """A few children, started when first needed, the one used last first."""

    def __init__(self) -> None:
        self.resting: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        self.started: set[_Child] = set()
        for _ in range(CHILDREN):
            self.resting.put(None)

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Waits for a free child. Raises `_Stuck`."""
        child = self.resting.get()
        try:
            if child is None or child.process.poll() is not None:
                child = self._replace(child)
            return child.ask(request)
        except _Stuck:
            # Started at once, so that the next text needn't wait for it
            child = self._replace(child) if child is not None and child.ready else None
            raise
        finally:
            self.resting.put(child)

    def _replace(self, dead: _Child | None) -> _Child:
        if dead is not None:
            dead.end()
            self.started.discard(dead)
        child = _Child()
        self.started.add(child)
        return child


_children = _Children()


def _after_fork() -> None:
    global _children
    for child in _children.started:
        child.forget()
    _children = _Children()


os.register_at_fork(after_in_child=_after_fork)


@atexit.register
def _at_exit() -> None:
    for child in _children.started:
        child.end()


def render(body: str, photographs: Collection[str] = (), prefix: str = "") -> Rendered:
    """Safe HTML of a Markdown text, within `RENDER_SECONDS` or a little more, whatever the text is.

    `photographs`: public ids that `![…](/photographs/ID)` may show; any other picture becomes
    its description. `prefix`: begins the ids of footnotes, so that several texts can stand on
    one page; without one it is made from the text.

    Line breaks stay, unless a program has wrapped the lines. Headings become h4 to h6. Straight
    quotation marks are set as typographic ones in English texts only. A passage in the other
    script than the text's gets `lang`. Tags in the text are shown, not obeyed. Links lead to
    http, https and mailto addresses, and to other entries (`/entries/ID`), only.
    """
    body = normalise(body)
    if not body.strip():
        return Rendered("", False, RENDERER_VERSION)
    request = {
        "body": body,
        "language": language_of(body),
        "photographs": list(photographs),
        "prefix": prefix or f"n{hashlib.sha256(body.encode()).hexdigest()[:10]}-",
        "seconds": RENDER_SECONDS,
    }
    try:
        answer = _children.ask(request)
    except (_Stuck, OSError):
        answer = {}
    as_written = f'<pre class="plain">{entities.escape(body)}</pre>'
    if "html" not in answer:
        return Rendered(as_written, True, RENDERER_VERSION)
    # Nothing comes of a text that only defines links, and no word of it may be lost
    return Rendered(answer["html"] or as_written, False, RENDERER_VERSION)


def plain(body: str) -> str:
    """The words of a Markdown text without its signs and the places that links lead to.

    For searching and showing; the lines stay. It reads the text without parsing it, so a sign
    in an unusual place may stay too.
    """
    text = normalise(body)
    for pattern, kept in _SIGNS:
        text = pattern.sub(kept, text)
    return text.strip()


def _text_of(html: str) -> str:
    html = _NOTES.sub("", html)
    parts = (
        token if token[0] != "<" else "" if _INLINE_TAG.match(token) else " "
        for token in passages.TOKEN.findall(html)
    )
    return entities.unescape("".join(parts))


def excerpt(html_or_body: str, length: int) -> str:
    """The beginning of an entry on one line of plain text, at most `length` code points.

    Takes what `render` returned, or a Markdown text. A text that is cut ends in an ellipsis,
    after a whole word.
    """
    text = _text_of(html_or_body) if _RENDERED.match(html_or_body) else plain(html_or_body)
    text = _WIDE_END.sub("", _SPACE.sub(" ", text).strip())
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    if text[length - 1].isalnum():
        cut = _LATIN_END.sub("", cut) or cut
    return cut.rstrip(" ,;:，；：、") + "…"


def mark_passages(html: str, quoted: Sequence[passages.Passage], prefix: str = "", body: str = "") -> Marked:
    """Rendered HTML with quoted passages in `<mark class="passage">`, and which were found.

    `quoted`: number of the note, the passage as it stands in the text (Markdown's signs and
    straight marks do not matter), and, if known, the code point of `body` at which it starts:
    of several equal passages the one nearest to it is meant, else the first. A passage that
    runs across tags gets several `mark`s; the first has `id="{prefix}p{n}"` and `data-note`,
    the last ends in the number, a link to `#{prefix}c{n}`. What is not found is not marked.
    """
    return passages.mark_passages(html, quoted, prefix, body, plain)

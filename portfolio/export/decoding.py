"""Texts in the encodings that diaries are found in."""

import codecs
import re

from portfolio.domain.errors import Said

_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff]")
SIMPLIFIED_LEAST = 0.9  # of the characters beyond ASCII, for a text to be taken for GB 18030
WIDE_LEAST = 0.3  # of the bytes, zeros on one side, for a text to be taken for UTF-16 without its mark


def decoded(content: bytes) -> str:
    """The text of a file: UTF-8, UTF-16 or GB 18030, with or without a byte order mark.

    Raises ValueError with the reason as a clause.
    """
    text = _decoded(content)
    if _NOT_TEXT.search(text):
        raise ValueError(Said("it is not a text file"))
    return text


def _decoded(content: bytes) -> str:
    if content.startswith(codecs.BOM_UTF8):
        content = content[3:]
    elif content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _strictly(content, "utf-16", Said("it is marked as UTF-16, but is not valid UTF-16"))
    if b"\x00" in content:
        return _strictly(content, _wide(content), Said("it is not a text file"))
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        place = error.start
    text = _strictly(content, "gb18030", _unknown(place))
    beyond = [c for c in text if c > "\x7f"]
    simplified = sum(bool(c.encode("gb2312", "ignore")) for c in beyond)
    if simplified < SIMPLIFIED_LEAST * len(beyond):  # Western letters read as GB 18030 become rare ones
        raise ValueError(_unknown(place))
    return text


def _wide(content: bytes) -> str:
    sample = content[:4096]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if len(content) % 2 or max(even, odd) < WIDE_LEAST * len(sample) / 2:
        return "ascii"  # zeros in anything else are a picture or a program
    return "utf-16-le" if odd > even else "utf-16-be"


def _strictly(content: bytes, encoding: str, otherwise: Said) -> str:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise ValueError(otherwise) from None
    if "\x00" in text:
        raise ValueError(Said("it is not a text file"))
    return text


def _unknown(place: int) -> Said:
    return Said("it is not in UTF-8, UTF-16 or GB 18030 (byte %(place)s); save it as UTF-8", place=place)

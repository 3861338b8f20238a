"""Plain text: one form of it, its language, its words, its names for files.

Every span in the product is half-open and counts Unicode code points of `normalise`d text.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from portfolio.domain.records import Language

# Han characters with 々, 〇 and the Suzhou numerals, all planes (Unicode 15)
HAN = "\u3005\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
KANA = "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff"

HAN_PER_WORD = 1.5  # 字 that say as much as one English word
MAX_TERM = 64  # characters; longer runs are no words
MAX_QUERY_TERMS = 32
SLUG_LENGTH = 40  # characters
FILENAME_BYTES = 180  # of UTF-8; file systems allow 255, and archives put a folder before it

_LINE_ENDS = re.compile("\r\n?|[\u0085\u2028\u2029]")
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_HAN = re.compile(f"[{HAN}]")
_LINK_TARGET = re.compile(r"\]\([^()\n]*\)")  # where a Markdown link leads: not written words
_WORD = re.compile(
    rf"https?://[^\s<>(){HAN}]+"
    rf"|[^\W_{HAN}]+(?:(?:['’.\-\u2010\u2011·]|(?<=\d)[,:/](?=\d)|[\u0300-\u036f]+)[^\W_{HAN}]+)*"
)
_ASCII_WORD = re.compile(r"https?://[^\s<>()]+|[^\W_]+(?:(?:['.-]|(?<=\d)[,:/](?=\d))[^\W_]+)*", re.ASCII)
_RUNS = re.compile(rf"(?P<han>[{HAN}{KANA}]+)|[^\W_{HAN}{KANA}]+")
_NOT_IN_SLUGS = re.compile(r"[\W_]+")
_NOT_IN_FILENAMES = re.compile('[\x00-\x1f\x7f-\x9f<>:"/\\\\|?*\u200e\u200f\u202a-\u202e\u2066-\u2069]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)  # Windows devices


class QueryTerm(NamedTuple):
    """A term that the index must have; `prefix`: or any term that begins with it."""

    term: str
    prefix: bool


def normalise(text: str) -> str:
    """NFC with LF line ends, without byte order marks and control characters but \\n and \\t.

    A lone surrogate, which no encoding can hold, becomes U+FFFD. Applying it twice changes
    nothing.
    """
    text = _LINE_ENDS.sub("\n", text)
    text = _UNWANTED.sub("", text)
    text = _SURROGATES.sub("\ufffd", text)
    return unicodedata.normalize("NFC", text)


def _count(text: str) -> tuple[int, int]:
    text = _LINK_TARGET.sub(" ", text)
    if text.isascii():
        return 0, len(_ASCII_WORD.findall(text))
    return len(_HAN.findall(text)), len(_WORD.findall(text))


def count_words(text: str) -> int:
    """Words as people count them: each Han character (字) one, and the words of the rest.

    "don't", "well-known", "3.5" and "10:30" are one word each. Markdown's signs, the places
    that links lead to, punctuation and emoji are none.
    """
    return sum(_count(text))


def language_of(text: str) -> Language:
    """The language that most of a text is in, by its characters; English where there are none."""
    if not _HAN.search(text):
        return "en"
    han, words = _count(text)
    return "zh" if han > HAN_PER_WORD * words else "en"


@lru_cache(maxsize=10_000)
def _without_accents(word: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", bare)


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)]


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def search_terms(text: str) -> list[str]:
    """Terms under which a text is found, each once, in the order of the text.

    Of words: the word in lower case, and without accents too; an apostrophe parts words. Of
    Chinese: each character and each pair of neighbours, so that two-character words are found
    without a dictionary.
    """
    terms: dict[str, None] = {}
    for match in _RUNS.finditer(_fold(text)):
        run = match[0]
        if match.lastgroup == "han":
            terms.update(dict.fromkeys(run))
            terms.update(dict.fromkeys(_pairs(run)))
        else:
            word = run[:MAX_TERM]
            terms[word] = None
            if not word.isascii():
                terms[_without_accents(word)] = None
    return list(terms)


def query_terms(query: str) -> list[QueryTerm]:
    """Terms that a text must all have to answer a query; at most `MAX_QUERY_TERMS`.

    A word at the very end may still be in the middle of being typed, so it is a prefix; a
    space after it ends it. One Chinese character is looked for as itself, more as their pairs.
    """
    terms: dict[str, bool] = {}
    query = _fold(query)
    for match in _RUNS.finditer(query):
        run = match[0]
        if match.lastgroup == "han":
            terms.update(dict.fromkeys(_pairs(run) or [run], False))
        else:
            word = run[:MAX_TERM]
            terms[word] = terms.get(word, True) and match.end() == len(query)
    return [QueryTerm(term, prefix) for term, prefix in list(terms.items())[:MAX_QUERY_TERMS]]


def slug(title: str) -> str:
    """A part of a file name made of a title: letters, digits, Chinese, and hyphens between.

    At most `SLUG_LENGTH` characters, cut between words where that keeps half of it. "untitled"
    where nothing is left.
    """
    words = _NOT_IN_SLUGS.sub("-", unicodedata.normalize("NFC", _fold(title))).strip("-")
    if len(words) > SLUG_LENGTH:
        cut = words[: SLUG_LENGTH + 1].rfind("-")
        words = words[: cut if cut > SLUG_LENGTH // 2 else SLUG_LENGTH].strip("-")
    if _RESERVED.fullmatch(words):
        words += "-"
    return words or "untitled"


def safe_filename(name: str, fallback: str = "file") -> str:
    """A name under which any system can store a file, as close to the given one as can be.

    The last part of a path, without control and direction characters and what Windows refuses,
    at most `FILENAME_BYTES` long, its extension kept. `fallback` where nothing is left.
    """
    name = re.split(r"[/\\]", normalise(name).replace("\n", " "))[-1]
    name = _NOT_IN_FILENAMES.sub("", name).strip(" .\t")
    if _RESERVED.fullmatch(name):
        name = f"_{name}"
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension) > 10:
        stem, dot, extension = name, "", ""
    room = FILENAME_BYTES - len((dot + extension).encode())
    stem = stem.encode()[:room].decode(errors="ignore").rstrip(" .")
    return stem + dot + extension if stem else fallback

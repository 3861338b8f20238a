"""Finding in a text what tells who somebody is, and putting a bracketed word in its place.

Names that the system knows are looked for as people write them: whole, in parts, run together, a
Chinese given name or a family name with a title. Beside them, what has a shape of its own: addresses,
numbers, dates. It works by rules alone: what nobody told the system, and how somebody writes, stays.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from portfolio.domain.records import Language
from portfolio.domain.text import HAN, language_of

Label = Literal[
    "student", "mentor", "peer_mentor", "lead", "fellow", "name", "programme", "cohort", "photograph",
    "date", "number", "email", "link",
]  # fmt: skip
WORDS: dict[Label, dict[Language, str]] = {
    "student": {"en": "student", "zh": "学生"},
    "mentor": {"en": "mentor", "zh": "导师"},
    "peer_mentor": {"en": "peer mentor", "zh": "朋辈导师"},
    "lead": {"en": "programme lead", "zh": "项目负责人"},
    "fellow": {"en": "fellow student", "zh": "同学"},
    "name": {"en": "name", "zh": "姓名"},
    "programme": {"en": "programme", "zh": "培养项目"},
    "cohort": {"en": "cohort", "zh": "班级"},
    "photograph": {"en": "photograph", "zh": "照片"},
    "date": {"en": "date", "zh": "日期"},
    "number": {"en": "number", "zh": "号码"},
    "email": {"en": "e-mail address", "zh": "电子邮箱"},
    "link": {"en": "link", "zh": "链接"},
}

_TITLES = frozenset("dr doctor prof professor mr mrs ms miss mx sir dame".split())
_NO_NAMES = frozenset("de del der di da du la le van von the of and mentor student lead peer admin".split())
_HAN_TITLES = (
    "老师|医生|教授|主任|护士|护士长|大夫|同学|院长|博士|先生|女士|小姐|师兄|师姐|师弟|师妹|学长|学姐|学弟"
    "|学妹|导师|辅导员|书记|主治|住院医|校长|班长|组长|哥|姐"
)
_TWO_CHARACTER_FAMILIES = frozenset(
    "欧阳 司马 上官 诸葛 司徒 东方 独孤 南宫 夏侯 皇甫 尉迟 公孙 慕容 令狐 长孙 宇文 轩辕 端木 司空".split()
)
JOINED_SHORTEST = 5  # letters of a name run together, so that it is no part of speech
WHOLE_SHORTEST = 3  # letters of a sign-in name or an alias that is looked for
GAP_MOST = 3  # characters between two parts of a name: a space, a hyphen, a line end

_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]+(?:\d+(?![A-Za-z\u00c0-\u024f]))?")
_HAN_RUN = re.compile(f"[{HAN}]+")
_GAP = re.compile(rf"[\s\-‐‑_.,·•'’*]{{0,{GAP_MOST}}}")

# A word of letters and digits ends where another begins that is neither, Chinese too
_NO_LETTER_BEFORE, _NO_LETTER_AFTER = r"(?<![A-Za-z0-9_\u00c0-\u024f])", r"(?![A-Za-z0-9_\u00c0-\u024f])"
_MONTH = (
    r"(?:(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|JANUARY|FEBRUARY|MARCH|APRIL|MAY|JUNE|JULY|AUGUST|SEPTEMBER|OCTOBER|NOVEMBER|DECEMBER)(?![A-Za-z])"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)(?![A-Za-z])\.?)"
)
_YEAR = r"(?:19|20)\d{2}"
_TH = r"(?:st|nd|rd|th)?"
_HAN_DIGIT = "[〇零一二三四五六七八九]"
_HAN_NUMBER = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})"
_CLOCK = r"(?:[T\s]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"

_IMAGE = re.compile(r"!\[[^\[\]]*\](?:\([^()\n]*\)|\[[^\[\]]*\])")
_DEFINITION = re.compile(
    r"^[ ]{0,3}\[(?!\^)[^\[\]\n]+\]:[ \t]*<?(?:https?:|mailto:|ftp:|www\.|/)[^\n]*$",
    re.MULTILINE | re.IGNORECASE,
)
_TARGET = re.compile(r"(?<=\])\(\s*<?(?:[a-z]+:|/)[^()\n]*\)", re.IGNORECASE)
_INWARD = re.compile(r"/(?:photographs|entries)/[A-Za-z0-9_-]+")
_INLINE_LINK = re.compile(r"(?<!!)(\[)([^\[\]]*)(\]\(\s*([^()\n]*(?:\([^()\n]*\)[^()\n]*)*)\))")
_REFERENCE = re.compile(r"(?<!!)(\[)([^\[\]]*)(\]\[[^\[\]]*\])")
_OUTWARD = re.compile(r"<?\s*(?:https?:|mailto:|www\.|//)", re.IGNORECASE)
_ADDRESS = re.compile(
    r"<?(?:https?|ftp)://[^\s<>()（），。；、]+>?|<?\bwww\.[^\s<>()（），。；、]+>?", re.IGNORECASE
)
_HOST = re.compile(
    _NO_LETTER_BEFORE
    + r"(?:[A-Za-z0-9-]+\.)+(?:com|org|net|edu|gov|cn|uk|sg|hk|tw|eu|de|fr|nl|au|us|ca|io|info)"
    + r"(?:/[^\s<>()（），。]*)?"
    + _NO_LETTER_AFTER
)
_EMAIL = re.compile(r"<?(?:mailto:)?[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+>?")
_DATES = re.compile(
    "|".join(
        (
            # the year first: 2021-03-03, 2021/3, 2021年3月3日, 2021年, 20210303, 二〇二一年三月三日
            rf"(?<!\d){_YEAR}\s?[-/._]\s?\d{{1,2}}(?:\s?[-/._]\s?\d{{1,2}})?(?!\d){_CLOCK}",
            rf"(?<!\d){_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)",
            rf"(?<!\d){_YEAR}\s?[-–—/]\s?(?:{_YEAR}|\d{{2}})(?!\d)",
            rf"(?<!\d)(?:{_YEAR}|{_HAN_DIGIT}{{4}})\s?年(?:\s?{_HAN_NUMBER}\s?月(?:份|\s?{_HAN_NUMBER}\s?[日号])?)?",
            rf"(?<!\d)(?:\d{{2}}|{_HAN_DIGIT}{{2}})年\s?{_HAN_NUMBER}\s?月(?:份|\s?{_HAN_NUMBER}\s?[日号])?",
            rf"(?<![\d一二三四五六七八九十]){_HAN_NUMBER}\s?月\s?{_HAN_NUMBER}\s?[日号]",
            # the month by its name: 3 March 2021, 3rd of March, March 3, 2021, March 2021
            rf"(?<!\d)(?:\d{{1,2}}{_TH}\s?(?:[-–—/&]|to|and)\s?)?\d{{1,2}}{_TH}(?:\s|-)?(?:of\s)?{_MONTH}"
            rf"(?:,?(?:\s|-)?{_YEAR})?(?!\d)",
            rf"(?<![A-Za-z]){_MONTH}\s\d{{1,2}}{_TH}(?!\d|:\d)(?:\s?[-–—]\s?\d{{1,2}}{_TH}(?!\d))?"
            rf"(?:,?\s{_YEAR}(?![\d/-]))?",
            rf"(?<![A-Za-z]){_MONTH},?\s{_YEAR}(?!\d)",
            # a month alone: in March, 3月, 三月份
            r"(?<![\d一二三四五六七八九十])(?:1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九])月份?",
            # with the year last: 3/3/2021, 03.03.21
            r"(?<![\d./-])\d{1,2}([./-])\d{1,2}\1(?:\d{4}|\d{2})(?![\d./-]?\d)",
        )
    )
)
_BARE_YEAR = re.compile(
    rf"(?:(?i:\b(?:in|since|until|till|from|by|of|during|before|after|year|early|late|mid|summer|winter|spring"
    rf"|autumn|fall|class|cohort|the))[\s-]|[(（])({_YEAR})(?!\s?(?:ml|mg|kcal|m|km|g|kg|%|[.,:]?\d)(?![A-Za-z]))(?![A-Za-z\d])"
)
_IDENTITY_CARD = r"\d{17}[\dXx]"
_BARE_MONTH = re.compile(
    r"(?i:\b(?:in|since|until|till|from|by|of|during|before|after|last|next|this|early|late|mid))[\s-]"
    rf"({_MONTH})"
)
_NUMBERS = re.compile(
    rf"(?<![\w.]){_IDENTITY_CARD}(?!\w)"
    r"|(?<![A-Za-z\d])(?<!\d[.,])(?:[A-Za-z]{1,4}[-–]?)?\d{6,}(?:[-–]\d+)*(?!\d|,\d)"
    r"|(?<![\w.,])(?:\+|00)\d{1,3}(?:[ .\-]?\(?\d{1,4}\)?){2,5}(?!\d)"
    r"|(?<![\w.,])\(?0\d{2,4}\)?(?:[ .\-]\d{3,4}){1,3}(?!\d)"
    r"|(?<![\w.,])\d{3,4}(?:[ .\-]\d{3,4}){2,3}(?![\d%])",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Known:
    """Something that the system knows somebody or something by."""

    text: str  # a name; a sign-in name, an alias; or the name of a programme or cohort
    label: Label
    kind: Literal["name", "whole", "title"] = "name"
    # name: in its parts too; whole: words in this order only; title: this very line


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text with its bracketed words, and where each place of the text before stands in it."""

    text: str
    spans: tuple[tuple[int, int, int, int], ...] = ()  # start, end before; start, end now; all half-open

    def start(self, place: int) -> int:
        """Where what began at `place` begins now; what began within a replaced span, at the span."""
        return self._moved(place, 2)

    def end(self, place: int) -> int:
        """Where what ended at `place` ends now."""
        return self._moved(place, 3)

    def _moved(self, place: int, side: int) -> int:
        before = bisect_right(self.spans, place, key=lambda span: span[0] if side == 2 else span[0] + 1) - 1
        if before < 0:
            return place
        span = self.spans[before]
        if place < span[1]:
            return span[side]
        return place - span[1] + span[3]


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    end: int
    words: str


class Redactor:
    """Takes out of texts what one diary's world is known by. Made once for all of them."""

    def __init__(self, known: Iterable[Known]) -> None:
        self._sequences: dict[str, list[tuple[tuple[str, ...], Label]]] = defaultdict(list)
        self._parts: dict[str, Label] = {}
        self._whole: list[tuple[re.Pattern[str], Label]] = []
        han: dict[str, Label] = {}
        families: dict[str, Label] = {}
        for one in known:
            self._learn(one, han, families)
        for sequences in self._sequences.values():
            sequences.sort(key=lambda sequence: -len(sequence[0]))
        self._han_labels, self._families = han, families
        names = sorted(han, key=len, reverse=True)
        self._han = (
            re.compile("|".join(r"\s?".join(map(re.escape, name)) for name in names)) if names else None
        )
        initials = "|".join(sorted(map(re.escape, families), key=len, reverse=True))
        self._titled = (
            re.compile(rf"(?P<named>{initials})(?={_HAN_TITLES})|[小老阿](?P<called>{initials})")
            if families
            else None
        )

    def plain(self, text: str) -> str:
        """A text of one piece: a title, a tag, an answer. No sign in it has a meaning."""
        return self._with(text, self._identifiers(text)).text if text else text

    def markdown(self, text: str) -> Redacted:
        """A text in Markdown: its links lead nowhere any more, its pictures are named as such."""
        found = [*self._links(text), *self._identifiers(text)]
        return self._with(text, found, escaped=True)

    # --- what is known -------------------------------------------------------------------------------

    def _learn(self, one: Known, han: dict[str, Label], families: dict[str, Label]) -> None:
        text = " ".join(one.text.split())
        words = [w for w in _LATIN.findall(text) if w.casefold() not in _TITLES]
        runs = _HAN_RUN.findall(text)
        if one.kind == "title" or not (words or runs):
            self._learn_line(text, one.label)
        elif one.kind == "whole":
            folded = tuple(word.casefold() for word in words)
            if folded and len("".join(folded)) >= WHOLE_SHORTEST:
                self._sequences[folded[0]].append((folded, one.label))
            for run in runs:
                _put(han, run, one.label)
        else:
            self._learn_latin(words, one.label)
            for run in runs:
                self._learn_han(re.sub(f"(?:{_HAN_TITLES})$", "", run), one.label, han, families)

    def _learn_line(self, text: str, label: Label) -> None:
        if len(text) > 1:
            spaced = r"\s+".join(re.escape(word) for word in text.split())
            bounded = spaced if _HAN_RUN.search(text) else _NO_LETTER_BEFORE + spaced + _NO_LETTER_AFTER
            self._whole.append((re.compile(bounded, re.IGNORECASE), label))

    def _learn_latin(self, words: Sequence[str], label: Label) -> None:
        folded = tuple(w.casefold() for w in words)
        if len(folded) > 1:
            joined = "".join(folded)
            for order in {folded, folded[::-1], folded[1:] + folded[:1], (joined,), ("".join(folded[::-1]),)}:
                if len(order) > 1 or len(joined) >= JOINED_SHORTEST:
                    self._sequences[order[0]].append((order, label))
            given = folded[1:]
            if len(given) > 1:  # Xiao Ming of Wang Xiao Ming
                self._sequences["".join(given)].append((("".join(given),), label))
        for word in words:
            if len(word) > 1 and word.casefold() not in _NO_NAMES:
                for written in {word, word.capitalize(), word.upper()}:
                    _put(self._parts, written, label)

    def _learn_han(self, name: str, label: Label, han: dict[str, Label], families: dict[str, Label]) -> None:
        if len(name) < 2:
            _put(families, name, label)
            return
        _put(han, name, label)
        family = name[:2] if name[:2] in _TWO_CHARACTER_FAMILIES else name[:1]
        given = name[len(family) :]
        if len(name) <= 4:
            _put(families, family, label)
            if len(given) > 1:
                _put(han, given, label)

    # --- what is found -------------------------------------------------------------------------------

    def _identifiers(self, text: str) -> Iterator[tuple[int, int, Label | None]]:
        """What is to be replaced, in the order of weight: of two that overlap the first one counts."""
        yield from ((m.start(), m.end(), "email") for m in _EMAIL.finditer(text))
        yield from ((m.start(), m.end(), "link") for m in _ADDRESS.finditer(text))
        yield from ((m.start(), m.end(), None) for m in _INWARD.finditer(text))
        for pattern, label in self._whole:
            yield from ((m.start(), m.end(), label) for m in pattern.finditer(text))
        yield from self._names(text)
        yield from ((m.start(), m.end(), "date") for m in _DATES.finditer(text))
        yield from ((m.start(1), m.end(1), "date") for m in _BARE_YEAR.finditer(text))
        yield from ((m.start(1), m.end(1), "date") for m in _BARE_MONTH.finditer(text))
        yield from ((m.start(), m.end(), "number") for m in _NUMBERS.finditer(text))
        yield from ((m.start(), m.end(), "link") for m in _HOST.finditer(text))

    def _names(self, text: str) -> Iterator[tuple[int, int, Label | None]]:
        words = list(_LATIN.finditer(text))
        for place, word in enumerate(words):
            for sequence, label in self._sequences.get(word[0].casefold(), ()):
                last = words[place + len(sequence) - 1 : place + len(sequence)]
                if last and _follow(words[place : place + len(sequence)], sequence, text):
                    yield word.start(), last[0].end(), label
                    break
            else:
                if word[0] in self._parts:
                    yield word.start(), word.end(), self._parts[word[0]]
        if self._han:
            for found in self._han.finditer(text):
                yield found.start(), found.end(), self._han_labels[re.sub(r"\s", "", found[0])]
        if self._titled:
            for found in self._titled.finditer(text):
                family = found["named"] or found["called"]
                yield found.start(), found.end(), self._families[family]

    def _links(self, text: str) -> Iterator[tuple[int, int, Label | None]]:
        """Pictures and links of a Markdown text; their words stay, and are looked through as well."""
        yield from ((m.start(), m.end(), "photograph") for m in _IMAGE.finditer(text))
        yield from ((m.start(), m.end(), None) for m in _DEFINITION.finditer(text))
        for m in _INLINE_LINK.finditer(text):
            yield m.start(1), m.end(1), None
            yield m.start(3), m.end(3), "link" if _OUTWARD.match(m[4]) else None
        yield from ((m.start(), m.end(), None) for m in _TARGET.finditer(text))
        if _DEFINITION.search(text):
            for m in _REFERENCE.finditer(text):
                yield m.start(1), m.end(1), None
                yield m.start(3), m.end(3), "link"

    def _with(
        self, text: str, found: Iterable[tuple[int, int, Label | None]], escaped: bool = False
    ) -> Redacted:
        spans = _apart(found)
        if not spans:
            return Redacted(text)
        around, language = (0, 0), language_of("")  # the paragraph, and what it is written in
        out, moved, at, length = list[str](), [], 0, 0
        for number, (start, end, label) in enumerate(spans):
            out.append(text[at:start])
            length += start - at
            if start >= around[1]:
                around = _paragraph(text, start)
                language = language_of(text[slice(*around)])
            words = self._bracketed(text, start, end, label, language, escaped)
            follows = number and spans[number - 1][1] == start and out[-2].endswith("]")
            if follows and words[:1] == "[":
                words = f" {words}"  # [a][b] would be a link
            out.append(words)
            moved.append((start, end, length, length + len(words)))
            length += len(words)
            at = end
        out.append(text[at:])
        return Redacted("".join(out), tuple(moved))

    @staticmethod
    def _bracketed(
        text: str, start: int, end: int, label: Label | None, language: Language, escaped: bool
    ) -> str:
        if label is None:
            return ""
        words = WORDS[label][language]
        space = " " if label == "link" and text[start] == "]" else ""
        # [mentor]: at the beginning of a line, and [mentor](…), would be links
        if escaped and text[end : end + 1] in ("(", "[", ":"):
            return rf"{space}\[{words}\]"
        return f"{space}[{words}]"


def _paragraph(text: str, place: int) -> tuple[int, int]:
    """The ends of the paragraph around a place."""
    begin, end = text.rfind("\n\n", 0, place), text.find("\n\n", place)
    return max(begin, 0), end if end >= 0 else len(text) + 1


def _put(known: dict[str, Label], name: str, label: Label) -> None:
    """What two people are called by says only that it is a name."""
    known[name] = label if known.get(name, label) == label else "name"


def bracketed(label: Label, language: Language) -> str:
    """For example "[photograph]"."""
    return f"[{WORDS[label][language]}]"


def _follow(words: Sequence[re.Match[str]], sequence: Sequence[str], text: str) -> bool:
    """Whether these words are the name's, with no more between than a name has."""
    if any(word[0].casefold() != part for word, part in zip(words, sequence, strict=True)):
        return False
    return all(_GAP.fullmatch(text, before.end(), after.start()) for before, after in pairwise(words))


def _apart(found: Iterable[tuple[int, int, Label | None]]) -> list[tuple[int, int, Label | None]]:
    """Spans by their place, none within another: the first that was found stays."""
    taken: list[tuple[int, int, Label | None]] = []
    starts: list[int] = []
    for span in found:
        start, end, _label = span
        at = bisect_right(starts, start)
        free = (at == 0 or taken[at - 1][1] <= start) and (at == len(taken) or end <= taken[at][0])
        if start < end and free:
            taken.insert(at, span)
            starts.insert(at, start)
    return taken

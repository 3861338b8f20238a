"""Passages in another language than the text around them, as far as their letters tell.

What is plain in a text is in the text's own language. Chinese, Japanese and Korean letters name
their language in a text that is in none of them; of a script that many languages share (Cyrillic,
Arabic, Hebrew, Thai …) nothing is said but that it is not the language around it.
"""

import re

from portfolio.domain.records import Language

UNKNOWN = "und"  # BCP 47: a language that nobody has named

_HAN = "\u2e80-\u2fdf\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_KANA = "\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_HANGUL = "\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff"
_WIDE = "\u3001-\u3003\u3008-\u3011\uff01-\uff0f\uff1a-\uff1f"  # marks of Chinese and Japanese
_NARROW = "·…—“”‘’"  # marks that they share with others
_OTHER = (
    "\u0400-\u052f\u0530-\u08ff\u0900-\u10ff\u1200-\u139f\u1780-\u18af\u1c80-\u1cbf\u2de0-\u2dff"
    "\ua640-\ua69f\ufb1d-\ufdff\ufe70-\ufefe"
)
_GREEK = "\u0370-\u03ff\u1f00-\u1fff"
_JOIN = "[ \u200b\u200c\u200d\u2060’-]"

_EASTERN = rf"[{_HAN}{_KANA}]+(?:[{_WIDE}{_NARROW}]+[{_HAN}{_KANA}]+)*[{_WIDE}]*"
_KOREAN = rf"[{_HANGUL}]+(?:[ ,.!?]+[{_HANGUL}]+)*"
_REST = rf"[{_OTHER}]+(?:{_JOIN}+[{_OTHER}]+)*|[{_GREEK}]{{3,}}(?:{_JOIN}+[{_GREEK}]{{3,}})*"
_PASSAGE: dict[Language, re.Pattern[str]] = {
    "en": re.compile(rf"{_EASTERN}|{_KOREAN}|{_REST}"),
    "zh": re.compile(rf"[{_HAN}{_KANA}]+|{_KOREAN}|{_REST}"),
}
_FOREIGN: dict[Language, re.Pattern[str]] = {  # what none is without: looks faster
    "en": re.compile(f"[{_HAN}{_KANA}{_HANGUL}{_OTHER}{_GREEK}]"),
    "zh": re.compile(f"[{_KANA}{_HANGUL}{_OTHER}{_GREEK}]"),
}
_LEFTWARDS = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe]")
_LETTER = re.compile(r"[^\W\d_]")
_OF_HAN, _OF_KANA, _OF_HANGUL = (re.compile(f"[{letters}]") for letters in (_HAN, _KANA, _HANGUL))


def marked(html: str, language: Language) -> str:
    """Escaped text, "en" or "zh", with its passages in other languages in a `span` that names theirs."""
    if html.isascii() or not _FOREIGN[language].search(html):
        return html

    def named(match: re.Match[str]) -> str:
        name = _named(match[0])
        return match[0] if name[:2] == language else f'<span lang="{name}">{match[0]}</span>'

    return _PASSAGE[language].sub(named, html)


def spoken(text: str, declared: str) -> str:
    """The language of a run of text, where the document declares one; empty without letters."""
    if not _LETTER.search(text):
        return ""
    if declared[:2] == "en" and _PASSAGE["en"].fullmatch(text.strip()):
        return _named(text)
    return declared


def runs_left(text: str) -> bool:
    """Whether some of it runs from right to left."""
    return not text.isascii() and _LEFTWARDS.search(text) is not None


def _named(text: str) -> str:
    if _OF_KANA.search(text):
        return "ja"
    if _OF_HANGUL.search(text):
        return "ko"
    return "zh-Hans" if _OF_HAN.search(text) else UNKNOWN

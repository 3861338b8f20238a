"""The language of each passage, as far as its letters tell."""

import re

import pytest

from portfolio.export.prose import typeset
from portfolio.export.scripts import spoken


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("plain words, naïve and süß", "en", []),
        ("she said 看见 and left", "en", [("zh-Hans", "看见")]),
        ("“看见，是的。” she said", "en", [("zh-Hans", "看见，是的。")]),
        ("今日は and 한국어, 좋아요 and русский язык", "en",
         [("ja", "今日は"), ("ko", "한국어, 좋아요"), ("und", "русский язык")]),
        ("שלום עולם, مرحبا بكم, สวัสดี", "en", [("und", "שלום עולם"), ("und", "مرحبا بكم"), ("und", "สวัสดี")]),
        ("5 µg of α, ≥ 3 ℃", "en", []),
        ("他说 hello，我听见了", "zh", []),
        ("他说今日は，我听见了한국", "zh", [("ja", "他说今日は"), ("ko", "한국")]),
    ],
)  # fmt: skip
def test_only_what_is_foreign_names_its_language(
    text: str, language: str, found: list[tuple[str, str]]
) -> None:
    html = typeset(text, language)  # type: ignore[arg-type]
    assert re.findall(r'<span lang="([^"]*)">([^<]*)</span>', html) == found
    assert re.sub("<[^>]*>", "", html) == text


@pytest.mark.parametrize(
    ("text", "declared", "language"),
    [
        ("Wir gehen", "en", "en"),
        ("护士长", "en", "zh-Hans"),
        ("2022, 3", "en", ""),
        ("PDF 文件", "zh-Hans", "zh-Hans"),
        ("Привет", "und", "und"),
    ],
)
def test_a_run_is_in_the_language_that_is_declared(text: str, declared: str, language: str) -> None:
    assert spoken(text, declared) == language


def test_a_long_text_takes_no_long_time() -> None:
    for letter in "字あ가яα，":
        for language in ("en", "zh"):
            assert typeset(letter * 20_000 + " " * 5_000 + "a", language)  # type: ignore[arg-type]

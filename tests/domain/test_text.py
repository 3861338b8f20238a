"""One form of text, its language, its words, and names made of it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.domain.text import (
    FILENAME_BYTES,
    MAX_QUERY_TERMS,
    SLUG_LENGTH,
    QueryTerm,
    count_words,
    language_of,
    normalise,
    query_terms,
    safe_filename,
    search_terms,
    slug,
)

ANY_TEXT = st.text(st.characters(codec=None), max_size=200)
DIARY_TEXT = st.text("ab cé'’.,-3\n今天很忙，。的ｆ\u0301\r\t", max_size=80)


# One form


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("one\r\ntwo\rthree\n", "one\ntwo\nthree\n"),
        ("one\u2028two\u2029three\x85four", "one\ntwo\nthree\nfour"),
        ("\ufeffwith a mark\x00 and\x07 bells\x7f\x9b", "with a mark and bells"),
        ("e\u0301cole", "école"),
        ("a\tb\n", "a\tb\n"),
        ("👩🏽‍⚕️", "👩🏽‍⚕️"),
        ("half \ud800 a pair", "half \ufffd a pair"),
        ("e\x00\u0301", "é"),
    ],
)
def test_text_gets_one_form(raw: str, text: str) -> None:
    assert normalise(raw) == text


@given(ANY_TEXT)
def test_normalised_text_stays_as_it_is(raw: str) -> None:
    text = normalise(raw)
    assert normalise(text) == text
    assert unicodedata.is_normalized("NFC", text)
    assert "\r" not in text
    assert not [c for c in text if unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t"]
    text.encode()


# Words and languages


@pytest.mark.parametrize(
    ("text", "words", "language"),
    [
        ("", 0, "en"),
        ("The ward was quiet.", 4, "en"),
        ("don't can’t it's", 3, "en"),
        ("a well-known nurse-in-charge", 3, "en"),
        ("At 04:30 he got 3.5 mg, then 1,000 ml", 9, "en"),
        ("SpO2 92% (8/10)", 3, "en"),
        ("U.S. and/or U.K.", 4, "en"),
        ("café naïve École", 3, "en"),
        ("e\u0301cole nai\u0308ve", 2, "en"),
        ("今天很忙。", 4, "zh"),
        ("今天，我们去查房！", 7, "zh"),
        ("第3天", 3, "zh"),
        ("今天ward round很忙", 6, "zh"),
        ("我做了 CPR 和 ECG，手一直在抖。", 11, "zh"),
        ("She said 加油 and I laughed", 7, "en"),
        ("Nobody told me. 没有人告诉我。", 9, "zh"),
        ("𠮷野家 〇 々", 5, "zh"),
        ("😀 👩🏽‍⚕️ 👍", 0, "en"),
        ("今天 😀", 2, "zh"),
        ("— … “” 。，", 0, "en"),
        ("# Ward\n\n- *one*\n- **two** `three`\n\n> four ~~five~~\n\n---", 6, "en"),
        ("[a link](https://example.org/a/b_c) ![Corridor](/photographs/abc)", 3, "en"),
        ("see https://example.org/a/b?c=d now", 3, "en"),
        ("one\r\ntwo\rthree", 3, "en"),
        ("snake_case", 2, "en"),
        ("1. one\n2. two", 4, "en"),
        ("한국어 단어 둘", 3, "en"),
    ],
)
def test_words_are_counted_as_people_count_them(text: str, words: int, language: str) -> None:
    assert count_words(text) == words
    assert language_of(text) == language


def test_counting_a_large_text_is_linear() -> None:
    assert count_words("word](" * 50_000) == 50_000
    assert count_words("a." * 50_000) == 1
    assert count_words("汉" * 100_000) == 100_000


# Search


def test_words_are_found_without_case_accents_and_width() -> None:
    terms = search_terms("Café NAÏVE ＷＡＲＤ café")
    assert terms == ["café", "cafe", "naïve", "naive", "ward"]


def test_two_character_words_are_found() -> None:
    assert search_terms("今天值夜班") == ["今", "天", "值", "夜", "班", "今天", "天值", "值夜", "夜班"]
    assert query_terms("夜班") == [QueryTerm("夜班", False)]
    assert query_terms("班") == [QueryTerm("班", False)]
    assert query_terms("值夜班") == [QueryTerm("值夜", False), QueryTerm("夜班", False)]


def test_the_last_word_may_still_be_being_typed() -> None:
    assert query_terms("night shi") == [QueryTerm("night", False), QueryTerm("shi", True)]
    assert query_terms("night shift ") == [QueryTerm("night", False), QueryTerm("shift", False)]
    assert query_terms("shift 夜班") == [QueryTerm("shift", False), QueryTerm("夜班", False)]
    assert query_terms("the THE") == [QueryTerm("the", False)]
    assert query_terms(" ?!* ") == []


def test_a_patients_name_with_an_apostrophe_is_found_either_way() -> None:
    terms = set(search_terms("The patient's daughter, Mrs O’Neill"))
    for query in ("patient", "patient's", "patient’s", "o'neill", "O’Neill"):
        assert all(term in terms for term, _ in query_terms(query)), query


@given(DIARY_TEXT, st.data())
def test_every_part_of_a_text_finds_it(text: str, data: st.DataObject) -> None:
    text = normalise(text)
    terms = search_terms(text)
    assert len(terms) == len(set(terms))
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    # From the beginning of a word on, as somebody would type it
    while (
        start
        and (text[start - 1].isalnum() or unicodedata.combining(text[start - 1]))
        and not _han(text[start - 1])
    ):
        start -= 1
    for term, prefix in query_terms(text[start:end]):
        assert (
            term in terms
            or (prefix and any(t.startswith(term) for t in terms))
            or text[end : end + 1].strip()
        )


def _han(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"


@given(ANY_TEXT)
def test_terms_are_plain_and_short(text: str) -> None:
    for term in search_terms(normalise(text)):
        assert term
        assert len(term) <= 64
        assert not any(c.isspace() or c in "\"*'_-()" for c in term)
    assert len(query_terms(text * 20)) <= MAX_QUERY_TERMS


# Names of files


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("夜班之后", "夜班之后"),
        ("Tuesday, 8 P.M., August 18th", "tuesday-8-p-m-august-18th"),
        ("第一次：带人 (again)", "第一次-带人-again"),
        ("Énorme pression", "énorme-pression"),
        ("../../etc/passwd", "etc-passwd"),
        ("CON", "con-"),
        ("😀", "untitled"),
        ("", "untitled"),
        ("A very long title that goes on and on about the round", "a-very-long-title-that-goes-on-and-on"),
        ("夜" * 60, "夜" * SLUG_LENGTH),
    ],
)
def test_a_title_becomes_part_of_a_file_name(title: str, name: str) -> None:
    assert slug(title) == name


@given(ANY_TEXT)
def test_any_title_becomes_part_of_a_file_name(title: str) -> None:
    name = slug(title)
    assert 0 < len(name) <= SLUG_LENGTH
    assert all(c.isalnum() or c == "-" for c in name)
    assert slug(name.rstrip("-")) == name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("عکس.jpg", "عکس.jpg"),
        ("照片 1.HEIC", "照片 1.HEIC"),
        ("../../secret.png", "secret.png"),
        ("C:\\photos\\ward.jpg", "ward.jpg"),
        ("con.txt", "_con.txt"),
        ("a\u202egpj.exe", "agpj.exe"),
        ('what?"*<now>.md', "whatnow.md"),
        (".htaccess", "htaccess"),
        ("日记\r\n.md", "日记.md"),
        ("...", "file"),
        ("", "file"),
        ("照" * 200 + ".png", "照" * 58 + ".png"),
    ],
)
def test_a_file_keeps_its_name_where_that_is_safe(name: str, safe: str) -> None:
    assert safe_filename(name) == safe


@given(ANY_TEXT)
def test_any_name_can_be_stored(name: str) -> None:
    safe = safe_filename(name)
    assert 0 < len(safe.encode()) <= FILENAME_BYTES
    assert not set(safe) & set('/\\:*?"<>|\0\n\r')
    assert not safe.startswith(".")
    assert not safe.endswith((".", " "))
    assert safe_filename(safe) == safe

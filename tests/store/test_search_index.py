"""The full-text index by itself: whose entries a search finds, and that every script can be looked for."""

import pytest

from portfolio.domain.text import query_terms, search_terms
from portfolio.store import search_index

MEI, JUN = 1, 12


def found(owner: int, query: str) -> list[int]:
    return sorted(search_index.find(owner, query_terms(query)))


def test_a_search_stays_within_one_diary(db: None) -> None:
    search_index.put(1, MEI, search_terms("The ward was quiet"))
    search_index.put(2, JUN, search_terms("The ward was loud"))
    search_index.put(3, MEI, search_terms("A quiet corridor"))
    assert found(MEI, "ward") == [1]
    assert found(JUN, "ward") == [2]
    assert found(MEI, "quiet ") == [1, 3]
    assert found(MEI, "qui") == [1, 3]
    assert found(MEI, "qui ") == []


def test_an_entry_indexed_anew_is_found_by_its_present_words_alone(db: None) -> None:
    search_index.put(1, MEI, search_terms("porridge"))
    search_index.put(1, MEI, search_terms("rice"))
    assert found(MEI, "porridge") == []
    assert found(MEI, "rice") == [1]
    search_index.remove(1)
    assert found(MEI, "rice") == []


@pytest.mark.parametrize(
    "text",
    [
        "don't \\ \"quote\" 'single' AND OR NOT NEAR(a b) (x) a:b c* -d ^e",
        "夜班后的粥",
        "ᥣᥭ a\u19b0b a\u1cf2b",  # New Tai Lue and Vedic marks, which some tokenizers take for spaces
        "привет ДОБРО Ürümqi İstanbul ﬁne ½ x²",
        "𠀀𠀁 𝔘𝔫𝔦 🙂 العَرَبِيَّة עִבְרִית हिन्दी ไทย",
    ],
)
def test_whatever_was_written_can_be_looked_for(db: None, text: str) -> None:
    search_index.put(1, MEI, search_terms(text))
    search_index.put(2, MEI, search_terms("other words"))
    for word in text.split():
        if query_terms(word):
            assert found(MEI, word) == [1], word


def test_a_text_with_more_words_than_an_index_row_holds_is_found_by_its_beginning(db: None) -> None:
    terms = [chr(0x4E00 + n % 20_000) + chr(0x4E00 + n // 20_000) for n in range(200_000)]
    search_index.put(1, MEI, terms)
    assert search_index.find(MEI, [(terms[0], False)]) == [1]
    assert search_index.find(MEI, [(terms[100_000], False)]) == [1]

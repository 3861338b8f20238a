"""The search index beside a site: terms in small shards, read back as the page's script reads them."""

import json
import random
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolio.domain.text import MAX_TERM, query_terms, search_terms
from portfolio.export.site import write_site
from portfolio.export.site_html import visible_text
from portfolio.export.site_search import BLOCK, SHARD_BYTES, SIGNS, Index
from tests.export import books, people


def read(files: dict[str, bytes]) -> tuple[dict[str, object], dict[str, list[int]], list[list[str]]]:
    """The index as data: its head, the entries of each term, what results show."""
    found: dict[str, object] = {}
    for content in files.values():
        call = re.fullmatch(r"portfolioIndex\.take\((\"[^\"]*\"),(.*)\)\n", content.decode(), re.DOTALL)
        assert call
        found[json.loads(call[1])] = json.loads(call[2])
    head = found.pop("")
    assert isinstance(head, dict)
    terms: dict[str, list[int]] = {}
    begins = head["begins"]
    assert begins == sorted(begins)
    for begin, following in zip(begins, [*begins, chr(0x10FFFF)][1:], strict=True):
        plain = re.fullmatch("[a-z0-9]+", begin)
        name = begin if plain else "-".join(["u", *(f"{ord(c):x}" for c in begin)])
        lines = found.pop(f"t-{name}")
        assert isinstance(lines, str)
        for line in lines.split("\n"):
            term, signs = line.split(" ")
            assert begin <= term < following
            assert term not in terms
            terms[term] = numbers(signs)
    shown = [row for n in range(len(found)) for row in found[f"e-{n}"]]  # type: ignore[attr-defined]
    return head, terms, shown


def numbers(signs: str) -> list[int]:
    out, value, shift, last = [], 0, 0, 0
    for sign in signs:
        bits = SIGNS.index(sign)
        value |= (bits & 31) << shift
        shift += 5
        if bits < 32:
            last += value
            out.append(last)
            value = shift = 0
    return out


TEXTS = st.lists(st.text(st.sampled_from("aábßcD’ 9夜班后的粥龑𠮷ー-_.\n"), max_size=40), max_size=80)


@given(TEXTS)
@settings(max_examples=60, deadline=None)
def test_every_term_leads_to_its_entries_and_no_other(texts: list[str]) -> None:
    index = Index()
    for n, text in enumerate(texts):
        index.add([text], [], [f"e{n}"])
    head, terms, shown = read(dict(index.files()))
    expected: dict[str, list[int]] = {}
    for n, text in enumerate(texts):
        for term in search_terms(text):
            expected.setdefault(term, []).append(n)
    assert terms == expected
    assert shown == [[f"e{n}"] for n in range(len(texts))]
    assert head["entries"] == len(texts)


def test_a_large_index_is_parted_so_that_a_query_loads_little() -> None:
    rng = random.Random(5)  # noqa: S311
    letters = "etaoinshrdlucm"
    words = ["".join(rng.choices(letters, k=rng.randint(2, 9))) for _ in range(6000)]
    han = [chr(0x4E00 + rng.randrange(2500)) for _ in range(2500)]
    index = Index()
    for n in range(900):
        text = " ".join(rng.choices(words, k=120)) + "".join(rng.choices(han, k=120))
        index.add([text], [], [f"entries/{n}.html", "A title", "en", "1 May 2021", "", "en"])
    files = dict(index.files())
    shards = {path: len(content) for path, content in files.items() if path.startswith("search/t-")}
    assert max(shards.values()) < SHARD_BYTES * 1.1
    assert len(shards) < sum(shards.values()) / 6000, "crumbs: each costs a request and a block on the disk"
    assert len([path for path in files if path.startswith("search/e-")]) == -(-900 // BLOCK)
    again = Index()
    assert not [path for path, _ in again.files() if path != "search/index.js"][1:]


def test_the_words_of_an_entry_are_those_that_a_reader_sees(tmp_path: Path) -> None:
    assert visible_text('<p>wo<em>rd</em>s &amp; <img src="/x" alt="a &gt; b" width="3">end</p>').split() == [
        "words", "&", "a", ">", "b", "end",
    ]  # fmt: skip
    folder = write_site(people.ines(tmp_path), tmp_path / "site").path
    files = {str(path): path.read_bytes() for path in (folder / "search").iterdir()}
    _, terms, shown = read(files)

    def titles(query: str) -> list[str]:
        sets = [set(terms.get(term.term, ())) for term in query_terms(query + " ")]
        return [shown[n][1] for n in sorted(set.intersection(*sets))]

    assert titles("夜班") == ["夜班后的粥"]
    assert titles("阿姨 粥") == ["夜班后的粥"]
    assert titles("corridor daughter") == ["The daughter in the corridor"]
    assert titles("conversation") == ["The daughter in the corridor"]  # an answer about the threshold
    assert titles("Who stayed with her") == ["The daughter in the corridor"]  # a comment
    assert "elsewhere0000000" not in terms  # the id of an entry that is not here
    assert max(map(len, terms)) <= MAX_TERM


def test_the_index_changes_only_where_an_entry_is_new(tmp_path: Path) -> None:
    entries = [books.entry(f"2021-{m:02}-{d:02}", f"Day {m}/{d}", f"word{m} of{d} kept") for m in range(1, 13)
               for d in range(1, 29)]  # fmt: skip
    write_site(books.portfolio(entries), tmp_path / "site")
    shutil.copytree(tmp_path / "site", tmp_path / "copy")
    more = books.portfolio([*entries, books.entry("2021-12-30", "The last", "word12 anew")])
    result = write_site(replace(more, content_hash="x"), tmp_path / "site")
    assert 0 < result.written < 25
    assert write_site(replace(more, content_hash="x"), tmp_path / "new").written == result.files
    for path in (tmp_path / "new").rglob("*.*"):
        if path.is_file():
            assert (tmp_path / "site" / path.relative_to(tmp_path / "new")).read_bytes() == path.read_bytes()


@pytest.mark.heavy
def test_ten_years_stay_light() -> None:
    """3,500 entries of 1.2 million words and 字: what a query loads, in bytes."""
    rng = random.Random(7)  # noqa: S311
    words = ["".join(rng.choices("etaoinshrdlucm", k=2 + n % 9)) + str(n % 7 or "") for n in range(30_000)]
    han = [chr(0x4E00 + n) for n in rng.sample(range(20_000), 3000)]
    likely = [1 / (n + 2) for n in range(30_000)]  # as words of a language are
    index = Index()
    for n in range(3500):
        if n % 5:
            text = " ".join(rng.choices(words, likely, k=343))
        else:
            text = "".join(rng.choices(han, likely[:3000], k=343))
        shown = [f"entries/2021/2021-03-05-a-day-like-any-other-{n:016}.html", "A day like any other", "en",
                 "5 March 2021", "The corridor is longer at night, and nobody had told us. " * 2, "en"]  # fmt: skip
        index.add([text], [], shown)
    files = dict(index.files())
    sizes = {path: len(content) for path, content in files.items()}
    shards = [size for path, size in sizes.items() if path.startswith("search/t-")]
    blocks = [size for path, size in sizes.items() if path.startswith("search/e-")]
    assert sizes["search/index.js"] < 40_000
    assert max(shards) < 26_000 and max(blocks) < 12_000
    # Two words, and twenty results in as many blocks at the worst
    assert sizes["search/index.js"] + 2 * max(shards) + 20 * max(blocks) < 300_000
    assert sum(sizes.values()) < 6_000_000

"""What changed between two revisions, as a reader sees it."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.domain.diff import Block, Run, changes, to_html
from tests.corpora import XSS

PROSE = st.text("ab .,\n“”今天很，。", max_size=120)
PARAGRAPHS = st.lists(st.sampled_from(["One.", "Two two.", "今天很忙。", "x", ""]), max_size=12).map(
    "\n\n".join
)


def texts(blocks: list[Block]) -> tuple[str, str]:
    """The old and the new text, put together again."""
    runs = [run for block in blocks for run in block.runs]
    old = "".join(run.text for run in runs if run.kind != "inserted")
    new = "".join(run.text for run in runs if run.kind != "deleted")
    return old, new


def shown(old: str, new: str) -> str:
    blocks = changes(old, new)
    assert texts(blocks) == (old, new)
    return to_html(blocks)


@given(st.one_of(PROSE, PARAGRAPHS), st.one_of(PROSE, PARAGRAPHS))
def test_the_differences_lead_from_the_old_text_to_the_new(old: str, new: str) -> None:
    blocks = changes(old, new)
    assert texts(blocks) == (old, new)
    if old == new:
        assert {block.kind for block in blocks} <= {"same", "folded"}
    html = to_html(blocks)
    assert html.count("<p>") == html.count("</p>")


@given(PROSE, st.data())
def test_an_edit_of_a_text_leads_to_it(old: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(old)))
    end = data.draw(st.integers(start, len(old)))
    new = old[:start] + data.draw(PROSE) + old[end:]
    assert texts(changes(old, new)) == (old, new)


def test_words_are_replaced_as_wholes() -> None:
    assert shown("I felt relieved on the way.", "I felt robbed on the way.") == (
        "<p>I felt <del>relieved</del><ins>robbed</ins> on the way.</p>"
    )


def test_a_rewritten_sentence_is_not_shown_in_splinters() -> None:
    html = shown(
        "I said that we would wait another ten minutes.",
        "I said that we would start with bay two, because nothing there could go wrong.",
    )
    assert html.count("<del>") == html.count("<ins>") == 1


def test_chinese_changes_by_the_phrase() -> None:
    assert shown("今天很累，我们去查房。", "今天很高兴，我们去查房。") == (
        "<p>今天很<del>累</del><ins>高兴</ins>，我们去查房。</p>"
    )
    html = shown("老师说要多看书，少说话。", "老师问我为什么害怕，我答不上来。")
    assert html.count("<del>") <= 2


def test_an_added_sentence_begins_where_a_sentence_begins() -> None:
    html = shown("I was tired. I was sad.", "I was tired. I was cold. I was sad.")
    assert html == "<p>I was tired.<ins> I was cold.</ins> I was sad.</p>"


def test_new_paragraphs_stand_alone() -> None:
    html = shown(
        "I had the list. We would wait.\n\nWhen she came she took it.",
        "I had the list. We would start.\n\nI did lead.\n\nFor four patients.\n\nWhen she came she took it.",
    )
    assert html == (
        "<p>I had the list. We would <del>wait</del><ins>start</ins>.</p>\n"
        "<p><ins>I did lead.</ins></p>\n<p><ins>For four patients.</ins></p>\n"
        "<p>When she came she took it.</p>"
    )


def test_paragraphs_added_and_taken_at_the_end() -> None:
    assert shown("One.", "One.\n\nTwo.") == "<p>One.</p>\n<p><ins>Two.</ins></p>"
    assert shown("One.\n\nTwo.", "One.") == "<p>One.</p>\n<p><del>Two.</del></p>"


def test_joined_paragraphs_show_the_break_that_is_gone() -> None:
    assert shown("One.\n\nTwo.", "One. Two.") == "<p>One.<del>¶ </del> Two.</p>"


def test_lines_that_were_left_alone_among_changed_ones_are_not_new() -> None:
    html = shown(
        'He said "wait." Then he left (at once). *So* it was!\n\n- an item one.\n- an **item** two (x)\n\n'
        "我看见他站在门口。他没有说话。\n\nIn `code` & <b>html</b> here 5 > 3.",
        'He said "wait." Then he stayed.\n\n- an item one.\n\n我看见他站在门口。',
    )
    assert html == (
        '<p>He said "wait." Then he <del>left (at once). *So* it was!</del><ins>stayed.</ins></p>\n'
        "<p>- an item one.</p>\n<p><del>- an **item** two (x)</del></p>\n"
        "<p>我看见他站在门口。<del>他没有说话。</del></p>\n"
        "<p><del>In `code` &amp; &lt;b&gt;html&lt;/b&gt; here 5 &gt; 3.</del></p>"
    )


def test_a_changed_line_is_laid_beside_the_one_that_it_was() -> None:
    html = shown(
        "The ward was full.\n\nMy teacher asked me.\n\nI went home late.",
        "The ward was empty.\n\nNobody spoke.\n\nMy teacher asked us.\n\nI went home early.",
    )
    assert html == (
        "<p>The ward was <del>full</del><ins>empty</ins>.</p>\n<p><ins>Nobody spoke.</ins></p>\n"
        "<p>My teacher asked <del>me</del><ins>us</ins>.</p>\n<p>I went home <del>late</del><ins>early</ins>.</p>"
    )


def test_only_the_neighbours_of_a_change_are_shown() -> None:
    old = [f"Paragraph {number}." for number in range(20)]
    new = [*old[:10], "Paragraph ten.", *old[11:]]
    blocks = changes("\n\n".join(old), "\n\n".join(new))
    assert [(block.kind, block.paragraphs) for block in blocks] == [
        ("folded", 9),
        ("same", 1),
        ("changed", 1),
        ("same", 1),
        ("folded", 8),
    ]
    html = to_html(blocks, lambda number: f"{number} 段 & 未改")
    assert "<summary>9 段 &amp; 未改</summary><p>Paragraph 0.</p>" in html


def test_an_unchanged_text_has_no_changes() -> None:
    assert changes("", "") == []
    assert to_html(changes("One.", "One.")) == "<p>One.</p>"
    assert [block.kind for block in changes("One.\n\nTwo.\n\nThree.", "One.\n\nTwo.\n\nThree.")] == ["folded"]


def test_a_first_and_a_last_text() -> None:
    assert changes("", "All new.") == [Block("inserted", (Run("inserted", "All new."),))]
    assert changes("All gone.", "") == [Block("deleted", (Run("deleted", "All gone."),))]


@pytest.mark.parametrize("payload", XSS[:40], ids=range(40))
def test_nothing_of_the_texts_is_obeyed(payload: str) -> None:
    for html in (shown("Before.", payload), shown(payload, "After."), shown(payload, payload + " x")):
        left = html
        for tag in ("p", "ins", "del", "details", "summary"):
            left = left.replace(f"<{tag}>", "").replace(f"</{tag}>", "")
        assert "<" not in left.replace('<details class="unchanged">', "")


WORDS = [f"w{number}" for number in range(5_000)]


def _prose(seed: int, words: int, paragraph: int) -> str:
    chosen = random.Random(seed).choices(WORDS, k=words)  # noqa: S311
    return "\n\n".join(" ".join(chosen[at : at + paragraph]) for at in range(0, words, paragraph))


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a " * 1_000_000, "b " + "a " * 1_000_000 + "c"),
        ("a " * 1_000_000, "a b " * 500_000),
        ("a " * 40_000, "a b " * 20_000),
        (_prose(1, 330_000, 330_000), _prose(2, 330_000, 330_000)),
        (_prose(1, 330_000, 60), _prose(2, 330_000, 60)),
        (_prose(1, 330_000, 60), _prose(1, 330_000, 60).replace("\n", " x\n")),
        (_prose(3, 40_000, 40_000), _prose(4, 40_000, 40_000)),
        ("汉字" * 350_000, "字汉" * 350_000),
        ("\n".join(map(str, range(300_000))), "\n".join(map(str, range(300_000, 0, -1)))),
        ("a\n" * 1_000_000, "\n" * 2_000_000),
        ("x" * 2_000_000, "y" * 2_000_000),
    ],
    ids=range(11),
)
def test_large_texts_are_compared_in_bounded_time(old: str, new: str) -> None:
    started = time.monotonic()
    blocks = changes(old, new)
    to_html(blocks)
    assert time.monotonic() - started < 5
    assert texts(blocks) == (old, new)


def test_an_edit_in_a_long_entry_is_found_quickly() -> None:
    old = _prose(5, 20_000, 80)
    new = old.replace(" w17 ", " changed ", 1)
    started = time.monotonic()
    assert to_html(changes(old, new)).count("<ins>changed</ins>") == 1
    assert time.monotonic() - started < 0.5

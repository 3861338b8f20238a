"""Where comments stand: beside their passage when short, beneath when not."""

from dataclasses import replace

from portfolio.domain.records import Comment
from portfolio.export.prose import Block
from portfolio.export.threads import place, threads
from tests.export.books import comment, entry

LINDA = ("Linda Osei", "mentor")


def blocks(*lines: int, passages: dict[int, list[int]]) -> list[Block]:
    return [Block("<p>x</p>", passages.get(i, []), n) for i, n in enumerate(lines)]


def placed(
    comments: list[Comment], *lines: int, passages: dict[int, list[int]]
) -> tuple[dict[int, int], int]:
    """How many stand beside each block, and how many beneath."""
    where = place(entry("2022-01-01", "t", "b"), comments, blocks(*lines, passages=passages), notes=1)
    return {block: len(found) for block, found in where.beside.items()}, len(where.beneath)


def said(text: str, quoted: str | None = "a passage") -> Comment:
    return comment(*LINDA, "2022-01-02", text, quoted=quoted)


def test_a_short_comment_stands_beside_what_it_quotes() -> None:
    assert placed([said("Yes.")], 10, 10, passages={1: [1]}) == ({1: 1}, 0)


def test_a_long_thread_stands_beneath() -> None:
    assert placed([said("word " * 61)], 40, passages={0: [1]}) == ({}, 1)
    answered = replace(said("Yes."), replies=(said("word " * 60, None),))
    assert placed([answered], 40, passages={0: [1]}) == ({}, 1)


def test_a_comment_on_the_whole_stands_beneath() -> None:
    assert placed([said("Yes.", quoted=None)], 40, passages={}) == ({}, 1)


def test_what_would_reach_below_the_entry_stands_beneath() -> None:
    assert placed([said("Yes.")], 3, passages={0: [1]}) == ({}, 1)
    assert placed([said("Yes."), said("And yes again.")], 6, passages={0: [1, 2]}) == ({0: 1}, 1)


def test_a_passage_that_is_gone_is_known() -> None:
    gone = said("Yes.")
    where = place(entry("2022-01-01", "t", "b"), [gone], blocks(9, passages={}), notes=1)
    assert where.gone == {gone.public_id}
    assert where.beneath == [gone]


def test_a_title_keeps_room_for_what_stands_beside_the_first_block() -> None:
    where = place(entry("2022-01-01", "t", "b"), [said("Yes.")], blocks(20, passages={0: [1]}), notes=5)
    assert where.room > 60
    assert where.lowered[0] > 0


def test_a_withdrawn_comment_stays_only_for_its_answers() -> None:
    alone = replace(said("x"), withdrawn=True, body="", html="")
    assert threads([alone]) == []
    answered = replace(alone, replies=(said("Why?", None),))
    assert threads([answered]) == [answered]

"""What stands on which page."""

from hypothesis import given
from hypothesis import strategies as st

from portfolio.export.pages import Part, fill
from portfolio.export.pieces import Cut, Piece

HEIGHT = 660.0


def piece(height: float, *cuts: Cut, gap: float = 45.0, reach: float = 0.0) -> Piece:
    return Piece(height, gap, max(height, reach), cuts)


def lines(count: int, gap: float = 45.0) -> Piece:
    """A paragraph of lines of 15 points, to be cut after the third and before the third last."""
    cuts = [Cut(15.0 * n, 15.0 * n, not 3 <= n <= count - 3) for n in range(1, count)]
    return piece(15.0 * count, *cuts, gap=gap)


def shown(parts: list[Part]) -> list[list[tuple[int, int, int]]]:
    return [[(p.part, p.first, p.last) for p in page.placed] for page in fill(parts, HEIGHT).pages]


def test_pieces_stand_below_each_other_with_their_gaps() -> None:
    filled = fill([Part(lines(10)), Part(lines(10))], HEIGHT)
    assert [placed.down for placed in filled.pages[0].placed] == [0.0, 195.0]
    assert len(filled.pages) == 1


def test_a_piece_is_cut_where_that_is_allowed() -> None:
    # 30 lines leave room for 14 less the gap of three
    assert shown([Part(lines(30)), Part(lines(20))]) == [[(0, 0, 29), (1, 0, 10)], [(1, 11, 19)]]


def test_no_page_ends_with_too_few_lines_and_none_begins_with_them() -> None:
    assert shown([Part(lines(38)), Part(lines(20))]) == [[(0, 0, 37), (1, 0, 2)], [(1, 3, 19)]]
    assert shown([Part(lines(39)), Part(lines(20))]) == [[(0, 0, 38)], [(1, 0, 19)]]
    assert shown([Part(lines(41, gap=0)), Part(lines(5))]) == [[(0, 0, 40)], [(1, 0, 4)]]


def test_a_page_begins_with_text_whatever_white_came_before() -> None:
    filled = fill([Part(lines(42)), Part(lines(4))], HEIGHT)
    (placed,) = filled.pages[1].placed
    assert placed.down == 0.0


def test_what_is_kept_together_moves_together() -> None:
    heading = piece(60.0, gap=0.0)
    parts = [Part(lines(35)), Part(heading, keeps=True), Part(lines(20))]
    assert shown(parts) == [[(0, 0, 34)], [(1, 0, 0), (2, 0, 19)]]
    assert shown([Part(lines(30)), *parts[1:]])[0] == [(0, 0, 29), (1, 0, 0), (2, 0, 6)]


def test_what_opens_a_page_does_and_names_its_furniture() -> None:
    parts = [Part(lines(3), "a"), Part(lines(60), "b", first="b-first", opens=True)]
    filled = fill(parts, HEIGHT)
    assert [page.furniture for page in filled.pages] == ["a", "b-first", "b"]


def test_a_margin_that_reaches_further_down_than_the_text_needs_its_room() -> None:
    assert len(shown([Part(lines(30, gap=0)), Part(piece(100.0, reach=205.0))])) == 1
    assert len(shown([Part(lines(30, gap=0)), Part(piece(100.0, reach=215.0))])) == 2


def test_higher_than_a_page_without_a_good_cut_takes_a_bad_one() -> None:
    stubborn = piece(1000.0, Cut(400.0, 400.0, True), Cut(800.0, 800.0, True))
    assert shown([Part(stubborn)]) == [[(0, 0, 0)], [(0, 1, 2)]]
    assert shown([Part(piece(900.0)), Part(lines(3))]) == [[(0, 0, 0)], [(1, 0, 2)]]


def test_the_head_of_a_table_stands_again_above_what_follows() -> None:
    rows = [Cut(20.0 * n, 20.0 * n, n == 1, -1 if n == 1 else 0) for n in range(1, 60)]
    filled = fill([Part(piece(1200.0, *rows))], HEIGHT)
    first, second = filled.pages
    assert [(p.first, p.last, p.again) for p in first.placed] == [(0, 32, False)]
    assert [(p.first, p.last, p.again) for p in second.placed] == [(0, 0, True), (33, 59, False)]
    assert second.placed[1].down == 20.0 - 660.0


def test_a_head_that_leaves_no_room_does_not_stand_again() -> None:
    rows = [Cut(200.0, 200.0, True), Cut(700.0, 700.0, False, 0), Cut(1250.0, 1250.0, False, 0)]
    filled = fill([Part(piece(1400.0, *rows, gap=0))], HEIGHT)
    assert [[(p.first, p.last, p.again) for p in page.placed] for page in filled.pages] == [
        [(0, 0, False)], [(1, 1, False)], [(2, 2, False)], [(0, 0, True), (3, 3, False)],
    ]  # fmt: skip


@given(st.lists(st.tuples(st.integers(1, 120), st.booleans(), st.booleans()), min_size=1, max_size=40))
def test_everything_stands_once_in_order_and_within_the_page(
    given_parts: list[tuple[int, bool, bool]],
) -> None:
    parts = [Part(lines(count), opens=opens, keeps=keeps) for count, opens, keeps in given_parts]
    filled = fill(parts, HEIGHT)
    seen = [
        (placed.part, strip)
        for page in filled.pages
        for placed in page.placed
        for strip in range(placed.first, placed.last + 1)
    ]
    assert seen == [(n, strip) for n, (count, _o, _k) in enumerate(given_parts) for strip in range(count)]
    for page in filled.pages:
        for placed in page.placed:
            made = parts[placed.part].piece
            bottom = made.cuts[placed.last].end if placed.last < len(made.cuts) else made.height
            assert bottom + placed.down <= HEIGHT + 0.3
        # Of two pieces on a page the lower one begins below the upper one and its gap
        for above, below in zip(page.placed, page.placed[1:], strict=False):
            assert below.down == above.down + parts[above.part].piece.height + 45.0

"""A table that does not fit its column is set smaller, or as a list of its rows."""

from portfolio.domain import markup
from portfolio.export.prose import set_prose


def table(columns: int, cell: str, room: float = 334.0) -> str:
    """A head and a row, set."""
    lines = [f"| {' | '.join(f'{part}{n}' for n in range(columns))} |" for part in ("h", cell)]
    stored = markup.render("\n".join([lines[0], "|" + " --- |" * columns, lines[1]])).html
    return set_prose(stored, "en", "e-1", {}, room=room).html


def test_a_table_that_fits_stays_as_it_is() -> None:
    assert table(4, "value").startswith("<table>")


def test_one_that_nearly_fits_is_set_smaller() -> None:
    assert table(10, "value").startswith('<table class="small">')


def test_one_that_does_not_fit_is_a_list_of_its_rows() -> None:
    html = table(14, "value")
    assert "<table" not in html
    assert '<p class="heads">h0 · h1 · h2' in html
    assert "<li><p><b>h0</b>&ensp;value0</p><p><b>h1</b>&ensp;value1</p>" in html
    assert html.endswith("<p><b>h13</b>&ensp;value13</p></li></ul></div>")


def test_larger_type_has_less_room() -> None:
    assert "<table" in table(10, "value")
    assert "<table" not in table(10, "value", room=334 / 1.3)


def test_chinese_breaks_anywhere_and_fits() -> None:
    assert table(6, "这一句话没有停顿").startswith("<table>")


def test_a_few_characters_do_not_stand_one_below_the_other() -> None:
    stored = markup.render("| 时间 | 说了什么 |\n| --- | --- |\n| 八点半 | 我听见了，又好像没有听见。 |").html
    html = set_prose(stored, "zh", "e-1", {}).html
    assert '<th class="short" scope="col">时间</th>' in html
    assert '<td class="short">八点半</td>' in html
    assert "<td>我听见了，又好像没有听见" in html


def test_a_note_in_a_head_is_told_once() -> None:
    head = " | ".join(["long" * 7 + "[^1]"] * 4)
    stored = markup.render(f"| {head} |\n|{' --- |' * 4}\n| a | b | c | d |\n\n[^1]: A note.").html
    html = set_prose(stored, "en", "e-1", {}).html
    assert html.count('class="heads"') == 1
    ids = [part.split('"')[0] for part in html.split(' id="')[1:]]
    assert len(ids) == len(set(ids))


def test_lists_that_are_too_deep_are_not_moved_in_once_more() -> None:
    stored = markup.render("\n".join("    " * n + f"- {n}" for n in range(8))).html
    html = set_prose(stored, "en", "e-1", {}).html
    assert html.count("<ul>") == 6 and html.count('<ul class="flat">') == 2

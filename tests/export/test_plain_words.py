"""What cannot be typeset stands in plain words, in small pieces."""

import re

from portfolio.export.plain_words import PIECE, plain_words

NOTE = "This could not be typeset."


def paragraphs(pieces: list[str]) -> list[str]:
    return re.findall(r'<p class="plain">(.*?)</p>', "".join(pieces))


def test_each_line_is_a_paragraph_after_the_note() -> None:
    (piece,) = plain_words('<h3 id="e-1">Rain</h3><p>It <em>rained</em><br>all night.</p>', NOTE)
    assert piece.startswith(f'<header class="head"><span id="e-1"></span></header><p class="lost">{NOTE}</p>')
    assert paragraphs([piece]) == ["Rain", "It rained", "all night."]


def test_very_many_cells_are_run_on_and_none_is_lost() -> None:
    cells = [f"cell{n}" for n in range(20_000)]
    html = "".join(f"<li><p>{cell}</p></li>" for cell in cells) + f"<p>{'A long line. ' * 50}</p>"
    made = paragraphs(plain_words(html, NOTE))
    assert " ".join(made[:-1]).replace(" / ", " ").split() == cells
    assert made[-1] == ("A long line. " * 50).strip()
    assert len(made) < 250


def test_a_paragraph_without_end_is_cut_between_words_and_not_within_a_sign() -> None:
    pieces = plain_words(f"<p>{'rain &amp; wind ' * 3000}</p>", NOTE)
    assert max(map(len, pieces)) < 2.5 * PIECE
    made = paragraphs(pieces)
    assert len(made) > 4
    assert " ".join(made).split() == ["rain", "&amp;", "wind"] * 3000
    unbroken = paragraphs(plain_words(f"<p>{'雨&amp;' * 9000}</p>", NOTE))
    assert len(unbroken) > 4
    assert "".join(unbroken) == "雨&amp;" * 9000
    assert all(part.startswith(("雨", "&amp;")) for part in unbroken)


def test_it_has_no_more_places_for_links_than_it_can_hold() -> None:
    html = '<header id="e-1"></header>' + "".join(f'<p id="note-{n}">a</p>' for n in range(5000))
    first = plain_words(html, NOTE)[0]
    assert '<span id="e-1"></span>' in first
    assert first.count("<span") == 100

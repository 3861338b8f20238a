"""Nothing runs off the sheet: whatever shape a text has, each of its words is within what a printer prints."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest

from portfolio.domain import markup
from portfolio.domain.records import (
    Attainment,
    Choices,
    Comment,
    Entry,
    Layout,
    Narrative,
    Portfolio,
    Prompt,
    Threshold,
)
from portfolio.export import child
from portfolio.export.book import press_room, write_book
from portfolio.export.press import galleys_of
from tests.export import books, pdfs, reviews

pytestmark = pytest.mark.heavy

EDGE = 14.0  # points at the edges of a sheet that a printer may leave white
LAYOUTS = {
    "a4": Layout(),
    "letter": Layout(paper="letter"),
    "large letter, bound": Layout(paper="letter", large=True, binding=True),
}


class Words:
    """Words that are told apart by a number."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, count: int, before: str = "w") -> str:
        self.count += count
        return " ".join(f"{before}{n}x" for n in range(self.count - count, self.count))


def rows(cells: Sequence[Sequence[str]]) -> str:
    head, *rest = [f"| {' | '.join(row)} |" for row in cells]
    return "\n".join([head, "|" + " --- |" * len(cells[0]), *rest])


def bodies(w: Words) -> dict[str, str]:
    return {
        "A cell of 900 words": rows([["Hour", "What"], ["7", w(900)], ["8", w(3)]]),
        "Three long columns": rows(
            [["a", "b", "c"], *([w(400), w(1), f"`{w(9)}` {w(240)}"] for _ in range(2))]
        ),
        "A head of 600 words": rows([[w(600), "b"], ["c", "d"]]),
        "Fourteen columns": rows([[w(1) for _ in range(14)] for _ in range(6)]),
        "Ten columns": rows([[w(2) for _ in range(10)] for _ in range(6)]),
        "Columns of long words": rows([[f"{'Krankenhaus' * 4}{w(1)}" for _ in range(5)] for _ in range(3)]),
        "A long listing": "```\n" + "\n".join(w(2) for _ in range(100)) + "\n" + w(60) + "\n```",
        "Quotations within each other": "\n".join(f"{'> ' * n}{w(12)}\n{'> ' * n}" for n in range(1, 12)),
        "Lists within each other": "\n".join(f"{'    ' * n}- {w(12)}" for n in range(8)),
        "A list without an end": "\n".join(f"- {w(3)}" for _ in range(90)),
        "One paragraph of three pages": w(1200),
        "Capitals": " ".join("W" * n + w(1) for n in range(12, 30)),
        "W" * 28: f"# {'W' * 28}\n\n{'M' * 300} {w(1)}",
        "Notes": "\n\n".join([f"{w(2)}[^{n}]" for n in range(90)] + [f"[^{n}]: {w(4)}" for n in range(90)]),
        "长行": f"{'这一句话没有停顿' * 300} {w(2)}\n\n{rows([['时间', '说了什么'], ['七点', '我听见了' * 400 + w(2)]])}",
    }


def commented(w: Words) -> Entry:
    """An entry with comments of all shapes on one sentence of it."""
    said = [
        w(700),
        rows([[w(1) for _ in range(12)] for _ in range(3)]),
        rows([["a", "b"], ["c", w(500)]]),
        "```\n" + "\n".join(w(1) for _ in range(55)) + "\n```",
        "\n".join(f"{'    ' * n}- {w(4)}" for n in range(7)),
        "# " + w(4) + "\n\n> " + w(30),
        "M" * 500 + w(1),
        w(40),
    ]
    comments = []
    for number, text in enumerate(said):
        given = books.comment("Amara Osei", "mentor", "2022-09-02", text, quoted="I saw it.")
        comments.append(replace(given, public_id=f"c{number}", html=markup.render(text).html))
    deep: Comment = replace(comments[-1], public_id="deep-8")
    for number in range(8):
        deep = replace(comments[-1], public_id=f"deep-{number}", body=w(9), replies=(deep,), quoted=None)
        deep = replace(deep, html=f"<p>{deep.body}</p>")
    entry = books.entry("2022-03-01", "Comments", f"I saw it. {w(80)}\n\n{w(200)}")
    return replace(entry, comments=(*comments[:-1], deep))


def told(w: Words, folder: Path) -> Entry:
    """An entry with a prompt of a page and a half, long answers, captions, tags, and many returns to it."""
    pictures = [
        replace(
            reviews.photograph(folder, f"{size[1]}", size, w(5)),
            caption=" ".join([w(9)] * 1) if size[1] > 300 else w(70),
        )
        for size in ((1200, 30), (1200, 90), (1200, 800), (300, 2400))
    ]
    inside = reviews.photograph(folder, "inside", (1500, 900), w(3))
    text = rows([["a", "b", "c"], [f"![](/photographs/{inside.public_id})", w(4), w(9)]])
    html = markup.render(text, [inside.public_id]).html
    return books.entry(
        "2022-04-01",
        "T" + w(30, "word"),
        text,
        html_body=html,
        public_id="told",
        prompt=Prompt("p", "\n\n".join(w(6) for _ in range(60)), "Amara Osei", books.MADE_AT.date(), None),
        threshold=Threshold(
            ("doing",), "\n".join(w(3) for _ in range(60)), w(300), "\n".join(w(2) for _ in range(9))
        ),
        photographs=(*pictures, inside),
        tags=tuple(w(1, "tag") for _ in range(20)),
        framework="Own " + w(12),
        returned_to=tuple(f"later{n}" for n in range(70)),
    )


def corpus(folder: Path, layout: Layout) -> tuple[Portfolio, int]:
    """A portfolio with all shapes, and the count of its numbered words."""
    w = Words()
    stage = books.stage(1, "S" * 24, "2022-01-01", "2022-12-31", objectives=(w(12), "O" * 60))
    entries = [
        books.entry(f"2022-02-{day:02}", title, body, html_body=markup.render(body).html, stage=stage)
        for day, (title, body) in enumerate(bodies(w).items(), 1)
    ]
    entries += [commented(w), told(w, folder)]
    entries += [
        books.entry("2022-05-01", f"Again {n}", w(2 + 40 * (n % 2)), public_id=f"later{n}", tags=("often",))
        for n in range(70)
    ]
    narrative = w(500)
    made = books.portfolio(
        entries,
        (stage,),
        choices=Choices(variant="review", layout=layout),
        narratives=(
            Narrative(
                "student", "Ines Moreau", books.MADE_AT.date(), narrative, markup.render(narrative).html, "en"
            ),
        ),
        attainments=(Attainment(stage.public_id, w(9), w(30), tuple(f"later{n}" for n in range(70))),),
    )
    return made, w.count


@pytest.fixture(scope="module")
def room() -> Iterator[child.Room]:
    made = press_room()
    yield made
    made.close()


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_word_of_every_shape_is_on_its_sheet(name: str, tmp_path: Path, room: child.Room) -> None:
    portfolio, count = corpus(tmp_path, LAYOUTS[name])
    made = write_book(portfolio, tmp_path / "book.pdf", room=room)
    assert made.plain == 0, "all of these shapes can be typeset"
    with pikepdf.open(made.path) as pdf:
        width, height = (float(n) for n in pdf.pages[0].MediaBox[2:])
    off = [
        (number, word)
        for number, words in enumerate(pdfs.pages_of_words(made.path), 1)
        for word in words
        if word.text != "I"  # the stage's tab, at the edge itself
        and not (
            EDGE < word.left < word.right < width - EDGE and EDGE < word.top < word.bottom < height - EDGE
        )
    ]
    assert off == []
    with pikepdf.open(made.path) as pdf:
        text = pdfs.squeezed("".join(pdfs.spoken(pdf)))
    there = {int(n) for n in re.findall(r"(\d+)x", text)}
    # The descriptions of the photographs are no words of a page
    lost = set(range(count)) - there
    assert len(lost) == 4 * 5 + 3, sorted(lost)[:50]


def test_what_cannot_be_cut_is_refused_and_stands_in_plain_words() -> None:
    galleys = galleys_of(Layout())
    for shape in ("display: inline-block; height: 700pt", "display: inline-block; width: 600pt"):
        with pytest.raises(ValueError, match="run off the sheet"):
            galleys.lay_out("en", [f'<p>Words <span style="{shape}">and more</span></p>'])

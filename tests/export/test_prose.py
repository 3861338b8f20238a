"""Stored HTML on a printed page: it breaks where it must, and no word of it is lost."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolio.domain import markup
from portfolio.export.prose import LONGEST_RUN, breakable, is_chinese, set_prose, typeset
from tests.export.reviews import EVERYTHING, photograph


def html_of(stored: str, language: str = "en") -> str:
    return set_prose(stored, language, "e-1", {}).html  # type: ignore[arg-type]


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said = ""

    def handle_data(self, data: str) -> None:
        self.said += data


def words(html: str) -> str:
    reader = _Words()
    reader.feed(html)
    reader.close()
    return re.sub(r"[\s\u200b]+", "", reader.said)


def test_a_paragraph_stays_as_it_is() -> None:
    stored = "<p>Bread &amp; <em>tea</em>, he said.</p>"
    assert html_of(stored) == stored


def test_each_block_is_cut_off_by_itself() -> None:
    blocks = set_prose(EVERYTHING, "en", "e-1", {}).blocks
    kinds = [re.match(r"<(\w+)", block.html)[1] for block in blocks]  # type: ignore[index]
    assert kinds == ["h4", "ul", "ol", "blockquote", "table", "pre", "p", "p", "hr", "p", "div"]
    assert words("".join(b.html for b in blocks)) == words(EVERYTHING).replace("↩", "")


def test_lists_go_on_counting_where_the_writer_began() -> None:
    assert html_of('<ol start="3"><li>x</li></ol>').startswith('<ol style="counter-reset: list-item 2">')


def test_notes_of_two_entries_do_not_meet() -> None:
    html = html_of(
        '<p>x<sup id="n1"><a href="#n2">1</a></sup></p>'
        '<div class="footnotes"><ol><li id="n2">y</li></ol></div>'
    )
    assert '<sup id="e-1-n1"><a href="#e-1-n2">' in html
    assert '<li id="e-1-n2">' in html


@pytest.mark.parametrize(
    "href", ["/entries/abc", "javascript:alert(1)", "#", "", "file:///etc/passwd", "data:x"]
)
def test_a_link_that_leads_nowhere_on_paper_keeps_its_words(href: str) -> None:
    assert html_of(f'<p><a href="{href}">there</a></p>') == "<p>there</p>"


def test_a_photograph_stands_in_its_place(tmp_path: Path) -> None:
    night = photograph(tmp_path, "night", (4, 3), "A ward at night")
    prose = set_prose(
        f'<p><img src="/photographs/{night.public_id}" alt=""></p>', "en", "e-1", {night.public_id: night}
    )
    assert (
        prose.html
        == f'<p><img class="photo" src="book:photograph/{night.public_id}" alt="A ward at night"></p>'
    )
    assert prose.shown == {night.public_id}


def test_a_picture_from_elsewhere_leaves_its_text() -> None:
    assert html_of('<p><img src="https://example.org/x.png" alt="A bridge"></p>') == "<p>A bridge</p>"


def test_what_is_no_text_is_left_out() -> None:
    assert (
        html_of("<p>a<script>b()</script></p><style>p{}</style><iframe>c</iframe><p>d</p>")
        == "<p>a</p><p>d</p>"
    )


def test_tags_that_are_not_closed_or_not_open_stay_inside() -> None:
    assert html_of("</div></article><p>a<em>b</p></section>c") == "<p>a<em>b</em></p>c"


def test_a_text_that_could_not_be_rendered_is_set_line_by_line() -> None:
    blocks = set_prose('<pre class="plain">a &lt;b&gt;\nc\n\nd</pre>', "en", "e-1", {}).blocks
    assert [b.html for b in blocks] == [
        '<p class="plain">a &lt;b&gt;</p>', '<p class="plain last">c</p>', '<p class="plain last">d</p>',
    ]  # fmt: skip


# --- words that are too long -----------------------------------------------------------------------


def test_an_address_breaks_at_its_joints_and_is_never_hyphenated() -> None:
    set_ = typeset("https://www.example.org/a/very/long/path/index.html", "en")
    assert set_.startswith('<span class="url">https://')
    assert "/\u200b" in set_


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=400))
def test_breaking_changes_no_letter_and_leaves_no_long_run(text: str) -> None:
    broken = breakable(text)
    assert broken.replace("\u200b", "") == text.replace("\u200b", "")
    for run in re.split(r"[\s\u200b]", broken):
        if re.fullmatch(r"[\w/.-]*", run, re.ASCII):
            assert len(run) <= LONGEST_RUN + 1


def test_a_mark_stays_with_its_letter() -> None:
    assert "\u200b\u0301" not in breakable("e\u0301" * 60)


# --- Chinese -----------------------------------------------------------------------------------------


def test_marks_that_meet_close_up() -> None:
    assert html_of("<p>他说：“好。”</p>", "zh") == (
        '<p>他说<span class="h">：</span>“好<span class="h">。</span>”</p>'
    )


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("他写 the student’s name 时", ["’"]),
        ("the students’ room 里", ["’"]),
        ("Mei — and then… nothing", []),
        ("“他说‘好’”", []),
        ("读 one — two…three 两遍", [" — ", "…"]),
        ("十二月——还有……", []),
    ],
)
def test_marks_among_latin_letters_are_latin(text: str, marked: list[str]) -> None:
    language = "zh" if is_chinese(text) else "en"
    assert re.findall('<span class="lm">(.*?)</span>', typeset(text, language)) == marked


def test_english_among_chinese_has_latin_marks_and_alone_none() -> None:
    text = "“The student’s own” – in part…"
    assert typeset(text, "en") == text
    assert re.findall('<span class="lm">(.*?)</span>', typeset(text, "en", "zh")) == ["“", "’", "”", "–", "…"]


def test_short_emphasis_gets_dots_and_long_emphasis_weight() -> None:
    assert html_of("<p><em>不说</em></p>", "zh") == '<p><em class="dots"><i>不</i><i>说</i></em></p>'
    long = "没有人可以问" * 5
    assert html_of(f"<p><em>{long}</em></p>", "zh") == f"<p><em>{long}</em></p>"
    assert html_of("<p><em>a <strong>b</strong></em></p>", "zh") == "<p><em>a <strong>b</strong></em></p>"


def test_a_passage_in_the_other_language_is_set_in_it() -> None:
    html = html_of('<p lang="zh-Hans">好。”</p><p>fine.”</p>')
    assert html == '<p class="zh" lang="zh-Hans">好<span class="h">。</span>”</p><p>fine.”</p>'


@settings(deadline=None)  # the first text waits until the renderer has started
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200), st.sampled_from(["en", "zh"]))
def test_no_word_is_ever_lost(body: str, language: str) -> None:
    stored = markup.render(body).html
    assert words(html_of(stored, language)) == words(stored).replace("↩\ufe0e", "")

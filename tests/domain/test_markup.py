"""What becomes of what people write: safe, readable, complete, and in time."""

import html as entities
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as etree
from concurrent.futures import ThreadPoolExecutor

import pytest
import tinyhtml5

from portfolio.domain import frames, markup
from portfolio.domain.markup import excerpt, mark_passages, plain, render
from portfolio.domain.text import normalise
from tests.corpora import XSS
from tests.corpora.bombs import BOMBS, HARMLESS

PHOTOGRAPHS = ("abc", "window_7")
SECONDS_ALLOWED = 3.0
ROOT = pathlib.Path(__file__).parents[2]

# Written anew here: a tag that slips into the renderer's own list must not slip into the test.
TAGS = (
    {"p", "h4", "h5", "h6", "blockquote", "ul", "ol", "li", "pre", "hr", "div", "a", "br", "code", "del"}
    | {"em", "img", "strong", "sub", "sup", "table", "thead", "tbody", "tr", "th", "td"}
    | {"html", "head", "body", "mark"}
)
ATTRIBUTES = {"data-note", "href", "title", "rel", "class", "src", "alt", "id", "lang", "start", "scope"}
CLASSES = {"footnotes", "footnote-ref", "footnote-backref", "passage", "plain"}


def parse(html: str) -> etree.Element:
    """What a browser makes of it."""
    # tinyhtml5 takes a short text for the name of a file, and opens it
    return tinyhtml5.parse(html.ljust(200), namespace_html_elements=False)


def words(html: str) -> str:
    return "".join(parse(html).itertext()).rstrip(" ")


def dangers(html: str) -> list[str]:
    """Whatever in this HTML could run, load or lead where a diary must not."""
    found = []
    root = parse(html)
    ids = {element.get("id") for element in root.iter() if element.get("id")}
    for element in root.iter():
        if not isinstance(element.tag, str) or element.tag not in TAGS:
            found.append(f"tag {element.tag}")
        for name, value in element.attrib.items():
            if name not in ATTRIBUTES:
                found.append(f"attribute {name}")
            elif name == "href" and not (
                value.lower().startswith(("http://", "https://", "mailto:"))
                or (value[0] == "#" and value[1:] in ids)
                or re.fullmatch(r"/entries/[\w-]+", value)
            ):
                found.append(f"link {value}")
            elif name == "src" and value not in {f"/photographs/{photograph}" for photograph in PHOTOGRAPHS}:
                found.append(f"picture {value}")
            elif name == "class" and not set(value.split()) <= CLASSES:
                found.append(f"class {value}")
            elif name == "id" and not value.startswith("n"):
                found.append(f"id {value}")
        if element.get("href", "#")[0] != "#" and "noopener" not in element.get("rel", ""):
            found.append("a link that tells where it comes from")
    return found


# What people write


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("The ward was *very* quiet.", "<p>The ward was <em>very</em> quiet.</p>"),
        ("他说**“很好”**，我没有说话。", "<p>他说<strong>“很好”</strong>，我没有说话。</p>"),
        ("Learned:\n- to wait\n- to ask", "<p>Learned:</p>\n<ul>\n<li>to wait</li>\n<li>to ask</li>\n</ul>"),
        ("#tired today", "<p>#tired today</p>"),
        ("[Anna]: Hello", "<p>[Anna]: Hello</p>"),
        ("1986. The year I was born", '<ol start="1986">\n<li>The year I was born</li>\n</ol>'),
        ("    An indented paragraph.", "<p>An indented paragraph.</p>"),
        ("H<sub>2</sub>O<br>x", "<p>H<sub>2</sub>O<br>\nx</p>"),
        ("~~relieved~~ robbed", "<p><del>relieved</del> robbed</p>"),
        ("SpO2 <90% & <unsure>", "<p>SpO2 &lt;90% &amp; &lt;unsure&gt;</p>"),
        ("```\nif a < b:\n```", "<pre><code>if a &lt; b:\n</code></pre>"),
        ("", ""),
        (" \n\t\n", ""),
    ],
)
def test_what_people_write_reads_as_they_meant_it(body: str, html: str) -> None:
    rendered = render(body)
    assert rendered.html == html
    assert not rendered.fell_back
    assert rendered.renderer == markup.RENDERER_VERSION


def test_a_line_break_stays() -> None:
    assert render("First line\nsecond line").html == "<p>First line<br>\nsecond line</p>"
    assert "<br>" in render("床前明月光，\n疑是地上霜。\n举头望明月，\n低头思故乡。").html


def test_lines_that_a_program_wrapped_flow_again() -> None:
    wrapped = (
        "I had been told that the first night is the longest, and that nobody\n"
        "sleeps before the second. Nobody had told me that one listens to the\n"
        "pumps all the way home, and then hears them in the refrigerator, the\n"
        "lift, the neighbour's shower. I made tea and did not drink it.\n"
    )
    assert "<br>" not in render(wrapped).html
    chinese = (
        "今天是我第一次独立查房，我以为自己会忘记该问的问题，结果\n"
        "病人先问我：“你是不是新来的？”我说我来了半年，他笑了笑，说\n"
        "那还是新来的。后来我才明白，他问的不是时间，而是我为什么总\n"
        "站在门口。我想了很久，没有说话。\n"
    )
    html = render(chinese).html
    assert "结果病人先问我" in html  # without a space, too
    assert "<br>" not in html


def test_headings_leave_the_page_its_own() -> None:
    assert render("# Ward\n\n## Bay two\n\n#### Bed").html == "<h4>Ward</h4>\n<h5>Bay two</h5>\n<h6>Bed</h6>"
    assert render("### Only\n\ntext").html == "<h4>Only</h4>\n<p>text</p>"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ('She said "don\'t".', "She said “don’t”."),
        ("\"'Twas nothing,\" he said. 'It's the '90s.'", "“’Twas nothing,” he said. ‘It’s the ’90s.’"),
        ('*"Wait"* -- "*now*"... (\'maybe\')', "“Wait” – “now”… (‘maybe’)"),
        ("a word--then none; 1914--15", "a word—then none; 1914–15"),
        ('`x = "1"` and https://example.org/a--b\'s', 'x = "1" and https://example.org/a--b\'s'),
        ('He wrote 他说"你好"了 there, "yes".', 'He wrote 他说"你好"了 there, “yes”.'),
    ],
)
def test_english_gets_typographic_marks(body: str, text: str) -> None:
    assert words(render(body).html) == text


def test_chinese_keeps_the_marks_that_were_written() -> None:
    assert words(render('他说"你好"，I said "hello" ... -- 就走了，我们都没有再说什么话。').html) == (
        '他说"你好"，I said "hello" ... -- 就走了，我们都没有再说什么话。'
    )


def test_passages_in_the_other_script_say_their_language() -> None:
    english = render(
        "I listened for a long time.\n\n> 小姑娘，坐一会儿吧。\n\n- only this\n- 和这个\n\nHe said 是 once."
    ).html
    assert '<blockquote lang="zh-Hans">\n<p>小姑娘' in english
    assert '<li lang="zh-Hans">和这个</li>' in english
    assert english.count("lang=") == 2
    chinese = render(
        "# Night shift\n\n今天我第一次一个人值夜班，没有人可以问。\n\nNobody to ask.\n\n用了 CPR。"
    ).html
    assert '<h4 lang="en">Night shift</h4>' in chinese
    assert '<p lang="en">Nobody to ask.</p>' in chinese
    assert chinese.count("lang=") == 2


def test_own_photographs_are_shown_and_others_become_their_description() -> None:
    html = render(
        "![Corridor](/photographs/abc)\n\n![Elsewhere](https://example.org/p.gif)", PHOTOGRAPHS
    ).html
    assert html == '<p><img alt="Corridor" src="/photographs/abc"></p>\n<p>Elsewhere</p>'
    assert render("![Corridor](/photographs/abc)").html == "<p>Corridor</p>"


def test_links_lead_to_the_web_to_mail_and_to_entries_only() -> None:
    html = render(
        "[web](https://example.org/?a=1&b=2) [mail](mailto:a@example.org) [in](/sign-out) [up](#c1)"
        " [there](/entries/again-5) [not](/entries/again-5/edit)"
    ).html
    root = parse(html)
    assert [a.get("href") for a in root.iter("a")] == [
        "https://example.org/?a=1&b=2", "mailto:a@example.org", "/entries/again-5",
    ]  # fmt: skip
    assert {a.get("rel") for a in root.iter("a")} == {"noopener noreferrer nofollow"}
    assert words(html) == "web mail in up there not"


def test_footnotes_of_two_entries_can_stand_on_one_page() -> None:
    body = "Said[^1], and said again[^1], and [^a note].\n\n[^1]: Twice.\n[^a note]: Once."
    page = render(body, prefix="n-e1-").html + render(body, prefix="n-e2-").html
    ids = [element.get("id") for element in parse(page).iter() if element.get("id")]
    assert len(ids) == len(set(ids)) == 10
    assert dangers(page) == []
    other = render(body + " x").html
    assert not set(ids) & {element.get("id") for element in parse(other).iter() if element.get("id")}


def test_table_headers_say_what_they_head() -> None:
    html = render("| Month | Entries |\n|---|--:|\n| May | 7 |").html
    assert [th.get("scope") for th in parse(html).iter("th")] == ["col", "col"]
    assert "style" not in html


def test_the_real_diary_keeps_every_word(data_folder: pathlib.Path) -> None:
    for path in sorted((data_folder / "nursing-sister").glob("*.md")):
        body = path.read_text(encoding="utf-8").split("---", 2)[2]
        rendered = render(body)
        assert not rendered.fell_back
        assert letters(words(rendered.html)) == letters(plain(body)), path.name
        assert dangers(rendered.html) == []


def letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


# What people write to do harm


@pytest.mark.parametrize("payload", XSS, ids=range(len(XSS)))
def test_nothing_runs_loads_or_leads_astray(payload: str) -> None:
    html = render(payload, PHOTOGRAPHS).html
    assert dangers(html) == []
    comments = '<p id="n-c1"></p><p id="n-c2"></p>'
    assert dangers(mark_passages(html, [(1, payload), (2, "alert")], "n-").html + comments) == []
    around = ("Before {} after", "- {}\n\n> {}", "今天 {} 很忙，我很晚才回家。")
    assert dangers("".join(render(text.replace("{}", payload), PHOTOGRAPHS).html for text in around)) == []


def test_the_corpora_are_as_large_as_they_claim() -> None:
    assert len(set(XSS)) >= 120
    assert len(set(BOMBS.values())) >= 60


def test_a_text_that_only_defines_links_is_shown_as_written() -> None:
    assert render("[ward]: https://example.org/\n").html == (
        '<pre class="plain">[ward]: https://example.org/\n</pre>'
    )


def test_tags_are_shown_and_not_swallowed() -> None:
    for text in ("I was <script>alert(1)</script> there", "<!-- a thought --> <style>x</style>", "</p>&amp"):
        assert words(render(text).html) == text


# Texts made to hang it


QUICK_BOMBS = (
    "closing brackets",
    "references",
    "nested tags",
    "backslashes",
    "emoji",
    "combining accents",
    "quotations within quotations",
    "quotations and lists within each other",
    "emphasis within emphasis",
    "blank lines, line by line",
    "spaces",
)


def outcome(name: str, bomb: str) -> list[str]:
    """What went wrong with one text."""
    body = f"Before the words.\n\n{bomb}\n\nAfter the words."
    started = time.monotonic()
    rendered = render(body)
    seconds = time.monotonic() - started
    wrong = []
    if seconds > SECONDS_ALLOWED:
        wrong.append(f"{name}: {seconds:.1f} s")
    if rendered.fell_back:
        shown = rendered.html.removeprefix('<pre class="plain">').removesuffix("</pre>")
        if "<" in shown or entities.unescape(shown) != normalise(body):
            wrong.append(f"{name}: the text is not as it was written")
    elif not ("Before the words.</p>" in rendered.html and "After the words." in rendered.html):
        wrong.append(f"{name}: words are gone")
    return wrong


@pytest.mark.parametrize("name", QUICK_BOMBS)
def test_a_text_made_to_hang_it_is_kept_in_time(name: str) -> None:
    assert outcome(name, BOMBS[name]) == []


@pytest.mark.heavy
def test_all_texts_made_to_hang_it_are_kept_in_time() -> None:
    render("warm")
    assert [line for name, bomb in BOMBS.items() for line in outcome(name, bomb)] == []


@pytest.mark.parametrize("name", HARMLESS)
def test_a_few_of_the_same_signs_are_rendered(name: str) -> None:
    rendered = render(HARMLESS[name], PHOTOGRAPHS)
    assert not rendered.fell_back
    assert dangers(rendered.html) == []


def test_after_a_text_that_hangs_the_next_is_rendered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markup, "RENDER_SECONDS", 0.2)
    hung = render("Mei's words " + "[" * 8_000)
    assert hung.fell_back
    assert hung.html.startswith('<pre class="plain">Mei&#x27;s words [[[')
    monkeypatch.undo()
    assert render("Still here").html == "<p>Still here</p>"


def test_a_text_that_hangs_does_not_hold_up_others() -> None:
    render("warm")
    busy = markup._children.resting.get()
    try:
        assert render("Meanwhile").html == "<p>Meanwhile</p>"
    finally:
        markup._children.resting.put(busy)


def test_many_threads_get_their_own_texts() -> None:
    with ThreadPoolExecutor(8) as threads:
        htmls = [r.html for r in threads.map(render, [f"Entry {n}" for n in range(200)])]
    assert htmls == [f"<p>Entry {n}</p>" for n in range(200)]


def test_a_forked_process_renders_with_a_child_of_its_own() -> None:
    render("before")
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, render("from the fork").html.encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        assert pipe.read() == "<p>from the fork</p>"
    os.waitpid(child, 0)
    assert render("after").html == "<p>after</p>"


def test_a_child_that_died_is_replaced() -> None:
    render("before")
    for child in list(markup._children.started):
        child.process.kill()
        child.process.wait()
    assert render("after").html == "<p>after</p>"


def test_a_child_ends_with_the_process_that_started_it() -> None:
    script = (
        "import time; from portfolio.domain import markup; markup.render('x');"
        "print(*(child.process.pid for child in markup._children.started), flush=True); time.sleep(20)"
    )
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as parent:
        assert parent.stdout is not None
        child = pathlib.Path("/proc") / parent.stdout.readline().strip()
        assert _runs(child)
        parent.kill()
    deadline = time.monotonic() + 5
    while _runs(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _runs(child)


def _runs(process: pathlib.Path) -> bool:
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_child_ends_by_itself_where_nobody_stops_it() -> None:
    child = markup._Child()
    try:
        request = {"body": "x", "language": "en", "photographs": [], "prefix": "", "seconds": 2}
        child.ask(request)
        frames.send(child.channel, request | {"body": "[" * 8_000, "seconds": 0.2})
        assert child.process.wait(timeout=5) == -signal.SIGALRM
    finally:
        child.end()


def test_secrets_of_the_site_are_not_in_the_renderer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTFOLIO_SECRET", "canary")
    child = markup._Child()
    try:
        child.ask({"body": "x", "language": "en", "photographs": [], "prefix": "", "seconds": 2})
        assert b"canary" not in pathlib.Path(f"/proc/{child.process.pid}/environ").read_bytes()
    finally:
        child.end()


# Plain text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("# Title\n\n- one *two*\n- [three](https://example.org)", "Title\n\none two\nthree"),
        ("> 他说**很好**。", "他说很好。"),
        ("![Corridor](/photographs/abc) x[^1]\n\n[^1]: note", "Corridor x\n\n note"),
        ("2 * 3 = 6, snake_case, \\*kept\\*, 5 < 6", "2 * 3 = 6, snake_case, *kept*, 5 < 6"),
        ("```python\nx = 1\n```", "x = 1"),
        ("[a]: https://example.org/x\n\ntext[a]", "text[a]"),
        ("a\n\n---\n\nb <https://example.org/>", "a\n\n\n\nb https://example.org/"),
    ],
)
def test_plain_text_has_the_words_without_the_signs(body: str, text: str) -> None:
    assert plain(body) == text


def test_plain_text_of_a_bomb_is_quick() -> None:
    started = time.monotonic()
    for name in ("brackets", "images begun", "links begun", "mixed emphasis", "footnotes", "escapes"):
        plain(BOMBS[name])
    for name in ("brackets within brackets", "noise 1", "lists within lists on one line"):
        plain(BOMBS[name])
    assert time.monotonic() - started < 1.0


def test_an_excerpt_ends_after_a_whole_word() -> None:
    body = 'The ward was *quiet*, "too quiet"[^1], and I waited.\n\nThen the bell.\n\n[^1]: note'
    assert excerpt(body, 26) == 'The ward was quiet, "too…'
    assert excerpt(render(body).html, 26) == "The ward was quiet, “too…"
    assert excerpt(render(body).html, 200) == "The ward was quiet, “too quiet”, and I waited. Then the bell."
    assert excerpt("今天很好，我们去查房。今天很好。", 7) == "今天很好，我…"
    assert (
        excerpt("今天很好。\n\n我们去查房。\n\n“好！”\n\nThen home.", 30)
        == "今天很好。我们去查房。“好！” Then home."
    )
    assert excerpt("a" * 50, 10) == "a" * 9 + "…"
    assert excerpt("", 10) == ""
    assert len(excerpt("&" * 50 + "<p>", 10)) == 10


# Quoted passages


def marked(html: str, *quoted: tuple[int, str] | tuple[int, str, int | None], body: str = "") -> str:
    return mark_passages(html, quoted, body=body).html


def test_a_quoted_passage_is_marked_with_its_number() -> None:
    assert marked(render("I said that the doctor would talk to her.").html, (1, "the doctor would talk")) == (
        '<p>I said that <mark class="passage" id="p1" data-note="1">the doctor would talk'
        '<sup><a href="#c1">1</a></sup></mark> to her.</p>'
    )


def test_a_passage_is_found_across_tags_and_paragraphs() -> None:
    body = "I *had to* say it.\n\nIt was [true](https://example.org). Then I left."
    result = mark_passages(render(body).html, [(3, "had to* say it.\n\nIt was [true](https://example.org)")])
    assert result.found == {3}
    root = parse(result.html)
    assert "".join("".join(mark.itertext()) for mark in root.iter("mark")) == "had to say it.It was true3"
    assert [mark.get("data-note") for mark in root.iter("mark")].count("3") == 1
    assert len([e for e in root.iter() if e.get("id") == "p3"]) == 1
    assert root.find(".//a[@href='#c3']") is None  # no link within a link


def test_typographic_marks_do_not_hide_a_passage() -> None:
    body = 'She said "don\'t wait -- go" & left... <now>'
    result = mark_passages(render(body).html, [(1, '"don\'t wait -- go" & left')])
    assert '<mark class="passage" id="p1" data-note="1">“don’t wait – go” &amp; left<sup>' in result.html


def test_of_equal_passages_the_quoted_one_is_marked() -> None:
    body = "**今天很好。** 我们去查房。\n\n今天很好。后来下雨了。今天很好。"
    html = render(body).html
    for number in range(3):
        start = [0 + 2, body.index("\n\n") + 2, body.rindex("今天很好")][number]
        text = marked(html, (1, "今天很好。", start), body=body)
        before = words(text.split("<mark")[0])
        assert before.count("今天很好") == number


def test_overlapping_passages_are_both_marked() -> None:
    result = mark_passages(
        render("one two three four").html, [(1, "one two three"), (2, "two three four")], "e7-"
    )
    root = parse(result.html)
    assert result.found == {1, 2}
    assert words(result.html) == "one two three1 four2"
    assert {e.get("id") for e in root.iter("mark")} >= {"e7-p1", "e7-p2"}
    assert [a.get("href") for a in root.iter("a")] == ["#e7-c1", "#e7-c2"]


def test_a_passage_that_is_gone_is_not_marked() -> None:
    html = render("The text was changed.[^1]\n\n[^1]: note").html
    assert mark_passages(html, [(1, "the text as it was"), (2, "……"), (3, "")]) == (html, frozenset())


def test_a_passage_around_a_footnote_leaves_its_number_alone() -> None:
    html = render("I waited[^1] for a long time.\n\n[^1]: an hour").html
    result = mark_passages(html, [(1, "waited[^1] for")])
    assert result.found == {1}
    assert '<mark class="passage">1' not in result.html
    assert words(result.html).startswith("I waited1 for1 a long")


def test_passages_of_a_text_that_fell_back_are_marked_too() -> None:
    html = '<pre class="plain">&lt;b&gt; it&#x27;s &amp; that</pre>'
    assert marked(html, (1, "it's & that")) == (
        '<pre class="plain">&lt;b&gt; <mark class="passage" id="p1" data-note="1">it&#x27;s &amp; that'
        '<sup><a href="#c1">1</a></sup></mark></pre>'
    )


@pytest.mark.parametrize(
    "text", ["He wrote <script>alert(1)</script>", "5 > 3 >", "Fish & chips &", "<b> and <i>"]
)
def test_a_passage_keeps_the_marks_at_its_ends_that_html_writes_as_references(text: str) -> None:
    marked = markup.mark_passages(markup.render(text).html, [(1, text)]).html
    assert marked.startswith('<p><mark class="passage" id="p1" data-note="1">')
    assert marked.endswith('<sup><a href="#c1">1</a></sup></mark></p>')
    inside = re.sub(r"<sup>.*?</sup>|<[^>]*>", "", marked)
    assert entities.unescape(inside) == text

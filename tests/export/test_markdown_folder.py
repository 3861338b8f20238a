"""A newcomer's folder: other people's front matter, encodings and mishaps."""

import datetime as dt
import os
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portfolio.domain.errors import ImportRefused
from portfolio.domain.exchange import ImportBundle, ImportedEntry
from portfolio.export import markdown_folder
from portfolio.export.written_dates import day_in_name, written_moment
from tests.export import books


def read_markdown_folder(path: Path) -> ImportBundle:
    """What is read; refused where there is a problem, as the import does it."""
    bundle = markdown_folder.read_markdown_folder(path)
    if bundle.problems:
        raise ImportRefused(list(bundle.problems))
    return bundle


def read(folder: Path, name: str, content: str | bytes) -> ImportBundle:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_markdown_folder(folder)


def only(bundle: ImportBundle) -> ImportedEntry:
    (entry,) = bundle.entries
    return entry


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "my diary"
    made.mkdir()
    return made


def test_front_matter_becomes_an_entry(folder: Path) -> None:
    text = '---\ndate: 2022-09-05\ntitle: "Signing: my own name"\nstage: Intern\ntags: [name, night]\n---\n\nIt was me.\n'
    entry = only(read(folder, "2022/first.md", text))
    assert (entry.entry_date, entry.title, entry.body) == (
        dt.date(2022, 9, 5),
        "Signing: my own name",
        "It was me.",
    )
    assert (entry.stage_name, entry.tags, entry.audiences) == ("Intern", ("name", "night"), frozenset())
    assert entry.source_name == "2022/first.md"
    assert entry.source_key == "my diary/2022/first.md"


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2022-09-05", "2022-09-05"),
        ("2022/9/5", "2022-09-05"),
        ("2022.09.05", "2022-09-05"),
        ("20220905", "2022-09-05"),
        ("'2022-09-05'", "2022-09-05"),
        ("2022-09-05 23:30:00", "2022-09-05"),
        ("2022-09-05T23:30:00Z", "2022-09-05"),
        ("2022-09-05T23:30:00.123+08:00", "2022-09-05"),
        ("2022-09-05 11:30 PM", "2022-09-05"),
        ("2022-09-05 Monday", "2022-09-05"),
        ("2022年9月5日 星期一 晴", "2022-09-05"),
        ("２０２２－０９－０５", "2022-09-05"),
        ("5 September 2022", "2022-09-05"),
        ("Mon, 5 Sep 2022 21:00:00 +0800", "2022-09-05"),
        ("September 5th, 2022", "2022-09-05"),
        ("Sept. 5, 2022", "2022-09-05"),
        ("Montag, 5. September 2022", "2022-09-05"),
        ("5 août 1914", "1914-08-05"),
        ("1er août 1914", "1914-08-01"),
        ("5 de septiembre de 2022", "2022-09-05"),
        ("5 сентября 2022", "2022-09-05"),
        ("1914-08-18", "1914-08-18"),
    ],
)
def test_dates_that_have_one_meaning(folder: Path, written: str, day: str) -> None:
    entry = only(read(folder, "a.md", f"---\ndate: {written}\n---\nWords.\n"))
    assert entry.entry_date == dt.date.fromisoformat(day)


def test_an_instant_with_its_offset_is_kept_as_the_time_of_writing(folder: Path) -> None:
    entry = only(read(folder, "a.md", "---\ndate: 2022-09-05T23:30:00+08:00\n---\nWords.\n"))
    assert entry.created_at == dt.datetime(2022, 9, 5, 15, 30, tzinfo=dt.UTC)
    assert entry.entry_date == dt.date(2022, 9, 5)  # the writer's own day


@pytest.mark.parametrize("key", ["Date", "DATE", "entry_date", "entry-date", "created", "日期"])
def test_other_names_of_the_date(folder: Path, key: str) -> None:
    assert only(read(folder, "a.md", f"---\n{key}: 2022-09-05\n---\nWords.")).entry_date.year == 2022


@pytest.mark.parametrize(
    "name", ["2022-09-05.md", "2022-09-05 night.txt", "20220905-x.markdown", "2022_09_05.md"]
)
def test_without_front_matter_the_name_has_the_date(folder: Path, name: str) -> None:
    entry = only(read(folder, name, "The corridor is longer at night.\n"))
    assert entry.entry_date == dt.date(2022, 9, 5)
    assert entry.title == "The corridor is longer at night."


def test_the_front_matter_counts_more_than_the_name(folder: Path) -> None:
    assert only(read(folder, "2021-01-01.md", "---\ndate: 2022-09-05\n---\nx")).entry_date.year == 2022


@pytest.mark.parametrize(
    ("text", "title", "body"),
    [
        ("# The coat\n\nIt fits.", "The coat", "It fits."),
        ("The coat\n========\n\nIt fits.", "The coat", "It fits."),
        ("# The *coat*\n\nIt fits.", "The coat", "# The *coat*\n\nIt fits."),
        ("It fits.\n\n## The coat\n\nYes.", "The coat", "It fits.\n\n## The coat\n\nYes."),
        ("# The coat", "The coat", "# The coat"),
        ("```\n# no heading\n```\nIt fits.", None, "```\n# no heading\n```\nIt fits."),
        ("It **fits**, and " + "so " * 40, None, None),
        (
            "我准备了四句话，只用上了一句。",
            "我准备了四句话，只用上了一句。",
            "我准备了四句话，只用上了一句。",
        ),
    ],
)
def test_a_missing_title_is_the_first_heading_or_the_first_words(
    folder: Path, text: str, title: str | None, body: str | None
) -> None:
    entry = only(read(folder, "2022-09-05.md", text))
    assert title is None or entry.title == title
    assert body is None or entry.body == body
    assert entry.title and len(entry.title) <= 60


@pytest.mark.parametrize(
    ("lines", "tags"),
    [
        ("tags: [night, ward]", ("night", "ward")),
        ("tags: night, ward", ("night", "ward")),
        ("tags:\n  - night\n  - ward shift", ("night", "ward shift")),
        ("tags: '#night #ward'", ("night", "ward")),
        ("标签: 夜班、病房", ("夜班", "病房")),
        ("tags: [night, Night]\ncategories: ward", ("night", "ward")),
        ("categories: [ward]", ("ward",)),
        ("tags: 2020", ("2020",)),
        ("tags:", ()),
    ],
)
def test_tags_in_every_shape(folder: Path, lines: str, tags: tuple[str, ...]) -> None:
    assert only(read(folder, "a.md", f"---\ndate: 2022-09-05\n{lines}\n---\nx")).tags == tags


@pytest.mark.parametrize("written", ["No", "yes", "12:30", "2020", "1e3", "~x", "null hypothesis", "0x1F"])
def test_what_yaml_would_take_for_something_else_stays_a_title(folder: Path, written: str) -> None:
    assert only(read(folder, "a.md", f"---\ndate: 2022-09-05\ntitle: {written}\n---\nx")).title == written


def test_toml_front_matter(folder: Path) -> None:
    text = '+++\ndate = 2022-09-05T10:00:00Z\ntitle = "名字"\ndraft = true\n[taxonomies]\ntags = ["night"]\n+++\n\nWords.'
    entry = only(read(folder, "a.md", text))
    assert (entry.entry_date, entry.title, entry.tags, entry.draft) == (
        dt.date(2022, 9, 5),
        "名字",
        ("night",),
        True,
    )


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", b"\xef\xbb\xbf"),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
        ("gb18030", b""),
        ("gbk", b""),
    ],
)
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(folder: Path, encoding: str, mark: bytes, ends: str) -> None:
    text = "---\ndate: 2022-09-05\ntitle: 夜班后的粥\n---\n\n下夜班，食堂阿姨多给了我半勺粥。\n\n上次也是她，朱镕龑。\n"
    entry = only(read(folder, "a.md", mark + text.replace("\n", ends).encode(encoding)))
    assert entry.title == "夜班后的粥"
    assert entry.body == "下夜班，食堂阿姨多给了我半勺粥。\n\n上次也是她，朱镕龑。"


def test_utf_16_without_its_mark(folder: Path) -> None:
    text = "---\ndate: 2022-09-05\n---\nThe corridor is longer at night."
    assert only(read(folder, "a.md", text.encode("utf-16-le"))).body == "The corridor is longer at night."


BROKEN: list[tuple[str, str | bytes, str]] = [
    ("a.md", "Words without a day.", "a.md: it has no date; write one into its front matter, like date: 2022-09-14, or begin its name with it."),
    ("a.md", "---\ntitle: x\n---\nWords.", "a.md: it has no date;"),
    ("a.md", "---\ndate: 2021-02-30\n---\nx", "a.md: the date 2021-02-30 does not exist."),
    ("a.md", "---\ndate: 2021-13-01\n---\nx", "a.md: the date 2021-13-01 does not exist."),
    ("a.md", "---\ndate: 2021-01-01 25:00\n---\nx", "a.md: the time in 2021-01-01 25:00 does not exist."),
    ("2021-02-30.md", "x", "2021-02-30.md: the date 2021-02-30 in its name does not exist."),
    ("a.md", "---\ndate: 05/06/2020\n---\nx", "a.md: the date 05/06/2020 can be read in two ways; write the year first, like 2022-09-14."),
    ("a.md", "---\ndate: sometime in May\n---\nx", "a.md: sometime in May is not a date; write it like 2022-09-14."),
    ("a.md", "---\ndate: 5 listopad 2020\n---\nx", "a.md: 5 listopad 2020 is not a date; write it like 2022-09-14."),
    ("a.md", "---\ndate: 31 June 2020\n---\nx", "a.md: the date 31 June 2020 does not exist."),
    ("a.md", "---\ndate: [2020, 1]\n---\nx", "a.md: its date is not a date."),
    ("a.md", "---\ndate: 2020-01-01\ntitle: a: b\n---\nx", "a.md: its front matter cannot be read at line 3; a text with a colon, a quotation mark or a bracket in it needs quotes around it."),
    ("a.md", "---\ndate: 2020-01-01\ntitle: \"x\n---\nx", "a.md: its front matter cannot be read"),
    ("a.md", "---\ndate: 2020-01-01\ndate: 2020-01-02\n---\nx", "a.md: its front matter has date 2 times."),
    ("a.md", "---\n- a\n- b\n---\nx", "a.md: its front matter is not a list of names and values."),
    ("a.md", "---\ndate: 2020-01-01\n\nWords.", "a.md: its front matter begins with --- and never ends."),
    ("a.md", "+++\ndate = 5 5\n+++\nx", "a.md: its front matter cannot be read at line 2; a text with a colon, a quotation mark or a bracket in it needs quotes around it."),
    ("a.md", "---\ndate: 2020-01-01\ntitle: [a, b]\n---\nx", "a.md: its title is not a text."),
    ("a.md", "---\ndate: 2020-01-01\ntags: {a: b}\n---\nx", "a.md: its tags are not a list of words."),
    ("a.md", "---\ndate: 2020-01-01\ndraft: perhaps\n---\nx", "a.md: its draft is neither true nor false."),
    ("a.md", "---\ndate: 2020-01-01\nstage: " + "x" * 201 + "\n---\nx", "a.md: its stage has more than 200 characters."),
    ("a.md", "---\ndate: 2020-01-01\n---\n\n", "a.md: it has no text."),
    ("2020-01-01.md", "", "2020-01-01.md: it is empty."),
    ("2020-01-01.md", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00", "2020-01-01.md: it is not a text file."),
    ("2020-01-01.md", b"abc\x07\x01\x02", "2020-01-01.md: it is not a text file."),
    ("2020-01-01.md", "Un été à l'hôpital".encode("latin-1"), "2020-01-01.md: it is not in UTF-8, UTF-16 or GB 18030 (byte 3); save it as UTF-8."),
    ("2020-01-01.md", "夜班".encode()[:-1], "2020-01-01.md: it is not in UTF-8, UTF-16 or GB 18030"),
    ("2020-01-01.md", b"\xff\xfe\x00", "2020-01-01.md: it is marked as UTF-16, but is not valid UTF-16."),
    ("2020-01-01.md", "word " * 450_000, "2020-01-01.md: it has more than 2 MB of text."),
    ("2020-01-01.md", b"x" * 9_000_000, "2020-01-01.md: it has more than 2 MB of text."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "message"), BROKEN, ids=[m[:48] for _, _, m in BROKEN])
def test_a_broken_file_is_named_with_its_reason(
    folder: Path, name: str, content: str | bytes, message: str
) -> None:
    with pytest.raises(ImportRefused) as refused:
        read(folder, name, content)
    (problem,) = refused.value.problems
    assert problem.startswith(message.rstrip(".")), problem
    assert problem.endswith(".") and str(folder) not in problem


def test_all_problems_are_told_at_once(folder: Path) -> None:
    for name, content, _ in BROKEN[:20]:
        path = folder / f"{len(os.listdir(folder)):02} {name.replace('2021', 'x')}"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    (folder / "2020-05-05 good.md").write_text("Good.")
    with pytest.raises(ImportRefused) as refused:
        read_markdown_folder(folder)
    assert len(refused.value.problems) == 20
    assert str(refused.value).startswith("Nothing was imported:\n")


def test_hostile_yaml_builds_nothing(folder: Path) -> None:
    bomb = "a: &a [x, x, x]\n" + "".join(
        f"b{n}: &b{n} [*{'a' if not n else f'b{n - 1}'}, *a]\n" for n in range(40)
    )
    for hostile in ("tags: !!python/object/apply:os.system ['true']", bomb, "x: " + "[" * 5000):
        try:
            entry = only(read(folder, "2020-01-01.md", f"---\n{hostile}\n---\nWords."))
            assert entry.body == "Words."
        except ImportRefused as refused:
            assert "its front matter cannot be read" in refused.problems[0]


def test_links_out_of_the_folder_are_refused_and_links_within_left_aside(
    folder: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("---\ndate: 2020-01-01\n---\nsecret")
    (folder / "2020-01-02.md").write_text("Mine.")
    (folder / "again.md").symlink_to("2020-01-02.md")
    bundle = read_markdown_folder(folder)
    assert only(bundle).body == "Mine."
    assert bundle.remarks == ("again.md: left aside, since it is a link to another file here.",)
    (folder / "2020-01-03.md").symlink_to(secret)
    (folder / "more").symlink_to(tmp_path)
    (folder / "lost.md").symlink_to("nowhere.md")
    with pytest.raises(ImportRefused) as refused:
        read_markdown_folder(folder)
    assert refused.value.problems == [
        "2020-01-03.md: it is a link that leaves the folder.",
        "lost.md: it is a link to nothing.",
        "more: it is a link that leaves the folder.",
    ]


def test_a_folder_that_is_not_there_or_has_no_texts(folder: Path) -> None:
    with pytest.raises(ImportRefused, match="there is no such folder"):
        read_markdown_folder(folder / "no")
    (folder / "photo.jpg").write_bytes(b"x")
    with pytest.raises(ImportRefused, match="my diary: there is no Markdown or text file in this folder"):
        read_markdown_folder(folder)


def test_names_that_no_terminal_should_see(folder: Path) -> None:
    bad = os.fsencode(folder) + b"/2020-13-01 \xff\x1b[2J.md"
    with open(bad, "wb") as stream:
        stream.write(b"Words.")
    with pytest.raises(ImportRefused) as refused:
        read_markdown_folder(folder)
    (problem,) = refused.value.problems
    assert problem.endswith("the date 2020-13-01 in its name does not exist.")
    assert "\x1b" not in problem and problem.encode()


def test_what_is_left_aside_is_told(folder: Path) -> None:
    (folder / ".hidden.md").write_text("x")
    (folder / ".git").mkdir()
    (folder / ".git" / "x.md").write_text("x")
    (folder / "photo.jpg").write_bytes(b"x")
    (folder / "README.md").write_text("How I keep it.")
    bundle = read(folder, "2020-01-01.md", "---\nweather: rain\n---\nWords.")
    assert only(bundle).source_name == "2020-01-01.md"
    assert bundle.remarks == (
        "README.md: left aside, since it has no date and is no entry by its name.",
        "A file of another kind was left aside: photo.jpg.",
        "The field “weather” was left out; it is in one file.",
    )


def test_files_of_other_kinds_are_named_and_of_many_the_first_ten(folder: Path) -> None:
    for number in range(12):
        (folder / f"scan-{number:02}.png").write_bytes(b"x")
    (remark,) = read(folder, "2020-01-01.md", "Words.").remarks
    named = ", ".join(f"scan-{number:02}.png" for number in range(10))
    assert remark == f"12 files of other kinds were left aside: {named}, …."


def test_order_is_by_day_then_time_then_name_and_stages_by_their_first_day(folder: Path) -> None:
    for name, head in {
        "2020-01-02-10.md": "stage: Ward",
        "2020-01-02-2.md": "stage: ward",
        "2020-01-02.md": "stage: Ward",
        "z.md": "date: 2020-01-01\nstage: Lectures",
        "a.md": "date: 2020-01-03 21:00\nstage: Lectures",
        "b.md": "date: 2020-01-03 08:00",
    }.items():
        (folder / name).write_text(f"---\n{head}\n---\nWords.")
    bundle = read_markdown_folder(folder)
    assert [e.source_name for e in bundle.entries] == [
        "z.md",
        "2020-01-02.md",
        "2020-01-02-2.md",
        "2020-01-02-10.md",
        "b.md",
        "a.md",
    ]
    assert [(s.name, s.position, s.starts_on, s.ends_on) for s in bundle.stages] == [
        ("Lectures", 1, dt.date(2020, 1, 1), dt.date(2020, 1, 3)),
        ("Ward", 2, dt.date(2020, 1, 2), dt.date(2020, 1, 2)),
    ]
    assert {e.stage_name for e in bundle.entries} == {"Ward", "Lectures", None}


def test_keys_stay_the_same_when_a_folder_is_read_again(folder: Path) -> None:
    (folder / "2020-01-01.md").write_text("Words.")
    first = read_markdown_folder(folder)
    (folder / "2020-01-01.md").write_text("Other words.")
    (folder / "2019-01-01.md").write_text("Earlier.")
    again = read_markdown_folder(folder)
    assert first.entries[0].source_key == again.entries[1].source_key
    assert len({e.source_key for e in again.entries}) == 2


def test_progress_is_told(folder: Path) -> None:
    (folder / "2020-01-01.md").write_text("Words.")
    steps: list[tuple[int, int]] = []
    markdown_folder.read_markdown_folder(folder, lambda done, total: steps.append((done, total)))
    assert steps == [(0, 1), (1, 1)]


@settings(deadline=None)
@given(st.dates(min_value=dt.date(1000, 1, 1)), st.sampled_from(["-", "/", "."]))
def test_every_day_written_year_first_is_read(day: dt.date, mark: str) -> None:
    assert written_moment(f"{day.year}{mark}{day.month}{mark}{day.day}")[0] == day
    assert day_in_name(f"{day.isoformat()}-words") == day


@settings(deadline=None)
@given(st.text())
@example("2020-01-01" + " " * 50_000 + "1")
@example("1" * 5000)
def test_any_text_is_a_date_or_a_sentence(text: str) -> None:
    try:
        written_moment(text)
    except ValueError as problem:
        assert "\n" not in str(problem) and len(str(problem)) < 200


@pytest.mark.skipif(not books.NURSING_SISTER.is_dir(), reason="no real diaries (PORTFOLIO_TEST_DATA)")
def test_a_real_diary_is_read() -> None:
    bundle = read_markdown_folder(books.NURSING_SISTER)
    assert (len(bundle.entries), len(bundle.stages), bundle.remarks) == (239, 10, ())
    assert bundle.stages[0].name == "Waiting for Orders"
    assert [e.source_name for e in bundle.entries if e.entry_date == dt.date(1914, 9, 13)] == [
        "1914-09-13.md",
        "1914-09-13-2.md",
    ]

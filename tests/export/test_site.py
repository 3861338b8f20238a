"""The static site as a reader has it: files in a folder, opened without a server."""

import os
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from portfolio.domain.errors import Conflict
from portfolio.domain.records import Choices, Portfolio
from portfolio.export.site import MARKER, write_site
from tests.export import books, people

VOID = {"meta", "link", "img", "br", "hr", "path", "rect", "circle", "line", "col", "wbr", "input"}


class Page(HTMLParser):
    """What a reader and their browser get from one file."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[tuple[str, str, str]] = []  # tag, attribute, address
        self.attributes: list[tuple[str, str, str]] = []
        self.words = ""
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attributes:
            self.attributes.append((tag, name, value or ""))
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "src", "srcset", "action", "data", "poster"):
                self.addresses.append((tag, name, value or ""))

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> after {self.open[-3:]}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if "sup" not in self.open:  # the number of a note is not a word of the text
            self.words += data


def squeezed(text: str) -> str:
    return "".join(text.split())


def pages(folder: Path) -> Iterator[tuple[Path, Page]]:
    for path in sorted(folder.rglob("*.html")):
        yield path, Page(path.read_text("utf-8"))


def assert_whole(folder: Path, pictures: Path | None = None) -> None:
    """Every link leads to a file and an id that are there; nothing runs or is fetched.

    `pictures`: the folder that the site's photographs are in, where that is not within it.
    """
    found = dict(pages(folder))
    for path, page in found.items():
        where = path.relative_to(folder)
        assert len(page.ids) == len(set(page.ids)), f"{where}: an id stands twice"
        assert page.tags.count("h1") == 1, f"{where} has {page.tags.count('h1')} h1"
        assert {"main", "nav", "header"} <= set(page.tags), where
        runs = {"script", "form"} & set(page.tags)
        assert not runs or where == Path("search.html"), where
        assert not {"iframe", "object", "embed", "base", "style"} & set(page.tags), where
        for tag, name, value in page.attributes:
            assert not name.startswith("on") and name != "style", f"{where}: <{tag} {name}={value}>"
        for tag, name, address in page.addresses:
            parts = urlsplit(address)
            if parts.scheme and tag == "a":
                assert parts.scheme in ("https", "http", "mailto")
                assert "example.org" in address, f"{where}: {address} is not the author's own link"
                continue
            assert not parts.scheme and not parts.netloc and not address.startswith("/"), (
                f"{where}: {address}"
            )
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            assert target.is_file(), f"{where}: {tag} {name}={address} leads nowhere"
            inside = pictures if pictures and tag == "img" else folder
            assert target.is_relative_to(inside.resolve()), f"{where}: {address} leaves the site"
            if parts.fragment and target in found:
                assert unquote(parts.fragment) in found[target].ids, f"{where}: nothing at {address}"


@pytest.fixture
def ines(tmp_path: Path) -> Portfolio:
    folder = tmp_path / "stored"
    folder.mkdir()
    return people.ines(folder)


@pytest.fixture
def site(ines: Portfolio, tmp_path: Path) -> Path:
    return write_site(ines, tmp_path / "site").path


def page_of(site: Path, public_id: str) -> Page:
    return Page(next(site.glob(f"entries/*/*{public_id}.html")).read_text("utf-8"))


def test_every_link_of_ines_site_leads_somewhere_and_nothing_runs(site: Path) -> None:
    assert_whole(site)


def test_the_site_forbids_scripts_and_the_network_but_for_its_own_search(site: Path) -> None:
    for path, page in pages(site):
        policy = next(
            v for t, n, v in page.attributes if t == "meta" and n == "content" and "default-src" in v
        )
        assert "default-src 'none'" in policy, path
        assert ("script-src 'self' file:;" in policy) == (path.name == "search.html"), path
        assert "unsafe" not in policy and "http" not in policy


def test_every_word_of_every_entry_stands_on_its_page(ines: Portfolio, site: Path) -> None:
    for entry in ines.entries:
        words = squeezed(page_of(site, entry.public_id).words)
        assert squeezed(entry.title) in words
        for paragraph in entry.body.split("\n\n"):
            assert squeezed(paragraph) in words, entry.public_id


def test_a_comment_names_its_author_its_revision_and_what_has_changed(site: Path) -> None:
    page = page_of(site, "daughter00000002")
    for words in (
        "Dr Lin Hua",
        "mentor",
        "13 October 2021",
        "on revision 1",
        "You fetched somebody. Who stayed with her?",
        "The entry has been changed since.",
        "Nobody. I see it now.",
        "peer mentor",
        "a sentence that is gone",
    ):
        assert words in page.words
    assert "2, written on 14 October 2021" in page.words
    assert {"p1", "c1"} <= set(page.ids)  # the passage and its note lead to each other
    assert "p2" not in page.ids


def test_a_comment_that_came_with_an_archive_says_so(tmp_path: Path) -> None:
    comment = replace(books.comment("Dr Lin", "mentor", "2022-09-06", "Go on."), imported=True)
    entry = books.entry("2022-09-05", "Lift", "By the lift.", comments=(comment,))
    write_site(books.portfolio([entry]), tmp_path / "site")
    assert "imported" in page_of(tmp_path / "site", entry.public_id).words
    write_site(
        books.portfolio([replace(entry, comments=(replace(comment, imported=False),))]), tmp_path / "site"
    )
    assert "imported" not in page_of(tmp_path / "site", entry.public_id).words


def test_a_comment_that_was_taken_back_without_answers_is_not_there(site: Path) -> None:
    assert "17 October 2021" not in page_of(site, "daughter00000002").words


def test_prompt_threshold_retelling_and_neighbours(site: Path) -> None:
    page = page_of(site, "daughter00000002")
    for words in (
        "Write about one thing that you did not say this week.",
        "A prompt from Dr Lin Hua",
        "Marked by the author as a threshold",
        "doing, being",
        "It begins one.",
        "The cup.",
        "Shared with: mentor, faculty",
        "Returned to in",
        "Coats that do not fit",
        "夜班后的粥",
    ):
        assert words in page.words, words
    later = page_of(site, "again00000000005")
    assert "Tells an earlier entry again: The daughter in the corridor" in " ".join(later.words.split())
    assert "10 September 2022" in later.words  # a title that its author did not give is the day


def test_links_inside_an_entry_become_relative_or_plain(site: Path) -> None:
    page = page_of(site, "daughter00000002")
    addresses = {unquote(address) for _, _, address in page.addresses}
    assert "../../entries/2020/2020-09-14-coats-that-do-not-fit-coats00000000001.html" in addresses
    assert "https://example.org/ring-theory" in addresses
    assert not any("elsewhere" in address for address in addresses)
    assert "another" in page.words


def test_photographs_are_copied_and_shown_with_their_alternative_text(ines: Portfolio, site: Path) -> None:
    page = page_of(site, "daughter00000002")
    pictures = [address for tag, _, address in page.addresses if tag == "img"]
    assert pictures == ["../../photographs/w1nd0w.jpg", "../../photographs/c0rr1d0r.png"]
    assert ("img", "alt", "A corridor at night") in page.attributes
    assert ("img", "width", "640") in page.attributes
    stored = Path(ines.entries[1].photographs[0].path)
    assert (site / "photographs/w1nd0w.jpg").read_bytes() == stored.read_bytes()


def test_a_lost_photograph_is_named_and_its_words_stay(ines: Portfolio, tmp_path: Path) -> None:
    Path(ines.entries[1].photographs[0].path).unlink()
    result = write_site(ines, tmp_path / "site")
    assert result.missing == ("w1nd0w",)
    assert "A corridor at night" in page_of(result.path, "daughter00000002").words
    assert_whole(result.path)


def test_what_somebody_typed_as_markup_is_shown_as_typed(site: Path) -> None:
    page = page_of(site, "nasty00000000004")
    assert page.words.count(people.NASTY) >= 3  # title, comment, its author's name
    for name in ("tags.html", "months/2022-07.html", "stages/3-newly-qualified.html"):
        text = (site / name).read_text("utf-8")
        assert "<script" not in text and "<img src=x" not in text
        assert "{{ 7*7 }}" in text or name == "tags.html"
        assert ">49<" not in text


def test_the_index_has_cover_declaration_figure_table_stages_and_both_narratives(site: Path) -> None:
    page = Page((site / "index.html").read_text("utf-8"))
    for words in (
        "Ines Moreau",
        "Programme in Reflective Practice, Faculty of Medicine",
        "A reflective diary in 3 stages",
        "September 2020 to October 2022",
        "This site holds 5 of 7 entries.",
        "Counts are not quality",
        "Private entries too",
        "Medical student",
        "Intern",
        "Newly qualified",
        "I began with a coat.",
        "She learned to stay.",
    ):
        assert words in page.words, words
    assert page.words.index("I began with a coat.") < page.words.index("She learned to stay.")
    assert page.tags.count("svg") >= 2
    figures = Page((site / "figures.html").read_text("utf-8"))
    assert figures.tags.count("svg") >= 2
    assert sum(row == "tr" for row in figures.tags) == 26 + 4 + 2  # months, who answered whom, heads


def test_a_stage_page_has_objectives_attainments_with_evidence_and_entries(site: Path) -> None:
    page = Page((site / "stages/2-intern.html").read_text("utf-8"))
    for words in (
        "Stage II",
        "July 2021 to June 2022",
        "To act within limits",
        "Talks with relatives within her role",
        "October 2021",
        "The daughter in the corridor",
        "夜班后的粥",
    ):
        assert words in page.words, words
    assert "Coats that do not fit" not in page.words


def test_empty_months_stay_visible(site: Path) -> None:
    words = Page((site / "months.html").read_text("utf-8")).words
    assert "December 2020" in words and "0 entries" not in words
    assert "On silence as an answer" in Page((site / "months" / "2021-04.html").read_text("utf-8")).words
    assert not (site / "months" / "2020-12.html").exists()


def test_passages_carry_their_language(site: Path) -> None:
    page = page_of(site, "porridge00000003")
    assert ("html", "lang", "en") in page.attributes
    assert ("h1", "lang", "zh-Hans") in page.attributes
    assert ("div", "lang", "zh-Hans") in page.attributes


def test_chinese_titles_of_one_day_are_two_files(tmp_path: Path) -> None:
    result = write_site(people.li_na(tmp_path), tmp_path / "site")
    assert_whole(result.path)
    names = sorted(path.name for path in result.path.glob("entries/2021/*.html"))
    assert names == [
        "2021-03-05-第一次夜班-round2000000002.html",
        "2021-03-05-第一次查房-round1000000001.html",
        "2021-09-05-签自己的名字-sign00000000003.html",
    ]


def test_headings_are_in_the_language_of_the_owner(tmp_path: Path) -> None:
    site = write_site(people.li_na(tmp_path), tmp_path / "site").path
    index = Page((site / "index.html").read_text("utf-8"))
    assert ("html", "lang", "zh-Hans") in index.attributes
    for words in ("目录", "说明", "成长轨迹", "2021年3月至2021年9月", "医学生"):
        assert words in index.words, words


def test_a_review_without_comments_says_so(ines: Portfolio, tmp_path: Path) -> None:
    plain = replace(
        ines,
        choices=Choices(
            variant="review", comments=False, stages=(people.INTERN.public_id,), tags=("silence",)
        ),
        entries=tuple(replace(entry, comments=()) for entry in ines.entries[1:2]),
    )
    result = write_site(plain, tmp_path / "site")
    words = Page((result.path / "index.html").read_text("utf-8")).words
    assert "Selected entries, for a narrative review" in words
    assert "No comments." in words and "Only these stages: Intern." in words
    assert "Only entries with these tags: silence." in words
    assert "Returned to in" not in page_of(result.path, "daughter00000002").words
    assert_whole(result.path)


def test_an_entry_of_a_stage_that_the_programme_lost_is_kept(ines: Portfolio, tmp_path: Path) -> None:
    moved = replace(ines.entries[0], stage=books.stage(1, "Foundation year"))
    result = write_site(replace(ines, entries=(moved, *ines.entries[1:])), tmp_path / "site")
    assert "Coats that do not fit" in Page((result.path / "stages/other.html").read_text("utf-8")).words
    assert_whole(result.path)


def test_a_diary_without_a_programme_and_without_an_entry(tmp_path: Path) -> None:
    loose = books.portfolio([books.entry("2022-09-05", "", "Only words.")], programme_name="", cohort_name="")
    result = write_site(loose, tmp_path / "loose")
    assert_whole(result.path)
    assert "Without a stage" in (result.path / "index.html").read_text("utf-8")
    empty = write_site(books.portfolio([]), tmp_path / "empty")
    assert_whole(empty.path)
    assert "This site holds all 0 entries of the diary." in (empty.path / "index.html").read_text("utf-8")


def test_a_second_export_writes_nothing_and_a_changed_one_what_differs(
    ines: Portfolio, tmp_path: Path
) -> None:
    first = write_site(ines, tmp_path / "site")
    assert first.written == first.files and first.pages == len(list((tmp_path / "site").rglob("*.html")))
    before = {path: path.stat().st_mtime_ns for path in first.path.rglob("*")}
    again = write_site(ines, tmp_path / "site")
    assert (again.written, again.removed) == (0, 0)
    assert before == {path: path.stat().st_mtime_ns for path in first.path.rglob("*")}

    (first.path / "notes of my own.txt").write_text("mine")
    fewer = write_site(replace(ines, entries=ines.entries[:4]), tmp_path / "site")
    assert fewer.removed == 4  # the entry, its month, then and now with its page
    assert 0 < fewer.written < fewer.files
    assert not list(first.path.glob("entries/2022/*again*"))
    assert (first.path / "notes of my own.txt").read_text() == "mine"
    assert_whole(first.path)
    assert not list(tmp_path.rglob("*.part"))


def test_a_folder_of_somebody_else_is_refused_and_left_alone(ines: Portfolio, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("twelve years")
    with pytest.raises(Conflict, match="thesis is there already and was not made by this export"):
        write_site(ines, tmp_path / "thesis")
    (tmp_path / "file").write_text("x")
    with pytest.raises(Conflict):
        write_site(ines, tmp_path / "file")
    assert os.listdir(tmp_path / "thesis") == ["chapter.txt"]


def test_a_marker_cannot_make_an_export_delete_outside_its_folder(ines: Portfolio, tmp_path: Path) -> None:
    site = write_site(ines, tmp_path / "site").path
    (tmp_path / "letter.txt").write_text("dear")
    marker = (site / MARKER).read_text().replace('"index.html"', '"../letter.txt": 4,\n  "index.html"')
    (site / MARKER).write_text(marker)
    write_site(ines, site)
    assert (tmp_path / "letter.txt").read_text() == "dear"


def test_a_failed_export_leaves_nothing_behind(ines: Portfolio, tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    for name in ("site", "site.zip"):
        with pytest.raises(KeyboardInterrupt):
            write_site(ines, tmp_path / name, stop)
    assert sorted(os.listdir(tmp_path)) == ["stored"]


def test_a_zip_holds_the_same_site_and_equal_sites_are_equal_bytes(ines: Portfolio, tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    result = write_site(ines, tmp_path / "a.zip", lambda done, total: steps.append((done, total)))
    write_site(ines, tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    assert steps == [(n, result.files) for n in range(result.files + 1)]
    with zipfile.ZipFile(tmp_path / "a.zip") as zipped:
        assert {info.date_time for info in zipped.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        zipped.extractall(tmp_path)
    unpacked = tmp_path / f"{ines.owner_login}-site"  # a folder of its own
    assert_whole(unpacked)
    folder = write_site(ines, tmp_path / "folder").path
    for path in folder.rglob("*.*"):
        if path.is_file() and path.name != MARKER:
            assert (unpacked / path.relative_to(folder)).read_bytes() == path.read_bytes()


def test_the_sheet_fetches_nothing(site: Path) -> None:
    sheet = (site / "site.css").read_text("utf-8")
    assert "url(" not in sheet and "@import" not in sheet
    assert "@media print" in sheet and "light-dark(" in sheet


@pytest.mark.skipif(
    not books.NURSING_SISTER.is_dir(), reason="no folder with real diaries (PORTFOLIO_TEST_DATA)"
)
def test_a_real_diary_of_239_entries_is_whole(tmp_path: Path) -> None:
    diary = books.nursing_sister()
    result = write_site(diary, tmp_path / "site")
    assert result.pages == len(list(result.path.rglob("*.html")))
    assert_whole(result.path)
    for entry in diary.entries:
        shown = set(re.findall(r"[^\W_]+", page_of(result.path, entry.public_id).words))
        assert not set(re.findall(r"[^\W_]+", entry.body)) - shown, entry.title

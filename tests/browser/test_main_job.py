"""The main job from start to end: a student writes, a mentor answers, and a book and a site come of it."""

import pathlib
import re
import shutil
import subprocess
import zipfile
from dataclasses import dataclass

import pikepdf
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE_MS, Site
from tests.conftest import People

BOOK_SECONDS = 90  # on a machine with other things to do


@dataclass(frozen=True)
class Scene:
    """Who writes what to whom, and how the pages say it."""

    student: str
    mentor: str
    title: str
    first: str
    second: str
    passage: str
    words: str
    tag: str
    said: str
    saved: str
    private: str
    chapter: str  # the stage of the day
    search: str
    found: str


SCENES = {
    "English": Scene(
        student="mei", mentor="lin", title="The first question",
        first="He asked me whether it would hurt.", second="I said I did not know, and stayed.",
        passage="I did not know", words="15 words", tag="first ward",
        said="What made you stay?", saved="Saved", private="Only you can read this.",
        chapter="Newly qualified doctor", search="whether", found="1 entry",
    ),
    "Chinese": Scene(
        student="jun", mentor="osei", title="第一个问题",
        first="他问我会不会疼。", second="我说我不知道，然后留了下来。",
        passage="我不知道", words="19 字", tag="夜班",
        said="是什么让你留下来？", saved="已保存", private="只有你能看到",
        chapter="Newly qualified doctor", search="问我", found="1 篇",
    ),
}  # fmt: skip


def select(page: Page, passage: str) -> None:
    """Mark a passage of the text as a reader does."""
    page.evaluate(
        """passage => {
            const text = document.querySelector("[data-quotable]");
            const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
            while (walker.nextNode()) {
                const at = walker.currentNode.data.indexOf(passage);
                if (at < 0) continue;
                const range = document.createRange();
                range.setStart(walker.currentNode, at);
                range.setEnd(walker.currentNode, at + passage.length);
                getSelection().removeAllRanges();
                getSelection().addRange(range);
                return;
            }
            throw new Error("no such passage");
        }""",
        passage,
    )


def make(page: Page, kind: str, target: pathlib.Path) -> pathlib.Path:
    """Ask for a document, see how far it is, and download it."""
    page.goto("/keep")
    page.locator(f"[name=kind][value={kind}]").check(force=True)
    page.locator("form[data-preview] button.primary").click()
    page.wait_for_url("**/keep#documents")
    if kind == "book":  # a site may be there already
        expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(0, timeout=BOOK_SECONDS * 1000)
    suffix = ".pdf" if kind == "book" else ".zip"
    links = page.locator("#documents a[href$='/download']")
    for _ in range(BOOK_SECONDS):
        for link in links.all():
            with page.expect_download() as download:
                link.click()
            if download.value.suggested_filename.endswith(suffix):
                path = target / download.value.suggested_filename
                download.value.save_as(path)
                return path
        page.wait_for_timeout(1000)
    raise AssertionError(f"no {kind} to download")


@pytest.mark.parametrize("language", SCENES)
def test_a_diary_becomes_a_book_and_a_site(language: str, site: Site, people: People, tmp_path: pathlib.Path):
    scene = SCENES[language]
    student, mentor = getattr(people, scene.student), getattr(people, scene.mentor)

    # The student writes
    page = site.open(language=student.language).sign_in(student.login)
    assert page.url == f"{site.address}/write"
    assert page.evaluate("document.activeElement.id") == "f-body"
    assert page.locator("html").get_attribute("lang") == {"en": "en", "zh": "zh-CN"}[student.language]
    expect(page.locator(".writing")).to_contain_text(scene.private)
    page.keyboard.insert_text(f"{scene.first}\n\n{scene.second}")
    page.locator("#f-title").fill(scene.title)
    page.locator("#f-date").fill("2022-09-12")
    page.locator("#f-tags").fill(scene.tag)
    expect(page.locator(".saved")).to_contain_text(scene.saved)
    expect(page.locator("#word-count")).to_have_text(scene.words)
    page.locator("summary:has(.who-reads)").click()
    page.get_by_label(mentor.name).check()
    expect(page.locator(".who-reads")).to_contain_text(mentor.name)
    page.locator("#f-body").press("Control+Enter")
    page.wait_for_url("**/entries/*")
    entry = page.url
    expect(page.get_by_role("heading", level=1)).to_have_text(scene.title)
    expect(page.locator("#readers .grants li").first).to_contain_text(mentor.name)
    expect(page.locator(".byline")).to_contain_text(scene.chapter)
    page.goto("/diary")
    page.get_by_role("searchbox").fill(scene.search)
    page.get_by_role("searchbox").press("Enter")
    expect(page.locator(".found")).to_contain_text(scene.found)
    expect(page.get_by_role("link", name=scene.title)).to_be_visible()

    # The mentor answers
    desk = site.open().sign_in(mentor.login)
    assert desk.url == f"{site.address}/mentoring"
    expect(desk.locator("article.sheet h2")).to_have_text(scene.title)
    select(desk, scene.passage)
    desk.get_by_role("button", name="On this passage").click()
    desk.keyboard.insert_text(scene.said)
    desk.keyboard.press("Control+Enter")
    expect(desk.get_by_text("Nothing waits for you")).to_be_visible()

    # The student reads it
    page.goto(entry)
    note = page.locator("aside.comments article")
    expect(note).to_contain_text(mentor.name)
    expect(note.locator(".quoted")).to_have_text(scene.passage)
    expect(note.locator(".said")).to_have_text(scene.said)
    expect(page.locator("[data-quotable] mark")).to_have_text(re.compile(re.escape(scene.passage)))

    # And takes it along
    book = make(page, "book", tmp_path)
    assert book.name == f"{student.name.replace(' ', '-')}-portfolio-edition-1.pdf"
    text = subprocess.run(
        ["pdftotext", "-enc", "UTF-8", book, "-"], capture_output=True, text=True, check=True
    ).stdout
    for words in (student.name, scene.title, scene.second, scene.said, scene.chapter):
        assert words in " ".join(text.split()), words
    with pikepdf.open(book) as opened:
        assert len(opened.pages) > 5
        assert opened.Root.MarkInfo.Marked

    packed = make(page, "site", tmp_path)
    with zipfile.ZipFile(packed) as parts:
        parts.extractall(tmp_path / "site")
    (index,) = (tmp_path / "site").rglob("index.html")
    disk = site.open(language=student.language).page
    disk.goto(index.as_uri())
    disk.get_by_role("link", name=scene.chapter).first.click()
    disk.get_by_role("link", name=scene.title).click()
    expect(disk.get_by_role("heading", level=1)).to_have_text(scene.title)
    expect(disk.locator(".prose")).to_contain_text(scene.first)
    expect(disk.locator("aside.comments")).to_contain_text(scene.said)
    expect(disk.locator("aside.comments .quoted")).to_have_text(scene.passage)


def test_all_but_autosave_works_without_scripts(site: Site, people: People, tmp_path: pathlib.Path):
    student = site.open(scripts=False).sign_in(people.mei.login)
    student.locator("#f-title").fill("Without a script")
    student.locator("#f-body").fill("The lamp was off. The text was there.")
    student.locator("summary:has(.who-reads)").click()
    student.get_by_label("Dr Lin").check()
    student.locator("[data-keep]").click()
    expect(student.get_by_role("heading", level=1)).to_have_text("Without a script")
    entry = student.url

    mentor = site.open(scripts=False).sign_in(people.lin.login)
    expect(mentor.locator("article.sheet h2")).to_have_text("Without a script")
    mentor.locator("[name=quoted]").fill("The text was there.")
    mentor.locator("#comment-body").fill("Who turned it off?")
    mentor.locator("[data-primary]").click()
    expect(mentor.get_by_text("Nothing waits for you")).to_be_visible()

    student.goto(entry)
    expect(student.locator("aside.comments article .said")).to_have_text("Who turned it off?")
    expect(student.locator("aside.comments article .quoted")).to_have_text("The text was there.")
    student.locator("aside.comments summary").click()
    student.locator("aside.comments textarea").fill("I did.")
    student.locator("aside.comments form[data-send] button").click()
    expect(student.locator("aside.comments")).to_contain_text("I did.")
    student.goto("/keep")
    student.locator("[name=kind][value=archive]").check(force=True)
    student.locator("form[data-preview] button.primary").click()
    download = student.locator("#documents a[href$='/download']")
    for _ in range(PATIENCE_MS // 500):
        if download.count():
            break
        student.wait_for_timeout(500)
        student.reload()
    with student.expect_download() as taken:
        download.click()
    assert zipfile.is_zipfile(shutil.copy(taken.value.path(), tmp_path / "archive.zip"))

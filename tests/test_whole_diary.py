"""A whole diary comes in by one command, and goes out as a book, a site and an archive, word for word."""

import datetime as dt
import hashlib
import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import frontmatter
import pytest
import yaml

from portfolio import demo
from portfolio.domain import accounts, markup, portfolios
from portfolio.domain.records import Choices, Portfolio
from portfolio.export.archive import read_archive
from portfolio.store import database, files
from tests.conftest import DATABASE_URL, NOW, PASSWORD
from tests.export import books
from tests.export.book_checks import (
    assert_contents_agree,
    assert_every_word_in_order,
    assert_sound,
    lonely_headings,
)
from tests.export.test_archive import assert_the_same
from tests.export.test_site import assert_whole, page_of, squeezed

COMMAND = Path(sys.executable).with_name("portfolio")
ENTRIES, STAGES = 239, 10  # of the real diary, and so of the invented one


@dataclass(frozen=True)
class Shell:
    """The command line at a site of its own."""

    instance: Path
    address: str  # of its database

    def __call__(self, *words: str, said: str = "") -> str:
        own = {name: value for name, value in os.environ.items() if not name.startswith("PORTFOLIO_")}
        done = subprocess.run(
            [COMMAND, "--instance", self.instance, *words],
            input=said, env=own | {"PORTFOLIO_DATABASE": self.address},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, ""), words
        return done.stdout


@pytest.fixture
def shell(migrated: Path | None, tmp_path: Path) -> Iterator[Shell]:
    """A site that is not there yet."""
    instance = tmp_path / "instance"
    address = DATABASE_URL or f"sqlite:///{instance / 'portfolio.db'}"
    if DATABASE_URL:
        opened = database.open_database(DATABASE_URL)
        with database.connection():
            database.execute("DROP SCHEMA public CASCADE")
            database.execute("CREATE SCHEMA public")
        opened.close()
    yield Shell(instance, address)
    database.current().close()


def invented(folder: Path) -> Path:
    """As many days and stages as the real diary has, with texts of the demonstration's people."""
    folder.mkdir()
    posts = (frontmatter.load(str(path)) for path in sorted((demo.FOLDER / "diaries").glob("*/[0-9]*.md")))
    plain = (post for post in posts if "\n|" not in post.content)  # no tables: they are read cell by cell
    for number, post in enumerate(itertools.islice(plain, ENTRIES)):
        day = dt.date(2020, 9, 1) + dt.timedelta(days=3 * number)
        head = {"date": day, "title": post["title"], "stage": f"Ward {1 + number * STAGES // ENTRIES}"}
        matter = yaml.safe_dump(head, allow_unicode=True)
        (folder / f"{day}.md").write_text(f"---\n{matter}---\n\n{post.content}\n", "utf-8")
    return folder


@pytest.fixture(params=["real", "invented"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A diary in 239 files."""
    if request.param == "invented":
        return invented(tmp_path / "diary")
    return Path(request.getfixturevalue("data_folder")) / "nursing-sister"


@pytest.mark.heavy
def test_a_whole_diary_comes_in_and_goes_out(shell: Shell, folder: Path, tmp_path: Path) -> None:
    paths = sorted(folder.glob("*.md"), key=lambda path: path.stem)  # 1914-09-13 before 1914-09-13-2
    written = [frontmatter.load(str(path)) for path in paths]
    assert (len(written), len({post["stage"] for post in written})) == (ENTRIES, STAGES)

    shell("migrate")
    shell("user", "add", "kate", "--name", "Kate Luard", "--password-stdin", said=f"{PASSWORD}\n")
    first = shell("import", "markdown", str(folder), "--user", "kate")
    assert first.startswith("239 entries added, 0 changed, 0 unchanged; stages made: ")
    again = shell("import", "markdown", str(folder), "--user", "kate")
    assert again == "0 entries added, 0 changed, 239 unchanged.\n"
    book, site, archive = tmp_path / "book.pdf", tmp_path / "site", tmp_path / "archive.zip"
    assert "239 entries" in shell("export", "book", "kate", "-o", str(book), "--private")
    assert "239 entries" in shell("export", "site", "kate", "-o", str(site), "--private")
    assert "239 entries" in shell("export", "archive", "kate", "-o", str(archive))

    kept = kept_by(shell)
    assert [(e.entry_date, e.title, e.body, e.stage.name if e.stage else "") for e in kept.entries] == [
        (post["date"], post["title"], post.content, post["stage"]) for post in written
    ]
    assert_sound(book)
    assert_every_word_in_order(book, [markup.render(post.content).html for post in written])
    assert_contents_agree(book, kept)
    assert lonely_headings(book) == []
    assert_whole(site)
    for entry in kept.entries:
        page = page_of(site, entry.public_id)
        assert squeezed(entry.title) in squeezed(page.words)
        for paragraph in books.texts_of(entry.html):
            assert squeezed(paragraph) in squeezed(page.words), entry.entry_date
    bundle = read_archive(archive)
    assert_the_same(replace(kept, made_at=bundle.made_at), bundle)
    assert [entry.sha256 for entry in bundle.entries] == [
        hashlib.sha256(post.content.encode()).hexdigest() for post in written
    ]


def kept_by(shell: Shell) -> Portfolio:
    """Kate's whole diary as the site has it now."""
    files.use_folder(shell.instance / "files")
    database.open_database(shell.address)
    with database.connection():
        kate = accounts.viewer_by_login("kate")
        return portfolios.select(kate, Choices(private=True), now=NOW, whole=True)

"""A site without Pango: no books, which says why, and all else."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from portfolio import jobs
from portfolio.config import Settings
from portfolio.domain import diary
from portfolio.domain.diary import Draft
from portfolio.domain.records import Choices, Viewer
from portfolio.export import child
from portfolio.export.book import press_room, write_book
from tests.conftest import NOW, People
from tests.export import books

pytestmark = pytest.mark.heavy

COMMAND = Path(sys.executable).with_name("portfolio")
SENTENCE = "Books need a library that this site lacks. Its administrator sees which with `portfolio doctor`."
# As WeasyPrint says it by way of cffi
BROKEN = "raise OSError(\"cannot load library 'libpango-1.0-0': cannot open shared object file\")\n"


@pytest.fixture
def without_pango(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands before the others where modules are looked for, with what cannot be imported."""
    folder = tmp_path / "without"
    (folder / "weasyprint").mkdir(parents=True)
    (folder / "weasyprint" / "__init__.py").write_text(BROKEN)
    monkeypatch.syspath_prepend(str(folder))
    return folder


@pytest.fixture
def mei(people: People) -> Viewer:
    diary.keep_entry(people.mei, Draft(body="A coat to the knees."), creation_key="a", now=NOW)
    return people.mei


def test_from_the_shell_only_the_book_fails_and_says_why(
    without_pango: Path, mei: Viewer, database_url: str, tmp_path: Path
) -> None:
    own = {name: value for name, value in os.environ.items() if not name.startswith("PORTFOLIO_")}
    paths = {"PYTHONPATH": str(without_pango), "PORTFOLIO_DATABASE": database_url}

    def export(kind: str, target: Path, *more: str) -> subprocess.CompletedProcess[str]:
        command = [COMMAND, "--instance", str(tmp_path), "export", kind, mei.login]
        return subprocess.run(
            [*command, "-o", str(target), *more], env=own | paths, capture_output=True, text=True, check=False
        )

    book = export("book", tmp_path / "book.pdf", "--private")
    assert (book.returncode, book.stdout, book.stderr) == (1, "", SENTENCE + "\n")
    assert not (tmp_path / "book.pdf").exists()
    site = export("site", tmp_path / "site", "--private")
    archive = export("archive", tmp_path / "archive.zip")
    assert (site.returncode, site.stderr, archive.returncode, archive.stderr) == (0, "", 0, "")
    assert (tmp_path / "site" / "index.html").is_file() and (tmp_path / "archive.zip").is_file()


@pytest.mark.parametrize("warm", [False, True], ids=["cold", "warm"])
def test_a_job_says_why_and_the_next_ones_go_on(
    without_pango: Path, mei: Viewer, tmp_path: Path, warm: bool
) -> None:
    room = press_room() if warm else None
    for kind in ("book", "site", "archive"):
        jobs.ask(mei, kind, Choices(private=True), now=NOW)
        assert jobs.work_once(Settings(instance=tmp_path), lambda: NOW, "worker", room)
    if room:
        room.close()
    ended = {job.kind: (job.state, job.problem) for job in jobs.jobs_of(mei)}
    assert ended == {"book": ("failed", SENTENCE), "site": ("done", ""), "archive": ("done", "")}


def test_once_it_is_installed_the_same_process_makes_books(without_pango: Path, tmp_path: Path) -> None:
    portfolio, room = books.portfolio([books.entry("2022-09-05", "Lift", "By the lift.")]), press_room()
    with pytest.raises(child.LibraryMissing):
        write_book(portfolio, tmp_path / "book.pdf", room=room)
    shutil.rmtree(without_pango)
    assert write_book(portfolio, tmp_path / "book.pdf", room=room).pages > 3
    room.close()


def test_without_fontconfig_there_are_no_books_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(child.LibraryMissing):
        write_book(
            books.portfolio([books.entry("2022-09-05", "Lift", "By the lift.")]), tmp_path / "book.pdf"
        )


def test_the_machines_own_fault_is_no_missing_library(tmp_path: Path) -> None:
    with pytest.raises(child.TooLarge):
        write_book(
            books.portfolio([books.entry("2022-09-05", "Lift", "By the lift.")]),
            tmp_path / "book.pdf",
            limits=child.Limits(file_mb=0),
        )

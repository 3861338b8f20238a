"""What the shell says and with which exit status: done 0, refused 1 with the reason, words that are off 2."""

import io
import json
import socket
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portfolio import jobs
from portfolio.cli import main, progress_bar
from portfolio.domain import diary, portfolios
from portfolio.domain.diary import Draft
from portfolio.domain.records import Choices, Layout
from portfolio.store import database
from tests.conftest import NOW, People

Shell = Callable[..., Result]


@pytest.fixture
def shell(people: People, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Run `portfolio …` on the site of the people, from an empty folder."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PORTFOLIO_DATABASE", database_url)
    monkeypatch.setenv("PORTFOLIO_INSTANCE", str(tmp_path / "instance"))
    return lambda *words, said="": CliRunner().invoke(main, words, input=said)


@pytest.fixture
def diaries(shell: Shell) -> Path:
    """A folder with two entries of Mei's."""
    folder = Path("diary")
    folder.mkdir()
    (folder / "2022-09-01.md").write_text("The first night.", encoding="utf-8")
    (folder / "lift.md").write_text("---\ndate: 2022-09-02\nstage: Ward\n---\nThe lift.", encoding="utf-8")
    return folder


def test_a_diary_comes_in_and_is_told_in_one_sentence(shell: Shell, diaries: Path) -> None:
    words = ("import", "markdown", "diary", "--user", "mei")
    tried = shell(*words, "--dry-run")
    assert (
        tried.stdout
        == "2 entries would be added, 0 would be changed, 0 unchanged; stages would be made: Ward.\n"
    )
    assert shell(*words).stdout == "2 entries added, 0 changed, 0 unchanged; stages made: Ward.\n"
    (diaries / "lift.md").write_text("---\ndate: 2022-09-02\nstage: Ward\n---\nThe other lift.")
    (diaries / "2022-09-03.md").write_text("The last night.")
    again = shell(*words)
    assert (again.exit_code, again.stdout) == (0, "1 entry added, 1 changed, 1 unchanged.\n")
    assert again.stderr == ""  # quiet where it is not a terminal


def test_a_bad_file_is_named_and_nothing_comes_in(shell: Shell, diaries: Path) -> None:
    (diaries / "notes.md").write_text("No date anywhere.")
    refused = shell("import", "markdown", "diary", "--user", "mei")
    assert refused.exit_code == 1
    assert refused.stdout == ""
    assert "notes.md: it has no date" in refused.stderr
    assert shell("export", "archive", "mei", "-o", "a.zip").exit_code == 1  # there is nothing to write


def test_what_was_left_out_is_told(shell: Shell, people: People) -> None:
    for number, audiences in ((1, ("mentor",)), (2, ()), (3, ())):
        diary.keep_entry(
            people.mei,
            Draft(body=f"Night {number}."),
            creation_key=f"n{number}",
            audiences=audiences,
            now=NOW,
        )
    shared = shell("export", "site", "mei", "-o", "site")
    assert shared.exit_code == 0, shared.output
    assert shared.stdout.startswith("site: 1 of 3 entries, ")
    assert shell("export", "site", "mei", "-o", "all", "--private").stdout.startswith("all: 3 entries, ")
    told = json.loads(shell("export", "archive", "mei", "-o", "mei.zip", "--json").stdout)
    assert (told["entries"], told["left_out"], told["path"]) == (3, 0, "mei.zip")
    assert Path("mei.zip").is_file()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("export", "site", "nobody-here", "-o", "x"), "Nobody signs in as “nobody-here”."),
        (("export", "site", "mei", "-o", "x", "--stage", "Surgeon"), "mei has no stage “Surgeon”."),
        (("export", "site", "mei", "-o", "no/such/x"), "There is no folder"),
        (("restore", "not-a-backup.zip"), "This site has people already."),
        (("user", "add", "mei", "--password-stdin"), "Somebody signs in as “mei” already."),
        (("user", "add", "ann", "--password-stdin"), "A password needs at least 8 characters."),
    ],
)
def test_a_refusal_gives_its_reason_on_standard_error(
    shell: Shell, words: tuple[str, ...], reason: str
) -> None:
    Path("not-a-backup.zip").write_bytes(b"words")
    refused = shell(*words, said="short\n" if "ann" in words else "a lamp in the corridor\n")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert reason in refused.stderr


@pytest.mark.parametrize(
    "words",
    [("exprot",), ("export", "site", "mei"), ("export", "book", "mei", "-o", "x", "--from", "1/2/2022"), ("user", "add", "x", "--role", "dean")],
)  # fmt: skip
def test_words_that_are_off_get_the_usage(shell: Shell, words: tuple[str, ...]) -> None:
    assert shell(*words).exit_code == 2


def test_a_backup_is_told_and_brought_back(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = json.loads(shell("backup", "b.zip", "--json").stdout)
    assert shell("backup", "b.zip").stderr == "b.zip is there already. Name a new file.\n"
    monkeypatch.delenv("PORTFOLIO_DATABASE")
    drill = ("--instance", str(tmp_path / "drill"))
    missing = f"To make one there, run: portfolio --instance {tmp_path / 'drill'} migrate\n"
    assert shell(*drill, "restore", "b.zip").stderr.endswith(missing)
    assert shell(*drill, "migrate").exit_code == 0
    restored = shell(*drill, "restore", "b.zip", "--json")
    assert json.loads(restored.stdout)["rows"] == written["rows"] > 10


def test_stages_are_named_as_they_are_written(shell: Shell, people: People) -> None:
    diary.keep_entry(people.mei, Draft(body="A night"), creation_key="a", now=NOW)
    refused = shell("export", "archive", "mei", "-o", "a.zip", "--stage", "ward")
    assert refused.exit_code == 1
    assert "There are: Medical student, Intern, Newly qualified doctor." in refused.stderr


def test_a_password_that_anybody_would_try_makes_no_account(shell: Shell) -> None:
    refused = shell("user", "add", "li-wei", "--password-stdin", said="password1234\n")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "This password is among the first that anybody would try. Choose another." in refused.stderr
    assert shell("user", "add", "li-wei", "--password-stdin", said="a lamp in the ward\n").exit_code == 0


def test_a_book_is_printed_as_it_was_asked_for(
    shell: Shell, diaries: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Layout] = []

    def make(_viewer, _kind, portfolio, target, *_given):  # type: ignore[no-untyped-def]
        seen.append(portfolio.choices.layout)
        target.write_bytes(b"%PDF")
        return jobs.Made(target, 4, 1, {})

    monkeypatch.setattr(jobs, "make", make)
    assert shell("import", "markdown", "diary", "--user", "mei").exit_code == 0
    looks = ("--paper", "letter", "--large", "--grey", "--beneath", "--binding", "--archival", "--attach")
    for words in (("--private",), ("--private", *looks)):
        done = shell("export", "book", "mei", "-o", "book.pdf", "--force", *words, "--json")
        assert done.exit_code == 0, done.output
    assert seen == [Layout(), Layout("letter", True, True, True, True, True, True)]


def test_an_archive_comes_in_private_and_says_what_sharing_it_would_do(shell: Shell, people: People) -> None:
    for number, audiences in ((1, ("mentor", "cohort")), (2, ())):
        draft = Draft(body=f"Night {number}.")
        diary.keep_entry(people.mei, draft, creation_key=f"n{number}", audiences=audiences, now=NOW)
    assert shell("export", "archive", "mei", "-o", "mei.zip").exit_code == 0
    words = ("import", "archive", "mei.zip", "--user")
    tried = shell(*words, "jun", "--dry-run")
    assert "This archive is somebody else’s: Wang Mei.\n" in tried.stderr
    assert tried.stdout.endswith(
        "\nWhat comes in is private. As the archive says, with --shared: "
        "1 entry would be readable by others at once: 1 by the mentor, 1 by the cohort.\n"
    )
    told = json.loads(shell(*words, "jun", "--json").stdout)
    assert (told["shared"], told["shareable"], told["readable"]) == (False, 1, {"mentor": 1, "cohort": 1})
    assert (told["reached"], told["nobody"]) == (1, [])
    shared = shell(*words, people.stranger.login, "--shared")
    assert shared.stdout.endswith(
        "\nNobody is there today: the mentor, the cohort. Who comes later can read what is granted to them.\n"
    )
    with database.connection():
        by_person = [
            sorted(a for e in portfolios.select(viewer, Choices(private=True), now=NOW).entries for a in e.audiences)
            for viewer in (people.jun, people.stranger)
        ]  # fmt: skip
    assert by_person == [[], ["cohort", "mentor"]]


def test_an_archive_says_what_it_holds_where_nothing_is_said(shell: Shell, people: People) -> None:
    said = " ".join(shell("export", "archive", "--help").stdout.split())
    assert "everything, private entries and drafts too" in said
    assert "own (where nothing is said): everything; review: shared entries only" in said
    assert "--entry" not in said and "--preface" not in said
    assert "--from DATE" in said and "%Y" not in said
    assert "--private" in shell("export", "book", "--help").stdout


def test_restoring_into_a_site_with_people_says_the_commands_that_work(shell: Shell) -> None:
    Path("b.zip").write_bytes(b"words")
    assert shell("restore", "b.zip").stderr == (
        "This site has people already. Restore into a new one: "
        "portfolio --instance FOLDER migrate && portfolio --instance FOLDER restore b.zip\n"
    )


def test_a_zip_that_is_no_backup_is_said_in_words(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile("photos.zip", "w") as packed:
        packed.writestr("lamp.jpg", b"x")
    monkeypatch.delenv("PORTFOLIO_DATABASE")
    assert shell("--instance", "drill", "migrate").exit_code == 0
    assert shell("--instance", "drill", "restore", "photos.zip").stderr == (
        "photos.zip: This is no backup of a site: the zip has no manifest.json of one. Nothing was restored.\n"
    )


def test_a_folder_that_is_not_there_is_named_without_a_temporary_name(shell: Shell) -> None:
    refused = shell("backup", "no/such/x.zip")
    assert (refused.exit_code, refused.stderr) == (
        1, f"There is no folder {Path('no/such').absolute()}. Make it first.\n"
    )  # fmt: skip


def test_a_port_that_is_taken_is_told_with_both_ways_to_take_another(shell: Shell) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused = shell("serve", "--port", port)
    assert refused.exit_code == 1
    assert f"Port {port} cannot be used: " in refused.stderr
    assert "`make run PORT=8080`" in refused.stderr and " serve --port 8080`" in refused.stderr


def test_the_doctor_makes_nothing_where_there_is_no_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = CliRunner().invoke(main, ("doctor", "--json"))
    (there,) = (f for f in json.loads(found.stdout) if f["name"] == "Database")
    assert (found.exit_code, there["detail"], there["mend"]) == (
        1,
        "there is no site yet",
        "portfolio migrate",
    )
    assert list(tmp_path.iterdir()) == []


def test_the_steps_of_a_book_are_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    terminal.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("COLUMNS", "120")
    with progress_bar("Writing the book") as progress:
        progress(1, 2, "bound")
    assert "Writing the book: binding the pages" in terminal.getvalue()


def test_a_file_that_is_there_is_overwritten_only_by_force(shell: Shell, diaries: Path) -> None:
    shell("import", "markdown", "diary", "--user", "mei")
    Path("mei.zip").write_bytes(b"The only copy.")
    words = ("export", "archive", "mei", "-o", "mei.zip")
    refused = shell(*words)
    assert (refused.exit_code, refused.stderr) == (
        1, "mei.zip is there already. Name a new file, or overwrite it with --force.\n"
    )  # fmt: skip
    assert Path("mei.zip").read_bytes() == b"The only copy."
    assert shell(*words, "--force").exit_code == 0
    assert zipfile.is_zipfile("mei.zip")
    site = ("export", "site", "mei", "-o", "site", "--private")
    assert [shell(*site).exit_code for _ in range(2)] == [0, 0]  # into the folder of an export before

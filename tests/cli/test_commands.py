"""Every command: its help, its exit status, and what it leaves behind when it is refused."""

import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from portfolio import demo
from portfolio.cli import main
from portfolio.domain import accounts, diary, importing, markup, programme
from portfolio.domain.diary import Draft
from portfolio.store import database
from portfolio.store.diary import Entry
from tests.conftest import DATABASE_URL, NOW, PASSWORD

Shell = Callable[..., Result]


def commands(group: click.Group = main, *before: str) -> Iterator[tuple[str, ...]]:
    yield before
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, *before, name)
        else:
            yield (*before, name)


ALL = sorted(commands())


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """Run `portfolio …` on a new, migrated site, from an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in [n for n in os.environ if n.startswith("PORTFOLIO_")]:
        monkeypatch.delenv(name)

    def run(*words: str, said: str = "") -> Result:
        return CliRunner().invoke(main, ("--instance", "site", *words), input=said)

    assert run("migrate").stdout.startswith("Applied: 0001_first")
    yield run
    database.current().close()


@pytest.fixture
def mei(shell: Shell) -> Path:
    """Mei has an account and a folder with three entries of hers."""
    made = shell("user", "add", "mei", "--name", "Wang Mei", "--password-stdin", said=PASSWORD + "\n")
    assert (made.exit_code, made.stdout) == (0, "mei can sign in (student).\n")
    folder = Path("diary")
    folder.mkdir()
    for day, stage, body in (
        ("2020-09-03", "医学生", "第一次穿白大褂，长到膝盖。"),
        ("2021-07-01", "实习医生", "夜里的走廊更长。"),
        ("2021-07-02", "实习医生", "我留下来陪她。"),
    ):
        (folder / f"{day}.md").write_text(
            f"---\ndate: {day}\nstage: {stage}\ntags: [夜]\n---\n{body}\n", "utf-8"
        )
    return folder


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_command_says_what_it_does(words: tuple[str, ...]) -> None:
    for flag in ("--help", "-h"):
        said = CliRunner().invoke(main, (*words, flag))
        assert said.exit_code == 0
        assert said.output.startswith("Usage: ")
        body = said.output.split("\n\n", 1)[1].strip()
        assert len(body.splitlines()[0]) > 20  # a sentence before the options
        assert "Traceback" not in said.output


def test_the_commands_are_those_that_are_documented() -> None:
    assert {" ".join(words) for words in ALL} >= {
        "migrate", "serve", "doctor", "demo", "backup", "restore", "user add", "import markdown", "import archive",
        "export book", "export site", "export archive", "export cohort",
    }  # fmt: skip


ON_A_SITE = {
    ("backup",): ("there.zip",),
    ("demo",): (),
    ("export", "archive"): ("mei", "-o", "x"),
    ("export", "book"): ("mei", "-o", "x"),
    ("export", "cohort"): ("Class", "-o", "x"),
    ("export", "site"): ("mei", "-o", "x"),
    ("export", "epub"): ("mei", "-o", "x"),
    ("export", "leap2a"): ("mei", "-o", "x"),
    ("export", "csv"): ("mei", "-o", "x"),
    ("export", "json"): ("mei", "-o", "x"),
    ("import", "archive"): ("here.zip", "--user", "mei"),
    ("import", "leap2a"): ("here.zip", "--user", "mei"),
    ("import", "markdown"): (".", "--user", "mei"),
    ("restore",): ("here.zip",),
    ("serve",): (),
    ("sweep",): ("--pieces",),
    ("user", "add"): ("mei",),
}


def test_every_command_is_tried_where_there_is_no_site() -> None:
    groups = {words[:-1] for words in ALL if len(words) > 1}
    assert {*ALL} - groups - {(), ("migrate",), ("doctor",)} == set(ON_A_SITE)


@pytest.mark.parametrize("words", ON_A_SITE, ids=" ".join)
def test_where_there_is_no_site_nothing_is_made(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("here.zip").write_bytes(b"")
    said = CliRunner().invoke(main, ("--instance", "nowhere", *words, *ON_A_SITE[words]))
    assert (said.exit_code, said.stdout) == (1, "")
    assert "There is no site in" in said.stderr and "portfolio --instance nowhere migrate" in said.stderr
    assert not Path("nowhere").exists()


def test_a_site_before_its_migration_says_which_command_is_missing(tmp_path: Path) -> None:
    site = tmp_path / "my site"
    site.mkdir()
    (site / "portfolio.db").touch()
    said = CliRunner().invoke(main, ("--instance", str(site), "demo"))
    migrate = f"portfolio --instance '{site}' migrate"
    assert (said.exit_code, said.stderr) == (1, f"This site’s tables are not up to date. Run: {migrate}\n")
    found = CliRunner().invoke(main, ("--instance", str(site), "doctor", "--json"))
    (database,) = (f for f in json.loads(found.stdout) if f["name"] == "Database")
    assert (database["ok"], database["mend"]) == (False, migrate)


def test_migrating_again_does_nothing(shell: Shell) -> None:
    assert shell("migrate").stdout == "Nothing to do.\n"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("PORTFOLIO_DATABASE", "postgresql://nobody@127.0.0.1:1/nowhere", "The database cannot be used: "),
        ("PORTFOLIO_DATABASE", "mysql://localhost/x", ""),
        ("PORTFOLIO_LANGUAGE", "tlh", ""),
    ],
)
def test_a_wrong_setting_is_one_sentence(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str
) -> None:
    monkeypatch.setenv(name, value)
    said = shell("user", "add", "mei", "--password-stdin", said=PASSWORD)
    assert (said.exit_code, said.stdout) == (1, "")
    assert reason in said.stderr
    assert len(said.stderr.splitlines()) == 1


# ---------------------------------------------------------------- people


def test_an_administrator_is_made_and_can_sign_in(shell: Shell) -> None:
    words = ("user", "add", "ann", "--role", "admin", "--email", "ann@example.org", "--language", "zh")
    made = shell(*words, "--password-stdin", "--json", said=PASSWORD + "\r\n")
    told = json.loads(made.stdout)
    assert (told["login"], told["role"]) == ("ann", "admin")
    assert PASSWORD not in made.output
    with database.connection():
        viewer, _ = accounts.sign_in("ann", PASSWORD, now=NOW)
        assert (viewer.account, viewer.language, viewer.public_id) == ("admin", "zh", told["id"])
        assert accounts.people(viewer)[0].email == "ann@example.org"


def test_without_a_terminal_the_password_is_not_guessed(shell: Shell) -> None:
    refused = shell("user", "add", "ann")
    assert refused.exit_code == 2
    assert "--password-stdin" in refused.stderr


# ---------------------------------------------------------------- in and out


def test_a_diary_goes_in_out_and_into_another_account(shell: Shell, mei: Path) -> None:
    assert json.loads(shell("import", "markdown", "diary", "--user", "mei", "--json").stdout)["added"] == 3
    out = shell("export", "archive", "mei", "-o", "mei.zip")
    assert (out.exit_code, out.stderr) == (0, "")
    assert out.stdout.startswith("mei.zip: 3 entries, ")
    assert shell("user", "add", "bo-li", "--password-stdin", said=PASSWORD).exit_code == 0
    tried = json.loads(shell("import", "archive", "mei.zip", "--user", "bo-li", "--dry-run", "--json").stdout)
    assert (tried["added"], tried["dry_run"]) == (3, True)
    for added, unchanged in ((3, 0), (0, 3)):
        told = json.loads(shell("import", "archive", "mei.zip", "--user", "bo-li", "--json").stdout)
        assert (told["added"], told["unchanged"]) == (added, unchanged)
    with database.connection():
        page = diary.timeline(accounts.viewer_by_login("bo-li"), now=NOW)
    assert [e.body for e in page.entries] == [
        "我留下来陪她。",
        "夜里的走廊更长。",
        "第一次穿白大褂，长到膝盖。",
    ]
    assert [s.name for s in page.stages] == ["医学生", "实习医生"]


def test_a_site_is_written_of_what_was_asked_for(shell: Shell, mei: Path) -> None:
    shell("import", "markdown", "diary", "--user", "mei")
    for words, entries in (
        (("--private",), 3),
        (("--private", "--stage", "实习医生"), 2),
        (("--private", "--from", "2021-07-02"), 1),
        (("--private", "--to", "2020-12-31", "--tag", "夜"), 1),
    ):
        told = json.loads(
            shell("export", "site", "mei", "-o", f"site-{entries}-{len(words)}", "--json", *words).stdout
        )
        assert (told["entries"], told["left_out"]) == (entries, 3 - entries)
        assert pathlib.Path(told["path"], "index.html").is_file()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--private", "--tag", "nosuchtag"), "mei has no tag “nosuchtag”. There are: "),
        (("--private", "--from", "2023-01-01"), "No entry meets these choices."),
        (("--from", "2022-01-02", "--to", "2022-01-01"), "The period ends before it begins."),
        (("--stage", "外科"), "There are: 医学生, 实习医生."),
    ],
)
def test_what_cannot_be_written_says_why_and_leaves_nothing(
    shell: Shell, mei: Path, words: tuple[str, ...], reason: str
) -> None:
    shell("import", "markdown", "diary", "--user", "mei")
    refused = shell("export", "site", "mei", "-o", "out", *words)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert reason in refused.stderr
    assert not Path("out").exists()


def test_a_broken_archive_is_refused(shell: Shell, mei: Path) -> None:
    Path("broken.zip").write_bytes(b"PK\x03\x04 and nothing more")
    refused = shell("import", "archive", "broken.zip", "--user", "mei")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith("Nothing was imported:\nbroken.zip: ")


def test_an_import_that_is_stopped_says_how_much_is_in_and_goes_on(
    shell: Shell, mei: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    render = markup.render

    def stopping(body: str, photographs: Sequence[str] = ()) -> markup.Rendered:
        if "我留下来陪她" in body:  # the third
            raise KeyboardInterrupt
        return render(body, photographs)

    with monkeypatch.context() as patched:
        patched.setattr(importing, "BATCH", 2)
        patched.setattr(markup, "render", stopping)
        stopped = shell("import", "markdown", "diary", "--user", "mei")
    assert (stopped.exit_code, stopped.stdout) == (1, "")
    assert stopped.stderr == "Stopped; 2 of 3 entries are in. The same command goes on from there.\n"
    assert shell("import", "markdown", "diary", "--user", "mei").stdout.startswith(
        "1 entry added, 0 changed, 2 unchanged"
    )


# ---------------------------------------------------------------- the whole site


def test_a_backup_is_brought_back_into_an_empty_site_alone(shell: Shell, mei: Path) -> None:
    shell("import", "markdown", "diary", "--user", "mei")
    told = json.loads(shell("backup", "site.zip", "--json").stdout)
    assert told["rows"] > 10 and told["bytes"] == Path("site.zip").stat().st_size
    assert shell("restore", "site.zip").stderr.startswith("This site has people already.")
    anew = lambda *words: CliRunner().invoke(main, ("--instance", "anew", *words))  # noqa: E731
    assert anew("migrate").exit_code == 0
    damaged = Path("damaged.zip")
    damaged.write_bytes(Path("site.zip").read_bytes()[:-50])
    refused = anew("restore", "damaged.zip")
    assert refused.exit_code == 1 and refused.stderr.endswith("Nothing was restored.\n")
    assert json.loads(anew("restore", "site.zip", "--json").stdout)["rows"] == told["rows"]
    assert anew("export", "archive", "mei", "-o", "again.zip").stdout.startswith("again.zip: 3 entries")


def test_a_place_that_cannot_be_written_to_is_named(shell: Shell, mei: Path) -> None:
    shell("import", "markdown", "diary", "--user", "mei")
    for words in (
        ("backup", "no/such/folder/x.zip"),
        ("export", "archive", "mei", "-o", "no/such/folder/x.zip"),
    ):
        refused = shell(*words)
        assert (refused.exit_code, refused.stdout, len(refused.stderr.splitlines())) == (1, "", 1)
        assert "no/such/folder" in refused.stderr


def test_the_demonstration_is_loaded_once_and_only_into_an_empty_site(shell: Shell, mei: Path) -> None:
    refused = shell("demo")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("This site has people already.")


def test_the_demonstration_is_not_loaded_again(shell: Shell) -> None:
    Path("site", demo.SIGN_INS).write_text("Everybody’s password: lamp-1")
    again = shell("demo")
    assert (again.exit_code, again.stdout) == (0, "The demonstration is loaded already.\n")
    assert shell("user", "add", "mei", "--password-stdin", said=PASSWORD).exit_code == 0  # nobody is there


def test_the_doctor_examines_a_site_and_has_a_status(shell: Shell) -> None:
    found = shell("doctor", "--json")
    findings = json.loads(found.stdout)
    assert {f["name"] for f in findings}
    assert found.exit_code == int(any(not f["ok"] and f["required"] for f in findings))
    assert shell("doctor").exit_code == found.exit_code


def test_nothing_of_a_site_is_open_to_others_on_the_machine(shell: Shell, mei: Path) -> None:
    assert Path("site").stat().st_mode & 0o077 == 0
    shell("backup", "site.zip")
    assert Path("site.zip").stat().st_mode & 0o077 == 0


def test_in_a_pipe_nothing_but_the_answer_is_written(shell: Shell, mei: Path) -> None:
    """In a process of its own, as a script would call it."""
    if DATABASE_URL:
        pytest.skip("once is enough")
    words = ("--instance", "site", "import", "markdown", "diary", "--user", "mei")
    root = pathlib.Path(__file__).parent.parent.parent
    done = subprocess.run(
        [sys.executable, "-c", "from portfolio.cli import main; main()", *words],
        env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "3 entries added, 0 changed, 0 unchanged; stages made: 医学生, 实习医生.\n"


def test_a_draft_is_in_an_archive_and_not_in_a_site(shell: Shell, mei: Path) -> None:
    with database.connection():
        viewer = accounts.viewer_by_login("mei")
        diary.keep_entry(viewer, Draft(body="Not yet"), creation_key="d", as_draft=True, now=NOW)
    assert shell("export", "site", "mei", "-o", "site-of-mei", "--private").exit_code == 1
    assert shell("export", "archive", "mei", "-o", "mei.zip").stdout.startswith("mei.zip: 1 entry")


def test_a_cohorts_site_and_a_second_one_into_the_same_folder(shell: Shell, mei: Path) -> None:
    with database.connection():
        viewer = accounts.viewer_by_login("mei")
        lead = accounts.add_user("zhou", "Zhou", "a lamp in the corridor", account="lead", now=NOW)
        made = programme.make_programme(lead, "School", timezone="UTC", stages=[], now=NOW)
        cohort = programme.make_cohort(lead, made.public_id, "Class", now=NOW)
        programme.join(viewer, cohort.join_code or "", now=NOW)
    words = ("export", "site", "mei", "--cohort", "Class", "-o", "shared")
    assert "Nobody has shared anything with this cohort yet." in shell(*words).stderr
    with database.connection():
        draft = Draft(title="For all", body="Read this.")
        diary.keep_entry(viewer, draft, creation_key="a", audiences=("cohort",), now=NOW)
        diary.keep_entry(viewer, Draft(body="Not this"), creation_key="b", now=NOW)
    first = json.loads(shell(*words, "--json").stdout)
    assert (first["entries"], first["written"]) == (1, first["files"])
    again = shell("export", "site", "mei", "--cohort", cohort.public_id, "-o", "shared")
    assert f"(0 of {first['files']:g} files written, 0 removed)" in again.stdout
    assert "There are: Class" in shell("export", "site", "mei", "--cohort", "Other", "-o", "x").stderr
    assert "only --no-comments goes with it" in shell(*words, "--private").stderr


def test_sweep_removes_what_was_deleted_long_ago(shell: Shell, mei: Path) -> None:
    shell("import", "markdown", str(mei), "--user", "mei")
    with database.connection():
        Entry.update(deleted_at=NOW).where(Entry.id == Entry.select(Entry.id).limit(1)).execute()
    assert shell("sweep").stdout == "1 removed.\n"
    assert shell("sweep").stdout == "Nothing to do.\n"


def test_sweep_takes_what_was_laid_out_only_if_asked_to(shell: Shell, mei: Path) -> None:
    pieces = Path("site/pieces/ab")
    pieces.mkdir(parents=True)
    (pieces / "abcdef").write_bytes(b"a piece")
    assert shell("sweep").stdout == "Nothing to do.\n"
    assert shell("sweep", "--pieces").stdout == "1 removed.\n"
    assert list(pieces.iterdir()) == []

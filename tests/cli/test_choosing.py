"""What a document holds, said in the shell: entries by hand, words of one's own, choices that were saved."""

import json
import zipfile
from pathlib import Path

import pytest

from portfolio.domain import diary, portfolios
from portfolio.domain.diary import Draft
from portfolio.domain.records import Choices, Layout
from portfolio.store import database
from tests.cli.test_words import Shell
from tests.cli.test_words import shell as shell
from tests.conftest import NOW, People


@pytest.fixture
def kept(people: People, shell: Shell) -> dict[str, str]:
    """Three entries of Mei's, the last one private; their ids by their words."""
    with database.connection():
        return {
            body: diary.keep_entry(
                people.mei, Draft(body, tags=(tag,)), creation_key=body, audiences=readers, now=NOW
            ).entry_id
            for body, tag, readers in (
                ("A coat", "clothes", ["mentor"]), ("A night", "night", ["mentor"]), ("Alone", "night", []),
            )
        }  # fmt: skip


def told(shell: Shell, *words: str) -> list[str]:
    """The texts of the entries that come out as JSON."""
    made = shell("export", "json", "mei", "-o", "out.json", "--force", *words)
    assert (made.exit_code, made.stderr) == (0, "")
    return [entry["text"] for entry in json.loads(Path("out.json").read_text("utf-8"))["entries"]]


def test_entries_are_chosen_one_by_one(shell: Shell, kept: dict[str, str]) -> None:
    assert told(shell, "--entry", kept["A night"]) == ["A night"]
    both = ("--entry", kept["A coat"], "--entry", kept["Alone"])
    assert told(shell, *both) == ["A coat"]
    assert told(shell, *both, "--private") == ["A coat", "Alone"]
    refused = shell("export", "json", "mei", "-o", "x.json", "--entry", "nosuchentry")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith("mei has no entry “nosuchentry”. Its id is at the end of its page’s")


def test_somebody_elses_entry_is_none(shell: Shell, people: People, kept: dict[str, str]) -> None:
    refused = shell("export", "json", "jun", "-o", "x.json", "--entry", kept["A coat"])
    assert refused.exit_code == 1 and "jun has no entry" in refused.stderr


def test_a_dedication_and_a_preface_stand_before_the_entries(shell: Shell, kept: dict[str, str]) -> None:
    Path("preface.md").write_text("Why I *kept* these.", "utf-8")
    words = ("export", "epub", "mei", "--dedication", "To the night shift", "--preface")
    for source, said, result in (("preface.md", "", "a.epub"), ("-", "Why I *kept* these.", "b.epub")):
        assert shell(*words, source, "-o", result, said=said).exit_code == 0
        with zipfile.ZipFile(result) as book:
            assert "To the night shift" in book.read("EPUB/title.xhtml").decode()
            assert "Why I <em>kept</em> these." in book.read("EPUB/narrative-1.xhtml").decode()
    Path("latin.md").write_bytes("Überall".encode("latin-1"))
    refused = shell(*words, "latin.md", "-o", "c.epub")
    assert (refused.exit_code, refused.stderr) == (1, "latin.md is not text in UTF-8.\n")


def test_saved_choices_are_taken_up_and_what_is_said_beside_them_counts_more(
    shell: Shell, people: People, kept: dict[str, str]
) -> None:
    with database.connection():
        portfolios.save_preset(
            people.mei, "Nights", "book", Choices(tags=("night",), private=True, layout=Layout(grey=True)),
            now=NOW,
        )  # fmt: skip
    assert told(shell, "--preset", "Nights") == ["A night", "Alone"]
    assert told(shell, "--preset", "Nights", "--tag", "clothes") == ["A coat"]
    assert told(shell, "--preset", "Nights", "--variant", "review") == ["A night"]
    refused = shell("export", "json", "mei", "-o", "x.json", "--preset", "Days")
    assert refused.stderr == "mei has saved no choices as “Days”. There are: “Nights”.\n"


@pytest.mark.parametrize(
    ("options", "held"),
    [
        ((), {"A night", "A coat", "Alone"}),
        (("--variant", "own", "--private"), {"A night", "A coat", "Alone"}),
        (("--variant", "review"), {"A night", "A coat"}),
    ],
)
def test_an_archive_holds_everything_or_what_is_shared(
    shell: Shell, kept: dict[str, str], options: tuple[str, ...], held: set[str]
) -> None:
    assert shell("export", "archive", "mei", "-o", "mei.zip", *options).exit_code == 0
    with zipfile.ZipFile("mei.zip") as archive:
        texts = [archive.read(name).decode() for name in archive.namelist() if "/data/entries/" in name]
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert {title for title in ("A night", "A coat", "Alone") if any(title in text for text in texts)} == held
    assert ("Alone" in held) == (b"Alone" in everything)
    brought = shell("import", "archive", "mei.zip", "--user", "jun")
    assert brought.exit_code == 0, brought.stderr


def test_an_archive_of_what_is_shared_has_no_private_entries(shell: Shell) -> None:
    refused = shell("export", "archive", "mei", "-o", "mei.zip", "--variant", "review", "--private")
    assert refused.exit_code == 2 and not Path("mei.zip").exists()


@pytest.mark.parametrize("kind", ["book", "site", "json"])
def test_where_nothing_is_shared_the_option_that_helps_is_named(
    shell: Shell, people: People, kind: str
) -> None:
    with database.connection():
        diary.keep_entry(people.jun, Draft("独自。"), creation_key="a", now=NOW)
    refused = shell("export", kind, "jun", "-o", "out")
    assert (refused.exit_code, refused.stderr) == (
        1, "No entry meets these choices. Private entries are in it only with --private.\n",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("mei", "--tag", "nosuch"), "mei has no tag “nosuch”. There are: night, clothes."),
        (("mei", "--private", "--from", "2030-01-01"), "No entry meets these choices."),
        (("mei", "--variant", "review", "--from", "2030-01-01"), "No entry meets these choices. Only what is shared with somebody is in it."),
        (("dr-lin", "--private"), "dr-lin has written no entry, so there is no diary to write out."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["book", "json"])
def test_where_no_entry_is_left_the_reason_is_said(
    shell: Shell, kept: dict[str, str], kind: str, words: tuple[str, ...], reason: str
) -> None:
    refused = shell("export", kind, *words, "-o", "out")
    assert (refused.exit_code, refused.stderr) == (1, reason + "\n")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("leap2a", "mei", "--variant", "anonymised"), "keep everything as it was written"),
        (("archive", "mei", "--variant", "anonymised"), "'anonymised' is not one of 'own', 'review'"),
        (("json", "mei", "--variant", "review", "--private"), "leave --private out"),
        (("book", "mei", "--variant", "anonymised", "--attach"), "leave --attach out"),
        (("site", "mei", "--cohort", "2020", "--private"), "only --no-comments goes with it"),
        (("cohort", "2020", "--private"), "say that too"),
        (("book", "mei", "--from", "2022-13-01"), "“2022-13-01” is no day; write it as 2022-10-31."),
    ],
)
def test_options_that_a_document_can_never_take_are_words_that_are_off(
    shell: Shell, kept: dict[str, str], words: tuple[str, ...], reason: str
) -> None:
    refused = shell("export", *words, "-o", "out")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert reason in " ".join(refused.stderr.split())


def test_a_cohort_that_somebody_does_not_belong_to_is_told_with_those_that_they_do(
    shell: Shell, people: People
) -> None:
    refused = shell("export", "site", "mei", "-o", "out", "--cohort", "1999")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("mei does not belong to a cohort “1999”. There are: ")


def test_an_anonymised_document_names_nobody(shell: Shell, kept: dict[str, str]) -> None:
    assert told(shell, "--variant", "anonymised") == ["A coat", "A night"]
    assert "Wang" not in Path("out.json").read_text("utf-8")

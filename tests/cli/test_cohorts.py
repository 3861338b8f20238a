"""`portfolio export cohort`: what members submitted, or a book of everybody, in a folder with a list."""

# ruff: noqa: F811  a fixture of another module
import csv
import json
import pathlib

import pytest

from portfolio import jobs
from portfolio.domain import diary, portfolios, programme
from portfolio.domain.diary import Draft
from portfolio.store import files
from tests.cli.test_words import Shell, shell  # noqa: F401
from tests.conftest import NOW, People
from tests.domain.test_sharing import make_edition


@pytest.fixture(autouse=True)
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Books are written at once; whose, by sign-in name."""
    made: list[str] = []

    def make(viewer, kind, portfolio, target, *_given):  # type: ignore[no-untyped-def]
        if viewer.login == "jun" and "breaks" in portfolio.entries[0].body:
            raise RuntimeError("canary")
        made.append(viewer.login)
        target.write_bytes(b"%PDF made")
        return jobs.Made(target, 9, 4, {})

    monkeypatch.setattr(jobs.making, "make", make)
    return made


def manifest(folder: str) -> list[str]:
    with open(pathlib.Path(folder, "manifest.csv"), encoding="utf-8-sig", newline="") as stream:
        return [row["file"] for row in csv.DictReader(stream)]


def test_what_was_submitted_is_written_and_the_rest_named(
    shell: Shell,
    people: People,
    written: list[str],
) -> None:
    files.use_folder(pathlib.Path("../instance/files"))
    portfolios.submit_edition(people.mei, make_edition(people.mei), people.cohort_id, now=NOW)
    for _ in range(2):
        out = shell("export", "cohort", "Class of 2020", "-o", "out", "--json")
        assert out.exit_code == 0, out.output
        told = json.loads(out.stdout)
        assert (told["editions"], told["not_submitted"], told["pages"], told["failed"]) == (1, 1, 3, {})
    assert sorted(path.name for path in pathlib.Path("out").iterdir()) == [
        "Wang-Mei-mei-edition-1.pdf", "manifest.csv", "not-made.csv",
    ]  # fmt: skip
    assert manifest("out") == ["Wang-Mei-mei-edition-1.pdf"]
    assert written == []  # the site has the file


def test_a_book_of_everybody_is_made_once_and_failures_stand_apart(
    shell: Shell,
    people: People,
    written: list[str],
) -> None:
    diary.keep_entry(people.mei, Draft(body="Hers"), creation_key="a", audiences=["mentor"], now=NOW)
    diary.keep_entry(people.jun, Draft(body="It breaks"), creation_key="b", audiences=["mentor"], now=NOW)
    words = ("export", "cohort", people.cohort_id, "-o", "out", "--everybody", "--at-once", "3")
    for _ in range(2):
        out = shell(*words)
        assert out.exit_code == 1
        assert "jun: Something went wrong while writing it." in out.stderr
        assert "tan: No entry meets these choices." in out.stderr
        assert "canary" not in out.output
    assert written == ["mei"]  # the second time it was there
    assert manifest("out") == ["Wang-Mei-mei-edition-1.pdf"]
    with open("out/not-made.csv", encoding="utf-8-sig", newline="") as stream:
        assert [row["sign-in name"] for row in csv.DictReader(stream)] == ["jun", "tan"]


def test_a_cohort_that_is_not_there_or_there_twice_is_told(shell: Shell, people: People) -> None:
    missing = shell("export", "cohort", "Class of 1920", "-o", "out")
    assert (missing.exit_code, missing.stderr) == (1, "There is no cohort “Class of 1920”.\n")
    again = programme.make_cohort(people.zhou, people.programme_id, "Class of 2020", now=NOW)
    twice = shell("export", "cohort", "Class of 2020", "-o", "out")
    assert twice.exit_code == 1
    assert again.public_id in twice.stderr and people.cohort_id in twice.stderr
    assert not pathlib.Path("out").exists()

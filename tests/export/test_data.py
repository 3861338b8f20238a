"""JSON and CSV: everything that was chosen, by their documented shape, and nothing that a spreadsheet runs."""

import csv
import datetime as dt
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.domain.records import Portfolio
from portfolio.export.data import COMMENT_COLUMNS, ENTRY_COLUMNS, safe_cell, threads, write_csv, write_json
from tests.export import books, people

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/entries.schema.json").read_text("utf-8"))


@pytest.fixture
def ines(tmp_path: Path) -> Portfolio:
    folder = tmp_path / "stored"
    folder.mkdir()
    return people.ines(folder)


def tables(path: Path) -> dict[str, list[dict[str, str]]]:
    with zipfile.ZipFile(path) as opened:
        texts = {name: opened.read(name) for name in opened.namelist()}
    assert all(text.startswith(b"\xef\xbb\xbf") for text in texts.values())
    return {
        name: list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"), newline="")))
        for name, text in texts.items()
    }


def test_the_json_is_what_its_schema_says(ines: Portfolio, tmp_path: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for n, portfolio in enumerate((ines, people.li_na(tmp_path), books.portfolio([], ()))):
        made = write_json(portfolio, tmp_path / f"{n}.json")
        content = json.loads(made.path.read_text("utf-8"))
        jsonschema.validate(content, SCHEMA, jsonschema.Draft202012Validator)
        assert [e["text"] for e in content["entries"]] == [e.body for e in portfolio.entries]
        assert made.entries == len(portfolio.entries)


def test_comments_stand_in_the_order_of_reading_with_what_they_answer(
    ines: Portfolio, tmp_path: Path
) -> None:
    content = json.loads(write_json(ines, tmp_path / "a.json").path.read_text("utf-8"))
    asked = content["entries"][1]
    first, reply, second, *_ = asked["comments"]
    assert (first["answers"], reply["answers"], second["answers"]) == (None, first["id"], first["id"])
    assert first["quoted"] == "I would fetch somebody" and reply["own"] is True
    assert [c["text"] for c in asked["comments"]] == [c.body for c, _ in threads(ines.entries[1].comments)]


def test_the_tables_hold_each_entry_and_each_comment(ines: Portfolio, tmp_path: Path) -> None:
    made = write_csv(ines, tmp_path / "a.zip")
    found = tables(made.path)
    entries, comments = found["entries.csv"], found["comments.csv"]
    assert tuple(entries[0]) == ENTRY_COLUMNS and tuple(comments[0]) == COMMENT_COLUMNS
    assert [row["id"] for row in entries] == [e.public_id for e in ines.entries]
    assert [row["text"] for row in entries] == [e.body for e in ines.entries]
    assert entries[1]["threshold_kinds"] == "doing; being" and entries[1]["shared_with"] == "faculty; mentor"
    assert (made.entries, made.comments) == (len(entries), len(comments)) == (5, 6)
    assert sum(int(row["comments"]) for row in entries) == 6


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1＋1", "－1", "＠x"]
)
def test_a_cell_that_looks_like_a_formula_is_text(ines: Portfolio, tmp_path: Path, text: str) -> None:
    entry = replace(ines.entries[0], title=text, body=text, tags=(text,))
    found = tables(write_csv(replace(ines, entries=(entry,)), tmp_path / "a.zip").path)
    row = found["entries.csv"][0]
    assert row["title"] == row["text"] == row["tags"] == f"'{text}"


@given(st.text())
def test_no_cell_begins_with_a_sign_of_a_formula(text: str) -> None:
    cell = safe_cell(text)
    assert cell[:1] not in set("=+-@\t\r\n＝＋－＠") and cell.removeprefix("'") == text.removeprefix("'")


def test_equal_content_gives_equal_bytes(ines: Portfolio, tmp_path: Path) -> None:
    later = replace(ines, made_at=ines.made_at + dt.timedelta(days=3))
    for write, suffix in ((write_json, "json"), (write_csv, "zip")):
        made = [write(p, tmp_path / f"{n}.{suffix}").path.read_bytes() for n, p in enumerate((ines, later))]
        assert made[0] == made[1]

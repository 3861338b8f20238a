"""The demonstration cohorts as they are loaded into a site: how much there is, and that it is the same each time."""

import datetime as dt
import io
from pathlib import Path

import PIL.Image
import pytest
from peewee import AutoField, ForeignKeyField, fn

from portfolio import demo
from portfolio.demo import scale_cohort
from portfolio.demo.sketches import SKETCHES
from portfolio.store import database
from portfolio.store.accounts import User
from portfolio.store.diary import Entry, Photograph, Revision
from portfolio.store.feedback import Comment

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
# Made by chance for each site
BY_CHANCE = {"public_id", "subject", "password_hash", "join_code", "stored_name"}  # a subject is a public id
PICTURE_BYTES_MOST = 200_000


@pytest.mark.heavy
def test_the_cohort_for_measuring_is_in_the_database_as_large_as_the_papers(db: None, tmp_path: Path) -> None:
    assert scale_cohort.load(tmp_path, now=NOW)
    current = (Revision.entry == Entry.id) & (Revision.number == Entry.revision_number)
    totals = Entry.select(fn.COUNT(Entry.id), fn.COUNT(Entry.owner.distinct()), fn.SUM(Revision.words)).join(
        Revision, on=current
    )
    assert list(totals.tuples()) == [(9_065, 58, 407_719)]
    assert User.select().where(User.login.startswith("student-")).count() == 58
    year, month = Entry.entry_date.year, Entry.entry_date.month
    rows = Entry.select(year, month, fn.COUNT(Entry.id)).group_by(year, month).tuples()
    months = {(int(y), int(m)): count for y, m, count in rows}
    assert len(months) == 26
    assert (min(months), max(months)) == ((2020, 9), (2022, 10))
    assert sorted(months.values())[-2:] == [706, 788]
    assert (months[2021, 7], months[2021, 3]) == (788, 706)
    assert not scale_cohort.load(tmp_path, now=NOW)
    assert Entry.select().count() == 9_065


@pytest.mark.heavy
def test_two_fresh_sites_have_the_same_demonstration_and_a_second_load_does_nothing(
    db: None, tmp_path: Path
) -> None:
    loads = []
    for name in ("one", "another"):
        for table in reversed(database.tables()):
            table.delete().execute()
        database.execute("DELETE FROM entry_index")
        folder = tmp_path / name
        folder.mkdir()
        assert demo.load(folder, now=NOW)
        loads.append(content())
        assert not demo.load(folder, now=NOW)
        assert content() == loads[-1]
    first, second = loads
    assert first == second
    assert len(first["entry"]) > 400 and len(first["comment"]) > 200
    pictures = list(Photograph.select(Photograph, User).join(User))
    assert len(pictures) == len(SKETCHES)
    assert len({picture.sha256 for picture in pictures}) == len(SKETCHES)
    assert {picture.owner.login for picture in pictures} >= {"sun-yi", "tom-hale", "chen-yu"}
    assert all(picture.alt for picture in pictures)
    assert max(picture.size for picture in pictures) < PICTURE_BYTES_MOST
    assert (tmp_path / "one" / demo.SIGN_INS).read_text() != (
        tmp_path / "another" / demo.SIGN_INS
    ).read_text()


def test_what_somebody_drew_is_drawn_the_same_again() -> None:
    drawn = SKETCHES["heart sounds"]()
    assert drawn == SKETCHES["heart sounds"]()
    picture = PIL.Image.open(io.BytesIO(drawn)).convert("L")
    assert picture.size == (1600, 1150)
    dark, light = picture.getextrema()
    assert dark < 90 and light > 230, "no pencil on the paper"


def content() -> dict[str, list[str]]:
    """All that the tables hold but numbers, and what is made by chance; and whose each entry and comment is."""
    found = {}
    for table in database.tables():
        fields = [
            field
            for field in table._meta.sorted_fields
            if not isinstance(field, AutoField | ForeignKeyField) and field.name not in BY_CHANCE
        ]
        if fields:
            found[table._meta.table_name] = sorted(map(repr, table.select(*fields).tuples()))
    owned = Entry.select(User.login, Entry.entry_date, Entry.creation_key).join(User)
    found["owners"] = sorted(map(repr, owned.tuples()))
    said = Comment.select(User.login, Comment.body).join(User, on=Comment.author == User.id)
    found["authors"] = sorted(map(repr, said.tuples()))
    return found

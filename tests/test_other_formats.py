"""Leap2A, EPUB, JSON and CSV as jobs: what was not chosen, or not shared, is in no byte of them."""

import datetime as dt
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from portfolio import jobs
from portfolio.config import Settings
from portfolio.domain import diary, errors, feedback
from portfolio.domain.diary import Draft, photographs
from portfolio.domain.records import Choices, Viewer
from portfolio.export import other_formats
from portfolio.export.import_zip import read_zip
from portfolio.store.diary import Entry
from portfolio.store.portfolios import Edition
from tests.conftest import NOW, People
from tests.domain.test_access import PICTURE

HIDDEN = "heron"  # in every field of what must not come out
KINDS = tuple(other_formats.SUFFIX)


def write(viewer: Viewer, name: str, day: str, *, readers: tuple[str, ...] = (), draft: bool = False) -> str:
    words = Draft(
        f"The {name} stood still.", title=f"A {name}", entry_date=dt.date.fromisoformat(day), tags=(name,)
    )
    saved = diary.keep_entry(
        viewer, words, creation_key=name + day, as_draft=draft, audiences=readers, now=NOW
    )
    photographs.add_photograph(
        viewer, saved.entry_id, PICTURE, alt=f"one {name}", caption=f"the {name}", now=NOW
    )
    return saved.entry_id


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(instance=tmp_path)


@pytest.fixture
def mei(people: People) -> Viewer:
    """A shared entry of 2021 with an answer, and four that carry the hidden word: one for each reason."""
    mei = people.mei
    shared = write(mei, "lantern", "2021-10-01", readers=("mentor",))
    feedback.comment_on(people.lin, shared, "Who held the lantern?", revision_number=1, now=NOW)
    hidden = [
        write(mei, HIDDEN, "2020-10-01", readers=("mentor",)),  # before the period
        write(mei, HIDDEN, "2021-10-02"),  # private
        write(mei, HIDDEN, "2021-10-03", draft=True),
        write(mei, HIDDEN, "2021-10-04", readers=("mentor",)),  # deleted
    ]
    feedback.comment_on(people.lin, hidden[0], f"A {HIDDEN} indeed", revision_number=1, now=NOW)
    diary.delete_entry(mei, hidden[3], now=NOW)
    return mei


def made(viewer: Viewer, kind: str, choices: Choices, settings: Settings) -> tuple[jobs.JobView, Path]:
    asked = jobs.ask(viewer, kind, choices, now=NOW)
    assert jobs.work_once(settings, lambda: NOW, "worker")
    view, path, media_type = jobs.result(viewer, asked.public_id)
    assert view.display_name == f"Wang-Mei-{kind}-{NOW.date()}{other_formats.SUFFIX[kind]}"
    assert media_type == jobs.MEDIA_TYPE[other_formats.SUFFIX[kind]]
    return view, path


def parts(path: Path) -> Iterator[bytes]:
    """The bytes of a file, and of all that is packed in it, with their names."""
    content = path.read_bytes()
    yield content
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(path) as opened:
            for info in opened.infolist():
                yield from (info.filename.encode(), info.comment, opened.read(info))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("choices", [
    Choices(from_date=dt.date(2021, 1, 1), variant="review"),
    Choices(from_date=dt.date(2021, 1, 1)),
    Choices(private=True, tags=("lantern",)),
    Choices(private=True, from_date=dt.date(2021, 10, 1), to_date=dt.date(2021, 10, 1)),
])  # fmt: skip
def test_nothing_of_what_was_not_chosen_is_in_any_byte(
    mei: Viewer, kind: str, choices: Choices, settings: Settings
) -> None:
    ids = [row.public_id for row in Entry.select().where(Entry.owner == mei.user_id)]
    chosen = Entry.get(Entry.creation_key == "lantern2021-10-01").public_id
    _, path = made(mei, kind, choices, settings)
    found = list(parts(path))
    assert any(b"Who held the lantern?" in part for part in found)
    for part in found:
        assert HIDDEN.encode() not in part.lower()
        assert not [other for other in ids if other != chosen and other.encode() in part]


@pytest.mark.parametrize("kind", KINDS)
def test_without_comments_there_is_none(mei: Viewer, kind: str, settings: Settings) -> None:
    _, path = made(mei, kind, Choices(tags=("lantern",), comments=False), settings)
    assert not [part for part in parts(path) if b"Who held" in part]


def test_another_portfolio_gets_drafts_with_the_private_entries(mei: Viewer, settings: Settings) -> None:
    _, path = made(mei, "leap2a", Choices(private=True), settings)
    found = read_zip(path).entries
    assert [(e.entry_date.isoformat(), e.draft) for e in found] == [
        ("2020-10-01", False), ("2021-10-01", False), ("2021-10-02", False), ("2021-10-03", True)
    ]  # fmt: skip
    assert all(e.photographs[0].read() for e in found) and len(found[1].comments) == 1


def test_others_hold_what_was_kept(mei: Viewer, settings: Settings) -> None:
    view, path = made(mei, "json", Choices(private=True), settings)
    assert [e["date"] for e in json.loads(path.read_text("utf-8"))["entries"]] == [
        "2020-10-01", "2021-10-01", "2021-10-02"
    ]  # fmt: skip
    assert view.size == path.stat().st_size and view.pages == 0
    book, _ = made(mei, "epub", Choices(private=True), settings)
    assert book.pages == 9  # title, contents, three stages, three entries, tags
    assert not Edition.select().exists()  # nothing but a book is numbered


def test_nothing_chosen_is_refused_before_anything_is_made(mei: Viewer, people: People) -> None:
    for kind in KINDS:
        with pytest.raises(errors.Invalid, match="No entry meets these choices"):
            jobs.ask(people.jun, kind, Choices(), now=NOW)

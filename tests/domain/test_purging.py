"""What was deleted goes for good after thirty days, and nothing else does."""

import datetime as dt
import io

import PIL.Image
import pytest

from portfolio.domain import diary, errors, feedback, portfolios
from portfolio.domain.diary import Draft, photographs
from portfolio.domain.records import Choices
from portfolio.store import database, files, search_index
from portfolio.store.diary import Entry, Photograph
from tests.conftest import NOW, People

DAY = dt.timedelta(days=1)


def keep(people: People, body: str, key: str) -> str:
    draft = Draft(body=body, entry_date=NOW.date())
    return diary.keep_entry(
        people.mei, draft, creation_key=key, audiences=frozenset({"mentor"}), now=NOW
    ).entry_id


def illustrated(people: People, entry_id: str) -> str:
    """Adds a photograph and gives its stored name."""
    buffer = io.BytesIO()
    PIL.Image.new("RGB", (8, 8), (180, 40, 40)).save(buffer, "JPEG")
    made = photographs.add_photograph(
        people.mei, entry_id, buffer.getvalue(), name="a.jpg", alt="", caption="", now=NOW
    )
    return str(Photograph.get(Photograph.public_id == made.public_id).stored_name)


def everything() -> str:
    """All rows of all tables, and the search index, as one text."""
    rows = [list(table.select().dicts()) for table in database.tables()]
    return repr(rows) + repr(list(search_index.all_terms()))


def test_an_entry_deleted_thirty_days_ago_leaves_nothing_behind(people: People) -> None:
    gone, stays = keep(people, "The lift door, quietly.", "k1"), keep(people, "Handover.", "k2")
    version = diary.entry_version(people.mei, gone)
    diary.save_entry(people.mei, gone, Draft(body="The lift door, loudly."), version=version, now=NOW + DAY)
    said = feedback.comment_on(people.lin, gone, "Which lift?", revision_number=1, now=NOW + DAY)
    feedback.comment_on(people.mei, gone, "The left lift.", revision_number=1, answers=said, now=NOW + DAY)
    picture, other = illustrated(people, gone), illustrated(people, stays)
    diary.delete_entry(people.mei, gone, now=NOW + DAY)

    assert diary.purge_deleted(now=NOW + 30 * DAY) == 0
    assert "lift" in everything()
    assert diary.purge_deleted(now=NOW + 31 * DAY) == 1
    assert "lift" not in everything().lower()
    assert not files.path_of(picture).exists()
    assert files.path_of(other).exists()
    assert [e.public_id for e in Entry.select()] == [stays]
    assert diary.purge_deleted(now=NOW + 31 * DAY) == 0


def test_what_is_brought_back_stays_and_what_is_over_cannot_be(people: People) -> None:
    back, late = keep(people, "One.", "k1"), keep(people, "Two.", "k2")
    diary.delete_entry(people.mei, back, now=NOW)
    diary.delete_entry(people.mei, late, now=NOW)
    diary.restore_entry(people.mei, back, now=NOW + 29 * DAY)
    with pytest.raises(errors.NotFound):
        diary.restore_entry(people.mei, late, now=NOW + 30 * DAY)
    diary.purge_deleted(now=NOW + 40 * DAY)
    assert diary.entry_page(people.mei, back, now=NOW + 40 * DAY).entry.body == "One."


def test_a_picture_that_another_entry_shows_stays(people: People) -> None:
    gone, stays = keep(people, "One.", "k1"), keep(people, "Two.", "k2")
    picture, other = illustrated(people, gone), illustrated(people, stays)
    Photograph.update(stored_name=picture).where(Photograph.stored_name == other).execute()
    diary.delete_entry(people.mei, gone, now=NOW)
    diary.purge_deleted(now=NOW + 31 * DAY)
    assert files.path_of(picture).exists()


def test_a_retelling_stays_when_what_it_retells_goes(people: People) -> None:
    earlier, later = keep(people, "One.", "k1"), keep(people, "One, once more.", "k2")
    diary.restory(people.mei, later, earlier)
    diary.delete_entry(people.mei, earlier, now=NOW)
    diary.purge_deleted(now=NOW + 31 * DAY)
    assert diary.entry_page(people.mei, later, now=NOW + 31 * DAY).entry.retells is None


def test_a_frozen_edition_keeps_its_file(people: People) -> None:
    entry_id = keep(people, "One.", "k1")
    edition, _portfolio = portfolios.freeze_edition(people.mei, Choices(variant="review"), now=NOW)
    name = files.write(b"%PDF-1.7", ".pdf")
    portfolios.finish_edition(edition, stored_name=name, pages=1, size=8)
    diary.delete_entry(people.mei, entry_id, now=NOW)
    diary.purge_deleted(now=NOW + 31 * DAY)
    (view,) = portfolios.editions(people.mei)
    assert (view.public_id, portfolios.edition_file(people.mei, edition)[1]) == (edition, name)
    assert files.path_of(name).read_bytes() == b"%PDF-1.7"

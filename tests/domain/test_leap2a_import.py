"""Leap2A in a diary: brought in once, known again, and never over what is newer here."""

import datetime as dt
from pathlib import Path

from portfolio.domain import diary, importing, portfolios
from portfolio.domain.diary import Draft
from portfolio.domain.records import Choices, Entry, Viewer
from portfolio.export.leap2a import write_leap2a
from portfolio.export.leap2a_reading import read_leap2a
from portfolio.store import database
from tests.conftest import NOW, People
from tests.export import mahara

EVERYTHING = Choices(private=True)


def entries(viewer: Viewer) -> dict[str, Entry]:
    chosen = portfolios.select(viewer, EVERYTHING, now=NOW, whole=True)
    return {e.title: e for e in chosen.entries}


def held() -> dict[str, int]:
    return {
        t._meta.table_name: t.select().count()
        for t in database.tables()
        if t._meta.table_name != "audit_event"
    }


def test_alex_brings_what_mahara_wrote_and_a_second_time_makes_no_doubles(
    people: People, tmp_path: Path
) -> None:
    noor = people.stranger
    tried = importing.import_bundle(noor, read_leap2a(mahara.alex(tmp_path / "a.zip")), now=NOW, dry_run=True)
    assert (tried.added, tried.dry_run, len(tried.remarks)) == (4, True, 7) and entries(noor) == {}
    importing.import_bundle(noor, read_leap2a(mahara.alex(tmp_path / "a.zip")), now=NOW)
    lift = entries(noor)["The lift"]
    assert lift.private and not lift.draft and lift.entry_date == dt.date(2022, 9, 1)
    assert set(lift.tags) == {"first times", "night", "Ward 5"}
    assert f'<img alt="The lift" src="/photographs/{lift.photographs[0].public_id}"' in lift.html
    assert "<script" not in lift.html and len(lift.photographs) == 2
    assert [(c.body, c.own, c.imported) for c in lift.comments] == [
        ("Who stayed with her?", False, True),
        ("Nobody.", True, False),
    ]
    assert entries(noor)["Not finished"].draft
    before = held()
    again = importing.import_bundle(
        noor,
        read_leap2a(mahara.alex(tmp_path / "b.zip", exported=1700000000)),
        now=NOW + dt.timedelta(days=1),
    )
    assert (again.added, again.changed, again.unchanged) == (0, 0, 4) and held() == before


def test_what_was_changed_there_since_is_a_new_revision_and_what_is_newer_here_stays(
    people: People, tmp_path: Path
) -> None:
    noor = people.stranger
    importing.import_bundle(noor, read_leap2a(mahara.alex(tmp_path / "a.zip")), now=NOW)
    xml = mahara.feed(*mahara.ITEMS).replace("Nobody drank it.", "I drank it.")
    stale = importing.import_bundle(noor, read_leap2a(mahara.packed(tmp_path / "b.zip", xml)), now=NOW)
    assert (stale.changed, stale.unchanged) == (0, 4)
    assert "Cold tea (2022-09-03): left as it is, since what is here is newer." in stale.remarks
    newer = xml.replace("2022-09-04T08:00:00+12:00", "2022-09-20T08:00:00+12:00")
    fresh = importing.import_bundle(noor, read_leap2a(mahara.packed(tmp_path / "c.zip", newer)), now=NOW)
    assert (fresh.changed, fresh.unchanged) == (1, 3)
    tea = entries(noor)["Cold tea"]
    assert tea.revision_number == 2 and tea.body.startswith("The tea went cold.\nI drank it.")


def test_our_own_file_does_no_harm_where_it_came_from_and_is_whole_elsewhere(
    people: People, tmp_path: Path
) -> None:
    draft = Draft("A *body*.\n\n- one", title="Kept", entry_date=dt.date(2022, 9, 1), tags=("night",))
    diary.keep_entry(people.mei, draft, creation_key="a", now=NOW)
    whole = portfolios.select(people.mei, EVERYTHING, now=NOW, whole=True)
    bundle = read_leap2a(write_leap2a(whole, tmp_path / "out.zip").path)
    at_home = importing.import_bundle(people.mei, bundle, now=NOW)
    assert (at_home.added, at_home.changed, at_home.unchanged) == (0, 0, 1)
    away = importing.import_bundle(people.stranger, bundle, now=NOW)
    assert away.added == 1
    [kept] = entries(people.stranger).values()
    assert (kept.body, kept.tags, kept.entry_date) == (draft.body, ("night",), draft.entry_date)
    assert kept.public_id != whole.entries[0].public_id

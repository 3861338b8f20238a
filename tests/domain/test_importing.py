"""Bringing a diary in: all of it or nothing, twice without doubles, and home again unchanged."""

import dataclasses
import datetime as dt
import hashlib
import pathlib
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from portfolio.domain import accounts, diary, errors, feedback, importing, markup, portfolios, programme
from portfolio.domain.diary import Draft, Filters, photographs
from portfolio.domain.exchange import (
    ImportBundle,
    ImportedAttainment,
    ImportedComment,
    ImportedEntry,
    ImportedMeeting,
    ImportedNarrative,
    ImportedPhotograph,
    ImportedPrompt,
    ImportedRevision,
    ImportedStage,
)
from portfolio.domain.programme import StageDraft
from portfolio.domain.records import AUDIENCES, Choices, Portfolio, Threshold, Viewer
from portfolio.export.archive import read_archive, write_archive
from portfolio.store import database, files
from portfolio.store.programme import Member, Stage
from tests.conftest import DATABASE_URL, NOW, PASSWORD, People, empty_database
from tests.domain.test_access import PICTURE

DAY = dt.timedelta(days=1)
EVERYTHING = Choices(private=True)


def entry(name: str = "1914-08-20.md", body: str = "We crossed at night.", **values: object) -> ImportedEntry:
    made = ImportedEntry(
        source_key=f"nursing/{name}", source_name=name, entry_date=dt.date(1914, 8, 20), title="", body=body,
        sha256=hashlib.sha256(body.encode()).hexdigest(), stage_name="On the water",
    )  # fmt: skip
    return replace(made, **values)  # type: ignore[arg-type]


def bundle(*entries: ImportedEntry, **values: object) -> ImportBundle:
    made = ImportBundle("markdown", "nursing", entries, stages=(ImportedStage("On the water", 1),))
    return replace(made, **values)  # type: ignore[arg-type]


def bring(viewer: Viewer, brought: ImportBundle, **options: bool) -> importing.ImportReport:
    return importing.import_bundle(viewer, brought, now=NOW, **options)


def bodies(viewer: Viewer) -> list[str]:
    return [e.body for e in diary.timeline(viewer, now=NOW).entries]


def rows() -> dict[str, list[tuple[object, ...]]]:
    return {t._meta.table_name: list(t.select().tuples()) for t in database.tables()}


# ---------------------------------------------------------------- a plain folder


def test_noor_brings_her_diary_with_its_stages(people: People) -> None:
    told: list[tuple[int, int]] = []
    report = importing.import_bundle(
        people.stranger,
        bundle(
            entry(),
            entry("1914-11-01.md", "Wounded all night.", entry_date=dt.date(1914, 11, 1), tags=("night",)),
        ),
        now=NOW,
        progress=lambda done, total, step="": told.append((done, total)),
    )
    assert (report.added, report.changed, report.unchanged, report.stages_made) == (2, 0, 0, ["On the water"])
    assert told == [(1, 2), (2, 2)]
    page = diary.timeline(people.stranger, now=NOW)
    assert [(e.body, e.stage.name if e.stage else "", e.tags, e.private) for e in page.entries] == [
        ("Wounded all night.", "On the water", ("night",), True),
        ("We crossed at night.", "On the water", (), True),
    ]
    assert [s.name for s in page.stages] == ["On the water"]
    assert diary.timeline(people.stranger, Filters(text="wounded"), now=NOW).found == 1
    own = programme.programme_of(people.stranger.user_id)
    assert own and own.personal and own.name == "Noor Stranger"


def test_a_second_time_makes_no_doubles(people: People) -> None:
    brought = bundle(entry(), entry("b.md", "B"), entry("c.md", "C", stage_name=None))
    bring(people.stranger, brought)
    before = {name: len(held) for name, held in rows().items() if name != "audit_event"}
    again = bring(people.stranger, brought)
    assert (again.added, again.changed, again.unchanged, again.stages_made) == (0, 0, 3, [])
    assert {name: len(held) for name, held in rows().items() if name != "audit_event"} == before


def test_a_changed_file_becomes_a_new_revision(people: People) -> None:
    bring(people.stranger, bundle(entry()))
    report = bring(people.stranger, bundle(entry(body="We crossed by day.", tags=("sea",))))
    assert (report.added, report.changed, report.unchanged) == (0, 1, 0)
    kept = diary.timeline(people.stranger, now=NOW).entries[0]
    assert (kept.body, kept.tags) == ("We crossed by day.", ("sea",))
    history = diary.history(people.stranger, kept.public_id, now=NOW)
    assert [r.body for r in history.revisions] == ["We crossed at night.", "We crossed by day."]
    assert diary.timeline(people.stranger, Filters(text="day"), now=NOW).found == 1
    assert diary.timeline(people.stranger, Filters(text="night"), now=NOW).found == 0


def test_what_was_deleted_here_stays_deleted(people: People) -> None:
    bring(people.stranger, bundle(entry()))
    diary.delete_entry(
        people.stranger, diary.timeline(people.stranger, now=NOW).entries[0].public_id, now=NOW
    )
    report = bring(people.stranger, bundle(entry(body="Changed")))
    assert (report.added, report.changed) == (0, 0)
    assert report.remarks == ["1914-08-20.md: left out, since you deleted this entry here."]
    assert bodies(people.stranger) == []


def test_the_same_folder_can_be_brought_by_two_people(people: People) -> None:
    for viewer in (people.stranger, people.jun):
        assert bring(viewer, bundle(entry())).added == 1
        assert bodies(viewer) == ["We crossed at night."]


def test_a_trial_run_says_what_would_be_and_leaves_nothing(people: People) -> None:
    before, on_disk = rows(), list(files.root().glob("*/*"))
    report = bring(
        people.stranger, bundle(entry(photographs=(photograph(),)), entry("b.md", "B")), dry_run=True
    )
    assert (report.added, report.stages_made, report.dry_run) == (2, ["On the water"], True)
    assert rows() == before
    assert list(files.root().glob("*/*")) == on_disk
    assert diary.timeline(people.stranger, Filters(text="crossed"), now=NOW).found == 0


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"entry_date": NOW.date() + 2 * DAY}, "not of one to come"),
        ({"entry_date": dt.date(1066, 10, 14)}, "The earliest date is 1850-01-01."),
        ({"body": "x" * 1_000_001}, "longer than 1,000,000 characters"),
        ({"body": " \n", "title": ""}, "nothing written"),
        ({"title": "x" * 301}, "A title has at most 300 characters."),
        ({"tags": tuple(f"tag {n}" for n in range(21))}, "at most 20 tags"),
        ({"tags": ("x" * 61,)}, "at most 60 characters"),
        (
            {
                "revisions": (
                    ImportedRevision(1, "x" * 301, "A", NOW, ""),
                    ImportedRevision(2, "", "B", NOW, ""),
                )
            },
            "A title has at most 300 characters.",
        ),
        (
            {"comments": (ImportedComment("c" * 16, "Ann", "mentor", False, NOW, 1, "x" * 20_001),)},
            "a comment has more than 20,000 characters",
        ),
    ],
)
def test_one_bad_file_is_named_and_nothing_at_all_comes_in(
    people: People, values: dict[str, object], reason: str
) -> None:
    before = rows()
    with pytest.raises(errors.ImportRefused) as refusal:
        bring(
            people.stranger,
            bundle(entry(), entry("bad one.md", **values), entry("worse.md", title="x" * 301)),
        )
    first, second = refusal.value.problems
    assert first.startswith("bad one.md: ") and reason in first
    assert second.startswith("worse.md: ")
    assert str(refusal.value).startswith("Nothing was imported:\nbad one.md: ")
    assert rows() == before


def test_everything_that_is_wrong_is_told_at_once(people: People) -> None:
    unread = errors.Said("%(file)s: %(reason)s.", file="c.md", reason=errors.Said("it has no text"))
    bad = entry("a.md", title="x" * 301, entry_date=dt.date(2030, 1, 1), tags=("y" * 200,))
    with pytest.raises(errors.ImportRefused) as refusal:
        bring(people.stranger, replace(bundle(bad, entry("b.md", body="")), problems=(unread,)))
    assert refusal.value.problems == [
        "c.md: it has no text.",
        "a.md: A title has at most 300 characters.",
        "a.md: An entry is of today or of a day past, not of one to come.",
        "a.md: A tag has at most 60 characters.",
        "b.md: There is nothing written yet.",
    ]


def test_of_many_problems_a_hundred_are_told(people: People) -> None:
    with pytest.raises(errors.ImportRefused) as refusal:
        bring(people.stranger, bundle(*(entry(f"{n}.md", title="x" * 301) for n in range(103))))
    assert len(refusal.value.problems) == 101
    assert refusal.value.problems[-1] == "… and 3 more."


@pytest.mark.parametrize(
    "values",
    [
        {"stages": (ImportedStage("x" * 201, 1),)},
        {"stages": (ImportedStage("A", 1, identity_label="x" * 201),)},
        {"programme_name": "x" * 201},
        {"cohort_name": "x" * 201},
        {"prompts": (ImportedPrompt("p" * 16, "x" * 60_001, "Ann", dt.date(2020, 9, 1)),)},
        {"meetings": (ImportedMeeting("m" * 16, dt.date(2020, 9, 1), "x" * 201),)},
        {"narratives": (ImportedNarrative("student", "Noor", dt.date(2020, 9, 1), "x" * 60_001),)},
        {"attainments": (ImportedAttainment("s" * 16, "x" * 60_001, ""),)},
    ],
)
def test_what_stands_around_the_entries_is_checked_as_well(people: People, values: dict[str, object]) -> None:
    before = rows()
    with pytest.raises(errors.ImportRefused, match=r"nursing: the .+ has more than"):
        bring(people.stranger, bundle(entry(), source="archive", **values))
    assert rows() == before


def test_a_file_that_breaks_half_way_leaves_nothing(people: People) -> None:
    def broken() -> bytes:
        raise errors.ImportRefused(["data/attachments/lamp.png: it has changed."])

    before = rows()
    bad = replace(photograph(), read=broken)
    with pytest.raises(errors.ImportRefused, match="it has changed"):
        bring(
            people.stranger,
            bundle(entry(photographs=(photograph(),)), entry("b.md", "B", photographs=(bad,))),
        )
    assert rows() == before
    assert list(files.root().glob("*/*")) == []


def test_nobody_else_waits_while_texts_are_rendered(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder full of texts that take two seconds each would hold the database for minutes."""
    inside: list[bool] = []
    render = markup.render

    def watched(body: str, photographs: Sequence[str] = ()) -> markup.Rendered:
        inside.append(database.current().in_transaction())
        return render(body, photographs)

    monkeypatch.setattr(markup, "render", watched)
    said = ImportedComment("c" * 16, "Ann", "mentor", False, NOW, 1, "Go on.")
    told = ImportedNarrative("mentor", "Ann", dt.date(2020, 9, 1), "She stayed.")
    first = entry(comments=(said,))
    bring(people.stranger, bundle(first, entry("b.md", "B", photographs=(photograph(),)), narratives=(told,)))
    assert inside == [False] * 4
    changed = entry("b.md", "B, changed", photographs=(photograph(),))
    assert bring(people.stranger, bundle(first, changed)).changed == 1
    assert inside == [False] * 5
    mei_has_the_picture_as_well = entry(
        "b.md", "B ![](/photographs/lampp1cture00000)", photographs=(photograph(),)
    )
    assert bring(people.mei, bundle(mei_has_the_picture_as_well)).added == 1
    assert inside == [False] * 6


def test_a_trial_run_renders_nothing_and_keeps_nobody_waiting(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("a trial run needs neither")

    monkeypatch.setattr(database, "transaction", never)
    monkeypatch.setattr(markup, "render", never)
    monkeypatch.setattr(files, "write", never)
    report = bring(people.mei, bundle(entry(photographs=(photograph(),)), entry("b.md", "B")), dry_run=True)
    assert (report.added, report.stages_made) == (2, ["On the water"])


def test_a_trial_run_says_the_same_as_the_import(people: People) -> None:
    bring(
        people.stranger, bundle(entry(), entry("b.md", "B"), entry("c.md", "C", photographs=(photograph(),)))
    )
    gone = next(e for e in diary.timeline(people.stranger, now=NOW).entries if e.body == "B")
    diary.delete_entry(people.stranger, gone.public_id, now=NOW)
    brought = bundle(
        entry(body="Changed"), entry("b.md", "B"), entry("c.md", "C"), entry("d.md", "D", stage_name="Later"),
        entry("e.md", "E", photographs=(photograph(),), audiences=frozenset({"mentor"})),
    )  # fmt: skip
    tried, report = bring(people.stranger, brought, dry_run=True), bring(people.stranger, brought)
    assert tried == replace(report, dry_run=True)
    assert (report.added, report.changed, report.unchanged, report.stages_made) == (2, 1, 1, ["Later"])
    assert report.remarks == [
        "b.md: left out, since you deleted this entry here.", "e.md: a photograph was given a new name.",
    ]  # fmt: skip


# ---------------------------------------------------------------- in batches


class Stopped(Exception):
    pass


def many(count: int = 5) -> ImportBundle:
    said = ImportedComment("c" * 16, "Ann", "mentor", False, NOW, 1, "Go on.")
    last = entry(f"{count}.md", "The last", public_id="l" * 16, retells="f" * 16, comments=(said,),
                 photographs=(photograph(),))  # fmt: skip
    first = entry("1.md", "The first", public_id="f" * 16, audiences=frozenset({"mentor"}))
    between = [entry(f"{n}.md", f"Night {n}") for n in range(2, count)]
    return bundle(first, *between, last, source="archive",
                  prompts=(ImportedPrompt("p" * 16, "What is left?", "Ann", dt.date(2020, 9, 1)),),
                  meetings=(ImportedMeeting("m" * 16, dt.date(2020, 9, 1), "On silence"),))  # fmt: skip


def stopping_at(
    upto: int, told: list[tuple[int, importing.ImportReport]]
) -> Callable[[int, importing.ImportReport], None]:
    def written(done: int, report: importing.ImportReport) -> None:
        if done >= upto:
            raise Stopped
        told.append((done, report))

    return written


def test_a_diary_comes_in_batch_by_batch(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    told: list[tuple[int, int]] = []
    importing.import_bundle(
        people.stranger, many(), now=NOW, written=lambda done, report: told.append((done, report.added))
    )
    assert told == [(0, 0), (2, 2), (4, 4), (5, 5), (5, 5)]


def test_what_was_broken_off_goes_on_where_it_was(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    so_far: list[tuple[int, importing.ImportReport]] = []
    with pytest.raises(Stopped):
        importing.import_bundle(people.stranger, many(), now=NOW, shared=True, written=stopping_at(5, so_far))
    assert sorted(bodies(people.stranger)) == ["Night 2", "Night 3", "Night 4", "The first"]
    assert list(files.root().glob("*/*")) == []  # the third batch's photograph went with it
    report = importing.import_bundle(people.stranger, many(), now=NOW, shared=True, so_far=so_far[-1])
    whole = importing.import_bundle(people.jun, many(), now=NOW, shared=True)
    assert (report.added, report.shareable, report.stages_made) == (5, 1, ["On the water"])
    assert (whole.added, whole.shareable, whole.stages_made) == (5, 1, ["On the water"])
    mine, theirs = (
        portfolios.select(p, EVERYTHING, now=NOW, whole=True) for p in (people.stranger, people.jun)
    )
    assert [
        (e.body, e.audiences, len(e.comments), len(e.photographs), bool(e.retells)) for e in mine.entries
    ] == [(e.body, e.audiences, len(e.comments), len(e.photographs), bool(e.retells)) for e in theirs.entries]
    assert [e.body for e in mine.entries if e.retells] == ["The last"]


def test_running_it_again_after_it_was_broken_off_makes_no_doubles(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    with pytest.raises(Stopped):
        importing.import_bundle(people.stranger, many(), now=NOW, written=stopping_at(4, []))
    report = bring(people.stranger, many())
    assert (report.added, report.unchanged) == (3, 2)
    before = {name: len(held) for name, held in rows().items() if name != "audit_event"}
    assert bring(people.stranger, many()).unchanged == 5
    assert {name: len(held) for name, held in rows().items() if name != "audit_event"} == before


def test_a_bad_picture_in_the_last_batch_keeps_the_first_out(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 1)
    bad = replace(photograph("b" * 16), read=lambda: b"GIF89a and no more")
    before = rows()
    for dry_run in (True, False):
        with pytest.raises(errors.ImportRefused) as refusal:
            bring(
                people.stranger,
                bundle(entry(), entry("b.md", "B", photographs=(photograph(), bad))),
                dry_run=dry_run,
            )
        assert refusal.value.problems == [
            "b.md: This is not a photograph that can be read. Use JPEG, PNG, WebP or HEIC."
        ]
    assert rows() == before
    assert list(files.root().glob("*/*")) == []


def test_an_entry_that_its_owner_saves_meanwhile_is_looked_at_again(people: People) -> None:
    bring(people.stranger, bundle(entry()))
    kept = diary.timeline(people.stranger, now=NOW).entries[0].public_id
    saved: list[int] = []

    def save_meanwhile(done: int, total: int, step: str = "") -> None:
        if not saved:
            version = diary.entry_version(people.stranger, kept)
            draft = Draft(body="At dawn.")
            saved.append(
                diary.save_entry(people.stranger, kept, draft, version=version, fold=False, now=NOW).version
            )

    report = importing.import_bundle(
        people.stranger, bundle(entry(body="We crossed by day.")), now=NOW, progress=save_meanwhile
    )
    history = diary.history(people.stranger, kept, now=NOW)
    assert (report.changed, saved) == (1, [2])
    assert [r.body for r in history.revisions] == ["We crossed at night.", "At dawn.", "We crossed by day."]


def test_a_name_of_a_photograph_that_is_taken_meanwhile_is_not_taken_twice(people: People) -> None:
    taken: list[importing.ImportReport] = []

    def take_meanwhile(done: int, total: int, step: str = "") -> None:
        if not taken and step == "taking in":
            taken.append(importing.ImportReport())
            bring(people.jun, bundle(entry(photographs=(photograph(),))))

    report = importing.import_bundle(
        people.stranger, bundle(entry(photographs=(photograph(),))), now=NOW, progress=take_meanwhile
    )
    assert report.remarks == ["1914-08-20.md: a photograph was given a new name."]
    assert len(list(files.root().glob("*/*"))) == 2


def test_an_entry_that_never_stands_still_is_given_up(people: People) -> None:
    bring(people.stranger, bundle(entry()))
    kept = diary.timeline(people.stranger, now=NOW).entries[0].public_id

    def save_meanwhile(done: int, total: int, step: str = "") -> None:
        version = diary.entry_version(people.stranger, kept)
        diary.save_entry(
            people.stranger, kept, Draft(body=f"{version}"), version=version, fold=False, now=NOW
        )

    with pytest.raises(errors.Conflict, match="being changed elsewhere"):
        importing.import_bundle(people.stranger, bundle(entry(body="Day")), now=NOW, progress=save_meanwhile)


def test_the_same_file_twice_in_a_bundle_is_one_entry(people: People) -> None:
    report = bring(people.stranger, bundle(entry(), entry(), entry(body="Changed")))
    assert (report.added, report.changed, report.unchanged) == (1, 1, 1)
    assert bodies(people.stranger) == ["Changed"]


def test_stages_of_the_cohort_are_used_and_only_what_is_missing_is_made(people: People) -> None:
    report = bring(
        people.mei,
        bundle(
            entry("a.md", "A", stage_name="  intern".strip().upper(), entry_date=dt.date(2021, 8, 1)),
            entry("b.md", "B", stage_name="Élève"),
            entry("c.md", "C", stage_name="ÉLÈVE"),
            stages=(),
        ),
    )
    assert report.stages_made == ["Élève"]
    stages = {e.body: e.stage for e in diary.timeline(people.mei, now=NOW).entries}
    assert stages["A"] and stages["A"].public_id == people.stages["Intern"]
    assert stages["B"] and stages["B"] == stages["C"]
    assert bring(people.mei, bundle(entry("d.md", "D", stage_name="élève"), stages=())).stages_made == []
    assert Stage.select().where(Stage.name == "Élève").count() == 1
    writes_in = programme.programme_of(people.mei.user_id)
    assert writes_in and not writes_in.personal  # the cohort's, as before
    assert {"Élève", "Intern"} <= {s.name for s in diary.stages_written_in(people.mei)}


def test_an_imported_entry_can_be_edited_and_moved_into_a_stage_of_the_cohort(people: People) -> None:
    bring(people.mei, bundle(entry()))
    kept = diary.timeline(people.mei, now=NOW).entries[0]
    assert kept.stage
    for stage_id in (kept.stage.public_id, people.stages["Intern"]):
        version = diary.entry_version(people.mei, kept.public_id)
        diary.save_entry(
            people.mei, kept.public_id, Draft(body="Later", stage_id=stage_id), version=version, now=NOW
        )
        moved = diary.entry_page(people.mei, kept.public_id, now=NOW).entry.stage
        assert moved and moved.public_id == stage_id


def test_a_draft_comes_in_as_a_draft_that_nobody_else_will_read(people: People) -> None:
    bring(
        people.mei, bundle(entry(draft=True, audiences=frozenset(AUDIENCES), public_id="d" * 16)), shared=True
    )
    draft = diary.desk(people.mei, now=NOW).drafts[0]
    diary.save_entry(people.mei, draft.public_id, Draft(body=draft.body), version=1, now=NOW)
    with pytest.raises(errors.NotFound):
        diary.entry_page(people.lin, draft.public_id, now=NOW)


def test_a_time_zone_and_a_framework_that_there_is_not_do_no_harm(people: People) -> None:
    bring(people.stranger, bundle(entry(framework="astrology"), timezone="Mars/Phobos"))
    page = diary.timeline(people.stranger, now=NOW)
    assert page.entries[0].framework == ""
    assert programme.timezone_of(people.stranger.user_id) == "UTC"


# ---------------------------------------------------------------- an archive


def photograph(public_id: str = "lampp1cture00000") -> ImportedPhotograph:
    encoded, media_type, width, height = photographs.encode(PICTURE)
    return ImportedPhotograph(
        public_id,
        media_type,
        width,
        height,
        "A lamp",
        "",
        hashlib.sha256(encoded).hexdigest(),
        lambda: encoded,
    )


@pytest.fixture
def written(people: People) -> People:
    """Mei's diary with everything that an archive holds."""
    mei, lin = people.mei, people.lin
    first = diary.keep_entry(
        mei, Draft(body="下夜班后，食堂阿姨多给了我半勺粥。", title="粥", entry_date=dt.date(2020, 9, 3), tags=("night", "粥")),
        creation_key="a", audiences=("mentor", "cohort"), now=NOW - 9 * DAY,
    )  # fmt: skip
    picture = photographs.add_photograph(
        mei, first.entry_id, PICTURE, alt="A lamp", caption="In the ward", now=NOW
    )
    saved = diary.save_entry(
        mei, first.entry_id, Draft(body=f"粥。\n\n![A lamp](/photographs/{picture.public_id})", title="粥", tags=("粥",)),
        version=first.version, fold=False, now=NOW - 8 * DAY,
    )  # fmt: skip
    above = feedback.comment_on(lin, first.entry_id, "Go *on*.", revision_number=2, quoted="粥。", now=NOW)
    answer = feedback.comment_on(mei, first.entry_id, "I will.", revision_number=2, answers=above, now=NOW)
    feedback.comment_on(lin, first.entry_id, "Do.", revision_number=2, answers=answer, now=NOW)
    feedback.withdraw_comment(mei, answer, now=NOW)
    prompt = programme.set_prompt(
        lin, people.cohort_id, "What is left?", starts_on=dt.date(2022, 9, 1), now=NOW
    )
    programme.record_meeting(lin, people.cohort_id, "On silence", held_on=dt.date(2021, 4, 16), now=NOW)
    later = diary.keep_entry(
        mei, Draft(body="Told again", prompt_id=prompt.public_id, framework="gibbs", reflection_mode="on_action"),
        creation_key="b", now=NOW,
    )  # fmt: skip
    diary.restory(mei, later.entry_id, saved.entry_id)
    diary.mark_threshold(
        mei, later.entry_id, kinds=["knowing", "being"], before="A", after="B", helped="C", now=NOW
    )
    diary.keep_entry(mei, Draft(body="Not yet"), creation_key="c", as_draft=True, now=NOW)
    gone = diary.keep_entry(mei, Draft(body="Gone"), creation_key="d", now=NOW)
    diary.delete_entry(mei, gone.entry_id, now=NOW)
    portfolios.write_narrative(mei, "It began with a coat.", now=NOW)
    portfolios.write_narrative(lin, "She stayed.", subject_id=mei.public_id, now=NOW)
    portfolios.record_attainment(
        mei, people.stages["Newly qualified doctor"], "Hands over doubts", "Twice.", [later.entry_id], now=NOW
    )
    return people


def archived(viewer: Viewer, target: pathlib.Path) -> tuple[Portfolio, ImportBundle]:
    portfolio = portfolios.select(viewer, EVERYTHING, now=NOW, whole=True)
    write_archive(portfolio, target)
    return portfolio, read_archive(target)


def test_export_wipe_import_export_gives_equal_bodies_ids_and_hashes(
    written: People, tmp_path: pathlib.Path
) -> None:
    for number, begun in ((1, dt.date(2021, 7, 1)), (2, dt.date(2022, 3, 1))):
        programme.set_stage_period(
            written.zhou, written.cohort_id, member_of(written.mei), written.stages["Intern"],
            starts_on=begun, ends_on=begun + 90 * DAY, pass_number=number, now=NOW,
        )  # fmt: skip
    before, brought = archived(written.mei, tmp_path / "one.zip")
    assert len(before.entries) == 3
    assert [len(stage.passes) for stage in before.stages] == [0, 2, 0]
    if DATABASE_URL:
        empty_database()
    else:
        database.current().close()
        database.open_database(f"sqlite:///{tmp_path / 'anew.db'}")
        database.current().connect()
        database.migrate()
    files.use_folder(tmp_path / "anew")
    mei = accounts.add_user("mei", "Wang Mei", PASSWORD, now=NOW)
    assert bring(mei, brought, shared=True).added == 3
    after, again = archived(mei, tmp_path / "two.zip")
    assert [comparable(e) for e in after.entries] == [comparable(e) for e in before.entries]
    assert [(s.name, s.identity_label, s.starts_on, s.ends_on) for s in after.stages] == [
        (s.name, s.identity_label, s.starts_on, s.ends_on) for s in before.stages
    ]
    for part in (
        "prompts",
        "meetings",
        "narratives",
        "attainments",
        "months",
        "cohort_name",
        "programme_name",
    ):
        assert getattr(after, part) == getattr(before, part), part
    said = [c for e in after.entries for c in e.comments]
    assert [(c.author_name, c.imported) for c in said if not c.own] == [("Dr Lin", True)]
    assert not any(c.imported for c in said if c.own)
    assert not any(c.imported for e in before.entries for c in e.comments)
    assert after.stages == before.stages
    assert "Gone" not in {e.body for e in after.entries}
    one, two = words_and_pictures(tmp_path / "one.zip"), words_and_pictures(tmp_path / "two.zip")
    kinds = {"entries", "revisions", "comments", "narratives", "attachments"}
    assert {name.split("/")[2] for name in one} == kinds
    assert one == two
    unchanged = bring(mei, again)
    assert (unchanged.added, unchanged.changed, unchanged.unchanged) == (0, 0, 3)
    assert diary.timeline(mei, Filters(text="粥"), now=NOW).found == 1


def member_of(viewer: Viewer) -> str:
    return str(Member.get(Member.user == viewer.user_id).public_id)


def words_and_pictures(path: pathlib.Path) -> dict[str, bytes]:
    """The files of an archive that hold what somebody wrote or photographed."""
    with zipfile.ZipFile(path) as opened:
        return {
            name: opened.read(name)
            for name in opened.namelist()
            if name.startswith("diary-mei/data/") and name.count("/") > 2 and "/site/" not in name
        }


def comparable(value: object) -> object:
    """All of a record but for who owns it and where its files lie."""
    held = dataclasses.asdict(value)  # type: ignore[call-overload]
    for left in ("owner_id",):
        del held[left]
    for kept in held["photographs"]:
        del kept["path"]
    return without_origin(held)


def without_origin(held: dict[str, Any]) -> dict[str, Any]:
    """Without the mark that comments came with an archive."""
    for comment in held.get("comments", held.get("replies", ())):
        without_origin(comment).pop("imported")
    return held


def test_the_same_archive_in_the_same_place_changes_nothing(written: People, tmp_path: pathlib.Path) -> None:
    before, brought = archived(written.mei, tmp_path / "one.zip")
    report = bring(written.mei, brought)
    assert (report.added, report.changed, report.unchanged, report.stages_made) == (0, 0, 3, [])
    assert any("deleted" in r for r in report.remarks) is False
    assert portfolios.select(written.mei, EVERYTHING, now=NOW, whole=True) == before


def test_an_old_archive_does_not_take_back_what_was_written_since(
    written: People, tmp_path: pathlib.Path
) -> None:
    _, brought = archived(written.mei, tmp_path / "one.zip")
    entry_id = next(e.public_id for e in brought.entries if e.body == "Told again") or ""
    diary.save_entry(
        written.mei,
        entry_id,
        Draft(body="Since then"),
        version=diary.entry_version(written.mei, entry_id),
        now=NOW,
    )
    report = bring(written.mei, brought)
    assert [r for r in report.remarks if "left as it is, since you changed it here" in r]
    assert diary.entry_page(written.mei, entry_id, now=NOW).entry.body == "Since then"


def test_ids_that_somebody_else_has_here_are_given_anew(written: People, tmp_path: pathlib.Path) -> None:
    before, brought = archived(written.mei, tmp_path / "one.zip")
    report = bring(written.stranger, brought)
    assert (report.added, len(report.stages_made)) == (3, 3)
    assert [r for r in report.remarks if "a photograph was given a new name" in r]
    mine = portfolios.select(written.stranger, EVERYTHING, now=NOW, whole=True)
    assert [e.body for e in mine.entries] == [e.body for e in before.entries]
    taken = {e.public_id for e in before.entries} | {c.public_id for e in before.entries for c in e.comments}
    assert not taken & {e.public_id for e in mine.entries}
    again = next(e for e in mine.entries if e.body == "Told again")
    assert again.retells == mine.entries[0].public_id
    assert [a.evidence for a in mine.attainments] == [(again.public_id,)]
    assert portfolios.select(written.mei, EVERYTHING, now=NOW, whole=True) == before
    held = {name: len(held) for name, held in rows().items() if name != "audit_event"}
    assert bring(written.stranger, brought).unchanged == 3
    assert {name: len(held) for name, held in rows().items() if name != "audit_event"} == held


def test_comments_keep_the_names_of_those_who_have_no_account_here(
    written: People, tmp_path: pathlib.Path
) -> None:
    _, brought = archived(written.mei, tmp_path / "one.zip")
    bring(written.stranger, brought)
    entries = portfolios.select(written.stranger, EVERYTHING, now=NOW).entries
    first = entries[0].comments[0]
    assert (first.author_name, first.author_role, first.own, first.body) == (
        "Dr Lin",
        "mentor",
        False,
        "Go *on*.",
    )
    assert (first.html, first.quoted, first.revision_number) == ("<p>Go <em>on</em>.</p>", "粥。", 2)
    assert [(r.withdrawn, r.own) for r in first.replies] == [(True, True)]
    with pytest.raises(errors.NotFound):
        feedback.withdraw_comment(written.lin, first.public_id, now=NOW)


def test_what_comes_in_is_private_unless_its_owner_wishes_otherwise(
    written: People, tmp_path: pathlib.Path
) -> None:
    """Who reads Mei today are not those to whom the archive's owner had opened these entries."""
    shown = entry("a.md", "A", audiences=frozenset({"mentor", "cohort"}))
    closed, draft = entry("b.md", "B"), entry("c.md", "C", draft=True, audiences=frozenset({"mentor"}))
    brought = bundle(shown, closed, draft, source="archive", owner_name="Noor Stranger")
    seen = {e.public_id for e in feedback.shared_with_cohort(written.jun, now=NOW)}
    tried = bring(written.mei, brought, shared=True, dry_run=True)
    report = bring(written.mei, brought)
    for told in (tried, report):
        assert (told.shareable, told.readable) == (1, {"mentor": 1, "cohort": 1})
        assert told.owner_name == "Noor Stranger"
    entry_id = next(e.public_id for e in diary.timeline(written.mei, now=NOW).entries if e.body == "A")
    assert {e.public_id for e in feedback.shared_with_cohort(written.jun, now=NOW)} == seen
    for viewer in (written.lin, written.jun):
        with pytest.raises(errors.NotFound):
            diary.entry_page(viewer, entry_id, now=NOW)
    again = bring(written.mei, brought, shared=True)  # what is here already keeps its readers
    assert (again.shareable, again.readable) == (0, {})
    with pytest.raises(errors.NotFound):
        diary.entry_page(written.lin, entry_id, now=NOW)


def test_an_archive_is_shared_again_where_its_owner_says_so(written: People) -> None:
    shown = entry("a.md", "A", audiences=frozenset({"mentor"}))
    report = bring(written.mei, bundle(shown, source="archive", owner_name="wang  MEI"), shared=True)
    assert (report.shareable, report.readable, report.owner_name) == (1, {"mentor": 1}, "")
    entry_id = next(e.public_id for e in diary.timeline(written.mei, now=NOW).entries if e.body == "A")
    assert diary.entry_page(written.lin, entry_id, now=NOW).entry.body == "A"
    with pytest.raises(errors.NotFound):
        diary.entry_page(written.jun, entry_id, now=NOW)


def test_an_archive_opens_nothing_to_a_mentor_of_another_place(
    written: People, tmp_path: pathlib.Path
) -> None:
    _, brought = archived(written.mei, tmp_path / "one.zip")
    bring(written.stranger, brought, shared=True)
    assert all(e.owner_name == "Wang Mei" for e in feedback.shared_with_cohort(written.lin, now=NOW))
    shared = portfolios.select(written.stranger, Choices(), now=NOW).entries
    for held in shared:
        for viewer in (written.lin, written.jun, written.zhou, written.root):
            with pytest.raises(errors.NotFound):
                diary.entry_page(viewer, held.public_id, now=NOW)


def test_a_member_who_brings_an_archive_stays_in_the_cohort(written: People, tmp_path: pathlib.Path) -> None:
    """The archive's own prompts and meetings lie in a cohort of one, which is nowhere shown as a cohort."""
    _, brought = archived(written.mei, tmp_path / "one.zip")
    made = programme.make_programme(
        written.zhou, "Fellowship", timezone="Europe/Oslo", stages=[StageDraft("Fellow")], now=NOW
    )
    cohort = programme.make_cohort(written.zhou, made.public_id, "2023", now=NOW - DAY)
    programme.join(written.stranger, cohort.join_code or "", now=NOW - DAY)
    bring(written.stranger, brought, shared=True)
    assert [c.name for c in programme.memberships(written.stranger, now=NOW)] == ["2023"]
    assert programme.timezone_of(written.stranger.user_id) == "Europe/Oslo"
    assert [s.name for s in diary.desk(written.stranger, now=NOW).stages] == ["Fellow"]
    assert portfolios.select(written.stranger, EVERYTHING, now=NOW).cohort_name == "2023"
    page = diary.entry_page(
        written.stranger, diary.timeline(written.stranger, now=NOW).entries[0].public_id, now=NOW
    )
    assert page.readers["cohort"].cohorts == ("2023",)


def test_a_renamed_student_brings_their_own_narrative(written: People, tmp_path: pathlib.Path) -> None:
    _, brought = archived(written.mei, tmp_path / "one.zip")
    accounts.set_name(written.mei, "Wang Mei Lin")
    portfolios.write_narrative(written.mei, "It fits.", now=NOW)
    bring(
        written.mei,
        replace(brought, narratives=(*brought.narratives, replace(brought.narratives[0], author_name="M"))),
    )
    own = [n.body for n in portfolios.narratives(written.mei) if n.kind == "student"]
    assert own == ["It fits."]


def test_a_threshold_comes_with_its_answers(people: People) -> None:
    mark = Threshold(("doing",), "before", "after", "helped")
    bring(people.stranger, bundle(entry(threshold=mark)))
    assert diary.timeline(people.stranger, now=NOW).entries[0].threshold == mark

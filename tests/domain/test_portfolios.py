"""What a student makes of the diary: what is chosen, what stays out, what an edition holds for good."""

import datetime as dt
from dataclasses import replace

import pytest

from portfolio.domain import accounts, diary, errors, feedback, portfolios, programme
from portfolio.domain.diary import Draft, photographs
from portfolio.domain.records import Choices, Layout, Portfolio, Viewer
from tests.conftest import NOW, People
from tests.domain.test_access import PICTURE

DAY = dt.timedelta(days=1)
LATER = NOW + DAY
ALL = Choices(private=True)


@pytest.fixture
def diary_of_mei(people: People) -> dict[str, str]:
    """Five kept entries in three stages over two years, a draft and a deleted one; ids by their words."""
    made: dict[str, str] = {}
    for body, day, tags, audiences in (
        ("A coat", dt.date(2020, 9, 3), ("clothes",), ("mentor",)),
        ("Alone", dt.date(2020, 12, 24), ("night", "clothes"), ()),
        ("A night", dt.date(2021, 7, 1), ("night",), ("cohort",)),
        ("Before it", dt.date(2020, 8, 1), (), ("faculty",)),  # in no stage
        ("A signature", dt.date(2022, 9, 1), ("name",), ("mentor", "faculty")),
    ):
        made[body] = diary.keep_entry(
            people.mei, Draft(body=body, entry_date=day, tags=tags), creation_key=body, audiences=audiences, now=NOW,
        ).entry_id  # fmt: skip
    diary.keep_entry(people.mei, Draft(body="Not yet"), creation_key="d", as_draft=True, now=NOW)
    gone = diary.keep_entry(people.mei, Draft(body="Gone"), creation_key="g", audiences=["mentor"], now=NOW)
    diary.delete_entry(people.mei, gone.entry_id, now=NOW)
    return made


def select(viewer: Viewer, choices: Choices = ALL, *, whole: bool = False) -> Portfolio:
    return portfolios.select(viewer, choices, now=NOW, whole=whole)


def bodies(portfolio: Portfolio) -> list[str]:
    return [e.body for e in portfolio.entries]


# ---------------------------------------------------------------- choosing


@pytest.mark.parametrize(
    ("choices", "chosen", "left_out"),
    [
        (Choices(private=True), ["Before it", "A coat", "Alone", "A night", "A signature"], 0),
        (Choices(), ["Before it", "A coat", "A night", "A signature"], 1),
        (Choices(variant="review"), ["Before it", "A coat", "A night", "A signature"], 1),
        (Choices(private=True, from_date=dt.date(2020, 12, 24)), ["Alone", "A night", "A signature"], 2),
        (Choices(private=True, to_date=dt.date(2020, 9, 3)), ["Before it", "A coat"], 3),
        (Choices(tags=("night",), private=True), ["Alone", "A night"], 3),
        (Choices(tags=("night", "name")), ["A night", "A signature"], 3),
        (Choices(tags=("nosuchtag",)), [], 5),
        (Choices(from_date=dt.date(2030, 1, 1)), [], 5),
    ],
)
def test_what_is_chosen_is_in_it_in_the_order_of_days(
    people: People, diary_of_mei: dict[str, str], choices: Choices, chosen: list[str], left_out: int
) -> None:
    portfolio = select(people.mei, choices)
    assert (bodies(portfolio), portfolio.left_out) == (chosen, left_out)


def test_stages_are_chosen_by_their_ids_and_shown_in_their_order(
    people: People, diary_of_mei: dict[str, str]
) -> None:
    names = ("Newly qualified doctor", "Intern")
    portfolio = select(people.mei, Choices(stages=tuple(people.stages[n] for n in names)))
    assert bodies(portfolio) == ["A night", "A signature"]
    assert [s.name for s in portfolio.stages] == ["Intern", "Newly qualified doctor"]
    whole = [(s.name if s else None, [e.body for e in held]) for s, held in select(people.mei).by_stage()]
    assert whole == [
        ("Medical student", ["A coat", "Alone"]),
        ("Intern", ["A night"]),
        ("Newly qualified doctor", ["A signature"]),
        (None, ["Before it"]),
    ]


@pytest.mark.parametrize(
    ("choices", "field"),
    [
        (Choices(from_date=dt.date(2022, 1, 2), to_date=dt.date(2022, 1, 1)), "to"),
        (Choices(stages=("nosuchstage",)), "stages"),
        (Choices(variant="review", private=True), "private"),
        (Choices(variant="nobody"), "variant"),  # type: ignore[arg-type]
        (Choices(variant="anonymised", private=True), "private"),
        (Choices(variant="anonymised", layout=Layout(attach=True)), "printed"),
    ],
)
def test_choices_that_cannot_be_name_their_field(people: People, choices: Choices, field: str) -> None:
    for attempt in (select, lambda v, c: portfolios.freeze_edition(v, c, now=NOW)):
        with pytest.raises(errors.Invalid) as refusal:
            attempt(people.mei, choices)
        assert refusal.value.field == field
    assert portfolios.editions(people.mei) == []


def test_a_stage_of_somebody_elses_programme_is_none_of_ones_own(people: People) -> None:
    with pytest.raises(errors.Invalid):
        select(people.stranger, Choices(stages=(people.stages["Intern"],)))


def test_a_private_entry_is_never_in_a_review_document(people: People, diary_of_mei: dict[str, str]) -> None:
    """Nor is its existence, but for the number of what was left out."""
    portfolio = select(people.mei, Choices(variant="review"))
    assert "Alone" not in repr(portfolio)
    assert diary_of_mei["Alone"] not in repr(portfolio)
    diary.restory(people.mei, diary_of_mei["A night"], diary_of_mei["Alone"])
    portfolios.record_attainment(
        people.mei,
        people.stages["Intern"],
        "Stays",
        "",
        [diary_of_mei["Alone"], diary_of_mei["A night"]],
        now=NOW,
    )
    portfolio = select(people.mei, Choices(variant="review"))
    assert diary_of_mei["Alone"] not in repr(portfolio)
    assert portfolio.attainments[0].evidence == (diary_of_mei["A night"],)


def test_nobody_elses_entries_are_ever_in_it(people: People, diary_of_mei: dict[str, str]) -> None:
    for viewer in (people.lin, people.jun, people.zhou, people.root):
        for whole in (False, True):
            assert select(viewer, whole=whole).entries == ()
        with pytest.raises(errors.Invalid, match="No entry meets these choices"):
            portfolios.freeze_edition(viewer, ALL, now=NOW)


def test_an_archive_holds_drafts_and_revisions_too_and_a_book_does_not(
    people: People, diary_of_mei: dict[str, str]
) -> None:
    version = diary.entry_version(people.mei, diary_of_mei["A coat"])
    diary.save_entry(
        people.mei, diary_of_mei["A coat"], Draft(body="It fits"), version=version, fold=False, now=LATER
    )
    whole = select(people.mei, whole=True)
    assert [e.body for e in whole.entries if e.draft] == ["Not yet"]
    assert [r.body for r in whole.entries[1].revisions] == ["A coat", "It fits"]
    assert (whole.left_out, "Gone" in repr(whole)) == (0, False)
    assert not any(e.draft or e.revisions for e in select(people.mei).entries)


def test_months_of_silence_stay_visible(people: People, diary_of_mei: dict[str, str]) -> None:
    programme.set_prompt(people.lin, people.cohort_id, "Why?", starts_on=dt.date(2020, 10, 1), now=NOW)
    programme.record_meeting(people.lin, people.cohort_id, "On silence", held_on=dt.date(2021, 2, 3), now=NOW)
    diary.mark_threshold(
        people.mei, diary_of_mei["Alone"], kinds=["being"], before="", after="", helped="", now=NOW
    )
    year = Choices(private=True, from_date=dt.date(2020, 9, 1), to_date=dt.date(2021, 3, 31))
    portfolio = select(people.mei, year)
    assert [(m.index, m.month, m.entries, m.prompts, m.meetings, m.thresholds) for m in portfolio.months] == [
        (1, 9, 1, 0, 0, ()),
        (2, 10, 0, 1, 0, ()),
        (3, 11, 0, 0, 0, ()),
        (4, 12, 1, 0, 0, (diary_of_mei["Alone"],)),
        (5, 1, 0, 0, 0, ()),
        (6, 2, 0, 0, 1, ()),
        (7, 3, 0, 0, 0, ()),
    ]
    assert {m.stage_id for m in portfolio.months} == {people.stages["Medical student"]}
    assert (portfolio.starts_on, portfolio.ends_on) == (year.from_date, year.to_date)
    whole = select(people.mei)
    assert (len(whole.months), sum(m.entries for m in whole.months)) == (26, 5)


def test_a_restory_is_linked_only_inside(people: People, diary_of_mei: dict[str, str]) -> None:
    diary.restory(people.mei, diary_of_mei["A signature"], diary_of_mei["A coat"])
    first, *_, last = select(people.mei).entries[1:]
    assert (last.retells, first.returned_to) == (first.public_id, (last.public_id,))
    only = select(people.mei, Choices(from_date=dt.date(2022, 1, 1))).entries
    assert [e.retells for e in only] == [None]
    only = select(people.mei, Choices(to_date=dt.date(2020, 9, 3))).entries
    assert [e.returned_to for e in only] == [(), ()]


def test_comments_are_in_it_if_chosen(people: People, diary_of_mei: dict[str, str]) -> None:
    feedback.comment_on(people.lin, diary_of_mei["A coat"], "Go on.", revision_number=1, now=NOW)
    for choices, found in ((ALL, 1), (replace(ALL, comments=False), 0)):
        assert sum(len(e.comments) for e in select(people.mei, choices).entries) == found


# ---------------------------------------------------------------- editions


def freeze(people: People, choices: Choices = ALL, now: dt.datetime = NOW) -> tuple[str, Portfolio]:
    return portfolios.freeze_edition(people.mei, choices, now=now)


def test_editions_are_numbered_and_the_same_again_is_the_same(
    people: People, diary_of_mei: dict[str, str]
) -> None:
    own, first = freeze(people)
    review, second = freeze(people, Choices(variant="review"))
    assert (first.edition, second.edition) == (1, 2)
    assert freeze(people, now=LATER) == (own, first)
    assert freeze(people, Choices(variant="review"), LATER) == (review, second)
    feedback.comment_on(people.lin, diary_of_mei["A coat"], "Go on.", revision_number=1, now=LATER)
    third_id, third = freeze(people, now=LATER)
    assert (third.edition, third.made_at) == (3, LATER)
    assert third_id not in (own, review)
    assert len({first.content_hash, second.content_hash, third.content_hash}) == 3
    jun = diary.keep_entry(people.jun, Draft(body="His own"), creation_key="j", now=NOW)
    assert portfolios.freeze_edition(people.jun, ALL, now=NOW)[1].edition == 1
    assert jun.entry_id


@pytest.mark.parametrize(
    "what", ["body", "title", "day", "tag", "grant", "threshold", "photograph", "narrative"]
)
def test_whatever_is_shown_is_in_the_hash(people: People, diary_of_mei: dict[str, str], what: str) -> None:
    mei, entry_id = people.mei, diary_of_mei["A coat"]
    before = select(mei)
    assert select(mei) == before
    assert len(before.content_hash) == 64
    draft = Draft(body="A coat", entry_date=dt.date(2020, 9, 3), tags=("clothes",))
    changes = {
        "body": replace(draft, body="The coat"),
        "title": replace(draft, title="Coats"),
        "day": replace(draft, entry_date=dt.date(2020, 9, 4)),
        "tag": replace(draft, tags=()),
    }
    if what in changes:
        diary.save_entry(mei, entry_id, changes[what], version=1, now=NOW)
    elif what == "grant":
        diary.set_audiences(mei, entry_id, ["mentor", "cohort"], now=NOW)
    elif what == "threshold":
        diary.mark_threshold(mei, entry_id, kinds=["being"], before="", after="", helped="", now=NOW)
    elif what == "photograph":
        photographs.add_photograph(mei, entry_id, PICTURE, now=NOW)
    else:
        portfolios.write_narrative(mei, "It began with a coat.", now=NOW)
    assert select(mei).content_hash != before.content_hash


def test_the_hash_knows_no_time_and_no_place(people: People, diary_of_mei: dict[str, str]) -> None:
    one = select(people.mei)
    other = portfolios.select(people.mei, ALL, now=NOW + DAY / 2)
    assert one.made_at != other.made_at
    assert one.content_hash == other.content_hash == portfolios.content_hash(replace(one, edition=7))


def test_an_edition_holds_what_it_froze_whatever_comes_after(
    people: People, diary_of_mei: dict[str, str]
) -> None:
    mei = people.mei
    feedback.comment_on(people.lin, diary_of_mei["A coat"], "Go on.", revision_number=1, now=NOW)
    edition_id, frozen = freeze(people)
    saved = diary.save_entry(
        mei, diary_of_mei["A coat"], Draft(body="It fits", entry_date=dt.date(2020, 9, 3), tags=("clothes",)),
        version=1, now=NOW + dt.timedelta(minutes=1),
    )  # fmt: skip
    assert saved.revision_number == 2  # quick, and yet not folded into what the edition names
    diary.keep_entry(mei, Draft(body="New", entry_date=dt.date(2021, 7, 2)), creation_key="n", now=LATER)
    feedback.comment_on(people.lin, diary_of_mei["A coat"], "And on.", revision_number=2, now=LATER)
    assert portfolios.portfolio_of_edition(mei, edition_id) == frozen
    diary.delete_entry(mei, diary_of_mei["A coat"], now=LATER)
    assert portfolios.portfolio_of_edition(mei, edition_id) == frozen


def test_an_edition_is_its_owners_alone_and_listed_when_it_is_made(
    people: People, diary_of_mei: dict[str, str]
) -> None:
    edition_id, _ = freeze(people)
    assert portfolios.editions(people.mei) == []
    with pytest.raises(errors.NotFound):
        portfolios.edition_file(people.mei, edition_id)
    name = "0" * 32 + ".pdf"
    portfolios.finish_edition(edition_id, stored_name=name, pages=12, size=3456)
    view = portfolios.editions(people.mei)[0]
    assert (view.number, view.variant, view.pages, view.size) == (1, "own", 12, 3456)
    assert portfolios.edition_file(people.mei, edition_id) == (view, name)
    for viewer in (people.lin, people.jun, people.zhou, people.root, people.stranger):
        assert portfolios.editions(viewer) == []
        for attempt in (portfolios.edition_file, portfolios.portfolio_of_edition):
            with pytest.raises(errors.NotFound):
                attempt(viewer, edition_id)


def test_choices_survive_being_written_down() -> None:
    for choices in (
        Choices(),
        Choices(dt.date(2020, 9, 1), dt.date(2022, 10, 31), ("s",), ("夜", "b"), False, True, "own"),
        Choices(variant="review"),
    ):
        assert portfolios.choices_from_json(portfolios.choices_to_json(choices)) == choices


# ---------------------------------------------------------------- narratives and attainments


def test_the_students_narrative_stands_before_the_mentors(
    people: People, diary_of_mei: dict[str, str]
) -> None:
    portfolios.write_narrative(people.lin, "She *stayed*.", subject_id=people.mei.public_id, now=NOW)
    portfolios.write_narrative(people.mei, "从一件白大褂开始。", now=LATER)
    own, mentors = select(people.mei).narratives
    assert (own.kind, own.author_name, own.language, own.written_on) == (
        "student",
        "Wang Mei",
        "zh",
        LATER.date(),
    )
    assert (mentors.kind, mentors.author_name, mentors.html) == (
        "mentor",
        "Dr Lin",
        "<p>She <em>stayed</em>.</p>",
    )
    portfolios.write_narrative(people.mei, "改写。", now=LATER)
    assert [n.body for n in portfolios.narratives(people.mei)] == ["改写。", "She *stayed*."]
    portfolios.write_narrative(people.mei, " ", now=LATER)
    assert [n.body for n in portfolios.narratives(people.mei)] == ["She *stayed*."]


def test_only_who_accompanies_a_student_writes_about_them(people: People) -> None:
    for viewer in (people.osei, people.jun, people.zhou, people.root, people.stranger):
        for attempt in (
            lambda v: portfolios.write_narrative(v, "She…", subject_id=people.mei.public_id, now=NOW),
            lambda v: portfolios.narrative_by(v, people.mei.public_id),
        ):
            with pytest.raises(errors.NotFound):
                attempt(viewer)
    assert portfolios.narrative_by(people.lin, people.mei.public_id) is None
    with pytest.raises(errors.Invalid):
        portfolios.write_narrative(people.mei, "x" * 60_001, now=NOW)
    assert portfolios.narratives(people.mei) == ()


def test_an_attainment_is_told_and_shown_never_counted(people: People, diary_of_mei: dict[str, str]) -> None:
    evidence = [diary_of_mei["A night"], diary_of_mei["A coat"], diary_of_mei["A night"]]
    kept = portfolios.record_attainment(
        people.mei, people.stages["Intern"], "  Talks  with relatives ", "Twice.", evidence, now=NOW
    )
    portfolios.record_attainment(people.mei, people.stages["Medical student"], "Listens", "", [], now=NOW)
    told = portfolios.attainments(people.mei, now=NOW)
    assert [(a.stage.name, a.competency, [e.body for e in a.evidence]) for a in told] == [
        ("Medical student", "Listens", []),
        ("Intern", "Talks with relatives", ["A night", "A coat"]),
    ]
    assert [a.evidence for a in select(people.mei, Choices(tags=("night",))).attainments] == [
        (), (diary_of_mei["A night"],),
    ]  # fmt: skip
    portfolios.record_attainment(
        people.mei, people.stages["Intern"], "Talks", "Thrice.", [], attainment_id=kept, now=NOW
    )
    assert [a.competency for a in portfolios.attainments(people.mei, now=NOW)] == ["Listens", "Talks"]
    for viewer in (people.jun, people.lin, people.root):
        with pytest.raises(errors.NotFound):
            portfolios.remove_attainment(viewer, kept)
    portfolios.remove_attainment(people.mei, kept)
    assert [a.competency for a in portfolios.attainments(people.mei, now=NOW)] == ["Listens"]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"stage_id": "nosuchstage"}, errors.Invalid),
        ({"competency": " "}, errors.Invalid),
        ({"competency": "x" * 501}, errors.Invalid),
        ({"narrative": "x" * 5001}, errors.Invalid),
        ({"evidence": ["nosuchentry"]}, errors.NotFound),
        ({"attainment_id": "nosuchattainment"}, errors.NotFound),
    ],
)
def test_an_attainment_that_cannot_be_leaves_nothing(
    people: People, values: dict[str, object], kind: type[errors.DomainError]
) -> None:
    said = {
        "stage_id": people.stages["Intern"],
        "competency": "Talks",
        "narrative": "",
        "evidence": [],
    } | values
    with pytest.raises(kind):
        portfolios.record_attainment(people.mei, now=NOW, **said)  # type: ignore[arg-type]
    assert portfolios.attainments(people.mei, now=NOW) == []


def test_somebody_elses_entry_is_no_evidence(people: People, diary_of_mei: dict[str, str]) -> None:
    """Not even one that the writer may read."""
    with pytest.raises(errors.NotFound):
        portfolios.record_attainment(
            people.jun, people.stages["Intern"], "Talks", "", [diary_of_mei["A night"]], now=NOW
        )


def test_a_new_name_is_on_the_next_portfolio(people: People, diary_of_mei: dict[str, str]) -> None:
    accounts.set_name(people.mei, "Wang Mei Lin")
    portfolio = select(people.mei)
    assert (portfolio.owner_name, portfolio.cohort_name, portfolio.programme_name, portfolio.timezone) == (
        "Wang Mei Lin", "Class of 2020", "Reflective Practice", "Asia/Shanghai",
    )  # fmt: skip

"""One's own narrative, and competencies shown by entries."""

import datetime as dt
import re

import pytest

from portfolio.domain import accounts, diary, portfolios, programme
from portfolio.domain.diary import Draft
from tests.conftest import NOW
from tests.web.conftest import text

COMPETENCY = "Hands over doubts as well as values"


@pytest.fixture
def entries(people):
    """Mei's entries by title: two in the present stage, one in an earlier; one of Jun's."""
    ids = {}
    for person, title, day in (
        (people.mei, "Cold tea", dt.date(2022, 8, 2)),
        (people.mei, "Not said", dt.date(2022, 9, 1)),
        (people.mei, "The lift", dt.date(2021, 9, 3)),
        (people.jun, "夜班", dt.date(2022, 8, 2)),
    ):
        draft = Draft(f"{title}.", title=title, entry_date=day)
        ids[title] = diary.keep_entry(person, draft, creation_key=title, now=NOW).entry_id
    return ids


@pytest.fixture
def mei(browser_of, people):
    return browser_of(people.mei)


@pytest.fixture
def told(people, entries):
    return portfolios.record_attainment(
        people.mei,
        people.stages["Newly qualified doctor"],
        COMPETENCY,
        "I say what I do not know.",
        [entries["Cold tea"]],
        now=NOW,
    )


# The narrative


def test_a_narrative_is_written_and_goes_into_the_book(mei, people):
    assert mei.get("/keep/narrative").status_code == 200
    answer = mei.send("/keep/narrative", {"body": "I began by **counting**."})
    assert (answer.status_code, answer.location) == (302, "/keep")
    assert "Your narrative is kept." in text(mei.get("/keep"))
    (own,) = portfolios.narratives(people.mei)
    assert own.html == "<p>I began by <strong>counting</strong>.</p>"
    assert "I began by **counting**." in text(mei.get("/keep/narrative"))


def test_a_preview_shows_it_set_and_keeps_nothing(mei, people):
    body = "She <script>alert(1)</script> *waited*."
    page = mei.send("/keep/narrative", {"body": body, "look": "1"}).get_data(as_text=True)
    assert "<em>waited</em>" in page and "not kept yet" in page
    assert "alert(1)</script>" not in page.replace("&lt;script&gt;alert(1)&lt;/script&gt;", "")
    assert portfolios.narratives(people.mei) == ()


def test_an_empty_narrative_takes_it_back(mei, people):
    portfolios.write_narrative(people.mei, "Once.", now=NOW)
    mei.send("/keep/narrative", {"body": "  \n"})
    assert "Your narrative is taken back." in text(mei.get("/keep"))
    assert portfolios.narratives(people.mei) == ()


def test_a_narrative_that_is_too_long_stays_on_the_page(mei, people):
    body = "word " * (portfolios.NARRATIVE_LONGEST // 5 + 1)
    answer = mei.send("/keep/narrative", {"body": body})
    assert answer.status_code == 422
    assert "A narrative has at most 60000 characters." in text(answer) and "word word" in text(answer)
    assert portfolios.narratives(people.mei) == ()


def test_what_the_mentor_wrote_stands_beneath(mei, people):
    portfolios.write_narrative(people.lin, "She asks now.", subject_id=people.mei.public_id, now=NOW)
    page = mei.get("/keep/narrative")
    assert "Dr Lin, 14 September 2022 She asks now." in text(page)


# Attainments


def test_the_competencies_of_each_stage_wait_to_be_told_of(mei, people):
    page = mei.get("/keep/attainments")
    assert COMPETENCY in text(page)
    assert "1 July 2022 to 31 October 2022" in text(page)
    html = page.get_data(as_text=True)
    link = re.search(r'href="(/keep/attainments/new\?[^"]*competency[^"]*)"', html)[1].replace("&amp;", "&")
    assert f'value="{COMPETENCY}"' in mei.get(link).get_data(as_text=True)


def test_an_attainment_is_told_with_its_evidence(mei, people, entries):
    stage = people.stages["Newly qualified doctor"]
    page = text(mei.get(f"/keep/attainments/new?stage={stage}"))
    assert "Cold tea 2 August 2022 · only you can read it" in page
    assert "The lift" not in page and "夜班" not in page
    form = {
        "stage": stage, "competency": COMPETENCY, "narrative": "I say what I do not know.",
        "evidence": [entries["Cold tea"], entries["Not said"]],
    }  # fmt: skip
    assert mei.send("/keep/attainments/new", form).location == "/keep/attainments"
    page = text(mei.get("/keep/attainments"))
    assert f"{COMPETENCY} I say what I do not know. Cold tea 2 August 2022 Not said 1 September 2022" in page
    (there,) = portfolios.attainments(people.mei, now=NOW)
    assert [e.title for e in there.evidence] == ["Cold tea", "Not said"]


def test_an_attainment_is_changed(mei, people, entries, told):
    page = mei.get(f"/keep/attainments/{told}").get_data(as_text=True)
    assert f'value="{entries["Cold tea"]}" checked' in page and "I say what I do not know." in page
    form = {"competency": "Says so", "narrative": "", "evidence": [entries["Not said"]]}
    assert mei.send(f"/keep/attainments/{told}", form).location == "/keep/attainments"
    page = text(mei.get(f"/keep/attainments/{told}"))
    assert page.index("Not said") < page.index("Cold tea")  # what is chosen stands first
    (there,) = portfolios.attainments(people.mei, now=NOW)
    assert (there.competency, [e.title for e in there.evidence]) == ("Says so", ["Not said"])


def test_an_attainment_is_removed_and_the_entries_stay(mei, people, told):
    assert "The entries stay as they are." in text(mei.get(f"/keep/attainments/{told}"))
    mei.send(f"/keep/attainments/{told}/remove")
    assert portfolios.attainments(people.mei, now=NOW) == []
    assert mei.send(f"/keep/attainments/{told}/remove").status_code == 404


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"competency": " "}, "Name the competency, in up to 500 characters."),
        ({"competency": "x" * 501}, "Name the competency, in up to 500 characters."),
        ({"narrative": "x" * 5001}, "The narrative has at most 5,000 characters."),
        ({"evidence": "foreign"}, "Choose from what is offered."),
    ],
)
def test_a_wrong_attainment_says_so_and_keeps_what_was_typed(mei, people, entries, changed, sentence):
    form = {
        "stage": people.stages["Newly qualified doctor"],
        "competency": "Typed",
        "narrative": "Also typed.",
    }
    answer = mei.send("/keep/attainments/new", form | changed)
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert ("Also typed." in text(answer)) == ("narrative" not in changed)
    assert portfolios.attainments(people.mei, now=NOW) == []


def test_evidence_is_ones_own(mei, people, entries):
    form = {"stage": people.stages["Newly qualified doctor"], "competency": "X", "evidence": entries["夜班"]}
    assert mei.send("/keep/attainments/new", form).status_code == 422


def test_a_stage_is_of_ones_own_programme(mei, people):
    other = programme.make_programme(
        people.zhou, "Other", timezone="UTC", stages=programme.preset("mentoring"), now=NOW
    )
    foreign = other.stages[0].public_id
    assert mei.get(f"/keep/attainments/new?stage={foreign}").status_code == 404
    assert mei.get("/keep/attainments/new").status_code == 404
    assert mei.send("/keep/attainments/new", {"stage": foreign, "competency": "X"}).status_code == 404


@pytest.mark.parametrize("who", ["jun", "lin", "zhou", "root", "stranger"])
def test_nobody_else_reaches_an_attainment(browser_of, people, told, who):
    browser = browser_of(getattr(people, who))
    assert browser.get(f"/keep/attainments/{told}").status_code == 404
    assert browser.send(f"/keep/attainments/{told}", {"competency": "X"}).status_code == 404
    assert browser.send(f"/keep/attainments/{told}/remove").status_code == 404
    assert "I say what" not in text(browser.get("/keep/attainments"))
    assert len(portfolios.attainments(people.mei, now=NOW)) == 1


def test_who_is_in_no_programme_is_told_why(browser_of, people):
    assert "No stages yet" in text(browser_of(people.stranger).get("/keep/attainments"))


def test_no_number_is_asked_for(mei, people, told):
    page = mei.get(f"/keep/attainments/{told}").get_data(as_text=True)
    assert not re.search(r'type="(number|range)"|score|rating|grade', page)


def test_the_pages_speak_chinese(browser_of, people, told):
    accounts.set_language(people.mei, "zh")
    page = browser_of(people.mei).get("/keep/attainments")
    assert "2022年8月2日" in text(page)
    assert f'<h3 lang="en">{COMPETENCY}</h3>' in page.get_data(as_text=True)

"""A student's mentors: asking, taking it back, ending it; joining a cohort."""

import datetime as dt
import re

from portfolio.domain import diary, programme
from portfolio.domain.diary import Draft
from tests.conftest import NOW
from tests.web.conftest import text


def ask_of(page):
    cohort, member = re.search(
        r'name="cohort" value="(\w+)"><input type="hidden" name="member" value="(\w+)"', page
    ).groups()
    return {"cohort": cohort, "member": member}


def test_mei_sees_who_accompanies_her(browser_of, people):
    page = text(browser_of(people.mei).get("/mentors"))
    assert "Dr Lin Mentor since 1 September 2020 · Class of 2020" in page
    assert "Tan Yu Peer mentor since" in page
    assert "Dr Osei Mentor · Class of 2020" in page
    assert "Reading ends at once: Dr Lin can no longer open any entry that you shared with them." in page


def test_mei_asks_and_takes_it_back(browser_of, people):
    mei = browser_of(people.mei)
    asked = ask_of(mei.get("/mentors").get_data(as_text=True))
    assert mei.send("/mentors", asked).location == "/mentors"
    page = text(mei.get("/mentors"))
    assert "Dr Osei is asked. Nothing can be read before they say yes." in page
    assert "Mentor, asked on 14 September 2022, not yet answered" in page
    assert mei.send("/mentors", asked).location == "/mentors"  # from a second tab
    (match,) = [m for m in programme.matches(people.mei) if m.state == "proposed"]
    mei.send(f"/mentors/{match.public_id}/end")
    page = text(mei.get("/mentors"))
    assert "The question is taken back." in page
    assert "asked on 14 September 2022, taken back" in page


def test_ending_a_match_ends_reading(browser_of, people):
    draft = Draft("A body.", title="Cold tea", entry_date=dt.date(2022, 9, 1))
    kept = diary.keep_entry(people.mei, draft, creation_key="a", audiences=["mentor"], now=NOW)
    mei, lin = browser_of(people.mei), browser_of(people.lin)
    assert lin.get(f"/entries/{kept.entry_id}").status_code == 200
    (match,) = [m for m in programme.matches(people.mei) if m.mentor_name == "Dr Lin"]
    mei.send(f"/mentors/{match.public_id}/end")
    assert lin.get(f"/entries/{kept.entry_id}").status_code == 404
    page = text(mei.get("/mentors"))
    assert "Mentor, 1 September 2020 to 14 September 2022" in page
    assert mei.send(f"/mentors/{match.public_id}/end").status_code == 409


def test_a_mentor_may_end_it_too(browser_of, people):
    (match,) = [m for m in programme.matches(people.mei) if m.mentor_name == "Dr Lin"]
    lin = browser_of(people.lin)
    page = lin.get(f"/mentoring/{people.mei.public_id}")
    assert "You have accompanied Wang Mei since 1 September 2020." in text(page)
    assert f'action="/mentors/{match.public_id}/end"' in page.get_data(as_text=True)
    assert lin.send(f"/mentors/{match.public_id}/end").location == "/"
    assert "What Wang Mei shared with you is closed." in text(lin.get("/mentoring"))


def test_nobody_ends_a_match_of_others(browser_of, people):
    (match,) = [m for m in programme.matches(people.mei) if m.mentor_name == "Dr Lin"]
    for person in (people.jun, people.osei, people.zhou, people.root, people.stranger):
        assert browser_of(person).send(f"/mentors/{match.public_id}/end").status_code == 404
    assert [m.state for m in programme.matches(people.mei)] == ["active", "active"]


def test_one_asks_only_mentors_of_ones_own_cohort(browser_of, people, cohort):
    jun, stranger = browser_of(people.jun), browser_of(people.stranger)
    asked = {"cohort": people.cohort_id, "member": cohort.ids["dr-lin"]}
    assert stranger.send("/mentors", asked).status_code == 404
    assert jun.send("/mentors", asked | {"member": "xxx"}).status_code == 404
    assert jun.send("/mentors", asked | {"member": cohort.ids["mei"]}).status_code == 422
    assert jun.send("/mentors", {}).status_code == 404


def test_who_belongs_to_nothing_is_shown_the_way_in(browser_of, people, cohort):
    noor = browser_of(people.stranger)
    page = text(noor.get("/mentors"))
    assert "Join a cohort" in page and "Whom you can ask" not in page
    assert noor.send("/join", {"code": cohort.code.upper()}).location == f"/join/{cohort.code.upper()}"
    noor.send(f"/join/{cohort.code}")
    assert "You belong to Class of 2020." in text(noor.get("/mentors"))

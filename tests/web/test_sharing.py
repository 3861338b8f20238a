"""Share links in a browser, for their owner and for whoever has them; editions that a lead receives."""

import io
import re
import zipfile

import pytest

from portfolio import jobs
from portfolio.domain import accounts, portfolios, programme
from portfolio.domain.records import Choices
from portfolio.store.jobs import Job
from portfolio.store.portfolios import ShareLink
from tests.conftest import NOW
from tests.domain.test_sharing import SECRET, make_edition
from tests.web.conftest import text

FORM = {"document": "book", "days": "30", "label": "Dr Ito", "passphrase": ""}


@pytest.fixture
def edition(people):
    return make_edition(people.mei)


@pytest.fixture
def work(app, clock):
    return lambda: jobs.work_once(app.config["SETTINGS"], clock, "worker")


def make_link(browser, edition, **changed):
    """The path of a new link."""
    answer = browser.send(f"/keep/editions/{edition}/links", FORM | changed)
    assert answer.status_code == 200
    found = re.search(r'href="http://localhost(/s/[^"]+)" id="made-link"', answer.get_data(as_text=True))
    assert found
    return found[1]


# The owner


def test_a_link_is_told_once_and_then_never_again(mei, edition, people):
    here = make_link(mei, edition)
    token = here.rpartition("/")[2]
    for page in (f"/keep/editions/{edition}", "/keep", "/keep/documents"):
        assert token not in mei.get(page).get_data(as_text=True)
    page = text(mei.get(f"/keep/editions/{edition}"))
    assert "Dr Ito The book (PDF), open until 14 October 2022. Not opened yet" in page
    assert "1 open link" in text(mei.get("/keep"))


def test_the_owner_sees_how_often_a_link_was_opened(mei, client, edition):
    here = make_link(mei, edition)
    client.get(here)  # the page before it is no opening
    client.get(f"{here}/read")
    client.get(f"{here}/download", headers={"Range": "bytes=2-"})  # the rest of a file is none either
    client.head(f"{here}/download")
    assert "Opened once, last on 14 September 2022, 20:00" in text(mei.get(f"/keep/editions/{edition}"))
    client.get(f"{here}/download")
    assert "Opened 2 times" in text(mei.get(f"/keep/editions/{edition}"))


def test_an_ended_link_is_closed_for_who_is_reading(mei, client, edition):
    here = make_link(mei, edition)
    assert client.get(f"{here}/read").status_code == 200
    (link,) = ShareLink.select()
    assert mei.send(f"/keep/links/{link.public_id}/revoke").location == f"/keep/editions/{edition}#links"
    for path in (here, f"{here}/read", f"{here}/download"):
        answer = client.get(path)
        assert (answer.status_code, "This link has ended" in text(answer)) == (404, True)
    assert "ended on 14 September 2022" in text(mei.get(f"/keep/editions/{edition}"))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"days": "0"}, "A whole number from 1 to 365."),
        ({"days": "ever"}, "A whole number from 1 to 365."),
        ({"document": "archive"}, "Choose one of what is offered."),
        ({"passphrase": "letmein"}, "A passphrase needs at least 8 characters."),
        ({"passphrase": "password1"}, "This passphrase is among the first that anybody would try."),
    ],
)
def test_a_link_that_cannot_be_made_says_why(mei, edition, changed, sentence):
    answer = mei.send(f"/keep/editions/{edition}/links", FORM | changed)
    assert (answer.status_code, sentence in text(answer)) == (422, True)
    assert "At least 8 characters. Tell it in another way than the link." in text(answer)
    assert "made-link" not in answer.get_data(as_text=True)


def test_removing_an_edition_ends_its_links(mei, client, edition, people):
    here = make_link(mei, edition)
    assert mei.send(f"/keep/editions/{edition}/remove").location == "/keep#documents"
    assert client.get(here).status_code == 404
    assert mei.get(f"/keep/editions/{edition}").status_code == 404
    assert portfolios.editions(people.mei) == []


# The visitor


def test_a_visitor_sees_whose_edition_it_is_and_takes_it(mei, client, edition):
    here = make_link(mei, edition)
    answer = client.get(here)
    page = text(answer)
    assert "Wang Mei" in page and "3 pages" in page and "This link ends on 14 October 2022." in page
    assert "Dr Ito" not in page  # the owner's own note
    assert "Places" not in answer.get_data(as_text=True)
    taken = client.get(f"{here}/download")
    assert (taken.data, taken.headers["Cache-Control"]) == (b"%PDF", "no-store")
    assert taken.headers["Content-Disposition"] == "attachment; filename=Wang-Mei-portfolio-edition-1.pdf"
    assert client.get(f"{here}/site/index.html").status_code == 404


@pytest.mark.parametrize("path", ["", "/read", "/download"])
def test_search_engines_and_other_sites_learn_nothing(mei, client, edition, path):
    here = make_link(mei, edition)
    headers = client.get(here + path).headers
    assert headers["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert client.get("/s/nothing").headers["X-Robots-Tag"] == headers["X-Robots-Tag"]


def test_a_passphrase_opens_one_link_in_one_browser(app, mei, client, edition):
    here = make_link(mei, edition, passphrase=SECRET)
    other = make_link(mei, edition, passphrase=SECRET)
    page = text(client.get(here))
    assert "Passphrase" in page and "Read it" not in page
    assert client.get(f"{here}/read").location == here
    wrong = client.send(here, {"passphrase": "a guess"})
    assert (wrong.status_code, "This is not the passphrase of this link." in text(wrong)) == (422, True)
    assert "a guess" not in wrong.get_data(as_text=True)
    right = client.send(here, {"passphrase": SECRET})
    cookie = right.headers["Set-Cookie"]
    assert right.location == here
    assert f"Path={here}" in cookie and "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert SECRET not in cookie
    assert client.get(f"{here}/read").data == b"%PDF"
    assert client.get(f"{other}/read").status_code == 302
    held = client.get_cookie("shared", path=here)
    client.set_cookie("shared", held.value, path=other)
    assert client.get(f"{other}/read").status_code == 302  # what opens one opens no other
    assert app.test_client().get(f"{here}/read").status_code == 302


def test_guessing_a_passphrase_is_stopped(mei, client, edition, clock):
    here = make_link(mei, edition, passphrase=SECRET)
    for _ in range(10):
        assert client.send(here, {"passphrase": "a guess"}).status_code == 422
    answer = client.send(here, {"passphrase": SECRET})
    assert (answer.status_code, "Wait ten minutes" in text(answer)) == (429, True)
    clock.forward(minutes=10)
    assert client.send(here, {"passphrase": SECRET}).status_code == 302


def test_guessing_addresses_is_stopped(client):
    answers = [client.get(f"/s/guess{n}").status_code for n in range(31)]
    assert answers == [404] * 30 + [429]


def test_a_site_is_read_behind_its_link_and_nothing_beside_it(mei, client, edition, work):
    here = make_link(mei, edition, document="site")
    assert "The site is being made." in text(client.get(here))
    assert client.get(f"{here}/site/index.html").status_code == 404
    assert work()
    assert f'href="{here}/site"' in client.get(here).get_data(as_text=True)
    assert client.get(f"{here}/site").location == f"{here}/site/index.html"
    page = client.get(f"{here}/site/index.html")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    links = set(re.findall(r'(?:href|src)="([^"#:]+)"', page.get_data(as_text=True)))
    assert "site.css" in links
    for link in links:
        assert client.get(f"{here}/site/{link}").status_code == 200, link
    for outside in (
        "nothing.html",
        "../../../../etc/passwd",
        "%2e%2e/%2e%2e/x",
        "/etc/passwd",
        "x/../index.html",
    ):
        assert client.get(f"{here}/site/{outside}").status_code in (404, 308), outside
    assert client.get(f"{here}/read").status_code == 404
    assert "Opened once" in text(mei.get(f"/keep/editions/{edition}"))


def test_where_no_site_can_be_made_there_is_no_link(mei, edition, people):
    for _ in range(jobs.OPEN_MOST):
        jobs.ask(people.mei, "archive", portfolios.choices_from_json({"private": True}), now=NOW)
    answer = mei.send(f"/keep/editions/{edition}/links", FORM | {"document": "site"})
    assert (answer.status_code, "4 documents under way" in text(answer)) == (422, True)
    assert portfolios.open_links(people.mei, now=NOW) == {}


def test_the_address_of_a_link_is_in_no_log(mei, client, edition, monkeypatch, caplog):
    here = make_link(mei, edition)

    def broken(*_given, **_named):
        raise RuntimeError(f"at {here}")

    monkeypatch.setattr(portfolios, "edition_shared", broken)
    assert client.get(here).status_code == 500
    assert "/s/<token>" in caplog.text
    assert here.rpartition("/")[2] not in caplog.text


def test_a_visitor_reads_in_their_own_language(mei, client, edition):
    here = make_link(mei, edition)
    page = client.get(here, headers={"Accept-Language": "zh-CN"})
    assert 'lang="zh-CN"' in page.get_data(as_text=True) and "下载" in text(page)


# Submitting


def test_an_edition_is_submitted_read_by_the_lead_and_withdrawn(mei, zhou, edition, people):
    page = text(mei.get(f"/keep/editions/{edition}"))
    assert "Class of 2020 Read by Professor Zhou Submit" in page
    here = f"/programme/cohorts/{people.cohort_id}/editions"
    assert "Nobody has submitted an edition yet" in text(zhou.get(here))
    assert mei.send(f"/keep/editions/{edition}/submit", {"cohort": people.cohort_id}).status_code == 302
    assert "Submitted on 14 September 2022. Read by Professor Zhou" in text(
        mei.get(f"/keep/editions/{edition}")
    )
    assert "Submitted" in text(mei.get("/keep"))
    page = zhou.get(here)
    assert "Wang Mei Edition 1, submitted on 14 September 2022, 3 pages" in text(page)
    assert "Not submitted so far: Li Jun." in text(page)
    path = re.search(r'href="(/programme/submissions/[^"]+)"', page.get_data(as_text=True))[1]
    taken = zhou.get(path)
    assert taken.data == b"%PDF"
    assert taken.headers["Content-Disposition"] == "attachment; filename=Wang-Mei-portfolio-edition-1.pdf"
    assert f'href="{here}"' in zhou.get(f"/programme/cohorts/{people.cohort_id}").get_data(as_text=True)
    (handed,) = portfolios.submissions(people.mei)
    assert mei.send(f"/keep/submissions/{handed.public_id}/withdraw").status_code == 302
    assert zhou.get(path).status_code == 404


def test_what_was_made_for_oneself_cannot_be_submitted(mei, people):
    own = make_edition(people.mei, variant="own")
    sentence = "This edition was made for yourself. Make one for a reviewer, and submit that."
    page = mei.get(f"/keep/editions/{own}")
    assert sentence in text(page) and "/submit" not in page.get_data(as_text=True)
    answer = mei.send(f"/keep/editions/{own}/submit", {"cohort": people.cohort_id})
    assert (answer.status_code, sentence in text(answer)) == (422, True)


def test_an_anonymised_edition_is_shown_under_its_code_and_never_submitted(mei, client, people):
    made = make_edition(people.mei, variant="anonymised")
    here = make_link(mei, made)
    page = client.get(here)
    assert re.search(r"P-[A-Z0-9]{6}", text(page)) and "Wang Mei" not in text(page)
    assert "Edition 1" not in text(page) and "Made on" not in text(page)
    taken = client.get(f"{here}/download").headers["Content-Disposition"]
    assert re.fullmatch(r"attachment; filename=[a-z0-9]{10}\.pdf", taken)
    own = mei.get(f"/editions/{made}/download").headers["Content-Disposition"]
    assert re.fullmatch(r"attachment; filename=[a-z0-9]{10}\.pdf", own)
    sentence = "so an anonymised one cannot be submitted."
    edition_page = mei.get(f"/keep/editions/{made}")
    assert sentence in text(edition_page) and "/submit" not in edition_page.get_data(as_text=True)
    answer = mei.send(f"/keep/editions/{made}/submit", {"cohort": people.cohort_id})
    assert (answer.status_code, sentence in text(answer)) == (422, True)


def test_a_lead_takes_all_in_one_zip(mei, zhou, edition, people, work):
    here = f"/programme/cohorts/{people.cohort_id}/editions"
    zhou.send(here)
    assert "Nobody has submitted an edition yet." in text(zhou.get(here))
    portfolios.submit_edition(people.mei, edition, people.cohort_id, now=NOW)
    assert zhou.send(here).location == here
    assert "It waits for its turn." in text(zhou.get(here))
    assert work()
    page = zhou.get(here)
    assert "Class-of-2020-editions-2022-09-14.zip" in text(page)
    path = re.search(r'href="(/jobs/[^"]+/download)"', page.get_data(as_text=True))[1]
    names = zipfile.ZipFile(io.BytesIO(zhou.get(path).data)).namelist()
    assert {n.partition("/")[2] for n in names} == {
        "Wang-Mei-mei-edition-1.pdf",
        "manifest.csv",
        "not-made.csv",
    }
    assert mei.get(path).status_code == 404
    mei.send(f"/keep/editions/{edition}/remove")
    assert zhou.get(path).status_code == 404
    told = "Somebody took back an edition that was in it, so this zip was removed. Put it together again."
    for page in (here, "/keep", "/keep/documents"):
        shown = zhou.get(page)
        assert told in text(shown) and path not in shown.get_data(as_text=True)


def test_who_leads_a_cohort_no_longer_has_lost_its_zip(mei, zhou, edition, people, work):
    portfolios.submit_edition(people.mei, edition, people.cohort_id, now=NOW)
    job = jobs.ask_cohort(people.zhou, people.cohort_id, now=NOW)
    work()
    assert zhou.get(f"/jobs/{job.public_id}/download").status_code == 200
    there = programme.cohort_led(people.zhou, people.cohort_id, now=NOW)
    me = next(m.public_id for m in there.members if m.login == "prof-zhou")
    programme.end_role(people.zhou, people.cohort_id, me, "lead", now=NOW)
    assert zhou.get(f"/jobs/{job.public_id}/download").status_code == 404


# All documents


def test_all_documents_stand_with_their_room_and_can_be_let_go(mei, edition, people, work, clock):
    page = text(mei.get("/keep/documents"))
    assert "0 KB of 500 MB are taken." in page and "Edition 1, for a reviewer" in page
    everything = portfolios.choices_from_json({"private": True})
    done = jobs.ask(people.mei, "archive", everything, now=NOW).public_id
    work()
    stopped = jobs.ask(people.mei, "site", everything, now=NOW).public_id
    jobs.cancel(people.mei, stopped, now=NOW)
    waiting = jobs.ask(people.mei, "site", everything, now=NOW).public_id
    page = text(mei.get("/keep/documents"))
    assert "It waits for its turn." in page
    assert "A site Stopped. Nothing of it was kept." in page
    assert "Wang-Mei-archive-2022-09-14.zip" in page
    for job_id in (done, stopped):
        assert mei.send(f"/jobs/{job_id}/remove").location == "/keep/documents"
        assert ("It is off this list." if job_id == stopped else "It can be made again") in text(
            mei.get("/keep/documents")
        )
    mei.send(f"/jobs/{waiting}/remove")
    page = text(mei.get("/keep/documents"))
    assert "This document is being made. Stop it first." in page
    assert "Wang-Mei-archive" not in page and "Stopped." not in page
    assert [job.public_id for job in jobs.jobs_of(people.mei)] == [waiting]


def test_documents_are_told_apart(mei, people, edition, work):
    choices = portfolios.choices_from_json(
        {
            "variant": "own", "private": True, "comments": False, "from_date": "2022-01-05",
            "layout": {"paper": "letter", "large": True, "grey": True},
        }
    )  # fmt: skip
    jobs.ask(people.mei, "book", choices, now=NOW)
    work()
    hidden = jobs.ask(people.mei, "site", Choices(variant="anonymised"), now=NOW)
    work()
    differs = (
        "Private entries · Without comments · From 5 January 2022 · Letter paper · Large type · In greys"
    )
    (named,) = [e.public_id for e in portfolios.editions(people.mei) if e.number == 2]
    for here in ("/keep", "/keep/documents"):
        page = text(mei.get(here))
        assert page.count("Edition 2, for yourself") == page.count(differs) == 1
        assert "A site, anonymised" in page
        assert jobs.job(people.mei, hidden.public_id).display_name not in page
    assert differs in text(mei.get(f"/keep/editions/{named}"))
    assert (
        " · " not in text(mei.get(f"/keep/editions/{edition}")).partition("Links")[0].partition("Made on")[2]
    )


def test_who_has_asked_for_nothing_is_told_so(browser_of, people):
    assert "Nothing has been made yet" in text(browser_of(people.stranger).get("/keep/documents"))


def test_a_full_room_says_what_to_do(make_app, people, edition):
    browser = make_app(documents_mb_person=1).test_client()
    browser.sign_in("mei")
    portfolios.finish_site(edition, stored_name="0" * 32 + ".zip", size=2 * 1024 * 1024)
    stages = list(people.stages.values())
    answer = browser.send("/keep", {"kind": "site", "variant": "own", "private": "1", "stages": stages})
    assert answer.status_code == 422
    assert "remove it under “All your documents”, then ask again." in text(answer)
    assert browser.send("/keep", {"kind": "archive", "variant": "own"}).status_code == 302  # always


def test_progress_is_told_in_pages_and_bytes(mei, edition, people):
    job = jobs.ask(people.mei, "book", portfolios.choices_from_json({"private": True}), now=NOW)

    Job.update(state="running", done=50, total=100, step="laid out", pages=44, size=3 * 1024 * 1024).execute()
    told = mei.get(f"/jobs/{job.public_id}.json").json
    assert told["measure"] == "about 22 of 44 pages, 3 MB"
    assert "about 22 of 44 pages, 3 MB" in text(mei.get("/keep"))


def test_the_pages_are_whole_in_chinese(browser_of, people, edition):
    accounts.set_language(people.mei, "zh")
    browser = browser_of(people.mei)
    make_link(browser, edition)
    page = text(browser.get(f"/keep/editions/{edition}"))
    assert "2022年10月14日" in page

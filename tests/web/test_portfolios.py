"""Choosing, making and downloading a book, a site, an archive."""

import datetime as dt
import io
import re
import zipfile
from types import SimpleNamespace

import pytest

from portfolio import jobs
from portfolio.domain import accounts, diary, feedback, portfolios
from portfolio.domain.diary import Draft
from portfolio.export import book
from portfolio.store import files
from portfolio.store.portfolios import Edition
from tests.conftest import NOW
from tests.web.conftest import JSON, text

PDF = b"%PDF-1.7\n% a book\n%%EOF\n"
ALL = {"kind": "book", "variant": "own", "from": "", "to": "", "comments": "1", "private": "1"}


@pytest.fixture
def written(people):
    """Three entries of Mei's: one granted and commented, one private with a tag, one in an earlier stage."""
    ids = {}
    for title, day, audiences, tags in (
        ("The lift", dt.date(2021, 9, 3), ["mentor"], ["night"]),
        ("Cold tea", dt.date(2022, 8, 2), ["mentor", "faculty"], []),
        ("Not said", dt.date(2022, 9, 1), [], ["night", "first ward"]),
    ):
        draft = Draft(f"{title}, in words.", title=title, entry_date=day, tags=tags)
        kept = diary.keep_entry(people.mei, draft, creation_key=title, audiences=audiences, now=NOW)
        ids[title] = kept.entry_id
    comment = feedback.comment_on(people.lin, ids["Cold tea"], "Who poured it?", revision_number=1, now=NOW)
    feedback.comment_on(people.mei, ids["Cold tea"], "She did.", revision_number=1, answers=comment, now=NOW)
    return SimpleNamespace(ids=ids, stages=list(people.stages.values()))


@pytest.fixture
def mei(browser_of, people, written):
    return browser_of(people.mei)


@pytest.fixture
def light_book(monkeypatch):
    """A book that is written at once, telling its progress as the real one does."""

    def write(portfolio, target, progress, *_given):
        progress(0, 100, "reading")
        progress(40, 100, "laid out")
        target.write_bytes(PDF)
        progress(100, 100, "bound")
        return book.BookResult(target, 12, len(PDF), "", 0.1, 0.1, 10.0)

    monkeypatch.setattr(book, "write_book", write)


@pytest.fixture
def work(app, clock):
    """Let a worker do the next job."""
    return lambda: jobs.work_once(app.config["SETTINGS"], clock, "worker")


def form_of(written, **changed):
    return ALL | {"stages": written.stages} | changed


def job_of(person):
    return jobs.jobs_of(person)[0]


# Choosing


def test_the_page_proposes_everything_for_a_reviewer(mei):
    answer = mei.get("/keep")
    html, page = answer.get_data(as_text=True), text(answer)
    assert 'name="variant" value="review" checked' in html
    assert 'value="2021-09-03"' in html and 'value="2022-09-01"' in html
    assert html.count('name="stages"') == 3 and 'data-stage="2">Intern' in html
    assert "2 of 3 entries, 2 comments" in page
    assert re.search(r"about \d+ pages", page)
    assert 'aria-label="The cover: A narrative review, Wang Mei"' in html
    assert "first ward" in page


def test_for_whom_it_was_made_last_is_proposed_again(mei, written, light_book):
    for variant, private in (("own", "1"), ("own", ""), ("review", "")):
        mei.send("/keep", form_of(written, variant=variant, private=private))
        html = mei.get("/keep").get_data(as_text=True)
        assert f'name="variant" value="{variant}" checked' in html
        assert ('name="private" value="1" checked' in html) == bool(private)


def test_who_chooses_the_anonymised_variant_is_told_what_it_cannot_hide(mei, written):
    assert "How you write cannot be hidden: who knows you may recognise you." in text(mei.get("/keep"))
    cover = mei.send("/keep/preview", form_of(written, variant="anonymised"), headers=JSON).json["html"]
    assert re.search(r'aria-label="The cover: A reflective diary, P-[A-Z0-9]{6}"', cover)
    assert "Wang Mei" not in cover and "Reflective Practice" not in cover and "2021" not in cover
    assert "Months" in cover


def test_an_anonymised_file_for_another_portfolio_is_refused_where_it_was_chosen(mei, written):
    answer = mei.send("/keep", form_of(written, variant="anonymised", kind="leap2a"))
    assert (answer.status_code, "keep everything as it was written" in text(answer)) == (422, True)


def test_choices_of_the_anonymised_variant_can_be_saved(mei, written):
    form = form_of(written, variant="anonymised", save="1", preset="Nameless")
    here = mei.send("/keep", form).location
    assert 'name="variant" value="anonymised" checked' in mei.get(here).get_data(as_text=True)


def test_a_diary_that_was_shared_with_nobody_is_for_oneself(browser_of, people):
    diary.keep_entry(people.jun, Draft("正文。", title="题"), creation_key="a", now=NOW)
    page = browser_of(people.jun).get("/keep").get_data(as_text=True)
    assert 'name="variant" value="own" checked' in page
    assert 'name="private" value="1" checked' in page  # else there would be nothing in it


def test_who_has_written_nothing_is_told_what_it_is_for(browser_of, people):
    for person in (people.jun, people.lin, people.zhou):
        answer = browser_of(person).get("/keep")
        assert answer.status_code == 200
        assert 'name="kind"' not in answer.get_data(as_text=True)
    assert "还没有可以带走的内容" in text(browser_of(people.jun).get("/keep"))


@pytest.mark.parametrize(
    ("changed", "counted"),
    [
        ({}, "3 of 3 entries, 2 comments"),
        ({"comments": ""}, "3 of 3 entries"),
        ({"private": ""}, "2 of 3 entries, 2 comments"),
        ({"variant": "review"}, "2 of 3 entries, 2 comments"),
        (
            {"variant": "anonymised"},
            "2 of 3 entries, 2 comments Names that this site does not know, and how you write, stay. "
            "Read it through before you give it away.",
        ),
        ({"from": "2022-08-02"}, "2 of 3 entries, 2 comments"),
        ({"to": "2022-08-02"}, "2 of 3 entries, 2 comments"),
        ({"from": "2022-08-03", "to": "2022-08-31"}, "0 of 3 entries No entry meets these choices."),
        ({"tags": ["first ward"]}, "1 of 3 entries"),
        ({"kind": "archive", "comments": "", "from": "2022-08-03"}, "3 of 3 entries, 2 comments"),
    ],
)
def test_what_is_chosen_is_counted(mei, written, changed, counted):
    form = form_of(written, **changed)
    assert counted in text(mei.send("/keep", form | {"look": "1"}))  # without a script
    shown = text_of(mei.send("/keep/preview", form, headers=JSON).json["html"])
    assert shown.endswith(counted)


def text_of(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_one_stage_alone(mei, written, people):
    form = form_of(written, stages=[people.stages["Intern"]])
    assert "1 of 3 entries" in text_of(mei.send("/keep/preview", form).json["html"])


def test_a_look_keeps_what_was_chosen_and_makes_nothing(mei, written, people):
    form = form_of(written, look="1", kind="site", tags=["night"], comments="")
    html = mei.send("/keep", form).get_data(as_text=True)
    assert 'name="kind" value="site" checked' in html
    assert 'name="tags" value="night" checked' in html
    assert 'name="comments" value="1" checked' not in html
    assert jobs.jobs_of(people.mei) == []


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"from": "2022-02-30"}, "This is not a date. Write it as 2022-09-14."),
        ({"to": "1 September"}, "This is not a date. Write it as 2022-09-14."),
        ({"from": "2022-09-01", "to": "2022-08-01"}, "The period ends before it begins."),
        ({"stages": []}, "Choose one stage at least."),
        ({"stages": ["foreign"]}, "Choose from what is offered."),
        ({"tags": ["unknown"]}, "Choose from what is offered."),
        ({"kind": "scroll"}, "Choose one of what is offered."),
        ({"kind": ""}, "Choose one of what is offered."),
        ({"variant": "anybody"}, "Choose one of what is offered."),
        ({"from": "2022-08-03", "to": "2022-08-31"}, "No entry meets these choices"),
    ],
)
def test_a_wrong_choice_says_so_and_makes_nothing(mei, written, people, changed, sentence):
    answer = mei.send("/keep", form_of(written, **changed))
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert jobs.jobs_of(people.mei) == []
    if "No entry" not in sentence:
        refused = mei.send("/keep/preview", form_of(written, **changed), headers=JSON)
        assert (refused.status_code, refused.json["message"]) == (422, sentence)


def test_a_wrong_date_stands_at_its_field(mei, written):
    html = mei.send("/keep", form_of(written, to="2022-02-30")).get_data(as_text=True)
    assert 'value="2022-02-30" id="f-to" name="to" aria-invalid="true"' in html.replace("\n", " ")


def test_a_reviewer_never_gets_a_private_entry(mei, written, people):
    assert mei.send("/keep", form_of(written, variant="review", private="1")).status_code == 302
    titles = [e.title for e in portfolios.portfolio_of_edition(people.mei, edition_id(people.mei)).entries]
    assert titles == ["The lift", "Cold tea"]


def edition_id(person):
    return Edition.get(Edition.owner == person.user_id).public_id


# Making


def test_a_book_is_asked_for_made_and_taken(mei, written, people, light_book, work):
    answer = mei.send("/keep", form_of(written))
    assert (answer.status_code, answer.location) == (302, "/keep#documents")
    job = job_of(people.mei)
    page = mei.get("/keep")
    assert "A book (PDF) It waits for its turn. You may leave; it goes on without you." in text(page)
    assert f'data-job="/jobs/{job.public_id}.json"' in page.get_data(as_text=True)
    asked = mei.get(f"/jobs/{job.public_id}.json").json
    assert (asked["state"], asked["html"]) == ("waiting", "")

    assert work()
    told = mei.get(f"/jobs/{job.public_id}.json").json
    assert told["state"] == "done"
    assert "<h3>Edition 1, for yourself</h3>" in told["html"] and "12 pages" in told["html"]
    taken = mei.get(f"/jobs/{job.public_id}/download")
    assert taken.data == PDF
    assert taken.headers["Content-Disposition"] == "attachment; filename=Wang-Mei-portfolio-edition-1.pdf"
    assert taken.headers["Content-Type"] == "application/pdf"
    assert taken.headers["X-Content-Type-Options"] == "nosniff"
    assert taken.headers["Cache-Control"] == "no-store"

    page = text(mei.get("/keep"))
    (edition,) = portfolios.editions(people.mei)
    assert "Edition 1, for yourself 12 pages, 0 KB. Made on 14 September 2022, 20:00." in page
    hidden = f"<summary>SHA-256 checksum</summary><code>{edition.content_hash}</code></details>"
    assert hidden in mei.get("/keep").get_data(as_text=True)
    assert "<h3>Edition 1, for yourself</h3>" in mei.get("/keep/documents").get_data(as_text=True)
    again = mei.get(f"/editions/{edition.public_id}/download")
    assert (again.data, again.headers["Cache-Control"]) == (PDF, "no-store")
    assert "edition-1.pdf" in again.headers["Content-Disposition"]


def test_the_same_book_asked_for_again_is_shown_at_once(mei, written, people, light_book, work):
    mei.send("/keep", form_of(written))
    work()
    answer = mei.send("/keep", form_of(written), follow_redirects=True)
    assert "Nothing has changed since this book was made. Here it is." in text(answer)
    assert "Edition 1, for yourself" in text(answer) and "Download" in text(answer)
    assert not work()
    assert len(jobs.jobs_of(people.mei)) == 1


def test_parts_of_a_book_in_plain_words_are_told_wherever_it_stands(mei, written, people, light_book, work):
    mei.send("/keep", form_of(written))
    work()
    edition = edition_id(people.mei)
    told = "could not be typeset and can be read there in plain words. Make those entries simpler"
    assert told not in text(mei.get("/keep"))
    for count, said in ((1, f"One part of it {told}"), (3, f"3 parts of it {told}")):
        Edition.update(plain=count).execute()
        for page in ("/keep", "/keep/documents", f"/keep/editions/{edition}"):
            assert said in text(mei.get(page))


def test_a_page_count_is_exact_once_the_same_was_made(mei, written, light_book, work):
    mei.send("/keep", form_of(written))
    work()
    shown = text_of(mei.send("/keep/preview", form_of(written)).json["html"])
    assert "12 pages" in shown and "about" not in shown


def test_progress_is_told_while_it_is_made(mei, written, people, work, monkeypatch):
    seen = []

    def write(portfolio, target, progress, *_given):
        progress(40, 100, "laid out")
        seen.append(mei.get(f"/jobs/{job_of(people.mei).public_id}.json").json)
        seen.append(mei.get("/keep"))
        target.write_bytes(PDF)
        return book.BookResult(target, 12, len(PDF), "", 0.1, 0.1, 10.0)

    monkeypatch.setattr(book, "write_book", write)
    monkeypatch.setattr(jobs.working, "PROGRESS_EVERY", 0)
    mei.send("/keep", form_of(written))
    work()
    told, page = seen
    assert (told["state"], told["done"], told["total"]) == ("running", 40, 100)
    assert told["sentence"] == "Laying out the pages."
    html = page.get_data(as_text=True)
    assert 'max="100" value="40"' in html and "Laying out the pages." in html
    assert '<noscript><a class="button plain" href="/keep#documents">Refresh</a></noscript>' in html


def test_a_site_and_an_archive_are_made_and_kept_for_a_week(mei, written, people, work, clock):
    for kind, inside in (("site", "index.html"), ("archive", "bagit.txt")):
        mei.send("/keep", form_of(written, kind=kind))
        work()
        job = job_of(people.mei)
        taken = mei.get(f"/jobs/{job.public_id}/download")
        names = zipfile.ZipFile(io.BytesIO(taken.data)).namelist()
        assert any(n.endswith(f"/{inside}") for n in names)
        assert len({n.partition("/")[0] for n in names}) == 1  # it unpacks into a folder of its own
        assert job.size == len(taken.data)
        assert f"filename=Wang-Mei-{kind}-2022-09-14.zip" in taken.headers["Content-Disposition"]
    page = text(mei.get("/keep"))
    assert "Wang-Mei-archive-2022-09-14.zip" in page and "Kept here until 21 September 2022." in page
    clock.forward(days=8)
    jobs.sweep(now=clock())
    assert "Wang-Mei-archive" not in text(mei.get("/keep"))
    gone = mei.get(f"/jobs/{job.public_id}/download")
    assert (gone.status_code, "Make it again." in text(gone)) == (404, True)


def test_an_archive_holds_everything_whatever_was_ticked(mei, written, people, work):
    diary.keep_entry(people.mei, Draft("Half a thought."), creation_key="d", as_draft=True, now=NOW)
    little = {"private": "", "comments": "", "stages": [], "from": "2022-08-03"}
    mei.send("/keep", form_of(written, kind="archive", **little))
    work()
    taken = mei.get(f"/jobs/{job_of(people.mei).public_id}/download")
    names = zipfile.ZipFile(io.BytesIO(taken.data)).namelist()
    assert sum("/data/entries/" in n for n in names) == 4
    assert sum("/data/comments/" in n for n in names) == 2


def test_a_chinese_name_arrives_whole(browser_of, people, light_book, work):
    accounts.set_name(people.jun, "李 俊")
    diary.keep_entry(people.jun, Draft("正文。", title="题"), creation_key="a", now=NOW)
    jun = browser_of(people.jun)
    jun.send("/keep", ALL | {"stages": list(people.stages.values())})
    work()
    taken = jun.get(f"/jobs/{job_of(people.jun).public_id}/download")
    assert taken.headers["Content-Disposition"] == (
        "attachment; filename=portfolio-edition-1.pdf; "
        "filename*=UTF-8''%E6%9D%8E-%E4%BF%8A-portfolio-edition-1.pdf"
    )


def test_a_part_of_a_file_can_be_fetched(mei, written, people, light_book, work):
    mei.send("/keep", form_of(written))
    work()
    part = mei.get(f"/jobs/{job_of(people.mei).public_id}/download", headers={"Range": "bytes=0-7"})
    assert (part.status_code, part.data) == (206, PDF[:8])


def test_a_job_is_stopped(mei, written, people, light_book, work):
    mei.send("/keep", form_of(written))
    job = job_of(people.mei)
    assert mei.send(f"/jobs/{job.public_id}/cancel").location == "/keep#documents"
    page = text(mei.get("/keep"))
    assert "It is stopped. Nothing of it was kept." in page and "Made before" in page
    assert not work()
    assert mei.get(f"/jobs/{job.public_id}.json").json["state"] == "cancelled"
    assert mei.get(f"/jobs/{job.public_id}/download").status_code == 404


def test_stopping_what_is_finished_is_no_trouble(mei, written, people, light_book, work):
    mei.send("/keep", form_of(written))
    work()
    assert mei.send(f"/jobs/{job_of(people.mei).public_id}/cancel").status_code == 302
    assert "This document is finished already." in text(mei.get("/keep"))


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (
            book.TookTooLong(),
            "Making this document took too long, and it was stopped. A shorter period may do.",
        ),
        (RuntimeError("canary-4711"), "Something went wrong while writing it. Try again; nothing is lost."),
    ],
)
def test_a_failure_says_why_and_what_to_do(mei, written, people, work, clock, monkeypatch, problem, sentence):
    def fail(*_):
        raise problem

    monkeypatch.setattr(book, "write_book", fail)
    mei.send("/keep", form_of(written))
    work()
    told = mei.get(f"/jobs/{job_of(people.mei).public_id}.json")
    assert told.json["state"] == "failed" and told.json["sentence"] == sentence
    page = text(mei.get("/keep"))
    assert "A book (PDF) could not be made" in page and sentence in page
    assert "canary" not in page + told.get_data(as_text=True)
    clock.forward(days=8)
    assert "could not be made" not in text(mei.get("/keep"))


def test_only_so_many_at_once(mei, written, people):
    for _ in range(jobs.OPEN_MOST):
        assert mei.send("/keep", form_of(written, kind="site")).status_code == 302
    answer = mei.send("/keep", form_of(written, kind="site"))
    assert (answer.status_code, "There are 4 documents under way already." in text(answer)) == (422, True)


# Who may


@pytest.fixture
def made(mei, written, people, light_book, work):
    mei.send("/keep", form_of(written))
    work()
    (edition,) = portfolios.editions(people.mei)
    job = job_of(people.mei).public_id
    return [f"/jobs/{job}.json", f"/jobs/{job}/download", f"/editions/{edition.public_id}/download"]


@pytest.mark.parametrize("who", ["jun", "lin", "tan", "zhou", "root", "stranger"])
def test_nobody_else_reaches_a_document(browser_of, people, made, who):
    browser = browser_of(getattr(people, who))
    for path in made:
        assert browser.get(path).status_code == 404
    assert browser.send(made[1].replace("download", "cancel")).status_code == 404
    assert "edition-1" not in text(browser.get("/keep"))


def test_signed_out_one_is_led_to_the_door(client, people, made):
    for path in ["/keep", "/keep/narrative", "/keep/attainments", "/keep/import", *made]:
        assert client.get(path).location == f"/sign-in?next={path}"
    assert client.get(made[0], headers=JSON).status_code == 401


def test_what_does_not_exist_is_not_there(mei):
    for path in ("/jobs/xxx.json", "/jobs/xxx/download", "/editions/xxx/download"):
        assert mei.get(path).status_code == 404


def test_an_edition_that_is_not_made_yet_cannot_be_taken(mei, written, people):
    mei.send("/keep", form_of(written))
    assert mei.get(f"/editions/{edition_id(people.mei)}/download").status_code == 404


def test_a_file_that_went_missing_is_a_404(mei, made, people):
    (edition,) = portfolios.editions(people.mei)
    files.remove(portfolios.edition_file(people.mei, edition.public_id)[1])
    assert [mei.get(path).status_code for path in made[1:]] == [404, 404]


@pytest.mark.parametrize("path", ["/keep/preview", "/jobs/xxx/cancel", "/keep/import/confirm"])
def test_forms_are_not_opened_by_their_address(mei, path):
    assert mei.get(path).status_code == 405


@pytest.mark.parametrize("path", ["/jobs/xxx.json", "/jobs/xxx/download", "/editions/xxx/download"])
def test_nothing_is_sent_to_what_is_only_read(mei, path):
    assert mei.send(path).status_code == 405


# The real thing


@pytest.mark.heavy
def test_the_real_book_comes_out(mei, written, people, work):
    mei.send("/keep", form_of(written))
    assert work()
    taken = mei.get(f"/jobs/{job_of(people.mei).public_id}/download")
    assert taken.data.startswith(b"%PDF-") and taken.data.rstrip().endswith(b"%%EOF")
    (edition,) = portfolios.editions(people.mei)
    assert edition.pages >= 8 and edition.size == len(taken.data)


def test_the_page_is_whole_in_chinese(browser_of, people, written, light_book, work):
    accounts.set_language(people.mei, "zh")
    mei = browser_of(people.mei)
    mei.send("/keep", form_of(written))
    work()
    page = text(mei.get("/keep"))
    assert "2021年9月3日" in page


def test_documents_stand_with_the_newest_first_whatever_they_are(mei, written, people, work, clock):
    for kind in ("site", "book", "archive"):
        mei.send("/keep", form_of(written, kind=kind))
        work()
        clock.forward(hours=1)
    mei.send("/keep", form_of(written, kind="site"))
    page = text(mei.get("/keep"))
    names = ["A site It waits", "Wang-Mei-archive", "Edition 1", "Wang-Mei-site"]
    assert [page.index(name, page.index("Made before")) for name in names] == sorted(
        page.index(name, page.index("Made before")) for name in names
    )


def test_who_keeps_no_diary_is_told_where_their_comments_are(lin, browser_of, people):
    page = text(lin.get("/keep"))
    assert "You keep no diary here" in page and "Your comments and narratives belong to those" in page
    assert "Your own account of the way" not in page
    new = text(browser_of(people.stranger).get("/keep"))
    assert "Nothing to take along yet" in new and "Bring a diary in" in new

"""Bringing a diary in from the web: looked through first, then taken in, all of it or nothing."""

import datetime as dt
import io
import os
import re
import shutil
import zipfile

import pytest

from portfolio import jobs
from portfolio.domain import accounts, diary, importing, markup, portfolios
from portfolio.domain.diary import Draft
from portfolio.domain.records import Choices
from portfolio.jobs import bringing, working
from portfolio.store import files
from tests.conftest import NOW
from tests.web.conftest import text

LIFT = "---\ndate: 2022-09-01\ntitle: The lift\nstage: Intern\ntags: [night]\n---\nShe stood by the lift.\n"
TEA = "---\ndate: 2022-09-02\ntitle: Cold tea\nstage: Registrar\n---\nThe tea went cold.\n"
EVERYTHING = Choices(private=True)


def sent(*named: tuple[str, str | bytes]):
    """Files as a browser sends them."""
    return {"files": [(io.BytesIO(c.encode() if isinstance(c, str) else c), name) for name, c in named]}


def zipped(*named: tuple[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, content in named:
            packed.writestr(name, content)
    return out.getvalue()


def titles(person):
    return [e.title for e in portfolios.select(person, EVERYTHING, now=NOW).entries]


def digest_in(answer):
    return {"digest": re.search(r'name="digest" value="(\w+)"', answer.get_data(as_text=True))[1]}


@pytest.fixture
def mei(browser_of, people):
    return browser_of(people.mei)


def test_two_files_are_looked_through_and_then_taken_in(mei, people):
    looked = mei.send("/keep/import", sent(("lift.md", LIFT), ("tea.md", TEA)))
    assert looked.status_code == 200
    page = text(looked)
    assert "Added 2 entries" in page and "Stages made for you Registrar" in page
    assert "Nothing has been taken in yet." in page and titles(people.mei) == []
    answer = mei.send("/keep/import/confirm", digest_in(looked))
    assert (answer.status_code, answer.location) == (302, "/keep")
    assert "2 entries were added to your diary." in text(mei.get("/keep"))
    assert titles(people.mei) == ["The lift", "Cold tea"]
    assert not list((files.root() / "uploads").glob("*"))


def test_a_packed_folder_is_the_same_as_its_files(mei, people):
    loose = mei.send("/keep/import", sent(("lift.md", LIFT), ("tea.md", TEA)))
    mei.send("/keep/import/confirm", digest_in(loose))
    packed = zipped(("lift.md", LIFT), ("tea.md", TEA.replace("cold.", "cold again.")), ("a.jpg", b"\xff"))
    looked = mei.send("/keep/import", sent(("everything.zip", packed)))
    page = text(looked)
    assert "Changed 1 entry gets a new version" in page and "Left as they are 1 entry" in page
    assert "Added 0 entries" in page and "1 remark" in page
    mei.send("/keep/import/confirm", digest_in(looked))
    assert "1 was changed. 1 was there already." in text(mei.get("/keep"))
    assert titles(people.mei) == ["The lift", "Cold tea"]


def test_an_archive_goes_from_one_person_to_another_site_and_back(mei, browser_of, people, app, clock):
    draft = Draft("A body.", title="Kept", entry_date=dt.date(2022, 9, 1))
    diary.keep_entry(people.mei, draft, creation_key="a", now=NOW)
    mei.send("/keep", {"kind": "archive", "variant": "own"})
    jobs.work_once(app.config["SETTINGS"], clock, "worker")
    archive = mei.get(f"/jobs/{jobs.jobs_of(people.mei)[0].public_id}/download").data
    noor = browser_of(people.stranger)
    looked = noor.send("/keep/import", sent(("my-diary.zip", archive)))
    assert "“my-diary.zip” was looked through." in text(looked)
    noor.send("/keep/import/confirm", digest_in(looked))
    assert titles(people.stranger) == ["Kept"]
    again = mei.send("/keep/import", sent(("my-diary.zip", archive)))
    assert "Added 0 entries" in text(again) and "Left as they are 1 entry" in text(again)


def test_files_are_called_as_their_owner_called_them(mei):
    assert "“lift.md” was looked through." in text(mei.send("/keep/import", sent(("lift.md", LIFT))))
    several = mei.send("/keep/import", sent(("lift.md", LIFT), ("tea.md", TEA)))
    assert "2 files were looked through." in text(several)
    table = zipped(("table.csv", "a,b"))
    refused = mei.send("/keep/import", sent(("tables.zip", table)))
    assert "tables.zip: there is no Markdown or text file in it." in text(refused)
    assert ".mdown" in mei.get("/keep/import").get_data(as_text=True)


def test_sharing_again_counts_those_who_are_there(browser_of, people, app, clock):
    """Mei has a mentor and a peer mentor, Jun only a mentor."""
    draft = Draft("A night.", entry_date=dt.date(2022, 9, 1))
    audiences = ("mentor", "peer_mentor")
    diary.keep_entry(people.mei, draft, creation_key="a", audiences=audiences, now=NOW)
    archive = archive_of(people.mei, app, clock)
    accounts.set_language(people.jun, "en")
    page = text(browser_of(people.jun).send("/keep/import", sent(("mei.zip", archive))))
    assert "1 new entry can then be read by others at once: 1 by your mentor." in page
    assert "Nobody is there today: your peer mentor." in page


def archive_of(person, app, clock):
    """The open archive of somebody's diary."""
    jobs.ask(person, "archive", EVERYTHING, now=NOW)
    jobs.work_once(app.config["SETTINGS"], clock, "worker")
    return jobs.result(person, jobs.jobs_of(person)[0].public_id)[1].read_bytes()


@pytest.mark.parametrize("ticked", [False, True])
def test_an_archive_stays_private_until_its_owner_ticks_otherwise(
    mei, browser_of, people, app, clock, ticked
):
    for number, audiences in enumerate([("mentor", "cohort"), ("mentor",), ()]):
        draft = Draft(f"Night {number}.", title=f"Night {number}", entry_date=dt.date(2022, 9, 1))
        diary.keep_entry(people.stranger, draft, creation_key=f"n{number}", audiences=audiences, now=NOW)
    archive = archive_of(people.stranger, app, clock)
    looked = mei.send("/keep/import", sent(("noor.zip", archive)))
    page = text(looked)
    assert "This archive is somebody else’s: Noor Stranger." in page
    assert "What comes in is private: only you can read it." in page
    assert "2 new entries can then be read by others at once: 2 by your mentor and 1 by your cohort." in page
    assert not re.search(r'name="shared"[^>]*checked', looked.get_data(as_text=True))
    mei.send("/keep/import/confirm", digest_in(looked) | ({"shared": "1"} if ticked else {}))
    told = text(mei.get("/keep"))
    assert "3 entries were added to your diary." in told
    assert ("2 of them are shared again." in told) is ticked
    readers = [sorted(e.audiences) for e in portfolios.select(people.mei, EVERYTHING, now=NOW).entries]
    assert readers == ([["cohort", "mentor"], ["mentor"], []] if ticked else [[], [], []])


def test_what_was_never_shared_asks_nothing(mei):
    looked = mei.send("/keep/import", sent(("lift.md", LIFT)))
    assert 'name="shared"' not in looked.get_data(as_text=True)
    assert "somebody else" not in text(looked)


@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        ([], "Choose a file first."),
        ([("photo.jpg", b"\xff\xd8")], "“photo.jpg” is neither a zip nor a Markdown file."),
        (
            [("a.md", LIFT), ("b.zip", zipped(("a.md", LIFT)))],
            "Choose one archive, or several Markdown files",
        ),
        ([("a.md", LIFT), ("a.md", TEA)], "Two files have the same name."),
    ],
)
def test_a_wrong_choice_of_files_says_so_at_the_field(mei, people, named, sentence):
    answer = mei.send("/keep/import", sent(*named))
    assert answer.status_code == 422
    error = re.search(r'id="f-files-error".*?</p>', answer.get_data(as_text=True), re.DOTALL)[0]
    assert sentence in error
    assert titles(people.mei) == []


@pytest.mark.parametrize(
    ("named", "problem"),
    [
        ([("bad.md", "---\ntitle: [\n---\nText."), ("tea.md", TEA)], "bad.md"),
        ([("undated.md", "No date here."), ("tea.md", TEA)], "undated.md: it has no date"),
        ([("picture.md", b"\x00\x01\x02\xff")], "picture.md: it is not a text file"),
        ([("never.md", LIFT.replace("2022-09-01", "2022-02-30"))], "never.md"),
        ([("future.md", LIFT.replace("2022-09-01", "2031-01-01")), ("tea.md", TEA)], "future.md"),
        ([("long.md", LIFT + "x" * (2 * 1024 * 1024 + 1))], "long.md"),
        ([("not-a.zip", b"PK nothing of the kind")], "not-a.zip: this is not a zip file"),
        ([("out.zip", zipped(("../../etc/passwd.md", LIFT)))], "it would leave its folder"),
        ([("empty.zip", zipped())], "empty.zip: there is no file in it."),
        ([("broken.zip", zipped(("d/bagit.txt", "BagIt"), ("d/data/x.md", LIFT)))], "broken.zip"),
    ],
)
def test_problems_name_the_file_and_nothing_is_half_imported(mei, people, named, problem):
    answer = mei.send("/keep/import", sent(*named))
    page = text(answer)
    assert answer.status_code == 422
    assert "Nothing was taken in." in page and problem in page
    assert titles(people.mei) == []
    assert not list((files.root() / "uploads").glob("*"))


def test_only_what_was_looked_through_is_taken_in(mei, people):
    first = mei.send("/keep/import", sent(("lift.md", LIFT)))
    mei.send("/keep/import", sent(("tea.md", TEA)))  # in another tab
    answer = mei.send("/keep/import/confirm", digest_in(first))
    assert answer.status_code == 422
    assert "another file was chosen since" in text(answer)
    assert titles(people.mei) == []


def test_nobody_takes_in_what_another_sent(mei, browser_of, people):
    looked = mei.send("/keep/import", sent(("lift.md", LIFT)))
    assert browser_of(people.jun).send("/keep/import/confirm", digest_in(looked)).status_code == 422
    assert titles(people.jun) == []


@pytest.mark.parametrize("digest", ["", "0" * 64, "../../portfolio.db"])
def test_a_digest_of_nothing_opens_nothing(mei, digest):
    assert mei.send("/keep/import/confirm", {"digest": digest}).status_code == 422


def test_taking_it_in_twice_makes_no_doubles(mei, people):
    for _ in range(2):
        looked = mei.send("/keep/import", sent(("lift.md", LIFT)))
        mei.send("/keep/import/confirm", digest_in(looked))
    assert titles(people.mei) == ["The lift"]


def test_more_than_the_site_takes_is_refused_as_a_whole(make_app, people):
    browser = make_app(max_upload_mb=1, import_mb=1).test_client()
    browser.sign_in("mei")
    answer = browser.send("/keep/import", sent(("long.md", LIFT + "x" * 1024 * 1024)))
    assert (answer.status_code, "at most 1 MB" in text(answer)) == (413, True)
    assert "at most 1 MB" in text(browser.get("/keep/import"))


NOISE = os.urandom(1_500_000)


def test_a_diary_may_be_larger_than_other_requests(make_app, people):
    app = make_app(max_upload_mb=1, import_mb=3)
    mei, nobody = app.test_client(), app.test_client()
    mei.sign_in("mei")
    packed = zipped(("lift.md", LIFT), ("noise.jpg", NOISE))
    looked = mei.send("/keep/import", sent(("mine.zip", packed)))
    assert "Added 1 entry" in text(looked)
    (kept,) = (files.root() / "uploads").glob("*/*")
    assert kept.read_bytes() == packed
    assert not list((files.root() / "arriving").iterdir())
    mei.send("/keep/import/confirm", digest_in(looked))
    assert titles(people.mei) == ["The lift"]
    assert mei.send("/keep", {"kind": NOISE.hex()}).status_code == 413
    assert nobody.send("/keep/import", sent(("mine.zip", packed))).status_code == 401
    too_much = mei.send("/keep/import", sent(("mine.zip", packed + NOISE + NOISE)))
    assert (too_much.status_code, "at most 3 MB" in text(too_much)) == (413, True)


def test_what_is_sent_never_takes_more_than_half_of_the_disk(make_app, people, monkeypatch):
    browser = make_app(import_mb=3).test_client()
    browser.sign_in("mei")
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=2_200_000))
    assert "at most 1 MB." in text(browser.get("/keep/import"))
    assert browser.send("/keep/import", sent(("mine.zip", NOISE))).status_code == 413


@pytest.fixture
def in_twos(monkeypatch):
    """Two entries come in at once; what has more is done by a worker."""
    monkeypatch.setattr(importing, "BATCH", 2)
    monkeypatch.setattr(bringing, "AT_ONCE", 2)


def nights(count, last=""):
    return zipped(
        *((f"{n}.md", f"---\ndate: 2022-08-{n:02}\n---\nNight {n}.\n") for n in range(1, count + 1)),
        ("last.md", last or "---\ndate: 2022-09-01\n---\nThe last.\n"),
    )


def asked_for(mei, packed):
    """Sends a zip, says yes, and gives the page that follows."""
    looked = mei.send("/keep/import", sent(("nights.zip", packed)))
    answer = mei.send("/keep/import/confirm", digest_in(looked))
    assert (answer.status_code, answer.location) == (302, "/keep#documents")
    return mei.get("/keep")


def test_a_long_diary_comes_in_behind_the_page(mei, people, app, clock, in_twos):
    page = asked_for(mei, nights(4))
    assert "Bringing in “nights.zip” It waits for its turn." in text(page)
    assert titles(people.mei) == []
    job = jobs.jobs_of(people.mei)[0].public_id
    assert mei.get(f"/jobs/{job}.json").json["state"] == "waiting"
    jobs.work_once(app.config["SETTINGS"], clock, "worker")
    told = mei.get(f"/jobs/{job}.json").json
    assert (told["state"], told["sentence"]) == ("done", "5 entries were added to your diary.")
    assert "nights.zip" in told["html"] and "/diary" in told["html"]
    for path in ("/keep", "/keep/documents"):
        assert "nights.zip 5 entries were added to your diary. Brought in on 14 September 2022" in text(
            mei.get(path)
        )
    mei.send(f"/jobs/{job}/remove")
    assert "It is off this list." in text(mei.get("/keep/documents"))
    assert len(titles(people.mei)) == 5


def test_while_it_comes_in_the_page_says_how_far_it_is(mei, people, app, clock, in_twos, monkeypatch):
    asked_for(mei, nights(4))
    job = jobs.jobs_of(people.mei)[0].public_id
    told = []
    monkeypatch.setattr(working, "PROGRESS_EVERY", 0)
    render = markup.render

    def watched(body, photographs=()):
        told.append(mei.get(f"/jobs/{job}.json").json)
        return render(body, photographs)

    monkeypatch.setattr(markup, "render", watched)
    jobs.work_once(app.config["SETTINGS"], clock, "worker")
    assert [(one["sentence"], one["measure"]) for one in told][:3] == [
        ("Looking through it.", ""),
        ("Taking the entries in.", "1 of 5 entries"),
        ("Taking the entries in.", "2 of 5 entries"),
    ]


def test_stopping_it_says_what_is_in(mei, people, app, clock, in_twos, monkeypatch):
    asked_for(mei, nights(4))
    job = jobs.jobs_of(people.mei)[0].public_id
    render = markup.render

    def stopping(body, photographs=()):
        if "Night 3" in body:
            mei.send(f"/jobs/{job}/cancel")
        return render(body, photographs)

    monkeypatch.setattr(markup, "render", stopping)
    jobs.work_once(app.config["SETTINGS"], clock, "worker")
    sentence = "It was not finished. 2 entries were added to your diary."
    assert sentence in text(mei.get("/keep"))
    page = text(mei.get("/keep/documents"))
    assert f"nights.zip {sentence} Bring it in again, and it goes on from there" in page
    assert len(titles(people.mei)) == 2
    asked_for(mei, nights(4))
    mei.send(f"/jobs/{jobs.jobs_of(people.mei)[0].public_id}/cancel")
    assert "Nothing was taken in." in text(mei.get("/keep"))


def test_a_second_diary_waits_for_the_first(mei, in_twos):
    asked_for(mei, nights(4))
    looked = mei.send("/keep/import", sent(("nights.zip", nights(4))))
    refused = mei.send("/keep/import/confirm", digest_in(looked))
    assert refused.status_code == 422
    assert "A diary is being brought in already. Wait until it is in, or stop it." in text(refused)


def test_what_was_right_when_it_was_looked_through_may_be_refused_later(
    browser_of, people, app, clock, in_twos, monkeypatch
):
    accounts.set_language(people.mei, "zh")
    mei = browser_of(people.mei)
    clock.forward(days=1)
    asked_for(mei, nights(4, "---\ndate: 2022-09-15\n---\nToday.\n"))
    clock.forward(days=-1)
    jobs.work_once(app.config["SETTINGS"], clock, "worker")
    page = mei.get("/keep").get_data(as_text=True)
    assert re.search(r'<li lang="zh-CN">last.md：[^<]*今天', page)
    assert titles(people.mei) == []


def test_what_nobody_came_back_for_is_swept_away(mei, browser_of, people, monkeypatch):
    from portfolio.web.portfolios import uploads

    mei.send("/keep/import", sent(("lift.md", LIFT)))
    monkeypatch.setattr(uploads, "KEPT_SECONDS", -1)
    browser_of(people.jun).send("/keep/import", sent(("tea.md", TEA)))
    assert len(list((files.root() / "uploads").glob("*"))) == 1


def test_the_page_speaks_chinese(browser_of, people):
    accounts.set_language(people.mei, "zh")
    mei = browser_of(people.mei)
    assert mei.get("/keep/import").status_code == 200
    answer = mei.send("/keep/import", sent(("undated.md", "No date.")))
    page = answer.get_data(as_text=True)
    assert '<li lang="zh-CN">undated.md：没有日期，请在文件开头的信息里写上' in page

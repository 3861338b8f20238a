"""Other formats on the page Keep, and Leap2A on the page that brings a diary in."""

import datetime as dt
import io
import re
import zipfile

import pytest

from portfolio import jobs
from portfolio.domain import diary, portfolios
from portfolio.domain.diary import Draft
from portfolio.domain.records import Choices
from tests.conftest import NOW
from tests.export import mahara
from tests.web.conftest import text

KINDS = {"epub": "An e-book (EPUB)", "leap2a": "For another portfolio (Leap2A)",
         "csv": "Tables (CSV)", "json": "Data (JSON)"}  # fmt: skip


@pytest.fixture
def mei(browser_of, people):
    draft = Draft("A body.", title="Kept", entry_date=dt.date(2022, 9, 1))
    diary.keep_entry(people.mei, draft, creation_key="a", now=NOW)
    return browser_of(people.mei)


@pytest.fixture
def own(people):
    """The form, filled in for everything that one has."""
    return {"variant": "own", "private": "1", "stages": list(people.stages.values())}


def test_they_stand_beneath_the_three_that_most_want(mei, own):
    page = mei.get("/keep").get_data(as_text=True)
    order = re.findall(r'name="kind" value="(\w+)"', page)
    assert order == ["book", "site", "archive", *KINDS]
    assert "<summary>" in page and "Other formats" in page
    assert not re.search(r'<details class="adding other-formats" open', page)
    chosen = mei.send("/keep", {"kind": "epub", "look": "1"} | own)
    assert '<details class="adding other-formats" open>' in chosen.get_data(as_text=True)
    assert "An e-book (EPUB) 1 of 1 entries" in text(chosen)


@pytest.mark.parametrize("kind", KINDS)
def test_each_is_made_and_taken_under_a_telling_name(mei, own, people, app, clock, kind):
    asked = mei.send("/keep", {"kind": kind} | own)
    assert asked.status_code == 302
    [job] = jobs.jobs_of(people.mei)
    assert KINDS[kind] in text(mei.get("/keep"))
    assert jobs.work_once(app.config["SETTINGS"], clock, "worker")
    taken = mei.get(f"/jobs/{job.public_id}/download")
    suffix = jobs.SUFFIX[kind]
    assert taken.headers["Content-Disposition"].endswith(f"Wang-Mei-{kind}-{NOW.date()}{suffix}")
    assert taken.headers["Content-Type"].startswith(jobs.MEDIA_TYPE[suffix])
    assert taken.headers["X-Content-Type-Options"] == "nosniff"


def test_nobody_else_gets_it(mei, own, people, browser_of, app, clock):
    mei.send("/keep", {"kind": "json"} | own)
    jobs.work_once(app.config["SETTINGS"], clock, "worker")
    [job] = jobs.jobs_of(people.mei)
    for other in (people.jun, people.lin, people.zhou, people.root):
        assert browser_of(other).get(f"/jobs/{job.public_id}/download").status_code == 404


def test_a_file_from_mahara_is_looked_through_and_taken_in(browser_of, people, tmp_path):
    noor = browser_of(people.stranger)
    content = mahara.alex(tmp_path / "mahara-export.zip").read_bytes()

    def sent():
        return {"files": [(io.BytesIO(content), "mahara-export.zip")]}

    looked = noor.send("/keep/import", sent())
    page = text(looked)
    assert "Added 4 entries" in page and "7 remarks" in page
    assert "“essay.docx” was left aside" in page
    digest = re.search(r'name="digest" value="(\w+)"', looked.get_data(as_text=True))[1]
    noor.send("/keep/import/confirm", {"digest": digest})
    kept = portfolios.select(people.stranger, Choices(private=True), now=NOW)
    assert [e.title for e in kept.entries] == ["The lift", "夜班后的粥", "Cold tea"]
    assert all(e.private for e in kept.entries)
    again = text(noor.send("/keep/import", sent()))
    assert "Added 0 entries" in again and "Left as they are 4 entries" in again


def test_a_document_type_is_refused_with_its_reason(browser_of, people):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("leap2a.xml", "<!DOCTYPE x [<!ENTITY a 'b'>]><feed>&a;</feed>")
    out.seek(0)
    answer = browser_of(people.mei).send("/keep/import", {"files": [(out, "x.zip")]})
    assert answer.status_code == 422
    assert "Nothing was taken in." in text(answer)
    assert "leap2a.xml: it has a document type, which is not read" in text(answer)

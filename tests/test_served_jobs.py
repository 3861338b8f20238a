"""Documents of a site that is served in a process of its own: how long they take, and that none is lost."""

import datetime as dt
import json
import pathlib
import re
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

import pikepdf
import pytest

from portfolio import jobs
from portfolio.domain import diary
from portfolio.domain.diary import Draft
from portfolio.domain.records import Choices, Viewer
from portfolio.store import database, files
from portfolio.store.jobs import ChangedDiary, Job
from tests.conftest import PASSWORD, People
from tests.test_serving import serving, start

pytestmark = pytest.mark.heavy

ENTRIES = 156  # of an average portfolio
PATIENCE = 120  # seconds
WAITED = 1.5  # seconds, for a machine that has much else to do; alone it is a fifth of that
HOUR = dt.timedelta(hours=1)


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def wait_for(what: Callable[[], Any]) -> None:
    until = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.02)


@pytest.fixture
def diary_of_mei(people: People, tmp_path: pathlib.Path) -> Viewer:
    files.use_folder(tmp_path / "instance" / "files")
    with database.transaction():
        for n in range(ENTRIES):
            draft = Draft(
                body=f"Night {n}. " + "The ward was quiet, and I was not. " * 6,
                title=f"Night {n}",
                entry_date=dt.date(2020, 9, 1) + dt.timedelta(days=4 * n),
            )
            diary.keep_entry(people.mei, draft, creation_key=str(n), now=now())
    return people.mei


def settle() -> None:
    """Wait until what the next book needs is laid out, without the pause that a writer is given."""
    ChangedDiary.update(last_at=ChangedDiary.last_at, since=now() - HOUR).execute()
    wait_for(lambda: not ChangedDiary.select().exists())


class Page:
    """A browser with one page open."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        self.html = self.open("/sign-in")

    def open(self, path: str, form: dict[str, Any] | None = None) -> str:
        if form is not None:
            token = re.search(r'name="csrf_token" value="([^"]+)"', self.html)
            assert token
            form = {"csrf_token": token[1], **form}
        data = urllib.parse.urlencode(form, doseq=True).encode() if form is not None else None
        self.html = self.opener.open(self.address + path, data).read().decode()
        return self.html

    def create(self) -> float:
        """Ask for the book that is proposed; seconds until it can be taken."""
        dates = re.findall(r'type="date" value="([^"]+)" id="f-(?:from|to)"', self.open("/keep"))
        stages = re.findall(r'name="stages" value="([^"]+)"', self.html)
        form = {"kind": "book", "variant": "own", "private": "1", "comments": "1", "stages": stages}
        began = time.monotonic()
        shown = self.open("/keep", form | dict(zip(("from", "to"), dates, strict=True)))
        under_way = re.search(r'data-job="([^"]+)"', shown)
        while (
            under_way and json.loads(self.opener.open(self.address + under_way[1]).read())["state"] != "done"
        ):
            time.sleep(0.02)
        return time.monotonic() - began


def test_a_book_is_there_at_once_when_its_pieces_were_made_before(
    diary_of_mei: Viewer, database_url: str, tmp_path: pathlib.Path
) -> None:
    (last,) = diary.timeline(diary_of_mei, now=now()).entries[:1]
    with serving(tmp_path / "instance", database_url) as address:
        page = Page(address)
        page.open("/sign-in", {"login": "mei", "password": PASSWORD})
        settle()
        times = []
        for n in range(3):
            version = diary.entry_version(diary_of_mei, last.public_id)
            draft = Draft(body=f"Read again {n}.", title="Night")
            diary.save_entry(diary_of_mei, last.public_id, draft, version=version, now=now())
            settle()
            times.append(page.create())
        made = [job for job in jobs.jobs_of(diary_of_mei) if job.kind == "book"]
    assert [(job.state, job.problem) for job in made] == [("done", "")] * 3
    assert min(times) < WAITED


def test_a_book_of_a_server_that_is_killed_is_made_by_the_next(
    diary_of_mei: Viewer, database_url: str, tmp_path: pathlib.Path
) -> None:
    process, _address = start(tmp_path / "instance", database_url)
    assert process.stdout
    try:
        job_id = jobs.ask(diary_of_mei, "book", Choices(private=True), now=now()).public_id
        wait_for(lambda: jobs.job(diary_of_mei, job_id).state == "running")  # it goes on for a second
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    left = jobs.job(diary_of_mei, job_id)
    assert (left.state, left.kept) == ("running", False)
    Job.update(lease_until=now() - HOUR).execute()
    with serving(tmp_path / "instance", database_url):
        wait_for(lambda: not jobs.job(diary_of_mei, job_id).open)
    done, path, _media_type = jobs.result(diary_of_mei, job_id)
    assert (done.state, done.problem, Job.get().attempt) == ("done", "", 2)
    with pikepdf.open(path) as pdf:
        assert len(pdf.pages) == done.pages > 20
    jobs.sweep(now=now() + 25 * HOUR)
    assert [p.name for p in (tmp_path / "instance" / "files").glob("??/*")] == [path.name]

"""Times what a student waits for after “Create”: from the posted form to the book that can be taken.

    .venv/bin/python benchmarks/create.py [--runs N]

A site with one diary (156 entries, 45 pages) is served as always, in a process of its own. Before each
run an entry is changed, and the site is left alone until it has laid out in the background what the
next book will need: the steady state. Then the page is opened, the form posted, and its document
asked for, each 10 ms, and once more as the page's own script does. The median of both is printed.
"""

import argparse
import datetime as dt
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from cases import average

from portfolio.domain import accounts, diary
from portfolio.domain.diary import Draft
from portfolio.domain.records import Viewer
from portfolio.store import database, files
from portfolio.store.jobs import ChangedDiary

PASSWORD = "a lamp in the corridor"  # noqa: S105  of somebody who lives as long as this runs
FIRST_LOOK, GROWS, LONGEST = 0.15, 1.3, 0.8  # seconds and factor: static/js/export.js
HOUR = dt.timedelta(hours=1)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as place:
        instance = pathlib.Path(place) / "instance"
        writer, entry_id = fill(instance)
        with serving(instance) as address:
            browser = sign_in(address)
            settle()
            made, seen = [], []
            for number in range(2 * runs):
                change(writer, entry_id, number)
                settle()
                (seen if number % 2 else made).append(create(browser, address, as_page=bool(number % 2)))
    for what, times in (("made", made), ("seen on the page", seen)):
        print(f"{what}: median {statistics.median(times):.3f} s, longest {max(times):.3f} s of {len(times)}")


def fill(instance: pathlib.Path) -> tuple[Viewer, str]:
    """A site with one diary. Gives its writer and the public id of an entry."""
    database.open_database(f"sqlite:///{instance / 'portfolio.db'}")
    files.use_folder(instance / "files")
    with database.connection():
        database.migrate()
        now = dt.datetime.now(dt.UTC)
        accounts.add_user("keeper", "Ada Keeper", PASSWORD, account="admin", language="en", now=now)
        writer = accounts.add_user("writer", "Sun Yi", PASSWORD, account="student", language="en", now=now)
        for entry in average().entries:
            draft = Draft(body=entry.body, title=entry.title, entry_date=entry.entry_date, tags=entry.tags)
            saved = diary.keep_entry(writer, draft, creation_key=entry.public_id, now=now)
    return writer, saved.entry_id


@contextmanager
def serving(instance: pathlib.Path) -> Iterator[str]:
    """The address of a server of its own."""
    command = [sys.executable, "-c", "from portfolio.cli import main; main()", "serve", "--port", "0"]
    environment = {**os.environ, "PORTFOLIO_INSTANCE": str(instance)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield process.stdout.readline().split()[-1]
    finally:
        process.terminate()
        process.wait()


def sign_in(address: str) -> urllib.request.OpenerDirector:
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    post(
        browser, f"{address}/sign-in", {"login": "writer", "password": PASSWORD}, form_at=f"{address}/sign-in"
    )
    return browser


def post(browser: urllib.request.OpenerDirector, url: str, form: dict[str, str], form_at: str) -> str:
    """Sends a form with the token of the page that it stands on; gives the page that follows."""
    page = browser.open(form_at).read().decode()
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    data = urllib.parse.urlencode({"csrf_token": token[1], **form})
    return str(browser.open(url, data.encode()).read().decode())


def change(writer: Viewer, entry_id: str, number: int) -> None:
    """An entry is changed, as if an hour ago."""
    with database.connection():
        now = dt.datetime.now(dt.UTC)
        version = diary.entry_version(writer, entry_id)
        draft = Draft(body=f"Changed for the {number + 1}th time.", title="The last one")
        diary.save_entry(writer, entry_id, draft, version=version, now=now)


def settle() -> None:
    """Waits until everything is laid out, without the pause that a writer is given."""
    with database.connection():
        ChangedDiary.update(since=ChangedDiary.since, last_at=dt.datetime.now(dt.UTC) - HOUR).execute()
        while ChangedDiary.select().exists():
            time.sleep(0.05)
    time.sleep(1.5)


def create(browser: urllib.request.OpenerDirector, address: str, as_page: bool) -> float:
    """Seconds from posting the form until the book is there."""
    page = browser.open(f"{address}/keep").read().decode()
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    dates = dict(re.findall(r'type="date" value="([^"]+)" id="f-(from|to)"', page)[i][::-1] for i in (0, 1))
    form = {
        "csrf_token": token[1],
        "kind": "book",
        "variant": "own",
        "private": "1",
        "comments": "1",
        **dates,
    }
    time.sleep(2.5)  # somebody reads the page; meanwhile a process for books becomes warm
    began = time.perf_counter()
    shown = browser.open(f"{address}/keep", urllib.parse.urlencode(form).encode()).read().decode()
    found = re.search(r'data-job="([^"]+)"', shown)
    pause = FIRST_LOOK if as_page else 0.01
    while found:
        time.sleep(pause)
        pause = min(pause * GROWS, LONGEST) if as_page else pause
        job = json.loads(browser.open(address + found[1]).read())
        if job["state"] == "done":
            break
        assert job["state"] in ("waiting", "running"), job
    return time.perf_counter() - began


if __name__ == "__main__":
    main()

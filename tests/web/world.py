"""Mei's world: one of everything that has an address, and a browser for each way of standing towards it."""

import datetime as dt
import io
import zipfile
from dataclasses import dataclass, field
from typing import Any

import PIL.Image
from flask import Flask

from portfolio import jobs
from portfolio.domain import accounts, diary, feedback, portfolios, programme
from portfolio.domain.diary import Draft, photographs
from portfolio.domain.records import Choices, Viewer
from portfolio.store import database, files, search_index
from portfolio.store.jobs import Job, JobState
from portfolio.web.portfolios import uploads
from tests.conftest import NOW, PASSWORD, STAGES, People
from tests.web.conftest import Browser

# The ways of standing towards Mei and what is hers
ROLES = ("nobody", "stranger", "owner", "mentor", "peer", "unmatched", "fellow", "lead", "admin", "elsewhere")
YESTERDAY = NOW - dt.timedelta(days=1)


@dataclass
class World:
    """Public ids by name, and who is who."""

    app: Flask
    people: People
    elsewhere: Viewer  # leads another programme
    ids: dict[str, str]
    cookies: dict[str, str] = field(default_factory=dict)  # of a session, by role
    tokens: dict[str, str] = field(default_factory=dict)  # that a form of theirs carries
    before: dict[str, list[Any]] = field(default_factory=dict)  # all rows, when all is made

    @property
    def viewers(self) -> dict[str, Viewer]:
        p = self.people
        return {
            "stranger": p.stranger, "owner": p.mei, "mentor": p.lin, "peer": p.tan, "unmatched": p.osei,
            "fellow": p.jun, "lead": p.zhou, "admin": p.root, "elsewhere": self.elsewhere,
        }  # fmt: skip

    def upload(self) -> None:
        """Put what Mei sent, to be taken in, where she left it."""
        notes = ("2022-09-01.md", io.BytesIO(b"---\ndate: 2022-09-01\n---\nBrought along."))
        self.ids["upload"] = uploads.keep_upload(self.people.mei, [notes]).digest

    def open_sessions(self) -> None:
        for role in ROLES:
            browser = self.app.test_client()
            assert isinstance(browser, Browser)
            if role in self.viewers:
                assert browser.sign_in(self.viewers[role].login).status_code == 302
            self.tokens[role] = browser.token()
            cookie = browser.get_cookie(self.app.config["SESSION_COOKIE_NAME"])
            assert cookie
            self.cookies[role] = cookie.value

    def browser(self, role: str) -> Browser:
        """As it was when they had just signed in, whatever it did before."""
        browser = self.app.test_client()
        assert isinstance(browser, Browser)
        browser.set_cookie(self.app.config["SESSION_COOKIE_NAME"], self.cookies[role])
        return browser


def picture(colour: str = "teal") -> bytes:
    buffer = io.BytesIO()
    PIL.Image.new("RGB", (64, 48), colour).save(buffer, "JPEG")
    return buffer.getvalue()


def make_world(app: Flask, people: People) -> World:
    """Fill the open database of `people`."""
    mei, lin, zhou = people.mei, people.lin, people.zhou
    elsewhere = accounts.add_user("prof-ito", "Professor Ito", PASSWORD, account="lead", now=NOW)
    ids = {"programme": people.programme_id, "cohort": people.cohort_id, "code": people.code}
    ids |= {"mei": mei.public_id, "lin": lin.public_id, "password": PASSWORD, **people.stages}

    def entry(name: str, *audiences: str, draft: bool = False) -> str:
        saved = diary.keep_entry(
            mei,
            Draft(body=f"What Mei wrote: {name}.", title=f"On {name}", entry_date=dt.date(2022, 9, 1)),
            creation_key=name,
            audiences=audiences,  # type: ignore[arg-type]
            as_draft=draft,
            now=YESTERDAY,
        )
        ids.update({name: saved.entry_id, f"version of {name}": str(saved.version)})
        shown = photographs.add_photograph(mei, saved.entry_id, picture(), name="ward.jpg", now=YESTERDAY)
        ids[f"photograph of {name}"] = shown.public_id
        return saved.entry_id

    for name, audience in (
        ("entry for the mentor", "mentor"),
        ("entry for the peer mentor", "peer_mentor"),
        ("entry for the faculty", "faculty"),
        ("entry for the cohort", "cohort"),
    ):
        entry(name, audience)
    entry("private entry")
    entry("draft", draft=True)
    diary.delete_entry(mei, entry("deleted entry", "mentor"), now=NOW)

    shared = ids["entry for the mentor"]
    said = feedback.comment_on(
        lin, shared, "Who else was there?", revision_number=1, quoted="What Mei wrote", now=YESTERDAY
    )
    ids["comment"] = said
    ids["answer"] = feedback.comment_on(
        mei, shared, "Nobody.", revision_number=1, answers=said, now=YESTERDAY
    )
    taken = feedback.comment_on(lin, shared, "Too quick.", revision_number=1, now=YESTERDAY)
    feedback.withdraw_comment(lin, taken, now=YESTERDAY)
    ids["withdrawn comment"] = taken
    again = diary.save_entry(
        mei,
        shared,
        Draft(body="What Mei wrote, and then changed.", title="Changed", entry_date=dt.date(2022, 9, 1)),
        version=diary.entry_version(mei, shared),
        now=NOW,
    )
    ids["version of entry for the mentor"] = str(again.version)
    portfolios.write_narrative(mei, "How I came here.", now=NOW)
    portfolios.write_narrative(lin, "What I saw.", subject_id=mei.public_id, now=NOW)
    ids["attainment"] = portfolios.record_attainment(
        mei, people.stages["Newly qualified doctor"], "Hands over doubts as well as values", "I did.",
        [shared], now=NOW,
    )  # fmt: skip

    there = programme.cohort_led(zhou, people.cohort_id, now=NOW)
    ids |= {f"member {m.login}": m.public_id for m in there.members}
    ids |= {f"match with {m.mentor_name}": m.public_id for m in there.matches if m.mentee_id == mei.public_id}
    day = dt.date(2021, 7, 1)
    stage = people.stages["Intern"]
    programme.set_stage_period(zhou, people.cohort_id, ids["member mei"], stage, starts_on=day, now=NOW)
    for name in ("prompt of Dr Lin", "withdrawn prompt"):
        asked = programme.set_prompt(lin, people.cohort_id, f"A {name}?", starts_on=day, now=NOW)
        ids[name] = asked.public_id
    programme.withdraw_prompt(lin, ids["withdrawn prompt"], now=NOW)
    met = programme.record_meeting(zhou, people.cohort_id, "On silence", held_on=day, now=NOW)
    ids["meeting"] = met.public_id
    proposed = programme.propose_match(mei, people.cohort_id, ids["member dr-osei"], now=NOW)
    ids["proposed match"] = proposed.public_id

    foreign = programme.make_programme(elsewhere, "Elsewhere", timezone="UTC", stages=STAGES[:1], now=NOW)
    ids["stage elsewhere"] = foreign.stages[0].public_id

    ids["waiting job"] = jobs.ask(mei, "site", Choices(private=True), now=NOW).public_id
    ids["done job"] = _done(jobs.ask(mei, "archive", Choices(private=True), now=NOW).public_id)
    ids["edition"], _ = portfolios.freeze_edition(mei, Choices(), now=NOW)
    portfolios.finish_edition(ids["edition"], stored_name=files.write(b"%PDF-1.7", ".pdf"), pages=9, size=8)
    make_shared(ids, people)
    ids["preset"] = portfolios.save_preset(mei, "For the review", "book", Choices(), now=NOW)
    accounts.open_session(mei.user_id, now=NOW, user_agent="a lost phone")
    ids["session"] = accounts.sessions(mei)[0].public_id
    world = World(app, people, elsewhere, ids)
    world.upload()
    world.open_sessions()
    world.before = everything()
    return world


def make_shared(ids: dict[str, str], people: People) -> None:
    """Links to Mei's edition, of each kind, and a second edition that she has submitted."""
    mei, edition = people.mei, ids["edition"]
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as bundle:
        bundle.writestr("mei-site/index.html", "<!doctype html><title>What Mei wrote</title>")
    portfolios.finish_site(edition, stored_name=files.write(zipped.getvalue(), ".zip"), size=9)
    link, ids["token"] = portfolios.make_link(mei, edition, label="An assessor", now=NOW)
    ids["share link"] = link.public_id
    _, ids["locked token"] = portfolios.make_link(mei, edition, passphrase=PASSWORD, now=NOW)
    _, ids["site token"] = portfolios.make_link(mei, edition, document="site", now=NOW)
    _, ids["ended token"] = portfolios.make_link(mei, edition, days=1, now=YESTERDAY)
    ids["review edition"], _ = portfolios.freeze_edition(mei, Choices(variant="review"), now=NOW)
    stored = files.write(b"%PDF-1.7", ".pdf")
    portfolios.finish_edition(ids["review edition"], stored_name=stored, pages=9, size=8)
    older, _ = portfolios.freeze_edition(mei, Choices(variant="review", comments=False), now=NOW)
    portfolios.finish_edition(older, stored_name=files.write(b"%PDF-1.7", ".pdf"), pages=9, size=8)
    ids["submission"] = portfolios.submit_edition(mei, older, people.cohort_id, now=NOW).public_id


def _done(job_id: str) -> str:
    """A document that was made, without its making."""
    Job.update(
        state=JobState.DONE,
        stored_name=files.write(b"PK\x05\x06" + bytes(18), ".zip"),
        display_name="Wang-Mei-archive-2022-09-14.zip",
        media_type="application/zip",
        size=22,
        finished_at=NOW,
    ).where(Job.public_id == job_id).execute()
    return job_id


def rows_written() -> int:
    """How many rows this connection has written; a second look says whether any were between."""
    db = database.current()
    if database.is_sqlite():
        return int(db.connection().total_changes)
    counted = "SELECT COALESCE(SUM(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_xact_user_tables"
    return int(database.execute(counted).fetchone()[0])


def everything() -> dict[str, list[Any]]:
    """All rows of all tables."""
    found: dict[str, list[Any]] = {}
    for table in database.tables():
        found[table._meta.table_name] = list(table.select().order_by(table._meta.primary_key).tuples())
    found["entry_index"] = sorted((entry, tuple(terms)) for entry, terms in search_index.all_terms())
    return found

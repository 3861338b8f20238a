"""The cohort for measuring, written into a site: 58 students, 9,065 entries, 407,719 words (see `scale`)."""

import datetime as dt
import hashlib
import pathlib
import secrets
from collections import defaultdict

from portfolio.demo import SIGN_INS, Progress
from portfolio.demo.scale import TASKS, ScaleRecord, records
from portfolio.domain import accounts, importing, programme
from portfolio.domain.exchange import ImportBundle, ImportedEntry, ImportedPrompt
from portfolio.domain.records import Viewer
from portfolio.store import database

EVENING = dt.time(12, 10, tzinfo=dt.UTC)


def load(instance: pathlib.Path, *, now: dt.datetime, progress: Progress = lambda done, total: None) -> bool:
    """Load the cohort into an empty site, in one transaction. False where there are people already."""
    if not accounts.no_users():
        return False
    by_student: dict[int, list[ScaleRecord]] = defaultdict(list)
    for record in records():
        by_student[record.student].append(record)
    password = f"lamp-{secrets.token_hex(4)}"
    start = dt.datetime.combine(dt.date(2020, 9, 1), EVENING)
    with database.transaction():
        students, prompts = _cohort(password, sorted(by_student), start)
        for done, (number, held) in enumerate(sorted(by_student.items()), 1):
            importing.import_bundle(students[number], _bundle(held, prompts), now=now, shared=True)
            progress(done, len(by_student))
    path = instance / SIGN_INS
    path.touch(mode=0o600)
    path.write_text(
        f"Everybody’s password: {password}\n\n  student-01 … student-58, mentor, lead\n", encoding="utf-8"
    )
    return True


def _cohort(
    password: str, numbers: list[int], start: dt.datetime
) -> tuple[dict[int, Viewer], tuple[ImportedPrompt, ...]]:
    hashed = accounts.hash_password(password)
    lead = accounts.add_user("lead", "Lead", password, account="lead", hashed=hashed, now=start)
    accounts.add_user("mentor", "Mentor", password, account="mentor", hashed=hashed, now=start)
    made = programme.make_programme(
        lead, "Scale", timezone="Asia/Shanghai", stages=programme.preset("identity"), now=start
    )
    cohort = programme.make_cohort(lead, made.public_id, "58 students", starts_on=start.date(), now=start)
    mentor = programme.add_member(
        lead, cohort.public_id, "mentor", "mentor", starts_on=start.date(), now=start
    )
    students: dict[int, Viewer] = {}
    for number in numbers:
        login = f"student-{number:02d}"
        students[number] = accounts.add_user(login, f"Student {number}", password, hashed=hashed, now=start)
        programme.add_member(lead, cohort.public_id, login, "mentee", starts_on=start.date(), now=start)
        match = programme.propose_match(students[number], cohort.public_id, mentor.public_id, now=start)
        programme.accept_match(accounts.viewer_by_login("mentor"), match.public_id, now=start)
    prompts = []
    for task in TASKS:
        prompt = programme.set_prompt(
            lead, cohort.public_id, task.text, starts_on=task.starts_on, ends_on=task.ends_on, now=start
        )
        prompts.append(
            ImportedPrompt(
                prompt.public_id, prompt.text, prompt.author_name, prompt.starts_on, prompt.ends_on
            )
        )
    return students, tuple(prompts)


def _bundle(held: list[ScaleRecord], prompts: tuple[ImportedPrompt, ...]) -> ImportBundle:
    entries = tuple(
        ImportedEntry(
            source_key=f"scale-{record.order}",
            source_name=f"record {record.order}",
            entry_date=record.date,
            title=record.title,
            body=record.body,
            sha256=hashlib.sha256(record.body.encode()).hexdigest(),
            stage_name=record.stage,
            tags=record.tags,
            audiences=frozenset(record.audiences),
            created_at=dt.datetime.combine(record.date, EVENING),
            prompt_id=None if record.task is None else prompts[record.task].public_id,
        )
        for record in held
    )
    return ImportBundle(
        source="markdown", name="scale", entries=entries, prompts=prompts, timezone="Asia/Shanghai"
    )

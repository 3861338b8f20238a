"""A diary in which everything that tells who somebody is was made up by chance, to be looked for again."""

import datetime as dt
import random
from dataclasses import dataclass, field

from portfolio.domain import accounts, diary, feedback, portfolios, programme
from portfolio.domain.diary import Draft, photographs
from portfolio.domain.programme import StageDraft
from portfolio.domain.records import Viewer
from portfolio.store.accounts import User
from portfolio.store.database import tables
from portfolio.store.programme import Member
from tests.conftest import NOW, PASSWORD
from tests.domain.test_access import PICTURE

FAMILIES, GIVEN = "亓郗逄阚夔蔺戚缪", "昊晟煜烨珩璟翊骞骜黛妤嫣芮萱鸢槿淼焱垚"
START = dt.date(2020, 9, 1)  # month 1 begins
DAYS = (dt.date(2020, 9, 14), dt.date(2021, 3, 9), dt.date(2021, 10, 23), dt.date(2022, 5, 31))
MONTHS = (1, 7, 14, 21)  # in which those lie


@dataclass
class Planted:
    viewer: Viewer
    cohort_id: str
    secrets: set[str] = field(default_factory=set)  # words that must occur nowhere
    people: dict[str, Viewer] = field(default_factory=dict)
    entries: list[str] = field(default_factory=list)


def plant(seed: int, language: str) -> Planted:
    """A student with mentor, peer mentor, fellow, lead; four shared entries with all that entries can have."""
    chance = random.Random(seed)  # noqa: S311
    start = dt.datetime.combine(START, dt.time(), dt.UTC)
    secrets: set[str] = set()

    def word() -> str:
        made = "".join(chance.choice("bdfgklmnprtvz") + chance.choice("aeiou") for _ in range(4)).capitalize()
        secrets.add(made)
        return made

    def han() -> str:
        given = "".join(chance.sample(GIVEN, 2))
        secrets.add(given)
        return chance.choice(FAMILIES) + given

    def person(account: str = "student") -> Viewer:
        name = han() if language == "zh" else f"{word()} {word()}"
        return accounts.add_user(
            word().lower(), name, PASSWORD, account=account, language=language, now=start
        )

    lead, mentor = person("lead"), person("mentor")
    student, peer, fellow = person(), person(), person()
    school = f"{word()} {word()}"
    made = programme.make_programme(
        lead, school, timezone="Asia/Shanghai", now=start,
        stages=[
            StageDraft("Student", starts_on=START, ends_on=dt.date(2021, 6, 30), objectives=(f"As {lead.name} says",)),
            StageDraft("Intern", starts_on=dt.date(2021, 7, 1), ends_on=dt.date(2022, 8, 31)),
        ],
    )  # fmt: skip
    year = f"{word()} {word()}"
    cohort = programme.make_cohort(lead, made.public_id, year, starts_on=START, now=start)
    for viewer, role in ((student, "mentee"), (fellow, "mentee"), (mentor, "mentor"), (peer, "peer_mentor")):
        programme.add_member(lead, cohort.public_id, viewer.login, role, starts_on=START, now=start)
    members = {m.login: m for m in programme.cohort_led(lead, cohort.public_id, now=NOW).members}
    for one in (mentor, peer):
        match = programme.propose_match(student, cohort.public_id, members[one.login].public_id, now=start)
        programme.accept_match(one, match.public_id, now=start)
    alias = f"{word()} {word()}"
    Member.update(alias=alias).where(Member.public_id == members[fellow.login].public_id).execute()

    prompt = programme.set_prompt(
        lead,
        cohort.public_id,
        f"What did {mentor.name} say on 14 September 2020?",
        starts_on=DAYS[0],
        now=start,
    )
    programme.record_meeting(lead, cohort.public_id, f"With {fellow.name}", held_on=DAYS[1], now=start)
    world = Planted(student, cohort.public_id, secrets, {"mentor": mentor, "peer": peer, "fellow": fellow})
    people = [student, mentor, peer, fellow, lead]
    for number, day in enumerate(DAYS):
        world.entries.append(_entry(world, number, day, people, alias, school, year, prompt.public_id))
    diary.restory(student, world.entries[3], world.entries[0])
    diary.mark_threshold(
        student, world.entries[1], kinds=["being"], before=f"I was {student.name}.", after=f"As {peer.name}.",
        helped=f"{school}, 9 March 2021", now=NOW,
    )  # fmt: skip
    portfolios.write_narrative(student, f"I am {student.name} of {school}.", now=NOW)
    portfolios.write_narrative(
        mentor, f"{student.name} came on 2020-09-14.", subject_id=student.public_id, now=NOW
    )
    stage = next(s.public_id for s in diary.stages_written_in(student) if s.name == "Student")
    portfolios.record_attainment(
        student, stage, f"Asks {mentor.name}", f"In {school}.", world.entries[:1], now=NOW
    )
    secrets |= {u.name for u in User.select()} | {u.login for u in User.select()} | {school, year, alias}
    return world


def _entry(
    world: Planted, number: int, day: dt.date, people: list[Viewer], alias: str, school: str, year: str,
    prompt: str,
) -> str:  # fmt: skip
    student, mentor = people[:2]
    names = ", ".join(p.name for p in people)
    logins = " ".join(p.login for p in people)
    passage = f"“{mentor.name} asked me twice”"
    body = (
        f"On {day.day} {day:%B %Y} ({day.isoformat()}, {day.year}年{day.month}月{day.day}日) {names} met.\n\n"
        f"{passage}, and {logins} laughed; {alias} too, in {school}, {year}.\n\n"
        f"[{student.name}](https://planted.example.org/{student.login}) wrote from {student.login}@planted.edu.cn, "
        f"called 13812345678, about record MRN00{number}48151623.\n\n"
        f"{mentor.name}: good.\n"
    )
    saved = diary.keep_entry(
        student,
        Draft(body, title=f"With {mentor.name}" if number else "", entry_date=day, tags=(f"{mentor.name} ward",),
              prompt_id=prompt if not number else ""),
        creation_key=f"{number}", audiences=("mentor", "peer_mentor", "cohort", "faculty"), now=NOW,
    )  # fmt: skip
    photographs.add_photograph(
        student, saved.entry_id, PICTURE, name=f"planted-{student.login}.png", alt=f"{mentor.name} in the hall",
        caption=f"{alias} in {school}", now=NOW,
    )  # fmt: skip
    said = feedback.comment_on(
        mentor, saved.entry_id, f"Dear {student.name}, as {people[3].name} said on {day.isoformat()}.",
        revision_number=1, quoted=passage, now=NOW,
    )  # fmt: skip
    feedback.comment_on(
        student, saved.entry_id, f"Thank you, {mentor.name}.", revision_number=1, answers=said, now=NOW
    )
    for who in people[2:4]:
        feedback.comment_on(who, saved.entry_id, f"I am {who.name}.", revision_number=1, now=NOW)
    return str(saved.entry_id)


def public_ids() -> set[str]:
    """Those of every row there is."""
    found: set[str] = set()
    for table in tables():
        if "public_id" in table._meta.fields:
            found |= {row[0] for row in table.select(table.public_id).tuples()}
    return found

"""The demonstration cohort: invented people, a calendar after Li & Zhong (2023), diaries written by hand."""

import datetime as dt
import pathlib
import secrets
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import frontmatter

from portfolio.demo.sketches import SKETCHES
from portfolio.domain import accounts, diary, feedback, portfolios, programme
from portfolio.domain.diary import Draft
from portfolio.domain.diary.photographs import add_photograph
from portfolio.domain.programme import StageDraft, preset
from portfolio.domain.records import Viewer
from portfolio.store import database

FOLDER = pathlib.Path(__file__).parent
EVENING = dt.time(12, 10, tzinfo=dt.UTC)  # ten past eight in the evening in Shanghai
READ_UNTIL = dt.date(2022, 9, 25)  # mentors have read what was granted before; the rest waits for them
SIGN_INS = "demo-sign-ins.txt"

Progress = Callable[[int, int], None]


@dataclass
class _Loading:
    """What has been made so far, by the names that the files use."""

    people: dict[str, Viewer] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    stages: dict[str, str] = field(default_factory=dict)
    prompts: dict[str, str] = field(default_factory=dict)
    members: dict[str, str] = field(default_factory=dict)
    entries: dict[tuple[str, str], str] = field(default_factory=dict)  # by login and file name
    accompanied: set[tuple[str, str]] = field(default_factory=set)  # mentor and mentee
    cohort_id: str = ""
    lead: Viewer | None = None


def sign_ins(instance: pathlib.Path) -> str:
    """The demonstration's sign-ins as they were printed when it was loaded; empty if it was not."""
    path = instance / SIGN_INS
    return path.read_text(encoding="utf-8") if path.exists() else ""


def load(instance: pathlib.Path, *, now: dt.datetime, progress: Progress = lambda done, total: None) -> bool:
    """Load the demonstration into an empty site, in one transaction. False where there are people already.

    The sign-ins, with one password made for this site, are written to a file that only its
    owner can read.
    """
    if not accounts.no_users():
        return False
    data = tomllib.loads((FOLDER / "cohort.toml").read_text(encoding="utf-8"))
    password = f"lamp-{secrets.token_hex(4)}"
    with database.transaction():
        made = _people_and_programme(data, password)
        _diaries(made, progress)
        _authors_have_looked(made)
        _texts_around(made, data)
    _write_sign_ins(instance, data, password)
    return True


def _people_and_programme(data: dict[str, Any], password: str) -> _Loading:
    made = _Loading()
    start = _moment(data["cohort"]["starts_on"])
    hashed = accounts.hash_password(password)
    for person in data["people"]:
        role = person["role"]
        account = {"mentor": "mentor", "lead": "lead"}.get(role, "student")
        made.people[person["login"]] = accounts.add_user(
            person["login"],
            person["name"],
            password,
            account=account,
            language=person.get("language", "en"),
            hashed=hashed,
            now=start,
        )
        made.roles[person["login"]] = role
    accounts.add_user("admin", "Site Administrator", password, account="admin", hashed=hashed, now=start)
    lead = made.people[next(p["login"] for p in data["people"] if p["role"] == "lead")]
    made.lead = lead
    stages = preset(data["programme"]["preset"])
    stages[-1] = StageDraft(**{**_fields(stages[-1]), "ends_on": None})  # still being written
    programme_view = programme.make_programme(
        lead,
        data["programme"]["name"],
        timezone=data["programme"]["timezone"],
        description=data["programme"]["description"],
        stages=stages,
        now=start,
    )
    made.stages = {s.name: s.public_id for s in programme_view.stages}
    cohort = programme.make_cohort(
        lead,
        programme_view.public_id,
        data["cohort"]["name"],
        starts_on=data["cohort"]["starts_on"],
        now=start,
    )
    made.cohort_id = cohort.public_id
    for person in data["people"]:
        if person["role"] != "lead":
            member = programme.add_member(
                lead, cohort.public_id, person["login"], person["role"], starts_on=person["from"], now=start
            )
            made.members[person["login"]] = member.public_id
    for match in data["matches"]:
        when = _moment(match["from"])
        proposed = programme.propose_match(
            made.people[match["mentee"]], cohort.public_id, made.members[match["mentor"]], now=when
        )
        programme.accept_match(made.people[match["mentor"]], proposed.public_id, now=when)
        made.accompanied.add((match["mentor"], match["mentee"]))
    for prompt in data["prompts"]:
        made.prompts[prompt["key"]] = programme.set_prompt(
            made.people[prompt["author"]],
            cohort.public_id,
            prompt["text"],
            starts_on=prompt["starts_on"],
            ends_on=prompt.get("ends_on"),
            stage_id=made.stages[prompt["stage"]] if "stage" in prompt else None,
            now=_moment(prompt["starts_on"]),
        ).public_id
    for meeting in data["meetings"]:
        programme.record_meeting(
            lead,
            cohort.public_id,
            meeting["title"],
            held_on=meeting["held_on"],
            now=_moment(meeting["held_on"]),
        )
    return made


def _diaries(made: _Loading, progress: Progress) -> None:
    paths = sorted(
        (path for path in (FOLDER / "diaries").glob("*/*.md") if path.name[0].isdigit()),
        key=lambda path: (path.stem, path.parent.name),
    )
    for done, path in enumerate(paths, 1):
        _entry(made, made.people[path.parent.name], path)
        progress(done, len(paths))


def _entry(made: _Loading, owner: Viewer, path: pathlib.Path) -> None:
    post = frontmatter.load(str(path))
    values: dict[str, Any] = _keys(post.metadata)
    texts = [(e["on"], e["body"]) for e in values.get("earlier", ())]
    comments = values.get("comments", ())
    final = values["date"]
    if texts:
        answered = [c["on"] for c in comments if c.get("on_revision", len(texts) + 1) <= len(texts)]
        final = max([texts[-1][0], *answered])
    texts.append((final, post.content))
    draft = Draft(
        body=texts[0][1],
        title=values["title"],
        entry_date=values["date"],
        stage_id=made.stages[values["stage"]],
        tags=tuple(str(t) for t in values.get("tags", ())),
        prompt_id=made.prompts[values["prompt"]] if values.get("prompt") else "",
        framework=_framework(values.get("framework", "")),
        reflection_mode=values.get("reflection_mode"),
    )
    events: list[tuple[dt.datetime, int, Any]] = []
    for number, (on, body) in enumerate(texts[1:], 2):
        late = dt.timedelta(hours=2) if number == len(texts) else dt.timedelta(hours=number / 4)
        events.append((_moment(on) + late, 0, body))
    events += [(_moment(c["on"]) + dt.timedelta(minutes=n), 1, c) for n, c in enumerate(comments)]
    saved = diary.keep_entry(
        owner,
        draft,
        creation_key=f"demo:{path.stem}",
        audiences=values.get("audiences", ()),
        now=_moment(values["date"]),
    )
    made.entries[owner.login, path.name] = saved.entry_id
    _photographs(owner, saved.entry_id, values)
    for when, kind, what in sorted(events, key=lambda event: event[:2]):
        if kind == 0:
            saved = diary.save_entry(
                owner,
                saved.entry_id,
                Draft(**{**_fields(draft), "body": what}),
                version=saved.version,
                now=when,
            )
        else:
            _comment(made, saved.entry_id, saved.revision_number, what, None, when)
    if values.get("threshold"):
        diary.mark_threshold(owner, saved.entry_id, now=_moment(values["date"]), **values["threshold"])
    if values.get("retells"):
        diary.restory(owner, saved.entry_id, made.entries[owner.login, values["retells"]])
    _read(made, owner, saved, values)


def _photographs(owner: Viewer, entry_id: str, values: dict[str, Any]) -> None:
    for shown in values.get("photographs", ()):
        add_photograph(
            owner,
            entry_id,
            SKETCHES[shown["sketch"]](),
            name=f"{shown['sketch']}.jpg",
            alt=shown["alt"],
            caption=shown.get("caption", ""),
            now=_moment(values["date"]),
        )


def _comment(
    made: _Loading, entry_id: str, revision: int, said: dict[str, Any], answers: str | None, when: dt.datetime
) -> None:
    comment = feedback.comment_on(
        made.people[said["by"]],
        entry_id,
        said["text"],
        revision_number=min(said.get("on_revision", revision), revision),
        quoted=said.get("quoted", ""),
        answers=answers,
        now=when,
    )
    for number, reply in enumerate(said.get("replies", ()), 1):
        _comment(
            made, entry_id, revision, reply, comment, _moment(reply["on"]) + dt.timedelta(minutes=30 + number)
        )


def _read(made: _Loading, owner: Viewer, saved: diary.Saved, values: dict[str, Any]) -> None:
    """Those who accompany the owner have read what is not quite new."""
    if values["date"] > READ_UNTIL:
        return
    for login, viewer in made.people.items():
        if made.roles[login] in values.get("audiences", ()) and (login, owner.login) in made.accompanied:
            when = max(_moment(values["date"]) + dt.timedelta(days=3), saved.written_at)
            feedback.mark_read(viewer, saved.entry_id, saved.revision_number, now=when)


def _authors_have_looked(made: _Loading) -> None:
    """Everybody has seen what was answered to them, but for the entry that was answered last."""
    for viewer in made.people.values():
        for answered in feedback.new_answers(viewer)[1:]:
            feedback.mark_read(
                viewer, answered.entry.public_id, 1, comments=answered.comments, now=answered.latest
            )


def _texts_around(made: _Loading, data: dict[str, Any]) -> None:
    for narrative in data.get("narratives", ()):
        _narrative(made, narrative["owner"], narrative, narrative["body"])
    for path in sorted((FOLDER / "diaries").glob("*/narrative*.md")):
        post = frontmatter.load(str(path))
        _narrative(made, path.parent.name, post.metadata, post.content)
    for attainment in data.get("attainments", ()):
        owner = made.people[attainment["owner"]]
        portfolios.record_attainment(
            owner,
            made.stages[attainment["stage"]],
            attainment["competency"],
            attainment["narrative"],
            [made.entries[owner.login, name] for name in attainment["evidence"]],
            now=_moment(dt.date(2022, 10, 28)),
        )


def _narrative(made: _Loading, owner: str, said: dict[str, Any], body: str) -> None:
    author = made.people[said["author"]] if "author" in said else made.people[owner]
    subject = made.people[owner].public_id if author.login != owner else None
    portfolios.write_narrative(author, body, subject_id=subject, now=_moment(said["date"]))


def _write_sign_ins(instance: pathlib.Path, data: dict[str, Any], password: str) -> None:
    lines = [f"Everybody’s password: {password}", ""]
    said = {"mentee": "student", "peer_mentor": "peer mentor"}
    lines += [f"  {p['login']:<14} {p['name']} ({said.get(p['role'], p['role'])})" for p in data["people"]]
    lines += [f"  {'admin':<14} Site Administrator (sees people, never what they wrote)", ""]
    path = instance / SIGN_INS
    path.touch(mode=0o600)
    path.write_text("\n".join(lines), encoding="utf-8")


def _keys(value: Any) -> Any:
    """The same, with the key `on` as written: YAML 1.1 takes the bare word for a boolean."""
    if isinstance(value, dict):
        return {"on" if key is True else key: _keys(inner) for key, inner in value.items()}
    return [_keys(inner) for inner in value] if isinstance(value, list) else value


def _framework(name: str) -> str:
    lowered = name.lower()
    known = {"what": "what", "gibbs": "gibbs", "kolb": "kolb", "ring": "rings"}
    return next((code for word, code in known.items() if word in lowered), "")


def _moment(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, EVENING)


def _fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}

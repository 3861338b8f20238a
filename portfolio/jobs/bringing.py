"""A diary that is brought in: what was sent is kept until all of it is in, batch after batch.

How many entries are in stands in the job's row, written in the same transaction as they; so a worker
that takes the job up again goes on from there, and one that has lost it can write nothing more.
"""

import dataclasses
import datetime as dt
import pathlib
import shutil
from typing import Any

from portfolio.config import Settings
from portfolio.domain import accounts, errors, importing
from portfolio.domain.errors import Said
from portfolio.domain.records import Viewer
from portfolio.jobs import bells
from portfolio.jobs.making import Cancelled, Progress
from portfolio.store import database, files
from portfolio.store.jobs import Job, JobState

KIND = "import"
AT_ONCE = importing.BATCH  # entries that come in while their owner waits
AT_ONCE_BYTES = 4 * 1024**2  # of what was sent
PROBLEMS_KEPT = 20
COUNTS = (
    "added", "changed", "unchanged", "shareable", "reached", "readable", "nobody", "present", "stages_made",
    "shared",
)  # fmt: skip
OPEN = (JobState.WAITING, JobState.RUNNING)


class TooMany(Exception):
    """More than its owner should wait for."""


def enter(viewer: Viewer, upload: pathlib.Path, *, shared: bool, now: dt.datetime, **held: Any) -> Job:
    """A row for what was sent, which is moved to where the job keeps it. `held`: by whom, if by somebody.

    Raises Invalid while another one is under way.
    """
    with database.transaction():
        database.in_turn(viewer.user_id)
        mine = (Job.owner == viewer.user_id) & (Job.kind == KIND) & Job.state.in_(OPEN)
        if Job.select().where(mine).exists():
            raise errors.Invalid("A diary is being brought in already. Wait until it is in, or stop it.")
        row: Job = Job.create(
            owner=viewer.user_id, kind=KIND, arguments={"shared": shared}, created_at=now,
            display_name=upload.name[:200], **held,
        )  # fmt: skip
        accounts.note(
            "import asked for", now=now, actor=viewer.user_id, subject=row.public_id, shared=int(shared)
        )
        folder = _folder(row.public_id)
        folder.mkdir(parents=True, mode=0o700)
        upload.rename(folder / upload.name)
        database.after_commit(bells.ring)
    return row


def take_in(
    row: Job, viewer: Viewer, held: Any, settings: Settings, now: dt.datetime, progress: Progress,
    most: int | None = None,
) -> None:  # fmt: skip
    """Bring in what was sent, or the rest of it. `held`: the condition under which the job is this worker's.

    Raises TooMany where it has more than `most` entries, ImportRefused, Cancelled.
    """
    from portfolio.export.import_zip import read_zip  # YAML, zips and pictures, only where they are read

    there = sorted(_folder(row.public_id).glob("*"))
    if not there:
        raise errors.NotFound("What was sent is no longer here. Choose it again.")
    bundle = read_zip(there[0], settings.archive_bytes)
    if most is not None and len(bundle.entries) > most:
        raise TooMany
    arguments = dict(row.arguments)

    def written(done: int, report: importing.ImportReport) -> None:
        counts = dataclasses.asdict(report)
        # An attempt that came further does not count among those that came to nothing
        further = {"attempt": 1} if done > arguments.get("done", 0) else {}
        arguments.update(done=done, report={name: counts[name] for name in COUNTS})
        if not Job.update(arguments=arguments, **further).where(held).execute():
            raise Cancelled

    so_far = None
    if "report" in arguments:
        so_far = arguments["done"], importing.ImportReport(**arguments["report"])
    importing.import_bundle(
        viewer, bundle, now=now, shared=bool(arguments["shared"]), progress=progress, so_far=so_far,
        written=written,
    )  # fmt: skip


def refusal(row: Job, problem: Exception) -> dict[str, Any]:
    """The values of a row whose import was refused, so that its owner can read why in their language."""
    if not isinstance(problem, errors.ImportRefused):
        return {}
    kept = [_to_json(one) for one in problem.problems[:PROBLEMS_KEPT]]
    return {"arguments": Job.get_by_id(row.id).arguments | {"problems": kept}}


def problems_of(row: Job) -> tuple[str, ...]:
    return tuple(_from_json(one) for one in row.arguments.get("problems", ()))


def let_go(job_id: str) -> bool:
    """Remove what was sent, unless it is still to come in. Returns whether it did."""
    folder = _folder(job_id)
    row = Job.get_or_none(Job.public_id == job_id)
    if not folder.exists() or (row is not None and row.state in OPEN):
        return False
    shutil.rmtree(folder, ignore_errors=True)
    return True


def sweep() -> int:
    """Remove what was sent and nobody takes in any more. Returns how many."""
    return sum(let_go(folder.name) for folder in (files.root() / "imports").glob("*"))


def _folder(job_id: str) -> pathlib.Path:
    return files.root() / "imports" / job_id


def _to_json(sentence: object) -> object:
    if not isinstance(sentence, Said):
        return sentence if isinstance(sentence, int) else str(sentence)
    return {"said": sentence.template, "fields": {k: _to_json(v) for k, v in sentence.fields.items()}}


def _from_json(kept: Any) -> Any:
    if not isinstance(kept, dict):
        return kept
    template, fields = kept["said"], kept["fields"]
    return Said(template, **{name: _from_json(field) for name, field in fields.items()})

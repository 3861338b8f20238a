"""Entries and comments for programs and spreadsheets: one JSON file, or two CSV tables in a zip.

docs/entries.schema.json describes the JSON, docs/formats.md both.
"""

import csv
import datetime as dt
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from portfolio.domain.months import month_number
from portfolio.domain.records import Comment, Entry, Portfolio, Stage
from portfolio.export.files import Progress, ZipSink, no_progress, whole_file

FORMAT, FORMAT_VERSION = "portfolio-entries", 1
BOM = "\ufeff"  # Excel takes a table without it for one in the code page of its system

# What a spreadsheet takes for a formula, which may fetch addresses and start programs; in full width too
_FORMULA = re.compile("[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")

ENTRY_COLUMNS = (
    "id", "date", "title", "stage", "tags", "text", "words", "language", "shared_with", "prompt",
    "prompt_author", "framework", "reflection_mode", "threshold_kinds", "threshold_before",
    "threshold_after", "threshold_helped", "retells", "photographs", "comments", "revision", "written_at",
)  # fmt: skip
COMMENT_COLUMNS = (
    "id", "entry", "entry_date", "entry_title", "answers", "author", "role", "own", "written_at", "revision",
    "quoted", "text",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DataResult:
    path: Path
    entries: int
    comments: int


def write_json(portfolio: Portfolio, target: Path, progress: Progress = no_progress) -> DataResult:
    """Writes the JSON file, one entry after another. Equal content gives equal bytes. Raises OSError."""
    head = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "owner": {"id": portfolio.owner_id, "name": portfolio.owner_name, "language": portfolio.language},
        "programme": portfolio.programme_name,
        "cohort": portfolio.cohort_name,
        "timezone": portfolio.timezone,
        "period": {"from": _day(portfolio.starts_on), "to": _day(portfolio.ends_on)},
        "left_out": portfolio.left_out,
        "content_hash": portfolio.content_hash,
        "stages": [_stage(stage) for stage in portfolio.stages],
    }
    total = len(portfolio.entries)
    progress(0, total)
    with whole_file(target) as stream:
        stream.write(_json(head)[:-2].encode() + b',\n "entries": [')
        for done, entry in enumerate(portfolio.entries, 1):
            stream.write((b",\n" if done > 1 else b"\n") + _json(_entry(entry)).encode())
            progress(done, total)
        stream.write(b"\n ]\n}\n")
    return DataResult(target, total, sum(len(list(threads(e.comments))) for e in portfolio.entries))


def write_csv(portfolio: Portfolio, target: Path, progress: Progress = no_progress) -> DataResult:
    """Writes a zip with entries.csv and comments.csv: UTF-8 with BOM, CRLF, safe in a spreadsheet.

    Raises OSError.
    """
    entries, comments = _Table(ENTRY_COLUMNS), _Table(COMMENT_COLUMNS)
    total = len(portfolio.entries)
    progress(0, total)
    for done, entry in enumerate(portfolio.entries, 1):
        entries.add(_entry_row(entry))
        for comment, answers in threads(entry.comments):
            comments.add(_comment_row(entry, comment, answers))
        progress(done, total)
    with whole_file(target) as stream, ZipSink(stream) as zipped:
        zipped.add("entries.csv", entries.bytes())
        zipped.add("comments.csv", comments.bytes())
    return DataResult(target, entries.rows, comments.rows)


def threads(comments: Sequence[Comment], answers: str | None = None) -> Iterator[tuple[Comment, str | None]]:
    """Comments in the order of reading, each with the id of the one that it answers.

    One that was taken back is there for the sake of its answers only.
    """
    for comment in comments:
        if not comment.withdrawn or comment.replies:
            yield comment, answers
        yield from threads(comment.replies, comment.public_id)


def safe_cell(value: object) -> str:
    """A cell that no spreadsheet computes: what looks like a formula begins with an apostrophe."""
    text = "" if value is None else str(value)
    return f"'{text}" if _FORMULA.match(text) else text


class _Table:
    def __init__(self, columns: Sequence[str]) -> None:
        self.rows = 0
        self._out = io.StringIO()
        self._writer = csv.writer(self._out, lineterminator="\r\n")
        self._writer.writerow(columns)

    def add(self, row: Sequence[object]) -> None:
        self.rows += 1
        self._writer.writerow([safe_cell(value) for value in row])

    def bytes(self) -> bytes:
        return (BOM + self._out.getvalue()).encode()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def _stage(stage: Stage) -> dict[str, object]:
    return {
        "id": stage.public_id,
        "name": stage.name,
        "identity_label": stage.identity_label,
        "from": _day(stage.starts_on),
        "to": _day(stage.ends_on),
    }


def _entry(entry: Entry) -> dict[str, object]:
    return {
        "id": entry.public_id,
        "date": _day(entry.entry_date),
        "title": entry.title,
        "text": entry.body,
        "language": entry.language,
        "words": entry.words,
        "stage": entry.stage.public_id if entry.stage else None,
        "tags": list(entry.tags),
        "shared_with": sorted(entry.audiences),
        "prompt": {"text": entry.prompt.text, "author": entry.prompt.author_name} if entry.prompt else None,
        "framework": entry.framework,
        "reflection_mode": entry.reflection_mode,
        "threshold": asdict(entry.threshold) if entry.threshold else None,
        "retells": entry.retells,
        "returned_to": list(entry.returned_to),
        "photographs": [
            {"id": p.public_id, "alt": p.alt, "caption": p.caption, "width": p.width, "height": p.height}
            for p in entry.photographs
        ],
        "revision": entry.revision_number,
        "written_at": _moment(entry.written_at),
        "comments": [_comment(comment, answers) for comment, answers in threads(entry.comments)],
    }


def _comment(comment: Comment, answers: str | None) -> dict[str, object]:
    return {
        "id": comment.public_id,
        "answers": answers,
        "author": comment.author_name,
        "role": comment.author_role,
        "own": comment.own,
        "written_at": _moment(comment.written_at),
        "revision": comment.revision_number,
        "quoted": comment.quoted,
        "text": comment.body,
        "language": comment.language,
        "withdrawn": comment.withdrawn,
    }


def _entry_row(entry: Entry) -> list[object]:
    mark = entry.threshold
    return [
        entry.public_id, _day(entry.entry_date), entry.title, entry.stage.name if entry.stage else "",
        "; ".join(entry.tags), entry.body, entry.words, entry.language, "; ".join(sorted(entry.audiences)),
        entry.prompt.text if entry.prompt else "", entry.prompt.author_name if entry.prompt else "",
        entry.framework, entry.reflection_mode, "; ".join(mark.kinds) if mark else "",
        mark.before if mark else "", mark.after if mark else "", mark.helped if mark else "", entry.retells,
        len(entry.photographs), len(list(threads(entry.comments))), entry.revision_number,
        _moment(entry.written_at),
    ]  # fmt: skip


def _comment_row(entry: Entry, comment: Comment, answers: str | None) -> list[object]:
    return [
        comment.public_id, entry.public_id, _day(entry.entry_date), entry.title, answers,
        comment.author_name, comment.author_role, "yes" if comment.own else "no",
        _moment(comment.written_at), comment.revision_number, comment.quoted, comment.body,
    ]  # fmt: skip


def _day(day: dt.date | None) -> str | None:
    """As 2021-03-31; a counted month as "month 14"."""
    number = month_number(day) if day else None
    return f"month {number}" if number else day.isoformat() if day else None


def _moment(moment: dt.datetime) -> str:
    number = month_number(moment.date())
    return f"month {number}" if number else moment.astimezone(dt.UTC).isoformat()

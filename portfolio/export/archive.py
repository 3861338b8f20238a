"""The open archive: what a student keeps for life, and can bring back.

A BagIt bag (RFC 8493) of Markdown files with front matter, photographs, editions and the static
site. `read_archive` takes it back.
"""

import datetime as dt
import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from string import Template
from types import MappingProxyType

import portfolio as package
from portfolio.domain.errors import Conflict
from portfolio.domain.records import Comment, Entry, Narrative, Portfolio, Prompt, Revision, Stage
from portfolio.domain.text import safe_filename, slug
from portfolio.export import bag
from portfolio.export.archive_reading import FORMAT, FORMAT_VERSION, ID, read_archive
from portfolio.export.environment import day_text, local_day, resource
from portfolio.export.files import (
    FolderSink,
    Progress,
    Sink,
    ZipSink,
    beside,
    no_progress,
    sync_folder,
    whole_file,
)
from portfolio.export.front_matter import document
from portfolio.export.site import EXTENSIONS, Site

__all__ = ["ArchiveResult", "read_archive", "write_archive"]


@dataclass(frozen=True, slots=True)
class ArchiveResult:
    path: Path
    entries: int
    files: int
    bytes: int  # of all files, before compression
    missing: tuple[str, ...]  # ids of photographs whose file is not there any more


def write_archive(
    portfolio: Portfolio,
    target: Path,
    editions: Mapping[str, Path] = MappingProxyType({}),
    progress: Progress = no_progress,
) -> ArchiveResult:
    """Writes the archive: into a zip where `target` ends in .zip, else into a new folder.

    `editions` are PDF files to put beside the texts, by the name that they get. Equal input gives
    equal bytes. A zip that is there is replaced. Raises Conflict for a folder that is there and
    not empty, and OSError.
    """
    archive = _Archive(portfolio, editions)
    if target.suffix.lower() == ".zip":
        base = f"diary-{slug(portfolio.owner_login)}"  # a bag in a zip has a folder of its own
        with whole_file(target) as stream, ZipSink(stream, base) as zipped:
            return archive.write(zipped, target, progress)
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise Conflict("%(path)s is there already. Choose another folder, or empty it.", path=str(target))
    part = beside(target)
    try:
        part.mkdir(parents=True)
        result = archive.write(FolderSink(part, fresh=True), target, progress)
        if target.exists():
            target.rmdir()
        part.rename(target)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    sync_folder(target.parent)
    return result


class _Archive:
    """The files of one archive, made one by one."""

    def __init__(self, portfolio: Portfolio, editions: Mapping[str, Path]) -> None:
        self.portfolio = portfolio
        self.editions = {safe_filename(name, "edition.pdf"): path for name, path in editions.items()}
        self.site = Site(portfolio, photographs="../attachments")  # which are there anyway
        self.missing = set(self.site.missing)
        self.ids = {entry.public_id for entry in portfolio.entries}
        self.entries: list[dict[str, object]] = []  # their rows in manifest.json

    def write(self, sink: Sink, target: Path, progress: Progress) -> ArchiveResult:
        hashes: dict[str, str] = {}
        entries = self.portfolio.entries
        total = self.site.total + len(self.editions) + len(self.portfolio.narratives) + 6
        total += sum(1 + len(e.revisions) + _count(e.comments) + len(e.photographs) for e in entries)
        total -= len(self.missing)
        progress(0, total)
        for done, (path, content) in enumerate(self._payload(), 1):
            hashes[path] = sink.add(path, content)
            progress(done, total)
        tags: dict[str, bytes] = {
            "bag-info.txt": bag.info(self._info(sink)),
            "bagit.txt": bag.DECLARATION,
            bag.MANIFEST: bag.manifest(hashes),
        }
        tag_hashes = {path: sink.add(path, content) for path, content in tags.items()}
        sink.add(bag.TAG_MANIFEST, bag.manifest(tag_hashes))
        progress(total, total)
        return ArchiveResult(target, len(entries), sink.files, sink.size, tuple(sorted(self.missing)))

    def _info(self, sink: Sink) -> dict[str, str]:
        made = local_day(self.portfolio.made_at, self.portfolio.timezone)
        return {
            "Source-Organization": self.portfolio.programme_name or self.portfolio.owner_name,
            "Contact-Name": self.portfolio.owner_name,
            "External-Description": "A reflective diary, to keep and to bring back",
            "External-Identifier": self.portfolio.owner_id,
            "Bagging-Date": made.isoformat(),
            "Payload-Oxum": f"{sink.size}.{sink.files}",
            "Bag-Software-Agent": f"portfolio {package.__version__}",
        }

    def _payload(self) -> Iterator[tuple[str, bytes | Path]]:
        yield "data/README.md", self._readme()
        for entry in self.portfolio.entries:
            yield from self._entry(entry)
        narratives: list[dict[str, object]] = []
        for n, narrative in enumerate(self.portfolio.narratives, 1):
            path = f"data/narratives/{n:03}-{narrative.kind}.md"
            narratives.append({"path": path.removeprefix("data/")})
            yield path, _narrative(narrative)
        for name, edition in self.editions.items():
            yield f"data/editions/{name}", edition
        for path, content in self.site.files():
            yield f"data/site/{path}", content
        yield "data/manifest.json", self._manifest(narratives)

    def _readme(self) -> bytes:
        made = local_day(self.portfolio.made_at, self.portfolio.timezone)
        words = Template(resource("templates", "archive", "README.md").read_text("utf-8"))
        name = " ".join(self.portfolio.owner_name.split())
        return words.substitute(name=name, day=day_text(made, "en"), day_zh=day_text(made, "zh")).encode()

    def _entry(self, entry: Entry) -> Iterator[tuple[str, bytes | Path]]:
        key = _checked(entry.public_id)
        name = f"{entry.entry_date.isoformat()}-{slug(entry.title)}-{key}"
        path = f"entries/{entry.entry_date.year:04}/{name}.md"
        pictures: list[dict[str, object]] = []
        for photograph in entry.photographs:
            if photograph.public_id in self.missing:
                continue
            extension = EXTENSIONS.get(photograph.media_type, ".jpg")
            where = f"attachments/{_checked(photograph.public_id)}{extension}"
            facts = asdict(photograph)
            del facts["path"], facts["sha256"]
            pictures.append({"id": facts.pop("public_id"), "path": where, **facts})
            yield f"data/{where}", Path(photograph.path)
        revisions = [f"revisions/{key}/{revision.number:03}.md" for revision in entry.revisions]
        for where, revision in zip(revisions, entry.revisions, strict=True):
            yield f"data/{where}", _revision(entry, revision)
        comments: list[str] = []
        for n, (comment, answers) in enumerate(_threads(entry.comments), 1):
            comments.append(f"comments/{key}/{n:03}.md")
            yield f"data/{comments[-1]}", _comment(entry, comment, answers)
        facts = _facts(entry, pictures)
        if entry.retells not in self.ids:
            facts["links"] = {"retells": None, "returned_to": list(entry.returned_to)}
        yield f"data/{path}", document(facts, entry.body)
        self.entries.append(
            {
                "id": key,
                "path": path,
                "sha256": _hash(entry.body),
                "revisions": revisions,
                "comments": comments,
            }
        )

    def _manifest(self, narratives: list[dict[str, object]]) -> bytes:
        p = self.portfolio
        content = {
            "format": FORMAT,
            "version": FORMAT_VERSION,
            "made_at": _moment(p.made_at),
            "content_hash": p.content_hash,
            "owner": {"id": p.owner_id, "login": p.owner_login, "name": p.owner_name, "language": p.language},
            "programme": {"name": p.programme_name, "cohort": p.cohort_name, "timezone": p.timezone},
            "period": {"from": _day(p.starts_on), "to": _day(p.ends_on)},
            "stages": [_stage(stage) for stage in _stages(p)],
            "prompts": [_prompt(prompt) for prompt in _prompts(p)],
            "meetings": [
                {"id": m.public_id, "held_on": _day(m.held_on), "title": m.title} for m in p.meetings
            ],
            "attainments": self._attainments(),
            "narratives": narratives,
            "entries": self.entries,
            "editions": [f"editions/{name}" for name in self.editions],
        }
        return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()

    def _attainments(self) -> list[dict[str, object]]:
        """Those of stages that are here; a selection may leave out their evidence too."""
        stages = {stage.public_id for stage in _stages(self.portfolio)}
        return [
            asdict(attainment) | {"evidence": [key for key in attainment.evidence if key in self.ids]}
            for attainment in self.portfolio.attainments
            if attainment.stage_id in stages
        ]


def _facts(entry: Entry, pictures: list[dict[str, object]]) -> dict[str, object]:
    return {
        "id": entry.public_id,
        "title": entry.title,
        "entry_date": _day(entry.entry_date),
        "written_at": _moment(entry.written_at),
        "created_at": _moment(entry.created_at),
        "draft": entry.draft,
        "stage": entry.stage.name if entry.stage else None,
        "stage_id": entry.stage.public_id if entry.stage else None,
        "prompt": entry.prompt.text if entry.prompt else None,
        "prompt_id": entry.prompt.public_id if entry.prompt else None,
        "framework": entry.framework,
        "reflection_mode": entry.reflection_mode,
        "threshold": asdict(entry.threshold) if entry.threshold else None,
        "tags": list(entry.tags),
        "audiences": sorted(entry.audiences),
        "links": {"retells": entry.retells, "returned_to": list(entry.returned_to)},
        "photographs": pictures,
        "revision": entry.revision_number,
        "sha256": _hash(entry.body),
    }


def _revision(entry: Entry, revision: Revision) -> bytes:
    facts: dict[str, object] = {
        "entry": entry.public_id,
        "revision": revision.number,
        "title": revision.title,
        "written_at": _moment(revision.written_at),
        "sha256": _hash(revision.body),
    }
    return document(facts, revision.body)


def _comment(entry: Entry, comment: Comment, answers: str | None) -> bytes:
    facts: dict[str, object] = {
        "id": comment.public_id,
        "entry": entry.public_id,
        "revision": comment.revision_number,
        "author": comment.author_name,
        "author_role": comment.author_role,
        "own": comment.own,
        "written_at": _moment(comment.written_at),
        "answers": answers,
        "quoted": comment.quoted,
        "quote_start": comment.quote_start,
        "quote_end": comment.quote_end,
        "withdrawn": comment.withdrawn,
        "sha256": _hash(comment.body),
    }
    return document(facts, comment.body)


def _narrative(narrative: Narrative) -> bytes:
    facts: dict[str, object] = {
        "kind": narrative.kind,
        "author": narrative.author_name,
        "written_on": _day(narrative.written_on),
        "sha256": _hash(narrative.body),
    }
    return document(facts, narrative.body)


def _stage(stage: Stage) -> dict[str, object]:
    facts = asdict(stage)
    del facts["passes"]
    facts |= {"starts_on": _day(stage.starts_on), "ends_on": _day(stage.ends_on)}
    if len(stage.passes) > 1:
        facts["passes"] = [
            {"number": one.number, "starts_on": _day(one.starts_on), "ends_on": _day(one.ends_on)}
            for one in stage.passes
        ]
    return {"id": facts.pop("public_id"), **facts}


def _prompt(prompt: Prompt) -> dict[str, object]:
    facts = asdict(prompt)
    facts |= {"starts_on": _day(prompt.starts_on), "ends_on": _day(prompt.ends_on)}
    return {"id": facts.pop("public_id"), **facts}


def _stages(portfolio: Portfolio) -> list[Stage]:
    """Those of the programme, then those of former programmes that entries still have."""
    stages = {stage.public_id: stage for stage in portfolio.stages}
    for entry in portfolio.entries:
        if entry.stage:
            stages.setdefault(entry.stage.public_id, entry.stage)
    return list(stages.values())


def _prompts(portfolio: Portfolio) -> list[Prompt]:
    prompts = {prompt.public_id: prompt for prompt in portfolio.prompts}
    for entry in portfolio.entries:
        if entry.prompt:
            prompts.setdefault(entry.prompt.public_id, entry.prompt)
    return list(prompts.values())


def _threads(comments: Sequence[Comment], answers: str | None = None) -> Iterator[tuple[Comment, str | None]]:
    """Comments in the order of reading, each with the id of the one that it answers."""
    for comment in comments:
        yield comment, answers
        yield from _threads(comment.replies, comment.public_id)


def _count(comments: Sequence[Comment]) -> int:
    return sum(1 for _ in _threads(comments))


def _checked(public_id: str) -> str:
    if not ID.fullmatch(public_id):
        raise ValueError(f"{public_id!r} cannot name a file")
    return public_id


def _hash(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def _day(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def _moment(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat()

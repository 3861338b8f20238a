"""A folder of Markdown files with front matter: what a newcomer brings.

Each file is one entry. Front matter is YAML (between ---) or TOML (between +++), under the names
that other programs use as well. All problems are told at once, with those that the diary finds
afterwards, and then nothing is taken.
"""

import datetime as dt
import hashlib
import os
import re
import stat
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from portfolio.domain.errors import ImportRefused, Said
from portfolio.domain.exchange import BODY_BYTES, ImportBundle, ImportedEntry, ImportedStage
from portfolio.domain.markup import excerpt, plain
from portfolio.domain.text import normalise
from portfolio.export.bag import shown_name
from portfolio.export.decoding import decoded
from portfolio.export.files import Progress, no_progress
from portfolio.export.markdown_fields import FRONT_MATTER_MOST, Fields, split
from portfolio.export.written_dates import day_in_name, written_moment

SUFFIXES = {".md", ".markdown", ".mdown", ".txt"}
NAMED_MOST = 10  # files of other kinds that are told by name
FILES_MOST = 20_000
TOTAL_MOST = 512 * 1024**2  # bytes
TITLE_MOST = 300  # characters of a title made from the text
WORDS_MOST = 60  # characters of a title made from the first words
OPENING_MOST = 2000  # characters in which first words are looked for
STAGE_MOST = 200

_ASIDE = re.compile(r"(?:readme|licen[cs]e|changelog|_?index)(?:\.[\w-]+)?", re.IGNORECASE)
_HEADING = re.compile(r"[ ]{0,3}#{1,6}[ \t]+(.*?)[ \t]*#*[ \t]*")


def read_markdown_folder(path: Path, progress: Progress = no_progress) -> ImportBundle:
    """The entries of all Markdown and text files in `path` and the folders within.

    Hidden files are passed over, files of other kinds too (and told in `remarks`). Stages are in the
    order of their first entries. `problems` has a sentence for each file that cannot be taken, which
    names it: no date, or one that does not exist or can be read in two ways; front matter that
    cannot be read; what is no text, too long, or a link out of the folder. Raises ImportRefused
    where there is no such folder, or nothing in it.
    """
    root = Path(path).resolve()
    if not root.is_dir():
        raise ImportRefused([Said("%(file)s: there is no such folder.", file=path)])
    folder = _Folder(root)
    files = list(folder.files())
    found: list[_Found] = []
    progress(0, len(files))
    for done, file in enumerate(files, 1):
        try:
            read = folder.read(file)
        except OSError as error:
            folder.told(file, Said("it cannot be read (%(reason)s)", reason=error.strerror))
        except ValueError as problem:
            folder.told(file, problem.args[0])
        else:
            found += [read] if read else []
        progress(done, len(files))
    if not found and not folder.problems:
        raise ImportRefused(
            [Said("%(file)s: there is no Markdown or text file in this folder.", file=root.name)]
        )
    found.sort(key=lambda one: one.order)
    entries = tuple(one.entry for one in found)
    return ImportBundle(
        "markdown", root.name, entries, _stages(entries),
        remarks=folder.remarks(), problems=tuple(folder.problems),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Found:
    entry: ImportedEntry
    order: tuple[dt.date, dt.time, list[tuple[int, str]]]


class _Folder:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems: list[str] = []
        self.other: list[str] = []  # names of files of other kinds
        self.fields: Counter[str] = Counter()  # front matter that means nothing here
        self.aside: list[str] = []
        self.stages: dict[str, str] = {}  # the first spelling of each name

    def name_of(self, file: Path) -> str:
        return shown_name(unicodedata.normalize("NFC", file.relative_to(self.root).as_posix()))

    def told(self, file: Path, reason: str) -> None:
        """A problem of a file; `reason` is a clause."""
        self.problems.append(Said("%(file)s: %(reason)s.", file=self.name_of(file), reason=reason))

    def files(self) -> Iterator[Path]:
        """Regular files with a known suffix, by name. Problems with what they are go into `problems`."""
        total = count = 0
        for folder, folders, names in os.walk(self.root, onerror=self._closed):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted([*folders, *names]):
                file = Path(folder, name)
                mode = file.lstat().st_mode
                if name.startswith(".") or stat.S_ISDIR(mode):
                    continue
                if stat.S_ISLNK(mode):
                    self._link(file)
                elif file.suffix.lower() not in SUFFIXES:
                    self.other.append(self.name_of(file))
                elif not stat.S_ISREG(mode):
                    self.told(file, Said("it is not a file that can be read"))
                else:
                    count, total = count + 1, total + file.stat().st_size
                    if count > FILES_MOST or total > TOTAL_MOST:
                        self.problems.append(
                            Said(
                                "%(file)s: it has more than %(files)s files or %(size)s MB of text.",
                                file=self.root.name, files=f"{FILES_MOST:,}", size=TOTAL_MOST // 1024**2,
                            )
                        )  # fmt: skip
                        return
                    yield file

    def _closed(self, error: OSError) -> None:
        self.told(Path(error.filename), Said("it cannot be opened (%(reason)s)", reason=error.strerror))

    def _link(self, file: Path) -> None:
        target = Path(os.path.realpath(file))
        if not target.is_relative_to(self.root):
            self.told(file, Said("it is a link that leaves the folder"))
        elif target.exists():
            self.aside.append(
                Said(
                    "%(file)s: left aside, since it is a link to another file here.", file=self.name_of(file)
                )
            )
        else:
            self.told(file, Said("it is a link to nothing"))

    def read(self, file: Path) -> _Found | None:
        """One file. Raises ValueError with the reason as a sentence, and OSError."""
        name = self.name_of(file)
        if file.stat().st_size > 2 * BODY_BYTES + 4 * FRONT_MATTER_MOST:  # UTF-16 takes twice the room
            raise ValueError(_too_long())
        text = normalise(decoded(file.read_bytes()))
        values, body = split(text)
        body = body.strip("\n").rstrip()
        if not body:
            raise ValueError(Said("it has no text") if values else Said("it is empty"))
        if len(body.encode()) > BODY_BYTES:
            raise ValueError(_too_long())
        fields = Fields(values)
        day, time, zone = _day(fields, file)
        if day is None:
            if _ASIDE.fullmatch(file.stem):
                self.aside.append(
                    Said("%(file)s: left aside, since it has no date and is no entry by its name.", file=name)
                )
                return None
            raise ValueError(
                Said(
                    "it has no date; write one into its front matter, like date: 2022-09-14, "
                    "or begin its name with it"
                )
            )
        title = fields.text("title") or ""
        if not title:
            title, body = _title(body)
        created = _created(fields, day, time, zone)
        self.fields.update(fields.unknown())
        return _Found(
            ImportedEntry(
                source_key=f"{shown_name(unicodedata.normalize('NFC', self.root.name))}/{name}",
                source_name=name,
                entry_date=day,
                title=title,
                body=body,
                sha256=hashlib.sha256(body.encode()).hexdigest(),
                stage_name=self._stage(fields),
                tags=_tags(fields),
                created_at=created,
                draft=fields.yes("draft"),
            ),
            (day, time or dt.time.min, _natural(file.relative_to(self.root).with_suffix(""))),
        )

    def _stage(self, fields: "Fields") -> str | None:
        name = fields.text("stage")
        if not name:
            return None
        if len(name) > STAGE_MOST:
            raise ValueError(Said("its stage has more than %(most)s characters", most=STAGE_MOST))
        return self.stages.setdefault(name.casefold(), name)

    def remarks(self) -> tuple[str, ...]:
        out = list(self.aside)
        if self.other:
            files = ", ".join(self.other[:NAMED_MOST]) + (", …" if len(self.other) > NAMED_MOST else "")
            out.append(
                Said("A file of another kind was left aside: %(files)s.", files=files)
                if len(self.other) == 1
                else Said(
                    "%(count)s files of other kinds were left aside: %(files)s.",
                    count=len(self.other),
                    files=files,
                )
            )
        for name, times in sorted(self.fields.items()):
            out.append(
                Said("The field “%(name)s” was left out; it is in one file.", name=name)
                if times == 1
                else Said(
                    "The field “%(name)s” was left out; it is in %(count)s files.", name=name, count=times
                )
            )
        return tuple(out)


def _day(fields: Fields, file: Path) -> tuple[dt.date | None, dt.time | None, dt.tzinfo | None]:
    found = fields.get("date")
    if found is None:
        return day_in_name(file.stem), None, None
    if not isinstance(found[1], str):
        raise ValueError(Said("its %(name)s is not a date", name=found[0]))
    return written_moment(found[1])


def _created(
    fields: Fields, day: dt.date, time: dt.time | None, zone: dt.tzinfo | None
) -> dt.datetime | None:
    """When the file says that it was made; only an instant with an offset says so."""
    found = fields.get("created")
    if found is not None and isinstance(found[1], str):
        day, time, zone = written_moment(found[1])
    if time is None or zone is None:
        return None
    try:
        return dt.datetime.combine(day, time, zone).astimezone(dt.UTC)
    except OverflowError:
        return None


def _tags(fields: Fields) -> tuple[str, ...]:
    tags: dict[str, str] = {}
    for field in ("tags", "categories"):
        found = fields.get(field)
        if found is None:
            continue
        name, value = found
        if isinstance(value, str):
            value = re.split(r"\s+" if value.startswith("#") else r"[,，、;；]", value)
        if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
            raise ValueError(Said("its %(name)s are not a list of words", name=name))
        for tag in value:
            word = " ".join(tag.split()).lstrip("#").strip(" ,")
            if word:
                tags.setdefault(word.casefold(), word)
    return tuple(tags.values())


def _title(body: str) -> tuple[str, str]:
    """A title from the first heading, else from the first words; and the body.

    A heading that the text begins with becomes the title; one further down stays in its place too.
    """
    lines = body.split("\n")
    fenced = False
    for number, line in enumerate(lines):
        fenced ^= line.lstrip().startswith(("```", "~~~"))
        match = None if fenced else _HEADING.fullmatch(line)
        underlined = number + 1 < len(lines) and re.fullmatch(r"=+[ \t]*", lines[number + 1]) and line.strip()
        if not match and (not underlined or fenced):
            continue
        written = (match[1] if match else line).strip()
        title = " ".join(plain(written).split())
        if not title:
            continue
        rest = "\n".join(lines[number + (1 if match else 2) :]).strip("\n")
        if title == written and rest.strip() and not any(before.strip() for before in lines[:number]):
            body = rest
        return excerpt(title, TITLE_MOST), body
    return excerpt(body[:OPENING_MOST], WORDS_MOST), body


def _stages(entries: tuple[ImportedEntry, ...]) -> tuple[ImportedStage, ...]:
    days: dict[str, list[dt.date]] = {}
    for entry in entries:
        if entry.stage_name:
            days.setdefault(entry.stage_name, []).append(entry.entry_date)
    return tuple(
        ImportedStage(name, position, identity_label=name, starts_on=min(found), ends_on=max(found))
        for position, (name, found) in enumerate(days.items(), 1)
    )


def _natural(path: Path) -> list[tuple[int, str]]:
    """Sorts 2 before 10, and a day's file before its second and third."""
    return [
        (int(part), "") if part.isdecimal() else (-1, part.casefold())
        for part in re.split(r"(\d+)", path.as_posix())
    ]


def _too_long() -> Said:
    return Said("it has more than %(size)s MB of text", size=BODY_BYTES // 1024**2)

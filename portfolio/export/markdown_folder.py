"""A folder of Markdown files with front matter: what a newcomer brings.

Each file is one entry. Front matter is YAML (between ---) or TOML (between +++), under the names
that other programs use as well. All problems are told at once, and then nothing is taken.
"""

import datetime as dt
import hashlib
import os
import re
import stat
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from portfolio.domain.errors import ImportRefused
from portfolio.domain.exchange import BODY_BYTES, ImportBundle, ImportedEntry, ImportedStage
from portfolio.domain.markup import excerpt, plain
from portfolio.domain.text import normalise
from portfolio.export.bag import refuse, shown_name
from portfolio.export.decoding import decoded
from portfolio.export.files import Progress, no_progress
from portfolio.export.written_dates import day_in_name, written_moment

SUFFIXES = {".md", ".markdown", ".mdown", ".txt"}
FILES_MOST = 20_000
TOTAL_MOST = 512 * 1024**2  # bytes
FRONT_MATTER_MOST = 64 * 1024  # characters
TITLE_MOST = 300  # characters of a title made from the text
WORDS_MOST = 60  # characters of a title made from the first words
OPENING_MOST = 2000  # characters in which first words are looked for
STAGE_MOST = 200

NAMES = {  # what a field may be called, the first that is there is taken
    "date": ("date", "entry_date", "day", "日期", "datum", "fecha", "дата", "created", "created_at"),
    "created": ("created", "created_at"),
    "title": ("title", "subject", "标题", "titel", "titre", "título", "titolo", "заголовок"),
    "stage": ("stage", "phase", "阶段"),
    "tags": ("tags", "tag", "keywords", "标签"),
    "categories": ("categories", "category", "分类"),
    "draft": ("draft", "草稿"),
}
_KNOWN = {name for names in NAMES.values() for name in names}
_ASIDE = re.compile(r"(?:readme|licen[cs]e|changelog|_?index)(?:\.[\w-]+)?", re.IGNORECASE)
_FENCE = {"---": ("---", "..."), "+++": ("+++",)}
_HEADING = re.compile(r"[ ]{0,3}#{1,6}[ \t]+(.*?)[ \t]*#*[ \t]*")
_YES, _NO = {"true", "yes", "on", "1", "是"}, {"false", "no", "off", "0", "", "否"}
_BaseLoader: type[yaml.BaseLoader] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def read_markdown_folder(path: Path, progress: Progress = no_progress) -> ImportBundle:
    """The entries of all Markdown and text files in `path` and the folders within.

    Hidden files are passed over, files of other kinds too (and told in `remarks`). Stages are in the
    order of their first entries. Raises ImportRefused with a sentence for each problem, which
    names the file: no date, or one that does not exist or can be read in two ways; front matter
    that cannot be read; what is no text, too long, or a link out of the folder.
    """
    root = Path(path).resolve()
    if not root.is_dir():
        raise ImportRefused([f"{path}: there is no such folder."])
    folder = _Folder(root)
    files = list(folder.files())
    refuse(folder.problems)
    found: list[_Found] = []
    progress(0, len(files))
    for done, file in enumerate(files, 1):
        try:
            read = folder.read(file)
        except OSError as error:
            folder.problems.append(f"{folder.name_of(file)}: it cannot be read ({error.strerror}).")
        except ValueError as problem:
            folder.problems.append(f"{folder.name_of(file)}: {problem}.")
        else:
            found += [read] if read else []
        progress(done, len(files))
    refuse(folder.problems)
    if not found:
        raise ImportRefused([f"{root.name}: there is no Markdown or text file in this folder."])
    found.sort(key=lambda one: one.order)
    entries = tuple(one.entry for one in found)
    return ImportBundle("markdown", root.name, entries, _stages(entries), remarks=folder.remarks())


@dataclass(frozen=True, slots=True)
class _Found:
    entry: ImportedEntry
    order: tuple[dt.date, dt.time, list[tuple[int, str]]]


class _Folder:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems: list[str] = []
        self.other: Counter[str] = Counter()  # files of other kinds, by suffix
        self.fields: Counter[str] = Counter()  # front matter that means nothing here
        self.aside: list[str] = []
        self.stages: dict[str, str] = {}  # the first spelling of each name

    def name_of(self, file: Path) -> str:
        return shown_name(unicodedata.normalize("NFC", file.relative_to(self.root).as_posix()))

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
                    self.other[file.suffix.lower()] += 1
                elif not stat.S_ISREG(mode):
                    self.problems.append(f"{self.name_of(file)}: it is not a file that can be read.")
                else:
                    count, total = count + 1, total + file.stat().st_size
                    if count > FILES_MOST or total > TOTAL_MOST:
                        self.problems.append(
                            f"{self.root.name}: it has more than {FILES_MOST:,} files, or more than "
                            f"{TOTAL_MOST // 1024**2} MB of text."
                        )
                        return
                    yield file

    def _closed(self, error: OSError) -> None:
        self.problems.append(f"{self.name_of(Path(error.filename))}: it cannot be opened ({error.strerror}).")

    def _link(self, file: Path) -> None:
        target = Path(os.path.realpath(file))
        if not target.is_relative_to(self.root):
            self.problems.append(f"{self.name_of(file)}: it is a link that leaves the folder.")
        elif target.exists():
            self.aside.append(f"{self.name_of(file)}: left aside, since it is a link to another file here.")
        else:
            self.problems.append(f"{self.name_of(file)}: it is a link to nothing.")

    def read(self, file: Path) -> _Found | None:
        """One file. Raises ValueError with the reason as a sentence, and OSError."""
        name = self.name_of(file)
        if file.stat().st_size > 2 * BODY_BYTES + 4 * FRONT_MATTER_MOST:  # UTF-16 takes twice the room
            raise ValueError(_too_long())
        try:
            text = normalise(decoded(file.read_bytes()))
        except ValueError as problem:
            raise ValueError(f"it {problem}") from None
        values, body = _split(text)
        body = body.strip("\n").rstrip()
        if not body:
            raise ValueError("it has no text" if values else "it is empty")
        if len(body.encode()) > BODY_BYTES:
            raise ValueError(_too_long())
        fields = _Fields(values)
        day, time, zone = _day(fields, file)
        if day is None:
            if _ASIDE.fullmatch(file.stem):
                self.aside.append(f"{name}: left aside, since it has no date and is no entry by its name.")
                return None
            raise ValueError(
                "it has no date; write one into its front matter, like date: 2022-09-14, "
                "or begin its name with it"
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

    def _stage(self, fields: "_Fields") -> str | None:
        name = fields.text("stage")
        if not name:
            return None
        if len(name) > STAGE_MOST:
            raise ValueError(f"its stage has more than {STAGE_MOST} characters")
        return self.stages.setdefault(name.casefold(), name)

    def remarks(self) -> tuple[str, ...]:
        out = list(self.aside)
        if self.other:
            kinds = ", ".join(sorted(suffix or "no suffix" for suffix in self.other))
            out.append(f"{self.other.total()} files of other kinds were left aside ({kinds}).")
        for name, times in sorted(self.fields.items()):
            out.append(f"The field “{name}” was left out; it is in {times} files.")
        return tuple(out)


class _Fields:
    """Front matter by the names that it may have, in lower case, with underscores."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self.values = {
            re.sub(r"[\s-]+", "_", str(key).strip().lower()): value for key, value in values.items()
        }

    def get(self, field: str) -> tuple[str, object] | None:
        """The name that the file uses and its value, if there is one that is not empty."""
        for name in NAMES[field]:
            value = self.values.get(name)
            if value not in (None, "", [], {}, "null", "~"):
                return name, value
        return None

    def text(self, field: str) -> str | None:
        found = self.get(field)
        if found is None:
            return None
        name, value = found
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if not isinstance(value, str):
            raise ValueError(f"its {name} is not a text")
        return " ".join(value.split())

    def yes(self, field: str) -> bool:
        value = (self.text(field) or "").lower()
        if value not in _YES | _NO:
            raise ValueError(f"its {field} is neither true nor false")
        return value in _YES

    def unknown(self) -> set[str]:
        return set(self.values) - _KNOWN


def _split(text: str) -> tuple[Mapping[str, object], str]:
    """Front matter and body. A text that begins with neither --- nor +++ has no front matter."""
    lines = text.lstrip("\n").split("\n")
    ends = _FENCE.get(lines[0].rstrip())
    if ends is None:
        return {}, text
    for number, line in enumerate(lines[1:], 1):
        if line.rstrip() in ends:
            head = "\n".join(lines[1:number])
            if len(head) > FRONT_MATTER_MOST:
                raise ValueError(f"its front matter has more than {FRONT_MATTER_MOST // 1024} KB")
            read = _toml if ends == _FENCE["+++"] else _yaml
            return read(head), "\n".join(lines[number + 1 :])
    raise ValueError(f"its front matter begins with {lines[0].rstrip()} and never ends")


class _Loader(_BaseLoader):  # type: ignore[misc, valid-type]
    """YAML in which every value is a text: no title becomes a number, no "no" becomes false."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        keys = Counter(key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode))
        for key, times in keys.items():
            if times > 1:
                raise ValueError(f"its front matter has {key} {times} times")
        made: dict[object, object] = super().construct_mapping(node, deep)
        return made


def _yaml(head: str) -> Mapping[str, object]:
    try:
        values = yaml.load(head, Loader=_Loader)  # noqa: S506, makes texts, lists and mappings only
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 2}" if mark else ""
        raise ValueError(
            f"its front matter cannot be read ({getattr(error, 'problem', None) or 'not YAML'}{where})"
        ) from None
    except (RecursionError, TypeError):
        raise ValueError("its front matter cannot be read") from None
    if values in (None, ""):
        return {}
    if not isinstance(values, dict):
        raise ValueError("its front matter is not a list of names and values")
    return values


def _toml(head: str) -> Mapping[str, object]:
    try:
        values = tomllib.loads("\n" + head)  # the fence is the first line
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        raise ValueError(f"its front matter cannot be read ({error})") from None
    extra = values.pop("taxonomies", None)
    if isinstance(extra, dict):
        values |= extra
    return {key: _as_text(value) for key, value in values.items()}


def _as_text(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    if isinstance(value, dict):
        return value
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)


def _day(fields: _Fields, file: Path) -> tuple[dt.date | None, dt.time | None, dt.tzinfo | None]:
    found = fields.get("date")
    if found is None:
        return day_in_name(file.stem), None, None
    if not isinstance(found[1], str):
        raise ValueError(f"its {found[0]} is not a date")
    return written_moment(found[1])


def _created(
    fields: _Fields, day: dt.date, time: dt.time | None, zone: dt.tzinfo | None
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


def _tags(fields: _Fields) -> tuple[str, ...]:
    tags: dict[str, str] = {}
    for field in ("tags", "categories"):
        found = fields.get(field)
        if found is None:
            continue
        name, value = found
        if isinstance(value, str):
            value = re.split(r"\s+" if value.startswith("#") else r"[,，、;；]", value)
        if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
            raise ValueError(f"its {name} are not a list of words")
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


def _too_long() -> str:
    return f"it has more than {BODY_BYTES // 1024**2} MB of text"

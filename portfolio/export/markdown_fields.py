"""The front matter of a Markdown file that somebody brings: YAML or TOML, by the names in use."""

import datetime as dt
import re
import tomllib
from collections import Counter
from collections.abc import Mapping

import yaml

from portfolio.domain.errors import Said

FRONT_MATTER_MOST = 64 * 1024  # characters

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
_FENCE = {"---": ("---", "..."), "+++": ("+++",)}
_YES, _NO = {"true", "yes", "on", "1", "是"}, {"false", "no", "off", "0", "", "否"}
_BaseLoader: type[yaml.BaseLoader] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class Fields:
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
            raise ValueError(Said("its %(name)s is not a text", name=name))
        return " ".join(value.split())

    def yes(self, field: str) -> bool:
        value = (self.text(field) or "").lower()
        if value not in _YES | _NO:
            raise ValueError(Said("its %(name)s is neither true nor false", name=field))
        return value in _YES

    def unknown(self) -> set[str]:
        return set(self.values) - _KNOWN


def split(text: str) -> tuple[Mapping[str, object], str]:
    """Front matter and body. A text that begins with neither --- nor +++ has no front matter."""
    lines = text.lstrip("\n").split("\n")
    ends = _FENCE.get(lines[0].rstrip())
    if ends is None:
        return {}, text
    for number, line in enumerate(lines[1:], 1):
        if line.rstrip() in ends:
            head = "\n".join(lines[1:number])
            if len(head) > FRONT_MATTER_MOST:
                raise ValueError(
                    Said("its front matter has more than %(size)s KB", size=FRONT_MATTER_MOST // 1024)
                )
            read = _toml if ends == _FENCE["+++"] else _yaml
            return read(head), "\n".join(lines[number + 1 :])
    raise ValueError(Said("its front matter begins with %(fence)s and never ends", fence=lines[0].rstrip()))


class _Loader(_BaseLoader):  # type: ignore[misc, valid-type]
    """YAML in which every value is a text: no title becomes a number, no "no" becomes false."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        keys = Counter(key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode))
        for key, times in keys.items():
            if times > 1:
                raise ValueError(Said("its front matter has %(name)s %(count)s times", name=key, count=times))
        made: dict[object, object] = super().construct_mapping(node, deep)
        return made


def _yaml(head: str) -> Mapping[str, object]:
    try:
        values = yaml.load(head, Loader=_Loader)  # noqa: S506, makes texts, lists and mappings only
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise ValueError(_unreadable(mark.line + 2 if mark else None)) from None
    except (RecursionError, TypeError):
        raise ValueError(Said("its front matter cannot be read")) from None
    if values in (None, ""):
        return {}
    if not isinstance(values, dict):
        raise ValueError(Said("its front matter is not a list of names and values"))
    return values


def _unreadable(line: int | None) -> Said:
    """What is wrong with front matter at a line of the file, from 1; the parsers' own words are English."""
    if line is None:
        return Said("its front matter cannot be read")
    return Said(
        "its front matter cannot be read at line %(line)s; "
        "a text with a colon, a quotation mark or a bracket in it needs quotes around it",
        line=line,
    )


def _toml(head: str) -> Mapping[str, object]:
    try:
        values = tomllib.loads("\n" + head)  # the fence is the first line
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        at = re.search(r"at line (\d+)", str(error))
        raise ValueError(_unreadable(int(at[1]) if at else None)) from None
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

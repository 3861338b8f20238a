"""Values from a file that anybody may have written, taken one by one; a sentence for each wrong one."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import TypeVar, get_args

from portfolio.domain.text import normalise

ID = re.compile(r"[A-Za-z0-9_-]{1,64}")  # a public id, which may stand in a file name

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_Word = TypeVar("_Word", bound=str)


class Fields:
    """The named values of `where`. What is missing or of the wrong kind is told in `problems`."""

    def __init__(self, values: object, where: str, problems: list[str]) -> None:
        self.where = where
        self.problems = problems
        self.values: Mapping[str, object] = {}
        if isinstance(values, Mapping):
            self.values = values
        else:
            self.wrong("it is not a list of names and values")

    def wrong(self, reason: str) -> None:
        self.problems.append(f"{self.where}: {reason}.")

    def text(self, name: str) -> str:
        """A text; "" for one that is not there."""
        value = self.values.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.wrong(f"{name} is not a text")
            return ""
        return normalise(value)

    def id(self, name: str = "id") -> str:
        found = self.optional_id(name)
        if found is None and self.values.get(name) in (None, ""):
            self.wrong(f"{name} is missing")
        return found or ""

    def optional_id(self, name: str) -> str | None:
        value = self.values.get(name)
        if value in (None, ""):
            return None
        if not isinstance(value, str) or not ID.fullmatch(value):
            self.wrong(f"{name} is not an id")
            return None
        return value

    def word(self, name: str, allowed: object) -> str | None:
        """One of the words of a Literal type, or None where it is not there."""
        value = self.values.get(name)
        if value in (None, ""):
            return None
        if value not in get_args(allowed):
            self.wrong(f"{name} is {value!r:.60}, not one of {', '.join(get_args(allowed))}")
            return None
        return str(value)

    def words(self, name: str, allowed: object) -> tuple[str, ...]:
        found = self.texts(name)
        for value in found:
            if value not in get_args(allowed):
                self.wrong(f"{name} has {value!r:.60}, not one of {', '.join(get_args(allowed))}")
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.values.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.wrong(f"{name} is not a list of texts")
            return ()
        return tuple(normalise(item) for item in value)

    def each(self, name: str) -> list["Fields"]:
        """A list of things, each with names and values."""
        value = self.values.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.wrong(f"{name} is not a list")
            return []
        return [Fields(item, f"{self.where}: {name} {n}", self.problems) for n, item in enumerate(value, 1)]

    def part(self, name: str) -> "Fields":
        value = self.values.get(name)
        return Fields({} if value is None else value, f"{self.where}: {name}", self.problems)

    def number(self, name: str, least: int = 0) -> int:
        found = self.optional_number(name, least)
        if found is None and self.values.get(name) is None:
            self.wrong(f"{name} is missing")
        return least if found is None else found

    def optional_number(self, name: str, least: int = 0) -> int | None:
        value = self.values.get(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value < 2**31:
            self.wrong(f"{name} is not a number")
            return None
        return value

    def yes(self, name: str) -> bool:
        value = self.values.get(name, False)
        if not isinstance(value, bool):
            self.wrong(f"{name} is neither true nor false")
        return value is True

    def day(self, name: str) -> dt.date | None:
        """A day as YYYY-MM-DD, or None where it is not there."""
        value = self.values.get(name)
        if value is None:
            return None
        if isinstance(value, str) and _DAY.fullmatch(value):
            try:
                return dt.date.fromisoformat(value)
            except ValueError:
                self.wrong(f"{name} is {value}, a day that does not exist")
                return None
        self.wrong(f"{name} is not a day written as 2022-09-14")
        return None

    def needed_day(self, name: str) -> dt.date:
        if self.values.get(name) is None:
            self.wrong(f"{name} is missing")
        return self.day(name) or dt.date.min

    def moment(self, name: str) -> dt.datetime:
        """An instant with its offset from UTC."""
        value = self.values.get(name)
        if isinstance(value, str):
            try:
                found = dt.datetime.fromisoformat(value)
                if found.tzinfo is not None:
                    return found.astimezone(dt.UTC)
            except (ValueError, OverflowError):
                pass
        self.wrong(f"{name} is {'missing' if value is None else 'not an instant with its time zone'}")
        return dt.datetime.min.replace(tzinfo=dt.UTC)

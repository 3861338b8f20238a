"""Reading forms: strictly, and giving back what was typed when something needs another look."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from flask import request

from portfolio.domain.errors import DomainError, Invalid
from portfolio.web.i18n import said

# Options of a second address of a page: that of its form, where a browser stands after a refusal. Asked for
# again, by its address or a reload, it leads back to the page.
WHERE_A_FORM_WAS: dict[str, Any] = {"alias": True, "provide_automatic_options": False}


@dataclass(slots=True)
class Filled:
    """A form as somebody filled it in: the text of each field, and the sentence for each that was refused.

    `error` is the sentence that belongs to no one field.
    """

    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    error: str = ""

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    def refused(self, refusal: DomainError, at: str = "") -> "Filled":
        """The same form with the refusal at the field that it names, else at `at`, else above the form."""
        name = refusal.field if isinstance(refusal, Invalid) and refusal.field else at
        if name in self.values:
            self.errors[name] = said(refusal)
        else:
            self.error = said(refusal)
        return self


def filled(*names: str) -> Filled:
    """What was posted under these names. A missing name reads as empty, one sent twice as its first."""
    return Filled({name: request.form.get(name, "") for name in names})


def date_of(name: str, *, required: bool = True) -> dt.date | None:
    """A date as browsers send it (2022-09-14), or None if it may be empty and is. Raises Invalid."""
    return a_date(request.form.get(name, ""), name, required=required)


def a_date(text: str, field: str, *, required: bool = True) -> dt.date | None:
    """The date in `text`, which stands in `field`. Raises Invalid."""
    text = text.strip()
    if not text and not required:
        return None
    try:
        if len(text) != len("2022-09-14"):  # fromisoformat also takes weeks and short forms
            raise ValueError
        return dt.date.fromisoformat(text)
    except ValueError:
        raise Invalid("This is not a date. Write it as 2022-09-14.", field=field) from None


def one_of(name: str, allowed: Collection[str]) -> str:
    """One of the offered values. Raises Invalid for any other."""
    value = request.form.get(name, "")
    if value not in allowed:
        raise Invalid("Choose one of what is offered.", field=name)
    return value


def many_of(name: str, allowed: Collection[str]) -> tuple[str, ...]:
    """Those of the offered values that were ticked, each once. Raises Invalid if another was sent."""
    values = tuple(dict.fromkeys(request.form.getlist(name)))
    if not set(values) <= set(allowed):
        raise Invalid("Choose from what is offered.", field=name)
    return values


def ticked(name: str) -> bool:
    return request.form.get(name, "") not in ("", "0", "off")


def whole(name: str, low: int, high: int) -> int:
    """A whole number from `low` to `high`. Raises Invalid."""
    text = request.form.get(name, "").strip()
    if not (text.isascii() and text.isdigit() and len(text) < 10 and low <= int(text) <= high):
        raise Invalid("A whole number from %(low)s to %(high)s.", field=name, low=low, high=high)
    return int(text)

"""The writing form as a browser sends it, and what it shows."""

import io
import re

import PIL.Image
from werkzeug.test import TestResponse

from portfolio.domain import diary
from portfolio.domain.records import Viewer
from tests.conftest import NOW


def blank(**values: object) -> dict[str, object]:
    """A new entry of this day."""
    form = {
        "creation_key": "form-1",
        "stage": "date",
        "entry_date": "2022-09-14",
        "marks": "1",
        "sharing": "1",
    }
    return form | values


def hidden(page: TestResponse, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page.get_data(as_text=True))
    assert found
    return found[1]


def page_of(person: Viewer, entry_id: str) -> diary.EntryPage:
    return diary.entry_page(person, entry_id, now=NOW)


def picture(kind: str = "JPEG") -> bytes:
    """A photograph of 60 by 40 pixels."""
    buffer = io.BytesIO()
    PIL.Image.new("RGB", (60, 40), "#468").save(buffer, kind)
    return buffer.getvalue()

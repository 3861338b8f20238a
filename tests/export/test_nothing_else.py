"""Nothing of an entry that was not chosen, or not granted, is in any byte of a document."""

import datetime as dt
import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image

from portfolio.domain import access, diary, feedback, portfolios
from portfolio.domain.diary import Draft, photographs
from portfolio.domain.records import Choices, Layout, Portfolio, Viewer
from portfolio.export.archive import write_archive
from portfolio.export.book import write_book
from portfolio.export.epub import write_epub
from portfolio.export.site import write_site
from tests.conftest import NOW, People
from tests.export import pdfs

pytestmark = pytest.mark.heavy

DAY = dt.date(2021, 3, 1)
LATER = NOW + dt.timedelta(days=1)
CHOICES = Choices(tags=("chosen",), comments=False, variant="review")


class Planted:
    """Marks that no hyphenation parts, each of them somewhere else."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.hidden: list[str] = []

    def show(self) -> str:
        self.shown.append(f"7s{len(self.shown):03}s7")
        return self.shown[-1]

    def hide(self) -> str:
        self.hidden.append(f"7h{len(self.hidden):03}h7")
        return self.hidden[-1]


def picture(said: str, shade: int) -> bytes:
    """A photograph whose metadata says something."""
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x010E] = exif[0x9286] = said  # description, comment of the user
    Image.new("RGB", (400, 300), (shade, 90, 90)).save(out, "JPEG", exif=exif, comment=said.encode())
    return out.getvalue()


def keep(owner: Viewer, mark: Planted, hidden: bool, day: int, **how: object) -> str:
    """An entry with a mark in each place that something can be written to; its public id."""
    said = mark.hide if hidden else mark.show
    tags = ("chosen",) if how.pop("chosen", False) else ("other",)
    saved = diary.keep_entry(
        owner,
        Draft(
            title=f"Title {said()}",
            body=f"Text {said()}\n\n```\n{said()}\n```\n\n| {said()} | b |\n| --- | --- |\n| c | {said()}[^1] |\n\n[^1]: {said()}",
            entry_date=DAY + dt.timedelta(day),
            tags=(*tags, said()),
            framework="gibbs",
        ),
        creation_key=f"{day}",
        now=NOW,
        **how,  # type: ignore[arg-type]
    )
    photographs.add_photograph(
        owner,
        saved.entry_id,
        picture(mark.hide(), 100 + day),
        name=f"{mark.hide()}.jpg",
        alt=said(),
        caption=said(),
        now=NOW,
    )
    if not how.get("as_draft"):
        diary.mark_threshold(
            owner, saved.entry_id, kinds=["being"], before=said(), after=said(), helped=said(), now=NOW
        )
    return saved.entry_id


@pytest.fixture
def planted(people: People) -> tuple[Planted, Portfolio, list[str]]:
    """Mei's diary as chosen by a tag, without private entries and comments; the ids of what is not in it."""
    mark = Planted()
    mei = people.mei
    one = keep(mei, mark, False, 0, audiences=["mentor"], chosen=True)
    two = keep(mei, mark, False, 9, audiences=["mentor", "cohort"], chosen=True)
    other = keep(mei, mark, True, 2, audiences=["mentor"])
    hidden = [
        other,
        keep(mei, mark, True, 3, audiences=[], chosen=True),
        keep(mei, mark, True, 4, audiences=["mentor"], chosen=True, as_draft=True),
        keep(people.jun, mark, True, 5, audiences=["cohort"], chosen=True),
    ]
    gone = keep(mei, mark, True, 6, audiences=["mentor"], chosen=True)
    diary.delete_entry(mei, gone, now=NOW)
    # An entry that is not shown is joined with ones that are
    diary.restory(mei, other, one)
    diary.restory(mei, two, other)
    feedback.comment_on(people.lin, one, f"Comment {mark.hide()}", revision_number=1, now=LATER)
    chosen = portfolios.select(mei, CHOICES, now=LATER)
    assert [entry.public_id for entry in chosen.entries] == [one, two]
    assert access.own_entry(mei, other)
    return mark, chosen, [*hidden, gone]


def members(data: bytes) -> Iterator[bytes]:
    """What is in a file: of a zip the names and contents of its files, of a PDF all that it draws and says."""
    yield data
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as zipped:
            for info in zipped.infolist():
                yield info.filename.encode() + info.comment + info.extra
                yield from members(zipped.read(info))
    elif data[:5] == b"%PDF-":
        with pikepdf.open(io.BytesIO(data)) as pdf:
            for item in pdf.objects:
                yield from strings(item)
                if isinstance(item, pikepdf.Stream):
                    yield from members(_decoded(item))
            yield "".join(pdfs.spoken(pdf)).encode()


def _decoded(stream: pikepdf.Stream) -> bytes:
    try:
        return stream.read_bytes()
    except pikepdf.PdfError:
        return stream.read_raw_bytes()  # a photograph


def strings(item: Any) -> Iterator[bytes]:
    """The names and strings of an object, in whatever way they are written; not of those that it points to."""
    if isinstance(item, pikepdf.Stream):
        item = item.stream_dict
    if isinstance(item, pikepdf.String):
        yield str(item).encode()
    elif isinstance(item, pikepdf.Dictionary):
        for key, value in item.items():
            yield key.encode()
            if not getattr(value, "is_indirect", False):
                yield from strings(value)
    elif isinstance(item, pikepdf.Array):
        for value in item:
            if not getattr(value, "is_indirect", False):
                yield from strings(value)


def said(path: Path) -> bytes:
    """Everything in a file or a folder, and what a reader extracts from a PDF."""
    paths = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    parts = [str(p.relative_to(path.parent)).encode() for p in paths]
    parts += [part for p in paths for part in members(p.read_bytes())]
    parts += [pdfs.text_of(p).encode() for p in paths if p.suffix == ".pdf"]
    return b"\n".join(parts)


@pytest.mark.parametrize("kind", ["book", "book with its archive", "site", "archive", "epub"])
def test_what_was_not_chosen_is_in_no_byte(
    kind: str, planted: tuple[Planted, Portfolio, list[str]], tmp_path: Path
) -> None:
    mark, chosen, hidden = planted
    match kind:
        case "book":
            path = write_book(chosen, tmp_path / "book.pdf").path
        case "book with its archive":
            attaching = replace(chosen, choices=replace(chosen.choices, layout=Layout(attach=True)))
            path = write_book(attaching, tmp_path / "book.pdf").path
        case "site":
            path = write_site(chosen, tmp_path / "site").path
        case "archive":
            path = write_archive(chosen, tmp_path / "archive.zip").path
        case _:
            path = write_epub(chosen, tmp_path / "book.epub").path
    found = said(path)
    assert [m for m in mark.shown if m.encode() not in found] == [], "what was chosen is there"
    assert [m for m in [*mark.hidden, *hidden] if m.encode() in found] == []
    assert kind != "book with its archive" or b"entries/2021/" in found

"""The anonymised variant in every document: nothing that was planted is in any byte, and months are right."""

import csv
import io
import json
import re
import zipfile
from pathlib import Path

import jsonschema
import pikepdf
import pytest

from portfolio import jobs
from portfolio.config import Settings
from portfolio.domain import errors, portfolios
from portfolio.domain.portfolios.participants import participant_code
from portfolio.domain.records import Choices
from portfolio.store.accounts import User
from portfolio.store.portfolios import Edition
from tests.conftest import NOW, People
from tests.export.pdfs import text_of
from tests.planted import MONTHS, Planted, plant, public_ids

DOCS = Path(__file__).parents[1] / "docs"
NAMELESS = Choices(variant="anonymised")
MADE_AT = re.compile("2000-01-01T00:00:00|20000101000000")  # what all of them say
MONTH_NAMES = (
    "January|February|March|April|June|July|August|September|October|November|December"  # May is a word too
)
DATE_SHAPE = re.compile(
    rf"(?<!\d)\d{{4}}-\d\d-\d\d|(?<!\d)(?:19|20)\d{{6}}(?!\d)|\b\d{{1,2}} (?:{MONTH_NAMES})|\b(?:{MONTH_NAMES}) \d"
    r"|\d{4}\s*年|\d\s*月\s*\d+\s*日|星期|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
)
TEXTS = (".html", ".xhtml", ".js", ".json", ".csv", ".opf", ".svg", ".xml")


@pytest.fixture(params=["en", "zh"])
def world(db: None, request: pytest.FixtureRequest) -> Planted:
    return plant(20 if request.param == "en" else 21, request.param)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(instance=tmp_path)


def made(world: Planted, kind: str, settings: Settings) -> tuple[str, Path]:
    """The file name that somebody gets, and the file."""
    asked = jobs.ask(world.viewer, kind, NAMELESS, now=NOW)
    assert jobs.work_once(settings, lambda: NOW, "worker")
    view, path, _ = jobs.result(world.viewer, asked.public_id)
    assert not view.problem
    return view.display_name, path


def unpacked(path: Path) -> dict[str, str]:
    """What a file holds, and what is packed in it, by name, as text."""
    content = path.read_bytes()
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return {"": content.decode("utf-8")}
    with zipfile.ZipFile(path) as opened:
        for info in opened.infolist():
            assert info.date_time[:3] == (1980, 1, 1) and not info.comment
        return {name: opened.read(name).decode("utf-8", "replace") for name in opened.namelist()}


def inside(path: Path) -> str:
    """All that a PDF says: objects, strings, streams, metadata, and the words on its pages."""
    said = [text_of(path)]
    with pikepdf.open(path) as pdf:
        for thing in pdf.objects:
            _take(thing, said)
        said.append(str(pdf.docinfo))
    return "\n".join(said)


def _take(thing: object, said: list[str]) -> None:
    """The words of an object, but not of others that it refers to: those come by themselves."""
    if isinstance(thing, pikepdf.Stream):
        try:
            said.append(thing.read_bytes().decode("utf-8", "replace"))
        except pikepdf.PdfError:
            said.append(thing.read_raw_bytes().decode("latin-1"))
    if isinstance(thing, pikepdf.Stream | pikepdf.Dictionary):
        said += map(str, thing.keys())
        parts = list(thing.values())
    else:
        parts = list(thing) if isinstance(thing, pikepdf.Array) else []
    if isinstance(thing, pikepdf.String | pikepdf.Name):
        said.append(str(thing))
    for part in parts:
        if not (isinstance(part, pikepdf.Object) and part.is_indirect):
            _take(part, said)


def assert_nameless(world: Planted, where: str, text: str) -> None:
    folded = text.casefold()
    found = [secret for secret in world.secrets if secret.casefold() in folded]
    found += [public_id for public_id in public_ids() if public_id in text]
    assert not found, (where, found)
    for word in ("planted", "13812345678", "48151623"):
        assert word not in folded, (where, word)


def assert_dateless(where: str, text: str) -> None:
    shape = DATE_SHAPE.search(MADE_AT.sub("", text))
    assert not shape, (where, text[max(0, shape.start() - 60) : shape.end() + 60])


@pytest.mark.heavy
def test_a_book_names_nobody(world: Planted, settings: Settings) -> None:
    name, path = made(world, "book", settings)
    code = participant_code(world.viewer.user_id)
    words, said = text_of(path), inside(path)
    assert_nameless(world, "book", said + re.sub(r"[\s\u2010-]", "", words))  # broken names too
    assert_nameless(world, "name", name)
    assert_dateless("book", words)
    assert code in words and code not in name
    with pikepdf.open(path) as pdf:
        assert "/Author" not in pdf.docinfo and "creator" not in str(pdf.open_metadata())
        assert str(pdf.docinfo["/CreationDate"]) == "D:20000101000000Z"
        title = str(pdf.docinfo["/Title"])
    assert code not in title and not re.search(r"\d", title)
    for month in MONTHS:
        assert re.search(rf"Month {month}\b|第 ?{month} ?个月", words)


@pytest.mark.heavy
def test_the_same_edition_is_the_same_book_and_never_bears_its_number(
    world: Planted, settings: Settings, tmp_path: Path
) -> None:
    Edition.create(
        owner=world.viewer.user_id,
        number=98764,
        variant="own",
        content_hash="0" * 64,
        made_at=NOW,
        choices={},
    )
    _, path = made(world, "book", settings)
    edition = Edition.select().order_by(Edition.number.desc()).first()
    cover = re.sub(r"\s", "", text_of(path, 1))
    for digits in (edition.content_hash, edition.content_hash[:16]):  # which may hold any number
        cover = cover.replace(digits, "")
    assert edition.number == 98765 and "98765" not in cover
    again = portfolios.portfolio_of_edition(world.viewer, edition.public_id)
    assert again.content_hash == portfolios.select(world.viewer, NAMELESS, now=NOW).content_hash
    copy = tmp_path / "again.pdf"
    jobs.make(world.viewer, "book", again, copy, settings, lambda *_: None)
    assert copy.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("kind", ["site", "epub", "csv", "json"])
def test_other_documents_name_nobody(world: Planted, kind: str, settings: Settings) -> None:
    name, path = made(world, kind, settings)
    code = participant_code(world.viewer.user_id)
    assert_nameless(world, "name", name)
    files = unpacked(path)
    for inner, text in files.items():
        assert_nameless(world, inner, inner + text)
        assert_dateless(inner, inner)
        if inner.endswith(TEXTS) or not inner:
            assert_dateless(inner, text)
    assert any(code in text for text in files.values())
    assert not [inner for inner in files if inner.endswith((".png", ".jpg"))]


@pytest.mark.parametrize("kind", ["site", "epub", "csv", "json"])
def test_the_same_search_finds_what_a_document_for_a_reviewer_says(
    world: Planted, kind: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.test_anonymised.NAMELESS", Choices(variant="review"))
    name, path = made(world, kind, settings)
    with pytest.raises(AssertionError):
        assert_nameless(world, "name", name)
    with pytest.raises(AssertionError):
        assert_nameless(world, kind, "".join(unpacked(path).values()))
    with pytest.raises(AssertionError):
        assert_dateless(kind, "".join(unpacked(path).values()))


def test_months_count_from_the_first_one_of_the_programme(world: Planted, settings: Settings) -> None:
    told = json.loads(made(world, "json", settings)[1].read_text("utf-8"))
    schema = json.loads((DOCS / "entries.schema.json").read_text("utf-8"))
    jsonschema.validate(told, schema, format_checker=jsonschema.FormatChecker())
    assert [entry["date"] for entry in told["entries"]] == [f"month {n}" for n in MONTHS]
    assert told["stages"][0]["from"] == "month 1" and told["stages"][1]["from"] == "month 11"
    assert told["period"] == {"from": "month 1", "to": "month 21"}
    site = unpacked(made(world, "site", settings)[1])
    assert "written on" not in "".join(site.values()) and "met on" not in "".join(site.values())
    later = portfolios.select(
        world.viewer, Choices(variant="anonymised", entries=(world.entries[2],)), now=NOW
    )
    assert [month.index for month in later.months] == [14]  # the number is the same in every selection
    assert (told["left_out"], later.left_out) == (0, 0)


def test_whoever_spoke_stands_there_by_role(world: Planted, settings: Settings) -> None:
    with zipfile.ZipFile(made(world, "csv", settings)[1]) as opened:
        rows = list(csv.DictReader(io.StringIO(opened.read("comments.csv").decode("utf-8-sig"))))
    code = participant_code(world.viewer.user_id)
    english = {row["author"] for row in rows} - {code}
    asked = portfolios.select(world.viewer, NAMELESS, now=NOW).entries[0].prompt
    assert asked and asked.author_name in ("Programme lead", "项目负责人")
    assert english in ({"Mentor", "Peer mentor", "Fellow student"}, {"导师", "朋辈导师", "同学"})
    assert {row["role"] for row in rows if row["author"] == code} == {"mentee"}
    quoted = {row["quoted"] for row in rows if row["quoted"]}
    assert quoted in ({"“[mentor] asked me twice”"}, {"“[导师] asked me twice”"})


def test_a_passage_is_found_at_its_new_place(world: Planted) -> None:
    for entry in portfolios.select(world.viewer, NAMELESS, now=NOW).entries:
        comment = next(c for c in entry.comments if c.quoted)
        assert entry.body[comment.quote_start : comment.quote_end] == comment.quoted
        assert "\n\n[photograph]" in entry.body or "\n\n[照片]" in entry.body
        assert not entry.photographs


def test_a_code_is_kept_and_tells_nothing(people: People) -> None:
    codes = {participant_code(viewer.user_id) for viewer in (people.mei, people.jun, people.stranger)}
    assert len(codes) == 3
    assert participant_code(people.mei.user_id) in codes
    for code in codes:
        assert re.fullmatch("P-[ACDEFHJKMNPQRTUVWXY34679]{6}", code) and not re.search(r"\d\d", code)


@pytest.mark.parametrize("kind", ["archive", "leap2a"])
def test_what_is_to_be_brought_in_again_is_never_anonymised(people: People, kind: str) -> None:
    with pytest.raises(errors.Invalid, match="keep everything as it was written") as refusal:
        jobs.ask(people.mei, kind, NAMELESS, now=NOW)
    assert refusal.value.field == "kind"
    with pytest.raises(errors.Invalid, match="keep everything as it was written"):
        jobs.portfolio_for(people.mei, kind, NAMELESS, now=NOW)


def test_it_can_be_shared_by_a_link_under_the_code_but_not_submitted(world: Planted) -> None:
    edition_id, _ = portfolios.freeze_edition(world.viewer, NAMELESS, now=NOW)
    portfolios.finish_edition(edition_id, stored_name="x.pdf", pages=9, size=99)
    with pytest.raises(errors.Invalid, match="under its author’s name"):
        portfolios.submit_edition(world.viewer, edition_id, world.cohort_id, now=NOW)
    _, token = portfolios.make_link(world.viewer, edition_id, now=NOW)
    shared = portfolios.edition_shared(token, now=NOW)
    assert shared.owner_name == participant_code(world.viewer.user_id)
    assert [e.variant for e in portfolios.editions(world.viewer)] == ["anonymised"]


def test_an_edition_stays_as_it_was_whoever_comes_and_whatever_they_are_called(world: Planted) -> None:
    edition_id, frozen = portfolios.freeze_edition(world.viewer, NAMELESS, now=NOW)
    mentor = world.people["mentor"]
    User.update(name="Somebody Else", login="else").where(User.id == mentor.user_id).execute()
    assert portfolios.portfolio_of_edition(world.viewer, edition_id) == frozen
    assert portfolios.freeze_edition(world.viewer, NAMELESS, now=NOW)[0] != edition_id


def test_file_names_are_random(world: Planted) -> None:
    portfolio = portfolios.select(world.viewer, NAMELESS, now=NOW)
    names = {jobs.telling_name(portfolio, kind) for kind in ("book", "book", "site", "epub")}
    assert len(names) == 4 and all(re.fullmatch(r"[a-z0-9]{10}\.(pdf|zip|epub)", name) for name in names)
    assert re.fullmatch(r"[a-z0-9]{10}\.pdf", jobs.edition_name("Wang Mei", 3, "anonymised"))


def test_the_diary_itself_stays_as_it_is(world: Planted) -> None:
    before = portfolios.select(world.viewer, Choices(), now=NOW)
    portfolios.select(world.viewer, NAMELESS, now=NOW)
    assert portfolios.select(world.viewer, Choices(), now=NOW) == before

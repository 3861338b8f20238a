"""A cohort's site: what its members share with it, and not a byte of anything else."""

import datetime as dt
import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from portfolio.domain import diary, errors, feedback, portfolios, programme
from portfolio.domain.diary import Draft
from portfolio.domain.diary.photographs import add_photograph
from portfolio.domain.records import Audience, Choices, Viewer
from portfolio.export.site import write_site
from tests.conftest import NOW, People
from tests.export.test_site import Page, assert_whole

LATER = NOW + dt.timedelta(days=1)


def keep(viewer: Viewer, word: str, *audiences: Audience) -> str:
    """An entry in which `word` stands in every place that an author can fill."""
    draft = Draft(title=f"{word} title", body=f"{word} body", tags=(f"{word}tag",))
    return diary.keep_entry(viewer, draft, creation_key=word, audiences=audiences, now=NOW).entry_id


@pytest.fixture
def shared(people: People) -> dict[str, str]:
    """Entries by a word that stands in all of each."""
    ids = {
        "oriole": keep(people.mei, "oriole", "cohort"),
        "kestrel": keep(people.jun, "kestrel", "cohort", "mentor"),
        "bittern": keep(people.mei, "bittern", "mentor"),
        "curlew": keep(people.mei, "curlew"),
        "dunlin": keep(people.jun, "dunlin", "faculty"),
        "egret": keep(people.tan, "egret", "peer_mentor"),
    }
    linking = Draft(title="gannet", body=f"See [a page](/entries/{ids['curlew']}).")
    ids["gannet"] = diary.keep_entry(
        people.mei, linking, creation_key="gannet", audiences=("cohort",), now=NOW
    ).entry_id
    diary.restory(people.mei, ids["gannet"], ids["curlew"])
    feedback.comment_on(people.lin, ids["bittern"], "fulmar said", revision_number=1, now=LATER)
    feedback.comment_on(people.jun, ids["oriole"], "heron said", revision_number=1, now=LATER)
    return ids


HIDDEN = ("bittern", "curlew", "dunlin", "egret", "fulmar")


def everything(folder: Path) -> str:
    """All bytes of all files, and their names."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return "\n".join(f"{path.relative_to(folder)}\n{path.read_text('utf-8')}" for path in files)


def test_it_holds_what_members_share_and_no_byte_of_anything_else(
    people: People, shared: dict[str, str], tmp_path: Path
) -> None:
    for viewer in (people.zhou, people.jun, people.lin, people.mei):  # those with other ways to read, too
        there = portfolios.select_community(viewer, people.cohort_id, now=LATER)
        folder = write_site(there, tmp_path / viewer.login, reader=viewer.name).path
        assert_whole(folder)
        text = everything(folder)
        for word in ("oriole", "kestrel", "gannet", "heron"):
            assert word in text, (viewer.login, word)
        for word in HIDDEN:
            assert word not in text.lower(), (viewer.login, word)
            if word in shared:
                assert shared[word] not in text, f"{viewer.login}: the id of {word}"
        for person in (people.mei, people.jun, people.tan, people.zhou):
            assert person.public_id not in text
            assert f"{person.login}@" not in text and f'"{person.login}"' not in text
        write_site(there, tmp_path / f"{viewer.login}.zip", reader=viewer.name)
        with zipfile.ZipFile(tmp_path / f"{viewer.login}.zip") as zipped:
            packed = b"".join(zipped.read(name) + name.encode() for name in zipped.namelist())
        assert not [word for word in HIDDEN if word.encode() in packed.lower()]


def test_who_is_no_member_today_gets_none(people: People, shared: dict[str, str]) -> None:
    for viewer in (people.stranger, people.root):
        with pytest.raises(errors.NotFound):
            portfolios.select_community(viewer, people.cohort_id, now=LATER)
    members = programme.cohort_led(people.zhou, people.cohort_id, now=NOW).members
    tan = next(m.public_id for m in members if m.login == people.tan.login)
    programme.end_role(people.zhou, people.cohort_id, tan, "peer_mentor", now=NOW)
    with pytest.raises(errors.NotFound):
        portfolios.select_community(people.tan, people.cohort_id, now=LATER)


def test_what_is_taken_back_and_who_leaves_are_gone_from_the_next(
    people: People, shared: dict[str, str], tmp_path: Path
) -> None:
    def made() -> str:
        there = portfolios.select_community(people.zhou, people.cohort_id, now=LATER)
        write_site(there, tmp_path / "site", reader="Zhou")
        assert_whole(tmp_path / "site")
        return everything(tmp_path / "site")

    assert "oriole" in made()
    diary.set_audiences(people.mei, shared["oriole"], frozenset({"mentor"}), now=LATER)
    text = made()
    assert "oriole" not in text and "heron" not in text and "kestrel" in text
    members = programme.cohort_led(people.zhou, people.cohort_id, now=NOW).members
    jun = next(m.public_id for m in members if m.login == people.jun.login)
    programme.end_role(people.zhou, people.cohort_id, jun, "mentee", now=NOW)
    assert "kestrel" not in made()


def test_pages_name_authors_and_for_whom_the_site_was_made(
    people: People, shared: dict[str, str], tmp_path: Path
) -> None:
    there = portfolios.select_community(people.zhou, people.cohort_id, now=LATER)
    site = write_site(there, tmp_path / "site", reader=people.zhou.name).path
    entry = Page(next(site.glob(f"entries/*/*{shared['kestrel']}.html")).read_text("utf-8")).words
    assert people.jun.name in entry
    assert "Shared with: cohort" in entry  # not with whom else
    front = " ".join(Page((site / "index.html").read_text("utf-8")).words.split())
    assert f"as {people.zhou.name} may read them" in front
    assert "This site holds 3 entries that their authors share with the cohort." in front
    plain = portfolios.select_community(people.zhou, people.cohort_id, comments=False, now=LATER)
    assert "heron" not in everything(write_site(plain, tmp_path / "plain", reader="Zhou").path)


def test_ones_own_site_holds_no_byte_of_what_was_not_selected(
    people: People, shared: dict[str, str], tmp_path: Path
) -> None:
    png = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 10, 10)).save(png, "PNG")
    picture = add_photograph(people.mei, shared["curlew"], png.getvalue(), alt="sanderling", now=NOW)
    diary.mark_threshold(
        people.mei, shared["curlew"], kinds=("being",), before="plover", after="x", helped="y", now=NOW
    )
    review = portfolios.select(people.mei, Choices(variant="review", tags=("orioletag",)), now=LATER)
    folder = write_site(review, tmp_path / "site").path
    text = everything(folder)
    assert "oriole" in text and "heron" in text
    for word in (*HIDDEN, "kestrel", "gannet", "sanderling", "plover", picture.public_id):
        assert word not in text, word
    assert not [word for word, key in shared.items() if key in text and word != "oriole"]
    assert not (folder / "photographs").exists()

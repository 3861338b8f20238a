"""The open archive: whole, readable, the same when made again, and taken back only if nothing is wrong."""

import hashlib
import json
import os
import shutil
import stat
import struct
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import bagit
import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portfolio.domain.errors import Conflict, ImportRefused
from portfolio.domain.exchange import ImportBundle, ImportedComment
from portfolio.domain.records import Comment, Portfolio
from portfolio.export import bag
from portfolio.export.archive import read_archive, write_archive
from portfolio.export.front_matter import document, read_document
from portfolio.export.import_zip import read_zip
from tests.export import books, people
from tests.export.test_site import assert_whole


@pytest.fixture
def ines(tmp_path: Path) -> Portfolio:
    folder = tmp_path / "stored"
    folder.mkdir()
    return people.ines(folder)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    return write_archive(people.ines(folder), folder / "archive").path


@pytest.fixture
def archive(made: Path, tmp_path: Path) -> Path:
    """Ines's archive as a folder, to be spoilt."""
    return Path(shutil.copytree(made, tmp_path / "archive"))


# --- writing ---------------------------------------------------------------------------------------


def test_it_is_a_valid_bag_by_the_librarians_own_tool(archive: Path) -> None:
    opened = bagit.Bag(str(archive))
    opened.validate()
    assert opened.info["Contact-Name"] == "Ines Moreau"
    assert opened.info["Bagging-Date"] == "2022-11-01"
    size, count = opened.info["Payload-Oxum"].split(".")
    files = [path for path in (archive / "data").rglob("*") if path.is_file()]
    assert (int(size), int(count)) == (sum(p.stat().st_size for p in files), len(files))


def test_everything_lies_where_the_readme_says(archive: Path) -> None:
    data = archive / "data"
    readme = (data / "README.md").read_text("utf-8")
    assert "the reflective diary of Ines Moreau, written out on 1 November 2022" in readme
    assert "这是 Ines Moreau 的反思日记，于 2022年11月1日 导出" in readme
    for folder in ("entries", "revisions", "comments", "narratives", "attachments", "site"):
        assert f"`{folder}/" in readme and any((data / folder).iterdir())
    assert (data / "entries/2022/2022-03-05-夜班后的粥-porridge00000003.md").is_file()
    assert (data / "revisions/daughter00000002/001.md").is_file()
    assert (data / "attachments/w1nd0w.jpg").is_file()
    assert_whole(data / "site", pictures=data / "attachments")


def test_no_photograph_is_in_an_archive_twice(ines: Portfolio, archive: Path) -> None:
    hashes = [hashlib.sha256(p.read_bytes()).hexdigest() for p in (archive / "data").rglob("*")
              if p.suffix in (".jpg", ".png")]  # fmt: skip
    assert len(hashes) == len(set(hashes)) == len(list((archive / "data/attachments").iterdir()))
    shown = [
        p
        for p in (archive / "data/site").rglob("*.html")
        if "../../attachments/w1nd0w.jpg" in p.read_text("utf-8")
    ]
    assert shown


def test_an_entry_can_be_read_with_any_editor_and_any_yaml_reader(ines: Portfolio, archive: Path) -> None:
    path = next((archive / "data/entries").rglob("*daughter*.md"))
    _, front, body = path.read_text("utf-8").split("---\n", 2)
    values = yaml.safe_load(front)
    entry = ines.entries[1]
    assert body == f"\n{entry.body}\n"
    assert values["title"] == "The daughter in the corridor"
    assert values["entry_date"] == "2021-10-12"
    assert (values["stage"], values["revision"], values["draft"]) == ("Intern", 2, False)
    assert values["tags"] == ["silence", "relatives"]
    assert values["audiences"] == ["faculty", "mentor"]
    assert values["threshold"]["helped"] == "The cup."
    assert values["prompt"] == people.ASKED.text
    assert values["links"] == {"retells": None, "returned_to": ["again00000000005"]}
    assert values["sha256"] == hashlib.sha256(entry.body.encode()).hexdigest()
    assert 'title: "The daughter in the corridor"' in front  # quoted, as every text is


def test_equal_diaries_make_equal_bytes_and_time_stands_still_in_the_zip(
    ines: Portfolio, tmp_path: Path
) -> None:
    steps: list[tuple[int, int]] = []
    result = write_archive(ines, tmp_path / "a.zip", progress=lambda done, total: steps.append((done, total)))
    write_archive(ines, tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    assert steps[0] == (0, result.files) and steps[-1] == (result.files, result.files)
    assert [done for done, _ in steps] == sorted({done for done, _ in steps})
    with zipfile.ZipFile(tmp_path / "a.zip") as zipped:
        assert {i.date_time for i in zipped.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {i.filename.split("/")[0] for i in zipped.infolist()} == {"diary-ines"}
        zipped.extractall(tmp_path / "unpacked")
    bagit.Bag(str(tmp_path / "unpacked/diary-ines")).validate()


def test_editions_come_along_under_telling_names(ines: Portfolio, tmp_path: Path) -> None:
    for name in ("x.pdf", "y.pdf"):
        (tmp_path / name).write_bytes(b"%PDF-" + name.encode())
    editions = {"edition-1-own.pdf": tmp_path / "x.pdf", "../edition-2-review.pdf": tmp_path / "y.pdf"}
    archive = write_archive(ines, tmp_path / "archive", editions).path
    held = os.listdir(archive / "data/editions")
    assert len(held) == 2
    assert not (archive / "edition-2-review.pdf").exists()
    assert (archive / "data/editions/edition-1-own.pdf").read_bytes() == b"%PDF-x.pdf"
    assert "The editions (PDF) stay in the archive; they are not taken in." in read_archive(archive).remarks


def test_a_folder_that_is_not_empty_is_refused(ines: Portfolio, tmp_path: Path, archive: Path) -> None:
    before = sorted(p.relative_to(archive) for p in archive.rglob("*"))
    with pytest.raises(Conflict, match="is there already"):
        write_archive(ines, archive)
    assert before == sorted(p.relative_to(archive) for p in archive.rglob("*"))


def test_an_interrupted_archive_leaves_nothing_and_an_old_one_stays(ines: Portfolio, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"the former archive")

    def stop(done: int, total: int) -> None:
        if done == 9:
            raise KeyboardInterrupt

    for name in ("a.zip", "folder"):
        with pytest.raises(KeyboardInterrupt):
            write_archive(ines, tmp_path / name, progress=stop)
    assert sorted(os.listdir(tmp_path)) == ["a.zip", "stored"]
    assert (tmp_path / "a.zip").read_bytes() == b"the former archive"


def test_a_lost_photograph_is_named_and_the_archive_can_still_be_read(
    ines: Portfolio, tmp_path: Path
) -> None:
    Path(ines.entries[1].photographs[0].path).unlink()
    result = write_archive(ines, tmp_path / "a.zip")
    assert result.missing == ("w1nd0w",)
    assert [p.public_id for p in read_archive(result.path).entries[1].photographs] == ["c0rr1d0r"]


# --- reading it back -------------------------------------------------------------------------------


def threads(comments: tuple[Comment, ...] | tuple[ImportedComment, ...]) -> list[object]:
    return [
        (
            c.public_id, c.author_name, c.author_role, c.own, c.written_at, c.revision_number, c.body, c.quoted,
            c.quote_start, c.quote_end, c.withdrawn, threads(c.replies),
        )
        for c in comments
    ]  # fmt: skip


def assert_the_same(portfolio: Portfolio, bundle: ImportBundle) -> None:
    assert len(bundle.entries) == len(portfolio.entries)
    for a, b in zip(portfolio.entries, bundle.entries, strict=True):
        assert (a.public_id, a.entry_date, a.title, a.body) == (b.public_id, b.entry_date, b.title, b.body)
        assert b.sha256 == hashlib.sha256(a.body.encode()).hexdigest()
        assert (a.tags, a.audiences, a.draft) == (b.tags, b.audiences, b.draft)
        assert (a.created_at, a.written_at, a.revision_number) == (
            b.created_at,
            b.written_at,
            b.revision_number,
        )
        assert (a.stage.name if a.stage else None) == b.stage_name
        assert (a.stage.public_id if a.stage else None) == b.stage_id
        assert (a.prompt.public_id if a.prompt else None) == b.prompt_id
        assert (a.framework, a.reflection_mode, a.threshold) == (b.framework, b.reflection_mode, b.threshold)
        assert a.retells == b.retells
        assert threads(a.comments) == threads(b.comments)
        assert [(r.number, r.title, r.body, r.written_at, r.sha256) for r in a.revisions] == [
            (r.number, r.title, r.body, r.written_at, r.sha256) for r in b.revisions
        ]
        assert [(p.public_id, p.alt, p.caption, p.sha256) for p in a.photographs] == [
            (p.public_id, p.alt, p.caption, p.sha256) for p in b.photographs
        ]
        for p, q in zip(a.photographs, b.photographs, strict=True):
            assert q.read() == Path(p.path).read_bytes()
    assert [(s.public_id, s.name, s.identity_label, s.starts_on, s.ends_on, s.objectives, s.competencies)
            for s in portfolio.stages] == [
           (s.public_id, s.name, s.identity_label, s.starts_on, s.ends_on, s.objectives, s.competencies)
            for s in bundle.stages]  # fmt: skip
    assert [
        (p.public_id, p.text, p.author_name, p.starts_on, p.ends_on, p.stage_id) for p in portfolio.prompts
    ] == [(p.public_id, p.text, p.author_name, p.starts_on, p.ends_on, p.stage_id) for p in bundle.prompts]
    assert [(m.public_id, m.held_on, m.title) for m in portfolio.meetings] == [
        (m.public_id, m.held_on, m.title) for m in bundle.meetings
    ]
    assert [(n.kind, n.author_name, n.written_on, n.body) for n in portfolio.narratives] == [
        (n.kind, n.author_name, n.written_on, n.body) for n in bundle.narratives
    ]
    assert [(a.stage_id, a.competency, a.narrative, a.evidence) for a in portfolio.attainments] == [
        (a.stage_id, a.competency, a.narrative, a.evidence) for a in bundle.attainments
    ]
    assert (bundle.owner_name, bundle.programme_name, bundle.cohort_name) == (
        portfolio.owner_name,
        portfolio.programme_name,
        portfolio.cohort_name,
    )
    assert (bundle.timezone, bundle.language, bundle.made_at) == (
        portfolio.timezone,
        portfolio.language,
        portfolio.made_at,
    )


@pytest.mark.parametrize("name", ["archive", "archive.zip"])
def test_all_of_a_diary_comes_back(ines: Portfolio, tmp_path: Path, name: str) -> None:
    assert_the_same(ines, read_archive(write_archive(ines, tmp_path / name).path))


def test_a_chinese_diary_comes_back(tmp_path: Path) -> None:
    diary = people.li_na(tmp_path)
    assert_the_same(diary, read_archive(write_archive(diary, tmp_path / "李娜.zip").path))


def test_a_stage_and_a_prompt_of_a_former_programme_come_back(ines: Portfolio, tmp_path: Path) -> None:
    moved = replace(ines, stages=ines.stages[:1], prompts=(), attainments=())
    bundle = read_archive(write_archive(moved, tmp_path / "a.zip").path)
    assert {s.name for s in bundle.stages} == {"Medical student", "Intern", "Newly qualified"}
    assert [p.text for p in bundle.prompts] == [people.ASKED.text]


def test_a_selection_without_revisions_comes_back_too(ines: Portfolio, tmp_path: Path) -> None:
    entries = tuple(replace(entry, revisions=()) for entry in ines.entries[1:])
    part = replace(
        ines,
        entries=(
            *entries,
            replace(entries[0], public_id="x", retells="elsewhere", comments=(), photographs=()),
        ),
        stages=ines.stages[1:],
    )
    lost = replace(ines.attainments[0], stage_id=people.STUDENT.public_id)
    cut = replace(ines.attainments[0], evidence=("coats00000000001", "again00000000005"))
    bundle = read_archive(write_archive(replace(part, attainments=(lost, cut)), tmp_path / "a.zip").path)
    assert [a.evidence for a in bundle.attainments] == [("again00000000005",)]
    assert bundle.entries[0].comments[0].revision_number == 1
    assert bundle.entries[-1].retells is None


def test_names_that_a_mac_takes_apart_are_found(ines: Portfolio, tmp_path: Path) -> None:
    entry = replace(ines.entries[0], title="Été à l’hôpital")
    archive = write_archive(replace(ines, entries=(entry,), attainments=()), tmp_path / "archive").path
    for path in sorted(archive.rglob("*"), reverse=True):
        path.rename(path.with_name(unicodedata.normalize("NFD", path.name)))
    assert read_archive(archive).entries[0].title == "Été à l’hôpital"


def test_a_text_that_shrinks_a_thousandfold_is_not_taken_for_a_bomb(ines: Portfolio, tmp_path: Path) -> None:
    body = "so " * 300_000
    entry = replace(ines.entries[0], body=body, html=f"<p>{body}</p>")
    whole = replace(ines, entries=(entry,), attainments=())
    assert read_archive(write_archive(whole, tmp_path / "a.zip").path).entries[0].body == body


TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"])
    | st.sampled_from("\n\t\"'\\:#-&*{}[]|>%@`龑😀\u2028\u0085")
)


@settings(deadline=None)
@given(title=TEXTS, body=TEXTS, tags=st.lists(TEXTS, max_size=3))
@example(
    title="\"quoted\": 'single' # no comment", body="---\nid: x\n---\n\n---\n", tags=["- a", "? b", ": c"]
)
@example(
    title="龑 😀 \ufeff \u2028 \x7f \x85 \ufffe",
    body="\n\n  ends with spaces  \n\n",
    tags=["no", "12:30", "2020-01-01", "~"],
)
@example(title="...", body="", tags=[])
def test_front_matter_holds_any_text(title: str, body: str, tags: list[str]) -> None:
    written = document({"title": title, "tags": tags, "n": 3, "none": None, "nested": {title: [True]}}, body)
    values, read = read_document(written)
    assert values == {"title": title, "tags": tags, "n": 3, "none": None, "nested": {title: [True]}}
    assert read == body
    front = written.decode().split("\n---\n\n", 1)[0][4:]
    assert yaml.safe_load(front) == values  # by the slow reader as well


# --- refusing --------------------------------------------------------------------------------------


def seal(archive: Path) -> None:
    """Checksums that agree again, as somebody has who writes an archive on purpose."""
    data = {p.relative_to(archive).as_posix(): p for p in archive.rglob("*") if p.is_file()}

    def lines(names: list[str]) -> bytes:
        return bag.manifest({n: hashlib.sha256(data[n].read_bytes()).hexdigest() for n in names})

    (archive / bag.MANIFEST).write_bytes(lines([n for n in data if n.startswith("data/")]))
    (archive / bag.TAG_MANIFEST).write_bytes(lines(["bagit.txt", "bag-info.txt", bag.MANIFEST]))


def refused(path: Path) -> list[str]:
    with pytest.raises(ImportRefused) as caught:
        read_archive(path)
    return caught.value.problems


def entry_of(archive: Path, part: str = "daughter") -> Path:
    return next((archive / "data/entries").rglob(f"*{part}*.md"))


def swap(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_a_changed_a_lost_and_an_added_file_are_each_named(archive: Path) -> None:
    changed, lost = entry_of(archive), archive / "data/comments/daughter00000002/002.md"
    changed.write_bytes(changed.read_bytes() + b"!")
    lost.unlink()
    (archive / "data/entries/virus.md").write_text("x")
    assert refused(archive) == [
        "data/entries/virus.md: it is not listed in manifest-sha256.txt.",
        "data/comments/daughter00000002/002.md: it is listed in the manifest, but is not there.",
        f"{changed.relative_to(archive).as_posix()}: it has changed since the archive was made: "
        "its checksum does not agree.",
    ]


def test_a_changed_tag_file_is_named(archive: Path) -> None:
    swap(archive / "bag-info.txt", "Ines Moreau", "Somebody")
    assert refused(archive) == [
        "bag-info.txt: it has changed since the archive was made: its checksum does not agree."
    ]


MENDED: list[tuple[Callable[[Path], object], str]] = [
    (lambda a: swap(entry_of(a), 'entry_date: "2021-10-12"', 'entry_date: "2021-02-30"'),
     "entry_date is 2021-02-30, a day that does not exist."),
    (lambda a: swap(entry_of(a), 'entry_date: "2021-10-12"', "entry_date: 2021-10-12"),
     "entry_date is not a day written as 2022-09-14."),
    (lambda a: swap(entry_of(a), 'written_at: "2021-10-14T20:00:00+00:00"', 'written_at: "2021-10-14T20:00:00"'),
     "written_at is not an instant with its time zone."),
    (lambda a: swap(entry_of(a), "The corridor is longer", "The corridor is shorter"),
     "its text does not agree with its checksum (sha256)."),
    (lambda a: swap(entry_of(a), 'id: "daughter00000002"', 'id: "../../etc"'), "id is not an id."),
    (lambda a: swap(entry_of(a), 'audiences: ["faculty", "mentor"]', 'audiences: ["everybody"]'),
     "audiences has 'everybody', not one of mentor, peer_mentor, faculty, cohort."),
    (lambda a: swap(entry_of(a), 'tags: ["silence", "relatives"]', "tags: !!python/object/apply:os.getcwd []"),
     "has front matter that cannot be read"),
    (lambda a: swap(entry_of(a), "revision: 2\n", "revision: 3\n"), "it is not equal to its last revision."),
    (lambda a: swap(entry_of(a), "revision: 2\n", "revision: -2\n"), "revision is not a number."),
    (lambda a: swap(entry_of(a), "draft: false", 'draft: "no"'), "draft is neither true nor false."),
    (lambda a: swap(entry_of(a), '"kinds": ["doing", "being"]', '"kinds": ["knowing", "owning"]'),
     "threshold: kinds has 'owning', not one of knowing, doing, being."),
    (lambda a: swap(entry_of(a), 'stage_id: "', 'stage_id: "x'), "its stage is not in data/manifest.json."),
    (lambda a: swap(entry_of(a), '"path": "attachments/w1nd0w.jpg"', '"path": "attachments/../../w1nd0w.jpg"'),
     "'attachments/../../w1nd0w.jpg' is not in the archive."),
    (lambda a: swap(entry_of(a, "again"), '"retells": "daughter00000002"', '"retells": "nobody"'),
     "the entry that it retells is not there."),
    (lambda a: entry_of(a).write_bytes(b"\xff\xfe"), "it is not valid UTF-8 (byte 0)."),
    (lambda a: entry_of(a).write_text("no front matter"), "it does not have its front matter between two lines of ---."),
    (lambda a: swap(a / "data/comments/daughter00000002/002.md", "revision: 1", "revision: 9"),
     "it is about revision 9, which is not there."),
    (lambda a: swap(a / "data/comments/daughter00000002/002.md", 'author_role: "mentee"', 'author_role: "god"'),
     "author_role is 'god', not one of mentee, peer_mentor, mentor, lead."),
    (lambda a: swap(a / "data/comments/daughter00000002/002.md", 'answers: "', 'answers: "x'),
     "it answers a comment that does not stand before it."),
    (lambda a: swap(a / "data/comments/daughter00000002/001.md", "quote_end: 99", "quote_end: 7"),
     "quote_start and quote_end do not make a passage."),
    (lambda a: swap(a / "data/revisions/daughter00000002/001.md", 'entry: "daughter00000002"', 'entry: "again"'),
     "it belongs to another entry."),
    (lambda a: swap(a / "data/manifest.json", '"revisions/daughter00000002/001.md"', '"../../../etc/passwd"'),
     "'../../../etc/passwd' is not in revisions/."),
    (lambda a: swap(a / "data/manifest.json", "comments/porridge00000003/001.md", "comments/lost.md"),
     "data/comments/lost.md: it is missing."),
    (lambda a: swap(a / "data/manifest.json", '"Europe/London"', '"Middle/Earth"'),
     "programme: timezone is 'Middle/Earth', which is no time zone."),
    (lambda a: swap(a / "data/manifest.json", '"competencies": []', '"competencies": [], "passes": '
                    '[{"number": 2, "starts_on": "2020-01-01"}, {"number": 2, "starts_on": "2021-01-01"}]'),
     "its passes are not numbered one by one."),
    (lambda a: swap(a / "data/manifest.json", '"version": 1', '"version": 2'),
     "it was made by a later version that this one cannot read."),
    (lambda a: swap(a / "data/manifest.json", "portfolio-archive", "something"), "this is not the archive of a diary."),
    (lambda a: (a / "data/manifest.json").write_text("{"), "data/manifest.json: it is not JSON in UTF-8."),
    (lambda a: (a / "data/manifest.json").write_text("[" * 100_000), "data/manifest.json: it is not JSON in UTF-8."),
    (lambda a: (a / "data/manifest.json").unlink(), "data/manifest.json: it is missing."),
]  # fmt: skip


@pytest.mark.parametrize(("change", "reason"), MENDED, ids=[reason[:50] for _, reason in MENDED])
def test_what_agrees_with_its_checksum_and_is_wrong_all_the_same(
    archive: Path, change: Callable[[Path], object], reason: str
) -> None:
    change(archive)
    seal(archive)
    problems = refused(archive)
    assert any(reason in problem for problem in problems), problems
    assert all(problem.startswith(("data/", "bag")) and problem.endswith(".") for problem in problems)


def test_an_entry_that_is_there_twice(archive: Path) -> None:
    manifest = json.loads((archive / "data/manifest.json").read_text())
    manifest["entries"].append(manifest["entries"][0])
    (archive / "data/manifest.json").write_text(json.dumps(manifest))
    seal(archive)
    assert refused(archive) == ["data/manifest.json: the entry coats00000000001 is there 2 times."]


def test_a_photograph_that_changes_after_it_was_checked_is_not_taken(ines: Portfolio, archive: Path) -> None:
    picture = read_archive(archive).entries[1].photographs[0]
    (archive / "data/attachments/w1nd0w.jpg").write_bytes(b"GIF89a")
    with pytest.raises(
        ImportRefused, match=r"w1nd0w.jpg: it is too large, or has changed since it was checked"
    ):
        picture.read()


def zipped(path: Path, members: list[tuple[str | zipfile.ZipInfo, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members:
            target.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../evil.md", "would leave its folder"),
        ("data/../../evil.md", "would leave its folder"),
        ("data/./x.md", "would leave its folder"),
        ("data//x.md", "would leave its folder"),
        ("/etc/passwd", "has an absolute path"),
        ("C:/evil.md", "has an absolute path"),
        ("c:evil.md", "has an absolute path"),
        ("data\\evil.md", "has a backslash in its name"),
        ("data/x\x1b[2J.md", "has a name that no file should have"),
        ("data/" + "x" * 1100, "has a name that no file should have"),
    ],
)
def test_names_that_leave_their_folder(tmp_path: Path, name: str, reason: str) -> None:
    info = zipfile.ZipInfo("placeholder")
    info.filename = info.orig_filename = name
    problems = refused(zipped(tmp_path / "a.zip", [("bagit.txt", bag.DECLARATION), (info, b"x")]))
    assert len(problems) == 1 and problems[0].endswith(f": it {reason}.")
    assert "\x1b" not in problems[0] and len(problems[0]) < 300


def test_links_devices_encryption_and_doubles(tmp_path: Path) -> None:
    link, device = zipfile.ZipInfo("data/link"), zipfile.ZipInfo("data/device")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    device.external_attr = (stat.S_IFCHR | 0o666) << 16
    path = tmp_path / "a.zip"
    with pytest.warns(UserWarning, match="Duplicate name"):
        zipped(
            path,
            [("bagit.txt", b"x"), (link, b"/etc/passwd"), (device, b""), ("data/a", b"1"), ("data/a", b"2")],
        )
    content = bytearray(path.read_bytes())
    at = content.rfind(b"data/a") - 46
    content[at + 8] |= 1  # says that it is encrypted
    path.write_bytes(content)
    assert refused(path) == [
        "data/link: it is a link or a device.",
        "data/device: it is a link or a device.",
        "data/a: it is encrypted.",
    ]
    content[at + 8] &= ~1
    path.write_bytes(content)
    assert "data/a: it is in the archive twice." in refused(path)


def test_links_in_a_folder(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("secret")
    (archive / "data/entries/x.md").symlink_to(tmp_path / "secret.md")
    (archive / "data/more").symlink_to(tmp_path)
    assert sorted(refused(archive)) == [
        "data/entries/x.md: it is a link or a device.",
        "data/more: it is a link or a device.",
    ]


def test_bombs_are_seen_before_they_are_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zipped(tmp_path / "a.zip", [("bagit.txt", b"x"), ("data/bomb", bytes(30_000_000))])
    assert refused(path) == ["data/bomb: it unpacks to more than a hundred times its size."]

    content = bytearray(path.read_bytes())  # the directory lies about the size
    at = content.rfind(b"data/bomb") - 46
    content[at + 24 : at + 28] = (100).to_bytes(4, "little")
    path.write_bytes(content)
    assert refused(path)

    path = zipped(tmp_path / "b.zip", [(f"data/{n}", os.urandom(400)) for n in range(3)])
    with pytest.raises(ImportRefused, match=r"b.zip: it unpacks to more than 0 GB."):
        read_archive(path, most=1000)
    monkeypatch.setattr(bag, "FILES_MOST", 2)
    assert refused(path) == ["b.zip: it has more than 2 files."]
    monkeypatch.setattr(bag, "DIRECTORY_MOST", 10)  # told before the list is read
    assert refused(path) == ["b.zip: it has more than 2 files."]


def test_a_place_that_is_unpacked_again_and_again_is_seen(tmp_path: Path) -> None:
    """A bomb without a large ratio: many names in the list for one place in the file."""
    path = zipped(tmp_path / "a.zip", [("bagit.txt", b"x"), ("data/n", os.urandom(5000))])
    content = path.read_bytes()
    at, end = content.rfind(b"PK\x01\x02"), content.rfind(b"PK\x05\x06")
    names = b"".join(content[at:end].replace(b"data/n", b"data/%d" % n) for n in range(10))
    listed = content[:at] + names + content[end:]
    size = end - content.find(b"PK\x01\x02") + 9 * (end - at)
    tail = bytearray(listed[-22:])
    tail[8:12] = (11).to_bytes(2, "little") * 2
    tail[12:16] = size.to_bytes(4, "little")
    path.write_bytes(listed[:-22] + tail)
    assert refused(path) == ["a.zip: its files lie over one another."]


def as_zip64(content: bytes, size: int | None = None) -> bytes:
    """A zip whose end is written as that of a large one is (APPNOTE 4.3.14 and 4.3.15)."""
    at = content.rfind(b"PK\x05\x06")
    end = bytearray(content[at:])
    count, length, place = (int.from_bytes(end[a:b], "little") for a, b in ((10, 12), (12, 16), (16, 20)))
    record = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count,
                         length if size is None else size, place)  # fmt: skip
    end[8:20] = b"\xff" * 12
    return content[:at] + record + struct.pack("<4sIQI", b"PK\x06\x07", 0, at, 1) + bytes(end)


def test_a_zip_in_the_form_of_large_ones_is_read(ines: Portfolio, tmp_path: Path) -> None:
    path = write_archive(ines, tmp_path / "a.zip").path
    before = bag.directory_size(path)
    path.write_bytes(as_zip64(path.read_bytes()))
    assert bag.directory_size(path) == before
    assert_the_same(ines, read_archive(path))
    assert len(read_zip(path).entries) == len(ines.entries)


def test_a_large_zip_with_an_endless_list_is_seen_before_it_is_read(ines: Portfolio, tmp_path: Path) -> None:
    path = write_archive(ines, tmp_path / "a.zip").path
    path.write_bytes(as_zip64(path.read_bytes(), size=10**12))
    assert refused(path) == ["a.zip: it has more than 200,000 files."]
    with pytest.raises(ImportRefused, match="more than 200,000 files"):
        read_zip(path)


@pytest.mark.heavy
def test_an_archive_of_more_than_two_gigabytes_comes_back(ines: Portfolio, tmp_path: Path) -> None:
    with open(tmp_path / "book.pdf", "wb") as book:
        book.truncate(2 * 1024**3 + 100)
    path = write_archive(ines, tmp_path / "a.zip", {"edition-1.pdf": tmp_path / "book.pdf"}).path
    assert path.stat().st_size > 2 * 1024**3
    assert_the_same(ines, read_zip(path))
    with pytest.raises(ImportRefused, match=r"a.zip: it unpacks to more than 2 GB."):
        read_zip(path, most=2 * 1024**3)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "this is not a zip file, or it is cut short"),
        (b"PK\x03\x04 and then nothing", "this is not a zip file, or it is cut short"),
        (b"%PDF-1.7", "this is not a zip file, or it is cut short"),
    ],
)
def test_what_is_no_archive(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "a.zip").write_bytes(content)
    assert refused(tmp_path / "a.zip") == [f"a.zip: {reason}."]


def test_a_zip_of_something_else_and_a_path_to_nothing(tmp_path: Path) -> None:
    path = zipped(tmp_path / "photos.zip", [("a.jpg", b"x")])
    assert refused(path) == ["photos.zip: this is no archive of a diary; it has no bagit.txt."]
    assert refused(tmp_path / "no.zip") == ["no.zip: there is no such file."]
    (tmp_path / "empty").mkdir()
    assert refused(tmp_path / "empty") == ["empty: this is no archive of a diary; it has no bagit.txt."]


def test_a_damaged_zip_names_the_file(ines: Portfolio, tmp_path: Path) -> None:
    path = write_archive(ines, tmp_path / "a.zip").path
    whole = path.read_bytes()
    at = whole.index(b"data/manifest.json") + 40
    path.write_bytes(whole[:at] + b"\x00\xff\x00\xff" + whole[at + 4 :])
    assert any(problem.startswith("data/manifest.json: it is damaged") for problem in refused(path))
    path.write_bytes(whole[: len(whole) // 2])
    assert refused(path) == ["a.zip: this is not a zip file, or it is cut short."]


@settings(deadline=None)
@given(st.data())
def test_no_flipped_byte_goes_unseen_or_breaks_the_reader(data: st.DataObject) -> None:
    whole = _small_archive()
    at = data.draw(st.integers(0, len(whole) - 1))
    flipped = bytearray(whole)
    flipped[at] ^= data.draw(st.integers(1, 255))
    path = _SMALL.with_name("flipped.zip")
    path.write_bytes(flipped)
    try:
        bundle = read_archive(path)
    except ImportRefused as refusal:
        assert refusal.problems
    else:  # a byte that means nothing, such as a time in the zip
        assert [entry.body for entry in bundle.entries] == ["Words."]


_SMALL = Path()


def _small_archive() -> bytes:
    return _SMALL.read_bytes()


@pytest.fixture(autouse=True, scope="module")
def _small(tmp_path_factory: pytest.TempPathFactory) -> None:
    global _SMALL
    _SMALL = tmp_path_factory.mktemp("small") / "small.zip"
    write_archive(
        books.portfolio([books.entry("2020-01-01", "A", "Words.", stage=people.STUDENT)], (people.STUDENT,)),
        _SMALL,
    )


@pytest.mark.skipif(not books.NURSING_SISTER.is_dir(), reason="no real diaries (PORTFOLIO_TEST_DATA)")
def test_a_real_diary_of_239_entries_comes_back(tmp_path: Path) -> None:
    diary = books.nursing_sister()
    assert_the_same(diary, read_archive(write_archive(diary, tmp_path / "a.zip").path))

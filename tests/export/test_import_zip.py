"""Zips that somebody brings: packed folders, archives, and what pretends to be one."""

import stat
import zipfile

import pytest

from portfolio.domain.errors import ImportRefused
from portfolio.export import import_zip
from portfolio.export.import_zip import read_zip

LIFT = "---\ndate: 2022-09-01\ntitle: The lift\n---\nShe stood by the lift.\n"


class OldInfo(zipfile.ZipInfo):
    """A member as old Chinese archivers write it: its name in GB 18030, and no flag that says so."""

    __slots__ = ()

    def _encodeFilenameFlags(self):
        return self.filename.encode("gb18030"), 0


@pytest.fixture
def packed(tmp_path):
    """Pack names (or ZipInfos) and contents into a zip; gives its path."""

    def pack(*members, name="mine.zip", method=zipfile.ZIP_DEFLATED):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", method) as out:
            for member, content in members:
                out.writestr(member, content)
        return path

    return pack


def keys(bundle):
    return [(e.source_key, e.title) for e in bundle.entries]


def refused(path):
    try:
        return list(read_zip(path).problems)
    except ImportRefused as refusal:
        return refusal.problems


def test_a_folder_keeps_its_name_and_a_heap_of_files_gets_one(packed):
    folder = packed(("2022/a.md", LIFT), ("2022/spring/b.md", LIFT))
    assert keys(read_zip(folder)) == [("2022/a.md", "The lift"), ("2022/spring/b.md", "The lift")]
    heap = packed(("a.md", LIFT), ("spring/b.md", LIFT), name="other.zip")
    assert keys(read_zip(heap)) == [("diary/a.md", "The lift"), ("diary/spring/b.md", "The lift")]


def test_what_is_no_text_stays_packed_and_is_told(packed):
    path = packed(("d/a.md", LIFT), ("d/night.jpg", b"\xff" * 5_000_000), ("__MACOSX/d/._a.md", b"\x00"))
    bundle = read_zip(path)
    assert len(bundle.entries) == 1
    assert any(".jpg" in remark for remark in bundle.remarks)


def test_chinese_names_without_a_flag_are_read(packed):
    path = packed((OldInfo("日记/2022-09-01 夜班.md"), "下夜班。"))
    assert [e.source_name for e in read_zip(path).entries] == ["2022-09-01 夜班.md"]


def test_an_archive_is_known_by_its_tag_file(packed):
    problems = refused(packed(("d/bagit.txt", "BagIt-Version: 1.0\n"), ("d/data/a.md", LIFT)))
    assert "manifest-sha256.txt" in problems[0]


@pytest.mark.parametrize("name", ["../a.md", "/etc/a.md", "d/../../a.md", "C:/a.md", "d\\a.md", "d/\x07.md"])
def test_a_name_that_leaves_its_folder_is_refused(packed, name):
    assert len(refused(packed(("ok.md", LIFT), (name, LIFT)))) == 1


def test_a_link_is_refused(packed):
    link = zipfile.ZipInfo("a.md")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert refused(packed((link, "/etc/passwd"))) == ["a.md: it is a link or a device."]


def test_a_bomb_is_refused_before_it_goes_off(packed, monkeypatch):
    assert refused(packed(("a.md", b"0" * 30_000_000))) == [
        "a.md: it unpacks from 29 KB to 28.6 MB; of a file of an entry at most 2.0 MB of text are read, "
        "and at most 100 times what it is packed into."
    ]
    monkeypatch.setattr(import_zip, "TEXT_MOST", 1024)
    noise = bytes(range(32, 120)) * 10
    assert refused(packed(("a.md", noise), ("b.md", noise))) == [
        "mine.zip: its texts unpack to 2 KB; at most 1 KB come in at once. Pack the diary into several zips."
    ]


def test_a_zip_that_says_too_little_of_itself_gives_no_more_than_that(packed):
    path = packed(("a.md", LIFT * 100), method=zipfile.ZIP_STORED)
    size = len(LIFT * 100).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(size, (10).to_bytes(4, "little")))
    assert refused(path) == ["a.md: it is damaged and cannot be unpacked."]


def test_what_is_wrong_with_the_zip_and_with_its_texts_is_told_at_once(packed):
    link = zipfile.ZipInfo("c.md")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = packed(("a.md", "No date."), (link, "/etc/passwd"), ("b.md", LIFT))
    bundle = read_zip(path)
    assert len(bundle.entries) == 1
    assert [problem.split(":")[0] for problem in bundle.problems] == ["c.md", "a.md"]


def test_a_name_twice_is_refused(packed):
    with pytest.warns(UserWarning, match="Duplicate"):
        path = packed(("a.md", LIFT), ("a.md", LIFT))
    assert refused(path) == ["a.md: it is in the zip twice."]


def test_a_file_where_a_folder_should_be_is_told(packed):
    assert refused(packed(("d/a.md", LIFT), ("d/a.md/b.md", LIFT))) == [
        "d/a.md/b.md: it is damaged and cannot be unpacked."
    ]


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x03\x04" + b"\x00" * 60, b"%PDF-1.7"])
def test_what_is_no_zip_is_told(tmp_path, content):
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    assert refused(path) == ["a.zip: this is not a zip file, or it is damaged."]


def test_a_zip_cut_short_or_bent_is_told(packed):
    path = packed(("a.md", LIFT), method=zipfile.ZIP_STORED)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"She stood", b"He stood!"))
    assert refused(path) == ["a.md: it is damaged and cannot be unpacked."]
    path.write_bytes(content[:-30])
    assert refused(path) == ["mine.zip: this is not a zip file, or it is damaged."]


def test_more_files_than_a_diary_has(packed, monkeypatch):
    monkeypatch.setattr(import_zip, "FILES_MOST", 0)
    assert refused(packed(("a.md", LIFT))) == ["mine.zip: it has more than 0 files."]


def test_nothing_is_left_behind(packed, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    read_zip(packed(("a.md", LIFT)))
    refused(packed(("a.md", b"\x00")))
    assert not list((tmp_path / "temporary").iterdir())

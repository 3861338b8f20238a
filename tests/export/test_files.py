"""Files of an export: whole or not at all, each path once."""

import io
import os
import time
from pathlib import Path

import pytest

from portfolio.export.files import STALE_SECONDS, FolderSink, ZipSink, whole_file


def test_a_file_appears_when_it_is_complete(tmp_path: Path) -> None:
    target = tmp_path / "book.pdf"
    target.write_text("the former")
    with whole_file(target) as stream:
        stream.write(b"the next")
        stream.flush()
        assert target.read_text() == "the former"
        assert len(os.listdir(tmp_path)) == 2
    assert target.read_text() == "the next"
    assert os.listdir(tmp_path) == ["book.pdf"]


def test_a_failure_leaves_the_former_file_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "book.pdf").write_text("the former")
    with pytest.raises(OSError, match="disk full"), whole_file(tmp_path / "book.pdf") as stream:
        stream.write(b"half")
        raise OSError("disk full")
    assert (tmp_path / "book.pdf").read_text() == "the former"
    assert os.listdir(tmp_path) == ["book.pdf"]


def test_what_a_killed_export_left_is_swept_a_day_later(tmp_path: Path) -> None:
    old, new = tmp_path / ".a[1].zip.0123.part", tmp_path / ".a[1].zip.4567.part"
    for path in (old, new):
        path.write_text("half")
    os.utime(old, (time.time() - STALE_SECONDS - 60,) * 2)
    with whole_file(tmp_path / "a[1].zip") as stream:
        stream.write(b"whole")
    assert sorted(os.listdir(tmp_path)) == [new.name, "a[1].zip"]


@pytest.mark.parametrize("second", ["entries/夜班.html", "Entries/夜班.HTML", "entries/夜班.html"])
def test_a_path_is_written_once_even_where_a_system_ignores_case(tmp_path: Path, second: str) -> None:
    for sink in (FolderSink(tmp_path / "folder"), ZipSink(io.BytesIO())):
        sink.add("entries/夜班.html", b"one")
        with pytest.raises(ValueError, match="is written twice"):
            sink.add(second, b"two")


def test_a_copy_and_equal_bytes_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "picture.jpg").write_bytes(b"picture")
    for written in (2, 0):
        sink = FolderSink(tmp_path / "folder")
        first = sink.add("a.jpg", tmp_path / "picture.jpg")
        second = sink.add("b.jpg", b"picture")
        assert first == second
        assert (sink.files, sink.written, sink.size) == (2, written, 14)

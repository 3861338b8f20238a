"""Pieces on disk, and the processes that lay out what is missing."""

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from portfolio.export import workshop
from portfolio.export.piece_store import PieceStore, sweep
from portfolio.export.pieces import (
    Body,
    Cut,
    Damaged,
    Drawing,
    Face,
    Link,
    Node,
    Piece,
    Slot,
    Unit,
    pack,
    unpack,
)

PIECE = Piece(
    height=30.0,
    gap=45.0,
    reach=31.5,
    cuts=(Cut(15.0, 15.0, False), Cut(20.0, 22.5, True, 0)),
    links=(Link(1, (0.0, 1.0, 2.0, 3.0), "to:e-1"),),
    slots=(Slot("e-1", 3, True),),
    anchors={"e-2": (0, 12.5)},
    bookmarks=((2, "Nacht 夜", 0, 12.5),),
    made=Body(
        strips=((Unit("BT ET", 0, "Span"),), (Unit("q Q"),), (Unit("\x00", 1, "Span", 0),)),
        tree=(Node("P", (0, Node("Link", (-1, 1), {"Lang": "zh-Hans"}))),),
        faces={
            "ABC": Face("Book-Serif", "f.ttf#0", (4, 900, -200, 1000, 500), {3: "B", 4: "字"}, {3: 512.5})
        },
        states={"a1": "<</ca 1>>"},
        drawings={
            "X1": Drawing("XObject", "<</A 1>>", b"\x00\xff", {"SMask": Drawing("XObject", "<<>>", b"m")})
        },
    ),
)


def test_a_piece_comes_back_as_it_was() -> None:
    again = unpack(pack(PIECE))
    assert again.body == PIECE.body
    assert replace(again, packed=b"") == replace(PIECE, made=None)


@pytest.mark.parametrize("at", [0, 5, 9, 30, -1])
def test_a_spoilt_piece_is_known_as_such(at: int) -> None:
    data = bytearray(pack(PIECE))
    data[at] ^= 0x40
    with pytest.raises(Damaged):
        unpack(bytes(data))


@pytest.mark.parametrize("length", [0, 3, 11, 40])
def test_a_piece_that_is_not_whole_is_known_as_such(length: int) -> None:
    with pytest.raises(Damaged):
        unpack(pack(PIECE)[:length])


def test_a_spoilt_file_is_taken_away_and_missed(tmp_path: Path) -> None:
    store = PieceStore(tmp_path)
    assert store.get("abcdef") is None
    store.put("abcdef", pack(PIECE))
    assert store.get("abcdef") == unpack(pack(PIECE))
    (path,) = tmp_path.glob("*/*")
    path.write_bytes(path.read_bytes()[:-3])
    assert store.get("abcdef") is None
    assert not path.exists()


def test_the_folder_is_kept_small_and_young(tmp_path: Path) -> None:
    store = PieceStore(tmp_path)
    for number in range(4):
        store.put(f"0{number}key", bytes(600_000))
    paths = sorted(tmp_path.glob("*/*"))
    now = time.time()
    for age, path in zip((3, 2, 1, 0), paths, strict=True):
        os.utime(path, (now - age * 60, now - age * 60))
    assert sweep(tmp_path, 100) == 0
    assert sweep(tmp_path, 1) == 3
    assert list(tmp_path.glob("*/*")) == paths[3:]
    os.utime(paths[3], (now - 31 * 86_400,) * 2)
    assert sweep(tmp_path, 1) == 1
    assert sweep(tmp_path / "nowhere", 1) == 0


def test_a_finished_book_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    store, book, target = PieceStore(tmp_path / "kept"), tmp_path / "a.pdf", tmp_path / "b.pdf"
    book.write_bytes(b"%PDF of seven pages")
    assert store.whole("book", target) == 0
    store.keep_whole("book", book, 7)
    assert store.whole("book", target) == 7
    assert target.read_bytes() == book.read_bytes()
    (path,) = (tmp_path / "kept").glob("*/*")
    path.write_bytes(path.read_bytes()[:-1])
    assert store.whole("book", target) == 0
    assert not path.exists()


def lay_out(htmls: Sequence[str]) -> list[Piece]:
    for html in htmls:
        if html == "crash":
            os.kill(os.getpid(), signal.SIGKILL)
        if html == "hang":
            time.sleep(60)
        if html == "raise":
            raise ValueError
        if html == "hoard":
            bytearray(10**10)
    return [PIECE for _html in htmls]


@pytest.mark.parametrize("trouble", ["crash", "hang", "raise", "hoard"])
def test_one_piece_that_fails_costs_no_other(
    trouble: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workshop, "PATIENCE", 0.5)
    before = psutil.Process().children()
    store = PieceStore(tmp_path)
    tasks = [(f"key{n}", "well") for n in range(7)] + [("bad", trouble)] + [("last", "well")]
    told: list[int] = []
    assert workshop.lay_out_missing(tasks, lay_out, store, 4000, told.append) == ["bad"]
    assert [key for key, _html in tasks if store.get(key) is None] == ["bad"]
    assert told == sorted(told)
    assert psutil.Process().children() == before


@pytest.mark.parametrize(
    "html",
    [
        "<p>cell</p>" * 10_001,
        "<table>" + "<tr><td>a</td><td>b</td></tr>" * 4000 + "</table>",
        "<pre><code>" + "x\n" * 10_001 + "</code></pre>",
        f"<p>{'雨' * 100_001}</p>",
    ],
)
def test_what_is_far_beyond_a_process_is_not_begun_and_costs_no_other(html: str, tmp_path: Path) -> None:
    store = PieceStore(tmp_path)

    def noting(htmls: Sequence[str]) -> list[Piece]:
        (tmp_path / "begun").write_text("".join(htmls))
        return lay_out(htmls)

    tasks = [("key", "well"), ("bad", html)]
    assert workshop.lay_out_missing(tasks, noting, store, 4000, lambda _: None) == ["bad"]
    assert (tmp_path / "begun").read_text() == "well"
    assert store.get("key") is not None and store.get("bad") is None


@pytest.mark.parametrize(
    "html",
    [
        "<table>" + ("<tr>" + "<td>a cell</td>" * 6 + "</tr>") * 1000 + "</table>",
        f"<p>{'It rained all night. ' * 40}</p>" * 1200,
        f"<p>{'She asked. <em>Why?</em> ' * 4000}</p>",
        "<p>" + "a line\n" * 11_000 + "</p>",
    ],
)
def test_what_is_long_and_can_be_laid_out_is(html: str) -> None:
    assert not workshop.is_beyond(html)


def test_halves_of_what_took_too_long_get_half_of_its_time() -> None:
    assert [workshop.of_half(seconds) for seconds in (90.0, 45.0, 8.0, 5.0, 0.5)] == [
        45.0,
        22.5,
        5.0,
        5.0,
        0.5,
    ]


def test_long_work_goes_in_several_batches_to_two_processes(tmp_path: Path) -> None:
    store = PieceStore(tmp_path)
    tasks = [(f"key{n}", "well" * 5000) for n in range(20)]
    told: list[int] = []
    assert workshop.lay_out_missing(tasks, lay_out, store, 4000, told.append) == []
    assert told[-1] == 20 and len(told) >= 6


def test_a_full_disk_is_told_at_once_and_leaves_no_broken_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_path: Path, _data: bytes) -> int:
        raise OSError(28, "No space left on device")

    store = PieceStore(tmp_path)
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        workshop.lay_out_missing([("key", "well"), ("more", "well")], lay_out, store, 4000, lambda _: None)
    assert not list(tmp_path.glob("*/*"))

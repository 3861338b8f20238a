"""A large site is written by two processes, and is the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from portfolio.export import site
from portfolio.export.site import write_site
from portfolio.export.site_folder import MARKER
from tests.export import books

ENTRIES = [books.entry(f"2022-09-{n:02}", f"Day {n}", f"What I wrote on day {n}.") for n in range(1, 10)]


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != MARKER  # whose names stand in the order of writing
    }


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "worth_it", lambda entries: entries > 1)


def test_two_processes_write_what_one_does(
    two: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[int, int]] = []
    both = write_site(books.portfolio(ENTRIES), tmp_path / "two", lambda *given: told.append(given))
    monkeypatch.setattr(site, "worth_it", lambda entries: False)
    one = write_site(books.portfolio(ENTRIES), tmp_path / "one")
    assert content(tmp_path / "two") == content(tmp_path / "one")
    assert len(content(tmp_path / "one")) > len(ENTRIES)
    assert (both.files, both.written, both.bytes, both.pages) == (
        one.files,
        one.written,
        one.bytes,
        one.pages,
    )
    assert told[-1] == (both.files, both.files)
    assert [done for done, _total in told] == sorted(done for done, _total in told)


def test_a_second_export_by_two_writes_only_what_changed(two: None, tmp_path: Path) -> None:
    write_site(books.portfolio(ENTRIES), tmp_path / "site")
    changed = [*ENTRIES[:-1], books.entry("2022-09-09", "Day 9", "And on the ninth day something else.")]
    again = write_site(books.portfolio(changed), tmp_path / "site")
    assert 0 < again.written < again.files
    assert any(b"something else" in page for page in content(tmp_path / "site").values())


def test_a_half_that_fails_leaves_no_site(two: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = site.Site._entries

    def failing(self: site.Site, first: int = 0, last: int | None = None) -> Iterator[tuple[str, bytes]]:
        if last is None:
            raise MemoryError
        yield from entries(self, first, last)

    monkeypatch.setattr(site.Site, "_entries", failing)
    with pytest.raises(OSError, match="half"):
        write_site(books.portfolio(ENTRIES), tmp_path / "site")
    assert not list(tmp_path.iterdir())

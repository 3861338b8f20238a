"""A disk that is full while a document is written: the former one stays, nothing is left, and space is all it takes."""

import contextlib
import resource
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from portfolio.domain.records import Portfolio
from portfolio.export.archive import write_archive
from portfolio.export.book import write_book
from portfolio.export.child import Limits, TooLarge
from portfolio.export.site import write_site
from tests.export import books

pytestmark = pytest.mark.heavy

LEFT = 8 * 1024  # bytes, when it is full
CHUNK = 64 * 1024


@dataclass(frozen=True)
class Disk:
    """A small disk where this machine allows to mount one; else a process that may write no more to a file."""

    folder: Path
    mounted: bool

    @contextlib.contextmanager
    def full(self) -> Iterator[Limits]:
        """Full as long as this lasts. Gives the limits of a book that is made meanwhile."""
        if not self.mounted:
            soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (LEFT, hard))
            try:
                yield Limits(file_mb=0)
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            return
        filler = self.folder / "filler"
        with open(filler, "wb", buffering=0) as stream, contextlib.suppress(OSError):
            while stream.write(bytes(CHUNK)) == CHUNK:
                pass
        with open(filler, "r+b") as stream:
            stream.truncate(filler.stat().st_size - LEFT)
        yield Limits()
        filler.unlink()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        mounting = ["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(folder)]
        mounted = not subprocess.run(mounting, capture_output=True, check=False).returncode
    except FileNotFoundError:
        mounted = False
    yield Disk(folder, mounted)
    if mounted:
        subprocess.run(["umount", str(folder)], check=True)


def diary() -> Portfolio:
    return books.portfolio(
        [
            books.entry(f"2021-01-{n:02d}", f"Day {n}", "The lift was full, and I walked. " * 40)
            for n in range(1, 29)
        ]
    )


def book(portfolio: Portfolio, target: Path, limits: Limits) -> object:
    return write_book(portfolio, target, limits=limits, kept=target.parent / "pieces")


def site(portfolio: Portfolio, target: Path, _limits: Limits) -> object:
    return write_site(portfolio, target)


def archive(portfolio: Portfolio, target: Path, _limits: Limits) -> object:
    return write_archive(portfolio, target)


@pytest.mark.parametrize(("make", "name"), [(book, "a.pdf"), (site, "a.zip"), (archive, "a.zip")])
def test_a_full_disk_leaves_the_former_document(
    disk: Disk, make: Callable[[Portfolio, Path, Limits], object], name: str
) -> None:
    target = disk.folder / name
    target.write_bytes(b"the former one")
    with disk.full() as limits, pytest.raises((OSError, TooLarge)):
        make(diary(), target, limits)
    assert target.read_bytes() == b"the former one"
    assert [path.name for path in disk.folder.iterdir() if path.is_file()] == [name]
    make(diary(), target, Limits())
    assert target.stat().st_size > LEFT


def test_a_full_disk_leaves_a_folder_of_a_site_that_can_be_mended(disk: Disk, tmp_path: Path) -> None:
    target = disk.folder / "site"
    with disk.full(), pytest.raises(OSError):
        write_site(diary(), target)
    made = write_site(diary(), target)
    whole = write_site(diary(), tmp_path / "whole")
    assert made.files == whole.files
    for path in (tmp_path / "whole").rglob("*.html"):
        assert (target / path.relative_to(whole.path)).read_bytes() == path.read_bytes()

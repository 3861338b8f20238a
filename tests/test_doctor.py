"""The doctor: what it finds on a machine that lacks something, and what it says mends it."""

import ctypes
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from portfolio import doctor
from portfolio.doctor import Finding


def called(findings: list[Finding], name: str) -> Finding:
    (found,) = [f for f in findings if f.name == name]
    return found


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site's folder as the first start leaves it."""
    instance = tmp_path / "instance"
    instance.mkdir(mode=0o700)
    secret = instance / "secret"
    secret.write_bytes(bytes(32))
    secret.chmod(0o600)
    return instance


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Take shared libraries away, by a part of their names."""

    def take_away(*parts: str) -> None:
        def load(name: str) -> object:
            if any(part in name for part in parts) or ".dylib" in name:
                raise OSError(f"{name}: cannot open shared object file")
            return object()

        monkeypatch.setattr(ctypes, "CDLL", load)

    return take_away


@pytest.fixture
def apt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)


def fonts(monkeypatch: pytest.MonkeyPatch, listed: str | Exception) -> None:
    def run(command: list[str], **_: object) -> object:
        assert command[0] == "fc-list"
        if isinstance(listed, Exception):
            raise listed
        return SimpleNamespace(stdout=listed)

    monkeypatch.setattr(subprocess, "run", run)


def test_each_thing_is_named_once_and_says_what_it_is_for(site: Path) -> None:
    findings = doctor.check(site, lambda: "SQLite, up to date")
    names = [f.name for f in findings]
    assert len(set(names)) == len(names)
    assert {"Python", "SQLite", "Pango", "Chinese faces", "Site folder", "Secret", "Disk", "Database"} <= set(
        names
    )
    for finding in findings:
        assert finding.detail and "\n" not in finding.detail
        assert finding.needed_for
        assert bool(finding.mend) != finding.ok, f"{finding.name}: a mend where, and only where, it is needed"


def test_this_machine_runs_the_product(site: Path) -> None:
    assert [f for f in doctor.check(site) if f.required and not f.ok] == []


def test_an_old_python_is_named() -> None:
    finding = doctor.check_python((3, 10, 12))
    assert not finding.ok and finding.required
    assert finding.detail == "3.10.12"
    assert "3.11" in finding.mend


@pytest.mark.usefixtures("apt")
def test_without_pango_all_but_the_book_works(site: Path, without: Callable[..., None]) -> None:
    without("pango")
    finding = called(doctor.check(site), "Pango")
    assert not finding.ok and not finding.required
    assert finding.detail == "missing: libpango-1.0.so.0, libpangoft2-1.0.so.0"
    assert finding.mend == "sudo apt-get install libpango-1.0-0 libpangoft2-1.0-0"
    assert "book" in finding.needed_for


@pytest.mark.usefixtures("apt")
def test_the_subset_library_is_missed_by_itself(without: Callable[..., None]) -> None:
    without("harfbuzz-subset")
    pango, subset, _faces = doctor.check_pdf()
    assert pango.ok
    assert not subset.ok
    assert subset.mend == "sudo apt-get install libharfbuzz-subset0"


def test_root_needs_no_sudo(apt: None, without: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    without("pango")
    assert doctor.check_pdf()[0].mend.startswith("apt-get install")


def test_elsewhere_than_on_debian_the_packages_are_named_only(
    without: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    without("pango")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert doctor.check_pdf()[0].mend == "install what Debian calls libpango-1.0-0, libpangoft2-1.0-0"


@pytest.mark.parametrize(
    ("listed", "ok", "detail"),
    [
        (
            "Noto Serif CJK SC,Noto Serif CJK SC Bold\nNoto Sans CJK SC\nDejaVu Sans\n",
            True,
            "Noto Serif CJK SC, Noto Sans CJK SC",
        ),
        ("Noto Serif CJK SC\nNoto Sans CJK JP\n", False, "missing: Noto Sans CJK SC"),
        ("", False, "missing: Noto Serif CJK SC, Noto Sans CJK SC"),
        (FileNotFoundError("fc-list"), False, "fc-list is missing"),
        (
            subprocess.TimeoutExpired("fc-list", 30),
            False,
            "fc-list failed: Command 'fc-list' timed out after 30 seconds",
        ),
    ],
)
def test_chinese_faces(
    monkeypatch: pytest.MonkeyPatch, apt: None, listed: str | Exception, ok: bool, detail: str
) -> None:
    fonts(monkeypatch, listed)
    finding = doctor.check_chinese_faces()
    assert (finding.ok, finding.detail) == (ok, detail)
    assert ok or finding.mend == "sudo apt-get install fontconfig fonts-noto-cjk"


def old_sqlite(version: tuple[int, int, int], full_text: bool) -> SimpleNamespace:
    class Connection:
        def execute(self, _statement: str) -> None:
            if not full_text:
                raise sqlite3.OperationalError("no such module: fts5")

        def close(self) -> None:
            pass

    return SimpleNamespace(
        sqlite_version=".".join(map(str, version)),
        sqlite_version_info=version,
        OperationalError=sqlite3.OperationalError,
        connect=lambda _path: Connection(),
    )


@pytest.mark.parametrize(
    ("version", "full_text", "ok", "required", "words"),
    [
        ((3, 51, 3), True, True, False, "3.51.3, with full-text search"),
        ((3, 40, 1), True, False, False, "3.40.1, with full-text search; before 3.51.3"),
        ((3, 53, 0), False, False, True, "3.53.0, without full-text search"),
    ],
)
def test_sqlite(
    monkeypatch: pytest.MonkeyPatch,
    version: tuple[int, int, int],
    full_text: bool,
    ok: bool,
    required: bool,
    words: str,
) -> None:
    monkeypatch.setattr(doctor, "_sqlite", lambda: old_sqlite(version, full_text))
    finding = doctor.check_sqlite()
    assert (finding.ok, finding.required) == (ok, required)
    assert finding.detail.startswith(words)
    assert ok or "pysqlite3" in finding.mend


def test_no_sqlite_at_all_is_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_sqlite", lambda: None)
    assert doctor.check_sqlite().detail == "missing"


def test_the_sqlite_examined_is_the_one_that_the_tables_use() -> None:
    import peewee

    assert peewee.sqlite3.sqlite_version == doctor._sqlite().sqlite_version


def test_a_site_that_is_not_there_yet_is_well(tmp_path: Path) -> None:
    instance = tmp_path / "srv" / "diary"
    findings = doctor.check(instance)
    assert called(findings, "Site folder").ok
    assert f"would be made in {tmp_path}" in called(findings, "Site folder").detail
    assert called(findings, "Secret").ok
    assert not instance.exists(), "looking makes nothing"


def test_a_site_folder_that_is_a_file(tmp_path: Path) -> None:
    instance = tmp_path / "instance"
    instance.write_text("not a folder")
    findings = doctor.check(instance)
    assert called(findings, "Site folder").detail == f"{instance} is not a folder"
    assert not called(findings, "Secret").ok


def test_a_site_folder_that_cannot_be_written_to(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refuse)
    finding = doctor.check_instance(site)
    assert not finding.ok and finding.required
    assert finding.detail == f"{site} cannot be written to: Read-only file system"


def test_looking_leaves_the_site_folder_as_it_was(site: Path) -> None:
    doctor.check(site)
    assert [path.name for path in site.iterdir()] == ["secret"]


def test_a_site_folder_open_to_others_is_named_and_mended(site: Path) -> None:
    site.chmod(0o755)
    finding = doctor.check_instance(site)
    assert not finding.ok and not finding.required
    subprocess.run(finding.mend, shell=True, check=True)  # noqa: S602 - the command is what is tested
    assert doctor.check_instance(site).ok


def test_a_secret_open_to_others_is_named_and_mended(site: Path) -> None:
    (site / "secret").chmod(0o640)
    finding = doctor.check_secret(site)
    assert not finding.ok and finding.required
    assert finding.detail.endswith("has mode 0640")
    subprocess.run(finding.mend, shell=True, check=True)  # noqa: S602 - the command is what is tested
    assert doctor.check_secret(site).ok


@pytest.mark.parametrize(
    ("free_mb", "ok", "required"), [(5000, True, False), (500, False, False), (50, False, True)]
)
def test_free_disk(
    site: Path, monkeypatch: pytest.MonkeyPatch, free_mb: int, ok: bool, required: bool
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=free_mb * 1024 * 1024))
    finding = doctor.check_disk(site)
    assert (finding.ok, finding.required) == (ok, required)
    assert f"{free_mb:,} MB free" in finding.detail


def test_the_database_speaks_for_itself() -> None:
    assert doctor.check_database(lambda: "SQLite, 12 MB") == Finding(
        "Database", True, "SQLite, 12 MB", needed_for="everything"
    )


@pytest.mark.parametrize(
    ("problem", "detail"),
    [
        (RuntimeError("two migrations\n  are missing"), "two migrations are missing"),
        (ConnectionRefusedError(), "ConnectionRefusedError"),
    ],
)
def test_a_database_out_of_reach_or_out_of_date(problem: Exception, detail: str) -> None:
    def fail() -> str:
        raise problem

    finding = doctor.check_database(fail)
    assert not finding.ok and finding.required
    assert (finding.detail, finding.mend) == (detail, "portfolio migrate")
    assert doctor.check_database(fail, "portfolio --instance drill migrate").mend.endswith("drill migrate")

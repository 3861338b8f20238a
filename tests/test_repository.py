"""The repository as a whole: it names no registry and no machine, versions agree, origins are known."""

import ast
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portfolio import __version__

ROOT = Path(__file__).resolve().parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
VENDORED = [ROOT / "static" / "vendor", ROOT / "static" / "fonts"]
SCRIPTS = [*sorted((ROOT / "scripts").glob("*.sh")), ROOT / ".ci" / "run"]

# Written with brackets, so that this file does not hold what it looks for.
REGISTRY = re.compile(
    r"p[y]thonhosted|p[y]pi[.](org|io)|npm[j]s[.]|deb[.]debian|debian[.]org/debian|[y]arnpkg[.]"
)
MACHINE = re.compile(r"/[w]ork/[a-z]|/[f]arm/[a-z]|/[r]oot/|/home/[a-z]|/[U]sers/[a-z]|[A-Z]:\\Users")
MERGED = re.compile(r"^(<{7}|>{7}) ")
REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)
# Packages whose modules have another name,
INSTALLED_AS = {
    "PIL": "pillow",
    "argon2": "argon2-cffi",
    "bs4": "beautifulsoup4",
    "frontmatter": "python-frontmatter",
    "playhouse": "peewee",
    "yaml": "pyyaml",
}
# that come with Flask and WeasyPrint as part of what those offer,
COME_WITH = {"jinja2", "limits", "markupsafe", "pydyf", "pyphen", "werkzeug", "wtforms"}
# and that other libraries take up by themselves.
NOT_IMPORTED = {"pysqlite3", "tzdata"}


def tracked() -> list[Path]:
    """The files that git knows; outside a clone of the repository those that it would not leave alone."""
    git = ["git", "-C", str(ROOT), "ls-files", "-z"]
    if (ROOT / ".git").exists():
        listed = subprocess.run(git, capture_output=True, text=True, check=True).stdout
        return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    ignored = {line.strip("/") for line in lines if line and not line.startswith(("#", "*"))}
    return [path for path in _files_below(ROOT, ignored) if not path.match("*.egg-info/*")]


def _files_below(folder: Path, ignored: set[str]) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name in ignored:
            continue
        if path.is_dir():
            yield from _files_below(path, ignored)
        else:
            yield path


def test_the_files_are_known_with_git_and_without(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    known = {path.relative_to(ROOT) for path in tracked()}
    assert {Path("Makefile"), Path(".ci/run")} <= known
    for path in {*known, Path("instance/portfolio.db"), Path(".venv/bin/python")}:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    shutil.copy(ROOT / ".gitignore", tmp_path)
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    assert {path.relative_to(tmp_path) for path in tracked()} == known


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [
            f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
            for number, line in enumerate(text.splitlines(), 1)
            if pattern.search(line)
        ]
    return found


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def names(requirements: list[str]) -> set[str]:
    return {normal(re.split(r"[\[<>=!~; ]", line, maxsplit=1)[0]) for line in requirements}


def locked(path: Path) -> dict[str, set[str]]:
    versions: dict[str, set[str]] = {}
    for name, version in REQUIREMENT.findall(path.read_text(encoding="utf-8")):
        versions.setdefault(normal(name), set()).add(version)
    return versions


def test_no_file_names_a_registry() -> None:
    assert lines_with(REGISTRY) == []


def test_no_file_holds_two_versions_of_itself() -> None:
    assert lines_with(MERGED) == []


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    assert lines_with(MACHINE) == []


def test_the_version_is_the_newest_one_in_the_changelog() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^##\s+\[?v?(\d+\.\d+\.\d+)", changelog, re.MULTILINE)
    assert released, "CHANGELOG.md has no heading such as “## 0.1.0”"
    assert released[0] == __version__


@pytest.mark.parametrize("folder", VENDORED, ids=lambda f: f.name)
def test_files_from_elsewhere_are_what_was_taken_over(folder: Path) -> None:
    listed = {}
    for line in (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        checksum, name = line.split(maxsplit=1)
        listed[name] = checksum
    there = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "SHA256SUMS"
    }
    assert there == listed, "`make vendor` takes them over again"


@pytest.mark.parametrize("folder", VENDORED, ids=lambda f: f.name)
def test_files_from_elsewhere_lie_beside_their_licence(folder: Path) -> None:
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "SHA256SUMS"]
    assert files
    for path in files:
        licences = list(path.parent.glob("LICENSE*"))
        assert licences, f"{path.relative_to(ROOT)} has no licence"
        assert all(len(licence.read_text(encoding="utf-8")) > 500 for licence in licences)
    for face in folder.glob("*.ttf"):
        families = [path.stem.removeprefix("LICENSE-") for path in folder.glob("LICENSE-*")]
        assert any(face.name.startswith(family) for family in families), f"{face.name} has no licence"


def test_npm_packages_are_pinned_without_addresses() -> None:
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for name, version in wanted.items():
        package = lock[f"node_modules/{name}"]
        assert package["version"] == version
        assert package["integrity"].startswith("sha512-")
    assert not any("resolved" in package for package in lock.values())


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_locked_packages_have_hashes_and_no_addresses(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text and "--index" not in text and "--find-links" not in text
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(entries) > 50
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_what_the_project_asks_for_is_locked() -> None:
    project, groups = PROJECT["project"], PROJECT["dependency-groups"]
    run, develop = (locked(ROOT / "requirements" / f"{name}.txt") for name in ("run", "develop"))
    asked = names(project["dependencies"] + groups["build"])
    assert asked - run.keys() == set(), "`make lock` locks them"
    extras = [line for extra in project["optional-dependencies"].values() for line in extra]
    assert names(extras + groups["develop"]) - develop.keys() == set(), "`make lock` locks them"
    assert {name: develop.get(name) for name in run} == run, "both files hold the same versions"


def test_what_is_imported_is_asked_for_and_the_other_way_round() -> None:
    imported = set()
    for path in (ROOT / "portfolio").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                imported.add(node.module.split(".")[0])
    imported -= {*sys.stdlib_module_names, "portfolio", *NOT_IMPORTED}
    used = {normal(INSTALLED_AS.get(module, module)) for module in imported}
    project = PROJECT["project"]
    required = names(project["dependencies"])
    optional = names([line for extra in project["optional-dependencies"].values() for line in extra])
    assert used - required - optional - COME_WITH == set(), "imported, and not asked for"
    assert required - used - NOT_IMPORTED == set(), "asked for, and not imported"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_can_be_read_by_their_shell(script: Path) -> None:
    first = script.read_text(encoding="utf-8").splitlines()[0]
    shell = "bash" if "bash" in first else "sh"
    checked = subprocess.run([shell, "-n", script], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
    if first.startswith("#!"):
        assert script.stat().st_mode & 0o111, f"{script.name} cannot be run"


def test_make_alone_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert sorted(re.findall(r"^  make (\S+) +\S", shown, re.MULTILINE)) == sorted(phony.split())


@pytest.mark.heavy
def test_the_wheel_holds_pages_styles_and_faces(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    for name in ("templates", "static"):
        here = {path.relative_to(ROOT).as_posix() for path in (ROOT / name).rglob("*") if path.is_file()}
        assert {f"portfolio/{path}" for path in here} <= held
    assert "portfolio/doctor.py" in held
    assert not [path for path in held if path.startswith(("tests/", "instance/", "templates/", "static/"))]

"""The documentation: every setting, command and format is in it, and all that it names is there."""

import importlib.util
import io
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from babel.messages.pofile import read_po
from click.testing import CliRunner

from portfolio import config
from portfolio.cli import main
from portfolio.domain.records import AUDIENCES
from portfolio.export import markdown_fields, markdown_folder
from portfolio.export.archive import write_archive
from portfolio.export.front_matter import read_document
from portfolio.export.site import write_site
from tests.export import people

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PICTURES = DOCS / "pictures"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(DOCS.glob("*.md"))]
PICTURE_BYTES_MOST = 400_000
README_LINES_MOST = 150

BLOCK = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
IMAGE = re.compile(r"<img\b[^>]*>|<source\b[^>]*>")
ELSEWHERE = re.compile(r"[a-z]+:")

every_page = pytest.mark.parametrize("document", PAGES, ids=lambda path: path.name)


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return BLOCK.sub("", read(page))


def cells(page: Path) -> Iterator[list[str]]:
    """The rows of a page's tables."""
    for line in prose(page).splitlines():
        if line.startswith("|"):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


# --- settings


def test_every_setting_is_in_the_table_with_its_variable_and_default() -> None:
    variables = {row.variable: row for row in config.table()}
    documented = [
        row for row in cells(DOCS / "administrators.md") if row[1:2] and row[1].startswith("`PORTF")
    ]
    assert documented == [
        [f"`{row.name}`", f"`{row.variable}`", shown(row.default), row.doc] for row in variables.values()
    ]


def shown(default: object) -> str:
    if isinstance(default, tuple):
        return f"`{', '.join(default)}`"
    return f"`{default}`" if default != "" else "–"


@every_page
def test_every_variable_that_is_named_exists(document: Path) -> None:
    known = {row.variable for row in config.table()} | {"PORTFOLIO_INSTANCE"}
    tests = "".join(read(path) for path in (ROOT / "tests").rglob("conftest.py"))
    tests += "".join(read(path) for path in (ROOT / "scripts").glob("*.sh"))
    known |= set(re.findall(r"\bPORTFOLIO_TEST_[A-Z]+", tests))
    assert set(re.findall(r"\bPORTFOLIO_[A-Z_]*[A-Z]", read(document))) - known == set()


# --- commands


def commands(group: click.Group = main, words: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Every command by its words."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))
        else:
            yield " ".join((*words, name)), command


COMMANDS = dict(commands())


def usages() -> Iterator[tuple[set[str], set[str]]]:
    """What docs/command-line.md writes of commands: which ones, and the options that stand behind them."""
    page = DOCS / "command-line.md"
    spans = [span for row in cells(page) for span in SPAN.findall(row[0])]
    blocks = re.sub(r"\n +", " ", "\n".join(BLOCK.findall(read(page)))).splitlines()
    for line in (*spans, *blocks):
        for usage in re.split(r" (?:&&|\|) ", line):
            if usage.startswith("portfolio "):
                words = usage.split()[1:]
                options = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", usage))
                yield meant(words), options


def meant(words: list[str]) -> set[str]:
    """The commands that some words mean: `export book|site PATH` means two."""
    found = set()
    for first in words[:1] if words[0] != "[--instance" else []:
        seconds = words[1].split("|") if len(words) > 1 else []
        found |= {name for name in (first, *(f"{first} {second}" for second in seconds)) if name in COMMANDS}
    return found


def test_every_command_and_option_is_documented() -> None:
    documented: dict[str, set[str]] = {}
    for names, options in usages():
        for name in names:
            documented.setdefault(name, set()).update(options)
    assert documented.keys() == COMMANDS.keys()
    for name, command in COMMANDS.items():
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not parameter.hidden:
                assert documented[name] & {*parameter.opts}, f"{name}: {parameter.opts}"


def test_every_documented_option_exists() -> None:
    for names, options in usages():
        for name in names:
            known = {opt for parameter in COMMANDS[name].params for opt in parameter.opts}
            assert options - known - {"--instance"} == set(), name
    everywhere = {opt for command in (main, *COMMANDS.values()) for p in command.params for opt in p.opts}
    for page in PAGES:
        for span in SPAN.findall(prose(page)):
            if re.match("--[a-z]", span):
                assert span.split()[0] in everywhere | {"--help"}, f"{page.name}: {span}"


def examples(page: Path) -> Iterator[list[str]]:
    """The words of each `portfolio …` that a page tells to type, without synopses such as `[--json]`."""
    for line in re.sub(r" *\\\n *", " ", "\n".join(BLOCK.findall(read(page)))).splitlines():
        for part in re.split(r" (?:&&|\|) |; |^ExecStart=", line):
            words = re.search(r"(?:^|\bbin/)portfolio (?=[a-z-])(.*)", part)
            if words and not re.search(r"[\[…]|\w\|\w|\b[A-Z]{3,}\b", words[1]):
                yield shlex.split(words[1].split(" >")[0], comments=True)


@every_page
def test_every_example_can_be_typed(document: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for command in COMMANDS.values():
        monkeypatch.setattr(command, "callback", None)
        for parameter in command.params:
            if isinstance(parameter.type, click.Path):
                monkeypatch.setattr(parameter.type, "exists", False)
    for words in examples(document):
        result = CliRunner().invoke(main, words)
        assert result.exit_code == 0, f"portfolio {' '.join(words)}: {result.output}"


@pytest.mark.heavy
def test_the_examples_of_the_command_line_run_in_order_on_a_fresh_demonstration(tmp_path: Path) -> None:
    """As a newcomer copies them, line by line, into a shell."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "portfolio").write_text(
        f"#!{sys.executable}\nfrom portfolio.cli import main\nmain(prog_name='portfolio')\n", "utf-8"
    )
    (programs / "portfolio").chmod(0o755)
    here = tmp_path / "here"
    here.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTFOLIO_")}
    environment |= {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}

    def type_in(line: str) -> None:
        done = subprocess.run(
            ["bash", "-c", line], cwd=here, env=environment, capture_output=True, text=True, timeout=120
        )  # fmt: skip
        assert done.returncode == 0, f"{line}\n{done.stderr}"

    type_in("portfolio migrate && portfolio demo")
    lines = [line for block in blocks_to_type(DOCS / "command-line.md") for line in block.splitlines()]
    assert len(lines) > 10
    for line in lines:
        type_in(line)


def blocks_to_type(page: Path) -> Iterator[str]:
    """A page's blocks of code but synopses, such as `[--json]`, and the way to call it from a clone."""
    for block in BLOCK.findall(read(page)):
        if not re.search(r"[\[…]|\w\|\w|bin/activate", block):
            yield block


@every_page
def test_every_command_that_is_named_exists(document: Path) -> None:
    for span in SPAN.findall(prose(document)):
        words = re.sub(r"^\S*/", "", span).split()
        if words[:1] == ["portfolio"] and words[1:] and words[1].isalpha():
            group = main.commands.get(words[1])
            assert group, f"{document.name}: {span}"
            assert not isinstance(group, click.Group) or not words[2:] or meant(words[1:]), span


@every_page
def test_every_target_of_make_that_is_named_exists(document: Path) -> None:
    (targets,) = re.findall(r"^\.PHONY: (.*)$", read(ROOT / "Makefile"), re.MULTILINE)
    code = "\n".join(BLOCK.findall(read(document)) + SPAN.findall(prose(document)))
    assert set(re.findall(r"(?:^|\s)make +([a-z][a-z-]*)", code)) - set(targets.split()) == set()


# --- what stands on the pages

GUIDES = [ROOT / "README.md", *(DOCS / f"{name}.md" for name in ("students", "mentors", "leads"))]
NO_LABELS = {"Nobody behind me", "Month 14", "2 new answers"}  # a title, and what is filled in


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_every_button_and_page_that_a_guide_names_is_called_so(guide: Path) -> None:
    catalogue = ROOT / "portfolio" / "translations" / "zh_Hans_CN" / "LC_MESSAGES" / "messages.po"
    said = [
        str(m.id if isinstance(m.id, str) else m.id[0]) for m in read_po(io.BytesIO(catalogue.read_bytes()))
    ]
    named = set(re.findall(r"“([^”]+)”", re.sub(r'alt="[^"]*"', "", prose(guide)))) - NO_LABELS
    labels = {re.sub(r"[…,.]+$", "", name) for name in named}
    assert {label for label in labels if not any(sentence.startswith(label) for sentence in said)} == set()


# --- formats


def test_every_name_that_a_markdown_folder_may_use_is_documented() -> None:
    spans = set(SPAN.findall(prose(DOCS / "formats.md")))
    names = {name for names in markdown_fields.NAMES.values() for name in names}
    assert names - spans == set()
    assert markdown_folder.SUFFIXES - spans == set()


def test_every_field_and_folder_of_the_archive_is_documented(tmp_path: Path) -> None:
    folder = write_archive(people.ines(tmp_path), tmp_path / "archive").path
    page = read(DOCS / "formats.md")
    spans = set(SPAN.findall(page))
    fields = {name for path in folder.glob("data/*/**/*.md") for name in read_document(path.read_bytes())[0]}
    fields |= set(json.loads((folder / "data" / "manifest.json").read_bytes()))
    assert len(fields) > 30
    assert fields - spans == set()
    there = {f"{path.name}/" if path.is_dir() else path.name for path in (folder / "data").iterdir()}
    there |= {path.name for path in folder.iterdir() if path.is_file()}
    assert {name for name in there if name not in page} == set()
    assert set(AUDIENCES) - spans == set()


def test_every_part_of_the_site_is_documented(tmp_path: Path) -> None:
    folder = write_site(people.ines(tmp_path), tmp_path / "site").path
    page = read(DOCS / "formats.md")
    there = {f"{path.name}/" if path.is_dir() else path.name for path in folder.iterdir()}
    assert {name for name in there if f"`{name}`" not in page} == set()


# --- links and pictures


def targets(page: Path) -> Iterator[str]:
    for _, _, target in LINK.findall(prose(page)):
        yield target
    for image in IMAGE.findall(prose(page)):
        yield from re.findall(r'\bsrc(?:set)?="([^"]+)"', image)


def anchors(page: Path) -> set[str]:
    """The anchors that readers of Markdown give to headings."""
    headings = re.findall(r"^#{1,6} +(.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@every_page
def test_every_link_leads_somewhere(document: Path) -> None:
    for target in targets(document):
        if ELSEWHERE.match(target):
            continue
        name, _, anchor = target.partition("#")
        there = (document.parent / name).resolve() if name else document
        assert there.exists(), f"{document.name}: {target}"
        assert there.is_relative_to(ROOT), f"{document.name}: {target}"
        assert not anchor or anchor in anchors(there), f"{document.name}: {target}"


def test_every_page_can_be_found_from_the_readme() -> None:
    linked = {(ROOT / target.partition("#")[0]).resolve() for target in targets(ROOT / "README.md")}
    assert set(PAGES[1:]) - linked == set()


def test_the_readme_is_short() -> None:
    assert len(read(ROOT / "README.md").splitlines()) < README_LINES_MOST


@every_page
def test_every_picture_says_what_is_in_it(document: Path) -> None:
    for mark, words, target in LINK.findall(prose(document)):
        assert not mark or len(words) > 10, f"{document.name}: {target}"
    for image in IMAGE.findall(prose(document)):
        alt = re.search(r'\balt="([^"]*)"', image)
        assert image.startswith("<source") or (alt and len(alt[1]) > 10), f"{document.name}: {image}"


def test_pictures_are_those_that_the_script_takes_and_the_pages_show() -> None:
    spec = importlib.util.spec_from_file_location("screenshots", ROOT / "scripts" / "screenshots.py")
    assert spec and spec.loader
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    there = {path.name for path in PICTURES.iterdir()}
    shown = {Path(target).name for page in PAGES for target in targets(page) if "pictures/" in target}
    assert there == set(script.names())
    assert there == shown


@pytest.mark.parametrize("picture", sorted(PICTURES.glob("*")), ids=lambda picture: picture.stem)
def test_pictures_are_small_png_files(picture: Path) -> None:
    assert picture.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert picture.stat().st_size <= PICTURE_BYTES_MOST

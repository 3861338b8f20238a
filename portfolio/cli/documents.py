"""`portfolio import …` and `portfolio export …`"""

import dataclasses
import gc
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from portfolio import jobs
from portfolio.cli import Refused, check_folder, main, now, on_site, progress_bar, tell
from portfolio.cli.choosing import (
    choices_of,
    export_options,
    how_much,
    printed,
    what_for,
    why_nothing,
)
from portfolio.config import Settings
from portfolio.domain import accounts, errors, importing, portfolios, programme
from portfolio.domain.exchange import ImportBundle
from portfolio.domain.records import Choices, Portfolio, Viewer
from portfolio.store import files

READERS = {
    "mentor": "the mentor",
    "peer_mentor": "the peer mentor",
    "faculty": "the faculty",
    "cohort": "the cohort",
}

GARBAGE_EVERY = 100_000  # objects


@main.group("import")
def import_() -> None:
    """Bring a diary in. Doing it twice makes no doubles; a problem anywhere imports nothing.

    A large one comes in by a hundred entries at once. Stopped in between, the same command goes on.
    """


def _import_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON."),
        click.option(
            "--dry-run", is_flag=True, help="Check everything and say what would be done, but write nothing."
        ),
        click.option("--user", "login", required=True, help="Whose diary it becomes."),
    ):
        command = option(command)
    return command


@import_.command()
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@_import_options
@on_site
def markdown(settings: Settings, folder: Path, login: str, dry_run: bool, as_json: bool) -> None:
    """Read DIR: Markdown files with date, title, stage and tags in their front matter.

    Example: portfolio import markdown my-diary --user sun-yi
    """
    from portfolio.export.markdown_folder import read_markdown_folder

    viewer = accounts.viewer_by_login(login)
    _take_in(viewer, read_markdown_folder(folder), dry_run, as_json)


@import_.command()
@click.argument("file", metavar="FILE", type=click.Path(exists=True, path_type=Path))
@click.option("--shared", is_flag=True, help="Share again as the archive says; without it, all is private.")
@_import_options
@on_site
def archive(settings: Settings, file: Path, login: str, dry_run: bool, shared: bool, as_json: bool) -> None:
    """Read FILE: an open archive that `portfolio export archive` wrote. What comes in is private.

    Example: portfolio import archive sun-yi.zip --user sun-yi
    """
    from portfolio.export.archive import read_archive

    viewer = accounts.viewer_by_login(login)
    _take_in(viewer, read_archive(file, settings.archive_bytes), dry_run, as_json, shared)


@import_.command()
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_import_options
@on_site
def leap2a(settings: Settings, file: Path, login: str, dry_run: bool, as_json: bool) -> None:
    """Read FILE: a Leap2A zip, as Mahara and `portfolio export leap2a` write it.

    Example: portfolio import leap2a mahara-export.zip --user sun-yi --dry-run
    """
    from portfolio.export.leap2a_reading import read_leap2a

    viewer = accounts.viewer_by_login(login)
    _take_in(viewer, read_leap2a(file, settings.archive_bytes), dry_run, as_json)


def _take_in(
    viewer: Viewer, bundle: ImportBundle, dry_run: bool, as_json: bool, shared: bool = False
) -> None:
    there = 0

    def written(done: int, report: importing.ImportReport) -> None:
        nonlocal there
        there = done

    try:
        with progress_bar("Importing") as progress:
            report = importing.import_bundle(
                viewer, bundle, now=now(), dry_run=dry_run, shared=shared, progress=progress, written=written
            )
    except KeyboardInterrupt:
        if not there:
            raise
        all_of_it = _count(len(bundle.entries))
        raise Refused(
            f"Stopped; {there} of {all_of_it} are in. The same command goes on from there."
        ) from None
    if report.owner_name:
        click.echo(f"This archive is somebody else’s: {report.owner_name}.", err=True)
    for remark in report.remarks:
        click.echo(remark, err=True)
    would = "would be " if dry_run else ""
    sentence = (
        f"{_count(report.added)} {would}added, {report.changed} {would}changed, {report.unchanged} unchanged"
        + (f"; stages {would}made: {', '.join(report.stages_made)}" if report.stages_made else "")
        + "."
    )
    if report.shareable:
        others = _readers_said(report, would)
        if shared:
            sentence += f"\n{others}"
        else:
            sentence += f"\nWhat comes in is private. As the archive says, with --shared: {others}"
    told = dataclasses.asdict(report)
    del told["present"]
    tell(sentence, as_json=as_json, **told)


def _readers_said(report: importing.ImportReport, would: str) -> str:
    said = []
    if report.reached:
        readers = ", ".join(f"{count} by {READERS[audience]}" for audience, count in report.readable.items())
        said.append(f"{_count(report.reached)} {would}readable by others at once: {readers}.")
    if report.nobody:
        nobody = ", ".join(READERS[audience] for audience in report.nobody)
        said.append(f"Nobody is there today: {nobody}. Who comes later can read what is granted to them.")
    return " ".join(said)


@main.group()
def export() -> None:
    """Write a diary out: a book (PDF), a site that opens from disk, the open archive, and other formats."""
    # What a diary holds lives until the end; to look for garbage among it each 700 objects costs a tenth
    gc.set_threshold(GARBAGE_EVERY)


@export.command()
@printed
@export_options
@what_for
@on_site
def book(settings: Settings, **options: Any) -> None:
    """Write NAME's narrative review as a PDF and number the edition.

    Example: portfolio export book sun-yi -o sun-yi.pdf --variant review
    """
    _write(settings, "book", **options)


@export.command("site")
@click.option("--cohort", help="Not the diary: what members share with this cohort and NAME may read.")
@export_options
@what_for
@on_site
def site_(settings: Settings, cohort: str | None, **options: Any) -> None:
    """Write NAME's diary as a static site: a folder, or a zip where PATH ends in .zip.

    Into the folder of an export before, only what changed is written.

    Example: portfolio export site sun-yi -o sun-yi-site
    """
    if cohort:
        _write_shared(settings, cohort, **options)
    else:
        _write(settings, "site", **options)


@export.command("archive")
@how_much
@export_options
@on_site
def archive_(settings: Settings, variant: str, private: bool, **options: Any) -> None:
    """Write NAME's open archive (a BagIt bag): everything, private entries and drafts too.

    Example: portfolio export archive sun-yi -o sun-yi.zip
    """
    _write(settings, "archive", variant=variant, private=private or variant == "own", **options)


def _write_shared(
    settings: Settings,
    cohort: str,
    *,
    login: str,
    target: Path,
    force: bool,
    as_json: bool,
    no_comments: bool,
    **other: Any,
) -> None:
    """The site of what members of a cohort share with it."""
    viewer = accounts.viewer_by_login(login)
    _check_target(target, force)
    if any(other.values()):
        raise click.UsageError(
            "With --cohort, the site holds all that is shared; only --no-comments goes with it."
        )
    there = programme.memberships(viewer, now=now())
    found = [c for c in there if cohort in (c.public_id, c.name)]
    if not found:
        names = ", ".join(f"{c.name} ({c.public_id})" for c in there) or "none"
        raise Refused(f"{viewer.login} does not belong to a cohort “{cohort}”. There are: {names}.")
    if len(found) > 1:
        ids = ", ".join(c.public_id for c in found)
        raise Refused(
            f"{viewer.login} belongs to {len(found)} cohorts “{cohort}”. Name one by its id: {ids}."
        )
    portfolio = portfolios.select_community(viewer, found[0].public_id, comments=not no_comments, now=now())
    if not portfolio.entries:
        raise Refused("Nobody has shared anything with this cohort yet.")
    _make(settings, viewer, "cohort-site", portfolio, target, as_json)


@export.command()
@export_options
@what_for
@on_site
def epub(settings: Settings, **options: Any) -> None:
    """Write NAME's diary as an e-book (EPUB 3).

    Example: portfolio export epub sun-yi -o sun-yi.epub
    """
    _write(settings, "epub", **options)


@export.command("leap2a")
@export_options
@what_for
@on_site
def leap2a_(settings: Settings, **options: Any) -> None:
    """Write NAME's diary for another portfolio, as Mahara reads it (a Leap2A zip); drafts with --private.

    Example: portfolio export leap2a sun-yi -o sun-yi-leap2a.zip --private
    """
    _write(settings, "leap2a", **options)


@export.command("json")
@export_options
@what_for
@on_site
def json_(settings: Settings, **options: Any) -> None:
    """Write NAME's entries and comments as JSON.

    Example: portfolio export json sun-yi -o sun-yi.json
    """
    _write(settings, "json", **options)


@export.command("csv")
@export_options
@what_for
@on_site
def csv_(settings: Settings, **options: Any) -> None:
    """Write NAME's entries and comments as two tables (CSV) in a zip.

    Example: portfolio export csv sun-yi -o sun-yi-tables.zip
    """
    _write(settings, "csv", **options)


def _write(
    settings: Settings, kind: str, *, login: str, target: Path, force: bool, as_json: bool, **chosen: Any
) -> None:
    viewer = accounts.viewer_by_login(login)
    choices = choices_of(viewer, **chosen)
    _check_document(kind, choices)
    _check_target(target, force)
    if kind == "book":
        if target.is_dir():
            raise Refused(f"{target} is a folder; name the PDF to write.")
        edition_id, portfolio = _frozen(viewer, choices)
    else:
        portfolio = jobs.portfolio_for(viewer, kind, choices, now=now())
        if not portfolio.entries:
            raise Refused(why_nothing(viewer, choices))
    made = _make(settings, viewer, kind, portfolio, target, as_json)
    if kind == "book":
        _keep_edition(edition_id, made)


def _check_document(kind: str, choices: Choices) -> None:
    """Options that this kind can never take are off, whatever the diary holds. Raises UsageError."""
    try:
        portfolios.check_document(kind, choices)
    except errors.Invalid as refusal:
        raise click.UsageError(str(refusal)) from None


def _frozen(viewer: Viewer, choices: Choices) -> tuple[str, Portfolio]:
    """A book's edition and what it holds. Raises Refused, Invalid."""
    try:
        return portfolios.freeze_edition(viewer, choices, now=now())
    except portfolios.NothingChosen:
        raise Refused(why_nothing(viewer, choices)) from None


def _make(
    settings: Settings, viewer: Viewer, kind: str, portfolio: Portfolio, target: Path, as_json: bool
) -> jobs.Made:
    """Makes it, and says what was made."""
    with progress_bar(f"Writing the {kind}") as progress:
        try:
            made = jobs.make(viewer, kind, portfolio, target, settings, progress)
        except OSError as problem:
            raise Refused(f"{target} cannot be written: {problem.strerror or problem}.") from None
    figures = {name: round(value, 2) for name, value in made.figures.items()}
    pages = f", {made.pages} pages" if made.pages else ""
    took = ""
    if "wall_s" in figures:
        took = f" ({figures['wall_s']} s, {figures['cpu_s']} CPU s, {figures['peak_mb']} MB)"
    elif "written" in figures:
        took = f" ({figures['written']} of {figures['files']} files written, {figures['removed']} removed)"
    entries, left_out = len(portfolio.entries), portfolio.left_out
    tell(
        f"{made.path}: {_count(entries, left_out)}{pages}, {made.size:,} bytes{took}",
        as_json=as_json, path=made.path, entries=entries, left_out=left_out, pages=made.pages,
        bytes=made.size, edition=portfolio.edition, content_hash=portfolio.content_hash, **figures,
    )  # fmt: skip
    if made.problem:
        click.echo(made.problem, err=True)
    return made


def _check_target(target: Path, force: bool) -> None:
    """Refuse a place that cannot be written to, and a file that somebody may still want."""
    check_folder(target)
    if target.is_file() and not force:
        raise Refused(f"{target} is there already. Name a new file, or overwrite it with --force.")


def _count(entries: int, left_out: int = 0) -> str:
    """“1 entry”, “86 entries”, “52 of 86 entries”."""
    if left_out:
        return f"{entries} of {entries + left_out} entries"
    return f"{entries} {'entry' if entries == 1 else 'entries'}"


def _keep_edition(edition_id: str, made: jobs.Made) -> None:
    """The site keeps each edition, whoever asked for it; one that it has already stays as it is."""
    stored_name, place = files.place_for(".pdf")
    shutil.copyfile(made.path, place)
    if not portfolios.finish_edition(
        edition_id,
        stored_name=stored_name,
        pages=made.pages,
        size=made.size,
        plain=made.plain,
    ):
        files.remove(stored_name)

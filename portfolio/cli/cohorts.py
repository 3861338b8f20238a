"""`portfolio export cohort …`"""

import dataclasses
import shutil
from pathlib import Path

import click

from portfolio import jobs
from portfolio.cli import Refused, now, on_site, progress_bar, tell
from portfolio.cli.documents import export
from portfolio.config import Settings
from portfolio.domain import portfolios
from portfolio.domain.records import Choices
from portfolio.export import cohort_editions

OUTPUT = click.Path(file_okay=False, path_type=Path)


@export.command()
@click.argument("name", metavar="NAME")
@click.option("-o", "--output", "folder", required=True, metavar="DIR", type=OUTPUT)
@click.option("--everybody", is_flag=True, help="Make a book of every student, submitted or not.")
@click.option(
    "--variant", type=click.Choice(["own", "review"]), default="review", show_default=True,
    help="With --everybody: for whom the books are.",
)  # fmt: skip
@click.option("--private", is_flag=True, help="With --everybody --variant own: private entries too.")
@click.option("--at-once", type=click.IntRange(1, 16), help="Books made at once. Default: cohort_at_once.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
@on_site
def cohort(
    settings: Settings, name: str, folder: Path, everybody: bool, variant: str, private: bool,
    at_once: int | None, as_json: bool,
) -> None:  # fmt: skip
    """Write the editions that members of the cohort NAME have submitted into DIR, with manifest.csv.

    What could not be made stands in not-made.csv with the reason, and the status is 1. Broken off
    and run again, it goes on where it was.

    Example: portfolio export cohort "Class of 2020" -o editions
    """
    if not everybody and (private or variant != "review"):
        raise click.UsageError("--variant and --private say what --everybody makes: say that too.")
    if private and variant != "own":
        raise click.UsageError("--variant review holds only what is shared: leave --private out.")
    cohort_id = _id_of(name)
    settings = dataclasses.replace(settings, cohort_at_once=at_once or settings.cohort_at_once)
    making = folder / ".making"
    not_yet: tuple[tuple[str, str], ...] = ()
    with progress_bar("Writing the editions") as progress:
        if everybody:
            choices = Choices(variant="own" if variant == "own" else "review", private=private)
            students = portfolios.students_of_cohort(cohort_id)
            outcomes = jobs.make_for_everybody(students, choices, settings, now, progress)
        else:
            there = portfolios.editions_of_cohort(cohort_id)
            not_yet = there.not_yet
            outcomes = jobs.make_submitted(there, making, settings, progress)
        size = cohort_editions.write_folder(outcomes, not_yet, folder)
        shutil.rmtree(making, ignore_errors=True)
    made = [one for one in outcomes if one.path]
    failed = {one.member.login: one.problem for one in outcomes if one.problem}
    pages = sum(one.pages for one in made)
    missing = f", {len(not_yet)} not submitted" if not_yet else ""
    editions = f"{len(made)} {'edition' if len(made) == 1 else 'editions'}"
    tell(
        f"{folder}: {editions}{missing}, {pages} pages, {size:,} bytes",
        as_json=as_json, path=folder, editions=len(made), not_submitted=len(not_yet), pages=pages,
        bytes=size, failed=failed,
    )  # fmt: skip
    if failed:
        raise Refused("\n".join(f"{login}: {problem}" for login, problem in failed.items()))


def _id_of(name: str) -> str:
    found = portfolios.cohorts_named(name)
    if not found:
        raise Refused(f"There is no cohort “{name}”.")
    if len(found) > 1:
        ids = ", ".join(public_id for public_id, _ in found)
        raise Refused(f"{len(found)} cohorts are called “{name}”. Name one by its id: {ids}.")
    return found[0][0]

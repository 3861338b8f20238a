"""The options that say what a document holds, and what they come to."""

import dataclasses
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import click

from portfolio.cli import Refused
from portfolio.domain import access, diary, errors, portfolios
from portfolio.domain.records import Choices, Variant, Viewer

TAGS_NAMED = 20  # of those that somebody has, where one is unknown
MARKDOWN = click.Path(exists=True, dir_okay=False, allow_dash=True)
Command = Callable[..., Any]


class Day(click.ParamType):
    """A day as 2022-10-31."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> dt.date:
        if isinstance(value, dt.date):
            return value
        try:
            return dt.datetime.strptime(value, "%Y-%m-%d").date()
        except ValueError:
            self.fail(f"“{value}” is no day; write it as 2022-10-31.", param, context)


DAY = Day()


def export_options(command: Command) -> Command:
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON."),
        click.option("--force", is_flag=True, help="Overwrite the file if it is there already."),
        click.option("--no-comments", is_flag=True, help="Without the comments."),
        click.option("--tag", "tags", multiple=True, help="Only entries with this tag; may be repeated."),
        click.option("--stage", "stages", multiple=True, help="Only entries of this stage; may be repeated."),
        click.option("--to", "to_date", type=DAY, metavar="DATE", help="Last day, as 2022-10-31."),
        click.option("--from", "from_date", type=DAY, metavar="DATE", help="First day, as 2020-09-01."),
        click.option(
            "-o", "--output", "target", required=True, type=click.Path(path_type=Path), metavar="PATH"
        ),
        click.argument("login", metavar="NAME"),
    ):
        command = option(command)
    return command


def what_for(command: Command) -> Command:
    """For whom a document is, and what is told with it. Not of an archive, which holds everything."""
    for option in (
        click.option("--preset", metavar="TEXT", help="As saved under this name; other options count more."),
        click.option("--preface", type=MARKDOWN, help="Markdown before the entries."),
        click.option("--dedication", metavar="TEXT", help="A few words on a page of their own."),
        click.option(
            "--entry", "entries", multiple=True, metavar="ID", help="Only this entry; may be repeated."
        ),
        click.option("--private", is_flag=True, help="Private entries too."),
        click.option(
            "--variant", type=click.Choice(["own", "review", "anonymised"]),
            help="own (where nothing is said): for NAME; review: for narrative review, shared entries "
            "only; anonymised: the same, under a code, with months for dates.",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


def printed(command: Command) -> Command:
    """How a book is printed."""
    for option in (
        click.option(
            "--attach", is_flag=True, help="PDF/A-3a, with the open archive of what it holds attached."
        ),
        click.option("--archival", is_flag=True, help="PDF/A-2a, for archives."),
        click.option("--binding", is_flag=True, help="For sheets printed on both sides: white at the spine."),
        click.option("--beneath", is_flag=True, help="All comments beneath their entry, none in the margin."),
        click.option("--grey", is_flag=True, help="Greys instead of colours."),
        click.option("--large", is_flag=True, help="Large type."),
        click.option("--paper", type=click.Choice(["a4", "letter"]), help="a4 where nothing is said."),
    ):
        command = option(command)
    return command


def how_much(command: Command) -> Command:
    """Of an archive, which holds everything where nothing is said."""
    for option in (
        click.option("--private", is_flag=True, help="Private entries and drafts too: with “own” they are."),
        click.option(
            "--variant", type=click.Choice(["own", "review"]), default="own",
            help="own (where nothing is said): everything; review: shared entries only, as they are now.",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


def choices_of(
    viewer: Viewer,
    *,
    from_date: dt.date | None,
    to_date: dt.date | None,
    stages: tuple[str, ...],
    tags: tuple[str, ...],
    no_comments: bool,
    variant: str | None = None,
    private: bool = False,
    entries: tuple[str, ...] = (),
    dedication: str | None = None,
    preface: str | None = None,
    preset: str | None = None,
    paper: str | None = None,
    **looks: bool,
) -> Choices:
    """What the options mean; each counts more than what was saved. Raises UsageError, Refused, Invalid."""
    if private and variant in ("review", "anonymised"):
        raise click.UsageError(f"--variant {variant} holds only what is shared: leave --private out.")
    if variant == "anonymised" and looks.get("attach"):
        raise click.UsageError("--variant anonymised names nobody, an archive does: leave --attach out.")
    given: dict[str, Any] = {
        "from_date": from_date,
        "to_date": to_date,
        "stages": _stages(viewer, stages),
        "tags": _tags(viewer, tags),
        "comments": False if no_comments else None,
        "private": private,
        "variant": cast(Variant | None, variant),
        "entries": _entries(viewer, entries),
        "dedication": dedication,
        "preface": _words(preface) if preface else None,
    }
    saved = _preset(viewer, preset) if preset else Choices()
    layout = dataclasses.replace(saved.layout, **{name: True for name, on in looks.items() if on})
    given["layout"] = dataclasses.replace(layout, paper=paper) if paper else layout
    chosen = {name: value for name, value in given.items() if value or value == "" or value is False}
    if not private:
        chosen["private"] = saved.private and (variant or saved.variant) == "own"
    return dataclasses.replace(saved, **chosen)


def _stages(viewer: Viewer, stages: tuple[str, ...]) -> tuple[str, ...]:
    there = diary.stages_written_in(viewer)
    known = {s.name.lower(): s.public_id for s in there}
    unknown = [s for s in stages if s.lower() not in known and s not in known.values()]
    if unknown:
        names = ", ".join(s.name for s in there) or "none"
        raise Refused(f"{viewer.login} has no stage “{unknown[0]}”. There are: {names}.")
    return tuple(known.get(s.lower(), s) for s in stages)


def _tags(viewer: Viewer, tags: tuple[str, ...]) -> tuple[str, ...]:
    there = [tag for tag, _ in diary.tags_used(viewer, drafts=True)] if tags else []
    unknown = [tag for tag in tags if tag not in there]
    if unknown:
        names = ", ".join(there[:TAGS_NAMED]) or "none"
        more = f", and {len(there) - TAGS_NAMED} more" if len(there) > TAGS_NAMED else ""
        raise Refused(f"{viewer.login} has no tag “{unknown[0]}”. There are: {names}{more}.")
    return tags


def why_nothing(viewer: Viewer, choices: Choices) -> str:
    """What to say where no entry is left of a diary, and what may help."""
    if not diary.keeps_one(viewer):
        return f"{viewer.login} has written no entry, so there is no diary to write out."
    if choices.private:
        return "No entry meets these choices."
    if choices.variant == "own":
        return "No entry meets these choices. Private entries are in it only with --private."
    return "No entry meets these choices. Only what is shared with somebody is in it."


def _entries(viewer: Viewer, entries: tuple[str, ...]) -> tuple[str, ...]:
    for entry_id in entries:
        try:
            access.own_entry(viewer, entry_id)
        except errors.NotFound:
            raise Refused(
                f"{viewer.login} has no entry “{entry_id}”. "
                "Its id is at the end of its page’s address, and in `portfolio export json`."
            ) from None
    return entries


def _words(path: str) -> str:
    """What a file or, for "-", standard input says."""
    try:
        with click.open_file(path, encoding="utf-8") as file:
            return file.read()
    except UnicodeDecodeError:
        raise Refused(f"{path} is not text in UTF-8.") from None


def _preset(viewer: Viewer, name: str) -> Choices:
    there = portfolios.presets(viewer)
    found = [one for one in there if name in (one.name, one.public_id)]
    if not found:
        names = ", ".join(f"“{one.name}”" for one in there) or "none"
        raise Refused(f"{viewer.login} has saved no choices as “{name}”. There are: {names}.")
    return found[0].choices

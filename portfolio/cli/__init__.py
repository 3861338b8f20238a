"""`portfolio …`: the same domain verbs as the web, from a shell.

Exit status 0: done; 1: refused, with the reason on standard error; 2: the command's words are off.
"""

import datetime as dt
import functools
import json
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
from peewee import InterfaceError, OperationalError

from portfolio import __version__, config
from portfolio.domain import errors
from portfolio.store import database, files

STEPS = {  # of long work, as its progress names them
    "reading": "gathering the entries",
    "laid out": "laying out the pages",
    "bound": "binding the pages",
    "checking": "checking the photographs",
}

Command = TypeVar("Command", bound=Callable[..., Any])


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--instance",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder that holds everything of one site. Default: $PORTFOLIO_INSTANCE, else ./instance.",
)
@click.version_option(__version__, prog_name="portfolio")
@click.pass_context
def main(context: click.Context, instance: Path | None) -> None:
    """A reflective diary with mentoring, and the book and site that it becomes."""
    context.obj = instance


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def settings_of(context: click.Context) -> config.Settings:
    """The site's settings; a wrong one ends the command with its sentence."""
    try:
        return config.load(context.obj)
    except config.SettingsError as problem:
        raise Refused(str(problem)) from None


def this_command(context: click.Context, words: str) -> str:
    """A command to type next, for the same site: “portfolio --instance drill migrate”."""
    instance = ["--instance", str(context.obj)] if context.obj else []
    return shlex.join(["portfolio", *instance, *words.split()])


class Refused(click.ClickException):
    """The command was understood and not done; the message says why."""

    exit_code = 1

    def show(self, file: Any = None) -> None:
        click.echo(self.format_message(), file=file or sys.stderr)


def on_site(command: Command) -> Command:
    """Open the site's database and files for a command, and turn refusals into exit status 1.

    The command gets the settings as its first argument.
    """

    @click.pass_context
    @functools.wraps(command)
    def opened(context: click.Context, *args: Any, **options: Any) -> Any:
        settings = settings_of(context)
        migrating = this_command(context, "migrate")
        if not database.is_there(settings.database_url):
            raise Refused(f"There is no site in {settings.instance}. To make one there, run: {migrating}")
        with opened_site(settings):
            if database.pending_migrations():
                raise Refused(f"This site’s tables are not up to date. Run: {migrating}")
            return command(settings, *args, **options)

    return opened  # type: ignore[return-value]


@contextmanager
def opened_site(settings: config.Settings) -> Iterator[None]:
    """The site's database and files; what they, or the domain, refuse ends the command with one sentence."""
    try:
        settings.instance.mkdir(parents=True, exist_ok=True, mode=0o700)
        database.open_database(settings.database_url)
        files.use_folder(settings.instance / "files")
        with database.connection():
            yield
    except errors.DomainError as refusal:
        raise Refused(str(refusal)) from None
    except (OperationalError, InterfaceError) as problem:
        raise Refused(f"The database cannot be used: {str(problem).splitlines()[0]}") from None
    except BrokenPipeError:  # who reads the output has seen enough; click ends in silence
        raise
    except OSError as problem:
        raise Refused(f"{problem.filename or settings.instance}: {problem.strerror or problem}.") from None


def check_folder(target: Path) -> None:
    """Refuse a file in a folder that is not there, before anything is made."""
    if not target.absolute().parent.is_dir():
        raise Refused(f"There is no folder {target.absolute().parent}. Make it first.")


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[..., None]]:
    """A bar on a terminal, nothing where standard error is piped. Called with (done, total[, step])."""
    if not sys.stderr.isatty():
        yield lambda done, total, step="": None
        return
    from rich.console import Console  # costs a tenth of a second, needed on a terminal alone
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)

        def tell(done: int, total: int, step: str = "") -> None:
            words = f"{title}: {STEPS[step]}" if step in STEPS else title
            bar.update(task, completed=done, total=total or None, description=words)

        yield tell


def tell(text: str, *, as_json: bool = False, **values: Any) -> None:
    """Say what was done: a sentence, or with `--json` the values."""
    click.echo(json.dumps(values, ensure_ascii=False, default=str) if as_json else text)


from portfolio.cli import cohorts, documents, people, site  # noqa: E402, F401  (they add their commands to `main`)

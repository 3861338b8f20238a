"""`portfolio migrate | serve | doctor | sweep | demo | backup | restore`"""

import dataclasses
import json
import shlex
from pathlib import Path

import click

from portfolio import demo as demonstration
from portfolio import doctor as examination
from portfolio import jobs
from portfolio.cli import (
    Refused,
    check_folder,
    main,
    now,
    on_site,
    opened_site,
    progress_bar,
    settings_of,
    tell,
    this_command,
)
from portfolio.config import Settings
from portfolio.domain import accounts
from portfolio.export import piece_store
from portfolio.store import backup as backups
from portfolio.store import database

SERVER_THREADS = 8
BODY_MORE = 8 * 1024**2  # bytes of a request beside the file in it


@main.command()
@click.pass_context
def migrate(context: click.Context) -> None:
    """Bring the site's tables up to date; makes them where there are none."""
    with opened_site(settings_of(context)):
        applied = database.migrate()
    click.echo(f"Applied: {', '.join(applied)}." if applied else "Nothing to do.")


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 takes a free one.",
)
@click.pass_context
@on_site
def serve(settings: Settings, context: click.Context, host: str, port: int) -> None:
    """Serve the site and make its documents in the background. Ends with Ctrl+C."""
    import waitress  # with Flask, half of the time that a command takes to start

    from portfolio import create_app
    from portfolio.jobs import Workers

    app = create_app(settings)
    try:
        server = waitress.create_server(
            app,
            host=host,
            port=port,
            threads=SERVER_THREADS,
            max_request_body_size=settings.import_bytes + BODY_MORE,  # the app says no in its own words
            ident="portfolio",
            clear_untrusted_proxy_headers=not settings.proxy_count,  # else Flask counts and believes them
        )
    except OSError as problem:
        raise Refused(
            f"Port {port} cannot be used: {problem.strerror}. Try another: `make run PORT=8080`, "
            f"or `{this_command(context, 'serve --port 8080')}`."
        ) from None
    workers = Workers(settings, now)
    workers.start()
    address = f"http://{host}:{server.effective_port}"
    click.echo(f"Serving {settings.site_name} on {address}")
    signing_in = demonstration.sign_ins(settings.instance)
    if signing_in:
        click.echo(f"\nSign in to the demonstration.\n{signing_in}")
    elif accounts.no_users():
        click.echo("Open it to make the first account.")
    click.echo("Stop with Ctrl+C.")
    try:
        server.run()
    finally:
        workers.stop()


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """Say what is missing on this machine or in this site, and the command that mends it."""
    settings = settings_of(context)
    migrating = this_command(context, "migrate")

    def described() -> str:
        if not database.is_there(settings.database_url):
            raise RuntimeError("there is no site yet")
        opened = database.open_database(settings.database_url)
        with database.connection():
            pending = database.pending_migrations()
            if pending:
                raise RuntimeError(f"the tables are not up to date; run: {migrating}")
        if database.is_sqlite():
            return "SQLite"
        major, minor = divmod(opened.server_version, 10_000)  # 150020 is 15.20
        return f"PostgreSQL {major}.{minor}"

    findings = examination.check(settings.instance, described, migrating)
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(f) for f in findings], ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(f"{'well   ' if finding.ok else 'MISSING'}  {finding.name}: {finding.detail}")
            if not finding.ok:
                click.echo(f"         needed for {finding.needed_for}" if finding.needed_for else "")
                click.echo(f"         mend: {finding.mend}" if finding.mend else "")
    if any(not f.ok and f.required for f in findings):
        raise SystemExit(1)


@main.command()
@click.option("--pieces", is_flag=True, help="All that was laid out for books too, however fresh.")
@on_site
def sweep(settings: Settings, pieces: bool) -> None:
    """Remove what is past its time: entries deleted thirty days ago, old results of exports.

    A running site does so by itself, every hour. With --pieces nothing that was laid out for books is
    left either, whose ever it was; the next books take longer.
    """
    removed = jobs.sweep_site(settings, now=now())
    if pieces:
        removed += piece_store.sweep(jobs.pieces_folder(settings), 0)
    click.echo(f"{removed} removed." if removed else "Nothing to do.")


@main.command()
@click.option(
    "--scale", is_flag=True, help="A cohort for measuring: 58 students, 9,065 records, 407,719 words."
)
@on_site
def demo(settings: Settings, scale: bool) -> None:
    """Load the demonstration cohort into an empty site. A second time does nothing."""
    if demonstration.sign_ins(settings.instance):
        click.echo("The demonstration is loaded already.")
        return
    with progress_bar("Loading the demonstration") as progress:
        if scale:
            from portfolio.demo import scale_cohort

            loaded = scale_cohort.load(settings.instance, now=now(), progress=progress)
        else:
            loaded = demonstration.load(settings.instance, now=now(), progress=progress)
    if not loaded:
        raise Refused(
            "This site has people already. Load the demonstration into a new one: "
            "portfolio --instance FOLDER migrate && portfolio --instance FOLDER demo"
        )
    click.echo(demonstration.sign_ins(settings.instance))


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
@on_site
def backup(settings: Settings, file: Path, as_json: bool) -> None:
    """Write the whole site, tables and files, to FILE (a zip), while it goes on being used."""
    if file.exists():
        raise Refused(f"{file} is there already. Name a new file.")
    check_folder(file)
    with progress_bar("Backing up") as progress:
        written = backups.write(file, now=now(), progress=progress)
    tell(
        f"{file}: {written.rows:,} rows, {written.files:,} files, {written.bytes:,} bytes",
        as_json=as_json, path=file, rows=written.rows, files=written.files, bytes=written.bytes,
    )  # fmt: skip


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print what was restored as JSON.")
@on_site
def restore(settings: Settings, file: Path, as_json: bool) -> None:
    """Bring a backup back into an empty site (SQLite or PostgreSQL, whatever it came from)."""
    if not accounts.no_users():
        raise Refused(
            "This site has people already. Restore into a new one: portfolio --instance FOLDER migrate && "
            f"portfolio --instance FOLDER restore {shlex.quote(str(file))}"
        )
    with progress_bar("Restoring") as progress:
        try:
            restored = backups.read(file, progress=progress)
        except backups.BadBackup as problem:
            raise Refused(f"{file}: {problem} Nothing was restored.") from None
    tell(
        f"{restored.rows:,} rows and {restored.files:,} files are back.",
        as_json=as_json, rows=restored.rows, files=restored.files,
    )  # fmt: skip

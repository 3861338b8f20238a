"""`portfolio user …`"""

import sys

import click

from portfolio.cli import main, now, on_site, tell
from portfolio.config import Settings
from portfolio.domain import accounts


@main.group()
def user() -> None:
    """People who can sign in."""


@user.command("add")
@click.argument("login", metavar="NAME")
@click.option(
    "--role", type=click.Choice(["student", "mentor", "lead", "admin"]), default="student", show_default=True
)
@click.option("--name", help="Name that others see. Default: NAME.")
@click.option("--email", help="E-mail address, to reach them by.")
@click.option("--language", type=click.Choice(["en", "zh"]), default="en", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input, one line.")
@click.option("--json", "as_json", is_flag=True, help="Print what was made as JSON.")
@on_site
def add(
    settings: Settings,
    login: str,
    role: str,
    name: str | None,
    email: str | None,
    language: str,
    password_stdin: bool,
    as_json: bool,
) -> None:
    """Make an account for NAME. The password is asked for, or read with --password-stdin."""
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        raise click.UsageError("there is no terminal to ask for a password on; use --password-stdin")
    made = accounts.add_user(
        login, name or login, password, account=role, email=email, language=language, now=now()
    )
    tell(
        f"{made.login} can sign in ({role}).", as_json=as_json, login=made.login, id=made.public_id, role=role
    )

"""The commands. Messages go to standard error; standard output has the result alone."""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import rich_click as click

from honeydo.domain.errors import InvalidValues

from .errors import OperationFailed, SettingsError
from .settings import Settings

Command = TypeVar("Command", bound=Callable[..., Any])


def main() -> None:
    try:
        cli()
    except SettingsError as error:
        _fail(error, 2)
    except OperationFailed as failure:
        _fail(failure, 1)


def _fail(reason: Exception, exit_code: int) -> None:
    click.secho(f"honeydo: {reason}", fg="red", err=True)
    sys.exit(exit_code)


def setting(flag: str, variable: str, help: str, **options: Any) -> Callable[[Command], Command]:
    """An option that stands in for a variable; the settings check its value."""
    return click.option(flag, variable, help=f"{help} [{variable}]", **options)


@contextmanager
def valid_user() -> Iterator[None]:
    """A name that no user can have is a mistake at the command line."""
    try:
        yield
    except InvalidValues as error:
        raise click.UsageError(str(error)) from None


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="honeydo")
def cli() -> None:
    """A task backend for many users.

    Settings are environment variables, or lines of .env in the current folder.
    """


@cli.command()
@setting("--host", "HONEYDO_HOST", "Address to listen on; 127.0.0.1 by default.")
@setting("--port", "HONEYDO_PORT", "Port to listen on; 8000 by default, 0 takes a free one.")
@setting("--workers", "HONEYDO_WORKERS", "Processes that serve; one a core by default, at most 4.")
@setting("--migrate", "HONEYDO_MIGRATE", "Migrate DATABASE_URL first.", flag_value="true")
def serve(**flags: str | None) -> None:
    """Serve the API, on an embedded PostgreSQL unless DATABASE_URL is set."""
    # To be stopped is no failure, whenever it comes; the imports alone take a while.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))

    from .serving import serve

    # Workers read their settings anew, from there.
    os.environ.update({name: text for name, text in flags.items() if text is not None})
    serve(Settings.read())


@cli.command()
def migrate() -> None:
    """Bring the database's schema up to date."""
    from .database import bring_up_to_date, database

    settings = Settings.read()
    with database(settings) as url:
        before, after = bring_up_to_date(url, settings.database_timeout)
    if before == after:
        click.echo(f"The database is up to date, at revision {after}.", err=True)
    else:
        click.echo(f"Migrated the database from {before or 'nothing'} to {after}.", err=True)


@cli.command()
@click.argument("user")
@setting("--email", "HONEYDO_TOKEN_EMAIL", "The user's e-mail address.")
@setting("--hours", "HONEYDO_TOKEN_HOURS", "How long the token is valid; 24 by default.")
def token(user: str, **flags: str | None) -> None:
    """Print a token for USER, for development."""
    from . import development

    settings = Settings.read(flags)
    with valid_user():
        click.echo(development.token(settings, user))


@cli.command()
@click.argument("user")
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "calendar"]),
    default="jsonl",
    show_default=True,
    help="JSON lines, or RFC 5545 without the trash.",
)
def export(user: str, form: str) -> None:
    """Print all that is kept of USER, from the database itself."""
    from honeydo.adapters.http.exports import CALENDAR, JSON_LINES

    from . import operating

    chosen = CALENDAR if form == "calendar" else JSON_LINES
    with valid_user():
        is_known = operating.export(Settings.read(), user, chosen, sys.stdout.buffer)
    if not is_known:
        raise OperationFailed(f"nothing is kept of {user!r}")


@cli.command()
@click.argument("user")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(user: str, yes: bool) -> None:
    """Forget USER with all tasks, for good."""
    from . import operating

    settings = Settings.read()
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("Nobody can be asked here: say --yes to erase the user.")
        click.confirm(f"Erase all that is kept of {user!r}, for good?", abort=True, err=True)
    with valid_user():
        if operating.erase(settings, user):
            click.echo(f"Erased all that was kept of {user!r}.", err=True)
        else:
            click.echo(f"Nothing was kept of {user!r}.", err=True)


@cli.command()
def purge() -> None:
    """Remove tasks that were deleted long ago: HONEYDO_KEEP_DELETED_DAYS says how long."""
    from . import operating

    settings = Settings.read()
    purged = operating.purge(settings)
    days = settings.keep_deleted_days
    click.echo(f"Purged tasks that were deleted more than {days} days ago: {purged}", err=True)


@cli.command()
def doctor() -> None:
    """Check settings, secret and database; exit code 1 if something is wrong."""
    from .doctor import examine

    checks = [*examine(Settings.read())]
    for check in checks:
        mark = click.style("✓", fg="green") if check.is_fine else click.style("✗", fg="red")
        click.echo(f"{mark} {check.name:<12} {check.finding}")
    sys.exit(not all(check.is_fine for check in checks))


@cli.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    from honeydo.adapters.http.openapi import openapi_document

    click.echo(json.dumps(openapi_document(), indent=2))

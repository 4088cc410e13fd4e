# ruff: noqa: PLC0415  each command imports what it needs: `core serve` must start in a second
"""The command line: `core serve`, `worker`, `doctor`, `dev`, `import`, `export`, `db …`, `users …`.

Each command reads its settings, calls a service or a migration, and prints sentences about the
result. The exit code is 0 when it is done, 1 when it failed and 2 when it refused.
"""

import importlib.util
import logging
from typing import TYPE_CHECKING, Annotated, Any

import structlog
import typer

from core import __version__
from core.cli import db, transfer, users, worker
from core.cli.databases import with_database
from core.cli.doctor import doctor
from core.cli.terminal import FAILED, PLAIN, REFUSED, stop

if TYPE_CHECKING:
    from core.database.session import Database

_PASS_EVERYTHING_ON: dict[str, Any] = {
    "allow_extra_args": True,
    "ignore_unknown_options": True,
    "help_option_names": [],
}

app = typer.Typer(**PLAIN, add_completion=False)
app.add_typer(db.app, name="db")
app.add_typer(users.app, name="users")
app.command()(worker.worker)
app.command()(doctor)
app.command("import")(transfer.import_file)
app.command()(transfer.export)


def main() -> None:
    """Run the command that the arguments name."""
    # Commands print sentences; only `core serve` keeps a log, and sets it up itself.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    app(prog_name="core")


def _version(wanted: bool) -> None:  # noqa: FBT001  Typer calls it so
    if wanted:
        typer.echo(f"core {__version__}")
        raise typer.Exit


@app.callback()
def _describe(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A private library of YouTube videos for each user.

    Settings are environment variables, or lines of a file .env in the current folder.
    """


@app.command()
def serve() -> None:
    """Run the service until Ctrl-C or SIGTERM; then finish the requests in flight.

    CORE_HOST and CORE_PORT say where it listens (127.0.0.1, 8000).
    """
    from core import logs, ratelimit, server
    from core.auth.clerk import Clerk
    from core.config import ConfigurationError, Settings

    try:
        settings = Settings.load()
        Clerk(settings)  # checks CLERK_JWT_KEY
    except ConfigurationError as error:
        stop(REFUSED, *error.faults)
    logs.configure(settings)
    if ratelimit.counts_per_process(settings):
        structlog.get_logger(__name__).warning(
            "rate_limits_per_process",
            workers=settings.CORE_WORKERS,
            see="CORE_RATE_LIMIT_STORE",
        )
    with_database(settings.DATABASE_URL.get_secret_value(), _do_nothing)
    try:
        listening = server.listen(settings.CORE_HOST, settings.CORE_PORT)
    except OSError as error:
        stop(FAILED, f"CORE_HOST, CORE_PORT: Core can't listen there: {error.strerror}.")
    for port in settings.metrics_ports:
        try:
            server.require_free(settings.CORE_METRICS_HOST, port)
        except OSError as error:
            reason = f"port {port} can't be used: {error.strerror}"
            stop(FAILED, f"CORE_METRICS_HOST, CORE_METRICS_PORT: {reason}.")
    raise typer.Exit(server.run(settings, listening))


async def _do_nothing(_: "Database") -> None:
    """Only check that the database can be opened and has the right schema."""


@app.command(context_settings=_PASS_EVERYTHING_ON)
def dev(context: typer.Context) -> None:
    """Run the service with a stand-in for Clerk, for development only."""
    if importlib.util.find_spec("devclerk") is None:
        stop(REFUSED, "`core dev` is for development only; it is not part of this installation.")
    from devclerk import command

    command.app(context.args, prog_name="core dev")

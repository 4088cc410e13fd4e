# ruff: noqa: PLC0415  each command imports what it needs: `core serve` must start in a second
"""The command line: `core serve`, `core db …`, `core users …` and, for development, `core dev`.

Each command reads its settings, calls a service or a migration, and tells in sentences what
happened. It exits with 0 when it is done, with 1 when it failed and with 2 when it refused.
"""

import asyncio
import contextlib
import importlib.util
import logging
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import structlog
import typer

from core import __version__

if TYPE_CHECKING:
    from core.database import Database

FAILED, REFUSED = 1, 2

_Result = TypeVar("_Result")
_PASS_EVERYTHING_ON: dict[str, Any] = {
    "allow_extra_args": True,
    "ignore_unknown_options": True,
    "help_option_names": [],
}
_Work = Callable[["Database"], Awaitable[_Result]]

# Typer's own tracebacks print local variables, and with them passwords.
_PLAIN: dict[str, Any] = {"no_args_is_help": True, "pretty_exceptions_enable": False}
app = typer.Typer(**_PLAIN, add_completion=False)
db = typer.Typer(
    **_PLAIN,
    help="Upgrade, back up and restore the database of DATABASE_URL (sqlite:///data/core.db).",
)
users = typer.Typer(**_PLAIN, help="Manage the people who have a library.")
app.add_typer(db, name="db")
app.add_typer(users, name="users")


def _clerk_id(given: str | None) -> str | None:
    if given is None or given.startswith("user_"):
        return given
    raise typer.BadParameter("a Clerk id begins with user_; Clerk's dashboard shows it.")


Yes = Annotated[bool, typer.Option("--yes", help="Go on without asking.")]
ClerkId = Annotated[
    str, typer.Argument(metavar="CLERK_ID", callback=_clerk_id, help="As in user_2abc…")
]


def main() -> None:
    """Run the command that the arguments name."""
    # Sentences tell what happened; only `core serve` keeps a log, and sets it up itself.
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
    """Each person their own library of YouTube videos.

    Settings are environment variables, or lines of a file .env in the current folder.
    """


# ----------------------------------------------------------------------------- serve


@app.command()
def serve() -> None:
    """Run the service until Ctrl-C or SIGTERM; then finish the requests in flight.

    CORE_HOST and CORE_PORT say where it listens (127.0.0.1, 8000).
    """
    from core import logs, server
    from core.auth.clerk import Clerk
    from core.config import ConfigurationError, Settings

    try:
        settings = Settings.load()
        Clerk(settings)  # which reads CLERK_JWT_KEY
    except ConfigurationError as error:
        _stop(REFUSED, *error.faults)
    logs.configure(settings)
    _with_database(settings.DATABASE_URL.get_secret_value(), _see_that_it_fits)
    try:
        listening = server.listen(settings.CORE_HOST, settings.CORE_PORT)
    except OSError as error:
        _stop(FAILED, f"CORE_HOST, CORE_PORT: Core can't listen there: {error.strerror}.")
    raise typer.Exit(server.run(settings, listening))


async def _see_that_it_fits(_: "Database") -> None:
    """Do nothing with a database that could be opened."""


@app.command(context_settings=_PASS_EVERYTHING_ON)
def dev(context: typer.Context) -> None:
    """Run the service with a stand-in for Clerk, for development only."""
    if importlib.util.find_spec("devclerk") is None:
        _stop(REFUSED, "`core dev` is for development only; it is not part of this installation.")
    from devclerk import command

    command.app(context.args, prog_name="core dev")


# -------------------------------------------------------------------------------- db


@db.command()
def upgrade(
    revision: Annotated[str, typer.Argument(help="The last migration to apply.")] = "head",
    *,
    legacy_owner: Annotated[
        str | None,
        typer.Option(
            metavar="CLERK_ID", callback=_clerk_id, help="Keep v0.2.0's videos for this person."
        ),
    ] = None,
    legacy_drop: Annotated[
        bool, typer.Option("--legacy-drop", help="Delete v0.2.0's videos.")
    ] = False,
) -> None:
    """Bring the database to the newest migration; make it when there is none.

    The videos of a v0.2.0 database belong to nobody, so one of the --legacy options must say what
    becomes of them. It is backed up beside itself first.
    """
    from core.migrations import runner
    from core.queries.legacy import count_undecided

    if legacy_owner and legacy_drop:
        _stop(REFUSED, "Give --legacy-owner or --legacy-drop, not both.")
    decided = bool(legacy_owner or legacy_drop)
    url = _database_url()
    with _migration_failures():
        undecided = runner.connect(url, count_undecided) if _is_sqlite(url) else None
        if undecided:
            _require_decision(undecided, revision, decided=decided)
            _back_up_beside(url, "v0.2.0-backup")
        elif decided:
            typer.echo("There are no videos of v0.2.0 here; the --legacy option does nothing.")
        runner.upgrade(url, revision)
        typer.echo(f"The database is at {runner.current(url)}.")
    if undecided is not None:
        _with_database(url, _settle(legacy_owner))


def _require_decision(undecided: int, revision: str, *, decided: bool) -> None:
    if not decided:
        _stop(
            REFUSED,
            f"This database holds {undecided} videos of v0.2.0, which belong to nobody. Decide:",
            "  --legacy-owner CLERK_ID  keeps them for that person",
            "  --legacy-drop            deletes them",
            "Nothing was changed.",
        )
    if revision != "head":
        _stop(REFUSED, "A v0.2.0 database can only be upgraded to the newest migration.")


def _settle(owner: str | None) -> _Work[None]:
    """Keep the videos of v0.2.0 for their new owner, or drop them, in one transaction."""
    from core.services import legacy

    async def settle(database: "Database") -> None:
        async with database.write(None) as session:
            report = await (legacy.keep(session, owner) if owner else legacy.drop(session))
        for sentence in report:
            typer.echo(sentence)

    return settle


@db.command()
def downgrade(
    revision: Annotated[str, typer.Argument(help="The last migration to keep; base keeps none.")],
    *,
    yes: Yes = False,
) -> None:
    """Take newer migrations back, with all that they hold; SQLite is backed up beside first."""
    from core.backups import known_revisions
    from core.migrations import runner

    if revision == "base" and not yes:
        _stop(REFUSED, "base deletes everything that is stored. Add --yes if you mean it.")
    if revision not in {"base", *known_revisions()}:
        _stop(REFUSED, f"There is no migration {revision}.")
    url = _database_url()
    with _migration_failures():
        if _is_sqlite(url):
            _back_up_beside(url, "before-downgrade")
        runner.downgrade(url, revision)
        typer.echo(f"The database is at {runner.current(url) or 'no migration'}.")


@db.command()
def current() -> None:
    """Print the database's migration and whether it is up to date."""
    from core.migrations import runner
    from core.models import SCHEMA_REVISION

    url = _database_url()
    _require_file(url)
    with _migration_failures():
        revision = runner.current(url)
    state = "up to date" if revision == SCHEMA_REVISION else "outdated: run `core db upgrade`"
    typer.echo(f"{revision or 'no migration'} ({state})")


@db.command()
def backup(file: Annotated[Path, typer.Argument(help="A file that is not there yet.")]) -> None:
    """Copy the database (SQLite) into a file and verify it, also while the service runs."""
    from core import backups

    path = _sqlite_file(_database_url())
    with _migration_failures():
        backups.back_up(path, file)
    typer.echo(f"Wrote and verified {file}.")


@db.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What `core db backup` wrote.")], *, yes: Yes = False
) -> None:
    """Replace the database (SQLite) by a backup; what it holds is saved beside it first.

    Stop the service first: it would go on with what it remembers of the replaced content.
    """
    from core import backups

    path = _sqlite_file(_database_url())
    if not yes:
        typer.confirm(f"Replace all that is in {path}?", abort=True)
    with _migration_failures():
        old = backups.restore(path, file)
    typer.echo(f"Restored and verified {path}.")
    if old:
        typer.echo(f"What it held before is in {old}.")


# ----------------------------------------------------------------------------- users


@users.command()
def erase(clerk_id: ClerkId, *, yes: Yes = False) -> None:
    """Erase a person with everything they stored; tokens they hold are refused from now on."""
    from core.services import users as people

    if not yes:
        typer.confirm(f"Erase all that {clerk_id} has stored, for good?", abort=True)
    if _with_database(_database_url(), lambda database: people.erase(database, clerk_id)):
        typer.echo(f"Erased {clerk_id}.")
    else:
        typer.echo(f"{clerk_id} had nothing stored here.")


# -------------------------------------------------------------------------- database


def _database_url() -> str:
    """Read the one setting that these commands need; Clerk's may be missing."""
    from core.config import ConfigurationError, load_database_url

    try:
        return load_database_url()
    except ConfigurationError as error:
        _stop(REFUSED, *error.faults)


def _is_sqlite(url: str) -> bool:
    return url.startswith("sqlite:")


def _sqlite_file(url: str) -> Path:
    if not _is_sqlite(url):
        _stop(
            REFUSED,
            "PostgreSQL has its own tools for this: pg_dump and pg_restore. Run them as a "
            "superuser, since row-level security hides the rows from everybody else.",
        )
    return Path(url.removeprefix("sqlite:///"))


def _require_file(url: str) -> None:
    """Refuse where opening the database would only make an empty one."""
    if _is_sqlite(url) and not _sqlite_file(url).exists():
        _stop(REFUSED, f"There is no database {_sqlite_file(url)}: `core db upgrade` makes one.")


def _back_up_beside(url: str, label: str) -> None:
    from core import backups

    path = _sqlite_file(url)
    file = backups.beside(path, label)
    backups.back_up(path, file)
    typer.echo(f"Backup: {file}")


def _with_database(url: str, work: _Work[_Result]) -> _Result:
    """Work on a database whose schema is the one that this code needs."""
    from core.database import create_database

    async def run() -> _Result:
        database = create_database(url, pool_size=1)
        await database.open()
        try:
            await _require_schema(database)
            return await work(database)
        finally:
            await database.close()

    _require_file(url)
    with _database_failures():
        return asyncio.run(run())


async def _require_schema(database: "Database") -> None:
    from core.models import SCHEMA_REVISION
    from core.queries.schema import current_revision

    async with database.read(None) as session:
        revision = await current_revision(session)
    if revision != SCHEMA_REVISION:
        _stop(
            REFUSED,
            f"The database is at {revision or 'no migration'}, this version needs "
            f"{SCHEMA_REVISION}. Run `core db upgrade` first.",
        )


@contextlib.contextmanager
def _database_failures() -> Iterator[None]:
    """Tell in a sentence what the database did not do."""
    import asyncpg
    from sqlalchemy.exc import SQLAlchemyError

    from core.errors import DatabaseUnavailable
    from core.sqlite import sqlite3

    postgresql = (asyncpg.PostgresError, asyncpg.InterfaceError)
    known = (OSError, DatabaseUnavailable, SQLAlchemyError, *postgresql, sqlite3.Error)
    try:
        yield
    except known as error:
        reason = error.__cause__ or error
        _stop(FAILED, f"The database can't be used: {str(reason) or type(reason).__name__}")


@contextlib.contextmanager
def _migration_failures() -> Iterator[None]:
    """Tell as well why a migration or a backup was refused; `core serve` needs neither."""
    from alembic.util import CommandError

    from core.backups import BackupRefused

    try:
        with _database_failures():
            yield
    except (CommandError, BackupRefused) as error:
        _stop(REFUSED, str(error))


def _stop(code: int, *sentences: str) -> NoReturn:
    for sentence in sentences:
        typer.echo(sentence, err=True)
    raise typer.Exit(code)


if __name__ == "__main__":
    main()

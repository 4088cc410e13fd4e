# ruff: noqa: PLC0415  see core/cli/__init__.py
"""Shared by the commands: the database's URL, its schema check, its failures as sentences."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import typer

from core.cli.terminal import FAILED, REFUSED, stop
from core.urls import is_sqlite

if TYPE_CHECKING:
    from core.config import Settings
    from core.database.session import Database
    from core.workers.spool import Spool

Result = TypeVar("Result")
Work = Callable[["Database"], Awaitable[Result]]


class Unfit(Exception):
    """The database can't be used: a sentence, and the exit code."""

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def database_url() -> str:
    """Read the one setting that most of these commands need."""
    return storage().DATABASE_URL.get_secret_value()


def storage() -> "Settings":
    """Read the settings of storage; Clerk's settings may be missing."""
    from core.config import ConfigurationError, load_storage

    try:
        return load_storage()
    except ConfigurationError as error:
        stop(REFUSED, *error.faults)


def spool() -> "Spool":
    """Return the folder of the service's files that wait for an import."""
    from core.workers.spool import Spool, folder_for

    return Spool(folder_for(storage().CORE_IMPORT_FOLDER, database_url()))


def most_videos() -> int:
    """Read how many videos a library may have."""
    return storage().CORE_MAX_VIDEOS


def sqlite_file(url: str) -> Path:
    """Return the file that the URL names; refuse PostgreSQL."""
    if not is_sqlite(url):
        stop(
            REFUSED,
            "PostgreSQL has its own tools for this: pg_dump and pg_restore. Run them as a "
            "superuser, since row-level security hides the rows from all other roles.",
        )
    return Path(url.removeprefix("sqlite:///"))


def require_file(url: str) -> None:
    """Refuse a missing SQLite file: opening it would create an empty database.

    Raises: Unfit
    """
    if is_sqlite(url) and not sqlite_file(url).exists():
        raise Unfit(
            REFUSED,
            f"DATABASE_URL: there is no database {sqlite_file(url)}. If that is its place, "
            "`core db upgrade` creates it.",
        )


def back_up_to_folder(url: str, label: str) -> None:
    """Write a verified backup into the database's folder, and print its name."""
    from core.cli import backups

    path = sqlite_file(url)
    file = backups.name_backup(path, label)
    backups.back_up(path, file)
    typer.echo(f"Backup: {file}")


def with_database(url: str, work: Work[Result]) -> Result:
    """Run the work if the database has a compatible schema; else stop."""
    with database_failures():
        return try_database(url, work)


def try_database(url: str, work: Work[Result]) -> Result:
    """Do the same as `with_database`, but raise instead of stopping.

    Raises: Unfit
    """
    from core.database import create_database

    async def run() -> Result:
        database = create_database(url, pool_size=1)
        await database.open()
        try:
            await _require_schema(database)
            return await work(database)
        finally:
            await database.close()

    require_file(url)
    with _in_a_sentence():
        return asyncio.run(run())


async def _require_schema(database: "Database") -> None:
    from core.models import SCHEMA_REVISION
    from core.queries.schema import current_revision, is_compatible

    async with database.read(None) as session:
        revision = await current_revision(session)
    if not is_compatible(revision):
        raise Unfit(
            REFUSED,
            f"The database is at {revision or 'no migration'}, this version needs "
            f"{SCHEMA_REVISION}. Run `core db upgrade` first.",
        )


@contextlib.contextmanager
def database_failures() -> Iterator[None]:
    """Stop with a sentence when the database fails."""
    try:
        with _in_a_sentence():
            yield
    except Unfit as unfit:
        stop(unfit.code, str(unfit))


@contextlib.contextmanager
def _in_a_sentence() -> Iterator[None]:
    try:
        yield
    except _failures() as error:
        reason = error.__cause__ or error
        raise Unfit(
            FAILED, f"The database can't be used: {str(reason) or type(reason).__name__}"
        ) from error


def _failures() -> tuple[type[Exception], ...]:
    """Return the exceptions of both drivers, which are imported only after a failure."""
    import asyncpg
    from sqlalchemy.exc import SQLAlchemyError

    from core.database.sqlite import sqlite3
    from core.errors import DatabaseUnavailable

    postgresql = (asyncpg.PostgresError, asyncpg.InterfaceError)
    return (OSError, DatabaseUnavailable, SQLAlchemyError, *postgresql, sqlite3.Error)


@contextlib.contextmanager
def migration_failures() -> Iterator[None]:
    """Also print why a migration or a backup was refused; `core serve` needs neither."""
    from alembic.util import CommandError

    from core.cli.backups import BackupRefused

    try:
        with database_failures():
            yield
    except (CommandError, BackupRefused) as error:
        stop(REFUSED, str(error))

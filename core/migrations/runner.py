"""Applies the migrations of this package.

On SQLite a command applies all of its steps or none. `BEGIN IMMEDIATE` makes a second one wait.

On PostgreSQL each migration has its own transaction, and one that changes many rows has several, so
that requests of the service go on. An advisory lock makes a second runner's transaction wait. A
migration waits only briefly for the lock of a table, because all later requests wait behind it. It
is rolled back and tried again; the last error names the query with the lock.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from alembic.script.revision import RevisionError
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from core.database.sqlite import create_file, sqlite3
from core.migrations import citus

LEGACY_TABLE = "legacy_videos"
"""The videos of v0.2.0, until the operator assigns them to an owner."""
UNREADABLE_TABLE = "unreadable_videos"
"""The rows of v0.2.0 that hold no YouTube video."""

_Result = TypeVar("_Result")
_Fill = Callable[[Connection, int], None]
"""Changes the existing rows of one owner."""

_OWNERS = 20
"""How many owners' rows one transaction of a back-fill changes."""
_LOCK_TIMEOUT_S = 1
_TRIES = 20
_PAUSE_S = 1
"""Between two tries, for the requests that waited behind the migration."""
_POLL_INTERVAL_S = 0.2
_STATEMENT_TIMEOUT = "SET LOCAL statement_timeout = '30min'"
_ADVISORY_LOCK = "SELECT pg_advisory_xact_lock(4357203)"
_LOCK_FAILURES = {"55P03", "40P01"}
"""SQLSTATE of a lock that was not available in time, and of a deadlock."""
_HOLDERS = """
    SELECT pid, usename, coalesce(state, 'state unknown') AS state, left(query, 500) AS query,
        extract(epoch FROM clock_timestamp() - xact_start)::int AS age_s
    FROM pg_stat_activity WHERE pid = ANY (pg_blocking_pids($1)) ORDER BY xact_start
"""


class LockTimeout(TimeoutError):
    """Another connection kept a lock that a migration needs, so it was rolled back."""


def upgrade(database_url: str, revision: str = "head") -> None:
    """Bring the schema up to a migration, by default the newest.

    An upgrade that was interrupted can be run again.
    """
    if not database_url.startswith("sqlite:") and (applied := current(database_url)):
        _upgrade_in_steps(database_url, applied, revision)
    _upgrade_at_once(database_url, revision)


def _upgrade_in_steps(database_url: str, applied: str, revision: str) -> None:
    for step in _list_steps(applied, revision):
        if fill := getattr(step.module, "fill", None):
            _fill_in_batches(database_url, fill)
        _upgrade_at_once(database_url, step.revision)


def _upgrade_at_once(database_url: str, revision: str) -> None:
    connect(database_url, lambda c: command.upgrade(_config(c), revision))


def _list_steps(applied: str, revision: str) -> list[Script]:
    """Return the migrations after the applied one up to a revision, oldest first.

    None if the database is newer than the revision, or than this version of Core: the upgrade
    itself then does nothing, or refuses.
    """
    scripts = ScriptDirectory.from_config(_config())
    try:
        return [*scripts.iterate_revisions(revision, applied)][::-1]
    except RevisionError:
        return []


def _fill_in_batches(database_url: str, fill: _Fill) -> None:
    """Change the rows of a few owners in each transaction; others' saves need not wait."""
    owners = connect(database_url, _list_owners)
    for start in range(0, len(owners), _OWNERS):
        connect(database_url, partial(_fill_some, fill, owners[start : start + _OWNERS]))


def _list_owners(connection: Connection) -> Sequence[int]:
    if citus.is_distributed(connection):
        citus.prepare(connection)
    return connection.scalars(text("SELECT id FROM users")).all()


def _fill_some(fill: _Fill, owners: Sequence[int], connection: Connection) -> None:
    for owner_id in owners:
        fill(connection, owner_id)


def downgrade(database_url: str, revision: str) -> None:
    """Undo the migrations after `revision`; `base` undoes all of them."""
    connect(database_url, lambda c: command.downgrade(_config(c), revision))


def distribute(database_url: str, role: str) -> list[str]:
    """Distribute the tables over a Citus cluster for a service of that role.

    Return the names of the tables that were not distributed before.

    Raises: citus.CannotDistribute
    """
    return connect(database_url, lambda c: citus.distribute(c, role))


def check(database_url: str) -> None:
    """Compare the schema with the models.

    Raises: alembic.util.AutogenerateDiffsDetected
    """
    connect(database_url, lambda c: command.check(_config(c)))


def current(database_url: str) -> str | None:
    """Return the newest migration that was applied."""
    return connect(database_url, lambda c: MigrationContext.configure(c).get_current_revision())


def is_ours(name: str | None, kind: str, _: object) -> bool:
    """Tell whether Alembic compares the table; it ignores the tables of v0.2.0's rows."""
    return not (kind == "table" and name in {LEGACY_TABLE, UNREADABLE_TABLE})


def connect(database_url: str, work: Callable[[Connection], _Result]) -> _Result:
    """Run the work in one transaction on its own connection."""
    if database_url.startswith("sqlite:"):
        return _on_sqlite(database_url, work)
    return asyncio.run(_on_postgresql(database_url, work))


def _on_sqlite(database_url: str, work: Callable[[Connection], _Result]) -> _Result:
    # Opened as in the service: SQLAlchemy parses `%` and `?` in the URL differently.
    path = Path(database_url.removeprefix("sqlite:///"))
    create_file(path)
    engine = create_engine(
        "sqlite://", module=sqlite3, creator=lambda: sqlite3.connect(path), poolclass=NullPool
    )
    # The driver would begin a transaction only before the first INSERT, so not for DDL.
    event.listen(engine, "connect", lambda raw, _: setattr(raw, "isolation_level", None))
    event.listen(engine, "begin", lambda c: c.exec_driver_sql("BEGIN IMMEDIATE"))
    with engine.begin() as connection:
        return work(connection)


async def _on_postgresql(database_url: str, work: Callable[[Connection], _Result]) -> _Result:
    engine = create_async_engine(
        "postgresql+asyncpg://",
        # The driver reads the URL, as in the service: SQLAlchemy takes no `sslmode`.
        async_creator=lambda: asyncpg.connect(database_url, statement_cache_size=0),
        poolclass=NullPool,
        # Behind a connection pooler another client may have used the name.
        connect_args={"prepared_statement_name_func": lambda: f"core_{uuid4().hex}"},
    )
    holders: list[Mapping[str, Any]] = []
    try:
        for _ in range(_TRIES):
            try:
                return await _try(engine, database_url, work, holders)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in _LOCK_FAILURES:
                    raise
            await asyncio.sleep(_PAUSE_S)
        raise LockTimeout(_describe(holders))
    finally:
        await engine.dispose()


async def _try(
    engine: AsyncEngine,
    database_url: str,
    work: Callable[[Connection], _Result],
    holders: list[Mapping[str, Any]],
) -> _Result:
    async with engine.begin() as connection:
        # Before the lock timeout is set: a second runner waits until the first has ended.
        for statement in (_STATEMENT_TIMEOUT, _ADVISORY_LOCK):
            await connection.execute(text(statement))
        limit = f"SET LOCAL lock_timeout = {_LOCK_TIMEOUT_S * 1000:.0f}"
        await connection.execute(text(limit))
        pid = await connection.scalar(text("SELECT pg_backend_pid()"))
        watch = asyncio.create_task(_watch(database_url, pid, holders))
        try:
            return await connection.run_sync(work)
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)


async def _watch(database_url: str, pid: int, holders: list[Mapping[str, Any]]) -> None:
    """Record the transactions that block the process: after its timeout they are unknown."""
    await asyncio.sleep(_POLL_INTERVAL_S)  # most transactions have ended by then
    connection = await _connect_to_the_end(database_url)
    try:
        while True:
            holders[:] = await connection.fetch(_HOLDERS, pid) or holders
            await asyncio.sleep(_POLL_INTERVAL_S)
    finally:
        connection.terminate()


async def _connect_to_the_end(database_url: str) -> asyncpg.Connection:
    """Connect; a cancellation takes effect afterwards, since asyncpg reports it on stderr."""
    connecting = asyncio.create_task(asyncpg.connect(database_url, statement_cache_size=0))
    try:
        return await asyncio.shield(connecting)
    except asyncio.CancelledError:
        (await connecting).terminate()
        raise


def _describe(holders: list[Mapping[str, Any]]) -> str:
    seen = [
        f"Process {one['pid']} of role {one['usename']} holds it ({one['state']}, its transaction "
        f"began {one['age_s']} s before). Its last query: {one['query']}. "
        f"To end it: SELECT pg_terminate_backend({one['pid']})"
        for one in holders
    ]
    sentence = (
        f"A migration did not get a lock in {_TRIES} tries, and was rolled back. Run the upgrade "
        "again when the other connection is done."
    )
    return "\n".join([sentence, *seen])


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", "core:migrations")
    config.attributes["connection"] = connection
    return config

"""Connections and transactions, one shape for SQLite and PostgreSQL.

Statements are SQLAlchemy Core, compiled once for each database and then run by the driver
itself: SQLite's in the event loop (a list takes 70 µs), PostgreSQL's by asyncpg. Why not
through SQLAlchemy's own connections: docs/decisions/0003-hot-path.md. No SQL lives here but
what opens and closes a transaction.
"""

import asyncio
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Protocol, Self

import asyncpg
import structlog
from sqlalchemy import Executable
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import asyncpg as postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler

from core.errors import DatabaseUnavailable
from core.sqlite import SqliteConnection, connect_sqlite, sqlite3, wal_is_safe

log = structlog.get_logger(__name__)

Values = Mapping[str, Any]
DialectName = Literal["sqlite", "postgresql"]

_POSTGRESQL_TIMEOUT_S = 10
_REQUIRED = object()
_DIALECTS: dict[DialectName, Dialect] = {
    "sqlite": sqlite.dialect(),
    "postgresql": postgresql.dialect(),  # type: ignore[no-untyped-call]  # SQLAlchemy's gap
}


class Row(Protocol):
    """A row of either driver: `row["id"]` or `row[0]`."""

    def __getitem__(self, key: str | int, /) -> Any: ...


class Session(Protocol):
    """One open transaction, as its owner; it ends with its `async with`."""

    dialect: DialectName

    async def fetch_one(self, statement: Executable, values: Values) -> Row | None: ...
    async def fetch_all(self, statement: Executable, values: Values) -> Sequence[Row]: ...
    async def execute(self, statement: Executable, values: Values) -> None: ...
    async def execute_many(self, statement: Executable, rows: Sequence[Values]) -> None: ...


class Transaction(Session, Protocol):
    """What `Database.read` and `Database.write` hand out."""

    async def __aenter__(self) -> Session: ...
    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class Database(Protocol):
    """One database of one process.

    `owner_id` None reaches only the tables that nobody owns (PostgreSQL enforces it).
    Raises: DatabaseUnavailable, from entering, from any statement and from leaving.
    """

    dialect: DialectName

    async def open(self) -> None: ...
    async def close(self) -> None: ...
    def read(self, owner_id: int | None) -> Transaction: ...
    def write(self, owner_id: int | None) -> Transaction: ...
    def maintain(self) -> Transaction: ...


def create_database(url: str, pool_size: int = 10) -> Database:
    """Choose the database by its URL; nothing is opened yet."""
    if url.startswith("sqlite:///"):
        return SqliteDatabase(Path(url.removeprefix("sqlite:///")))
    return PostgresqlDatabase(url, pool_size)


@lru_cache(maxsize=512)
def _compile(statement: Executable, dialect: DialectName) -> tuple[str, list[tuple[str, Any]]]:
    """Return the driver's SQL and its parameters in order, each with its default."""
    compiled = statement.compile(dialect=_DIALECTS[dialect])  # type: ignore[attr-defined]  # every Executable here is a ClauseElement
    assert isinstance(compiled, SQLCompiler)  # noqa: S101  narrows the type
    defaults = [
        (name, _REQUIRED if compiled.binds[name].required else compiled.binds[name].value)
        for name in compiled.positiontup or ()
    ]
    return compiled.string, defaults


def _arguments(defaults: list[tuple[str, Any]], values: Values) -> list[Any]:
    """Put the values in order; one that is missing raises instead of becoming NULL."""
    return [
        values[name] if default is _REQUIRED else values.get(name, default)
        for name, default in defaults
    ]


class _Translate:
    """Turns a driver's failures into DatabaseUnavailable; a plain class, since it is hot."""

    def __init__(self, *failures: type[BaseException]) -> None:
        self.failures = failures

    def __enter__(self) -> None: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, self.failures):
            log.error("database_failed", error=f"{type(error).__name__}: {error}")
            raise DatabaseUnavailable(
                "The database did not answer as it should. Nothing was changed; try again soon.",
                {"Retry-After": "2"},
            ) from error


# ---------------------------------------------------------------------------- SQLite

_SQLITE_ERRORS = _Translate(
    sqlite3.OperationalError, sqlite3.InternalError, sqlite3.NotSupportedError
)


class SqliteDatabase:
    """A file; each transaction has a connection to itself for as long as it lasts."""

    dialect: DialectName = "sqlite"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.idle: list[SqliteConnection] = []
        # A second writer of this process must wait here, where the event loop goes on,
        # and not in BEGIN IMMEDIATE, where it would block the first one.
        self.write_lock = asyncio.Lock()

    async def open(self) -> None:
        if not wal_is_safe(sqlite3.sqlite_version_info):
            log.warning("sqlite_without_wal", version=sqlite3.sqlite_version)
        with _SQLITE_ERRORS:
            self.idle.append(connect_sqlite(self.path))

    async def close(self) -> None:
        while self.idle:
            self.idle.pop().close()

    def read(self, owner_id: int | None) -> "SqliteTransaction":  # noqa: ARG002  PostgreSQL's wall
        return SqliteTransaction(self, None)

    def write(self, owner_id: int | None) -> "SqliteTransaction":  # noqa: ARG002  same
        return SqliteTransaction(self, self.write_lock)

    def maintain(self) -> "SqliteTransaction":
        return SqliteTransaction(self, self.write_lock)


class SqliteTransaction:
    """A transaction on one of the process's SQLite connections."""

    dialect: DialectName = "sqlite"
    connection: SqliteConnection

    def __init__(self, database: SqliteDatabase, lock: asyncio.Lock | None) -> None:
        self.database = database
        self.lock = lock

    async def __aenter__(self) -> Self:
        if self.lock:
            await self.lock.acquire()
        try:
            with _SQLITE_ERRORS:
                idle = self.database.idle
                self.connection = idle.pop() if idle else connect_sqlite(self.database.path)
                self.connection.execute("BEGIN IMMEDIATE" if self.lock else "BEGIN")
        except BaseException:
            self._release()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            with _SQLITE_ERRORS:
                self.connection.execute("ROLLBACK" if error else "COMMIT")
            self.database.idle.append(self.connection)
        except DatabaseUnavailable:
            self.connection.close()
            if not error:
                raise
        finally:
            self._release()

    def _release(self) -> None:
        if self.lock:
            self.lock.release()

    async def fetch_one(self, statement: Executable, values: Values) -> Row | None:
        rows = await self.fetch_all(statement, values)
        return rows[0] if rows else None

    async def fetch_all(self, statement: Executable, values: Values) -> Sequence[Row]:
        sql, defaults = _compile(statement, "sqlite")
        with _SQLITE_ERRORS:
            return self.connection.execute(sql, _arguments(defaults, values)).fetchall()

    async def execute(self, statement: Executable, values: Values) -> None:
        await self.fetch_all(statement, values)

    async def execute_many(self, statement: Executable, rows: Sequence[Values]) -> None:
        sql, defaults = _compile(statement, "sqlite")
        with _SQLITE_ERRORS:
            self.connection.executemany(sql, [_arguments(defaults, row) for row in rows])


# ------------------------------------------------------------------------ PostgreSQL

_POSTGRESQL_ERRORS = _Translate(
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.UndefinedTableError,
)
_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_WRITE = "BEGIN"


async def _keep(_: Any) -> None:
    """Reset nothing: whatever a transaction sets is local to it."""


class PostgresqlDatabase:
    """A pool of connections; every transaction says whose rows it may see."""

    dialect: DialectName = "postgresql"
    pool: Any

    def __init__(self, url: str, pool_size: int) -> None:
        self.url = url
        self.pool_size = pool_size

    async def open(self) -> None:
        with _POSTGRESQL_ERRORS:
            self.pool = await asyncpg.create_pool(
                self.url,
                min_size=1,
                max_size=self.pool_size,
                timeout=_POSTGRESQL_TIMEOUT_S,
                command_timeout=_POSTGRESQL_TIMEOUT_S,
                reset=_keep,
            )

    async def close(self) -> None:
        await self.pool.close()

    def read(self, owner_id: int | None) -> "PostgresqlTransaction":
        return PostgresqlTransaction(self.pool, f"{_READ}; {_as_owner(owner_id)}")

    def write(self, owner_id: int | None) -> "PostgresqlTransaction":
        return PostgresqlTransaction(self.pool, f"{_WRITE}; {_as_owner(owner_id)}")

    def maintain(self) -> "PostgresqlTransaction":
        return PostgresqlTransaction(self.pool, f"{_WRITE}; SET LOCAL core.maintenance = 'on'")


def _as_owner(owner_id: int | None) -> str:
    """Tell row-level security who is asking; `%d` lets nothing but a number through."""
    return "SET LOCAL core.user_id = '%d'" % (owner_id or 0)  # noqa: UP031  refuses a string


class PostgresqlTransaction:
    """A transaction on one pooled connection."""

    dialect: DialectName = "postgresql"
    connection: Any

    def __init__(self, pool: Any, begin: str) -> None:
        self.pool = pool
        self.begin = begin

    async def __aenter__(self) -> Self:
        with _POSTGRESQL_ERRORS:
            self.connection = await self.pool.acquire(timeout=_POSTGRESQL_TIMEOUT_S)
            try:
                await self.connection.execute(self.begin)
            except BaseException:
                await self._discard()
                raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            with _POSTGRESQL_ERRORS:
                await self.connection.execute("ROLLBACK" if error else "COMMIT")
        except BaseException as failure:
            await self._discard()
            if not (error and isinstance(failure, DatabaseUnavailable)):
                raise
        else:
            await self.pool.release(self.connection)

    async def _discard(self) -> None:
        """Give up a connection whose state is unknown; the pool opens another."""
        self.connection.terminate()
        await self.pool.release(self.connection)

    async def fetch_one(self, statement: Executable, values: Values) -> Row | None:
        sql, defaults = _compile(statement, "postgresql")
        with _POSTGRESQL_ERRORS:
            row: Row | None = await self.connection.fetchrow(sql, *_arguments(defaults, values))
            return row

    async def fetch_all(self, statement: Executable, values: Values) -> Sequence[Row]:
        sql, defaults = _compile(statement, "postgresql")
        with _POSTGRESQL_ERRORS:
            rows: Sequence[Row] = await self.connection.fetch(sql, *_arguments(defaults, values))
            return rows

    async def execute(self, statement: Executable, values: Values) -> None:
        await self.fetch_all(statement, values)

    async def execute_many(self, statement: Executable, rows: Sequence[Values]) -> None:
        sql, defaults = _compile(statement, "postgresql")
        with _POSTGRESQL_ERRORS:
            await self.connection.executemany(sql, [_arguments(defaults, row) for row in rows])

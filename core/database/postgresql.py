"""PostgreSQL: a pool of connections; every transaction says whose rows it may see."""

from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import asyncpg
from sqlalchemy import Executable

from core import database
from core.database import DialectName, Row, TranslatedErrors, Values
from core.errors import DatabaseUnavailable

_TIMEOUT_S = 10
_QUEUE_TIMEOUT_S = 5
"""How long a request waits for a connection while all are busy."""
_ERRORS = TranslatedErrors(
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresError,
    # Those are ours: a broken constraint, a wrong parameter.
    except_for=(asyncpg.IntegrityConstraintViolationError, asyncpg.DataError),
)
_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_WRITE = "BEGIN"


async def _keep(_: Any) -> None:
    """Reset nothing: whatever a transaction sets is local to it."""


class PostgresqlDatabase:
    """A pool of connections to one database."""

    dialect: DialectName = "postgresql"
    pool: Any

    def __init__(self, url: str, pool_size: int) -> None:
        self.url = url
        self.pool_size = pool_size

    async def open(self) -> None:
        with _ERRORS:
            self.pool = await asyncpg.create_pool(
                self.url,
                min_size=1,
                max_size=self.pool_size,
                timeout=_TIMEOUT_S,
                command_timeout=_TIMEOUT_S,
                reset=_keep,
            )

    async def close(self) -> None:
        await self.pool.close()

    async def fetch_one(self, statement: Executable, values: Values) -> Row | None:
        sql, defaults = database.compile_statement(statement, "postgresql")
        with _ERRORS:
            arguments = database.arguments(defaults, values)
            async with self.pool.acquire(timeout=_QUEUE_TIMEOUT_S) as connection:
                row: Row | None = await connection.fetchrow(sql, *arguments)
                return row

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
        with _ERRORS:
            self.connection = await self.pool.acquire(timeout=_QUEUE_TIMEOUT_S)
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
            with _ERRORS:
                await self.connection.execute("ROLLBACK" if error else "COMMIT")
        except BaseException as failure:
            await self._discard()
            if not (error and isinstance(failure, DatabaseUnavailable)):
                raise
        else:
            await self.pool.release(self.connection)

    async def _discard(self) -> None:
        """Give up a connection whose state is unknown; the pool opens another."""
        with suppress(asyncpg.InterfaceError):  # the pool has given up on it already
            self.connection.terminate()
        await self.pool.release(self.connection)

    async def fetch_one(self, statement: Executable, values: Values) -> Row | None:
        sql, defaults = database.compile_statement(statement, "postgresql")
        with _ERRORS:
            row: Row | None = await self.connection.fetchrow(
                sql, *database.arguments(defaults, values)
            )
            return row

    async def fetch_all(self, statement: Executable, values: Values) -> Sequence[Row]:
        sql, defaults = database.compile_statement(statement, "postgresql")
        with _ERRORS:
            rows: Sequence[Row] = await self.connection.fetch(
                sql, *database.arguments(defaults, values)
            )
            return rows

    async def execute(self, statement: Executable, values: Values) -> None:
        await self.fetch_all(statement, values)

    async def execute_many(self, statement: Executable, rows: Sequence[Values]) -> None:
        sql, defaults = database.compile_statement(statement, "postgresql")
        with _ERRORS:
            await self.connection.executemany(
                sql, [database.arguments(defaults, row) for row in rows]
            )

"""PostgreSQL: a pool of connections; every transaction names the owner of the rows it may see.

A user has at most one connection of a process for changes: their next change waits before it
takes a connection. So a locked row of one user delays no other user.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self
from weakref import WeakValueDictionary

import asyncpg
import structlog
from sqlalchemy import Executable

from core.database import session
from core.database.citus import LIFT_GUARD
from core.database.session import (
    PATIENCE_S,
    SCAN_S,
    DialectName,
    PoolUse,
    Row,
    TranslatedErrors,
    Values,
    too_slow,
)
from core.errors import DatabaseUnavailable, Locked
from core.turns import Turns

_STATEMENT_TIMEOUT_S = 10
"""After this time the server stops a statement, also one whose client has disconnected."""
_LOCK_TIMEOUT_S = 3
"""How long a change waits for a lock of another transaction."""
_IDLE_TIMEOUT_S = 60
"""After this time the server ends the transaction, and its locks, of a frozen or lost process."""
_TIMEOUT_S = 15
"""How long the process waits for a server that does not answer at all."""
REPLICA_TIMEOUT_S = SCAN_S + 1
"""The same for a replica: the primary can answer instead."""
_QUEUE_TIMEOUT_S = 5
"""How long a request waits for a connection while all are busy."""
_TURN_TIMEOUT_S = 10
"""How long a change waits for another change of its user in this process."""

Messages = tuple[str, ...]

log = structlog.get_logger(__name__)


class _Errors(TranslatedErrors):
    """Also turns a lock timeout into an error of its own."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, asyncpg.LockNotAvailableError):
            log.warning("lock_timed_out", timeout_s=_LOCK_TIMEOUT_S)
            raise _locked() from error
        super().__exit__(kind, error, trace)


def _locked() -> Locked:
    return Locked(
        "Another change of the same data is still running. Nothing was changed; try again in 2 s.",
        {"Retry-After": "2"},
    )


_ERRORS = _Errors(
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresError,
    # Bugs of this code: a violated constraint, a wrong parameter.
    except_for=(asyncpg.IntegrityConstraintViolationError, asyncpg.DataError),
)
_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_WRITE = "BEGIN"
_DESCRIBE = "VALUES (pg_backend_pid(), current_setting('citus.propagate_set_commands', true))"
_BRIEF_S = 0.2
"""A longer read waits for its owner's turn, so that one user does not take all connections."""


async def _keep(_: Any) -> None:
    """Reset nothing: settings of a transaction are local to it."""


class PostgresqlDatabase:
    """A pool of connections to one database."""

    dialect: DialectName = "postgresql"
    pool: Any

    def __init__(self, url: str, pool_size: int, timeout_s: float = _TIMEOUT_S) -> None:
        self.url = url
        self.pool_size = pool_size
        self.timeout_s = timeout_s
        self.scans = Turns(max(1, pool_size // 4), PATIENCE_S)
        self.changes = Turns(max(1, pool_size // 4), PATIENCE_S)
        self.is_distributed = False
        self._writers: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._waiting = 0

    async def open(self) -> None:
        with _ERRORS:
            # Statements that are prepared on one connection are unknown on the pooler's next one.
            cache = {"statement_cache_size": 0} if await self._examine() else {}
            self.pool = await asyncpg.create_pool(
                self.url,
                min_size=1,
                max_size=self.pool_size,
                timeout=self.timeout_s,
                command_timeout=self.timeout_s,
                reset=_keep,
                **cache,
            )

    async def _examine(self) -> bool:
        """Tell whether a pooler such as PgBouncer answers: it reports another process id.

        Note whether the tables are distributed: `core db distribute` sets Citus so.
        """
        connection = await asyncpg.connect(
            self.url,
            timeout=self.timeout_s,
            command_timeout=self.timeout_s,
            statement_cache_size=0,
        )
        try:
            backend_pid, propagation = await connection.fetchrow(_DESCRIBE)
            is_pooler: bool = backend_pid != connection.get_server_pid()
        finally:
            await connection.close()
        if is_pooler:
            log.info("connection_pooler_found")
        self.is_distributed = propagation == "local"
        return is_pooler

    async def close(self) -> None:
        await self.pool.close()

    async def fetch_one(self, statement: Executable, values: Values) -> Row | None:
        sql, defaults = session.compile_statement(statement, "postgresql")
        with _ERRORS:
            arguments = session.arguments(defaults, values)
            connection = await self.acquire()
            try:
                row: Row | None = await connection.fetchrow(sql, *arguments)
                return row
            finally:
                await self.pool.release(connection)

    async def acquire(self) -> Any:
        """Take a connection of the pool."""
        self._waiting += 1
        try:
            return await self.pool.acquire(timeout=_QUEUE_TIMEOUT_S)
        finally:
            self._waiting -= 1

    def pool_use(self) -> PoolUse:
        in_use = self.pool.get_size() - self.pool.get_idle_size()
        return PoolUse(self.pool_size, in_use, self._waiting)

    def read(self, owner_id: int | None) -> "PostgresqlTransaction":
        return PostgresqlTransaction(self, self._begin(_READ, _as_owner(owner_id)))

    def read_briefly(self, owner_id: int) -> "PostgresqlTransaction":
        return self._read_within(owner_id, _BRIEF_S)

    def scan(self, owner_id: int) -> "PostgresqlTransaction":
        return self._read_within(owner_id, SCAN_S)

    def _read_within(self, owner_id: int, limit_s: float) -> "PostgresqlTransaction":
        return _TimedReading(self, self._begin(_READ, _as_owner(owner_id), limit_s))

    def write(self, owner_id: int | None) -> "PostgresqlTransaction":
        begin = self._begin(_WRITE, _as_owner(owner_id))
        if owner_id is None:
            return PostgresqlTransaction(self, begin)
        return _Change(self, begin, self._writers.setdefault(owner_id, asyncio.Lock()))

    def maintain(self, *, writes: bool = False) -> "PostgresqlTransaction":  # noqa: ARG002  for SQLite
        role = "SET LOCAL core.maintenance = 'on'"
        if self.is_distributed:
            role = f"{role}; {LIFT_GUARD}"
        return PostgresqlTransaction(self, self._begin(_WRITE, role))

    def _begin(self, kind: str, role: str, limit_s: float | None = None) -> Messages:
        """Return the messages that begin a transaction.

        Its limits are local to it: a connection pooler in between passes on no other settings.
        """
        limits = {
            "statement_timeout": _STATEMENT_TIMEOUT_S if limit_s is None else limit_s,
            "idle_in_transaction_session_timeout": _IDLE_TIMEOUT_S,
        }
        if kind == _WRITE:
            limits["lock_timeout"] = _LOCK_TIMEOUT_S
        settings = (f"SET LOCAL {name} = {value * 1000:.0f}" for name, value in limits.items())
        settings_and_role = "; ".join([*settings, role])
        if self.is_distributed:  # Citus sends a message with SET to the other servers as it is
            return kind, settings_and_role
        return (f"{kind}; {settings_and_role}",)


def _as_owner(owner_id: int | None) -> str:
    """Tell row-level security the owner; `%d` accepts only a number."""
    return "SET LOCAL core.user_id = '%d'" % (owner_id or 0)  # noqa: UP031  refuses a string


class PostgresqlTransaction:
    """A transaction on one pooled connection."""

    dialect: DialectName = "postgresql"
    connection: Any

    def __init__(self, database: PostgresqlDatabase, begin: Messages) -> None:
        self.database = database
        self.begin = begin

    async def __aenter__(self) -> Self:
        with _ERRORS:
            self.connection = await self.database.acquire()
            try:
                for message in self.begin:
                    await self.connection.execute(message)
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
            await self.database.pool.release(self.connection)

    async def _discard(self) -> None:
        """Close a connection whose state is unknown; the pool opens another."""
        with suppress(asyncpg.InterfaceError):  # the pool has closed it already
            self.connection.terminate()
        await self.database.pool.release(self.connection)

    async def fetch_one(self, statement: Executable, values: Values) -> Row | None:
        sql, defaults = session.compile_statement(statement, "postgresql")
        with _ERRORS:
            row: Row | None = await self.connection.fetchrow(
                sql, *session.arguments(defaults, values)
            )
            return row

    async def fetch_all(self, statement: Executable, values: Values) -> Sequence[Row]:
        sql, defaults = session.compile_statement(statement, "postgresql")
        with _ERRORS:
            rows: Sequence[Row] = await self.connection.fetch(
                sql, *session.arguments(defaults, values)
            )
            return rows

    async def run_long(self, statement: Executable, values: Values) -> Row | None:
        return await self.fetch_one(statement, values)

    async def execute(self, statement: Executable, values: Values) -> None:
        await self.fetch_all(statement, values)

    async def execute_many(self, statement: Executable, rows: Sequence[Values]) -> None:
        sql, defaults = session.compile_statement(statement, "postgresql")
        with _ERRORS:
            await self.connection.executemany(
                sql, [session.arguments(defaults, row) for row in rows]
            )


class _Change(PostgresqlTransaction):
    """A writing transaction that waits for its owner's turn before it takes a connection."""

    def __init__(self, database: PostgresqlDatabase, begin: Messages, turn: asyncio.Lock) -> None:
        super().__init__(database, begin)
        self.turn = turn

    async def __aenter__(self) -> Self:
        try:
            async with asyncio.timeout(_TURN_TIMEOUT_S):
                await self.turn.acquire()
        except TimeoutError:
            raise _locked() from None
        try:
            return await super().__aenter__()
        except BaseException:
            self.turn.release()
            raise

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            await super().__aexit__(kind, error, trace)
        finally:
            self.turn.release()


class _TimedReading(PostgresqlTransaction):
    """A reading transaction whose statements PostgreSQL stops when they take too long."""

    async def fetch_one(self, statement: Executable, values: Values) -> Row | None:
        rows = await self.fetch_all(statement, values)
        return rows[0] if rows else None

    async def fetch_all(self, statement: Executable, values: Values) -> Sequence[Row]:
        sql, defaults = session.compile_statement(statement, "postgresql")
        with _ERRORS:
            try:
                rows: Sequence[Row] = await self.connection.fetch(
                    sql, *session.arguments(defaults, values)
                )
            except asyncpg.QueryCanceledError as error:
                raise too_slow() from error
            return rows

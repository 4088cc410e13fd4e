"""SQLite: which library, how its connections are set up, and its transactions.

Statements run in the event loop, since each takes microseconds. A commit waits for the disk,
so it runs in a thread, and the writers that come meanwhile share the next one: each has a
savepoint of its own and is answered when all of them are safe (docs/decisions/0004-sqlite.md).
"""

import asyncio
import math
import random
import sqlite3 as standard_sqlite3
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from types import NoneType, TracebackType
from typing import Self

import structlog
from sqlalchemy import Executable

from core import database
from core.clock import rfc3339
from core.database import DialectName, Row, TranslatedErrors, Values
from core.errors import DatabaseUnavailable

try:
    import pysqlite3 as sqlite3
except ModuleNotFoundError:  # Linux on ARM: no wheel
    import sqlite3

__all__ = [
    "SqliteConnection",
    "SqliteDatabase",
    "connect_sqlite",
    "create_file",
    "sqlite3",
    "wal_is_safe",
]

SqliteConnection = standard_sqlite3.Connection

log = structlog.get_logger(__name__)

_BUSY_TIMEOUT = "PRAGMA busy_timeout=5000"
_PATIENCE_S = 5
_PAUSE_S = 0.002
_TURNS_LEFT_OPEN = 2
"""How long a group waits before it commits: one turn of the event loop reads the requests that
have come meanwhile, the next lets them write."""
_ERRORS = TranslatedErrors(
    sqlite3.DatabaseError,
    # Those are ours: a broken constraint, a wrong parameter.
    except_for=(sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.DataError),
)

# One save binds the same moment again and again.
sqlite3.register_adapter(datetime, lru_cache(maxsize=64)(rfc3339))
# Without one the driver looks for how to adapt each NULL, which takes longer than to bind it.
sqlite3.register_adapter(NoneType, lambda null: null)


def wal_is_safe(version: tuple[int, ...]) -> bool:
    """Tell whether this SQLite has the fix for the corruption on WAL reset.

    Source: https://sqlite.org/wal.html#walresetbug
    """
    return version >= (3, 51, 3) or version in {(3, 44, 6), (3, 50, 7)}


def create_file(path: Path) -> None:
    """Make the file, and its folder, unless it is there; nobody else may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(0o600)


def connect_sqlite(path: Path) -> SqliteConnection:
    """Open a connection that waits for other writers and loses nothing in a power cut.

    Raises: sqlite3.OperationalError
    """
    create_file(path)
    connection: SqliteConnection = sqlite3.connect(
        path, isolation_level=None, cached_statements=256, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    connection.execute(_BUSY_TIMEOUT)
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=FULL")
    safe = wal_is_safe(sqlite3.sqlite_version_info)
    connection.execute(f"PRAGMA journal_mode={'WAL' if safe else 'DELETE'}")
    return connection


class SqliteDatabase:
    """A file. Each reader has a connection to itself; the writers take turns on one."""

    dialect: DialectName = "sqlite"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.idle: list[SqliteConnection] = []
        # First come, first served: a commit that waits here lets everybody in who came before.
        self.turn = asyncio.Lock()
        self.group: _Group | None = None
        self.locked_out_at_s = -math.inf
        self.committer = ThreadPoolExecutor(1, "commit")

    async def open(self) -> None:
        if not wal_is_safe(sqlite3.sqlite_version_info):
            log.warning("sqlite_without_wal", version=sqlite3.sqlite_version)
        with _ERRORS:
            self.idle.append(connect_sqlite(self.path))

    async def close(self) -> None:
        """End when everybody who came before has been committed, or told that it failed."""
        async with self.turn:
            group = self.group
        if group:
            await asyncio.wait([group.ask_to_commit()])
        self.committer.shutdown()
        while self.idle:
            self.idle.pop().close()

    async def fetch_one(self, statement: Executable, values: Values) -> Row | None:
        with _ERRORS:
            connection = self.take()
            try:
                rows = _fetch(connection, statement, values)
            except BaseException:  # it may be the connection that is broken
                connection.close()
                raise
        self.idle.append(connection)
        return rows[0] if rows else None

    def read(self, owner_id: int | None) -> "_Reading":  # noqa: ARG002  PostgreSQL's wall
        return _Reading(self)

    def write(self, owner_id: int | None) -> "_Writing":  # noqa: ARG002  same
        return _Writing(self)

    def maintain(self) -> "_Reading":
        return _Reading(self)

    def take(self) -> SqliteConnection:
        """Hand out a connection that nobody uses."""
        return self.idle.pop() if self.idle else connect_sqlite(self.path)


def _fetch(connection: SqliteConnection, statement: Executable, values: Values) -> list[Row]:
    sql, defaults = database.compile_statement(statement, "sqlite")
    return connection.execute(sql, database.arguments(defaults, values)).fetchall()


class _Session:
    """The statements of a transaction; readers and writers differ in how it begins and ends."""

    dialect: DialectName = "sqlite"
    connection: SqliteConnection

    async def fetch_one(self, statement: Executable, values: Values) -> Row | None:
        with _ERRORS:
            rows = _fetch(self.connection, statement, values)
        return rows[0] if rows else None

    async def fetch_all(self, statement: Executable, values: Values) -> Sequence[Row]:
        with _ERRORS:
            return _fetch(self.connection, statement, values)

    async def execute(self, statement: Executable, values: Values) -> None:
        await self.fetch_all(statement, values)

    async def execute_many(self, statement: Executable, rows: Sequence[Values]) -> None:
        sql, defaults = database.compile_statement(statement, "sqlite")
        with _ERRORS:
            self.connection.executemany(sql, [database.arguments(defaults, row) for row in rows])


class _Reading(_Session):
    """A connection for reading. Each statement sees a snapshot of its own."""

    def __init__(self, owner: SqliteDatabase) -> None:
        self.database = owner

    async def __aenter__(self) -> Self:
        with _ERRORS:
            self.connection = self.database.take()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.database.idle.append(self.connection)
        else:  # it may be the connection that is broken
            self.connection.close()


class _Group:
    """Writers that share one durable commit."""

    def __init__(self, owner: SqliteDatabase, connection: SqliteConnection) -> None:
        self.database = owner
        self.connection = connection
        self.commit: asyncio.Task[None] | None = None

    @classmethod
    async def begin(cls, owner: SqliteDatabase) -> Self:
        """Lock the file.

        Raises: sqlite3.OperationalError
        """
        connection = owner.take()
        try:
            connection.execute("PRAGMA busy_timeout=0")
            await _begin_patiently(connection)
            connection.execute(_BUSY_TIMEOUT)
        except BaseException:
            connection.close()
            raise
        return cls(owner, connection)

    def ask_to_commit(self) -> asyncio.Task[None]:
        """Return the task that commits for all of them; the first to ask starts it."""
        if self.commit is None:
            self.commit = asyncio.create_task(self._commit())
            # Whoever still waits is told; when nobody does, the log has it.
            self.commit.add_done_callback(lambda task: task.cancelled() or task.exception())
        return self.commit

    async def _commit(self) -> None:
        for _ in range(_TURNS_LEFT_OPEN):
            await asyncio.sleep(0)
        async with self.database.turn:
            self.database.group = None
            loop = asyncio.get_running_loop()
            with _ERRORS:
                await loop.run_in_executor(self.database.committer, self._finish)

    def _finish(self) -> None:
        """Commit, and give the connection back or close it, all in the committer's thread.

        Who waits for it may be cancelled meanwhile, and a connection that one thread closes while
        another commits on it takes the process down.
        """
        try:
            self.connection.execute("COMMIT")
        except BaseException:
            self.connection.close()
            raise
        self.database.idle.append(self.connection)


async def _begin_patiently(connection: SqliteConnection) -> None:
    """Ask again and again: SQLite's own waiting asks ten times a second and misses its moment.

    With eight processes that write without a pause, one in a thousand waited in vain for 5 s.
    """
    until_s = time.monotonic() + _PATIENCE_S
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until_s:
                raise
        else:
            return
        await asyncio.sleep(_PAUSE_S * random.random())  # noqa: S311  so that two never go in step


class _Writing(_Session):
    """A savepoint in the transaction of a group; it ends when the group's commit has."""

    group: _Group

    def __init__(self, owner: SqliteDatabase) -> None:
        self.database = owner

    async def __aenter__(self) -> Self:
        asked_at_s = asyncio.get_running_loop().time()
        await self.database.turn.acquire()
        try:
            with _ERRORS:
                await self._join(asked_at_s)
        except BaseException:
            self.database.turn.release()
            raise
        return self

    async def _join(self, asked_at_s: float) -> None:
        shared = self.database
        if asked_at_s < shared.locked_out_at_s:  # who waited meanwhile need not wait again
            raise sqlite3.OperationalError("database is locked")
        if shared.group is None:
            try:
                shared.group = await _Group.begin(shared)
            except sqlite3.OperationalError:
                shared.locked_out_at_s = asyncio.get_running_loop().time()
                raise
        self.group, self.connection = shared.group, shared.group.connection
        if not self.connection.in_transaction:  # a full disk has rolled it all back
            raise sqlite3.OperationalError("the shared transaction was lost")
        try:
            self.connection.execute("SAVEPOINT request")
        except BaseException:
            self.group.ask_to_commit()  # nobody else may come who would
            raise

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            try:
                self._leave(error)
            finally:
                commit = self.group.ask_to_commit()
                self.database.turn.release()
            await asyncio.shield(commit)
        except DatabaseUnavailable:
            if not error:
                raise

    def _leave(self, error: BaseException | None) -> None:
        with _ERRORS:
            if error:
                self.connection.execute("ROLLBACK TO request")
            self.connection.execute("RELEASE request")

"""SQLite's transactions; sqlite_connections.py opens its connections.

Statements run in the event loop, since each takes microseconds. One that takes longer runs in a
thread (docs/decisions/0019-one-client-among-others.md). A commit waits for the disk,
so it runs in a thread. Writers that arrive in the meantime share the next commit. Each has its own
savepoint and is answered when the commit is on the disk (docs/decisions/0004-sqlite.md).
"""

import asyncio
import math
import random
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog
from sqlalchemy import Executable

from core.database import session
from core.database.session import (
    PATIENCE_S,
    SCAN_S,
    DialectName,
    Row,
    TranslatedErrors,
    Values,
    too_slow,
)
from core.database.sqlite_connections import (
    BUSY_TIMEOUT,
    SqliteConnection,
    connect_sqlite,
    create_file,
    fetch,
    fetch_in_thread,
    sqlite3,
    wal_is_safe,
)
from core.errors import DatabaseUnavailable, TooSlow
from core.turns import Turns

__all__ = [
    "SqliteConnection",
    "SqliteDatabase",
    "connect_sqlite",
    "create_file",
    "sqlite3",
    "wal_is_safe",
]

log = structlog.get_logger(__name__)

_PATIENCE_S = 5
_PAUSE_S = 0.002
_TURNS_LEFT_OPEN = 2
"""How long a group waits before it commits: one turn of the event loop reads new
requests, the next lets them write."""
_BRIEF_S = 0.005
"""How long a query may block the event loop; a list takes 70 µs."""
_BRIEF_STEPS = 1_000
"""Instructions of SQLite between two checks of the time: 20 to 50 µs, at worst a few ms."""
_MAX_SCANS = 2
_ERRORS = TranslatedErrors(
    sqlite3.DatabaseError,
    # Bugs of this code: a violated constraint, a wrong parameter.
    except_for=(sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.DataError),
)


class SqliteDatabase:
    """A file. Each reader has its own connection; the writers take turns on one."""

    dialect: DialectName = "sqlite"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.idle: list[SqliteConnection] = []
        # First come, first served: a waiting commit includes all writers that arrived before it.
        self.turn = asyncio.Lock()
        self.group: _Group | None = None
        self.locked_out_at_s = -math.inf
        self.committer = ThreadPoolExecutor(1, "commit")
        self.scanners = ThreadPoolExecutor(_MAX_SCANS, "scan")
        self.scans = Turns(_MAX_SCANS, PATIENCE_S)
        # One: between two long changes all other writers get their turn.
        self.changes = Turns(1, PATIENCE_S)

    async def open(self) -> None:
        if not wal_is_safe(sqlite3.sqlite_version_info):
            log.warning("sqlite_without_wal", version=sqlite3.sqlite_version)
        with _ERRORS:
            self.idle.append(connect_sqlite(self.path))

    async def close(self) -> None:
        """Return when all earlier writers are committed, or have failed."""
        async with self.turn:
            group = self.group
        if group:
            await asyncio.wait([group.ask_to_commit()])
        self.committer.shutdown()
        self.scanners.shutdown()
        while self.idle:
            self.idle.pop().close()

    async def fetch_one(self, statement: Executable, values: Values) -> Row | None:
        with _ERRORS:
            connection = self.take()
            try:
                rows = fetch(connection, statement, values)
            except BaseException:  # the connection may be broken
                connection.close()
                raise
        self.idle.append(connection)
        return rows[0] if rows else None

    def read(self, owner_id: int | None) -> "_Reading":  # noqa: ARG002  for PostgreSQL
        return _Reading(self)

    def read_briefly(self, owner_id: int) -> "_BriefReading":  # noqa: ARG002  same
        return _BriefReading(self)

    def scan(self, owner_id: int) -> "_Scan":  # noqa: ARG002  same
        return _Scan(self)

    def write(self, owner_id: int | None) -> "_Writing":  # noqa: ARG002  same
        return _Writing(self)

    def maintain(self, *, writes: bool = False) -> "_Reading | _Writing":
        return _Writing(self) if writes else _Reading(self)

    def pool_use(self) -> None:
        return None

    def take(self) -> SqliteConnection:
        """Return a connection that is not in use."""
        return self.idle.pop() if self.idle else connect_sqlite(self.path)


class _Session:
    """The statements of a transaction; readers and writers differ in how it begins and ends."""

    dialect: DialectName = "sqlite"
    database: SqliteDatabase
    connection: SqliteConnection

    async def fetch_one(self, statement: Executable, values: Values) -> Row | None:
        with _ERRORS:
            rows = fetch(self.connection, statement, values)
        return rows[0] if rows else None

    async def fetch_all(self, statement: Executable, values: Values) -> Sequence[Row]:
        with _ERRORS:
            return fetch(self.connection, statement, values)

    async def run_long(self, statement: Executable, values: Values) -> Row | None:
        # No commit runs while a writer has its turn.
        with _ERRORS:
            rows = await fetch_in_thread(
                self.database.committer, self.connection, statement, values
            )
        return rows[0] if rows else None

    async def execute(self, statement: Executable, values: Values) -> None:
        await self.fetch_all(statement, values)

    async def execute_many(self, statement: Executable, rows: Sequence[Values]) -> None:
        sql, defaults = session.compile_statement(statement, "sqlite")
        with _ERRORS:
            self.connection.executemany(sql, [session.arguments(defaults, row) for row in rows])


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
        else:  # the connection may be broken
            self.connection.close()


class _TimedReading(_Reading):
    """A reading whose statements are interrupted when they take too long."""

    async def fetch_one(self, statement: Executable, values: Values) -> Row | None:
        rows = await self.fetch_all(statement, values)
        return rows[0] if rows else None

    async def fetch_all(self, statement: Executable, values: Values) -> Sequence[Row]:
        with _ERRORS:
            try:
                return await self._fetch(statement, values)
            except sqlite3.OperationalError as error:
                if "interrupted" in str(error):
                    raise too_slow() from error
                raise

    async def _fetch(self, statement: Executable, values: Values) -> list[Row]:
        raise NotImplementedError


class _BriefReading(_TimedReading):
    """Reads in the event loop, and stops before it delays other users."""

    async def __aenter__(self) -> Self:
        with _ERRORS:
            self.connection = self.database.take()
        until_s = time.monotonic() + _BRIEF_S
        self.connection.set_progress_handler(lambda: time.monotonic() > until_s, _BRIEF_STEPS)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.connection.set_progress_handler(None, 0)
        if isinstance(error, TooSlow):
            error = None  # nothing is broken
        await super().__aexit__(kind, error, trace)

    async def _fetch(self, statement: Executable, values: Values) -> list[Row]:
        return fetch(self.connection, statement, values)


class _Scan(_TimedReading):
    """Reads in a thread."""

    async def _fetch(self, statement: Executable, values: Values) -> list[Row]:
        thread = self.database.scanners
        return await fetch_in_thread(thread, self.connection, statement, values, SCAN_S)


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
            connection.execute(BUSY_TIMEOUT)
        except BaseException:
            connection.close()
            raise
        return cls(owner, connection)

    def ask_to_commit(self) -> asyncio.Task[None]:
        """Return the task that commits for all writers; the first call starts it."""
        if self.commit is None:
            self.commit = asyncio.create_task(self._commit())
            # A waiting writer gets the exception; without one, the log has it.
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
        """Commit, then return or close the connection, all in the committer's thread.

        The waiting task may be cancelled in the meantime, and closing a connection in one thread
        during a commit in another crashes the process.
        """
        try:
            self.connection.execute("COMMIT")
        except BaseException:
            self.connection.close()
            raise
        self.database.idle.append(self.connection)


async def _begin_patiently(connection: SqliteConnection) -> None:
    """Retry in short intervals: SQLite itself retries ten times a second and may miss each chance.

    With eight processes that write without a pause, one in a thousand waited 5 s without success.
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
        await asyncio.sleep(_PAUSE_S * random.random())  # noqa: S311  only to spread the retries


class _Writing(_Session):
    """A savepoint in the transaction of a group; it ends with the group's commit."""

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
        if asked_at_s < shared.locked_out_at_s:  # this writer has waited already
            raise sqlite3.OperationalError("database is locked")
        if shared.group is None:
            try:
                shared.group = await _Group.begin(shared)
            except sqlite3.OperationalError:
                shared.locked_out_at_s = asyncio.get_running_loop().time()
                raise
        self.group, self.connection = shared.group, shared.group.connection
        if not self.connection.in_transaction:  # rolled back, since the disk was full
            raise sqlite3.OperationalError("the shared transaction was lost")
        try:
            self.connection.execute("SAVEPOINT request")
        except BaseException:
            self.group.ask_to_commit()  # there may be no later writer to do it
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

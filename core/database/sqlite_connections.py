"""SQLite: the choice of its library, opening a connection, and running a statement."""

import asyncio
import sqlite3 as standard_sqlite3
import time
from concurrent.futures import Executor
from datetime import datetime
from pathlib import Path
from types import NoneType

from sqlalchemy import Executable

from core.database import session
from core.database.session import Row, Values
from core.time_ids import rfc3339

try:
    import pysqlite3 as sqlite3
except ModuleNotFoundError:  # Linux on ARM: no wheel
    import sqlite3

__all__ = [
    "BUSY_TIMEOUT",
    "SqliteConnection",
    "connect_sqlite",
    "create_file",
    "fetch",
    "fetch_in_thread",
    "sqlite3",
    "wal_is_safe",
]

SqliteConnection = standard_sqlite3.Connection
BUSY_TIMEOUT = "PRAGMA busy_timeout=5000"
_PATIENCE_S = 5
_PAUSE_S = 0.005
_INTERRUPT_EVERY_S = 0.02

sqlite3.register_adapter(datetime, rfc3339)
# Without this the driver searches an adapter for each NULL, which takes longer than to bind it.
sqlite3.register_adapter(NoneType, lambda null: null)


def wal_is_safe(version: tuple[int, ...]) -> bool:
    """Tell whether this SQLite has the fix for the corruption on WAL reset.

    Source: https://sqlite.org/wal.html#walresetbug
    """
    return version >= (3, 51, 3) or version in {(3, 44, 6), (3, 50, 7)}


def create_file(path: Path) -> None:
    """Create the file and its folder if they are missing; other users may not read the file."""
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
    connection.execute(BUSY_TIMEOUT)
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=FULL")
    _set_journal(connection)
    return connection


def _set_journal(connection: SqliteConnection) -> None:
    """Choose the journal mode; retry, since SQLite does not wait for the lock of a new mode.

    Several processes may open a file that a migration or a restore has left in another mode.

    Raises: sqlite3.OperationalError
    """
    mode = "WAL" if wal_is_safe(sqlite3.sqlite_version_info) else "DELETE"
    until_s = time.monotonic() + _PATIENCE_S
    while True:
        try:
            connection.execute(f"PRAGMA journal_mode={mode}")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until_s:
                raise
        else:
            return
        time.sleep(_PAUSE_S)


def fetch(connection: SqliteConnection, statement: Executable, values: Values) -> list[Row]:
    """Run a statement and return all of its rows."""
    sql, defaults = session.compile_statement(statement, "sqlite")
    return connection.execute(sql, session.arguments(defaults, values)).fetchall()


async def fetch_in_thread(
    thread: Executor,
    connection: SqliteConnection,
    statement: Executable,
    values: Values,
    limit_s: float | None = None,
) -> list[Row]:
    """Fetch at most one row, and return when the thread no longer uses the connection.

    With a limit, the statement is interrupted after that time or when the task is cancelled.
    Without one it runs to its end: SQLite rolls back the transaction of an interrupted change.
    """
    sql, defaults = session.compile_statement(statement, "sqlite")
    given = session.arguments(defaults, values)
    loop, cancelled, wait_s = asyncio.get_running_loop(), None, limit_s
    rows = loop.run_in_executor(thread, lambda: connection.execute(sql, given).fetchall())
    while not rows.done():
        try:
            await asyncio.wait([rows], timeout=wait_s)
        except asyncio.CancelledError as error:
            cancelled = error
        if limit_s is not None and not rows.done():
            connection.interrupt()
            wait_s = _INTERRUPT_EVERY_S  # the thread may not have started the statement
    if cancelled:
        rows.exception()
        raise cancelled
    return rows.result()

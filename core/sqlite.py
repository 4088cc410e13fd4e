"""Which SQLite, and how its connections are set up."""

import sqlite3 as standard_sqlite3
from datetime import datetime
from pathlib import Path

from core.clock import rfc3339

try:
    import pysqlite3 as sqlite3
except ModuleNotFoundError:  # Linux on ARM: no wheel
    import sqlite3

__all__ = ["SqliteConnection", "connect_sqlite", "sqlite3", "wal_is_safe"]

SqliteConnection = standard_sqlite3.Connection

_BUSY_TIMEOUT_MS = 5_000

sqlite3.register_adapter(datetime, rfc3339)


def wal_is_safe(version: tuple[int, ...]) -> bool:
    """Tell whether this SQLite has the fix for the corruption on WAL reset.

    Source: https://sqlite.org/wal.html#walresetbug
    """
    return version >= (3, 51, 3) or version in {(3, 44, 6), (3, 50, 7)}


def connect_sqlite(path: Path) -> SqliteConnection:
    """Open a connection that waits for other writers and loses nothing in a power cut.

    Raises: sqlite3.OperationalError
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    connection: SqliteConnection = sqlite3.connect(
        path, isolation_level=None, cached_statements=256
    )
    connection.row_factory = sqlite3.Row
    connection.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=FULL")
    safe = wal_is_safe(sqlite3.sqlite_version_info)
    connection.execute(f"PRAGMA journal_mode={'WAL' if safe else 'DELETE'}")
    return connection

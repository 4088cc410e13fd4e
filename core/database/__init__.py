"""Databases: one protocol for transactions (session.py), and how each database runs them."""

from pathlib import Path

from core.database.session import Database


def create_database(url: str, pool_size: int = 10) -> Database:
    """Choose the database by its URL; nothing is opened yet, and only its driver is imported."""
    if url.startswith("sqlite:///"):
        from core.database.sqlite import SqliteDatabase  # noqa: PLC0415  see above

        return SqliteDatabase(Path(url.removeprefix("sqlite:///")))
    from core.database.postgresql import PostgresqlDatabase  # noqa: PLC0415  see above

    return PostgresqlDatabase(url, pool_size)


def create_replica(url: str, pool_size: int) -> Database:
    """Return a standby of PostgreSQL; nothing is opened yet."""
    from core.database.postgresql import REPLICA_TIMEOUT_S, PostgresqlDatabase  # noqa: PLC0415  see above

    return PostgresqlDatabase(url, pool_size, REPLICA_TIMEOUT_S)

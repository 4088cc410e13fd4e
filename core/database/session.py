"""Transactions, in one shape for SQLite (sqlite.py) and PostgreSQL (postgresql.py).

Statements are SQLAlchemy Core, compiled once for each database and then run by the driver
itself: SQLite's in the event loop (a list takes 70 µs), PostgreSQL's by asyncpg. Why not
through SQLAlchemy's own connections: docs/decisions/0003-hot-path.md.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Protocol

import structlog
from sqlalchemy import Executable
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import asyncpg as postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler

from core.errors import DatabaseUnavailable

log = structlog.get_logger(__name__)

Values = Mapping[str, Any]
DialectName = Literal["sqlite", "postgresql"]

_REQUIRED = object()
_DIALECTS: dict[DialectName, Dialect] = {
    "sqlite": sqlite.dialect(),
    "postgresql": postgresql.dialect(),  # type: ignore[no-untyped-call]  # SQLAlchemy's gap
}


class Row(Protocol):
    """A row of either driver: `row["id"]` or `row[0]`."""

    def __getitem__(self, key: str | int, /) -> Any: ...


class Reader(Protocol):
    """What can answer a question: a session, or a database for one question alone."""

    dialect: DialectName

    async def fetch_one(self, statement: Executable, values: Values) -> Row | None: ...


class Session(Reader, Protocol):
    """One open transaction, as its owner; it ends with its `async with`."""

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


class Database(Reader, Protocol):
    """One database of one process.

    `owner_id` None, and `fetch_one`, which needs no transaction, reach only the tables that
    nobody owns (PostgreSQL enforces it).
    Raises: DatabaseUnavailable, from entering, from any statement and from leaving.
    """

    async def open(self) -> None: ...
    async def close(self) -> None: ...
    def read(self, owner_id: int | None) -> Transaction: ...
    def write(self, owner_id: int | None) -> Transaction: ...
    def maintain(self) -> Transaction: ...


def create_database(url: str, pool_size: int = 10) -> Database:
    """Choose the database by its URL; nothing is opened yet, and only its driver is imported."""
    if url.startswith("sqlite:///"):
        from core.sqlite import SqliteDatabase  # noqa: PLC0415  see above

        return SqliteDatabase(Path(url.removeprefix("sqlite:///")))
    from core.postgresql import PostgresqlDatabase  # noqa: PLC0415  see above

    return PostgresqlDatabase(url, pool_size)


@lru_cache(maxsize=512)
def compile_statement(
    statement: Executable, dialect: DialectName
) -> tuple[str, list[tuple[str, Any]]]:
    """Return the driver's SQL and its parameters in order, each with its default."""
    compiled = statement.compile(dialect=_DIALECTS[dialect])  # type: ignore[attr-defined]  # every Executable here is a ClauseElement
    assert isinstance(compiled, SQLCompiler)  # noqa: S101  narrows the type
    defaults = [
        (name, _REQUIRED if compiled.binds[name].required else compiled.binds[name].value)
        for name in compiled.positiontup or ()
    ]
    return compiled.string, defaults


def arguments(defaults: list[tuple[str, Any]], values: Values) -> list[Any]:
    """Put the values in order; one that is missing raises instead of becoming NULL."""
    return [
        values[name] if default is _REQUIRED else values.get(name, default)
        for name, default in defaults
    ]


class TranslatedErrors:
    """Turns a driver's failures into DatabaseUnavailable; a plain class, since it is hot."""

    def __init__(
        self, *failures: type[BaseException], except_for: tuple[type[BaseException], ...] = ()
    ) -> None:
        self.failures = failures
        self.except_for = except_for

    def __enter__(self) -> None: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, self.failures) and not isinstance(error, self.except_for):
            log.error("database_failed", error=f"{type(error).__name__}: {error}")
            raise DatabaseUnavailable(
                "The database did not answer as it should. Nothing was changed; try again soon.",
                {"Retry-After": "2"},
            ) from error

"""Transactions, with one interface for SQLite (sqlite.py) and PostgreSQL (postgresql.py).

Statements are SQLAlchemy Core, compiled once for each database and then run by the driver itself.
SQLite's run in the event loop (a list takes 70 µs), PostgreSQL's by asyncpg. Why not through
SQLAlchemy's own connections: docs/decisions/0003-hot-path.md.
"""

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import TracebackType
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

import structlog
from sqlalchemy import Executable
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import asyncpg as postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler

from core.errors import DatabaseUnavailable, TooSlow
from core.turns import Turns

log = structlog.get_logger(__name__)

Values = Mapping[str, Any]
DialectName = Literal["sqlite", "postgresql"]

QUIET_S = 10
"""An outage of the database is over after this time without a failed statement."""

_Answer = TypeVar("_Answer")

SCAN_S = 5
"""How long a request may read, once it has its turn."""
PATIENCE_S = 3
"""How long a request waits for its turn to read or to change much."""

_REQUIRED = object()
_DIALECTS: dict[DialectName, Dialect] = {
    "sqlite": sqlite.dialect(),
    "postgresql": postgresql.dialect(),  # type: ignore[no-untyped-call]  # SQLAlchemy's gap
}


class PoolUse(NamedTuple):
    """The connections of one process."""

    size: int
    """The most that the process may open."""
    in_use: int
    waiting: int
    """Requests that wait for a connection now."""


class Row(Protocol):
    """A row of either driver: `row["id"]` or `row[0]`. Queries convert it to NamedTuples."""

    def __getitem__(self, key: str | int, /) -> Any: ...
    def __iter__(self) -> Iterator[Any]: ...


class Reader(Protocol):
    """Runs a query: a session, or a database for one query without a transaction."""

    dialect: DialectName

    async def fetch_one(self, statement: Executable, values: Values) -> Row | None: ...


class Session(Reader, Protocol):
    """One open transaction, as its owner; it ends with its `async with`."""

    async def fetch_all(self, statement: Executable, values: Values) -> Sequence[Row]: ...
    async def execute(self, statement: Executable, values: Values) -> None: ...
    async def execute_many(self, statement: Executable, rows: Sequence[Values]) -> None: ...
    async def run_long(self, statement: Executable, values: Values) -> Row | None:
        """Do as `fetch_one`, for a statement that touches many rows: SQLite runs it in a thread.

        It must return at most one row: between rows the thread needs the interpreter's lock, and
        the event loop would wait.
        """


class Transaction(Session, Protocol):
    """The return type of `Database.read` and `Database.write`."""

    async def __aenter__(self) -> Session: ...
    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class Database(Reader, Protocol):
    """One database of one process.

    `owner_id` None, and `fetch_one`, which needs no transaction, reach only the tables
    without an owner (PostgreSQL enforces it).
    Raises: DatabaseUnavailable, from entering, from any statement and from leaving.
    """

    scans: Turns
    """The turns of long reads; see `ask`."""
    changes: Turns
    """The turns of transactions that change many rows."""

    async def open(self) -> None: ...
    async def close(self) -> None: ...
    def read(self, owner_id: int | None) -> Transaction: ...
    def read_briefly(self, owner_id: int) -> Transaction:
        """Raises: TooSlow, from a statement that would make other users wait."""

    def scan(self, owner_id: int) -> Transaction:
        """Raises: TooSlow, from a statement that takes longer than `SCAN_S`."""

    def write(self, owner_id: int | None) -> Transaction: ...
    def maintain(self, *, writes: bool = False) -> Transaction:
        """Return a transaction on the rows of all users, for the workers.

        `writes`: it changes rows; SQLite then locks the file when it begins.
        """

    def pool_use(self) -> PoolUse | None:
        """Return how busy the pool is; None for a database without one."""


async def ask(
    database: Database, owner_id: int, question: Callable[[Session], Awaitable[_Answer]]
) -> _Answer:
    """Run a query of any size without making other users wait.

    Most take microseconds. A query that takes longer is stopped and run again in the owner's turn,
    on SQLite in a thread, with a time limit (docs/decisions/0019-one-client-among-others.md).

    Raises: TooSlow, TooManyRequests, Busy
    """
    try:
        async with database.read_briefly(owner_id) as session:
            return await question(session)
    except TooSlow:
        pass
    async with database.scans.take(owner_id), database.scan(owner_id) as session:
        return await question(session)


def too_slow() -> TooSlow:
    """Build the error for a query that takes too long."""
    return TooSlow(
        f"Reading took longer than {SCAN_S} s and was stopped. Ask for less: a page with `limit`, "
        "a tag, or fewer words.",
        {"Retry-After": "2"},
    )


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
    """Turns a driver's failures into DatabaseUnavailable; a plain class, for the hot path."""

    def __init__(
        self, *failures: type[BaseException], except_for: tuple[type[BaseException], ...] = ()
    ) -> None:
        self.failures = failures
        self.except_for = except_for
        self._failed: Counter[str] = Counter()
        self._failed_at_s = 0.0

    def __enter__(self) -> None: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            if self._failed:
                self._note_success()
        elif isinstance(error, self.failures) and not isinstance(error, self.except_for):
            self._note_failure(error)
            raise DatabaseUnavailable(
                "The database did not answer as it should. Nothing was changed; try again soon.",
                {"Retry-After": "2"},
            ) from error

    def _note_failure(self, error: BaseException) -> None:
        """Write one line for each kind of failure in an outage: under load there are thousands."""
        kind = type(error).__name__
        if not self._failed[kind]:
            log.error("database_failed", error=f"{kind}: {error}")
        self._failed[kind] += 1
        self._failed_at_s = time.monotonic()

    def _note_success(self) -> None:
        """End the outage after a time without a failure: on a full disk reads still succeed."""
        if time.monotonic() - self._failed_at_s >= QUIET_S:
            log.info("database_recovered", failures=self._failed.total())
            self._failed.clear()

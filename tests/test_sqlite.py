"""SQLite: its settings, and writers that share a commit."""

import asyncio
from contextlib import closing
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
from sqlalchemy import column, select, table

from core.auth.schemas import Identity
from core.database import sqlite, sqlite_connections
from core.database.sqlite import SqliteDatabase, connect_sqlite, sqlite3, wal_is_safe
from core.errors import DatabaseUnavailable
from core.services import users
from core.services.users import KnownIds, _insert, identify

pytestmark = pytest.mark.anyio


@pytest.fixture
def path(sqlite_path: Path) -> Path:
    return sqlite_path


@pytest.fixture
def database(sqlite_database: SqliteDatabase) -> SqliteDatabase:
    return sqlite_database


def stored(path: Path) -> set[str]:
    """Return the users as another process reads them."""
    with closing(sqlite3.connect(path)) as connection:
        return {row[0] for row in connection.execute("SELECT clerk_id FROM users")}


async def insert(database: SqliteDatabase, clerk_id: str, fail: Exception | None = None) -> None:
    async with database.write(None) as session:
        await _insert(session, Identity(clerk_id, 0))  # draws another id when one is taken
        if fail:
            raise fail


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 53, 4), True),
    ],
)
def test_wal_is_used_only_with_a_fixed_sqlite(version: tuple[int, ...], *, safe: bool):
    assert wal_is_safe(version) is safe


def test_a_connection_syncs_fully_for_power_cuts(path: Path):
    with closing(connect_sqlite(path)) as connection:
        pragmas = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 5_000,
    }


def test_a_connection_waits_for_a_writer_before_it_changes_the_journal_mode(path: Path):
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    assert other.execute("PRAGMA journal_mode=DELETE").fetchone()[0] == "delete"
    other.execute("BEGIN IMMEDIATE")
    ending = Timer(0.2, lambda: other.execute("COMMIT"))
    ending.start()
    with closing(connect_sqlite(path)) as connection:
        ending.join()
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    other.close()


async def test_an_unfixed_sqlite_falls_back_to_the_rollback_journal(
    path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sqlite_connections, "wal_is_safe", lambda _: False)
    database = SqliteDatabase(path)
    await database.open()
    mode = database.idle[0].execute("PRAGMA journal_mode").fetchone()[0]
    await insert(database, "user_journal")
    await database.close()
    assert mode == "delete"
    assert stored(path) == {"user_journal"}


async def test_an_answered_write_is_on_the_disk(database: SqliteDatabase):
    await insert(database, "user_one")
    assert stored(database.path) == {"user_one"}


async def test_a_connection_is_closed_after_a_failed_read(database: SqliteDatabase):
    [connection] = database.idle
    with pytest.raises(DatabaseUnavailable):
        await database.fetch_one(select(column("x")).select_from(table("nowhere")), {})
    assert database.idle == []
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")
    assert await users.find_id(database, "user_missing") is None


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> list[sqlite._Group]:
    """Return a list of the groups of writers that committed."""
    asked: list[sqlite._Group] = []
    commit = sqlite._Group._commit

    async def count(group: sqlite._Group) -> None:
        asked.append(group)
        await commit(group)

    monkeypatch.setattr(sqlite._Group, "_commit", count)
    return asked


async def test_concurrent_writers_share_a_commit(
    database: SqliteDatabase, commits: list[sqlite._Group]
):
    people = {f"user_{number}" for number in range(40)}
    await asyncio.gather(*[insert(database, clerk_id) for clerk_id in people])
    assert stored(database.path) == people
    assert len(commits) < 5


async def test_a_writer_that_joins_just_before_the_commit_shares_it(
    database: SqliteDatabase, commits: list[sqlite._Group]
):
    first = asyncio.create_task(insert(database, "user_first"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert commits, "the first has written and asked to commit"
    await insert(database, "user_late")
    await first
    assert stored(database.path) == {"user_first", "user_late"}
    assert len(commits) == 1


async def test_a_failed_writer_does_not_affect_its_group(database: SqliteDatabase):
    results = await asyncio.gather(
        insert(database, "user_first"),
        insert(database, "user_failing", ValueError("of this one")),
        insert(database, "user_last"),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [type(None), ValueError, type(None)]
    assert stored(database.path) == {"user_first", "user_last"}


async def test_a_failed_commit_fails_every_writer_of_its_group(
    database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
):
    class FullDisk:
        """A real connection whose commit fails with a full disk."""

        def __init__(self, connection: sqlite.SqliteConnection) -> None:
            self.connection = connection

        def __getattr__(self, name: str):
            return getattr(self.connection, name)

        def execute(self, sql: str, *values: Any):
            if sql == "COMMIT":
                raise sqlite3.OperationalError("database or disk is full")
            return self.connection.execute(sql, *values)

    take = database.take
    monkeypatch.setattr(database, "take", lambda: FullDisk(take()))
    results = await asyncio.gather(
        *[insert(database, f"user_{number}") for number in range(5)], return_exceptions=True
    )
    assert {type(result) for result in results} == {DatabaseUnavailable}
    assert stored(database.path) == set()
    monkeypatch.undo()
    await insert(database, "user_after")
    assert stored(database.path) == {"user_after"}


async def test_a_cancelled_writer_does_not_block_others(database: SqliteDatabase):
    inside = asyncio.Event()

    async def hang() -> None:
        async with database.write(None) as session:
            await _insert(session, Identity("user_gone", 0))
            inside.set()
            await asyncio.Event().wait()

    hanging = asyncio.create_task(hang())
    await inside.wait()
    waiting = asyncio.create_task(insert(database, "user_waiting"))
    also_waiting = asyncio.create_task(insert(database, "user_cancelled"))
    await asyncio.sleep(0)
    also_waiting.cancel()
    hanging.cancel()
    await waiting
    await asyncio.gather(hanging, also_waiting, return_exceptions=True)
    assert stored(database.path) == {"user_waiting"}


async def test_reads_continue_during_a_write(database: SqliteDatabase):
    async with database.write(None) as session:
        await _insert(session, Identity("user_new", 0))
        async with database.read(None) as reader:
            assert await users.find_id(reader, "user_new") is None
    async with database.read(None) as reader:
        assert await users.find_id(reader, "user_new") is not None


async def test_a_lock_of_another_process_times_out_with_a_clear_error(
    database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sqlite, "_PATIENCE_S", 0.001)
    database.idle.clear()
    with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseUnavailable):
            await insert(database, "user_late")
        other.execute("ROLLBACK")
    await insert(database, "user_late")
    assert stored(database.path) == {"user_late"}


async def test_many_concurrent_users_are_identified(database: SqliteDatabase):
    known = KnownIds()
    await asyncio.gather(
        *[identify(database, Identity(f"user_{n % 7}", 1_000), known) for n in range(70)]
    )
    assert len(stored(database.path)) == 7

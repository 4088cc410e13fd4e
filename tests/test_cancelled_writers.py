"""Cancelled SQLite writers: no process crashes and no lock stays."""

import asyncio
import time
from collections.abc import Callable
from contextlib import closing, suppress
from multiprocessing import get_context
from pathlib import Path
from threading import Event

import pytest

from core.auth.schemas import Identity
from core.database import sqlite
from core.database.sqlite import SqliteDatabase, sqlite3
from core.services.users import _insert
from tests.support.servers import PATIENCE_S
from tests.support.soak import size

LOOPS = size(100, soak=2_000)
_HOLD_S = 10

pytestmark = pytest.mark.anyio


@pytest.fixture
def path(sqlite_path: Path) -> Path:
    return sqlite_path


@pytest.fixture
def database(sqlite_database: SqliteDatabase) -> SqliteDatabase:
    return sqlite_database


async def insert(database: SqliteDatabase, clerk_id: str) -> None:
    async with database.write(None) as session:
        await _insert(session, Identity(clerk_id, 0))


def stored(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {row[0] for row in connection.execute("SELECT clerk_id FROM users")}


async def wait_for(condition: Callable[[], object]) -> None:
    until_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < until_s
        await asyncio.sleep(0)


class Commits:
    """Commits that stay inside SQLite, as on a slow disk, until they may end."""

    def __init__(self, database: SqliteDatabase) -> None:
        self.begun, self.may_end = Event(), Event()
        database.idle[0].set_trace_callback(self._hold)

    def _hold(self, sql: str) -> None:
        if sql == "COMMIT":
            self.begun.set()
            self.may_end.wait(_HOLD_S)


# ------------------------------------------------------------------- the loop closes


async def return_during_a_commit(path: Path, later_s: float) -> None:
    """Return, so that the loop cancels the writers and the commit that they share."""
    database = SqliteDatabase(path)
    await database.open()
    saves = [asyncio.create_task(insert(database, f"user_{number}")) for number in range(20)]
    await wait_for(lambda: database.group)
    await wait_for(lambda: database.group is None)
    assert not any(save.done() for save in saves)
    time.sleep(later_s)  # noqa: ASYNC251  the loop must not run during this pause


def close_loops_during_commits(path: Path) -> None:
    for number in range(LOOPS):
        asyncio.run(return_during_a_commit(path, number % 50 / 100_000))


@pytest.mark.soak
def test_an_event_loop_that_closes_during_a_commit_crashes_no_process(path: Path):
    process = get_context("spawn").Process(target=close_loops_during_commits, args=[path])
    process.start()
    process.join(PATIENCE_S)
    process.kill()
    process.join()
    assert process.exitcode == 0
    assert len(stored(path)) == 20


# --------------------------------------------------------------- a writer is cancelled


async def test_a_commit_completes_after_its_writers_are_cancelled(database: SqliteDatabase):
    connection, commits, before = database.idle[0], Commits(database), asyncio.all_tasks()
    saving = asyncio.create_task(insert(database, "user_saving"))
    await wait_for(commits.begun.is_set)
    for task in asyncio.all_tasks() - before:  # the writer, and the commit of the group
        task.cancel()
    await asyncio.wait([saving])
    assert saving.cancelled()
    commits.may_end.set()
    await wait_for(lambda: database.idle)
    assert database.idle == [connection]
    await insert(database, "user_next")
    assert stored(database.path) == {"user_saving", "user_next"}


async def test_a_writer_cancelled_during_the_commit_loses_and_repeats_nothing(
    database: SqliteDatabase,
):
    commits = Commits(database)
    saves = [asyncio.create_task(insert(database, f"user_{number}")) for number in range(5)]
    await wait_for(commits.begun.is_set)
    saves[2].cancel()
    await asyncio.wait([saves[2]])
    assert not any(save.done() for save in saves if save is not saves[2])
    commits.may_end.set()
    results = await asyncio.gather(*saves, return_exceptions=True)
    assert [type(result) for result in results].count(type(None)) == 4
    assert stored(database.path) == {f"user_{number}" for number in range(5)}


async def test_a_writer_cancelled_while_the_file_is_locked_leaves_no_lock(
    database: SqliteDatabase,
):
    with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(insert(database, "user_gone"))
        await asyncio.sleep(0.05)
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
        other.execute("ROLLBACK")
        await asyncio.sleep(0.05)
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
    await insert(database, "user_next")
    assert stored(database.path) == {"user_next"}


async def test_a_writer_after_a_cancelled_one_does_not_wait_for_a_third(
    database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sqlite, "_PATIENCE_S", 10 * PATIENCE_S)
    with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(insert(database, "user_gone"))
        await asyncio.sleep(0.05)
        waiting.cancel()
        other.execute("ROLLBACK")
        await asyncio.wait_for(insert(database, "user_next"), PATIENCE_S)
    assert stored(database.path) == {"user_next"}


# ----------------------------------------------------------------------- the end


async def test_closing_waits_for_all_earlier_writers(path: Path):
    database = SqliteDatabase(path)
    await database.open()
    commits = Commits(database)
    first = asyncio.create_task(insert(database, "user_first"))
    await wait_for(commits.begun.is_set)
    second = asyncio.create_task(insert(database, "user_second"))
    await asyncio.sleep(0)
    closing_down = asyncio.create_task(database.close())
    await asyncio.sleep(0)
    commits.may_end.set()
    await asyncio.gather(first, second, closing_down)
    assert database.idle == []
    assert stored(path) == {"user_first", "user_second"}

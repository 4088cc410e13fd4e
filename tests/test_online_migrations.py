"""Migrations while the service runs: locks of other connections, and two versions side by side."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import asyncpg
import pytest
from sqlalchemy import Connection
from typer.testing import CliRunner, Result

from core.cli import app
from core.migrations import runner
from core.models import SCHEMA_REVISION
from core.queries.schema import is_compatible
from tests.support.factories import Service, list_keys, save

pytestmark = pytest.mark.anyio

BEFORE = "change_feed_3_index"
"""The next migration adds columns to `videos`, for which it locks the table."""
BEFORE_FILLING = "change_feed"
"""The next migration sets the revision of each video."""
OWNERS = (1, 2)
OLD_USER = """
    INSERT INTO users (id, clerk_id, revision, banned, created_at, updated_at)
    SELECT $1::bigint, 'user_' || $1::bigint, 40 + $1::bigint, false, now(), now()
"""
OLD_VIDEO = """
    INSERT INTO videos (user_id, id, video_key, url, title, thumbnail_url, tags, availability,
        created_at, updated_at, title_key, search_text)
    VALUES ($1, 7, 'a', '', '20 min legs', '', '', 'unknown', now(), now(), '', '')
"""

ADDITION = re.sub(r"_\d+(_\w+)?$", "", SCHEMA_REVISION) + "_99_moods"


@pytest.fixture
def old_url(new_postgresql_url: Callable[[], str]) -> str:
    url = new_postgresql_url()
    runner.upgrade(url, BEFORE)
    return url


@asynccontextmanager
async def open_reading(url: str) -> AsyncIterator[asyncpg.Connection]:
    """Keep a transaction open that has read a table, so no migration can lock the table."""
    connection = await asyncpg.connect(url)
    async with connection.transaction():
        await connection.execute("SELECT 'a forgotten psql' FROM videos")
        yield connection
    await connection.close()


async def core(*command: str, url: str) -> Result:
    invoke = partial(CliRunner().invoke, app, command, env={"DATABASE_URL": url})
    return await asyncio.to_thread(invoke)


def upgrade(url: str, monkeypatch: pytest.MonkeyPatch) -> "asyncio.Task[None]":
    monkeypatch.setattr(runner, "_LOCK_TIMEOUT_S", 0.5)
    monkeypatch.setattr(runner, "_POLL_INTERVAL_S", 0.01)
    monkeypatch.setattr(runner, "_PAUSE_S", 0.1)
    return asyncio.create_task(asyncio.to_thread(runner.upgrade, url))


async def test_a_migration_that_gets_no_lock_names_the_query_that_holds_it(
    old_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(runner, "_TRIES", 2)
    async with open_reading(old_url) as holder:
        with pytest.raises(runner.LockTimeout) as failure:
            await upgrade(old_url, monkeypatch)
        said = str(failure.value)
        assert said.startswith("A migration did not get a lock in 2 tries, and was rolled back.")
        assert f"Process {holder.get_server_pid()} of role core holds it (idle in" in said
        assert "Its last query: SELECT 'a forgotten psql' FROM videos." in said
        assert f"pg_terminate_backend({holder.get_server_pid()})" in said
    assert await asyncio.to_thread(runner.current, old_url) == BEFORE
    await upgrade(old_url, monkeypatch)
    assert await asyncio.to_thread(runner.current, old_url) == SCHEMA_REVISION


async def test_the_command_prints_the_query_and_fails(
    old_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(runner, "_TRIES", 1)
    async with open_reading(old_url):
        result = await core("db", "upgrade", url=old_url)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "A migration did not get a lock in 1 tries, and was rolled back." in result.stderr
    assert "a forgotten psql" in result.stderr


async def test_a_migration_retries_until_it_gets_its_lock_and_lets_readers_through(
    old_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(runner, "_TRIES", 10_000)
    async with open_reading(old_url):
        upgrading = upgrade(old_url, monkeypatch)
        other = await asyncpg.connect(old_url)
        tries: set[int] = set()
        while len(tries) < 2:
            waiting = "SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'videos'::regclass"
            tries |= {row["pid"] for row in await other.fetch(waiting)}
            await other.execute(
                "SELECT FROM videos"
            )  # it queues behind the migration, and succeeds
        await other.close()
    await upgrading
    assert await asyncio.to_thread(runner.current, old_url) == SCHEMA_REVISION


@pytest.fixture
def empty_url(new_postgresql_url: Callable[[], str]) -> str:
    url = new_postgresql_url()
    runner.upgrade(url, BEFORE_FILLING)
    return url


@pytest.fixture
async def filled_url(empty_url: str) -> str:
    """A database of two owners with a video each, before a migration that changes them."""
    for owner in OWNERS:
        async with open_as(empty_url, owner) as connection:
            await connection.execute(OLD_USER, owner)
            await connection.execute(OLD_VIDEO, owner)
    return empty_url


@asynccontextmanager
async def open_as(url: str, owner: int) -> AsyncIterator[asyncpg.Connection]:
    """Open a transaction that sees the rows of the owner; statements end after 0.3 s."""
    connection = await asyncpg.connect(url, server_settings={"statement_timeout": "300"})
    async with connection.transaction():
        await connection.execute(f"SET LOCAL core.user_id = '{owner}'")
        yield connection
    await connection.close()


async def read_one(url: str, column: str, owner: int) -> int:
    async with open_as(url, owner) as connection:
        value: int = await connection.fetchval(f"SELECT {column} FROM videos")  # noqa: S608  ours
        return value


async def wait_until_it_waits_for_a_row(url: str) -> None:
    connection = await asyncpg.connect(url)
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"
    while not await connection.fetchval(waiting):  # noqa: ASYNC110  another process sets it
        await asyncio.sleep(0.01)
    await connection.close()


async def test_lists_and_saves_go_on_while_a_migration_changes_each_video(
    filled_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(runner, "_TRIES", 10_000)
    monkeypatch.setattr(runner, "_OWNERS", 1)
    async with open_as(filled_url, 2) as holder:
        await holder.execute("SELECT FROM videos FOR UPDATE")
        upgrading = upgrade(filled_url, monkeypatch)
        await wait_until_it_waits_for_a_row(filled_url)
        assert [await read_one(filled_url, "revision", owner) for owner in OWNERS] == [41, 0]
        async with open_as(filled_url, 1) as other:
            await other.execute("UPDATE videos SET title = '30 min legs'")
    await upgrading
    assert await asyncio.to_thread(runner.current, filled_url) == SCHEMA_REVISION
    assert [await read_one(filled_url, "revision", owner) for owner in OWNERS] == [41, 42]
    assert [await read_one(filled_url, "minutes", owner) for owner in OWNERS] == [30, 20]


async def test_an_interrupted_upgrade_continues_where_it_ended(
    filled_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(runner, "_TRIES", 1)
    monkeypatch.setattr(runner, "_OWNERS", 1)
    async with open_as(filled_url, 2) as holder:
        await holder.execute("SELECT FROM videos FOR UPDATE")
        with pytest.raises(runner.LockTimeout, match="SELECT FROM videos FOR UPDATE"):
            await upgrade(filled_url, monkeypatch)
    assert await asyncio.to_thread(runner.current, filled_url) == BEFORE_FILLING
    await upgrade(filled_url, monkeypatch)
    assert await asyncio.to_thread(runner.current, filled_url) == SCHEMA_REVISION
    assert [await read_one(filled_url, "revision", owner) for owner in OWNERS] == [41, 42]


async def migrate_to(service: Service, revision: str) -> None:
    """Set the revision as a newer version's migration would."""
    url = service.app.state.settings.DATABASE_URL.get_secret_value()
    versions = "UPDATE alembic_version SET version_num = "
    statements = (
        "ALTER TABLE videos ADD COLUMN mood VARCHAR",
        "ALTER TABLE videos ADD COLUMN stars INTEGER NOT NULL DEFAULT 0",
        f"{versions}'{revision}'",
    )

    def apply(connection: Connection) -> None:
        for statement in statements:
            connection.exec_driver_sql(statement)

    await asyncio.to_thread(runner.connect, url, apply)


async def test_processes_of_the_previous_version_keep_running_after_an_addition(
    own_service: Service,
):
    lily = own_service.person("lily")
    await save(lily, "lily-before")
    await migrate_to(own_service, ADDITION)
    ready = await own_service.client().get("/health/ready")
    assert (ready.status_code, ready.json()["migrations"]) == (200, "ok")
    await save(lily, "lily--after", "new")
    assert await list_keys(lily, tags="new") == ["lily--after"]
    url = own_service.app.state.settings.DATABASE_URL.get_secret_value()
    said = (await core("db", "current", url=url)).stdout
    assert said == f"{ADDITION} (newer than this version, which can use it)\n"


async def test_processes_of_the_previous_version_are_not_ready_after_another_migration(
    own_service: Service,
):
    await migrate_to(own_service, "moods")
    ready = await own_service.client().get("/health/ready")
    assert (ready.status_code, ready.json()["migrations"]) == (503, "outdated")


@pytest.mark.parametrize(
    ("revision", "needed"),
    [
        ("training", "training"),
        ("training_2", "training"),
        ("training_10_moods", "training_2_badges"),
    ],
)
def test_code_can_use_its_own_migration_and_later_additions(revision: str, needed: str):
    assert is_compatible(revision, needed)


@pytest.mark.parametrize(
    ("revision", "needed"),
    [
        ("training_2_badges", "training_10_moods"),
        ("training", "training_2_badges"),
        ("trainings", "training"),
        ("training_moods", "training"),
        ("change_feed", "training"),
        (None, "training"),
    ],
)
def test_code_can_use_no_other_migration(revision: str | None, needed: str):
    assert not is_compatible(revision, needed)

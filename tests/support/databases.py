"""Both databases, and their settings for fast tests."""

import os
import shutil
from pathlib import Path
from typing import Protocol

import asyncpg

DIALECTS = ("sqlite", "postgresql")
MEMORY_DISK = Path("/dev/shm")  # noqa: S108  the tests make their own folder in it
MEMORY_BYTES = 2**30
"""The free space that a memory disk needs: a container's has only 64 MiB, for Chromium."""


def has_memory_disk() -> bool:
    """Tell whether there is a memory disk of that size."""
    is_writable = os.access(MEMORY_DISK, os.W_OK)
    return is_writable and shutil.disk_usage(MEMORY_DISK).free > MEMORY_BYTES


FOR_TESTS = (
    "ALTER SYSTEM SET autovacuum = off",
    "ALTER SYSTEM SET fsync = off",
    "ALTER SYSTEM SET synchronous_commit = off",
    "ALTER SYSTEM SET full_page_writes = off",
    "SELECT pg_reload_conf()",
)
"""No test cuts the power of this server, and waiting for the disk is half of a test's time.

Its hundreds of databases are never vacuumed: each would get a process of its own every minute.

`test_broken_database.py` kills a server of its own, which has PostgreSQL's own settings.
"""


GUARD_OFF = "?citus.multi_task_query_log_level=off"


def as_superuser(url: str) -> str:
    """Return the URL of the superuser, who bypasses row-level security."""
    if is_citus(url):
        return without_guard(url).replace("core_app@", "postgres@")
    return url.replace("core@/", "postgres:@/")


async def execute_as_superuser(url: str, statement: str) -> None:
    connection = await asyncpg.connect(as_superuser(url))
    await connection.execute(statement)
    await connection.close()


def is_citus(url: str) -> bool:
    """Tell whether it is a database of the cluster that the environment names."""
    return "core_app@" in url or GUARD_OFF in url


def without_guard(url: str) -> str:
    """Allow statements on more than one server of the cluster, for a test's own statements."""
    return f"{url.removesuffix(GUARD_OFF)}{GUARD_OFF}" if is_citus(url) else url


ROLES = ("CREATE ROLE core LOGIN", "CREATE ROLE core_app LOGIN")
"""The owner of the tables, and a service that does not own them (docs/deploy.md, "Citus")."""


class NewDatabaseUrl(Protocol):
    """Makes an empty database of a dialect with the newest schema."""

    def __call__(self, dialect: str, *, on_disk: bool = False) -> str:
        """Return its URL; with `on_disk` an SQLite file is on a real disk, not in memory."""

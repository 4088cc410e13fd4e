"""Both databases, and their settings for fast tests."""

from pathlib import Path
from typing import Protocol

DIALECTS = ("sqlite", "postgresql")
MEMORY_DISK = Path("/dev/shm")  # noqa: S108  the tests make their own folder in it
MEMORY_BYTES = 2**30
"""The free space that a memory disk needs: a container's has only 64 MiB, for Chromium."""
NOT_DURABLE = (
    "ALTER SYSTEM SET fsync = off",
    "ALTER SYSTEM SET synchronous_commit = off",
    "ALTER SYSTEM SET full_page_writes = off",
    "SELECT pg_reload_conf()",
)
"""No test cuts the power of this server, and waiting for the disk is half of a test's time.

`test_broken_database.py` kills a server of its own, which has PostgreSQL's own settings.
"""


class NewDatabaseUrl(Protocol):
    """Makes an empty database of a dialect with the newest schema."""

    def __call__(self, dialect: str, *, on_disk: bool = False) -> str:
        """Return its URL; with `on_disk` an SQLite file is on a real disk, not in memory."""

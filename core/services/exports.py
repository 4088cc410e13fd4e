"""Exports: a person's whole library, written page by page."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime

from core.clock import utc_now
from core.database import Database
from core.queries import exports
from core.services.videos import trashed_after
from core.transfer.writing import WRITERS, ExportFormat

PAGE = 200
"""Videos: so many of a library are in memory at once."""


async def count(database: Database, owner_id: int, kind: ExportFormat) -> int:
    """Return how many videos an export has that begins now."""
    async with database.read(owner_id) as session:
        return await exports.count(session, owner_id, _cutoff(kind))


def _cutoff(kind: ExportFormat) -> datetime | None:
    """Return since when the trash counts; None: not at all."""
    return trashed_after(utc_now()) if WRITERS[kind].with_trash else None


async def write(database: Database, owner_id: int, kind: ExportFormat) -> AsyncIterator[str]:
    """Yield a document of the whole library, a page at a time: each sees a snapshot of its own.

    A video that is there all the while is in it once.
    Raises: DatabaseUnavailable
    """
    writer = WRITERS[kind]
    cutoff, after_id, separator, head = _cutoff(kind), -1, "", writer.head
    while True:
        await asyncio.sleep(0)  # SQLite works in the event loop; meanwhile others may read
        async with database.read(owner_id) as session:
            page = await exports.list_page(session, owner_id, after_id, PAGE, cutoff)
        written = writer.between.join(map(writer.write, page))
        yield head + (separator + written if page else "")
        if len(page) < PAGE:
            break
        after_id, separator, head = page[-1]["id"], writer.between, ""
    yield writer.foot

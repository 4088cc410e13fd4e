"""Exports: a user's whole library, written page by page."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime
from typing import Any

from core.choices import ExportFormat
from core.database.session import PATIENCE_S, Database, Session
from core.queries import exports
from core.services.videos import trashed_after
from core.time_ids import rfc3339, utc_now
from core.transfer.export_formats import WRITERS
from core.turns import Turns

Page = Sequence[Mapping[str, Any]]
Reader = Callable[[Session, int, int, int], Awaitable[Page]]

PAGE = 50
"""Rows that are in memory, and that are written before other users get a turn."""
MAX_EXPORTS = 20
"""Concurrent exports in one process, each of a different user."""


class Exports:
    """The exports for requests: one for each user, and one page at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turns = Turns(MAX_EXPORTS, PATIENCE_S)
        # Not held while the client reads: a slow client delays no other user.
        self._page = asyncio.Lock()

    async def write(self, owner_id: int, kind: ExportFormat) -> AsyncGenerator[str]:
        """Yield the document in this user's turn; see `write`.

        Raises: TooManyRequests, Busy, DatabaseUnavailable
        """
        async with self._turns.take(owner_id):
            async for piece in write(self._database, owner_id, kind, self._page):
                yield piece


async def count(database: Database, owner_id: int, kind: ExportFormat) -> int:
    """Return the number of videos in an export that begins now."""
    async with database.read(owner_id) as session:
        return await exports.count(session, owner_id, _cutoff(kind))


def _cutoff(kind: ExportFormat) -> datetime | None:
    """Return the moment after which a deleted video is in the export; None: no trash."""
    return trashed_after(utc_now()) if WRITERS[kind].with_trash else None


async def write(
    database: Database, owner_id: int, kind: ExportFormat, turn: asyncio.Lock | None = None
) -> AsyncGenerator[str]:
    """Yield a document of the whole library, page by page, each from its own snapshot.

    A row that exists during the whole export is in it once. `turn` is held for each page.
    Raises: DatabaseUnavailable
    """
    cutoff = _cutoff(kind)
    since = rfc3339(cutoff) if cutoff else None
    for part in WRITERS[kind].parts:
        after_id, head, separator = -1, part.head, ""
        while True:
            await asyncio.sleep(0)  # SQLite works in the event loop; let other requests run
            async with turn or nullcontext(), database.read(owner_id) as session:
                page = await _READERS[part.rows](session, owner_id, after_id, PAGE)
            written = [part.write(row) for row in page if _belongs(row, since)]
            written = [*filter(None, written)]
            yield head + (separator if written else "") + part.between.join(written)
            if len(page) < PAGE:
                break
            after_id, head = page[-1]["id"], ""
            separator = part.between if written else separator
        yield part.foot


async def _list_videos(session: Session, owner_id: int, after_id: int, limit: int) -> Page:
    """Return videos with their notes; `title_is_provisional` only where it is true."""
    page = await exports.list_page(session, owner_id, after_id, limit)
    notes = await exports.list_notes(session, owner_id, [video["id"] for video in page])
    return [_video(video, notes.get(video["id"], [])) for video in page]


def _video(row: Mapping[str, Any], notes: list[dict[str, Any]]) -> dict[str, Any]:
    video = {**row, "notes": notes}
    is_provisional = video.pop("title_is_provisional")
    return {**video, "title_is_provisional": True} if is_provisional else video


_READERS: dict[str, Reader] = {
    "videos": _list_videos,
    "workouts": exports.list_workouts,
    "searches": exports.list_searches,
}


def _belongs(row: Mapping[str, Any], since: str | None) -> bool:
    """Tell whether a row is in the file; timestamps as text sort by time."""
    trashed_at = row.get("deleted_at")
    return trashed_at is None or (since is not None and trashed_at > since)

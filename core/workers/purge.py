"""Purges the trash every hour, and deletes old webhook deliveries and old deletions."""

import asyncio
from collections.abc import Awaitable
from datetime import datetime

import structlog

from core.database.session import Database
from core.errors import DatabaseUnavailable
from core.services.changes import forget_old_deletions
from core.services.videos import purge_trash
from core.services.webhooks import delete_old
from core.time_ids import utc_now

PURGE_INTERVAL_S = 3_600

log = structlog.get_logger(__name__)


async def purge_hourly(database: Database) -> None:
    """Delete videos after 30 days in the trash, old deliveries and deletions, until cancelled."""
    while True:
        now = utc_now()
        await _attempt(_delete_deliveries(database, now), "webhook deliveries")
        await _attempt(_purge_trash(database, now), "trash")
        await _attempt(forget_old_deletions(database, now), "deletions")
        await asyncio.sleep(PURGE_INTERVAL_S)


async def _attempt(work: Awaitable[object], what: str) -> None:
    """Log a failure instead of raising it: the next hour is another attempt."""
    try:
        await work
    except DatabaseUnavailable:
        log.warning("purge_failed", what=what)
    except Exception:
        log.exception("purge_failed", what=what)


async def _delete_deliveries(database: Database, now: datetime) -> None:
    async with database.maintain(writes=True) as session:
        await delete_old(session, now)


async def _purge_trash(database: Database, now: datetime) -> None:
    log.info("trash_purged", videos=await purge_trash(database, now))

"""Purges the trash every hour, and deletes old webhook deliveries and old deletions."""

import asyncio

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
        await _delete_deliveries(database)
        await _purge_trash(database)
        await _forget_deletions(database)
        await asyncio.sleep(PURGE_INTERVAL_S)


async def _delete_deliveries(database: Database) -> None:
    """Log a failure instead of raising it: the next hour is another attempt."""
    try:
        async with database.write(None) as session:
            await delete_old(session, utc_now())
    except DatabaseUnavailable:
        log.warning("webhook_cleanup_failed")
    except Exception:
        log.exception("webhook_cleanup_failed")


async def _purge_trash(database: Database) -> None:
    """Log a failure instead of raising it, as above."""
    try:
        log.info("trash_purged", videos=await purge_trash(database, utc_now()))
    except DatabaseUnavailable:
        log.warning("purge_failed")
    except Exception:
        log.exception("purge_failed")


async def _forget_deletions(database: Database) -> None:
    """Log a failure instead of raising it, as above."""
    try:
        await forget_old_deletions(database, utc_now())
    except DatabaseUnavailable:
        log.warning("deletions_cleanup_failed")
    except Exception:
        log.exception("deletions_cleanup_failed")

"""What the service does by itself, beside the requests."""

import asyncio

import structlog

from core.clock import utc_now
from core.database import Database
from core.errors import DatabaseUnavailable
from core.services.videos import purge_trash

PURGE_INTERVAL_S = 3_600

log = structlog.get_logger(__name__)


async def purge_trash_hourly(database: Database) -> None:
    """Empty the trash of what has been there for 30 days, until cancelled."""
    while True:
        try:
            purged = await purge_trash(database, utc_now())
            log.info("trash_purged", videos=purged)
        except DatabaseUnavailable:
            log.warning("trash_not_purged")
        except Exception:  # whatever it was, the next hour is another chance
            log.exception("trash_not_purged")
        await asyncio.sleep(PURGE_INTERVAL_S)

"""What the service does by itself, beside the requests."""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable
from datetime import timedelta

import structlog

from core import oembed
from core.clock import utc_now
from core.database import Database
from core.errors import DatabaseUnavailable
from core.oembed import Finding, Oembed, Unreachable
from core.services import metadata
from core.services.videos import purge_trash
from core.services.webhooks import forget_old

PURGE_INTERVAL_S = 3_600

AT_ONCE = 4
A_SECOND = 4
BATCH = 8
"""Jobs in one round: its answers are written together."""
POLL_S = 5
"""How often a worker looks for what others made due; its own process wakes it at once."""
FIRST_PAUSE_S = 5
LONGEST_PAUSE_S = 3_600

_TOO_MANY_REQUESTS = 429
_SERVER_ERRORS = range(500, 600)

log = structlog.get_logger(__name__)


async def purge_hourly(database: Database) -> None:
    """Delete what has been in the trash for 30 days, and old deliveries, until cancelled."""
    while True:
        try:
            async with database.write(None) as session:
                await forget_old(session, utc_now())
            purged = await purge_trash(database, utc_now())
            log.info("trash_purged", videos=purged)
        except DatabaseUnavailable:
            log.warning("trash_not_purged")
        except Exception:  # whatever it was, the next hour is another chance
            log.exception("trash_not_purged")
        await asyncio.sleep(PURGE_INTERVAL_S)


class MetadataWorker:
    """Asks YouTube about the videos that are due, a few at once and a few a second.

    While YouTube is not to be reached, or has enough of us, nothing is asked; the pauses double.
    """

    def __init__(
        self, database: Database, url: str, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._steady = steady
        self._youtube = Oembed(url)
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._news = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self._next_at_s = self._resume_at_s = 0.0
        self._pauses = 0

    def start(self) -> None:
        self._running = asyncio.create_task(self._run())

    def wake(self) -> None:
        """Say that something has become due; it waits for nothing."""
        self._news.set()

    async def close(self) -> None:
        """Stop asking; what was answered is kept, and what was not is given back."""
        if self._running:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        await self._youtube.close()

    async def _run(self) -> None:
        while True:
            self._news.clear()
            try:
                while await self.run_round():
                    pass
            except DatabaseUnavailable:
                log.warning("titles_not_fetched")
            except Exception:  # whatever it was, the next look is another chance
                log.exception("titles_not_fetched")
            await self._rest()

    async def run_round(self) -> bool:
        """Ask about some of the videos that are due; return whether there may be more."""
        if self._pause_s() > 0:
            return False
        # After a pause one question shows whether it is over.
        jobs = await metadata.claim(self._database, 1 if self._pauses else BATCH)
        findings: dict[str, Finding] = {}
        try:
            # A video that several people have saved is asked about once.
            async with asyncio.TaskGroup() as group:
                for video_key in {job.video_key for job in jobs}:
                    group.create_task(self._ask(video_key, findings))
        finally:
            retry_at = utc_now() + timedelta(seconds=self._pause_s())
            await metadata.settle(self._database, jobs, findings, retry_at)
        return bool(jobs)

    async def _ask(self, video_key: str, findings: dict[str, Finding]) -> None:
        async with self._slots:
            await self._wait_for_turn()
            if self._pause_s() > 0:
                return
            try:
                reply = await self._youtube.ask(video_key)
            except Unreachable as error:
                self._pause(str(error), 0)
                return
        if reply.status == _TOO_MANY_REQUESTS:
            self._pause("429", reply.retry_after_s)
            return
        if reply.status in _SERVER_ERRORS:
            self._pause(str(reply.status), reply.retry_after_s)
        else:
            self._go_on()
        findings[video_key] = oembed.read(reply)

    async def _wait_for_turn(self) -> None:
        now_s = self._steady()
        turn_at_s = max(now_s, self._next_at_s)
        self._next_at_s = turn_at_s + 1 / A_SECOND
        await asyncio.sleep(turn_at_s - now_s)

    def _pause_s(self) -> float:
        return max(0.0, self._resume_at_s - self._steady())

    def _pause(self, reason: str, retry_after_s: float) -> None:
        """Ask nobody for a while; those who were under way together count as one failure."""
        if not self._pause_s():
            if not self._pauses:  # once, not each time
                log.warning("metadata_paused", reason=reason)
            pause_s = min(FIRST_PAUSE_S * 2**self._pauses, LONGEST_PAUSE_S)
            pause_s *= random.uniform(1, 1.2)  # noqa: S311  only spreads the workers
            self._resume_at_s = self._steady() + pause_s
            self._pauses += 1
        self._resume_at_s = max(self._resume_at_s, self._steady() + retry_after_s)

    def _go_on(self) -> None:
        if self._pauses:
            log.info("metadata_resumed")
        self._pauses = 0

    async def _rest(self) -> None:
        """Wait until something is due or may be; a pause is not cut short."""
        if pause_s := self._pause_s():
            await asyncio.sleep(pause_s)
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), POLL_S)

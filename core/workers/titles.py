"""Fetches titles in the background, with few requests in parallel and a second, and pauses."""

import asyncio
import random
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import islice

import structlog

from core.config import Settings
from core.database.session import Database
from core.errors import DatabaseUnavailable
from core.services import titles
from core.time_ids import utc_now
from core.workers.wake import WakeLoop
from core.youtube.data_api import DataApi
from core.youtube.oembed import Oembed
from core.youtube.source import Finding, Source, Unreachable

PARALLEL_REQUESTS = 4
A_SECOND = 4
QUESTIONS = 8
"""In one round: its answers are written together."""
POLL_S = 5
"""How often a worker looks for due jobs of other processes; its own wakes it immediately."""
FIRST_PAUSE_S = 5
LONGEST_PAUSE_S = 3_600

log = structlog.get_logger(__name__)


def choose_source(settings: Settings) -> Source:
    """Return YouTube's Data API where there is a key for it, else oEmbed."""
    if key := settings.CORE_YOUTUBE_API_KEY:
        return DataApi(settings.CORE_YOUTUBE_API_URL, key.get_secret_value())
    return Oembed(settings.CORE_METADATA_URL)


class TitleWorker:
    """Requests the videos that are due from YouTube, a few in parallel and a few a second.

    While YouTube is unreachable or limits the rate, nothing is requested; the pauses double.
    """

    def __init__(
        self, database: Database, source: Source, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._steady = steady
        self._source = source
        self._slots = asyncio.Semaphore(PARALLEL_REQUESTS)
        self._loop = WakeLoop(self._run_rounds, POLL_S)
        self._next_at_s = self._resume_at_s = 0.0
        self._pauses = 0

    def start(self) -> None:
        self._loop.start()

    def wake(self) -> None:
        """Say that a job has become due; return immediately."""
        self._loop.wake()

    async def close(self) -> None:
        """Stop requesting; store the answers that have arrived, and release the other jobs."""
        await self._loop.close()
        await self._source.close()

    async def _run_rounds(self) -> None:
        """Ask until no job is due; a pause is not cut short."""
        try:
            while await self.run_round() or await self._sleep_through_pause():
                pass
        except DatabaseUnavailable:
            log.warning("titles_not_fetched")
        except Exception:  # the next run is another attempt
            log.exception("titles_not_fetched")

    async def run_round(self) -> bool:
        """Ask about some of the videos that are due; return whether there may be more."""
        if self._pause_s() > 0:
            return False
        # After a pause one request shows whether it is over.
        most = 1 if self._pauses else QUESTIONS * self._source.most_videos
        jobs = await titles.claim(self._database, most)
        findings: dict[str, Finding] = {}
        try:
            # A video that several users have saved is requested once.
            video_keys = sorted({job.video_key for job in jobs})
            async with asyncio.TaskGroup() as group:
                for asked in batched(video_keys, self._source.most_videos):
                    group.create_task(self._ask(asked, findings))
        finally:
            retry_at = utc_now() + timedelta(seconds=self._pause_s())
            await titles.store_results(self._database, jobs, findings, retry_at)
        return bool(jobs)

    async def _ask(self, video_keys: Sequence[str], findings: dict[str, Finding]) -> None:
        async with self._slots:
            await self._wait_for_turn()
            if self._pause_s() > 0:
                return
            try:
                answer = await self._source.ask(video_keys)
            except Unreachable as error:
                self._pause(str(error), 0)
                return
        if answer.pause:
            self._pause(answer.pause, answer.retry_after_s)
        else:
            self._resume()
        findings.update(answer.findings)

    async def _wait_for_turn(self) -> None:
        now_s = self._steady()
        turn_at_s = max(now_s, self._next_at_s)
        self._next_at_s = turn_at_s + 1 / A_SECOND
        await asyncio.sleep(turn_at_s - now_s)

    def _pause_s(self) -> float:
        return max(0.0, self._resume_at_s - self._steady())

    def _pause(self, reason: str, retry_after_s: float) -> None:
        """Send no request for a while; parallel failures count as one."""
        if not self._pause_s():
            if not self._pauses:  # log only the first pause
                log.warning("titles_paused", reason=reason)
            pause_s = min(FIRST_PAUSE_S * 2**self._pauses, LONGEST_PAUSE_S)
            pause_s *= random.uniform(1, 1.2)  # noqa: S311  only spreads the workers
            self._resume_at_s = self._steady() + pause_s
            self._pauses += 1
        self._resume_at_s = max(self._resume_at_s, self._steady() + retry_after_s)

    def _resume(self) -> None:
        if self._pauses:
            log.info("titles_resumed")
        self._pauses = 0

    async def _sleep_through_pause(self) -> bool:
        """Return whether there was a pause."""
        pause_s = self._pause_s()
        await asyncio.sleep(pause_s)
        return pause_s > 0


def batched(video_keys: Sequence[str], most: int) -> Iterator[tuple[str, ...]]:
    """Yield the keys in groups, as itertools.batched does from Python 3.12 on."""
    keys = iter(video_keys)
    while group := tuple(islice(keys, most)):
        yield group

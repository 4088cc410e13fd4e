"""A document of another server: when to fetch it, and how long to keep it.

The caller parses the document.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from typing import Generic, NamedTuple, TypeVar

import structlog

from core import http_client

log = structlog.get_logger(__name__)

_T = TypeVar("_T")

_COOLDOWN_S = 60
_EARLY_S = 10
_EARLY_BURST = 3
_REFRESH_S = 3600
_RETRY_WITHOUT_VALUE_S = 3
_KEEP_S = 24 * 3600
TIMEOUT_S = 3
_PATIENCE_S = 1.0
_PATIENCE_WITH_FIRST_S = 2.0
_PATIENCE_WITHOUT_VALUE_S = 0.08
MAX_BYTES = 256 * 1024


class Clock(NamedTuple):
    """The clocks, in seconds: since the epoch, and one that is never set back."""

    now: Callable[[], float] = time.time
    steady: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


class CachedDocument(Generic[_T]):
    """The last valid version of a document. It is fetched rarely, by one attempt at a time.

    `read` raises when the document is invalid; the version before it is then kept for a day.
    """

    def __init__(self, url: str, read: Callable[[bytes], _T], clock: Clock) -> None:
        self.value: _T | None = None
        self._url = url
        self._read = read
        self._clock = clock
        self._tried_at_s = self._renewed_at_s = self._early_spent_until_s = -math.inf
        self._attempt: asyncio.Task[None] | None = None
        self._has_failed = False
        self._refreshing: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Fetch now and every hour, without waiting for it."""
        self._refreshing = asyncio.create_task(self._keep_fresh())

    async def close(self) -> None:
        tasks = [task for task in (self._refreshing, self._attempt) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def begin_renewal(self, *, early: bool = False) -> None:
        """Fetch in the background, unless there was an attempt within the last minute.

        `early`: the token looks like one of Clerk's, so its key may be new. Early fetches have a
        budget of their own: three, and one more every 10 s.
        """
        due = self._clock.steady() >= self._tried_at_s + _COOLDOWN_S
        if self._attempt is None and (due or (early and self._spend())):
            self._fetch()

    async def renew(self, *, early: bool = False) -> None:
        """Wait for the attempt that is due or in progress.

        2 s for the first attempt, so that a start refuses no request; later 1 s, or 80 ms without a
        value.
        """
        self.begin_renewal(early=early)
        if self._attempt:
            await asyncio.wait({self._attempt}, timeout=self._patience_s())

    def _spend(self) -> bool:
        """Spend an early fetch. Without a value there is an attempt every 3 s in any case."""
        now_s = self._clock.steady()
        spent_until_s = max(self._early_spent_until_s, now_s) + _EARLY_S
        if self.value is None or spent_until_s > now_s + _EARLY_S * _EARLY_BURST:
            return False
        self._early_spent_until_s = spent_until_s
        return True

    def _patience_s(self) -> float:
        if self.value is not None:
            return _PATIENCE_S
        return _PATIENCE_WITHOUT_VALUE_S if self._has_failed else _PATIENCE_WITH_FIRST_S

    async def _keep_fresh(self) -> None:
        while True:
            wait_s = self._due_at_s() - self._clock.steady()
            await (self._clock.sleep(wait_s) if wait_s > 0 else self._fetch())

    def _due_at_s(self) -> float:
        if self.value is None:
            return self._tried_at_s + _RETRY_WITHOUT_VALUE_S
        failed = self._renewed_at_s < self._tried_at_s
        return self._tried_at_s + (_COOLDOWN_S if failed else _REFRESH_S)

    def _fetch(self) -> asyncio.Task[None]:
        """Start an attempt or return the one in progress. A failed attempt counts too."""
        if self._attempt is None:
            self._tried_at_s = self._clock.steady()
            self._attempt = asyncio.create_task(self._try_once())
        return self._attempt

    async def _try_once(self) -> None:
        try:
            document = await http_client.fetch(self._url, TIMEOUT_S, MAX_BYTES)
            self.value = self._read(document.body)
            self._renewed_at_s = self._tried_at_s
        except Exception as error:  # noqa: BLE001  the other server may answer anything
            self._has_failed = True
            log.warning("jwks_fetch_failed", url=self._url, error=repr(error))
            if self._clock.steady() >= self._renewed_at_s + _KEEP_S:
                self.value = None
        finally:
            self._attempt = None

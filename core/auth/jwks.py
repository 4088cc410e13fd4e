"""A document that lies on another server: when to ask for it, and how long to keep it.

What the document means is no matter of this file's.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

import structlog

if TYPE_CHECKING:
    import httpx

log = structlog.get_logger(__name__)

_T = TypeVar("_T")

_COOLDOWN_S = 60
_REFRESH_S = 3600
_RETRY_WITHOUT_VALUE_S = 3
_KEEP_S = 24 * 3600
_TIMEOUT_S = 3
_PATIENCE_S = 1.0
_PATIENCE_WITH_FIRST_S = 2.0
_PATIENCE_WITHOUT_VALUE_S = 0.08
_BYTES_LIMIT = 256 * 1024


class Clock(NamedTuple):
    """What tells the time, in seconds: since the epoch, and one that is never put back."""

    now: Callable[[], float] = time.time
    steady: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


class Remote(Generic[_T]):
    """The last good reading of a document. It is fetched rarely, by one attempt at a time.

    `read` raises when the document is unusable; the reading before it is then kept for a day.
    """

    def __init__(self, url: str, read: Callable[[bytes], _T], clock: Clock) -> None:
        self.value: _T | None = None
        self._url = url
        self._read = read
        self._clock = clock
        self._tried_at_s = self._renewed_at_s = -math.inf
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

    def begin_renewal(self) -> None:
        """Fetch in the background, unless that was tried within the last minute."""
        if self._clock.steady() >= self._tried_at_s + _COOLDOWN_S:
            self._fetch()

    async def renew(self) -> None:
        """Wait a moment for the attempt that is due or under way.

        2 s for the first of all, so that a start refuses nobody; later 1 s, 80 ms without a value.
        """
        self.begin_renewal()
        if self._attempt:
            await asyncio.wait({self._attempt}, timeout=self._patience_s())

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
        """Begin an attempt or join the one under way. It counts, whether or not it succeeds."""
        if self._attempt is None:
            self._tried_at_s = self._clock.steady()
            self._attempt = asyncio.create_task(self._try_once())
        return self._attempt

    async def _try_once(self) -> None:
        try:
            self.value = self._read(await _download(self._url))
            self._renewed_at_s = self._tried_at_s
        except Exception as error:  # noqa: BLE001  whatever the other side does, we go on
            self._has_failed = True
            log.warning("document_not_fetched", url=self._url, error=repr(error))
            if self._clock.steady() >= self._renewed_at_s + _KEEP_S:
                self.value = None
        finally:
            self._attempt = None


async def _download(url: str) -> bytes:
    # Not compressed: a small body must not unpack into a large one.
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    client = await asyncio.to_thread(_open_client)
    body = b""
    async with asyncio.timeout(_TIMEOUT_S), client, client.stream("GET", url, headers=headers) as r:
        if r.status_code != HTTPStatus.OK:
            raise ValueError(f"status {r.status_code}")
        async for chunk in r.aiter_raw():
            body += chunk
            if len(body) > _BYTES_LIMIT:
                raise ValueError("too long")
    return body


def _open_client() -> "httpx.AsyncClient":
    """Import httpx and read the system's certificates: 80 ms which no request may wait for."""
    import httpx  # noqa: PLC0415  see above

    return httpx.AsyncClient(follow_redirects=False)

"""Rate limits for users and addresses: the counts, and the headers about them.

A window is fixed and begins with a request. In memory each process counts separately, with one
window for all keys. In Redis, with the `limits` library, all share the counts, and each key has its
own window. The library's own counting in memory is not used, since it iterates over all of its keys
on each request (docs/decisions/0008-rate-limits.md).
"""

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import structlog

from core.config import WINDOWS_S, Quota, Settings
from core.errors import TooManyRequests
from core.outages import Outage

log = structlog.get_logger(__name__)

Headers = Sequence[tuple[bytes, bytes]]

_KEYS_LIMIT = 100_000
_NEAR_THE_END = 10
_REDIS_TIMEOUT_S = 0.5
_REDIS_CONNECTIONS = 50
_REDIS_PAUSE_S = 5
_WINDOW_NAMES = {window_s: name for name, window_s in WINDOWS_S.items()}


class Store(Protocol):
    """Counts requests. A store that fails returns zero, so that the request is allowed."""

    async def count(self, key: str, window_s: int) -> int: ...
    async def seconds_left(self, key: str, window_s: int) -> float: ...
    async def close(self) -> None: ...


class Memory:
    """Counts in this process, for windows of one length."""

    def __init__(self, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._counts: dict[str, int] = {}
        self._ends_at_s = -math.inf

    async def count(self, key: str, window_s: int) -> int:
        now_s = self._steady()
        if now_s >= self._ends_at_s:
            self._counts, self._ends_at_s = {}, now_s + window_s
        elif len(self._counts) >= _KEYS_LIMIT and key not in self._counts:
            self._counts = {}  # a limit does not stop a client with so many addresses
        count = self._counts[key] = self._counts.get(key, 0) + 1
        return count

    async def seconds_left(self, key: str, window_s: int) -> float:  # noqa: ARG002  one window for all
        return self._ends_at_s - self._steady()

    async def close(self) -> None: ...


class Redis:
    """Counts in Redis. After a failure it is not used for 5 s, and no request is refused."""

    def __init__(self, url: str, steady: Callable[[], float] = time.monotonic) -> None:
        from limits.aio.storage import RedisStorage  # noqa: PLC0415  40 ms, only for Redis
        from limits.errors import StorageError  # noqa: PLC0415  same
        from redis.asyncio import BlockingConnectionPool  # noqa: PLC0415  same
        from redis.asyncio.retry import Retry  # noqa: PLC0415  same
        from redis.backoff import NoBackoff  # noqa: PLC0415  same

        self._pool = BlockingConnectionPool.from_url(
            url,
            max_connections=_REDIS_CONNECTIONS,
            timeout=_REDIS_TIMEOUT_S,
            socket_timeout=_REDIS_TIMEOUT_S,
            socket_connect_timeout=_REDIS_TIMEOUT_S,
            retry=Retry(NoBackoff(), 1),
        )
        self._storage = RedisStorage(
            f"async+{url}",
            wrap_exceptions=True,
            implementation="redispy",
            key_prefix="core-rate-limit",
            connection_pool=self._pool,  # type: ignore[arg-type]  # documented, but not typed
        )
        self._failures = (StorageError, OSError, TimeoutError)
        self._outage = Outage(_REDIS_PAUSE_S, steady)

    async def count(self, key: str, window_s: int) -> int:
        if self._outage.is_paused():
            return 0
        try:
            async with asyncio.timeout(_REDIS_TIMEOUT_S):
                count = await self._storage.incr(key, window_s)
        except self._failures as error:
            self._fail(error)
            return 0
        if self._outage.end():
            log.info("rate_limit_store_recovered")
        return count

    async def seconds_left(self, key: str, window_s: int) -> float:
        try:
            async with asyncio.timeout(_REDIS_TIMEOUT_S):
                return await self._storage.get_expiry(key) - time.time()
        except self._failures as error:
            self._fail(error)
            return window_s

    async def answers(self) -> bool:
        """Send one request, also during a pause."""
        try:
            async with asyncio.timeout(_REDIS_TIMEOUT_S):
                return bool(await self._storage.check())
        except self._failures:
            return False

    async def close(self) -> None:
        await self._pool.aclose()

    def _fail(self, error: BaseException) -> None:
        if self._outage.begin():
            log.error("rate_limit_store_failed", error=type(error).__name__)


class Limit:
    """A quota for each key; `name` is its name in the headers."""

    def __init__(self, name: str, quota: Quota, store: Store) -> None:
        self.name = name
        self.quota = quota
        self._store = store
        self._quiet_up_to = quota.requests - quota.requests // _NEAR_THE_END - 1

    async def spend(self, key: str) -> Headers:
        """Count a request; return its headers, which are none while much of the quota is left.

        Raises: TooManyRequests
        """
        key = f"{self.name}/{key}"
        count = await self._store.count(key, self.quota.window_s)
        if count <= self._quiet_up_to:
            return ()
        left_s = await self._store.seconds_left(key, self.quota.window_s)
        wait_s = max(1, math.ceil(left_s))
        headers = self._headers(max(0, self.quota.requests - count), wait_s)
        if count <= self.quota.requests:
            return [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        if count == self.quota.requests + 1:
            log.info("rate_limited", limit=self.name)  # once in a window
        raise TooManyRequests(self._sentence(wait_s), {"Retry-After": str(wait_s), **headers})

    def _headers(self, remaining: int, wait_s: int) -> dict[str, str]:
        """Source: draft-ietf-httpapi-ratelimit-headers-11."""
        return {
            "RateLimit-Policy": f'"{self.name}";q={self.quota.requests};w={self.quota.window_s}',
            "RateLimit": f'"{self.name}";r={remaining};t={wait_s}',
        }

    def _sentence(self, wait_s: int) -> str:
        return (
            f"More than {self.quota.requests} requests a {_WINDOW_NAMES[self.quota.window_s]} "
            f"came from your {self.name}. "
            f"Wait {wait_s} s, then continue."
        )


class Limits(NamedTuple):
    """Both limits; None: it is off."""

    user: Limit | None
    address: Limit | None
    stores: Sequence[Store]


def create_limits(settings: Settings) -> Limits:
    """Create both limits as configured; the first request to count contacts Redis."""
    url = settings.CORE_RATE_LIMIT_STORE.get_secret_value()
    user, address = settings.user_quota, settings.address_quota
    stores: list[Store] = [Memory(), Memory()] if url == "memory" else [Redis(url)]
    return Limits(
        Limit("account", user, stores[0]) if user else None,
        Limit("address", address, stores[-1]) if address else None,
        stores,
    )


async def is_reachable(url: str) -> bool:
    """Tell whether the Redis there answers."""
    redis = Redis(url)
    try:
        return await redis.answers()
    finally:
        await redis.close()


def counts_per_process(settings: Settings) -> bool:
    """Tell whether several processes count separately."""
    in_memory = settings.CORE_RATE_LIMIT_STORE.get_secret_value() == "memory"
    limited = settings.user_quota or settings.address_quota
    return bool(settings.CORE_WORKERS > 1 and in_memory and limited)

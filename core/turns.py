"""Turns for work that can slow down other users: a few at a time in the process, one per user."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from core.errors import Busy, TooManyRequests


class Turns:
    """A request waits up to `patience_s` for its user's turn, then as long for a free place."""

    def __init__(self, places: int, patience_s: float) -> None:
        self._patience_s = patience_s
        self._places = asyncio.Semaphore(places)
        self._owners: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def take(self, owner_id: int) -> AsyncIterator[None]:
        """Hold this user's turn.

        Raises: TooManyRequests: another request of this user holds it; Busy: no place is free.
        """
        wait = {"Retry-After": "2"}
        own = self._owners.setdefault(owner_id, asyncio.Lock())
        if not await self._acquire(own):
            raise TooManyRequests(
                "Another long request of yours is still running. Wait until it has ended.", wait
            )
        try:
            if not await self._acquire(self._places):
                raise Busy("Long requests of other users are running. Try again in 2 s.", wait)
            try:
                yield
            finally:
                self._places.release()
        finally:
            own.release()

    async def _acquire(self, lock: asyncio.Lock | asyncio.Semaphore) -> bool:
        try:
            async with asyncio.timeout(self._patience_s):
                return await lock.acquire()
        except TimeoutError:
            return False

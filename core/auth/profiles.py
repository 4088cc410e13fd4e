"""E-mails and names of users, which are fetched in the background after their row exists.

A session token has neither unless Clerk is configured to add them.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

import structlog

from core.auth.clerk import Clerk, ProfileUnavailable
from core.database.session import Database
from core.errors import DatabaseUnavailable
from core.services import users
from core.services.users import User

log = structlog.get_logger(__name__)

_PARALLEL_LIMIT = 8
_FAILURES_LIMIT = 10_000
_FIRST_PAUSE_S = 30
_LONGEST_PAUSE_S = 3600


class _Failure(NamedTuple):
    tries: int
    retry_at_s: float


_NEVER = _Failure(0, 0)


class Profiles:
    """Fetches the profile of each user; after each failure the pause doubles."""

    def __init__(
        self, clerk: Clerk, database: Database, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self._clerk = clerk
        self._database = database
        self._steady = steady
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._failures: OrderedDict[int, _Failure] = OrderedDict()

    def want(self, user: User) -> None:
        """Start to fetch, unless it is busy or pauses; the user's next request tries again."""
        busy = user.id in self._under_way or len(self._under_way) >= _PARALLEL_LIMIT
        if self._clerk.has_backend and not busy and not self._pauses(user):
            self._under_way[user.id] = asyncio.create_task(self._fetch(user))

    async def close(self) -> None:
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _pauses(self, user: User) -> bool:
        failure = self._failures.get(user.id)
        return failure is not None and self._steady() < failure.retry_at_s

    async def _fetch(self, user: User) -> None:
        try:
            profile = await self._clerk.fetch_profile(user.clerk_id)
            async with self._database.write(user.id) as session:
                await users.store_profile(session, user.id, profile)
            self._failures.pop(user.id, None)
        except (ProfileUnavailable, DatabaseUnavailable) as error:
            log.warning("profile_not_fetched", user_id=user.id, error=type(error).__name__)
            self._remember_failure(user)
        finally:
            del self._under_way[user.id]

    def _remember_failure(self, user: User) -> None:
        """Double the pause with each failure; of too many users, drop the oldest entry."""
        tries = self._failures.pop(user.id, _NEVER).tries
        pause_s = min(_FIRST_PAUSE_S * 2**tries, _LONGEST_PAUSE_S)
        self._failures[user.id] = _Failure(tries + 1, self._steady() + pause_s)
        if len(self._failures) > _FAILURES_LIMIT:
            self._failures.popitem(last=False)

"""Reads of one user's data: by a replica of the database that has their newest change."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from core.database.session import Database, Session, ask
from core.errors import DatabaseUnavailable
from core.outages import Outage
from core.queries import users
from core.services.users import User

log = structlog.get_logger(__name__)

PAUSE_S = 10
"""How long the primary answers alone after the replica failed."""
_CONNECT_S = 9
"""Less than the pause, so that two requests never connect at the same time."""

_Answer = TypeVar("_Answer")
_Question = Callable[[Session], Awaitable[_Answer]]


class _Behind(Exception):
    """The replica has not received the user's newest change."""


class Reads:
    """Asks the replica first, if there is one, and the primary if the replica can't answer.

    A user's revision comes from the primary with each request. The replica must have the same or
    a later one, so a user always reads their own changes.
    """

    def __init__(self, primary: Database, replica: Database | None) -> None:
        self._primary = primary
        self._replica = replica
        self._is_open = False
        self._outage = Outage(PAUSE_S)

    async def open(self) -> None:
        """Connect to the replica; without it the service starts too."""
        if self._replica is not None:
            try:
                await self._connect(self._replica)
            except (DatabaseUnavailable, TimeoutError) as error:
                self._fail(error)

    async def close(self) -> None:
        if self._replica is not None and self._is_open:
            await self._replica.close()

    # No coroutine of its own: the list is the hot path.
    def ask(self, user: User, question: _Question[_Answer]) -> Awaitable[_Answer]:
        """Run a query of any size without making other users wait.

        Raises: TooSlow, TooManyRequests, Busy, DatabaseUnavailable
        """
        if self._replica is None:
            return ask(self._primary, user.id, question)
        return self._ask_first(self._replica, user, question)

    async def _ask_first(
        self, replica: Database, user: User, question: _Question[_Answer]
    ) -> _Answer:
        if not self._outage.is_paused():
            try:
                return await self._ask_replica(replica, user, question)
            except _Behind:
                pass
            except (DatabaseUnavailable, TimeoutError) as error:
                self._fail(error)
        return await ask(self._primary, user.id, question)

    async def _ask_replica(
        self, replica: Database, user: User, question: _Question[_Answer]
    ) -> _Answer:
        if not self._is_open:
            await self._connect(replica)
        return await ask(
            replica, user.id, lambda session: self._ask_if_newest(session, user, question)
        )

    async def _ask_if_newest(
        self, session: Session, user: User, question: _Question[_Answer]
    ) -> _Answer:
        received = await users.find_received_revision(session, user.id)
        if self._outage.end():
            log.info("replica_recovered")
        if received < user.revision:
            raise _Behind
        return await question(session)

    async def _connect(self, replica: Database) -> None:
        async with asyncio.timeout(_CONNECT_S):
            await replica.open()
        self._is_open = True

    def _fail(self, error: BaseException) -> None:
        if self._outage.begin():
            log.warning("replica_failed", error=type(error).__name__)

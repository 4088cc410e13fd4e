"""Imports the files that wait in the spool, alongside the requests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from itertools import count

import structlog

from core.database.session import Database
from core.errors import DatabaseUnavailable
from core.services.imports import jobs
from core.workers.spool import Spool
from core.workers.wake import WakeLoop

MAX_RUNNING = 2
"""In one process, each of a different user. After each batch the next import has its turn."""
MAX_OPEN = 16
"""Imports that take turns, each with an open reader of up to 5 MB."""
SHARE_BATCHES = 250
"""How many an import stores before it gives its place to a waiting user. Later it reads the file
from the start again, which costs a tenth of the time of these batches."""
LOOK_INTERVAL_S = 1
"""How often a process looks for files of other processes; its own files wake it immediately."""
PATIENCE_S = 5
"""How long `close` waits for the batches in progress."""

log = structlog.get_logger(__name__)


class Importer:
    """Imports the files of the spool, from all processes of the service."""

    def __init__(self, database: Database, spool: Spool, most_videos: int) -> None:
        self._database = database
        self._spool = spool
        self._most_videos = most_videos
        self._stopping = asyncio.Event()
        self._turns = asyncio.Semaphore(MAX_RUNNING)  # first come, first served
        self._busy: dict[int, asyncio.Task[None]] = {}
        self._places_left: dict[int, int] = {}
        self._numbers = count()
        self._is_crowded = False
        self._loop = WakeLoop(self._look, LOOK_INTERVAL_S)

    def start(self) -> None:
        self._loop.start()

    def wake(self) -> None:
        """Say that a file has arrived; return immediately."""
        self._loop.wake()

    async def close(self) -> None:
        """Stop after the batches in progress; the next start continues with the next batch.

        A batch that takes too long is cancelled and rolled back; the next start repeats it.
        """
        self._stopping.set()
        await self._loop.close()
        busy = [*self._busy.values()]
        if busy:
            await asyncio.wait(busy, timeout=PATIENCE_S)
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)

    async def _look(self) -> None:
        try:
            self._open_files()
        except OSError:  # the operator may repair the folder
            log.exception("spool_unreadable")

    def _open_files(self) -> None:
        """Open the oldest file of each user who has none open here, as long as there are places.

        Users who have given up a place come last. A file that is still being sent, or that
        another process has locked, delays no one.
        """
        waiting = self._spool.waiting()
        owners = {owner_id for owner_id, _ in waiting}
        self._places_left = {o: at for o, at in self._places_left.items() if o in owners}
        waiting.sort(key=lambda file: self._places_left.get(file[0], -1))
        self._is_crowded = False
        for owner_id, name in waiting:
            if owner_id in self._busy or self._spool.is_taken(name):
                continue
            if len(self._busy) == MAX_OPEN:
                self._is_crowded = True
                return
            self._busy[owner_id] = asyncio.create_task(self._process(owner_id, name))

    async def _process(self, owner_id: int, name: str) -> None:
        try:
            with self._spool.lock(name) as spooled:
                if spooled:
                    turns = jobs.process(
                        self._database, owner_id, spooled, self._stopping, self._most_videos
                    )
                    async with aclosing(turns):
                        await self._take_turns(turns)
        except DatabaseUnavailable:
            log.warning("import_interrupted")
        except Exception:  # it is tried again, a few times
            log.exception("import_interrupted")
        finally:
            del self._busy[owner_id]
            self._places_left[owner_id] = next(self._numbers)
            self._loop.wake()

    async def _take_turns(self, turns: AsyncIterator[bool]) -> None:
        stored = 0
        while not (self._is_crowded and stored >= SHARE_BATCHES):
            async with self._turns:
                has_stored = await anext(turns, None)
            if has_stored is None:
                return
            stored += has_stored

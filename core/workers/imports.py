"""What works off the imports that wait, beside the requests."""

import asyncio
from contextlib import suppress

import structlog

from core.database import Database
from core.errors import DatabaseUnavailable
from core.services import imports
from core.spool import Spool

IMPORTS_AT_ONCE = 2
"""In one process, each of another person."""
LOOK_INTERVAL_S = 1
"""How often a process looks for what others took in; its own files wake it at once."""
PATIENCE_S = 5
"""How long the end waits for the batches that are under way."""

log = structlog.get_logger(__name__)


class Importer:
    """Works off the files of the spool, whichever process of the service took them in."""

    def __init__(self, database: Database, spool: Spool) -> None:
        self._database = database
        self._spool = spool
        self._news = asyncio.Event()
        self._stopping = asyncio.Event()
        self._busy: dict[int, asyncio.Task[None]] = {}
        self._running: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._running = asyncio.create_task(self._run())

    def wake(self) -> None:
        """Say that a file has come; it waits for nothing."""
        self._news.set()

    async def close(self) -> None:
        """Stop after the batches that are under way; another start goes on with the next.

        One that takes too long is given up, and nothing of it stored: it is the next.
        """
        self._stopping.set()
        self._news.set()
        if self._running:
            await self._running
        busy = [*self._busy.values()]
        if busy:
            await asyncio.wait(busy, timeout=PATIENCE_S)
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)

    async def _run(self) -> None:
        while not self._stopping.is_set():
            self._news.clear()
            try:
                self._look()
            except OSError:  # a folder that can't be read may be mended
                log.exception("imports_not_found")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), LOOK_INTERVAL_S)

    def _look(self) -> None:
        """Take up the oldest files of people who have none under way here.

        One that is still being sent, or that another process has, keeps nobody waiting.
        """
        for owner_id, name in self._spool.waiting():
            if len(self._busy) == IMPORTS_AT_ONCE:
                return
            if owner_id not in self._busy and not self._spool.is_taken(name):
                self._busy[owner_id] = asyncio.create_task(self._work_off(owner_id, name))

    async def _work_off(self, owner_id: int, name: str) -> None:
        try:
            with self._spool.lock(name) as spooled:
                if spooled:
                    await imports.work_off(self._database, owner_id, spooled, self._stopping)
        except DatabaseUnavailable:
            log.warning("import_interrupted")
        except Exception:  # it is tried again, a few times
            log.exception("import_interrupted")
        finally:
            del self._busy[owner_id]

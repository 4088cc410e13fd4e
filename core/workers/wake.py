"""The loop of a worker: at an interval, and immediately when it is woken."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress


class WakeLoop:
    """Runs `work` after each interval, or when `wake` is called; one run at a time."""

    def __init__(self, work: Callable[[], Awaitable[None]], interval_s: float) -> None:
        self._work = work
        self._interval_s = interval_s
        self._woken = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._running = asyncio.create_task(self._run())

    def wake(self) -> None:
        """Let the next run begin now; return without waiting for it."""
        self._woken.set()

    async def close(self) -> None:
        """Cancel the loop, and the run in progress."""
        if self._running:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            await self._work()
            # Not asyncio.wait_for: in Python 3.11 it may swallow the cancellation of `close`.
            with suppress(TimeoutError):
                async with asyncio.timeout(self._interval_s):
                    await self._woken.wait()

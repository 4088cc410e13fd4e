"""Core's HTTP server around an application of the test, in the test's event loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from core import server
from core.config import Settings
from tests.support.servers import PATIENCE_S

Running = server._Server


@asynccontextmanager
async def run_in_loop(application: Any, **settings: Any) -> AsyncIterator[Running]:
    """Serve the application on a free port of loopback."""
    config = server._Config(
        application,
        Settings(CORE_ENV="development", **settings),
        lifespan="off",
        access_log=False,
        timeout_graceful_shutdown=1,  # a failed test leaves connections open
    )
    running = Running(config)
    with server.listen("127.0.0.1", 0) as listening:
        task = asyncio.create_task(running.serve([listening]))
        async with asyncio.timeout(PATIENCE_S):
            while not running.started:  # noqa: ASYNC110  the server has no event
                await asyncio.sleep(0.005)
        yield running
        running.should_exit = True
        await task


def port_of(running: Running) -> int:
    """Return the port that it listens on."""
    return int(running.servers[0].sockets[0].getsockname()[1])

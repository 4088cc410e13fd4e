"""How the application is run: the port, uvicorn's options, one process or several."""

import contextlib
import socket

import uvicorn
from uvicorn.supervisors import Multiprocess

from core.config import Settings

_BACKLOG = 2_048


def listen(host: str, port: int) -> socket.socket:
    """Open the port; who connects before the application is ready waits in the backlog.

    Raises: OSError
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    # Without uvloop nobody else turns this on, and each answer would wait 40 ms for an ACK.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def run(settings: Settings, listening: socket.socket) -> int:
    """Answer until SIGINT or SIGTERM, finish what is in flight, and return the exit code."""
    config = _configure(settings)
    with contextlib.suppress(KeyboardInterrupt):
        if settings.CORE_WORKERS > 1:
            return _run_workers(config, listening)
        _Server(config).run(sockets=[listening])
    return 0


class _Server(uvicorn.Server):
    """A server that says so when it listens."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listening in sockets or ():
            _announce(listening)


def _run_workers(config: uvicorn.Config, listening: socket.socket) -> int:
    supervisor = Multiprocess(config, sockets=[listening])
    _announce(listening)
    supervisor.run()
    return max(0, *(process.exitcode or 0 for process in supervisor.processes))


def _configure(settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        "core.main:create_app",
        factory=True,
        lifespan="on",
        http="httptools",
        ws="none",
        workers=settings.CORE_WORKERS,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=settings.CORE_SHUTDOWN_TIMEOUT_S,
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,  # core.logs has set it up
        log_level="warning",
    )


def _announce(listening: socket.socket) -> None:
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    print(f"Core listens on http://{shown}:{port}", flush=True)  # noqa: T201  it is a command's

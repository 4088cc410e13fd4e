"""Runs the application: the port, uvicorn's options, one process or several."""

import array
import asyncio
import contextlib
import functools
import multiprocessing
import os
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterable
from typing import Any

import uvicorn
from uvicorn.supervisors import Multiprocess, multiprocess

from core.client_ip import Proxies
from core.config import Settings
from core.connections import Connections, Protocol

_BACKLOG = 2_048
_LAST_TURNS = 10
"""How often a stopping server still accepts waiting connections, every 10 ms."""
_LINGER_S = 0.5
"""How long it then waits for a request on an idle connection."""

_CHECK_TICKS = 100
"""Tenths of a second between two checks for late connections. A head has 10 to 20 s to arrive; a
body or the reading of a response may stall for 30 to 40 s."""

_SO_ATTACH_FILTER = 26
_REFUSE_SYN = struct.pack(
    "=" + 4 * "HBBI",
    *(0x30, 0, 0, 13),  # load the byte of TCP's flags
    *(0x45, 0, 1, 0x02),  # without SYN, skip one
    *(0x06, 0, 0, 0),  # drop
    *(0x06, 0, 0, 0xFFFF_FFFF),  # keep
)


def listen(host: str, port: int) -> socket.socket:
    """Open the port; a client that connects before the application is ready waits in the backlog.

    A port that systemd has opened already is taken instead.
    Raises: OSError
    Source: man 3 sd_listen_fds
    """
    listening = socket.socket(fileno=3) if _is_given_by_systemd() else _open(host, port)
    # Without uvloop no other code turns this on, and each response would wait 40 ms for an ACK.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def require_free(host: str, port: int) -> None:
    """Raises: OSError: the port is taken, or may not be used."""
    _open(host, port).close()


def _open(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=_BACKLOG)


def run(settings: Settings, listening: socket.socket) -> int:
    """Serve until SIGINT or SIGTERM, finish the requests in flight, and return the exit code."""
    config = _configure(settings)
    with contextlib.suppress(KeyboardInterrupt):
        if settings.CORE_WORKERS > 1:
            return _run_workers(config, listening)
        _OnlyServer(config).run(sockets=[listening])
    return 0


class _Config(uvicorn.Config):
    """uvicorn's options and Core's own, which each server process receives."""

    def __init__(self, app: Any, settings: Settings, **options: Any) -> None:
        # core.logs has set the log up
        super().__init__(app, http=Protocol, ws="none", log_config=None, **options)
        self.most_per_address = settings.CORE_MAX_CONNECTIONS_PER_ADDRESS
        self.trusted_proxies = settings.CORE_TRUSTED_PROXIES


class _Server(uvicorn.Server):
    """A server that answers all requests sent before it stops, and waits for no client forever.

    uvicorn alone closes the port and every idle connection immediately, also those on
    which a request waits unread. Under load that is nearly all of them.
    """

    server_state: Connections

    def __init__(self, config: _Config) -> None:
        super().__init__(config)
        proxies = Proxies(config.trusted_proxies)
        self.server_state = Connections(config.most_per_address, proxies)

    async def on_tick(self, counter: int) -> bool:
        if counter % _CHECK_TICKS == 0:
            self.server_state.close_late()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        connections = self.server_state.connections
        self.server_state.default_headers.append((b"connection", b"close"))
        for _ in range(_LAST_TURNS):
            await asyncio.sleep(0.01)
        for server in self.servers:
            server.close()
        until_s = time.monotonic() + _LINGER_S
        while connections and time.monotonic() < until_s:  # noqa: ASYNC110  uvicorn has no event
            await asyncio.sleep(0.01)
        await super().shutdown(sockets)


class _OnlyServer(_Server):
    """The only server of the port; it prints its address when it listens."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listening in sockets or ():
            _announce(listening)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        _refuse_new_connections(sockets or ())
        await super().shutdown(sockets)


class _Worker(multiprocess.Process):
    """One of several server processes."""

    config: _Config

    @functools.cached_property
    def server(self) -> uvicorn.Server:
        return _Server(self.config)

    def target(self, sockets: list[socket.socket] | None = None) -> None:
        threading.Thread(target=_end_with_supervisor, daemon=True).start()
        super().target(sockets)


def _end_with_supervisor() -> None:
    """Stop like on SIGTERM when the supervisor was killed: nothing else would stop this worker."""
    if supervisor := multiprocessing.parent_process():
        supervisor.join()
        os.kill(os.getpid(), signal.SIGTERM)


class _Supervisor(Multiprocess):
    """Starts the workers, and closes the port when they stop."""

    def terminate_all(self) -> None:
        _refuse_new_connections(self.sockets)
        super().terminate_all()
        for listening in self.sockets:
            listening.close()


def _run_workers(config: uvicorn.Config, listening: socket.socket) -> int:
    # uvicorn has no setting for it: four methods of Multiprocess, which start, replace, add and
    # restart workers, name this class. To override them would copy 60 lines of uvicorn.
    multiprocess.Process = _Worker  # type: ignore[misc]  # see above
    supervisor = _Supervisor(config, sockets=[listening])
    _announce(listening)
    supervisor.run()
    return max(0, *(process.exitcode or 0 for process in supervisor.processes))


def _refuse_new_connections(sockets: Iterable[socket.socket]) -> None:
    """Drop the first packet of new connections: closing the port would reset those in the backlog.

    A client sends it again after a second, and finds the port closed or the next server there.
    On other systems than Linux a few are reset. A port of systemd's stays open for the next server.
    docs/decisions/0015-restarts.md has the measurement.
    Source: man 7 socket, SO_ATTACH_FILTER
    """
    if sys.platform != "linux" or _is_given_by_systemd():
        return
    instructions = array.array("B", _REFUSE_SYN)
    program = struct.pack("HP", 4, instructions.buffer_info()[0])
    for listening in sockets:
        with contextlib.suppress(OSError):  # a sandbox may not support it
            listening.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)


def _is_given_by_systemd() -> bool:
    return os.environ.get("LISTEN_PID") == str(os.getpid())


def _configure(settings: Settings) -> _Config:
    return _Config(
        "core.main:create_app",
        settings,
        factory=True,
        lifespan="on",
        workers=settings.CORE_WORKERS,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=settings.CORE_SHUTDOWN_TIMEOUT_S,
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_level="warning",
    )


def _announce(listening: socket.socket) -> None:
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    print(f"Core listens on http://{shown}:{port}", flush=True)  # noqa: T201  it is a command's

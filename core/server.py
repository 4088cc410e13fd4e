"""How the application is run: the port, uvicorn's options, one process or several."""

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
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.supervisors import Multiprocess, multiprocess

from core.config import Settings

_BACKLOG = 2_048
_LAST_TURNS = 10
"""How often a stopping server still lets in who waits at its port, every 10 ms."""
_LINGER_S = 0.5
"""How long it then waits for a request on a connection that is open and quiet."""

_MOST_HEAD_BYTES = 65_536
"""Of a request's line and headers; those of browsers and proxies have a few thousand."""
_LOOK_FOR_LATE_HEADS = 100
"""In tenths of a second: a head has 10 to 20 s to come whole."""

_SO_ATTACH_FILTER = 26
_REFUSE_SYN = struct.pack(
    "=" + 4 * "HBBI",
    *(0x30, 0, 0, 13),  # load the byte of TCP's flags
    *(0x45, 0, 1, 0x02),  # without SYN, skip one
    *(0x06, 0, 0, 0),  # drop
    *(0x06, 0, 0, 0xFFFF_FFFF),  # keep
)


def listen(host: str, port: int) -> socket.socket:
    """Open the port; who connects before the application is ready waits in the backlog.

    A port that systemd has opened already is taken instead.
    Raises: OSError
    Source: man 3 sd_listen_fds
    """
    listening = socket.socket(fileno=3) if _is_given_by_systemd() else _open(host, port)
    # Without uvloop nobody else turns this on, and each answer would wait 40 ms for an ACK.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def require_free(host: str, port: int) -> None:
    """Raises: OSError: nobody can listen there."""
    _open(host, port).close()


def _open(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=_BACKLOG)


def run(settings: Settings, listening: socket.socket) -> int:
    """Answer until SIGINT or SIGTERM, finish what is in flight, and return the exit code."""
    config = _configure(settings)
    with contextlib.suppress(KeyboardInterrupt):
        if settings.CORE_WORKERS > 1:
            return _run_workers(config, listening)
        _OnlyServer(config).run(sockets=[listening])
    return 0


class Protocol(HttpToolsProtocol):
    """A connection whose requests begin with a head of some size; uvicorn sets no limit."""

    _head_bytes = 0

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self.waits_for_head():
            self._head_bytes = 0
            return
        self._head_bytes += len(data)
        if self._head_bytes > _MOST_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The head of this request is too long.")

    def waits_for_head(self) -> bool:
        """Tell that nothing has come yet, or that of a request only a part of its head has."""
        return self.cycle is None or self.cycle.scope is not self.scope  # type: ignore[redundant-expr]  # uvicorn begins with None


class _Server(uvicorn.Server):
    """A server that answers what was sent before its end, and waits for no head for ever.

    uvicorn by itself closes the port and every quiet connection at once, also those on which
    a request waits unread: under load that is nearly all of them.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._waiting: dict[Protocol, Any] = {}

    async def on_tick(self, counter: int) -> bool:
        if counter % _LOOK_FOR_LATE_HEADS == 0:
            self._close_late()
        return await super().on_tick(counter)

    def _close_late(self) -> None:
        """Close who waited for the same head at the last look; a timer for each costs more."""
        waiting = {
            connection: connection.scope
            for connection in self.server_state.connections
            if isinstance(connection, Protocol) and connection.waits_for_head()
        }
        for connection, scope in waiting.items():
            if connection in self._waiting and self._waiting[connection] is scope:
                connection.transport.close()
        self._waiting = waiting

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
    """A server with the port to itself; it says so when it listens."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listening in sockets or ():
            _announce(listening)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        _let_nobody_else_in(sockets or ())
        await super().shutdown(sockets)


class _Worker(multiprocess.Process):
    """One of several server processes."""

    @functools.cached_property
    def server(self) -> uvicorn.Server:
        return _Server(self.config)

    def target(self, sockets: list[socket.socket] | None = None) -> None:
        threading.Thread(target=_end_with_supervisor, daemon=True).start()
        super().target(sockets)


def _end_with_supervisor() -> None:
    """End as if asked to when the supervisor was killed: nobody else would end this worker."""
    if supervisor := multiprocessing.parent_process():
        supervisor.join()
        os.kill(os.getpid(), signal.SIGTERM)


class _Supervisor(Multiprocess):
    """Starts the workers, and keeps no port open when they have left it."""

    def terminate_all(self) -> None:
        _let_nobody_else_in(self.sockets)
        super().terminate_all()
        for listening in self.sockets:
            listening.close()


def _run_workers(config: uvicorn.Config, listening: socket.socket) -> int:
    multiprocess.Process = _Worker  # type: ignore[misc]  # uvicorn has no setting for it
    supervisor = _Supervisor(config, sockets=[listening])
    _announce(listening)
    supervisor.run()
    return max(0, *(process.exitcode or 0 for process in supervisor.processes))


def _let_nobody_else_in(sockets: Iterable[socket.socket]) -> None:
    """Drop the first packet of new connections: closing the port would reset who is let in now.

    Who sent one tries again after a second, and finds the port closed or the next server there.
    Elsewhere than on Linux a few are reset. A port of systemd's stays open for the next server.
    docs/decisions/0015-restarts.md has what it is for, measured.
    Source: man 7 socket, SO_ATTACH_FILTER
    """
    if sys.platform != "linux" or _is_given_by_systemd():
        return
    instructions = array.array("B", _REFUSE_SYN)
    program = struct.pack("HP", 4, instructions.buffer_info()[0])
    for listening in sockets:
        with contextlib.suppress(OSError):  # a sandbox may not know it
            listening.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)


def _is_given_by_systemd() -> bool:
    return os.environ.get("LISTEN_PID") == str(os.getpid())


def _configure(settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        "core.main:create_app",
        factory=True,
        lifespan="on",
        http=Protocol,
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

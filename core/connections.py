"""The connections of one process: the limits on each, and on their number.

A client must make progress while the server waits for it. The server waits for the rest of a head,
for the rest of a body, or until an answer is read. docs/decisions/0020-connections.md has the
reasons.
"""

import fcntl
import resource
import struct
import termios
from asyncio import Transport
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from core.client_ip import Proxies
from core.one_write import OneWrite

_OPEN_FILES = 65_536
"""The limit that a process requests from the system; each connection is an open file."""
_MAX_UNREAD_BYTES = 32 * 1024 * 1024
"""The sum of all answers that wait in memory for their clients."""

_MAX_FRAMING_BYTES = 65_536
"""Bytes of a request outside its body: line, headers, chunk sizes, trailers. Each byte of the body
raises the limit by one, so only a body in chunks of one byte exceeds it."""
_MAX_HEADERS = 256
_MAX_WAITING = 16
"""Requests that a client may send on a connection before the first is answered."""

_MIN_BYTES = 10_240
"""Bytes that a client has to send or read between two checks, unless fewer are left."""
_LATE_HEAD, _LATE_BYTES = 1, 3
"""The connection is closed after this many checks in a row without progress. An idle one waits for
a head too."""

_NO_TRAILERS: Any = deque(maxlen=0)
_NEVER = object()

log = structlog.get_logger(__name__)

Send = Callable[[Any], Awaitable[None]]
Application = Callable[[Any, Any, Any], Awaitable[None]]


class Connections(ServerState):
    """The open connections, counted by address. A trusted proxy may have any number."""

    def __init__(self, most_per_address: int, proxies: Proxies) -> None:
        super().__init__()
        self._most = _most_connections()
        self._most_per_address = most_per_address
        self._proxies = proxies
        self._per_address: Counter[str] = Counter()
        self._unread: dict[Protocol, None] = {}
        self._refused = 0

    def admit(self, connection: "Protocol") -> None:
        """Count a new connection, or close it."""
        peer = connection.client[0] if connection.client else ""
        if peer and not self._proxies.trusts(peer):
            connection.address = self._proxies.origin(peer)
        self._per_address[connection.address] += 1
        many_here = connection.address and self._per_address[connection.address]
        if len(self.connections) > self._most or (many_here or 0) > self._most_per_address:
            self._refused += 1
            connection.transport.abort()

    def forget(self, connection: "Protocol") -> None:
        """Stop counting a connection that is lost."""
        self._unread.pop(connection, None)
        self._per_address[connection.address] -= 1
        if not self._per_address[connection.address]:
            del self._per_address[connection.address]

    def note_unread(self, connection: "Protocol") -> None:
        """Note that an answer waits for its client; if too much waits, drop the oldest.

        It is the oldest of the address with the most unread bytes.
        """
        self._unread[connection] = None
        sizes: Counter[str] = Counter()
        for each in self._unread:
            sizes[each.address] += each.transport.get_write_buffer_size()
        while sizes.total() > _MAX_UNREAD_BYTES:
            address = max(sizes, key=sizes.__getitem__)
            oldest = next(each for each in self._unread if each.address == address)
            sizes[address] -= oldest.transport.get_write_buffer_size()
            del self._unread[oldest]
            # Not immediately: it may be the connection that is writing.
            oldest.loop.call_soon(oldest.transport.abort)

    def note_read(self, connection: "Protocol") -> None:
        """Note that a client has read almost all of its answer."""
        self._unread.pop(connection, None)

    def close_late(self) -> None:
        """Close late and idle connections, at intervals: a timer for each would cost more."""
        late = [each for each in self.connections if isinstance(each, Protocol) and each.is_late()]
        slow = [each for each in late if not each.is_idle()]
        for connection in late:
            connection.transport.abort()
        if slow:
            log.info("slow_connections_closed", number=len(slow))
        if self._refused:
            log.warning(
                "connections_refused",
                number=self._refused,
                see="CORE_MAX_CONNECTIONS_PER_ADDRESS, CORE_TRUSTED_PROXIES",
            )
            self._refused = 0


class Protocol(HttpToolsProtocol):
    """A connection with bounds; uvicorn sets none."""

    server_state: Connections
    address = ""
    """The address that it counts for; empty for a trusted proxy."""
    _framing_bytes = 0
    _body_bytes = 0
    _has_drained = False
    _lingers = False
    _late_checks = 0
    _last_check: tuple[Any, int, int] = (_NEVER, 0, 0)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._application: Application = self.app
        self.app = self._respond

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        self.server_state.admit(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._lingers = False
        self.server_state.forget(self)
        super().connection_lost(exc)

    # ------------------------------------------------------------- limits on a request

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not (self.waits_for_head() or self.cycle.more_body):
            self._framing_bytes = 0
            return
        self._framing_bytes += len(data)
        if self._framing_bytes > _MAX_FRAMING_BYTES:
            self.send_400_response("The head of this request is too long.")

    def on_message_begin(self) -> None:
        if self._lingers:
            raise ValueError  # the last answer had `Connection: close`
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        if len(self.headers) > _MAX_HEADERS:
            self.send_400_response("The head of this request is too long.")
            raise ValueError
        if len(self.pipeline) >= _MAX_WAITING:
            self.transport.abort()
            raise ValueError
        super().on_headers_complete()
        self.headers = _NO_TRAILERS

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        self._framing_bytes -= 2 * len(body)  # once since it is no framing, once to raise the limit
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        if self._lingers:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Refuse a malformed request, unless an answer is being sent."""
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and cycle.response_started and not cycle.response_complete:
            self.transport.abort()
        elif not self.transport.is_closing():
            super().send_400_response(msg)

    # ----------------------------------------------- a response before the whole body has arrived

    def _respond(self, scope: Any, receive: Any, send: Any) -> Awaitable[None]:
        cycle: RequestResponseCycle = send.__self__
        answer = self._closing_if_early(cycle) if cycle.more_body else OneWrite(cycle)
        return self._application(scope, receive, answer)

    def _closing_if_early(self, cycle: RequestResponseCycle) -> Send:
        """Return a `send` that ends the connection when it answers an unfinished request."""
        is_early = False

        async def send(message: Any) -> None:
            nonlocal is_early
            if message["type"] == "http.response.start" and cycle.more_body:
                is_early = True
                message["headers"] = [*message["headers"], (b"connection", b"close")]
            is_body = message["type"] == "http.response.body"
            ends = is_early and is_body and not message.get("more_body")
            cycle.keep_alive = cycle.keep_alive or ends  # uvicorn would close it immediately
            await cycle.send(message)
            if ends:
                self._linger()

        return send

    def _linger(self) -> None:
        """Drop further bytes until the client or a timer closes the connection.

        Closing immediately would reset the connection, which may cost the client the answer.
        Source: RFC 9112, section 9.6
        """
        if not self.transport.is_closing():
            self._lingers = True
            self.transport.write_eof()
            self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    # ------------------------------------------------------------------------- progress

    def on_response_complete(self) -> None:
        """Start the next request, but no timer as uvicorn does: `is_late` finds an idle connection.

        A 304 is 1.07 times as fast without the timer.
        """
        self.server_state.total_requests += 1
        if not self.transport.is_closing():
            self.flow.resume_reading()
            if self.pipeline:
                self._start_asgi_task(*self.pipeline.pop())

    def pause_writing(self) -> None:
        super().pause_writing()
        self.server_state.note_unread(self)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._has_drained = True
        self.server_state.note_read(self)

    def waits_for_head(self) -> bool:
        """Tell whether the head of the next request has not fully arrived."""
        return self.cycle is None or self.cycle.scope is not self.scope  # type: ignore[redundant-expr]  # uvicorn begins with None

    def is_idle(self) -> bool:
        """Tell whether the last response has been sent, and no other request has begun."""
        if self.waits_for_head() or self.cycle.more_body or self.transport.get_write_buffer_size():
            return False
        return self.cycle.response_complete

    def _waits_for_body(self) -> bool:
        cycle = self.cycle
        return (
            cycle.more_body
            and not (cycle.response_complete or cycle.waiting_for_100_continue)
            and not self.flow.read_paused
        )

    def is_late(self) -> bool:
        """Check for progress; tell whether there was none in too many checks in a row."""
        scope, body_bytes, unsent_bytes = self._last_check
        self._last_check = (self.scope, self._body_bytes, _unsent_bytes(self.transport))
        if self._last_check[2]:
            stands_still = unsent_bytes and self._last_check[2] > unsent_bytes - _MIN_BYTES
            is_waiting, most = bool(stands_still) and not self._has_drained, _LATE_BYTES
        elif self.waits_for_head() or self.is_idle():
            is_waiting, most = self.scope is scope, _LATE_HEAD
        else:
            received_bytes = self._body_bytes - body_bytes if self.scope is scope else _MIN_BYTES
            is_waiting = self._waits_for_body() and received_bytes < _MIN_BYTES
            most = _LATE_BYTES
        self._has_drained = False
        self._late_checks = self._late_checks + 1 if is_waiting else 0
        return self._late_checks >= most


def _unsent_bytes(transport: Transport) -> int:
    """Return the unsent bytes here and in the kernel; 0 if there are none here.

    The kernel takes megabytes at a time, so the number here alone may not change for minutes
    although the client reads. Source: man 7 tcp, SIOCOUTQ
    """
    size = transport.get_write_buffer_size()
    if size:
        with suppress(OSError):  # it is closed, or the system does not support the call
            fd = transport.get_extra_info("socket").fileno()
            size += struct.unpack("i", fcntl.ioctl(fd, termios.TIOCOUTQ, bytes(4)))[0]
    return size


def _most_connections() -> int:
    """Ask the system for more open files, and leave a quarter to the database and to imports."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    if 0 <= soft < wanted:
        with suppress(ValueError, OSError):  # a sandbox may not allow it
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    return (_OPEN_FILES if soft == resource.RLIM_INFINITY else soft) * 3 // 4

"""A whole response in one write to the socket.

uvicorn writes the head and the body separately. Each write wakes the client's process, which takes
a tenth of the server's time for a list (docs/decisions/0032-one-write.md). A response without a
body has one write there too, but passes through two coroutines.
"""

from collections.abc import Awaitable, Generator
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

Headers = list[tuple[bytes, bytes]]

_WITHOUT_BODY = {204, 304}


class _Done:
    """The result of a `send` that has nothing to wait for."""

    def __await__(self) -> Generator[None]:
        yield from ()


_DONE = _Done()


class OneWrite:
    """The ASGI `send` of one request. It keeps the head until the body comes.

    uvicorn sends all other responses: those in several parts, of unknown length, or to HEAD. It
    also sends the last one of a connection, and those to a client that reads slowly.
    """

    __slots__ = ("_cycle", "_start")

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle
        self._start: Any = None

    # No coroutine of its own: the list is the hot path.
    def __call__(self, message: Any) -> Awaitable[None]:
        start, self._start = self._start, None
        if start is None:
            if message["type"] == "http.response.start":
                self._start = message
                return _DONE
            return self._cycle.send(message)
        if not message.get("more_body") and self._write(start, message.get("body", b"")):
            return _DONE
        return self._send_both(start, message)

    async def _send_both(self, start: Any, message: Any) -> None:
        await self._cycle.send(start)
        await self._cycle.send(message)

    def _write(self, start: Any, body: bytes) -> bool:
        """Do what uvicorn does for both messages; return False, and do nothing, if it can't."""
        cycle = self._cycle
        if (
            cycle.response_started
            or cycle.disconnected
            or cycle.flow.write_paused
            or not cycle.keep_alive
            or cycle.scope["method"] == "HEAD"
        ):
            return False
        status: int = start["status"]
        headers = [*cycle.default_headers, *start["headers"]]
        head = _head(status, headers)
        length = None if status in _WITHOUT_BODY and not body else len(body)
        if not _is_usual(head, len(headers), length):
            return False
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        cycle.transport.write(head + body)
        cycle.message_event.set()
        cycle.on_response()
        return True


def _head(status: int, headers: Headers) -> bytes:
    lines = [STATUS_LINE[status]]
    for name, value in headers:
        lines += name, b": ", value, b"\r\n"
    lines.append(b"\r\n")
    return b"".join(lines)


def _is_usual(head: bytes, headers: int, length: int | None) -> bool:
    """Tell whether a head has one line for each header, and states only the length of a body.

    `length` None: the response has no body, and its head states no length.
    """
    return (
        head.count(b"\n") == head.count(b"\r") == headers + 2
        and _states(head, length)
        and b"\r\nconnection:" not in head
        and b"\r\ntransfer-encoding:" not in head
    )


def _states(head: bytes, length: int | None) -> bool:
    if length is None:
        return b"\r\ncontent-length:" not in head
    return b"\r\ncontent-length: %d\r\n" % length in head

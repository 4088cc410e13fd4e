"""Compresses large texts for clients that accept gzip (docs/decisions/0024-compression.md)."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.api.http.codings import accepts
from core.api.http.etags import as_compressed

LEAST_BYTES = 16 * 1024
"""A smaller answer fits into the packets that a new connection sends without waiting."""
_LEVEL = 4
"""Half the time of zlib's default for 4 % more bytes."""
_THREAD_BYTES = 128 * 1024
"""A piece of this size takes 0.7 ms, a page of 2 MiB 14 ms: larger ones go to the thread."""
_MAX_WAITING = 8
"""Pieces that wait for the thread, each of up to 2 MiB; further answers are sent as they are."""
_GZIP = 16 + zlib.MAX_WBITS

Headers = list[tuple[bytes, bytes]]


class Compression:
    """Compresses large answers; it adds almost no time to the other answers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._thread = Thread()

    # No coroutine of its own: the list is the hot path.
    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] == "http" and accepts(scope["headers"], b"gzip"):
            send = _compressing(scope, send, self._thread)
        return self.app(scope, receive, send)


class Thread:
    """The one thread of a process that compresses, so that it takes one core at most."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, "compress")
        self._waiting = 0

    @property
    def is_free(self) -> bool:
        return self._waiting < _MAX_WAITING

    async def run(self, function: Callable[[bytes], bytes], piece: bytes) -> bytes:
        """Run the function in the thread; zlib releases the interpreter's lock."""
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._executor, function, piece)
        finally:
            self._waiting -= 1


def _compressing(scope: Scope, send: Send, thread: Thread) -> Send:
    """Return a `send` that compresses the answer if it is worth it."""
    answer: _Compressed | None = None

    def send_compressed(message: Message) -> Awaitable[None]:
        nonlocal answer
        if answer:
            return answer.send(message)
        if message["type"] == "http.response.start":
            if message["status"] == HTTPStatus.NOT_MODIFIED:
                message = {**message, "headers": _as_known(message["headers"], scope["headers"])}
            elif thread.is_free and _is_worth_it(message):
                answer = _Compressed(message, send, thread)
                return _nothing()  # its length is known with its body
        return send(message)

    return send_compressed


async def _nothing() -> None: ...


def _is_worth_it(start: Message) -> bool:
    """Tell whether an answer is a large text; one without its length is a stream."""
    headers = dict(start["headers"])
    return (
        start["status"] == HTTPStatus.OK  # the others are small
        and int(headers.get(b"content-length", LEAST_BYTES)) >= LEAST_BYTES
        and b"content-encoding" not in headers
        and _is_text(headers.get(b"content-type", b""))
    )


def _is_text(content_type: bytes) -> bool:
    return content_type.startswith((b"text/", b"application/json"))


def _as_known(headers: Headers, asked: Headers) -> Headers:
    """Repeat the ETag of a compressed answer in a 304 to a client that has that answer."""
    known = b",".join(value for name, value in asked if name == b"if-none-match")
    return [
        (name, coded if name == b"etag" and (coded := as_compressed(value)) in known else value)
        for name, value in headers
    ]


class _Compressed:
    """One answer that is compressed piece by piece, as the application sends it."""

    def __init__(self, start: Message, send: Send, thread: Thread) -> None:
        self._start: Message | None = start
        self._send = send
        self._thread = thread
        self._gzip = zlib.compressobj(_LEVEL, wbits=_GZIP)

    async def send(self, message: Message) -> None:
        """Send a piece of the body; a small one may wait in the compressor for the next."""
        is_last = not message.get("more_body", False)
        piece = await self._compress(message.get("body", b""))
        if is_last:
            piece += self._gzip.flush()
        if self._start:
            headers = _headers(self._start["headers"], len(piece) if is_last else None)
            await self._send({**self._start, "headers": headers})
            self._start = None
        if piece or is_last:
            await self._send({**message, "body": piece})

    async def _compress(self, piece: bytes) -> bytes:
        if len(piece) < _THREAD_BYTES:
            return self._gzip.compress(piece)
        return await self._thread.run(self._gzip.compress, piece)


def _headers(given: Headers, length: int | None) -> Headers:
    """Return the headers of the compressed answer, with its own ETag."""
    kept = [
        (name, as_compressed(value) if name == b"etag" else value)
        for name, value in given
        if name != b"content-length"
    ]
    if not any(name == b"vary" and b"accept-encoding" in value.lower() for name, value in kept):
        kept.append((b"vary", b"Accept-Encoding"))
    if length is not None:
        kept.append((b"content-length", b"%d" % length))
    return [*kept, (b"content-encoding", b"gzip")]

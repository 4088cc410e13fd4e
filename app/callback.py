"""Sign-in callbacks: the pending sign-ins by their `state`, and an HTTP listener on loopback.

The listener runs only while a sign-in is pending, and serves only browsers on this machine.
Source: RFC 8252 (OAuth for native apps), sections 7.1 and 7.3
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from secrets import compare_digest
from urllib.parse import parse_qsl, urlsplit

from app.errors import Cancelled, Failed

ATTEMPT_TIME_S = 600
MAX_REQUEST = 16_384
REQUEST_TIME_S = 10
PAGE_TIME_S = 2
"""How long a finished sign-in waits for the browser to load its page."""

_STYLE = """:root { color-scheme: light dark }
body { font: 1.1rem system-ui, sans-serif; max-width: 26rem; margin: 20vh auto; padding: 0 1rem }"""
_HEADERS = """Content-Type: text/html; charset=utf-8
Cache-Control: no-store
Referrer-Policy: no-referrer
X-Content-Type-Options: nosniff
Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'
Connection: close"""

_SIGNED_IN = (200, "You are signed in. You can close this window.")
_NOT_SIGNED_IN = (
    200,
    "You are not signed in. The app shows why. You can close this window.",
)
_NOT_OURS = (
    400,
    "This sign-in is unknown or has expired. Start again in the app.",
)
_BAD_REQUEST = (400, "The app can't read this request.")
_NOTHING_HERE = (404, "Page not found. Start the sign-in in the app.")
_ONLY_GET = (405, "Only GET is allowed here.")


@dataclass(eq=False)
class PendingSignIn:
    """A sign-in in progress: its callback parameters, its success, and the task of its page."""

    state: str
    parameters: asyncio.Future[dict[str, str]]
    outcome: asyncio.Future[bool]
    page: asyncio.Task[None] | None = None

    async def wait(self) -> dict[str, str]:
        """Return the parameters of the callback.

        Raises: Cancelled
        """
        try:
            async with asyncio.timeout(ATTEMPT_TIME_S):
                return await self.parameters
        except TimeoutError:
            raise Cancelled("sign-in too long") from None


class Callbacks:
    """All pending sign-ins of this process; they share one listener.

    `redirect_uri` is a loopback address with a port.
    """

    def __init__(self, redirect_uri: str) -> None:
        self._address = urlsplit(redirect_uri)
        self._pending: list[PendingSignIn] = []
        self._server: asyncio.Server | None = None
        self._starting = asyncio.Lock()

    @asynccontextmanager
    async def expect(self, state: str, *, listen: bool) -> AsyncIterator[PendingSignIn]:
        """Wait for one callback with this state.

        The browser gets its page when the block ends; the page states the outcome.
        Raises: Failed
        """
        loop = asyncio.get_running_loop()
        sign_in = PendingSignIn(state, loop.create_future(), loop.create_future())
        self._pending.append(sign_in)
        try:
            if listen:
                await self._listen()
            yield sign_in
            sign_in.outcome.set_result(True)
        finally:
            self._pending.remove(sign_in)
            if not sign_in.outcome.done():
                sign_in.outcome.set_result(False)
            if not self._pending and self._server:
                self._server.close()
                self._server = None
            if sign_in.page:
                await asyncio.wait([sign_in.page], timeout=PAGE_TIME_S)

    def receive(self, query: str) -> PendingSignIn | None:
        """Pass a callback's query to the pending sign-in with its state, and return that sign-in.

        Returns None when no pending sign-in has this state.
        """
        try:
            pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=20)
        except ValueError:
            return None
        parameters = dict(pairs)
        state = parameters.get("state", "").encode()
        for sign_in in self._pending:
            if compare_digest(sign_in.state.encode(), state) and not sign_in.parameters.done():
                # Two parsers may read a repeated parameter differently, so the callback is refused.
                sign_in.parameters.set_result(parameters if len(parameters) == len(pairs) else {})
                return sign_in
        return None

    async def _listen(self) -> None:
        host, port = self._address.hostname, self._address.port
        async with self._starting:
            if self._server is None:
                try:
                    listening = socket.create_server((host or "", port or 0))
                except OSError:
                    raise Failed("port in use", port=str(port)) from None
                self._server = await asyncio.start_server(
                    self._serve, sock=listening, limit=MAX_REQUEST, start_serving=False
                )
                await self._server.start_serving()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        try:
            async with asyncio.timeout(REQUEST_TIME_S):
                head = await reader.readuntil(b"\r\n\r\n")
            writer.write(_page(*await self._answer(head.decode("latin-1"))))
            async with asyncio.timeout(REQUEST_TIME_S):
                await writer.drain()
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
            pass  # the client disconnected, or sent no HTTP
        finally:
            writer.close()

    async def _answer(self, head: str) -> tuple[int, str]:
        request, *lines = head.split("\r\n")
        method, _, rest = request.partition(" ")
        path, _, query = rest.rpartition(" ")[0].partition("?")
        hosts = [
            value.strip()
            for name, _, value in (line.partition(":") for line in lines)
            if name.lower() == "host"
        ]
        # DNS rebinding: a foreign page's request carries that page's host name.
        if hosts != [self._address.netloc]:
            return _BAD_REQUEST
        if path != self._address.path:
            return _NOTHING_HERE
        if method != "GET":
            return _ONLY_GET
        sign_in = self.receive(query)
        if sign_in is None:
            return _NOT_OURS
        sign_in.page = asyncio.current_task()
        return _SIGNED_IN if await asyncio.shield(sign_in.outcome) else _NOT_SIGNED_IN


def _page(status: int, text: str) -> bytes:
    body = f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Core</title><style>{_STYLE}</style><p role="status">{text}
</html>""".encode()
    head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\n{_HEADERS}"
    head = f"{head}\nContent-Length: {len(body)}\n\n"
    return head.replace("\n", "\r\n").encode() + body

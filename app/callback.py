"""How a sign-in comes back to the app: who waits for which `state`, and a listener on loopback.

The listener is there only while somebody waits, and answers nobody but a browser on this machine.
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
"""How long a finished sign-in waits for its page to reach the browser."""

_STYLE = """:root { color-scheme: light dark }
body { font: 1.1rem system-ui, sans-serif; max-width: 26rem; margin: 20vh auto; padding: 0 1rem }"""
_HEADERS = """Content-Type: text/html; charset=utf-8
Cache-Control: no-store
Referrer-Policy: no-referrer
X-Content-Type-Options: nosniff
Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'
Connection: close"""

_SIGNED_IN = (200, "You are signed in. You can close this window.")
_NOT_SIGNED_IN = (200, "You are not signed in. The app says why; you can close this window.")
_NOT_OURS = (
    400,
    "This sign-in was not begun by the app on this device, or it is over. Begin in the app.",
)
_BAD_REQUEST = (400, "This is no request that the app understands.")
_NOTHING_HERE = (404, "There is nothing here. To sign in, begin in the app.")
_ONLY_GET = (405, "This address can only be looked at.")


@dataclass(eq=False)
class Waiting:
    """An attempt to sign in: what its callback said, whether it ended well, the page on that."""

    state: str
    answer: asyncio.Future[dict[str, str]]
    outcome: asyncio.Future[bool]
    page: asyncio.Task[None] | None = None

    async def wait(self) -> dict[str, str]:
        """Return the parameters of the callback.

        Raises: Cancelled
        """
        try:
            async with asyncio.timeout(ATTEMPT_TIME_S):
                return await self.answer
        except TimeoutError:
            raise Cancelled("The sign-in took too long. Begin again.") from None


class Callbacks:
    """All sign-ins of this process that wait for their callback; they share one listener.

    `redirect_uri` is a loopback address with a port.
    """

    def __init__(self, redirect_uri: str) -> None:
        self._address = urlsplit(redirect_uri)
        self._waiting: list[Waiting] = []
        self._server: asyncio.Server | None = None
        self._starting = asyncio.Lock()

    @asynccontextmanager
    async def expect(self, state: str, *, listen: bool) -> AsyncIterator[Waiting]:
        """Attend to one callback with this state.

        The browser's page is held back until the block ends, and tells how it ended.
        Raises: Failed
        """
        loop = asyncio.get_running_loop()
        waiting = Waiting(state, loop.create_future(), loop.create_future())
        self._waiting.append(waiting)
        try:
            if listen:
                await self._listen()
            yield waiting
            waiting.outcome.set_result(True)
        finally:
            self._waiting.remove(waiting)
            if not waiting.outcome.done():
                waiting.outcome.set_result(False)
            if not self._waiting and self._server:
                self._server.close()
                self._server = None
            if waiting.page:
                await asyncio.wait([waiting.page], timeout=PAGE_TIME_S)

    def receive(self, query: str) -> Waiting | None:
        """Hand a callback's query to whoever waits for its state, and return that.

        Nothing happens when nobody waits for it, or no longer.
        """
        try:
            pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=20)
        except ValueError:
            return None
        answer = dict(pairs)
        state = answer.get("state", "").encode()
        for waiting in self._waiting:
            if compare_digest(waiting.state.encode(), state) and not waiting.answer.done():
                # A parameter that comes twice may mean one thing here and another elsewhere.
                waiting.answer.set_result(answer if len(answer) == len(pairs) else {})
                return waiting
        return None

    async def _listen(self) -> None:
        host, port = self._address.hostname, self._address.port
        async with self._starting:
            if self._server is None:
                try:
                    listening = socket.create_server((host or "", port or 0))
                except OSError:
                    raise Failed(
                        f"The sign-in comes back through port {port} of this device, and another "
                        "program uses that now. Close it, then try again."
                    ) from None
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
            pass  # the browser is gone, or it was none
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
        # A web page whose name was re-bound to this machine asks under its own name.
        if hosts != [self._address.netloc]:
            return _BAD_REQUEST
        if path != self._address.path:
            return _NOTHING_HERE
        if method != "GET":
            return _ONLY_GET
        waiting = self.receive(query)
        if waiting is None:
            return _NOT_OURS
        waiting.page = asyncio.current_task()
        return _SIGNED_IN if await asyncio.shield(waiting.outcome) else _NOT_SIGNED_IN


def _page(status: int, text: str) -> bytes:
    body = f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Core</title><style>{_STYLE}</style><p role="status">{text}
</html>""".encode()
    head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\n{_HEADERS}"
    head = f"{head}\nContent-Length: {len(body)}\n\n"
    return head.replace("\n", "\r\n").encode() + body

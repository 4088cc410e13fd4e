"""Headers of every response: the request's id, and the rest of a rate limit.

Each handler of the request may append to `scope["response_headers"]`.
"""

import re
from collections.abc import Awaitable
from random import getrandbits

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core import logs
from core.client_ip import Proxies, peer_of

_HARMLESS = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class ResponseHeaders:
    """Gives each request its id, and adds the headers to its response.

    A trusted proxy may set the id, so that its log and ours use the same one.
    """

    def __init__(self, app: ASGIApp, proxies: Proxies) -> None:
        self.app = app
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = self._given(scope) or f"{getrandbits(64):016x}"
        logs.request_id.set(request_id)
        headers = scope["response_headers"] = [(b"x-request-id", request_id.encode())]

        # No coroutine of its own: the list is the hot path.
        def send_with_headers(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *headers]
            return send(message)

        await self.app(scope, receive, send_with_headers)

    def _given(self, scope: Scope) -> str | None:
        if not self._proxies.trusts(peer_of(scope)):
            return None
        for name, value in scope["headers"]:
            if name == b"x-request-id" and _HARMLESS.fullmatch(value):
                return str(value, "ascii")
        return None

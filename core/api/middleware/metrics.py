"""Measures each request for the metrics; added only when they are on."""

import time
from collections.abc import Awaitable
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.api.http.route_lookup import route_of
from core.metrics import Metrics


class Observation:
    """Records each request's route, status and duration."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began_s = time.perf_counter()
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR  # an exception becomes a 500 outside of this

        def send_and_see(message: Message) -> Awaitable[None]:
            nonlocal status
            status = message.get("status", status)
            return send(message)

        try:
            await self.app(scope, receive, send_and_see)
        finally:
            took_s = time.perf_counter() - began_s
            self._metrics.observe(scope["method"], route_of(scope), int(status), took_s)

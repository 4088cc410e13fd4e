"""Measures each request for the metrics; added only when they are on."""

import time

from starlette.types import ASGIApp, Receive, Scope, Send

from core.api.http.route_lookup import route_of
from core.api.middleware.seen_status import SeenStatus
from core.metrics import Metrics


class RequestMetrics:
    """Records the route, the status and the duration of each request."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began_s = time.perf_counter()
        seen = SeenStatus(send)
        try:
            await self.app(scope, receive, seen.send)
        finally:
            took_s = time.perf_counter() - began_s
            self._metrics.observe(scope["method"], route_of(scope), seen.status, took_s)

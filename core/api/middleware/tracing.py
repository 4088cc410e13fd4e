"""Creates a span for each request; added only when tracing is on."""

from http import HTTPMethod, HTTPStatus

from opentelemetry.context import Context
from opentelemetry.trace import SpanKind, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Receive, Scope, Send

from core import logs
from core.api.http.route_lookup import route_of
from core.api.middleware.seen_status import SeenStatus
from core.client_ip import Proxies, peer_of

_PROPAGATOR = TraceContextTextMapPropagator()


class Tracing:
    """Sends the collector each request's method, route, status and id, but no data of its user.

    A span continues only a trusted proxy's trace: clients must not choose what is sampled.
    """

    def __init__(self, app: ASGIApp, tracer: Tracer, proxies: Proxies) -> None:
        self.app = app
        self._tracer = tracer
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in HTTPMethod.__members__ else "_OTHER"
        span = self._tracer.start_span(method, self._parent(scope), SpanKind.SERVER)
        seen = SeenStatus(send)
        try:
            await self.app(scope, receive, seen.send)
        finally:
            route = route_of(scope)
            span.update_name(f"{method} {route}")
            span.set_attributes(
                {
                    "http.request.method": method,
                    "http.route": route,
                    "http.response.status_code": seen.status,
                    "core.request_id": logs.request_id.get() or "",
                }
            )
            if seen.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                span.set_status(StatusCode.ERROR)
            span.end()

    def _parent(self, scope: Scope) -> Context:
        """Return the proxy's trace; an empty context begins another one."""
        if not self._proxies.trusts(peer_of(scope)):
            return Context()
        given = [
            str(value, "latin-1") for name, value in scope["headers"] if name == b"traceparent"
        ]
        return _PROPAGATOR.extract({"traceparent": given[0]} if len(given) == 1 else {}, Context())

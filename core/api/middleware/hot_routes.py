"""The shortcut to the routes with the most requests (docs/decisions/0003-hot-path.md)."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.requests import ClientDisconnect
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from core.api.http import problems
from core.errors import CoreError

Endpoint = Callable[[Request], Awaitable[Response]]


class HotRoutes:
    """Answers these routes directly, without the work that FastAPI does for a request."""

    def __init__(self, app: ASGIApp, routes: Iterable[Route]) -> None:
        self.app = app
        self._endpoints: dict[Any, Endpoint] = {
            (method, route.path): route.endpoint
            for route in routes
            for method in route.methods or ()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # A lifespan scope has neither method nor path.
        endpoint = self._endpoints.get((scope.get("method"), scope.get("path")))
        if endpoint is None:
            await self.app(scope, receive, send)
            return
        scope["endpoint"] = endpoint  # as the router does
        try:
            response = await endpoint(Request(scope, receive))
        except ClientDisconnect:
            response = problems.client_disconnected()
        except (CoreError, RequestValidationError) as error:
            response = problems.answer(error)
        await response(scope, receive, send)

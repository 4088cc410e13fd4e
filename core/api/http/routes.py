"""The shape of a route. Each `api/<noun>.py` exports its `ROUTES`; `main.py` joins them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from fastapi import Depends, FastAPI
from pydantic import BaseModel
from starlette import routing

from core.api.http.requests import describe_body, describe_query
from core.api.middleware.address_limit import UNCOUNTED
from core.schemas.service import Problem

SIGNED_IN = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.SERVICE_UNAVAILABLE,
    }
)
"""The errors of every route that needs a user and the database."""
HAS_BODY = frozenset({HTTPStatus.REQUEST_ENTITY_TOO_LARGE})
FINDS_ROW = frozenset({HTTPStatus.NOT_FOUND})
HAS_PRECONDITION = frozenset({HTTPStatus.PRECONDITION_FAILED})

_PROBLEM: dict[str, Any] = {
    "description": "Problem details (RFC 9457)",
    "content": {"application/problem+json": {"schema": Problem.model_json_schema()}},
}
_UNCHANGED = {"description": "The client's copy is current (`If-None-Match`)"}


@dataclass(frozen=True, kw_only=True)
class Route:
    """One method and path: its endpoint, its response, and the problems that it may answer."""

    method: str
    path: str
    endpoint: Callable[..., Any]
    answer: type[BaseModel] | None = None
    """None: no body, or one that OpenAPI gets from `responses`."""
    status: HTTPStatus = HTTPStatus.OK
    problems: frozenset[HTTPStatus] = frozenset()
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    is_conditional: bool = False
    """Whether `If-None-Match` may be answered with 304."""
    is_hot: bool = False
    """Whether the endpoint answers before the router (docs/decisions/0011-hot-routes.md)."""
    dependencies: tuple[Callable[..., Any], ...] = ()
    responses: Mapping[int | str, dict[str, Any]] = field(default_factory=dict)
    """Further responses for OpenAPI, by status."""
    openapi: Mapping[str, Any] = field(default_factory=dict)
    """Further OpenAPI of the operation."""


def add_routes(app: FastAPI, routes: Iterable[Route]) -> None:
    """Add the routes to the router, and describe them for OpenAPI."""
    routes = [*routes]
    # In the router as well, for 405 and for paths with unusual percent-encoding.
    app.router.routes[:0] = hot_routes(routes)
    for route in routes:
        _add(app, route)


def hot_routes(routes: Iterable[Route]) -> list[routing.Route]:
    """Return the Starlette routes that answer before the router."""
    return [
        routing.Route(route.path, route.endpoint, methods=[route.method])
        for route in routes
        if route.is_hot
    ]


def _add(app: FastAPI, route: Route) -> None:
    options: dict[str, Any] = {
        "response_model": route.answer,
        "status_code": route.status,
        "responses": _responses(route),
        "openapi_extra": _describe(route),
        "dependencies": [Depends(each) for each in route.dependencies],
    }
    app.add_api_route(route.path, route.endpoint, methods=[route.method], **options)
    if route.method == "GET":  # Starlette's routes answer HEAD as well, FastAPI's don't
        options["include_in_schema"] = False
        app.add_api_route(route.path, route.endpoint, methods=["HEAD"], **options)


def _responses(route: Route) -> dict[int | str, dict[str, Any]]:
    problems = set(route.problems)
    if route.path not in UNCOUNTED:
        problems.add(HTTPStatus.TOO_MANY_REQUESTS)
    responses: dict[int | str, dict[str, Any]] = dict(route.responses)
    if route.is_conditional:
        responses[HTTPStatus.NOT_MODIFIED] = _UNCHANGED
    return responses | dict.fromkeys(sorted(problems), _PROBLEM)


def _describe(route: Route) -> dict[str, Any]:
    return {
        **(describe_query(route.query) if route.query else {}),
        **(describe_body(route.body) if route.body else {}),
        **route.openapi,
    }

"""The route of a request, and the methods of its path."""

from fastapi import Request
from starlette.routing import Route
from starlette.types import Scope


def route_of(scope: Scope) -> str:
    """Return the path of the matched route, with its parameters' names; `none` without a match.

    FastAPI puts only its own routes into the scope; others are found by their endpoint.
    """
    if route := scope.get("route"):
        return str(route.path_format)
    if endpoint := scope.get("endpoint"):
        for route in scope["app"].routes:
            if getattr(route, "endpoint", None) is endpoint:
                return str(route.path_format)
    return "none"


def methods_at(request: Request) -> set[str]:
    """Return all methods of the path; the framework's 405 lists only its first route's methods."""
    routes = [route for route in request.app.routes if isinstance(route, Route)]
    matching = [route for route in routes if route.path_regex.match(request.url.path)]
    return {method for route in matching for method in route.methods or ()}

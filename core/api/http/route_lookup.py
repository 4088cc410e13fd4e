"""What the route table says of a request, once it has been routed."""

from fastapi import Request
from starlette.routing import Route
from starlette.types import Scope


def route_of(scope: Scope) -> str:
    """Return the path as the route table has it, `none` where no route was there for it.

    FastAPI tells it of its own routes only; the others are known by what answers them.
    """
    if route := scope.get("route"):
        return str(route.path_format)
    if endpoint := scope.get("endpoint"):
        for route in scope["app"].routes:
            if getattr(route, "endpoint", None) is endpoint:
                return str(route.path_format)
    return "none"


def methods_at(request: Request) -> set[str]:
    """Return what the address takes; the framework tells only its first route's methods."""
    routes = [route for route in request.app.routes if isinstance(route, Route)]
    matching = [route for route in routes if route.path_regex.match(request.url.path)]
    return {method for route in matching for method in route.methods or ()}

"""What can go wrong, and how it is told (RFC 9457 problem details).

CoreError
├── InvalidInput           422  what was sent can't be used
├── NotFound               404  no such row, or somebody else's: the same answer
├── TooManyImports         409  as many imports as a person may have are under way
├── PreconditionFailed     412  the library changed since the caller read it
├── RequestTooLarge        413  the body is larger than this address takes
├── Unauthenticated        401  no token, or one that proves nothing
├── AccountClosed          403  the account was erased or banned
├── WebhookRefused         400  not signed by who should have, or not understood
├── TooManyRequests        429  more than an account or an address may make
├── SigningKeysUnavailable 503  no key yet to check a token with
├── WebhooksNotConfigured  503  no secret yet to check a signature with
├── DatabaseUnavailable    503  the database did not do its part
└── StorageFull            507  a file that was sent could not be kept

Everything else that escapes is a 500 that never says what broke.
"""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import Scope

log = structlog.get_logger(__name__)

PROBLEMS_PAGE = "docs/problems.md"

FRAMEWORK_PROBLEMS = {
    404: ("not-found", "Not found", "There is nothing at this address."),
    405: ("method-not-allowed", "Method not allowed", "This address does not take that method."),
}
"""Type, title and detail of what the framework raises by itself, by status."""


class CoreError(Exception):
    """An error with an answer of its own. `detail` is written for the person who reads it."""

    status: ClassVar[int]
    type: ClassVar[str]
    title: ClassVar[str]
    headers: Mapping[str, str]

    def __init__(self, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.headers = headers or {}


class InvalidInput(CoreError):
    """A value that can't be used; `pointer` says which, as in `#/url` or `?cursor`."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    type = "invalid-input"
    title = "Invalid input"

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.errors = [{"pointer": pointer, "detail": detail}]


class NotFound(CoreError):
    """No such row, or somebody else's."""

    status = HTTPStatus.NOT_FOUND
    type = "not-found"
    title = "Not found"


class TooManyImports(CoreError):
    """As many imports as a person may have are under way."""

    status = HTTPStatus.CONFLICT
    type = "too-many-imports"
    title = "Too many imports at once"


class RequestTooLarge(CoreError):
    """The body is larger than the address takes."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    type = "request-entity-too-large"
    title = "Request too large"


class PreconditionFailed(CoreError):
    """`If-Match` names another state than the one that is stored."""

    status = HTTPStatus.PRECONDITION_FAILED
    type = "precondition-failed"
    title = "Changed in the meantime"


class Unauthenticated(CoreError):
    """Nobody that we know is calling; the challenge follows RFC 6750."""

    status = HTTPStatus.UNAUTHORIZED
    type = "unauthenticated"
    title = "Sign in first"


class AccountClosed(CoreError):
    """The account was erased or banned."""

    status = HTTPStatus.FORBIDDEN
    type = "account-closed"
    title = "Account closed"


class TooManyRequests(CoreError):
    """More requests than an account or an address may make; `Retry-After` says how long to wait."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    type = "too-many-requests"
    title = "Too many requests"


class WebhookRefused(CoreError):
    """A webhook that proves nothing, or that says nothing we understand."""

    status = HTTPStatus.BAD_REQUEST
    type = "webhook-refused"
    title = "Webhook refused"


class WebhooksNotConfigured(CoreError):
    """There is no secret to check a webhook's signature with."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    type = "webhooks-not-configured"
    title = "Webhooks are not set up"


class SigningKeysUnavailable(CoreError):
    """No signing key has been seen yet, so no token can be checked."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    type = "signing-keys-unavailable"
    title = "Sign-in can't be checked right now"


class DatabaseUnavailable(CoreError):
    """The database did not do its part; nothing was stored."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    type = "database-unavailable"
    title = "The library can't be reached right now"


class StorageFull(CoreError):
    """There is no room for a file; nothing was stored."""

    status = HTTPStatus.INSUFFICIENT_STORAGE
    type = "storage-full"
    title = "There is no room for the file right now"


def install_handlers(app: FastAPI) -> None:
    """Answer every error, the framework's own included, as a problem."""
    app.exception_handler(CoreError)(_answer_expected_error)
    app.exception_handler(RequestValidationError)(_answer_expected_error)
    app.exception_handler(HTTPException)(_answer_http_exception)
    app.exception_handler(Exception)(_answer_unexpected_error)


def problem(
    status: int,
    type_: str,
    title: str,
    detail: str,
    *,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Build an `application/problem+json` response (RFC 9457)."""
    body: dict[str, Any] = {
        "type": f"{PROBLEMS_PAGE}#{type_}",
        "title": title,
        "status": int(status),
        "detail": detail,
    }
    if errors:
        body["errors"] = list(errors)
    return Response(
        json.dumps(body, ensure_ascii=False).encode(errors="replace"),
        status,
        {"Cache-Control": "no-store", **(headers or {})},
        "application/problem+json",
    )


def pointer_to(fault: Mapping[str, Any]) -> str:
    """Name the place of a fault: `#/tags/0` in the body, `?limit` in the query."""
    source, *path = fault["loc"]
    if fault["type"] == "json_invalid":
        return "#"
    if source == "body":
        escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in path)  # RFC 6901
        return "#" + "".join(f"/{part}" for part in escaped)
    return ("?" if source == "query" else "/") + "/".join(map(str, path))


def answer(error: CoreError | RequestValidationError) -> Response:
    """Build the problem that an error is: one of ours, or what a schema refuses."""
    if isinstance(error, RequestValidationError):
        return _refuse_faults(error)
    return problem(
        error.status,
        error.type,
        error.title,
        error.detail,
        errors=getattr(error, "errors", ()),
        headers=error.headers,
    )


def _refuse_faults(error: RequestValidationError) -> Response:
    errors = [
        {"pointer": pointer_to(fault), "detail": _sentence(fault)} for fault in error.errors()
    ]
    detail = "; ".join(f"{e['pointer']}: {e['detail']}" for e in errors)
    return problem(
        InvalidInput.status, InvalidInput.type, InvalidInput.title, detail, errors=errors
    )


async def _answer_expected_error(_: Request, error: CoreError | RequestValidationError) -> Response:
    return answer(error)


_SENTENCES = {
    "extra_forbidden": "There is no such field; check its spelling",
    "json_invalid": "This is not valid JSON",
    "missing": "This field is needed",
    "model_type": "Send a JSON object",
}


def _sentence(fault: Mapping[str, Any]) -> str:
    if fault["type"] in _SENTENCES:
        return _SENTENCES[fault["type"]]
    return str(fault["msg"]).removeprefix("Value error, ")


async def _answer_http_exception(request: Request, error: HTTPException) -> Response:
    type_, title, detail = FRAMEWORK_PROBLEMS[error.status_code]
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(sorted(_methods_at(request)))
    return problem(error.status_code, type_, title, detail, headers=headers)


def _methods_at(request: Request) -> set[str]:
    """Return what the address takes; the framework tells only its first route's methods."""
    routes = [route for route in request.app.routes if isinstance(route, Route)]
    matching = [route for route in routes if route.path_regex.match(request.url.path)]
    return {method for route in matching for method in route.methods or ()}


def route_of(scope: Scope) -> str:
    """Return the path as the route table has it, `none` where no route was there for it.

    FastAPI tells it of its own routes only; the others are known by what answers them.
    """
    if route := scope.get("route"):
        return str(route.path)
    if endpoint := scope.get("endpoint"):
        for route in scope["app"].routes:
            if getattr(route, "endpoint", None) is endpoint:
                return str(route.path)
    return "none"


async def _answer_unexpected_error(request: Request, error: Exception) -> Response:
    """Answer outside of every middleware, so what they add to answers is added here."""
    route = route_of(request.scope)
    log.error("unexpected_error", method=request.method, route=route, exc_info=error)
    headers: list[tuple[bytes, bytes]] = request.scope.get("answer_headers", [])
    request_id = dict(headers).get(b"x-request-id", b"").decode()
    answer = problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal-error",
        "Something broke",
        "Something broke on our side. Nothing was stored; please try again. If it breaks "
        f"again, tell whoever runs this service the request's id: {request_id}",
    )
    answer.raw_headers.extend(headers)
    return answer

"""Errors as answers: every one, the framework's own included, is a problem (RFC 9457)."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from core.api.routes import methods_at, route_of
from core.errors import CoreError, InvalidInput

log = structlog.get_logger(__name__)

PROBLEMS_PAGE = "docs/problems.md"

FRAMEWORK_PROBLEMS = {
    404: ("not-found", "Not found", "There is nothing at this address."),
    405: ("method-not-allowed", "Method not allowed", "This address does not take that method."),
}
"""Type, title and detail of what the framework raises by itself, by status."""


def install_handlers(app: FastAPI) -> None:
    """Answer every error, the framework's own included, as a problem."""
    app.exception_handler(CoreError)(_answer_expected_error)
    app.exception_handler(RequestValidationError)(_answer_expected_error)
    app.exception_handler(HTTPException)(_answer_http_exception)
    app.exception_handler(ClientDisconnect)(_answer_who_left)
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
        errors=error.errors,
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


def nobody_there() -> Response:
    """Answer who hung up amid their request: a phone without a network, and no fault of ours."""
    return Response(status_code=HTTPStatus.BAD_REQUEST)


async def _answer_who_left(_: Request, __: ClientDisconnect) -> Response:
    return nobody_there()


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
        headers["Allow"] = ", ".join(sorted(methods_at(request)))
    return problem(error.status_code, type_, title, detail, headers=headers)


async def _answer_unexpected_error(request: Request, error: Exception) -> Response:
    """Answer outside of every middleware, so what they add to answers is added here."""
    route = route_of(request.scope)
    log.error("unexpected_error", method=request.method, route=route, exc_info=error)
    headers: list[tuple[bytes, bytes]] = request.scope.get("answer_headers", [])
    request_id = dict(headers).get(b"x-request-id", b"").decode()
    response = problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal-error",
        "Something broke",
        "Something broke on our side. Nothing was stored; please try again. If it breaks "
        f"again, tell whoever runs this service the request's id: {request_id}",
    )
    response.raw_headers.extend(headers)
    return response

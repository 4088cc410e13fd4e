"""Every error as a problem response (RFC 9457), including the framework's errors."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from core.api.http.route_lookup import methods_at, route_of
from core.codes import FaultCode
from core.errors import CoreError, InvalidInput

log = structlog.get_logger(__name__)

PROBLEMS_PAGE = "docs/problems.md"

FRAMEWORK_PROBLEMS = {
    404: ("not-found", "Not found", "There is nothing at this address."),
    405: ("method-not-allowed", "Method not allowed", "This address does not take that method."),
}
"""Type, title and detail of the errors that the framework raises, by status."""

MAX_FAULTS = 20
"""An answer lists this many faults, and only counts the others."""
MAX_POINTER_LENGTH = 40
"""The client chooses the names of fields: 20 of them, each written twice, stay below 16 KiB."""


def install_handlers(app: FastAPI) -> None:
    """Answer every error, the framework's own included, as a problem."""
    app.exception_handler(CoreError)(_answer_expected_error)
    app.exception_handler(RequestValidationError)(_answer_expected_error)
    app.exception_handler(HTTPException)(_answer_http_exception)
    app.exception_handler(ClientDisconnect)(_answer_disconnect)
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
        body["errors"] = [{**error, "pointer": _cut(error["pointer"])} for error in errors]
    return Response(
        json.dumps(body, ensure_ascii=False).encode(errors="replace"),
        status,
        {"Cache-Control": "no-store", **(headers or {})},
        "application/problem+json",
    )


def pointer_to(fault: Mapping[str, Any]) -> str:
    """Name the place of a fault: `#/tags/0` in the body, `?limit` in the query."""
    source, *path = (str(part)[: MAX_POINTER_LENGTH + 1] for part in fault["loc"])
    if fault["type"] == "json_invalid":
        return "#"
    if source == "body":
        escaped = (part.replace("~", "~0").replace("/", "~1") for part in path)  # RFC 6901
        return "#" + "".join(f"/{part}" for part in escaped)
    return ("?" if source == "query" else "/") + "/".join(path)


def _cut(pointer: str) -> str:
    if len(pointer) <= MAX_POINTER_LENGTH:
        return pointer
    return pointer[: MAX_POINTER_LENGTH - 1] + "…"


def answer(error: CoreError | RequestValidationError) -> Response:
    """Build the problem of an error: a CoreError, or the faults that a schema found."""
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
    faults = error.errors()
    errors = [
        {"pointer": _cut(pointer_to(fault)), "code": _code(fault), "detail": _sentence(fault)}
        for fault in faults[:MAX_FAULTS]
    ]
    detail = "; ".join(f"{e['pointer']}: {e['detail']}" for e in errors)
    if len(faults) > MAX_FAULTS:
        detail += f"; and {len(faults) - MAX_FAULTS} more"
    return problem(
        InvalidInput.status, InvalidInput.type, InvalidInput.title, detail, errors=errors
    )


async def _answer_expected_error(_: Request, error: CoreError | RequestValidationError) -> Response:
    return answer(error)


def client_disconnected() -> Response:
    """Answer a client that disconnected during its request. It is not an error of the service."""
    return Response(status_code=HTTPStatus.BAD_REQUEST)


async def _answer_disconnect(_: Request, __: ClientDisconnect) -> Response:
    return client_disconnected()


_SENTENCES = {
    "extra_forbidden": "There is no such field; check its spelling",
    "json_invalid": "This is not valid JSON",
    "missing": "This field is needed",
    "model_type": "Send a JSON object",
}


def _sentence(fault: Mapping[str, Any]) -> str:
    if fault["type"] in _SENTENCES:
        return _SENTENCES[fault["type"]]
    return str(fault["msg"])


_PYDANTIC_TYPES = {
    FaultCode.MISSING: {"missing"},
    FaultCode.UNKNOWN_FIELD: {"extra_forbidden"},
    FaultCode.NOT_JSON: {"json_invalid"},
    FaultCode.NOT_AN_OBJECT: {"model_type"},
    FaultCode.NOT_TEXT: {"string_type", "string_unicode"},
    FaultCode.NOT_A_LIST: {"list_type"},
    FaultCode.NOT_A_NUMBER: {
        "int_type",
        "int_from_float",
        "int_parsing",
        "int_parsing_size",
        "finite_number",
    },
    FaultCode.NOT_TRUE_OR_FALSE: {"bool_type", "bool_parsing"},
    FaultCode.UNKNOWN_CHOICE: {"literal_error"},
    FaultCode.TOO_SHORT: {"string_too_short"},
    FaultCode.TOO_LONG: {"string_too_long"},
    FaultCode.TOO_SMALL: {"greater_than_equal"},
    FaultCode.TOO_LARGE: {"less_than_equal"},
    FaultCode.TOO_MANY_ITEMS: {"too_long"},
}
_CODES: dict[str, FaultCode] = {code: code for code in FaultCode}
_CODES |= {type_: code for code, types in _PYDANTIC_TYPES.items() for type_ in types}


def _code(fault: Mapping[str, Any]) -> FaultCode:
    """Our validators use a code as the type of their errors; pydantic has types of its own."""
    return _CODES.get(fault["type"], FaultCode.INVALID_VALUE)


async def _answer_http_exception(request: Request, error: HTTPException) -> Response:
    type_, title, detail = FRAMEWORK_PROBLEMS[error.status_code]
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(sorted(methods_at(request)))
    return problem(error.status_code, type_, title, detail, headers=headers)


async def _answer_unexpected_error(request: Request, error: Exception) -> Response:
    """Answer outside of all middleware, so add the headers that middleware adds to responses."""
    route = route_of(request.scope)
    log.error("unexpected_error", method=request.method, route=route, exc_info=error)
    headers: list[tuple[bytes, bytes]] = request.scope.get("response_headers", [])
    request_id = dict(headers).get(b"x-request-id", b"").decode()
    response = problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal-error",
        "Something broke",
        "Something broke on our side. Nothing was stored; please try again. If it breaks "
        f"again, send the administrator of this service the request's id: {request_id}",
    )
    response.raw_headers.extend(headers)
    return response

"""Query strings and bodies, read by the schemas and described for OpenAPI.

FastAPI does not parse them. A route that uses its parsing serves a third fewer lists
(docs/decisions/0003-hot-path.md), and parses the body before it verifies the token.
"""

from functools import lru_cache
from typing import Any, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json
from starlette.datastructures import QueryParams
from starlette.requests import ClientDisconnect

from core.codes import FaultCode
from core.errors import InvalidInput

MAX_PARAMETERS = 20
MAX_FIELDS = 20
MAX_VALUES = 20_000
"""In one body, counted by its commas and brackets: no valid body has 15,000."""

_LONGEST_KEPT = 512
_SMALL_BODY = 4_096
"""Bytes. A fault needs at least five bytes, so a small body has few faults."""

_Schema = TypeVar("_Schema", bound=BaseModel)


def read_query(schema: type[_Schema], request: Request) -> _Schema:
    """Validate the query string.

    Raises: RequestValidationError; InvalidInput: a parameter was given twice.
    """
    raw: bytes = request.scope["query_string"]
    parse = _parse if len(raw) <= _LONGEST_KEPT else _parse.__wrapped__
    return parse(schema, raw)  # type: ignore[return-value]  # it is of the schema


@lru_cache(maxsize=1024)
def _parse(schema: type[BaseModel], raw: bytes) -> BaseModel:
    """Parse and cache: the screens of an app repeat the same few query strings."""
    given = _parameters(raw)
    values = dict(given)
    if len(values) < len(given):
        names = [name for name, _ in given]
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidInput(
            f"?{twice}", FaultCode.REPEATED_PARAMETER, "This parameter can be given only once."
        )
    try:
        return schema.model_validate(values)
    except ValidationError as error:
        raise _refusal("query", error) from None


def _parameters(raw: bytes) -> list[tuple[str, str]]:
    """Raises: InvalidInput: there are too many parameters."""
    if raw.count(b"&") >= MAX_PARAMETERS:
        raise InvalidInput(
            "?", FaultCode.TOO_MANY_PARAMETERS, f"There are more than {MAX_PARAMETERS} parameters."
        )
    return QueryParams(raw).multi_items()


def read_header(request: Request, name: bytes) -> str | None:
    """Return the first header of that name (lower case); `request.headers` takes 2 µs more."""
    for given, value in request.scope["headers"]:
        if given == name:
            text: str = value.decode("latin-1")
            return text
    return None


def refuse_query(request: Request) -> None:
    """Refuse parameters, on a route that takes none.

    Raises: RequestValidationError; InvalidInput: there are too many to list.
    """
    raw: bytes = request.scope["query_string"]
    given = dict(_parameters(raw)) if raw else ()
    if given:
        raise RequestValidationError(
            [{"type": "extra_forbidden", "loc": ("query", name)} for name in given]
        )


async def read_body(schema: type[_Schema], request: Request) -> _Schema:
    """Validate the body.

    Raises: RequestValidationError; InvalidInput: its type is not JSON, or it has too many values.
    """
    kind = (read_header(request, b"content-type") or "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise InvalidInput(
            "#",
            FaultCode.NOT_SENT_AS_JSON,
            "Send a JSON object, with 'Content-Type: application/json'.",
        )
    body = await _read_all(request)
    if len(body) > _SMALL_BODY:
        _refuse_too_much(body)
    try:
        return schema.model_validate_json(body)
    except ValidationError as error:
        raise _refusal("body", error) from None


async def _read_all(request: Request) -> bytes:
    """Do as `request.body()`, whose generator takes 4 % of the time of a save.

    Raises: ClientDisconnect
    """
    pieces, more = [], True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        pieces.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(pieces)


def _refuse_too_much(body: bytes) -> None:
    """Refuse a body before it is validated: each fault takes microseconds of the event loop.

    Lists have limits of their own in the schemas, which end their validation.

    Raises: InvalidInput
    """
    if sum(map(body.count, (b",", b"[", b"{"))) > MAX_VALUES:
        raise InvalidInput(
            "#", FaultCode.TOO_MANY_VALUES, f"There are more than {MAX_VALUES:,} values."
        )
    try:
        sent = from_json(body)
    except ValueError:  # the validation reports what is invalid
        return
    if isinstance(sent, dict) and len(sent) > MAX_FIELDS:
        raise InvalidInput(
            "#", FaultCode.TOO_MANY_FIELDS, f"There are more than {MAX_FIELDS} fields."
        )


def _refusal(source: str, error: ValidationError) -> RequestValidationError:
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    return RequestValidationError([{**fault, "loc": (source, *fault["loc"])} for fault in faults])


def describe_body(schema: type[BaseModel]) -> dict[str, Any]:
    """Return the OpenAPI description of the body."""
    content = {"application/json": {"schema": schema.model_json_schema()}}
    return {"requestBody": {"required": True, "content": content}}


def describe_query(schema: type[BaseModel]) -> dict[str, Any]:
    """Return the OpenAPI parameters of the query string."""
    properties = schema.model_json_schema()["properties"]
    return {"parameters": [_parameter(name, field) for name, field in properties.items()]}


def _parameter(name: str, field: dict[str, Any]) -> dict[str, Any]:
    described = {
        "name": name,
        "in": "query",
        "required": False,
        "description": field.pop("description", ""),
    }
    if "anyOf" in field:  # a query has no null: the parameter is left out
        field, _ = field["anyOf"]
    return described | {"schema": field}

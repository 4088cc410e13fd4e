"""Query strings and bodies, read by the schemas and described for OpenAPI.

Read by hand: a route that leaves it to FastAPI serves a third fewer lists
(docs/decisions/0003-hot-path.md), and reads what strangers send before it asks who they are.
"""

from functools import lru_cache
from typing import Any, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.datastructures import QueryParams

from core.errors import InvalidInput

_LONGEST_KEPT = 512

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
    """Parse once what the same few screens of an app ask over and over."""
    given = QueryParams(raw).multi_items()
    values = dict(given)
    if len(values) < len(given):
        names = [name for name, _ in given]
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidInput(f"?{twice}", "This parameter can be given only once.")
    try:
        return schema.model_validate(values)
    except ValidationError as error:
        raise _refusal("query", error) from None


def read_header(request: Request, name: bytes) -> str | None:
    """Return the first header of that name (lower case); `request.headers` takes 2 µs more."""
    for given, value in request.scope["headers"]:
        if given == name:
            text: str = value.decode("latin-1")
            return text
    return None


def refuse_query(request: Request) -> None:
    """Raises: RequestValidationError: there is a query string, on a route that takes none."""
    given = request.query_params if request.scope["query_string"] else ()
    if given:
        raise RequestValidationError(
            [{"type": "extra_forbidden", "loc": ("query", name)} for name in given]
        )


async def read_body(schema: type[_Schema], request: Request) -> _Schema:
    """Validate the body.

    Raises: RequestValidationError; InvalidInput: it is not said to be JSON.
    """
    kind = (read_header(request, b"content-type") or "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise InvalidInput("#", "Send a JSON object, with 'Content-Type: application/json'.")
    try:
        return schema.model_validate_json(await request.body())
    except ValidationError as error:
        raise _refusal("body", error) from None


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
    return {
        "parameters": [
            {
                "name": name,
                "in": "query",
                "required": False,
                "description": field.pop("description", ""),
                "schema": field,
            }
            for name, field in properties.items()
        ]
    }

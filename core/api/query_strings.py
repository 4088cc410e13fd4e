"""Query strings, read by the schemas and described for OpenAPI.

Read by hand, since a route that leaves this to FastAPI serves a third fewer lists
(docs/decisions/0003-hot-path.md).
"""

from functools import lru_cache
from typing import Any, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.datastructures import QueryParams

from core.errors import InvalidInput

_LONGEST_KEPT = 512

_Query = TypeVar("_Query", bound=BaseModel)


def read_query(schema: type[_Query], request: Request) -> _Query:
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
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        raise RequestValidationError(
            [{**fault, "loc": ("query", *fault["loc"])} for fault in faults]
        ) from None


def describe(schema: type[BaseModel]) -> dict[str, Any]:
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

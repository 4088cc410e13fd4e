"""Saved searches: the shapes of requests and responses."""

from typing import Annotated, Literal
from urllib.parse import parse_qsl, urlencode

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationError,
)
from pydantic_core import PydanticCustomError

from core import text
from core.choices import Sort, Unusual
from core.codes import FaultCode
from core.schemas.fields import QueryMinutes, Request, RowId, SearchText, TagQuery, check_digits

MAX_PARAMETERS = 20


class Filters(Request):
    """The filters of a saved search, named as in the web app's address."""

    tags: TagQuery = ""
    match: Literal["all", "any"] = "all"
    without: TagQuery = ""
    kind: Unusual | None = None
    max: QueryMinutes | None = None
    """The most minutes."""
    rest: Annotated[int, Field(ge=1, le=365), BeforeValidator(check_digits)] | None = None
    """Days without a workout."""
    q: SearchText = ""
    sort: Sort = "newest"


def _check_filters(query: str) -> str:
    """Return the filters in a canonical order and spelling.

    Raises: ValueError: there are none, or one is unknown, repeated or invalid.
    """
    try:
        given = parse_qsl(
            query, strict_parsing=True, errors="strict", max_num_fields=MAX_PARAMETERS
        )
        values = dict(given)
        Filters.model_validate(values)
    except ValidationError as error:
        name, why = error.errors()[0]["loc"][0], error.errors()[0]["msg"]
        raise _refusal(f"{name}: {why}") from None
    except ValueError:
        raise _refusal("it can't be read") from None
    if len(values) < len(given) or not values:
        raise _refusal("it names a filter twice" if values else "it names no filter")
    sorted_values = {name: values[name] for name in Filters.model_fields if name in values}
    written = urlencode(sorted_values, safe=",")
    if len(written) > text.MAX_FILTERS_LENGTH:
        raise _refusal("it is too long")
    return written


def rename_tag(query: str, key: str, new_name: str | None) -> str:
    """Return the filters with a tag renamed, or removed (None); empty: no filter is left.

    Each filter has a tag only once.
    """
    values = dict(parse_qsl(query))
    tags_of = {
        name: text.tags_by_key(values[name].split(","))
        for name in ("tags", "without")
        if name in values
    }
    if not any(key in tags for tags in tags_of.values()):
        return query
    for name, tags in tags_of.items():
        renamed = [new_name if each == key else tags[each] for each in tags]
        values[name] = ",".join(text.tags_by_key(filter(None, renamed)).values())
    kept = {name: value for name, value in values.items() if value}
    if "tags" not in kept:
        kept.pop("match", None)
    return urlencode(kept, safe=",") if kept.keys() - {"sort"} else ""


def _refusal(why: str) -> PydanticCustomError:
    return PydanticCustomError(
        FaultCode.NO_FILTERS, "must be filters such as tags=legs&max=20; {why}", {"why": why}
    )


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=text.MAX_NAME_LENGTH),
    Field(json_schema_extra={"pattern": text.NOT_BLANK}),
    AfterValidator(text.check_characters),
]
Query = Annotated[
    str,
    Field(min_length=1, max_length=text.MAX_FILTERS_LENGTH, json_schema_extra={"pattern": "="}),
    AfterValidator(_check_filters),
]

_EXAMPLE: dict[str, JsonValue] = {
    "id": 2836107263754320,
    "name": "Short legs",
    "query": "tags=legs&max=20",
    "created_at": "2026-01-04T18:00:00.123Z",
    "updated_at": "2026-01-04T18:00:00.123Z",
}


class SearchCreate(Request):
    """A search to save."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"name": "Short legs", "query": "tags=legs&max=20"}}
    )

    id: RowId | None = None
    """The client may draw it, so that a retry is idempotent; else the service does."""
    name: Name
    query: Query
    """The filters as in the address of the web app."""


class SearchUpdate(Request):
    """What to change; omitted fields stay unchanged."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "Legs before work"}})

    name: Name = ""
    query: Query = ""


class Search(BaseModel):
    """A name for a set of filters."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})

    id: int
    name: str
    query: str
    created_at: str
    updated_at: str


class SearchList(BaseModel):
    """All saved searches of a user, the oldest first."""

    model_config = ConfigDict(json_schema_extra={"example": {"searches": [_EXAMPLE], "count": 1}})

    searches: list[Search]
    count: int

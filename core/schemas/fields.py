"""The base class of all requests, and the types of their fields.

A type defines what is accepted, and how OpenAPI describes it.
"""

import re
from datetime import date
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

from core import text
from core.codes import FaultCode

MAX_ID = 2**53 - 1
MAX_PAGE = 500
MAX_SECONDS = 1_000_000
MAX_MINUTES = 24 * 60
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MAX_TAG_ELEMENTS = 200
"""In one list: a few times the tags of a video, since elements may repeat or be empty."""


class Request(BaseModel):
    """A query or a body. An unknown field is refused, so that a typing error is noticed."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def keys_of(joined: str) -> tuple[str, ...]:
    """Return the keys of tags that are separated by commas."""
    return tuple(map(text.tag_key, text.split_tags([joined])))


def check_digits(value: object) -> object:
    """Refuse what int() accepts besides digits: `+5`, `1_0`, `5.0`."""
    if isinstance(value, str) and not re.fullmatch(r"-?[0-9]{1,20}", value):
        raise PydanticCustomError(FaultCode.NOT_A_NUMBER, "must be a whole number")
    return value


def _check_length(tags: list[str]) -> list[str]:
    """Refuse a long list before it is processed, since other requests wait for that."""
    if len(",".join(tags)) > text.MAX_TAG_LIST_LENGTH:
        raise PydanticCustomError(
            FaultCode.TAGS_TOO_LONG,
            f"tags have at most {text.MAX_TAG_LIST_LENGTH:,} characters together",
        )
    return tags


def _check_tags(joined: str) -> str:
    text.split_tags([joined])
    return joined


def _check_day(day: str) -> str:
    """Refuse an invalid date; a range is not checked, since the user's time zone is unknown."""
    try:
        date.fromisoformat(day if _DAY.fullmatch(day) else "")
    except ValueError:
        raise PydanticCustomError(FaultCode.NOT_A_DAY, "must be a day such as 2026-11-28") from None
    return day


VideoId = Annotated[int, Field(ge=0, le=MAX_ID), BeforeValidator(check_digits)]
PageLimit = Annotated[int, Field(ge=1, le=MAX_PAGE), BeforeValidator(check_digits)]
Cursor = Annotated[
    str,
    Field(min_length=1, max_length=2_000, json_schema_extra={"pattern": "^[A-Za-z0-9_-]+$"}),
]
LinkText = Annotated[
    str,
    Field(
        max_length=text.MAX_LINK_TEXT_LENGTH,
        json_schema_extra={"minLength": 11, "pattern": text.PRINTABLE_LINES},
    ),
    AfterValidator(text.check_lines),
]
Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=text.MAX_TITLE_LENGTH),
    Field(json_schema_extra={"pattern": text.NOT_BLANK}),
    AfterValidator(text.check_characters),
]
TagList = Annotated[
    list[Annotated[str, Field(json_schema_extra={"pattern": text.JOINED_TAGS})]],
    # Ends the validation, which would otherwise report faults of up to 400,000 elements.
    Field(max_length=MAX_TAG_ELEMENTS),
    AfterValidator(_check_length),
    AfterValidator(text.split_tags),
]
TagName = Annotated[
    str,
    Field(
        max_length=text.MAX_TAG_LIST_LENGTH,
        json_schema_extra={
            "minLength": 1,
            "maxLength": text.MAX_TAG_LENGTH,
            "pattern": text.ONE_TAG,
        },
    ),
    AfterValidator(text.one_tag),
]
Seconds = Annotated[int, Field(ge=0, le=MAX_SECONDS, strict=True)]
"""A position in a video."""
Length = Annotated[int, Field(ge=1, le=MAX_SECONDS, strict=True)]
Minutes = Annotated[int, Field(ge=1, le=MAX_MINUTES, strict=True)]
QueryMinutes = Annotated[int, Field(ge=1, le=MAX_MINUTES), BeforeValidator(check_digits)]
RowId = Annotated[int, Field(ge=0, le=MAX_ID, strict=True)]
"""An id in a body; a client may draw the id of a new row."""
Day = Annotated[
    str,
    Field(json_schema_extra={"format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}),
    AfterValidator(_check_day),
]
"""`2026-11-28`, as the user's device states it."""
TagQuery = Annotated[
    str,
    Field(max_length=text.MAX_TAG_LIST_LENGTH, json_schema_extra={"pattern": text.JOINED_TAGS}),
    AfterValidator(_check_tags),
]
PRINTABLE = Field(json_schema_extra={"pattern": text.PRINTABLE})
"""Describes what `text.check_characters` refuses."""
SearchText = Annotated[
    str,
    Field(max_length=text.MAX_QUERY_LENGTH),
    PRINTABLE,
    AfterValidator(text.check_characters),
    AfterValidator(text.check_words),
]

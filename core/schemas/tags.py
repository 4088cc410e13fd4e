"""Tags: the shapes of requests and responses."""

from functools import cached_property
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from core import text
from core.schemas.fields import PRINTABLE, Request, TagName, TagQuery, keys_of


class TagUpdate(Request):
    """What to change about a tag."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "leg day"}})

    name: TagName
    """The new name; if another tag has it, the two merge."""


class TagListQuery(Request):
    """Which tags to list."""

    prefix: Annotated[
        str,
        Field(max_length=text.MAX_TAG_LENGTH),
        PRINTABLE,
        AfterValidator(text.check_characters),
    ] = ""
    """The start of the tags' names."""
    with_: Annotated[TagQuery, Field(alias="with")] = ""
    """Count only videos that carry all of these tags."""

    @cached_property
    def with_keys(self) -> tuple[str, ...]:
        """The tags of `with` by their keys."""
        return keys_of(self.with_)


class TagCount(BaseModel):
    """A tag, the number of its videos, and the day of the last workout with one of them."""

    name: str
    videos: int
    done_on: str | None


class TagCounts(BaseModel):
    """Tags by name."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "tags": [{"name": "legs", "videos": 3, "done_on": "2026-01-04"}],
                "count": 1,
            }
        }
    )

    tags: list[TagCount]
    count: int

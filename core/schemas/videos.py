"""Request and response shapes. Requests refuse what they don't know; a typo must not pass."""

import re
from functools import cached_property
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from core import text

MAX_ID = 2**53 - 1
MAX_LIBRARY = 10_000
MAX_PAGE = 500
MAX_START_S = 1_000_000


def _check_digits(value: object) -> object:
    """Refuse what int() would let pass besides digits: `+5`, `1_0`, `5.0`."""
    if isinstance(value, str) and not re.fullmatch(r"-?[0-9]{1,20}", value):
        raise ValueError("must be a whole number")
    return value


def _check_length(tags: list[str]) -> list[str]:
    """Refuse what is too long before anything is done with it: everybody waits meanwhile."""
    if len(",".join(tags)) > text.MAX_TAG_LIST_LENGTH:
        raise ValueError(f"tags have at most {text.MAX_TAG_LIST_LENGTH:,} characters together")
    return tags


VideoId = Annotated[int, Field(ge=0, le=MAX_ID), BeforeValidator(_check_digits)]
LinkText = Annotated[
    str, Field(max_length=text.MAX_LINK_TEXT_LENGTH), AfterValidator(text.check_lines)
]
Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=text.MAX_TITLE_LENGTH),
    AfterValidator(text.check_characters),
]
TagList = Annotated[list[str], AfterValidator(_check_length), AfterValidator(text.split_tags)]
TagName = Annotated[str, Field(max_length=text.MAX_TAG_LIST_LENGTH), AfterValidator(text.one_tag)]
StartS = Annotated[int, Field(ge=0, le=MAX_START_S, strict=True)]
Availability = Literal["unknown", "available", "private", "embedding_disabled", "gone"]

_EXAMPLE_VIDEO: dict[str, JsonValue] = {
    "id": 2836107263754241,
    "url": "https://youtu.be/dQw4w9WgXcQ?t=42",
    "title": "20 min full body",
    "thumbnail_url": "https://i.ytimg.com/vi/dQw4w9WgXcQ/mqdefault.jpg",
    "tags": "workout,legs",
    "created_at": "2026-01-03T10:00:00.123Z",
    "video_key": "dQw4w9WgXcQ",
    "start_s": 42,
    "channel": None,
    "availability": "unknown",
    "updated_at": "2026-01-03T10:00:00.123Z",
}


class Request(BaseModel):
    """What a caller sends."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class VideoCreate(Request):
    """A video to save."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"url": "https://youtu.be/dQw4w9WgXcQ?t=42", "tags": ["workout", "legs"]}
        }
    )

    url: LinkText
    """Any text that holds a YouTube link."""
    tags: TagList = []
    """An element with a comma is several tags."""
    title: Title | None = None
    start_s: StartS | None = None
    """Where to begin, in seconds; else what the link says."""


class VideoUpdate(Request):
    """What to change; a field that is left out stays. `tags` is applied before the other two."""

    model_config = ConfigDict(json_schema_extra={"example": {"add_tags": ["favourite"]}})

    title: Title | None = None
    tags: TagList | None = None
    add_tags: TagList = []
    remove_tags: TagList = []
    start_s: StartS | None = None


class VideoBatch(Request):
    """Many videos, and what to do with all of them."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"ids": [2836107263754241], "action": "tag", "tags": ["favourite"]}
        }
    )

    ids: Annotated[
        list[Annotated[int, Field(ge=0, le=MAX_ID, strict=True)]], Field(max_length=1000)
    ]
    """Up to 1,000 videos."""
    action: Literal["tag", "untag", "delete", "restore"]
    tags: Annotated[TagList | None, Field(validate_default=True)] = None
    """For `tag` and `untag`: the tags to add, or to take away."""

    @field_validator("tags")
    @classmethod
    def _belong_to_the_action(
        cls, tags: list[str] | None, info: ValidationInfo
    ) -> list[str] | None:
        action = info.data.get("action")
        if action in {"tag", "untag"} and not tags:
            raise ValueError(f"'{action}' needs tags")
        if action in {"delete", "restore"} and tags is not None:
            raise ValueError(f"'{action}' takes no tags")
        return tags


class TagUpdate(Request):
    """What to change about a tag."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "leg day"}})

    name: TagName
    """The new name; when there is such a tag already, the two become one."""


def _check_tags(joined: str) -> str:
    text.split_tags([joined])
    return joined


def _keys(joined: str) -> tuple[str, ...]:
    return tuple(map(text.tag_key, text.split_tags([joined])))


TagQuery = Annotated[str, Field(max_length=text.MAX_TAG_LIST_LENGTH), AfterValidator(_check_tags)]


class VideoListQuery(Request):
    """Which videos to list."""

    tags: TagQuery = ""
    """Whole tags, separated by commas; letter case does not matter."""
    match: Literal["all", "any"] = "all"
    """Whether a video must carry all of the tags or any."""
    q: Annotated[
        str, Field(max_length=text.MAX_QUERY_LENGTH), AfterValidator(text.check_characters)
    ] = ""
    """Words that must all occur in title, channel, url or tags."""
    availability: Availability | None = None
    sort: Literal["newest", "oldest", "title"] = "newest"
    deleted: bool = False
    """List the trash instead."""
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE), BeforeValidator(_check_digits)] | None = None
    """Videos on a page; without it the whole library, up to 10,000."""
    cursor: Annotated[str, Field(min_length=1, max_length=2_000)] | None = None
    """`next_cursor` of the page before."""

    @cached_property
    def tag_keys(self) -> tuple[str, ...]:
        """The tags by their keys."""
        return _keys(self.tags)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of `q`, folded."""
        return text.search_words(self.q)

    @cached_property
    def listing(self) -> tuple[object, ...]:
        """What all pages of one list have in common: a cursor is bound to it."""
        return self.tag_keys, self.match, self.words, self.availability, self.sort, self.deleted


class TagListQuery(Request):
    """Which tags to list."""

    prefix: Annotated[
        str, Field(max_length=text.MAX_TAG_LENGTH), AfterValidator(text.check_characters)
    ] = ""
    """How the tags begin."""
    with_: Annotated[TagQuery, Field(alias="with")] = ""
    """Count only videos that carry all of these tags."""

    @cached_property
    def with_keys(self) -> tuple[str, ...]:
        """The tags of `with` by their keys."""
        return _keys(self.with_)


class Video(BaseModel):
    """A saved video."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE_VIDEO})

    id: int
    url: str
    title: str | None
    thumbnail_url: str
    tags: str
    created_at: str
    video_key: str
    start_s: int | None
    channel: str | None
    availability: Availability
    updated_at: str
    deleted_at: str | None = Field(None, description="In the trash alone: since when.")


class VideoList(BaseModel):
    """One page of videos; `count` is how many are in this answer."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"videos": [_EXAMPLE_VIDEO], "count": 1, "next_cursor": None}}
    )

    videos: list[Video]
    count: int
    next_cursor: str | None


class BatchResult(BaseModel):
    """What became of the videos; one that was as asked already is in neither list."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"changed": [2836107263754241], "missing": []}}
    )

    changed: list[int]
    missing: list[int]


class TagCount(BaseModel):
    """A tag and how many videos carry it."""

    name: str
    videos: int


class TagCounts(BaseModel):
    """Tags by name."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"tags": [{"name": "legs", "videos": 3}], "count": 1}}
    )

    tags: list[TagCount]
    count: int


class Person(BaseModel):
    """The person who is calling; `videos` counts those that are not in the trash."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 2836107263754240,
                "clerk_id": "user_2abcDEF",
                "email": "lily@example.com",
                "name": "Lily",
                "created_at": "2026-01-03T10:00:00.123Z",
                "videos": 12,
            }
        }
    )

    id: int
    clerk_id: str
    email: str | None
    name: str | None
    created_at: str
    videos: int


class Health(BaseModel):
    """The service runs."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"status": "ok", "service": "core", "version": "0.3.0"}}
    )

    status: Literal["ok"]
    service: Literal["core"]
    version: str


class Readiness(BaseModel):
    """Whether each thing that answers need is there, in one word."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"database": "ok", "migrations": "ok", "signing_keys": "ok"}}
    )

    database: Literal["ok", "unavailable"]
    migrations: Literal["ok", "outdated", "unknown"]
    signing_keys: Literal["ok", "missing"]


class WebConfig(BaseModel):
    """What the web app must know to sign somebody in; public by nature."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "publishable_key": "pk_test_…",
                "frontend_api": "https://sign-in.example.com",
                "version": "0.3.0",
            }
        }
    )

    publishable_key: str | None
    frontend_api: str
    version: str


class Timer(BaseModel):
    """One reading of the server's clock."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"timestamp": "2026-01-03T10:00:00.123456Z", "unix": 1767434400}
        }
    )

    timestamp: str
    unix: int


class Problem(BaseModel):
    """An error (RFC 9457).

    `errors` comes with 422: a `pointer` (`#/tags/0` in the body, `?limit` in the query) and a
    `detail` for each value that can't be used.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "docs/problems.md#not-found",
                "title": "Not found",
                "status": 404,
                "detail": "There is no such video in your library.",
            }
        }
    )

    type: str
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] = []

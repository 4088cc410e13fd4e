"""Videos: the shapes of requests and responses."""

from functools import cached_property
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from core import text
from core.choices import Availability, Sort
from core.codes import FaultCode
from core.schemas.fields import (
    MAX_ID,
    Cursor,
    Day,
    Length,
    LinkText,
    PageLimit,
    QueryMinutes,
    Request,
    SearchText,
    Seconds,
    TagList,
    TagQuery,
    Title,
    keys_of,
)

MAX_LIBRARY = 10_000

EXAMPLE_VIDEO: dict[str, JsonValue] = {
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
    "end_s": None,
    "duration_s": 1260,
    "minutes": 20,
    "done_on": "2026-01-04",
    "done_count": 1,
}


class VideoCreate(Request):
    """A video to save."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"url": "https://youtu.be/dQw4w9WgXcQ?t=42", "tags": ["workout", "legs"]}
        }
    )

    url: LinkText
    """Any text that holds a YouTube link."""
    tags: TagList = Field([])
    """An element with a comma is several tags."""
    title: Title | None = None
    start_s: Seconds | None = None
    """The start in seconds; by default that of the link."""


class VideoUpdate(Request):
    """What to change; omitted fields stay unchanged. `tags` is applied before the other two."""

    model_config = ConfigDict(json_schema_extra={"example": {"add_tags": ["favourite"]}})

    title: Title | None = None
    tags: TagList | None = None
    add_tags: TagList = Field([])
    remove_tags: TagList = Field([])
    start_s: Seconds | None = None
    end_s: Seconds | None = None
    """The end in seconds, after `start_s`."""
    duration_s: Length | None = None
    """The length in seconds, as the video's player reports it."""


_WITH_TAGS: dict[str, JsonValue] = {
    "properties": {
        "action": {"enum": ["tag", "untag"]},
        "tags": {"type": "array", "minItems": 1, "contains": {"pattern": r"[^\s,]"}},
    },
    "required": ["tags"],
}
_WITHOUT_TAGS: dict[str, JsonValue] = {
    "properties": {"action": {"enum": ["delete", "restore"]}, "tags": {"type": "null"}}
}


class VideoBatch(Request):
    """One action for many videos."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"ids": [2836107263754241], "action": "tag", "tags": ["favourite"]},
            "oneOf": [_WITH_TAGS, _WITHOUT_TAGS],
        }
    )

    ids: Annotated[
        list[Annotated[int, Field(ge=0, le=MAX_ID, strict=True)]], Field(max_length=1000)
    ]
    """Up to 1,000 videos."""
    action: Literal["tag", "untag", "delete", "restore"]
    tags: Annotated[TagList | None, Field(validate_default=True)] = None
    """For `tag` and `untag`: the tags to add, or to remove."""

    @field_validator("tags")
    @classmethod
    def _belong_to_the_action(
        cls, tags: list[str] | None, info: ValidationInfo
    ) -> list[str] | None:
        action = info.data.get("action")
        if action in {"tag", "untag"} and not tags:
            raise PydanticCustomError(FaultCode.TAGS_NEEDED, f"'{action}' needs tags")
        if action in {"delete", "restore"} and tags is not None:
            raise PydanticCustomError(FaultCode.TAGS_NOT_TAKEN, f"'{action}' takes no tags")
        return tags


class VideoListQuery(Request):
    """Which videos to list."""

    tags: TagQuery = ""
    """Whole tags, separated by commas; letter case does not matter."""
    match: Literal["all", "any"] = "all"
    """Whether a video must carry all of the tags or any."""
    q: SearchText = ""
    """Up to 8 words that must all occur in title, channel, url or tags."""
    availability: Availability | None = None
    without: TagQuery = ""
    """Tags that a video must not carry."""
    untagged: bool = False
    """Only videos without any tag."""
    minutes_max: QueryMinutes | None = None
    """Only videos that train at most that long."""
    not_done_since: Day | None = None
    """Only videos without a workout on that day or later."""
    sort: Sort = "newest"
    deleted: bool = False
    """List the trash instead."""
    limit: PageLimit | None = None
    """Videos on a page; without it as many as fit into 2 MiB, up to 10,000."""
    cursor: Cursor | None = None
    """`next_cursor` of the page before."""

    @cached_property
    def tag_keys(self) -> tuple[str, ...]:
        """The tags by their keys."""
        return keys_of(self.tags)

    @cached_property
    def without_keys(self) -> tuple[str, ...]:
        """The tags of `without` by their keys."""
        return keys_of(self.without)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of `q`, folded."""
        return text.search_words(self.q)

    @cached_property
    def listing(self) -> str:
        """The filters that all pages of a list share: a cursor is bound to them."""
        parts = (
            self.tag_keys,
            self.match,
            self.without_keys,
            self.untagged,
            self.words,
            self.availability,
            self.minutes_max,
            self.not_done_since,
            self.sort,
            self.deleted,
        )
        return repr(parts)


class Video(BaseModel):
    """A saved video."""

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE_VIDEO})

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
    end_s: int | None
    duration_s: int | None
    minutes: int | None
    done_on: str | None
    done_count: int
    deleted_at: str | None = Field(None, description="Only in the trash: the time of the deletion.")


class VideoList(BaseModel):
    """One page of videos; `count` is how many are in this answer."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"videos": [EXAMPLE_VIDEO], "count": 1, "next_cursor": None}}
    )

    videos: list[Video]
    count: int
    next_cursor: str | None


class BatchResult(BaseModel):
    """The changed and the missing videos; one that needed no change is in neither list."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"changed": [2836107263754241], "missing": []}}
    )

    changed: list[int]
    missing: list[int]

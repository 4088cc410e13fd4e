"""Workouts: the shapes of requests and responses."""

from functools import cached_property
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from core import text
from core.choices import Effort
from core.schemas.fields import Cursor, Day, Minutes, PageLimit, Request, RowId, VideoId

Comment = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=text.MAX_COMMENT_LENGTH),
    Field(json_schema_extra={"pattern": text.PRINTABLE_LINES}),
    AfterValidator(text.check_lines),
]

_EXAMPLE: dict[str, JsonValue] = {
    "id": 2836107263754300,
    "video_id": 2836107263754241,
    "video_key": "dQw4w9WgXcQ",
    "title": "20 min full body",
    "day": "2026-01-04",
    "minutes": 20,
    "effort": "right",
    "comment": None,
    "created_at": "2026-01-04T18:00:00.123Z",
    "updated_at": "2026-01-04T18:00:00.123Z",
}


class WorkoutCreate(Request):
    """A workout to log."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"video_id": 2836107263754241, "day": "2026-01-04"}}
    )

    id: RowId | None = None
    """The client may draw it, so that a retry is idempotent; else the service does."""
    video_id: RowId
    day: Day
    minutes: Minutes | None = None
    effort: Effort | None = None
    comment: Comment | None = None


class WorkoutUpdate(Request):
    """What to change; omitted fields stay unchanged."""

    model_config = ConfigDict(json_schema_extra={"example": {"effort": "hard"}})

    day: Day = ""
    minutes: Minutes | None = None
    effort: Effort | None = None
    comment: Comment | None = None


class WorkoutListQuery(Request):
    """Which workouts to list."""

    video_id: VideoId | None = None
    """Only those with this video."""
    since: Day | None = None
    """Only those on this day or later."""
    until: Day | None = None
    """Only those on this day or earlier."""
    limit: PageLimit | None = None
    """Workouts on a page, 500 at most."""
    cursor: Cursor | None = None
    """`next_cursor` of the page before."""

    @cached_property
    def listing(self) -> tuple[object, ...]:
        """The filters that all pages of a list share: a cursor is bound to them."""
        return "workouts", self.video_id, self.since, self.until


class Workout(BaseModel):
    """One dated entry of the log. `video_id` is null once the video is deleted for good."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})

    id: int
    video_id: int | None
    video_key: str
    title: str | None
    day: str
    minutes: int | None
    effort: Effort | None
    comment: str | None
    created_at: str
    updated_at: str


class WorkoutList(BaseModel):
    """One page of workouts, the newest day first."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"workouts": [_EXAMPLE], "count": 1, "next_cursor": None}}
    )

    workouts: list[Workout]
    count: int
    next_cursor: str | None

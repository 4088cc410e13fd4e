"""The change feed: the shapes of its request and response."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue

from core.schemas.fields import MAX_ID, Cursor, PageLimit, Request, check_digits
from core.schemas.notes import Note
from core.schemas.searches import Search
from core.schemas.videos import EXAMPLE_VIDEO, Video
from core.schemas.workouts import Workout


class ChangesQuery(Request):
    """The revision to start from, and the page."""

    since: Annotated[int, Field(ge=0, le=MAX_ID), BeforeValidator(check_digits)] = 0
    """`revision` of the last answer; 0: everything."""
    limit: PageLimit | None = None
    """Rows of each kind on a page; without it as many as fit into 2 MiB."""
    cursor: Cursor | None = None
    """`next_cursor` of the page before."""


class ChangedVideo(Video):
    """A video with the library's revision at which it last changed."""

    revision: int


class ChangedNote(Note):
    """A note with the library's revision at which it last changed."""

    revision: int


class ChangedWorkout(Workout):
    """A workout with the library's revision at which it last changed."""

    revision: int


class ChangedSearch(Search):
    """A saved search with the library's revision at which it last changed."""

    revision: int


class Gone(BaseModel):
    """Ids of rows that are in the trash or deleted."""

    videos: list[int]
    notes: list[int]
    workouts: list[int]
    searches: list[int]


_EXAMPLE: dict[str, JsonValue] = {
    "videos": [EXAMPLE_VIDEO | {"revision": 42}],
    "notes": [],
    "workouts": [],
    "searches": [],
    "gone": {"videos": [2836107263754240], "notes": [], "workouts": [], "searches": []},
    "revision": 42,
    "next_cursor": None,
}


class Changes(BaseModel):
    """What changed; `revision` is the sync token for the next request."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})

    videos: list[ChangedVideo]
    notes: list[ChangedNote]
    workouts: list[ChangedWorkout]
    searches: list[ChangedSearch]
    gone: Gone
    revision: int
    next_cursor: str | None

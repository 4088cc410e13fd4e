"""Notes: the shapes of requests and responses."""

from functools import cached_property
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from core import text
from core.schemas.fields import Cursor, PageLimit, Request, RowId, SearchText, Seconds, VideoId

NoteText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=text.MAX_NOTE_LENGTH),
    Field(json_schema_extra={"pattern": text.PRINTABLE_LINES}),
    AfterValidator(text.check_lines),
]

_EXAMPLE: dict[str, JsonValue] = {
    "id": 2836107263754310,
    "video_id": 2836107263754241,
    "at_s": 192,
    "end_s": None,
    "text": "Keep the back straight",
    "created_at": "2026-01-04T18:00:00.123Z",
    "updated_at": "2026-01-04T18:00:00.123Z",
}


class NoteCreate(Request):
    """A note to add. `text` may be empty where `at_s` is given: a mark."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"at_s": 192, "text": "Keep the back straight"}}
    )

    id: RowId | None = None
    """The client may draw it, so that a retry is idempotent; else the service does."""
    at_s: Seconds | None = None
    """The moment in the video; without it the note is about the whole video."""
    end_s: Seconds | None = None
    """The end of a segment that begins at `at_s`."""
    text: NoteText = ""


class NoteUpdate(Request):
    """What to change; omitted fields stay unchanged."""

    model_config = ConfigDict(json_schema_extra={"example": {"text": "Breathe out"}})

    at_s: Seconds | None = None
    end_s: Seconds | None = None
    text: NoteText = ""


class NoteListQuery(Request):
    """Which notes to list."""

    video_id: VideoId | None = None
    """Only those on this video."""
    q: SearchText = ""
    """Up to 8 words that must all occur in the text."""
    limit: PageLimit | None = None
    """Notes on a page, 500 at most."""
    cursor: Cursor | None = None
    """`next_cursor` of the page before."""

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of `q`, folded."""
        return text.search_words(self.q)

    @cached_property
    def listing(self) -> tuple[object, ...]:
        """The filters that all pages of a list share: a cursor is bound to them."""
        return "notes", self.video_id, self.words


class Note(BaseModel):
    """A note on a video; with `at_s` on a moment of it, with `end_s` on a segment."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})

    id: int
    video_id: int
    at_s: int | None
    end_s: int | None
    text: str
    created_at: str
    updated_at: str


class NoteList(BaseModel):
    """One page of notes, the oldest first."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"notes": [_EXAMPLE], "count": 1, "next_cursor": None}}
    )

    notes: list[Note]
    count: int
    next_cursor: str | None

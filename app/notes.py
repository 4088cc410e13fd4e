"""Notes on videos: on the whole video, on a moment of it, or on a segment. Pure."""

from dataclasses import asdict, dataclass
from typing import Any, Self

from app.text import format_time

MAX_NOTES = 100
"""The limit for one video."""
MAX_TEXT = 1_000
SPAN = ("at_s", "end_s")


@dataclass(frozen=True)
class Note:
    """One note. `at_s`: its moment, None for the whole video; `end_s`: the end of a segment."""

    id: int
    video_id: int
    at_s: int | None
    end_s: int | None
    text: str

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> Self:
        """Read a note of Core's response.

        Raises: LookupError, TypeError, ValueError
        """
        at_s, end_s = (None if given[name] is None else int(given[name]) for name in SPAN)
        return cls(int(given["id"]), int(given["video_id"]), at_s, end_s, str(given["text"]))

    def to_json(self) -> dict[str, Any]:
        """Return the note in the format of Core's response, which `from_json` reads."""
        return asdict(self)

    @property
    def span(self) -> str:
        """Its moment or its segment, as in 1:05 or 1:05–1:20; "" for the whole video."""  # noqa: RUF002  a dash between two times
        times = (self.at_s, self.end_s) if self.at_s is not None else ()
        return "–".join(format_time(time) for time in times if time is not None)  # noqa: RUF001  same


def by_moment(note: Note) -> tuple[int, int]:
    """Order notes: first those on the whole video, then by their moments."""
    return (-1 if note.at_s is None else note.at_s), note.id

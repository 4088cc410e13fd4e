"""Saved videos, also those in the trash. Pure."""

from collections.abc import Iterable
from dataclasses import MISSING, dataclass, fields, replace
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any, Literal, Self

from app.text import fold, split_tags, tag_key
from app.training import days_between

UNAVAILABLE = ("private", "gone", "embedding_disabled")
"""Videos that don't play in a page."""
Action = Literal["tag", "untag", "delete", "restore"]
"""What one request does to many videos."""
TRASH_TTL = timedelta(days=30)
"""How long Core keeps a deleted video."""


@lru_cache(4_096)
def _keys(tags: tuple[str, ...]) -> frozenset[str]:
    """Cached: many videos have the same tags, and the first tap on a chip needs all keys."""
    return frozenset(map(tag_key, tags))


@dataclass(frozen=True)
class Video:
    """One saved video. `title` is None until it is known; `start_s` is None for the beginning."""

    id: int
    video_key: str
    url: str
    title: str | None
    channel: str | None
    tags: tuple[str, ...]
    start_s: int | None
    availability: str
    thumbnail_url: str
    created_at: str
    end_s: int | None = None
    """The user's own end; None: the end of the video."""
    minutes: int | None = None
    """The length of the workout, if known."""
    done_on: str | None = None
    """The last day of a workout with it."""
    done_count: int = 0

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> Self:
        """Read a video of Core's response; unknown fields are ignored, new ones may be missing.

        Raises: LookupError, TypeError, ValueError
        """
        values: dict[str, Any] = {
            field.name: given[field.name] if field.default is MISSING else given.get(field.name)
            for field in fields(cls)
        }
        values["done_count"] = values["done_count"] or 0
        if not isinstance(values["id"], int):
            raise TypeError("A video's id is a number.")
        return cls(**values | {"tags": split_tags(given["tags"])})

    def to_json(self) -> dict[str, Any]:
        """Return the video in the format of Core's response, which `from_json` reads."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return values | {"tags": ",".join(self.tags)}

    def with_tags(self, add: Iterable[str], remove: Iterable[str] = ()) -> Self:
        """Remove tags, then add tags."""
        gone = frozenset(map(tag_key, remove))
        kept = [name for name in self.tags if tag_key(name) not in gone]
        return replace(self, tags=split_tags(",".join((*kept, *add))))

    @property
    def name(self) -> str:
        """The title, or a placeholder while the title is unknown."""
        return self.title or f"YouTube {self.video_key}"

    @property
    def awaits_title(self) -> bool:
        """Whether Core still tries to fetch YouTube's title."""
        return self.title is None and self.availability == "unknown"

    @property
    def is_playable(self) -> bool:
        """Whether YouTube still shows it."""
        return self.availability not in ("gone", "private")

    @property
    def watch_url(self) -> str:
        """Its URL on YouTube, with the start time."""
        return self.url_at(self.start_s)

    def url_at(self, at_s: int | None) -> str:
        """Return its URL on YouTube, which starts at this time."""
        start = f"&t={at_s}s" if at_s else ""
        return f"https://www.youtube.com/watch?v={self.video_key}{start}"

    @cached_property
    def tag_keys(self) -> frozenset[str]:
        """The keys of its tags."""
        return _keys(self.tags)

    def prepare(self) -> None:
        """Cache the values that filters compare, so that the first key press is fast."""
        _ = self.search_text, self.tag_keys

    @cached_property
    def title_key(self) -> str:
        """The folded title, by which videos are sorted."""
        return fold(self.title or "")

    @cached_property
    def search_text(self) -> str:
        """The folded text that a search matches."""
        texts = (self.title or "", self.channel or "", self.url, self.video_key, *self.tags)
        return fold("\n".join(texts))


def done_words(video: Video, today: str) -> tuple[tuple[str, int], ...]:
    """Return the words, with their numbers, for the last workout and the number of workouts."""
    if not video.done_on:
        return (("not done", 0),)
    n = days_between(video.done_on, today)
    ago = "days ago" if n > 1 else ("yesterday" if n else "today")
    return (ago, n), ("times", video.done_count)


@dataclass(frozen=True)
class Trashed:
    """A video in the trash, and when the user deleted it."""

    video: Video
    deleted_at: str

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> Self:
        """Read a video of the trash.

        Raises: LookupError, TypeError, ValueError
        """
        return cls(Video.from_json(given), str(given["deleted_at"]))

    def days_left(self, now: datetime) -> int:
        """Return the number of days until Core purges the video; 0 in the last hours."""
        left = datetime.fromisoformat(self.deleted_at) + TRASH_TTL - now
        return min(max(round(left / timedelta(days=1)), 0), TRASH_TTL.days)

"""One saved video: how it is read, named and played. Pure."""

from collections.abc import Iterable
from dataclasses import MISSING, dataclass, fields, replace
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any, Self

from app.text import fold, split_tags, tag_key
from app.training import days_between

UNAVAILABLE = ("private", "gone", "embedding_disabled")
"""These don't play in a page."""
TRASH_TTL = timedelta(days=30)
"""How long Core keeps a deleted video."""


@lru_cache(4_096)
def _keys(tags: tuple[str, ...]) -> frozenset[str]:
    """Many videos share their tags: the first tap on a chip needs the keys of all of them."""
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
    """Where it ends otherwise than on YouTube."""
    duration_s: int | None = None
    """How long it is, if Core knows that."""
    minutes: int | None = None
    """How long it trains, if that is known."""
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
        """Return it as Core's response has it, to be stored and read again."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return values | {"tags": ",".join(self.tags)}

    def with_tags(self, add: Iterable[str], remove: Iterable[str] = ()) -> Self:
        """Remove tags, then add tags."""
        gone = frozenset(map(tag_key, remove))
        kept = [name for name in self.tags if tag_key(name) not in gone]
        return replace(self, tags=split_tags(",".join((*kept, *add))))

    @property
    def name(self) -> str:
        """The title, or a stand-in while the title is unknown."""
        return self.title or f"YouTube {self.video_key}"

    @property
    def awaits_title(self) -> bool:
        """Whether YouTube's title may still come."""
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
        """Return its URL on YouTube from a moment on."""
        start = f"&t={at_s}s" if at_s else ""
        return f"https://www.youtube.com/watch?v={self.video_key}{start}"

    @cached_property
    def tag_keys(self) -> frozenset[str]:
        """The keys of its tags."""
        return _keys(self.tags)

    def prepare(self) -> None:
        """Work out what filters compare, else the first key press does it for every video."""
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
    """Return the words, with their numbers, for when the user did a video last, and how often."""
    if not video.done_on:
        return (("not done", 0),)
    n = days_between(video.done_on, today)
    ago = "days ago" if n > 1 else ("yesterday" if n else "today")
    return (ago, n), ("times", video.done_count)


@dataclass(frozen=True)
class Trashed:
    """A video in the trash, and when it went there."""

    video: Video
    deleted_at: str

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> Self:
        """Read a video of the trash.

        Raises: LookupError, TypeError, ValueError
        """
        return cls(Video.from_json(given), str(given["deleted_at"]))

    def days_left(self, now: datetime) -> int:
        """Return in how many days Core deletes it for good; 0 in the last hours."""
        left = datetime.fromisoformat(self.deleted_at) + TRASH_TTL - now
        return min(max(round(left / timedelta(days=1)), 0), TRASH_TTL.days)

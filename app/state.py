"""What the app knows of the library, and what of it is looked at. Pure: no HTTP, no screen.

Every change makes a new state, so that whoever draws it can tell by identity what changed.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

MAX_CHIPS = 40


_ACCENTS = dict.fromkeys(range(0x0300, 0x0370))
_STROKES = str.maketrans("đðħıłøŧ", "ddhilot")
_LIGATURES = str.maketrans({"æ": "ae", "œ": "oe", "þ": "th"})
_BARE: dict[int, str | int | None] = {**_ACCENTS, **_STROKES, **_LIGATURES}


def fold(text: str) -> str:
    """Return what counts as the same word: as Core has it, no case, no width, no accents.

    Only European accents: Japanese voicing marks make another word.
    """
    bare = unicodedata.normalize("NFKD", text.casefold()).translate(_BARE)
    return unicodedata.normalize("NFKC", bare).casefold()


def split_tags(text: str) -> tuple[str, ...]:
    """Read tags as people type them, separated by commas; the first spelling of each is kept."""
    named: dict[str, str] = {}
    for part in text.split(","):
        named.setdefault(tag_key(part), part.strip())
    return tuple(name for key, name in named.items() if key)


def tag_key(name: str) -> str:
    """Return what makes two tags one: as Core has it, accents count and case does not."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).strip()


@dataclass(frozen=True)
class Video:
    """One saved video. `title` is None until it is known, `start_s` where it begins otherwise."""

    id: int
    video_key: str
    title: str | None
    channel: str | None
    tags: tuple[str, ...]
    start_s: int | None
    availability: str
    thumbnail_url: str
    created_at: str

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> Self:
        """Read what Core answers; fields that this app does not know are left aside.

        Raises: KeyError
        """
        names = ("id", "video_key", "title", "channel", "start_s", "availability")
        values = {name: given[name] for name in (*names, "thumbnail_url", "created_at")}
        return cls(**values, tags=split_tags(given["tags"]))

    @property
    def name(self) -> str:
        """What to call it while nobody knows its title."""
        return self.title or f"Video {self.video_key}"

    @property
    def watch_url(self) -> str:
        """Where YouTube plays it, from its start."""
        start = f"&t={self.start_s}s" if self.start_s else ""
        return f"https://www.youtube.com/watch?v={self.video_key}{start}"

    @cached_property
    def tag_keys(self) -> frozenset[str]:
        """Its tags as they are compared."""
        return frozenset(map(tag_key, self.tags))

    @cached_property
    def search_text(self) -> str:
        """What a search looks into."""
        return fold(" ".join((self.name, self.channel or "", self.video_key, *self.tags)))


@dataclass(frozen=True)
class Chip:
    """A tag to filter by, and how many of the videos in sight carry it."""

    name: str
    videos: int
    chosen: bool


@dataclass(frozen=True)
class LibraryState:
    """A person's videos, newest first, and the search and tags that narrow them."""

    videos: tuple[Video, ...] = ()
    loaded: bool = False
    query: str = ""
    chosen: tuple[str, ...] = field(default=())

    def with_videos(self, videos: Iterable[Video]) -> Self:
        """Take what Core answered; tags that nothing carries any more stop filtering."""
        newest = tuple(sorted(videos, key=lambda video: video.id, reverse=True))
        carried = frozenset().union(*(video.tag_keys for video in newest))
        kept = tuple(name for name in self.chosen if tag_key(name) in carried)
        return replace(self, videos=newest, loaded=True, chosen=kept)

    def with_video(self, video: Video) -> Self:
        """Add a video, or put it in the place of the one with its id."""
        others = [other for other in self.videos if other.id != video.id]
        return self.with_videos([video, *others])

    def without(self, video_id: int) -> Self:
        """Leave a video out."""
        return self.with_videos(video for video in self.videos if video.id != video_id)

    def searching(self, query: str) -> Self:
        """Look for videos in which every word of the query occurs."""
        return replace(self, query=query)

    def toggling(self, name: str) -> Self:
        """Choose a tag to filter by, or no longer."""
        key = tag_key(name)
        others = tuple(other for other in self.chosen if tag_key(other) != key)
        return replace(self, chosen=others if others != self.chosen else (*others, name))

    def unfiltered(self) -> Self:
        """Look at everything again."""
        return replace(self, query="", chosen=())

    def find(self, video_id: int) -> Video | None:
        """Return the video with this id, if it is there."""
        return next((video for video in self.videos if video.id == video_id), None)

    @property
    def filtered(self) -> bool:
        """Whether something is kept out of sight."""
        return bool(self.chosen or self.query.strip())

    @cached_property
    def shown(self) -> tuple[Video, ...]:
        """The videos that carry every chosen tag and hold every word of the query."""
        keys = frozenset(map(tag_key, self.chosen))
        words = fold(self.query).split()
        return tuple(
            video
            for video in self.videos
            if keys <= video.tag_keys and all(word in video.search_text for word in words)
        )

    @cached_property
    def chips(self) -> tuple[Chip, ...]:
        """The chosen tags, then what else the videos in sight carry, most frequent first."""
        counts = Counter(name for video in self.shown for name in video.tags)
        chosen = [Chip(name, counts.pop(name, 0), chosen=True) for name in self.chosen]
        others = sorted(counts.items(), key=lambda item: (-item[1], fold(item[0])))
        return (*chosen, *(Chip(name, n, chosen=False) for name, n in others[:MAX_CHIPS]))

    @cached_property
    def tag_names(self) -> tuple[str, ...]:
        """Every tag of the library, most used first: what a new video may get."""
        counts = Counter(name for video in self.videos for name in video.tags)
        return tuple(name for name, _ in sorted(counts.items(), key=lambda it: (-it[1], it[0])))


@dataclass(frozen=True)
class Draft:
    """What has been typed to save a video, or to tag one; `fault` says why it was not taken."""

    text: str = ""
    typed: str = ""
    tags: tuple[str, ...] = ()
    fault: str | None = None
    saving: bool = False

    @property
    def all_tags(self) -> tuple[str, ...]:
        """The tags that were entered, and those still in the field."""
        return split_tags(",".join((*self.tags, self.typed)))

    @property
    def ready(self) -> bool:
        """Whether there is something to save, and nobody does yet."""
        return bool(self.text.strip()) and not self.saving

    def with_tags(self, names: str) -> Self:
        """Enter tags; the field is free again."""
        return replace(self, tags=split_tags(",".join((*self.tags, names))), typed="")

    def without_tag(self, name: str) -> Self:
        """Take a tag back."""
        return replace(self, tags=tuple(tag for tag in self.tags if tag != name))

    def offered(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return those tags that it does not have yet."""
        taken = frozenset(map(tag_key, self.tags))
        return tuple(name for name in names if tag_key(name) not in taken)

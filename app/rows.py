"""A user's videos, notes and log in order, with cached indexes. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from operator import attrgetter
from typing import Any, Literal, Self, get_args

from app.notes import Note, by_moment
from app.searches import Search
from app.text import fold, tag_key
from app.training import Workout, by_day
from app.video import Video

Sort = Literal["newest", "oldest", "title", "due"]
SORTS: tuple[Sort, ...] = get_args(Sort)


def _by_age(video: Video) -> tuple[str, int]:
    return video.created_at, video.id


def _by_title(video: Video) -> tuple[bool, str, int]:
    """Videos without a title come last."""
    return not video.title, video.title_key, -video.id


def by_last_done(video: Video) -> str:
    """Videos that were never done come first, then the one done longest ago."""
    return video.done_on or ""


_TAGS = attrgetter("tags")
_ORDERS: dict[Sort, tuple[Callable[[Video], Any], bool]] = {
    "newest": (_by_age, True),
    "oldest": (_by_age, False),
    "title": (_by_title, False),
    "due": (by_last_done, False),
}


def count_tags(videos: Iterable[Video]) -> Counter[str]:
    """Return the number of videos for each tag, by its spelling."""
    return Counter(chain.from_iterable(map(_TAGS, videos)))


@dataclass(frozen=True)
class Rows:
    """Videos newest first, notes by their times, and the log with its newest day first."""

    videos: tuple[Video, ...] = ()
    notes: tuple[Note, ...] = ()
    workouts: tuple[Workout, ...] = ()
    searches: tuple[Search, ...] = ()
    """Oldest first."""

    @classmethod
    def sort(
        cls, videos: Iterable[Video], notes: Iterable[Note], workouts: Iterable[Workout]
    ) -> Self:
        """Sort rows."""
        return cls().with_videos(videos).with_notes(notes).with_workouts(workouts)

    def with_videos(self, videos: Iterable[Video]) -> Self:
        """Replace the videos."""
        return replace(self, videos=tuple(sorted(videos, key=_by_age, reverse=True)))

    def with_notes(self, notes: Iterable[Note]) -> Self:
        """Replace the notes."""
        return replace(self, notes=tuple(sorted(notes, key=by_moment)))

    def with_workouts(self, workouts: Iterable[Workout]) -> Self:
        """Replace the log."""
        return replace(self, workouts=tuple(sorted(workouts, key=by_day, reverse=True)))

    def with_searches(self, searches: Iterable[Search]) -> Self:
        """Replace the saved searches."""
        return replace(self, searches=tuple(sorted(searches, key=lambda one: one.id)))

    def ordered(self, sort: Sort) -> tuple[Video, ...]:
        """Return the sorted videos. They are cached, so a key press only filters them."""
        if sort not in self._orders:
            key, reverse = _ORDERS[sort]
            self._orders[sort] = tuple(sorted(self.videos, key=key, reverse=reverse))
        return self._orders[sort]

    @cached_property
    def _orders(self) -> dict[Sort, tuple[Video, ...]]:
        return {"newest": self.videos}

    @cached_property
    def by_id(self) -> dict[int, Video]:
        """The videos by their ids."""
        return {video.id: video for video in self.videos}

    @cached_property
    def by_key(self) -> dict[str, Video]:
        """The videos by YouTube's keys, which the log has."""
        return {video.video_key: video for video in self.videos}

    @cached_property
    def notes_by_video(self) -> dict[int, tuple[Note, ...]]:
        """The notes of each video with notes."""
        found: dict[int, list[Note]] = {}
        for note in self.notes:
            found.setdefault(note.video_id, []).append(note)
        return {video_id: tuple(notes) for video_id, notes in found.items()}

    @cached_property
    def note_texts(self) -> dict[int, str]:
        """The folded text of the notes, for each video with notes."""
        return {
            video_id: fold("\n".join(note.text for note in notes))
            for video_id, notes in self.notes_by_video.items()
        }

    def search_texts(self, sort: Sort) -> tuple[str, ...]:
        """Return the searchable text of each sorted video: a key press reads only these texts."""
        if sort not in self._search_texts:
            noted = self.note_texts
            self._search_texts[sort] = tuple(
                f"{one.search_text}\n{noted[one.id]}" if one.id in noted else one.search_text
                for one in self.ordered(sort)
            )
        return self._search_texts[sort]

    def tag_keys(self, sort: Sort) -> tuple[frozenset[str], ...]:
        """Return the keys of the tags of each sorted video."""
        if sort not in self._tag_keys:
            self._tag_keys[sort] = tuple(one.tag_keys for one in self.ordered(sort))
        return self._tag_keys[sort]

    @cached_property
    def _tag_keys(self) -> dict[Sort, tuple[frozenset[str], ...]]:
        return {}

    @cached_property
    def _search_texts(self) -> dict[Sort, tuple[str, ...]]:
        return {}

    def done(self, video_key: str) -> tuple[str | None, int]:
        """Return the last day of a workout with a video, and how many there are."""
        days = [one.day for one in self.workouts if one.video_key == video_key]
        return max(days, default=None), len(days)

    @cached_property
    def done_by_tag(self) -> dict[str, str]:
        """The last workout day of each tag's videos, by the tag's key."""
        found: dict[str, str] = {}
        for video in self.videos:
            if day := video.done_on:
                for key in video.tag_keys:
                    found[key] = max(day, found.get(key, ""))
        return found

    @cached_property
    def names(self) -> dict[str, int]:
        """The number of videos for each tag, by its spelling."""
        return count_tags(self.videos)

    @cached_property
    def counts(self) -> dict[str, tuple[str, int]]:
        """Each tag's spelling and number of videos by its key; the tag used last comes first."""
        found: dict[str, tuple[str, int]] = {}
        for name, videos in self.names.items():
            spelling, before = found.get(tag_key(name), (name, 0))
            found[tag_key(name)] = (spelling, before + videos)
        return found

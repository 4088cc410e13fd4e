"""Optimistic changes: how they are stored, and how they change the library. Pure.

Changes are applied on top of the confirmed rows, so a refused change needs no rollback. A change
contains its videos, so that an undo can show a deleted video again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

from app.notes import Note
from app.searches import Search
from app.state import LibraryState
from app.sync.entries import (
    ENTRIES,
    NOTES,
    SEARCHES,
    WORKOUTS,
    EntryKind,
    with_note,
    with_search,
    with_workout,
)
from app.training import Workout, draw_id
from app.video import Video

Kind = Literal["save", "edit", "batch"] | EntryKind
"""`save`: POST /videos; `edit`: PATCH one video; `batch`: POST /videos/batch."""
KINDS: tuple[str, ...] = ("save", "edit", "batch", *ENTRIES)
Action = Literal["tag", "untag", "delete", "restore"]


@dataclass(frozen=True)
class Change:
    """One change; `body` is the body for Core, with the ids of a note or of a row of the log.

    `fault` is Core's English sentence if it refused the change.
    """

    kind: Kind
    body: dict[str, Any]
    videos: tuple[Video, ...] = ()
    number: int = 0
    """Changes are sent in the order of their numbers."""
    label: str = ""
    """A name for the change, for sentences."""
    fault: str = ""
    reason: tuple[str, str] = ("", "")
    """The kind of Core's problem, and its code."""

    @property
    def ids(self) -> tuple[int, ...]:
        """The ids of the changed videos."""
        return tuple(video.id for video in self.videos)

    @property
    def tags(self) -> tuple[str, ...]:
        """The added or removed tags."""
        return tuple(
            name for key in ("tags", "add_tags", "remove_tags") for name in self.body.get(key, ())
        )

    def apply_to(self, library: LibraryState) -> LibraryState:
        """Return the library with this change applied optimistically."""
        if self.kind == "save":
            return library
        if self.kind == "batch":
            return self._apply_batch(library)
        if self.kind in WORKOUTS:
            return with_workout(library, self.kind, self.body, self.videos)
        if self.kind in NOTES:
            return with_note(library, self.kind, self.body)
        if self.kind in SEARCHES:
            return with_search(library, self.kind, self.body)
        present = library.present(self.ids)
        return library.with_changed(*(_edited(library, one, self.body) for one in present))

    def _apply_batch(self, library: LibraryState) -> LibraryState:
        action: Action = self.body["action"]
        if action == "delete":
            return library.without(*self.ids)
        if action == "restore":
            return library.with_changed(*self.videos)
        add, remove = (self.tags, ()) if action == "tag" else ((), self.tags)
        added = [library.spelling(name) for name in add]
        present = library.present(self.ids)
        return library.with_changed(*(one.with_tags(added, remove) for one in present))

    def to_json(self) -> dict[str, Any]:
        """Return the change as JSON, to store it."""
        values = {"kind": self.kind, "body": self.body, "number": self.number}
        videos = [video.to_json() for video in self.videos]
        refusal = {"fault": self.fault, "reason": [*self.reason]}
        return values | refusal | {"videos": videos, "label": self.label}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Read what `to_json` returned.

        Raises: LookupError, TypeError, ValueError, AttributeError
        """
        if stored["kind"] not in KINDS or not isinstance(stored["body"], dict):
            raise ValueError(stored["kind"])
        videos = tuple(map(Video.from_json, stored["videos"]))
        kind, code = map(str, stored["reason"])
        return cls(
            stored["kind"],
            stored["body"],
            videos,
            int(stored["number"]),
            str(stored["label"]),
            str(stored["fault"]),
            (kind, code),
        )


def _edited(library: LibraryState, video: Video, body: dict[str, Any]) -> Video:
    given = {name: body[name] for name in ("title", "start_s", "end_s") if name in body}
    added = [library.spelling(name) for name in body.get("add_tags", ())]
    return replace(video, **given).with_tags(added, body.get("remove_tags", ()))


def save_video(text: str, tags: Iterable[str]) -> Change:
    """Save the video whose link is in the text."""
    return Change("save", {"url": text, "tags": [*tags]}, label=text)


def update_video(video: Video, **body: Any) -> Change:
    """Change the fields of one video: `title`, `start_s`, `end_s`, `add_tags`, `remove_tags`."""
    return Change("edit", body, (video,), label=video.name)


def batch(action: Action, videos: Sequence[Video], tags: Iterable[str] = ()) -> Change:
    """Tag, untag, delete or restore videos."""
    body: dict[str, Any] = {"action": action}
    if named := [*tags]:
        body["tags"] = named
    return Change("batch", body, tuple(videos), label=videos[0].name if len(videos) == 1 else "")


def add_workout(video: Video, day: str, minutes: int | None, workout_id: int = 0) -> Change:
    """Log a workout with the video."""
    body = {"id": workout_id or draw_id(), "video_id": video.id, "day": day, "minutes": minutes}
    return Change("workout", body, (video,), label=video.name)


def restore_workout(video: Video, workout: Workout) -> Change:
    """Add a deleted row to the log again."""
    names = ("id", "day", "minutes", "effort", "comment")
    body = {name: getattr(workout, name) for name in names} | {"video_id": video.id}
    return Change("workout", body, (video,), label=video.name)


def update_workout(workout: Workout, **fields: Any) -> Change:
    """Change a row of the log: `day`, `minutes`, `effort`, `comment`."""
    return Change("relog", {"id": workout.id} | fields, label=workout.name)


def delete_workout(workout: Workout) -> Change:
    """Delete a row of the log."""
    return Change("unlog", {"id": workout.id}, label=workout.name)


def add_note(video: Video, **fields: Any) -> Change:
    """Add a note to a video: `at_s`, `end_s`, `text`."""
    body = {"id": draw_id(), "video_id": video.id} | fields
    return Change("note", body, label=fields["text"] or video.name)


def restore_note(note: Note) -> Change:
    """Add a deleted note again."""
    return Change("note", note.to_json(), label=note.text)


def update_note(note: Note, **fields: Any) -> Change:
    """Change a note: `at_s`, `end_s`, `text`."""
    body = {"id": note.id, "video_id": note.video_id} | fields
    return Change("renote", body, label=fields.get("text") or note.text)


def delete_note(note: Note) -> Change:
    """Delete a note."""
    return Change("unnote", {"id": note.id, "video_id": note.video_id}, label=note.text)


def add_search(name: str, query: str) -> Change:
    """Save a search."""
    return restore_search(Search(draw_id(), name, query))


def restore_search(search: Search) -> Change:
    """Save a deleted search again."""
    return Change("search", search.to_json(), label=search.name)


def update_search(search: Search, **fields: Any) -> Change:
    """Change a saved search: `name`, `query`."""
    return Change("research", {"id": search.id} | fields, label=search.name)


def delete_search(search: Search) -> Change:
    """Delete a saved search."""
    return Change("unsearch", {"id": search.id}, label=search.name)

"""Changes of the log."""

from typing import Any

from app.state import LibraryState
from app.sync.changes import Change, Kind
from app.sync.entries import sender, with_added, with_changed, with_deleted
from app.training import Workout, draw_id
from app.video import Video

_ABSENT = {"minutes": None, "effort": None, "comment": None}


def _add(library: LibraryState, change: Change) -> LibraryState:
    [video] = change.videos
    named = {"video_key": video.video_key, "title": video.title}
    new = Workout.from_json(_ABSENT | change.body | named)
    return library.with_log(with_added(library.workouts, new), new.video_key)


def _change(library: LibraryState, change: Change) -> LibraryState:
    old = _find(library, change)
    rows = with_changed(library.workouts, change.body)
    return library.with_log(rows, old.video_key) if old else library


def _delete(library: LibraryState, change: Change) -> LibraryState:
    old = _find(library, change)
    rows = with_deleted(library.workouts, change.body)
    return library.with_log(rows, old.video_key) if old else library


def _find(library: LibraryState, change: Change) -> Workout | None:
    return next((one for one in library.workouts if one.id == change.body["id"]), None)


ADD = Kind("workout.add", sender("POST", "/workouts"), _add)
CHANGE = Kind("workout.change", sender("PATCH", "/workouts/{id}"), _change)
DELETE = Kind("workout.delete", sender("DELETE", "/workouts/{id}"), _delete, done_if_missing=True)
KINDS = (ADD, CHANGE, DELETE)


def add_workout(video: Video, day: str, minutes: int | None, workout_id: int = 0) -> Change:
    """Log a workout with the video."""
    body = {"id": workout_id or draw_id(), "video_id": video.id, "day": day, "minutes": minutes}
    return Change(ADD, body, (video,), label=video.name)


def restore_workout(video: Video, workout: Workout) -> Change:
    """Add a deleted row to the log again."""
    names = ("id", "day", "minutes", "effort", "comment")
    body = {name: getattr(workout, name) for name in names} | {"video_id": video.id}
    return Change(ADD, body, (video,), label=video.name)


def change_workout(workout: Workout, **fields: Any) -> Change:
    """Change a row of the log: `day`, `minutes`, `effort`, `comment`."""
    return Change(CHANGE, {"id": workout.id} | fields, label=workout.name)


def delete_workout(workout: Workout) -> Change:
    """Delete a row of the log."""
    return Change(DELETE, {"id": workout.id}, label=workout.name)

"""Applies changes of notes, of the log and of saved searches to the library. Pure.

The app draws the id of a new row, so that a retry is idempotent.
"""

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain
from typing import Any, Literal, TypeVar

from app.notes import Note
from app.searches import Search
from app.state import LibraryState
from app.training import Workout
from app.video import Video

EntryKind = Literal[
    "workout", "relog", "unlog", "note", "renote", "unnote", "search", "research", "unsearch"
]
"""A row of the log, a note or a saved search: added, changed, deleted."""
WORKOUTS: tuple[EntryKind, ...] = ("workout", "relog", "unlog")
NOTES: tuple[EntryKind, ...] = ("note", "renote", "unnote")
SEARCHES: tuple[EntryKind, ...] = ("search", "research", "unsearch")
ENTRIES = (*WORKOUTS, *NOTES, *SEARCHES)

_Row = TypeVar("_Row", Note, Workout, Search)


def with_note(library: LibraryState, kind: str, body: dict[str, Any]) -> LibraryState:
    """Return the library with a change of a note; `body` has the ids of the note and its video."""
    note_id = body["id"]
    if kind == "note":
        note = Note.from_json(body)
        return library.with_notes(_added(library.notes, note))
    if kind == "unnote":
        return library.with_notes(one for one in library.notes if one.id != note_id)
    return library.with_notes(_changed(library.notes, body))


def with_search(library: LibraryState, kind: str, body: dict[str, Any]) -> LibraryState:
    """Return the library with a change of a saved search."""
    if kind == "search":
        return library.with_searches(_added(library.searches, Search.from_json(body)))
    if kind == "unsearch":
        return library.with_searches(one for one in library.searches if one.id != body["id"])
    return library.with_searches(_changed(library.searches, body))


def with_workout(
    library: LibraryState, kind: str, body: dict[str, Any], videos: tuple[Video, ...]
) -> LibraryState:
    """Return the library with a change of the log; a new row copies the title of its video."""
    if kind == "workout":
        new = Workout.from_json(_ABSENT | body | _named(videos[0]))
        return library.with_log(_added(library.workouts, new), new.video_key)
    old = next((one for one in library.workouts if one.id == body["id"]), None)
    if old is None:
        return library
    if kind == "unlog":
        left = (one for one in library.workouts if one is not old)
        return library.with_log(left, old.video_key)
    return library.with_log(_changed(library.workouts, body), old.video_key)


_ABSENT = {"minutes": None, "effort": None, "comment": None}


def _named(video: Video) -> dict[str, Any]:
    return {"video_key": video.video_key, "title": video.title}


def _added(rows: Iterable[_Row], new: _Row) -> Iterable[_Row]:
    """Add a row, unless Core has already confirmed it."""
    return rows if any(one.id == new.id for one in rows) else chain(rows, (new,))


def _changed(rows: Iterable[_Row], body: dict[str, Any]) -> Iterable[_Row]:
    fields = {name: value for name, value in body.items() if name not in ("id", "video_id")}
    return (replace(one, **fields) if one.id == body["id"] else one for one in rows)

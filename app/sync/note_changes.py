"""Changes of notes."""

from typing import Any

from app.notes import Note
from app.state import LibraryState
from app.sync.changes import Change, Kind
from app.sync.entries import sender, with_added, with_changed, with_deleted
from app.training import draw_id
from app.video import Video

_NOTES = "/videos/{video_id}/notes"
_NOTE = f"{_NOTES}/{{id}}"


def _add(library: LibraryState, change: Change) -> LibraryState:
    return library.with_notes(with_added(library.notes, Note.from_json(change.body)))


def _change(library: LibraryState, change: Change) -> LibraryState:
    return library.with_notes(with_changed(library.notes, change.body))


def _delete(library: LibraryState, change: Change) -> LibraryState:
    return library.with_notes(with_deleted(library.notes, change.body))


ADD = Kind("note.add", sender("POST", _NOTES), _add)
CHANGE = Kind("note.change", sender("PATCH", _NOTE), _change)
DELETE = Kind("note.delete", sender("DELETE", _NOTE), _delete, done_if_missing=True)
KINDS = (ADD, CHANGE, DELETE)


def add_note(video: Video, **fields: Any) -> Change:
    """Add a note to a video: `at_s`, `end_s`, `text`."""
    body = {"id": draw_id(), "video_id": video.id} | fields
    return Change(ADD, body, label=fields["text"] or video.name)


def restore_note(note: Note) -> Change:
    """Add a deleted note again."""
    return Change(ADD, note.to_json(), label=note.text)


def change_note(note: Note, **fields: Any) -> Change:
    """Change a note: `at_s`, `end_s`, `text`."""
    body = {"id": note.id, "video_id": note.video_id} | fields
    return Change(CHANGE, body, label=fields.get("text") or note.text)


def delete_note(note: Note) -> Change:
    """Delete a note."""
    return Change(DELETE, {"id": note.id, "video_id": note.video_id}, label=note.text)

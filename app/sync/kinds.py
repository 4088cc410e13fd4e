"""The kinds of change. A new kind is written in the module of its noun, in its `KINDS`.

The web app has the same registry in `core/web/js/changes/changes.js`.
"""

from typing import Any

from app.sync import note_changes, search_changes, video_changes, workout_changes
from app.sync.changes import Change, Kind

_NOUNS = (video_changes, note_changes, workout_changes, search_changes)
KINDS: dict[str, Kind] = {kind.name: kind for noun in _NOUNS for kind in noun.KINDS}

OLD_NAMES = {
    "save": "video.save",
    "edit": "video.change",
    "workout": "workout.add",
    "relog": "workout.change",
    "unlog": "workout.delete",
    "note": "note.add",
    "renote": "note.change",
    "unnote": "note.delete",
    "search": "search.add",
    "research": "search.change",
    "unsearch": "search.delete",
}
"""Names that earlier versions stored on devices."""


def read_change(stored: dict[str, Any]) -> Change:
    """Read a stored change, also one of an older version.

    Raises: LookupError, TypeError, ValueError, AttributeError
    """
    name = stored["kind"]
    if name == "batch":  # an earlier version stored the action in the body
        name = f"video.{stored['body']['action']}"
    return Change.from_json(KINDS[OLD_NAMES.get(name, name)], stored)

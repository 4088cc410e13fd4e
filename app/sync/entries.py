"""What changes of notes, of the log and of saved searches have in common.

The app draws the id of a new row, so that a retry is idempotent.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from itertools import chain
from typing import Any, TypeVar

from app.notes import Note
from app.searches import Search
from app.sync.changes import Api, Change, Sent
from app.training import Workout

_Row = TypeVar("_Row", Note, Workout, Search)


def sender(method: str, path: str) -> Callable[[Api, Change], Awaitable[Sent]]:
    """Return what sends a change; the path has names of the body's fields in braces."""

    async def send(api: Api, change: Change) -> Sent:
        await api.send_entry(method, path, change.body)
        return Sent()

    return send


def with_added(rows: tuple[_Row, ...], new: _Row) -> Iterable[_Row]:
    """Add a row, unless Core has already confirmed it."""
    return rows if any(one.id == new.id for one in rows) else chain(rows, (new,))


def with_changed(rows: Iterable[_Row], body: dict[str, Any]) -> Iterable[_Row]:
    """Replace fields of the row with the body's id."""
    fields = {name: value for name, value in body.items() if name not in ("id", "video_id")}
    return (replace(one, **fields) if one.id == body["id"] else one for one in rows)


def with_deleted(rows: Iterable[_Row], body: dict[str, Any]) -> Iterable[_Row]:
    """Remove the row with the body's id."""
    return (one for one in rows if one.id != body["id"])

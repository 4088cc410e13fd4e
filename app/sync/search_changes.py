"""Changes of saved searches."""

from typing import Any

from app.searches import Search
from app.state import LibraryState
from app.sync.changes import Change, Kind
from app.sync.entries import sender, with_added, with_changed, with_deleted
from app.training import draw_id


def _add(library: LibraryState, change: Change) -> LibraryState:
    return library.with_searches(with_added(library.searches, Search.from_json(change.body)))


def _change(library: LibraryState, change: Change) -> LibraryState:
    return library.with_searches(with_changed(library.searches, change.body))


def _delete(library: LibraryState, change: Change) -> LibraryState:
    return library.with_searches(with_deleted(library.searches, change.body))


ADD = Kind("search.add", sender("POST", "/searches"), _add)
CHANGE = Kind("search.change", sender("PATCH", "/searches/{id}"), _change)
DELETE = Kind("search.delete", sender("DELETE", "/searches/{id}"), _delete, done_if_missing=True)
KINDS = (ADD, CHANGE, DELETE)


def add_search(name: str, query: str) -> Change:
    """Save a search."""
    return restore_search(Search(draw_id(), name, query))


def restore_search(search: Search) -> Change:
    """Save a deleted search again."""
    return Change(ADD, search.to_json(), label=search.name)


def change_search(search: Search, **fields: Any) -> Change:
    """Change a saved search: `name`, `query`."""
    return Change(CHANGE, {"id": search.id} | fields, label=search.name)


def delete_search(search: Search) -> Change:
    """Delete a saved search."""
    return Change(DELETE, {"id": search.id}, label=search.name)

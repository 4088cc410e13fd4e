"""A user's saved searches: names for sets of filters, which the clients apply."""

from collections.abc import Container, Iterable
from itertools import count
from typing import Any

from core.codes import FaultCode
from core.database.session import Session
from core.errors import InvalidInput, NotFound
from core.queries import changes, searches, users
from core.queries.changes import Deletion
from core.queries.searches import Search
from core.queries.videos import Stamp
from core.schemas.searches import SearchCreate, SearchUpdate
from core.schemas.searches import rename_tag as with_renamed_tag
from core.services.stored import Stored
from core.services.users import lock, require_revision
from core.text import tag_key
from core.time_ids import time_ordered_id, utc_now

MAX_SEARCHES = 20


def no_search() -> NotFound:
    """Build the error for a missing saved search, which is the same for another user's."""
    return NotFound("There is no such saved search in your library.")


async def create(session: Session, owner_id: int, new: SearchCreate) -> Stored:
    """Save a search; if its id is taken, return the stored one, since a client may retry.

    Raises: InvalidInput: another one has the name, or there are too many.
    """
    revision = await lock(session, owner_id)
    known = await searches.find_all(session, owner_id)
    if new.id is not None and any(each.id == new.id for each in known):
        return await _stored(session, owner_id, new.id, revision)
    _require_free(new.name, known)
    if len(known) >= MAX_SEARCHES:
        raise InvalidInput(
            "#", FaultCode.TOO_MANY_SEARCHES, f"A user has at most {MAX_SEARCHES} saved searches."
        )
    stamp = Stamp(utc_now(), revision + 1)
    row = {"created_at": stamp.now, **columns(new.name, new.query, stamp)}
    for attempt in count():
        drawn = time_ordered_id(stamp.now, attempt) if new.id is None else new.id
        if await searches.insert_if_free(session, owner_id, {**row, "id": drawn}):
            break
    revision = await users.bump_revision(session, owner_id, stamp.now)
    return await _stored(session, owner_id, drawn, revision, created=True)


async def update(
    session: Session,
    owner_id: int,
    search_id: int,
    change: SearchUpdate,
    only_at: Container[int] | None,
) -> Stored:
    """Change only the given fields.

    Raises: NotFound, PreconditionFailed, InvalidInput: another one has the name.
    """
    search, others, revision = await _find(session, owner_id, search_id, only_at)
    changed = search._replace(**change.model_dump(exclude_unset=True))
    if changed != search:
        _require_free(changed.name, others)
        stamp = Stamp(utc_now(), revision + 1)
        written = columns(changed.name, changed.query, stamp)
        await searches.change(session, owner_id, search_id, written)
        revision = await users.bump_revision(session, owner_id, stamp.now)
    return await _stored(session, owner_id, search_id, revision)


async def delete(
    session: Session, owner_id: int, search_id: int, only_at: Container[int] | None
) -> int:
    """Delete a saved search; return the library's new revision.

    Raises: NotFound, PreconditionFailed.
    """
    _, _, revision = await _find(session, owner_id, search_id, only_at)
    stamp = Stamp(utc_now(), revision + 1)
    await _delete(session, owner_id, search_id, stamp)
    return await users.bump_revision(session, owner_id, stamp.now)


async def _delete(session: Session, owner_id: int, search_id: int, stamp: Stamp) -> None:
    await searches.delete_one(session, owner_id, search_id)
    deletion = Deletion(stamp.revision, "searches", search_id, stamp.now)
    await changes.record_deletion(session, owner_id, deletion)


async def rename_tag(
    session: Session, owner_id: int, key: str, new_name: str | None, stamp: Stamp
) -> None:
    """Rename a tag in the saved searches; None: remove the deleted tag.

    A search with only a deleted tag would show every video, so it is deleted too.
    """
    for search in await searches.find_all(session, owner_id):
        query = with_renamed_tag(search.query, key, new_name)
        if not query:
            await _delete(session, owner_id, search.id, stamp)
        elif query != search.query:
            await searches.change(session, owner_id, search.id, columns(search.name, query, stamp))


def columns(name: str, query: str, stamp: Stamp) -> dict[str, Any]:
    """Return the columns that every write of a saved search sets."""
    written = {"name": name, "name_key": tag_key(name), "query": query}
    return {**written, "updated_at": stamp.now, "revision": stamp.revision}


async def _find(
    session: Session, owner_id: int, search_id: int, only_at: Container[int] | None
) -> tuple[Search, list[Search], int]:
    """Find a saved search, and the others of the owner."""
    revision = await lock(session, owner_id)
    by_id = {each.id: each for each in await searches.find_all(session, owner_id)}
    search = by_id.pop(search_id, None)
    if search is None:
        raise no_search()
    require_revision(revision, only_at)
    return search, [*by_id.values()], revision


async def _stored(
    session: Session, owner_id: int, search_id: int, revision: int, *, created: bool = False
) -> Stored:
    json = await searches.get_json(session, owner_id, search_id)
    if json is None:
        raise no_search()
    return Stored(search_id, json, revision, created)


def _require_free(name: str, others: Iterable[Search]) -> None:
    """Raises: InvalidInput: another saved search has this name, in any letter case."""
    if tag_key(name) in {each.name_key for each in others}:
        raise InvalidInput("#/name", FaultCode.NAME_TAKEN, "Another saved search has this name.")

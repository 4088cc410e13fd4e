"""A person's tags. Their videos' tags change with them, those in the trash included."""

import asyncio
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from core import text
from core.clock import utc_now
from core.database import Row, Session
from core.errors import NotFound
from core.queries import tags, users, videos
from core.services.users import lock, require_revision

_PART = 500
"""How many videos are written in one go."""


@dataclass(frozen=True, slots=True)
class Renamed:
    """A tag as it is now, how many live videos carry it, and the library's revision."""

    name: str
    videos: int
    revision: int


async def rename(
    session: Session, owner_id: int, name: str, new_name: str, only_at: Container[int] | None
) -> Renamed:
    """Rename a tag; onto another tag it merges, and that one's spelling stays.

    Raises: NotFound, PreconditionFailed.
    """
    key, new_key = text.tag_key(name), text.tag_key(new_name)
    spelled, revision = await _find(session, owner_id, key, only_at)
    if new_name != spelled:
        now = utc_now()
        spelled = await _adopt(session, owner_id, key, new_key, new_name)
        renamed = partial(_renamed, key=key, new_key=new_key, spelled=spelled)
        await _rewrite_all(session, owner_id, key, renamed, now)
        if new_key != key:
            await tags.replace(session, owner_id, key, new_key)
        revision = await users.bump_revision(session, owner_id, now)
    return Renamed(spelled, await tags.count_videos(session, owner_id, new_key), revision)


async def _adopt(session: Session, owner_id: int, key: str, new_key: str, new_name: str) -> str:
    """See that there is the new tag; return how it is spelled."""
    if new_key == key:
        await tags.respell(session, owner_id, key, new_name)
        return new_name
    names = await tags.adopt(session, owner_id, {new_key: new_name})
    return names[new_key]


def _renamed(row: Row, key: str, new_key: str, spelled: str) -> dict[str, str]:
    """Keep the order; where both tags were, the new one stands at the first of the two places."""
    both = {key, new_key}
    before = text.read_joined(row["tags"])
    return dict((new_key, spelled) if k in both else (k, name) for k, name in before.items())


async def delete(session: Session, owner_id: int, name: str, only_at: Container[int] | None) -> int:
    """Take a tag off every video and forget it; return the library's new revision.

    Raises: NotFound, PreconditionFailed.
    """
    key = text.tag_key(name)
    await _find(session, owner_id, key, only_at)
    now = utc_now()
    await _rewrite_all(session, owner_id, key, partial(_without, key=key), now)
    await tags.delete_everywhere(session, owner_id, key)
    return await users.bump_revision(session, owner_id, now)


def _without(row: Row, key: str) -> dict[str, str]:
    return {k: name for k, name in text.read_joined(row["tags"]).items() if k != key}


async def _find(
    session: Session, owner_id: int, key: str, only_at: Container[int] | None
) -> tuple[str, int]:
    revision = await lock(session, owner_id)
    spelled = await tags.find(session, owner_id, key)
    if spelled is None:
        raise NotFound("There is no such tag in your library.")
    require_revision(revision, only_at)
    return spelled, revision


async def _rewrite_all(
    session: Session,
    owner_id: int,
    key: str,
    new_names: Callable[[Row], dict[str, str]],
    now: datetime,
) -> None:
    """Write the tags of every video with a tag anew; only a part of them is in memory at once."""
    after_id = -1
    while rows := await tags.find_videos(session, owner_id, key, after_id, _PART):
        await rewrite(session, owner_id, [(row, new_names(row)) for row in rows], now)
        after_id = rows[-1]["id"]


async def rewrite(
    session: Session, owner_id: int, changed: Sequence[tuple[Row, dict[str, str]]], now: datetime
) -> None:
    """Write the tags of many videos, each with its tags by key, as text and to be searched."""
    for start in range(0, len(changed), _PART):
        part = changed[start : start + _PART]
        values = {row["id"]: _new_tags(row, ",".join(names.values()), now) for row, names in part}
        await videos.set_tags(session, owner_id, values)
        await asyncio.sleep(0)  # SQLite works in the event loop; meanwhile others may read


def _new_tags(row: Row, joined: str, now: datetime) -> dict[str, object]:
    return {
        "tags": joined,
        "search_text": text.search_text(row["title"], row["channel"], row["url"], joined),
        "updated_at": now,
    }

"""A user's tags. The tags of their videos change with them, also in the trash."""

import asyncio
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from functools import partial

from core import text
from core.database.session import Session
from core.errors import NotFound, TooMuchAtOnce
from core.queries import tags, users, videos
from core.queries.videos import Stamp
from core.services import searches
from core.services.users import lock, require_revision
from core.time_ids import utc_now

Change = Callable[[dict[str, str]], dict[str, str]]
"""Maps the tags of a video, by key, to its new tags."""

MAX_VIDEOS = 50_000
MAX_CHARACTERS = 10_000_000
"""The most that one request may change: other writers wait for its transaction, about a second."""
_PART = 1_000
"""How many videos one statement writes."""
_YIELD_EVERY = 20
"""Different lists of tags, each of up to 50 tags."""


@dataclass(frozen=True, slots=True)
class Renamed:
    """A renamed tag, its counts, and the library's revision."""

    name: str
    counted: tags.Counted
    revision: int


async def rename(
    session: Session, owner_id: int, name: str, new_name: str, only_at: Container[int] | None
) -> Renamed:
    """Rename a tag; if another tag has the new name, the two merge in that tag's spelling.

    Raises: NotFound, PreconditionFailed, TooMuchAtOnce.
    """
    key, new_key = text.tag_key(name), text.tag_key(new_name)
    spelled, revision = await _find(session, owner_id, key, only_at)
    if new_name != spelled:
        stamp = Stamp(utc_now(), revision + 1)
        spelled = await _get_or_create(session, owner_id, key, new_key, new_name)
        renamed = partial(_renamed, key=key, new_key=new_key, spelled=spelled)
        await _rewrite_all(session, owner_id, key, renamed, stamp)
        if new_key != key:
            await tags.replace(session, owner_id, key, new_key)
        await searches.rename_tag(session, owner_id, key, spelled, stamp)
        revision = await users.bump_revision(session, owner_id, stamp.now)
    return Renamed(spelled, await tags.count(session, owner_id, new_key), revision)


async def _get_or_create(
    session: Session, owner_id: int, key: str, new_key: str, new_name: str
) -> str:
    """Create the new tag unless it exists; return its spelling."""
    if new_key == key:
        await tags.respell(session, owner_id, key, new_name)
        return new_name
    names = await tags.get_or_create_tags(session, owner_id, {new_key: new_name})
    return names[new_key]


def _renamed(before: dict[str, str], key: str, new_key: str, spelled: str) -> dict[str, str]:
    """Keep the order; where both tags were, the new one takes the first of the two places."""
    both = {key, new_key}
    return dict((new_key, spelled) if k in both else (k, name) for k, name in before.items())


async def delete(session: Session, owner_id: int, name: str, only_at: Container[int] | None) -> int:
    """Remove a tag from every video and delete it; return the library's new revision.

    Raises: NotFound, PreconditionFailed, TooMuchAtOnce.
    """
    key = text.tag_key(name)
    _, revision = await _find(session, owner_id, key, only_at)
    stamp = Stamp(utc_now(), revision + 1)
    await _rewrite_all(session, owner_id, key, partial(_without, key=key), stamp)
    await tags.delete_everywhere(session, owner_id, key)
    await searches.rename_tag(session, owner_id, key, None, stamp)
    return await users.bump_revision(session, owner_id, stamp.now)


def _without(before: dict[str, str], key: str) -> dict[str, str]:
    return {k: name for k, name in before.items() if k != key}


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
    session: Session, owner_id: int, key: str, change: Change, stamp: Stamp
) -> None:
    """Rewrite the tags of every video with a tag, one part of the videos in memory at a time.

    Raises: TooMuchAtOnce
    """
    await _require_bounded(session, owner_id, key)
    after_id = -1
    while part := await tags.list_joined(session, owner_id, key, after_id, _PART):
        await rewrite(session, owner_id, part, change, stamp)
        after_id, _ = part[-1]


async def _require_bounded(session: Session, owner_id: int, key: str) -> None:
    count, characters = await tags.measure(session, owner_id, key)
    if count > MAX_VIDEOS or characters > MAX_CHARACTERS:
        raise TooMuchAtOnce(
            f"{count:,} videos carry this tag, with texts of {characters:,} characters together. "
            f"One request changes up to {MAX_VIDEOS:,} videos with {MAX_CHARACTERS:,} "
            "characters. Change the videos in parts, by POST /videos/batch."
        )


async def rewrite(
    session: Session, owner_id: int, part: Iterable[tuple[int, str]], change: Change, stamp: Stamp
) -> None:
    """Change the tags of videos, each given as its id and its joined tags."""
    known: dict[str, tuple[str, str, int]] = {}
    changed: list[videos.NewTags] = []
    for video_id, joined in part:
        if joined not in known:
            known[joined] = _new_texts(joined, change)
            if len(known) % _YIELD_EVERY == 0:
                await asyncio.sleep(0)  # other users' requests
        changed.append(videos.NewTags(video_id, *known[joined]))
    await videos.set_tags(session, owner_id, changed, stamp)


def _new_texts(joined: str, change: Change) -> tuple[str, str, int]:
    new = ",".join(change(text.read_joined(joined)).values())
    return new, text.fold(new), len(text.fold(joined))

"""A user's stickers: add and delete."""

from itertools import count

from core.database.session import Session
from core.errors import NotFound
from core.queries import stickers, users
from core.services.users import lock
from core.time_ids import time_ordered_id, utc_now


async def add(session: Session, owner_id: int, label: str) -> tuple[int, int]:
    """Add a sticker; return its id and the new revision of the library."""
    await lock(session, owner_id)
    now = utc_now()
    for attempt in count():
        sticker_id = time_ordered_id(now, attempt)
        if await stickers.insert_if_free(session, owner_id, sticker_id, label):
            break
    return sticker_id, await users.bump_revision(session, owner_id, now)


async def delete(session: Session, owner_id: int, sticker_id: int) -> int:
    """Delete a sticker; return the new revision of the library.

    Raises: NotFound
    """
    await lock(session, owner_id)
    if not await stickers.delete_one(session, owner_id, sticker_id):
        raise NotFound("There is no such sticker in your library.")
    return await users.bump_revision(session, owner_id, utc_now())

"""A user's stickers. The owner comes first."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, select

# This insert() writes ON CONFLICT for both databases.
from sqlalchemy.dialects.postgresql import insert

from core.database.session import Row, Session
from core.models import stickers

_OF_OWNER = stickers.c.user_id == bindparam("user_id")

_LIST = select(stickers.c.id, stickers.c.label).where(_OF_OWNER).order_by(stickers.c.id)
_INSERT = insert(stickers).on_conflict_do_nothing().returning(stickers.c.id)
_DELETE = (
    delete(stickers)
    .where(_OF_OWNER, stickers.c.id == bindparam("sticker_id"))
    .returning(stickers.c.id)
)


async def list_all(session: Session, owner_id: int) -> Sequence[Row]:
    """Return id and label of each sticker, ordered by id."""
    return await session.fetch_all(_LIST, {"user_id": owner_id})


async def insert_if_free(session: Session, owner_id: int, sticker_id: int, label: str) -> bool:
    """Insert the sticker; False when the owner has one with this id."""
    values = {"user_id": owner_id, "id": sticker_id, "label": label}
    return await session.fetch_one(_INSERT, values) is not None


async def delete_one(session: Session, owner_id: int, sticker_id: int) -> bool:
    """Delete the sticker; False when the owner has none with this id."""
    values = {"user_id": owner_id, "sticker_id": sticker_id}
    return await session.fetch_one(_DELETE, values) is not None

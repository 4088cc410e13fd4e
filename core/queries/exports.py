"""A person's whole library, page by page, for an export."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, bindparam, func, or_, select

from core.database import DialectName, Session
from core.models import videos
from core.queries.answers import AnySelect, video_columns


async def list_page(
    session: Session, owner_id: int, after_id: int, limit: int, trashed_after: datetime | None
) -> Sequence[dict[str, Any]]:
    """Return the videos after an id, the oldest first, each with its `deleted_at`.

    `trashed_after` None leaves the trash out.
    """
    statement = _page_statement(session.dialect, trashed_after is not None)
    values = {"user_id": owner_id, "after_id": after_id, "limit": limit}
    rows = await session.fetch_all(statement, {**values, "trashed_after": trashed_after})
    names = statement.selected_columns.keys()
    return [{name: row[name] for name in names} for row in rows]


async def count(session: Session, owner_id: int, trashed_after: datetime | None) -> int:
    """Return how many videos all pages have together."""
    values = {"user_id": owner_id, "trashed_after": trashed_after}
    row = await session.fetch_one(_COUNT[trashed_after is not None], values)
    return 0 if row is None else row["videos"]


def _exported(*, with_trash: bool) -> ColumnElement[bool]:
    live = videos.c.deleted_at.is_(None)
    in_trash = videos.c.deleted_at > bindparam("trashed_after")
    return or_(live, in_trash) if with_trash else live


_COUNT = [
    select(func.count().label("videos")).where(
        videos.c.user_id == bindparam("user_id"), _exported(with_trash=with_trash)
    )
    for with_trash in (False, True)
]


@lru_cache
def _page_statement(dialect: DialectName, with_trash: bool) -> AnySelect:  # noqa: FBT001  a key of the cache
    return (
        select(*video_columns(dialect, "deleted_at"))
        .where(
            videos.c.user_id == bindparam("user_id"),
            videos.c.id > bindparam("after_id"),
            _exported(with_trash=with_trash),
        )
        .order_by(videos.c.id)
        .limit(bindparam("limit", type_=Integer))
    )

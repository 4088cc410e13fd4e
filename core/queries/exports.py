"""A person's whole library, page by page, for an export."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Integer, bindparam, or_, select

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


@lru_cache
def _page_statement(dialect: DialectName, with_trash: bool) -> AnySelect:  # noqa: FBT001  a key of the cache
    live = videos.c.deleted_at.is_(None)
    in_trash = videos.c.deleted_at > bindparam("trashed_after")
    return (
        select(*video_columns(dialect, "deleted_at"))
        .where(
            videos.c.user_id == bindparam("user_id"),
            videos.c.id > bindparam("after_id"),
            or_(live, in_trash) if with_trash else live,
        )
        .order_by(videos.c.id)
        .limit(bindparam("limit", type_=Integer))
    )

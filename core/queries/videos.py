"""A person's videos, one by one or many at once. The owner comes first in every statement."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Executable,
    Update,
    bindparam,
    cast,
    delete,
    false,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from core.database import DialectName, Row, Session, Values
from core.models import videos
from core.queries.answers import AnySelect, insert_returning_video

_OF_OWNER = videos.c.user_id == bindparam("user_id")
_BY_ID = videos.c.id == bindparam("video_id")

_EXPIRED = videos.c.deleted_at <= bindparam("trashed_after")

_ROW = select(
    videos.c.id,
    videos.c.url,
    videos.c.title,
    videos.c.channel,
    videos.c.tags,
    videos.c.start_s,
    videos.c.deleted_at.is_not(None).label("trashed"),
    func.coalesce(_EXPIRED, false()).label("expired"),
)
_FIND = _ROW.where(_OF_OWNER, _BY_ID)
_FIND_BY_KEY = _ROW.where(_OF_OWNER, videos.c.video_key == bindparam("video_key"))

_UPDATE = (
    update(videos)
    .where(_OF_OWNER, _BY_ID)
    .values(
        title=bindparam("new_title"),
        start_s=bindparam("new_start_s"),
        tags=bindparam("new_tags"),
        title_key=bindparam("new_title_key"),
        search_text=bindparam("new_search_text"),
        updated_at=bindparam("new_updated_at"),
        deleted_at=None,
    )
)
_FIND_METADATA = select(
    videos.c.url, videos.c.tags, videos.c.title, videos.c.channel, videos.c.availability
).where(_OF_OWNER, _BY_ID)
_SET_METADATA = (
    update(videos)
    .where(_OF_OWNER, _BY_ID)
    .values(
        title=bindparam("new_title"),
        channel=bindparam("new_channel"),
        availability=bindparam("new_availability"),
        title_key=bindparam("new_title_key"),
        search_text=bindparam("new_search_text"),
        updated_at=bindparam("new_updated_at"),
    )
)
_SET_TAGS = (
    update(videos)
    .where(_OF_OWNER, _BY_ID)
    .values(
        tags=bindparam("new_tags"),
        search_text=bindparam("new_search_text"),
        updated_at=bindparam("new_updated_at"),
    )
)
_FIND_EXPIRED = (
    select(videos.c.user_id, videos.c.id)
    .where(_EXPIRED)
    .order_by(videos.c.user_id)
    .limit(bindparam("limit"))
)
_DELETE_EXPIRED = delete(videos).where(_OF_OWNER, _BY_ID, _EXPIRED).returning(videos.c.tags)


async def find(
    session: Session, owner_id: int, video_id: int, trashed_after: datetime
) -> Row | None:
    """Return the row, live or in the trash; `expired` when it went there by that moment."""
    values = {"user_id": owner_id, "video_id": video_id, "trashed_after": trashed_after}
    return await session.fetch_one(_FIND, values)


async def find_many(
    session: Session, owner_id: int, video_ids: Collection[int], trashed_after: datetime
) -> Sequence[Row]:
    """Return the rows that there are of these ids, as `find` does."""
    values = {"user_id": owner_id, "ids": json.dumps([*video_ids]), "trashed_after": trashed_after}
    return await session.fetch_all(_find_many(session.dialect), values)


@lru_cache
def _find_many(dialect: DialectName) -> AnySelect:
    return _ROW.where(_OF_OWNER, videos.c.id.in_(each_id(dialect)))


async def find_by_key(
    session: Session, owner_id: int, video_key: str, trashed_after: datetime
) -> Row | None:
    """Return the row of a YouTube video, as `find` does."""
    values = {"user_id": owner_id, "video_key": video_key, "trashed_after": trashed_after}
    return await session.fetch_one(_FIND_BY_KEY, values)


async def insert_if_free(session: Session, owner_id: int, values: Values) -> str | None:
    """Insert the row and return it as JSON text; None when its id or its key is taken."""
    row = await session.fetch_one(_insert(session.dialect), {**values, "user_id": owner_id})
    return None if row is None else row["object"]


@lru_cache
def _insert(dialect: DialectName) -> Executable:
    return insert_returning_video(insert(videos).on_conflict_do_nothing(), dialect)


async def update_live(session: Session, owner_id: int, video_id: int, values: Values) -> None:
    """Write what a person can change; a video in the trash comes out of it."""
    await session.execute(_UPDATE, _new(owner_id, video_id, values))


async def set_tags(session: Session, owner_id: int, values_by_id: Mapping[int, Values]) -> None:
    """Write the joined tags, and what is searched, of many videos."""
    rows = [_new(owner_id, video_id, values) for video_id, values in values_by_id.items()]
    await session.execute_many(_SET_TAGS, rows)


async def find_metadata(session: Session, owner_id: int, video_id: int) -> Row | None:
    """Return url, tags, title, channel and availability, of a video in the trash too."""
    return await session.fetch_one(_FIND_METADATA, {"user_id": owner_id, "video_id": video_id})


async def set_metadata(session: Session, owner_id: int, video_id: int, values: Values) -> None:
    """Write what YouTube tells about the video; in the trash it stays there."""
    await session.execute(_SET_METADATA, _new(owner_id, video_id, values))


def _new(owner_id: int, video_id: int, values: Values) -> dict[str, Any]:
    """Name what is written apart from what it is found by."""
    written = {f"new_{name}": value for name, value in values.items()}
    return {**written, "user_id": owner_id, "video_id": video_id}


async def set_deleted(
    session: Session,
    owner_id: int,
    video_ids: Collection[int],
    when: datetime | None,
    now: datetime,
) -> None:
    """Move the videos to the trash, or with None out of it."""
    values = {"user_id": owner_id, "ids": json.dumps([*video_ids]), "when": when, "now": now}
    await session.execute(_set_deleted(session.dialect), values)


@lru_cache
def _set_deleted(dialect: DialectName) -> Update:
    return (
        update(videos)
        .where(_OF_OWNER, videos.c.id.in_(each_id(dialect)))
        .values(deleted_at=bindparam("when"), updated_at=bindparam("now"))
    )


def each_id(dialect: DialectName) -> AnySelect:
    """Select the numbers of the JSON array `:ids`: one statement for however many there are."""
    elements = func.json_each if dialect == "sqlite" else func.json_array_elements_text
    value = elements(bindparam("ids", type_=JSON)).table_valued("value").c.value
    return select(cast(value, BigInteger))


async def find_expired(session: Session, trashed_after: datetime, limit: int) -> Sequence[Row]:
    """Return user_id and id of anybody's videos whose time in the trash is over."""
    return await session.fetch_all(_FIND_EXPIRED, {"trashed_after": trashed_after, "limit": limit})


async def delete_expired(
    session: Session, owner_id: int, video_id: int, trashed_after: datetime
) -> str | None:
    """Delete the row for good; return its tags, None when it is not expired after all."""
    values = {"user_id": owner_id, "video_id": video_id, "trashed_after": trashed_after}
    row = await session.fetch_one(_DELETE_EXPIRED, values)
    return None if row is None else row["tags"]

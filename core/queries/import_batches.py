"""Many videos of a user written by a few statements, for an import. The owner comes first."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, false, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_unless_there

from core.choices import Availability
from core.database.session import DialectName, Session, Values
from core.models import video_tags, videos, workouts
from core.queries.json_sql import AnySelect, elements_of
from core.queries.videos import NO_WORKOUTS, each_id


class StoredVideo(NamedTuple):
    """A stored video. `expired`: its time in the trash is over."""

    id: int
    video_key: str
    url: str
    created_at: datetime | str
    title: str | None
    title_is_provisional: bool
    channel: str | None
    tags: str
    start_s: int | None
    end_s: int | None
    duration_s: int | None
    availability: Availability
    deleted_at: datetime | str | None
    updated_at: datetime | str
    expired: bool


_OF_OWNER = videos.c.user_id == bindparam("user_id")
_CONTENT = (
    "title", "title_is_provisional", "channel", "tags", "start_s", "end_s", "duration_s",
    "availability", "deleted_at", "updated_at",
)  # fmt: skip
_DERIVED = ("minutes", "title_key", "search_text", "revision")

_INSERT = insert(videos)
_UPDATE = (
    update(videos)
    .where(_OF_OWNER, videos.c.id == bindparam("video_id"))
    .values({name: bindparam(f"new_{name}") for name in (*_CONTENT, *_DERIVED)})
)
_LINK = insert_unless_there(video_tags).on_conflict_do_nothing()


async def find_by_keys(
    session: Session, owner_id: int, video_keys: Collection[str], trashed_after: datetime
) -> list[StoredVideo]:
    """Return the stored rows of these YouTube videos, also those in the trash."""
    values: dict[str, Any] = {"user_id": owner_id, "keys": json.dumps([*video_keys])}
    values |= {"trashed_after": trashed_after}
    rows = await session.fetch_all(_find_by_keys(session.dialect), values)
    return [StoredVideo._make(row) for row in rows if row["id"] is not None]


@lru_cache
def _find_by_keys(dialect: DialectName) -> AnySelect:
    keys = elements_of(dialect, "keys")
    # An outer join begins with the keys; else SQLite scans the whole library.
    found = keys.outerjoin(videos, and_(_OF_OWNER, videos.c.video_key == keys.c.value))
    expired = func.coalesce(videos.c.deleted_at <= bindparam("trashed_after"), false())
    columns = (videos.c[name] for name in StoredVideo._fields if name != "expired")
    return select(*columns, expired.label("expired")).select_from(found)


async def find_taken(session: Session, owner_id: int, video_ids: Collection[int]) -> set[int]:
    """Return the ids that videos of the owner already have."""
    values = {"user_id": owner_id, "ids": json.dumps([*video_ids])}
    return {row["id"] for row in await session.fetch_all(_find_taken(session.dialect), values)}


@lru_cache
def _find_taken(dialect: DialectName) -> AnySelect:
    return select(videos.c.id).where(_OF_OWNER, videos.c.id.in_(each_id(dialect)))


async def insert_many(session: Session, owner_id: int, rows: Sequence[Values]) -> None:
    """Insert whole rows, except for the columns about workouts; ids and keys must be free."""
    if rows:
        done = await _count_workouts(session, owner_id, [row["video_key"] for row in rows])
        whole = [
            {**row, **done.get(row["video_key"], NO_WORKOUTS), "user_id": owner_id} for row in rows
        ]
        await session.execute_many(_INSERT, whole)


async def _count_workouts(
    session: Session, owner_id: int, video_keys: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Return the columns about workouts of new videos, by the keys that have workouts."""
    values = {"user_id": owner_id, "keys": json.dumps(video_keys)}
    rows = await session.fetch_all(_count_statement(session.dialect), values)
    return {row["video_key"]: {name: row[name] for name in NO_WORKOUTS} for row in rows}


@lru_cache
def _count_statement(dialect: DialectName) -> AnySelect:
    keys = select(elements_of(dialect, "keys").c.value)
    last, number = func.max(workouts.c.day), func.count()
    return (
        select(workouts.c.video_key, last.label("done_on"), number.label("done_count"))
        .where(workouts.c.user_id == bindparam("user_id"), workouts.c.video_key.in_(keys))
        .group_by(workouts.c.video_key)
    )


async def update_many(session: Session, owner_id: int, rows: Sequence[Values]) -> None:
    """Write every field that an import can change; each row names its video by `id`."""
    if rows:
        await session.execute_many(
            _UPDATE,
            [
                {f"new_{name}": row[name] for name in (*_CONTENT, *_DERIVED)}
                | {"user_id": owner_id, "video_id": row["id"]}
                for row in rows
            ],
        )


async def link_each(
    session: Session, owner_id: int, keys_by_video: Mapping[int, Collection[str]]
) -> None:
    """Add to each video its own tags, and keep those that it has."""
    links: list[dict[str, Any]] = [
        {"user_id": owner_id, "tag_key": key, "video_id": video_id}
        for video_id, keys in keys_by_video.items()
        for key in keys
    ]
    if links:
        await session.execute_many(_LINK, links)

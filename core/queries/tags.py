"""A person's tags and which videos carry them. The owner comes first in every statement."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Integer,
    String,
    bindparam,
    delete,
    exists,
    func,
    intersect,
    literal_column,
    select,
    union,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from core.database import DialectName, Row, Session
from core.models import tags, video_tags, videos
from core.queries.answers import AnySelect, as_json_objects

_OWNER: BindParameter[int] = bindparam("user_id")
_TRASH = select(videos.c.id).where(videos.c.user_id == _OWNER, videos.c.deleted_at.is_not(None))
_INSERT = insert(tags).on_conflict_do_nothing()
_INSERT_LINK = insert(video_tags).on_conflict_do_nothing()
_OF_TAG = (video_tags.c.user_id == _OWNER, video_tags.c.tag_key == bindparam("tag_key"))
_BY_KEY = (tags.c.user_id == _OWNER, tags.c.key == bindparam("tag_key"))
_FIND = select(tags.c.name).where(*_BY_KEY)
_NEXT_IDS = (
    select(video_tags.c.video_id)
    .where(*_OF_TAG, video_tags.c.video_id > bindparam("after_id"))
    .order_by(video_tags.c.video_id)
    .limit(bindparam("limit", type_=Integer))
)
_FIND_VIDEOS = (
    select(videos.c.id, videos.c.url, videos.c.title, videos.c.channel, videos.c.tags)
    .where(videos.c.user_id == _OWNER, videos.c.id.in_(_NEXT_IDS))
    .order_by(videos.c.id)
)
_COUNT_VIDEOS = select(func.count().label("videos")).where(
    *_OF_TAG, video_tags.c.video_id.not_in(_TRASH)
)
_COPY_LINKS = _INSERT_LINK.from_select(
    [video_tags.c.user_id, video_tags.c.tag_key, video_tags.c.video_id],
    select(video_tags.c.user_id, bindparam("new_key", type_=String), video_tags.c.video_id).where(
        *_OF_TAG
    ),
)
_RESPELL = update(tags).where(*_BY_KEY).values(name=bindparam("new_name"))
_DELETE = delete(tags).where(*_BY_KEY)
_DELETE_LINK = delete(video_tags).where(*_OF_TAG, video_tags.c.video_id == bindparam("video_id"))
_DELETE_UNUSED = delete(tags).where(*_BY_KEY, ~exists().where(*_OF_TAG))


def ids_tagged(count: int, *bounds: ColumnElement[bool], match_any: bool) -> CompoundSelect[int]:
    """Select the owner's videos that carry all, or any, of the tags `:tag_0`, `:tag_1` and so on.

    Each tag is one range in the order of video ids, so SQLite merges them as it reads.
    """
    ranges = [
        select(video_tags.c.video_id).where(
            video_tags.c.user_id == _OWNER,
            video_tags.c.tag_key == bindparam(f"tag_{i}"),
            *bounds,
        )
        for i in range(count)
    ]
    return union(*ranges) if match_any else intersect(*ranges)


async def list_json(
    session: Session, owner_id: int, prefix: str, with_keys: tuple[str, ...]
) -> tuple[str, int]:
    """Return up to 10,000 tags by name with their counts of live videos, as JSON, and how many."""
    values = {"user_id": owner_id, "prefix": prefix, "prefix_length": len(prefix)}
    values |= {f"tag_{i}": key for i, key in enumerate(with_keys)}
    statement = _list_statement(len(with_keys), session.dialect)
    row = await session.fetch_one(statement, values)
    return ("", 0) if row is None else (row["objects"], row["count"])


@lru_cache(maxsize=64)
def _list_statement(with_tags: int, dialect: DialectName) -> AnySelect:
    counted = (
        select(video_tags.c.tag_key, func.count().label("videos"))
        .where(video_tags.c.user_id == _OWNER, video_tags.c.video_id.not_in(_TRASH))
        .group_by(video_tags.c.tag_key)
    )
    if with_tags:
        counted = counted.where(video_tags.c.video_id.in_(ids_tagged(with_tags, match_any=False)))
    counts = counted.subquery()
    rows = (
        select(tags.c.name, counts.c.videos)
        .join(counts, counts.c.tag_key == tags.c.key)
        .where(
            tags.c.user_id == _OWNER,
            func.substr(tags.c.key, 1, bindparam("prefix_length")) == bindparam("prefix"),
        )
        .order_by(tags.c.key)
        .limit(literal_column("10000"))
    )
    return as_json_objects(rows, dialect)


async def find(session: Session, owner_id: int, key: str) -> str | None:
    """Return how the tag is spelled, None when there is none."""
    row = await session.fetch_one(_FIND, {"user_id": owner_id, "tag_key": key})
    return None if row is None else row["name"]


async def find_videos(
    session: Session, owner_id: int, key: str, after_id: int, limit: int
) -> Sequence[Row]:
    """Return id, url, title, channel and tags of videos with the tag, the trash included.

    They are the next behind an id, in the order of ids.
    """
    values = {"user_id": owner_id, "tag_key": key, "after_id": after_id, "limit": limit}
    return await session.fetch_all(_FIND_VIDEOS, values)


async def count_videos(session: Session, owner_id: int, key: str) -> int:
    """Return how many live videos carry the tag."""
    row = await session.fetch_one(_COUNT_VIDEOS, {"user_id": owner_id, "tag_key": key})
    return 0 if row is None else row["videos"]


async def respell(session: Session, owner_id: int, key: str, name: str) -> None:
    """Write the tag another way that has the same key."""
    await session.execute(_RESPELL, {"user_id": owner_id, "tag_key": key, "new_name": name})


async def replace(session: Session, owner_id: int, key: str, new_key: str) -> None:
    """Put another tag, which is there already, on every video that carries this one; forget it."""
    values = {"user_id": owner_id, "tag_key": key, "new_key": new_key}
    await session.execute(_COPY_LINKS, values)
    await session.execute(_DELETE, values)


async def delete_everywhere(session: Session, owner_id: int, key: str) -> None:
    """Delete the tag and, by cascade, take it off every video."""
    await session.execute(_DELETE, {"user_id": owner_id, "tag_key": key})


async def adopt(session: Session, owner_id: int, names_by_key: dict[str, str]) -> dict[str, str]:
    """Make the tags that are new and return all by key, spelled as at their first use."""
    known = await find_names(session, owner_id, names_by_key)
    spelled = names_by_key | known
    await insert_new(session, owner_id, dict(spelled.items() - known.items()))
    return spelled


async def find_names(session: Session, owner_id: int, keys: Collection[str]) -> dict[str, str]:
    """Return how the tags are spelled, by key; those that are not there are left out."""
    if not keys:
        return {}
    values: dict[str, Any] = {f"key_{i}": key for i, key in enumerate(keys)}
    rows = await session.fetch_all(_names_statement(len(keys)), {"user_id": owner_id, **values})
    return {row["key"]: row["name"] for row in rows}


async def insert_new(session: Session, owner_id: int, names_by_key: dict[str, str]) -> None:
    """Make the tags, of which none is there."""
    rows = [{"user_id": owner_id, "key": key, "name": name} for key, name in names_by_key.items()]
    if rows:
        await session.execute_many(_INSERT, rows)


@lru_cache(maxsize=64)
def _names_statement(count: int) -> AnySelect:
    keys: list[BindParameter[str]] = [bindparam(f"key_{i}") for i in range(count)]
    return select(tags.c.key, tags.c.name).where(tags.c.user_id == _OWNER, tags.c.key.in_(keys))


async def link(
    session: Session, owner_id: int, video_ids: Collection[int], keys: Collection[str]
) -> None:
    """Put each of the tags on each of the videos; those they have already stay."""
    if keys:
        await session.execute_many(_INSERT_LINK, _links(owner_id, video_ids, keys))


async def unlink(
    session: Session, owner_id: int, video_ids: Collection[int], keys: Collection[str]
) -> None:
    """Take the tags off the videos, and forget those that no video carries any more."""
    if keys:
        await session.execute_many(_DELETE_LINK, _links(owner_id, video_ids, keys))
        unused = [{"user_id": owner_id, "tag_key": key} for key in keys]
        await session.execute_many(_DELETE_UNUSED, unused)


def _links(
    owner_id: int, video_ids: Collection[int], keys: Collection[str]
) -> list[dict[str, Any]]:
    return [
        {"user_id": owner_id, "tag_key": key, "video_id": video_id}
        for key in keys
        for video_id in video_ids
    ]

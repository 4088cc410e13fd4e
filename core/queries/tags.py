"""A user's tags and the videos that have them. The owner comes first in every statement."""

import json
from collections.abc import Collection
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Delete,
    Insert,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    cast,
    delete,
    exists,
    func,
    intersect,
    literal_column,
    select,
    true,
    union,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from core.database.session import DialectName, Session
from core.models import tags, video_tags, videos
from core.queries.json_sql import AnySelect, as_json_objects, elements_of

_OWNER: BindParameter[int] = bindparam("user_id")
_TRASH = select(videos.c.id).where(videos.c.user_id == _OWNER, videos.c.deleted_at.is_not(None))
_INSERT = insert(tags).on_conflict_do_nothing()
_INSERT_LINK = insert(video_tags).on_conflict_do_nothing()
_OF_TAG = (video_tags.c.user_id == _OWNER, video_tags.c.tag_key == bindparam("tag_key"))
_BY_KEY = (tags.c.user_id == _OWNER, tags.c.key == bindparam("tag_key"))
_FIND = select(tags.c.name).where(*_BY_KEY)
_MEASURE = (
    select(
        func.count().label("videos"),
        func.coalesce(func.sum(func.length(videos.c.search_text)), literal_column("0")).label(
            "characters"
        ),
    )
    .select_from(video_tags)
    .join(
        videos, and_(videos.c.user_id == video_tags.c.user_id, videos.c.id == video_tags.c.video_id)
    )
    .where(*_OF_TAG)
)
_IS_DONE = and_(
    videos.c.user_id == video_tags.c.user_id,
    videos.c.id == video_tags.c.video_id,
    videos.c.done_on.is_not(None),
)
_COUNT = (
    select(func.count().label("videos"), func.max(videos.c.done_on).label("done_on"))
    .join_from(video_tags, videos, _IS_DONE, isouter=True)
    .where(*_OF_TAG, video_tags.c.video_id.not_in(_TRASH))
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


class Counted(NamedTuple):
    """The number of live videos with a tag, and the last day of their workouts."""

    videos: int
    done_on: str | None


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


def ids_without(count: int) -> Select[tuple[int]]:
    """Select the owner's videos that carry any of the tags `:without_0`, `:without_1` and so on."""
    keys: list[BindParameter[str]] = [bindparam(f"without_{i}") for i in range(count)]
    return select(video_tags.c.video_id).where(
        video_tags.c.user_id == _OWNER, video_tags.c.tag_key.in_(keys)
    )


async def list_json(
    session: Session, owner_id: int, prefix: str, with_keys: tuple[str, ...]
) -> tuple[str, int]:
    """Return up to 7,000 tags by name with counts of live videos, as JSON, and their number."""
    values = {"user_id": owner_id, "prefix": prefix, "prefix_length": len(prefix)}
    values |= {f"tag_{i}": key for i, key in enumerate(with_keys)}
    statement = _list_statement(len(with_keys), session.dialect)
    row = await session.fetch_one(statement, values)
    return ("", 0) if row is None else (row["objects"], row["count"])


@lru_cache(maxsize=64)
def _list_statement(with_tags: int, dialect: DialectName) -> AnySelect:
    counted = (
        select(
            video_tags.c.tag_key,
            func.count().label("videos"),
            func.max(videos.c.done_on).label("done_on"),
        )
        .join_from(video_tags, videos, _IS_DONE, isouter=True)
        .where(video_tags.c.user_id == _OWNER, video_tags.c.video_id.not_in(_TRASH))
        .group_by(video_tags.c.tag_key)
    )
    if with_tags:
        counted = counted.where(video_tags.c.video_id.in_(ids_tagged(with_tags, match_any=False)))
    counts = counted.subquery()
    rows = (
        select(tags.c.name, counts.c.videos, counts.c.done_on)
        .join(counts, counts.c.tag_key == tags.c.key)
        .where(
            tags.c.user_id == _OWNER,
            func.substr(tags.c.key, 1, bindparam("prefix_length")) == bindparam("prefix"),
        )
        .order_by(tags.c.key)
        .limit(literal_column("7000"))  # below 2 MiB, whatever their names
    )
    return as_json_objects(rows, dialect)


async def find(session: Session, owner_id: int, key: str) -> str | None:
    """Return the name of the tag, None when there is no such tag."""
    row = await session.fetch_one(_FIND, {"user_id": owner_id, "tag_key": key})
    return None if row is None else row["name"]


async def measure(session: Session, owner_id: int, key: str) -> tuple[int, int]:
    """Return how many videos carry the tag, the trash included, and how long their texts are."""
    row = await session.run_long(_MEASURE, {"user_id": owner_id, "tag_key": key})
    return (0, 0) if row is None else (row["videos"], row["characters"])


async def list_joined(
    session: Session, owner_id: int, key: str, after_id: int, limit: int
) -> list[tuple[int, str]]:
    """Return id and joined tags of the next videos with the tag after an id, ordered by id.

    The trash is included.
    """
    values = {"user_id": owner_id, "tag_key": key, "after_id": after_id, "limit": limit}
    row = await session.run_long(_joined_statement(session.dialect), values)
    found: list[tuple[int, str]] = json.loads(row["rows"] or "[]") if row else []
    return found


@lru_cache
def _joined_statement(dialect: DialectName) -> AnySelect:
    next_ids = (
        select(video_tags.c.video_id)
        .where(*_OF_TAG, video_tags.c.video_id > bindparam("after_id"))
        .order_by(video_tags.c.video_id)
        .limit(bindparam("limit", type_=Integer))
        .subquery("next_ids")
    )
    found = (
        select(videos.c.id, videos.c.tags)
        .join_from(next_ids, videos, videos.c.id == next_ids.c.video_id)
        .where(videos.c.user_id == _OWNER)
        .order_by(videos.c.id)
        .limit(bindparam("limit", type_=Integer))
        .subquery("found")
    )
    if dialect == "sqlite":
        return select(
            func.json_group_array(func.json_array(found.c.id, found.c.tags)).label("rows")
        )
    rows = func.json_agg(func.json_build_array(found.c.id, found.c.tags))
    return select(cast(rows, String).label("rows"))


async def count(session: Session, owner_id: int, key: str) -> Counted:
    """Count the live videos that carry the tag."""
    row = await session.run_long(_COUNT, {"user_id": owner_id, "tag_key": key})
    return Counted(0, None) if row is None else Counted._make(row)


async def respell(session: Session, owner_id: int, key: str, name: str) -> None:
    """Change the spelling of the tag; its key stays the same."""
    await session.execute(_RESPELL, {"user_id": owner_id, "tag_key": key, "new_name": name})


async def replace(session: Session, owner_id: int, key: str, new_key: str) -> None:
    """Replace the tag by another existing tag on every video, and delete it."""
    values = {"user_id": owner_id, "tag_key": key, "new_key": new_key}
    await session.run_long(_COPY_LINKS, values)
    await session.run_long(_DELETE, values)


async def delete_everywhere(session: Session, owner_id: int, key: str) -> None:
    """Delete the tag and, by cascade, remove it from every video."""
    await session.run_long(_DELETE, {"user_id": owner_id, "tag_key": key})


async def get_or_create_tags(
    session: Session, owner_id: int, names_by_key: dict[str, str]
) -> dict[str, str]:
    """Create the tags that are new; return the names of all by key, as first spelled."""
    known = await find_names(session, owner_id, names_by_key)
    spelled = names_by_key | known
    await insert_new(session, owner_id, dict(spelled.items() - known.items()))
    return spelled


async def find_names(session: Session, owner_id: int, keys: Collection[str]) -> dict[str, str]:
    """Return the names of the existing tags, by key."""
    if not keys:
        return {}
    values: dict[str, Any] = {f"key_{i}": key for i, key in enumerate(keys)}
    rows = await session.fetch_all(_names_statement(len(keys)), {"user_id": owner_id, **values})
    return {row["key"]: row["name"] for row in rows}


async def insert_new(session: Session, owner_id: int, names_by_key: dict[str, str]) -> None:
    """Create the tags; none of them may exist."""
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
    """Add each of the tags to each of the videos, and keep those that they have."""
    if keys:
        await session.execute_many(_INSERT_LINK, _links(owner_id, video_ids, keys))


async def unlink(
    session: Session, owner_id: int, video_ids: Collection[int], keys: Collection[str]
) -> None:
    """Remove the tags from the videos, and delete those that no video has any more."""
    if keys:
        await session.execute_many(_DELETE_LINK, _links(owner_id, video_ids, keys))
        unused = [{"user_id": owner_id, "tag_key": key} for key in keys]
        await session.execute_many(_DELETE_UNUSED, unused)


async def link_all(
    session: Session, owner_id: int, video_ids: Collection[int], keys: Collection[str]
) -> None:
    """Do as `link`, in one statement for any number."""
    await session.run_long(_link_all(session.dialect), _many(owner_id, video_ids, keys))


async def unlink_all(
    session: Session, owner_id: int, video_ids: Collection[int], keys: Collection[str]
) -> None:
    """Do as `unlink`, in two statements for any number."""
    values = _many(owner_id, video_ids, keys)
    await session.run_long(_unlink_all(session.dialect), values)
    await session.run_long(_delete_unused(session.dialect), values)


def _many(owner_id: int, video_ids: Collection[int], keys: Collection[str]) -> dict[str, Any]:
    return {"user_id": owner_id, "ids": json.dumps([*video_ids]), "keys": json.dumps([*keys])}


@lru_cache
def _link_all(dialect: DialectName) -> Insert:
    keys, ids = elements_of(dialect, "keys"), elements_of(dialect, "ids")
    every = select(
        cast(bindparam("user_id"), BigInteger), keys.c.value, cast(ids.c.value, BigInteger)
    ).where(true())  # SQLite needs it before ON CONFLICT
    columns = [video_tags.c.user_id, video_tags.c.tag_key, video_tags.c.video_id]
    return _INSERT_LINK.from_select(columns, every)


@lru_cache
def _unlink_all(dialect: DialectName) -> Delete:
    keys, ids = elements_of(dialect, "keys"), elements_of(dialect, "ids")
    return delete(video_tags).where(
        video_tags.c.user_id == _OWNER,
        video_tags.c.tag_key.in_(select(keys.c.value)),
        video_tags.c.video_id.in_(select(cast(ids.c.value, BigInteger))),
    )


@lru_cache
def _delete_unused(dialect: DialectName) -> Delete:
    keys = elements_of(dialect, "keys")
    used = exists().where(video_tags.c.user_id == _OWNER, video_tags.c.tag_key == tags.c.key)
    return delete(tags).where(tags.c.user_id == _OWNER, tags.c.key.in_(select(keys.c.value)), ~used)


def _links(
    owner_id: int, video_ids: Collection[int], keys: Collection[str]
) -> list[dict[str, Any]]:
    return [
        {"user_id": owner_id, "tag_key": key, "video_id": video_id}
        for key in keys
        for video_id in video_ids
    ]

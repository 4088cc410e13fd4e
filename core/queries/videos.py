"""Videos of a user, one by one or many by one statement. The owner comes first in each."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Integer,
    Update,
    bindparam,
    cast,
    delete,
    false,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from core.choices import Availability
from core.database.session import DialectName, Session, Values
from core.models import videos
from core.queries.json_sql import AnySelect, elements_of, video_as_json


class VideoRow(NamedTuple):
    """What a change of a video needs to know of it."""

    id: int
    url: str
    title: str | None
    title_is_provisional: bool
    channel: str | None
    tags: str
    video_key: str
    start_s: int | None
    end_s: int | None
    duration_s: int | None
    trashed: bool
    expired: bool
    """Its time in the trash is over."""


class TitleFields(NamedTuple):
    """The fields that YouTube's answer may change, and those that derived fields need."""

    url: str
    tags: str
    title: str | None
    title_is_provisional: bool
    channel: str | None
    availability: Availability
    start_s: int | None
    end_s: int | None
    duration_s: int | None


class Stamp(NamedTuple):
    """The stamp of every changed row: the time, and the owner's new revision."""

    now: datetime
    revision: int


class ExpiredVideo(NamedTuple):
    """A video whose time in the trash is over."""

    user_id: int
    id: int


class DeletedVideo(NamedTuple):
    """The tags and the revision of a video that was deleted for good."""

    tags: str
    revision: int


NO_WORKOUTS: dict[str, Any] = {"done_on": None, "done_count": 0}
"""The columns about workouts of a video that the user has not trained with."""

_OF_OWNER = videos.c.user_id == bindparam("user_id")
_BY_ID = videos.c.id == bindparam("video_id")

_EXPIRED = videos.c.deleted_at <= bindparam("trashed_after")

_ROW = select(
    *(videos.c[name] for name in VideoRow._fields[:-2]),
    videos.c.deleted_at.is_not(None).label("trashed"),
    func.coalesce(_EXPIRED, false()).label("expired"),
)
_COUNT_ALL = select(func.count().label("videos")).where(_OF_OWNER)
_FIND = _ROW.where(_OF_OWNER, _BY_ID)
_FIND_BY_KEY = _ROW.where(_OF_OWNER, videos.c.video_key == bindparam("video_key"))

_INSERT = insert(videos).on_conflict_do_nothing().returning(videos.c.id)
_UPDATE = (
    update(videos)
    .where(_OF_OWNER, _BY_ID)
    .values(
        title=bindparam("new_title"),
        title_is_provisional=bindparam("new_title_is_provisional"),
        start_s=bindparam("new_start_s"),
        end_s=bindparam("new_end_s"),
        duration_s=bindparam("new_duration_s"),
        minutes=bindparam("new_minutes"),
        tags=bindparam("new_tags"),
        title_key=bindparam("new_title_key"),
        search_text=bindparam("new_search_text"),
        updated_at=bindparam("new_updated_at"),
        revision=bindparam("new_revision"),
        deleted_at=None,
    )
)
_FIND_TITLE_FIELDS = select(*(videos.c[name] for name in TitleFields._fields)).where(
    _OF_OWNER, _BY_ID
)
_SET_TITLE_FIELDS = (
    update(videos)
    .where(_OF_OWNER, _BY_ID)
    .values(
        title=bindparam("new_title"),
        title_is_provisional=bindparam("new_title_is_provisional"),
        channel=bindparam("new_channel"),
        availability=bindparam("new_availability"),
        duration_s=bindparam("new_duration_s"),
        minutes=bindparam("new_minutes"),
        title_key=bindparam("new_title_key"),
        search_text=bindparam("new_search_text"),
        updated_at=bindparam("new_updated_at"),
        revision=bindparam("new_revision"),
    )
)
_FIND_EXPIRED = (
    select(*(videos.c[name] for name in ExpiredVideo._fields))
    .where(_EXPIRED)
    .order_by(videos.c.user_id)
    .limit(bindparam("limit"))
)
_DELETE_EXPIRED = (
    delete(videos)
    .where(_OF_OWNER, _BY_ID, _EXPIRED)
    .returning(*(videos.c[name] for name in DeletedVideo._fields))
)


async def find(
    session: Session, owner_id: int, video_id: int, trashed_after: datetime
) -> VideoRow | None:
    """Return the row, live or in the trash; `expired` when it went there by that moment."""
    values = {"user_id": owner_id, "video_id": video_id, "trashed_after": trashed_after}
    row = await session.fetch_one(_FIND, values)
    return None if row is None else VideoRow._make(row)


async def find_many(
    session: Session, owner_id: int, video_ids: Collection[int], trashed_after: datetime
) -> list[VideoRow]:
    """Return the existing rows of these ids, as `find` does."""
    values = {"user_id": owner_id, "ids": json.dumps([*video_ids]), "trashed_after": trashed_after}
    rows = await session.fetch_all(_find_many(session.dialect), values)
    return [VideoRow._make(row) for row in rows]


@lru_cache
def _find_many(dialect: DialectName) -> AnySelect:
    return _ROW.where(_OF_OWNER, videos.c.id.in_(each_id(dialect)))


async def count_all(session: Session, owner_id: int) -> int:
    """Return the number of videos, the trash included; it reads only the unique index."""
    row = await session.fetch_one(_COUNT_ALL, {"user_id": owner_id})
    return 0 if row is None else row["videos"]


async def find_by_key(
    session: Session, owner_id: int, video_key: str, trashed_after: datetime
) -> VideoRow | None:
    """Return the row of a YouTube video, as `find` does."""
    values = {"user_id": owner_id, "video_key": video_key, "trashed_after": trashed_after}
    row = await session.fetch_one(_FIND_BY_KEY, values)
    return None if row is None else VideoRow._make(row)


async def insert_if_free(session: Session, owner_id: int, values: Values) -> str | None:
    """Insert a row without workouts and return it as JSON text; None when its id or key is taken.

    It inserts only values and returns only a column, as Citus requires.
    """
    row = {**values, **NO_WORKOUTS, "user_id": owner_id}
    is_inserted = await session.fetch_one(_INSERT, row) is not None
    return video_as_json(row) if is_inserted else None


async def update_live(session: Session, owner_id: int, video_id: int, values: Values) -> None:
    """Write the fields that a user can change; a video in the trash is restored."""
    await session.execute(_UPDATE, _new(owner_id, video_id, values))


class NewTags(NamedTuple):
    """The new tags of a video, joined, and the part of `search_text` that they become.

    This part is the last; `old_length` is the length of the part that it replaces.
    """

    video_id: int
    joined: str
    searched: str
    old_length: int


async def set_tags(
    session: Session, owner_id: int, changed: Sequence[NewTags], stamp: Stamp
) -> None:
    """Write the joined tags and the search text of one or many videos in one statement."""
    ids = [new.video_id for new in changed]
    values = {"user_id": owner_id, "rows": json.dumps(changed), **stamp._asdict()}
    values |= {"first_id": min(ids), "last_id": max(ids)}
    await session.run_long(_set_tags(session.dialect), values)


@lru_cache
def _set_tags(dialect: DialectName) -> Update:
    elements = func.json_each if dialect == "sqlite" else func.json_array_elements
    rows = elements(bindparam("rows", type_=JSON)).table_valued("value", name="given")

    def at(index: int) -> ColumnElement[Any]:
        if dialect == "sqlite":
            return func.json_extract(rows.c.value, literal_column(f"'$[{index}]'"))
        return func.json_extract_path_text(rows.c.value, literal_column(f"'{index}'"))

    # The limit has no bound; it makes SQLite read the array once, not once for each video.
    changed = (
        select(
            cast(at(0), BigInteger).label("id"),
            at(1).label("tags"),
            at(2).label("searched"),
            cast(at(3), Integer).label("old_length"),
        )
        .limit(literal_column(str(2**63 - 1), BigInteger))
        .offset(literal_column("0", Integer))
        .subquery("changed")
    )
    text = videos.c.search_text
    stays = func.substr(text, 1, func.length(text) - changed.c.old_length)
    return (
        update(videos)
        .where(
            _OF_OWNER,
            videos.c.id == changed.c.id,
            # SQLite scans the owner's videos and looks each up: these bounds limit the scan.
            videos.c.id >= bindparam("first_id"),
            videos.c.id <= bindparam("last_id"),
        )
        .values(
            tags=changed.c.tags,
            search_text=stays.concat(changed.c.searched),
            updated_at=bindparam("now"),
            revision=bindparam("revision"),
        )
    )


async def find_title_fields(session: Session, owner_id: int, video_id: int) -> TitleFields | None:
    """Return the fields, also of a video in the trash."""
    values = {"user_id": owner_id, "video_id": video_id}
    row = await session.fetch_one(_FIND_TITLE_FIELDS, values)
    return None if row is None else TitleFields._make(row)


async def set_title_fields(session: Session, owner_id: int, video_id: int, values: Values) -> None:
    """Write the fields of YouTube's answer; a video in the trash stays there."""
    await session.execute(_SET_TITLE_FIELDS, _new(owner_id, video_id, values))


def _new(owner_id: int, video_id: int, values: Values) -> dict[str, Any]:
    """Prefix the names of written values, so that they differ from the keys."""
    written = {f"new_{name}": value for name, value in values.items()}
    return {**written, "user_id": owner_id, "video_id": video_id}


async def set_deleted(
    session: Session,
    owner_id: int,
    video_ids: Collection[int],
    when: datetime | None,
    stamp: Stamp,
) -> None:
    """Move the videos to the trash, or with None out of it."""
    values = {"user_id": owner_id, "ids": json.dumps([*video_ids]), "when": when}
    values |= stamp._asdict()
    await session.execute(_set_deleted(session.dialect), values)


@lru_cache
def _set_deleted(dialect: DialectName) -> Update:
    return (
        update(videos)
        .where(_OF_OWNER, videos.c.id.in_(each_id(dialect)))
        .values(
            deleted_at=bindparam("when"),
            updated_at=bindparam("now"),
            revision=bindparam("revision"),
        )
    )


def each_id(dialect: DialectName) -> AnySelect:
    """Select the numbers of the JSON array `:ids`: one statement for any number of ids."""
    return select(cast(elements_of(dialect, "ids").c.value, BigInteger))


async def find_expired(session: Session, trashed_after: datetime, limit: int) -> list[ExpiredVideo]:
    """Return the videos of all users whose time in the trash is over, ordered by user."""
    values = {"trashed_after": trashed_after, "limit": limit}
    return [ExpiredVideo._make(row) for row in await session.fetch_all(_FIND_EXPIRED, values)]


async def delete_expired(
    session: Session, owner_id: int, video_id: int, trashed_after: datetime
) -> DeletedVideo | None:
    """Delete the row for good; return None when it is no longer expired."""
    values = {"user_id": owner_id, "video_id": video_id, "trashed_after": trashed_after}
    row = await session.fetch_one(_DELETE_EXPIRED, values)
    return None if row is None else DeletedVideo._make(row)

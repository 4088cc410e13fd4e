"""A user's notes on their videos; those of videos in the trash are hidden.

The owner comes first.
"""

import json
from collections.abc import Collection
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    Update,
    and_,
    bindparam,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from core.database.session import DialectName, Session, Values
from core.models import notes, videos
from core.queries.json_sql import (
    AnySelect,
    PageText,
    as_answered,
    as_json_object,
    as_json_objects_that_fit,
    cut_page,
)
from core.queries.video_lists import MAX_PAGE_BYTES
from core.queries.videos import Stamp, each_id

_WRITTEN = ("at_s", "end_s", "text", "search_text", "updated_at", "revision")


class Note(NamedTuple):
    """What a user can change about a note."""

    at_s: int | None
    end_s: int | None
    text: str


class Address(NamedTuple):
    """The ids of a note and of its video; both must match."""

    video_id: int
    note_id: int


class NoteQuery(NamedTuple):
    """A query for notes of the owner, ordered by id."""

    limit: int
    video_id: int | None = None
    words: tuple[str, ...] = ()
    after_id: int = -1

    def values(self) -> dict[str, Any]:
        """Return the parameters of the statement."""
        words = {f"word_{i}": word for i, word in enumerate(self.words)}
        named = {"video_id": self.video_id, "after_id": self.after_id}
        return {"limit": self.limit + 1, **named, **words}


_OF_OWNER = notes.c.user_id == bindparam("user_id")
_OF_VIDEO = notes.c.video_id == bindparam("video_id")
_BY_ID = notes.c.id == bindparam("note_id")
_VIDEO_IS_LIVE = and_(
    videos.c.user_id == notes.c.user_id,
    videos.c.id == notes.c.video_id,
    videos.c.deleted_at.is_(None),
)

_INSERT = insert(notes).on_conflict_do_nothing().returning(notes.c.id)
_COUNT = select(func.count().label("notes")).where(_OF_OWNER, _OF_VIDEO)
_FIND = (
    select(*(notes.c[name] for name in Note._fields))
    .join_from(notes, videos, _VIDEO_IS_LIVE)
    .where(_OF_OWNER, _OF_VIDEO, _BY_ID)
)
_UPDATE = (
    update(notes)
    .where(_OF_OWNER, _BY_ID)
    .values({name: bindparam(f"new_{name}") for name in _WRITTEN})
)
_DELETE = delete(notes).where(_OF_OWNER, _BY_ID)


def note_columns(dialect: DialectName, *more: str) -> list[ColumnElement[Any]]:
    """Return the columns of a Note in the order of its fields."""
    names = ("id", "video_id", *Note._fields, "created_at", "updated_at", *more)
    return [as_answered(notes.c[name], dialect) for name in names]


def live_notes(dialect: DialectName, *more: str) -> AnySelect:
    """Select the owner's notes on videos that are not in the trash."""
    columns = note_columns(dialect, *more)
    return select(*columns).join_from(notes, videos, _VIDEO_IS_LIVE).where(_OF_OWNER)


async def insert_if_free(session: Session, owner_id: int, values: Values) -> bool:
    """Insert the row; False when the owner has a note of this id."""
    return await session.fetch_one(_INSERT, {**values, "user_id": owner_id}) is not None


async def count_of_video(session: Session, owner_id: int, video_id: int) -> int:
    """Return how many notes a video has."""
    row = await session.fetch_one(_COUNT, {"user_id": owner_id, "video_id": video_id})
    return 0 if row is None else row["notes"]


async def find(session: Session, owner_id: int, address: Address) -> Note | None:
    """Return a note on a live video."""
    row = await session.fetch_one(_FIND, {"user_id": owner_id, **address._asdict()})
    return None if row is None else Note._make(row)


async def change(session: Session, owner_id: int, note_id: int, values: Values) -> None:
    """Update a note: the fields that a user can change, derived fields, and the stamp."""
    written = {f"new_{name}": values[name] for name in _WRITTEN}
    await session.execute(_UPDATE, {**written, "user_id": owner_id, "note_id": note_id})


async def delete_one(session: Session, owner_id: int, note_id: int) -> None:
    """Delete the note."""
    await session.execute(_DELETE, {"user_id": owner_id, "note_id": note_id})


async def bring_back(
    session: Session, owner_id: int, video_ids: Collection[int], stamp: Stamp
) -> None:
    """Raise the revision of the notes of restored videos: clients have removed them."""
    values = {"user_id": owner_id, "ids": json.dumps([*video_ids]), "revision": stamp.revision}
    await session.execute(_bring_back(session.dialect), values)


@lru_cache
def _bring_back(dialect: DialectName) -> Update:
    of_videos = notes.c.video_id.in_(each_id(dialect))
    return update(notes).where(_OF_OWNER, of_videos).values(revision=bindparam("revision"))


async def get_json(session: Session, owner_id: int, note_id: int) -> str | None:
    """Return a note on a live video as the text of a JSON object."""
    values = {"user_id": owner_id, "note_id": note_id}
    row = await session.fetch_one(_get_statement(session.dialect), values)
    return None if row is None else row["object"]


@lru_cache
def _get_statement(dialect: DialectName) -> AnySelect:
    return as_json_object(live_notes(dialect).where(_BY_ID), dialect)


async def list_json(session: Session, owner_id: int, query: NoteQuery) -> PageText:
    """Return a page of notes."""
    statement = _list_statement(session.dialect, query.video_id is not None, len(query.words))
    row = await session.fetch_one(statement, {"user_id": owner_id, **query.values()})
    if row is None:
        return PageText("", 0, None)
    return cut_page(row["objects"], row["count"], row["found"], query.limit)


@lru_cache
def _list_statement(dialect: DialectName, of_video: bool, words: int) -> AnySelect:  # noqa: FBT001  a key of the cache
    position_of = func.instr if dialect == "sqlite" else func.strpos
    conditions = [
        position_of(notes.c.search_text, bindparam(f"word_{i}")) > 0 for i in range(words)
    ]
    if of_video:
        conditions.append(_OF_VIDEO)
    rows = (
        live_notes(dialect)
        .where(notes.c.id > bindparam("after_id"), *conditions)
        .order_by(notes.c.id)
        .limit(bindparam("limit", type_=Integer))
    )
    return as_json_objects_that_fit(rows, dialect, MAX_PAGE_BYTES)

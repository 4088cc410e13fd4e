"""Lists of a person's videos, filtered, sorted and paged, as the JSON that is answered.

A statement is built once for each shape of question and kept; only its values change.
"""

import json
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    asc,
    bindparam,
    desc,
    func,
    literal_column,
    select,
    tuple_,
)

from core.database import DialectName, Session
from core.models import video_tags, videos
from core.queries.answers import AnySelect, as_json_object, as_json_objects, video_columns
from core.queries.tags import ids_tagged
from core.text import title_key

Sort = Literal["newest", "oldest", "title"]

_OBJECT = '{"id":'
"""How every video begins in a page's text; inside a title the quote is escaped."""

_LIMIT = bindparam("limit", type_=Integer) + literal_column("0")
"""Not the bare parameter: SQLite would prepare the statement anew each time to look at it."""

_NOTHING = literal_column("0", Integer)
_EVERYTHING = literal_column(str(2**63 - 1), BigInteger)

_OF_OWNER = videos.c.user_id == bindparam("user_id")
_LIVE = videos.c.deleted_at.is_(None)
_TRASHED = videos.c.deleted_at > bindparam("trashed_after")
_ORDERS = {
    "newest": (videos.c.id.desc(),),
    "oldest": (videos.c.id,),
    "title": (videos.c.title_key, videos.c.id),
}


class Position(NamedTuple):
    """Where a page ends: its last video's id and, for `sort=title`, that one's title key."""

    video_id: int
    title_key: str = ""


class _Shape(NamedTuple):
    dialect: DialectName
    sort: Sort
    after: bool
    tags: int
    match_any: bool
    words: int
    availability: bool
    trash: bool


class VideoQuery(NamedTuple):
    """Which of the owner's videos, in which order, from where on and how many.

    `trashed_after` set means the trash instead of the library.
    """

    limit: int
    sort: Sort = "newest"
    after: Position | None = None
    tag_keys: tuple[str, ...] = ()
    match_any: bool = False
    words: tuple[str, ...] = ()
    availability: str | None = None
    trashed_after: datetime | None = None

    def values(self) -> dict[str, Any]:
        """Return what the statement's parameters stand for."""
        after_id, after_title_key = self.after or (0, "")
        return {
            "limit": self.limit + 1,
            "after_id": after_id,
            "after_title_key": after_title_key,
            "availability": self.availability,
            "trashed_after": self.trashed_after,
            **{f"tag_{i}": key for i, key in enumerate(self.tag_keys)},
            **{f"word_{i}": word for i, word in enumerate(self.words)},
        }

    def shape(self, dialect: DialectName) -> _Shape:
        """Return what it shares with the queries that have the same statement."""
        return _Shape(
            dialect,
            self.sort,
            self.after is not None,
            len(self.tag_keys),
            self.match_any,
            len(self.words),
            self.availability is not None,
            self.trashed_after is not None,
        )


async def list_json(
    session: Session, owner_id: int, query: VideoQuery
) -> tuple[str, int, Position | None]:
    """Return one page as JSON objects with commas between, how many they are, and where it ends.

    The end is None when no video comes after it. One video more than asked is read and cut
    off the text: a second statement would take longer.
    """
    values = {"user_id": owner_id, **query.values()}
    row = await session.fetch_one(_page_statement(query.shape(session.dialect)), values)
    objects, count = ("", 0) if row is None else (row["objects"], row["count"])
    if count <= query.limit:
        return objects, count, None
    objects = objects[: objects.rindex(_OBJECT) - 1]
    last = json.loads(objects[objects.rindex(_OBJECT) :])
    return objects, query.limit, Position(last["id"], title_key(last["title"]))


async def get_json(session: Session, owner_id: int, video_id: int) -> str | None:
    """Return a video that is not in the trash as the text of a JSON object."""
    values = {"user_id": owner_id, "video_id": video_id}
    row = await session.fetch_one(_get_statement(session.dialect), values)
    return None if row is None else row["object"]


@lru_cache(maxsize=256)
def _page_statement(shape: _Shape) -> AnySelect:
    more = ["deleted_at"] if shape.trash else []
    rows = select(*video_columns(shape.dialect, *more)).limit(_LIMIT).offset(_NOTHING)
    return as_json_objects(_find(rows, shape), shape.dialect)


@lru_cache
def _get_statement(dialect: DialectName) -> AnySelect:
    by_id = videos.c.id == bindparam("video_id")
    row = select(*video_columns(dialect)).where(_OF_OWNER, by_id, _LIVE)
    return as_json_object(row, dialect)


def _find(rows: AnySelect, shape: _Shape) -> AnySelect:
    rows = rows.where(_OF_OWNER, *_conditions(shape))
    if shape.tags and shape.sort != "title":
        return _walk_tagged(rows, shape)
    if shape.tags:
        rows = rows.where(videos.c.id.in_(ids_tagged(shape.tags, match_any=shape.match_any)))
    return rows.order_by(*_ORDERS[shape.sort])


def _walk_tagged(rows: AnySelect, shape: _Shape) -> AnySelect:
    """Walk the tags' ranges in the list's order, so that reading ends where the page does.

    The limit that limits nothing keeps SQLite from forgetting the order of what is walked.
    """
    bounds = [_comes_after(shape.sort, video_tags.c.video_id)] if shape.after else []
    ids = ids_tagged(shape.tags, *bounds, match_any=shape.match_any)
    direction = desc if shape.sort == "newest" else asc
    walked = (
        ids.order_by(direction("video_id")).limit(_EVERYTHING).offset(_NOTHING).subquery("walked")
    )
    of_video = walked.c.video_id == videos.c.id
    return rows.join_from(walked, videos, of_video).order_by(direction(walked.c.video_id))


def _conditions(shape: _Shape) -> list[ColumnElement[bool]]:
    conditions = [_TRASHED if shape.trash else _LIVE]
    if shape.availability:
        conditions.append(videos.c.availability == bindparam("availability"))
    position_of = func.instr if shape.dialect == "sqlite" else func.strpos
    conditions += [
        position_of(videos.c.search_text, bindparam(f"word_{i}")) > 0 for i in range(shape.words)
    ]
    if shape.after:
        conditions.append(_comes_after(shape.sort))
    return conditions


def _comes_after(sort: Sort, video_id: ColumnElement[int] = videos.c.id) -> ColumnElement[bool]:
    after_id: ColumnElement[int] = bindparam("after_id")
    if sort == "title":
        position = tuple_(videos.c.title_key, video_id)
        return position > tuple_(bindparam("after_title_key"), after_id)
    return video_id < after_id if sort == "newest" else video_id > after_id

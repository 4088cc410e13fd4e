"""Lists of a user's videos, filtered, sorted and paged, as the JSON of the response.

A statement is built once for each combination of filters and cached; only its values change.
The values of the last queries are cached too.
"""

import json
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

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
    true,
    tuple_,
)

from core.choices import Sort
from core.database.session import DialectName, Session, Values
from core.models import video_tags, videos
from core.queries.json_sql import (
    AnySelect,
    as_json_object,
    as_json_objects,
    as_json_objects_that_fit,
    cut_page,
    id_of,
    video_columns,
)
from core.queries.tags import ids_tagged, ids_without
from core.text import title_key

MAX_PAGE_BYTES = 2 * 1024 * 1024
"""A page that a client does not read stays in memory: 40 such pages are below 100 MB. About 5,000
usual videos fit."""

_ALWAYS_FITS = 100
"""Videos of 20 KB, the largest. For more, a sum of sizes is needed, which doubles a page's cost."""

_LIMIT = bindparam("limit", type_=Integer) + literal_column("0")
"""Not the bare parameter: SQLite would prepare the statement again for each value."""

_NOTHING = literal_column("0", Integer)
_EVERYTHING = literal_column(str(2**63 - 1), BigInteger)

_OF_OWNER = videos.c.user_id == bindparam("user_id")
_LIVE = videos.c.deleted_at.is_(None)
_TRASHED = videos.c.deleted_at > bindparam("trashed_after")
_DONE_ON = func.coalesce(videos.c.done_on, literal_column("''"))
_ORDERS = {
    "newest": (videos.c.id.desc(),),
    "oldest": (videos.c.id,),
    "title": (videos.c.title_key, videos.c.id),
    "due": (_DONE_ON, videos.c.id),
}
_KEYS: dict[Sort, ColumnElement[str]] = {"title": videos.c.title_key, "due": _DONE_ON}
"""The sort keys of lists that are not sorted by time."""


class Position(NamedTuple):
    """The end of a page: its last video's id, and its sort key if the order begins with one."""

    video_id: int
    sort_key: str = ""


class _Shape(NamedTuple):
    dialect: DialectName
    sort: Sort
    after: bool
    tags: int
    match_any: bool
    without: int
    untagged: bool
    words: int
    availability: bool
    minutes_max: bool
    not_done_since: bool
    trash: bool


class VideoQuery(NamedTuple):
    """A query for videos of the owner: filters, order, position and limit.

    `trashed_after` set means the trash instead of the library.
    """

    limit: int
    sort: Sort = "newest"
    after: Position | None = None
    tag_keys: tuple[str, ...] = ()
    match_any: bool = False
    without_keys: tuple[str, ...] = ()
    untagged: bool = False
    words: tuple[str, ...] = ()
    availability: str | None = None
    minutes_max: int | None = None
    not_done_since: str | None = None
    trashed_after: datetime | None = None

    def values(self) -> dict[str, Any]:
        """Return the parameters of the statement."""
        after_id, after_key = self.after or (0, "")
        return {
            "limit": self.limit + 1,
            "after_id": after_id,
            "after_key": after_key,
            "availability": self.availability,
            "minutes_max": self.minutes_max,
            "not_done_since": self.not_done_since,
            "trashed_after": self.trashed_after,
            **{f"tag_{i}": key for i, key in enumerate(self.tag_keys)},
            **{f"without_{i}": key for i, key in enumerate(self.without_keys)},
            **{f"word_{i}": word for i, word in enumerate(self.words)},
        }

    def shape(self, dialect: DialectName) -> _Shape:
        """Return the key of its statement: the parts that it has, without their values."""
        return _Shape(
            dialect,
            self.sort,
            self.after is not None,
            len(self.tag_keys),
            self.match_any,
            len(self.without_keys),
            self.untagged,
            len(self.words),
            self.availability is not None,
            self.minutes_max is not None,
            self.not_done_since is not None,
            self.trashed_after is not None,
        )


async def list_json(
    session: Session, owner_id: int, query: VideoQuery
) -> tuple[str, int, Position | None]:
    """Return one page as comma-joined JSON objects, their number, and the end of the page.

    A page ends early if its videos exceed MAX_PAGE_BYTES. The end is None on the last page. One
    extra video is read and cut off the text: a second statement would take longer.
    """
    page = _prepare(query, session.dialect)
    row = await session.fetch_one(page.statement, {"user_id": owner_id, **page.values})
    if row is None:
        return "", 0, None
    found = row["count"] if page.always_fits else row["found"]
    objects, count, last = cut_page(row["objects"], row["count"], found, query.limit)
    return objects, count, _position(query.sort, last) if last else None


def _position(sort: Sort, last: str) -> Position:
    if sort not in _KEYS:
        return Position(id_of(last))
    video = json.loads(last)
    key = (video["done_on"] or "") if sort == "due" else title_key(video["title"])
    return Position(video["id"], key)


async def get_json(session: Session, owner_id: int, video_id: int) -> str | None:
    """Return a video that is not in the trash as the text of a JSON object."""
    values = {"user_id": owner_id, "video_id": video_id}
    row = await session.fetch_one(_get_statement(session.dialect), values)
    return None if row is None else row["object"]


class _Page(NamedTuple):
    statement: AnySelect
    values: Values
    """All parameters except the owner."""
    always_fits: bool


@lru_cache(maxsize=1024)
def _prepare(query: VideoQuery, dialect: DialectName) -> _Page:
    """Prepare and cache: the screens of an app repeat the same few queries."""
    always_fits = query.limit <= _ALWAYS_FITS
    build = _page_statement if always_fits else _page_statement_that_fits
    return _Page(build(query.shape(dialect)), query.values(), always_fits)


@lru_cache(maxsize=256)
def _page_statement(shape: _Shape) -> AnySelect:
    return as_json_objects(_rows(shape), shape.dialect)


@lru_cache(maxsize=256)
def _page_statement_that_fits(shape: _Shape) -> AnySelect:
    return as_json_objects_that_fit(_rows(shape), shape.dialect, MAX_PAGE_BYTES)


def _rows(shape: _Shape) -> AnySelect:
    more = ["deleted_at"] if shape.trash else []
    rows = _find(select(*video_columns(shape.dialect, *more)), shape)
    return rows.limit(_LIMIT).offset(_NOTHING)


@lru_cache
def _get_statement(dialect: DialectName) -> AnySelect:
    by_id = videos.c.id == bindparam("video_id")
    row = select(*video_columns(dialect)).where(_OF_OWNER, by_id, _LIVE)
    return as_json_object(row, dialect)


def _find(rows: AnySelect, shape: _Shape) -> AnySelect:
    rows = rows.where(_OF_OWNER, *_conditions(shape))
    if shape.tags and shape.sort not in _KEYS:
        return _walk_tagged(rows, shape)
    if shape.tags:
        rows = rows.where(videos.c.id.in_(ids_tagged(shape.tags, match_any=shape.match_any)))
    return rows.order_by(*_ORDERS[shape.sort])


def _walk_tagged(rows: AnySelect, shape: _Shape) -> AnySelect:
    """Read the tags' ranges in the list's order, so that reading stops at the end of the page.

    The limit has no bound; it makes SQLite keep the order of the ids.
    """
    bounds = [_comes_after(shape.sort, video_tags.c.video_id)] if shape.after else []
    ids = ids_tagged(shape.tags, *bounds, match_any=shape.match_any)
    direction = desc if shape.sort == "newest" else asc
    walked = (
        ids.order_by(direction("video_id")).limit(_EVERYTHING).offset(_NOTHING).subquery("walked")
    )
    of_video = walked.c.video_id == videos.c.id
    if shape.dialect == "postgresql":
        # Without statistics a join reads all of the owner's videos for each of the ids.
        found = rows.where(of_video).correlate(walked).offset(_NOTHING).lateral("found")
        rows = select(*found.c).select_from(walked.join(found, true()))
    else:
        rows = rows.join_from(walked, videos, of_video)
    return rows.order_by(direction(walked.c.video_id))


def _conditions(shape: _Shape) -> list[ColumnElement[bool]]:
    conditions = [_TRASHED if shape.trash else _LIVE]
    if shape.availability:
        conditions.append(videos.c.availability == bindparam("availability"))
    if shape.minutes_max:
        conditions.append(videos.c.minutes <= bindparam("minutes_max"))
    if shape.not_done_since:
        conditions.append(bindparam("not_done_since") > _DONE_ON)
    if shape.untagged:
        conditions.append(videos.c.tags == literal_column("''"))
    if shape.without:
        conditions.append(videos.c.id.not_in(ids_without(shape.without)))
    position_of = func.instr if shape.dialect == "sqlite" else func.strpos
    conditions += [
        position_of(videos.c.search_text, bindparam(f"word_{i}")) > 0 for i in range(shape.words)
    ]
    if shape.after:
        conditions.append(_comes_after(shape.sort))
    return conditions


def _comes_after(sort: Sort, video_id: ColumnElement[int] = videos.c.id) -> ColumnElement[bool]:
    after_id: ColumnElement[int] = bindparam("after_id")
    if sort in _KEYS:
        return tuple_(_KEYS[sort], video_id) > tuple_(bindparam("after_key"), after_id)
    return video_id < after_id if sort == "newest" else video_id > after_id

"""The rows of a user's library that changed since a revision, and those deleted for good.

Rows are read in the order of their revisions. A row that changes while a client reads page after
page moves to the end of that order, so no page misses it (docs/decisions/0023-change-feed.md).
"""

import json
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import (
    BindParameter,
    Integer,
    String,
    Table,
    bindparam,
    cast,
    delete,
    func,
    insert,
    literal_column,
    select,
    tuple_,
)

from core.choices import Kind
from core.database.session import DialectName, Session
from core.models import deletions, notes, searches, videos, workouts
from core.queries.json_sql import AnySelect, as_json_objects_that_fit, cut_page, video_columns
from core.queries.notes import live_notes
from core.queries.searches import search_columns
from core.queries.video_lists import MAX_PAGE_BYTES
from core.queries.workouts import workout_columns

MAX_GONE = 50_000
"""Ids in one answer, below 1 MiB. A client that misses more reads its whole library again."""


class Position(NamedTuple):
    """The last row of a page. The position before all rows that changed since R is (R, MAX_ID)."""

    revision: int
    id: int


class Deletion(NamedTuple):
    """A row that is deleted for good."""

    revision: int
    """The last revision of the row; from then on clients no longer show it."""
    kind: Kind
    id: int
    deleted_at: datetime


class OldDeletions(NamedTuple):
    """A user with deletions that are old enough to be removed."""

    user_id: int


_TABLES: dict[Kind, Table] = {
    "videos": videos,
    "notes": notes,
    "workouts": workouts,
    "searches": searches,
}

_OF_OWNER = videos.c.user_id == bindparam("user_id")
_SINCE: BindParameter[int] = bindparam("since")
_OLD = deletions.c.deleted_at < bindparam("before")

_TRASHED = select(literal_column("'videos'", String).label("kind"), videos.c.id).where(
    _OF_OWNER, videos.c.deleted_at.is_not(None), videos.c.revision > _SINCE
)
_DELETED = select(deletions.c.kind, deletions.c.id).where(
    deletions.c.user_id == bindparam("user_id"), deletions.c.revision > _SINCE
)
_INSERT = insert(deletions)
_FIND_OLD = select(deletions.c.user_id).where(_OLD).distinct().limit(bindparam("limit"))
_NEWEST_OLD = select(func.max(deletions.c.revision).label("revision")).where(
    deletions.c.user_id == bindparam("user_id"), _OLD
)
_DELETE_OLD = delete(deletions).where(deletions.c.user_id == bindparam("user_id"), _OLD)


async def list_rows(
    session: Session, owner_id: int, kind: Kind, after: Position, limit: int
) -> tuple[str, Position | None]:
    """Return the next rows as comma-joined JSON objects, and the end of the page.

    Rows in the trash are left out. A page ends early if its rows exceed MAX_PAGE_BYTES. The end
    is None on the last page.
    """
    values = {"user_id": owner_id, **after._asdict(), "limit": limit + 1}
    row = await session.fetch_one(rows_statement(kind, session.dialect), values)
    if row is None:
        return "", None
    objects, _, last = cut_page(row["objects"], row["count"], row["found"], limit)
    if last is None:
        return objects, None
    ended = json.loads(last)
    return objects, Position(ended["revision"], ended["id"])


@lru_cache
def rows_statement(kind: Kind, dialect: DialectName) -> AnySelect:
    """Select the rows of one kind after a position."""
    rows = {
        "videos": select(*video_columns(dialect, "revision")).where(
            _OF_OWNER, videos.c.deleted_at.is_(None)
        ),
        "notes": live_notes(dialect, "revision"),
        "workouts": select(*workout_columns(dialect, "revision")).where(
            workouts.c.user_id == bindparam("user_id")
        ),
        "searches": select(*search_columns(dialect, "revision")).where(
            searches.c.user_id == bindparam("user_id")
        ),
    }[kind]
    table = _TABLES[kind]
    rows = (
        rows.where(
            tuple_(table.c.revision, table.c.id) > tuple_(bindparam("revision"), bindparam("id"))
        )
        .order_by(table.c.revision, table.c.id)
        .limit(bindparam("limit", type_=Integer))
    )
    return as_json_objects_that_fit(rows, dialect, MAX_PAGE_BYTES)


async def list_gone(session: Session, owner_id: int, since: int) -> tuple[dict[str, str], int]:
    """Return the ids of rows that are in the trash or deleted, by kind, and their number.

    The ids are comma-joined text, MAX_GONE + 1 at most.
    """
    values = {"user_id": owner_id, "since": since, "limit": MAX_GONE + 1}
    rows = await session.fetch_all(_gone_statement(session.dialect), values)
    return {row["kind"]: row["ids"] for row in rows}, sum(row["count"] for row in rows)


@lru_cache
def _gone_statement(dialect: DialectName) -> AnySelect:
    gone = _TRASHED.union_all(_DELETED).limit(bindparam("limit", type_=Integer)).subquery("gone")
    join = func.group_concat if dialect == "sqlite" else func.string_agg
    ids = join(cast(gone.c.id, String), literal_column("','"))
    return select(gone.c.kind, ids.label("ids"), func.count().label("count")).group_by(gone.c.kind)


async def record_deletion(session: Session, owner_id: int, deletion: Deletion) -> None:
    """Record a row that is deleted for good."""
    await session.execute(_INSERT, {"user_id": owner_id, **deletion._asdict()})


async def find_old(session: Session, before: datetime, limit: int) -> list[OldDeletions]:
    """Return users with deletions from before that moment."""
    rows = await session.fetch_all(_FIND_OLD, {"before": before, "limit": limit})
    return [OldDeletions._make(row) for row in rows]


async def forget_old(session: Session, owner_id: int, before: datetime) -> int:
    """Remove the deletions from before that moment; return the newest revision among them."""
    values = {"user_id": owner_id, "before": before}
    row = await session.fetch_one(_NEWEST_OLD, values)
    await session.execute(_DELETE_OLD, values)
    return (row and row["revision"]) or 0

"""A user's whole library, page by page, for an export."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, bindparam, func, or_, select

from core.database.session import DialectName, Session
from core.models import notes, searches, videos, workouts
from core.queries.json_sql import AnySelect, video_columns
from core.queries.notes import note_columns
from core.queries.searches import search_columns
from core.queries.videos import each_id
from core.queries.workouts import workout_columns


async def list_page(
    session: Session, owner_id: int, after_id: int, limit: int
) -> Sequence[dict[str, Any]]:
    """Return the videos after an id, the oldest first.

    Each has its `deleted_at` and `title_is_provisional`. They include the whole trash, so that the
    cost of a page depends only on its rows.
    """
    return await _list(session, owner_id, _page_statement(session.dialect), after_id, limit)


async def _list(
    session: Session, owner_id: int, statement: AnySelect, after_id: int, limit: int
) -> Sequence[dict[str, Any]]:
    values = {"user_id": owner_id, "after_id": after_id, "limit": limit}
    rows = await session.fetch_all(statement, values)
    names = statement.selected_columns.keys()
    return [{name: row[name] for name in names} for row in rows]


async def list_notes(
    session: Session, owner_id: int, video_ids: Collection[int]
) -> dict[int, list[dict[str, Any]]]:
    """Return the notes of these videos by video, also in the trash, ordered by id."""
    statement = _notes_statement(session.dialect)
    values = {"user_id": owner_id, "ids": json.dumps([*video_ids])}
    names = statement.selected_columns.keys()
    found: dict[int, list[dict[str, Any]]] = {}
    for row in await session.fetch_all(statement, values):
        note = {name: row[name] for name in names}
        found.setdefault(note.pop("video_id"), []).append(note)
    return found


@lru_cache
def _notes_statement(dialect: DialectName) -> AnySelect:
    return (
        select(*note_columns(dialect))
        .where(notes.c.user_id == bindparam("user_id"), notes.c.video_id.in_(each_id(dialect)))
        .order_by(notes.c.id)
    )


async def list_workouts(
    session: Session, owner_id: int, after_id: int, limit: int
) -> Sequence[dict[str, Any]]:
    """Return the workouts after an id, without `video_id`, which only this library knows."""
    return await _list(session, owner_id, _workouts_statement(session.dialect), after_id, limit)


@lru_cache
def _workouts_statement(dialect: DialectName) -> AnySelect:
    columns = [each for each in workout_columns(dialect) if each.key != "video_id"]
    return (
        select(*columns)
        .where(workouts.c.user_id == bindparam("user_id"), workouts.c.id > bindparam("after_id"))
        .order_by(workouts.c.id)
        .limit(bindparam("limit", type_=Integer))
    )


async def list_searches(
    session: Session, owner_id: int, after_id: int, limit: int
) -> Sequence[dict[str, Any]]:
    """Return the saved searches after an id."""
    return await _list(session, owner_id, _searches_statement(session.dialect), after_id, limit)


@lru_cache
def _searches_statement(dialect: DialectName) -> AnySelect:
    return (
        select(*search_columns(dialect))
        .where(searches.c.user_id == bindparam("user_id"), searches.c.id > bindparam("after_id"))
        .order_by(searches.c.id)
        .limit(bindparam("limit", type_=Integer))
    )


async def count(session: Session, owner_id: int, trashed_after: datetime | None) -> int:
    """Return the number of videos on all pages."""
    values = {"user_id": owner_id, "trashed_after": trashed_after}
    row = await session.fetch_one(_COUNT[trashed_after is not None], values)
    return 0 if row is None else row["videos"]


def _exported(*, with_trash: bool) -> ColumnElement[bool]:
    live = videos.c.deleted_at.is_(None)
    in_trash = videos.c.deleted_at > bindparam("trashed_after")
    return or_(live, in_trash) if with_trash else live


_COUNT = [
    select(func.count().label("videos")).where(
        videos.c.user_id == bindparam("user_id"), _exported(with_trash=with_trash)
    )
    for with_trash in (False, True)
]


@lru_cache
def _page_statement(dialect: DialectName) -> AnySelect:
    return (
        select(*video_columns(dialect, "deleted_at", "title_is_provisional"))
        .where(videos.c.user_id == bindparam("user_id"), videos.c.id > bindparam("after_id"))
        .order_by(videos.c.id)
        .limit(bindparam("limit", type_=Integer))
    )

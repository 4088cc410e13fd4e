"""Notes and workouts of an import, written by a few statements. The owner comes first."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert

from core.database.session import DialectName, Session
from core.models import notes, workouts
from core.queries.json_sql import AnySelect, elements_of
from core.queries.videos import each_id

_INSERT_NOTES = insert(notes).on_conflict_do_nothing()
_INSERT_WORKOUTS = insert(workouts).on_conflict_do_nothing()


async def list_note_ids(
    session: Session, owner_id: int, video_ids: Collection[int]
) -> dict[int, set[int]]:
    """Return the ids of the notes of these videos, by video."""
    values = {"user_id": owner_id, "ids": json.dumps([*video_ids])}
    found: dict[int, set[int]] = {}
    for row in await session.fetch_all(_note_ids(session.dialect), values):
        found.setdefault(row["video_id"], set()).add(row["id"])
    return found


@lru_cache
def _note_ids(dialect: DialectName) -> AnySelect:
    return select(notes.c.video_id, notes.c.id).where(
        notes.c.user_id == bindparam("user_id"), notes.c.video_id.in_(each_id(dialect))
    )


async def insert_notes(session: Session, owner_id: int, rows: Sequence[dict[str, Any]]) -> None:
    """Insert whole rows; skip those whose id is taken."""
    if rows:
        given = [{**row, "user_id": owner_id} for row in rows]
        await session.execute_many(_INSERT_NOTES, given)


async def find_workouts(session: Session, owner_id: int, ids: Collection[int]) -> set[int]:
    """Return the ids that workouts of the owner already have."""
    values = {"user_id": owner_id, "ids": json.dumps([*ids])}
    rows = await session.fetch_all(_workout_ids(session.dialect), values)
    return {row["id"] for row in rows}


@lru_cache
def _workout_ids(dialect: DialectName) -> AnySelect:
    return select(workouts.c.id).where(
        workouts.c.user_id == bindparam("user_id"), workouts.c.id.in_(each_id(dialect))
    )


async def list_days(
    session: Session, owner_id: int, video_keys: Collection[str], before: datetime
) -> set[tuple[str, str]]:
    """Return video key and day of the workouts with these videos that were logged before."""
    values = {"user_id": owner_id, "keys": json.dumps([*video_keys]), "before": before}
    rows = await session.fetch_all(_days(session.dialect), values)
    return {(row["video_key"], row["day"]) for row in rows}


@lru_cache
def _days(dialect: DialectName) -> AnySelect:
    keys = select(elements_of(dialect, "keys").c.value)
    return select(workouts.c.video_key, workouts.c.day).where(
        workouts.c.user_id == bindparam("user_id"),
        workouts.c.video_key.in_(keys),
        workouts.c.created_at < bindparam("before"),
    )


async def insert_workouts(session: Session, owner_id: int, rows: Sequence[dict[str, Any]]) -> None:
    """Insert whole rows; their ids must be free."""
    if rows:
        given = [{**row, "user_id": owner_id} for row in rows]
        await session.execute_many(_INSERT_WORKOUTS, given)

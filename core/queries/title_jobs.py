"""The jobs of the title workers: videos to request from YouTube, and when.

The owner comes first, except where a worker looks for due jobs.
"""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from core.database.session import Session
from core.models import metadata_jobs, videos


class DueJob(NamedTuple):
    """A video to ask YouTube about. `due_at` is as stored, since a claim compares it."""

    user_id: int
    video_id: int
    due_at: datetime | str


class ClaimedJob(NamedTuple):
    """The data of a claimed job."""

    tries: int
    video_key: str


_JOB = (
    metadata_jobs.c.user_id == bindparam("user_id"),
    metadata_jobs.c.video_id == bindparam("video_id"),
)
_insert = insert(metadata_jobs)
_PUT = _insert.on_conflict_do_update(
    index_elements=[metadata_jobs.c.user_id, metadata_jobs.c.video_id],
    set_={"due_at": _insert.excluded.due_at, "tries": _insert.excluded.tries},
)
_FIND_DUE = (
    select(*(metadata_jobs.c[name] for name in DueJob._fields))
    .where(metadata_jobs.c.due_at <= bindparam("now"))
    .order_by(metadata_jobs.c.due_at.desc())
    .limit(bindparam("limit"))
)
# By parameters, not by the job's columns: in RETURNING SQLite drops the table's name.
_VIDEO_KEY = select(videos.c.video_key).where(
    videos.c.user_id == bindparam("user_id"), videos.c.id == bindparam("video_id")
)
_CLAIM = (
    update(metadata_jobs)
    .where(*_JOB, metadata_jobs.c.due_at == bindparam("seen_due_at"))
    .values(due_at=bindparam("leased_until"))
    .returning(metadata_jobs.c.tries, _VIDEO_KEY.scalar_subquery().label("video_key"))
)
_POSTPONE = (
    update(metadata_jobs)
    .where(*_JOB)
    .values(due_at=bindparam("due"), tries=bindparam("tries_so_far"))
)
_DELETE = delete(metadata_jobs).where(*_JOB)


async def put(session: Session, owner_id: int, video_id: int, due_at: datetime) -> None:
    """Schedule the first request about the video."""
    values = {"user_id": owner_id, "video_id": video_id, "due_at": due_at, "tries": 0}
    await session.execute(_PUT, values)


async def put_many(
    session: Session, owner_id: int, video_ids: Collection[int], due_at: datetime
) -> None:
    """Schedule the first request about each of the videos."""
    values = {"user_id": owner_id, "due_at": due_at, "tries": 0}
    if video_ids:
        await session.execute_many(_PUT, [{**values, "video_id": id_} for id_ in video_ids])


async def find_due(session: Session, now: datetime, limit: int) -> list[DueJob]:
    """Return the jobs of all users that are due, the latest first."""
    rows = await session.fetch_all(_FIND_DUE, {"now": now, "limit": limit})
    return [DueJob._make(row) for row in rows]


async def claim(
    session: Session, owner_id: int, seen: DueJob, leased_until: datetime
) -> ClaimedJob | None:
    """Claim the job until its lease ends; None when another worker was faster."""
    values = {
        "user_id": owner_id,
        "video_id": seen.video_id,
        "seen_due_at": seen.due_at,
        "leased_until": leased_until,
    }
    row = await session.fetch_one(_CLAIM, values)
    return None if row is None else ClaimedJob._make(row)


async def postpone(
    session: Session, owner_id: int, video_id: int, due_at: datetime, tries: int
) -> None:
    """Release the job until it is due again."""
    values = {"user_id": owner_id, "video_id": video_id, "due": due_at, "tries_so_far": tries}
    await session.execute(_POSTPONE, values)


async def delete_done(session: Session, owner_id: int, video_id: int) -> None:
    """Delete the job: there is nothing left to fetch."""
    await session.execute(_DELETE, {"user_id": owner_id, "video_id": video_id})

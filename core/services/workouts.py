"""A user's log: one dated entry for each time that they trained with a video.

The log and the video's columns about it are written in one transaction.
"""

from collections.abc import Container
from datetime import timedelta
from itertools import count

from core.codes import FaultCode
from core.database.session import Session
from core.errors import InvalidInput, NotFound
from core.queries import changes, users, videos, workouts
from core.queries.changes import Deletion
from core.queries.videos import Stamp, VideoRow
from core.queries.workouts import Workout
from core.schemas.workouts import WorkoutCreate, WorkoutUpdate
from core.services.stored import Stored
from core.services.users import lock, require_revision
from core.services.videos import not_found, trashed_after
from core.time_ids import EPOCH, time_ordered_id, utc_now

MAX_WORKOUTS = 20_000
FIRST_DAY = EPOCH.date()


def no_workout() -> NotFound:
    """Build the error for a missing workout, which is the same for another user's."""
    return NotFound("There is no such workout in your log.")


async def log(session: Session, owner_id: int, new: WorkoutCreate) -> Stored:
    """Log a workout; if its id is taken, return the stored one, since a client may retry.

    Raises: NotFound: no such video; InvalidInput: a day out of range, or too many workouts.
    """
    revision = await lock(session, owner_id)
    if new.id is not None and (known := await _stored(session, owner_id, new.id, revision)):
        return known
    stamp = Stamp(utc_now(), revision + 1)
    _require_day(new.day, stamp)
    video = await videos.find(session, owner_id, new.video_id, trashed_after(stamp.now))
    if video is None or video.expired:
        raise not_found()
    if await workouts.count_all(session, owner_id) >= MAX_WORKOUTS:
        raise InvalidInput(
            "#", FaultCode.TOO_MANY_WORKOUTS, f"A log has at most {MAX_WORKOUTS:,} workouts."
        )
    workout_id = await _insert(session, owner_id, new, video, stamp)
    return await _finish(session, owner_id, workout_id, video.video_key, stamp, created=True)


async def _insert(
    session: Session, owner_id: int, new: WorkoutCreate, video: VideoRow, stamp: Stamp
) -> int:
    row = new.model_dump(exclude={"id", "video_id"}) | {
        "video_key": video.video_key,
        "title": video.title,
        "created_at": stamp.now,
        "updated_at": stamp.now,
        "revision": stamp.revision,
    }
    for attempt in count():
        drawn = time_ordered_id(stamp.now, attempt) if new.id is None else new.id
        if await workouts.insert_if_free(session, owner_id, {**row, "id": drawn}):
            return drawn
    raise AssertionError  # the loop has no end


async def update(
    session: Session,
    owner_id: int,
    workout_id: int,
    change: WorkoutUpdate,
    only_at: Container[int] | None,
) -> Stored:
    """Change only the given fields.

    Raises: NotFound, PreconditionFailed, InvalidInput: a day out of range.
    """
    workout, revision = await _find(session, owner_id, workout_id, only_at)
    changed = workout._replace(**change.model_dump(exclude_unset=True))
    if changed == workout:
        return await _require_stored(session, owner_id, workout_id, revision)
    stamp = Stamp(utc_now(), revision + 1)
    _require_day(changed.day, stamp)
    await workouts.change(session, owner_id, workout_id, changed, stamp)
    return await _finish(session, owner_id, workout_id, workout.video_key, stamp)


async def delete(
    session: Session, owner_id: int, workout_id: int, only_at: Container[int] | None
) -> int:
    """Delete a workout; return the library's new revision.

    Raises: NotFound, PreconditionFailed.
    """
    workout, revision = await _find(session, owner_id, workout_id, only_at)
    stamp = Stamp(utc_now(), revision + 1)
    await workouts.delete_one(session, owner_id, workout_id)
    deletion = Deletion(stamp.revision, "workouts", workout_id, stamp.now)
    await changes.record_deletion(session, owner_id, deletion)
    await workouts.recount(session, owner_id, workout.video_key, stamp)
    return await users.bump_revision(session, owner_id, stamp.now)


async def _find(
    session: Session, owner_id: int, workout_id: int, only_at: Container[int] | None
) -> tuple[Workout, int]:
    revision = await lock(session, owner_id)
    workout = await workouts.find(session, owner_id, workout_id)
    if workout is None:
        raise no_workout()
    require_revision(revision, only_at)
    return workout, revision


async def _finish(
    session: Session,
    owner_id: int,
    workout_id: int,
    video_key: str,
    stamp: Stamp,
    *,
    created: bool = False,
) -> Stored:
    await workouts.recount(session, owner_id, video_key, stamp)
    revision = await users.bump_revision(session, owner_id, stamp.now)
    return await _require_stored(session, owner_id, workout_id, revision, created=created)


async def _stored(
    session: Session, owner_id: int, workout_id: int, revision: int, *, created: bool = False
) -> Stored | None:
    json = await workouts.get_json(session, owner_id, workout_id)
    return None if json is None else Stored(workout_id, json, revision, created)


async def _require_stored(
    session: Session, owner_id: int, workout_id: int, revision: int, *, created: bool = False
) -> Stored:
    stored = await _stored(session, owner_id, workout_id, revision, created=created)
    if stored is None:
        raise no_workout()
    return stored


def _require_day(day: str, stamp: Stamp) -> None:
    """Raises: InvalidInput: before YouTube existed, or after tomorrow in every time zone."""
    last = stamp.now.date() + timedelta(days=1)
    if not FIRST_DAY.isoformat() <= day <= last.isoformat():
        raise InvalidInput(
            "#/day",
            FaultCode.DAY_OUT_OF_RANGE,
            f"A workout is on a day from {FIRST_DAY} to tomorrow.",
        )

"""The notes and the workouts of an import: merged by id, up to the limits."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import Any, NamedTuple

from core.codes import ChangeCode, Reason, RowCode
from core.database.session import Session
from core.queries import import_training as queries
from core.queries import workouts
from core.queries.videos import Stamp
from core.services.notes import MAX_NOTES
from core.services.workouts import MAX_WORKOUTS
from core.text import fold
from core.time_ids import time_ordered_id
from core.transfer.normalization import NormalizedEntry
from core.transfer.note_rows import NormalizedNote
from core.transfer.workout_rows import NormalizedWorkout

LOG_IS_FULL = Reason(RowCode.LOG_IS_FULL, f"Your log has {MAX_WORKOUTS:,} workouts, the most.")
_TOO_MANY_NOTES = Reason(
    ChangeCode.NOTES_BEYOND_LIMIT, f"notes beyond {MAX_NOTES} of a video were left out"
)


class Logged(NamedTuple):
    """The number of new rows, and the positions of the rows beyond the limit."""

    new: int
    left_out: list[int]


async def add_notes(
    session: Session,
    owner_id: int,
    videos: Sequence[NormalizedEntry],
    ids: Mapping[str, int],
    stamp: Stamp,
) -> bool:
    """Add the new notes; return whether there were any.

    `ids` are the ids of the videos by key. Notes that are left out are a change of their video.
    """
    with_notes = [video for video in videos if video.notes]
    if not with_notes:
        return False
    wanted = {ids[video.link.video_key] for video in with_notes}
    stored = await queries.list_note_ids(session, owner_id, wanted)
    rows: list[dict[str, Any]] = []
    for video in with_notes:
        video_id = ids[video.link.video_key]
        known = stored.setdefault(video_id, set())
        new = [note for note in video.notes if note.id not in known]
        fit = new[: max(0, MAX_NOTES - len(known))]
        if len(fit) < len(new):
            video.changes.append(_TOO_MANY_NOTES)
        for note in fit:
            row = _note_row(note, video_id, stamp, known)
            known.add(row["id"])
            rows.append(row)
    await queries.insert_notes(session, owner_id, rows)
    return bool(rows)


def _note_row(note: NormalizedNote, video_id: int, stamp: Stamp, known: set[int]) -> dict[str, Any]:
    note_id = draw_id(note.created_at, known) if note.id is None else note.id
    given = note._asdict() | {"id": note_id, "video_id": video_id}
    return given | {"search_text": fold(note.text), "revision": stamp.revision}


def draw_id(moment: datetime, taken: set[int]) -> int:
    """Draw an unused id of that time."""
    return next(id_ for at in count() if (id_ := time_ordered_id(moment, at)) not in taken)


async def log_workouts(
    session: Session,
    owner_id: int,
    rows: Mapping[int, NormalizedWorkout],
    began_at: datetime,
    stamp: Stamp,
) -> Logged:
    """Log the new workouts.

    A row without an id is not new if its video and day were logged before the import began.
    """
    if not rows:
        return Logged(0, [])
    ids = {row.wanted_id for row in rows.values() if row.wanted_id is not None}
    taken = await queries.find_workouts(session, owner_id, ids)
    keys = {row.link.video_key for row in rows.values() if row.wanted_id is None}
    logged = await queries.list_days(session, owner_id, keys, began_at)
    room = MAX_WORKOUTS - await workouts.count_all(session, owner_id)
    new: list[dict[str, Any]] = []
    left_out: list[int] = []
    for at, row in rows.items():
        if row.wanted_id in taken or (
            row.wanted_id is None and (row.link.video_key, row.day) in logged
        ):
            continue
        if len(new) >= room:
            left_out.append(at)
            continue
        stored = _workout_row(row, stamp, taken)
        taken.add(stored["id"])
        new.append(stored)
    await queries.insert_workouts(session, owner_id, new)
    for video_key in {row["video_key"] for row in new}:
        await workouts.recount(session, owner_id, video_key, stamp)
    return Logged(len(new), left_out)


def _workout_row(row: NormalizedWorkout, stamp: Stamp, taken: set[int]) -> dict[str, Any]:
    return {
        "id": draw_id(stamp.now, taken) if row.wanted_id is None else row.wanted_id,
        "video_key": row.link.video_key,
        "title": row.title,
        "day": row.day,
        "minutes": row.minutes,
        "effort": row.effort,
        "comment": row.comment,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "revision": stamp.revision,
    }

"""From a row of a log to a workout within the limits; each change is reported."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import get_args

from core import text
from core.choices import Effort
from core.codes import ChangeCode, Reason, RowCode
from core.minutes import MOST
from core.time_ids import EPOCH
from core.transfer.entries import Entry, WorkoutRow
from core.transfer.normalization import EntryRefused, Timestamps, find_link, read_title
from core.transfer.note_rows import MAX_ID, clean_lines, moment_or, read_whole
from core.youtube.links import VideoLink

FIRST_DAY = EPOCH.date()
_EFFORTS: dict[str, Effort] = {effort: effort for effort in get_args(Effort)}
_DETAIL_LEFT_OUT = Reason(
    ChangeCode.WORKOUT_DETAIL_LEFT_OUT, "minutes, effort or comment could not be read"
)


@dataclass(frozen=True, slots=True)
class NormalizedWorkout:
    """A workout as it can be stored; `changes` names what was changed for that."""

    entry: Entry
    link: VideoLink
    title: str | None
    day: str
    minutes: int | None
    effort: Effort | None
    comment: str | None
    created_at: datetime
    updated_at: datetime
    wanted_id: int | None
    changes: list[Reason]


def normalize_workout(
    entry: Entry, workout: WorkoutRow, timestamps: Timestamps
) -> NormalizedWorkout:
    """Validate a row of a log, and change it to fit the limits.

    Raises: EntryRefused: no video in the link, or no day that a workout can be on.
    """
    changes: list[Reason] = [*entry.left_out]
    link, title = find_link(entry, changes), read_title(entry.title, changes)
    minutes = read_whole(workout.minutes, MOST)
    comment = clean_lines(workout.comment, text.MAX_COMMENT_LENGTH)
    effort = _EFFORTS.get(workout.effort.strip())
    kept = (str(minutes or ""), effort or "", comment)
    if kept != (workout.minutes.strip(), workout.effort.strip(), workout.comment.strip()):
        changes.append(_DETAIL_LEFT_OUT)
    return NormalizedWorkout(
        entry,
        link,
        title,
        _day(workout.day, timestamps.now),
        minutes or None,
        effort,
        comment or None,
        moment_or(timestamps.now, entry.created_at),
        moment_or(timestamps.now, entry.updated_at),
        read_whole(entry.id, MAX_ID),
        changes,
    )


def _day(given: str, now: datetime) -> str:
    """Read `2026-11-28`; tomorrow in UTC is today for some users.

    Raises: EntryRefused
    """
    try:
        day = date.fromisoformat(given.strip()[:10])
    except ValueError:
        day = date.min
    if not FIRST_DAY <= day <= now.date() + timedelta(days=1):
        raise EntryRefused(RowCode.NO_DAY_OF_A_WORKOUT, "There is no day of a workout here.")
    return day.isoformat()

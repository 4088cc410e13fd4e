"""From a row of a log to a workout within the limits; each change is reported."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import get_args

from core import text
from core.choices import Effort
from core.codes import ChangeCode, Reason, RowCode
from core.minutes import MOST
from core.time_ids import EPOCH
from core.transfer.entries import Entry, WorkoutRow
from core.transfer.normalization import EntryRefused, Timestamps, find_link, read_title
from core.transfer.note_rows import MAX_ID, clean_lines, moment_or, read_whole
from core.transfer.timestamps import AmbiguousDate, read_day
from core.youtube.links import VideoLink

FIRST_DAY = EPOCH.date()
_EFFORTS: dict[str, Effort] = {effort: effort for effort in get_args(Effort)}
_NO_FRACTION = re.compile(r"[.,]0+$")
"""A spreadsheet writes 20 as `20.0` or `20,0`."""
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
    minutes = read_whole(_NO_FRACTION.sub("", workout.minutes.strip()), MOST)
    comment = clean_lines(workout.comment, text.MAX_COMMENT_LENGTH)
    effort = _EFFORTS.get(workout.effort.strip().lower())
    is_lost = [
        workout.minutes.strip() and not minutes,
        workout.effort.strip() and not effort,
        workout.comment.strip() != comment,
    ]
    if any(is_lost):
        changes.append(_DETAIL_LEFT_OUT)
    read_moment = partial(moment_or, timestamps.now, is_day_first=entry.is_day_first)
    return NormalizedWorkout(
        entry,
        link,
        title,
        _day(workout.day, entry, timestamps.now),
        minutes or None,
        effort,
        comment or None,
        read_moment(entry.created_at),
        read_moment(entry.updated_at),
        read_whole(entry.id, MAX_ID),
        changes,
    )


def _day(given: str, entry: Entry, now: datetime) -> str:
    """Read the day in any form of a date; tomorrow in UTC is today for some users.

    Raises: EntryRefused
    """
    try:
        day = date.fromisoformat(given.strip()[:10])  # a time or a weekday may follow
    except ValueError:
        day = _read_day(given, entry)
    if not FIRST_DAY <= day <= now.date() + timedelta(days=1):
        raise EntryRefused(RowCode.NO_DAY_OF_A_WORKOUT, "There is no day of a workout here.")
    return day.isoformat()


def _read_day(given: str, entry: Entry) -> date:
    """Read any other form of a date; one that can't be read is long ago."""
    try:
        return read_day(given, is_day_first=entry.is_day_first) or date.min
    except AmbiguousDate:
        return date.min

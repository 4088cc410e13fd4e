"""Days and workouts: "I did this video". Pure.

A day is a date such as `2026-11-28`, not a timestamp: a time zone would move it.
"""

import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, Self, get_args

DAY_BEGINS = timedelta(hours=3)
"""Half past midnight still counts as yesterday."""
MINUTE_S = 60
ASK_WITHIN_S = 6 * 60 * MINUTE_S
"""How long after playing a video the app asks whether the user did it."""
FIRST_DAY = "2005-01-01"
"""As in Core: YouTube had no videos before."""
MAX_MINUTES = 1_440
MAX_COMMENT = 500
DAYS_OF_WEEK = 7

Effort = Literal["easy", "right", "hard"]
EFFORTS: tuple[Effort, ...] = get_args(Effort)

_EPOCH = datetime(2005, 1, 1, tzinfo=UTC)
_RANDOM_BITS = 12


def day_of(moment: datetime) -> str:
    """Return the day of a timestamp in the user's time zone."""
    return (moment - DAY_BEGINS).date().isoformat()


def today() -> str:
    """Return the current day, by this device's clock."""
    return day_of(datetime.now(UTC).astimezone())


def days_between(day: str, other: str) -> int:
    """Return the number of days from `day` to `other`, at least 0."""
    return max(0, (date.fromisoformat(other) - date.fromisoformat(day)).days)


def days_before(day: str, days: int) -> str:
    """Return an earlier day; a later one for a negative number."""
    return (date.fromisoformat(day) - timedelta(days=days)).isoformat()


def week_of(day: str) -> tuple[str, ...]:
    """Return the days of this day's week, from Monday."""
    since_monday = date.fromisoformat(day).weekday()
    return tuple(days_before(day, since_monday - at) for at in range(DAYS_OF_WEEK))


def draw_id() -> int:
    """Draw an id as Core does: milliseconds since 2005 in 41 bits, then 12 random bits."""
    return id_at(datetime.now(UTC), secrets.randbelow(1 << _RANDOM_BITS))


def id_at(moment: datetime, random: int) -> int:
    """Return the id for a timestamp and these random bits."""
    return ((moment - _EPOCH) // timedelta(milliseconds=1) << _RANDOM_BITS) + random


def minutes_away(away_s: float, minutes: int | None) -> int | None:
    """Return the minutes that an absent user may have trained; None: too short or long ago to ask.

    The `minutes` of the video, if known, are the maximum.
    """
    if not MINUTE_S <= away_s < ASK_WITHIN_S:
        return None
    away = int(away_s / MINUTE_S + 0.5)
    return min(away, minutes or away)


@dataclass(frozen=True)
class Away:
    """The user opened a video on YouTube; `since`: seconds since 1970."""

    video_id: int
    since: float


@dataclass(frozen=True)
class Workout:
    """One entry of the log. It refers to its video by `video_key`, and outlives the video."""

    id: int
    video_key: str
    title: str | None
    day: str
    minutes: int | None = None
    effort: str | None = None
    comment: str | None = None

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> Self:
        """Read a workout of Core's response.

        Raises: LookupError, TypeError, ValueError
        """
        names = ("video_key", "title", "minutes", "effort", "comment")
        values = {name: given[name] for name in names}
        day = date.fromisoformat(given["day"]).isoformat()
        return cls(id=int(given["id"]), day=day, **values)

    def to_json(self) -> dict[str, Any]:
        """Return the workout in the format of Core's response, which `from_json` reads."""
        return asdict(self)

    @property
    def name(self) -> str:
        """The title, or a placeholder while the title is unknown."""
        return self.title or f"YouTube {self.video_key}"


def by_day(workout: Workout) -> tuple[str, int]:
    """Order workouts, oldest first."""
    return workout.day, workout.id

"""Moments and the ids made from them. Everything is UTC, to the millisecond."""

import secrets
from datetime import UTC, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(2005, 1, 1, tzinfo=UTC)
"""Ids count from here: a month before YouTube's first day."""

_MILLISECOND = timedelta(milliseconds=1)
_RANDOM_BITS = 12
_ATTEMPTS_IN_PLACE = 3
_FURTHEST_REDRAWN_MS = 60_000


def utc_now() -> datetime:
    """Return this moment, cut to the milliseconds that ids and answers carry."""
    return to_milliseconds(datetime.now(UTC))


def to_milliseconds(moment: datetime) -> datetime:
    """Cut to whole milliseconds, so that ids and dates have the same order."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


@lru_cache(maxsize=64)  # a save writes the same moment several times
def rfc3339(moment: datetime) -> str:
    """Write a UTC moment as `2026-01-03T10:00:00.123Z` (RFC 3339)."""
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def time_ordered_id(moment: datetime, attempt: int = 0) -> int:
    """Draw a 53-bit id: milliseconds since 2005 in 41 bits, then 12 random bits.

    Exact in JavaScript until 2074; moments before 2005 count as 2005. The caller draws again,
    with the next attempt, when the id is taken: a millisecond has only 4,096 ids.
    After four attempts each further one doubles the milliseconds to draw from, so a hundred
    thousand videos of one date take a few attempts each.
    """
    spread_ms = min(1 << max(0, attempt - _ATTEMPTS_IN_PLACE), _FURTHEST_REDRAWN_MS)
    return (_elapsed_ms(moment) << _RANDOM_BITS) + secrets.randbelow(spread_ms << _RANDOM_BITS)


def is_id_of(id_: int, moment: datetime) -> bool:
    """Tell whether the id can have been drawn for that moment, or shortly after it."""
    return 0 <= (id_ >> _RANDOM_BITS) - _elapsed_ms(moment) <= _FURTHEST_REDRAWN_MS


def _elapsed_ms(moment: datetime) -> int:
    return max(0, (moment - EPOCH) // _MILLISECOND)

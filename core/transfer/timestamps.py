"""The forms in which files write moments."""

import re
from datetime import UTC, datetime

from core.clock import to_milliseconds

_UNITS_A_SECOND = {10: 1, 13: 1_000, 16: 1_000_000}
"""By how many digits a count since 1970 has; fewer than 10 are seconds too."""


def read_moment(text: str) -> datetime | None:
    """Read RFC 3339, `2021-03-04 10:00:00 UTC` or a count since 1970; None when it is none.

    Without an offset it is UTC. A count of 0 is how browsers say that they don't know.
    """
    text = text.strip()
    try:
        if re.fullmatch(r"[0-9]{1,17}", text):
            count = int(text) / _UNITS_A_SECOND.get(len(text), 1)
            return to_milliseconds(datetime.fromtimestamp(count, UTC)) if count else None
        moment = datetime.fromisoformat(text.removesuffix(" UTC"))
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return to_milliseconds(aware.astimezone(UTC))
    except (ValueError, OverflowError, OSError):
        return None

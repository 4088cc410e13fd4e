"""The training minutes of a video, computed when its title, start, end or duration changes."""

import re

MOST = 24 * 60

_NO_LETTER = r"(?![^\W\d_])"
_HOURS = rf"(?P<hours>\d{{1,2}})\s*-?\s*(?:h|hrs?|hours?|std\.?|stunden?){_NO_LETTER}"
_INCHES = r"(?:\d|1[01])(?!\d)"
"""`6'2` is a height, `10'30` are minutes and seconds."""
_MINUTES = (
    r"(?P<minutes>\d{1,4})\s*-?\s*"
    rf"(?:'(?!{_INCHES})|(?:min|mins|minutes?|minuten?|minütige[rsnm]?){_NO_LETTER})"
)
_DENOMINATOR = r"(?<=[1-3]/)[2-4](?!\d)"
"""`1/2 hour` is not two hours."""
_AND = r"\s*(?:,|and|und)?\s*"
_IN_TITLE = re.compile(
    rf"(?<![\d:.,])(?!{_DENOMINATOR})(?:{_HOURS}(?:{_AND}(?P<rest>\d{{1,2}})(?:\s*-?\s*(?:min\w*|m|'))?(?!\d))?|{_MINUTES})",
    re.IGNORECASE,
)


def train_minutes(
    title: str | None, start_s: int | None, end_s: int | None, duration_s: int | None
) -> int | None:
    """Return the whole minutes from start to end, else those that the title names, else None."""
    stop_s = duration_s if end_s is None else end_s
    if stop_s is not None and stop_s > (start_s or 0):
        return max(1, round((stop_s - (start_s or 0)) / 60))
    return minutes_in_title(title or "")


def minutes_in_title(title: str) -> int | None:
    """Read `20 min`, `20-minute`, `20 Minuten`, `1 h 10` or `1 hour` from a title."""
    for found in _IN_TITLE.finditer(title):
        hours, rest, minutes = (int(found[name] or 0) for name in ("hours", "rest", "minutes"))
        if 1 <= (total := hours * 60 + rest + minutes) <= MOST:
            return total
    return None

"""Timestamps in the forms that files have."""

import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone

from core.time_ids import to_milliseconds

_UNITS_A_SECOND = {9: 1, 10: 1, 13: 1_000, 16: 1_000_000, 19: 1_000_000_000}
"""By the number of digits of a count since 1970. Fewer may be days, as in spreadsheets."""
_WEBKIT_DIGITS = 17
_WEBKIT_EPOCH_S = 11_644_473_600
"""Chrome counts microseconds since 1601."""
_LONGEST = 100
_THIS_CENTURY = 2_000

_COUNT = re.compile(r"([0-9]{1,19})(?:\.[0-9]*)?")
_COMPACT = re.compile(r"((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})(?:([0-9]{2})([0-9]{2})([0-9]{2}))?")
_TIME = (
    r"(?:(?:,|T|\s|at\s)*([0-9]{1,2})[:.]([0-9]{2})(?:[:.]([0-9]{2})(?:[.,]([0-9]{1,9}))?)?"
    r"\s*([AP]\.?M\.?)?)?\s*(?:Z|UTC|GMT)?\s*([+-][0-9]{2}:?[0-9]{2})?(?:\s*\([^()]*\))?"
)
_YEAR_FIRST = re.compile(
    rf"([0-9]{{4}})[-/.]([0-9]{{1,2}})[-/.]([0-9]{{1,2}}){_TIME}", re.IGNORECASE
)
_DAY_FIRST = re.compile(
    rf"([0-9]{{1,2}})\.\s?([0-9]{{1,2}})\.\s?([0-9]{{4}}|[0-9]{{2}}){_TIME}", re.IGNORECASE
)
_EITHER = re.compile(
    rf"([0-9]{{1,2}})([/-])([0-9]{{1,2}})\2([0-9]{{4}}|[0-9]{{2}}){_TIME}", re.IGNORECASE
)
_ORDINAL = r"(?:st|nd|rd|th)?"  # codespell:ignore nd
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
_DAY_AND_MONTH = re.compile(
    rf"{_WEEKDAY}([0-9]{{1,2}}){_ORDINAL}[\s-]([a-z]{{3,9}})\.?,?[\s-]([0-9]{{4}}){_TIME}",
    re.IGNORECASE,
)
_MONTH_AND_DAY = re.compile(
    rf"{_WEEKDAY}([a-z]{{3,9}})\.?\s([0-9]{{1,2}}){_ORDINAL},?\s([0-9]{{4}}){_TIME}",
    re.IGNORECASE,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LAST_MONTH = 12
_NOON = 12


class AmbiguousDate(ValueError):
    """`5/4/2023` is in April or in May, by the country."""


def read_timestamp(text: str, *, is_day_first: bool | None = None) -> datetime | None:
    """Read RFC 3339, a date with dots, slashes or an English month, or a count since 1970.

    None when it is none of them. Without an offset it is UTC. In browsers a count of 0 means
    unknown. `is_day_first` tells how the file writes dates with slashes.

    Raises: AmbiguousDate: a date with slashes, and the order is not known.
    """
    try:
        moment = _read(text, is_day_first=is_day_first)
        return to_milliseconds(moment.astimezone(UTC)) if moment else None
    except OverflowError:
        return None


def read_day(text: str, *, is_day_first: bool | None = None) -> date | None:
    """Read the day as it is written, in any of the forms of `read_timestamp`, without its offset.

    Raises: AmbiguousDate
    """
    moment = _read(text, is_day_first=is_day_first)
    return moment.date() if moment else None


def _read(text: str, *, is_day_first: bool | None) -> datetime | None:
    text = " ".join(text[:_LONGEST].split())
    try:
        is_count = _COUNT.fullmatch(text)
        return _read_count(text) if is_count else _read_date(text, is_day_first=is_day_first)
    except AmbiguousDate:
        raise
    except (ValueError, OverflowError, OSError):
        return None


def is_undated(text: str) -> bool:
    """Tell whether the text means no date: it is empty or only zeros."""
    return not text.strip("0 -:.TZ")


def day_first_by(text: str) -> bool | None:
    """Return whether the day is first in a date with slashes; None: it is ambiguous."""
    found = _EITHER.fullmatch(" ".join(text[:_LONGEST].split()))
    if not found or int(found[1]) == int(found[3]):
        return None
    if int(found[1]) > _LAST_MONTH:
        return True
    return False if int(found[3]) > _LAST_MONTH else None


def _read_count(text: str) -> datetime | None:
    if compact := _COMPACT.fullmatch(text):
        with suppress(ValueError):
            return datetime(*(int(part) for part in compact.groups("0")), tzinfo=UTC)  # type: ignore[arg-type,misc]  # six numbers
    digits = text.partition(".")[0]
    if len(digits) == _WEBKIT_DIGITS:
        return datetime.fromtimestamp(int(digits) / 1_000_000 - _WEBKIT_EPOCH_S, UTC)
    units = _UNITS_A_SECOND.get(len(digits))
    return datetime.fromtimestamp(float(text) / units, UTC) if units and int(digits) else None


def _read_date(text: str, *, is_day_first: bool | None) -> datetime:
    if text[4:5] == "-":  # most are RFC 3339, and this is the fastest way to read it
        with suppress(ValueError):
            return _in_utc(datetime.fromisoformat(text))
    if found := _YEAR_FIRST.fullmatch(text):
        year, month, day, *time = found.groups()
    elif found := _DAY_FIRST.fullmatch(text):
        day, month, year, *time = found.groups()
    elif found := _EITHER.fullmatch(text):
        day, _, month, year, *time = found.groups()
        if _is_month_first(int(day), int(month), is_day_first=is_day_first):
            day, month = month, day
    elif found := _DAY_AND_MONTH.fullmatch(text):
        day, month, year, *time = found.groups()
    elif found := _MONTH_AND_DAY.fullmatch(text):
        month, day, year, *time = found.groups()
    else:
        return _in_utc(datetime.fromisoformat(text))
    number = int(month) if month.isdigit() else _MONTHS.index(month[:3].lower()) + 1
    full_year = int(year) if len(year) == len("2000") else _THIS_CENTURY + int(year)
    return _at(datetime(full_year, number, int(day), tzinfo=UTC), time)


def _in_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _is_month_first(first: int, second: int, *, is_day_first: bool | None) -> bool:
    """Raises: AmbiguousDate: either may be the month."""
    if first > _LAST_MONTH or first == second:
        return False
    if second > _LAST_MONTH:
        return True
    if is_day_first is None:
        raise AmbiguousDate
    return not is_day_first


def _at(day: datetime, time: list[str | None]) -> datetime:
    hour, minute, second, fraction, half, offset = time
    hours = int(hour or 0)
    if half:
        hours = hours % _NOON + (_NOON if half[0] in "pP" else 0)
    moment = day.replace(
        hour=hours,
        minute=int(minute or 0),
        second=int(second or 0),
        microsecond=int((fraction or "")[:6].ljust(6, "0")),
    )
    if not offset:
        return moment
    sign = -1 if offset[0] == "-" else 1
    ahead = timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:]))
    return moment.replace(tzinfo=timezone(sign * ahead))

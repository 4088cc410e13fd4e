"""Whether the day or the month is first in dates with slashes: one row may show it for a file."""

from collections.abc import Callable, Generator
from dataclasses import replace
from itertools import islice
from typing import IO

from core.transfer.bounds import Budget
from core.transfer.entries import Entry
from core.transfer.timestamps import AmbiguousDate, day_first_by, read_timestamp

Entries = Generator[Entry, None, None]
_Read = Callable[[IO[bytes], Budget], Entries]


def read_in_one_order(file: IO[bytes], budget: Budget, read: _Read) -> Entries:
    """Yield what `read` yields, with the order of the file's dates.

    Only a file with an ambiguous date is read again: for the order, and then from that row on.

    Raises: FileRefused
    """
    count = 0
    entries = read(file, budget)
    for entry in entries:
        if _is_ambiguous(entry):
            break
        count += 1
        yield entry
    else:
        return
    entries.close()
    is_day_first = _find_order(file, read)
    file.seek(0)
    for entry in islice(read(file, budget), count, None):
        yield replace(entry, is_day_first=is_day_first)


def _find_order(file: IO[bytes], read: _Read) -> bool | None:
    """Read the dates of a file until one shows whether the day comes first."""
    file.seek(0)
    budget = Budget()
    entries = read(file, budget)
    for entry in entries:
        budget.earn()
        for date in _dates(entry):
            if (settled := day_first_by(date)) is not None:
                entries.close()
                return settled
    return None


def _dates(entry: Entry) -> tuple[str, ...]:
    day = entry.workout.day if entry.workout else ""
    return entry.created_at, entry.updated_at, entry.deleted_at, day


def _is_ambiguous(entry: Entry) -> bool:
    return entry.is_day_first is None and any(map(_may_be_two_dates, _dates(entry)))


def _may_be_two_dates(date: str) -> bool:
    if not date or date[4:5] == "-":
        return False
    try:
        read_timestamp(date)
    except AmbiguousDate:
        return True
    return False

"""From the notes of Core's export to notes that can be stored."""

import re
from datetime import datetime
from typing import NamedTuple

from core import text
from core.codes import Reason
from core.transfer.entries import NOTE_LEFT_OUT, NoteRow
from core.transfer.timestamps import AmbiguousDate, read_timestamp

MAX_ID = 2**53 - 1
MAX_SECONDS = 1_000_000


class NormalizedNote(NamedTuple):
    """A note as it can be stored."""

    id: int | None
    at_s: int | None
    end_s: int | None
    text: str
    created_at: datetime
    updated_at: datetime


def normalize_notes(
    rows: tuple[NoteRow, ...], now: datetime, changes: list[Reason]
) -> list[NormalizedNote]:
    """Change the notes of a video to fit the limits; leave out those without text and moment."""
    notes = [_note(row, now) for row in rows]
    fit = [note for note in notes if note.text or note.at_s is not None]
    if len(fit) < len(notes):
        changes.append(NOTE_LEFT_OUT)
    return fit


def _note(row: NoteRow, now: datetime) -> NormalizedNote:
    at_s, end_s = read_whole(row.at_s, MAX_SECONDS), read_whole(row.end_s, MAX_SECONDS)
    if at_s is None or (end_s is not None and end_s <= at_s):
        end_s = None
    return NormalizedNote(
        read_whole(row.id, MAX_ID),
        at_s,
        end_s,
        clean_lines(row.text, text.MAX_NOTE_LENGTH),
        moment_or(now, row.created_at),
        moment_or(now, row.updated_at),
    )


def read_whole(given: str, most: int) -> int | None:
    """Read a whole number up to a limit; None for anything else."""
    found = re.fullmatch(r"[0-9]{1,16}", given.strip())
    return int(found[0]) if found and int(found[0]) <= most else None


def clean_lines(given: str, longest: int) -> str:
    """Return a text of several lines as the API accepts it, cut to a length."""
    return text.clean_lines(given).strip()[:longest].rstrip()


def moment_or(now: datetime, given: str, *, is_day_first: bool | None = None) -> datetime:
    """Read a moment; one that is unreadable or in the future is now."""
    try:
        moment = read_timestamp(given, is_day_first=is_day_first) if given else None
    except AmbiguousDate:
        moment = None
    return now if moment is None else min(moment, now)

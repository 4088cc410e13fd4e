"""From an entry of a file to a video within the limits; each change is reported."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import NamedTuple, get_args

from core import text
from core.choices import Availability
from core.codes import ChangeCode, Reason, Refusal, RowCode
from core.time_ids import is_id_of
from core.transfer.entries import Entry
from core.transfer.note_rows import MAX_ID, MAX_SECONDS, NormalizedNote, normalize_notes, read_whole
from core.transfer.timestamps import AmbiguousDate, is_undated, read_timestamp
from core.youtube import links
from core.youtube.links import VideoLink
from core.youtube.shared_titles import find_shared_title, is_of_page, title_of_page

LONGEST_CHANNEL = 300
AVAILABILITIES = get_args(Availability)
_REPLACED = "\ufffd"
_LONGEST_SHOWN = 200
_LONGEST_TEXT = 4_096
"""Characters of a title that are read."""
_LONGEST_TAGS = 4_096
_MAX_TAGS = 200
"""In one text, including duplicates and empty ones."""
_CACHE_SIZE = 256
"""Texts with tags; a link is in 100 folders at most."""


class EntryRefused(Refusal):
    """The entry can't be imported; `str()` tells the user why."""


@dataclass(frozen=True, slots=True)
class Timestamps:
    """The reference times of an import."""

    undated: datetime
    """The date of an entry that has none."""
    now: datetime
    trashed_after: datetime
    """Videos that were deleted up to then are no longer in the trash."""


@dataclass(frozen=True, slots=True)
class NormalizedEntry:
    """A video as it can be stored; `changes` names what was changed for that."""

    entry: Entry
    link: VideoLink
    title: str | None
    title_is_provisional: bool
    names: dict[str, str]
    channel: str | None
    start_s: int | None
    availability: str
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    wanted_id: int | None
    changes: list[Reason]
    end_s: int | None
    duration_s: int | None
    notes: list[NormalizedNote]


class _TextField(NamedTuple):
    name: str
    cut: ChangeCode
    cleaned: ChangeCode
    lost_characters: ChangeCode


class _DateField(NamedTuple):
    name: str
    in_future: ChangeCode
    unreadable: ChangeCode


_TITLE = _TextField(
    "title",
    cut=ChangeCode.TITLE_CUT,
    cleaned=ChangeCode.TITLE_CLEANED,
    lost_characters=ChangeCode.TITLE_LOST_CHARACTERS,
)
_CHANNEL = _TextField(
    "channel",
    cut=ChangeCode.CHANNEL_CUT,
    cleaned=ChangeCode.CHANNEL_CLEANED,
    lost_characters=ChangeCode.CHANNEL_LOST_CHARACTERS,
)
_TAG = _TextField(
    "tag",
    cut=ChangeCode.TAG_CUT,
    cleaned=ChangeCode.TAG_CLEANED,
    lost_characters=ChangeCode.TAG_LOST_CHARACTERS,
)
_SAVED = _DateField("date", ChangeCode.SAVED_IN_FUTURE, ChangeCode.SAVED_UNREADABLE)
_CHANGED = _DateField("date of change", ChangeCode.CHANGED_IN_FUTURE, ChangeCode.CHANGED_UNREADABLE)
_DELETED = _DateField("deletion date", ChangeCode.DELETED_IN_FUTURE, ChangeCode.DELETED_UNREADABLE)


def normalize(entry: Entry, timestamps: Timestamps) -> NormalizedEntry:
    """Validate an entry, and change it to fit the limits.

    Raises: EntryRefused: no video in the link, or it was in the trash for too long.
    """
    changes: list[Reason] = [*entry.left_out]
    link = find_link(entry, changes)
    created_at = _created_at(entry, timestamps, changes)
    deleted_at = _timestamp(entry, entry.deleted_at, _DELETED, timestamps, changes)
    updated_at = _timestamp(entry, entry.updated_at, _CHANGED, timestamps, changes)
    if deleted_at and deleted_at <= timestamps.trashed_after:
        raise EntryRefused(RowCode.EXPIRED_IN_TRASH, "It was in the trash for more than 30 days.")
    has_title = entry.title.strip() != entry.url.strip()  # Pocket repeats the link
    title = read_title(entry.title, changes) if has_title else None
    is_provisional = entry.title_is_provisional
    wanted_id = _wanted_id(entry.id, created_at)
    if title and wanted_id is None and is_of_page(title):
        title, is_provisional = title_of_page(title), True
    if not title and entry.url.strip() != link.url:
        title, is_provisional = find_shared_title(entry.url), True
    names = _names(entry.tags, changes)
    channel = _title(entry.channel, _CHANNEL, LONGEST_CHANNEL, changes)
    start_s = link.start_s if entry.start_s is None else _start_s(entry.start_s, changes)
    end_s = read_whole(entry.end_s, MAX_SECONDS)
    return NormalizedEntry(
        entry,
        link,
        title=title,
        title_is_provisional=title is not None and is_provisional,
        names=names,
        channel=channel,
        start_s=start_s,
        availability=entry.availability if entry.availability in AVAILABILITIES else "unknown",
        created_at=created_at,
        updated_at=updated_at or timestamps.now,
        deleted_at=deleted_at,
        wanted_id=wanted_id,
        changes=changes,
        end_s=end_s if end_s is not None and end_s > (start_s or 0) else None,
        duration_s=read_whole(entry.duration_s, MAX_SECONDS) or None,
        notes=normalize_notes(entry.notes, timestamps.now, changes),
    )


def read_title(given: str, changes: list[Reason]) -> str | None:
    """Return the title as it can be stored."""
    return _title(given, _TITLE, text.MAX_TITLE_LENGTH, changes)


def shown(entry: Entry) -> str:
    """Return the entry's name in a report: short, and without control characters."""
    return text.clean(entry.shown[:_LONGEST_TEXT])[:_LONGEST_SHOWN].strip()


def find_link(entry: Entry, changes: list[Reason]) -> VideoLink:
    """Find the video of a row.

    Raises: EntryRefused
    """
    if not entry.url:
        raise EntryRefused(RowCode.EMPTY_LINK, "There is no link here.")
    if _REPLACED in entry.url[: text.MAX_LINK_TEXT_LENGTH]:
        # A lost character may be part of the key: a wrong video is worse than none.
        raise EntryRefused(RowCode.LOST_CHARACTERS, "The link has characters that can't be read.")
    try:
        link = links.find_link(text.clean(entry.url[: text.MAX_LINK_TEXT_LENGTH]))
    except links.NoVideoError as error:
        raise EntryRefused(*error.reason) from None
    if len(entry.url) > text.MAX_LINK_TEXT_LENGTH:
        sentence = f"the link was cut to {text.MAX_LINK_TEXT_LENGTH} characters"
        changes.append(Reason(ChangeCode.LINK_CUT, sentence))
    return link


def _title(given: str, field: _TextField, longest: int, changes: list[Reason]) -> str | None:
    if not given:
        return None
    given = given[:_LONGEST_TEXT]
    cleaned = text.clean(given).strip()
    if len(cleaned) > longest:
        changes.append(Reason(field.cut, f"the {field.name} was cut to {longest} characters"))
    _report_unreadable(given, field, changes)
    return cleaned[:longest].rstrip() or None


def _report_unreadable(given: str, field: _TextField, changes: list[Reason]) -> None:
    if not given.isprintable() and text.clean(given) != given.strip():
        changes.append(Reason(field.cleaned, f"the {field.name} had control characters"))
    if _REPLACED in given:
        sentence = f"the {field.name} has characters that could not be read"
        changes.append(Reason(field.lost_characters, sentence))


def _names(given: tuple[str, ...], changes: list[Reason]) -> dict[str, str]:
    names: dict[str, str] = {}
    for text_ in given:
        if len(names) > text.MAX_TAGS:  # one more than the limit, so that it is reported
            break
        tags = _read_tags(text_[: _LONGEST_TAGS + 1])
        changes += tags.changes
        for key, name in tags.names.items():
            names.setdefault(key, name)
    return dict(islice(names.items(), text.MAX_TAGS + 1))


class _Tags(NamedTuple):
    names: dict[str, str]
    changes: tuple[Reason, ...]


@lru_cache(_CACHE_SIZE)
def _read_tags(joined: str) -> _Tags:
    """Read comma-joined tags; cached, since all links of a folder have its name."""
    changes: list[Reason] = []
    parts = joined[:_LONGEST_TAGS].split(",", _MAX_TAGS)
    if len(joined) > _LONGEST_TAGS or len(parts) > _MAX_TAGS:
        changes.append(
            Reason(ChangeCode.TAG_LIST_CUT, "a long list of tags was not read to its end")
        )
    names: dict[str, str] = {}
    for part in parts[:_MAX_TAGS]:
        name = " ".join(text.clean(part).split())
        if len(name) > text.MAX_TAG_LENGTH:
            changes.append(Reason(_TAG.cut, f"a tag was cut to {text.MAX_TAG_LENGTH} characters"))
            name = name[: text.MAX_TAG_LENGTH].rstrip()
        if name:
            names.setdefault(text.tag_key(name), name)
    _report_unreadable(joined, _TAG, changes)
    return _Tags(names, tuple(dict.fromkeys(changes)))


def _start_s(given: str, changes: list[Reason]) -> int | None:
    if (start_s := read_whole(given, MAX_SECONDS)) is not None:
        return start_s
    if given:
        changes.append(Reason(ChangeCode.START_LEFT_OUT, "the start was no number of seconds"))
    return None


def _created_at(entry: Entry, timestamps: Timestamps, changes: list[Reason]) -> datetime:
    given = entry.created_at
    try:
        moment = read_timestamp(given, is_day_first=entry.is_day_first)
    except AmbiguousDate:
        sentence = "the date may be of one month or another, so it was left out"
        changes.append(Reason(ChangeCode.SAVED_AMBIGUOUS, sentence))
        return timestamps.undated
    return _in_time(given, moment, _SAVED, timestamps, changes) or timestamps.undated


def _timestamp(
    entry: Entry, given: str, field: _DateField, timestamps: Timestamps, changes: list[Reason]
) -> datetime | None:
    try:
        moment = read_timestamp(given, is_day_first=entry.is_day_first) if given else None
    except AmbiguousDate:
        moment = None
    return _in_time(given, moment, field, timestamps, changes)


def _in_time(
    given: str,
    moment: datetime | None,
    field: _DateField,
    timestamps: Timestamps,
    changes: list[Reason],
) -> datetime | None:
    if moment and moment > timestamps.now:
        sentence = f"the {field.name} was in the future, so it is now"
        changes.append(Reason(field.in_future, sentence))
        return timestamps.now
    if moment is None and not is_undated(given):
        changes.append(Reason(field.unreadable, f"the {field.name} could not be read"))
    return moment


def _wanted_id(given: str, created_at: datetime) -> int | None:
    """Keep the id of Core's export, and so the order of videos with the same timestamp."""
    wanted = int(given) if re.fullmatch(r"[0-9]{1,16}", given) else -1
    return wanted if 0 <= wanted <= MAX_ID and is_id_of(wanted, created_at) else None

"""From an entry of a file to a video that can be stored: what does not fit is cut, and told."""

import re
from dataclasses import dataclass
from datetime import datetime

from core import text, youtube
from core.clock import is_id_of
from core.transfer.entries import Entry
from core.transfer.moments import read_moment
from core.youtube import VideoLink

LONGEST_CHANNEL = 300
MAX_START_S = 1_000_000
MAX_ID = 2**53 - 1
AVAILABILITIES = ("unknown", "available", "private", "embedding_disabled", "gone")
_REPLACED = "\ufffd"
_LONGEST_SHOWN = 200
_LONGEST_TAGS = 65_536


class EntryRefused(ValueError):
    """The entry can't be imported; `str()` tells the person why."""


@dataclass(frozen=True, slots=True)
class Moments:
    """What an import measures moments by."""

    undated: datetime
    """When an entry without a date was saved."""
    now: datetime
    trashed_after: datetime
    """What went into the trash by then is gone for good."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A video as it can be stored; `changes` says what was done to it for that."""

    entry: Entry
    link: VideoLink
    title: str | None
    names: dict[str, str]
    channel: str | None
    start_s: int | None
    availability: str
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    wanted_id: int | None
    changes: list[str]


def fit(entry: Entry, moments: Moments) -> Fitted:
    """Make an entry fit.

    Raises: EntryRefused: no video in the link, or it was in the trash for too long.
    """
    changes: list[str] = []
    link = _link(entry, changes)
    created_at = _moment(entry.created_at, "date", moments, changes) or moments.undated
    deleted_at = _moment(entry.deleted_at, "deletion date", moments, changes)
    if deleted_at and deleted_at <= moments.trashed_after:
        raise EntryRefused("It was in the trash for more than 30 days.")
    return Fitted(
        entry,
        link,
        title=_title(entry.title, "title", text.MAX_TITLE_LENGTH, changes),
        names=_names(entry.tags, changes),
        channel=_title(entry.channel, "channel", LONGEST_CHANNEL, changes),
        start_s=link.start_s if entry.start_s is None else _start_s(entry.start_s, changes),
        availability=entry.availability if entry.availability in AVAILABILITIES else "unknown",
        created_at=created_at,
        updated_at=_moment(entry.updated_at, "date of change", moments, changes) or moments.now,
        deleted_at=deleted_at,
        wanted_id=_wanted_id(entry.id, created_at),
        changes=changes,
    )


def shown(entry: Entry) -> str:
    """Return what a report calls the entry: short, and without control characters."""
    return text.clean(entry.shown)[:_LONGEST_SHOWN].strip()


def _link(entry: Entry, changes: list[str]) -> VideoLink:
    if not entry.url:
        raise EntryRefused("There is no link here.")
    if _REPLACED in entry.url[: text.MAX_LINK_TEXT_LENGTH]:
        # What is lost may be a part of the key: another video is worse than none.
        raise EntryRefused("The link has characters that can't be read.")
    try:
        link = youtube.find_link(text.clean(entry.url[: text.MAX_LINK_TEXT_LENGTH]))
    except youtube.NoVideoError as error:
        raise EntryRefused(str(error)) from None
    if len(entry.url) > text.MAX_LINK_TEXT_LENGTH:
        changes.append(f"the link was cut to {text.MAX_LINK_TEXT_LENGTH} characters")
    return link


def _title(given: str, what: str, longest: int, changes: list[str]) -> str | None:
    if not given:
        return None
    cleaned = text.clean(given).strip()
    if len(cleaned) > longest:
        changes.append(f"the {what} was cut to {longest} characters")
    _tell_unreadable(given, what, changes)
    return cleaned[:longest].rstrip() or None


def _tell_unreadable(given: str, what: str, changes: list[str]) -> None:
    if not given.isprintable() and text.clean(given) != given.strip():
        changes.append(f"the {what} had control characters")
    if _REPLACED in given:
        changes.append(f"the {what} has characters that could not be read")


def _names(given: tuple[str, ...], changes: list[str]) -> dict[str, str]:
    names: dict[str, str] = {}
    if not given:
        return names
    joined = _join(given)
    for part in joined.split(","):
        if len(names) > text.MAX_TAGS:  # one more than fit, so that it is told
            break
        name = " ".join(text.clean(part).split())
        if len(name) > text.MAX_TAG_LENGTH:
            changes.append(f"a tag was cut to {text.MAX_TAG_LENGTH} characters")
            name = name[: text.MAX_TAG_LENGTH].rstrip()
        if name:
            names.setdefault(text.tag_key(name), name)
    _tell_unreadable(joined, "tag", changes)
    return names


def _join(tags: tuple[str, ...]) -> str:
    """Join no more of them than will be looked at: all folders of a link may be long."""
    parts: list[str] = []
    left = _LONGEST_TAGS
    for tag in tags:
        if left <= 0:
            break
        parts.append(tag[:left])
        left -= len(tag) + 1
    return ",".join(parts)


def _start_s(given: str, changes: list[str]) -> int | None:
    if re.fullmatch(r"[0-9]{1,7}", given) and int(given) <= MAX_START_S:
        return int(given)
    if given:
        changes.append("the start was no number of seconds")
    return None


def _moment(given: str, what: str, moments: Moments, changes: list[str]) -> datetime | None:
    moment = read_moment(given) if given else None
    if moment and moment > moments.now:
        changes.append(f"the {what} was in the future, so it is now")
        return moments.now
    if given and moment is None and given.strip("0 "):
        changes.append(f"the {what} could not be read")
    return moment


def _wanted_id(given: str, created_at: datetime) -> int | None:
    """Keep the id of an export of ours: with it the order of videos of one moment stays."""
    wanted = int(given) if re.fullmatch(r"[0-9]{1,16}", given) else -1
    return wanted if 0 <= wanted <= MAX_ID and is_id_of(wanted, created_at) else None

"""A user's videos: save, change, move to the trash, restore, purge.

Each change locks the user's row first, so that the user's other devices wait, and ends with a
new revision, unless it changed nothing.
"""

import asyncio
from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, groupby
from operator import attrgetter
from typing import Any

from core import text
from core.codes import FaultCode
from core.database.session import Database, Session, Values
from core.errors import InvalidInput, NotFound
from core.minutes import train_minutes
from core.queries import changes, notes, tags, title_jobs, users, video_lists, videos, workouts
from core.queries.changes import Deletion
from core.queries.videos import Stamp, VideoRow
from core.schemas.videos import VideoCreate, VideoUpdate
from core.services.library_size import LibrarySize
from core.services.stored import Stored
from core.services.users import lock, require_revision
from core.time_ids import time_ordered_id, to_milliseconds, utc_now
from core.youtube import links
from core.youtube.shared_titles import find_shared_title

TRASH_TTL = timedelta(days=30)

_PURGE_BATCH = 50
"""Videos in one transaction: a few ms."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a user can change about a video; `names` are its tags by key, in order."""

    title: str | None
    title_is_provisional: bool
    start_s: int | None
    end_s: int | None
    duration_s: int | None
    names: dict[str, str]


def not_found() -> NotFound:
    """Build the error for a missing video, which is the same for another user's."""
    return NotFound("There is no such video in your library.")


def trashed_after(now: datetime) -> datetime:
    """Return the moment 30 days ago, to the minute: videos deleted later are still in the trash.

    Whole minutes let the trash have an ETag although it changes with time.
    """
    return (now - TRASH_TTL).replace(second=0, microsecond=0)


async def save(
    session: Session,
    owner_id: int,
    new: VideoCreate,
    saved_at: datetime | None = None,
    size: LibrarySize | None = None,
) -> Stored:
    """Save a video, or merge it into the stored one; a client may retry.

    `saved_at` keeps the date of a video that was saved elsewhere before. `size` None sets no limit
    to the library.

    Raises: InvalidInput: no YouTube video in the text, or too many tags together; LibraryFull.
    """
    try:
        link = links.find_link(new.url)
    except links.NoVideoError as error:
        raise InvalidInput("#/url", *error.reason) from error
    revision = await lock(session, owner_id)
    now, next_revision = Stamp(utc_now(), revision + 1)
    when = to_milliseconds(saved_at) if saved_at else now
    draft = _draft(new, link) | {"created_at": when, "updated_at": now, "revision": next_revision}
    names, attempts = text.tags_by_key(new.tags), count()
    while not (stored := await _insert(session, owner_id, draft, names, next(attempts))):
        cutoff = trashed_after(now)
        row = await videos.find_by_key(session, owner_id, link.video_key, cutoff)
        if row and not row.expired:
            merged = _merged(row, new, link)
            _require_few_tags(merged, "#/tags")
            return await _rewrite(session, owner_id, row, revision, merged)
        if row:
            await delete_for_good(session, owner_id, row.id, cutoff, now)
    if size:  # afterwards, since a merge needs no room; an error rolls the insert back
        await size.spend(session, owner_id)
    return stored


async def _insert(
    session: Session, owner_id: int, draft: Values, wanted: dict[str, str], attempt: int
) -> Stored | None:
    """Insert the video; None when it is stored already, or the drawn id is taken."""
    known = await tags.find_names(session, owner_id, wanted)
    names = wanted | known
    joined = ",".join(names.values())
    video_id, now = time_ordered_id(draft["created_at"], attempt), draft["updated_at"]
    derived = text.derived_columns(draft["title"], None, draft["url"], joined)
    row = {**draft, **derived, "id": video_id, "tags": joined}
    json = await videos.insert_if_free(session, owner_id, row)
    if json is None:
        return None
    await tags.insert_new(session, owner_id, dict(names.items() - known.items()))
    await tags.link(session, owner_id, [video_id], names)
    await title_jobs.put(session, owner_id, video_id, now)
    key = draft["video_key"]
    revision, logged = await users.bump_for_new_video(session, owner_id, key, now)
    if logged:  # before the video was saved
        await workouts.recount(session, owner_id, key, Stamp(now, revision))
        return await _stored(session, owner_id, video_id, revision, created=True)
    return Stored(video_id, json, revision, created=True)


def _draft(new: VideoCreate, link: links.VideoLink) -> dict[str, Any]:
    """Return the values of a new row except its id and its tags."""
    title = new.title or find_shared_title(new.url)
    return {
        "video_key": link.video_key,
        "url": link.url,
        "title": title,
        "title_is_provisional": new.title is None and title is not None,
        "channel": None,
        "thumbnail_url": links.thumbnail_url(link.video_key),
        "start_s": _start_s(new, link),
        "end_s": None,
        "duration_s": None,
        "minutes": train_minutes(title, None, None, None),
        "availability": "unknown",
        "deleted_at": None,
    }


def _start_s(new: VideoCreate, link: links.VideoLink) -> int | None:
    return link.start_s if new.start_s is None else new.start_s


def _merged(row: VideoRow, new: VideoCreate, link: links.VideoLink) -> Content:
    """Add new values and lose nothing."""
    shown = None if row.title_is_provisional else row.title
    title = shown or new.title or row.title or find_shared_title(new.url)
    return Content(
        title=title,
        title_is_provisional=bool(title) and not (shown or new.title),
        start_s=first_start(row.start_s, _start_s(new, link), row.end_s),
        end_s=row.end_s,
        duration_s=row.duration_s,
        names=text.read_joined(row.tags) | text.tags_by_key(new.tags),
    )


def first_start(stored: int | None, added: int | None, end_s: int | None) -> int | None:
    """Return the stored start, else the added one if it is before the end."""
    return added if stored is None and is_in_order(added, end_s) else stored


def is_in_order(start_s: int | None, end_s: int | None) -> bool:
    """Tell whether the start is before the end; a start that is missing is 0."""
    return end_s is None or end_s > (start_s or 0)


async def update(
    session: Session,
    owner_id: int,
    video_id: int,
    change: VideoUpdate,
    only_at: Container[int] | None,
) -> Stored:
    """Change only the given fields; null removes a title, the tags or a start.

    Raises: NotFound, PreconditionFailed, InvalidInput: too many tags together.
    """
    row, revision = await _find_live(session, owner_id, video_id, only_at)
    changed = _changed(row, change)
    _require_few_tags(changed, "#/add_tags")  # those of `tags` have been counted already
    if change.model_fields_set & {"start_s", "end_s"}:  # older versions stored some in disorder
        _require_order(changed)
    return await _rewrite(session, owner_id, row, revision, changed)


def _changed(row: VideoRow, change: VideoUpdate) -> Content:
    given = change.model_fields_set
    names = text.tags_by_key(change.tags or []) if "tags" in given else text.read_joined(row.tags)
    names |= text.tags_by_key(change.add_tags)
    removed = text.tags_by_key(change.remove_tags)
    content = {
        name: getattr(change, name) if name in given else getattr(row, name)
        for name in ("title", "start_s", "end_s", "duration_s")
    }
    return Content(
        **content,
        title_is_provisional="title" not in given and row.title_is_provisional,
        names={key: name for key, name in names.items() if key not in removed},
    )


async def delete(
    session: Session, owner_id: int, video_id: int, only_at: Container[int] | None
) -> int:
    """Move the video to the trash; return the library's new revision.

    Raises: NotFound, PreconditionFailed.
    """
    _, revision = await _find_live(session, owner_id, video_id, only_at)
    stamp = Stamp(utc_now(), revision + 1)
    await videos.set_deleted(session, owner_id, [video_id], stamp.now, stamp)
    return await users.bump_revision(session, owner_id, stamp.now)


async def restore(session: Session, owner_id: int, video_id: int) -> Stored:
    """Restore the video from the trash; a live video stays unchanged.

    Raises: NotFound.
    """
    row, revision = await _find_to_change(session, owner_id, video_id)
    if row.trashed:
        stamp = Stamp(utc_now(), revision + 1)
        await videos.set_deleted(session, owner_id, [video_id], None, stamp)
        await notes.bring_back(session, owner_id, [video_id], stamp)
        revision = await users.bump_revision(session, owner_id, stamp.now)
    return await _stored(session, owner_id, video_id, revision)


async def purge_trash(database: Database, now: datetime) -> int:
    """Delete the expired videos of all users for good; return their number."""
    cutoff, purged = trashed_after(now), 0
    while True:
        async with database.maintain() as session:
            expired = await videos.find_expired(session, cutoff, _PURGE_BATCH)
        if not expired:
            return purged
        for owner_id, rows in groupby(expired, key=attrgetter("user_id")):
            async with database.write(owner_id) as session:
                await users.lock_row(session, owner_id)
                for row in rows:
                    await delete_for_good(session, owner_id, row.id, cutoff, now)
                    await asyncio.sleep(0)  # other users' requests
                    purged += 1
                await users.bump_revision(session, owner_id, now)


async def delete_for_good(
    session: Session, owner_id: int, video_id: int, cutoff: datetime, now: datetime
) -> None:
    """Delete a video whose time in the trash is over, and its tags with it."""
    deleted = await videos.delete_expired(session, owner_id, video_id, cutoff)
    if deleted:
        await tags.unlink(session, owner_id, [video_id], text.read_joined(deleted.tags))
        deletion = Deletion(deleted.revision, "videos", video_id, now)
        await changes.record_deletion(session, owner_id, deletion)


async def _find_to_change(session: Session, owner_id: int, video_id: int) -> tuple[VideoRow, int]:
    revision = await lock(session, owner_id)
    row = await videos.find(session, owner_id, video_id, trashed_after(utc_now()))
    if row is None or row.expired:
        raise not_found()
    return row, revision


async def _find_live(
    session: Session, owner_id: int, video_id: int, only_at: Container[int] | None
) -> tuple[VideoRow, int]:
    row, revision = await _find_to_change(session, owner_id, video_id)
    if row.trashed:
        raise not_found()
    require_revision(revision, only_at)
    return row, revision


def _require_order(content: Content) -> None:
    """Raises: InvalidInput: the video would end before it starts."""
    if not is_in_order(content.start_s, content.end_s):
        raise InvalidInput(
            "#/end_s", FaultCode.ENDS_BEFORE_START, "The end comes before the start."
        )


def _require_few_tags(content: Content, pointer: str) -> None:
    """Raises: InvalidInput: a video would have too many."""
    if len(content.names) > text.MAX_TAGS:
        raise InvalidInput(
            pointer,
            FaultCode.TOO_MANY_TAGS_TOGETHER,
            f"Together these are more than {text.MAX_TAGS} tags.",
        )


async def _rewrite(
    session: Session, owner_id: int, row: VideoRow, revision: int, content: Content
) -> Stored:
    """Write the content of a stored video, and its tags in both tables."""
    old = text.read_joined(row.tags)
    added = {key: name for key, name in content.names.items() if key not in old}
    spelled = old | await tags.get_or_create_tags(session, owner_id, added)
    joined = ",".join(spelled[key] for key in content.names)
    if _differs(row, content, joined):
        stamp = Stamp(utc_now(), revision + 1)
        values = _new_content(row, content, joined, stamp)
        await videos.update_live(session, owner_id, row.id, values)
        await tags.link(session, owner_id, [row.id], added)
        await tags.unlink(session, owner_id, [row.id], old.keys() - content.names.keys())
        if row.trashed:
            await notes.bring_back(session, owner_id, [row.id], stamp)
        if row.title and not content.title:  # YouTube's title replaces a removed one
            await title_jobs.put(session, owner_id, row.id, stamp.now)
        revision = await users.bump_revision(session, owner_id, stamp.now)
    return await _stored(session, owner_id, row.id, revision)


def _differs(row: VideoRow, content: Content, joined: str) -> bool:
    names = ("title", "title_is_provisional", "start_s", "end_s", "duration_s")
    before = [row.tags, bool(row.trashed), *(getattr(row, name) for name in names)]
    return before != [joined, False, *(getattr(content, name) for name in names)]


def _new_content(row: VideoRow, content: Content, joined: str, stamp: Stamp) -> dict[str, Any]:
    return {
        "title": content.title,
        "title_is_provisional": content.title_is_provisional,
        "start_s": content.start_s,
        "end_s": content.end_s,
        "duration_s": content.duration_s,
        "minutes": train_minutes(content.title, content.start_s, content.end_s, content.duration_s),
        "tags": joined,
        "updated_at": stamp.now,
        "revision": stamp.revision,
        **text.derived_columns(content.title, row.channel, row.url, joined),
    }


async def _stored(
    session: Session, owner_id: int, video_id: int, revision: int, *, created: bool = False
) -> Stored:
    json = await video_lists.get_json(session, owner_id, video_id)
    if json is None:
        raise not_found()
    return Stored(video_id, json, revision, created)

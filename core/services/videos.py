"""A person's videos: save, change, move to the trash, bring back, purge.

Every change locks the person first, so that the same person's other devices wait, and ends
with a new revision, unless it changed nothing.
"""

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, groupby
from operator import itemgetter
from typing import Any

from core import text, youtube
from core.clock import time_ordered_id, to_milliseconds, utc_now
from core.database import Database, Row, Session, Values
from core.errors import InvalidInput, NotFound
from core.queries import metadata_jobs, tags, users, video_lists, videos
from core.schemas import VideoCreate, VideoUpdate
from core.services.users import lock, require_revision

TRASH_TTL = timedelta(days=30)

_PURGE_BATCH = 500


@dataclass(frozen=True, slots=True)
class Stored:
    """A video as it is stored now: its JSON and the revision of the library it belongs to."""

    video_id: int
    json: str
    revision: int
    created: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """What a person can change about a video; `names` are its tags by key, in order."""

    title: str | None
    start_s: int | None
    names: dict[str, str]


def not_found() -> NotFound:
    """Build the one answer for a missing video and for somebody else's."""
    return NotFound("There is no such video in your library.")


def trashed_after(now: datetime) -> datetime:
    """Return when the oldest video in the trash went there, to the minute.

    Whole minutes let the trash have an ETag although it changes by itself.
    """
    return (now - TRASH_TTL).replace(second=0, microsecond=0)


async def save(
    session: Session, owner_id: int, new: VideoCreate, saved_at: datetime | None = None
) -> Stored:
    """Save a video, or merge into the one that is there already; a phone may retry.

    `saved_at` keeps the date of a video that was saved elsewhere before.

    Raises: InvalidInput: no YouTube video in the text, or too many tags together.
    """
    try:
        link = youtube.find_link(new.url)
    except youtube.NoVideoError as error:
        raise InvalidInput("#/url", str(error)) from error
    revision = await lock(session, owner_id)
    now = utc_now()
    when = to_milliseconds(saved_at) if saved_at else now
    draft = _draft(new, link) | {"created_at": when, "updated_at": now}
    names, attempts = text.tags_by_key(new.tags), count()
    while not (stored := await _insert(session, owner_id, draft, names, next(attempts))):
        cutoff = trashed_after(now)
        row = await videos.find_by_key(session, owner_id, link.video_key, cutoff)
        if row and not row["expired"]:
            merged = _merged(row, new, link)
            _require_few_tags(merged, "#/tags")
            return await _rewrite(session, owner_id, row, revision, merged)
        if row:
            await delete_for_good(session, owner_id, row["id"], cutoff)
    return stored


async def _insert(
    session: Session, owner_id: int, draft: Values, wanted: dict[str, str], attempt: int
) -> Stored | None:
    """Insert the video; None when it is there already, or the id that was drawn is taken."""
    known = await tags.find_names(session, owner_id, wanted)
    names = wanted | known
    joined = ",".join(names.values())
    video_id, now = time_ordered_id(draft["created_at"], attempt), draft["updated_at"]
    searched = text.search_text(draft["title"], None, draft["url"], joined)
    row = {**draft, "id": video_id, "tags": joined, "search_text": searched}
    json = await videos.insert_if_free(session, owner_id, row)
    if json is None:
        return None
    await tags.insert_new(session, owner_id, dict(names.items() - known.items()))
    await tags.link(session, owner_id, [video_id], names)
    await metadata_jobs.put(session, owner_id, video_id, now)
    revision = await users.bump_revision(session, owner_id, now)
    return Stored(video_id, json, revision, created=True)


def _draft(new: VideoCreate, link: youtube.VideoLink) -> dict[str, Any]:
    """Return what is known of a new row before its id is drawn and its tags are spelled."""
    return {
        "video_key": link.video_key,
        "url": link.url,
        "title": new.title,
        "channel": None,
        "thumbnail_url": youtube.thumbnail_url(link.video_key),
        "start_s": _start_s(new, link),
        "availability": "unknown",
        "deleted_at": None,
        "title_key": text.title_key(new.title),
    }


def _start_s(new: VideoCreate, link: youtube.VideoLink) -> int | None:
    return link.start_s if new.start_s is None else new.start_s


def _merged(row: Row, new: VideoCreate, link: youtube.VideoLink) -> Content:
    """Add what is new and lose nothing."""
    return Content(
        title=row["title"] or new.title,
        start_s=_start_s(new, link) if row["start_s"] is None else row["start_s"],
        names=text.read_joined(row["tags"]) | text.tags_by_key(new.tags),
    )


async def update(
    session: Session,
    owner_id: int,
    video_id: int,
    change: VideoUpdate,
    only_at: Container[int] | None,
) -> Stored:
    """Change what is given and leave the rest; null takes a title, the tags or a start away.

    Raises: NotFound, PreconditionFailed, InvalidInput: too many tags together.
    """
    row, revision = await _find_live(session, owner_id, video_id, only_at)
    changed = _changed(row, change)
    _require_few_tags(changed, "#/add_tags")  # those of `tags` have been counted already
    return await _rewrite(session, owner_id, row, revision, changed)


def _changed(row: Row, change: VideoUpdate) -> Content:
    given = change.model_fields_set
    names = (
        text.tags_by_key(change.tags or []) if "tags" in given else text.read_joined(row["tags"])
    )
    names |= text.tags_by_key(change.add_tags)
    removed = text.tags_by_key(change.remove_tags)
    return Content(
        title=change.title if "title" in given else row["title"],
        start_s=change.start_s if "start_s" in given else row["start_s"],
        names={key: name for key, name in names.items() if key not in removed},
    )


async def delete(
    session: Session, owner_id: int, video_id: int, only_at: Container[int] | None
) -> int:
    """Move the video to the trash; return the library's new revision.

    Raises: NotFound, PreconditionFailed.
    """
    await _find_live(session, owner_id, video_id, only_at)
    now = utc_now()
    await videos.set_deleted(session, owner_id, [video_id], now, now)
    return await users.bump_revision(session, owner_id, now)


async def restore(session: Session, owner_id: int, video_id: int) -> Stored:
    """Bring the video back from the trash; one that is not there stays as it is.

    Raises: NotFound.
    """
    row, revision = await _find_to_change(session, owner_id, video_id)
    if row["trashed"]:
        now = utc_now()
        await videos.set_deleted(session, owner_id, [video_id], None, now)
        revision = await users.bump_revision(session, owner_id, now)
    return await _stored(session, owner_id, video_id, revision)


async def purge_trash(database: Database, now: datetime) -> int:
    """Delete for good what has been in anybody's trash too long; return how many videos."""
    cutoff, purged = trashed_after(now), 0
    while True:
        async with database.maintain() as session:
            expired = await videos.find_expired(session, cutoff, _PURGE_BATCH)
        if not expired:
            return purged
        for owner_id, rows in groupby(expired, key=itemgetter("user_id")):
            async with database.write(owner_id) as session:
                await users.lock_row(session, owner_id)
                for row in rows:
                    await delete_for_good(session, owner_id, row["id"], cutoff)
                    purged += 1
                await users.bump_revision(session, owner_id, now)


async def delete_for_good(session: Session, owner_id: int, video_id: int, cutoff: datetime) -> None:
    """Delete a video whose time in the trash is over, and its tags with it."""
    joined = await videos.delete_expired(session, owner_id, video_id, cutoff)
    if joined:
        await tags.unlink(session, owner_id, [video_id], text.read_joined(joined))


async def _find_to_change(session: Session, owner_id: int, video_id: int) -> tuple[Row, int]:
    revision = await lock(session, owner_id)
    row = await videos.find(session, owner_id, video_id, trashed_after(utc_now()))
    if row is None or row["expired"]:
        raise not_found()
    return row, revision


async def _find_live(
    session: Session, owner_id: int, video_id: int, only_at: Container[int] | None
) -> tuple[Row, int]:
    row, revision = await _find_to_change(session, owner_id, video_id)
    if row["trashed"]:
        raise not_found()
    require_revision(revision, only_at)
    return row, revision


def _require_few_tags(content: Content, pointer: str) -> None:
    """Raises: InvalidInput: a video would have too many."""
    if len(content.names) > text.MAX_TAGS:
        raise InvalidInput(pointer, f"Together these are more than {text.MAX_TAGS} tags.")


async def _rewrite(
    session: Session, owner_id: int, row: Row, revision: int, content: Content
) -> Stored:
    """Write the content of a video that is there, and the tags on both sides."""
    old = text.read_joined(row["tags"])
    added = {key: name for key, name in content.names.items() if key not in old}
    spelled = old | await tags.adopt(session, owner_id, added)
    joined = ",".join(spelled[key] for key in content.names)
    before = (row["title"], row["start_s"], row["tags"], bool(row["trashed"]))
    if before != (content.title, content.start_s, joined, False):
        now = utc_now()
        values = _new_content(row, content, joined, now)
        await videos.update_live(session, owner_id, row["id"], values)
        await tags.link(session, owner_id, [row["id"]], added)
        await tags.unlink(session, owner_id, [row["id"]], old.keys() - content.names.keys())
        if row["title"] and not content.title:  # then YouTube's own will do
            await metadata_jobs.put(session, owner_id, row["id"], now)
        revision = await users.bump_revision(session, owner_id, now)
    return await _stored(session, owner_id, row["id"], revision)


def _new_content(row: Row, content: Content, joined: str, now: datetime) -> dict[str, Any]:
    return {
        "title": content.title,
        "start_s": content.start_s,
        "tags": joined,
        "title_key": text.title_key(content.title),
        "search_text": text.search_text(content.title, row["channel"], row["url"], joined),
        "updated_at": now,
    }


async def _stored(session: Session, owner_id: int, video_id: int, revision: int) -> Stored:
    json = await video_lists.get_json(session, owner_id, video_id)
    if json is None:
        raise not_found()
    return Stored(video_id, json, revision)

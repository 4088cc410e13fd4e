"""`/videos`: list, save, read, change, delete, restore; one by one or many in one request."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import Request, Response
from pydantic import AfterValidator, Field, TypeAdapter
from starlette.convertors import StringConvertor, register_url_convertor

from core.api.http import cursors
from core.api.http.etags import (
    JsonText,
    deleted_row,
    etag,
    is_unchanged,
    not_modified,
    revisions_to_match,
    stored_row,
)
from core.api.http.requests import read_body, read_query, refuse_query
from core.api.http.routes import FINDS_ROW, HAS_BODY, HAS_PRECONDITION, SIGNED_IN, Route
from core.api.http.state import state_of
from core.auth.middleware import CurrentUser, current_user
from core.queries import video_lists
from core.queries.video_lists import Position, VideoQuery
from core.schemas.fields import VideoId
from core.schemas.videos import (
    MAX_LIBRARY,
    BatchResult,
    Video,
    VideoBatch,
    VideoCreate,
    VideoList,
    VideoListQuery,
    VideoUpdate,
)
from core.services import video_batches, videos
from core.services.stored import Stored
from core.services.users import User
from core.text import check_characters
from core.time_ids import utc_now


class _VideoConvertor(StringConvertor):
    """Any text except `batch` in the place of an id; the endpoint validates it."""

    regex = r"(?!batch(?:/|$))[^/]+"


register_url_convertor("video", _VideoConvertor())

_POSITION = TypeAdapter(
    tuple[VideoId, Annotated[str, Field(max_length=200), AfterValidator(check_characters)]]
)


async def list_videos(request: Request) -> Response:
    """List videos, newest first by default."""
    user = await current_user(request)
    asked = read_query(VideoListQuery, request)
    after = _decode(asked.cursor, user.id, asked) if asked.cursor else None
    trashed_after = videos.trashed_after(utc_now()) if asked.deleted else None
    # The trash changes with time, minute by minute.
    minute = f"-{trashed_after:%Y%m%d%H%M}" if trashed_after else ""
    tag = etag(user.id, user.revision, minute)
    if is_unchanged(request, tag):
        return not_modified(tag)
    query = _to_query(asked, after, trashed_after)
    objects, count, end = await state_of(request).reads.ask(
        user,
        lambda session: video_lists.list_json(session, user.id, query),
    )
    cursor = f'"{cursors.encode(end, user.id, asked.listing)}"' if end else "null"
    return JsonText(f'{{"videos":[{objects}],"count":{count},"next_cursor":{cursor}}}', tag)


def _to_query(
    asked: VideoListQuery, after: Position | None, trashed_after: datetime | None
) -> VideoQuery:
    return VideoQuery(
        limit=asked.limit or MAX_LIBRARY,
        sort=asked.sort,
        after=after,
        tag_keys=asked.tag_keys,
        match_any=asked.match == "any",
        without_keys=asked.without_keys,
        untagged=asked.untagged,
        words=asked.words,
        availability=asked.availability,
        minutes_max=asked.minutes_max,
        not_done_since=asked.not_done_since,
        trashed_after=trashed_after,
    )


def _decode(cursor: str, owner_id: int, asked: VideoListQuery) -> Position:
    return Position(*cursors.decode(cursor, owner_id, asked.listing, _POSITION))


async def save_video(request: Request) -> Response:
    """Save a video; if it is saved already, its tags are added (200)."""
    user = await current_user(request)
    refuse_query(request)
    new = await read_body(VideoCreate, request)
    database = state_of(request).database
    async with database.write(user.id) as session:
        stored = await videos.save(session, user.id, new, size=state_of(request).library_size)
    if stored.created:
        state_of(request).titles.wake()
    return _answer(user, stored)


async def get_video(request: Request, user: CurrentUser, video_id: VideoId) -> Response:
    """Read one video."""
    refuse_query(request)
    tag = etag(user.id, user.revision)
    database = state_of(request).database
    async with database.read(user.id) as session:
        found = await video_lists.get_json(session, user.id, video_id)
    if found is None:
        raise videos.not_found()
    return not_modified(tag) if is_unchanged(request, tag) else JsonText(found, tag)


async def update_video(request: Request, user: CurrentUser, video_id: VideoId) -> Response:
    """Change title, tags or start; omitted fields stay unchanged."""
    refuse_query(request)
    change = await read_body(VideoUpdate, request)
    only_at = revisions_to_match(request, user.id)
    database = state_of(request).database
    async with database.write(user.id) as session:
        stored = await videos.update(session, user.id, video_id, change, only_at)
    return _answer(user, stored)


async def delete_video(request: Request, user: CurrentUser, video_id: VideoId) -> Response:
    """Move the video to the trash, where it stays for 30 days."""
    refuse_query(request)
    only_at = revisions_to_match(request, user.id)
    database = state_of(request).database
    async with database.write(user.id) as session:
        revision = await videos.delete(session, user.id, video_id, only_at)
    return deleted_row(user.id, revision)


async def restore_video(request: Request, user: CurrentUser, video_id: VideoId) -> Response:
    """Bring the video back from the trash."""
    refuse_query(request)
    database = state_of(request).database
    async with database.write(user.id) as session:
        stored = await videos.restore(session, user.id, video_id)
    return _answer(user, stored)


async def change_videos(request: Request, user: CurrentUser) -> Response:
    """Tag, untag, delete or restore up to 1,000 videos, in one transaction."""
    refuse_query(request)
    batch = await read_body(VideoBatch, request)
    database = state_of(request).database
    async with database.changes.take(user.id), database.write(user.id) as session:
        outcome = await video_batches.change(session, user.id, batch)
    result = BatchResult(changed=outcome.changed, missing=outcome.missing)
    return JsonText(result.model_dump_json(), etag(user.id, outcome.revision))


def _answer(user: User, stored: Stored) -> Response:
    return stored_row(user.id, stored, f"/videos/{stored.id}")


_VIDEO = "/videos/{video_id:video}"
_MERGED = {"model": Video, "description": "You had this video already; the tags were added"}

ROUTES = (
    Route(
        method="GET",
        path="/videos",
        endpoint=list_videos,
        answer=VideoList,
        problems=SIGNED_IN,
        query=VideoListQuery,
        is_conditional=True,
        is_hot=True,
    ),
    Route(
        method="POST",
        path="/videos",
        endpoint=save_video,
        answer=Video,
        status=HTTPStatus.CREATED,
        responses={HTTPStatus.OK: _MERGED},
        problems=SIGNED_IN | HAS_BODY | {HTTPStatus.CONFLICT},
        body=VideoCreate,
        is_hot=True,
    ),
    Route(
        method="GET",
        path=_VIDEO,
        endpoint=get_video,
        answer=Video,
        problems=SIGNED_IN | FINDS_ROW,
        is_conditional=True,
    ),
    Route(
        method="PATCH",
        path=_VIDEO,
        endpoint=update_video,
        answer=Video,
        problems=SIGNED_IN | FINDS_ROW | HAS_PRECONDITION | HAS_BODY,
        body=VideoUpdate,
    ),
    Route(
        method="DELETE",
        path=_VIDEO,
        endpoint=delete_video,
        status=HTTPStatus.NO_CONTENT,
        problems=SIGNED_IN | FINDS_ROW | HAS_PRECONDITION,
    ),
    Route(
        method="POST",
        path=f"{_VIDEO}/restore",
        endpoint=restore_video,
        answer=Video,
        problems=SIGNED_IN | FINDS_ROW,
    ),
    Route(
        method="POST",
        path="/videos/batch",
        endpoint=change_videos,
        answer=BatchResult,
        problems=SIGNED_IN | HAS_BODY,
        body=VideoBatch,
    ),
)

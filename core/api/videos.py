"""`/videos`: list, save, read, change, delete, restore; one by one or many at once."""

from fastapi import Request, Response
from starlette.convertors import StringConvertor, register_url_convertor

from core.api import cursors
from core.api.conditional import JsonText, etag, is_unchanged, not_modified, revisions_to_match
from core.api.requests import read_body, read_query, refuse_query
from core.auth.middleware import CurrentUser, current_user
from core.clock import utc_now
from core.database import Database
from core.queries import video_lists
from core.queries.video_lists import VideoQuery
from core.schemas import (
    MAX_LIBRARY,
    BatchResult,
    VideoBatch,
    VideoCreate,
    VideoId,
    VideoListQuery,
    VideoUpdate,
)
from core.services import video_batches, videos
from core.services.users import User
from core.services.videos import Stored


class _VideoConvertor(StringConvertor):
    """Whatever may stand for an id; what is wrong with it is told later. `batch` is no id."""

    regex = r"(?!batch(?:/|$))[^/]+"


register_url_convertor("video", _VideoConvertor())


async def list_videos(request: Request) -> Response:
    """List videos, newest first unless told otherwise."""
    user = await current_user(request)
    asked = read_query(VideoListQuery, request)
    query = _to_query(asked, user.id)
    # The trash changes by itself, minute by minute.
    minute = f"-{query.trashed_after:%Y%m%d%H%M}" if asked.deleted else ""
    tag = etag(user.id, user.revision, minute)
    if is_unchanged(request, tag):
        return not_modified(tag)
    database: Database = request.app.state.database
    async with database.read(user.id) as session:
        objects, count, end = await video_lists.list_json(session, user.id, query)
    cursor = f'"{cursors.encode(end, user.id, asked.listing)}"' if end else "null"
    return JsonText(f'{{"videos":[{objects}],"count":{count},"next_cursor":{cursor}}}', tag)


def _to_query(asked: VideoListQuery, owner_id: int) -> VideoQuery:
    cursor = asked.cursor
    return VideoQuery(
        limit=asked.limit or MAX_LIBRARY,
        sort=asked.sort,
        after=cursors.decode(cursor, owner_id, asked.listing) if cursor else None,
        tag_keys=asked.tag_keys,
        match_any=asked.match == "any",
        words=asked.words,
        availability=asked.availability,
        trashed_after=videos.trashed_after(utc_now()) if asked.deleted else None,
    )


async def save_video(request: Request) -> Response:
    """Save a video; one that is there already gets the tags added (200)."""
    user = await current_user(request)
    refuse_query(request)
    new = await read_body(VideoCreate, request)
    database: Database = request.app.state.database
    async with database.write(user.id) as session:
        stored = await videos.save(session, user.id, new)
    if stored.created:
        request.app.state.metadata.wake()
    return _answer(user, stored)


async def get_video(request: Request, user: CurrentUser, video_id: VideoId) -> Response:
    """Read one video."""
    refuse_query(request)
    tag = etag(user.id, user.revision)
    database: Database = request.app.state.database
    async with database.read(user.id) as session:
        found = await video_lists.get_json(session, user.id, video_id)
    if found is None:
        raise videos.not_found()
    return not_modified(tag) if is_unchanged(request, tag) else JsonText(found, tag)


async def update_video(request: Request, user: CurrentUser, video_id: VideoId) -> Response:
    """Change title, tags or start; what is left out stays."""
    refuse_query(request)
    change = await read_body(VideoUpdate, request)
    only_at = revisions_to_match(request, user.id)
    database: Database = request.app.state.database
    async with database.write(user.id) as session:
        stored = await videos.update(session, user.id, video_id, change, only_at)
    return _answer(user, stored)


async def delete_video(request: Request, user: CurrentUser, video_id: VideoId) -> Response:
    """Move the video to the trash, where it stays for 30 days."""
    refuse_query(request)
    only_at = revisions_to_match(request, user.id)
    database: Database = request.app.state.database
    async with database.write(user.id) as session:
        revision = await videos.delete(session, user.id, video_id, only_at)
    return Response(status_code=204, headers={"ETag": etag(user.id, revision)})


async def restore_video(request: Request, user: CurrentUser, video_id: VideoId) -> Response:
    """Bring the video back from the trash."""
    refuse_query(request)
    database: Database = request.app.state.database
    async with database.write(user.id) as session:
        stored = await videos.restore(session, user.id, video_id)
    return _answer(user, stored)


async def change_videos(request: Request, user: CurrentUser) -> Response:
    """Tag, untag, delete or restore up to 1,000 videos: all of it or nothing."""
    refuse_query(request)
    batch = await read_body(VideoBatch, request)
    database: Database = request.app.state.database
    async with database.write(user.id) as session:
        outcome = await video_batches.change(session, user.id, batch)
    result = BatchResult(changed=outcome.changed, missing=outcome.missing)
    return JsonText(result.model_dump_json(), etag(user.id, outcome.revision))


def _answer(user: User, stored: Stored) -> Response:
    tag = etag(user.id, stored.revision)
    if stored.created:
        return JsonText(stored.json, tag, 201, f"/videos/{stored.video_id}")
    return JsonText(stored.json, tag)

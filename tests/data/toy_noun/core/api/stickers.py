"""`/stickers`: add, list, delete."""

from http import HTTPStatus

from fastapi import Request, Response

from core.api.http.etags import JsonText, etag, is_unchanged, not_modified
from core.api.http.requests import read_body, refuse_query
from core.api.http.routes import FINDS_ROW, HAS_BODY, SIGNED_IN, Route
from core.api.http.state import state_of
from core.auth.middleware import CurrentUser
from core.queries import stickers as queries
from core.schemas.fields import VideoId
from core.schemas.stickers import Sticker, StickerCreate, StickerList
from core.services import stickers


async def list_stickers(request: Request, user: CurrentUser) -> Response:
    """List all stickers."""
    refuse_query(request)
    tag = etag(user.id, user.revision)
    if is_unchanged(request, tag):
        return not_modified(tag)
    async with state_of(request).database.read(user.id) as session:
        rows = await queries.list_all(session, user.id)
    found = [Sticker(id=row["id"], label=row["label"]) for row in rows]
    return JsonText(StickerList(stickers=found).model_dump_json(), tag)


async def add_sticker(request: Request, user: CurrentUser) -> Response:
    """Add a sticker."""
    refuse_query(request)
    new = await read_body(StickerCreate, request)
    async with state_of(request).database.write(user.id) as session:
        sticker_id, revision = await stickers.add(session, user.id, new.label)
    answer = Sticker(id=sticker_id, label=new.label)
    return JsonText(answer.model_dump_json(), etag(user.id, revision), HTTPStatus.CREATED)


async def delete_sticker(request: Request, user: CurrentUser, sticker_id: VideoId) -> Response:
    """Delete a sticker."""
    refuse_query(request)
    async with state_of(request).database.write(user.id) as session:
        revision = await stickers.delete(session, user.id, sticker_id)
    return Response(status_code=204, headers={"ETag": etag(user.id, revision)})


ROUTES = (
    Route(
        method="GET",
        path="/stickers",
        endpoint=list_stickers,
        answer=StickerList,
        problems=SIGNED_IN,
        is_conditional=True,
    ),
    Route(
        method="POST",
        path="/stickers",
        endpoint=add_sticker,
        answer=Sticker,
        status=HTTPStatus.CREATED,
        problems=SIGNED_IN | HAS_BODY,
        body=StickerCreate,
    ),
    Route(
        method="DELETE",
        path="/stickers/{sticker_id}",
        endpoint=delete_sticker,
        status=HTTPStatus.NO_CONTENT,
        problems=SIGNED_IN | FINDS_ROW,
    ),
)

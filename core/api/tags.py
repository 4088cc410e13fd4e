"""`/tags`: a user's tags with the number of videos of each; rename, merge, delete."""

from http import HTTPStatus

from fastapi import Request, Response
from starlette.convertors import PathConvertor, register_url_convertor
from starlette.exceptions import HTTPException

from core.api.http.etags import (
    JsonText,
    deleted_row,
    etag,
    is_unchanged,
    not_modified,
    revisions_to_match,
)
from core.api.http.requests import read_body, read_query, refuse_query
from core.api.http.routes import FINDS_ROW, HAS_BODY, HAS_PRECONDITION, SIGNED_IN, Route
from core.api.http.state import state_of
from core.auth.middleware import CurrentUser
from core.queries import tags as queries
from core.schemas.fields import TagName
from core.schemas.tags import TagCount, TagCounts, TagListQuery, TagUpdate
from core.services import tags
from core.text import tag_key


class _TagConvertor(PathConvertor):
    """A name with any characters, `/` among them, but at least one."""

    regex = ".+"


register_url_convertor("tag", _TagConvertor())


async def refuse_slash(request: Request) -> None:
    """A slash in a name is sent as `%2F`; a plain slash is part of another address.

    Raises: HTTPException
    """
    if b"/" in request.scope["raw_path"].removeprefix(b"/tags/"):
        raise HTTPException(HTTPStatus.NOT_FOUND)


async def list_tags(request: Request, user: CurrentUser) -> Response:
    """List tags by name; `with` counts only videos that carry those tags too."""
    asked = read_query(TagListQuery, request)
    tag = etag(user.id, user.revision)
    if is_unchanged(request, tag):
        return not_modified(tag)
    prefix = tag_key(asked.prefix)
    objects, count = await state_of(request).reads.ask(
        user,
        lambda session: queries.list_json(session, user.id, prefix, asked.with_keys),
    )
    return JsonText(f'{{"tags":[{objects}],"count":{count}}}', tag)


async def rename_tag(request: Request, user: CurrentUser, name: TagName) -> Response:
    """Rename a tag on every video; if another tag has the new name, the two merge."""
    refuse_query(request)
    change = await read_body(TagUpdate, request)
    only_at = revisions_to_match(request, user.id)
    database = state_of(request).database
    async with database.changes.take(user.id), database.write(user.id) as session:
        renamed = await tags.rename(session, user.id, name, change.name, only_at)
    answer = TagCount(name=renamed.name, **renamed.counted._asdict())
    return JsonText(answer.model_dump_json(), etag(user.id, renamed.revision))


async def delete_tag(request: Request, user: CurrentUser, name: TagName) -> Response:
    """Remove the tag from every video; the videos stay."""
    refuse_query(request)
    only_at = revisions_to_match(request, user.id)
    database = state_of(request).database
    async with database.changes.take(user.id), database.write(user.id) as session:
        revision = await tags.delete(session, user.id, name, only_at)
    return deleted_row(user.id, revision)


_TAG = "/tags/{name:tag}"

ROUTES = (
    Route(
        method="GET",
        path="/tags",
        endpoint=list_tags,
        answer=TagCounts,
        problems=SIGNED_IN,
        query=TagListQuery,
        is_conditional=True,
    ),
    Route(
        method="PATCH",
        path=_TAG,
        endpoint=rename_tag,
        answer=TagCount,
        problems=SIGNED_IN | FINDS_ROW | HAS_PRECONDITION | HAS_BODY,
        body=TagUpdate,
        dependencies=(refuse_slash,),
    ),
    Route(
        method="DELETE",
        path=_TAG,
        endpoint=delete_tag,
        status=HTTPStatus.NO_CONTENT,
        problems=SIGNED_IN | FINDS_ROW | HAS_PRECONDITION,
        dependencies=(refuse_slash,),
    ),
)

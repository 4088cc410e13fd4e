"""`/tags`: a person's tags and how many videos carry them; rename, merge, delete."""

from http import HTTPStatus

from fastapi import Request, Response
from starlette.convertors import PathConvertor, register_url_convertor
from starlette.exceptions import HTTPException

from core.api.conditional import JsonText, etag, is_unchanged, not_modified, revisions_to_match
from core.api.requests import read_body, read_query, refuse_query
from core.auth.middleware import CurrentUser
from core.database import Database
from core.queries import tags as queries
from core.schemas import TagCount, TagListQuery, TagName, TagUpdate
from core.services import tags
from core.text import tag_key


class _TagConvertor(PathConvertor):
    """A name with any characters, `/` among them, but at least one."""

    regex = ".+"


register_url_convertor("tag", _TagConvertor())


async def refuse_slash(request: Request) -> None:
    """A slash of a name comes as `%2F`; one that stands for itself begins another address.

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
    database: Database = request.app.state.database
    async with database.read(user.id) as session:
        objects, count = await queries.list_json(session, user.id, prefix, asked.with_keys)
    return JsonText(f'{{"tags":[{objects}],"count":{count}}}', tag)


async def rename_tag(request: Request, user: CurrentUser, name: TagName) -> Response:
    """Rename a tag on every video; onto another tag it merges."""
    refuse_query(request)
    change = await read_body(TagUpdate, request)
    only_at = revisions_to_match(request, user.id)
    database: Database = request.app.state.database
    async with database.write(user.id) as session:
        renamed = await tags.rename(session, user.id, name, change.name, only_at)
    answer = TagCount(name=renamed.name, videos=renamed.videos)
    return JsonText(answer.model_dump_json(), etag(user.id, renamed.revision))


async def delete_tag(request: Request, user: CurrentUser, name: TagName) -> Response:
    """Take the tag off every video; the videos stay."""
    refuse_query(request)
    only_at = revisions_to_match(request, user.id)
    database: Database = request.app.state.database
    async with database.write(user.id) as session:
        revision = await tags.delete(session, user.id, name, only_at)
    return Response(status_code=204, headers={"ETag": etag(user.id, revision)})

"""`/tags`: a person's tags and how many videos carry them."""

from fastapi import Request, Response

from core.api.conditional import etag, is_unchanged, json_response, not_modified
from core.api.query_strings import read_query
from core.auth.middleware import CurrentUser
from core.database import Database
from core.queries import tags
from core.schemas import TagListQuery
from core.text import split_tags, tag_key


async def list_tags(request: Request, user: CurrentUser) -> Response:
    """List tags by name; `with` counts only videos that carry those tags too."""
    asked = read_query(TagListQuery, request)
    tag = etag(user.id, user.revision)
    if is_unchanged(request, tag):
        return not_modified(tag)
    prefix = tag_key(asked.prefix)
    with_keys = tuple(map(tag_key, split_tags([asked.with_])))
    database: Database = request.app.state.database
    async with database.read(user.id) as session:
        array, count = await tags.list_json(session, user.id, prefix, with_keys)
    return json_response(f'{{"tags":{array},"count":{count}}}', tag)

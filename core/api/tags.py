"""`/tags`: a person's tags and how many videos carry them."""

from fastapi import Request, Response

from core.api.conditional import JsonText, etag, is_unchanged, not_modified
from core.api.requests import read_query
from core.auth.middleware import CurrentUser
from core.database import Database
from core.queries import tags
from core.schemas import TagListQuery
from core.text import tag_key


async def list_tags(request: Request, user: CurrentUser) -> Response:
    """List tags by name; `with` counts only videos that carry those tags too."""
    asked = read_query(TagListQuery, request)
    tag = etag(user.id, user.revision)
    if is_unchanged(request, tag):
        return not_modified(tag)
    prefix = tag_key(asked.prefix)
    database: Database = request.app.state.database
    async with database.read(user.id) as session:
        array, count = await tags.list_json(session, user.id, prefix, asked.with_keys)
    return JsonText(f'{{"tags":{array},"count":{count}}}', tag)

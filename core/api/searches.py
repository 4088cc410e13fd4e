"""`/searches`: a user's saved searches; list, save, rename or replace, delete."""

from http import HTTPStatus

from fastapi import Request, Response

from core.api.http.etags import (
    JsonText,
    deleted_row,
    etag,
    is_unchanged,
    not_modified,
    revisions_to_match,
    stored_row,
)
from core.api.http.requests import read_body, refuse_query
from core.api.http.routes import FINDS_ROW, HAS_BODY, HAS_PRECONDITION, SIGNED_IN, Route
from core.api.http.state import state_of
from core.auth.middleware import CurrentUser
from core.queries import searches as queries
from core.schemas.fields import VideoId
from core.schemas.searches import Search, SearchCreate, SearchList, SearchUpdate
from core.services import searches


async def list_searches(request: Request, user: CurrentUser) -> Response:
    """List all saved searches, the oldest first."""
    refuse_query(request)
    tag = etag(user.id, user.revision)
    if is_unchanged(request, tag):
        return not_modified(tag)
    objects, count = await state_of(request).reads.ask(
        user,
        lambda session: queries.list_json(session, user.id),
    )
    return JsonText(f'{{"searches":[{objects}],"count":{count}}}', tag)


async def save_search(request: Request, user: CurrentUser) -> Response:
    """Save a search; one with a known id stays as it is (200)."""
    refuse_query(request)
    new = await read_body(SearchCreate, request)
    async with state_of(request).database.write(user.id) as session:
        saved = await searches.create(session, user.id, new)
    return stored_row(user.id, saved, f"/searches/{saved.id}")


async def update_search(request: Request, user: CurrentUser, search_id: VideoId) -> Response:
    """Change name or filters; omitted fields stay unchanged."""
    refuse_query(request)
    change = await read_body(SearchUpdate, request)
    only_at = revisions_to_match(request, user.id)
    async with state_of(request).database.write(user.id) as session:
        saved = await searches.update(session, user.id, search_id, change, only_at)
    return stored_row(user.id, saved, f"/searches/{saved.id}")


async def delete_search(request: Request, user: CurrentUser, search_id: VideoId) -> Response:
    """Delete a saved search."""
    refuse_query(request)
    only_at = revisions_to_match(request, user.id)
    async with state_of(request).database.write(user.id) as session:
        revision = await searches.delete(session, user.id, search_id, only_at)
    return deleted_row(user.id, revision)


_SEARCH = "/searches/{search_id}"
_KNOWN = {"model": Search, "description": "A search with this id was saved already"}

ROUTES = (
    Route(
        method="GET",
        path="/searches",
        endpoint=list_searches,
        answer=SearchList,
        problems=SIGNED_IN,
        is_conditional=True,
    ),
    Route(
        method="POST",
        path="/searches",
        endpoint=save_search,
        answer=Search,
        status=HTTPStatus.CREATED,
        responses={HTTPStatus.OK: _KNOWN},
        problems=SIGNED_IN | HAS_BODY,
        body=SearchCreate,
    ),
    Route(
        method="PATCH",
        path=_SEARCH,
        endpoint=update_search,
        answer=Search,
        problems=SIGNED_IN | FINDS_ROW | HAS_PRECONDITION | HAS_BODY,
        body=SearchUpdate,
    ),
    Route(
        method="DELETE",
        path=_SEARCH,
        endpoint=delete_search,
        status=HTTPStatus.NO_CONTENT,
        problems=SIGNED_IN | FINDS_ROW | HAS_PRECONDITION,
    ),
)

"""`/notes` and `/videos/{video_id}/notes`: a user's notes; list, add, change, delete."""

from http import HTTPStatus

from fastapi import Request, Response
from pydantic import TypeAdapter

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
from core.auth.middleware import CurrentUser
from core.queries import notes as queries
from core.queries.json_sql import id_of
from core.queries.notes import Address, NoteQuery
from core.schemas.fields import MAX_PAGE, VideoId
from core.schemas.notes import Note, NoteCreate, NoteList, NoteListQuery, NoteUpdate
from core.services import notes

_POSITION = TypeAdapter(tuple[VideoId])


async def list_notes(request: Request, user: CurrentUser) -> Response:
    """List notes, the oldest first; those of videos in the trash are hidden."""
    asked = read_query(NoteListQuery, request)
    limit, after_id = asked.limit or MAX_PAGE, -1
    if asked.cursor:
        (after_id,) = cursors.decode(asked.cursor, user.id, asked.listing, _POSITION)
    tag = etag(user.id, user.revision)
    if is_unchanged(request, tag):
        return not_modified(tag)
    query = NoteQuery(limit, asked.video_id, asked.words, after_id)
    objects, count, last = await state_of(request).reads.ask(
        user,
        lambda session: queries.list_json(session, user.id, query),
    )
    cursor = "null"
    if last:
        cursor = f'"{cursors.encode((id_of(last),), user.id, asked.listing)}"'
    return JsonText(f'{{"notes":[{objects}],"count":{count},"next_cursor":{cursor}}}', tag)


async def add_note(request: Request, user: CurrentUser, video_id: VideoId) -> Response:
    """Add a note to a video; one with a known id stays as it is (200)."""
    refuse_query(request)
    new = await read_body(NoteCreate, request)
    async with state_of(request).database.write(user.id) as session:
        written = await notes.add(session, user.id, video_id, new)
    return stored_row(user.id, written, f"/videos/{video_id}/notes/{written.id}")


async def update_note(
    request: Request, user: CurrentUser, video_id: VideoId, note_id: VideoId
) -> Response:
    """Change text, moment or end; omitted fields stay unchanged."""
    refuse_query(request)
    change = await read_body(NoteUpdate, request)
    only_at = revisions_to_match(request, user.id)
    async with state_of(request).database.write(user.id) as session:
        written = await notes.update(session, user.id, Address(video_id, note_id), change, only_at)
    return stored_row(user.id, written, f"/videos/{video_id}/notes/{written.id}")


async def delete_note(
    request: Request, user: CurrentUser, video_id: VideoId, note_id: VideoId
) -> Response:
    """Delete a note."""
    refuse_query(request)
    only_at = revisions_to_match(request, user.id)
    async with state_of(request).database.write(user.id) as session:
        revision = await notes.delete(session, user.id, Address(video_id, note_id), only_at)
    return deleted_row(user.id, revision)


_NOTES = "/videos/{video_id:video}/notes"
_NOTE = f"{_NOTES}/{{note_id}}"
_KNOWN = {"model": Note, "description": "A note with this id is there already"}

ROUTES = (
    Route(
        method="GET",
        path="/notes",
        endpoint=list_notes,
        answer=NoteList,
        problems=SIGNED_IN,
        query=NoteListQuery,
        is_conditional=True,
    ),
    Route(
        method="POST",
        path=_NOTES,
        endpoint=add_note,
        answer=Note,
        status=HTTPStatus.CREATED,
        responses={HTTPStatus.OK: _KNOWN},
        problems=SIGNED_IN | FINDS_ROW | HAS_BODY,
        body=NoteCreate,
    ),
    Route(
        method="PATCH",
        path=_NOTE,
        endpoint=update_note,
        answer=Note,
        problems=SIGNED_IN | FINDS_ROW | HAS_PRECONDITION | HAS_BODY,
        body=NoteUpdate,
    ),
    Route(
        method="DELETE",
        path=_NOTE,
        endpoint=delete_note,
        status=HTTPStatus.NO_CONTENT,
        problems=SIGNED_IN | FINDS_ROW | HAS_PRECONDITION,
    ),
)

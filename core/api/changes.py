"""`/changes`: what a client needs to bring its copy of the library up to date."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Request, Response
from pydantic import Field, TypeAdapter

from core.api.http import cursors
from core.api.http.etags import JsonText, etag, is_unchanged, not_modified
from core.api.http.requests import read_query
from core.api.http.routes import SIGNED_IN, Route
from core.api.http.state import state_of
from core.auth.middleware import current_user
from core.queries.changes import Position
from core.schemas.changes import Changes, ChangesQuery
from core.schemas.fields import MAX_ID
from core.schemas.videos import MAX_LIBRARY
from core.services import changes
from core.services.changes import KINDS, Page, Progress
from core.services.users import User

_Number = Annotated[int, Field(ge=-1, le=MAX_ID)]
_End = tuple[_Number, _Number] | None
_Ends = Annotated[tuple[_End, ...], Field(min_length=len(KINDS), max_length=len(KINDS))]
"""The last row of each of KINDS."""
_PROGRESS = TypeAdapter(tuple[_Number, _Ends])
"""The revision, and the last rows."""


async def list_changes(request: Request) -> Response:
    """List what changed since a revision, in the order of the changes."""
    user = await current_user(request)
    asked = read_query(ChangesQuery, request)
    progress = _progress(asked, user)
    tag = etag(user.id, user.revision)
    if is_unchanged(request, tag):
        return not_modified(tag)
    page = await state_of(request).reads.ask(
        user,
        lambda session: changes.read(
            session,
            user.id,
            asked.since,
            progress,
            asked.limit or MAX_LIBRARY,
            is_first=asked.cursor is None,
        ),
    )
    return JsonText(_write(page, user.id, asked.since), tag)


def _progress(asked: ChangesQuery, user: User) -> Progress:
    begun = changes.begin(asked.since, user.revision)
    if asked.cursor is None:
        return begun
    revision, ends = cursors.decode(asked.cursor, user.id, _listing(asked.since), _PROGRESS)
    return Progress(revision, tuple(end and Position(*end) for end in ends))


def _listing(since: int) -> tuple[str, int]:
    return "changes", since


def _write(page: Page, owner_id: int, since: int) -> str:
    progress = page.progress
    cursor = f'"{cursors.encode(progress, owner_id, _listing(since))}"' if progress else "null"
    rows = ",".join(f'"{kind}":[{page.rows[kind]}]' for kind in KINDS)
    gone = ",".join(f'"{kind}":[{page.gone.get(kind, "")}]' for kind in KINDS)
    # The revision and the cursor are last: the web app reads them without parsing the rows.
    return f'{{{rows},"gone":{{{gone}}},"revision":{page.revision},"next_cursor":{cursor}}}'


ROUTES = (
    Route(
        method="GET",
        path="/changes",
        endpoint=list_changes,
        answer=Changes,
        problems=SIGNED_IN | {HTTPStatus.GONE},
        query=ChangesQuery,
        is_conditional=True,
        is_hot=True,
    ),
)

"""`/me`: the signed-in user; read and erase."""

from http import HTTPStatus

from fastapi import Request, Response

from core.api.http.requests import refuse_query
from core.api.http.routes import SIGNED_IN, Route
from core.api.http.state import state_of
from core.auth.middleware import CurrentUser
from core.errors import AccountClosed
from core.queries import users as queries
from core.schemas.users import Person
from core.services import users


async def get_me(request: Request, user: CurrentUser) -> Response:
    """Return the signed-in user, with the number of their videos."""
    refuse_query(request)
    person = await state_of(request).reads.ask(
        user, lambda session: queries.get_json(session, user.id)
    )
    if person is None:
        raise AccountClosed(users.CLOSED)
    return Response(person, headers={"Cache-Control": "no-store"}, media_type="application/json")


async def delete_me(request: Request, user: CurrentUser) -> Response:
    """Erase the user and everything they stored."""
    refuse_query(request)
    database = state_of(request).database
    async with database.changes.take(user.id), database.write(user.id) as session:
        await users.erase_own(session, user.id, user.clerk_id)
    spool = state_of(request).spool
    spool.remove_all_of(user.id)
    return Response(status_code=HTTPStatus.NO_CONTENT)


ROUTES = (
    Route(method="GET", path="/me", endpoint=get_me, answer=Person, problems=SIGNED_IN),
    Route(
        method="DELETE",
        path="/me",
        endpoint=delete_me,
        status=HTTPStatus.NO_CONTENT,
        problems=SIGNED_IN,
    ),
)

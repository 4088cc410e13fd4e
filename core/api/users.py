"""`/me`: the person who is calling; read and erase."""

from fastapi import Request, Response

from core.api.requests import refuse_query
from core.auth.middleware import CurrentUser
from core.database import Database
from core.errors import AccountClosed
from core.queries import users as queries
from core.services import users
from core.spool import Spool


async def get_me(request: Request, user: CurrentUser) -> Response:
    """Tell who is calling and how many videos they have."""
    refuse_query(request)
    database: Database = request.app.state.database
    async with database.read(user.id) as session:
        person = await queries.get_json(session, user.id)
    if person is None:
        raise AccountClosed(users.CLOSED)
    return Response(person, headers={"Cache-Control": "no-store"}, media_type="application/json")


async def delete_me(request: Request, user: CurrentUser) -> Response:
    """Erase the person with everything they stored."""
    refuse_query(request)
    database: Database = request.app.state.database
    async with database.write(user.id) as session:
        await users.leave(session, user.id, user.clerk_id)
    spool: Spool = request.app.state.spool
    spool.remove_all_of(user.id)
    return Response(status_code=204)

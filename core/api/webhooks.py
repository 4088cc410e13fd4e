"""`/webhooks/clerk`: what Clerk reports about users."""

from http import HTTPStatus

from fastapi import Request, Response

from core.api.http.routes import HAS_BODY, Route
from core.api.http.state import state_of
from core.auth.webhooks import read_event
from core.services import webhooks


async def receive_webhook(request: Request) -> Response:
    """Handle an event about a user; the signature proves that Clerk sent it."""
    event = await read_event(request)
    if event:
        database = state_of(request).database
        async with database.write(None) as session:
            await webhooks.handle(session, event)
    return Response(status_code=HTTPStatus.NO_CONTENT)


ROUTES = (
    Route(
        method="POST",
        path="/webhooks/clerk",
        endpoint=receive_webhook,
        status=HTTPStatus.NO_CONTENT,
        problems=HAS_BODY
        | {
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.INTERNAL_SERVER_ERROR,
            HTTPStatus.SERVICE_UNAVAILABLE,
        },
    ),
)

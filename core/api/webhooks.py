"""`/webhooks/clerk`: what the sign-in service tells by itself about people."""

from fastapi import Request, Response

from core.auth.webhooks import read_event
from core.database import Database
from core.services import webhooks


async def receive_webhook(request: Request) -> Response:
    """Take what Clerk tells about a person; the signature says that it is Clerk."""
    event = await read_event(request)
    if event:
        database: Database = request.app.state.database
        async with database.write(None) as session:
            await webhooks.handle(session, event)
    return Response(status_code=204)

"""The ceiling on PostgreSQL: a bare ASGI function that runs the list's statement, and answers it.

It has the service's driver and pool, but no routing, no sign-in, no checks and no transaction.
Its role is a superuser, who needs no owner for row-level security.
"""

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from core.database.postgresql import PostgresqlDatabase
from core.queries.video_lists import VideoQuery, list_json

Message = MutableMapping[str, Any]

NEWEST = VideoQuery(limit=50)
OWNER = "SELECT id FROM users"

database = PostgresqlDatabase(os.environ["CEILING_DATABASE"], pool_size=10)
owners: list[int] = []


async def app(
    scope: Message,
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """Answer every request with the newest 50."""
    if scope["type"] != "http":
        await receive()
        await database.open()
        owners.append(await database.pool.fetchval(OWNER))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        return
    objects, count, _ = await list_json(database, owners[0], NEWEST)  # type: ignore[arg-type]  # it calls `fetch_one` alone
    body = f'{{"videos":[{objects}],"count":{count},"next_cursor":null}}'.encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})

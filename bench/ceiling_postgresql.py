"""The ceiling on PostgreSQL: a bare ASGI function that runs the list's statement, and answers it.

It has the service's driver and pool, but no routing, no sign-in, no checks and no transaction.
Its role is a superuser, who needs no owner for row-level security.
"""

import os

from bench.bare_asgi import Message, Receive, Send, answer, live
from core.database.postgresql import PostgresqlDatabase
from core.queries.video_lists import VideoQuery, list_json

NEWEST = VideoQuery(limit=50)
OWNER = "SELECT id FROM users"

database = PostgresqlDatabase(os.environ["CEILING_DATABASE"], pool_size=10)
owners: list[int] = []


async def app(scope: Message, receive: Receive, send: Send) -> None:
    """Answer every request with the newest 50."""
    if scope["type"] != "http":
        await database.open()
        owners.append(await database.pool.fetchval(OWNER))
        await live(receive, send)
        return
    objects, count, _ = await list_json(database, owners[0], NEWEST)  # type: ignore[arg-type]  # it calls `fetch_one` alone
    await answer(send, f'{{"videos":[{objects}],"count":{count},"next_cursor":null}}')

"""The ceiling: a bare ASGI function that runs the list's one statement and answers its text.

It has no routing, no sign-in and no checks: it costs only SQLite and the server.
"""

import os
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from core.database.sqlite import connect_sqlite

Message = MutableMapping[str, Any]

OWNER_ID = 1
NEWEST = """
SELECT json_group_array(json_object(
    'id', id, 'url', url, 'title', title, 'thumbnail_url', thumbnail_url, 'tags', tags,
    'created_at', created_at, 'video_key', video_key, 'start_s', start_s, 'channel', channel,
    'availability', availability, 'updated_at', updated_at)), count(*)
FROM (
    SELECT * FROM videos WHERE user_id = ? AND deleted_at IS NULL ORDER BY id DESC LIMIT 50
)
"""

database = connect_sqlite(Path(os.environ["CEILING_DATABASE"]))


async def app(
    scope: Message,
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """Answer every request with the newest 50."""
    if scope["type"] != "http":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        return
    array, count = database.execute(NEWEST, (OWNER_ID,)).fetchone()
    body = f'{{"videos":{array},"count":{count}}}'.encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})

"""The ceiling: a bare ASGI function that runs the list's one statement and answers its text.

It has no routing, no sign-in and no checks: it costs only SQLite and the server.
"""

import os
from pathlib import Path

from bench.bare_asgi import Message, Receive, Send, answer, live
from core.database.sqlite import connect_sqlite

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


async def app(scope: Message, receive: Receive, send: Send) -> None:
    """Answer every request with the newest 50."""
    if scope["type"] != "http":
        await live(receive, send)
        return
    array, count = database.execute(NEWEST, (OWNER_ID,)).fetchone()
    await answer(send, f'{{"videos":{array},"count":{count}}}')

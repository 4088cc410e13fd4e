"""What the bare ASGI functions share: they answer every request with the same text."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


async def live(receive: Receive, send: Send) -> None:
    """Tell the server that the function is ready, and wait until the server stops."""
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()


async def answer(send: Send, text: str) -> None:
    """Send the text as JSON."""
    body = text.encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})

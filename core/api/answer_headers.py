"""Headers that an answer carries whoever writes it, as in how much of a limit is left.

Whatever handles the request appends to `scope["answer_headers"]`.
"""

from collections.abc import Awaitable

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class AnswerHeaders:
    """Adds them to every answer that is sent within."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = scope["answer_headers"] = []

        # No coroutine of its own: the list is the hot path.
        def send_with_headers(message: Message) -> Awaitable[None]:
            if headers and message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *headers]
            return send(message)

        await self.app(scope, receive, send_with_headers)

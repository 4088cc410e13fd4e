"""The status of a response, for what records requests."""

from collections.abc import Awaitable
from http import HTTPStatus

from starlette.types import Message, Send


class SeenStatus:
    """Passes a response on and remembers its status.

    Until the response begins it is 500: an exception becomes that outside of the recorder.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = int(HTTPStatus.INTERNAL_SERVER_ERROR)

    # No coroutine of its own: the list is the hot path.
    def send(self, message: Message) -> Awaitable[None]:
        self.status = message.get("status", self.status)
        return self._send(message)

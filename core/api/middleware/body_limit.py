"""The limit on a request's body, as a problem like every other.

FastAPI has its own limit, but answers in plain text and also counts the bytes of a GET.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import RequestTooLarge

MIB = 1024 * 1024
MAX_BODY_MIB = 1
MAX_IMPORT_MIB = 64
"""`POST /imports` reads its body only after it knows the user."""


class BodyLimit:
    """Stops reading at the limit; `Content-Length` may be wrong."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD"}:
            await self.app(scope, receive, send)
        else:
            is_import = (scope["method"], scope["path"]) == ("POST", "/imports")
            most_mib = MAX_IMPORT_MIB if is_import else MAX_BODY_MIB
            await self.app(scope, _limited(receive, most_mib), send)


def _limited(receive: Receive, most_mib: int) -> Receive:
    received = 0

    async def receive_limited() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > most_mib * MIB:
            raise RequestTooLarge(f"The request is larger than {most_mib} MiB.")
        return message

    return receive_limited

"""What keeps the stand-in out of production: it signs anybody in, so only this machine may ask."""

import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK_HOSTS = ("127.0.0.1", "localhost")
LOOPBACK_ORIGIN = re.compile(r"http://(127\.0\.0\.1|localhost)(:\d+)?")


class Refused(Exception):
    """What was asked for is unsafe or impossible; the text says why, to a person."""


def require_development(environment: str | None) -> None:
    """Refuse every environment but development; one that nobody named is production.

    Raises: Refused
    """
    if environment != "development":
        raise Refused(
            "The stand-in for Clerk signs anybody in: it runs only with CORE_ENV=development, "
            f"not with {environment or 'production'}."
        )


def require_loopback(host: str | None) -> None:
    """Refuse to listen where another machine could ask.

    Raises: Refused
    """
    if host not in LOOPBACK_HOSTS:
        raise Refused(f"Listen on 127.0.0.1 or localhost, not on {host}: this is for one machine.")


class LoopbackOnly:
    """Answers nobody but this machine, whatever address a server was told to listen on.

    The `Host` is looked at too: a web page whose name was re-bound to 127.0.0.1 asks for itself.
    So is the `Origin`, when there is one: a page from elsewhere can't sign anybody in or out.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not _is_from_here(scope):
            await PlainTextResponse("Only this machine may ask.", 403)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _is_from_here(scope: Scope) -> bool:
    client = scope["client"]
    headers = Headers(scope=scope)
    host, origin = urlsplit(f"//{headers.get('host', '')}").hostname, headers.get("origin")
    if origin is not None and not LOOPBACK_ORIGIN.fullmatch(origin):
        return False
    return client is not None and client[0] in LOOPBACK_HOSTS and host in LOOPBACK_HOSTS

"""Keeps the stand-in out of production and on this machine: it signs in any user."""

import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK_HOSTS = ("127.0.0.1", "localhost")
LOOPBACK_ORIGIN = re.compile(r"http://(127\.0\.0\.1|localhost)(:\d+)?")


class Refused(Exception):
    """The request is unsafe or impossible; the text is a sentence for the user."""


def require_development(environment: str | None) -> None:
    """Refuse every environment except development; a missing name counts as production.

    Raises: Refused
    """
    if environment != "development":
        raise Refused(
            "The stand-in for Clerk signs in any user: it runs only with CORE_ENV=development, "
            f"not with {environment or 'production'}."
        )


def require_loopback(host: str | None) -> None:
    """Refuse to listen on an address that other machines can reach.

    Raises: Refused
    """
    if host not in LOOPBACK_HOSTS:
        raise Refused(
            f"Listen on 127.0.0.1 or localhost, not on {host}: the stand-in signs in any user. "
            'docs/development.md shows under "On a phone" how a phone reaches it.'
        )


class LoopbackOnly:
    """Accepts requests only from this machine, on any address of the server.

    It also checks `Host`, against DNS rebinding, and `Origin` if present: a page of another site
    can't sign users in or out.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not _is_from_here(scope):
            await PlainTextResponse("Only this machine has access.", 403)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _is_from_here(scope: Scope) -> bool:
    client = scope["client"]
    headers = Headers(scope=scope)
    host, origin = urlsplit(f"//{headers.get('host', '')}").hostname, headers.get("origin")
    if origin is not None and not LOOPBACK_ORIGIN.fullmatch(origin):
        return False
    return client is not None and client[0] in LOOPBACK_HOSTS and host in LOOPBACK_HOSTS

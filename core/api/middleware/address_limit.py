"""The rate limit for each address, which is checked before the token.

So a flood of bad tokens costs no signature check. auth/middleware.py checks the limit for each
user, since the user is known there.
"""

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from core.api.http import problems
from core.client_ip import Proxies, peer_of
from core.errors import TooManyRequests
from core.ratelimit import Limit

UNCOUNTED = {"/health", "/timer"}
"""They read no data, so a response costs as much as a refusal; monitors request them."""
ASSETS = "/assets/"

log = structlog.get_logger(__name__)


class AddressLimit:
    """Counts requests by client address and refuses those over the limit."""

    def __init__(self, app: ASGIApp, limit: Limit, proxies: Proxies) -> None:
        self.app = app
        self._limit = limit
        self._proxies = proxies
        self._warned = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _counts(scope["path"]):
            try:
                scope["response_headers"] += await self._limit.spend(self._origin(scope))
            except TooManyRequests as refusal:
                self._warn_of_a_proxy(scope)
                await problems.answer(refusal)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _origin(self, scope: Scope) -> str:
        peer = peer_of(scope)
        forwarded_for = _forwarded_for(scope) if self._proxies.trusts(peer) else ""
        return self._proxies.origin(peer, forwarded_for)

    def _warn_of_a_proxy(self, scope: Scope) -> None:
        """Warn once that all clients behind a proxy may have been counted as one address."""
        if not self._warned and _forwarded_for(scope) and not self._proxies.trusts(peer_of(scope)):
            self._warned = True
            log.warning("forwarded_for_not_trusted", see="CORE_TRUSTED_PROXIES")


def _counts(path: str) -> bool:
    """Tell whether a path counts. The web app's files do not: a page loads dozens from memory."""
    return path not in UNCOUNTED and not path.startswith(ASSETS)


def _forwarded_for(scope: Scope) -> str:
    given = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return b",".join(given).decode("latin-1")

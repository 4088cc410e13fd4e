"""The limit for each address, before anybody is asked who they are.

So a flood of bad tokens costs no signature check. The limit for each person is counted in
auth/middleware.py, where the person is known.
"""

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from core.addresses import Proxies, peer_of
from core.api import problems
from core.errors import TooManyRequests
from core.ratelimit import Limit

UNCOUNTED = {"/health", "/timer"}
"""They touch nothing, so answering costs as much as refusing; monitors ask them."""
ASSETS = "/assets/"

log = structlog.get_logger(__name__)


class AddressLimit:
    """Counts each request by where it comes from and refuses those over the limit."""

    def __init__(self, app: ASGIApp, limit: Limit, proxies: Proxies) -> None:
        self.app = app
        self._limit = limit
        self._proxies = proxies
        self._warned = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _counts(scope["path"]):
            try:
                scope["answer_headers"] += await self._limit.spend(self._origin(scope))
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
        """Tell, once, that all who come by a proxy may have been counted as one."""
        if not self._warned and _forwarded_for(scope) and not self._proxies.trusts(peer_of(scope)):
            self._warned = True
            log.warning("forwarded_for_not_believed", see="CORE_TRUSTED_PROXIES")


def _counts(path: str) -> bool:
    """Tell whether a path counts: the web app's files lie in memory and come by the dozen."""
    return path not in UNCOUNTED and not path.startswith(ASSETS)


def _forwarded_for(scope: Scope) -> str:
    given = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return b",".join(given).decode("latin-1")

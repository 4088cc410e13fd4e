"""From an Authorization header to the user of the request.

It parses the header and logs a refusal; clerk.py verifies the token.
"""

from typing import Annotated

import structlog
from fastapi import Depends, Request

from core.auth.clerk import TOKEN_LIMIT, Refused
from core.errors import Unauthenticated
from core.services import users
from core.services.users import User

log = structlog.get_logger(__name__)


async def current_user(request: Request) -> User:
    """Return the user of the request; insert their row on their first request.

    Raises:
        Unauthenticated, SigningKeysUnavailable, AccountClosed, TooManyRequests,
        DatabaseUnavailable
    """
    state = request.app.state
    try:
        identity = await state.clerk.verify(_bearer_token(request))
    except Refused as refused:
        log.info("token_refused", reason=refused.reason)
        raise
    user = await users.identify(state.database, identity, state.known_ids)
    if state.limits.user:
        request.scope["response_headers"] += await state.limits.user.spend(str(user.id))
    if user.wants_profile:
        state.profiles.want(user)
    return user


CurrentUser = Annotated[User, Depends(current_user)]


def _bearer_token(request: Request) -> str:
    """Return the token of the Authorization header. Source: RFC 6750, section 2.1."""
    headers: list[tuple[bytes, bytes]] = request.scope["headers"]
    values: list[bytes] = [value for name, value in headers if name == b"authorization"]
    if not values:
        raise Unauthenticated(
            "Sign in first: this address needs 'Authorization: Bearer <token>'.",
            {"WWW-Authenticate": 'Bearer realm="core"'},
        )
    scheme, _, token = values[0].decode("latin-1").partition(" ")
    if len(values) > 1 or len(values[0]) > TOKEN_LIMIT or scheme.lower() != "bearer":
        raise Refused("authorization")
    return token.strip(" ")

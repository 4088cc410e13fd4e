"""The stand-in as an ASGI app, with all routes under Clerk's own paths."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from devclerk.backend import BackendApi
from devclerk.frontend import SCRIPTS, FrontendApi
from devclerk.guard import LoopbackOnly, require_development, require_loopback
from devclerk.keys import Keys
from devclerk.oauth import SCOPES, OAuth
from devclerk.people import People
from devclerk.store import open_folder
from devclerk.tokens import SESSION_LIFETIME_S, Signer


def create_app(
    data: Path, issuer: str, lifetime_s: int = SESSION_LIFETIME_S, scripts: Path = SCRIPTS
) -> Starlette:
    """Build the stand-in that answers at `issuer`, as in `http://127.0.0.1:8010`.

    `lifetime_s` is the lifetime of session tokens, and `scripts` the folder of the scripts.

    Raises: Refused
    """
    require_development(os.environ.get("CORE_ENV"))
    require_loopback(urlsplit(issuer).hostname)
    folder = open_folder(data)
    keys, people = Keys.load(folder), People(folder)
    signer = Signer(keys, issuer)
    oauth = OAuth(people, signer)
    backend = BackendApi(people, keys)

    async def discovery(_: Request) -> Response:
        return JSONResponse(_discovery(issuer))

    async def key_set(_: Request) -> Response:
        return JSONResponse(keys.key_set())

    routes = [
        Route("/.well-known/openid-configuration", discovery),
        Route("/.well-known/oauth-authorization-server", discovery),
        Route("/.well-known/jwks.json", key_set),
        Route("/oauth/authorize", oauth.authorize, methods=["GET", "POST"]),
        Route("/oauth/token", oauth.token, methods=["POST"]),
        Route("/oauth/token/revoke", oauth.revoke, methods=["POST"]),
        Route("/oauth/userinfo", oauth.userinfo, methods=["GET", "POST"]),
        Route("/v1/users/{user_id}", backend.user),
        Route("/v1/jwks", backend.key_set),
        FrontendApi(people, signer, lifetime_s, scripts).routes(),
    ]
    return Starlette(routes=routes, middleware=[Middleware(LoopbackOnly)])


def _discovery(issuer: str) -> dict[str, str | list[str]]:
    """Return the discovery document (RFC 8414), with the fields of Clerk's own."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oauth/authorize",
        "token_endpoint": f"{issuer}/oauth/token",
        "revocation_endpoint": f"{issuer}/oauth/token/revoke",
        "userinfo_endpoint": f"{issuer}/oauth/userinfo",
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "scopes_supported": [*SCOPES],
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }

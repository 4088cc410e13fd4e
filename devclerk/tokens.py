"""The tokens that the stand-in signs: Clerk's three kinds, with the same claims.

Source: https://clerk.com/docs/guides/sessions/session-tokens
Source: https://clerk.com/docs/guides/configure/auth-strategies/oauth/how-clerk-implements-oauth
"""

import time
from dataclasses import dataclass
from typing import Any

import jwt

from devclerk.keys import Keys
from devclerk.people import Person
from devclerk.store import new_id

SESSION_LIFETIME_S = 60
ACCESS_LIFETIME_S = 86_400


@dataclass(frozen=True)
class Signer:
    """Signs tokens of one issuer."""

    keys: Keys
    issuer: str

    def session_token(
        self,
        user_id: str,
        origin: str,
        lifetime_s: int = SESSION_LIFETIME_S,
        session_id: str | None = None,
    ) -> str:
        """Sign the token that clerk-js sends from a page at `origin` (version 2).

        Without `session_id` it gets a new session id.
        """
        claims = {
            "azp": origin,
            "fva": [0, -1],
            "nbf": int(time.time()) - 10,
            "sid": session_id or new_id("sess_"),
            "sts": "active",
            "sub": user_id,
            "v": 2,
        }
        return self._sign(claims, lifetime_s, {"cat": "cl_B7d4PD111AAA", "typ": "JWT"})

    def access_token(self, user_id: str, client_id: str, scope: str) -> str:
        """Sign the token that an OAuth application sends (RFC 9068; like Clerk's without `aud`)."""
        claims = {"client_id": client_id, "jti": new_id("oat_"), "scope": scope, "sub": user_id}
        return self._sign(claims, ACCESS_LIFETIME_S, {"typ": "at+jwt"})

    def id_token(self, person: Person, client_id: str, nonce: str | None) -> str:
        """Sign the token that identifies the user to an OAuth application; the API refuses it."""
        claims = {"aud": client_id, "sub": person.id, "name": person.name, "email": person.email}
        return self._sign(claims | ({"nonce": nonce} if nonce else {}), ACCESS_LIFETIME_S, {})

    def read_access_token(self, token: str) -> str:
        """Return the id of the access token's user.

        Raises: jwt.InvalidTokenError
        """
        if jwt.get_unverified_header(token).get("typ") != "at+jwt":
            raise jwt.InvalidTokenError("not an access token")
        public = self.keys.signing.public_key()
        return str(jwt.decode(token, public, ["RS256"], issuer=self.issuer)["sub"])

    def _sign(self, claims: dict[str, Any], lifetime_s: int, headers: dict[str, Any]) -> str:
        now = int(time.time())
        claims |= {"iss": self.issuer, "iat": now, "exp": now + lifetime_s}
        headers = {"kid": self.keys.kid, **headers}
        return jwt.encode(claims, self.keys.signing, "RS256", headers)

"""The parts of OAuth and OpenID Connect that a native app needs: pure, without HTTP.

Source: RFC 6749 (OAuth 2.0), RFC 7636 (PKCE), RFC 8414 (discovery), RFC 9207 (iss in the callback)
Source: OpenID Connect Core 1.0
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any, Self
from urllib.parse import urlencode

from app.errors import Cancelled, Failed
from app.settings import Settings, is_safe

SCOPE = "openid profile email offline_access"
RENEW_AHEAD_S = 60
LEEWAY_S = 300
"""How far this device's clock may be ahead."""

INVALID = "sign-in invalid"
INCOMPLETE = "sign-in incomplete"
NOT_SIGNED_IN = "not signed in"
CANCELLED = "sign-in cancelled"
WRONG_CLOCK = "wrong clock"


@dataclass(frozen=True)
class Person:
    """The signed-in user; `id` is Clerk's. `email` may be empty."""

    id: str
    name: str
    email: str


@dataclass(frozen=True)
class Session:
    """A user and their tokens.

    `renew_at` is in epoch seconds by this device's clock.
    """

    issuer: str
    client_id: str
    person: Person
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    renew_at: float

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str, settings: Settings) -> Self | None:
        """Read a stored session; None if it is broken, or belongs to another Clerk instance."""
        try:
            stored = json.loads(text)
            session = cls(**stored | {"person": Person(**stored["person"])})
        except (ValueError, LookupError, TypeError, RecursionError):
            return None
        ours = (settings.clerk_url, settings.client_id)
        same = (session.issuer, session.client_id) == ours
        return session if same and session._is_valid() else None

    def _is_valid(self) -> bool:
        person = (self.person.name, self.person.email)
        tokens = all(map(_is_token, (self.person.id, self.access_token, self.refresh_token)))
        named = all(isinstance(text, str) for text in person)
        return tokens and named and isinstance(self.renew_at, int | float)

    def with_tokens(self, response: Mapping[str, Any], now: float) -> Self:
        """Return this session with the token endpoint's tokens.

        Without a new refresh token the old one stays.

        Raises: Failed
        """
        access, lifetime_s = response.get("access_token"), response.get("expires_in", 3600)
        refresh = response.get("refresh_token", self.refresh_token)
        bearer = str(response.get("token_type")).lower() == "bearer"
        if not (_is_token(access) and _is_token(refresh) and bearer and _is_number(lifetime_s)):
            raise Failed(INCOMPLETE)
        renew_at = now + lifetime_s - min(RENEW_AHEAD_S, lifetime_s / 4)
        return replace(
            self, access_token=str(access), refresh_token=str(refresh), renew_at=renew_at
        )


@dataclass(frozen=True)
class Endpoints:
    """The URLs of Clerk's endpoints."""

    authorize: str
    token: str
    revoke: str | None
    requires_iss: bool
    """Whether every callback carries `iss` (RFC 9207)."""

    @classmethod
    def from_discovery(cls, document: Mapping[str, Any], issuer: str) -> Self:
        """Read this issuer's discovery document; an https issuer has only https endpoints.

        Raises: Failed
        """
        names = ("authorization_endpoint", "token_endpoint", "revocation_endpoint")
        authorize, token, revoke = (document.get(name) for name in names)
        for url in (authorize, token, token if revoke is None else revoke):
            safe = isinstance(url, str) and is_safe(url)
            if not safe or (issuer.startswith("https:") and not str(url).startswith("https:")):
                raise Failed(INVALID)
        if document.get("issuer") != issuer:
            raise Failed(INVALID)
        requires_iss = document.get("authorization_response_iss_parameter_supported") is True
        return cls(str(authorize), str(token), revoke, requires_iss)


@dataclass(frozen=True)
class Attempt:
    """One sign-in with its own secrets: codes and tokens of another sign-in are refused."""

    issuer: str
    client_id: str
    redirect_uri: str
    state: str
    nonce: str
    verifier: str = field(repr=False)

    @classmethod
    def new(cls, settings: Settings, redirect_uri: str) -> Self:
        secrets = token_urlsafe(32), token_urlsafe(32), token_urlsafe(48)
        return cls(settings.clerk_url, settings.client_id, redirect_uri, *secrets)

    def to_url(self, endpoints: Endpoints, *, prompt_login: bool) -> str:
        """Return the URL for the browser; `prompt_login` asks for a login even with a session."""
        digest = sha256(self.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": SCOPE,
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        separator = "&" if "?" in endpoints.authorize else "?"
        prompt = {"prompt": "login"} if prompt_login else {}
        return f"{endpoints.authorize}{separator}{urlencode(query | prompt)}"

    def to_form(self, parameters: Mapping[str, str], endpoints: Endpoints) -> dict[str, str]:
        """Turn the callback's parameters into the form of the token request.

        Raises: Failed, Cancelled
        """
        if parameters.get("iss", "" if endpoints.requires_iss else self.issuer) != self.issuer:
            raise Failed(INVALID)
        if parameters.get("error") == "access_denied":
            raise Cancelled(CANCELLED)
        if "error" in parameters or not parameters.get("code"):
            raise Failed(NOT_SIGNED_IN)
        sent = {"code": parameters["code"], "redirect_uri": self.redirect_uri}
        return {"grant_type": "authorization_code", "code_verifier": self.verifier, **sent}

    def to_session(self, response: Mapping[str, Any], now: float) -> Session:
        """Make a session from the token endpoint's response.

        Raises: Failed
        """
        person = self._read_id_token(response.get("id_token"), now)
        without_tokens = Session(self.issuer, self.client_id, person, "", "", 0)
        return without_tokens.with_tokens(response, now)

    def _read_id_token(self, token: object, now: float) -> Person:
        """Read the user from the ID token.

        Its signature is not checked: the token came over TLS directly from the token endpoint.
        Source: OpenID Connect Core 1.0, section 3.1.3.7, number 6
        """
        try:
            payload = str(token).split(".")[1]
            claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
            audience, too_old = claims["aud"], claims["exp"] < now - LEEWAY_S
            matches = (claims["iss"], claims["nonce"]) == (self.issuer, self.nonce)
            person_id = claims["sub"]
            name, email = claims.get("name") or "", claims.get("email") or ""
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            raise Failed(INVALID) from None
        if not matches or audience not in (self.client_id, [self.client_id]):
            raise Failed(INVALID)
        if not (_is_token(person_id) and isinstance(name, str) and isinstance(email, str)):
            raise Failed(INVALID)
        if too_old:
            raise Failed(WRONG_CLOCK)
        return Person(person_id, name or email or "User", email)


def _is_token(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[!-~]+", value) is not None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and 0 <= value < 10**9

"""Clerk's OAuth for a public client: code with PKCE, rotated refresh tokens, revocation.

Codes and refresh tokens live in memory: a restart signs applications out.
Source: RFC 6749 (OAuth 2.0), RFC 7636 (PKCE), RFC 7009 (revocation), RFC 8252 (native apps)
"""

import re
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from secrets import compare_digest, token_urlsafe
from urllib.parse import parse_qsl, urlencode

import jwt
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from devclerk import pages
from devclerk.guard import Refused
from devclerk.people import People, Person
from devclerk.tokens import ACCESS_LIFETIME_S, Signer

CLIENT_ID = "core-app"
CODE_LIFETIME_S = 60
SCOPES = ("openid", "profile", "email", "offline_access")
REDIRECT_URI = re.compile(
    r"http://(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?/[^\s\\#]*"  # any port, any path
    rf"|{CLIENT_ID}:/[^\s\\#]*"  # the app's own scheme, on a phone
)
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class OAuthError(Exception):
    """An error response with one of RFC 6749's codes."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.body = {"error": error, "error_description": description}
        self.status = 401 if error == "invalid_client" else 400


@dataclass(frozen=True)
class Grant:
    """One sign-in. The last three fields belong to its code; `expires_at_s` is monotonic."""

    person: Person
    scope: str
    nonce: str | None
    redirect_uri: str
    challenge: str
    expires_at_s: float


class OAuth:
    """The endpoints under `/oauth`."""

    def __init__(self, people: People, signer: Signer) -> None:
        self.people = people
        self.signer = signer
        self.codes: dict[str, Grant] = {}
        self.refresh_tokens: dict[str, Grant] = {}

    async def authorize(self, request: Request) -> Response:
        """Show the users, then redirect to the application with a code."""
        query = dict(request.query_params)
        if query.get("client_id") != CLIENT_ID:
            return pages.application_fault(f"Its client_id is not {CLIENT_ID}.")
        if not REDIRECT_URI.fullmatch(query.get("redirect_uri", "")):
            return pages.application_fault("Its redirect_uri is not registered.")
        try:
            _check_authorization(query)
            if request.method != "POST":
                return pages.pick_person(self.people.all())
            person = self._picked(await _read_form(request))
        except OAuthError as error:
            return _send_back(query, error.body)
        except Refused as refusal:
            return pages.pick_person(self.people.all(), str(refusal))
        return _send_back(query, {"code": self._new_code(person, query)})

    async def token(self, request: Request) -> Response:
        """Return tokens for a code or a refresh token; each works once."""
        try:
            grant = self._redeem(await _read_form(request))
        except OAuthError as error:
            return JSONResponse(error.body, error.status, _NO_STORE)
        return JSONResponse(self._tokens(grant), headers=_NO_STORE)

    async def revoke(self, request: Request) -> Response:
        """Revoke a refresh token; an unknown one is no error."""
        form = await _read_form(request)
        self.refresh_tokens.pop(form.get("token", ""), None)
        return JSONResponse({}, headers=_NO_STORE)

    async def userinfo(self, request: Request) -> Response:
        """Return the user of an access token."""
        _, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            person = self.people.get(self.signer.read_access_token(token))
        except jwt.InvalidTokenError:
            person = None
        if person is None:
            challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
            return JSONResponse({"error": "invalid_token"}, 401, challenge)
        claims = {"sub": person.id, "user_id": person.id, "name": person.name}
        return JSONResponse({**claims, "email": person.email, "email_verified": True})

    def _picked(self, form: dict[str, str]) -> Person:
        person = self.people.get(form.get("person", ""))
        return person or self.people.add(form.get("name", ""))

    def _new_code(self, person: Person, query: dict[str, str]) -> str:
        code = token_urlsafe(32)
        self.codes[code] = Grant(
            person,
            query.get("scope", "profile email"),
            query.get("nonce"),
            query["redirect_uri"],
            query["code_challenge"],
            time.monotonic() + CODE_LIFETIME_S,
        )
        return code

    def _redeem(self, form: dict[str, str]) -> Grant:
        if form.get("client_id") != CLIENT_ID:
            raise OAuthError("invalid_client", f"client_id must be {CLIENT_ID}.")
        match form.get("grant_type"):
            case "authorization_code":
                if grant := self.codes.pop(form.get("code", ""), None):
                    _check_code(grant, form)
            case "refresh_token":
                grant = self.refresh_tokens.pop(form.get("refresh_token", ""), None)
            case None:
                raise OAuthError("invalid_request", "grant_type is missing.")
            case _:
                raise OAuthError("unsupported_grant_type", "Send a code or a refresh token.")
        if grant is None:
            raise OAuthError("invalid_grant", "The code or token is unknown or already used.")
        return grant

    def _tokens(self, grant: Grant) -> dict[str, str | int]:
        answer: dict[str, str | int] = {
            "access_token": self.signer.access_token(grant.person.id, CLIENT_ID, grant.scope),
            "expires_in": ACCESS_LIFETIME_S,
            "scope": grant.scope,
            "token_type": "bearer",
        }
        scopes = grant.scope.split()
        if "offline_access" in scopes:
            answer["refresh_token"] = refresh_token = token_urlsafe(32)
            self.refresh_tokens[refresh_token] = grant
        if "openid" in scopes:
            answer["id_token"] = self.signer.id_token(grant.person, CLIENT_ID, grant.nonce)
        return answer


def _check_authorization(query: dict[str, str]) -> None:
    if query.get("response_type") != "code":
        raise OAuthError("unsupported_response_type", "response_type must be code.")
    if query.get("code_challenge_method") != "S256":
        raise OAuthError("invalid_request", "code_challenge_method must be S256.")
    if not re.fullmatch(r"[A-Za-z0-9_-]{43}", query.get("code_challenge", "")):
        raise OAuthError("invalid_request", "code_challenge must be 43 characters of base64url.")
    if unknown := set(query.get("scope", "").split()) - set(SCOPES):
        raise OAuthError("invalid_scope", f"Unknown scope: {min(unknown)}.")


def _check_code(grant: Grant, form: dict[str, str]) -> None:
    if time.monotonic() > grant.expires_at_s:
        raise OAuthError("invalid_grant", "The code has expired.")
    if form.get("redirect_uri") != grant.redirect_uri:
        raise OAuthError("invalid_grant", "The redirect_uri differs from the one of the code.")
    digest = sha256(form.get("code_verifier", "").encode()).digest()
    if not compare_digest(urlsafe_b64encode(digest).rstrip(b"=").decode(), grant.challenge):
        raise OAuthError("invalid_grant", "The code_verifier does not match.")


def _send_back(query: dict[str, str], answer: dict[str, str]) -> Response:
    uri = query["redirect_uri"]
    if "state" in query:
        answer |= {"state": query["state"]}
    return RedirectResponse(f"{uri}{'&' if '?' in uri else '?'}{urlencode(answer)}", 303, _NO_STORE)


async def _read_form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode(errors="replace")))

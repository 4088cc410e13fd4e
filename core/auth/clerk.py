"""The facade over Clerk, and the only file that knows Clerk's tokens, keys and API.

From top to bottom: the facade, parsing a token, checking its claims, the signing keys, the
Backend API. Why PyJWT checks the signature and this file everything else:
docs/decisions/0002-verify-with-pyjwt.md.
"""

import asyncio
import base64
import json
import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from pydantic import SecretStr

from core.auth.clerk_users import CLERK_ID, read_email, read_name, read_profile
from core.auth.jwks import CachedDocument, Clock
from core.auth.schemas import Identity, Profile
from core.config import ConfigurationError, Settings
from core.errors import SigningKeysUnavailable, Unauthenticated

if TYPE_CHECKING:
    from clerk_backend_api import Clerk as BackendApi

TOKEN_LIMIT = 8 * 1024
"""The longest token that is parsed, in characters."""

_CACHE_LIMIT = 10_000
_CACHE_S = 60
_BACKEND_TIMEOUT_S = 2


class Refused(Unauthenticated):
    """An invalid token. `reason` is one stable word for the log, not for the response.

    algorithm, audience, authorization, azp, claims, class, client, expired, header,
    impersonation, issuer, malformed, not_yet_valid, opaque, signature, status, subject,
    unknown_key
    """

    def __init__(self, reason: str) -> None:
        super().__init__(
            "The token was not accepted. Sign in again.",
            {"WWW-Authenticate": 'Bearer realm="core", error="invalid_token"'},
        )
        self.reason = reason


class ProfileUnavailable(Exception):
    """The Backend API returned no profile; the message holds no personal data."""


class Clerk:
    """The facade over Clerk; one for each process, used from its event loop."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self._settings = settings
        self._clock = clock or Clock()
        self._only_key = _read_pem(settings.CLERK_JWT_KEY)
        self._key_set = CachedDocument(settings.jwks_url, read_key_set, self._clock)
        self._verified: OrderedDict[bytes, tuple[float, float, Identity]] = OrderedDict()
        self._backend: BackendApi | None = None
        self._backend_opening = asyncio.Lock()

    async def start(self) -> None:
        """Begin to fetch the signing keys, without waiting for them."""
        if not self._only_key:
            self._key_set.start()

    async def close(self) -> None:
        await self._key_set.close()
        if client := self._backend and self._backend.sdk_configuration.async_client:
            await client.aclose()

    @property
    def has_keys(self) -> bool:
        """Whether a token can be checked at all."""
        return bool(self._only_key or self._key_set.value)

    @property
    def has_backend(self) -> bool:
        """Whether there is a secret key to call `fetch_profile` with."""
        return self._settings.CLERK_SECRET_KEY is not None

    async def verify(self, token: str) -> Identity:
        """Return the identity of a token that Clerk signed for this service and that is valid now.

        Raises: Refused, SigningKeysUnavailable (within 100 ms; within 2 s during the first fetch)
        """
        if len(token) > TOKEN_LIMIT or not token.isascii():
            raise Refused("malformed")
        digest = sha256(token.encode()).digest()
        cached = self._verified.get(digest)
        # Both clocks must agree, since the system clock may be set back or forward.
        if cached and self._clock.steady() < cached[0] and self._clock.now() < cached[1]:
            return cached[2]
        return await self._verify_uncached(token, digest)

    async def fetch_profile(self, clerk_id: str) -> Profile:
        """Request a user's e-mail and name from the Backend API: one attempt of at most 2 s.

        Raises: ProfileUnavailable
        """
        async with self._backend_opening:
            if self._backend is None:
                self._backend = await asyncio.to_thread(_open_backend, self._settings)
            api = self._backend
        return await _fetch_profile(api, clerk_id)

    async def _verify_uncached(self, token: str, digest: bytes) -> Identity:
        parts = _read_token(token)
        await self._check_signature(parts)
        claims, now_s = _read_json(parts.payload), self._clock.now()
        _check_claims(claims, self._settings, now_s)
        check_class = _check_oauth_claims if parts.is_oauth else _check_session_claims
        check_class(claims, self._settings)
        identity = _identity(claims)
        until_s = self._clock.steady() + min(claims["exp"] - now_s, _CACHE_S)
        self._verified[digest] = until_s, claims["exp"], identity
        if len(self._verified) > _CACHE_LIMIT:
            self._verified.popitem(last=False)
        return identity

    async def _check_signature(self, token: "_Token") -> None:
        is_clerks = _KEY_ID.fullmatch(token.key_id) is not None
        key = self._find_key(token.key_id)
        if key is None:
            await self._key_set.renew(early=is_clerks)
            key = self._find_key(token.key_id)
        if key is None:
            self._refuse_without_key()
        if not _RS256.verify(token.signed, key, token.signature):
            # There may be a new key under the old id; the request does not wait for it.
            if not self._only_key:
                self._key_set.begin_renewal(early=is_clerks)
            raise Refused("signature")

    def _find_key(self, key_id: str) -> RSAPublicKey | None:
        return self._only_key or (self._key_set.value or {}).get(key_id)

    def _refuse_without_key(self) -> NoReturn:
        if self.has_keys:
            raise Refused("unknown_key")
        raise SigningKeysUnavailable(
            "Sign-in can't be checked right now. Try again in a few seconds.", {"Retry-After": "5"}
        )


# ------------------------------------------------------------------- parsing a token

_Fields = Mapping[str, Any]

_RS256 = jwt.get_algorithm_by_name("RS256")
_OAUTH_TYPES = ("at+jwt", "application/at+jwt")
_SESSION_CATEGORIES = ("cl_B7d4PD111AAA", "cl_I7d4PD111III")
# Each changes what is signed, or brings its own key; Clerk uses none of them.
_REFUSED_HEADERS = frozenset({"b64", "crit", "enc", "jku", "jwk", "x5c", "x5u", "zip"})
_READ_FIELDS = _REFUSED_HEADERS | {
    "alg", "kid", "typ", "cat",
    "iss", "sub", "exp", "iat", "nbf", "act", "sid", "aud", "sts", "azp", "jti", "client_id",
    "email", "primaryEmail", "name", "fullName",
}  # fmt: skip
"""The header fields and claims that are checked here; others may have any value."""
_KEY_ID = re.compile(r"ins_[0-9A-Za-z]{27}")  # Clerk names a key after its instance
_OPAQUE = "oat_"


class _Token(NamedTuple):
    key_id: str
    is_oauth: bool
    signed: bytes
    payload: str
    signature: bytes


def _read_token(token: str) -> _Token:
    """Parse a token and check its header. Nothing is verified yet.

    Source: RFC 7515, RFC 8725
    """
    match token.split("."):
        case [header, payload, signature]:
            fields, raw_signature = _read_json(header), _decode(signature)
        case _:
            raise Refused("opaque" if token.startswith(_OPAQUE) else "malformed")
    is_oauth, signed = _judge_header(fields), f"{header}.{payload}".encode()
    return _Token(fields.get("kid", ""), is_oauth, signed, payload, raw_signature)


def _judge_header(fields: _Fields) -> bool:
    """Tell an OAuth access token (True) from a session token; refuse every other class."""
    if fields.get("alg") != "RS256":
        raise Refused("algorithm")
    if not _REFUSED_HEADERS.isdisjoint(fields) or not isinstance(fields.get("kid", ""), str):
        raise Refused("header")
    kind = fields.get("typ", "JWT")
    if kind in _OAUTH_TYPES:
        return True
    if kind != "JWT" or fields.get("cat", _SESSION_CATEGORIES[0]) not in _SESSION_CATEGORIES:
        raise Refused("class")
    return False


def _decode(segment: str) -> bytes:
    """Decode base64url in its canonical form only, so that a token has one spelling."""
    with suppress(ValueError):
        data = base64.urlsafe_b64decode(segment + "==")  # Python ignores excess padding
        if base64.urlsafe_b64encode(data).replace(b"=", b"") == segment.encode():
            return data
    raise Refused("malformed")


def _read_json(segment: str) -> dict[str, Any]:
    """Parse an object in which each JSON parser finds the same `_READ_FIELDS`."""
    with suppress(ValueError, RecursionError):
        pairs = _JSON.decode(_decode(segment).decode())
        if isinstance(pairs, tuple) and not _is_ambiguous(pairs):
            return dict(pairs)
    raise Refused("malformed")


def _is_ambiguous(pairs: Iterable[tuple[str, Any]]) -> bool:
    names = [name for name, _ in pairs if name in _READ_FIELDS]
    return len(names) > len(set(names))


def _refuse_constant(name: str) -> NoReturn:
    """Refuse NaN and infinity, which are not JSON."""
    raise ValueError(name)


# A nested object stays a tuple of pairs, since no check reads one. A number may be larger than a
# double can hold exactly, such as an id of another service; timestamps are not that large.
_JSON = json.JSONDecoder(object_pairs_hook=tuple, parse_int=float, parse_constant=_refuse_constant)

# ------------------------------------------------------------ checking its claims

_LEEWAY_S = 5
_LATEST_S = 10**11


def _check_claims(claims: _Fields, settings: Settings, now_s: float) -> None:
    """Check what both classes must claim."""
    issuer = claims.get("iss")
    if issuer not in settings.issuers:
        raise Refused("issuer")
    if not CLERK_ID.fullmatch(_text(claims, "sub")):
        raise Refused("subject")
    if _numeric_date(claims, "exp") <= now_s - _LEEWAY_S:
        raise Refused("expired")
    issued_at_s = _numeric_date(claims, "iat")
    valid_from_s = _numeric_date(claims, "nbf") if "nbf" in claims else issued_at_s
    if max(issued_at_s, valid_from_s) > now_s + _LEEWAY_S:
        raise Refused("not_yet_valid")
    if "act" in claims and not settings.CORE_ALLOW_IMPERSONATION:
        raise Refused("impersonation")


def _check_session_claims(claims: _Fields, settings: Settings) -> None:
    """Source: https://clerk.com/docs/guides/sessions/session-tokens (version 2)."""
    _text(claims, "sid")
    _numeric_date(claims, "nbf")
    if "aud" in claims and not _is_for(claims["aud"], settings.CLERK_SESSION_AUDIENCES):
        raise Refused("audience")
    if claims.get("sts", "active") != "active":
        raise Refused("status")
    if "azp" not in claims and settings.CORE_REQUIRE_AZP:
        raise Refused("azp")
    if "azp" in claims and claims["azp"] not in settings.CLERK_AUTHORIZED_PARTIES:
        raise Refused("azp")


def _check_oauth_claims(claims: _Fields, settings: Settings) -> None:
    """Source: RFC 9068."""
    _text(claims, "jti")
    if claims.get("client_id") not in settings.CLERK_OAUTH_CLIENT_IDS:
        raise Refused("client")
    ours = settings.CLERK_OAUTH_AUDIENCE
    if ours and not _is_for(claims.get("aud"), [ours]):
        raise Refused("audience")


def _is_for(audience: Any, ours: Sequence[str]) -> bool:
    """Source: RFC 7519, section 4.1.3: one name, or a list of which one is enough."""
    return any(name in ours for name in (audience if isinstance(audience, list) else [audience]))


def _text(claims: _Fields, name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise Refused("claims")
    return value


def _numeric_date(claims: _Fields, name: str) -> float:
    """Return a NumericDate, from 1970 to the year 5138."""
    value = claims.get(name)
    if not isinstance(value, float) or not 0 < value < _LATEST_S:
        raise Refused("claims")
    return value


def _identity(claims: _Fields) -> Identity:
    email = read_email(claims.get("email")) or read_email(claims.get("primaryEmail"))
    name = read_name(claims.get("name")) or read_name(claims.get("fullName"))
    return Identity(claims["sub"], int(claims["iat"]), email, name)


# ------------------------------------------------------------------ the signing keys

_KEY_BITS = range(2048, 8192 + 1)


def read_key_set(body: bytes) -> dict[str, RSAPublicKey]:
    """Return the usable keys by id. Source: RFC 7517.

    Raises: ValueError, KeyError, TypeError
    """
    entries = json.loads(body)["keys"]
    keys = {entry["kid"]: key for entry in entries if (key := _read_jwk(entry))}
    if not keys:
        raise ValueError("no usable key")
    return keys


def _read_jwk(entry: Any) -> RSAPublicKey | None:
    """Return the public key that Clerk may sign with, or None."""
    try:
        ours = entry.get("use", "sig") == "sig" and entry.get("alg", "RS256") == "RS256"
        named = isinstance(entry["kid"], str) and entry["kid"] != ""
        key = _RS256.from_jwk({name: entry[name] for name in ("kty", "n", "e")})
    except (AttributeError, KeyError, TypeError, ValueError, jwt.InvalidKeyError):
        return None
    return key if ours and named and key.key_size in _KEY_BITS else None


def _read_pem(pem: SecretStr | None) -> RSAPublicKey | None:
    """Raises: ConfigurationError, when this can't be the key Clerk signs with."""
    if pem is None:
        return None
    with suppress(jwt.InvalidKeyError):
        key = _RS256.prepare_key(pem.get_secret_value().replace("\\n", "\n"))
        if isinstance(key, RSAPublicKey) and key.key_size in _KEY_BITS:
            return key
    raise ConfigurationError(["CLERK_JWT_KEY: must be an RSA key of 2,048 to 8,192 bits"])


# ------------------------------------------------------------------- the Backend API


def _open_backend(settings: Settings) -> "BackendApi":
    """Create the SDK's client. Its import takes half a second: not for the event loop."""
    import clerk_backend_api  # noqa: PLC0415  see above
    import httpx  # noqa: PLC0415  a dependency of the SDK

    secret = settings.CLERK_SECRET_KEY
    api = clerk_backend_api.Clerk(
        bearer_auth=secret.get_secret_value() if secret else None,
        server_url=f"{settings.CLERK_API_URL}/v1",
        async_client=httpx.AsyncClient(follow_redirects=False),
    )
    _ = api.users  # imports the modules that the first call needs
    return api


async def _fetch_profile(api: "BackendApi", clerk_id: str) -> Profile:
    try:
        # By default the SDK retries for an hour, and its timeout is for each read.
        async with asyncio.timeout(_BACKEND_TIMEOUT_S):
            return read_profile(await _get_user(api, clerk_id))
    except Exception as error:  # the SDK's errors, httpx's and TimeoutError have no common base
        raise ProfileUnavailable(type(error).__name__) from error


async def _get_user(api: "BackendApi", clerk_id: str) -> dict[str, Any]:
    from clerk_backend_api.models import ResponseValidationError  # noqa: PLC0415  loaded by now

    try:
        return (await api.users.get_async(user_id=clerk_id, retries=None)).model_dump()
    except ResponseValidationError as error:
        # The SDK refuses a user with an unknown field; the fields that are read here may be valid.
        return dict(json.loads(error.body))

"""Keys made at run time and real tokens signed with them, in the shapes of Clerk's tokens."""

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ISSUER = "https://clerk.example.test"
ORIGIN = "https://app.example.test"
CLIENT_ID = "oauth_app"


@dataclass(frozen=True)
class SigningKey:
    """An RSA key and the id that tokens name it by."""

    private: rsa.RSAPrivateKey
    key_id: str

    @property
    def public_pem(self) -> str:
        public = self.private.public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    @property
    def jwk(self) -> dict[str, str]:
        """The public key as an entry of a key set."""
        numbers = self.private.public_key().public_numbers()
        return {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.key_id,
            "n": encode_integer(numbers.n),
            "e": encode_integer(numbers.e),
        }

    def sign(self, data: bytes) -> bytes:
        return self.private.sign(data, PKCS1v15(), SHA256())


def new_signing_key(key_id: str = "ins_test", bits: int = 2048) -> SigningKey:
    return SigningKey(rsa.generate_private_key(public_exponent=65537, key_size=bits), key_id)


def clerks_key_id(number: int) -> str:
    """Return an id in the shape of Clerk's: `ins_` and 27 letters and digits."""
    return f"ins_{number:027}"


def session_claims(sub: str = "user_1", **changes: Any) -> dict[str, Any]:
    """Return the claims of a session token for the next hour."""
    now_s = int(changes.pop("now_s", time.time()))
    return {
        "azp": ORIGIN,
        "exp": now_s + 3600,
        "fva": [0, -1],
        "iat": now_s,
        "iss": ISSUER,
        "nbf": now_s - 10,
        "sid": "sess_1",
        "sts": "active",
        "sub": sub,
        "v": 2,
    } | changes


def oauth_claims(sub: str = "user_1", **changes: Any) -> dict[str, Any]:
    """Return the claims of an OAuth access token for the next day."""
    now_s = int(changes.pop("now_s", time.time()))
    return {
        "client_id": CLIENT_ID,
        "exp": now_s + 86_400,
        "iat": now_s,
        "iss": ISSUER,
        "jti": "oat_1",
        "nbf": now_s,
        "scope": "openid profile email",
        "sub": sub,
    } | changes


def mint(key: SigningKey, claims: Mapping[str, Any], **header: Any) -> str:
    """Sign a token; `header` adds to its header or changes it."""
    fields = {"alg": "RS256", "cat": "cl_B7d4PD111AAA", "kid": key.key_id, "typ": "JWT"} | header
    return sign(key, to_json(fields), to_json(claims))


def mint_oauth(key: SigningKey, claims: Mapping[str, Any], **header: Any) -> str:
    """Sign a token of the other class."""
    return mint(key, claims, **({"typ": "at+jwt"} | header))


def sign(key: SigningKey, header: bytes, payload: bytes) -> str:
    """Sign any bytes."""
    signed = f"{encode(header)}.{encode(payload)}"
    return f"{signed}.{encode(key.sign(signed.encode()))}"


def to_json(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode()


def encode(data: bytes) -> str:
    """Encode as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def encode_integer(number: int) -> str:
    """Encode a number as key sets do: big-endian, base64url."""
    return encode(number.to_bytes((number.bit_length() + 7) // 8))

"""The instance's keys: one RSA key in the data folder, from which the others are derived."""

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt.algorithms import RSAAlgorithm

from devclerk.store import keep


@dataclass(frozen=True)
class Keys:
    """The key that signs tokens (`kid` in the key set), and the Backend API's secret key."""

    signing: RSAPrivateKey
    kid: str
    secret_key: str

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read the key in `folder`; create it if it is missing."""
        pem = keep(folder / "signing_key.pem", _new_pem)
        signing = load_pem_private_key(pem, password=None)
        assert isinstance(signing, RSAPrivateKey)  # noqa: S101  narrows the type
        return cls(signing, f"ins_{_digest(pem, 'kid')[:27]}", f"sk_test_{_digest(pem, 'secret')}")

    def key_set(self) -> dict[str, Any]:
        """Return the public key as a JSON Web Key Set (RFC 7517)."""
        public = RSAAlgorithm.to_jwk(self.signing.public_key(), as_dict=True)
        numbers = {name: public[name] for name in ("kty", "n", "e")}
        return {"keys": [numbers | {"use": "sig", "kid": self.kid, "alg": "RS256"}]}


def publishable_key(issuer: str) -> str:
    """Encode the issuer's host as in Clerk's publishable keys."""
    return "pk_test_" + base64.b64encode(f"{urlsplit(issuer).netloc}$".encode()).decode()


def _new_pem() -> bytes:
    key = generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _digest(pem: bytes, purpose: str) -> str:
    return hashlib.blake2b(pem, digest_size=24, person=purpose.encode()).hexdigest()

"""A signing key made for one run, and session tokens in the shape of Clerk's."""

import time
from dataclasses import dataclass, field

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ISSUER = "https://clerk.bench.test"
PARTY = "http://127.0.0.1:8000"


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(frozen=True)
class Signer:
    """Replaces Clerk: signs tokens of users, and returns its public key."""

    key: rsa.RSAPrivateKey = field(default_factory=_new_key)

    def public_pem(self) -> str:
        """Return the value for `CLERK_JWT_KEY`."""
        public = self.key.public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def token(self, user: str = "user_bench") -> str:
        """Sign a session token that is valid for an hour."""
        now = int(time.time())
        claims = {
            "sub": user,
            "sid": "sess_bench",
            "iss": ISSUER,
            "iat": now,
            "nbf": now,
            "exp": now + 3600,
            "sts": "active",
            "azp": PARTY,
        }
        return jwt.encode(claims, self.key, "RS256", headers={"typ": "JWT", "kid": "ins_bench"})

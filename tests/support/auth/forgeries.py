"""Forged tokens by name, grouped by the reason of their refusal."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support.auth.stand_ins import NOW_S
from tests.support.tokens import (
    ISSUER,
    ORIGIN,
    SigningKey,
    encode,
    mint,
    mint_oauth,
    oauth_claims,
    session_claims,
    sign,
    to_json,
)

Forge = Callable[[SigningKey, SigningKey], str]
"""Takes our key, and another key under the same id."""


def session(sub: Any = "user_1", **changes: Any) -> dict[str, Any]:
    return session_claims(sub, now_s=NOW_S, **changes)


def oauth(sub: Any = "user_1", **changes: Any) -> dict[str, Any]:
    return oauth_claims(sub, now_s=NOW_S, **changes)


def without(claims: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in claims.items() if name not in names}


def header_of(key: SigningKey, **changes: Any) -> bytes:
    return to_json({"alg": "RS256", "kid": key.key_id, "typ": "JWT"} | changes)


def with_header(**changes: Any) -> Forge:
    return lambda key, _: mint(key, session(), **changes)


def claiming(**changes: Any) -> Forge:
    return lambda key, _: mint(key, session(**changes))


def lacking(*names: str) -> Forge:
    return lambda key, _: mint(key, without(session(), *names))


def oauth_claiming(**changes: Any) -> Forge:
    return lambda key, _: mint_oauth(key, oauth(**changes))


def oauth_lacking(*names: str) -> Forge:
    return lambda key, _: mint_oauth(key, without(oauth(), *names))


def raw_header(make: Callable[[bytes], bytes]) -> Forge:
    return lambda key, _: sign(key, make(header_of(key)), to_json(session()))


def raw_claims(make: Callable[[bytes], bytes]) -> Forge:
    return lambda key, _: sign(key, header_of(key), make(to_json(session())))


def put(addition: str) -> Callable[[bytes], bytes]:
    """Add a field to JSON text, verbatim."""
    return lambda text: text[:-1] + f",{addition}}}".encode()


def respelled(change: Callable[[str, str, str], str]) -> Forge:
    """Change how the three parts of a valid token are written."""
    return lambda key, _: change(*mint(key, session()).split("."))


def with_part_of(other: Forge, position: int) -> Forge:
    """Replace one part of a valid token by that of another token."""

    def forge(key: SigningKey, stranger: SigningKey) -> str:
        parts = mint(key, session()).split(".")
        parts[position] = other(key, stranger).split(".")[position]
        return ".".join(parts)

    return forge


def unsigned(algorithm: object) -> Forge:
    def forge(key: SigningKey, _: SigningKey) -> str:
        return f"{encode(header_of(key, alg=algorithm))}.{encode(to_json(session()))}."

    return forge


def with_hmac(name: str, secret_of: Callable[[SigningKey], bytes]) -> Forge:
    def forge(key: SigningKey, _: SigningKey) -> str:
        signed = f"{encode(header_of(key, alg=name))}.{encode(to_json(session()))}"
        return f"{signed}.{encode(hmac.digest(secret_of(key), signed.encode(), 'sha256'))}"

    return forge


def pem(key: SigningKey) -> bytes:
    return key.public_pem.encode()


def der(key: SigningKey) -> bytes:
    public = key.private.public_key()
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def by_library(algorithm: str, private: Callable[[SigningKey], Any]) -> Forge:
    return lambda key, _: jwt.encode(
        session(), private(key), algorithm, headers={"kid": key.key_id}
    )


def our_own(key: SigningKey) -> Any:
    return key.private


def standard_alphabet(key: SigningKey, _: SigningKey) -> str:
    """Find a token with both letters that the two alphabets spell differently."""
    tokens = (mint(key, session(sid=f"sess_{number}")) for number in range(1000))
    token = next(token for token in tokens if {"-", "_"} <= set(token.rpartition(".")[2]))
    return token.replace("-", "+").replace("_", "/")


def digest_as_signature(header: str, payload: str, _: str) -> str:
    signed = f"{header}.{payload}"
    return f"{signed}.{encode(hashlib.sha256(signed.encode()).digest())}"


def nested(_: bytes) -> bytes:
    return b'{"a":' + b"[" * 2900 + b"]" * 2900 + b"}"


def bad_moments(name: str) -> dict[str, Forge]:
    return {
        f"{name} missing": lacking(name),
        f"{name} null": claiming(**{name: None}),
        f"{name} true": claiming(**{name: True}),
        f"{name} as text": claiming(**{name: str(NOW_S)}),
        f"{name} as a list": claiming(**{name: [NOW_S]}),
        f"{name} zero": claiming(**{name: 0}),
        f"{name} negative": claiming(**{name: -NOW_S}),
        f"{name} in milliseconds": claiming(**{name: NOW_S * 1000}),
        f"{name} in the year 5138": claiming(**{name: 10**11}),
    }


EXPIRY = str(NOW_S + 3600).encode()

CORPUS: dict[str, dict[str, Forge]] = {
    "algorithm": {
        "unsigned, alg none": unsigned("none"),
        "unsigned, alg nOnE": unsigned("nOnE"),
        "unsigned, alg empty": unsigned(""),
        "unsigned, alg null": unsigned(None),
        "HS256 keyed with the PEM": with_hmac("HS256", pem),
        "HS256 keyed with the stripped PEM": with_hmac("HS256", lambda key: pem(key).strip()),
        "HS256 keyed with the DER": with_hmac("HS256", der),
        "HS256 keyed with nothing": with_hmac("HS256", lambda _: b""),
        "RS384 by our key": by_library("RS384", our_own),
        "RS512 by our key": by_library("RS512", our_own),
        "PS256 by our key": by_library("PS256", our_own),
        "ES256": by_library("ES256", lambda _: ec.generate_private_key(ec.SECP256R1())),
        "EdDSA": by_library("EdDSA", lambda _: Ed25519PrivateKey.generate()),
        "alg in lower case": with_header(alg="rs256"),
        "alg with a blank": with_header(alg="RS256 "),
        "alg as a list": with_header(alg=["RS256"]),
        "alg missing": raw_header(lambda _: b'{"typ":"JWT","kid":"ins_test"}'),
        "empty header": raw_header(lambda _: b"{}"),
        "header and claims exchanged": respelled(lambda h, p, s: f"{p}.{h}.{s}"),
    },
    "header": {
        "crit with an unknown extension": with_header(crit=["exp"], exp=NOW_S),
        "crit with b64": with_header(crit=["b64"], b64=False),
        "crit empty": with_header(crit=[]),
        "b64 alone": with_header(b64=True),
        "jku": with_header(jku="https://evil.test/jwks.json"),
        "jwk of its own": lambda _, stranger: mint(stranger, session(), jwk=stranger.jwk),
        "x5u": with_header(x5u="https://evil.test/chain.pem"),
        "x5c": with_header(x5c=["MIIB"]),
        "zip": with_header(zip="DEF"),
        "enc": with_header(enc="A256GCM"),
        "kid as a number": with_header(kid=1),
        "kid null": with_header(kid=None),
        "kid as a list": with_header(kid=["ins_test"]),
        "kid as an object": with_header(kid={"$ne": ""}),
    },
    "class": {
        "template token": with_header(cat="cl_B7d4PD222AAA"),
        "category in lower case": with_header(cat="cl_b7d4pd111aaa"),
        "category null": with_header(cat=None),
        "category as a list": with_header(cat=["cl_B7d4PD111AAA"]),
        "machine token": with_header(typ="m2m+jwt"),
        "logout token": with_header(typ="logout+jwt"),
        "DPoP proof": with_header(typ="dpop+jwt"),
        "type null": with_header(typ=None),
        "type empty": with_header(typ=""),
        "type as a list": with_header(typ=["JWT"]),
        "OAuth type with a parameter": with_header(typ="at+jwt;v=1"),
    },
    "malformed": {
        "empty text": lambda *_: "",
        "one word": lambda *_: "token",
        "only dots": lambda *_: "..",
        "opaque API key": lambda *_: "ak_3beecc9c60adb5f9b850e91a8ee1e992",
        "opaque machine token": lambda *_: "mt_8XOIucKvqHVr5tYP123456789abcdefghij",
        "two parts": respelled(lambda h, p, _: f"{h}.{p}"),
        "four parts": respelled(lambda h, p, s: f"{h}.{p}.{s}.{s}"),
        "five parts": respelled(lambda h, p, s: f"{h}..{p}.{s}.{s}"),
        "leading dot": respelled(lambda h, p, s: f".{h}.{p}.{s}"),
        "trailing dot": respelled(lambda h, p, s: f"{h}.{p}.{s}."),
        "padded signature": respelled(lambda h, p, s: f"{h}.{p}.{s}=="),
        "padded header": respelled(lambda h, p, s: f"{h}=.{p}.{s}"),
        "signature less a letter": respelled(lambda h, p, s: f"{h}.{p}.{s[:-1]}"),
        "blank inside": respelled(lambda h, p, s: f"{h}.{p}.{s[:9]} {s[9:]}"),
        "line break at the end": respelled(lambda h, p, s: f"{h}.{p}.{s}\n"),
        "letter beyond ASCII": respelled(lambda h, p, s: f"{h}.{p}.{s}é"),
        "two tokens in a row": respelled(lambda h, p, s: f"{h}.{p}.{s},{h}.{p}.{s}"),
        "standard base64": standard_alphabet,
        "longer than 8 KiB": claiming(filler="x" * 8000),
        "header no JSON": raw_header(lambda _: b"alg: RS256"),
        "header in single quotes": raw_header(lambda text: text.replace(b'"', b"'")),
        "header a list": raw_header(lambda text: b"[" + text + b"]"),
        "header a text": raw_header(lambda _: b'"RS256"'),
        "header null": raw_header(lambda _: b"null"),
        "header in UTF-16": raw_header(lambda text: text.decode().encode("utf-16")),
        "header with a byte order mark": raw_header(lambda text: b"\xef\xbb\xbf" + text),
        "header not UTF-8": raw_header(lambda text: text.replace(b"JWT", b"\xff\xfe")),
        "header followed by more": raw_header(lambda text: text + b"{}"),
        "header nested deeply": raw_header(nested),
        "two alg": raw_header(put('"alg":"none"')),
        "two equal alg": raw_header(put('"alg":"RS256"')),
        "two kid, one of them escaped": raw_header(put(r'"k\u0069d":"x"')),
        "NaN in the header": raw_header(put('"x":NaN')),
        "claims cut off": raw_claims(lambda text: text[:-1]),
        "claims empty": raw_claims(lambda _: b""),
        "claims a list": raw_claims(lambda text: b"[" + text + b"]"),
        "claims a number": raw_claims(lambda _: b"1"),
        "claims in UTF-16": raw_claims(lambda text: text.decode().encode("utf-16")),
        "claims in UTF-32": raw_claims(lambda text: text.decode().encode("utf-32-le")),
        "claims nested deeply": raw_claims(nested),
        "two sub": raw_claims(put('"sub":"user_2"')),
        "two exp": raw_claims(put('"exp":99999999999')),
        "exp NaN": claiming(exp=float("nan")),
        "exp infinite": claiming(exp=float("inf")),
        "exp minus infinity": claiming(exp=float("-inf")),
        "NaN in a claim that is not read": claiming(n=float("nan")),
    },
    "opaque": {
        "opaque OAuth token": lambda *_: "oat_2xKa9Bgv7NxMRDFyQw8LpZ3cTmU1vHjE",
        "opaque OAuth token with a dot": lambda *_: "oat_2xKa9Bgv7NxMRDFyQw8LpZ3cTm.1vHjE",
    },
    "signature": {
        "a stranger's key under our id": lambda _, stranger: mint(stranger, session()),
        "a stranger's OAuth token": lambda _, stranger: mint_oauth(stranger, oauth()),
        "claims of another user": with_part_of(claiming(sub="user_2"), 1),
        "signature of another token": with_part_of(claiming(sub="user_2"), 2),
        "session dressed as an OAuth token": with_part_of(oauth_claiming(), 0),
        "HS256 that says RS256": with_hmac("RS256", pem),
        "RSA-PSS that says RS256": with_part_of(by_library("PS256", our_own), 2),
        "signature missing": respelled(lambda h, p, _: f"{h}.{p}."),
        "signature of zeros": respelled(lambda h, p, _: f"{h}.{p}.{encode(bytes(256))}"),
        "signature too long": respelled(lambda h, p, s: f"{h}.{p}.{s[:-2]}AAAAAA"),
        "signature too short": respelled(lambda h, p, s: f"{h}.{p}.{s[:-2]}"),
        "digest as the signature": respelled(digest_as_signature),
    },
    "unknown_key": {
        "unknown kid": lambda _, stranger: mint(stranger, session(), kid="ins_x"),
        "unknown kid by our key": with_header(kid="ins_x"),
        "kid missing": raw_header(lambda _: b'{"alg":"RS256"}'),
        "kid empty": with_header(kid=""),
        "kid in upper case": with_header(kid="INS_TEST"),
        "kid that names a file": with_header(kid="../../../dev/null"),
        "kid that is SQL": with_header(kid="x' UNION SELECT 'key"),
        "kid that is an address": with_header(kid="https://evil.test/key"),
    },
    "issuer": {
        "another issuer": claiming(iss="https://clerk.evil.test"),
        "another issuer's OAuth token": oauth_claiming(iss="https://clerk.evil.test"),
        "issuer missing": lacking("iss"),
        "issuer null": claiming(iss=None),
        "issuer with a slash": claiming(iss=ISSUER + "/"),
        "issuer with more after it": claiming(iss=ISSUER + ".evil.test"),
        "issuer in upper case": claiming(iss=ISSUER.upper()),
        "issuer without TLS": claiming(iss=ISSUER.replace("https", "http")),
        "issuer as a list": claiming(iss=[ISSUER]),
        "no claims at all": lambda key, _: mint(key, {}),
    },
    "subject": {
        "a machine's sub": claiming(sub="mch_2vYVtestTESTtest"),
        "a machine's OAuth token": oauth_claiming(sub="mch_2vYVtestTESTtest"),
        "an organisation's sub": claiming(sub="org_2vYVtestTESTtest"),
        "sub of the prefix only": claiming(sub="user_"),
        "sub after something else": claiming(sub="x user_1"),
        "sub with a line break": claiming(sub="user_1\n"),
        "sub with a NUL": claiming(sub="user_1\0"),
        "sub with a quote": claiming(sub="user_1'--"),
        "sub with an Arabic digit": claiming(sub="user_\u0661"),
        "sub with a lone surrogate": claiming(sub="user_\ud800"),
        "sub too long": claiming(sub="user_" + "a" * 65),
    },
    "expired": {
        "expired": claiming(exp=NOW_S - 5),
        "expired long ago": claiming(exp=1),
        "expired OAuth token": oauth_claiming(exp=NOW_S - 5),
    },
    "not_yet_valid": {
        "not valid yet": claiming(nbf=NOW_S + 6),
        "issued in the future": claiming(iat=NOW_S + 6),
        "OAuth token not valid yet": oauth_claiming(nbf=NOW_S + 6),
        "OAuth token issued in the future": oauth_claiming(iat=NOW_S + 6),
    },
    "claims": {
        **bad_moments("exp"),
        **bad_moments("iat"),
        **bad_moments("nbf"),
        "exp that no double can be": claiming(exp=10**400),
        "exp that no double holds exactly": claiming(exp=2**53 + 1),
        "exp of 5,000 digits": raw_claims(lambda text: text.replace(EXPIRY, b"9" * 5000)),
        "exp 1e999": raw_claims(lambda text: text.replace(EXPIRY, b"1e999")),
        "exp as an object": claiming(exp={"at": NOW_S}),
        "sub as an object": claiming(sub={"id": "user_1"}),
        "OAuth exp missing": oauth_lacking("exp"),
        "OAuth iat missing": oauth_lacking("iat"),
        "OAuth nbf as text": oauth_claiming(nbf="soon"),
        "sub missing": lacking("sub"),
        "sub null": claiming(sub=None),
        "sub empty": claiming(sub=""),
        "sub as a number": claiming(sub=1),
        "sub as a list": claiming(sub=["user_1"]),
        "sid missing": lacking("sid"),
        "sid empty": claiming(sid=""),
        "sid as a number": claiming(sid=7),
        "ID token": lambda key, _: mint(key, without(session(aud="oauth_app"), "sid", "azp")),
        "OAuth claims in a session token": lambda key, _: mint(key, oauth()),
        "session claims in an OAuth token": lambda key, _: mint_oauth(key, session()),
        "jti missing": oauth_lacking("jti"),
        "jti empty": oauth_claiming(jti=""),
        "jti as a number": oauth_claiming(jti=1),
    },
    "audience": {
        "ID token with a sid": claiming(aud="oauth_app"),
        "session audience null": claiming(aud=None),
        "session audience empty": claiming(aud=[]),
        "session audience as an object": claiming(aud={"oauth_app": 1}),
    },
    "status": {
        "pending session": claiming(sts="pending"),
        "revoked session": claiming(sts="revoked"),
        "status null": claiming(sts=None),
        "status true": claiming(sts=True),
    },
    "azp": {
        "another app's token": claiming(azp="https://evil.test"),
        "azp with a slash": claiming(azp=ORIGIN + "/"),
        "azp with more after it": claiming(azp=ORIGIN + ".evil.test"),
        "azp null": claiming(azp=None),
        "azp empty": claiming(azp=""),
        "azp as a list": claiming(azp=[ORIGIN]),
        "azp as an object": claiming(azp={ORIGIN: 1}),
    },
    "client": {
        "client missing": oauth_lacking("client_id"),
        "client null": oauth_claiming(client_id=None),
        "another client": oauth_claiming(client_id="oauth_evil"),
        "client in upper case": oauth_claiming(client_id="OAUTH_APP"),
        "client as a list": oauth_claiming(client_id=["oauth_app"]),
    },
    "impersonation": {
        "impersonated session": claiming(act={"sub": "user_admin"}),
        "impersonated OAuth token": oauth_claiming(act={"sub": "user_admin"}),
        "impersonation null": claiming(act=None),
    },
}

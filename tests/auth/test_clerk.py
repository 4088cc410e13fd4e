"""Genuine tokens of both classes."""

import json
import time
from itertools import product
from typing import Any

import pytest

from core.auth import clerk as clerk_module
from core.auth.clerk import Clerk
from core.auth.schemas import Identity
from core.config import ConfigurationError
from core.errors import SigningKeysUnavailable, Unauthenticated
from tests.support.auth.forgeries import (
    header_of,
    oauth,
    put,
    raw_claims,
    raw_header,
    session,
    without,
)
from tests.support.auth.stand_ins import (
    NOW_S,
    FakeClock,
    clerk_with,
    gets_in,
    reason_for_refusing,
    settings_with,
)
from tests.support.tokens import (
    SigningKey,
    encode,
    mint,
    mint_oauth,
    new_signing_key,
    sign,
    to_json,
)

pytestmark = pytest.mark.anyio


# ------------------------------------------------------------------- accepted


async def test_a_session_token_identifies_its_user(clerk: Clerk, signing_key: SigningKey) -> None:
    identity = await clerk.verify(mint(signing_key, session("user_2abcXYZ")))
    assert identity == Identity("user_2abcXYZ", NOW_S, None, None)


async def test_an_oauth_token_of_our_client_identifies_its_user(
    clerk: Clerk, signing_key: SigningKey
) -> None:
    identity = await clerk.verify(mint_oauth(signing_key, oauth("user_2abcXYZ")))
    assert identity == Identity("user_2abcXYZ", NOW_S, None, None)


async def test_both_spellings_of_the_oauth_type_are_accepted(
    clerk: Clerk, signing_key: SigningKey
) -> None:
    assert await gets_in(mint(signing_key, oauth(), typ="application/at+jwt"), clerk)


@pytest.mark.parametrize("absent", ["typ", "cat"])
async def test_a_session_token_may_lack_its_type_and_category(
    clerk: Clerk, signing_key: SigningKey, absent: str
) -> None:
    header = without(
        {"alg": "RS256", "kid": "ins_test", "typ": "JWT", "cat": "cl_B7d4PD111AAA"}, absent
    )
    assert await gets_in(sign(signing_key, to_json(header), to_json(session())), clerk)


async def test_the_second_category_of_session_tokens_is_accepted(
    clerk: Clerk, signing_key: SigningKey
) -> None:
    assert await gets_in(mint(signing_key, session(), cat="cl_I7d4PD111III"), clerk)


@pytest.mark.parametrize("absent", ["azp", "sts", "v", "fva"])
async def test_claims_that_native_apps_omit_are_optional(
    clerk: Clerk, signing_key: SigningKey, absent: str
) -> None:
    assert await gets_in(mint(signing_key, without(session(), absent)), clerk)


async def test_an_oauth_token_needs_no_nbf(clerk: Clerk, signing_key: SigningKey) -> None:
    assert await gets_in(mint_oauth(signing_key, without(oauth(), "nbf")), clerk)


async def test_fractions_of_a_second_are_truncated(clerk: Clerk, signing_key: SigningKey) -> None:
    identity = await clerk.verify(mint(signing_key, session(iat=NOW_S - 0.5)))
    assert identity.issued_at_s == NOW_S - 1
    assert isinstance(identity.issued_at_s, int)


async def test_a_token_is_accepted_within_five_seconds_of_clock_skew(
    clerk: Clerk, signing_key: SigningKey
) -> None:
    assert await gets_in(mint(signing_key, session(exp=NOW_S - 4)), clerk)
    assert await gets_in(mint(signing_key, session(iat=NOW_S + 5, nbf=NOW_S + 5)), clerk)


async def test_the_latest_accepted_expiry_is_in_the_year_5138(
    clerk: Clerk, signing_key: SigningKey
) -> None:
    assert await gets_in(mint(signing_key, session(exp=10**11 - 1, nbf=0.5)), clerk)


async def test_a_user_id_may_have_64_letters(clerk: Clerk, signing_key: SigningKey) -> None:
    clerk_id = "user_" + "a" * 64
    assert (await clerk.verify(mint(signing_key, session(clerk_id)))).clerk_id == clerk_id


@pytest.mark.parametrize(
    "claims",
    [
        {"metadata": {"discord_id": 1_161_354_498_724_159_520}},
        {"n": 2**53, "m": -(2**53), "o": 10**400},
        {"tree": {"a": [{"a": None}], "b": "\ud83d", "": {}}},
        {"fva": "soon", "v": {}, "o": [[[[[[]]]]]], "scope": 7, "org_id": True},
        {"email": {"a": 1}, "name": 10**400},
    ],
)
async def test_unread_claims_may_have_any_value(
    clerk: Clerk, signing_key: SigningKey, claims: dict[str, object]
) -> None:
    assert await gets_in(mint(signing_key, session() | claims), clerk)
    assert await gets_in(mint_oauth(signing_key, oauth() | claims), clerk)


@pytest.mark.parametrize(
    "addition",
    ['"n":1e999', '"n":-1E+999', '"n":' + "9" * 5000, '"n":1,"n":2', '"o":{"sub":1,"sub":2}'],
)
async def test_odd_json_in_unread_fields_is_accepted(
    clerk: Clerk, signing_key: SigningKey, addition: str
) -> None:
    token = raw_claims(lambda text: b" " + put(addition)(text) + b"\n")
    assert await gets_in(token(signing_key, signing_key), clerk)


@pytest.mark.parametrize("name", sorted(clerk_module._READ_FIELDS))
async def test_a_duplicate_of_a_read_field_is_refused(
    clerk: Clerk, signing_key: SigningKey, name: str
) -> None:
    twice = put(f'"{name}":1,"{name}":1')
    for forge in (raw_claims, raw_header):
        token = forge(twice)(signing_key, signing_key)
        assert await reason_for_refusing(token, clerk) == "malformed"


class Watched(dict[str, Any]):
    """Fields that record which of them are read."""

    asked: set[str]

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        self.asked.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.asked.add(str(key))
        return super().__contains__(key)


def test_no_other_field_is_read() -> None:
    settings, asked = settings_with(CLERK_OAUTH_AUDIENCE="core"), set[str]()
    for claims, check in (
        (session(), clerk_module._check_session_claims),
        (oauth(aud="core"), clerk_module._check_oauth_claims),
    ):
        watched = Watched(json.loads(to_json(claims), parse_int=float))
        watched.asked = asked
        clerk_module._check_claims(watched, settings, NOW_S)
        check(watched, settings)
        clerk_module._identity(watched)
    header = Watched(alg="RS256")
    header.asked = asked
    clerk_module._judge_header(header)
    assert asked | clerk_module._REFUSED_HEADERS == clerk_module._READ_FIELDS


def token_of_length(length: int, key: SigningKey) -> str:
    for spare, filler in product(range(4), range(5600, 5800)):
        header = header_of(key, x="x" * spare)
        payload = to_json(session(filler="x" * filler))
        if len(encode(header)) + len(encode(payload)) == length - len("..") - 342:
            return sign(key, header, payload)
    raise AssertionError


async def test_a_token_may_be_8_kib_long(clerk: Clerk, signing_key: SigningKey) -> None:
    assert await gets_in(token_of_length(8192, signing_key), clerk)
    too_long = token_of_length(8193, signing_key)
    assert await reason_for_refusing(too_long, clerk) == "malformed"


# ------------------------------------------------------------------ e-mail and name


@pytest.mark.parametrize(
    ("claims", "email", "name"),
    [
        ({"email": "a@b.test", "name": "Ann"}, "a@b.test", "Ann"),
        ({"primaryEmail": "a@b.test", "fullName": "Ann"}, "a@b.test", "Ann"),
        ({"email": "a@b.test", "primaryEmail": "c@d.test"}, "a@b.test", None),
        ({"name": "Ann", "fullName": "Ann Other"}, None, "Ann"),
        ({"email": "", "primaryEmail": "c@d.test"}, "c@d.test", None),
        ({"email": " a@b.test ", "name": " Ann Lee "}, "a@b.test", "Ann Lee"),
        ({"email": None, "name": None}, None, None),
        ({"email": 5, "name": ["Ann"]}, None, None),
        ({"email": "", "name": "  "}, None, None),
        ({"email": "no-address", "name": "名前 ‍Zoë 👩‍🚀"}, None, "名前 ‍Zoë 👩‍🚀"),
        ({"email": "@b.test", "name": "a\nb"}, None, None),
        ({"email": "a@", "name": "a\x7fb"}, None, None),
        ({"email": "a@b@c.test", "name": "a\x9fb"}, None, None),
        ({"email": "a b@c.test", "name": "\x00"}, None, None),
        ({"email": "a@b c.test", "name": "a\ud800"}, None, None),
        ({"email": "a\x00@b.test", "name": "a\udfff"}, None, None),
        ({"email": "a@b\x00.test"}, None, None),
        ({"email": "a\ud800@b.test"}, None, None),
        ({"email": "a" * 64 + "@" + "b" * 189}, "a" * 64 + "@" + "b" * 189, None),
        ({"email": "a" * 65 + "@b.test"}, None, None),
        ({"email": "a@" + "b" * 190}, None, None),
        ({"name": "n" * 200}, None, "n" * 200),
        ({"name": "n" * 201}, None, None),
    ],
)
async def test_only_a_valid_email_and_a_valid_name_are_stored(
    clerk: Clerk,
    signing_key: SigningKey,
    claims: dict[str, object],
    email: str | None,
    name: str | None,
) -> None:
    identity = await clerk.verify(mint(signing_key, session() | claims))
    assert (identity.email, identity.name) == (email, name)


# ---------------------------------------------------------------------- CLERK_JWT_KEY


async def test_a_configured_key_verifies_tokens_with_any_key_id(
    signing_key: SigningKey, clock: FakeClock
) -> None:
    clerk = clerk_with(signing_key, clock)
    assert clerk.has_keys
    assert await gets_in(mint(signing_key, session(), kid="ins_other"), clerk)
    without_id = sign(signing_key, b'{"alg":"RS256"}', to_json(session()))
    assert await gets_in(without_id, clerk)


@pytest.mark.parametrize("line_break", ["\\n", "", "\r\n"])
async def test_a_configured_key_without_line_breaks_is_accepted(
    signing_key: SigningKey, clock: FakeClock, line_break: str
) -> None:
    pem = signing_key.public_pem.replace("\n", line_break)
    clerk = Clerk(settings_with(CLERK_JWT_KEY=pem), clock.clock)
    assert await gets_in(mint(signing_key, session()), clerk)


PEM_OF_A_CURVE = """-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9
q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==
-----END PUBLIC KEY-----"""


@pytest.mark.parametrize(
    "pem",
    [
        PEM_OF_A_CURVE,
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        new_signing_key(bits=1024).public_pem,
    ],
    ids=["elliptic curve", "rubbish", "1024 bits"],
)
def test_a_configured_key_that_clerk_cannot_sign_with_is_refused_at_the_start(pem: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Clerk(settings_with(CLERK_JWT_KEY=pem))
    assert caught.value.faults == ["CLERK_JWT_KEY: must be an RSA key of 2,048 to 8,192 bits"]


# ------------------------------------------------------------------------- the rest


async def test_the_real_clock_is_used_unless_another_is_given(signing_key: SigningKey) -> None:
    clerk = Clerk(settings_with(CLERK_JWT_KEY=signing_key.public_pem))
    now_s = int(time.time())
    claims = session() | {"iat": now_s, "nbf": now_s, "exp": now_s + 600}
    assert await gets_in(mint(signing_key, claims), clerk)
    assert (
        await reason_for_refusing(mint(signing_key, claims | {"exp": now_s - 600}), clerk)
        == "expired"
    )


async def test_every_refused_token_gets_the_same_answer(clerk: Clerk) -> None:
    with pytest.raises(Unauthenticated) as caught:
        await clerk.verify("x")
    assert caught.value.detail == "The token was not accepted. Sign in again."
    assert caught.value.headers == {
        "WWW-Authenticate": 'Bearer realm="core", error="invalid_token"'
    }


async def test_without_any_key_the_answer_is_503_with_retry_after(
    waiting_clerk: Clerk, signing_key: SigningKey
) -> None:
    waiting_clerk._key_set._tried_at_s = 50.0
    assert not waiting_clerk.has_keys
    with pytest.raises(SigningKeysUnavailable) as caught:
        await waiting_clerk.verify(mint(signing_key, session()))
    assert caught.value.headers == {"Retry-After": "5"}
    assert caught.value.detail == "Sign-in can't be checked right now. Try again in a few seconds."


async def test_without_any_key_a_token_of_a_wrong_kind_is_still_refused(
    waiting_clerk: Clerk, signing_key: SigningKey
) -> None:
    token = sign(signing_key, header_of(signing_key, alg="none"), to_json(session()))
    assert await reason_for_refusing(token, waiting_clerk) == "algorithm"

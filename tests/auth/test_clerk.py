"""Genuine tokens of both classes, and what each option changes."""

import time
from itertools import product

import pytest
from pydantic import SecretStr

from core.auth import clerk as clerk_module
from core.auth.clerk import Clerk
from core.auth.schemas import Identity
from core.config import ConfigurationError, Settings
from core.errors import SigningKeysUnavailable, Unauthenticated
from tests.auth.forgeries import header_of, oauth, raw_claims, session, without
from tests.auth.stand_ins import NOW_S, FakeClock, reason_for_refusing, settings_with
from tests.tokens import SigningKey, encode, mint, mint_oauth, new_signing_key, sign, to_json

pytestmark = pytest.mark.anyio


def clerk_with(key: SigningKey, clock: FakeClock, **more: str) -> Clerk:
    return Clerk(settings_with(CLERK_JWT_KEY=key.public_pem, **more), clock.clock)


async def gets_in(token: str, clerk: Clerk) -> bool:
    return isinstance(await clerk.verify(token), Identity)


# ----------------------------------------------------------------- what gets in


async def test_a_session_token_proves_who_is_calling(clerk: Clerk, signing_key: SigningKey) -> None:
    identity = await clerk.verify(mint(signing_key, session("user_2abcXYZ")))
    assert identity == Identity("user_2abcXYZ", NOW_S, None, None)


async def test_an_oauth_token_of_ours_proves_who_is_calling(
    clerk: Clerk, signing_key: SigningKey
) -> None:
    identity = await clerk.verify(mint_oauth(signing_key, oauth("user_2abcXYZ")))
    assert identity == Identity("user_2abcXYZ", NOW_S, None, None)


async def test_both_spellings_of_the_oauth_type_get_in(
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


async def test_the_other_category_of_session_tokens_gets_in(
    clerk: Clerk, signing_key: SigningKey
) -> None:
    assert await gets_in(mint(signing_key, session(), cat="cl_I7d4PD111III"), clerk)


@pytest.mark.parametrize("absent", ["azp", "sts", "v", "fva"])
async def test_what_native_apps_leave_out_is_not_missed(
    clerk: Clerk, signing_key: SigningKey, absent: str
) -> None:
    assert await gets_in(mint(signing_key, without(session(), absent)), clerk)


async def test_an_oauth_token_needs_no_nbf(clerk: Clerk, signing_key: SigningKey) -> None:
    assert await gets_in(mint_oauth(signing_key, without(oauth(), "nbf")), clerk)


async def test_fractions_of_a_second_are_cut(clerk: Clerk, signing_key: SigningKey) -> None:
    identity = await clerk.verify(mint(signing_key, session(iat=NOW_S - 0.5)))
    assert identity.issued_at_s == NOW_S - 1
    assert isinstance(identity.issued_at_s, int)


async def test_the_clocks_may_differ_by_five_seconds(clerk: Clerk, signing_key: SigningKey) -> None:
    assert await gets_in(mint(signing_key, session(exp=NOW_S - 4)), clerk)
    assert await gets_in(mint(signing_key, session(iat=NOW_S + 5, nbf=NOW_S + 5)), clerk)


async def test_the_last_moment_that_fits_is_in_the_year_5138(
    clerk: Clerk, signing_key: SigningKey
) -> None:
    assert await gets_in(mint(signing_key, session(exp=10**11 - 1, nbf=0.5)), clerk)


async def test_a_person_may_have_an_id_of_64_letters(clerk: Clerk, signing_key: SigningKey) -> None:
    clerk_id = "user_" + "a" * 64
    assert (await clerk.verify(mint(signing_key, session(clerk_id)))).clerk_id == clerk_id


async def test_numbers_are_read_as_far_as_doubles_are_exact(
    clerk: Clerk, signing_key: SigningKey
) -> None:
    assert await gets_in(mint(signing_key, session(n=2**53 - 1, m=1 - 2**53)), clerk)


async def test_other_claims_may_hold_anything_that_json_can(
    clerk: Clerk, signing_key: SigningKey
) -> None:
    token = raw_claims(lambda text: b" " + text[:-1] + b',"o":{"a":[{"a":null}],"b":"\\ud83d"}}\n')
    assert await gets_in(token(signing_key, signing_key), clerk)


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
        ({"email": "nobody", "name": "名前 ‍Zoë 👩‍🚀"}, None, "名前 ‍Zoë 👩‍🚀"),
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
async def test_an_email_and_a_name_are_taken_when_they_are_sane(
    clerk: Clerk,
    signing_key: SigningKey,
    claims: dict[str, object],
    email: str | None,
    name: str | None,
) -> None:
    identity = await clerk.verify(mint(signing_key, session() | claims))
    assert (identity.email, identity.name) == (email, name)


# -------------------------------------------------------------------------- options


async def test_azp_can_be_required(signing_key: SigningKey, clock: FakeClock) -> None:
    clerk = clerk_with(signing_key, clock, CORE_REQUIRE_AZP="true")
    assert await gets_in(mint(signing_key, session()), clerk)
    assert await reason_for_refusing(mint(signing_key, without(session(), "azp")), clerk) == "azp"


async def test_impersonation_can_be_allowed(signing_key: SigningKey, clock: FakeClock) -> None:
    clerk = clerk_with(signing_key, clock, CORE_ALLOW_IMPERSONATION="true")
    identity = await clerk.verify(mint(signing_key, session("user_1", act={"sub": "user_2"})))
    assert identity.clerk_id == "user_1"


@pytest.mark.parametrize("audience", ["https://core.test", ["x", "https://core.test"]])
async def test_an_oauth_token_must_be_meant_for_us_once_we_have_a_name(
    signing_key: SigningKey, clock: FakeClock, audience: object
) -> None:
    clerk = clerk_with(signing_key, clock, CLERK_OAUTH_AUDIENCE="https://core.test")
    assert await gets_in(mint_oauth(signing_key, oauth(aud=audience)), clerk)


@pytest.mark.parametrize(
    "audience", [None, "", "https://core.test.evil", "core", ["https://x.test"], [], 5, {}]
)
async def test_an_oauth_token_for_another_audience_is_refused(
    signing_key: SigningKey, clock: FakeClock, audience: object
) -> None:
    clerk = clerk_with(signing_key, clock, CLERK_OAUTH_AUDIENCE="https://core.test")
    token = mint_oauth(signing_key, oauth(aud=audience))
    assert await reason_for_refusing(token, clerk) == "audience"
    assert await reason_for_refusing(mint_oauth(signing_key, oauth()), clerk) == "audience"


@pytest.mark.parametrize("audience", [None, "anyone", ["anyone"]])
async def test_an_oauth_token_may_be_for_anybody_as_long_as_we_have_no_name(
    clerk: Clerk, signing_key: SigningKey, audience: object
) -> None:
    assert await gets_in(mint_oauth(signing_key, oauth(aud=audience)), clerk)


async def test_without_client_ids_no_oauth_token_gets_in(
    signing_key: SigningKey, clock: FakeClock
) -> None:
    clerk = clerk_with(signing_key, clock, CLERK_OAUTH_CLIENT_IDS="")
    for claims in (oauth(), oauth(client_id=""), without(oauth(), "client_id")):
        assert await reason_for_refusing(mint_oauth(signing_key, claims), clerk) == "client"


@pytest.mark.parametrize("claims", [session(), session(iss=None), without(session(), "iss")])
async def test_without_an_issuer_of_our_own_nothing_gets_in(
    signing_key: SigningKey, clock: FakeClock, claims: dict[str, object]
) -> None:
    clerk = Clerk(Settings(CLERK_JWT_KEY=SecretStr(signing_key.public_pem)), clock.clock)
    assert await reason_for_refusing(mint(signing_key, claims), clerk) == "issuer"


# ---------------------------------------------------------------------- CLERK_JWT_KEY


async def test_a_configured_key_fits_whatever_id_the_token_names(
    signing_key: SigningKey, clock: FakeClock
) -> None:
    clerk = clerk_with(signing_key, clock)
    assert clerk.has_keys
    assert await gets_in(mint(signing_key, session(), kid="ins_other"), clerk)
    without_id = sign(signing_key, b'{"alg":"RS256"}', to_json(session()))
    assert await gets_in(without_id, clerk)


@pytest.mark.parametrize("line_break", ["\\n", "", "\r\n"])
async def test_a_configured_key_may_have_lost_its_line_breaks(
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


# ------------------------------------------------------------------------- the cache


async def test_a_token_is_checked_once_and_then_remembered_for_a_minute(
    signing_key: SigningKey, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = clerk_with(signing_key, clock)
    token = mint(signing_key, session())
    first = await clerk.verify(token)
    monkeypatch.setattr(clerk, "_only_key", new_signing_key().private.public_key())
    clock.advance(59)
    assert await clerk.verify(token) is first
    clock.advance(1)
    assert await reason_for_refusing(token, clerk) == "signature"


async def test_a_remembered_token_ends_when_it_expires(
    clerk: Clerk, signing_key: SigningKey, clock: FakeClock
) -> None:
    token = mint(signing_key, session(exp=NOW_S + 10))
    await clerk.verify(token)
    clock.advance(15)
    assert await reason_for_refusing(token, clerk) == "expired"


async def test_a_token_within_the_leeway_is_not_remembered(
    clerk: Clerk, signing_key: SigningKey, clock: FakeClock
) -> None:
    token = mint(signing_key, session(exp=NOW_S))
    await clerk.verify(token)
    clock.advance(5)
    assert await reason_for_refusing(token, clerk) == "expired"


async def test_a_refused_token_is_not_remembered(
    clerk: Clerk, signing_key: SigningKey, clock: FakeClock
) -> None:
    token = mint(signing_key, session(nbf=NOW_S + 60))
    assert await reason_for_refusing(token, clerk) == "not_yet_valid"
    clock.advance(60)
    assert await gets_in(token, clerk)


async def test_of_too_many_tokens_the_oldest_is_forgotten(
    clerk: Clerk, signing_key: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clerk_module, "_CACHE_LIMIT", 2)
    for number in range(3):
        await clerk.verify(mint(signing_key, session(f"user_{number}")))
    remembered = [identity.clerk_id for _, identity in clerk._verified.values()]
    assert remembered == ["user_1", "user_2"]


def test_ten_thousand_tokens_are_remembered() -> None:
    assert clerk_module._CACHE_LIMIT == 10_000


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


async def test_every_refusal_is_answered_alike(clerk: Clerk) -> None:
    with pytest.raises(Unauthenticated) as caught:
        await clerk.verify("x")
    assert caught.value.detail == "The token was not accepted. Sign in again."
    assert caught.value.headers == {
        "WWW-Authenticate": 'Bearer realm="core", error="invalid_token"'
    }


async def test_without_any_key_the_answer_is_try_again(
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

"""Which genuine tokens each option accepts or refuses."""

import pytest
from pydantic import SecretStr

from core.auth.clerk import Clerk
from core.config import Settings
from tests.support.auth.forgeries import oauth, session, without
from tests.support.auth.stand_ins import (
    FakeClock,
    clerk_with,
    gets_in,
    reason_for_refusing,
)
from tests.support.tokens import ISSUER, ORIGIN, SigningKey, mint, mint_oauth

pytestmark = pytest.mark.anyio


async def test_azp_can_be_required(signing_key: SigningKey, clock: FakeClock) -> None:
    clerk = clerk_with(signing_key, clock, CORE_REQUIRE_AZP="true")
    assert await gets_in(mint(signing_key, session()), clerk)
    assert await reason_for_refusing(mint(signing_key, without(session(), "azp")), clerk) == "azp"


@pytest.mark.parametrize("audience", ["convex", ["x", "convex"]])
async def test_a_session_token_for_our_audience_is_accepted(
    signing_key: SigningKey, clock: FakeClock, audience: object
) -> None:
    clerk = clerk_with(signing_key, clock, CLERK_SESSION_AUDIENCES="hasura, convex")
    assert await gets_in(mint(signing_key, session(aud=audience)), clerk)
    assert await gets_in(mint(signing_key, session()), clerk)


@pytest.mark.parametrize(
    "audience", [None, "", "Convex", "convex ", "oauth_app", [], ["x"], 5, {}, {"convex": 1}]
)
async def test_a_session_token_for_another_audience_is_refused(
    signing_key: SigningKey, clock: FakeClock, audience: object
) -> None:
    clerk = clerk_with(signing_key, clock, CLERK_SESSION_AUDIENCES="hasura, convex")
    assert await reason_for_refusing(mint(signing_key, session(aud=audience)), clerk) == "audience"


SATELLITE = "https://clerk.satellite.test"


async def test_tokens_of_another_domain_of_the_instance_can_be_accepted(
    signing_key: SigningKey, strangers_key: SigningKey, clock: FakeClock
) -> None:
    clerk = clerk_with(
        signing_key, clock, CLERK_FURTHER_ISSUERS=f"{SATELLITE.upper()}/ {ORIGIN}/__clerk"
    )
    for issuer in (ISSUER, SATELLITE, f"{ORIGIN}/__clerk"):
        assert await gets_in(mint(signing_key, session(iss=issuer)), clerk)
        assert await gets_in(mint_oauth(signing_key, oauth(iss=issuer)), clerk)
    others = (f"{SATELLITE}/", SATELLITE.upper(), ORIGIN, [SATELLITE], None, "")
    for other in others:
        token = mint(signing_key, session(iss=other))
        assert await reason_for_refusing(token, clerk) == "issuer"
    forged = mint(strangers_key, session(iss=SATELLITE))
    assert await reason_for_refusing(forged, clerk) == "signature"


async def test_another_domain_needs_its_origin_in_the_settings(
    signing_key: SigningKey, clock: FakeClock
) -> None:
    clerk = clerk_with(signing_key, clock, CLERK_FURTHER_ISSUERS=SATELLITE)
    token = mint(signing_key, session(iss=SATELLITE, azp="https://satellite.test"))
    assert await reason_for_refusing(token, clerk) == "azp"


async def test_impersonation_can_be_allowed(signing_key: SigningKey, clock: FakeClock) -> None:
    clerk = clerk_with(signing_key, clock, CORE_ALLOW_IMPERSONATION="true")
    identity = await clerk.verify(mint(signing_key, session("user_1", act={"sub": "user_2"})))
    assert identity.clerk_id == "user_1"


@pytest.mark.parametrize("audience", ["https://core.test", ["x", "https://core.test"]])
async def test_an_oauth_token_needs_our_audience_once_one_is_configured(
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
async def test_an_oauth_token_for_any_audience_is_accepted_while_none_is_configured(
    clerk: Clerk, signing_key: SigningKey, audience: object
) -> None:
    assert await gets_in(mint_oauth(signing_key, oauth(aud=audience)), clerk)


async def test_without_client_ids_every_oauth_token_is_refused(
    signing_key: SigningKey, clock: FakeClock
) -> None:
    clerk = clerk_with(signing_key, clock, CLERK_OAUTH_CLIENT_IDS="")
    for claims in (oauth(), oauth(client_id=""), without(oauth(), "client_id")):
        assert await reason_for_refusing(mint_oauth(signing_key, claims), clerk) == "client"


@pytest.mark.parametrize("claims", [session(), session(iss=None), without(session(), "iss")])
async def test_without_an_issuer_every_token_is_refused(
    signing_key: SigningKey, clock: FakeClock, claims: dict[str, object]
) -> None:
    clerk = Clerk(Settings(CLERK_JWT_KEY=SecretStr(signing_key.public_pem)), clock.clock)
    assert await reason_for_refusing(mint(signing_key, claims), clerk) == "issuer"

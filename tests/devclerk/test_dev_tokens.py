import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import jwt
import pytest
from clerk_backend_api.security import VerifyTokenOptions, verify_token
from pydantic import SecretStr

from core.auth.clerk import Clerk, Refused
from core.auth.schemas import Profile
from core.config import Settings
from core.errors import SigningKeysUnavailable
from devclerk.keys import Keys, publishable_key
from devclerk.people import People, Person
from devclerk.store import open_folder
from devclerk.tokens import Signer

LILY = Person("user_2vYVtestTESTtestTESTtestTES", "Lily", "lily@example.com", 1_700_000_000_000)
ORIGIN = "http://127.0.0.1:8000"


@pytest.fixture
def signer(data: Path, issuer: str) -> Signer:
    return Signer(Keys.load(open_folder(data)), issuer)


@pytest.fixture
def settings(issuer: str) -> Settings:
    """The settings of a service started by `core dev`."""
    return Settings.load(
        {
            "CORE_ENV": "development",
            "CLERK_FRONTEND_API_URL": issuer,
            "CLERK_PUBLISHABLE_KEY": publishable_key(issuer),
            "CLERK_AUTHORIZED_PARTIES": ORIGIN,
            "CLERK_OAUTH_CLIENT_IDS": "core-app",
        }
    )


def test_a_session_token_has_clerks_header_and_claims(signer: Signer, issuer: str) -> None:
    token = signer.session_token(LILY.id, ORIGIN)
    header = jwt.get_unverified_header(token)
    claims = jwt.decode(token, options={"verify_signature": False})
    now = claims["iat"]
    assert header == {
        "alg": "RS256",
        "cat": "cl_B7d4PD111AAA",
        "kid": signer.keys.kid,
        "typ": "JWT",
    }
    assert claims == {
        "azp": ORIGIN,
        "exp": now + 60,
        "fva": [0, -1],
        "iat": now,
        "iss": issuer,
        "nbf": now - 10,
        "sid": claims["sid"],
        "sts": "active",
        "sub": LILY.id,
        "v": 2,
    }
    assert claims["sid"].startswith("sess_")
    assert abs(now - time.time()) < 5


def test_clerks_own_sdk_accepts_a_session_token(signer: Signer, issuer: str) -> None:
    options = VerifyTokenOptions(
        secret_key=signer.keys.secret_key, api_url=issuer, authorized_parties=[ORIGIN]
    )
    assert verify_token(signer.session_token(LILY.id, ORIGIN), options)["sub"] == LILY.id


@pytest.fixture
async def clerk(settings: Settings, signer: Signer) -> AsyncIterator[Clerk]:
    """The service's verifier with the stand-in's key set."""
    clerk = Clerk(settings)
    await clerk.start()
    async with asyncio.timeout(10):
        while not clerk.has_keys:
            with suppress(SigningKeysUnavailable):
                await clerk.verify(signer.session_token(LILY.id, ORIGIN))
    yield clerk
    await clerk.close()


@pytest.mark.anyio
async def test_the_service_accepts_session_and_access_tokens(clerk: Clerk, signer: Signer) -> None:
    for token in (
        signer.session_token(LILY.id, ORIGIN),
        signer.access_token(LILY.id, "core-app", "profile email"),
    ):
        assert (await clerk.verify(token)).clerk_id == LILY.id


@pytest.mark.anyio
async def test_the_service_refuses_other_tokens(clerk: Clerk, signer: Signer) -> None:
    for token, reason in {
        signer.session_token(LILY.id, "http://evil.example"): "azp",
        signer.session_token(LILY.id, ORIGIN, lifetime_s=-10): "expired",
        signer.access_token(LILY.id, "other", "profile"): "client",
        signer.id_token(LILY, "core-app", None): "claims",
    }.items():
        with pytest.raises(Refused) as refusal:
            await clerk.verify(token)
        assert refusal.value.reason == reason


@pytest.mark.anyio
async def test_the_service_gets_a_users_email_and_name(
    signer: Signer, settings: Settings, data: Path
) -> None:
    person = People(open_folder(data)).add("Lily Example")
    key = SecretStr(signer.keys.secret_key)
    backend = {"CLERK_SECRET_KEY": key, "CLERK_API_URL": signer.issuer}
    clerk = Clerk(settings.model_copy(update=backend))
    profile = await clerk.fetch_profile(person.id)
    stamp = {"updated_at_ms": person.created_at_ms}
    assert profile == Profile("lily.example@example.com", "Lily Example", banned=False, **stamp)
    await clerk.close()

"""Clerk's own SDK accepts the same tokens, and the start does not import it."""

import subprocess
import sys
import time

import pytest
from clerk_backend_api.security import VerifyTokenOptions, verify_token

from core.auth.clerk import Clerk
from tests.support.auth.stand_ins import settings_with
from tests.support.tokens import ORIGIN, SigningKey, mint, mint_oauth, oauth_claims, session_claims

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("ahead_s", [0, 4, -3000])
async def test_the_sdk_accepts_the_session_tokens_that_we_accept(
    signing_key: SigningKey, ahead_s: int
) -> None:
    token = mint(signing_key, session_claims(now_s=time.time() + ahead_s))
    assert await our_subject(token, signing_key) == sdks_subject(token, signing_key, [ORIGIN])


async def test_the_sdk_accepts_the_oauth_tokens_that_we_accept(signing_key: SigningKey) -> None:
    token = mint_oauth(signing_key, oauth_claims())
    assert await our_subject(token, signing_key) == sdks_subject(token, signing_key, None)


async def our_subject(token: str, key: SigningKey) -> str:
    clerk = Clerk(settings_with(CLERK_JWT_KEY=key.public_pem))
    return (await clerk.verify(token)).clerk_id


def sdks_subject(token: str, key: SigningKey, parties: list[str] | None) -> object:
    options = VerifyTokenOptions(
        jwt_key=key.public_pem, authorized_parties=parties, clock_skew_in_ms=5000
    )
    return verify_token(token, options)["sub"]


def test_the_start_imports_neither_the_sdk_nor_an_http_client() -> None:
    program = "import sys, core.main; print({'clerk_backend_api', 'httpx'} & {*sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"

"""How long a verified token is cached, also when the clock changes."""

import pytest

from core.auth import clerk as clerk_module
from core.auth.clerk import Clerk
from tests.support.auth.forgeries import session
from tests.support.auth.stand_ins import (
    NOW_S,
    FakeClock,
    clerk_with,
    gets_in,
    reason_for_refusing,
)
from tests.support.tokens import SigningKey, mint, new_signing_key

pytestmark = pytest.mark.anyio


async def test_a_token_is_verified_once_and_cached_for_a_minute(
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


async def test_a_cached_token_is_refused_when_it_expires(
    clerk: Clerk, signing_key: SigningKey, clock: FakeClock
) -> None:
    token = mint(signing_key, session(exp=NOW_S + 10))
    await clerk.verify(token)
    clock.advance(15)
    assert await reason_for_refusing(token, clerk) == "expired"


async def test_a_clock_set_back_extends_no_cache_entry(
    signing_key: SigningKey, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = clerk_with(signing_key, clock)
    long, short = mint(signing_key, session()), mint(signing_key, session(exp=NOW_S + 10))
    for token in (long, short):
        await clerk.verify(token)
    monkeypatch.setattr(clerk, "_only_key", new_signing_key().private.public_key())
    clock.now_s -= 3000
    clock.advance(10)
    assert await gets_in(long, clerk)
    assert await reason_for_refusing(short, clerk) == "signature"
    clock.advance(50)
    assert await reason_for_refusing(long, clerk) == "signature"


async def test_a_clock_set_forward_ends_expired_cache_entries(
    signing_key: SigningKey, clock: FakeClock
) -> None:
    clerk = clerk_with(signing_key, clock)
    token = mint(signing_key, session())
    await clerk.verify(token)
    clock.now_s += 3599
    assert await gets_in(token, clerk)
    clock.now_s += 6
    assert await reason_for_refusing(token, clerk) == "expired"


async def test_a_token_within_the_leeway_is_not_cached(
    clerk: Clerk, signing_key: SigningKey, clock: FakeClock
) -> None:
    token = mint(signing_key, session(exp=NOW_S))
    await clerk.verify(token)
    clock.advance(5)
    assert await reason_for_refusing(token, clerk) == "expired"


async def test_a_refused_token_is_not_cached(
    clerk: Clerk, signing_key: SigningKey, clock: FakeClock
) -> None:
    token = mint(signing_key, session(nbf=NOW_S + 60))
    assert await reason_for_refusing(token, clerk) == "not_yet_valid"
    clock.advance(60)
    assert await gets_in(token, clerk)


async def test_the_oldest_token_is_evicted_at_the_limit(
    clerk: Clerk, signing_key: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clerk_module, "_CACHE_LIMIT", 2)
    for number in range(3):
        await clerk.verify(mint(signing_key, session(f"user_{number}")))
    remembered = [identity.clerk_id for _, _, identity in clerk._verified.values()]
    assert remembered == ["user_1", "user_2"]


def test_ten_thousand_tokens_are_cached() -> None:
    assert clerk_module._CACHE_LIMIT == 10_000

"""When the signing keys are asked for, how long they serve, and who waits for them."""

import asyncio
from typing import Any

import pytest

from core.auth import remote
from core.auth.clerk import Clerk
from core.auth.remote import Clock
from core.errors import SigningKeysUnavailable
from tests.auth.forgeries import session
from tests.auth.stand_ins import (
    FakeClock,
    HttpServer,
    Scene,
    reason_for_refusing,
    settings_with,
    settle,
)
from tests.tokens import SigningKey, mint, new_signing_key

pytestmark = pytest.mark.anyio

MINUTE_S = 60
HOUR_S = 3600
DAY_S = 24 * 3600


@pytest.fixture(scope="session")
def next_key() -> SigningKey:
    """The key that Clerk signs with after a rotation; it has an id of its own."""
    return new_signing_key("ins_next")


# ------------------------------------------------------------------------- fetching


async def test_the_keys_are_fetched_once_at_the_start(waiting_scene: Scene) -> None:
    await waiting_scene.start()
    assert waiting_scene.clerk.has_keys
    for _ in range(3):
        await waiting_scene.verify(waiting_scene.our_key)
    assert waiting_scene.fetches == 1


async def test_plain_json_is_asked_for_at_the_configured_address(scene: Scene) -> None:
    request = scene.key_server.requests[0]
    assert request.startswith("GET /jwks.json HTTP/1.1")
    assert "Accept: application/json\r\n" in request
    assert "Accept-Encoding: identity\r\n" in request
    assert "authorization" not in request.lower()


async def test_the_start_does_not_wait_for_a_silent_server(waiting_scene: Scene) -> None:
    waiting_scene.key_server.fall_silent()
    await waiting_scene.clerk.start()
    assert waiting_scene.fetches == 0


async def test_a_configured_key_is_never_fetched(
    key_server: HttpServer, clock: FakeClock, signing_key: SigningKey, strangers_key: SigningKey
) -> None:
    url = f"{key_server.url}/jwks.json"
    settings = settings_with(CLERK_JWT_KEY=signing_key.public_pem, CLERK_JWKS_URL=url)
    clerk = Clerk(settings, clock.clock)
    await clerk.start()
    for kid in ("ins_test", "ins_x"):
        token = mint(strangers_key, session(), kid=kid)
        assert await reason_for_refusing(token, clerk) == "signature"
    clock.advance(HOUR_S)
    await settle(clerk)
    await clerk.close()
    assert key_server.requests == []


async def test_the_keys_are_fetched_again_every_hour(scene: Scene) -> None:
    await scene.advance(HOUR_S - 1)
    assert scene.fetches == 1
    await scene.advance(1)
    assert scene.fetches == 2
    await scene.advance(HOUR_S)
    assert scene.fetches == 3


async def test_a_failed_refresh_is_tried_again_after_a_minute(scene: Scene) -> None:
    scene.key_server.answer(b"", 503)
    await scene.advance(HOUR_S)
    await scene.advance(MINUTE_S - 1)
    assert scene.fetches == 2
    await scene.advance(1)
    assert scene.fetches == 3


async def test_without_any_key_it_is_tried_again_every_three_seconds(waiting_scene: Scene) -> None:
    waiting_scene.key_server.answer(b"", 503)
    await waiting_scene.start()
    await waiting_scene.advance(2.9)
    assert waiting_scene.fetches == 1
    await waiting_scene.advance(0.1)
    assert waiting_scene.fetches == 2
    waiting_scene.key_server.answer_keys(waiting_scene.our_key)
    await waiting_scene.advance(3)
    await waiting_scene.verify(waiting_scene.our_key)


async def test_the_hour_begins_anew_with_a_fetch_that_a_token_caused(
    scene: Scene, next_key: SigningKey
) -> None:
    scene.clock.advance(HOUR_S - 1)
    assert await scene.reason_for_refusing(next_key) == "unknown_key"
    assert scene.fetches == 2
    await scene.advance(HOUR_S - 1)
    assert scene.fetches == 2
    await scene.advance(1)
    assert scene.fetches == 3


async def test_closing_ends_the_refreshing_and_the_fetch_under_way(waiting_scene: Scene) -> None:
    waiting_scene.key_server.fall_silent()
    await waiting_scene.clerk.start()
    await waiting_scene.key_server.heard(1)
    await waiting_scene.clerk.close()
    refreshing = waiting_scene.clerk._key_set._refreshing
    assert refreshing
    assert refreshing.cancelled()
    assert waiting_scene.clerk._key_set._attempt is None


async def test_closing_ends_a_fetch_that_a_token_caused(waiting_scene: Scene) -> None:
    waiting_scene.key_server.fall_silent()
    waiting_scene.clerk._key_set.begin_renewal()
    attempt = waiting_scene.clerk._key_set._attempt
    await waiting_scene.key_server.heard(1)
    await waiting_scene.clerk.close()
    assert attempt
    assert attempt.cancelled()


async def test_what_was_never_started_can_be_closed(waiting_clerk: Clerk) -> None:
    await waiting_clerk.close()


# ------------------------------------------------------------------------- rotation


async def test_an_unknown_id_brings_the_new_key_in_time_for_its_own_token(
    scene: Scene, next_key: SigningKey
) -> None:
    scene.key_server.answer_keys(scene.our_key, next_key)
    scene.clock.advance(MINUTE_S)
    await scene.verify(next_key)
    await scene.verify(scene.our_key)
    assert scene.fetches == 2


async def test_a_new_key_under_the_old_id_is_found_after_a_bad_signature(scene: Scene) -> None:
    scene.key_server.answer_keys(scene.strangers_key)
    scene.clock.advance(MINUTE_S)
    assert await scene.reason_for_refusing(scene.strangers_key) == "signature"
    await settle(scene.clerk)
    await scene.verify(scene.strangers_key)
    assert await scene.reason_for_refusing(scene.our_key) == "signature"


async def test_a_key_that_left_the_set_is_trusted_no_longer(
    scene: Scene, next_key: SigningKey
) -> None:
    scene.key_server.answer_keys(next_key)
    await scene.advance(HOUR_S)
    assert await scene.reason_for_refusing(scene.our_key) == "unknown_key"


# -------------------------------------------------------------------------- outages


async def test_the_last_good_keys_serve_through_a_day_of_outage(scene: Scene) -> None:
    scene.key_server.answer(b"", 503)
    await scene.advance(DAY_S - 1)
    await scene.verify(scene.our_key)
    await scene.advance(MINUTE_S)
    with pytest.raises(SigningKeysUnavailable):
        await scene.verify(scene.our_key)
    scene.key_server.answer_keys(scene.our_key)
    await scene.advance(3)
    await scene.verify(scene.our_key)


async def test_the_day_of_outage_counts_from_the_last_success(scene: Scene) -> None:
    await scene.advance(HOUR_S)
    scene.key_server.answer(b"", 503)
    await scene.advance(DAY_S - MINUTE_S)
    await scene.verify(scene.our_key)
    await scene.advance(MINUTE_S)
    assert not scene.clerk.has_keys


async def test_without_keys_nobody_waits_for_a_silent_server(
    waiting_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "_PATIENCE_S", 10)
    monkeypatch.setattr(remote, "_PATIENCE_WITH_FIRST_S", 10)
    waiting_scene.key_server.answer(b"", 503)
    await waiting_scene.start()
    assert waiting_scene.clerk._key_set.value is None
    waiting_scene.key_server.fall_silent()
    waiting_scene.clock.advance(3)
    await waiting_scene.key_server.heard(2)
    with pytest.raises(SigningKeysUnavailable):
        await waiting_scene.verify(waiting_scene.our_key)
    assert waiting_scene.clerk._key_set._attempt


def test_nobody_waits_longer_than_was_promised() -> None:
    assert remote._PATIENCE_WITHOUT_VALUE_S <= 0.09
    assert remote._PATIENCE_S <= 1
    assert remote._PATIENCE_WITH_FIRST_S <= 2
    assert remote._TIMEOUT_S == 3


async def test_the_first_tokens_wait_for_the_first_fetch_together(
    waiting_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "_PATIENCE_WITH_FIRST_S", 10)
    waiting_scene.key_server.fall_silent()
    await waiting_scene.clerk.start()
    first = [asyncio.create_task(waiting_scene.verify(waiting_scene.our_key)) for _ in range(5)]
    await waiting_scene.key_server.heard(1)
    _, waiting = await asyncio.wait(first, timeout=0.2)
    assert len(waiting) == 5
    waiting_scene.key_server.answer_keys(waiting_scene.our_key)
    await asyncio.gather(*first)
    assert waiting_scene.fetches == 1


async def test_a_token_that_comes_before_the_start_causes_the_fetch(
    waiting_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "_PATIENCE_WITH_FIRST_S", 10)
    await waiting_scene.verify(waiting_scene.our_key)


async def test_a_silent_server_is_given_up(
    scene: Scene, remote_log: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "_TIMEOUT_S", 0.05)
    scene.key_server.fall_silent()
    await scene.advance(HOUR_S)
    await scene.verify(scene.our_key)
    url = f"{scene.key_server.url}/jwks.json"
    told = {"event": "document_not_fetched", "url": url, "error": "TimeoutError()"}
    assert remote_log == [told | {"log_level": "warning"}]


async def test_a_server_that_is_down_is_no_reason_to_stop(
    clock: FakeClock, signing_key: SigningKey, remote_log: list[Any]
) -> None:
    async with HttpServer() as server:
        url = server.url
    clerk = Clerk(settings_with(CLERK_JWKS_URL=url), clock.clock)
    await clerk.start()
    await settle(clerk)
    with pytest.raises(SigningKeysUnavailable):
        await clerk.verify(mint(signing_key, session()))
    assert [entry["error"].partition("(")[0] for entry in remote_log] == ["ConnectError"]
    await clerk.close()


def test_the_real_clock_is_the_default() -> None:
    assert Clock().steady() > 0
    assert Clock().sleep is asyncio.sleep

"""When the signing keys are fetched, how long they are used, and which requests wait."""

import asyncio
from typing import Any

import pytest

from core.auth import jwks
from core.auth.clerk import Clerk
from core.auth.jwks import Clock
from core.errors import SigningKeysUnavailable
from tests.support.auth.forgeries import session
from tests.support.auth.stand_ins import (
    FakeClock,
    HttpServer,
    Scene,
    reason_for_refusing,
    settings_with,
    settle,
)
from tests.support.tokens import SigningKey, clerks_key_id, mint, new_signing_key

pytestmark = pytest.mark.anyio

MINUTE_S = 60
HOUR_S = 3600
DAY_S = 24 * 3600


@pytest.fixture(scope="session")
def next_key() -> SigningKey:
    """The key that Clerk signs with after a rotation; it has an id of its own."""
    return new_signing_key("ins_next")


@pytest.fixture(scope="session")
def clerks_next_key() -> SigningKey:
    """The same key, under an id in the shape of Clerk's."""
    return new_signing_key(clerks_key_id(0))


# ------------------------------------------------------------------------- fetching


async def test_the_keys_are_fetched_once_at_the_start(waiting_scene: Scene) -> None:
    await waiting_scene.start()
    assert waiting_scene.clerk.has_keys
    for _ in range(3):
        await waiting_scene.verify(waiting_scene.our_key)
    assert waiting_scene.fetches == 1


async def test_the_fetch_asks_the_configured_address_for_plain_json(waiting_scene: Scene) -> None:
    await waiting_scene.start()  # with the client of Core: `scene` has one of its own
    request = waiting_scene.key_server.requests[0]
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


async def test_a_failed_refresh_is_retried_after_a_minute(scene: Scene) -> None:
    scene.key_server.answer(b"", 503)
    await scene.advance(HOUR_S)
    await scene.advance(MINUTE_S - 1)
    assert scene.fetches == 2
    await scene.advance(1)
    assert scene.fetches == 3


async def test_without_any_key_the_fetch_is_retried_every_three_seconds(
    waiting_scene: Scene,
) -> None:
    waiting_scene.key_server.answer(b"", 503)
    await waiting_scene.start()
    await waiting_scene.advance(2.9)
    assert waiting_scene.fetches == 1
    await waiting_scene.advance(0.1)
    assert waiting_scene.fetches == 2
    waiting_scene.key_server.answer_keys(waiting_scene.our_key)
    await waiting_scene.advance(3)
    await waiting_scene.verify(waiting_scene.our_key)


async def test_a_fetch_that_a_token_caused_restarts_the_hour(
    scene: Scene, next_key: SigningKey
) -> None:
    scene.clock.advance(HOUR_S - 1)
    assert await scene.reason_for_refusing(next_key) == "unknown_key"
    assert scene.fetches == 2
    await scene.advance(HOUR_S - 1)
    assert scene.fetches == 2
    await scene.advance(1)
    assert scene.fetches == 3


async def test_a_due_refresh_joins_the_fetch_that_a_token_caused(scene: Scene) -> None:
    scene.key_server.fall_silent()
    scene.clock.advance(HOUR_S - 1)
    scene.clerk._key_set.begin_renewal()
    await scene.key_server.heard(2)
    for seconds in (1, MINUTE_S):
        scene.clock.advance(seconds)
        for _ in range(5):
            await asyncio.sleep(0)
    assert scene.fetches == 2


async def test_closing_cancels_the_refresh_loop_and_its_fetch(waiting_scene: Scene) -> None:
    waiting_scene.key_server.fall_silent()
    await waiting_scene.clerk.start()
    await waiting_scene.key_server.heard(1)
    await waiting_scene.clerk.close()
    refreshing = waiting_scene.clerk._key_set._refreshing
    assert refreshing
    assert refreshing.cancelled()
    assert waiting_scene.clerk._key_set._attempt is None


async def test_closing_cancels_a_fetch_that_a_token_caused(waiting_scene: Scene) -> None:
    waiting_scene.key_server.fall_silent()
    waiting_scene.clerk._key_set.begin_renewal()
    attempt = waiting_scene.clerk._key_set._attempt
    await waiting_scene.key_server.heard(1)
    await waiting_scene.clerk.close()
    assert attempt
    assert attempt.cancelled()


async def test_a_verifier_that_never_started_can_be_closed(waiting_clerk: Clerk) -> None:
    await waiting_clerk.close()


# ------------------------------------------------------------------------- rotation


async def test_an_unknown_key_id_fetches_the_new_key_for_the_same_request(
    scene: Scene, next_key: SigningKey
) -> None:
    scene.key_server.answer_keys(scene.our_key, next_key)
    scene.clock.advance(MINUTE_S)
    await scene.verify(next_key)
    await scene.verify(scene.our_key)
    assert scene.fetches == 2


async def test_a_rotated_key_is_fetched_right_after_an_unknown_key_id(
    scene: Scene, clerks_next_key: SigningKey
) -> None:
    scene.clock.advance(MINUTE_S)
    assert await scene.reason_for_refusing(scene.strangers_key, kid="ins_x") == "unknown_key"
    scene.clock.advance(1)
    stray = clerks_key_id(1)
    assert await scene.reason_for_refusing(scene.strangers_key, kid=stray) == "unknown_key"
    scene.key_server.answer_keys(scene.our_key, clerks_next_key)
    await scene.verify(clerks_next_key)
    assert scene.fetches == 4


@pytest.mark.parametrize("wait_s", [0.0, 0.1, 7.0])
async def test_a_flood_of_ids_in_clerk_s_shape_delays_a_rotated_key_by_ten_seconds_at_most(
    scene: Scene, clerks_next_key: SigningKey, wait_s: float
) -> None:
    async def flood() -> None:
        for number in range(20):
            await scene.reason_for_refusing(scene.strangers_key, kid=clerks_key_id(100 + number))

    for _ in range(30):
        await flood()
        scene.clock.advance(1)
    scene.clock.advance(wait_s)
    await flood()
    scene.key_server.answer_keys(scene.our_key, clerks_next_key)
    for _ in range(10):
        scene.clock.advance(1)
        await flood()
    await scene.verify(clerks_next_key)


async def test_a_key_id_of_another_shape_waits_for_a_minute(
    scene: Scene, next_key: SigningKey
) -> None:
    scene.key_server.answer_keys(scene.our_key, next_key)
    scene.clock.advance(MINUTE_S - 1)
    for kid in ("ins_next", "", clerks_key_id(0) + "0", clerks_key_id(0)[:-1] + "-"):
        assert await scene.reason_for_refusing(next_key, kid=kid) == "unknown_key"
    assert scene.fetches == 1
    scene.clock.advance(1)
    await scene.verify(next_key)


async def test_a_new_key_under_the_old_id_in_clerk_s_shape_is_found_without_waiting_a_minute(
    scene: Scene, clerks_next_key: SigningKey
) -> None:
    scene.key_server.answer_keys(clerks_next_key)
    scene.clock.advance(MINUTE_S)
    await scene.verify(clerks_next_key)
    after = new_signing_key(clerks_next_key.key_id)
    scene.key_server.answer_keys(after)
    assert await scene.reason_for_refusing(after) == "signature"
    await settle(scene.clerk)
    await scene.verify(after)


async def test_a_new_key_under_the_old_id_is_found_after_a_bad_signature(scene: Scene) -> None:
    scene.key_server.answer_keys(scene.strangers_key)
    scene.clock.advance(MINUTE_S)
    assert await scene.reason_for_refusing(scene.strangers_key) == "signature"
    await settle(scene.clerk)
    await scene.verify(scene.strangers_key)
    assert await scene.reason_for_refusing(scene.our_key) == "signature"


async def test_a_key_removed_from_the_set_is_no_longer_trusted(
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


async def test_without_keys_no_request_waits_for_a_silent_key_server(
    waiting_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwks, "_PATIENCE_S", 10)
    monkeypatch.setattr(jwks, "_PATIENCE_WITH_FIRST_S", 10)
    waiting_scene.key_server.answer(b"", 503)
    await waiting_scene.start()
    assert waiting_scene.clerk._key_set.value is None
    waiting_scene.key_server.fall_silent()
    waiting_scene.clock.advance(3)
    await waiting_scene.key_server.heard(2)
    with pytest.raises(SigningKeysUnavailable):
        await waiting_scene.verify(waiting_scene.our_key)
    assert waiting_scene.clerk._key_set._attempt


def test_the_waits_for_signing_keys_stay_within_their_limits() -> None:
    assert jwks._PATIENCE_WITHOUT_VALUE_S <= 0.09
    assert jwks._PATIENCE_S <= 1
    assert jwks._PATIENCE_WITH_FIRST_S <= 2
    assert jwks.TIMEOUT_S == 3


async def test_the_first_tokens_wait_for_the_first_fetch_together(
    waiting_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwks, "_PATIENCE_WITH_FIRST_S", 10)
    waiting_scene.key_server.fall_silent()
    await waiting_scene.clerk.start()
    first = [asyncio.create_task(waiting_scene.verify(waiting_scene.our_key)) for _ in range(5)]
    await waiting_scene.key_server.heard(1)
    _, waiting = await asyncio.wait(first, timeout=0.2)
    assert len(waiting) == 5
    waiting_scene.key_server.answer_keys(waiting_scene.our_key)
    await asyncio.gather(*first)
    assert waiting_scene.fetches == 1


async def test_a_token_before_the_start_causes_the_fetch(
    waiting_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwks, "_PATIENCE_WITH_FIRST_S", 10)
    await waiting_scene.verify(waiting_scene.our_key)


async def test_a_fetch_from_a_silent_server_times_out(
    scene: Scene, remote_log: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwks, "TIMEOUT_S", 0.05)
    scene.key_server.fall_silent()
    await scene.advance(HOUR_S)
    await scene.verify(scene.our_key)
    url = f"{scene.key_server.url}/jwks.json"
    told = {"event": "jwks_fetch_failed", "url": url, "error": "TimeoutError()"}
    assert remote_log == [told | {"log_level": "warning"}]


async def test_the_service_starts_while_the_key_server_is_down(
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

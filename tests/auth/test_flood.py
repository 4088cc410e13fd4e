"""A flood of invalid tokens while the key server is healthy, failing or silent."""

import asyncio
from collections.abc import Callable, Coroutine
from itertools import pairwise
from typing import Any, TypeVar

import pytest

from core import http_client
from core.auth import jwks
from core.auth.clerk import Clerk, Refused
from core.errors import SigningKeysUnavailable
from tests.support.auth.stand_ins import HttpServer, Scene, settle
from tests.support.tokens import clerks_key_id

pytestmark = pytest.mark.anyio

_T = TypeVar("_T")

MINUTES = 5
FLOOD = 100

SERVERS: dict[str, Callable[[HttpServer], None]] = {
    "up": lambda _: None,
    "failing": lambda server: server.answer(b"", 503),
    "silent": lambda server: server.fall_silent(),
    "answering rubbish": lambda server: server.answer(b"<html>"),
}


@pytest.fixture(autouse=True)
def short_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A silent key server times out in real time; a short timeout is enough."""
    monkeypatch.setattr(jwks, "TIMEOUT_S", 0.7)
    monkeypatch.setattr(jwks, "_PATIENCE_S", 0.02)
    monkeypatch.setattr(jwks, "_PATIENCE_WITHOUT_VALUE_S", 0.02)


def run_without_waiting(work: Coroutine[Any, Any, _T]) -> None:
    """Run a coroutine that must finish without waiting."""
    with pytest.raises(StopIteration):
        work.send(None)


def unknown_ids(scene: Scene) -> list[str]:
    return [scene.token(scene.strangers_key, kid=f"ins_{number}") for number in range(FLOOD)]


def clerks_ids(scene: Scene) -> list[str]:
    ids = map(clerks_key_id, range(FLOOD))
    return [scene.token(scene.strangers_key, kid=key_id) for key_id in ids]


def bad_signatures(scene: Scene) -> list[str]:
    return [scene.token(scene.strangers_key) for _ in range(FLOOD)]


async def flood(clerk: Clerk, tokens: list[str]) -> set[type]:
    """Verify all tokens concurrently and return the kinds of answer."""
    answers = await asyncio.gather(*map(clerk.verify, tokens), return_exceptions=True)
    return {type(answer) for answer in answers}


@pytest.mark.parametrize("state", SERVERS)
@pytest.mark.parametrize("forge", [unknown_ids, bad_signatures])
async def test_a_flood_causes_one_fetch_a_minute(
    scene: Scene, state: str, forge: Callable[[Scene], list[str]]
) -> None:
    SERVERS[state](scene.key_server)
    tokens = forge(scene)
    for minute in range(1, MINUTES + 1):
        for _ in range(2):
            assert await flood(scene.clerk, tokens) == {Refused}
            await settle(scene.clerk)
            assert scene.fetches == minute
            scene.clock.advance(30)


@pytest.mark.parametrize("state", SERVERS)
async def test_a_flood_of_ids_in_clerk_s_shape_causes_ten_fetches_a_minute_at_most(
    scene: Scene, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    SERVERS[state](scene.key_server)
    tokens = (clerks_ids(scene) + unknown_ids(scene) + bad_signatures(scene))[::20]
    fetch, moments = http_client.fetch, list[float]()

    async def note(url: str, timeout_s: float, most_bytes: int) -> http_client.Document:
        moments.append(scene.clock.steady_s)
        return await fetch(url, timeout_s, most_bytes)

    monkeypatch.setattr(http_client, "fetch", note)
    scene.clock.advance(60)
    for _ in range(2 * 60):
        for _ in range(4):
            assert await flood(scene.clerk, tokens) == {Refused}
            await settle(scene.clerk)
        scene.clock.advance(1)
    for began in moments:
        assert sum(began <= moment < began + 60 for moment in moments) <= 10
    assert all(later - earlier <= 10 for earlier, later in pairwise(moments))


@pytest.mark.parametrize("state", SERVERS)
async def test_a_valid_token_does_not_wait_during_a_flood(scene: Scene, state: str) -> None:
    SERVERS[state](scene.key_server)
    scene.clock.advance(60)
    attack = asyncio.create_task(flood(scene.clerk, unknown_ids(scene) + bad_signatures(scene)))
    await scene.key_server.heard(2)
    assert scene.clerk._key_set._attempt
    for _ in range(20):
        token = scene.token(scene.our_key)
        run_without_waiting(scene.clerk.verify(token))
        run_without_waiting(scene.clerk.verify(token))
    assert await attack == {Refused}


async def test_a_bad_signature_does_not_wait_during_a_flood(scene: Scene) -> None:
    scene.key_server.fall_silent()
    scene.clock.advance(60)
    with pytest.raises(Refused):
        run_without_waiting(scene.clerk.verify(scene.token(scene.strangers_key)))
    assert scene.clerk._key_set._attempt


async def test_requests_that_wait_for_a_slow_key_server_share_one_fetch(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwks, "_PATIENCE_S", 10)
    monkeypatch.setattr(jwks, "TIMEOUT_S", 10)
    scene.key_server.fall_silent()
    scene.clock.advance(60)
    attack = asyncio.create_task(flood(scene.clerk, unknown_ids(scene)))
    await scene.key_server.heard(2)
    assert not attack.done()
    scene.key_server.answer_keys(scene.our_key)
    assert await attack == {Refused}
    assert scene.fetches == 2


async def test_no_second_fetch_begins_while_one_hangs(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwks, "TIMEOUT_S", 10)
    scene.key_server.fall_silent()
    for _ in range(3):
        scene.clock.advance(60)
        assert await flood(scene.clerk, bad_signatures(scene)) == {Refused}
    await scene.key_server.heard(2)
    assert scene.fetches == 2


async def test_without_keys_a_flood_causes_only_the_scheduled_fetches(
    waiting_scene: Scene,
) -> None:
    waiting_scene.key_server.answer(b"", 503)
    await waiting_scene.start()
    tokens = unknown_ids(waiting_scene) + bad_signatures(waiting_scene)
    tokens += clerks_ids(waiting_scene)
    for attempts in range(1, MINUTES + 1):
        assert await flood(waiting_scene.clerk, tokens) == {SigningKeysUnavailable}
        assert waiting_scene.fetches == attempts
        await waiting_scene.advance(3)

"""Shared counts in a real Redis, and service without it."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from structlog import BoundLogger, wrap_logger
from structlog.testing import LogCapture

from core import ratelimit
from core.config import Quota
from core.errors import TooManyRequests
from core.ratelimit import Limit, Redis
from tests.support.factories import ISSUER, ORIGIN, environ_for
from tests.support.redis_server import PATIENCE_S, RedisServer, needs_redis, run_redis
from tests.support.servers import Server, run_server
from tests.support.tokens import SigningKey, mint, session_claims

pytestmark = [pytest.mark.anyio, needs_redis]


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    with run_redis(tmp_path) as server:
        yield server


class Clock:
    """A clock that the test sets forward."""

    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


async def test_redis_refuses_with_the_same_headers_as_memory(redis: RedisServer):
    store = Redis(redis.url)
    limit = Limit("account", Quota(3, 3600), store)
    assert await limit.spend("lily") == ()
    assert await limit.spend("lily") == ()
    assert dict(await limit.spend("lily"))[b"ratelimit"].startswith(b'"account";r=0;t=3')
    with pytest.raises(TooManyRequests) as refused:
        await limit.spend("lily")
    assert 3590 < int(refused.value.headers["Retry-After"]) <= 3600
    assert await limit.spend("lars") == ()
    await store.close()


@pytest.mark.parametrize("harm", [RedisServer.kill, RedisServer.freeze])
async def test_a_broken_redis_blocks_no_request_and_is_logged_once(
    redis: RedisServer, harm: Callable[[RedisServer], None], monkeypatch: pytest.MonkeyPatch
):
    log = LogCapture()
    monkeypatch.setattr(ratelimit, "log", wrap_logger(None, [log], wrapper_class=BoundLogger))
    clock = Clock()
    store = Redis(redis.url, clock)
    limit = Limit("account", Quota(1, 3600), store)
    await limit.spend("lily")
    harm(redis)
    for _ in range(20):
        assert await limit.spend("lily") == ()
        clock.now_s += 1
    redis.kill()
    redis.start()
    clock.now_s += ratelimit._REDIS_PAUSE_S
    await limit.spend("lily")
    with pytest.raises(TooManyRequests):
        await limit.spend("lily")
    events = [line["event"] for line in log.entries]
    assert events == ["rate_limit_store_failed", "rate_limit_store_recovered", "rate_limited"]
    assert redis.url not in json.dumps(log.entries)
    await store.close()


async def test_requests_do_not_wait_for_a_frozen_redis(redis: RedisServer):
    store = Redis(redis.url, Clock())
    limit = Limit("account", Quota(1, 3600), store)
    redis.freeze()
    await limit.spend("lily")
    for _ in range(100):
        spending = asyncio.create_task(limit.spend("lily"))
        await asyncio.sleep(0)
        assert spending.done()  # so it did not wait for a socket or a timeout
    await store.close()


class Servers:
    """Two `core serve` with one database and one Redis, and a client that alternates."""

    def __init__(self, servers: list[Server], token: str) -> None:
        self.servers = servers
        self.client = httpx.Client(headers={"Authorization": f"Bearer {token}"}, trust_env=False)
        self.asked = 0

    def ask(self) -> httpx.Response:
        self.asked += 1
        server = self.servers[self.asked % 2]
        return self.client.get(f"{server.url}/videos", timeout=PATIENCE_S)

    def lines(self, event: str) -> list[int]:
        """Count the lines of each server's log."""
        return [server.log.read_text().count(event) for server in self.servers]


@pytest.fixture
def servers(
    redis: RedisServer,
    tmp_path: Path,
    new_database_url: Callable[[str], str],
    signing_key: SigningKey,
) -> Iterator[Servers]:
    settings = environ_for(
        new_database_url("sqlite"),
        signing_key,
        CORE_RATE_LIMIT_USER="5/day",
        CORE_RATE_LIMIT_STORE=redis.url,
    )
    claims = session_claims("user_Lily", iss=ISSUER, azp=ORIGIN)
    with ExitStack() as stack:
        running = []
        for name in ("first", "second"):
            (folder := tmp_path / name).mkdir()
            running.append(stack.enter_context(run_server(folder, "serve", **settings)))
        servers = Servers(running, mint(signing_key, claims))
        stack.callback(servers.client.close)
        yield servers


def test_server_processes_share_counts_and_continue_without_redis(
    servers: Servers, redis: RedisServer
):
    answers = [servers.ask() for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 86400
    redis.kill()
    assert {servers.ask().status_code for _ in range(20)} == {200}
    redis.start()
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and servers.ask().status_code == 200:
        time.sleep(0.1)
    assert servers.ask().status_code == 429
    assert servers.lines("rate_limit_store_failed") == [1, 1]


async def test_is_reachable_reports_whether_redis_answers(redis: RedisServer):
    assert await ratelimit.is_reachable(redis.url)
    redis.kill()
    assert not await ratelimit.is_reachable(redis.url)

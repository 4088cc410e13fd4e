"""Rate limits over HTTP: which keys count, which headers appear, which routes are exempt."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog import BoundLogger, wrap_logger
from structlog.testing import LogCapture

from core.api.middleware import address_limit
from core.api.middleware.address_limit import UNCOUNTED
from tests.support.factories import ORIGIN, PROBLEM_FIELDS, Service, environ_for, run_service
from tests.support.servers import run_server
from tests.support.tokens import SigningKey, new_signing_key

pytestmark = pytest.mark.anyio

Start = Callable[..., Awaitable[Service]]


@pytest.fixture
async def start(
    new_database_url: Callable[[str], str], signing_key: SigningKey
) -> AsyncIterator[Start]:
    """Start a service with these limits."""
    async with AsyncExitStack() as stack:

        async def start(**settings: str) -> Service:
            running = run_service(new_database_url("sqlite"), signing_key, **settings)
            return await stack.enter_async_context(running)

        yield start


def from_address(
    service: Service, address: str | None, headers: dict[str, str] | None = None
) -> httpx.AsyncClient:
    """Return a client with this address."""
    client: Any = (address, 40000) if address else None
    transport = httpx.ASGITransport(service.app, client=client)
    return httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=headers)


async def statuses(client: httpx.AsyncClient, times: int, **more: Any) -> list[int]:
    return [(await client.get("/videos", **more)).status_code for _ in range(times)]


async def test_a_user_over_the_limit_gets_429_and_other_users_do_not(start: Start):
    service = await start(CORE_RATE_LIMIT_USER="3/day")
    lily, lars = service.person("lily"), service.person("lars")
    assert await statuses(lily, 4) == [200, 200, 200, 429]
    assert await statuses(lars, 1) == [200]


async def test_a_user_is_counted_across_addresses_and_routes(start: Start):
    service = await start(CORE_RATE_LIMIT_USER="3/day")
    headers = dict(service.person("lily").headers)
    for number, path in enumerate(["/videos", "/tags", "/videos/1"]):
        answer = await from_address(service, f"192.0.2.{number}", headers).get(path)
        assert answer.status_code in {200, 404}
    answer = await from_address(service, "192.0.2.9", headers).get("/tags")
    assert answer.status_code == 429


async def test_a_429_is_a_problem_with_retry_after(start: Start):
    service = await start(CORE_RATE_LIMIT_USER="1/minute", CORE_RATE_LIMIT_ADDRESS="2/hour")
    lily = service.person("lily")
    assert await statuses(lily, 1) == [200]
    for name, policy in (("account", "q=1;w=60"), ("address", "q=2;w=3600")):
        answer = await lily.get("/videos")
        assert answer.status_code == 429
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["cache-control"] == "no-store"
        assert set(answer.json()) == PROBLEM_FIELDS
        assert answer.json()["type"] == "docs/problems.md#too-many-requests"
        wait = answer.headers["retry-after"]
        assert f"from your {name}. Wait {wait} s" in answer.json()["detail"]
        assert f'"{name}";{policy}' in answer.headers.get_list(
            "ratelimit-policy", split_commas=True
        )
        assert f'"{name}";r=0;t={wait}' in answer.headers.get_list("ratelimit", split_commas=True)


async def test_rate_limit_headers_appear_only_near_the_limit(start: Start):
    service = await start(CORE_RATE_LIMIT_USER="10/day")
    lily = service.person("lily")
    answers = [await lily.get("/videos") for _ in range(10)]
    assert ["ratelimit" in answer.headers for answer in answers] == [False] * 8 + [True] * 2
    assert answers[8].headers["ratelimit"].startswith('"account";r=1;t=')
    assert answers[8].headers["ratelimit-policy"] == '"account";q=10;w=86400'


async def test_a_flood_of_bad_tokens_is_refused_before_any_is_verified(
    start: Start, monkeypatch: pytest.MonkeyPatch
):
    service = await start(CORE_RATE_LIMIT_ADDRESS="5/day")
    verified = []
    verify = service.app.state.clerk.verify

    async def count(token: str) -> Any:
        verified.append(token)
        return await verify(token)

    monkeypatch.setattr(service.app.state.clerk, "verify", count)
    other_key = Service(service.app, new_signing_key())
    bad = other_key.person("lily")
    assert await statuses(bad, 50) == [401] * 5 + [429] * 45
    assert len(verified) == 5


async def test_another_address_passes_and_one_of_the_same_ipv6_network_does_not(start: Start):
    service = await start(CORE_RATE_LIMIT_ADDRESS="2/day")
    assert await statuses(from_address(service, "2001:db8:1:2::1"), 3) == [401, 401, 429]
    assert await statuses(from_address(service, "2001:db8:1:2::2"), 1) == [429]
    assert await statuses(from_address(service, "2001:db8:1:3::1"), 1) == [401]
    assert await statuses(from_address(service, None), 1) == [401]


async def test_a_client_can_t_choose_the_address_that_is_counted(
    start: Start, monkeypatch: pytest.MonkeyPatch
):
    log = LogCapture()
    monkeypatch.setattr(address_limit, "log", wrap_logger(None, [log], wrapper_class=BoundLogger))
    service = await start(CORE_RATE_LIMIT_ADDRESS="2/day", CORE_TRUSTED_PROXIES="10.0.0.0/8")
    client = from_address(service, "192.0.2.1")
    for number in range(6):
        headers = {"X-Forwarded-For": f"198.51.100.{number}"}
        expected = 401 if number < 2 else 429
        assert await statuses(client, 1, headers=headers) == [expected]
    assert [line["event"] for line in log.entries] == ["forwarded_for_not_trusted"]
    assert "192.0.2.1" not in str(log.entries)


async def test_each_client_behind_a_trusted_proxy_is_counted_alone(start: Start):
    service = await start(CORE_RATE_LIMIT_ADDRESS="2/day", CORE_TRUSTED_PROXIES="10.0.0.0/8")
    proxy = from_address(service, "10.0.0.1")
    for caller in ("198.51.100.1", "198.51.100.2"):
        headers = {"X-Forwarded-For": f"203.0.113.99, {caller}"}
        assert await statuses(proxy, 3, headers=headers) == [401, 401, 429]
    # The same client through the other proxy, which adds a header of its own.
    split = [("X-Forwarded-For", "198.51.100.1"), ("X-Forwarded-For", "10.0.0.1")]
    answer = await from_address(service, "10.0.0.2").get("/videos", headers=split)
    assert answer.status_code == 429


def test_a_server_trusts_no_forwarded_header_not_even_from_loopback(
    new_database_url: Callable[[str], str], signing_key: SigningKey, tmp_path: Path
):
    settings = environ_for(new_database_url("sqlite"), signing_key, CORE_RATE_LIMIT_ADDRESS="2/day")
    with run_server(tmp_path, "serve", **settings) as server:
        answers = [
            httpx.get(f"{server.url}/videos", headers={"X-Forwarded-For": f"192.0.2.{number}"})
            for number in range(3)
        ]
    assert [answer.status_code for answer in answers] == [401, 401, 429]


async def test_monitoring_routes_have_no_rate_limit(start: Start):
    service = await start(CORE_RATE_LIMIT_ADDRESS="1/day")
    client = service.client()
    assert await statuses(client, 2) == [401, 429]
    for path in sorted(UNCOUNTED):
        assert (await client.get(path)).status_code == 200
    assert (await client.get("/health/ready")).status_code == 429


async def test_disabled_limits_count_nothing(start: Start):
    service = await start(CORE_RATE_LIMIT_USER="off", CORE_RATE_LIMIT_ADDRESS="off")
    limits = service.app.state.limits
    assert (limits.user, limits.address) == (None, None)
    assert await statuses(service.person("lily"), 3) == [200, 200, 200]


async def test_every_route_but_the_monitoring_ones_declares_429(start: Start):
    service = await start()
    for path, operations in service.app.openapi()["paths"].items():
        for method, operation in operations.items():
            assert ("429" in operation["responses"]) == (path not in UNCOUNTED), (method, path)

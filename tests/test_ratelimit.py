"""Rate limits: windows, headers near the limit, and bounded memory."""

import pytest
from structlog import BoundLogger, wrap_logger
from structlog.testing import LogCapture

from core import ratelimit
from core.config import Quota
from core.errors import TooManyRequests
from core.ratelimit import Limit, Memory

pytestmark = pytest.mark.anyio


class Clock:
    """A clock that the test sets forward."""

    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limit(clock: Clock) -> Limit:
    return Limit("account", Quota(20, 60), Memory(clock))


async def refusal(limit: Limit, key: str) -> TooManyRequests:
    with pytest.raises(TooManyRequests) as caught:
        await limit.spend(key)
    return caught.value


async def test_one_request_over_the_limit_is_refused_until_the_window_ends(
    limit: Limit, clock: Clock
):
    for _ in range(20):
        await limit.spend("lily")
    clock.now_s += 59.1
    refused = await refusal(limit, "lily")
    assert refused.headers["Retry-After"] == "1"
    clock.now_s += 0.9
    assert await limit.spend("lily") == ()


async def test_each_key_has_its_own_count(limit: Limit):
    for _ in range(20):
        await limit.spend("lily")
    assert await limit.spend("lars") == ()
    await refusal(limit, "lily")


async def test_headers_appear_in_the_last_tenth_of_the_limit(limit: Limit, clock: Clock):
    headers = [await limit.spend("lily") for _ in range(19)]
    clock.now_s += 12.5
    assert headers[:17] == [()] * 17
    assert dict(await limit.spend("lily")) == {
        b"ratelimit-policy": b'"account";q=20;w=60',
        b"ratelimit": b'"account";r=0;t=48',
    }


async def test_a_refusal_gives_the_wait_in_its_text_and_headers(limit: Limit, clock: Clock):
    for _ in range(20):
        await limit.spend("lily")
    clock.now_s += 42.2
    refused = await refusal(limit, "lily")
    assert refused.detail == (
        "More than 20 requests a minute came from your account. Wait 18 s, then continue."
    )
    assert refused.headers == {
        "Retry-After": "18",
        "RateLimit-Policy": '"account";q=20;w=60',
        "RateLimit": '"account";r=0;t=18',
    }


async def test_a_flood_logs_one_line_without_a_user(limit: Limit, monkeypatch: pytest.MonkeyPatch):
    log = LogCapture()
    monkeypatch.setattr(ratelimit, "log", wrap_logger(None, [log], wrapper_class=BoundLogger))
    for _ in range(20):
        await limit.spend("lily")
    for _ in range(50):
        await refusal(limit, "lily")
    assert log.entries == [{"event": "rate_limited", "limit": "account", "log_level": "info"}]


async def test_memory_drops_expired_windows(limit: Limit, clock: Clock):
    memory = limit._store
    assert isinstance(memory, Memory)
    for number in range(1000):
        await limit.spend(str(number))
    clock.now_s += 60
    await limit.spend("lily")
    assert set(memory._counts) == {"account/lily"}


async def test_memory_holds_no_more_than_its_limit(limit: Limit, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ratelimit, "_KEYS_LIMIT", 10)
    memory = limit._store
    assert isinstance(memory, Memory)
    for number in range(95):
        await limit.spend(str(number))
        assert len(memory._counts) <= 10
    for _ in range(19):
        await limit.spend("94")
    await refusal(limit, "94")

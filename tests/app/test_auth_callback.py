"""The listener for sign-in callbacks: which requests it accepts, and its pages."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from app import callback
from app.callback import Callbacks
from tests.support.app.devices import visit
from tests.support.servers import free_port

pytestmark = pytest.mark.anyio


ANSWER_S = 30
"""An accepted callback gets its page when the sign-in ends, which never happens in these tests."""


class Listening:
    def __init__(self) -> None:
        self.port = free_port()
        self.callbacks = Callbacks(f"http://127.0.0.1:{self.port}/callback")

    async def send(self, request: str) -> str:
        """Send the raw request; return the whole response."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(request.encode("latin-1"))
            async with asyncio.timeout(ANSWER_S):
                return (await reader.read()).decode()
        except ConnectionError:
            return ""
        finally:
            writer.close()

    async def ask(self, target: str, *, method: str = "GET", host: str | None = None) -> str:
        host = host if host is not None else f"127.0.0.1:{self.port}"
        return await self.send(f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n\r\n")


@pytest.fixture
async def listening() -> AsyncIterator[Listening]:
    """A listener with a pending sign-in whose state is `s`."""
    listening = Listening()
    async with listening.callbacks.expect("s", listen=True) as waiting:
        yield listening
        assert not waiting.parameters.done()


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "/callback?state=other&code=c", 400),
        ("GET", "/callback?" + "&".join("state=s" for _ in range(21)), 400),
        ("GET", "/callback/?state=s&code=c", 404),
        ("GET", "/?state=s&code=c", 404),
        ("GET", "/favicon.ico", 404),
        ("GET", "http://127.0.0.1/callback?state=s&code=c", 404),
        ("POST", "/callback?state=s&code=c", 405),
        ("HEAD", "/callback?state=s&code=c", 405),
        ("OPTIONS", "/callback?state=s&code=c", 405),
    ],
)
async def test_only_the_callback_of_a_pending_sign_in_is_accepted(
    listening: Listening, method: str, target: str, status: int
):
    answer = await listening.ask(target, method=method)
    assert answer.startswith(f"HTTP/1.1 {status} ")


@pytest.mark.parametrize(
    "host", ["", "evil.example", "evil.example:{}", "127.0.0.1", "localhost:{}"]
)
async def test_dns_rebinding_is_refused(listening: Listening, host: str):
    answer = await listening.ask("/callback?state=s&code=c", host=host.format(listening.port))
    assert answer.startswith("HTTP/1.1 400 ")


async def test_two_host_headers_are_refused(listening: Listening):
    hosts = f"Host: 127.0.0.1:{listening.port}\r\n" * 2
    answer = await listening.send(f"GET /callback?state=s&code=c HTTP/1.1\r\n{hosts}\r\n")
    assert answer.startswith("HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "malformed", ["\r\n\r\n", "\0\r\n\r\n", "GET\r\n\r\n", "\xff \xff\r\n\r\n"]
)
async def test_a_malformed_request_gets_400(listening: Listening, malformed: str):
    assert (await listening.send(malformed)).startswith("HTTP/1.1 400 Bad Request\r\n")


async def test_a_request_over_the_size_limit_is_closed(listening: Listening):
    assert await listening.send("GET /callback?" + "x" * (4 * callback.MAX_REQUEST)) == ""


async def test_a_slow_request_times_out(listening: Listening, monkeypatch: pytest.MonkeyPatch):
    assert callback.REQUEST_TIME_S == 10
    monkeypatch.setattr(callback, "REQUEST_TIME_S", 0.05)
    assert await listening.send("GET /callback?state=s HTTP/1.1\r\n") == ""


async def test_the_page_is_not_cached_and_sends_no_data_to_other_sites(listening: Listening):
    page = await visit(f"http://127.0.0.1:{listening.port}/callback?state=other")
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    policy = page.headers["Content-Security-Policy"]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert "<script" not in page.text
    assert "color-scheme: light dark" in page.text
    assert "other" not in page.text.partition("<p")[2].replace("another", "")


async def test_the_listener_binds_to_loopback_only(listening: Listening):
    assert listening.callbacks._server
    [socket] = listening.callbacks._server.sockets
    assert socket.getsockname() == ("127.0.0.1", listening.port)


async def test_the_page_waits_for_the_outcome_of_the_sign_in():
    listening = Listening()
    async with listening.callbacks.expect("s", listen=True) as waiting:
        page = asyncio.create_task(listening.ask("/callback?state=s&code=c"))
        assert await waiting.wait() == {"state": "s", "code": "c"}
        assert not page.done()
    assert "You are signed in." in await page


async def test_a_disconnected_browser_does_not_block_the_sign_in(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(callback, "PAGE_TIME_S", 0.05)
    listening = Listening()
    async with listening.callbacks.expect("s", listen=True) as waiting:
        _, writer = await asyncio.open_connection("127.0.0.1", listening.port)
        target = "/callback?state=s&code=c"
        writer.write(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{listening.port}\r\n\r\n".encode())
        await waiting.wait()
        writer.close()
    assert listening.callbacks._server is None

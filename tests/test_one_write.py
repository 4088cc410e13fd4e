"""A response is one write if it can be; else uvicorn sends it."""

import asyncio
import socket
import struct
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.loop_servers import port_of, run_in_loop
from tests.support.servers import PATIENCE_S

pytestmark = pytest.mark.anyio

TEXT = b"x" * 20_000
LENGTH = (b"content-length", b"%d" % len(TEXT))
_DATA_SEGMENTS_IN = struct.Struct("152xI")
"""The place of `tcpi_data_segs_in` in Linux's `struct tcp_info`."""


async def answer(scope: Any, _: Any, send: Any) -> None:
    """Answer in the way that the path names."""
    headers, body = [LENGTH], dict[str, Any](body=TEXT)
    match scope["path"]:
        case "/parts":
            body = {"body": TEXT[:10_000], "more_body": True}
        case "/stream":
            headers = []
        case "/short":
            headers = [(b"content-length", b"20001")]
        case "/split":
            headers = [LENGTH, (b"x-text", b"a\r\nset-cookie: b=c")]
        case "/last":
            headers = [LENGTH, (b"connection", b"close")]
        case "/none" | "/unchanged":
            headers, body = [(b"etag", b'"1"')], {}
        case "/empty":
            headers, body = [(b"content-length", b"0")], {}
    status = {"/none": 204, "/unchanged": 304, "/empty": 204}.get(scope["path"], 200)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", **body})
    if body.get("more_body"):
        await send({"type": "http.response.body", "body": TEXT[10_000:]})


@pytest.fixture(params=["asyncio", "uvloop"], scope="module")
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": request.param == "uvloop"}


@pytest.fixture
async def client() -> AsyncIterator[socket.socket]:
    """A connection to a server."""
    async with run_in_loop(answer) as running:
        with socket.socket() as client:
            client.settimeout(0)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(client, ("127.0.0.1", port_of(running)))
            yield client


async def ask(client: socket.socket, path: str, method: str = "GET") -> None:
    request = f"{method} {path} HTTP/1.1\r\nHost: core\r\n\r\n".encode()
    await asyncio.get_running_loop().sock_sendall(client, request)


async def read(client: socket.socket, until: bytes) -> bytes:
    """Return what arrives, up to this end or to the end of the connection."""
    content = b""
    async with asyncio.timeout(PATIENCE_S):
        while not content.endswith(until):
            piece = await asyncio.get_running_loop().sock_recv(client, 65_536)
            if not piece:
                break
            content += piece
    return content


def data_segments(client: socket.socket) -> int:
    return int(_DATA_SEGMENTS_IN.unpack(client.getsockopt(socket.SOL_TCP, socket.TCP_INFO, 156))[0])


@pytest.mark.skipif(sys.platform != "linux", reason="counts segments by Linux's TCP_INFO")
async def test_a_whole_response_is_one_write(client: socket.socket):
    for number in (1, 2, 3):
        await ask(client, "/")
        content = await read(client, TEXT)
        assert content.startswith(b"HTTP/1.1 200 OK\r\ndate: ")
        assert content.endswith(b"\r\ncontent-length: 20000\r\n\r\n" + TEXT)
        assert data_segments(client) == number


@pytest.mark.parametrize(
    ("path", "headers", "end"),
    [
        ("/parts", b"\r\ncontent-length: 20000\r\n\r\n" + TEXT, TEXT),
        ("/stream", b"\r\ntransfer-encoding: chunked\r\n\r\n4e20\r\n" + TEXT, b"\r\n0\r\n\r\n"),
        ("/none", b"HTTP/1.1 204 No Content\r\n", b"\r\n\r\n"),
        ("/unchanged", b"HTTP/1.1 304 Not Modified\r\n", b'\r\netag: "1"\r\n\r\n'),
        ("/empty", b"\r\ncontent-length: 0\r\n\r\n", b"\r\n\r\n"),
    ],
)
async def test_any_other_response_leaves_the_connection_usable(
    client: socket.socket, path: str, headers: bytes, end: bytes
):
    for _ in range(2):
        await ask(client, path)
        assert headers in await read(client, end)
    await ask(client, "/")
    assert (await read(client, TEXT)).endswith(TEXT)


async def test_head_has_the_headers_alone(client: socket.socket):
    for _ in range(2):
        await ask(client, "/", "HEAD")
        assert (await read(client, b"\r\n\r\n")).endswith(b"\r\ncontent-length: 20000\r\n\r\n")


@pytest.mark.parametrize(("path", "bytes_sent"), [("/short", True), ("/split", False)])
async def test_a_malformed_response_closes_the_connection(
    client: socket.socket, path: str, *, bytes_sent: bool
):
    await ask(client, path)
    content = await read(client, b"the end")
    assert bool(content) is bytes_sent
    assert b"set-cookie" not in content


async def test_the_last_response_of_a_connection_closes_it(client: socket.socket):
    await ask(client, "/last")
    content = await read(client, b"the end")
    assert b"\r\nconnection: close\r\n" in content
    assert content.endswith(TEXT)


async def test_pipelined_requests_are_answered_in_order(client: socket.socket):
    for path in ("/", "/parts", "/", "/last"):
        await ask(client, path)
    content = await read(client, b"the end")
    assert content.count(b"HTTP/1.1 200 OK\r\n") == 4
    assert content.count(TEXT) == 4
    assert content.count(b"connection: close") == 1

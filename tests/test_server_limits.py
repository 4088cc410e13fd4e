"""What a connection may cost that sends no request, or a head without end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
import uvicorn

from core import server
from tests.servers import PATIENCE_S

pytestmark = pytest.mark.anyio

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def answer(scope: Any, receive: Any, send: Any) -> None:
    """Answer once the body has come."""
    assert scope["type"] == "http"
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """A server that looks for late heads five times a second."""
    monkeypatch.setattr(server, "_LOOK_FOR_LATE_HEADS", 2)
    config = uvicorn.Config(answer, http=server.Protocol, lifespan="off", log_config=None)
    running = server._Server(config)
    with server.listen("127.0.0.1", 0) as listening:
        task = asyncio.create_task(running.serve([listening]))
        yield listening.getsockname()[1]
        running.should_exit = True
        await task


async def connect(port: int, sent: bytes = b"") -> Connection:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    return reader, writer


async def told(connection: Connection) -> bytes:
    """Return all that comes until the server closes the connection."""
    reader, writer = connection
    async with asyncio.timeout(PATIENCE_S):
        content = await reader.read()
    writer.close()
    return content


HEAD = b"POST / HTTP/1.1\r\nHost: core\r\nContent-Length: 4\r\n"


async def test_who_sends_no_head_or_half_of_one_is_let_go(port: int):
    silent, half = await connect(port), await connect(port, HEAD)
    again = await connect(port, HEAD + b"\r\nbody" + HEAD)
    assert await told(silent) == await told(half) == b""
    assert (await told(again)).count(b"204 No Content") == 1


async def test_a_body_may_come_later(port: int):
    slow, silent = await connect(port, HEAD + b"\r\n"), await connect(port)
    assert await told(silent) == b""
    await told(await connect(port))  # the second look after it
    slow[1].write(b"body")
    assert b"204 No Content" in await slow[0].readuntil(b"\r\n\r\n")
    slow[1].close()


async def test_a_head_without_end_is_refused(port: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(server, "_LOOK_FOR_LATE_HEADS", 1_000_000)
    endless = await connect(port, HEAD + b"X: " + b"x" * 70_000)
    with suppress(ConnectionResetError):  # what it sends too much may cost it the answer
        assert (await told(endless)).startswith(b"HTTP/1.1 400 ")


async def test_large_heads_of_many_requests_are_no_large_head(port: int):
    reader, writer = await connect(port)
    for _ in range(10):
        writer.write(HEAD + b"X: " + b"x" * 30_000)
        await writer.drain()
        await asyncio.sleep(0.01)
        writer.write(b"\r\n\r\nbody")
        assert b"204 No Content" in await reader.readuntil(b"\r\n\r\n")
    writer.close()

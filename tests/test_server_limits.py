"""Limits of connections that are slow, silent, endless or too many."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from core import connections, server
from tests.support.loop_servers import Running, port_of, run_in_loop
from tests.support.servers import PATIENCE_S

pytestmark = pytest.mark.anyio

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]

ANSWER_BYTES = 16 * 1024 * 1024
LOOKS = connections._LATE_BYTES + 1
"""The first check only records the progress of the client."""
HEAD = b"POST / HTTP/1.1\r\nHost: core\r\nContent-Length: 4\r\n"
UPLOAD = b"POST / HTTP/1.1\r\nHost: core\r\nContent-Length: 1000000\r\n\r\n"
EARLY = b"POST /early HTTP/1.1\r\nHost: core\r\nContent-Length: 1000000\r\n\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: core\r\nTransfer-Encoding: chunked\r\n\r\n"
LARGE = b"GET /large HTTP/1.1\r\nHost: core\r\n\r\n"
BRIEF = b"GET / HTTP/1.1\r\nHost: core\r\n\r\n"


async def answer(scope: Any, receive: Any, send: Any) -> None:
    """Answer once the body has come; early or much where the path says so."""
    assert scope["type"] == "http"
    more = scope["path"] != "/early"
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        more = message.get("more_body")
    body = b"x" * ANSWER_BYTES if scope["path"] == "/large" else b""
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture(params=["asyncio", "uvloop"], scope="module")
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": request.param == "uvloop"}


@pytest.fixture
def settings() -> dict[str, Any]:
    return {}


@pytest.fixture
async def running(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any]
) -> AsyncIterator[Running]:
    """A server that checks for slow connections when a test triggers it."""
    monkeypatch.setattr(server, "_CHECK_TICKS", 1_000_000)
    async with run_in_loop(answer, **settings) as running:
        yield running


@pytest.fixture
def port(running: Running) -> int:
    return port_of(running)


async def until(happened: Callable[[], Any]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not happened():  # noqa: ASYNC110  the server has no event
            await asyncio.sleep(0.005)


async def connect(port: int, sent: bytes = b"") -> Connection:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    return reader, writer


async def connect_without_reading(port: int, sent: bytes) -> socket.socket:
    """Connect with a small window, send, and don't read the answer."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    client.settimeout(0)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(client, ("127.0.0.1", port))
    await loop.sock_sendall(client, sent)
    return client


async def read_all(connection: Connection) -> bytes:
    """Return all bytes until the server closes the connection."""
    reader, writer = connection
    content = b""
    async with asyncio.timeout(PATIENCE_S):
        with suppress(ConnectionResetError):
            while piece := await reader.read(65_536):
                content += piece
    writer.close()
    return content


def protocols(running: Running) -> list[connections.Protocol]:
    return [
        each for each in running.server_state.connections if isinstance(each, connections.Protocol)
    ]


async def wait_for_body(running: Running, number: int = 1) -> None:
    """Wait until the application waits for so many bodies."""
    await until(lambda: sum(not each.waits_for_head() for each in protocols(running)) == number)
    await asyncio.sleep(0.01)


# ------------------------------------------------------------------------------- heads


async def test_a_client_without_a_complete_head_is_disconnected(running: Running, port: int):
    silent, half = await connect(port), await connect(port, HEAD)
    again = await connect(port, HEAD + b"\r\nbody" + HEAD)
    assert await again[0].readuntil(b"\r\n\r\n")
    await until(lambda: len(protocols(running)) == 3)
    running.server_state.close_late()
    assert len(protocols(running)) == 3
    running.server_state.close_late()
    assert await read_all(silent) == await read_all(half) == await read_all(again) == b""


async def test_an_idle_connection_is_closed_without_a_line_in_the_log(
    running: Running, port: int, capsys: pytest.CaptureFixture[str]
):
    idle, busy = await connect(port, BRIEF), await connect(port, BRIEF)
    assert await idle[0].readuntil(b"\r\n\r\n")
    assert await busy[0].readuntil(b"\r\n\r\n")
    running.server_state.close_late()
    busy[1].write(BRIEF)
    assert await busy[0].readuntil(b"\r\n\r\n")
    running.server_state.close_late()
    assert await read_all(idle) == b""
    busy[1].write(BRIEF)
    assert await busy[0].readuntil(b"\r\n\r\n")
    busy[1].close()
    assert "slow_connections_closed" not in capsys.readouterr().out


async def test_an_oversized_head_is_refused(port: int):
    endless = await connect(port, HEAD + b"X: " + b"x" * 70_000)
    assert (await read_all(endless))[:13] in {b"HTTP/1.1 400 ", b""}  # a reset may cost the answer


async def test_a_head_with_too_many_fields_is_refused(port: int):
    many = await connect(port, HEAD + b"X: y\r\n" * 300 + b"\r\n")
    assert (await read_all(many)).startswith(b"HTTP/1.1 400 ")


async def test_the_head_limit_applies_to_each_request(port: int):
    reader, writer = await connect(port)
    for _ in range(10):
        writer.write(HEAD + b"X: " + b"x" * 30_000)
        await writer.drain()
        await asyncio.sleep(0.01)
        writer.write(b"\r\n\r\nbody")
        assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
    writer.close()


async def test_the_number_of_pipelined_requests_is_limited(port: int):
    reader, writer = await connect(port, BRIEF * 10)
    for _ in range(10):
        assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
    writer.close()
    assert (await read_all(await connect(port, BRIEF * 1_000))).count(b"200 OK") < 20


# ------------------------------------------------------------------------------ bodies


async def test_a_slow_body_that_makes_progress_is_read(running: Running, port: int):
    reader, writer = await connect(port, UPLOAD)
    await wait_for_body(running)
    (protocol,) = protocols(running)
    for turn in range(1, 11):
        writer.write(b"x" * 20_000)
        await until(partial(lambda least: protocol._body_bytes >= least, turn * 20_000))
        running.server_state.close_late()
    writer.write(b"x" * 800_000)
    assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
    writer.close()


@pytest.mark.parametrize("trickle", [b"", b"x"])
async def test_a_stalled_body_closes_its_connection(running: Running, port: int, trickle: bytes):
    slow = await connect(port, UPLOAD + b"x" * 50_000)
    await wait_for_body(running)
    (protocol,) = protocols(running)
    for turn in range(1, LOOKS + 1):
        assert protocols(running)
        slow[1].write(trickle)
        sent = 50_000 + turn * len(trickle)
        await until(partial(lambda least: protocol._body_bytes >= least, sent))
        running.server_state.close_late()
    assert await read_all(slow) == b""


@pytest.mark.parametrize(
    "framing",
    [b"4;" + b"x" * 200_000, b"1\r\nx\r\n" * 50_000, b"0\r\n" + b"a: b\r\n" * 50_000],
    ids=["an extension of a chunk", "chunks of one byte", "trailers"],
)
async def test_a_body_of_mostly_chunk_framing_is_refused(port: int, framing: bytes):
    reader, writer = await connect(port, CHUNKED)
    await asyncio.sleep(0.01)
    writer.write(framing)
    assert (await read_all((reader, writer)))[:13] in {b"HTTP/1.1 400 ", b""}


async def test_ordinary_chunks_and_a_few_trailers_are_accepted(port: int):
    reader, writer = await connect(port, CHUNKED)
    for _ in range(50):
        writer.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
        await asyncio.sleep(0)
    writer.write(b"0\r\nX: y\r\n\r\n" + BRIEF)
    for _ in range(2):
        assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
    writer.close()


# ----------------------------------------------------- an answer before the body is there


async def test_an_early_answer_closes_the_connection_of_a_client_that_keeps_sending(
    running: Running, port: int
):
    running.config.timeout_keep_alive = 1
    clients = [await connect(port, EARLY + b"x") for _ in range(5)]
    for reader, _ in clients:
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"200 OK" in head
        assert b"connection: close" in head
        assert await reader.read() == b""
    async with asyncio.timeout(PATIENCE_S):
        while protocols(running):
            for _, writer in clients:
                writer.write(b"x")
            await asyncio.sleep(0.05)
    for _, writer in clients:
        writer.close()


async def test_a_client_that_sends_everything_first_reads_the_early_answer(port: int):
    reader, writer = await connect(port, EARLY + b"x" * 500_000)
    await writer.drain()
    writer.write(b"x" * 500_000 + BRIEF)
    content = await read_all((reader, writer))
    assert content.count(b"200 OK") == 1
    assert b"connection: close" in content


async def test_an_answer_after_a_complete_body_keeps_the_connection(port: int):
    reader, writer = await connect(port)
    for _ in range(3):
        writer.write(EARLY.replace(b"1000000", b"4") + b"body")
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"200 OK" in head
        assert b"connection: close" not in head
    writer.close()


async def test_an_early_answer_sends_no_100_continue(port: int):
    expecting = EARLY.replace(b"Host: core\r\n", b"Expect: 100-continue\r\n")
    assert (await read_all(await connect(port, expecting))).startswith(b"HTTP/1.1 200 OK")


async def test_an_early_answer_closes_an_http_1_0_connection(port: int):
    content = await read_all(await connect(port, EARLY.replace(b"HTTP/1.1", b"HTTP/1.0")))
    assert content.startswith(b"HTTP/1.1 200 OK")


# ---------------------------------------------------------- answers that wait to be read


async def test_an_unread_answer_closes_its_connection(running: Running, port: int):
    client = await connect_without_reading(port, LARGE)
    await until(lambda: [each for each in protocols(running) if each.flow.write_paused])
    for _ in range(LOOKS):
        assert protocols(running)
        running.server_state.close_late()
    await until(lambda: not protocols(running))
    client.close()


async def test_a_slow_reader_gets_its_whole_answer(running: Running, port: int):
    client, loop = await connect_without_reading(port, LARGE), asyncio.get_running_loop()
    await until(lambda: [each for each in protocols(running) if each.flow.write_paused])
    (protocol,) = protocols(running)
    received = 0

    async def read(size: int) -> None:
        nonlocal received
        least = received + size
        async with asyncio.timeout(PATIENCE_S):
            while received < least:
                received += len(await loop.sock_recv(client, least - received))

    def has_at_most(most: int) -> bool:
        return connections._unsent_bytes(protocol.transport) <= most

    unsent = connections._unsent_bytes(protocol.transport)
    for _ in range(LOOKS * 5):
        await read(200_000)  # far less than the kernel holds
        await until(partial(has_at_most, unsent - 20_000))
        unsent = connections._unsent_bytes(protocol.transport)
        running.server_state.close_late()
    await read(ANSWER_BYTES - received)
    client.close()


async def test_unsent_answers_have_a_memory_limit(
    running: Running, port: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(connections, "_MAX_UNREAD_BYTES", 3 * ANSWER_BYTES)
    clients = [await connect_without_reading(port, LARGE) for _ in range(10)]

    def unread_bytes() -> int:
        return sum(each.transport.get_write_buffer_size() for each in protocols(running))

    await until(lambda: running.server_state.total_requests == 10)
    await until(lambda: 0 < unread_bytes() <= 3 * ANSWER_BYTES)
    for client in clients:
        client.close()


# ------------------------------------------------------------------------- how many


FEW = 5


@pytest.mark.parametrize("settings", [{"CORE_MAX_CONNECTIONS_PER_ADDRESS": FEW}])
async def test_an_address_has_a_limit_of_open_connections(running: Running, port: int):
    for _ in range(3):
        clients = [await connect(port, BRIEF) for _ in range(FEW)]
        for reader, _ in clients:
            assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
        for _ in range(FEW):
            assert await read_all(await connect(port, BRIEF)) == b""
        for _, writer in clients:
            writer.close()
        await until(lambda: not protocols(running))
    assert not running.server_state._per_address


@pytest.mark.parametrize(
    "settings", [{"CORE_MAX_CONNECTIONS_PER_ADDRESS": 1, "CORE_TRUSTED_PROXIES": ["127.0.0.1"]}]
)
async def test_a_trusted_proxy_has_no_connection_limit(port: int):
    clients = [await connect(port, BRIEF) for _ in range(FEW)]
    for reader, writer in clients:
        assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
        writer.close()


@pytest.mark.parametrize("settings", [{"CORE_TRUSTED_PROXIES": ["127.0.0.1"]}])
async def test_connections_leave_file_descriptors_for_other_work(running: Running, port: int):
    running.server_state._most = FEW
    clients = [await connect(port, BRIEF) for _ in range(FEW)]
    for reader, _ in clients:
        assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
    assert await read_all(await connect(port, BRIEF)) == b""
    for _, writer in clients:
        writer.close()

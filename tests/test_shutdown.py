"""SIGTERM while people are saving: whoever was let in is answered, and what was saved stays."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.factories import ISSUER, ORIGIN, environ_for, link
from tests.servers import PATIENCE_S, Server, run_server
from tests.tokens import SigningKey, mint, session_claims

pytestmark = pytest.mark.anyio

RESTARTS = 3
AT_ONCE = 12

Settings = dict[str, str]


@pytest.fixture
def settings(new_database_url: Callable[[str], str], signing_key: SigningKey) -> Settings:
    return environ_for(new_database_url("sqlite"), signing_key)


@pytest.fixture
def authorization(signing_key: SigningKey) -> str:
    return f"Bearer {mint(signing_key, session_claims('user_lily', iss=ISSUER, azp=ORIGIN))}"


@dataclass
class Connection:
    """One connection that speaks HTTP/1.1, so that it is known what was sent when."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    authorization: str

    @classmethod
    async def open(cls, server: Server, authorization: str) -> "Connection":
        address = urlsplit(server.url)
        return cls(*await asyncio.open_connection(address.hostname, address.port), authorization)

    async def send_head(self, body: bytes, *more: str) -> None:
        head = [
            "POST /videos HTTP/1.1",
            "Host: core",
            f"Authorization: {self.authorization}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            *more,
        ]
        await self.send("\r\n".join([*head, "", ""]).encode())

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def read_answer(self) -> tuple[str, dict[str, str], Any]:
        """Return status, headers and what the body holds."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return head[0].split()[1], headers, json.loads(body) if body else None

    async def close(self) -> None:
        self.writer.close()
        with suppress(OSError):
            await self.writer.wait_closed()


def save_body(number: int) -> bytes:
    return json.dumps({"url": link(f"in-flight-{number}"), "tags": ["a"]}).encode()


async def end_of(server: Server) -> int:
    return await asyncio.to_thread(server.process.wait, PATIENCE_S)


async def list_keys(server: Server, authorization: str) -> set[str]:
    headers = {"Authorization": authorization}
    async with httpx.AsyncClient(headers=headers, trust_env=False, timeout=PATIENCE_S) as http:
        videos = (await http.get(f"{server.url}/videos")).json()["videos"]
    return {video["video_key"] for video in videos}


async def test_what_several_processes_have_begun_is_answered_before_they_end(
    tmp_path: Path, settings: Settings, authorization: str
):
    numbers, saved = count(), set[str]()
    for _ in range(RESTARTS):
        with run_server(tmp_path, "serve", CORE_WORKERS="2", **settings) as server:
            assert await list_keys(server, authorization) == saved
            begun = [await begin_to_save(server, authorization, next(numbers)) for _ in range(8)]
            idle = [await save_and_stay(server, authorization, next(numbers)) for _ in range(4)]
            server.terminate()
            for connection, key in idle:  # which are let go as soon as the end begins
                assert await connection.reader.read() == b""
                await connection.close()
                saved.add(key)
            assert server.process.poll() is None
            for connection, body in begun:
                await connection.send(body)
                status, _, video = await connection.read_answer()
                assert status == "201"
                assert await connection.reader.read() == b""
                saved.add(video["video_key"])
                await connection.close()
            assert await end_of(server) == 0
    with run_server(tmp_path, "serve", **settings) as server:
        assert await list_keys(server, authorization) == saved
    assert len(saved) == 12 * RESTARTS


async def begin_to_save(
    server: Server, authorization: str, number: int
) -> tuple[Connection, bytes]:
    """Send the head of a request and wait until the service asks for its body."""
    connection, body = await Connection.open(server, authorization), save_body(number)
    await connection.send_head(body, "Expect: 100-continue")
    assert await connection.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    return connection, body


async def save_and_stay(server: Server, authorization: str, number: int) -> tuple[Connection, str]:
    """Save a video on a connection that stays open."""
    connection, body = await Connection.open(server, authorization), save_body(number)
    await connection.send_head(body)
    await connection.send(body)
    status, _, video = await connection.read_answer()
    assert status == "201"
    return connection, video["video_key"]


@dataclass
class Load:
    """Many connections that save one video after the other until nobody lets them in."""

    server: Server
    authorization: str
    numbers: "count[int]"
    saved: set[str] = field(default_factory=set)
    dropped: list[bytes] = field(default_factory=list)
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def save_one_after_the_other(self, *, keep_alive: bool) -> None:
        connection = None
        while True:
            try:
                connection = connection or await Connection.open(self.server, self.authorization)
            except ConnectionRefusedError:
                return
            except ConnectionResetError:  # the port was closed while it was being let in
                continue
            if not await self.save(connection, keep_alive=keep_alive):
                await connection.close()
                connection = None

    async def save(self, connection: Connection, *, keep_alive: bool) -> bool:
        """Save a video; tell whether the connection can be used again."""
        body = save_body(next(self.numbers))
        try:
            await connection.send_head(body, *([] if keep_alive else ["Connection: close"]))
            await connection.send(body)
            status, headers, video = await connection.read_answer()
        except (OSError, asyncio.IncompleteReadError):
            self.dropped.append(body)
            return False
        assert status == "201", video
        self.saved.add(video["video_key"])
        if len(self.saved) >= AT_ONCE * 5:
            self.enough.set()
        return headers.get("connection") != "close"


async def test_nothing_acknowledged_is_lost_in_restarts_and_the_rest_may_be_retried(
    tmp_path: Path, settings: Settings, authorization: str
):
    numbers, saved, dropped = count(), set[str](), list[bytes]()
    for _ in range(RESTARTS):
        with run_server(tmp_path, "serve", **settings) as server:
            assert await list_keys(server, authorization) >= saved
            load = Load(server, authorization, numbers)
            lanes = [
                asyncio.create_task(load.save_one_after_the_other(keep_alive=lane % 3 > 0))
                for lane in range(AT_ONCE)
            ]
            await asyncio.wait_for(load.enough.wait(), PATIENCE_S)
            server.terminate()
            await asyncio.gather(*lanes)
            await end_of(server)
            saved |= load.saved
            dropped += load.dropped
    with run_server(tmp_path, "serve", **settings) as server:
        assert await list_keys(server, authorization) >= saved
        # What the server had not begun to read when it was told to end.
        headers = {"Authorization": authorization, "Content-Type": "application/json"}
        async with httpx.AsyncClient(base_url=server.url, headers=headers) as client:
            for body in dropped:
                answer = await client.post("/videos", content=body)
                assert answer.status_code in {200, 201}

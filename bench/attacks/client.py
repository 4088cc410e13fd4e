"""A client that sends raw bytes, so that it can stop at any byte. Its address is 127.0.0.2.

The other user comes from 127.0.0.1: a limit per address that stops the attack is a success.
"""

import asyncio
import socket
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

ATTACKER_ADDRESS = "127.0.0.2"
ANSWER_S = 45
CHUNK = 65_536
LAST_CHUNK = b"0\r\n\r\n"


@dataclass
class Seen:
    """The responses: a count for each status, and the largest error body."""

    statuses: Counter[int] = field(default_factory=Counter)
    largest_fault_bytes: int = 0

    def note(self, status: int, body_bytes: int) -> None:
        self.statuses[status] += 1
        if status >= 400:
            self.largest_fault_bytes = max(self.largest_fault_bytes, body_bytes)


@dataclass
class Target:
    """The attacked service: its address, the attacker's tokens, and the duration."""

    host: str
    port: int
    tokens: list[str]
    seconds: float
    seen: Seen = field(default_factory=Seen)
    deadline: float = 0

    def begin(self) -> None:
        self.deadline = time.monotonic() + self.seconds

    @property
    def goes_on(self) -> bool:
        return time.monotonic() < self.deadline

    def head(
        self,
        method: str,
        path: str,
        *,
        body_bytes: int = 0,
        user: int = 0,
        kind: str = "application/json",
    ) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}:{self.port}"]
        lines.append(f"Authorization: Bearer {self.tokens[user]}")
        if body_bytes:
            lines += [f"Content-Type: {kind}", f"Content-Length: {body_bytes}"]
        return "\r\n".join([*lines, "", ""]).encode()

    async def connect(
        self, receive_bytes: int = 0
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection; `receive_bytes` is about the size of its receive buffer."""
        connection = socket.socket()
        if receive_bytes:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        connection.bind((ATTACKER_ADDRESS, 0))
        connection.setblocking(False)  # noqa: FBT003  the module's own way
        try:
            await asyncio.get_running_loop().sock_connect(connection, (self.host, self.port))
        except BaseException:
            connection.close()
            raise
        return await asyncio.open_connection(sock=connection, limit=receive_bytes or CHUNK)

    async def ask(self, request: bytes) -> None:
        """Send a request on a new connection, and count the response unless it is incomplete."""
        with suppress(OSError, TimeoutError, ValueError, asyncio.IncompleteReadError):
            async with asyncio.timeout(ANSWER_S):
                reader, writer = await self.connect()
                try:
                    await self._send(writer, request)
                    await self._read_answer(reader)
                finally:
                    writer.close()

    @staticmethod
    async def _send(writer: asyncio.StreamWriter, request: bytes) -> None:
        """Send in pieces, each copied only when the buffer has space."""
        with suppress(ConnectionError):  # the server may respond before the body is sent
            for at in range(0, len(request), CHUNK):
                writer.write(request[at : at + CHUNK])
                await writer.drain()

    async def _read_answer(self, reader: asyncio.StreamReader) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        fields = head.lower().partition(b"content-length:")[2]
        missing = int(fields.split(b"\r\n")[0]) if fields else None
        got, tail = 0, b""
        while missing is None or got < missing:
            chunk = await reader.read(CHUNK)
            got, tail = got + len(chunk), (tail + chunk)[-len(LAST_CHUNK) :]
            if not chunk or (missing is None and tail == LAST_CHUNK):
                break
        self.seen.note(status, got)

    async def repeat(self, request: bytes, parallel: int) -> None:
        """Repeat a request on this number of concurrent connections."""

        async def one() -> None:
            while self.goes_on:
                await self.ask(request)
                await asyncio.sleep(0.01)

        await asyncio.gather(*(one() for _ in range(parallel)))

    async def hold(self, request: bytes, count: int, then: bytes = b"") -> None:
        """Open this number of connections, send the bytes, then one byte a second; never read."""

        async def one() -> None:
            with suppress(OSError, TimeoutError):
                _, writer = await self.connect(receive_bytes=4096)
                try:
                    async with asyncio.timeout(self.seconds):
                        await self._send(writer, request)
                        for at in range(int(self.seconds)):
                            await self._send(writer, then[at : at + 1])
                            await asyncio.sleep(1)
                finally:
                    writer.transport.abort()

        await asyncio.gather(*(one() for _ in range(count)))

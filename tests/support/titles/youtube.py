"""A server on loopback in the place of YouTube's oEmbed, with good and bad answers."""

import asyncio
import json
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.factories import link
from tests.support.loopback import LoopbackServer


def http(status: int, body: bytes = b"", **headers: str) -> bytes:
    """Return an answer as it is sent over the wire."""
    fields = {"Content_Length": str(len(body)), "Connection": "close"} | headers
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def as_json(document: Any, **headers: str) -> bytes:
    return http(200, json.dumps(document).encode(), Content_Type="application/json", **headers)


def titled(title: Any, channel: Any = "A channel") -> bytes:
    return as_json({"title": title, "author_name": channel, "type": "video", "version": "1.0"})


class YouTube(LoopbackServer):
    """Answers with a title made of the video key, unless `answers` has another answer.

    `hold` delays all answers; `drips` sends them byte by byte without an end.
    """

    def __init__(self) -> None:
        super().__init__()
        self.answers: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.requests: list[str] = []
        self.most_at_once = 0
        self.drips = False
        self._may_answer = asyncio.Event()
        self._may_answer.set()
        self._news = asyncio.Condition()
        self._waiting = 0

    @property
    def oembed_url(self) -> str:
        return f"{self.url}/oembed"

    def hold(self) -> None:
        """Accept connections and delay their answers."""
        self._may_answer.clear()

    def go_on(self) -> None:
        self._may_answer.set()

    async def heard(self, times: int) -> None:
        """Wait for that many requests since the start."""
        async with self._news:
            await asyncio.wait_for(self._news.wait_for(lambda: len(self.asked) >= times), 30)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._waiting += 1
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                request = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.most_at_once = max(self.most_at_once, self._waiting)
                answer = await self._hear(request)
                await self._may_answer.wait()
                writer.write(answer)
                await writer.drain()
                while self.drips:
                    await asyncio.sleep(0.02)
                    writer.write(b" ")
                    await writer.drain()
        finally:
            self._waiting -= 1

    async def _hear(self, request: str) -> bytes:
        address = urlsplit(request.split(" ")[1])
        query = parse_qs(address.query)
        (asked_for,) = query["url"]
        key = asked_for.rpartition("=")[2]
        assert (address.path, query["format"], asked_for) == ("/oembed", ["json"], link(key))
        async with self._news:
            self.requests.append(request)
            self.asked.append(key)
            self._news.notify_all()
        return self.answers.get(key, titled(f"Title of {key}"))

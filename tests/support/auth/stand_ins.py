"""A server on loopback and a clock that the test controls, and a scene that joins them."""

import asyncio
import json
import secrets
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import pytest

from core.auth.clerk import Clerk, Refused
from core.auth.jwks import Clock
from core.auth.schemas import Identity
from core.config import Settings
from tests.support.loopback import LoopbackServer
from tests.support.tokens import ISSUER, ORIGIN, SigningKey, mint, session_claims

NOW_S = 1_800_000_000


def settings_with(**more: str) -> Settings:
    environ = {
        "CORE_ENV": "development",
        "CLERK_FRONTEND_API_URL": ISSUER,
        "CLERK_AUTHORIZED_PARTIES": ORIGIN,
        "CLERK_OAUTH_CLIENT_IDS": "oauth_app",
    }
    return Settings.load(environ | more)


class HttpServer(LoopbackServer):
    """A real HTTP server that gives one answer to every request."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[str] = []
        self._answer = b""
        self._may_answer = asyncio.Event()
        self._news = asyncio.Condition()

    def answer(self, body: bytes, status: int = 200, **headers: str) -> None:
        """Set the answer for all later requests and for the waiting ones."""
        fields = {"Content-Type": "application/json", "Content-Length": str(len(body))} | headers
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
        self._answer = "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body
        self._may_answer.set()

    def answer_json(self, document: Any, status: int = 200, **headers: str) -> None:
        self.answer(json.dumps(document).encode(), status, **headers)

    def answer_keys(self, *keys: SigningKey) -> None:
        self.answer_json({"keys": [key.jwk for key in keys]})

    def fall_silent(self) -> None:
        """Accept connections and never answer."""
        self._may_answer.clear()

    async def heard(self, requests: int) -> None:
        """Wait for that many requests since the beginning."""
        async with self._news:
            await self._news.wait_for(lambda: len(self.requests) >= requests)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            self.requests.append((await reader.readuntil(b"\r\n\r\n")).decode())
            async with self._news:
                self._news.notify_all()
            await self._may_answer.wait()
            writer.write(self._answer)
            await writer.drain()


class FakeClock:
    """A clock that only the test advances."""

    def __init__(self) -> None:
        self.now_s = float(NOW_S)
        self.steady_s = 50.0
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.now_s, lambda: self.steady_s, self._sleep)

    def advance(self, seconds: float) -> None:
        self.now_s += seconds
        self.steady_s += seconds
        for due_s, event in self._sleepers:
            if due_s <= self.steady_s:
                event.set()

    async def _sleep(self, seconds: float) -> None:
        event = asyncio.Event()
        self._sleepers.append((self.steady_s + seconds, event))
        await event.wait()


async def settle(clerk: Clerk) -> None:
    """Wait until the background work on the signing keys is done."""
    for _ in range(2):
        for _ in range(5):
            await asyncio.sleep(0)
        if attempt := clerk._key_set._attempt:
            await asyncio.wait({attempt})


def clerk_with(key: SigningKey, clock: FakeClock, **more: str) -> Clerk:
    return Clerk(settings_with(CLERK_JWT_KEY=key.public_pem, **more), clock.clock)


async def gets_in(token: str, clerk: Clerk) -> bool:
    return isinstance(await clerk.verify(token), Identity)


async def reason_for_refusing(token: str, clerk: Clerk) -> str:
    with pytest.raises(Refused) as caught:
        await clerk.verify(token)
    return caught.value.reason


@dataclass(frozen=True)
class Scene:
    """The parts of a key fetch. Our key and the other one have the same id."""

    clerk: Clerk
    clock: FakeClock
    key_server: HttpServer
    our_key: SigningKey
    strangers_key: SigningKey

    @property
    def fetches(self) -> int:
        return len(self.key_server.requests)

    def token(self, key: SigningKey, **header: Any) -> str:
        """Mint a new token that is valid now."""
        claims = session_claims(now_s=int(self.clock.now_s), sid=f"sess_{secrets.token_hex(8)}")
        return mint(key, claims, **header)

    async def verify(self, key: SigningKey) -> None:
        """Verify a new token by that key."""
        await self.clerk.verify(self.token(key))

    async def reason_for_refusing(self, key: SigningKey, **header: Any) -> str:
        return await reason_for_refusing(self.token(key, **header), self.clerk)

    async def start(self) -> None:
        await self.clerk.start()
        await settle(self.clerk)

    async def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)
        await settle(self.clerk)

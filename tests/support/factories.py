"""The service in this process, and clients of users with real tokens."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
from fastapi import FastAPI

from core.config import Settings
from core.main import create_app
from core.time_ids import utc_now
from tests.support.asgi_client import Answer, AsgiClient
from tests.support.tokens import SigningKey, mint, session_claims

ISSUER = "https://clerk.core.test"
ORIGIN = "http://127.0.0.1:8000"
VIDEO_KEYS = [f"video-key{number:02d}" for number in range(100)]
PROBLEM_FIELDS = {"type", "title", "status", "detail"}


def link(video_key: str) -> str:
    return f"https://www.youtube.com/watch?v={video_key}"


def environ_for(database_url: str, signing_key: SigningKey, **more: str) -> dict[str, str]:
    """Return what a service needs: a database, a key, any free port. Titles are off."""
    environ = {
        "CORE_ENV": "development",
        "CORE_PORT": "0",
        "CORE_METADATA": "false",
        "DATABASE_URL": database_url,
        "CLERK_FRONTEND_API_URL": ISSUER,
        "CLERK_JWT_KEY": signing_key.public_pem,
        "CLERK_AUTHORIZED_PARTIES": ORIGIN,
        # Tests send more requests than users; tests of the limits set their own.
        "CORE_RATE_LIMIT_USER": "999999999/day",
        "CORE_RATE_LIMIT_ADDRESS": "999999999/day",
    }
    return environ | more


def settings_for(database_url: str, signing_key: SigningKey, **more: str) -> Settings:
    return Settings.load(environ_for(database_url, signing_key, CORE_LOG_LEVEL="error") | more)


_numbers = count(1)


@dataclass(frozen=True)
class Service:
    """A running application.

    Each instance has its own users, so that many tests can share one database.
    """

    app: FastAPI
    signing_key: SigningKey
    number: int = field(default_factory=_numbers.__next__)

    def clerk_id(self, name: str) -> str:
        return f"user_{name}{self.number}"

    def person(self, name: str) -> httpx.AsyncClient:
        """Return a client that sends the user's token with every request."""
        return self.client(self.authorization(name))

    def fast_client(self, name: str) -> AsgiClient:
        """Return a client like `person`, for tests that send tens of thousands of requests."""
        return AsgiClient(self.app, self.authorization(name))

    def authorization(self, name: str) -> dict[str, str]:
        claims = session_claims(self.clerk_id(name), iss=ISSUER, azp=ORIGIN)
        return {"Authorization": f"Bearer {mint(self.signing_key, claims)}"}

    def client(self, headers: dict[str, str] | None = None) -> httpx.AsyncClient:
        """Return a client without a token, or with these headers."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=headers)


@asynccontextmanager
async def run_service(
    database_url: str, signing_key: SigningKey, **more: str
) -> AsyncIterator[Service]:
    app = create_app(settings_for(database_url, signing_key, **more))
    async with app.router.lifespan_context(app):
        yield Service(app, signing_key)


@asynccontextmanager
async def run_apps(
    database_urls: Mapping[str, str], signing_key: SigningKey, **more: str
) -> AsyncIterator[dict[str, FastAPI]]:
    """Run an application on each dialect's database: to start one takes longer than most tests."""
    async with AsyncExitStack() as stack:
        services = {
            dialect: await stack.enter_async_context(run_service(url, signing_key, **more))
            for dialect, url in database_urls.items()
        }
        yield {dialect: service.app for dialect, service in services.items()}


async def save(person: httpx.AsyncClient, video_key: str, *tags: str, **more: Any) -> Any:
    """Save a video as this user and return it; the next one saved has a later id."""
    answer = await person.post("/videos", json={"url": link(video_key), "tags": tags, **more})
    assert answer.status_code in {200, 201}, answer.text
    await next_millisecond()
    return answer.json()


async def next_millisecond() -> None:
    """Wait for a later id: those of one millisecond have no order."""
    now = utc_now()
    while utc_now() == now:  # noqa: ASYNC110  the clock has no event
        await asyncio.sleep(0.0005)


async def list_keys(person: httpx.AsyncClient, **query: Any) -> list[str]:
    """Return the keys of the listed videos, in the order of the list."""
    answer = await person.get("/videos", params=query)
    assert answer.status_code == 200, answer.text
    return [video["video_key"] for video in answer.json()["videos"]]


async def finished_import(person: httpx.AsyncClient, begun: httpx.Response) -> int:
    """Wait until an import has ended and return its id."""
    import_id: int = (await report_of(person, begun))["id"]
    return import_id


async def report_of(
    person: httpx.AsyncClient | AsgiClient, begun: httpx.Response | Answer
) -> dict[str, Any]:
    """Wait until an import has ended and return its report."""
    assert begun.status_code == 202, begun.text
    for _ in range(3_000):
        report: dict[str, Any] = (await person.get(begun.headers["location"])).json()
        if report["state"] in {"done", "failed"}:
            return report
        await asyncio.sleep(0.01)
    raise AssertionError(report)


async def import_file(
    person: httpx.AsyncClient | AsgiClient, content: bytes, **query: str
) -> dict[str, Any]:
    """Import a file to its end and return its report."""
    return await report_of(person, await person.post("/imports", content=content, params=query))

"""A key server, a clock, a verifier that reads both, and a database."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from ssl import PROTOCOL_TLS_CLIENT, SSLContext
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from structlog import BoundLogger, wrap_logger
from structlog.testing import LogCapture

from core import http_client
from core.auth import jwks
from core.auth.clerk import Clerk
from core.database import create_database
from core.database.session import Database
from core.migrations import runner
from tests.support.auth.stand_ins import FakeClock, HttpServer, Scene, settings_with, settle
from tests.support.factories import Service, run_apps, save
from tests.support.tokens import SigningKey, new_signing_key
from tests.support.webhook_deliveries import SECRET


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reach loopback directly, even if this machine has a proxy."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture(scope="session")
def strangers_key() -> SigningKey:
    """Another key under the id of our key."""
    return new_signing_key()


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the newest schema: the database is not the subject of these tests."""
    path = tmp_path_factory.mktemp("auth") / "new.db"
    runner.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
async def database(new_database: Path, tmp_path: Path) -> AsyncIterator[Database]:
    path = shutil.copy(new_database, tmp_path / "core.db")
    database = create_database(f"sqlite:///{path}")
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def key_server(signing_key: SigningKey) -> AsyncIterator[HttpServer]:
    async with HttpServer() as server:
        server.answer_keys(signing_key)
        yield server


@pytest.fixture
async def waiting_clerk(key_server: HttpServer, clock: FakeClock) -> AsyncIterator[Clerk]:
    """A verifier that is not started yet."""
    clerk = Clerk(settings_with(CLERK_JWKS_URL=f"{key_server.url}/jwks.json"), clock.clock)
    yield clerk
    await clerk.close()


@pytest.fixture
async def clerk(waiting_clerk: Clerk, monkeypatch: pytest.MonkeyPatch) -> Clerk:
    """A verifier that has fetched the signing key, without reading the system's certificates."""
    monkeypatch.setattr(
        http_client,
        "open_client",
        lambda **options: httpx.AsyncClient(
            headers=http_client._HEADERS, verify=SSLContext(PROTOCOL_TLS_CLIENT), **options
        ),
    )
    await waiting_clerk.start()
    await settle(waiting_clerk)
    return waiting_clerk


@pytest.fixture
def waiting_scene(
    waiting_clerk: Clerk,
    clock: FakeClock,
    key_server: HttpServer,
    signing_key: SigningKey,
    strangers_key: SigningKey,
) -> Scene:
    """The moment before the start."""
    return Scene(waiting_clerk, clock, key_server, signing_key, strangers_key)


@pytest.fixture
def scene(waiting_scene: Scene, clerk: Clerk) -> Scene:
    """The moment after the first fetch."""
    assert waiting_scene.clerk is clerk
    return waiting_scene


@pytest.fixture
def remote_log(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    capture = LogCapture()
    monkeypatch.setattr(jwks, "log", wrap_logger(None, [capture], wrapper_class=BoundLogger))
    return capture.entries


@pytest.fixture(scope="session")
async def apps_with_webhooks(
    shared_database_urls: dict[str, str], signing_key: SigningKey
) -> AsyncIterator[dict[str, FastAPI]]:
    more = {"CLERK_WEBHOOK_SIGNING_SECRET": SECRET}
    async with run_apps(shared_database_urls, signing_key, **more) as apps:
        yield apps


@pytest.fixture
async def lily(service: Service) -> httpx.AsyncClient:
    """A user with a video."""
    lily = service.person("lily")
    await save(lily, "first-video", "a")
    return lily

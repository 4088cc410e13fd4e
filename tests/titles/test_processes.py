"""`core worker` in processes of its own, with the service in another."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from core.database import create_database
from core.services import titles
from core.time_ids import utc_now
from tests.support.databases import DIALECTS, NewDatabaseUrl
from tests.support.factories import VIDEO_KEYS, environ_for, list_keys, run_service, save
from tests.support.servers import PATIENCE_S, Server, run_server
from tests.support.titles.youtube import YouTube
from tests.support.tokens import SigningKey

pytestmark = pytest.mark.anyio

Settings = dict[str, str]


@pytest.fixture(params=DIALECTS)
def database_url(request: pytest.FixtureRequest, new_database_url: NewDatabaseUrl) -> str:
    return new_database_url(request.param, on_disk=True)


@pytest.fixture
def settings(database_url: str, signing_key: SigningKey, youtube: YouTube) -> Settings:
    return environ_for(database_url, signing_key, CORE_METADATA_URL=youtube.oembed_url)


@pytest.fixture
async def lily(database_url: str, signing_key: SigningKey) -> AsyncIterator[httpx.AsyncClient]:
    """A user of a service with titles off, so that only the workers fetch them."""
    async with run_service(database_url, signing_key) as service:
        yield service.person("lily")


@contextmanager
def worker(folder: Path, settings: Settings) -> Iterator[Server]:
    folder.mkdir()
    with run_server(folder, "worker", **settings) as server:
        yield server


async def ended(server: Server) -> int:
    return await asyncio.to_thread(server.process.wait, PATIENCE_S)


async def all_titled(person: httpx.AsyncClient, videos: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while len(await list_keys(person, availability="available")) < videos:  # noqa: ASYNC110  there is no event
            await asyncio.sleep(0.05)


async def test_two_workers_request_each_video_once(
    tmp_path: Path, settings: Settings, youtube: YouTube, lily: httpx.AsyncClient
):
    for key in VIDEO_KEYS[:24]:
        await save(lily, key)
    with worker(tmp_path / "one", settings) as one, worker(tmp_path / "two", settings) as two:
        await all_titled(lily, 24)
        assert sorted(youtube.asked) == VIDEO_KEYS[:24]
        for server in (one, two):
            server.terminate()
        assert [await ended(server) for server in (one, two)] == [0, 0]
    for folder in ("one", "two"):
        assert "error" not in (tmp_path / folder / "log.txt").read_text().lower()


async def test_a_worker_that_gets_sigterm_ends_and_releases_its_jobs(
    tmp_path: Path, settings: Settings, youtube: YouTube, lily: httpx.AsyncClient
):
    for key in VIDEO_KEYS[:6]:
        await save(lily, key)
    youtube.hold()
    with worker(tmp_path / "one", settings) as server:
        await youtube.heard(3)
        server.terminate()
        assert await asyncio.wait_for(ended(server), 10) == 0
    assert await list_keys(lily, availability="unknown") == VIDEO_KEYS[5::-1]
    youtube.go_on()
    with worker(tmp_path / "two", settings):
        await all_titled(lily, 6)


async def test_a_killed_worker_loses_no_job(
    tmp_path: Path,
    settings: Settings,
    youtube: YouTube,
    lily: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
):
    for key in VIDEO_KEYS[:4]:
        await save(lily, key)
    youtube.hold()
    with worker(tmp_path / "one", settings) as server:
        await youtube.heard(3)
        server.kill()
    database = create_database(settings["DATABASE_URL"])
    await database.open()
    assert await titles.claim(database, 8) == []
    monkeypatch.setattr(titles, "utc_now", lambda: utc_now() + titles.LEASE)
    jobs = await titles.claim(database, 8)
    assert sorted(job.video_key for job in jobs) == VIDEO_KEYS[:4]
    await database.close()


async def test_a_service_that_gets_sigterm_releases_its_jobs(
    tmp_path: Path,
    settings: Settings,
    youtube: YouTube,
    lily: httpx.AsyncClient,
):
    await save(lily, "leg-day-key")
    youtube.hold()
    with run_server(tmp_path, "serve", **settings | {"CORE_METADATA": "true"}) as server:
        await youtube.heard(1)
        server.terminate()
        assert await asyncio.wait_for(ended(server), 10) in {0, -signal.SIGTERM}
    database = create_database(settings["DATABASE_URL"])
    await database.open()
    assert [job.tries for job in await titles.claim(database, 8)] == [0]
    await database.close()

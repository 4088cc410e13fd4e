"""The service, a worker that runs in rounds, a fake YouTube, and clocks that the test controls."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from core.workers import titles
from core.workers.titles import TitleWorker
from core.youtube.oembed import Oembed
from tests.support.databases import DIALECTS, NewDatabaseUrl
from tests.support.factories import Service, run_apps
from tests.support.titles.scene import Clock, Scene
from tests.support.titles.youtube import YouTube
from tests.support.tokens import SigningKey


@pytest.fixture
async def youtube() -> AsyncIterator[YouTube]:
    async with YouTube() as youtube:
        yield youtube


@pytest.fixture(scope="session")
def jobs_database_urls(new_database_url: NewDatabaseUrl) -> dict[str, str]:
    return {dialect: new_database_url(dialect) for dialect in DIALECTS}


@pytest.fixture(scope="session")
async def jobs_apps(
    jobs_database_urls: dict[str, str], signing_key: SigningKey
) -> AsyncIterator[dict[str, FastAPI]]:
    async with run_apps(jobs_database_urls, signing_key) as apps:
        yield apps


@pytest.fixture(params=DIALECTS)
def jobs_service(
    request: pytest.FixtureRequest, jobs_apps: dict[str, FastAPI], signing_key: SigningKey
) -> Service:
    """An application and a database that these tests share; each leaves no jobs behind."""
    return Service(jobs_apps[request.param], signing_key)


@pytest.fixture
async def scene(
    jobs_service: Service, youtube: YouTube, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Scene]:
    clock = Clock()
    monkeypatch.setattr("core.services.titles.utc_now", clock.now)
    monkeypatch.setattr("core.workers.titles.utc_now", clock.now)
    monkeypatch.setattr(titles, "A_SECOND", 10_000)
    database = jobs_service.app.state.database
    worker = TitleWorker(database, Oembed(youtube.oembed_url), clock.steady)
    scene = Scene(jobs_service, youtube, clock, worker)
    yield scene
    await worker.close()
    await scene.forget_jobs()

"""The service, a worker that goes round by round, a YouTube, and clocks that the test moves."""

import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import bindparam, delete, select

from core import jobs
from core.clock import utc_now
from core.database import Database
from core.jobs import MetadataWorker
from core.models import metadata_jobs
from tests.conftest import DIALECTS
from tests.factories import Service, run_service
from tests.metadata.youtube import YouTube
from tests.tokens import SigningKey


class Clock:
    """What time it is, for jobs and for pauses."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return utc_now() + self.ahead

    def steady(self) -> float:
        return time.monotonic() + self.ahead.total_seconds()

    def advance(self, time_: timedelta) -> None:
        self.ahead += time_


@dataclass
class Scene:
    """Everything that a test needs; `work` does all that is due now."""

    service: Service
    youtube: YouTube
    clock: Clock
    worker: MetadataWorker
    people: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    @property
    def database(self) -> Database:
        database: Database = self.service.app.state.database
        return database

    def person(self, name: str) -> httpx.AsyncClient:
        return self.people.setdefault(name, self.service.person(name))

    async def work(self) -> None:
        while await self.worker.run_round():
            pass

    async def video(self, name: str, video_key: str, **query: str) -> Any:
        listed = (await self.person(name).get("/videos", params=query)).json()["videos"]
        (found,) = [video for video in listed if video["video_key"] == video_key]
        return found

    async def waiting(self) -> list[Any]:
        """Return everybody's jobs, as a worker sees them."""
        async with self.database.maintain() as session:
            return list(await session.fetch_all(select(metadata_jobs), {}))

    async def forget_jobs(self) -> None:
        mine = delete(metadata_jobs).where(metadata_jobs.c.user_id == bindparam("user_id"))
        for owner_id in {job["user_id"] for job in await self.waiting()}:
            async with self.database.write(owner_id) as session:
                await session.execute(mine, {"user_id": owner_id})


@pytest.fixture
async def youtube() -> AsyncIterator[YouTube]:
    async with YouTube() as youtube:
        yield youtube


@pytest.fixture(scope="session", params=DIALECTS)
def jobs_database_url(
    request: pytest.FixtureRequest, new_database_url: Callable[[str], str]
) -> str:
    """A database that these tests share; each leaves no jobs behind."""
    return new_database_url(request.param)


@pytest.fixture
async def scene(
    jobs_database_url: str,
    signing_key: SigningKey,
    youtube: YouTube,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Scene]:
    clock = Clock()
    monkeypatch.setattr("core.services.metadata.utc_now", clock.now)
    monkeypatch.setattr("core.jobs.utc_now", clock.now)
    monkeypatch.setattr(jobs, "A_SECOND", 10_000)
    async with run_service(jobs_database_url, signing_key) as service:
        worker = MetadataWorker(service.app.state.database, youtube.oembed_url, clock.steady)
        scene = Scene(service, youtube, clock, worker)
        yield scene
        await worker.close()
        await scene.forget_jobs()

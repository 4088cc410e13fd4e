"""The service, a worker that runs in rounds, and a clock that the test advances."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import bindparam, delete, select

from core.database.session import Database
from core.models import metadata_jobs
from core.time_ids import utc_now
from core.workers.titles import TitleWorker
from tests.support.factories import Service
from tests.support.titles.youtube import YouTube


class Clock:
    """The time for jobs and for pauses; a pause passes only by `advance`, however slow a test."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return utc_now() + self.ahead

    def steady(self) -> float:
        return self.ahead.total_seconds()

    def advance(self, time_: timedelta) -> None:
        self.ahead += time_


@dataclass
class Scene:
    """The parts of a test; `work` processes all jobs that are due now."""

    service: Service
    youtube: YouTube
    clock: Clock
    worker: TitleWorker
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
        """Return the jobs of all users, as a worker sees them."""
        async with self.database.maintain() as session:
            return list(await session.fetch_all(select(metadata_jobs), {}))

    async def forget_jobs(self) -> None:
        mine = delete(metadata_jobs).where(metadata_jobs.c.user_id == bindparam("user_id"))
        for owner_id in {job["user_id"] for job in await self.waiting()}:
            async with self.database.write(owner_id) as session:
                await session.execute(mine, {"user_id": owner_id})

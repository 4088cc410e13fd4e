"""The trash: a video can be restored for thirty days, and is purged after them."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import bindparam, select
from structlog import wrap_logger
from structlog.stdlib import BoundLogger
from structlog.testing import LogCapture

from core.database.session import Database
from core.database.sqlite import SqliteDatabase, connect_sqlite
from core.errors import DatabaseUnavailable
from core.models import OWNED, users
from core.services import videos
from core.time_ids import utc_now
from core.workers import purge as worker
from tests.support.factories import VIDEO_KEYS, Service, link, list_keys, save

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
TRASH = {"deleted": "true"}


class Clock:
    """The clock for storing, trashing and purging videos; each read advances it."""

    def __init__(self) -> None:
        self.now = utc_now()

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now

    def advance(self, time: timedelta) -> None:
        self.now += time


@pytest.fixture
async def clock(service: Service, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Control the clock of a database with an empty trash."""
    await videos.purge_trash(database_of(service), utc_now() + 10_000 * DAY)
    clock = Clock()
    monkeypatch.setattr("core.services.videos.utc_now", clock)
    monkeypatch.setattr("core.api.videos.utc_now", clock)
    return clock


def database_of(service: Service) -> Database:
    database: Database = service.app.state.database
    return database


async def purge(service: Service, clock: Clock) -> int:
    return await videos.purge_trash(database_of(service), clock.now)


async def trash(person: httpx.AsyncClient, video_key: str, *tags: str) -> Any:
    video = await save(person, video_key, *tags)
    assert (await person.delete(f"/videos/{video['id']}")).status_code == 204
    return video


async def rows_of(service: Service, name: str) -> dict[str, int]:
    by_clerk_id = select(users.c.id).where(users.c.clerk_id == bindparam("clerk_id"))
    async with database_of(service).maintain() as session:
        row = await session.fetch_one(by_clerk_id, {"clerk_id": service.clerk_id(name)})
    assert row
    owner_id, rows = row["id"], {}
    async with database_of(service).read(owner_id) as session:
        for table in OWNED:
            mine = select(table.c.user_id).where(table.c.user_id == bindparam("user_id"))
            rows[table.name] = len(await session.fetch_all(mine, {"user_id": owner_id}))
    return rows


def counts(videos: int, tags: int, links: int, deletions: int = 0) -> dict[str, int]:
    """Return the number of rows; each video has a job, and there is no other job."""
    counted = {"videos": videos, "tags": tags, "video_tags": links, "metadata_jobs": videos}
    counted["deletions"] = deletions
    return dict.fromkeys((table.name for table in OWNED), 0) | counted


@pytest.mark.parametrize("purged", [False, True], ids=["before the purge", "after the purge"])
async def test_a_video_is_purged_after_thirty_days_in_the_trash(
    service: Service, clock: Clock, *, purged: bool
):
    lily = service.person("lily")
    old = await trash(lily, "thrown-away", "old")
    clock.advance(30 * DAY + MINUTE)
    assert not purged or await purge(service, clock) == 1
    assert await list_keys(lily, **TRASH) == []
    path = f"/videos/{old['id']}"
    for answer in (
        await lily.get(path),
        await lily.patch(path, json={}),
        await lily.delete(path),
        await lily.post(f"{path}/restore"),
    ):
        assert answer.status_code == 404
        assert answer.json()["detail"] == "There is no such video in your library."
    again = await lily.post("/videos", json={"url": link("thrown-away"), "tags": ["new"]})
    assert again.status_code == 201
    assert (again.json()["tags"], again.json()["id"] == old["id"]) == ("new", False)
    assert again.json()["created_at"] > old["created_at"]
    assert (await lily.get("/tags")).json()["tags"] == [
        {"name": "new", "videos": 1, "done_on": None}
    ]
    assert await rows_of(service, "lily") == counts(1, 1, 1, deletions=1)


async def test_a_video_younger_than_thirty_days_is_listed_and_can_be_restored(
    service: Service, clock: Clock
):
    lily = service.person("lily")
    video = await trash(lily, "thrown-away", "old")
    await trash(lily, "saved-again", "old")
    clock.advance(30 * DAY - MINUTE)
    assert await purge(service, clock) == 0
    assert await list_keys(lily, **TRASH) == ["saved-again", "thrown-away"]
    assert (await lily.post(f"/videos/{video['id']}/restore")).status_code == 200
    again = await lily.post("/videos", json={"url": link("saved-again")})
    assert (again.status_code, again.json()["tags"]) == (200, "old")
    clock.advance(2 * DAY)
    assert await purge(service, clock) == 0
    assert await list_keys(lily) == ["saved-again", "thrown-away"]


async def test_a_video_deleted_a_second_time_has_thirty_new_days(service: Service, clock: Clock):
    lily = service.person("lily")
    video = await trash(lily, "thrown-away")
    clock.advance(20 * DAY)
    await lily.post(f"/videos/{video['id']}/restore")
    await lily.delete(f"/videos/{video['id']}")
    clock.advance(20 * DAY)
    assert await purge(service, clock) == 0
    assert await list_keys(lily, **TRASH) == ["thrown-away"]


async def test_the_purge_leaves_all_other_rows(service: Service, clock: Clock):
    lily, lars = service.person("lily"), service.person("lars")
    await save(lily, "still-there", "kept", "shared")
    await trash(lily, "thrown-away", "shared", "lost")
    clock.advance(15 * DAY)
    await trash(lily, "thrown-late", "later")
    await trash(lars, "thrown-away", "lost")
    before = [(await lars.get("/videos", params=query)).text for query in ({}, TRASH)]
    clock.advance(15 * DAY + MINUTE)
    assert await purge(service, clock) == 1
    assert await list_keys(lily) == ["still-there"]
    assert await list_keys(lily, **TRASH) == ["thrown-late"]
    tags = (await lily.get("/tags")).json()["tags"]
    assert tags == [
        {"name": "kept", "videos": 1, "done_on": None},
        {"name": "shared", "videos": 1, "done_on": None},
    ]
    assert await rows_of(service, "lily") == counts(2, 3, 3, deletions=1)
    assert [(await lars.get("/videos", params=query)).text for query in ({}, TRASH)] == before
    assert await rows_of(service, "lars") == counts(1, 1, 1)


async def test_only_a_purged_library_gets_a_new_etag(service: Service, clock: Clock):
    lily, lars = service.person("lily"), service.person("lars")
    await trash(lily, "thrown-away")
    clock.advance(29 * DAY)
    await trash(lars, "thrown-away")
    old = {person: (await person.get("/videos")).headers["etag"] for person in (lily, lars)}
    clock.advance(2 * DAY)
    await purge(service, clock)
    for person, status in ((lily, 200), (lars, 304)):
        answer = await person.get("/videos", headers={"If-None-Match": old[person]})
        assert answer.status_code == status


async def test_the_trash_gets_a_new_etag_when_a_video_expires(service: Service, clock: Clock):
    lily = service.person("lily")
    await trash(lily, "thrown-away")
    clock.advance(30 * DAY - MINUTE)
    full = await lily.get("/videos", params=TRASH)
    assert full.json()["count"] == 1
    clock.advance(2 * MINUTE)
    headers = {"If-None-Match": full.headers["etag"]}
    empty = await lily.get("/videos", params=TRASH, headers=headers)
    assert (empty.status_code, empty.json()["count"]) == (200, 0)


async def test_many_videos_are_purged_in_batches(
    service: Service, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(videos, "_PURGE_BATCH", 2)
    people = {name: service.person(name) for name in ("lily", "lars", "chris")}
    for number, person in enumerate(people.values(), 1):
        for key in VIDEO_KEYS[: 2 * number - 1]:
            await trash(person, key, "tag", key)
    clock.advance(31 * DAY)
    assert await purge(service, clock) == 1 + 3 + 5
    assert await purge(service, clock) == 0
    for number, (name, person) in enumerate(people.items(), 1):
        assert await rows_of(service, name) == counts(0, 0, 0, deletions=2 * number - 1)
        assert await list_keys(person, **TRASH) == []


async def test_another_user_s_video_of_the_same_id_stays(
    service: Service, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(videos, "time_ordered_id", lambda *_: 7)
    lily, lars, chris = (service.person(name) for name in ("lily", "lars", "chris"))
    assert (await trash(lily, "thrown-away", "tag"))["id"] == 7
    assert (await save(chris, "still-there", "tag"))["id"] == 7
    clock.advance(29 * DAY)
    assert (await trash(lars, "thrown-away", "tag"))["id"] == 7
    clock.advance(2 * DAY)
    assert await purge(service, clock) == 1
    assert await list_keys(lars, tags="tag", **TRASH) == ["thrown-away"]
    assert await list_keys(chris, tags="tag") == ["still-there"]


async def test_a_video_saved_during_the_purge_is_kept(service: Service, clock: Clock):
    lily = service.person("lily")
    keys = VIDEO_KEYS[:12]
    for key in keys:
        await trash(lily, key, "old")
    clock.advance(31 * DAY)
    saves = (lily.post("/videos", json={"url": link(key), "tags": ["new"]}) for key in keys[:6])
    running = asyncio.create_task(purge(service, clock))
    answers = await asyncio.gather(*saves)
    await running
    assert [answer.status_code for answer in answers] == [201] * 6
    assert sorted(await list_keys(lily, tags="new")) == keys[:6]
    assert await rows_of(service, "lily") == counts(6, 1, 6, deletions=12)


async def test_the_hourly_purge_continues_after_a_database_outage(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    calls: list[datetime] = []
    purged_again = asyncio.Event()

    async def purge_trash(_: Database, now: datetime) -> int:
        calls.append(now)
        if len(calls) == 1:
            raise DatabaseUnavailable("gone")
        purged_again.set()
        return 0

    monkeypatch.setattr(worker, "purge_trash", purge_trash)
    monkeypatch.setattr(worker, "PURGE_INTERVAL_S", 0)
    running = asyncio.create_task(worker.purge_hourly(database_of(service)))
    await asyncio.wait_for(purged_again.wait(), timeout=10)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_old_deliveries_are_deleted_after_another_process_has_written(
    sqlite_database: SqliteDatabase, sqlite_path: Path
):
    other = connect_sqlite(sqlite_path)
    other.execute("BEGIN IMMEDIATE")
    log = LogCapture()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "log", wrap_logger(None, [log], wrapper_class=BoundLogger))
        purging = asyncio.create_task(worker.purge_hourly(sqlite_database))
        await asyncio.sleep(0.05)
        other.execute("COMMIT")
        other.close()
        while not log.entries:  # noqa: ASYNC110  the log has no event
            await asyncio.sleep(0.01)
        purging.cancel()
        await asyncio.wait([purging])
    assert [entry["event"] for entry in log.entries] == ["trash_purged"]

"""When the worker requests YouTube: how many requests, after which pauses, by which worker."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from structlog import BoundLogger, wrap_logger
from structlog.testing import LogCapture

from core.database import create_database
from core.services import titles, users, videos
from core.services.videos import purge_trash
from core.workers import titles as worker_module
from core.workers.titles import TitleWorker
from core.youtube import source
from core.youtube.oembed import Oembed
from tests.support.factories import VIDEO_KEYS, list_keys, run_service, save
from tests.support.titles.scene import Scene
from tests.support.titles.youtube import YouTube, http
from tests.support.tokens import SigningKey

pytestmark = pytest.mark.anyio

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "TIMEOUT_S", 0.3)


# ------------------------------------------------------------------------------ requests


async def test_a_video_of_several_users_is_requested_once(scene: Scene):
    for name in ("lily", "lars", "chris"):
        await save(scene.person(name), "both-have-1")
    await scene.work()
    assert scene.youtube.asked == ["both-have-1"]
    for name in ("lily", "lars", "chris"):
        assert (await scene.video(name, "both-have-1"))["title"] == "Title of both-have-1"


async def test_one_user_s_title_is_stored_for_that_user_only(scene: Scene):
    lily, lars = scene.person("lily"), scene.person("lars")
    await save(lars, "only-lars-1", title="Mine")
    await scene.work()
    before = await lars.get("/videos")
    await save(lily, "only-lily-1")
    await scene.work()
    after = await lars.get("/videos")
    assert (after.text, after.headers["etag"]) == (before.text, before.headers["etag"])


async def test_users_whose_videos_have_the_same_id_get_their_own_titles(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(videos, "time_ordered_id", lambda *_: 7)
    for name, status in (("lily", 404), ("lars", 0), ("chris", 503)):
        await save(scene.person(name), f"only-{name}-1"[:11])
        if status:
            scene.youtube.answers[f"only-{name}-1"[:11]] = http(status)
    monkeypatch.setattr(worker_module, "QUESTIONS", 1)
    await scene.work()
    scene.clock.advance(30 * SECOND)
    await scene.work()
    found = [await scene.video(name, f"only-{name}-1"[:11]) for name in ("lily", "lars", "chris")]
    assert [(video["id"], video["title"], video["availability"]) for video in found] == [
        (7, None, "gone"),
        (7, "Title of only-lars-1", "available"),
        (7, None, "unknown"),
    ]
    assert sorted(job["tries"] for job in await scene.waiting()) == [1, 4]


async def test_the_latest_save_is_requested_first(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(worker_module, "QUESTIONS", 2)
    for key in VIDEO_KEYS[:6]:
        await save(scene.person("lily"), key)
        await asyncio.sleep(0.002)  # so that the saves have different milliseconds
    await scene.worker.run_round()
    assert sorted(scene.youtube.asked) == VIDEO_KEYS[4:6]
    await scene.work()
    assert sorted(scene.youtube.asked) == VIDEO_KEYS[:6]


async def test_the_number_of_concurrent_requests_is_limited(scene: Scene):
    for key in VIDEO_KEYS[:8]:
        await save(scene.person("lily"), key)
    scene.youtube.hold()
    working = asyncio.create_task(scene.work())
    await scene.youtube.heard(worker_module.PARALLEL_REQUESTS)
    scene.youtube.go_on()
    await working
    assert len(scene.youtube.asked) == 8
    assert scene.youtube.most_at_once == worker_module.PARALLEL_REQUESTS == 4


async def test_the_number_of_requests_per_second_is_limited(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(worker_module, "A_SECOND", 20)
    for key in VIDEO_KEYS[:8]:
        await save(scene.person("lily"), key)
    began_s = asyncio.get_running_loop().time()
    await scene.work()
    assert asyncio.get_running_loop().time() - began_s >= 7 / 20


# ------------------------------------------------------------------------------- pauses


async def test_a_429_pauses_all_jobs_for_retry_after(scene: Scene):
    await save(scene.person("lily"), "leg-day-key")
    scene.youtube.answers["leg-day-key"] = http(429, b"slow down", Retry_After="600")
    await scene.work()
    await save(scene.person("lars"), "another-key")
    scene.clock.advance(599 * SECOND)
    await scene.work()
    assert scene.youtube.asked == ["leg-day-key"]
    scene.youtube.answers.clear()
    scene.clock.advance(2 * SECOND)
    await scene.work()
    assert sorted(scene.youtube.asked[1:]) == ["another-key", "leg-day-key"]


BROKEN = {
    "too many": http(429),
    "unavailable": http(503, b"later"),
    "cut off": http(200, b'{"title": "Leg', Content_Length="500"),
    "closed without an answer": b"",
    "no http": b"SSH-2.0-OpenSSH_9.2\r\n",
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
async def test_pauses_double_while_youtube_fails(scene: Scene, answer: bytes):
    for key in VIDEO_KEYS[:60]:  # so that more jobs are due
        await save(scene.person("lily"), key)
        scene.youtube.answers[key] = answer
    await scene.work()
    asked = len(scene.youtube.asked)
    assert 1 <= asked <= worker_module.PARALLEL_REQUESTS
    for pause_s in (5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600):
        scene.clock.advance(pause_s * 0.99 * SECOND)
        await scene.work()
        assert len(scene.youtube.asked) == asked
        scene.clock.advance(pause_s * 0.25 * SECOND)
        await scene.work()
        asked += 1  # a single request tests whether YouTube works again
        assert len(scene.youtube.asked) == asked
    scene.youtube.answers.clear()
    scene.clock.advance(40 * 24 * HOUR)
    await scene.work()
    titles = [(await scene.video("lily", key))["title"] for key in VIDEO_KEYS[:60:20]]
    assert titles == [f"Title of {key}" for key in VIDEO_KEYS[:60:20]]


async def test_without_a_network_jobs_wait_and_one_line_is_logged(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
):
    capture = LogCapture()
    monkeypatch.setattr(
        worker_module, "log", wrap_logger(None, [capture], wrapper_class=BoundLogger)
    )
    youtube = TitleWorker(scene.database, Oembed("http://127.0.0.1:9/oembed"), scene.clock.steady)
    await save(scene.person("lily"), "leg-day-key")
    for _ in range(50):
        while await youtube.run_round():
            pass
        scene.clock.advance(2 * HOUR)
    told = [line["event"] for line in capture.entries if line["event"] != "trash_purged"]
    assert told == ["titles_paused"]
    assert [job["tries"] for job in await scene.waiting()] == [0]
    await youtube.close()
    await scene.work()
    assert (await scene.video("lily", "leg-day-key"))["title"] == "Title of leg-day-key"


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("drips", [False, True], ids=["silent", "byte by byte"])
async def test_a_slow_exchange_times_out(scene: Scene, *, drips: bool):
    await save(scene.person("lily"), "leg-day-key")
    scene.youtube.answers["leg-day-key"] = http(200, Content_Length="60000")
    scene.youtube.drips = drips
    if not drips:
        scene.youtube.hold()
    await asyncio.wait_for(scene.work(), 20)
    assert scene.youtube.asked == ["leg-day-key"]
    assert [job["tries"] for job in await scene.waiting()] == [0]
    assert (await scene.video("lily", "leg-day-key"))["title"] is None


async def test_a_response_is_read_up_to_the_limit_only(scene: Scene):
    await save(scene.person("lily"), "leg-day-key")
    scene.youtube.answers["leg-day-key"] = http(200, b" " * 70_000, Content_Length="99999999")
    scene.youtube.drips = True
    await scene.work()  # ends before the response does, and before the timeout
    assert [job["tries"] for job in await scene.waiting()] == [1]


async def test_a_redirect_is_not_followed(scene: Scene, youtube: YouTube):
    async with YouTube() as elsewhere:
        youtube.answers["leg-day-key"] = http(301, Location=elsewhere.url)
        await save(scene.person("lily"), "leg-day-key")
        await scene.work()
        assert (youtube.asked, elsewhere.requests) == (["leg-day-key"], [])


# ------------------------------------------------------------------ one worker, one job


async def test_two_workers_never_claim_one_job(scene: Scene):
    for name in ("lily", "lars"):
        for key in VIDEO_KEYS[:15]:
            await save(scene.person(name), key)
    url = scene.service.app.state.settings.DATABASE_URL.get_secret_value()
    databases = [create_database(url) for _ in range(3)]
    for one in databases:
        await one.open()
    taken: list[titles.Job] = []

    async def take_all(number: int) -> None:
        while len(taken) < 30:
            taken.extend(await titles.claim(databases[number], random.randint(1, 8)))
            await asyncio.sleep(0)  # yield: a claim without an await would block the other workers

    await asyncio.wait_for(asyncio.gather(*(take_all(number) for number in range(3))), 30)
    assert len(taken) == len(set(taken)) == 30
    assert await titles.claim(scene.database, 8) == []
    for one in databases:
        await one.close()


async def test_the_job_of_a_killed_worker_is_claimed_again(scene: Scene):
    await save(scene.person("lily"), "leg-day-key")
    assert len(await titles.claim(scene.database, 8)) == 1  # then the worker is killed
    scene.clock.advance(titles.LEASE - 5 * SECOND)
    await scene.work()
    assert scene.youtube.asked == []
    scene.clock.advance(10 * SECOND)
    await scene.work()
    assert scene.youtube.asked == ["leg-day-key"]


async def test_a_stopped_worker_stores_its_results_and_releases_the_rest(scene: Scene):
    lily = scene.person("lily")
    for key in VIDEO_KEYS[:3]:
        await save(lily, key)
    scene.youtube.answers[VIDEO_KEYS[0]] = http(404)
    scene.youtube.hold()
    scene.worker.start()
    await scene.youtube.heard(3)
    await asyncio.wait_for(scene.worker.close(), 5)
    assert [job["tries"] for job in await scene.waiting()] == [0, 0, 0]
    assert len(await titles.claim(scene.database, 8)) == 3


# --------------------------------------------------------- changes during the request


@pytest.fixture
async def while_asking(scene: Scene) -> AsyncIterator[Scene]:
    """A running request for Lily's video; it continues after the block or when the test says so."""
    await save(scene.person("lily"), "leg-day-key")
    scene.youtube.hold()
    working = asyncio.create_task(scene.work())
    await scene.youtube.heard(1)
    yield scene
    scene.youtube.go_on()
    await working


async def finish(scene: Scene) -> None:
    scene.youtube.go_on()
    while any(job["tries"] == 0 for job in await scene.waiting()):  # noqa: ASYNC110  the worker has no event
        await asyncio.sleep(0.01)


async def test_a_title_set_during_the_request_is_kept(while_asking: Scene):
    lily = while_asking.person("lily")
    video = await while_asking.video("lily", "leg-day-key")
    await lily.patch(f"/videos/{video['id']}", json={"title": "Mine", "tags": ["legs"]})
    await finish(while_asking)
    video = await while_asking.video("lily", "leg-day-key", q="mine legs")
    assert (video["title"], video["channel"]) == ("Mine", "A channel")


async def test_a_video_in_the_trash_gets_its_title_and_stays_there(while_asking: Scene):
    lily = while_asking.person("lily")
    video = await while_asking.video("lily", "leg-day-key")
    await lily.delete(f"/videos/{video['id']}")
    await finish(while_asking)
    assert await list_keys(lily) == []
    trashed = await while_asking.video("lily", "leg-day-key", deleted="true")
    assert trashed["title"] == "Title of leg-day-key"


async def test_purging_a_video_removes_its_job(while_asking: Scene):
    lily = while_asking.person("lily")
    video = await while_asking.video("lily", "leg-day-key")
    await lily.delete(f"/videos/{video['id']}")
    await purge_trash(while_asking.database, while_asking.clock.now() + timedelta(days=31))
    assert await while_asking.waiting() == []
    await finish(while_asking)
    assert await list_keys(lily, deleted="true") == []
    assert await while_asking.waiting() == []


async def test_erasing_a_user_removes_their_jobs_and_no_result_adds_one(while_asking: Scene):
    await save(while_asking.person("lars"), "still-there")
    async with while_asking.database.write(None) as session:
        await users.erase(session, while_asking.service.clerk_id("lily"))
    assert len(await while_asking.waiting()) == 1
    await finish(while_asking)
    await while_asking.work()
    assert await while_asking.waiting() == []
    assert (await while_asking.video("lars", "still-there"))["title"] == "Title of still-there"


# --------------------------------------------------------------------- inside the service


async def test_a_save_wakes_the_worker_of_its_process(
    database_url: str, signing_key: SigningKey, youtube: YouTube, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(worker_module, "POLL_S", 1_000)
    metadata_on = {"CORE_METADATA": "true", "CORE_METADATA_URL": youtube.oembed_url}
    async with run_service(database_url, signing_key, **metadata_on) as service:
        lily = service.person("lily")
        for number, key in enumerate(VIDEO_KEYS[:3], 1):
            await save(lily, key)
            await youtube.heard(number)
            while await list_keys(lily, q=f"title {key}") != [key]:  # noqa: ASYNC110  there is no event
                await asyncio.sleep(0.01)


async def test_a_save_does_not_wait_for_youtube(
    database_url: str, signing_key: SigningKey, youtube: YouTube
):
    """Saves are answered while every request to YouTube is unanswered."""
    youtube.hold()
    metadata_on = {"CORE_METADATA": "true", "CORE_METADATA_URL": youtube.oembed_url}
    async with run_service(database_url, signing_key, **metadata_on) as service:
        lily = service.person("lily")
        await save(lily, "the-first-1")
        await youtube.heard(1)
        for key in VIDEO_KEYS:
            assert (await save(lily, key))["title"] is None
        assert len(await list_keys(lily)) == len(VIDEO_KEYS) + 1


async def test_the_service_fetches_no_title_when_titles_are_off(scene: Scene):
    await save(scene.person("lily"), "leg-day-key")
    assert scene.service.app.state.settings.CORE_METADATA is False
    assert scene.service.app.state.titles._loop._running is None

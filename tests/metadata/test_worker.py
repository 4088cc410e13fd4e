"""When YouTube is asked: how many at once, after which pauses, and by one worker alone."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from structlog import BoundLogger, wrap_logger
from structlog.testing import LogCapture

from core import jobs, oembed
from core.database import create_database
from core.jobs import MetadataWorker
from core.services import metadata, users, videos
from core.services.videos import purge_trash
from tests.factories import VIDEO_KEYS, list_keys, run_service, save
from tests.metadata.conftest import Scene
from tests.metadata.youtube import YouTube, http
from tests.tokens import SigningKey

pytestmark = pytest.mark.anyio

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oembed, "TIMEOUT_S", 0.3)


# -------------------------------------------------------------------- whom, and how often


async def test_a_video_of_several_people_is_asked_about_once(scene: Scene):
    for name in ("lily", "lars", "chris"):
        await save(scene.person(name), "both-have-it")
    await scene.work()
    assert scene.youtube.asked == ["both-have-it"]
    for name in ("lily", "lars", "chris"):
        assert (await scene.video(name, "both-have-it"))["title"] == "Title of both-have-it"


async def test_one_person_s_answer_is_nobody_else_s(scene: Scene):
    lily, lars = scene.person("lily"), scene.person("lars")
    await save(lars, "only-lars", title="Mine")
    await scene.work()
    before = await lars.get("/videos")
    await save(lily, "only-lily")
    await scene.work()
    after = await lars.get("/videos")
    assert (after.text, after.headers["etag"]) == (before.text, before.headers["etag"])


async def test_people_whose_videos_have_the_same_id_get_their_own_titles(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(videos, "time_ordered_id", lambda *_: 7)
    for name, status in (("lily", 404), ("lars", 0), ("chris", 503)):
        await save(scene.person(name), f"only-{name}")
        if status:
            scene.youtube.answers[f"only-{name}"] = http(status)
    monkeypatch.setattr(jobs, "BATCH", 1)
    await scene.work()
    scene.clock.advance(30 * SECOND)
    await scene.work()
    found = [await scene.video(name, f"only-{name}") for name in ("lily", "lars", "chris")]
    assert [(video["id"], video["title"], video["availability"]) for video in found] == [
        (7, None, "gone"),
        (7, "Title of only-lars", "available"),
        (7, None, "unknown"),
    ]
    assert sorted(job["tries"] for job in await scene.waiting()) == [1, 4]


async def test_who_saved_last_is_served_first(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(jobs, "BATCH", 2)
    for key in VIDEO_KEYS[:6]:
        await save(scene.person("lily"), key)
        await asyncio.sleep(0.002)  # another millisecond
    await scene.worker.run_round()
    assert sorted(scene.youtube.asked) == VIDEO_KEYS[4:6]
    await scene.work()
    assert sorted(scene.youtube.asked) == VIDEO_KEYS[:6]


async def test_a_few_are_asked_at_once(scene: Scene):
    for key in VIDEO_KEYS[:8]:
        await save(scene.person("lily"), key)
    scene.youtube.hold()
    working = asyncio.create_task(scene.work())
    await scene.youtube.heard(jobs.AT_ONCE)
    scene.youtube.go_on()
    await working
    assert len(scene.youtube.asked) == 8
    assert scene.youtube.most_at_once == jobs.AT_ONCE == 4


async def test_a_few_are_asked_a_second(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(jobs, "A_SECOND", 20)
    for key in VIDEO_KEYS[:8]:
        await save(scene.person("lily"), key)
    began_s = asyncio.get_running_loop().time()
    await scene.work()
    assert asyncio.get_running_loop().time() - began_s >= 7 / 20


# ------------------------------------------------------------------------------- pauses


async def test_too_many_requests_stop_all_of_them_for_as_long_as_youtube_says(scene: Scene):
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
    "cut off at once": b"",
    "no http": b"SSH-2.0-OpenSSH_9.2\r\n",
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
async def test_pauses_double_while_youtube_is_in_trouble(scene: Scene, answer: bytes):
    for key in VIDEO_KEYS[:60]:  # so that there is always another one
        await save(scene.person("lily"), key)
        scene.youtube.answers[key] = answer
    await scene.work()
    asked = len(scene.youtube.asked)
    assert 1 <= asked <= jobs.AT_ONCE
    for pause_s in (5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600):
        scene.clock.advance(pause_s * 0.99 * SECOND)
        await scene.work()
        assert len(scene.youtube.asked) == asked
        scene.clock.advance(pause_s * 0.25 * SECOND)
        await scene.work()
        asked += 1  # one alone, to see whether it is over
        assert len(scene.youtube.asked) == asked
    scene.youtube.answers.clear()
    scene.clock.advance(40 * 24 * HOUR)
    await scene.work()
    titles = [(await scene.video("lily", key))["title"] for key in VIDEO_KEYS[:60:20]]
    assert titles == [f"Title of {key}" for key in VIDEO_KEYS[:60:20]]


async def test_without_a_network_a_video_waits_for_as_long_as_it_takes_and_says_so_once(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
):
    capture = LogCapture()
    monkeypatch.setattr(jobs, "log", wrap_logger(None, [capture], wrapper_class=BoundLogger))
    youtube = MetadataWorker(scene.database, "http://127.0.0.1:9/oembed", scene.clock.steady)
    await save(scene.person("lily"), "leg-day-key")
    for _ in range(50):
        while await youtube.run_round():
            pass
        scene.clock.advance(2 * HOUR)
    told = [line["event"] for line in capture.entries if line["event"] != "trash_purged"]
    assert told == ["metadata_paused"]
    assert [job["tries"] for job in await scene.waiting()] == [0]
    await youtube.close()
    await scene.work()
    assert (await scene.video("lily", "leg-day-key"))["title"] == "Title of leg-day-key"


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("drips", [False, True], ids=["silent", "byte by byte"])
async def test_an_exchange_that_takes_too_long_is_given_up(scene: Scene, *, drips: bool):
    await save(scene.person("lily"), "leg-day-key")
    scene.youtube.answers["leg-day-key"] = http(200, Content_Length="60000")
    scene.youtube.drips = drips
    if not drips:
        scene.youtube.hold()
    await asyncio.wait_for(scene.work(), 20)
    assert scene.youtube.asked == ["leg-day-key"]
    assert [job["tries"] for job in await scene.waiting()] == [0]
    assert (await scene.video("lily", "leg-day-key"))["title"] is None


async def test_no_more_is_read_than_an_answer_may_be_long(scene: Scene):
    await save(scene.person("lily"), "leg-day-key")
    scene.youtube.answers["leg-day-key"] = http(200, b" " * 70_000, Content_Length="99999999")
    scene.youtube.drips = True
    await scene.work()  # which waits neither for the end nor for the time to be over
    assert [job["tries"] for job in await scene.waiting()] == [1]


async def test_a_redirect_leads_nowhere(scene: Scene, youtube: YouTube):
    async with YouTube() as elsewhere:
        youtube.answers["leg-day-key"] = http(301, Location=elsewhere.url)
        await save(scene.person("lily"), "leg-day-key")
        await scene.work()
        assert (youtube.asked, elsewhere.requests) == (["leg-day-key"], [])


# ------------------------------------------------------------------ one worker, one job


async def test_two_workers_never_take_one_job(scene: Scene):
    for name in ("lily", "lars"):
        for key in VIDEO_KEYS[:15]:
            await save(scene.person(name), key)
    url = scene.service.app.state.settings.DATABASE_URL.get_secret_value()
    databases = [create_database(url) for _ in range(3)]
    for one in databases:
        await one.open()
    taken: list[metadata.Job] = []

    async def take_all(number: int) -> None:
        while len(taken) < 30:
            taken.extend(await metadata.claim(databases[number], random.randint(1, 8)))
            await asyncio.sleep(0)  # to look is no pause: the others would never get on

    await asyncio.wait_for(asyncio.gather(*(take_all(number) for number in range(3))), 30)
    assert len(taken) == len(set(taken)) == 30
    assert await metadata.claim(scene.database, 8) == []
    for one in databases:
        await one.close()


async def test_a_job_whose_worker_was_killed_comes_back(scene: Scene):
    await save(scene.person("lily"), "leg-day-key")
    assert len(await metadata.claim(scene.database, 8)) == 1  # and then the power is cut
    scene.clock.advance(metadata.LEASE - 5 * SECOND)
    await scene.work()
    assert scene.youtube.asked == []
    scene.clock.advance(10 * SECOND)
    await scene.work()
    assert scene.youtube.asked == ["leg-day-key"]


async def test_a_worker_that_is_stopped_keeps_what_it_has_and_gives_the_rest_back(scene: Scene):
    lily = scene.person("lily")
    for key in VIDEO_KEYS[:3]:
        await save(lily, key)
    scene.youtube.answers[VIDEO_KEYS[0]] = http(404)
    scene.youtube.hold()
    scene.worker.start()
    await scene.youtube.heard(3)
    await asyncio.wait_for(scene.worker.close(), 5)
    assert [job["tries"] for job in await scene.waiting()] == [0, 0, 0]
    assert len(await metadata.claim(scene.database, 8)) == 3


# --------------------------------------------------------- what happens to it meanwhile


@pytest.fixture
async def while_asking(scene: Scene) -> AsyncIterator[Scene]:
    """Lily's video is being asked about; it goes on when the test has ended or says so."""
    await save(scene.person("lily"), "leg-day-key")
    scene.youtube.hold()
    working = asyncio.create_task(scene.work())
    await scene.youtube.heard(1)
    yield scene
    scene.youtube.go_on()
    await working


async def finish(scene: Scene) -> None:
    scene.youtube.go_on()
    while any(job["tries"] == 0 for job in await scene.waiting()):  # noqa: ASYNC110  another's work
        await asyncio.sleep(0.01)


async def test_an_own_title_given_meanwhile_stays(while_asking: Scene):
    lily = while_asking.person("lily")
    video = await while_asking.video("lily", "leg-day-key")
    await lily.patch(f"/videos/{video['id']}", json={"title": "Mine", "tags": ["legs"]})
    await finish(while_asking)
    video = await while_asking.video("lily", "leg-day-key", q="mine legs")
    assert (video["title"], video["channel"]) == ("Mine", "A channel")


async def test_in_the_trash_it_gets_its_title_and_stays_there(while_asking: Scene):
    lily = while_asking.person("lily")
    video = await while_asking.video("lily", "leg-day-key")
    await lily.delete(f"/videos/{video['id']}")
    await finish(while_asking)
    assert await list_keys(lily) == []
    trashed = await while_asking.video("lily", "leg-day-key", deleted="true")
    assert trashed["title"] == "Title of leg-day-key"


async def test_a_video_deleted_for_good_takes_its_job_along(while_asking: Scene):
    lily = while_asking.person("lily")
    video = await while_asking.video("lily", "leg-day-key")
    await lily.delete(f"/videos/{video['id']}")
    await purge_trash(while_asking.database, while_asking.clock.now() + timedelta(days=31))
    assert await while_asking.waiting() == []
    await finish(while_asking)
    assert await list_keys(lily, deleted="true") == []
    assert await while_asking.waiting() == []


async def test_an_erased_person_leaves_no_job_and_gets_none(while_asking: Scene):
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
    monkeypatch.setattr(jobs, "POLL_S", 1_000)
    metadata_on = {"CORE_METADATA": "true", "CORE_METADATA_URL": youtube.oembed_url}
    async with run_service(database_url, signing_key, **metadata_on) as service:
        lily = service.person("lily")
        for number, key in enumerate(VIDEO_KEYS[:3], 1):
            await save(lily, key)
            await youtube.heard(number)
            while await list_keys(lily, q=f"title {key}") != [key]:  # noqa: ASYNC110  nothing tells us
                await asyncio.sleep(0.01)


async def test_a_save_waits_for_nothing_that_youtube_does(
    database_url: str, signing_key: SigningKey, youtube: YouTube
):
    """The cause, not the speed: with every question unanswered, saves are answered all the same."""
    youtube.hold()
    metadata_on = {"CORE_METADATA": "true", "CORE_METADATA_URL": youtube.oembed_url}
    async with run_service(database_url, signing_key, **metadata_on) as service:
        lily = service.person("lily")
        await save(lily, "the-first")
        await youtube.heard(1)
        for key in VIDEO_KEYS:
            assert (await save(lily, key))["title"] is None
        assert len(await list_keys(lily)) == len(VIDEO_KEYS) + 1


async def test_the_service_asks_nobody_when_it_is_told_so(scene: Scene):
    await save(scene.person("lily"), "leg-day-key")
    assert scene.service.app.state.settings.CORE_METADATA is False
    assert scene.service.app.state.metadata._running is None

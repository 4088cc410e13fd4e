"""Titles and durations from YouTube's Data API, which needs a key."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from core.workers import titles as worker_module
from core.workers.titles import TitleWorker, choose_source
from core.youtube.data_api import DataApi, read_duration
from core.youtube.oembed import Oembed
from tests.support.factories import VIDEO_KEYS, save, settings_for
from tests.support.titles.data_api import KEY, DataApiServer, item, refusal
from tests.support.titles.scene import Scene
from tests.support.titles.youtube import as_json, http
from tests.support.tokens import SigningKey

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)


@pytest.fixture
async def api() -> AsyncIterator[DataApiServer]:
    async with DataApiServer() as server:
        yield server


@pytest.fixture
async def api_scene(scene: Scene, api: DataApiServer) -> Scene:
    """The scene with a worker that has a key."""
    await scene.worker.close()
    scene.worker = TitleWorker(scene.database, DataApi(api.url, KEY), scene.clock.steady)
    return scene


async def saved(scene: Scene, video_key: str) -> dict[str, Any]:
    await save(scene.person("lily"), video_key)
    await scene.work()
    found: dict[str, Any] = await scene.video("lily", video_key)
    return found


def test_with_an_api_key_the_data_api_is_used(signing_key: SigningKey):
    without = settings_for("sqlite:///never-opened.db", signing_key)
    with_key = settings_for("sqlite:///never-opened.db", signing_key, CORE_YOUTUBE_API_KEY=KEY)
    assert isinstance(choose_source(without), Oembed)
    assert isinstance(choose_source(with_key), DataApi)
    assert KEY not in repr(with_key)


async def test_a_video_gets_title_channel_and_duration(api_scene: Scene, api: DataApiServer):
    api.items["leg-day-key"] = item("leg-day-key", contentDetails={"duration": "PT1H2M3S"})
    video = await saved(api_scene, "leg-day-key")
    assert (video["title"], video["channel"]) == ("Title of leg-day-key", "A channel")
    assert (video["availability"], video["duration_s"], video["minutes"]) == ("available", 3723, 62)
    assert await api_scene.waiting() == []


async def test_one_request_asks_for_fifty_videos(api_scene: Scene, api: DataApiServer):
    for key in VIDEO_KEYS[:70]:
        await save(api_scene.person("lily"), key)
    await api_scene.work()
    assert sorted(map(len, api.asked)) == [20, 50]
    listed = (await api_scene.person("lily").get("/videos")).json()["videos"]
    assert {video["duration_s"] for video in listed} == {1_200}


@pytest.mark.parametrize(
    ("status", "availability"),
    [
        ({"privacyStatus": "private"}, "private"),
        ({"embeddable": False}, "embedding_disabled"),
        ({"privacyStatus": "unlisted"}, "available"),
    ],
)
async def test_the_status_sets_the_availability(
    api_scene: Scene, api: DataApiServer, status: dict[str, Any], availability: str
):
    api.items["leg-day-key"] = item("leg-day-key", status=status)
    assert (await saved(api_scene, "leg-day-key"))["availability"] == availability


async def test_a_video_missing_in_the_answer_is_gone(api_scene: Scene, api: DataApiServer):
    api.missing.add("leg-day-key")
    video = await saved(api_scene, "leg-day-key")
    assert (video["availability"], video["title"]) == ("gone", None)


async def test_a_title_and_a_duration_set_by_the_user_are_kept(api_scene: Scene):
    lily = api_scene.person("lily")
    video = await save(lily, "leg-day-key", title="Mine")
    await lily.patch(f"/videos/{video['id']}", json={"duration_s": 60})
    await api_scene.work()
    found = await api_scene.video("lily", "leg-day-key")
    assert (found["title"], found["duration_s"], found["channel"]) == ("Mine", 60, "A channel")


@pytest.mark.parametrize(
    "answer",
    [
        refusal(403, "quotaExceeded"),
        refusal(403, "rateLimitExceeded"),
        refusal(400, "keyInvalid"),
        refusal(401, "unauthorized"),
    ],
    ids=["quota", "rate", "key", "unauthorized"],
)
async def test_a_refused_key_pauses_for_an_hour_and_changes_no_video(
    api_scene: Scene, api: DataApiServer, answer: bytes
):
    api.answer = answer
    assert (await saved(api_scene, "leg-day-key"))["availability"] == "unknown"
    [job] = await api_scene.waiting()
    assert job["tries"] == 0
    api_scene.clock.advance(0.9 * HOUR)
    await api_scene.work()
    assert len(api.asked) == 1
    api.answer = None
    api_scene.clock.advance(0.3 * HOUR)
    await api_scene.work()
    assert (await api_scene.video("lily", "leg-day-key"))["title"] == "Title of leg-day-key"


@pytest.mark.parametrize(
    "answer",
    [
        http(429, b"", Retry_After="60"),
        http(500),
        http(302, Location="/elsewhere"),
        http(200, b"<html>"),
        as_json([]),
        as_json({"items": None}),
        as_json({"items": [{"no": "id"}]}),
        as_json({"items": ["text"]}),
    ],
    ids=["429", "500", "redirect", "HTML", "list", "null", "no id", "text"],
)
async def test_a_malformed_answer_of_the_data_api_changes_nothing_and_pauses(
    api_scene: Scene, api: DataApiServer, answer: bytes
):
    api.answer = answer
    assert (await saved(api_scene, "leg-day-key"))["availability"] == "unknown"
    api.answer = None
    api_scene.clock.advance(2 * HOUR)
    await api_scene.work()
    assert (await api_scene.video("lily", "leg-day-key"))["title"] == "Title of leg-day-key"


async def test_a_field_of_another_type_is_ignored(api_scene: Scene, api: DataApiServer):
    api.items["leg-day-key"] = item(
        "leg-day-key", snippet={"title": 7}, contentDetails={"duration": 20}
    )
    video = await saved(api_scene, "leg-day-key")
    assert (video["title"], video["duration_s"]) == (None, None)
    assert video["availability"] == "available"


def test_durations_of_iso_8601_are_read_in_seconds():
    texts = {"PT20M": 1_200, "PT1H2M3S": 3_723, "PT45S": 45, "P1DT1H": 90_000, "P0D": None}
    texts |= {"PT0S": None, "": None, "P": None, "20M": None, "PT-5M": None, "PT1.5H": None}
    assert {text: read_duration(text) for text in texts} == texts
    assert [read_duration(value) for value in (None, 20, ["PT20M"])] == [None] * 3


def test_video_keys_are_requested_in_batches():
    groups = [len(group) for group in worker_module.batched(VIDEO_KEYS[:7], 3)]
    assert groups == [3, 3, 1]

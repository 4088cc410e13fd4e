"""How YouTube's answers change titles, channels and availability."""

import gzip
import json
from datetime import timedelta
from email.utils import format_datetime

import pytest

from core.services.titles import WAITS
from core.time_ids import utc_now
from core.youtube import source
from tests.support.factories import list_keys, save
from tests.support.titles.scene import Scene
from tests.support.titles.youtube import as_json, http, titled

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
UNAUTHORIZED = http(401, b"Unauthorized", Content_Type="text/plain")


async def test_title_and_channel_are_fetched_automatically_and_change_the_etag(scene: Scene):
    lily = scene.person("lily")
    saved = await save(lily, "leg-day-key", "legs")
    assert (saved["title"], saved["channel"], saved["availability"]) == (None, None, "unknown")
    old = (await lily.get("/videos")).headers["etag"]
    scene.youtube.answers["leg-day-key"] = titled("Zwölf Übungen", "Turnverein")
    await scene.work()
    answer = await lily.get("/videos", headers={"If-None-Match": old})
    assert answer.status_code == 200
    (video,) = answer.json()["videos"]
    assert (video["title"], video["channel"]) == ("Zwölf Übungen", "Turnverein")
    assert video["availability"] == "available"
    assert video["updated_at"] > saved["updated_at"]
    assert {
        **saved,
        **{k: video[k] for k in ("title", "channel", "availability", "updated_at")},
    } == (video)
    for words in ("ubungen legs", "turnverein"):
        assert await list_keys(lily, q=words) == ["leg-day-key"]
    await save(lily, "another-key", title="Yoga")
    assert await list_keys(lily, sort="title") == ["another-key", "leg-day-key"]
    assert await list_keys(lily, availability="available") == ["leg-day-key"]


async def test_an_answered_request_is_not_repeated(scene: Scene):
    await save(scene.person("lily"), "leg-day-key")
    await scene.work()
    scene.clock.advance(1_000 * DAY)
    await scene.work()
    assert scene.youtube.asked == ["leg-day-key"]
    assert await scene.waiting() == []


async def test_a_request_to_youtube_holds_only_the_video_key(scene: Scene):
    lily = scene.person("lily")
    answer = as_json({"title": "First"}, Set_Cookie="tracked=1; Path=/")
    scene.youtube.answers["first-video"] = answer
    await save(lily, "first-video")
    await scene.work()
    await save(lily, "other-video")
    await scene.work()
    assert scene.youtube.asked == ["first-video", "other-video"]
    for request in scene.youtube.requests:
        names = {line.partition(":")[0].lower() for line in request.split("\r\n")[1:] if line}
        assert names == {"host", "accept", "accept-encoding", "connection", "user-agent"}


async def test_a_title_set_by_the_user_is_kept(scene: Scene):
    lily = scene.person("lily")
    await save(lily, "leg-day-key", title="My leg day")
    await scene.work()
    video = await scene.video("lily", "leg-day-key")
    assert (video["title"], video["channel"]) == ("My leg day", "A channel")
    assert video["availability"] == "available"


async def test_a_title_that_the_user_removed_is_fetched_again(scene: Scene):
    lily = scene.person("lily")
    video = await save(lily, "leg-day-key", title="My leg day")
    await scene.work()
    await lily.patch(f"/videos/{video['id']}", json={"title": None})
    await scene.work()
    assert (await scene.video("lily", "leg-day-key"))["title"] == "Title of leg-day-key"


@pytest.mark.parametrize(
    ("answer", "availability"),
    [
        (http(400, b"Bad Request"), "gone"),
        (UNAUTHORIZED, "embedding_disabled"),
        (http(403, b"Forbidden", Content_Type="text/plain"), "private"),
        (http(404, b"Not Found"), "gone"),
    ],
    ids=["400", "401", "403", "404"],
)
async def test_an_unavailable_video_has_a_reason_and_is_retried_with_backoff(
    scene: Scene, answer: bytes, availability: str
):
    lily = scene.person("lily")
    await save(lily, "leg-day-key")
    scene.youtube.answers["leg-day-key"] = answer
    await scene.work()
    video = await scene.video("lily", "leg-day-key", availability=availability)
    assert (video["title"], video["channel"]) == (None, None)
    for days, asked in ((0.9, 1), (0.4, 2), (6, 2), (3, 3), (29, 3), (8, 4), (1_000, 4)):
        scene.clock.advance(days * DAY)
        await scene.work()
        assert len(scene.youtube.asked) == asked
    assert await scene.waiting() == []


async def test_a_video_that_is_available_again_gets_its_title(scene: Scene):
    await save(scene.person("lily"), "leg-day-key")
    scene.youtube.answers["leg-day-key"] = UNAUTHORIZED
    await scene.work()
    del scene.youtube.answers["leg-day-key"]
    scene.clock.advance(2 * DAY)
    await scene.work()
    video = await scene.video("lily", "leg-day-key")
    assert (video["title"], video["availability"]) == ("Title of leg-day-key", "available")


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_a_known_title_is_kept_when_the_video_becomes_unavailable(scene: Scene, status: int):
    lily = scene.person("lily")
    video = await save(lily, "leg-day-key")
    await scene.work()
    path = f"/videos/{video['id']}"
    await lily.patch(path, json={"title": None})  # which causes another request to YouTube
    await lily.patch(path, json={"title": "Leg day"})
    scene.youtube.answers["leg-day-key"] = http(status, b"no")
    await scene.work()
    video = (await lily.get(path)).json()
    assert (video["title"], video["channel"]) == ("Leg day", "A channel")
    assert video["availability"] in {"embedding_disabled", "private", "gone"}
    assert await list_keys(lily, q="leg channel") == ["leg-day-key"]


DEEP = b"[" * 60_000
UNUSABLE = {
    "HTML": http(200, b"<!doctype html><title>Before you continue</title>"),
    "redirect": http(302, Location="/oembed?format=json&url=elsewhere"),
    "nothing": http(204),
    "no title": as_json({"author_name": "A channel"}),
    "a list": as_json(["title"]),
    "title of another type": titled(42),
    "empty title": titled(" \n "),
    "deep": http(200, DEEP),
    "too long": http(200, json.dumps({"title": "x", "html": "y" * 70_000}).encode()),
    "compressed": http(200, gzip.compress(b'{"title": "x"}'), Content_Encoding="gzip"),
    "no text": http(200, b'{"title": "\xff\xfe"}'),
    "teapot": http(418, b"short and stout"),
    "server error": http(500, b"Internal Server Error"),
}


@pytest.mark.parametrize("answer", UNUSABLE.values(), ids=UNUSABLE)
async def test_a_malformed_answer_changes_nothing_and_is_retried_a_limited_number_of_times(
    scene: Scene, answer: bytes
):
    lily = scene.person("lily")
    saved = await save(lily, "leg-day-key")
    scene.youtube.answers["leg-day-key"] = answer
    await scene.work()
    assert await scene.video("lily", "leg-day-key") == saved
    for number, wait in enumerate(WAITS, 1):
        scene.clock.advance(wait * 0.99)
        await scene.work()
        assert len(scene.youtube.asked) == number
        scene.clock.advance(wait * 0.22)
        await scene.work()
        assert len(scene.youtube.asked) == number + 1
    assert await scene.waiting() == []


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("  Leg\tday\r\n\x00\x1b[31m ", "Leg day  [31m"),
        ("half \ud83d a smile", "half  a smile"),
        ("Rock & <b>Roll</b>", "Rock & <b>Roll</b>"),
        ("x" * 299 + " y", "x" * 299),
        ("ü" * 1_000, "ü" * 300),
    ],
)
async def test_titles_and_channels_are_cleaned_and_cut(scene: Scene, sent: str, kept: str):
    await save(scene.person("lily"), "leg-day-key")
    scene.youtube.answers["leg-day-key"] = titled(sent, sent)
    await scene.work()
    video = await scene.video("lily", "leg-day-key")
    assert (video["title"], video["channel"]) == (kept, kept)


async def test_a_channel_that_is_no_text_is_ignored(scene: Scene):
    await save(scene.person("lily"), "leg-day-key")
    scene.youtube.answers["leg-day-key"] = titled("Leg day", {"name": "A channel"})
    await scene.work()
    video = await scene.video("lily", "leg-day-key")
    assert (video["title"], video["channel"]) == ("Leg day", None)


def test_retry_after_is_a_bounded_number_or_date():
    soon = format_datetime(utc_now() + timedelta(seconds=100), usegmt=True)
    past = format_datetime(utc_now() - DAY, usegmt=True)
    assert source._seconds("120") == 120
    assert 90 < source._seconds(soon) <= 100
    assert [source._seconds(value) for value in ("", "soon", "-5", past, "²")] == [0] * 5
    for absurd in ("9" * 5_000, "Fri, 31 Dec 9999 23:59:59 GMT"):
        assert source._seconds(absurd) == source.LONGEST_PAUSE_S

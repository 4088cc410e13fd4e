"""The minutes of a video: its workout length."""

from typing import Any

import pytest

from core.minutes import minutes_in_title, train_minutes
from tests.support.factories import VIDEO_KEYS, Service, list_keys, save

READ = {
    "20 min full body": 20, "20-minute abs": 20, "20 Minuten Yoga": 20, "Yoga (45min)": 45,
    "1 h 10 Yoga": 70, "1h30 flow": 90, "1 hour flow": 60, "1 Stunde 30 Minuten": 90,
    "2 Std. Wandern": 120, "45-minütiges Workout": 45, "10' core": 10, "15 to 20 min": 20,
    "5x5 strength in 30 mins": 30, "2026: 7 MINUTE workout": 7, "1 hr 5 min": 65,
    "Abs/20 min": 20, "Day 1/30 minutes": 30, "10'core": 10, "6'2 tall, 20 min": 20,
    "10'30 HIIT": 10, "12'00 EMOM": 12, "Day 3/5 minute abs": 5,
}  # fmt: skip
NOT_READ = [
    "", "5x5 strength", "2026 best of", "No minutes", "Minute 20", "3:20 min plank", "0 min",
    "9999 minutes", "20 minimal moves", "1.5 hours", "7 hacks", "20m sprint",
    "1/2 Hour Yoga", "1 1/2 hours", "3/4 h", "6'2 tall", "6'2\" tall",
]  # fmt: skip


@pytest.mark.parametrize(("title", "minutes"), READ.items())
def test_minutes_are_read_from_a_title(title: str, minutes: int):
    assert minutes_in_title(title) == minutes


@pytest.mark.parametrize("title", NOT_READ)
def test_a_title_without_minutes_has_none(title: str):
    assert minutes_in_title(title) is None


@pytest.mark.parametrize(
    ("start_s", "end_s", "duration_s", "minutes"),
    [
        (None, None, None, 20),
        (None, None, 1_260, 21),
        (60, None, 1_260, 20),
        (None, 600, 1_260, 10),
        (300, 600, None, 5),
        (None, None, 20, 1),
        (1_260, None, 1_260, 20),
        (2_000, None, 1_260, 20),
    ],
)
def test_times_come_before_the_title(
    start_s: int | None, end_s: int | None, duration_s: int | None, minutes: int
):
    assert train_minutes("20 min", start_s, end_s, duration_s) == minutes


@pytest.mark.anyio
async def test_every_change_of_title_or_time_computes_the_minutes_again(service: Service):
    lily = service.person("lily")
    video = await save(lily, VIDEO_KEYS[0], title="20 min legs")
    path = f"/videos/{video['id']}"

    async def change(**fields: Any) -> int | None:
        answer = await lily.patch(path, json=fields)
        assert answer.status_code == 200, answer.text
        found: int | None = answer.json()["minutes"]
        return found

    assert video["minutes"] == 20
    assert await change(title="Legs") is None
    assert await change(duration_s=1_800) == 30
    assert await change(start_s=600) == 20
    assert await change(end_s=1_200) == 10
    assert await change(end_s=None, duration_s=None, title="5 min") == 5
    refused = await lily.patch(path, json={"end_s": 600})
    assert refused.json()["errors"][0]["code"] == "ends-before-start"


@pytest.mark.anyio
async def test_videos_are_filtered_by_minutes_and_sorted_by_due(service: Service):
    lily = service.person("lily")
    titles = {VIDEO_KEYS[0]: "10 min", VIDEO_KEYS[1]: "20 min", VIDEO_KEYS[2]: "Long"}
    videos = {key: await save(lily, key, "legs", title=title) for key, title in titles.items()}
    assert await list_keys(lily, minutes_max=10) == [VIDEO_KEYS[0]]
    assert await list_keys(lily, minutes_max=20, sort="oldest") == VIDEO_KEYS[:2]
    for key, day in ((VIDEO_KEYS[0], "2026-01-05"), (VIDEO_KEYS[1], "2026-01-02")):
        body = {"video_id": videos[key]["id"], "day": day}
        assert (await lily.post("/workouts", json=body)).status_code == 201
    due = [VIDEO_KEYS[2], VIDEO_KEYS[1], VIDEO_KEYS[0]]
    assert await list_keys(lily, sort="due") == due
    assert await list_keys(lily, sort="due", tags="legs") == due
    assert await list_keys(lily, sort="due", not_done_since="2026-01-05") == due[:2]
    assert await list_keys(lily, not_done_since="2026-01-02") == [VIDEO_KEYS[2]]
    paged: list[str] = []
    query: dict[str, Any] = {"limit": 1, "sort": "due"}
    while True:
        page = (await lily.get("/videos", params=query)).json()
        paged += [video["video_key"] for video in page["videos"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert paged == due


@pytest.mark.anyio
async def test_videos_are_filtered_by_absent_tags(service: Service):
    lily = service.person("lily")
    await save(lily, VIDEO_KEYS[0], "legs", "abs")
    await save(lily, VIDEO_KEYS[1], "legs")
    await save(lily, VIDEO_KEYS[2])
    assert await list_keys(lily, untagged="true") == [VIDEO_KEYS[2]]
    assert await list_keys(lily, without="ABS") == [VIDEO_KEYS[2], VIDEO_KEYS[1]]
    assert await list_keys(lily, without="abs,legs") == [VIDEO_KEYS[2]]
    assert await list_keys(lily, tags="legs", without="abs") == [VIDEO_KEYS[1]]


@pytest.mark.parametrize("query", [
    "minutes_max=0", "minutes_max=x", "not_done_since=today", "not_done_since=2026-02-30",
    "untagged=2", "without=%00", "sort=never",
])  # fmt: skip
@pytest.mark.anyio
async def test_an_invalid_list_filter_is_refused(service: Service, query: str):
    assert (await service.person("lily").get(f"/videos?{query}")).status_code == 422

"""/workouts: the log, and the last day and count of workouts on videos and tags."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from core.services import workouts
from core.services.videos import purge_trash
from core.time_ids import utc_now
from tests.support.factories import VIDEO_KEYS, Service, import_file, link, save

pytestmark = pytest.mark.anyio


async def log(person: httpx.AsyncClient, video: Any, day: str, **more: Any) -> Any:
    body = {"video_id": video["id"], "day": day, **more}
    answer = await person.post("/workouts", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def done(person: httpx.AsyncClient, video: Any) -> tuple[str | None, int]:
    found = (await person.get(f"/videos/{video['id']}")).json()
    return found["done_on"], found["done_count"]


async def days_of(person: httpx.AsyncClient, **query: Any) -> list[str]:
    answer = await person.get("/workouts", params=query)
    assert answer.status_code == 200, answer.text
    return [workout["day"] for workout in answer.json()["workouts"]]


def far_from_today(days: int) -> str:
    return (utc_now() + timedelta(days=days)).date().isoformat()


async def test_a_workout_holds_what_was_sent_and_the_title(service: Service):
    lily = service.person("lily")
    video = await save(lily, VIDEO_KEYS[0], title="Leg day")
    answer = await lily.post(
        "/workouts",
        json={
            "video_id": video["id"], "day": "2026-01-04", "minutes": 20, "effort": "hard",
            "comment": " Heavy\nbut </script> =1+1 🦵 ",
        },
    )  # fmt: skip
    workout = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/workouts/{workout['id']}"
    assert workout == {
        "id": workout["id"],
        "video_id": video["id"],
        "video_key": VIDEO_KEYS[0],
        "title": "Leg day",
        "day": "2026-01-04",
        "minutes": 20,
        "effort": "hard",
        "comment": "Heavy\nbut </script> =1+1 🦵",
        "created_at": workout["created_at"],
        "updated_at": workout["created_at"],
    }
    assert (await lily.get("/workouts")).json() == {
        "workouts": [workout],
        "count": 1,
        "next_cursor": None,
    }


async def test_logging_a_workout_with_an_existing_id_returns_that_workout(service: Service):
    lily, lars = service.person("lily"), service.person("lars")
    video = await save(lily, VIDEO_KEYS[0])
    first = await log(lily, video, "2026-01-04", id=77, comment="first")
    again = await lily.post(
        "/workouts", json={"id": 77, "video_id": video["id"], "day": "2026-01-05"}
    )
    assert (again.status_code, again.json()) == (200, first)
    assert await done(lily, video) == ("2026-01-04", 1)
    other = await log(lars, await save(lars, VIDEO_KEYS[0]), "2026-01-06", id=77)
    assert other["day"] == "2026-01-06", "each user has ids of their own"


async def test_a_deleted_workout_can_be_logged_again_under_its_id(service: Service):
    lily = service.person("lily")
    video = await save(lily, VIDEO_KEYS[0])
    for _ in range(2):
        await log(lily, video, "2026-01-04", id=77)
        assert (await lily.delete("/workouts/77")).status_code == 204
        assert await done(lily, video) == (None, 0)
    gone = (await lily.get("/changes", params={"since": 1})).json()["gone"]
    assert set(gone["workouts"]) == {77}
    await log(lily, video, "2026-01-04", id=77)
    assert await days_of(lily) == ["2026-01-04"]


async def test_videos_have_the_last_day_and_count_of_their_workouts_and_tags_the_last_day(
    service: Service,
):
    lily = service.person("lily")
    video, other = await save(lily, VIDEO_KEYS[0], "legs"), await save(lily, VIDEO_KEYS[1], "legs")
    middle = await log(lily, video, "2026-01-04")
    await log(lily, video, "2026-01-02")
    assert await done(lily, video) == ("2026-01-04", 2)
    assert await done(lily, other) == (None, 0)
    [tag] = (await lily.get("/tags")).json()["tags"]
    assert tag == {"name": "legs", "videos": 2, "done_on": "2026-01-04"}
    path = f"/workouts/{middle['id']}"
    assert (await lily.patch(path, json={"day": "2026-01-01"})).status_code == 200
    assert await done(lily, video) == ("2026-01-02", 2)
    assert (await lily.delete(path)).status_code == 204
    assert await done(lily, video) == ("2026-01-02", 1)
    renamed = await lily.patch("/tags/legs", json={"name": "Legs"})
    assert renamed.json() == {"name": "Legs", "videos": 2, "done_on": "2026-01-02"}


@pytest.mark.parametrize("day", [
    "2026-13-01", "2026-02-30", "2026-2-3", "04.01.2026", "2026-01-04T10:00:00Z", "today", "",
    None, 20260104,
])  # fmt: skip
async def test_a_day_that_is_no_date_is_refused(service: Service, day: Any):
    lily = service.person("lily")
    video = await save(lily, VIDEO_KEYS[0])
    for path, body in (("/workouts", {"video_id": video["id"]}), ("/workouts/1", {})):
        method = "POST" if path == "/workouts" else "PATCH"
        answer = await lily.request(method, path, json={**body, "day": day})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "#/day"
    assert await days_of(lily) == []


@pytest.mark.parametrize("day", ["2004-12-31", "0001-01-01", "9999-12-31", far_from_today(3)])
async def test_a_day_before_youtube_or_in_the_future_is_refused(service: Service, day: str):
    lily = service.person("lily")
    video = await save(lily, VIDEO_KEYS[0])
    logged = await log(lily, video, "2026-01-04")
    refused = await lily.post("/workouts", json={"video_id": video["id"], "day": day})
    changed = await lily.patch(f"/workouts/{logged['id']}", json={"day": day})
    for answer in (refused, changed):
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["code"] == "day-out-of-range"
    assert await days_of(lily) == ["2026-01-04"]


async def test_tomorrow_in_utc_is_today_for_some_users(service: Service):
    lily = service.person("lily")
    video = await save(lily, VIDEO_KEYS[0])
    await log(lily, video, far_from_today(1))
    await log(lily, video, "2005-01-01")


@pytest.mark.parametrize(
    "more",
    [
        {"minutes": 0},
        {"minutes": 1441},
        {"minutes": "20"},
        {"effort": "very"},
        {"comment": "x" * 501},
        {"comment": "\0"},
        {"id": -1},
        {"id": 2**53},
        {"unknown": 1},
    ],
)
async def test_a_value_over_a_limit_stores_nothing(service: Service, more: dict[str, Any]):
    lily = service.person("lily")
    video = await save(lily, VIDEO_KEYS[0])
    body = {"video_id": video["id"], "day": "2026-01-04", **more}
    assert (await lily.post("/workouts", json=body)).status_code == 422
    assert await days_of(lily) == []
    assert await done(lily, video) == (None, 0)


async def test_a_full_log_refuses_a_new_workout_but_accepts_a_retry(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(workouts, "MAX_WORKOUTS", 2)
    lily = service.person("lily")
    video = await save(lily, VIDEO_KEYS[0])
    for number in range(2):
        await log(lily, video, "2026-01-04", id=number)
    body = {"video_id": video["id"], "day": "2026-01-04"}
    refused = await lily.post("/workouts", json=body)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["code"] == "too-many-workouts"
    assert (await lily.post("/workouts", json={**body, "id": 1})).status_code == 200


async def test_another_user_s_video_is_answered_like_a_missing_one(service: Service):
    lily, lars = service.person("lily"), service.person("lars")
    video = await save(lily, VIDEO_KEYS[0])
    theirs = await lars.post("/workouts", json={"video_id": video["id"], "day": "2026-01-04"})
    missing = await lars.post("/workouts", json={"video_id": 2**53 - 1, "day": "2026-01-04"})
    assert (theirs.status_code, theirs.content) == (404, missing.content)
    assert await days_of(lars, video_id=video["id"]) == []


async def test_the_log_survives_the_trash_and_the_purge_of_its_video(service: Service):
    lily = service.person("lily")
    video = await save(lily, VIDEO_KEYS[0], title="Leg day")
    await log(lily, video, "2026-01-04")
    await lily.delete(f"/videos/{video['id']}")
    await log(lily, video, "2026-01-05")
    [newest, _] = (await lily.get("/workouts")).json()["workouts"]
    assert newest["video_id"] == video["id"]
    await purge_trash(service.app.state.database, utc_now() + timedelta(days=31))
    [newest, oldest] = (await lily.get("/workouts")).json()["workouts"]
    assert (newest["video_id"], newest["title"], oldest["title"]) == (None, "Leg day", "Leg day")
    refused = await lily.post("/workouts", json={"video_id": video["id"], "day": "2026-01-05"})
    assert refused.status_code == 404


@pytest.mark.parametrize("how", ["saved", "imported"])
async def test_a_video_saved_again_after_a_purge_gets_its_workouts_back(service: Service, how: str):
    lily, lars = service.person("lily"), service.person("lars")
    for person in (lily, lars):
        video = await save(person, VIDEO_KEYS[0])
        await log(person, video, "2026-01-04")
        await log(person, video, "2026-01-02")
    await lily.delete(f"/videos/{(await lily.get('/videos')).json()['videos'][0]['id']}")
    await purge_trash(service.app.state.database, utc_now() + timedelta(days=31))
    if how == "saved":
        await save(lily, VIDEO_KEYS[0])
    else:
        await import_file(lily, link(VIDEO_KEYS[0]).encode())
    [video] = (await lily.get("/videos")).json()["videos"]
    assert (video["done_on"], video["done_count"]) == ("2026-01-04", 2)
    [workout, _] = (await lily.get("/workouts")).json()["workouts"]
    assert workout["video_id"] == video["id"]


async def test_the_log_is_listed_by_day_in_pages_and_filtered(service: Service):
    lily = service.person("lily")
    video, other = await save(lily, VIDEO_KEYS[0]), await save(lily, VIDEO_KEYS[1])
    for day in ("2026-01-02", "2026-01-05", "2026-01-01", "2026-01-05"):
        await log(lily, video, day)
    await log(lily, other, "2026-01-03")
    everything = ["2026-01-05", "2026-01-05", "2026-01-03", "2026-01-02", "2026-01-01"]
    assert await days_of(lily) == everything
    assert await days_of(lily, since="2026-01-03") == everything[:3]
    assert await days_of(lily, until="2026-01-02") == everything[3:]
    assert await days_of(lily, video_id=other["id"]) == ["2026-01-03"]
    paged: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = (await lily.get("/workouts", params=query)).json()
        paged += [workout["day"] for workout in page["workouts"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert paged == everything


async def test_a_patch_without_an_effect_keeps_the_etag(service: Service):
    lily = service.person("lily")
    logged = await log(lily, await save(lily, VIDEO_KEYS[0]), "2026-01-04", minutes=5)
    path, etag = f"/workouts/{logged['id']}", (await lily.get("/workouts")).headers["etag"]
    same = await lily.patch(path, json={"day": "2026-01-04"})
    assert (same.json(), same.headers["etag"]) == (logged, etag)
    cleared = await lily.patch(path, json={"minutes": None, "effort": "easy"})
    assert cleared.json()["minutes"] is None
    assert cleared.json()["effort"] == "easy"
    stale = await lily.delete(path, headers={"If-Match": etag})
    assert stale.status_code == 412

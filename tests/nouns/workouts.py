"""How the checks of routes and isolation use workouts."""

from typing import TYPE_CHECKING, Any

import httpx

from core.services import workouts
from tests.support.factories import save
from tests.support.nouns import NO_IDS, Noun, row

if TYPE_CHECKING:
    from tests.support.isolation.model import Model, ModelUser

DAYS = ("2026-01-03", "2026-01-04", "2026-02-01")
EFFORTS = (None, "easy", "hard")
MOST = 8
"""Fewer than the colliding ids, so that free ids remain."""


async def fill(client: httpx.AsyncClient, label: str) -> dict[str, Any]:
    video = await save(client, "trained-wit")
    for day in DAYS:
        body = {"video_id": video["id"], "day": day, "comment": label}
        answer = await client.post("/workouts", json=body)
        assert answer.status_code == 201, answer.text
    return {"workout_id": answer.json()["id"]}


def shape(workout: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a workout that the model compares."""
    return {
        "key": workout["video_key"],
        **{name: workout[name] for name in ("title", "day", "effort")},
    }


async def log(model: "Model", user: "ModelUser") -> None:
    """Log a workout with a video of the user's own, or with one that only another user has."""
    mine = user.rows["workouts"]
    ids = {video.id: video for video in user.library.values()}
    theirs = {video.id for video in model.another_than(user).library.values()}
    chosen = model.some(sorted({*ids, *theirs}), min(1, len({*ids, *theirs})))
    for video_id in chosen if len(mine) < MOST else []:
        body = {"video_id": video_id, "day": model.random.choice(DAYS)}
        body["effort"] = model.random.choice(EFFORTS)
        answer = await user.send("POST", "/workouts", json=body)
        assert answer.status_code == (201 if video_id in ids else 404), answer.text
        if video_id in ids:
            logged = answer.json()
            assert logged["id"] not in mine
            assert logged["video_id"] == video_id
            mine[logged["id"]] = {
                "key": ids[video_id].key,
                "title": ids[video_id].title,
                "day": body["day"],
                "effort": body["effort"],
            }
            assert shape(logged) == mine[logged["id"]]


async def list_all(_: "Model", user: "ModelUser") -> None:
    listed = (await user.send("GET", "/workouts")).json()["workouts"]
    assert {one["id"]: shape(one) for one in listed} == user.rows["workouts"]
    ids = {video.key: video.id for video in user.library.values()}
    assert all(one["video_id"] == ids.get(one["video_key"]) for one in listed)
    assert [one["day"] for one in listed] == sorted((one["day"] for one in listed), reverse=True)


async def list_of_video(model: "Model", user: "ModelUser") -> None:
    """List the workouts with a video, also with one that only another user has."""
    everyone = [*user.library.values(), *model.another_than(user).library.values()]
    for video in model.some(everyone, min(2, len(everyone))):
        keys = {mine.key for mine in user.library.values() if mine.id == video.id}
        answer = await user.send("GET", "/workouts", params={"video_id": video.id})
        expected = {id_ for id_, one in user.rows["workouts"].items() if one["key"] in keys}
        assert {one["id"] for one in answer.json()["workouts"]} == expected


async def change(model: "Model", user: "ModelUser") -> None:
    mine, theirs = user.rows["workouts"], model.another_than(user).rows["workouts"]
    ids = sorted({*mine, *theirs})
    for workout_id in model.some(ids, min(2, len(ids))):
        day = model.random.choice(DAYS)
        answer = await user.send("PATCH", f"/workouts/{workout_id}", json={"day": day})
        assert answer.status_code == (200 if workout_id in mine else 404), answer.text
        if workout_id in mine:
            mine[workout_id]["day"] = day
            assert shape(answer.json()) == mine[workout_id]


async def delete(model: "Model", user: "ModelUser") -> None:
    """Delete a workout of the user's own, or find that another user's does not exist."""
    mine, theirs = user.rows["workouts"], model.another_than(user).rows["workouts"]
    ids = sorted({*mine, *theirs})
    for workout_id in model.some(ids, min(1, len(ids))):
        answer = await user.send("DELETE", f"/workouts/{workout_id}")
        assert answer.status_code == (204 if workout_id in mine else 404), answer.text
        mine.pop(workout_id, None)


async def retry(_: "Model", user: "ModelUser") -> None:
    """Log a workout again under its id: it does not change."""
    for workout_id, workout in user.rows["workouts"].items():
        body = {"id": workout_id, "video_id": 2**53 - 1, "day": DAYS[0]}
        answer = await user.send("POST", "/workouts", json=body)
        assert answer.status_code == 200, answer.text
        assert shape(answer.json()) == workout


async def export(_: "Model", user: "ModelUser") -> None:
    exported = (await user.send("GET", "/exports")).json()["workouts"]
    assert {one["id"]: shape(one) for one in exported} == user.rows["workouts"]


async def look_at_what_was_done(_: "Model", user: "ModelUser") -> None:
    """Compare the last day and number of workouts of each video, and the order by `due`."""
    listed = (await user.send("GET", "/videos", params={"sort": "due"})).json()["videos"]
    for video in listed:
        days = [
            one["day"] for one in user.rows["workouts"].values() if one["key"] == video["video_key"]
        ]
        assert (video["done_on"], video["done_count"]) == (max(days, default=None), len(days))
    order = [(video["done_on"] or "", video["id"]) for video in listed]
    assert order == sorted(order)
    assert len(listed) == len(user.live())


NOUN = Noun(
    rows={
        ("GET", "/workouts"): row("anonymous cursor if_none_match", params={"limit": 1}),
        ("POST", "/workouts"): row(
            "anonymous", 404, json={"video_id": 2**53 - 1, "day": "2026-01-03"}
        ),
        ("PATCH", "/workouts/{workout_id}"): row(
            "anonymous stranger malformed if_match", json={"effort": "easy"}
        ),
        ("DELETE", "/workouts/{workout_id}"): row("anonymous stranger malformed if_match", 204),
    },
    missing={"workout_id": 2**53 - 1},
    malformed={"workout_id": NO_IDS},
    fill=fill,
    operations={
        "log_workout": log,
        "list_workouts": list_all,
        "list_workouts_of_video": list_of_video,
        "change_workout": change,
        "delete_workout": delete,
        "log_workout_again": retry,
        "export_workouts": export,
        "look_at_what_was_done": look_at_what_was_done,
    },
    draws_ids=(workouts,),
)

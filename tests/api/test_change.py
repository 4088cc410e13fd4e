"""PATCH, DELETE and restore."""

from typing import Any

import pytest

from core.services import videos
from tests.support.factories import Service, link, list_keys, save

pytestmark = pytest.mark.anyio

MISSING = 2**53 - 1


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"title": "New"}, {"title": "New", "tags": "a,b"}),
        ({"title": None}, {"title": None}),
        ({"tags": ["c"]}, {"tags": "c"}),
        ({"tags": []}, {"tags": ""}),
        ({"tags": None}, {"tags": ""}),
        ({"add_tags": ["c", "A"]}, {"tags": "a,b,c"}),
        ({"remove_tags": ["A", "never there"]}, {"tags": "b"}),
        ({"tags": ["x", "y"], "add_tags": ["z"], "remove_tags": ["x"]}, {"tags": "y,z"}),
        ({"tags": ["B", "a"]}, {"tags": "b,a"}),
        ({"start_s": 12}, {"start_s": 12}),
        ({"start_s": None}, {"start_s": None}),
        ({}, {"title": "Old", "tags": "a,b", "start_s": 3}),
    ],
)
async def test_patch_changes_only_the_given_fields(
    service: Service, change: dict[str, object], expected: dict[str, object]
):
    lily = service.person("lily")
    old = await save(lily, "to-change-1", "a", "b", title="Old", start_s=3)
    answer = await lily.patch(f"/videos/{old['id']}", json=change)
    assert answer.status_code == 200
    new = answer.json()
    assert {name: new[name] for name in expected} == expected
    assert {name: new[name] for name in ("id", "url", "created_at")} == {
        name: old[name] for name in ("id", "url", "created_at")
    }
    assert (await lily.get(f"/videos/{old['id']}")).json() == new


async def test_only_a_change_of_a_time_checks_that_the_start_is_before_the_end(service: Service):
    lily = service.person("lily")
    video = await save(lily, "in-disorder")
    path = f"/videos/{video['id']}"
    with pytest.MonkeyPatch.context() as patch:  # as older versions stored it
        patch.setattr(videos, "_require_order", lambda *_: None)
        assert (await lily.patch(path, json={"start_s": 90, "end_s": 60})).is_success
    assert (await lily.patch(path, json={"title": "Legs", "add_tags": ["a"]})).is_success
    assert (await lily.patch(path, json={"end_s": 61})).status_code == 422
    assert (await lily.patch(path, json={"start_s": None})).is_success


async def test_search_finds_new_values_and_no_removed_ones(service: Service):
    lily = service.person("lily")
    video = await save(lily, "to-change-2", "before", title="Before")
    await lily.patch(f"/videos/{video['id']}", json={"title": "After", "tags": ["after"]})
    assert await list_keys(lily, tags="after", q="after") == ["to-change-2"]
    assert await list_keys(lily, tags="before") == []
    assert await list_keys(lily, q="before") == []
    assert (await lily.get("/tags")).json()["tags"] == [
        {"name": "after", "videos": 1, "done_on": None}
    ]


async def test_an_unused_tag_forgets_its_spelling(service: Service):
    lily = service.person("lily")
    video = await save(lily, "to-change-3", "HIIT")
    await lily.patch(f"/videos/{video['id']}", json={"tags": []})
    assert (await save(lily, "to-change-3", "hiit"))["tags"] == "hiit"


@pytest.mark.parametrize(
    "change",
    [
        {"title": ""},
        {"title": "x" * 301},
        {"tags": "a"},
        {"url": link("other-video")},
        {"start_s": -1},
        {"add_tags": [str(n) for n in range(51)]},
        {"add_tags": None},
        [],
        None,
    ],
)
async def test_a_bad_change_is_refused_and_changes_nothing(service: Service, change: object):
    lily = service.person("lily")
    old = await save(lily, "to-change-4", "a")
    answer = await lily.patch(f"/videos/{old['id']}", json=change)
    assert answer.status_code == 422, answer.text
    assert (await lily.get(f"/videos/{old['id']}")).json() == old


async def test_more_than_fifty_tags_are_refused(service: Service):
    lily = service.person("lily")
    old = await save(lily, "to-change-5", *[f"a{n}" for n in range(50)])
    answer = await lily.patch(f"/videos/{old['id']}", json={"add_tags": ["one more"]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/add_tags"
    assert (await lily.get(f"/videos/{old['id']}")).json() == old


async def test_a_deleted_video_leaves_every_list_and_count(service: Service):
    lily = service.person("lily")
    video = await save(lily, "to-delete-1", "a")
    answer = await lily.delete(f"/videos/{video['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert await list_keys(lily) == []
    assert await list_keys(lily, tags="a") == []
    assert await list_keys(lily, q="to-delete-1") == []
    assert (await lily.get("/tags")).json() == {"tags": [], "count": 0}
    assert (await lily.get(f"/videos/{video['id']}")).status_code == 404
    assert (await lily.patch(f"/videos/{video['id']}", json={})).status_code == 404
    assert (await lily.delete(f"/videos/{video['id']}")).status_code == 404


async def test_the_trash_is_listed_filtered_and_restored_from(service: Service):
    lily = service.person("lily")
    video = await save(lily, "to-delete-2", "a", "b", title="Find me")
    await save(lily, "staying-one", "a")
    await lily.delete(f"/videos/{video['id']}")
    trash = {"deleted": "true"}
    assert await list_keys(lily, **trash) == ["to-delete-2"]
    [trashed] = (await lily.get("/videos", params=trash)).json()["videos"]
    moment = trashed["deleted_at"]
    assert trashed == {**video, "updated_at": moment, "deleted_at": moment}
    assert moment >= video["created_at"]
    assert await list_keys(lily, **trash, tags="a,b", q="find") == ["to-delete-2"]
    assert await list_keys(lily, **trash, tags="c") == []
    answer = await lily.post(f"/videos/{video['id']}/restore")
    assert answer.status_code == 200
    assert answer.json() == {**video, "updated_at": answer.json()["updated_at"]}
    assert await list_keys(lily, tags="b") == ["to-delete-2"]
    assert await list_keys(lily, **trash) == []


async def test_restore_is_idempotent(service: Service):
    lily = service.person("lily")
    video = await save(lily, "to-delete-3")
    assert (await lily.post(f"/videos/{video['id']}/restore")).json() == video


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE", "POST"])
async def test_a_missing_video_is_404(service: Service, method: str):
    path = f"/videos/{MISSING}" + ("/restore" if method == "POST" else "")
    body: dict[str, Any] = {"json": {}} if method == "PATCH" else {}
    answer = await service.person("lily").request(method, path, **body)
    assert answer.status_code == 404
    assert answer.json()["detail"] == "There is no such video in your library."


@pytest.mark.parametrize(
    "video_id", ["x", "-1", str(2**53), "1.5", "9" * 400, "%00", "1e3", "5.0", "1_0", "+5"]
)
async def test_a_malformed_id_is_refused(service: Service, video_id: str):
    answer = await service.person("lily").get(f"/videos/{video_id}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/video_id"

"""PATCH and DELETE /tags/{name}."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from core.queries import tags as queries
from core.services import tags
from tests.support.factories import Service, environ_for, list_keys, run_service, save
from tests.support.servers import run_server
from tests.support.tokens import SigningKey

pytestmark = pytest.mark.anyio

AWKWARD = [
    "a/b", "/", "/a/", "100 %", "%2F", "what?", "#1", "a&b=c", "a+b", "\U0001f9b5\U0001f3fd leg",
    "\u00fcbung", "\u7279\u8a13", "\uff0c", "..a", "\\", "'\"", "\u05d0\u202e", "batch", ";x", "*",
]  # fmt: skip


async def rename(person: httpx.AsyncClient, name: str, new: str) -> Any:
    answer = await person.patch(f"/tags/{quote(name, safe='')}", json={"name": new})
    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"] == await etag_of(person)
    return answer.json()


async def delete(person: httpx.AsyncClient, name: str) -> httpx.Response:
    return await person.delete(f"/tags/{quote(name, safe='')}")


async def etag_of(person: httpx.AsyncClient) -> str:
    return (await person.get("/videos")).headers["etag"]


async def tags_of(person: httpx.AsyncClient, **query: str) -> list[str]:
    """Return the tags of each video, oldest first."""
    videos = (await person.get("/videos", params={"sort": "oldest", **query})).json()["videos"]
    return [video["tags"] for video in videos]


async def counts_of(person: httpx.AsyncClient) -> dict[str, int]:
    answer = await person.get("/tags")
    return {tag["name"]: tag["videos"] for tag in answer.json()["tags"]}


async def library(service: Service, name: str = "lily") -> httpx.AsyncClient:
    """Three videos and one in the trash."""
    person = service.person(name)
    await save(person, "first-video", "abs", "Legs", "yoga")
    await save(person, "second-vid1", "stretching", "legs", "abs")
    await save(person, "third-video", "yoga")
    trashed = await save(person, "in-trash-01", "legs", "only in trash", "yoga")
    await person.delete(f"/videos/{trashed['id']}")
    return person


# -------------------------------------------------------------------------- renaming


async def test_a_renamed_tag_keeps_its_place_on_every_video(service: Service):
    lily = await library(service)
    before = (await lily.get("/videos")).json()["videos"]
    assert await rename(lily, "LEGS", "Leg day") == {
        "name": "Leg day",
        "videos": 2,
        "done_on": None,
    }
    assert await tags_of(lily) == ["abs,Leg day,yoga", "stretching,Leg day,abs", "yoga"]
    assert await counts_of(lily) == {"abs": 2, "Leg day": 2, "stretching": 1, "yoga": 2}
    assert await list_keys(lily, tags="leg DAY") == ["second-vid1", "first-video"]
    assert await list_keys(lily, q="leg day stretching") == ["second-vid1"]
    assert await list_keys(lily, tags="legs") == await list_keys(lily, q="legs") == []
    after = (await lily.get("/videos")).json()["videos"]
    assert [v["created_at"] for v in after] == [v["created_at"] for v in before]
    assert after[0] == before[0]
    assert after[1]["updated_at"] > before[1]["updated_at"]


async def test_a_tag_on_many_videos_is_renamed_in_batches(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    lily, found = await library(service), list[int]()
    list_joined = queries.list_joined

    async def watched(*asked: Any) -> Any:
        rows = await list_joined(*asked)
        found.append(len(rows))
        return rows

    monkeypatch.setattr(queries, "list_joined", watched)
    monkeypatch.setattr(tags, "_PART", 2)
    await rename(lily, "yoga", "Sun")
    await rename(lily, "sun", "ABS")
    assert await tags_of(lily) == ["abs,Legs", "stretching,Legs,abs", "abs"]
    assert (await delete(lily, "abs")).status_code == 204
    assert await counts_of(lily) == {"Legs": 2, "stretching": 1}
    assert found == [2, 1, 0] * 2 + [2, 2, 0]


async def test_a_video_in_the_trash_is_restored_with_the_new_name(service: Service):
    lily = await library(service)
    await rename(lily, "legs", "Leg day")
    assert await rename(lily, "only in trash", "binned") == {
        "name": "binned",
        "videos": 0,
        "done_on": None,
    }
    assert await tags_of(lily, deleted="true") == ["Leg day,binned,yoga"]
    trashed = (await lily.get("/videos", params={"deleted": "true"})).json()["videos"][0]
    restored = await lily.post(f"/videos/{trashed['id']}/restore")
    assert restored.json()["tags"] == "Leg day,binned,yoga"
    assert (await counts_of(lily))["Leg day"] == 3
    assert await list_keys(lily, tags="leg day,binned", q="binned") == ["in-trash-01"]


async def test_renaming_to_another_tag_merges_at_the_first_of_the_two_places(service: Service):
    lily = await library(service)
    assert await rename(lily, "abs", "LEGS") == {"name": "Legs", "videos": 2, "done_on": None}
    assert await tags_of(lily) == ["Legs,yoga", "stretching,Legs", "yoga"]
    assert await rename(lily, "legs", "YOGA") == {"name": "yoga", "videos": 3, "done_on": None}
    assert await tags_of(lily) == ["yoga", "stretching,yoga", "yoga"]
    assert await tags_of(lily, deleted="true") == ["yoga,only in trash"]
    assert await counts_of(lily) == {"stretching": 1, "yoga": 3}
    assert await list_keys(lily, q="legs") == []


async def test_renaming_to_another_spelling_respells_the_tag(service: Service):
    lily = await library(service)
    assert await rename(lily, "legs", "LEGS") == {"name": "LEGS", "videos": 2, "done_on": None}
    assert await tags_of(lily) == ["abs,LEGS,yoga", "stretching,LEGS,abs", "yoga"]
    assert await tags_of(lily, deleted="true") == ["LEGS,only in trash,yoga"]
    assert (await save(lily, "third-video", "legs"))["tags"] == "yoga,LEGS"


async def test_renaming_to_the_current_name_changes_nothing(service: Service):
    lily = await library(service)
    etag, before = await etag_of(lily), (await lily.get("/videos")).json()
    assert await rename(lily, "legs", " Legs ") == {"name": "Legs", "videos": 2, "done_on": None}
    assert (await etag_of(lily), (await lily.get("/videos")).json()) == (etag, before)


async def test_a_rename_raises_the_revision_by_one(service: Service):
    lily = await library(service)
    before = int((await etag_of(lily)).strip('"').rpartition("-")[2])
    await rename(lily, "legs", "yoga")
    assert int((await etag_of(lily)).strip('"').rpartition("-")[2]) == before + 1


@pytest.mark.parametrize("name", AWKWARD)
async def test_the_path_takes_every_tag_name(service: Service, name: str):
    lily = service.person("lily")
    await save(lily, "first-video", "before", "last")
    assert await rename(lily, "before", name) == {"name": name, "videos": 1, "done_on": None}
    assert await tags_of(lily) == [f"{name},last"]
    assert await rename(lily, name, "after") == {"name": "after", "videos": 1, "done_on": None}
    await rename(lily, "after", name)
    assert (await delete(lily, name)).status_code == 204
    assert await tags_of(lily) == ["last"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": ""}, "#/name"),
        ({"name": " "}, "#/name"),
        ({"name": "a,b"}, "#/name"),
        ({"name": "a,"}, "#/name"),
        ({"name": "x" * 65}, "#/name"),
        ({"name": "a\x00"}, "#/name"),
        ({"name": None}, "#/name"),
        ({}, "#/name"),
        ({"name": "a", "colour": "red"}, "#/colour"),
    ],
)
async def test_a_name_that_can_t_be_a_tag_is_refused(service: Service, body: Any, pointer: str):
    lily = await library(service)
    before = await tags_of(lily)
    answer = await lily.patch("/tags/legs", json=body)
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]
    assert await tags_of(lily) == before


async def test_an_oversized_name_is_refused_before_it_is_parsed(service: Service):
    lily = await library(service)
    answer = await lily.patch("/tags/legs", json={"name": "ab" * 400_000})
    assert answer.status_code == 422
    assert "4096 characters" in answer.json()["detail"]


# -------------------------------------------------------------------------- deleting


async def test_deleting_a_tag_keeps_its_videos(service: Service):
    lily = await library(service)
    answer = await delete(lily, "LEGS")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["etag"] == await etag_of(lily)
    assert await tags_of(lily) == ["abs,yoga", "stretching,abs", "yoga"]
    assert await tags_of(lily, deleted="true") == ["only in trash,yoga"]
    assert await counts_of(lily) == {"abs": 2, "stretching": 1, "yoga": 2}
    assert await list_keys(lily, tags="legs") == await list_keys(lily, q="legs") == []
    assert (await delete(lily, "legs")).status_code == 404
    assert (await save(lily, "third-video", "LEGS"))["tags"] == "yoga,LEGS"


# ------------------------------------------------------------------- others, and missing


async def test_another_user_s_tag_of_the_same_name_stays(service: Service):
    lily, lars = await library(service), await library(service, "lars")
    before = [(await lars.get(path)).text for path in ("/videos", "/videos?deleted=true", "/tags")]
    await rename(lily, "legs", "yoga")
    await delete(lily, "yoga")
    after = [(await lars.get(path)).text for path in ("/videos", "/videos?deleted=true", "/tags")]
    assert after == before


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_a_missing_tag_is_404(service: Service, method: str):
    lily = await library(service)
    body = {"name": "new"} if method == "PATCH" else None
    for name in ("leg", "legs%2F", "%2e%2e%2Flegs", "le%25", "le_s"):
        answer = await lily.request(method, f"/tags/{name}", json=body)
        assert answer.status_code == 404, name
        assert answer.json()["detail"] == "There is no such tag in your library."


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_a_rename_with_a_stale_etag_is_refused_with_412(service: Service, method: str):
    lily = await library(service)
    old = {"If-Match": await etag_of(lily)}
    await save(lily, "third-video", "new")
    body = {"name": "Leg day"} if method == "PATCH" else None
    before = await tags_of(lily)
    assert (await lily.request(method, "/tags/legs", json=body, headers=old)).status_code == 412
    assert await tags_of(lily) == before
    new = {"If-Match": await etag_of(lily)}
    assert (await lily.request(method, "/tags/legs", json=body, headers=new)).status_code < 300


async def test_a_real_server_decodes_the_path_the_same_way(
    tmp_path: Path, new_database_url: Callable[[str], str], signing_key: SigningKey
):
    url = new_database_url("sqlite")
    async with run_service(url, signing_key) as service:
        lily = service.person("lily")
        await save(lily, "first-video", *AWKWARD)
    with run_server(tmp_path, "serve", **environ_for(url, signing_key)) as server:
        async with httpx.AsyncClient(base_url=server.url, headers=lily.headers) as over_http:
            for name in AWKWARD:
                await rename(over_http, name, f"{name}!")
                assert (await delete(over_http, f"{name}!")).status_code == 204
            assert await tags_of(over_http) == [""]
            slash = await over_http.patch("/tags/a/b", json={"name": "c"})
            assert slash.json()["detail"] == "There is nothing at this address."

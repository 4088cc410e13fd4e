"""ETags: 304 for an unchanged list, 412 after a change by another device."""

from typing import Any

import httpx
import pytest

from core.api import videos
from core.time_ids import utc_now
from tests.support.factories import Service, save

pytestmark = pytest.mark.anyio


async def tag_of(person: httpx.AsyncClient, path: str) -> str:
    answer = await person.get(path)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["vary"] == "Authorization, Accept-Encoding"
    return answer.headers["etag"]


@pytest.mark.parametrize("path", ["/videos", "/videos?deleted=true", "/tags", "/videos/{id}"])
async def test_a_matching_etag_is_answered_304_without_a_body(
    service: Service, path: str, monkeypatch: pytest.MonkeyPatch
):
    now = utc_now()
    monkeypatch.setattr(videos, "utc_now", lambda: now)  # the ETag of the trash holds the minute
    lily = service.person("lily")
    path = path.format(id=(await save(lily, "tagged-one1"))["id"])
    tag = await tag_of(lily, path)
    for given in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = await lily.get(path, headers={"If-None-Match": given})
        assert (answer.status_code, answer.content) == (304, b""), given
        assert answer.headers["etag"] == tag
    for given in ('"other"', tag[1:-1], "", f"{tag[:-1]}0{tag[-1]}"):
        assert (await lily.get(path, headers={"If-None-Match": given})).status_code == 200, given


async def test_every_change_makes_a_new_etag(service: Service):
    lily = service.person("lily")
    tags = [await tag_of(lily, "/videos")]
    video = await save(lily, "changing-01", "a")
    path = f"/videos/{video['id']}"
    for change in (
        lambda: lily.patch(path, json={"title": "b"}),
        lambda: lily.delete(path),
        lambda: lily.post(f"{path}/restore"),
    ):
        tags.append(await tag_of(lily, "/videos"))
        answer = await change()
        assert answer.headers["etag"] == await tag_of(lily, "/videos")
    tags.append(await tag_of(lily, "/videos"))
    assert len(set(tags)) == 5


async def test_another_user_s_change_keeps_the_etag(service: Service):
    lily = service.person("lily")
    tag = await tag_of(lily, "/videos")
    await save(service.person("lars"), "of-lars-001")
    assert await tag_of(lily, "/videos") == tag


async def test_another_user_s_etag_never_matches(service: Service):
    lily, lars = service.person("lily"), service.person("lars")
    video = await save(lily, "of-lily-001")
    await save(lars, "of-lars-001")
    foreign = await tag_of(lars, "/videos")
    assert (await lily.get("/videos", headers={"If-None-Match": foreign})).status_code == 200
    answer = await lily.delete(f"/videos/{video['id']}", headers={"If-Match": foreign})
    assert answer.status_code == 412


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_a_change_with_a_stale_etag_is_refused_with_412(service: Service, method: str):
    lily = service.person("lily")
    video = await save(lily, "two-devices", "a")
    path = f"/videos/{video['id']}"
    seen = await tag_of(lily, path)
    await lily.patch(path, json={"title": "Faster"})
    body: dict[str, Any] = {"json": {"title": "Slower"}} if method == "PATCH" else {}
    answer = await lily.request(method, path, headers={"If-Match": seen}, **body)
    assert answer.status_code == 412
    assert answer.json()["detail"].startswith("Your library was changed by another device")
    current = await lily.get(path)
    assert current.json()["title"] == "Faster"
    headers = {"If-Match": f'"x", {current.headers["etag"]}'}
    assert (await lily.request(method, path, headers=headers, **body)).status_code in {200, 204}


@pytest.mark.parametrize("given", ["rubbish", '"rubbish"', "W/{tag}", "", '"0.3.0-1-x"'])
async def test_only_the_user_s_own_strong_etags_match(service: Service, given: str):
    lily = service.person("lily")
    path = f"/videos/{(await save(lily, 'never-match'))['id']}"
    headers = {"If-Match": given.format(tag=await tag_of(lily, path))}
    assert (await lily.patch(path, json={"title": "x"}, headers=headers)).status_code == 412


@pytest.mark.parametrize("given", ['W/"x", {tag}', '"", {tag}', '{tag}, W/"x"', "W/{tag},{tag}"])
async def test_a_strong_etag_matches_in_a_list_of_others(service: Service, given: str):
    lily = service.person("lily")
    path = f"/videos/{(await save(lily, 'strongmatch'))['id']}"
    headers = {"If-Match": given.format(tag=await tag_of(lily, path))}
    assert (await lily.patch(path, json={"title": "x"}, headers=headers)).status_code == 200


async def test_a_star_matches_every_state(service: Service):
    lily = service.person("lily")
    path = f"/videos/{(await save(lily, 'star-match1'))['id']}"
    answer = await lily.patch(path, json={"title": "x"}, headers={"If-Match": "*"})
    assert answer.status_code == 200


async def test_a_missing_video_is_404_with_every_if_match(service: Service):
    answer = await service.person("lily").delete("/videos/5", headers={"If-Match": '"x"'})
    assert answer.status_code == 404

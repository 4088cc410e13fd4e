"""GET /changes: a copy of the library that follows the feed equals the library."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from core.api.http import cursors
from core.queries import changes as queries
from core.services import videos
from core.services.changes import DELETION_TTL, forget_old_deletions
from core.time_ids import utc_now
from tests.support.accounts import erase_ago
from tests.support.factories import VIDEO_KEYS, Service, import_file, link, save

pytestmark = pytest.mark.anyio


async def changes_since(person: httpx.AsyncClient, since: int | None = None, **query: Any) -> Any:
    if since is not None:
        query["since"] = since
    answer = await person.get("/changes", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def purge(service: Service) -> None:
    await videos.purge_trash(service.app.state.database, utc_now() + timedelta(days=31))


def keys_of(answer: Any) -> list[str]:
    return [video["video_key"] for video in answer["videos"]]


async def test_without_a_sync_token_the_whole_library_is_returned_and_no_deletion(service: Service):
    lily = service.person("lily")
    first = await save(lily, VIDEO_KEYS[0], "legs")
    trashed = await save(lily, VIDEO_KEYS[1])
    await lily.delete(f"/videos/{trashed['id']}")
    for answer in (await changes_since(lily), await changes_since(lily, 0)):
        assert answer == {
            "videos": [first | {"revision": 1}],
            "notes": [],
            "workouts": [],
            "searches": [],
            "gone": {"videos": [], "notes": [], "workouts": [], "searches": []},
            "revision": 3,
            "next_cursor": None,
        }
        assert [*answer][-2:] == ["revision", "next_cursor"], "the web app reads only the end"


async def test_one_change_returns_one_row(service: Service):
    lily = service.person("lily")
    for key in VIDEO_KEYS[:5]:
        await save(lily, key)
    token = (await changes_since(lily))["revision"]
    await save(lily, VIDEO_KEYS[5])
    answer = await changes_since(lily, token)
    assert (keys_of(answer), answer["revision"]) == ([VIDEO_KEYS[5]], token + 1)
    assert keys_of(await changes_since(lily, answer["revision"])) == []


@pytest.mark.parametrize("change", [
    lambda lily, path: lily.patch(path, json={"title": "New"}),
    lambda lily, path: lily.patch(path, json={"start_s": 7}),
    lambda lily, path: lily.patch(path, json={"add_tags": ["abs"]}),
    lambda lily, _: lily.post("/videos", json={"url": link("changing-01"), "tags": ["more"]}),
    lambda lily, _: lily.patch("/tags/legs", json={"name": "quads"}),
    lambda lily, _: lily.delete("/tags/legs"),
    lambda lily, path: lily.post(
        "/videos/batch",
        json={"ids": [int(path.rpartition("/")[2])], "action": "tag", "tags": ["b"]},
    ),
])  # fmt: skip
async def test_each_kind_of_change_returns_the_changed_row(service: Service, change: Any):
    lily = service.person("lily")
    video = await save(lily, "changing-01", "legs")
    await save(lily, "another-one")
    token = (await changes_since(lily))["revision"]
    assert (await change(lily, f"/videos/{video['id']}")).is_success
    answer = await changes_since(lily, token)
    stored = (await lily.get(f"/videos/{video['id']}")).json()
    assert answer["videos"] == [stored | {"revision": token + 1}]


async def test_the_feed_lists_videos_that_an_import_added_or_merged(service: Service):
    lily = service.person("lily")
    await save(lily, VIDEO_KEYS[0])
    await save(lily, VIDEO_KEYS[1])
    token = (await changes_since(lily))["revision"]
    rows = "\n".join([f"url,tags\n{link(VIDEO_KEYS[1])},new", link(VIDEO_KEYS[2])])
    assert (await import_file(lily, rows.encode()))["state"] == "done"
    assert set(keys_of(await changes_since(lily, token))) == {VIDEO_KEYS[1], VIDEO_KEYS[2]}


async def test_a_video_in_the_trash_is_gone_until_it_is_restored(service: Service):
    lily = service.person("lily")
    video = await save(lily, VIDEO_KEYS[0])
    token = (await changes_since(lily))["revision"]
    await lily.delete(f"/videos/{video['id']}")
    trashed = await changes_since(lily, token)
    assert (trashed["videos"], trashed["gone"]["videos"]) == ([], [video["id"]])
    await lily.post(f"/videos/{video['id']}/restore")
    for since in (token, trashed["revision"]):
        answer = await changes_since(lily, since)
        assert (keys_of(answer), answer["gone"]["videos"]) == ([VIDEO_KEYS[0]], [])


async def test_a_purged_video_is_in_gone_for_a_client_with_an_older_token(service: Service):
    lily = service.person("lily")
    video = await save(lily, VIDEO_KEYS[0])
    token = (await changes_since(lily))["revision"]
    await lily.delete(f"/videos/{video['id']}")
    known = (await changes_since(lily, token))["revision"]
    await purge(service)
    assert (await changes_since(lily, token))["gone"]["videos"] == [video["id"]]
    assert (await changes_since(lily, known))["gone"]["videos"] == []


async def test_a_video_saved_again_after_its_expiry_replaces_the_old_one(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    lily = service.person("lily")
    old = await save(lily, VIDEO_KEYS[0])
    token = (await changes_since(lily))["revision"]
    await lily.delete(f"/videos/{old['id']}")
    monkeypatch.setattr(videos, "TRASH_TTL", timedelta(minutes=-2))
    new = await save(lily, VIDEO_KEYS[0])
    answer = await changes_since(lily, token)
    assert [video["id"] for video in answer["videos"]] == [new["id"]]
    assert answer["gone"]["videos"] == [old["id"]]


@pytest.mark.parametrize("max_bytes", [None, 900], ids=["by number", "by bytes"])
async def test_pages_stay_complete_while_rows_change(
    service: Service, max_bytes: int | None, monkeypatch: pytest.MonkeyPatch
):
    if max_bytes:
        monkeypatch.setattr(queries, "MAX_PAGE_BYTES", max_bytes)
        queries.rows_statement.cache_clear()
    lily, seen = service.person("lily"), []
    saved = [await save(lily, key) for key in VIDEO_KEYS[:6]]
    page = await changes_since(lily, **({} if max_bytes else {"limit": 2}))
    assert len(page["videos"]) == 2
    seen += keys_of(page)
    await lily.patch(f"/videos/{saved[0]['id']}", json={"title": "Seen, then changed"})
    await lily.patch(f"/videos/{saved[3]['id']}", json={"title": "Changed, then seen"})
    await save(lily, VIDEO_KEYS[6])
    while page["next_cursor"]:
        query = {} if max_bytes else {"limit": 2}
        page = await changes_since(lily, cursor=page["next_cursor"], **query)
        seen += keys_of(page)
    assert set(seen) == set(VIDEO_KEYS[:7])
    assert page["revision"] == 6, "changes since the first page come again"
    again = await changes_since(lily, page["revision"])
    assert keys_of(again) == [VIDEO_KEYS[0], VIDEO_KEYS[3], VIDEO_KEYS[6]][: 2 if max_bytes else 3]
    queries.rows_statement.cache_clear()


async def test_an_unchanged_library_is_answered_304(service: Service):
    lily = service.person("lily")
    await save(lily, VIDEO_KEYS[0])
    first = await lily.get("/changes")
    assert first.headers["cache-control"] == "private, no-cache"
    listed = await lily.get("/videos", headers={"If-None-Match": first.headers["etag"]})
    assert listed.status_code == 304, "one ETag is valid for all reads"
    query = {"since": first.json()["revision"]}
    headers = {"If-None-Match": first.headers["etag"]}
    assert (await lily.get("/changes", params=query, headers=headers)).status_code == 304
    await save(lily, VIDEO_KEYS[1])
    assert (await lily.get("/changes", params=query, headers=headers)).status_code == 200


async def test_a_token_above_the_current_revision_is_expired(service: Service):
    lily = service.person("lily")
    await save(lily, VIDEO_KEYS[0])
    answer = await lily.get("/changes", params={"since": 2})
    assert answer.status_code == 410
    assert answer.json()["type"] == "docs/problems.md#sync-token-expired"
    headers = {"If-None-Match": "*"}
    assert (await lily.get("/changes", params={"since": 2}, headers=headers)).status_code == 410


async def test_a_token_of_an_erased_library_is_expired(service: Service):
    lily = service.person("lily")
    await save(lily, VIDEO_KEYS[0])
    token = (await changes_since(lily))["revision"]
    await erase_ago(service, "lily", 30)
    again = service.person("lily")
    begun = await changes_since(again)
    for key in VIDEO_KEYS[1:4]:  # more changes than before
        await save(again, key)
    assert (await again.get("/changes", params={"since": token})).status_code == 410
    assert keys_of(await changes_since(again, begun["revision"])) == VIDEO_KEYS[1:4]
    assert keys_of(await changes_since(again)) == VIDEO_KEYS[1:4]


async def test_a_token_older_than_the_stored_deletions_is_expired(service: Service):
    lily, lars = service.person("lily"), service.person("lars")
    for person in (lily, lars):
        await save(person, VIDEO_KEYS[1])
    video = await save(lily, VIDEO_KEYS[0])
    await lily.delete(f"/videos/{video['id']}")
    await purge(service)
    database = service.app.state.database
    purged_at = utc_now() + timedelta(days=31)
    await forget_old_deletions(database, purged_at + DELETION_TTL - timedelta(minutes=1))
    assert (await changes_since(lily, 2))["gone"]["videos"] == [video["id"]]
    await forget_old_deletions(database, purged_at + DELETION_TTL + timedelta(minutes=1))
    assert (await lily.get("/changes", params={"since": 2})).status_code == 410
    assert (await changes_since(lily, 3))["gone"]["videos"] == []
    assert keys_of(await changes_since(lily)) == [VIDEO_KEYS[1]]
    assert keys_of(await changes_since(lars, 1)) == []


async def test_a_client_that_misses_more_than_the_limit_reads_everything(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(queries, "MAX_GONE", 2)
    lily = service.person("lily")
    ids = [(await save(lily, key))["id"] for key in VIDEO_KEYS[:3]]
    for video_id in ids[:2]:
        await lily.delete(f"/videos/{video_id}")
    assert sorted((await changes_since(lily, 3))["gone"]["videos"]) == ids[:2]
    await lily.delete(f"/videos/{ids[2]}")
    assert (await lily.get("/changes", params={"since": 3})).status_code == 410


@pytest.mark.parametrize(
    "query", ["since=-1", "since=x", "since=1.0", "since=", "since=%2B1", "limit=0", "limit=501"]
)
async def test_an_invalid_query_is_refused(service: Service, query: str):
    answer = await service.person("lily").get(f"/changes?{query}")
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == f"?{query.partition('=')[0]}"


@pytest.mark.parametrize(
    "position", [[], [1, []], [1, [[1, 2]]], [1, [[1, 2]] * 5], [2**60, [[1, 2]] * 4],
    [1, [[1, 2**60]] * 4], [1, [["1", 2]] * 4], [1.5, [None] * 4], {}, None],
)  # fmt: skip
async def test_a_forged_cursor_is_refused(service: Service, position: Any):
    lily = service.person("lily")
    owner_id = (await lily.get("/me")).json()["id"]
    made_up = cursors.encode(position, owner_id, ("changes", 0))
    assert (await lily.get("/changes", params={"cursor": made_up})).status_code == 422


async def test_a_cursor_belongs_to_its_token_and_its_list(service: Service):
    lily = service.person("lily")
    for key in VIDEO_KEYS[:3]:
        await save(lily, key)
    cursor = (await changes_since(lily, 1, limit=1))["next_cursor"]
    listed = (await lily.get("/videos", params={"limit": 1})).json()["next_cursor"]
    for query in ({"cursor": cursor}, {"since": 2, "cursor": cursor}, {"cursor": listed}):
        assert (await lily.get("/changes", params=query)).status_code == 422
    assert (await lily.get("/videos", params={"cursor": cursor})).status_code == 422

"""The tags of a video are stored twice, for answers and for filters; both are always equal."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from random import Random
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import bindparam, select

from core.database.session import Database
from core.models import tags, users, video_tags, videos
from core.services.videos import purge_trash
from core.text import tag_key
from core.time_ids import utc_now
from tests.support.factories import Service, link, save
from tests.support.isolation.model import TAGS, Model, ModelUser

pytestmark = pytest.mark.anyio

STEPS = 400
LOOK_EVERY = 25

_ID = select(users.c.id).where(users.c.clerk_id == bindparam("clerk_id"))
_VIDEOS = select(videos.c.id, videos.c.tags).where(videos.c.user_id == bindparam("user_id"))
_LINKS = select(video_tags).where(video_tags.c.user_id == bindparam("user_id"))
_TAGS = select(tags).where(tags.c.user_id == bindparam("user_id"))


def database_of(service: Service) -> Database:
    database: Database = service.app.state.database
    return database


async def count_tags(service: Service, name: str) -> int:
    """Compare both stored forms of a user's tags, the trash included; return their number."""
    await service.person(name).get("/me")  # a user who has just left has no row before it
    async with database_of(service).maintain() as session:
        person = await session.fetch_one(_ID, {"clerk_id": service.clerk_id(name)})
    assert person
    owner = {"user_id": person["id"]}
    async with database_of(service).read(person["id"]) as session:
        saved = await session.fetch_all(_VIDEOS, owner)
        links = await session.fetch_all(_LINKS, owner)
        names = {row["key"]: row["name"] for row in await session.fetch_all(_TAGS, owner)}
    answered = [(row["id"], tag) for row in saved for tag in row["tags"].split(",") if tag]
    filtered = [(row["video_id"], names[row["tag_key"]]) for row in links]
    assert sorted(answered) == sorted(filtered)
    assert {row["tag_key"] for row in links} == names.keys(), "an unused tag"
    assert all(tag_key(name) == key for key, name in names.items())
    return len(names)


async def test_random_operations_keep_both_forms_of_tags_equal(service: Service):
    model = Model([ModelUser(service, name) for name in ("lily", "lars", "chris")])
    random, most = Random(7), 0
    for step in range(STEPS):
        operation = random.choice(Model.OPERATIONS)
        await model.step(operation, random.randrange(3), random.randrange(2**20))
        if step % LOOK_EVERY == LOOK_EVERY - 1:
            counts = [await count_tags(service, user.name) for user in model.users]
            most = max(most, *counts)
    assert most > 2
    for user in model.users:
        for video in user.live():
            await user.client.delete(f"/videos/{video.id}")
    await purge_trash(database_of(service), utc_now() + timedelta(days=31))
    assert [await count_tags(service, user.name) for user in model.users] == [0, 0, 0]


async def test_concurrent_changes_keep_both_forms_of_tags_equal(service: Service):
    lily, random = service.person("lily"), Random(8)
    ids = [(await save(lily, f"at-once-00{n}", *random.sample(TAGS, 2)))["id"] for n in range(4)]

    def change() -> Coroutine[Any, Any, httpx.Response]:
        path, tags = f"/videos/{random.choice(ids)}", random.sample(TAGS, 3)
        batch = {"ids": ids, "action": random.choice(["tag", "untag"]), "tags": tags[:1]}
        return random.choice(
            [
                lambda: lily.patch(path, json={"add_tags": tags[:1], "remove_tags": tags[1:]}),
                lambda: lily.patch(path, json={"tags": tags}),
                lambda: lily.post("/videos", json={"url": link("at-once-009"), "tags": tags}),
                lambda: lily.delete(path),
                lambda: lily.post(f"{path}/restore"),
                lambda: lily.post("/videos/batch", json=batch),
                lambda: lily.patch(f"/tags/{quote(tags[0])}", json={"name": tags[1]}),
                lambda: lily.delete(f"/tags/{quote(tags[0])}"),
            ]
        )()

    most = 0
    for _ in range(4):
        answers = await asyncio.gather(*(change() for _ in range(25)))
        assert {answer.status_code for answer in answers} <= {200, 201, 204, 404}
        most = max(most, await count_tags(service, "lily"))
    assert most > 1


@pytest.mark.parametrize(
    ("broken", "call", "body"),
    [
        ("link", "PATCH /videos/{id}", {"add_tags": ["c"], "title": "New"}),
        ("unlink", "PATCH /videos/{id}", {"remove_tags": ["a"]}),
        ("unlink", "PATCH /videos/{id}", {"tags": ["c"]}),
        ("link", "POST /videos", {"url": link("half-done-2"), "tags": ["a", "d"]}),
        ("link_all", "POST /videos/batch", {"action": "tag", "tags": ["c"]}),
        ("unlink_all", "POST /videos/batch", {"action": "untag", "tags": ["a"]}),
        ("count", "PATCH /tags/a", {"name": "c"}),
        ("count", "PATCH /tags/a", {"name": "b"}),
        ("count", "PATCH /tags/a", {"name": "A"}),
        ("delete_everywhere", "DELETE /tags/a", None),
    ],
)
async def test_a_failed_change_changes_neither_form(
    service: Service, monkeypatch: pytest.MonkeyPatch, broken: str, call: str, body: Any
):
    lily = service.person("lily")
    video = await save(lily, "half-done-1", "a", "b")
    before = await lily.get("/videos")

    async def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(f"core.queries.tags.{broken}", fail)
    if call.endswith("/batch"):
        body = {**body, "ids": [video["id"]]}
    method, path = call.format(**video).split()
    assert (await lily.request(method, path, json=body)).status_code == 500
    after = await lily.get("/videos")
    assert (after.content, after.headers["etag"]) == (before.content, before.headers["etag"])
    assert await count_tags(service, "lily") == 2

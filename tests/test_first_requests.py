"""Concurrent first requests of new users: one row and one library for each user."""

import asyncio
from dataclasses import replace
from itertools import chain
from typing import Any

import httpx
import pytest
from sqlalchemy import bindparam, func, select

from core.models import users
from tests.support.factories import VIDEO_KEYS, Service, link, run_service
from tests.support.tokens import SigningKey

pytestmark = pytest.mark.anyio

AT_ONCE = 64
PEOPLE = 100

_COUNT = select(func.count().label("rows")).where(users.c.clerk_id == bindparam("clerk_id"))


async def rows_of(service: Service, name: str) -> Any:
    async with service.app.state.database.maintain() as session:
        row = await session.fetch_one(_COUNT, {"clerk_id": service.clerk_id(name)})
        return row["rows"] if row else 0


async def read(person: httpx.AsyncClient) -> httpx.Response:
    return await person.get("/videos")


async def save(person: httpx.AsyncClient, video_key: str) -> httpx.Response:
    return await person.post("/videos", json={"url": link(video_key), "tags": ["first"]})


async def test_concurrent_first_reads_of_one_user_create_one_row(service: Service):
    tove = service.person("tove")
    answers = await asyncio.gather(*(read(tove) for _ in range(AT_ONCE)))
    assert [answer.status_code for answer in answers] == [200] * AT_ONCE
    assert len({answer.headers["etag"] for answer in answers}) == 1
    assert await rows_of(service, "tove") == 1


async def test_two_servers_create_one_row_for_one_user(
    database_urls: list[str], signing_key: SigningKey
):
    """On PostgreSQL only: a SQLite writer blocks its process, and both run in this process."""
    async with (
        run_service(database_urls[1], signing_key) as one,
        run_service(database_urls[1], signing_key) as another,
    ):
        second = replace(another, number=one.number)
        twins = [one.person("tove"), second.person("tove")] * (AT_ONCE // 2)
        saves = (save(twin, key) for twin, key in zip(twins, VIDEO_KEYS, strict=False))
        answers = await asyncio.gather(*saves)
        assert [answer.status_code for answer in answers] == [201] * AT_ONCE
        lists = [(await read(twin)).content for twin in twins[:2]]
        assert await rows_of(one, "tove") == 1
    assert lists[0] == lists[1]


async def test_concurrent_first_saves_of_one_user_fill_one_library(service: Service):
    tove, keys = service.person("tove"), VIDEO_KEYS[:AT_ONCE]
    answers = await asyncio.gather(*(save(tove, key) for key in keys))
    assert [answer.status_code for answer in answers] == [201] * AT_ONCE
    assert await rows_of(service, "tove") == 1
    saved = {answer.json()["id"]: answer.json() for answer in answers}
    listed = (await read(tove)).json()["videos"]
    assert {video["id"]: video for video in listed} == saved
    assert {video["video_key"] for video in listed} == set(keys)
    assert (await tove.get("/tags")).json()["tags"] == [
        {"name": "first", "videos": AT_ONCE, "done_on": None}
    ]


async def test_concurrent_first_saves_of_one_video_create_one_video(service: Service):
    tove = service.person("tove")
    answers = await asyncio.gather(*(save(tove, "only-once-1") for _ in range(AT_ONCE)))
    assert sorted(answer.status_code for answer in answers) == [200] * (AT_ONCE - 1) + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await rows_of(service, "tove") == 1


async def test_concurrent_new_users_get_one_library_each(service: Service):
    names = [f"new{number}" for number in range(PEOPLE)]
    people = [service.person(name) for name in names]
    requests = ((save(person, "everybody-s"), read(person)) for person in people)
    answers = await asyncio.gather(*chain(*requests))
    assert {answer.status_code for answer in answers[::2]} == {201}
    assert {answer.status_code for answer in answers[1::2]} == {200}
    assert {await rows_of(service, name) for name in names} == {1}
    ids = [answer.json()["id"] for answer in answers[::2]]
    lists = await asyncio.gather(*map(read, people))
    assert [[video["id"] for video in listed.json()["videos"]] for listed in lists] == [
        [video_id] for video_id in ids
    ]

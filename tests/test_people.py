"""People's rows: erased for good, banned at once, and never mixed up with anybody else's."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import bindparam, func, select

from core.auth.schemas import Identity, Profile
from core.clock import utc_now
from core.database import Database
from core.errors import AccountClosed
from core.models import OWNED, users
from core.services import users as people
from tests.factories import ISSUER, ORIGIN, VIDEO_KEYS, Service, import_file, link, list_keys, save
from tests.tokens import mint, session_claims

pytestmark = pytest.mark.anyio

CLOSED = "This account was closed. Sign in again to begin with an empty library."

_ROW = select(users).where(users.c.clerk_id == bindparam("clerk_id"))


@pytest.fixture
async def lily(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody with a library, a trash, tags and an import of which a row failed."""
    lily = service.person("lily")
    for key in VIDEO_KEYS[:3]:
        await save(lily, key, "a", key)
    in_trash = await save(lily, "in-the-trash", "b")
    await lily.delete(f"/videos/{in_trash['id']}")
    await import_file(lily, b"https://example.com/")
    yield lily
    await lily.aclose()


def database_of(service: Service) -> Database:
    database: Database = service.app.state.database
    return database


async def row_of(service: Service, name: str) -> Any:
    async with database_of(service).read(None) as session:
        return await session.fetch_one(_ROW, {"clerk_id": service.clerk_id(name)})


async def rows_owned_by(service: Service, owner_id: int) -> list[int]:
    async with database_of(service).read(owner_id) as session:
        counts = []
        for table in OWNED:
            mine = table.c.user_id == bindparam("user_id")
            statement = select(func.count().label("rows")).where(mine)
            row = await session.fetch_one(statement, {"user_id": owner_id})
            counts.append(row["rows"] if row else 0)
        return counts


def with_token_of(service: Service, name: str, issued_at_s: int) -> httpx.AsyncClient:
    claims = session_claims(service.clerk_id(name), iss=ISSUER, azp=ORIGIN, now_s=issued_at_s)
    token = mint(service.signing_key, claims)
    return service.client({"Authorization": f"Bearer {token}"})


async def erase(service: Service, name: str) -> bool:
    async with database_of(service).write(None) as session:
        return await people.erase(session, service.clerk_id(name)) is not None


async def erase_ago(service: Service, name: str, seconds: int) -> int:
    """Erase by a clock that is slow; return the moment, in epoch seconds."""
    moment = utc_now() - timedelta(seconds=seconds)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.services.users.utc_now", lambda: moment)
        await erase(service, name)
    return int(moment.timestamp())


async def assert_closed(person: httpx.AsyncClient) -> None:
    for answer in (await person.get("/videos"), await person.post("/videos", json={"url": "x"})):
        assert answer.status_code == 403
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"] == CLOSED


# -------------------------------------------------------------------------- erasing


async def test_erasing_takes_every_row_with_it(service: Service, lily: httpx.AsyncClient):
    row = await row_of(service, "lily")
    assert await rows_owned_by(service, row["id"]) == [4, 5, 7, 4, 1, 1]
    assert await erase(service, "lily")
    assert await rows_owned_by(service, row["id"]) == [0] * len(OWNED)
    assert await row_of(service, "lily") is None
    assert not await erase(service, "lily")
    await assert_closed(lily)


@pytest.mark.usefixtures("lily")
async def test_erasing_touches_nobody_else_s_rows(service: Service):
    lars = service.person("lars")
    for key in VIDEO_KEYS[:3]:
        await save(lars, key, "a", key)
    before = await lars.get("/videos"), await lars.get("/tags")
    rows = await rows_owned_by(service, (await row_of(service, "lars"))["id"])
    await erase(service, "lily")
    after = await lars.get("/videos"), await lars.get("/tags")
    assert rows == await rows_owned_by(service, (await row_of(service, "lars"))["id"])
    for old, new in zip(before, after, strict=True):
        assert (new.content, new.headers["etag"]) == (old.content, old.headers["etag"])


async def test_somebody_who_was_never_here_can_be_erased(service: Service):
    assert not await erase(service, "tove")
    await assert_closed(service.person("tove"))
    assert await row_of(service, "tove") is None


@pytest.mark.usefixtures("lily")
@pytest.mark.parametrize("age_s", [-4, 0, 60, 3_000])
async def test_a_token_from_before_the_erasure_brings_nobody_back(service: Service, age_s: int):
    issued_at_s = int(time.time()) - age_s
    token = with_token_of(service, "lily", issued_at_s)
    assert (await token.get("/videos")).json()["count"] == 3
    await erase(service, "lily")
    await assert_closed(token)
    await assert_closed(with_token_of(service, "lily", issued_at_s - 1))  # not seen before
    await asyncio.gather(*(assert_closed(token) for _ in range(8)))
    assert await row_of(service, "lily") is None


@pytest.mark.usefixtures("lily")
async def test_the_clocks_may_differ_by_five_seconds(service: Service):
    erased_at_s = await erase_ago(service, "lily", 30)
    await assert_closed(with_token_of(service, "lily", erased_at_s + 5))
    later = with_token_of(service, "lily", erased_at_s + 6)
    assert (await later.get("/videos")).status_code == 200


@pytest.mark.usefixtures("lily")
async def test_signing_in_again_begins_with_an_empty_library(service: Service):
    before = await row_of(service, "lily")
    await erase_ago(service, "lily", 30)
    again = service.person("lily")
    assert (await again.get("/videos")).json()["videos"] == []
    assert (await again.get("/tags")).json()["tags"] == []
    assert await list_keys(again, deleted="true") == []
    assert (await row_of(service, "lily"))["id"] != before["id"]
    assert (await again.post("/videos", json={"url": link(VIDEO_KEYS[0])})).status_code == 201


@pytest.mark.usefixtures("lily")
async def test_an_old_token_stays_refused_after_the_person_came_back(service: Service):
    old = with_token_of(service, "lily", int(time.time()) - 60)
    assert (await old.get("/videos")).status_code == 200
    erased_at_s = await erase_ago(service, "lily", 30)
    await save(service.person("lily"), "a-new-video")
    await assert_closed(old)
    await assert_closed(with_token_of(service, "lily", erased_at_s + 5))
    another = with_token_of(service, "lily", erased_at_s + 6)
    assert await list_keys(another) == ["a-new-video"]


@pytest.mark.usefixtures("lily")
async def test_a_second_erasure_counts_from_its_own_moment(service: Service):
    await erase_ago(service, "lily", 60)
    between = with_token_of(service, "lily", int(time.time()) - 45)
    assert (await between.get("/videos")).status_code == 200
    await erase_ago(service, "lily", 30)
    await assert_closed(between)
    assert (await service.person("lily").get("/videos")).status_code == 200
    await assert_closed(between)


async def test_requests_that_race_with_an_erasure_leave_nothing_behind(
    service: Service, lily: httpx.AsyncClient
):
    owner_id = (await row_of(service, "lily"))["id"]

    async def save_one(key: str) -> int:
        return (await lily.post("/videos", json={"url": link(key), "tags": ["a"]})).status_code

    before, after = VIDEO_KEYS[10:20], VIDEO_KEYS[20:40]
    statuses = await asyncio.gather(
        *map(save_one, before), erase(service, "lily"), *map(save_one, after)
    )
    assert set(statuses) <= {201, 403, True}
    assert 403 in statuses
    assert await rows_owned_by(service, owner_id) == [0] * len(OWNED)
    assert await row_of(service, "lily") is None


# -------------------------------------------------- amid a person's first request


async def test_an_erasure_waits_for_a_first_request_that_is_under_way(service: Service):
    person = Identity(service.clerk_id("tove"), int(time.time()) - 60)
    async with database_of(service).write(None) as session:
        await people._insert(session, person)
        erasing = asyncio.create_task(erase(service, "tove"))
        await asyncio.wait([erasing], timeout=0.2)
    assert await erasing
    assert await row_of(service, "tove") is None
    with pytest.raises(AccountClosed):
        await people.identify(database_of(service), person)


async def test_a_first_request_waits_for_an_erasure_that_is_under_way(service: Service):
    person = Identity(service.clerk_id("tove"), int(time.time()) - 60)
    async with database_of(service).write(None) as session:
        assert not await people.erase(session, person.clerk_id)
        beginning = asyncio.create_task(people.identify(database_of(service), person))
        await asyncio.wait([beginning], timeout=0.2)
    with pytest.raises(AccountClosed):
        await beginning
    assert await row_of(service, "tove") is None


# ------------------------------------------------------------- banned, and who they are


async def store(service: Service, name: str, profile: Profile) -> None:
    row = await row_of(service, name)
    async with database_of(service).write(row["id"]) as session:
        await people.store_profile(session, row["id"], profile)


async def test_a_ban_counts_at_once_though_the_token_is_remembered(
    service: Service, lily: httpx.AsyncClient
):
    lars = service.person("lars")
    await save(lars, "of-lars-001")
    await store(service, "lily", Profile("lily@example.com", "Lily", banned=True))
    await assert_closed(lily)
    await assert_closed(service.person("lily"))
    assert await list_keys(lars) == ["of-lars-001"]
    await store(service, "lily", Profile("lily@example.com", "Lily", banned=False))
    assert len(await list_keys(lily)) == 3


async def test_a_profile_is_kept_for_its_person_alone(service: Service, lily: httpx.AsyncClient):
    await service.person("lars").get("/videos")
    lars = dict(await row_of(service, "lars"))
    before = await row_of(service, "lily")
    assert (before["email"], before["name"], before["profile_at"]) == (None, None, None)
    await store(service, "lily", Profile("lily@example.com", "Lily", banned=False))
    after = await row_of(service, "lily")
    assert (after["email"], after["name"]) == ("lily@example.com", "Lily")
    assert after["profile_at"] is not None
    assert (after["id"], after["revision"]) == (before["id"], before["revision"])
    assert dict(await row_of(service, "lars")) == lars
    assert (await lily.get("/videos")).status_code == 200


async def test_a_token_may_bring_the_profile_along(service: Service):
    claims = session_claims(service.clerk_id("tove"), iss=ISSUER, azp=ORIGIN)
    claims |= {"email": "tove@example.com", "name": "Tove"}
    token = mint(service.signing_key, claims)
    await service.client({"Authorization": f"Bearer {token}"}).get("/videos")
    row = await row_of(service, "tove")
    assert (row["email"], row["name"]) == ("tove@example.com", "Tove")
    assert row["profile_at"] is not None


async def test_people_with_the_same_e_mail_stay_two_people(
    service: Service, lily: httpx.AsyncClient
):
    lars = service.person("lars")
    await lars.get("/videos")
    for name in ("lily", "lars"):
        await store(service, name, Profile("both@example.com", "Both", banned=False))
    assert await list_keys(lars) == []
    assert len(await list_keys(lily)) == 3

"""Users' rows: erased for good, banned immediately, and separate from other users' rows."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from core.auth.jwks import Clock
from core.auth.schemas import Identity, Profile
from core.errors import AccountClosed
from core.models import OWNED
from core.services import users as people
from core.services.users import CLOCK_LEEWAY_S, KnownIds
from core.services.videos import purge_trash
from core.time_ids import utc_now
from tests.support.accounts import (
    assert_closed,
    database_of,
    erase,
    erase_ago,
    row_of,
    rows_owned_by,
    store,
    with_token_of,
)
from tests.support.factories import (
    ISSUER,
    ORIGIN,
    VIDEO_KEYS,
    Service,
    import_file,
    link,
    list_keys,
    save,
)
from tests.support.tokens import mint, session_claims

pytestmark = pytest.mark.anyio


@pytest.fixture
async def lily(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """A user with a row in each table: a purged video and a failed row of an import too."""
    lily = service.person("lily")
    await lily.delete(f"/videos/{(await save(lily, 'to-be-purge'))['id']}")
    await purge_trash(service.app.state.database, utc_now() + timedelta(days=31))
    for key in VIDEO_KEYS[:3]:
        kept = await save(lily, key, "a", key)
    in_trash = await save(lily, "in-trash-01", "b")
    await lily.delete(f"/videos/{in_trash['id']}")
    await lily.post("/workouts", json={"video_id": in_trash["id"], "day": "2026-01-04"})
    await lily.post(f"/videos/{kept['id']}/notes", json={"text": "note"})
    await lily.post("/searches", json={"name": "name", "query": "q=note"})
    await import_file(lily, b"https://example.com/")
    yield lily
    await lily.aclose()


# -------------------------------------------------------------------------- erasing


async def test_erasing_a_user_removes_every_row(service: Service, lily: httpx.AsyncClient):
    row = await row_of(service, "lily")
    assert await rows_owned_by(service, row["id"]) == [4, 1, 1, 1, 1, 5, 7, 4, 1, 1]
    assert await erase(service, "lily")
    assert await rows_owned_by(service, row["id"]) == [0] * len(OWNED)
    assert await row_of(service, "lily") is None
    assert not await erase(service, "lily")
    await assert_closed(lily)


@pytest.mark.usefixtures("lily")
async def test_erasing_a_user_leaves_other_users_rows(service: Service):
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


async def test_an_unknown_user_can_be_erased(service: Service):
    assert not await erase(service, "tove")
    await assert_closed(service.person("tove"))
    assert await row_of(service, "tove") is None


@pytest.mark.usefixtures("lily")
@pytest.mark.parametrize("age_s", [-4, 0, 60, 3_000])
async def test_a_token_issued_before_the_erasure_restores_no_account(service: Service, age_s: int):
    issued_at_s = int(time.time()) - age_s
    token = with_token_of(service, "lily", issued_at_s)
    assert (await token.get("/videos")).json()["count"] == 3
    await erase(service, "lily")
    await assert_closed(token)
    await assert_closed(with_token_of(service, "lily", issued_at_s - 1))  # not seen before
    await asyncio.gather(*(assert_closed(token) for _ in range(8)))
    assert await row_of(service, "lily") is None


@pytest.mark.usefixtures("lily")
async def test_tokens_issued_up_to_five_seconds_after_an_erasure_are_refused(service: Service):
    erased_at_s = await erase_ago(service, "lily", 30)
    await assert_closed(with_token_of(service, "lily", erased_at_s + 5))
    later = with_token_of(service, "lily", erased_at_s + 6)
    assert (await later.get("/videos")).status_code == 200


@pytest.mark.usefixtures("lily")
async def test_signing_in_after_an_erasure_starts_with_an_empty_library(service: Service):
    before = await row_of(service, "lily")
    await erase_ago(service, "lily", 30)
    again = service.person("lily")
    assert (await again.get("/videos")).json()["videos"] == []
    assert (await again.get("/tags")).json()["tags"] == []
    assert await list_keys(again, deleted="true") == []
    assert (await row_of(service, "lily"))["id"] != before["id"]
    assert (await again.post("/videos", json={"url": link(VIDEO_KEYS[0])})).status_code == 201


@pytest.mark.usefixtures("lily")
async def test_an_old_token_stays_refused_after_the_user_signs_in_again(service: Service):
    old = with_token_of(service, "lily", int(time.time()) - 60)
    assert (await old.get("/videos")).status_code == 200
    erased_at_s = await erase_ago(service, "lily", 30)
    await save(service.person("lily"), "a-new-video")
    await assert_closed(old)
    await assert_closed(with_token_of(service, "lily", erased_at_s + 5))
    another = with_token_of(service, "lily", erased_at_s + 6)
    assert await list_keys(another) == ["a-new-video"]


@pytest.mark.usefixtures("lily")
async def test_a_second_erasure_counts_from_its_own_time(service: Service):
    await erase_ago(service, "lily", 60)
    between = with_token_of(service, "lily", int(time.time()) - 45)
    assert (await between.get("/videos")).status_code == 200
    await erase_ago(service, "lily", 30)
    await assert_closed(between)
    assert (await service.person("lily").get("/videos")).status_code == 200
    await assert_closed(between)


@pytest.mark.parametrize("ahead_s", [60, 40_000, 2_000_000_000])
async def test_an_erasure_with_a_fast_clock_locks_no_user_out_after_the_correction(
    service: Service, lily: httpx.AsyncClient, ahead_s: int
):
    old = with_token_of(service, "lily", int(time.time()) + 5)
    await erase_ago(service, "lily", -ahead_s)
    await assert_closed(lily)
    refused_up_to_s = int(time.time()) + CLOCK_LEEWAY_S
    await assert_closed(old)
    with pytest.MonkeyPatch.context() as patch:
        clock = Clock(lambda: time.time() + 60)
        patch.setattr(service.app.state.clerk, "_clock", clock)
        patch.setattr("core.services.users.utc_now", lambda: utc_now() + timedelta(seconds=60))
        await assert_closed(with_token_of(service, "lily", refused_up_to_s - 5))
        again = with_token_of(service, "lily", refused_up_to_s + 10)
        assert await list_keys(again) == []
        await assert_closed(lily)


async def test_ensure_moves_a_future_erasure_to_the_present(service: Service):
    await erase_ago(service, "lily", -40_000)
    async with database_of(service).write(None) as session:
        await people.ensure(session, service.clerk_id("lily"))
    row = await row_of(service, "lily")
    assert row["tokens_not_before"] <= int(time.time()) + CLOCK_LEEWAY_S


async def test_requests_that_race_with_an_erasure_leave_no_row(
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


# ------------------------------------------------ during a user's first request


async def test_an_erasure_waits_for_a_running_first_request(service: Service):
    person = Identity(service.clerk_id("tove"), int(time.time()) - 60)
    async with database_of(service).write(None) as session:
        await people._insert(session, person)
        erasing = asyncio.create_task(erase(service, "tove"))
        await asyncio.wait([erasing], timeout=0.2)
    assert await erasing
    assert await row_of(service, "tove") is None
    with pytest.raises(AccountClosed):
        await people.identify(database_of(service), person, KnownIds())


async def test_a_first_request_waits_for_a_running_erasure(service: Service):
    person = Identity(service.clerk_id("tove"), int(time.time()) - 60)
    async with database_of(service).write(None) as session:
        assert not await people.erase(session, person.clerk_id)
        beginning = asyncio.create_task(people.identify(database_of(service), person, KnownIds()))
        await asyncio.wait([beginning], timeout=0.2)
    with pytest.raises(AccountClosed):
        await beginning
    assert await row_of(service, "tove") is None


# --------------------------------------------------------------- bans and profiles


async def test_a_ban_takes_effect_immediately_although_the_token_is_cached(
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


async def test_a_profile_is_stored_for_its_user_only(service: Service, lily: httpx.AsyncClient):
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


async def test_a_token_may_hold_the_profile(service: Service):
    claims = session_claims(service.clerk_id("tove"), iss=ISSUER, azp=ORIGIN)
    claims |= {"email": "tove@example.com", "name": "Tove"}
    token = mint(service.signing_key, claims)
    await service.client({"Authorization": f"Bearer {token}"}).get("/videos")
    row = await row_of(service, "tove")
    assert (row["email"], row["name"]) == ("tove@example.com", "Tove")
    assert row["profile_at"] is not None


async def test_two_users_with_the_same_e_mail_stay_separate(
    service: Service, lily: httpx.AsyncClient
):
    lars = service.person("lars")
    await lars.get("/videos")
    for name in ("lily", "lars"):
        await store(service, name, Profile("both@example.com", "Both", banned=False))
    assert await list_keys(lars) == []
    assert len(await list_keys(lily)) == 3

"""POST /webhooks/clerk: deliveries signed as Svix documents it, by the tests' own code."""

import asyncio
import time
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from core.auth.schemas import Identity, Profile
from core.errors import AccountClosed
from core.models import webhook_deliveries
from core.services import users, webhooks
from core.time_ids import utc_now
from tests.support.accounts import (
    assert_closed,
    database_of,
    erase_ago,
    row_of,
    rows_owned_by,
    store,
    with_token_of,
)
from tests.support.factories import Service, list_keys, save
from tests.support.webhook_deliveries import (
    STAMP_MS,
    deliver,
    gone,
    name_of,
    user,
)

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="session")
def shared_apps(apps_with_webhooks: dict[str, FastAPI]) -> dict[str, FastAPI]:
    """Let `service` accept webhooks."""
    return apps_with_webhooks


# ------------------------------------------------------------------------- user.updated


async def test_an_update_stores_e_mail_and_name(service: Service, lily: httpx.AsyncClient):
    lars = service.person("lars")
    await save(lars, "of-lars-001")
    etag = (await lily.get("/videos")).headers["etag"]
    assert await deliver(service, "user.updated", user(service, "lily", last_name="L.")) == 204
    me = (await lily.get("/me")).json()
    assert (me["email"], me["name"]) == ("lily@example.com", "Lily L.")
    assert (await lily.get("/videos")).headers["etag"] == etag
    assert (await row_of(service, "lily"))["profile_at"] is not None
    assert (await lars.get("/me")).json()["email"] is None


async def test_an_update_of_an_unknown_user_creates_no_row(service: Service):
    assert await deliver(service, "user.updated", user(service, "tove")) == 204
    assert await row_of(service, "tove") is None


@pytest.mark.usefixtures("lily")
async def test_an_older_event_never_overwrites_a_newer_one(service: Service):
    for first_name, stamp_ms, kept in (
        ("Second", STAMP_MS + 2, "Second"),
        ("First", STAMP_MS + 1, "Second"),
        ("Unstamped", None, "Second"),
        ("Rubbish", "soon", "Second"),
        ("Third", STAMP_MS + 3, "Third"),
        ("AsNew", STAMP_MS + 3, "AsNew"),
    ):
        data = user(service, "lily", first_name, updated_at=stamp_ms)
        assert await deliver(service, "user.updated", data) == 204
        assert await name_of(service, "lily") == kept
    asked_before = Profile("old@example.com", "Old", banned=True, updated_at_ms=STAMP_MS)
    await store(service, "lily", asked_before)
    assert await name_of(service, "lily") == "AsNew"


async def test_a_ban_and_its_end_take_effect_immediately(service: Service, lily: httpx.AsyncClient):
    await deliver(service, "user.updated", user(service, "lily", banned=True))
    await assert_closed(lily)
    unsaid = user(service, "lily")
    del unsaid["banned"]
    await deliver(service, "user.updated", unsaid)
    await assert_closed(lily)
    await deliver(service, "user.updated", user(service, "lily", banned=False))
    assert await list_keys(lily) == ["first-video"]


async def test_a_ban_before_the_first_request_takes_effect_and_so_does_its_end(service: Service):
    tove = service.person("tove")
    for number in range(2):
        banned = user(service, "tove", banned=True, updated_at=STAMP_MS + 2 * number)
        assert await deliver(service, "user.updated", banned) == 204
        await assert_closed(tove)
        await assert_closed(with_token_of(service, "tove", int(time.time()) + 4))
        assert await row_of(service, "tove") is None
        lifted = user(service, "tove", updated_at=STAMP_MS + 2 * number + 1)
        await deliver(service, "user.updated", lifted)
    await save(tove, "after-a-ban")
    assert await list_keys(tove) == ["after-a-ban"]


async def test_events_about_an_early_ban_may_come_in_any_order(service: Service):
    tove = service.person("tove")
    for stamp_ms, banned, closed in (
        (STAMP_MS + 2, True, True),
        (STAMP_MS + 1, False, True),  # older than the ban
        (STAMP_MS, True, True),
        (STAMP_MS + 1, False, True),
        (STAMP_MS + 3, None, True),
        (STAMP_MS + 3, False, False),
    ):
        data = user(service, "tove", updated_at=stamp_ms, banned=banned)
        await deliver(service, "user.updated", data)
        if closed:
            await assert_closed(tove)
    assert await list_keys(tove) == []


async def test_a_ban_and_an_erasure_before_the_first_request_both_take_effect(service: Service):
    await deliver(service, "user.updated", user(service, "tove", banned=True))
    await erase_ago(service, "tove", 30)
    await assert_closed(service.person("tove"))
    await deliver(service, "user.updated", user(service, "tove", updated_at=STAMP_MS + 1))
    assert await list_keys(service.person("tove")) == []
    await assert_closed(with_token_of(service, "tove", int(time.time()) - 60))


async def test_a_ban_waits_for_a_running_first_request(service: Service):
    tove = Identity(service.clerk_id("tove"), int(time.time()))
    async with database_of(service).write(None) as session:
        await users._insert(session, tove)
        data = user(service, "tove", banned=True)
        banning = asyncio.create_task(deliver(service, "user.updated", data))
        await asyncio.wait([banning], timeout=0.2)
    assert await banning == 204
    await assert_closed(service.person("tove"))


async def test_no_library_is_created_for_a_banned_user(service: Service):
    await deliver(service, "user.updated", user(service, "tove", banned=True))
    with pytest.raises(AccountClosed):
        async with database_of(service).write(None) as session:
            await users.ensure(session, service.clerk_id("tove"))
    assert await row_of(service, "tove") is None


# ------------------------------------------------------------------------- user.deleted


async def test_a_deletion_erases_and_refuses_the_old_tokens(
    service: Service, lily: httpx.AsyncClient
):
    lars = service.person("lars")
    await save(lars, "of-lars-001")
    owner_id = (await row_of(service, "lily"))["id"]
    assert await deliver(service, "user.deleted", gone(service, "lily")) == 204
    assert set(await rows_owned_by(service, owner_id)) == {0}
    await assert_closed(lily)
    assert await row_of(service, "lily") is None
    assert await list_keys(lars) == ["of-lars-001"]


async def test_a_user_deleted_before_the_first_request_is_refused(service: Service):
    assert await deliver(service, "user.deleted", gone(service, "tove")) == 204
    await assert_closed(service.person("tove"))
    assert await row_of(service, "tove") is None


# ------------------------------------------------------------------ repeated deliveries


async def test_a_repeated_delivery_does_nothing(service: Service, lily: httpx.AsyncClient):
    first = f"msg_{service.number}_1"
    await deliver(service, "user.updated", user(service, "lily", "First"), first)
    await deliver(service, "user.updated", user(service, "lily", "Second"))
    assert await deliver(service, "user.updated", user(service, "lily", "First"), first) == 204
    assert (await lily.get("/me")).json()["name"] == "Second"


async def test_concurrent_copies_of_a_delivery_act_once(
    service: Service, lily: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    erased: list[str] = []
    erase = users.erase

    async def count_erasures(session: Any, clerk_id: str) -> int | None:
        erased.append(clerk_id)
        await asyncio.sleep(0.05)  # the other deliveries run during this one
        return await erase(session, clerk_id)

    monkeypatch.setattr(users, "erase", count_erasures)
    once = f"msg_{service.number}_once"
    deliveries = (deliver(service, "user.deleted", gone(service, "lily"), once) for _ in range(8))
    assert await asyncio.gather(*deliveries) == [204] * 8
    assert erased == [service.clerk_id("lily")]
    await assert_closed(lily)


async def test_a_failed_delivery_is_accepted_on_retry(
    service: Service, lily: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    async def fail(*_: object) -> None:
        raise ZeroDivisionError

    once = f"msg_{service.number}_failed"
    with monkeypatch.context() as patch:
        patch.setattr(users, "erase", fail)
        assert await deliver(service, "user.deleted", gone(service, "lily"), once) == 500
    assert await list_keys(lily) == ["first-video"]
    assert await deliver(service, "user.deleted", gone(service, "lily"), once) == 204
    await assert_closed(lily)


async def test_a_repeated_deletion_does_not_erase_a_user_who_signed_in_again(service: Service):
    once = f"msg_{service.number}_back"
    await deliver(service, "user.deleted", gone(service, "lars"), once)
    await erase_ago(service, "lars", 30)
    lars = with_token_of(service, "lars", int(time.time()))
    await save(lars, "begun-again")
    assert await deliver(service, "user.deleted", gone(service, "lars"), once) == 204
    assert await list_keys(lars) == ["begun-again"]


async def test_old_deliveries_are_forgotten(service: Service):
    await deliver(service, "user.updated", user(service, "tove"))
    database, ages = database_of(service), []
    for age in (timedelta(days=6), timedelta(days=8)):
        async with database.write(None) as session:
            await webhooks.delete_old(session, utc_now() + age)
        async with database.read(None) as session:
            kept = select(func.count().label("kept")).select_from(webhook_deliveries)
            row = await session.fetch_one(kept, {})
            ages.append(row["kept"] if row else None)
    assert ages[0]
    assert ages[1] == 0


# ------------------------------------------------------------------ stored deliveries

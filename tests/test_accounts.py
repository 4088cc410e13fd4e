"""Accounts: they map Clerk ids to users, and each process caches the mapping."""

import asyncio
import time
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import bindparam, delete, select, update

from core.auth.schemas import Identity, Profile
from core.errors import AccountClosed
from core.models import accounts, users
from core.queries import accounts as queries_of_accounts
from core.queries import users as queries
from core.services import users as people
from core.services.users import KnownIds, hash_clerk_id
from core.time_ids import time_ordered_id, utc_now
from tests.support.accounts import assert_closed, database_of, erase, erase_ago, row_of
from tests.support.factories import Service, list_keys, save
from tests.support.webhook_deliveries import STAMP_MS

pytestmark = pytest.mark.anyio

_ACCOUNT = select(accounts).where(accounts.c.clerk_id_hash == bindparam("hash"))
_DELETE_USER = delete(users).where(users.c.id == bindparam("user_id"))
_POINT_TO = (
    update(accounts)
    .where(accounts.c.clerk_id_hash == bindparam("hash"))
    .values(user_id=bindparam("new_id"))
)


async def account_of(service: Service, name: str) -> Any:
    async with database_of(service).read(None) as session:
        return await session.fetch_one(_ACCOUNT, {"hash": hash_clerk_id(service.clerk_id(name))})


async def identify(service: Service, name: str, known: KnownIds) -> people.User:
    person = Identity(service.clerk_id(name), int(time.time()))
    return await people.identify(database_of(service), person, known)


async def point_account_to(service: Service, name: str, user_id: int) -> None:
    async with database_of(service).write(None) as session:
        values = {"hash": hash_clerk_id(service.clerk_id(name)), "new_id": user_id}
        await session.execute(_POINT_TO, values)


# ------------------------------------------------------------- the row of a user is missing


async def test_a_first_request_inserts_the_missing_row_of_its_account(service: Service):
    lily = service.person("lily")
    await save(lily, "lily-before")
    before = await row_of(service, "lily")
    async with database_of(service).write(before["id"]) as session:
        await session.execute(_DELETE_USER, {"user_id": before["id"]})
    assert await list_keys(lily) == []
    assert (await row_of(service, "lily"))["id"] == before["id"]
    await save(lily, "lily--after")


async def test_concurrent_requests_insert_the_missing_row_once(service: Service):
    tove = service.person("tove")
    user_id = time_ordered_id(utc_now())
    async with database_of(service).write(None) as session:
        await queries_of_accounts.lock(session, hash_clerk_id(service.clerk_id("tove")), user_id)
    answers = await asyncio.gather(*(tove.get("/videos") for _ in range(16)))
    assert [answer.status_code for answer in answers] == [200] * 16
    assert (await row_of(service, "tove"))["id"] == user_id


async def test_an_erasure_without_a_user_row_leaves_a_tombstone(service: Service):
    async with database_of(service).write(None) as session:
        clerk_id_hash = hash_clerk_id(service.clerk_id("tove"))
        await queries_of_accounts.lock(session, clerk_id_hash, time_ordered_id(utc_now()))
    assert not await erase(service, "tove")
    assert (await account_of(service, "tove"))["user_id"] is None
    await assert_closed(service.person("tove"))


async def test_a_ban_reaches_an_account_without_a_user_row(service: Service):
    async with database_of(service).write(None) as session:
        clerk_id_hash = hash_clerk_id(service.clerk_id("tove"))
        await queries_of_accounts.lock(session, clerk_id_hash, time_ordered_id(utc_now()))
        ban = Profile(None, None, banned=True, updated_at_ms=STAMP_MS)
        await people.apply_update(session, service.clerk_id("tove"), ban)
    await assert_closed(service.person("tove"))


async def test_an_id_that_another_user_has_is_drawn_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    lily = service.person("lily")
    await save(lily, "of-lily-001")
    taken = (await row_of(service, "lily"))["id"]
    drawn = [taken, taken, time_ordered_id(utc_now())]
    free = drawn[-1]
    monkeypatch.setattr(people, "time_ordered_id", lambda _: drawn.pop(0))
    assert await list_keys(service.person("tove")) == []
    assert (await row_of(service, "tove"))["id"] == free
    assert (await account_of(service, "tove"))["user_id"] == free
    assert await list_keys(lily) == ["of-lily-001"]


async def test_an_account_with_another_user_s_id_opens_a_new_library(
    service: Service,
):
    lily, tove = service.person("lily"), service.person("tove")
    await save(lily, "of-lily-001")
    await tove.get("/videos")
    service.app.state.known_ids.clear()
    await point_account_to(service, "tove", (await row_of(service, "lily"))["id"])
    assert await list_keys(tove) == []
    assert (await tove.delete("/me")).status_code == 204
    assert await list_keys(lily) == ["of-lily-001"]


# ------------------------------------------------------------------- the remembered ids


async def test_a_known_user_is_found_in_one_statement(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    known, database = KnownIds(), database_of(service)
    await identify(service, "lily", known)
    statements: list[Any] = []
    fetch_one = database.fetch_one

    async def count(statement: Any, values: Any) -> Any:
        statements.append(statement)
        return await fetch_one(statement, values)

    def refuse(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(database, "fetch_one", count)
    monkeypatch.setattr(database, "read", refuse)
    monkeypatch.setattr(database, "write", refuse)
    await identify(service, "lily", known)
    assert statements == [queries._FIND]
    statements.clear()
    await identify(service, "lily", KnownIds())
    assert len(statements) == 2


async def test_a_remembered_id_of_another_user_opens_the_user_s_own_library(service: Service):
    people_ids = {name: (await identify(service, name, KnownIds())).id for name in ("lily", "lars")}
    clerk_ids = {name: service.clerk_id(name) for name in people_ids}
    known = KnownIds({clerk_ids["lily"]: people_ids["lars"]})
    user = await identify(service, "lily", known)
    assert (user.id, user.clerk_id) == (people_ids["lily"], clerk_ids["lily"])
    assert known == {clerk_ids["lily"]: people_ids["lily"]}


async def test_a_remembered_id_of_an_erased_user_opens_nothing(service: Service):
    known = KnownIds()
    before = await identify(service, "lily", known)
    await erase(service, "lily")
    with pytest.raises(AccountClosed):
        await identify(service, "lily", known)
    await erase_ago(service, "lily", 30)
    after = await identify(service, "lily", known)
    assert after.id != before.id
    assert known == {service.clerk_id("lily"): after.id}


async def test_a_process_remembers_a_bounded_number_of_users(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(people, "KNOWN_LIMIT", 2)
    known = KnownIds()
    for name in ("lily", "lars", "tove"):
        await identify(service, name, known)
    assert list(known) == [service.clerk_id("lars"), service.clerk_id("tove")]
    assert (await identify(service, "lily", known)).clerk_id == service.clerk_id("lily")


# ---------------------------------------------------------------------------- webhooks


async def test_an_update_of_a_user_without_a_library_leaves_no_account(service: Service):
    for banned in (False, None):
        async with database_of(service).write(None) as session:
            profile = Profile("tove@example.com", "Tove", banned=banned, updated_at_ms=STAMP_MS)
            await people.apply_update(session, service.clerk_id("tove"), profile)
        assert await account_of(service, "tove") is None


async def test_the_end_of_an_early_ban_leaves_no_account(service: Service):
    for banned in (True, False):
        async with database_of(service).write(None) as session:
            profile = Profile(None, None, banned=banned, updated_at_ms=STAMP_MS)
            await people.apply_update(session, service.clerk_id("tove"), profile)
        assert (await account_of(service, "tove") is not None) == banned


async def test_a_first_request_waits_for_an_update_that_leaves_no_account(service: Service):
    async with database_of(service).write(None) as session:
        profile = Profile("tove@example.com", "Tove", banned=False, updated_at_ms=STAMP_MS)
        await people.apply_update(session, service.clerk_id("tove"), profile)
        beginning = asyncio.create_task(identify(service, "tove", KnownIds()))
        await asyncio.wait([beginning], timeout=0.2)
    assert (await beginning).id == (await account_of(service, "tove"))["user_id"]


async def test_erasures_updates_and_first_requests_never_deadlock(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    """Each locks the account before the user; another order would deadlock: 503."""
    tove = service.person("tove")
    long_ago = utc_now() - timedelta(seconds=30)  # so that a first request follows an erasure
    monkeypatch.setattr(people, "utc_now", lambda: long_ago)
    profile = Profile("tove@example.com", "Tove", banned=False, updated_at_ms=STAMP_MS)

    async def update_profile() -> int:
        async with database_of(service).write(None) as session:
            await people.apply_update(session, service.clerk_id("tove"), profile)
        return 204

    async def send(method: str, path: str) -> int:
        return (await tove.request(method, path)).status_code

    async def erase_tove() -> int:
        await erase(service, "tove")
        return 204

    moves = [
        lambda: send("GET", "/videos"),
        lambda: send("DELETE", "/me"),
        lambda: send("GET", "/videos"),
        update_profile,
        erase_tove,
    ]
    for _ in range(6):
        statuses = await asyncio.gather(*(moves[n % len(moves)]() for n in range(25)))
        assert set(statuses) <= {200, 204, 403}, statuses
        assert 200 in statuses

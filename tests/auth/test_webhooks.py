"""POST /webhooks/clerk: signed as Svix documents it, by code of the test's own."""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from core.auth.schemas import Profile
from core.clock import utc_now
from core.models import webhook_deliveries
from core.services import users, webhooks
from tests.factories import PROBLEM_FIELDS, Service, list_keys, run_service, save
from tests.test_people import (
    assert_closed,
    database_of,
    erase_ago,
    row_of,
    rows_owned_by,
    store,
    with_token_of,
)
from tests.tokens import SigningKey

pytestmark = pytest.mark.anyio

KEY = secrets.token_bytes(24)
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
STAMP_MS = 1_767_434_400_000


@pytest.fixture
async def service(shared_database_url: str, signing_key: SigningKey) -> AsyncIterator[Service]:
    more = {"CLERK_WEBHOOK_SIGNING_SECRET": SECRET}
    async with run_service(shared_database_url, signing_key, **more) as service:
        yield service


def sign(body: bytes, delivery_id: str, sent_at_s: float, key: bytes = KEY) -> str:
    signed = f"{delivery_id}.{int(sent_at_s)}.".encode() + body
    return f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"


def headers_for(body: bytes, delivery_id: str = "", sent_at_s: float = 0) -> dict[str, str]:
    delivery_id = delivery_id or f"msg_{secrets.token_hex(8)}"
    sent_at_s = sent_at_s or time.time()
    signature = sign(body, delivery_id, sent_at_s)
    return {
        "svix-id": delivery_id,
        "svix-timestamp": str(int(sent_at_s)),
        "svix-signature": signature,
        "content-type": "application/json",
    }


async def post(service: Service, body: bytes, headers: dict[str, str]) -> httpx.Response:
    return await service.client().post("/webhooks/clerk", content=body, headers=headers)


async def deliver(service: Service, kind: str, data: Any, delivery_id: str = "") -> int:
    """Deliver an event, signed well; return the status."""
    body = json.dumps({"type": kind, "object": "event", "data": data}).encode()
    return (await post(service, body, headers_for(body, delivery_id))).status_code


def user(service: Service, name: str, first_name: str = "Lily", **more: Any) -> dict[str, Any]:
    """Describe a user as Clerk does, with the fields that matter."""
    addresses = [
        {"id": "idn_2", "email_address": "old@example.com"},
        {"id": "idn_1", "email_address": f"{first_name.lower()}@example.com"},
    ]
    told = {"email_addresses": addresses, "primary_email_address_id": "idn_1", "banned": False}
    told |= {"id": service.clerk_id(name), "first_name": first_name, "last_name": None}
    return {"object": "user", "updated_at": STAMP_MS, **told, **more}


def gone(service: Service, name: str) -> dict[str, Any]:
    return {"object": "user", "id": service.clerk_id(name), "deleted": True}


async def name_of(service: Service, name: str) -> str | None:
    stored: str | None = (await row_of(service, name))["name"]
    return stored


@pytest.fixture
async def lily(service: Service) -> httpx.AsyncClient:
    lily = service.person("lily")
    await save(lily, "first-video", "a")
    return lily


# ------------------------------------------------------------------------- user.updated


async def test_an_update_brings_e_mail_and_name(service: Service, lily: httpx.AsyncClient):
    lars = service.person("lars")
    await save(lars, "of-lars-001")
    etag = (await lily.get("/videos")).headers["etag"]
    assert await deliver(service, "user.updated", user(service, "lily", last_name="L.")) == 204
    me = (await lily.get("/me")).json()
    assert (me["email"], me["name"]) == ("lily@example.com", "Lily L.")
    assert (await lily.get("/videos")).headers["etag"] == etag
    assert (await row_of(service, "lily"))["profile_at"] is not None
    assert (await lars.get("/me")).json()["email"] is None


async def test_an_update_of_somebody_who_was_never_here_makes_no_row(service: Service):
    assert await deliver(service, "user.updated", user(service, "tove")) == 204
    assert await row_of(service, "tove") is None


@pytest.mark.usefixtures("lily")
async def test_what_is_older_never_overwrites_what_is_newer(service: Service):
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


async def test_a_ban_counts_at_once_and_so_does_its_end(service: Service, lily: httpx.AsyncClient):
    await deliver(service, "user.updated", user(service, "lily", banned=True))
    await assert_closed(lily)
    unsaid = user(service, "lily")
    del unsaid["banned"]
    await deliver(service, "user.updated", unsaid)
    await assert_closed(lily)
    await deliver(service, "user.updated", user(service, "lily", banned=False))
    assert await list_keys(lily) == ["first-video"]


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


async def test_somebody_deleted_before_their_first_request_never_gets_in(service: Service):
    assert await deliver(service, "user.deleted", gone(service, "tove")) == 204
    await assert_closed(service.person("tove"))
    assert await row_of(service, "tove") is None


# ------------------------------------------------------------------ once, whatever comes


async def test_a_delivery_that_comes_again_does_nothing(service: Service, lily: httpx.AsyncClient):
    first = f"msg_{service.number}_1"
    await deliver(service, "user.updated", user(service, "lily", "First"), first)
    await deliver(service, "user.updated", user(service, "lily", "Second"))
    assert await deliver(service, "user.updated", user(service, "lily", "First"), first) == 204
    assert (await lily.get("/me")).json()["name"] == "Second"


async def test_the_same_delivery_many_times_at_once_acts_once(
    service: Service, lily: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    erased: list[str] = []
    erase = users.erase

    async def count_erasures(session: Any, clerk_id: str) -> int | None:
        erased.append(clerk_id)
        await asyncio.sleep(0.05)  # the others get their turn while this one is at it
        return await erase(session, clerk_id)

    monkeypatch.setattr(users, "erase", count_erasures)
    once = f"msg_{service.number}_once"
    deliveries = (deliver(service, "user.deleted", gone(service, "lily"), once) for _ in range(8))
    assert await asyncio.gather(*deliveries) == [204] * 8
    assert erased == [service.clerk_id("lily")]
    await assert_closed(lily)


async def test_a_delivery_that_failed_is_taken_when_it_comes_again(
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


async def test_who_came_back_is_not_erased_by_a_delivery_that_comes_again(service: Service):
    once = f"msg_{service.number}_back"
    await deliver(service, "user.deleted", gone(service, "lars"), once)
    await erase_ago(service, "lars", 30)
    lars = with_token_of(service, "lars", int(time.time()))
    await save(lars, "begun-again")
    assert await deliver(service, "user.deleted", gone(service, "lars"), once) == 204
    assert await list_keys(lars) == ["begun-again"]


async def test_deliveries_are_forgotten_when_nobody_sends_them_again(service: Service):
    await deliver(service, "user.updated", user(service, "tove"))
    database, ages = database_of(service), []
    for age in (timedelta(days=6), timedelta(days=8)):
        async with database.write(None) as session:
            await webhooks.forget_old(session, utc_now() + age)
        async with database.read(None) as session:
            kept = select(func.count().label("kept")).select_from(webhook_deliveries)
            row = await session.fetch_one(kept, {})
            ages.append(row["kept"] if row else None)
    assert ages[0]
    assert ages[1] == 0


# ----------------------------------------------------------------------- what is refused


@pytest.mark.parametrize("kind", ["user.created", "session.created", "email.created", "", None, 7])
async def test_other_events_are_taken_and_ignored(
    service: Service, lily: httpx.AsyncClient, kind: Any
):
    assert await deliver(service, kind, gone(service, "lily")) == 204
    assert await list_keys(lily) == ["first-video"]


@pytest.mark.parametrize(
    "broken",
    [
        lambda body, h: {**h, "svix-signature": sign(body, h["svix-id"], time.time(), b"x" * 24)},
        lambda body, h: {**h, "svix-signature": sign(body + b" ", h["svix-id"], time.time())},
        lambda _, h: {**h, "svix-signature": h["svix-signature"].replace("v1,", "v2,")},
        lambda _, h: {**h, "svix-signature": h["svix-signature"].replace("v1,", "")},
        lambda _, h: {**h, "svix-signature": "rubbish"},
        lambda _, h: {**h, "svix-signature": "v1,\u00fc".encode("latin-1")},
        lambda _, h: {**h, "svix-signature": "v1,"},
        lambda _, h: {**h, "svix-id": "msg_another"},
        lambda _, h: {**h, "svix-timestamp": str(int(h["svix-timestamp"]) + 1)},
        lambda _, h: {**h, "svix-timestamp": "nan"},
        lambda _, h: {**h, "svix-timestamp": "9" * 400},
        lambda _, h: {k: v for k, v in h.items() if k != "svix-id"},
        lambda _, h: {k: v for k, v in h.items() if k != "svix-timestamp"},
        lambda _, h: {k: v for k, v in h.items() if k != "svix-signature"},
        lambda body, h: headers_for(body, h["svix-id"], time.time() - 400),
        lambda body, h: headers_for(body, h["svix-id"], time.time() + 400),
    ],
)
async def test_what_is_not_signed_well_is_refused_and_does_nothing(
    service: Service, lily: httpx.AsyncClient, broken: Any
):
    body = json.dumps({"type": "user.deleted", "data": gone(service, "lily")}).encode()
    headers = headers_for(body)
    answer = await post(service, body, broken(body, headers))
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.json()) == PROBLEM_FIELDS
    assert await list_keys(lily) == ["first-video"]
    assert (await post(service, body, headers)).status_code == 204
    await assert_closed(lily)


@pytest.mark.parametrize("age_s", [-240, 240])
async def test_five_minutes_are_allowed(service: Service, lily: httpx.AsyncClient, age_s: int):
    body = json.dumps({"type": "user.deleted", "data": gone(service, "lily")}).encode()
    headers = headers_for(body, sent_at_s=time.time() - age_s)
    assert (await post(service, body, headers)).status_code == 204
    await assert_closed(lily)


async def test_one_good_signature_of_several_is_enough(service: Service, lily: httpx.AsyncClient):
    body = json.dumps({"type": "user.deleted", "data": gone(service, "lily")}).encode()
    headers = headers_for(body)
    other = sign(body, headers["svix-id"], time.time(), b"the key before" * 2)
    headers["svix-signature"] = f"{other} {headers['svix-signature']}"
    assert (await post(service, body, headers)).status_code == 204
    await assert_closed(lily)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b"{}", b"\xff", b"[" * 100_000, b'{"type":"user.deleted"}',
        b'{"type":"user.deleted","data":null}', b'{"type":"user.deleted","data":{}}',
        b'{"type":"user.deleted","data":{"id":5}}', b'{"type":"user.deleted","data":{"id":"x"}}',
        b'{"type":"user.updated","data":{"id":"user_1"}}',
        b'{"type":"user.updated","data":{"id":"user_1","email_addresses":[7]}}',
    ],
)  # fmt: skip
async def test_what_is_signed_well_but_not_understood_is_told(service: Service, body: bytes):
    answer = await post(service, body, headers_for(body))
    assert answer.status_code == 400
    assert answer.json()["type"] == "docs/problems.md#webhook-refused"


async def test_a_body_that_is_too_large_is_not_read_to_its_end(service: Service):
    body = b"x" * (1024 * 1024 + 1)
    assert (await post(service, body, headers_for(body))).status_code == 413


async def test_without_a_secret_nobody_is_believed(
    shared_database_url: str, signing_key: SigningKey
):
    async with run_service(shared_database_url, signing_key) as service:
        body = json.dumps({"type": "user.deleted", "data": gone(service, "lily")}).encode()
        answer = await post(service, body, headers_for(body))
    assert answer.status_code == 503
    assert answer.json()["type"] == "docs/problems.md#webhooks-not-configured"
    assert "CLERK_WEBHOOK_SIGNING_SECRET" in answer.json()["detail"]

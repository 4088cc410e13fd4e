"""POST /webhooks/clerk: how much of a request is read, and which signatures are valid."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from core.auth import webhooks as auth_webhooks
from tests.support.accounts import (
    assert_closed,
)
from tests.support.factories import PROBLEM_FIELDS, Service, list_keys, run_service
from tests.support.tokens import SigningKey
from tests.support.webhook_deliveries import (
    deliver,
    gone,
    headers_for,
    post,
    sign,
    user,
)

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="session")
def shared_apps(apps_with_webhooks: dict[str, FastAPI]) -> dict[str, FastAPI]:
    """Let `service` accept webhooks."""
    return apps_with_webhooks


# ------------------------------------------------------------------------- user.updated


@pytest.mark.parametrize("kind", ["user.created", "session.created", "email.created", "", None, 7])
async def test_other_events_are_accepted_and_ignored(
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
async def test_a_delivery_with_a_bad_signature_is_refused_and_changes_nothing(
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
async def test_a_timestamp_within_five_minutes_is_accepted(
    service: Service, lily: httpx.AsyncClient, age_s: int
):
    body = json.dumps({"type": "user.deleted", "data": gone(service, "lily")}).encode()
    headers = headers_for(body, sent_at_s=time.time() - age_s)
    assert (await post(service, body, headers)).status_code == 204
    await assert_closed(lily)


async def test_one_valid_signature_of_several_is_enough(service: Service, lily: httpx.AsyncClient):
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
async def test_a_signed_but_malformed_event_is_refused_with_a_reason(service: Service, body: bytes):
    answer = await post(service, body, headers_for(body))
    assert answer.status_code == 400
    assert answer.json()["type"] == "docs/problems.md#webhook-refused"


@pytest.mark.parametrize(
    "changed",
    [
        {"svix-signature": ""},
        {"svix-id": ""},
        {"svix-timestamp": ""},
        {"svix-signature": "v1,short"},
        {"svix-signature": "v2," + "x" * 43 + "="},
        {"svix-id": "x" * 200},
        {"svix-timestamp": str(int(time.time()) - 400)},
        {"svix-timestamp": str(int(time.time()) + 100_000)},
    ],
)
async def test_the_body_is_read_only_after_plausible_signature_headers(
    service: Service, changed: dict[str, str]
):
    read = []

    async def body() -> AsyncIterator[bytes]:
        read.append("the body")
        yield b"{}"

    answer = await service.client().post(
        "/webhooks/clerk", content=body(), headers=headers_for(b"") | changed
    )
    assert (answer.status_code, read) == (400, [])


async def test_stalled_bodies_make_room_for_complete_ones(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(auth_webhooks, "_MAX_BODIES", 3)
    never = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield b"{"
        await never.wait()

    async def send_slowly() -> int:
        sent = service.client().post("/webhooks/clerk", content=body(), headers=headers_for(b""))
        return (await sent).status_code

    waiting = service.app.state.webhook_bodies
    slow = [asyncio.create_task(send_slowly()) for _ in range(8)]
    while len(waiting) < 3 or sum(each.done() for each in slow) < 5:  # noqa: ASYNC110  the tasks have no event
        await asyncio.sleep(0.01)
    for _ in range(5):
        assert await deliver(service, "user.updated", user(service, "tove")) == 204
    monkeypatch.setattr(auth_webhooks, "_BODY_S", 0)
    assert await send_slowly() == 400
    never.set()
    assert await asyncio.gather(*slow) == [400] * 8
    assert not waiting


async def test_an_oversized_body_is_not_read_to_its_end(service: Service):
    body = b"x" * (1024 * 1024 + 1)
    assert (await post(service, body, headers_for(body))).status_code == 413


async def test_without_a_secret_every_delivery_is_refused(
    shared_database_url: str, signing_key: SigningKey
):
    async with run_service(shared_database_url, signing_key) as service:
        body = json.dumps({"type": "user.deleted", "data": gone(service, "lily")}).encode()
        answer = await post(service, body, headers_for(body))
    assert answer.status_code == 503
    assert answer.json()["type"] == "docs/problems.md#webhooks-not-configured"
    assert "CLERK_WEBHOOK_SIGNING_SECRET" in answer.json()["detail"]

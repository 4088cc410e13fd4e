"""Deliveries of Clerk's webhooks, signed as Svix documents it by the tests' own code."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from typing import Any

import httpx

from tests.support.accounts import row_of
from tests.support.factories import Service

KEY = secrets.token_bytes(24)
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
STAMP_MS = 1_767_434_400_000


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

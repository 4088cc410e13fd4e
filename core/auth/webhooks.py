"""Clerk's webhooks: from a signed request to an event about a user.

Svix signs and delivers them; the signature covers the bytes of the body.
Source: https://clerk.com/docs/guides/development/webhooks/overview,
https://docs.svix.com/receiving/verifying-payloads/how-manual
"""

import asyncio
import re
import time
from collections import deque
from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import Request
from standardwebhooks import Webhook, WebhookVerificationError

from core.auth.clerk_users import CLERK_ID, read_profile
from core.auth.schemas import Event
from core.config import Settings
from core.errors import WebhookRefused, WebhooksNotConfigured

SignatureVerifier = Webhook
_DELIVERY_ID = re.compile(r"[\x21-\x7e]{1,128}")
_UNIX_TIME = re.compile(r"[0-9]{1,11}")
_SIGNATURE = re.compile(r"v1,[A-Za-z0-9+/]{43}=")
_TOLERANCE_S = 300
_BODY_S = 10
_MAX_BODIES = 16
"""In one process; each has 1 MiB at most."""

Bodies = deque[asyncio.Timeout]
"""The bodies that are being read, the oldest first."""

log = structlog.get_logger(__name__)


def open_webhook(settings: Settings) -> SignatureVerifier | None:
    """Return the verifier of signatures; None without a secret."""
    secret = settings.CLERK_WEBHOOK_SIGNING_SECRET
    return Webhook(secret.get_secret_value()) if secret else None


async def read_event(request: Request) -> Event | None:
    """Verify the request and return its event; None for an event that is not used here.

    Raises: WebhookRefused, WebhooksNotConfigured
    """
    webhook: SignatureVerifier | None = request.app.state.webhook
    if webhook is None:
        raise WebhooksNotConfigured(
            "This service takes no webhooks until CLERK_WEBHOOK_SIGNING_SECRET is set."
        )
    # The library expects the standard's names of these headers; Svix uses older ones.
    names = ("id", "timestamp", "signature")
    headers = {f"webhook-{name}": request.headers.get(f"svix-{name}", "") for name in names}
    if not _may_be_signed(headers):
        log.warning("webhook_refused", error="headers")
        raise WebhookRefused("The headers of the signature are missing, wrong or too old.")
    body = await _read_body(request)
    try:
        event = webhook.verify(body, headers)
    except (WebhookVerificationError, ValueError, RecursionError) as error:
        # ValueError: malformed headers or no JSON; RecursionError: JSON that is nested too deep
        log.warning("webhook_refused", error=type(error).__name__)
        raise WebhookRefused("The signature does not match this body, or it is too old.") from None
    return _read(headers["webhook-id"], event)


def _may_be_signed(headers: Mapping[str, str]) -> bool:
    """Tell whether the headers allow a valid signature; else the body is not read."""
    sent_at = headers["webhook-timestamp"]
    return (
        bool(_DELIVERY_ID.fullmatch(headers["webhook-id"]))
        and bool(_UNIX_TIME.fullmatch(sent_at))
        and abs(time.time() - int(sent_at)) <= _TOLERANCE_S
        and any(map(_SIGNATURE.fullmatch, headers["webhook-signature"].split(" ")))
    )


async def _read_body(request: Request) -> bytes:
    """Read the body. When too many are being read, the oldest is cancelled.

    A body from Clerk arrives within milliseconds, so the oldest is not from Clerk.
    Raises: WebhookRefused
    """
    bodies: Bodies = request.app.state.webhook_bodies
    try:
        async with asyncio.timeout(_BODY_S) as limit:
            if len(bodies) >= _MAX_BODIES:
                bodies.popleft().reschedule(0)
            bodies.append(limit)
            try:
                return await request.body()
            finally:
                if limit in bodies:
                    bodies.remove(limit)
    except TimeoutError:
        log.warning("webhook_refused", error="slow")
        raise WebhookRefused("The body took too long to arrive.") from None


def _read(delivery_id: str, event: Any) -> Event | None:
    try:
        kind, data = event["type"], event["data"]
        if kind == "user.updated":
            return Event(delivery_id, _clerk_id(data), read_profile(data))
        if kind == "user.deleted":
            return Event(delivery_id, _clerk_id(data), None)
    except (KeyError, TypeError, ValueError) as error:
        log.warning("webhook_not_understood", error=type(error).__name__)
        raise WebhookRefused("The signature is good, but the event can't be understood.") from None
    return None


def _clerk_id(data: Mapping[str, Any]) -> str:
    if not CLERK_ID.fullmatch(data["id"]):
        raise ValueError
    return str(data["id"])

"""Clerk's webhooks: from a signed request to what it tells us about a person.

Svix signs and delivers them; the signature is checked over the body as it came.
Source: https://clerk.com/docs/guides/development/webhooks/overview,
https://docs.svix.com/receiving/verifying-payloads/how-manual
"""

from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import Request
from standardwebhooks import Webhook, WebhookVerificationError

from core.auth.people import CLERK_ID, read_profile
from core.auth.schemas import Event
from core.config import Settings
from core.errors import WebhookRefused, WebhooksNotConfigured

log = structlog.get_logger(__name__)


def open_webhook(settings: Settings) -> Webhook | None:
    """Return what checks signatures, None without a secret."""
    secret = settings.CLERK_WEBHOOK_SIGNING_SECRET
    return Webhook(secret.get_secret_value()) if secret else None


async def read_event(request: Request) -> Event | None:
    """Tell what Clerk says, if it is Clerk; None when it does not matter to us.

    Raises: WebhookRefused, WebhooksNotConfigured
    """
    webhook: Webhook | None = request.app.state.webhook
    if webhook is None:
        raise WebhooksNotConfigured(
            "This service takes no webhooks until CLERK_WEBHOOK_SIGNING_SECRET is set."
        )
    # The names that the library knows are those of the standard, which Svix's are older than.
    names = ("id", "timestamp", "signature")
    headers = {f"webhook-{name}": request.headers.get(f"svix-{name}", "") for name in names}
    body = await request.body()
    try:
        event = webhook.verify(body, headers)
    except (WebhookVerificationError, ValueError, RecursionError) as error:
        # ValueError: malformed headers or no JSON; RecursionError: JSON nested for ever
        log.warning("webhook_refused", error=type(error).__name__)
        raise WebhookRefused("The signature does not fit this body, or it is too old.") from None
    return _read(headers["webhook-id"], event)


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
